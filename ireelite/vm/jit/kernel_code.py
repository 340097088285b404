"""The native code of entry points: made, run, and left to the interpreter where it stops."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.backtrace import Location
from ireelite.vm.dataflow import Flow
from ireelite.vm.jit.code import CompiledRegion, compile_code
from ireelite.vm.jit.dispatch import Arguments
from ireelite.vm.jit.emit import BUDGET, inputs_at
from ireelite.vm.jit.kernel import (
    FUNCTION_WORDS,
    GRID_WORDS,
    LIST,
    Kernel,
    emit_kernel,
    find_kernel,
    held_at,
)
from ireelite.vm.jit.places import Place
from ireelite.vm.jit.products import products
from ireelite.vm.jit.running import are_disjoint, enter, state_words, stopped_frame
from ireelite.vm.liveness import Liveness

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState


class InitialState(NamedTuple):
    """Compiled code and a state that it may begin with."""

    compiled: CompiledRegion
    words: Any
    buffers: tuple[int, ...]
    """Which argument or binding each buffer of the state is."""
    grid: int
    """The word at which the range of workgroups begins."""


class KernelCode:
    """The compiled code of an entry point, made when first asked for, once for buffers that overlap
    and once for others."""

    def __init__(self, flow: Flow, kernel: Kernel):
        self.flow = flow
        self.kernel = kernel
        self._compiled: dict[bool, CompiledRegion | None] = {}
        self._grid = inputs_at(kernel.region)
        self._products = products() if kernel.products else None
        self._functions = (
            [0] * FUNCTION_WORDS
            if self._products is None
            else list(self._products.addresses.values())
        )

    def run(
        self,
        state: BytecodeState,
        bound: Sequence[Place],
        arguments: Arguments,
        grid: tuple[int, int, int],
        begin: int,
    ) -> int:
        """Runs workgroups from `begin` on, counted with x fastest. Returns the number of the first
        that did not run: `begin` itself if there is no code.

        `bound` are the places of the arguments and of the bindings behind them, `arguments` makes
        them for the interpreter. Raises what the entry point fails with.
        """
        buffers = self.kernel.region.buffers
        if buffers and buffers[-1] >= len(bound):
            return begin
        places = [bound[number] for number in buffers]
        compiled = self._code(are_disjoint(places, self.kernel.region))
        if compiled is None:
            return begin
        words = state_words(compiled, places)
        first = self._grid
        self._set_grid(words, begin, grid)
        while (result := enter(compiled, words, state.context.meter)) < 0:
            made = arguments()
            held = [*made, *made[LIST].items]
            self._finish_workgroup(state, compiled, -1 - result, words, held)
            words[first] += 1
        return words[first]

    def initial_state(
        self,
        places: Sequence[Place],
        overlaps: Container[tuple[int, int]],
        grid: tuple[int, int, int],
        budget: int,
    ) -> InitialState | None:
        """Returns the code and a state to begin with, for buffers whose addresses are filled in;
        None if there is no code. `places` are those of the arguments and of the bindings behind
        them, `overlaps` pairs of these that may overlap; the code may run `budget` instructions.
        """
        region = self.kernel.region
        if region.buffers and region.buffers[-1] >= len(places):
            return None
        is_apart = not any(
            (min(stored, other), max(stored, other)) in overlaps
            for stored in region.stored
            for other in region.buffers
        )
        if (compiled := self._code(is_apart)) is None:
            return None
        words = state_words(compiled, [places[number] for number in region.buffers])
        words[BUDGET] = budget
        self._set_grid(words, 0, grid)
        return InitialState(compiled, words, region.buffers, self._grid)

    def _set_grid(self, words: Any, begin: int, grid: tuple[int, int, int]) -> None:
        first, end = self._grid, math.prod(grid)
        words[first : first + GRID_WORDS + FUNCTION_WORDS] = [begin, end, *grid, *self._functions]

    def _finish_workgroup(
        self,
        state: BytecodeState,
        compiled: CompiledRegion,
        number: int,
        words: Any,
        held: list[Any],
    ) -> None:
        """Interprets what is left of a workgroup whose code has stopped."""
        from ireelite.vm.interpreter import Interpreter

        stop = compiled.code.stops[number]
        refs = {
            register: held[what]
            for register, what in held_at(self.flow, self.kernel, stop.block, stop.position).items()
            if what < len(held)
        }
        first = self._grid + GRID_WORDS + FUNCTION_WORDS
        frame = stopped_frame(state, self.kernel.region, stop, words, first, refs)
        Interpreter.at(frame).run(entering=stop.entering)

    def _code(self, disjoint: bool) -> CompiledRegion | None:
        if self.kernel.products and self._products is None:
            return None
        if disjoint not in self._compiled:
            self._compiled[disjoint] = compile_code(emit_kernel(self.flow, self.kernel, disjoint))
        return self._compiled[disjoint]


def kernel_code(flow: Flow | None, ordinal: int, imports: Sequence[str]) -> KernelCode | None:
    """Returns the code of an entry point of a module with such imports; None if it cannot be
    compiled.
    """
    if flow is None:
        return None
    kernel = find_kernel(flow, Liveness(flow), ordinal, imports)
    return None if kernel is None else KernelCode(flow, kernel)


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way to an instruction."""
    return []
