"""The native code of loops: made, entered with the registers of translated code, and left."""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.vm.backtrace import Location
from ireelite.vm.dataflow import Flow
from ireelite.vm.jit.code import CompiledRegion, compile_code
from ireelite.vm.jit.emit import Stop, emit_region, inputs_at
from ireelite.vm.jit.places import place_of
from ireelite.vm.jit.region import Region, find_regions
from ireelite.vm.jit.running import (
    are_disjoint,
    enter,
    layout,
    state_words,
    stopped_frame,
)
from ireelite.vm.liveness import Liveness

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState
    from ireelite.vm.frame import Frame
    from ireelite.vm.module_facts import ModuleFacts

STOPPED = -1
"""The number of the exit if the function was run to its end, which is then the result."""


def compiled_loop(facts: ModuleFacts, ordinal: int, head: int) -> CompiledLoop:
    """Returns the loop at a head of a function that was translated."""
    flow = facts.flow(ordinal)
    assert flow is not None  # the function was translated by it
    return CompiledLoop(flow, find_regions(flow, Liveness(flow), ordinal)[head])


class CompiledLoop:
    """The compiled code of a loop, made when first asked for, once for buffers that overlap and once
    for others."""

    def __init__(self, flow: Flow, region: Region):
        self.flow = flow
        self.region = region
        self._compiled: dict[bool, CompiledRegion | None] = {}
        self._first = inputs_at(region)
        self._inputs = layout(region.inputs)
        self._outputs = [layout(each.outputs) for each in region.exits]

    def run(
        self, state: BytecodeState, numbers: tuple[Any, ...], refs: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """Runs the loop with its inputs and buffers, for translated code that calls it.

        Returns the number of the exit and its outputs; `STOPPED` and the function's result; or None
        if there is no code.
        """
        places = [place_of(each) for each in refs]
        compiled = self._code(are_disjoint(places, self.region))
        if compiled is None:
            return None
        words = state_words(compiled, places)
        self._inputs.pack_into(words, 8 * self._first, *numbers)
        result = enter(compiled, words, state.context.meter)
        if result >= 0:
            return (result, *self._outputs[result].unpack_from(words, 8 * self._first))
        stop = compiled.code.stops[-1 - result]
        frame = self._frame(state, stop, words, sys._getframe(2).f_locals)
        from ireelite.vm.interpreter import Interpreter

        return STOPPED, Interpreter.at(frame).run(entering=stop.entering)

    def _code(self, disjoint: bool) -> CompiledRegion | None:
        if disjoint not in self._compiled:
            self._compiled[disjoint] = compile_code(emit_region(self.flow, self.region, disjoint))
        return self._compiled[disjoint]

    def _frame(
        self, state: BytecodeState, stop: Stop, words: Any, variables: dict[str, Any]
    ) -> Frame:
        """Returns the function as it stands where the code stopped: what the loop does not touch is
        in the variables of the translated code.
        """
        refs = {int(name[1:]): value for name, value in variables.items() if name[0] == "r"}
        frame = stopped_frame(state, self.region, stop, words, self._first, refs)
        if stop.saved is not None:
            saved = {raw for _, raw in stop.saved}
            for raw, value in self.flow.entries[stop.block].values.items():
                known = variables.get(f"i{raw}") if value.constant is None else value.constant
                if known is not None and value.kind != "h" and raw not in saved:
                    frame.write(value.kind, raw, known)
        return frame


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way to an instruction."""
    return []
