"""How translated code enters a compiled loop, and goes on where that one ends."""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.vm.backtrace import Location

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState
    from ireelite.vm.jit.compiled_loop import CompiledLoop
    from ireelite.vm.module_facts import ModuleFacts


class LoopCode:
    """A loop that can be compiled, by its head. What compiles it is imported when it first runs long."""

    def __init__(self, facts: ModuleFacts, ordinal: int, head: int):
        self._facts = facts
        self._ordinal = ordinal
        self._head = head
        self._compiled: CompiledLoop | None = None

    def run(
        self, state: BytecodeState, numbers: tuple[Any, ...], refs: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """Runs the loop, for translated code that calls it; see `CompiledLoop.run`."""
        if self._compiled is None:
            self._compiled = self._made()
        return self._compiled.run(state, numbers, refs)

    def _made(self) -> CompiledLoop:
        from ireelite.vm.jit.compiled_loop import CompiledLoop
        from ireelite.vm.jit.region import find_regions
        from ireelite.vm.liveness import Liveness

        flow = self._facts.flow(self._ordinal)
        assert flow is not None  # the function was translated by it
        return CompiledLoop(flow, find_regions(flow, Liveness(flow), self._ordinal)[self._head])


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way to an instruction."""
    return []
