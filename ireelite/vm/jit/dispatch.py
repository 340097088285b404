"""Dispatches of compiled entry points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.vm.backtrace import Location
from ireelite.vm.dataflow import Flow
from ireelite.vm.jit import HOT
from ireelite.vm.jit.code import CompiledRegion, compile_code
from ireelite.vm.jit.emit import inputs_at
from ireelite.vm.jit.kernel import (
    FUNCTION_WORDS,
    GRID_WORDS,
    LIST,
    Kernel,
    emit_kernel,
    find_kernel,
    held_at,
)
from ireelite.vm.jit.products import products
from ireelite.vm.jit.running import Place, are_disjoint, enter, state_words, stopped_frame
from ireelite.vm.liveness import Liveness

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState

Arguments = Callable[[], tuple[Any, Any, Any]]
"""Makes local memory, constants and the list of bindings."""

MANY = 2_000
"""Workgroups after which an entry point is compiled whatever it does: what each of them costs to
call takes as long by then."""
SOME = 64
"""Workgroups between two looks whether to compile."""


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
        words[first : first + GRID_WORDS + FUNCTION_WORDS] = [begin, *grid, *self._functions]
        while (result := enter(compiled, words, state.context.meter)) < 0:
            made = arguments()
            held = [*made, *made[LIST].items]
            self._finish_workgroup(state, compiled, -1 - result, words, held)
            words[first] += 1
        return words[first]

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


class EntryPoint:
    """An entry point of an executable in a context, with an eye on when to compile it."""

    def __init__(self, state: BytecodeState, ordinal: int):
        self.state = state
        self.ordinal = ordinal
        self._count = 0
        """Workgroups that have run as translated code."""
        self._code: KernelCode | None = None
        self._sought = False

    def run(
        self,
        bound: Sequence[Place],
        arguments: Arguments,
        grid: tuple[int, int, int],
        begin: int,
    ) -> int:
        """Runs workgroups as native code, if it is time for that; see `KernelCode.run`."""
        if self._code is None and not self._is_hot():
            nx, ny, nz = grid
            self._count += min(nx * ny * nz - begin, SOME)
            return begin
        if not self._sought:
            self._sought = True
            self._code = self.state.module.kernel(self.ordinal)
        if self._code is None:
            return begin
        return self._code.run(self.state, bound, arguments, grid, begin)

    def _is_hot(self) -> bool:
        """Whether many workgroups have run, or so much in so few that the entry point's loops would
        be compiled by themselves soon."""
        if self._sought:
            return False
        heat = self.state.module.heats[self.ordinal]
        return self._count >= MANY or (self._count >= SOME and HOT // 2 <= heat < HOT)


def some_ids(grid: tuple[int, int, int], begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(x, y, z) of the workgroups [begin, end), counted with x fastest."""
    nx, ny, _ = grid
    for number in range(begin, end):
        row, x = divmod(number, nx)
        z, y = divmod(row, ny)
        yield x, y, z


def kernel_code(flow: Flow | None, ordinal: int, imports: Sequence[str]) -> KernelCode | None:
    """The code of an entry point of a module with such imports; None if it cannot be compiled."""
    if flow is None:
        return None
    kernel = find_kernel(flow, Liveness(flow), ordinal, imports)
    return None if kernel is None else KernelCode(flow, kernel)


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """The frames of this file are on the way to an instruction."""
    return []
