"""Dispatches of compiled entry points."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.status import StatusCode, StatusError
from ireelite.vm.backtrace import Location
from ireelite.vm.jit import HOT
from ireelite.vm.jit.places import Place

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState
    from ireelite.vm.jit.kernel_code import KernelCode

Arguments = Callable[[], tuple[Any, Any, Any]]
"""Makes local memory, constants and the list of bindings."""

MAX_INTERPRETED_WORKGROUPS = 2_000
"""Number of workgroups after which an entry point is compiled, whatever it does: the calls alone have
taken as long by then."""
MAX_INTERPRETED_SECONDS = 0.02
SECONDS_PER_INSTRUCTION = 0.5e-3
"""Time in translated code after which an entry point is compiled: as long as that takes, which grows
with its instructions, and at most as long as the maximum. Its loops may be compiled long before, but
not what is around them.
"""
DISPATCH = 3
"""Workgroups as which a dispatch counts besides its own: a plan, which compiled code makes possible,
saves as much."""
WORKGROUPS_PER_CHECK = 64
"""Number of workgroups between two checks whether to compile."""


class EntryPoint:
    """An entry point of an executable in a context, with an eye on when to compile it."""

    def __init__(self, state: BytecodeState, ordinal: int):
        self.state = state
        self.ordinal = ordinal
        self._count = 0
        """Workgroups that have run as translated code."""
        self._seconds = 0.0
        """The time that they took."""
        self._left = 0.0
        """When the caller began to run workgroups of this dispatch as translated code."""
        rows = sum(len(block.instructions) for block in state.function_def(ordinal).blocks)
        self._most_seconds = min(SECONDS_PER_INSTRUCTION * rows, MAX_INTERPRETED_SECONDS)
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
        if self._code is None:
            if begin:
                self._seconds += time.perf_counter() - self._left
            nx, ny, nz = grid
            left = nx * ny * nz - begin
            if left <= 0 or not self._is_hot():
                self._count += min(left, WORKGROUPS_PER_CHECK) + (0 if begin else DISPATCH)
                self._left = time.perf_counter()
                return begin
        if (code := self._found()) is None:
            return begin
        return code.run(self.state, bound, arguments, grid, begin)

    @property
    def code(self) -> KernelCode | None:
        """The native code; None if there can be none.

        Raises UNAVAILABLE if it is not yet time to make it.
        """
        if not self._sought and not self._is_hot():
            raise StatusError(
                StatusCode.UNAVAILABLE, "the entry point has not run often enough to be compiled"
            )
        return self._found()

    def _found(self) -> KernelCode | None:
        if not self._sought:
            self._sought = True
            self._code = self.state.module.kernel(self.ordinal)
        return self._code

    def _is_hot(self) -> bool:
        """Returns whether many workgroups have run, or for long, or so much in so few that the entry
        point's loops would be compiled by themselves soon.
        """
        if self._sought:
            return False
        heat = self.state.module.heats[self.ordinal]
        return (
            self._count >= MAX_INTERPRETED_WORKGROUPS
            or self._seconds >= self._most_seconds
            or (self._count >= WORKGROUPS_PER_CHECK and HOT // 2 <= heat < HOT)
        )


def some_ids(grid: tuple[int, int, int], begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yields (x, y, z) of the workgroups [begin, end), counted with x fastest."""
    nx, ny, _ = grid
    for number in range(begin, end):
        row, x = divmod(number, nx)
        z, y = divmod(row, ny)
        yield x, y, z


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way to an instruction."""
    return []
