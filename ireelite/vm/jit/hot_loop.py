"""How translated code enters a compiled loop, and goes on where that one ends."""

from __future__ import annotations

from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.vm.backtrace import Location
from ireelite.vm.dataflow import Flow
from ireelite.vm.jit.region import Region

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState
    from ireelite.vm.jit.compiled_loop import CompiledLoop


class LoopCode:
    """A loop that can be compiled. What compiles it is imported when it first runs long."""

    def __init__(self, flow: Flow, region: Region):
        self.flow = flow
        self.region = region
        self._compiled: CompiledLoop | None = None

    def run(
        self, state: BytecodeState, numbers: tuple[Any, ...], refs: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """Runs the loop, for translated code that calls it; see `CompiledLoop.run`."""
        if self._compiled is None:
            from ireelite.vm.jit.compiled_loop import CompiledLoop

            self._compiled = CompiledLoop(self.flow, self.region)
        return self._compiled.run(state, numbers, refs)


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way to an instruction."""
    return []
