"""The device side of an execution record: names for semaphores and buffers, and the events of a
submission.

Events of a submission get their ids when it is submitted, on the thread that submits; whoever runs
it later only fills in the times. So two runs of a program number their events alike, however their
threads interleave.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import (
    Barrier,
    Binding,
    BufferRef,
    Command,
    Copy,
    Dispatch,
    Fill,
    ReadBack,
    Update,
)
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.records import ExecutionRecorder
from ireelite.status import StatusError

HOST = "host"


class Recording:
    """One recorder with the names it has given out."""

    def __init__(self, recorder: ExecutionRecorder):
        self.recorder = recorder
        self._semaphores = 0
        self._buffers = 0
        self._submissions = 0

    def name_semaphore(self, semaphore: Semaphore) -> str:
        """`s1`, `s2`, ... in the order of creation."""
        if not semaphore.name:
            self._semaphores += 1
            semaphore.name = f"s{self._semaphores}"
        return semaphore.name

    def name_buffer(self, buffer: Buffer) -> str:
        """`b1`, `b2`, ... by allocation; a subspan is `b1[64:128]`."""
        root = buffer.root
        if not root.name:
            self._buffers += 1
            root.name = f"b{self._buffers}"
        if root is buffer:
            return root.name
        return f"{root.name}[{buffer.byte_offset}:{buffer.byte_offset + buffer.byte_length}]"

    def host_event(self, kind: str, causes: Sequence[int] = (), **details: Any) -> int:
        """Something the host did, now, at the current VM position."""
        return self.recorder.event(kind, HOST, causes, **details)

    @contextmanager
    def call(self, function: str) -> Iterator[int]:
        """A call by the host, for as long as this is entered; gives the event of its beginning."""
        self.recorder.position = None
        begin = self.host_event("call_begin", function=function)
        try:
            yield begin
        finally:
            self.recorder.position = None
            self.host_event("call_end", [begin], function=function)

    def host_signal(self, fence: Fence) -> None:
        """The host brings a fence to its timepoints."""
        fence.signal(
            {
                semaphore: self.host_event(
                    "signal", semaphore=self.name_semaphore(semaphore), value=value
                )
                for semaphore, value in fence.values.items()
            }
        )

    def host_fail(self, fence: Fence, failure: StatusError) -> None:
        """The host fails a fence."""
        for semaphore, value in fence.values.items():
            self.host_event(
                "fail",
                semaphore=self.name_semaphore(semaphore),
                value=value,
                status=failure.code.name,
            )
        fence.fail(failure)

    def host_waited(self, fences: Sequence[Fence]) -> None:
        """The host has waited for fences; caused by their signals."""
        timepoints = [point for fence in fences for point in fence.values.items()]
        causes = [event for s, value in timepoints if (event := s.event_for(value)) is not None]
        self.host_event(
            "wait",
            causes,
            semaphore=" ".join(self.name_semaphore(s) for s, _ in timepoints),
            value=" ".join(str(value) for _, value in timepoints),
        )

    def submission(
        self,
        lane: str,
        operation: str,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command] = (),
        table: Sequence[Binding] = (),
        freed: Buffer | None = None,
    ) -> SubmissionLog:
        """Reserves the events of one queue operation."""
        self._submissions += 1
        return SubmissionLog(
            self, lane, operation, self._submissions, wait, signal, commands, table, freed
        )


class SubmissionLog:
    """The events of one queue operation: submit, a wait a timepoint, the work,
    a signal a timepoint.
    """

    def __init__(
        self,
        recording: Recording,
        lane: str,
        operation: str,
        number: int,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        table: Sequence[Binding],
        freed: Buffer | None,
    ):
        self._recording = recording
        self._events = recording.recorder.record.events
        self._lane = lane
        submit = recording.recorder.event(
            "submit", HOST, submission=number, operation=operation, queue=lane
        )
        after = [submit]
        self._waits: list[tuple[int, Semaphore, int]] = []
        for semaphore, value in wait.values.items() if wait is not None else ():
            name = recording.name_semaphore(semaphore)
            event = self._reserve("wait", [submit], semaphore=name, value=value)
            self._waits.append((event, semaphore, value))
            after = [event for event, _, _ in self._waits]
        self.work: list[tuple[int, int]] = []
        """(begin, end) event ids of each command that does something, in order; the same id twice
        for one event."""
        self._allocated: int | None = None
        if operation == "alloca":
            self._allocated = self._reserve("alloc", after)
            self.work.append((self._allocated, self._allocated))
            after = [self._allocated]
        if freed is not None:
            event = self._reserve(
                "free", after, buffer=recording.name_buffer(freed), bytes=freed.byte_length
            )
            self.work.append((event, event))
            after = [event]
        self._phase = 0
        """Barriers so far."""
        for command in commands:
            if (events := self._reserve_command(command, table, after)) is not None:
                self.work.append(events)
                after = [events[1]]
        self._signal = signal
        self._signals: dict[Semaphore, int] = {}
        """The event of each timepoint of the fence to signal."""
        for semaphore, value in signal.values.items() if signal is not None else ():
            name = recording.name_semaphore(semaphore)
            event = self._reserve("signal", after, semaphore=name, value=value)
            self._signals[semaphore] = event
        self._done = 0

    def _reserve(
        self, kind: str, causes: Sequence[int], where: dict[str, Any] | None = None, **details: Any
    ) -> int:
        return self._recording.recorder.event(kind, self._lane, causes, where, **details)

    def _reserve_command(
        self, command: Command, table: Sequence[Binding], after: Sequence[int]
    ) -> tuple[int, int] | None:
        name = self._range_name
        match command:
            case Dispatch():
                where = dispatch_place(command)
                bindings = " ".join(name(ref, table)[0] for ref in command.bindings)
                counts = (
                    "x".join(map(str, command.workgroups))
                    if command.workgroups_ref is None
                    else "indirect"
                )
                begin = self._reserve(
                    "dispatch_begin",
                    after,
                    where,
                    workgroups=counts,
                    bindings=bindings,
                    phase=self._phase,
                )
                return begin, self._reserve("dispatch_end", [begin], where)
            case Fill():
                target, bytes = name(command.target, table)
                facts = {"operation": "fill", "target": target, "bytes": bytes}
            case Update():
                target, bytes = name(command.target, table)
                facts = {"operation": "update", "target": target, "bytes": bytes}
            case Copy():
                source, _ = name(command.source, table)
                target, bytes = name(command.target, table)
                facts = {"operation": "copy", "source": source, "target": target, "bytes": bytes}
            case ReadBack():
                source, bytes = name(command.source, table)
                facts = {"operation": "read", "source": source, "bytes": bytes}
            case Barrier():
                self._phase += 1
                return None
            case _:
                return None
        event = self._reserve("transfer", after, None, **facts, phase=self._phase)
        return event, event

    def _range_name(self, ref: BufferRef, table: Sequence[Binding]) -> tuple[str, int]:
        buffer, offset, length = ref.resolve(table)
        return self._recording.name_buffer(buffer.subspan(offset, length)), length

    # -- filling in --------------------------------------------------------------------------------

    def _happened(self, event: int, time_ns: int, **changes: Any) -> None:
        self._events[event] = replace(self._events[event], time_ns=time_ns, **changes)

    def name_allocated(self, buffer: Buffer) -> None:
        """Says which buffer an `alloca` made."""
        if self._allocated is not None:
            details = {"buffer": self._recording.name_buffer(buffer), "bytes": buffer.byte_length}
            self._events[self._allocated] = replace(self._events[self._allocated], details=details)

    def waited(self) -> None:
        """All waits are over."""
        now = time.perf_counter_ns()
        for event, semaphore, value in self._waits:
            causes = self._events[event].causes
            signal = semaphore.event_for(value)
            self._happened(event, now, causes=causes if signal is None else (*causes, signal))

    def did(self, index: int, begin_ns: int, end_ns: int) -> None:
        """The index-th piece of work ran from `begin_ns` to `end_ns`."""
        begin, end = self.work[index]
        self._happened(begin, begin_ns)
        if end != begin:
            self._happened(end, end_ns)
        self._done = index + 1

    def signal(self) -> None:
        """Signals the fence, if there is one, and notes that."""
        now = time.perf_counter_ns()
        for event in self._signals.values():
            self._happened(event, now)
        if self._signal is not None:
            self._signal.signal(self._signals)

    def failed(self, failure: StatusError) -> None:
        """Notes the failure in the place of everything that did not happen: the rest of the work,
        and the signals."""
        now = time.perf_counter_ns()
        missing = [event for pair in self.work[self._done :] for event in dict.fromkeys(pair)]
        for event in [*missing, *self._signals.values()]:
            details = {**self._events[event].details, "status": failure.code.name}
            self._happened(event, now, kind="fail", details=details)


def dispatch_place(command: Dispatch) -> dict[str, Any]:
    """The `where` of a dispatch: module, rodata ordinal of the executable, entry point, and the
    executable's format, which says the variant that runs.
    """
    executable = command.executable
    entry_point = executable.entry_points[command.entry_point]
    here = {"entry_point": entry_point, "format": executable.format}
    if executable.origin is None:
        return here
    module, rodata = executable.origin
    return {"module": module, "rodata": rodata, **here}
