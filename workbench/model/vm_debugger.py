"""A call of bytecode under a debugger, as a view: the code, the registers, the call stack.

The steps that have been recorded are kept in the view itself, as far as they are not too many, so
that a page without a kernel goes through them both ways. What lies behind them is run when a reader
asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ireelite.records import CompilationRecord
from ireelite.status import StatusError, invalid_argument
from ireelite.vm.debug.breakpoints import Breakpoint
from ireelite.vm.debug.debugger import Debugger
from workbench.model.numbers import quantity
from workbench.model.vm_listing import Listing, break_arguments
from workbench.model.vm_trace import Place, Segment, VmTrace

KIND = "debugger"
MAX_STEPS = 2_000
"""Steps that are recorded ahead, and kept in a notebook and in a page."""
KEPT_STEPS_AROUND = 100
"""Steps that are kept around a position that is far from those that are kept."""

COMMANDS: dict[str, Callable[[Debugger], object]] = {
    "step": Debugger.step,
    "over": Debugger.over,
    "out": Debugger.out,
    "resume": Debugger.resume,
    "back": Debugger.back,
    "back over": Debugger.back_over,
    "back to breakpoint": Debugger.back_to_breakpoint,
}
"""What a reader can ask for, by name."""


class VmDebugger:
    """View model of a debugger."""

    def __init__(
        self,
        debugger: Debugger,
        compilation: CompilationRecord | None = None,
        ahead: int = MAX_STEPS,
    ):
        """Records up to `ahead` steps, to be gone through without a kernel; with 0, an instruction
        runs no sooner than a reader steps over it.
        """
        self.debugger = debugger
        self.listing = Listing(compilation)
        self.trace = VmTrace(debugger, self.listing)
        self.written: dict[str, Breakpoint] = {}
        """Breakpoints that were written in the view, by their text."""
        here, why = debugger.position, debugger.why
        self.trace.keep(0, max(ahead, 1))
        self._keep_around(here)
        debugger.seek(here)
        debugger.why = why

    # -- where it is

    @property
    def position(self) -> int:
        """Where the debugger is."""
        return self.debugger.position

    @property
    def whole(self) -> bool:
        """Whether all steps of the call are kept, to the end or to a failure."""
        first = self.trace.segments[0]
        return self.debugger.recorded_all and first.stop == self.debugger.recorded + 1

    @property
    def label(self) -> str:
        """One line about the whole."""
        name = f"{self.debugger.function.module_name}.{self.debugger.function.name}"
        steps = f"{quantity(self.debugger.recorded, 'instruction')} recorded"
        return f"A call of {name} under a debugger: {steps}"

    @property
    def stack(self) -> list[Place]:
        """The running functions where the debugger is, outermost first."""
        return self.trace.stack(self.position)

    @property
    def ending(self) -> dict[str, Any] | None:
        """How the call ends, as far as it is known: the position, a text, and whether it failed."""
        debugger = self.debugger
        if not debugger.recorded_all:
            return None
        here, why = debugger.position, debugger.why
        debugger.seek(debugger.recorded)
        if debugger.error is not None:
            text, failed = f"{debugger.error.code.name}; {debugger.error.message}", True
        else:
            text, failed = repr(debugger).splitlines()[-1], False
        debugger.seek(here)
        debugger.why = why
        return {"position": debugger.recorded, "text": text, "failed": failed}

    # -- going on

    def go(self, command: str, position: int | None = None) -> list[Segment]:
        """Does what a reader asks for, one of `COMMANDS` or `to N` for a position, from a position
        or from where the debugger is; returns what is kept of it and was not before.

        Raises INVALID_ARGUMENT for another command.
        """
        debugger = self.debugger
        if position is not None:
            self._reach(position)
        if command.startswith("to ") and command[3:].isdecimal():
            self._reach(int(command[3:]))
        elif (do := COMMANDS.get(command)) is not None:
            do(debugger)
        else:
            raise invalid_argument(
                f"'{command}' is nothing that a debugger does; it does {', '.join(COMMANDS)}"
            )
        here, why = debugger.position, debugger.why
        kept = self._keep_around(here)
        debugger.seek(here)
        debugger.why = why
        return kept

    def _reach(self, position: int) -> None:
        debugger = self.debugger
        if position > debugger.recorded:
            debugger.seek(debugger.recorded).step(position - debugger.recorded)
        else:
            debugger.seek(max(position, 0))

    def _keep_around(self, position: int) -> list[Segment]:
        start = max(position - KEPT_STEPS_AROUND, 0)
        kept: list[Segment] = []
        last = min(position + KEPT_STEPS_AROUND, self.debugger.recorded)
        while start <= last:
            known = self.trace.segment(start)
            if known is None and (known := self.trace.keep(start, last + 1 - start)) is not None:
                kept.append(known)
            if known is None:
                break
            start = known.stop
        return kept

    # -- breakpoints

    def set_breakpoints(self, texts: list[str]) -> None:
        """Makes the breakpoints that were written in the view these (see `break_arguments`).

        Raises INVALID_ARGUMENT or NOT_FOUND for the first that names nothing; the others stand.
        """
        for text in [text for text in self.written if text not in texts]:
            self.debugger.delete(self.written.pop(text))
        failure: StatusError | None = None
        for text in texts:
            if text not in self.written:
                try:
                    self.written[text] = self.debugger.break_at(**break_arguments(text))
                except StatusError as error:
                    failure = failure or error
        if failure is not None:
            raise failure

    def stops(self) -> list[tuple[int, str]]:
        """Returns the kept positions at which breakpoints stop that were not written in the view,
        as those with a condition.
        """
        own = set(map(id, self.written.values()))
        return [
            (position, repr(hit)[1:-1])
            for segment in self.trace.segments
            for position, hit in self.debugger.hits(segment.start, segment.stop)
            if id(hit) not in own
        ]

    # -- for a script

    def state(self) -> dict[str, Any]:
        """Returns what a renderer in a browser gets."""
        return {
            "kind": KIND,
            "position": self.position,
            "breaks": list(self.written),
            "functions": self.listing.state(),
            "graph": self.listing.graph(),
            **self.trace.state(self.trace.segments),
            **self._standing(),
        }

    def more(self, kept: list[Segment], functions: int) -> dict[str, Any]:
        """Returns what a script that has so many functions gets after a command."""
        return {
            "position": self.position,
            "functions": self.listing.state(functions),
            "graph": self.listing.graph(functions),
            **self.trace.state(kept, min((each.start for each in kept), default=1 << 60)),
            **self._standing(),
        }

    def _standing(self) -> dict[str, Any]:
        return {
            "recorded": self.debugger.recorded,
            "why": self.debugger.why,
            "ending": self.ending,
            "stops": [list(stop) for stop in self.stops()],
        }
