"""One call of a bytecode function, an instruction at a time, forwards and backwards.

    timeline = Timeline(context, context.lookup_function("module.fn"), [2, 3])
    while not timeline.finished:
        timeline.forward()
    timeline.seek(17)

A position is the number of instructions that have run. The first time an instruction runs it is
recorded: what it changes outside of the registers, what it allocates, and what it gets from native
functions. Registers are kept at every `INTERVAL`th position. To go to a position that is recorded,
memory is brought to the last of these before it, by undoing or redoing changes, and from there on
the instructions run again, with what was allocated and with what native functions gave then; these
are not called again.

Calls of other bytecode modules are stepped into. What native modules keep to themselves does not go
back in time. While a timeline is in use nothing else may run in its context.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from types import FrameType
from typing import Any

from ireelite.bytecode.isa import REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import Instruction
from ireelite.interrupts import HeldInterrupts
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.backtrace import Location, explain
from ireelite.vm.bytecode_module import BytecodeState
from ireelite.vm.context import Context
from ireelite.vm.debug.journal import Change, Journal, Place, RecordFull, Snapshot, places, undo
from ireelite.vm.frame import Frame
from ireelite.vm.function import Function
from ireelite.vm.interpreter import Interpreter
from ireelite.vm.ref_names import RefNames

INTERVAL = 500
"""Positions between two at which the registers are kept."""
MAX_BYTES = 1 << 28
"""What the changes of a recorded call may take in memory."""


class InstructionId(NamedTuple):
    """An instruction of a context."""

    state: BytecodeState
    ordinal: int
    block: int
    number: int
    """In the block."""

    @property
    def row(self) -> Instruction:
        """The instruction itself."""
        return self.state.function_def(self.ordinal).blocks[self.block].instructions[self.number]


class Timeline:
    """A call that can be moved through in time.

    `position` instructions have run; `recorded` is the furthest it has been.
    """

    def __init__(
        self,
        context: Context,
        function: Function,
        arguments: Sequence[Any],
        most_bytes: int = MAX_BYTES,
    ):
        """Raises INVALID_ARGUMENT for a native function, or for arguments that do not fit it."""
        context.require_open()
        state = context.states.get(function.module_name)
        if not isinstance(state, BytecodeState):
            raise invalid_argument(
                f"{function.module_name}.{function.name} is a native function, which has no steps"
            )
        self.context = context
        self.position = 0
        self.recorded = 0
        self.failure: StatusError | None = None
        """What the instruction behind the last recorded position fails with."""
        self.returns = False
        """Whether the last recorded position is where the function has returned."""
        self.journal = Journal(most_bytes)
        self.parents: list[tuple[int, Sequence[int]]] = []
        """For each frame by serial: its caller's serial, or -1, and the registers of the caller
        that take the results."""
        self.executed = array("L")
        """For each recorded step the instruction that ran, as an index of `instructions`."""
        self.serials = array("L")
        """For each recorded step the frame that it ran in."""
        self.instructions: list[InstructionId] = []
        self.interrupts = HeldInterrupts()
        """Those that come while something moves through the call."""
        self._numbers: dict[InstructionId, int] = {}
        self._outcomes: dict[int, Any] = {}
        """What steps allocated or got from native functions."""
        self._kept: list[tuple[list[Frame], int]] = []
        meter = context.meter
        make, values = _Machine, function.checked(arguments)
        self.names = RefNames()
        """Numbers of references, which follow from what has happened and not from who asked."""
        self.names.number_all(values)
        for other in context.states.values():
            if isinstance(other, BytecodeState):
                self.names.number_all([*other.refs, *other.module.rodata])
        self.machine = (make if meter is None else meter.guard(make))(
            self, state, function.ordinal, values
        )
        self._step = self.machine.step if meter is None else meter.guard(self.machine.step)

    @property
    def frames(self) -> list[Frame]:
        """The functions that are running, innermost last; empty at the end."""
        return self.machine.frames

    @property
    def finished(self) -> bool:
        """Whether the function has returned."""
        return self.machine.finished

    @property
    def failed(self) -> bool:
        """Whether the next instruction is the one that fails."""
        return self.failure is not None and self.position == self.recorded

    def instruction(self) -> int:
        """Returns the next instruction, as an index of `instructions`. Raises FAILED_PRECONDITION
        at the end.
        """
        if self.position < self.recorded:
            return self.executed[self.position]
        if self.finished:
            raise StatusError(StatusCode.FAILED_PRECONDITION, "the function has returned")
        frame = self.frames[-1]
        key = InstructionId(frame.state, frame.ordinal, frame.block, frame.index)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.instructions)
            self.instructions.append(key)
        return number

    def forward(self) -> bool:
        """Runs one instruction; False if there is none, or if it fails, which leaves everything as
        it was and the reason in `failure`.

        Raises `RecordFull` if what it does cannot be recorded any more, whatever a defect of a
        native module raises, and KeyboardInterrupt in a wait; then, too, everything is as it was.
        Other instructions should run while `interrupts` are held.
        """
        if self.position < self.recorded:
            self._step()
        elif self.finished or self.failure is not None or not self._record():
            return False
        self.position += 1
        return True

    def seek(self, position: int) -> None:
        """Goes to a recorded position. Raises OUT_OF_RANGE for another."""
        if not 0 <= position <= self.recorded:
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"position {position} is not recorded; there are 0 to {self.recorded}",
            )
        with self.interrupts.held():
            index = min(position // INTERVAL, len(self._kept) - 1)
            if not index * INTERVAL <= self.position <= position:
                self._restore(index)
            while self.position < position:
                self._step()
                self.position += 1

    def outcome(self) -> Any:
        """Returns what the step at hand allocated or got when it was recorded."""
        return self._outcomes[self.position]

    def keep_outcome(self, value: Any) -> Any:
        """Records what the step at hand allocated or got."""
        self._outcomes[self.position] = value
        self.names.number_all([value])
        return value

    def _restore(self, index: int) -> None:
        position = index * INTERVAL
        self.journal.travel(self.position, position)
        frames, entered = self._kept[index]
        self.machine.frames = [copied(frame) for frame in frames]
        self.machine.entered = entered
        self.position = position

    def _record(self) -> bool:
        """Runs the next instruction for the first time."""
        position = self.position
        if position % INTERVAL == 0 and position == INTERVAL * len(self._kept):
            kept = [copied(frame) for frame in self.frames]
            self._kept.append((kept, self.machine.entered))
        frame = self.frames[-1]
        number, serial, row = self.instruction(), frame.serial, frame.row
        before = [(place, place.copy()) for place in places(frame, row)]
        callers = len(self.parents)
        self.machine.changes = []
        try:
            self._execute()
        except BaseException as error:
            undo(_changes(before))
            del self.parents[callers:]
            self._again()
            explained = explain(error) if isinstance(error, Exception) else error
            if isinstance(explained, RecordFull) or not isinstance(explained, StatusError):
                raise
            self.failure = explained
            return False
        changes = [*self.machine.changes, *_changes(before)]
        try:
            self.journal.add(position, changes)
        except RecordFull:
            undo(reversed(changes))
            del self.parents[callers:]
            self._again()
            raise
        self.executed.append(number)
        self.serials.append(serial)
        self.recorded += 1
        self.returns = self.finished
        return True

    def _execute(self) -> None:
        self._step()

    def _again(self) -> None:
        """Puts the registers back to what they were at this position."""
        position = self.position
        self._restore(position // INTERVAL)
        self.seek(position)


class _Machine(Interpreter):
    """The interpreter of a timeline: it runs instructions again with what is recorded."""

    def __init__(
        self, timeline: Timeline, state: BytecodeState, ordinal: int, arguments: Sequence[Any]
    ):
        self._timeline = timeline
        self.changes: list[Change] = []
        """What native functions changed in the step at hand."""
        super().__init__(state, ordinal, arguments)

    @property
    def first_time(self) -> bool:
        """Whether the next instruction is not recorded yet."""
        return self._timeline.position == self._timeline.recorded

    def step(self) -> None:
        """Runs one instruction, as recorded if it is."""
        timeline = self._timeline
        frame = self.frames[-1]
        row = frame.row
        mnemonic = row.op.mnemonic
        if mnemonic in _ALLOCATIONS:
            if not self.first_time:
                frame.write("r", row.operands[-1], timeline.outcome())
                frame.index += 1
                return
            if (length := _ALLOCATIONS[mnemonic]) is not None:
                timeline.journal.take(max(frame.read("q", row.operands[length]), 0))
            super().step()
            timeline.keep_outcome(frame.refs[row.operands[-1] & REF_ORDINAL])
        elif mnemonic in _PRINTS and not self.first_time:
            for raw in row.operands[1]:
                frame.read("r" if raw & REF_BIT else "i", raw)
            frame.index += 1
        else:
            super().step()

    def _enter(
        self, state: BytecodeState, ordinal: int, arguments: Sequence[Any], results: Sequence[int]
    ) -> None:
        caller = self.frames[-1].serial if self.frames else -1
        super()._enter(state, ordinal, arguments, results)
        parents = self._timeline.parents
        if self.frames[-1].serial == len(parents):
            parents.append((caller, results))

    def _inside(self, state: BytecodeState, ordinal: int) -> tuple[BytecodeState, int] | None:
        return state.targets[ordinal]

    def _import(self, frame: Frame, row: Instruction, values: list[Any]) -> Any:
        timeline = self._timeline
        position = timeline.position
        if not self.first_time:
            timeline.journal.travel(position, position + 1)
            return timeline.outcome()
        held = [value for running in self.frames for value in running.refs]
        snapshot = Snapshot([*held, *values], timeline.context.states.values())
        waits = row.op.mnemonic in _WAITS
        try:
            with timeline.interrupts.waiting() if waits else nullcontext():
                result = super()._import(frame, row, values)
        except BaseException:
            undo(snapshot.changes())
            raise
        self.changes = snapshot.changes()
        return timeline.keep_outcome(result)


_ALLOCATIONS = {"buffer.alloc": 0, "buffer.clone": 2, "list.alloc": None}
"""Which operand has the length."""
_WAITS = frozenset(("call.yieldable", "call.variadic.yieldable"))
_PRINTS = frozenset(("trace", "print"))


def copied(frame: Frame) -> Frame:
    """Returns a frame that stays as it is while the other one runs."""
    return replace(frame, numbers=bytearray(frame.numbers), refs=list(frame.refs))


def _changes(before: list[tuple[Place, Any]]) -> list[Change]:
    """Returns what an instruction has made of what it was going to write."""
    return [Change(place.container, place.start, old, place.copy()) for place, old in before]


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns the instructions that a timeline is at, seen from a frame of its `_execute`."""
    timeline = frame.f_locals.get("self")
    if frame.f_code is not Timeline._execute.__code__ or timeline is None:
        return []
    return timeline.machine.locations()
