"""How translated code enters a compiled loop, and goes on where that one ends."""

from __future__ import annotations

import ctypes
import struct
import sys
import threading
from collections.abc import Generator
from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.registers import register_counts
from ireelite.vm.backtrace import Location
from ireelite.vm.frame import Frame
from ireelite.vm.jit.code import CompiledRegion, compile_region
from ireelite.vm.jit.emit import BUDGET, INDEX, Stop, inputs_at
from ireelite.vm.jit.region import Region, Register
from ireelite.vm.refs import Buffer

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState
    from ireelite.vm.dataflow import Flow
    from ireelite.vm.limits import Meter

SLICE = 1 << 22
"""Instructions that compiled code runs between two looks at the clock and for signals."""
STOPPED = -1
"""The number of the exit if the function was run to its end, which is then the result."""

_CODES = {"i": "i4x", "q": "q", "f": "f4x", "d": "d"}
_LOCAL = threading.local()


class LoopCode:
    """The compiled code of a loop, made when first asked for, once for buffers that overlap and once
    for others."""

    def __init__(self, flow: Flow, region: Region):
        self.flow = flow
        self.region = region
        self._compiled: dict[bool, CompiledRegion | None] = {}
        self._inputs = _layout(region.inputs)
        self._outputs = [_layout(each.outputs) for each in region.exits]

    def run(
        self, state: BytecodeState, numbers: tuple[Any, ...], refs: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """Runs the loop with its inputs and buffers.

        Returns the number of the exit and its outputs; `STOPPED` and the function's result; or None
        if there is no code.
        """
        places = [_place(each) for each in refs]
        compiled = self._code(_disjoint(places, self.region))
        if compiled is None:
            return None
        words = (ctypes.c_int64 * compiled.code.words)()
        first = 8 * inputs_at(self.region)
        meter = state.context.meter
        words[BUDGET] = SLICE if meter is None else meter.lend(0)
        words[INDEX + 1 : INDEX + 1 + 3 * len(places)] = [n for place in places for n in place]
        self._inputs.pack_into(words, first, *numbers)
        poller = _poller()
        before, poller.meter = poller.meter, meter
        try:
            result = compiled.call(words, poller.callback)
        finally:
            poller.meter = before
        if meter is not None:
            meter.settle(words[BUDGET])
        if result >= 0:
            return (result, *self._outputs[result].unpack_from(words, first))
        if (error := poller.error) is not None:
            poller.error = None
            raise error
        stop = compiled.code.stops[-1 - result]
        variables = sys._getframe(1).f_locals
        frame = self._frame(state, stop, words, variables)
        from ireelite.vm.interpreter import Interpreter

        return STOPPED, Interpreter.at(frame).run(entering=stop.saved is not None)

    def _code(self, disjoint: bool) -> CompiledRegion | None:
        if disjoint not in self._compiled:
            self._compiled[disjoint] = compile_region(self.flow, self.region, disjoint)
        return self._compiled[disjoint]

    def _frame(
        self, state: BytecodeState, stop: Stop, words: Any, variables: dict[str, Any]
    ) -> Frame:
        """The function as it stands where the code stopped."""
        ordinal = self.region.ordinal
        ints, refs = register_counts(state.module.definition, state.function_def(ordinal))
        held = [variables.get(f"r{number}") for number in range(refs)]
        frame = Frame(state, ordinal, bytearray(4 * ints), held, stop.block, stop.position)
        if stop.saved is None:
            if stop.register is not None:
                frame.write("q", stop.register, words[INDEX])
            return frame
        for raw, value in self.flow.entries[stop.block].values.items():
            known = variables.get(f"i{raw}") if value.constant is None else value.constant
            if known is not None and value.kind != "h":
                frame.write(value.kind, raw, known)
        first = 8 * inputs_at(self.region)
        saved = _layout(stop.saved).unpack_from(words, first)
        for (kind, raw), value in zip(stop.saved, saved):
            frame.write(kind, raw, value)
        return frame


def _layout(registers: tuple[Register, ...]) -> struct.Struct:
    return struct.Struct("<" + "".join(_CODES[kind] for kind, _ in registers))


def _place(reference: Any) -> tuple[int, int, int]:
    """The address of a buffer, its bytes to load from, and its bytes to store to; no bytes of what
    is no buffer."""
    return reference.place if isinstance(reference, Buffer) else (0, -1, -1)


def _disjoint(places: list[tuple[int, int, int]], region: Region) -> bool:
    """Whether no buffer that is stored to overlaps another."""
    for number, ordinal in enumerate(region.buffers):
        if ordinal not in region.stored:
            continue
        start, length, _ = places[number]
        for other, (other_start, other_length, _) in enumerate(places):
            if (
                other != number
                and start < other_start + other_length
                and other_start < start + length
            ):
                return False
    return True


class Poller:
    """What the compiled code of a thread calls when its instructions have run out.

    The call goes to a generator and not to a function: a signal's handler runs before the first
    line of a function, where nothing can catch what it raises, but within the `try` around a
    `yield`.
    """

    def __init__(self) -> None:
        self.meter: Meter | None = None
        self.error: BaseException | None = None
        """What was raised while the code waited for an answer."""
        answers = self._answers()
        next(answers)
        self.callback = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(answers.send)

    def _answers(self) -> Generator[int, int, None]:
        """Takes the instructions left; yields those that may run, none if the code is to stop."""
        answer = 0
        while True:
            try:
                while True:
                    left = yield answer
                    answer = SLICE if self.meter is None else self.meter.lend(left)
            except GeneratorExit:
                raise
            except BaseException as error:
                self.error = error
                answer = -1


def _poller() -> Poller:
    try:
        return _LOCAL.poller
    except AttributeError:
        _LOCAL.poller = Poller()
        return _LOCAL.poller


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """The frames of this file are on the way to an instruction."""
    return []
