"""A debugger for bytecode that goes both ways in time.

    debugger = Debugger(context, "module.fn", 2, 3)
    debugger                     # where it is, the code around it, the registers
    debugger.step()              # one instruction; into calls of bytecode functions
    debugger.over(), debugger.out()
    debugger.break_at("module.fn", mnemonic="call", when="i3 > 5")
    debugger.resume()            # to the next breakpoint, or the end
    debugger.back(), debugger.back_to_breakpoint()
    debugger.last_write("i3")    # back to the instruction that set it
    debugger.seek(1000)          # to any position that it has been at
    debugger.trace()             # the instructions around here, with values

A position is the number of instructions that have run. Each way of moving returns the debugger, so
that a notebook cell shows where it is then. Going back undoes what was done to buffers, lists and
globals; going forward again does it again, with the results that native functions gave the first
time, which are not called twice. What native modules keep to themselves does not go back, and while
a debugger is in use nothing else may run in its context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from ireelite.bytecode.disassemble import disassemble_instruction
from ireelite.bytecode.locations import format_location
from ireelite.bytecode.module_def import Instruction
from ireelite.completion import complete_behind
from ireelite.interrupts import HeldInterrupts, show_briefly
from ireelite.live_objects import LiveObject
from ireelite.status import StatusCode, StatusError, invalid_argument, not_found
from ireelite.vm.backtrace import Location
from ireelite.vm.context import Context
from ireelite.vm.debug.breakpoints import Breakpoint, Condition, check_mnemonic, find_function
from ireelite.vm.debug.history import last_register_write
from ireelite.vm.debug.register_view import Registers
from ireelite.vm.debug.timeline import INTERVAL, MAX_BYTES, Timeline, copied
from ireelite.vm.debug.trace_table import TraceTable, function_text, trace_rows
from ireelite.vm.effects import GlobalMemory
from ireelite.vm.frame import Frame
from ireelite.vm.function import Function
from ireelite.vm.refs import Buffer, List

RECORDED = 1_000_000
"""Instructions after which `record` gives up on an end, unless told otherwise."""
_AROUND = 3
"""Instructions that are shown above and below the one at hand."""


class Debugger(LiveObject):
    """One call of a bytecode function, in the hands of a person."""

    _instead = "a second call is debugged by a second one"

    def __init__(
        self,
        context: Context,
        function: str | Function,
        *arguments: Any,
        most_bytes: int = MAX_BYTES,
    ):
        """Stands before the first instruction. `function` is `module.name` or a `Function`, and
        `most_bytes` what the record of changes may take.

        Raises NOT_FOUND, and INVALID_ARGUMENT for native functions and wrong arguments.
        """
        if isinstance(function, str):
            function = context.lookup_function(function)
        self.context = context
        self.function = function
        self.breakpoints: list[Breakpoint] = []
        self.why = "beginning"
        """Why it is here: `beginning`, `step`, `breakpoint 1`, `end`, `failure`, `limit`."""
        self._timeline = Timeline(context, function, arguments, most_bytes)
        self.names = self._timeline.names
        """Numbers of references: they follow from what has happened, not from what was shown."""
        self._next_number = 1
        self._fitting: dict[int, list[Breakpoint]] = {}
        """Breakpoints by instruction, as far as they have been asked for."""

    # -- where it is

    @property
    def position(self) -> int:
        """Instructions that have run."""
        return self._timeline.position

    @property
    def recorded(self) -> int:
        """The furthest position so far."""
        return self._timeline.recorded

    @property
    def finished(self) -> bool:
        """Whether the function has returned."""
        return self._timeline.finished

    @property
    def recorded_all(self) -> bool:
        """Whether the furthest position is where the function returns or fails."""
        return self._timeline.returns or self._timeline.failure is not None

    @property
    def error(self) -> StatusError | None:
        """What the next instruction fails with, if it is known to."""
        return self._timeline.failure if self._timeline.failed else None

    @property
    def results(self) -> tuple[Any, ...]:
        """What the function returned. Raises what it failed with, or FAILED_PRECONDITION if it has
        not returned yet.
        """
        if self.error is not None:
            raise self.error
        if not self.finished:
            raise StatusError(StatusCode.FAILED_PRECONDITION, "the function has not returned yet")
        return self._timeline.machine.results

    @property
    def frame(self) -> Frame:
        """The innermost function that is running. Raises FAILED_PRECONDITION at the end."""
        if self.finished:
            raise StatusError(StatusCode.FAILED_PRECONDITION, "the function has returned")
        return self._timeline.frames[-1]

    @property
    def frames(self) -> list[Frame]:
        """The functions that are running, outermost first; empty at the end."""
        return self._timeline.frames

    @property
    def instruction(self) -> Instruction:
        """The next instruction. Raises FAILED_PRECONDITION at the end."""
        return self.frame.row

    @property
    def disassembly(self) -> str:
        """The next instruction as text."""
        return disassemble_instruction(self.frame.state.module.definition, self.instruction)

    @property
    def stack(self) -> list[Location]:
        """Where each running function stands, outermost first."""
        return [] if self.finished else self._timeline.machine.locations()

    @property
    def source(self) -> str:
        """Where the next instruction comes from, `-` if the module does not say."""
        definition, row = self.frame.state.module.definition, self.instruction
        return "-" if row.location is None else format_location(definition.locations, row.location)

    @property
    def registers(self) -> Registers:
        """The innermost function's registers, and which of them the last step changed."""
        return Registers(self.frame, self.names, self._frame_before())

    def registers_of(self, depth: int) -> Registers:
        """Returns the registers of another running function: 0 is the outermost. Raises
        OUT_OF_RANGE.
        """
        frames = self._timeline.frames
        if not 0 <= depth < len(frames):
            raise StatusError(
                StatusCode.OUT_OF_RANGE, f"no function {depth}; {len(frames)} are running"
            )
        return Registers(frames[depth], self.names, frames[depth])

    # -- forwards

    def step(self, count: int = 1) -> Self:
        """Runs instructions, also those of functions that are called."""
        with self._interruptible() as interrupts:
            for _ in range(count):
                if not self._timeline.forward():
                    break
                interrupts.check()
        return self._arrived("step")

    def over(self) -> Self:
        """Runs to the next instruction of this function, or of its caller when it returns."""
        depth = len(self._timeline.frames)
        return self._until(lambda: len(self._timeline.frames) <= depth)

    def out(self) -> Self:
        """Runs until this function has returned."""
        depth = len(self._timeline.frames)
        return self._until(lambda: len(self._timeline.frames) < depth)

    def resume(self, most: int = RECORDED) -> Self:
        """Runs to the next breakpoint, to the end, or for at most so many instructions."""
        return self._until(lambda: False, most)

    def record(self, most: int = RECORDED) -> Self:
        """Runs to the end without stopping, or for at most so many instructions; then goes back to
        where it was.
        """
        here = self.position
        timeline = self._timeline
        timeline.seek(timeline.recorded)
        try:
            with self._interruptible() as interrupts:
                while timeline.recorded - here < most and timeline.forward():
                    interrupts.check()
        finally:
            timeline.seek(here)
        return self

    # -- backwards

    def seek(self, position: int) -> Self:
        """Goes to a position that it has been at. Raises OUT_OF_RANGE."""
        self._timeline.seek(position)
        return self._arrived("step")

    def back(self, count: int = 1) -> Self:
        """Takes back instructions, up to the beginning."""
        return self.seek(max(self.position - count, 0))

    def back_over(self) -> Self:
        """Takes back instructions to the previous one of this function, or to its call."""
        serial = -1 if self.finished else self.frame.serial
        serials, parents = self._timeline.serials, self._timeline.parents
        caller = parents[serial][0] if serial >= 0 else -1
        wanted = {serial, caller} if serial >= 0 else {0}
        position = self.position - 1
        while position > 0 and serials[position] not in wanted:
            position -= 1
        return self.seek(max(position, 0))

    def back_to_breakpoint(self) -> Self:
        """Goes back to the last breakpoint, or to the beginning."""
        timeline, end = self._timeline, self.position
        while end > 0:
            start = (end - 1) // INTERVAL * INTERVAL
            last: tuple[int, Breakpoint] | None = None
            for position in range(start, end):
                fitting = self._breakpoints_at(timeline.executed[position])
                if fitting and (hit := self._holding(fitting, position)) is not None:
                    last = position, hit
            if last is not None:
                timeline.seek(last[0])
                return self._stopped_at(last[1])
            end = start
        return self.seek(0)

    def last_write(
        self, what: str | Buffer | List | GlobalMemory, offset: int = 0, length: int | None = None
    ) -> Self:
        """Goes back to the last instruction that wrote a register of the innermost function (`i3`,
        `q4`, `r0`), or bytes of a buffer or of a module's globals, or elements of a list.

        Raises NOT_FOUND if nothing has written it before.
        """
        timeline = self._timeline
        if isinstance(what, str):
            position = last_register_write(timeline, self.frame, what)
            named = f"register {what}"
        else:
            container = what.items if isinstance(what, List) else what.data
            stop = None if length is None else offset + length
            position = timeline.journal.last_change(container, offset, stop, self.position)
            named = f"{self.names.name(what)} from {offset} on"
        if position is None:
            raise not_found(f"nothing has written {named} before position {self.position}")
        return self.seek(position)

    # -- breakpoints

    def break_at(
        self,
        function: str | None = None,
        pc: int | None = None,
        *,
        mnemonic: str | None = None,
        line: int | None = None,
        file: str | None = None,
        calls: str | None = None,
        when: Condition | None = None,
    ) -> Breakpoint:
        """Adds a breakpoint: at the beginning of a function (`module.name`, `module@3`, or
        `module.` for all of a module), at its instruction at a byte offset, at each instruction of
        a kind (`call`, `buffer.`), at each of a source line, at `calls` of an import
        (`hal.fence.await`) or of all whose names begin so (`hal.fence`), and only `when` a
        condition holds: a function of the debugger or a Python expression of registers (`i3 > 5`).

        Raises NOT_FOUND for unknown names and offsets.
        """
        module: str | None = None
        ordinal: int | None = None
        if function is not None and function.endswith("."):
            module = function[:-1]
        elif function is not None:
            module, ordinal = find_function(self.context, function)
        if pc is not None:
            if module is None or ordinal is None:
                raise invalid_argument("a pc is one of a function, which must be named")
            state: Any = self.context.states[module]
            rows = [
                row for block in state.function_def(ordinal).blocks for row in block.instructions
            ]
            if pc not in [row.pc for row in rows]:
                raise not_found(f"no instruction of {function} begins at {pc}")
        kind = None if mnemonic is None else check_mnemonic(mnemonic)
        added = Breakpoint(self._next_number, module, ordinal, pc, kind, file, line, calls, when)
        self._next_number += 1
        self.breakpoints.append(added)
        self._fitting.clear()
        return added

    def delete(self, which: Breakpoint | int) -> None:
        """Removes a breakpoint, itself or by number. Raises NOT_FOUND."""
        number = which if isinstance(which, int) else which.number
        left = [each for each in self.breakpoints if each.number != number]
        if len(left) == len(self.breakpoints):
            raise not_found(f"no breakpoint {number}")
        self.breakpoints = left
        self._fitting.clear()

    def hits(self, start: int, stop: int) -> list[tuple[int, Breakpoint]]:
        """Returns the recorded positions [start, stop) at which a breakpoint stops, each with the
        first that does. Counts no hits and stays where it is.
        """
        here = self.position
        found: list[tuple[int, Breakpoint]] = []
        for position in range(start, min(stop, self.recorded)):
            fitting = self._breakpoints_at(self._timeline.executed[position])
            if fitting and (hit := self._holding(fitting, position)) is not None:
                found.append((position, hit))
        self._timeline.seek(here)
        return found

    # -- as text

    def trace(self, start: int | None = None, count: int = 20) -> TraceTable:
        """Returns recorded instructions with the values of their operands: those just before this
        position, or from `start` on.
        """
        timeline, here = self._timeline, self.position
        start = max(here - count, 0) if start is None else start
        stop = min(start + count, timeline.recorded)
        try:
            return TraceTable(trace_rows(timeline, self.names, start, stop), here)
        finally:
            timeline.seek(here)

    def __repr__(self) -> str:
        """Returns the same text for the same call at the same position, without addresses."""
        lines = [f"position {self.position} of {self.recorded} recorded · {self.why}"]
        if self.finished:
            shown = [
                self.names.describe(value) if kind == "r" else repr(value)
                for kind, value in zip(self._result_kinds(), self.results)
            ]
            return "\n".join([*lines, f"returned ({', '.join(shown)})"])
        if self.error is not None:
            lines.append(f"fails: {self.error.code.name}; {self.error.message}")
        lines += [f"[{n:2}] {each.describe_standing()}" for n, each in enumerate(self.stack)][::-1]
        lines += function_text(self.frame, _AROUND)
        return "\n".join([*lines, repr(self.registers)])

    # -- inside

    def _until(self, done: Callable[[], bool], most: int = RECORDED) -> Self:
        """Runs until `done`, a breakpoint, or the end."""
        timeline = self._timeline
        with self._interruptible() as interrupts:
            for _ in range(most):
                if not timeline.forward() or timeline.finished:
                    break
                if self.breakpoints and (hit := self._hit()) is not None:
                    return self._stopped_at(hit)
                if done():
                    break
                interrupts.check()
            else:
                return self._arrived("limit")
        return self._arrived("step")

    @contextmanager
    def _interruptible(self) -> Iterator[HeldInterrupts]:
        """Holds interrupts back in the block, which checks for them between instructions."""
        try:
            with self._timeline.interrupts.held():
                yield self._timeline.interrupts
        except KeyboardInterrupt as stop:
            self._arrived("interrupt")
            show_briefly(stop, f"the debugger (now at position {self.position}) was interrupted")
            raise

    def _hit(self) -> Breakpoint | None:
        fitting = self._breakpoints_at(self._timeline.instruction())
        return self._holding(fitting, self.position) if fitting else None

    def _breakpoints_at(self, instruction: int) -> list[Breakpoint]:
        fitting = self._fitting.get(instruction)
        if fitting is None:
            known = self._timeline.instructions[instruction]
            fitting = [each for each in self.breakpoints if each.fits(known)]
            self._fitting[instruction] = fitting
        return fitting

    def _holding(self, fitting: list[Breakpoint], position: int) -> Breakpoint | None:
        """Returns the first of some breakpoints that is on and whose condition holds at a position,
        to which this goes if there is a condition.
        """
        for each in fitting:
            if each.enabled:
                if each.when is not None:
                    self._timeline.seek(position)
                if each.holds(self):
                    return each
        return None

    def _stopped_at(self, breakpoint: Breakpoint) -> Self:
        breakpoint.hits += 1
        self.why = f"breakpoint {breakpoint.number}"
        return self

    def _arrived(self, why: str) -> Self:
        if self.error is not None:
            why = "failure"
        elif self.finished:
            why = "end"
        elif self.position == 0:
            why = "beginning"
        self.why = why
        return self

    def _frame_before(self) -> Frame | None:
        """Returns the innermost frame as it was one step ago; None if it was not there then."""
        timeline, here, serial = self._timeline, self.position, self.frame.serial
        if here == 0:
            return None
        timeline.seek(here - 1)
        found = [frame for frame in timeline.frames if frame.serial == serial]
        before = copied(found[0]) if found else None
        timeline.seek(here)
        return before

    def _result_kinds(self) -> Iterator[str]:
        from ireelite.bytecode.calling_convention import parse_cconv

        return iter(parse_cconv(self.function.cconv).result_kinds())


complete_behind(Debugger)
