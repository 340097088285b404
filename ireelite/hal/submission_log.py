"""The log of one queue operation in an execution record.

The ids of its events are assigned when it is submitted, in the submitting thread; the thread that
runs it fills in the times later. So two runs of a program number their events alike, however their
threads interleave. Names and ranges are formatted when the record is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from ireelite.hal.buffer import WHOLE_BUFFER, Buffer
from ireelite.hal.command_buffer import (
    Barrier,
    BufferRef,
    Command,
    Copy,
    Dispatch,
    Fill,
    ReadBack,
    Update,
)
from ireelite.records import NOT_YET, Event, Submission
from ireelite.records.recorder import placed
from ireelite.status import StatusError, failure_of

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording
    from ireelite.hal.semaphore_log import SemaphoreLog

Bound = tuple[str, int, int]
"""(name of an allocation, offset, length) in bytes; a length of -1 means up to the end."""


class Range(NamedTuple):
    """A range of a known buffer, or of the binding table's entry at `slot` if `bound` is None."""

    slot: int
    bound: Bound | None
    offset: int
    length: int

    def resolved(self, table: Sequence[Bound]) -> tuple[str, int, int]:
        """Returns (name of the allocation, offset, length); a length of -1 is unknown."""
        if self.bound is not None:
            return self.bound
        if not 0 <= self.slot < len(table):
            return "", 0, 0
        name, base, extent = table[self.slot]
        length = self.length
        if length == WHOLE_BUFFER:
            length = extent if extent == WHOLE_BUFFER else extent - self.offset
        return name, base + self.offset, length


class Row(NamedTuple):
    """One command of a log. Barriers and debug groups have none."""

    where: dict[str, Any]
    facts: dict[str, Any]
    ranges: tuple[tuple[str, Range], ...]
    """(role, range): `source` and `target` of a transfer, `bindings` of a dispatch."""

    def details(self, table: Sequence[Bound]) -> dict[str, Any]:
        """Returns the details of the command's event, with a binding table."""
        details: dict[str, Any] = {}
        bindings: list[str] = []
        for role, range in self.ranges:
            name, offset, length = range.resolved(table)
            text = f"{name}[{offset}:{offset + length}]" if length >= 0 else name
            if role == "bindings":
                bindings.append(text)
            else:
                details[role] = text
                details["bytes"] = length
        if self.where:
            details = {"bindings": " ".join(bindings), **details}
        return {**details, **self.facts}


class Facts(NamedTuple):
    """Description of commands, which the logs of all executions of a command buffer share."""

    rows: tuple[Row, ...]
    size: int
    """Number of events of the commands."""


def described(commands: Sequence[Command], name: Callable[[Buffer], str]) -> Facts:
    """Returns what a log keeps of commands. `name` returns the name of a buffer."""
    rows: list[Row] = []
    phase = 0
    for command in commands:
        if isinstance(command, Barrier):
            phase += 1
        elif (row := _row(command, phase, name)) is not None:
            rows.append(row)
    return Facts(tuple(rows), sum(2 if row.where else 1 for row in rows))


def _row(command: Command, phase: int, name: Callable[[Buffer], str]) -> Row | None:
    def known(ref: BufferRef) -> Range:
        buffer = ref.buffer
        if not isinstance(buffer, Buffer):
            return Range(ref.slot, None, ref.offset, ref.length)
        offset, length = buffer.resolve(ref.offset, ref.length)
        return Range(-1, (name(buffer.root), buffer.byte_offset + offset, length), 0, 0)

    match command:
        case Dispatch():
            direct = command.workgroups_ref is None
            facts: dict[str, Any] = {
                "workgroups": "x".join(map(str, command.workgroups)) if direct else "indirect"
            }
            written = command.executable.written_bindings(command.entry_point)
            if written is not None:
                facts["writes"] = tuple(sorted(written))
            bindings = tuple(("bindings", known(ref)) for ref in command.bindings)
            return Row(dispatch_place(command), {**facts, "phase": phase}, bindings)
        case Fill() | Update():
            kind = "fill" if isinstance(command, Fill) else "update"
            ranges = (("target", known(command.target)),)
        case Copy():
            kind = "copy"
            ranges = (("source", known(command.source)), ("target", known(command.target)))
        case ReadBack():
            kind, ranges = "read", (("source", known(command.source)),)
        case _:
            return None
    return Row({}, {"operation": kind, "phase": phase}, ranges)


class SubmissionLog:
    """Log of one queue operation: a submit event, a wait event for each timepoint, the events of
    the work, and a signal event for each timepoint. As a context manager, it records an exception
    of the submission as its failure.
    """

    __slots__ = (
        "_allocated",
        "_by",
        "_ended",
        "_facts",
        "_failure",
        "_freed",
        "_number",
        "_operation",
        "_place",
        "_signalled",
        "_signals",
        "_started",
        "_submitted",
        "_table",
        "_times",
        "_waits",
        "first",
        "lane",
        "recording",
        "size",
    )

    def __init__(
        self,
        recording: Recording,
        number: int,
        operation: str,
        lane: str,
        waits: Sequence[tuple[SemaphoreLog, int]],
        signals: Sequence[tuple[SemaphoreLog, int]],
        facts: Facts,
        table: Sequence[Bound],
        freed: Buffer | None,
    ):
        recorder = recording.recorder
        self.recording = recording
        self._number = number
        self._operation = operation
        self.lane = lane
        here = recorder.here
        self._by = here.lane or recorder.lane()
        self._place = here.position
        self._waits = waits
        self._signals = signals
        self._facts = facts
        self._table = table
        self._freed = None if freed is None else (recording.freed(freed), freed.byte_length)
        self._allocated: dict[str, Any] | None = None
        # Lists are traversed by each garbage collection, tuples of numbers are not: a log that is
        # over has none.
        self._times: list[int] | tuple[int, ...] = [] if facts.rows else ()
        """Begin and end of each command that has run, in nanoseconds."""
        self._signalled = (NOT_YET,) * len(signals)
        self._started = self._ended = NOT_YET
        self._failure: tuple[str, str] | None = None
        """(code, text) of the failure."""
        self.first = 0
        memory = (operation == "alloca") + (freed is not None)
        self.size = 1 + len(waits) + memory + facts.size + len(signals)
        self._submitted = perf_counter_ns()

    # -- filling in --------------------------------------------------------------------------------

    def name_allocated(self, buffer: Buffer) -> None:
        """Records the buffer that an `alloca` has allocated."""
        self._allocated = self.recording.watch(buffer)

    def started(self) -> None:
        """Records that all waits are over and the work begins."""
        self._started = perf_counter_ns()

    def did(self, begin_ns: int, end_ns: int) -> None:
        """Records that the next command ran from `begin_ns` to `end_ns`."""
        self._times += (begin_ns, end_ns)  # pyright: ignore[reportOperatorIssue]

    def ran(self) -> None:
        """Records that all work is done; the signals follow."""
        now = self._ended = perf_counter_ns()
        self._times = tuple(self._times)
        if self._started == NOT_YET:
            self._started = now

    def signalled(self, semaphore: SemaphoreLog, time_ns: int) -> int:
        """Records that a semaphore of the signal fence is signalled or failed. Returns the event
        id.
        """
        signals = self._signals
        if len(signals) == 1:
            self._signalled = (time_ns,)
            return self.first + self.size - 1
        position = 0
        while signals[position][0] is not semaphore:
            position += 1
        known = self._signalled
        self._signalled = (*known[:position], time_ns, *known[position + 1 :])
        return self.first + self.size - len(signals) + position

    def failed(self, failure: StatusError) -> None:
        """Records the first failure; the rest of the work does not run."""
        if self._failure is None:
            self._failure = failure.code.name, str(failure)
            self._ended = perf_counter_ns()

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is not None and self.open:
            self.failed(failure_of(error))

    # -- reading -----------------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """True until the operation has run or failed."""
        return self._ended == NOT_YET

    def taken_apart(self) -> tuple[list[Event], list[Event], Submission]:
        """Returns (past events, pending events, the operation)."""
        return _Parts(self).all()


class _Parts:
    """Builds the events of an operation from a snapshot of its log."""

    def __init__(self, log: SubmissionLog):
        self.log = log
        self.ended, self.started = log._ended, log._started
        self.times = list(log._times)
        self.failure = log._failure
        self.happened: list[Event] = []
        self.pending: list[Event] = []
        self.id = log.first
        self.after: tuple[int, ...] = ()
        self.place = placed(log._place)
        self.broken = False
        """True once the event of the failed command is built."""

    def all(self) -> tuple[list[Event], list[Event], Submission]:
        log = self.log
        self._submit()
        self._waits()
        if log._operation == "alloca":
            self._work("alloc", self.started, dict(log._allocated or {}))
        if log._freed is not None:
            self._work("free", self.started, {"buffer": log._freed[0], "bytes": log._freed[1]})
        for number, row in enumerate(log._facts.rows):
            self._command(row, number)
        self._signals()
        return self.happened, self.pending, self._submission()

    def _put(
        self,
        kind: str,
        time_ns: int,
        causes: tuple[int, ...],
        where: dict[str, Any],
        details: dict[str, Any],
        began_ns: int = NOT_YET,
    ) -> int:
        """Adds an event with the next id, and returns the id. An event without a time is pending,
        or left out if the operation has ended.
        """
        lane = self.log._by if kind == "submit" else self.log.lane
        event = Event(self.id, kind, time_ns, lane, causes, where, details, began_ns)
        if time_ns != NOT_YET:
            self.happened.append(event)
        elif self.ended == NOT_YET:
            self.pending.append(event)
        self.id += 1
        return event.id

    def _submit(self) -> None:
        log = self.log
        details = {"submission": log._number, "operation": log._operation, "queue": log.lane}
        self.after = (self._put("submit", log._submitted, (), self.place, details),)

    def _waits(self) -> None:
        submit = self.log.first
        waits: list[int] = []
        for semaphore, value in self.log._waits:
            reached = semaphore.reached(value, self.ended)
            since = self.log._submitted
            over = NOT_YET if reached is None else max(since, reached[1]) if reached else since
            causes = (submit, reached[0]) if reached else (submit,)
            details = {"semaphore": semaphore.name, "value": value}
            waits.append(self._put("wait", over, causes, self.place, details, since))
        self.after = tuple(waits) or self.after

    def _work(self, kind: str, time_ns: int, details: dict[str, Any]) -> None:
        self.after = (self._put(kind, time_ns, self.after, self.place, details),)

    def _command(self, row: Row, number: int) -> None:
        begin, end = NOT_YET, NOT_YET
        if len(self.times) >= 2 * number + 2:
            begin, end = self.times[2 * number : 2 * number + 2]
        elif self.failure is not None and self.started != NOT_YET and not self.broken:
            self.broken = True
            details = {**self._details(row), "status": self.failure[0]}
            self._put("fail", self.ended, self.after, row.where or self.place, details)
            self.id += bool(row.where)
            return
        if not row.where:
            event = self._put("transfer", end, self.after, self.place, self._details(row), begin)
        else:
            first = self._put("dispatch_begin", begin, self.after, row.where, self._details(row))
            event = self._put("dispatch_end", end, (first,), row.where, {})
        self.after = (event,)

    def _details(self, row: Row) -> dict[str, Any]:
        return row.details(self.log._table)

    def _signals(self) -> None:
        status = {} if self.failure is None else {"status": self.failure[0]}
        kind = "signal" if self.failure is None else "fail"
        for (semaphore, value), time_ns in zip(self.log._signals, self.log._signalled):
            details = {"semaphore": semaphore.name, "value": value, **status}
            known = [each.id for each in [*self.happened, *self.pending]]
            causes = tuple(event for event in self.after if event in known) or (self.log.first,)
            self._put(kind, time_ns, causes, self.place, details)

    def _submission(self) -> Submission:
        log = self.log
        state = "failed" if self.failure is not None else "ran"
        if self.ended == NOT_YET:
            state = "pending" if self.started == NOT_YET else "running"
        return Submission(
            log._number,
            log._operation,
            log.lane,
            state,
            log._submitted,
            self.started,
            self.ended,
            tuple((semaphore.name, value) for semaphore, value in log._waits),
            tuple((semaphore.name, value) for semaphore, value in log._signals),
            (log.first, log.size),
            "" if self.failure is None else self.failure[1],
        )


def dispatch_place(command: Dispatch) -> dict[str, Any]:
    """Returns the `where` of a dispatch: entry point, format of the executable, which identifies
    the variant that runs, and, if known, the executable's module and rodata ordinal.
    """
    executable = command.executable
    entry_point = executable.entry_points[command.entry_point]
    here = {"entry_point": entry_point, "format": executable.format}
    if executable.origin is None:
        return here
    module, rodata = executable.origin
    return {"module": module, "rodata": rodata, **here}
