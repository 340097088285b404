"""The device side of an execution record: names of semaphores and buffers, signals and their
senders, and waits of the host. Queue operations are recorded in `submission_log`.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Sequence
from itertools import count
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import Binding, Command, CommandBuffer, Dispatch
from ireelite.hal.deadlock import Promise, parties
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.semaphore_log import SemaphoreLog
from ireelite.hal.submission_log import Bound, Facts, Row, SubmissionLog, described
from ireelite.records import NOT_YET, Event, ExecutionRecorder
from ireelite.records.recorder import placed
from ireelite.status import StatusError, failure_of

if TYPE_CHECKING:
    from ireelite.hal.device import Device

_numbers = count(1)


class Recording:
    """One recorder with the names it has given out."""

    def __init__(self, recorder: ExecutionRecorder):
        self.recorder = recorder
        recorder.semaphores = self._payloads
        recorder.promises = self._promises
        self._semaphores = count(1)
        self._buffers = count(1)
        self._submissions = count(1)
        self._timelines: dict[str, SemaphoreLog] = {}
        self._sweep: deque[SemaphoreLog] = deque()
        """The timelines, in the order in which they are looked at next: may they be dropped?"""
        self._watched: dict[str, _Watched] = {}
        self.number = next(_numbers)
        """Number of this recording in the process."""
        self._foreign: weakref.WeakKeyDictionary[Buffer, str] = weakref.WeakKeyDictionary()
        """Names here of buffers that other recordings have named."""

    # -- names -------------------------------------------------------------------------------------

    def timeline(self, semaphore: Semaphore) -> SemaphoreLog:
        """Returns the log of a semaphore, which records every signal from now on. The log has the
        semaphore's name; if it has none, or the name is taken, the log gets the next of `s1`, `s2`,
        ...
        """
        return self._log_of(semaphore) or self._new_timeline(semaphore)

    def _log_of(self, semaphore: Semaphore) -> SemaphoreLog | None:
        log = semaphore.log
        while isinstance(log, SemaphoreLog):
            if log.recording is self:
                return log
            log = log.next
        return None

    def _new_timeline(self, semaphore: Semaphore) -> SemaphoreLog:
        name = semaphore.name
        while not name or name in self._timelines:
            name = f"s{next(self._semaphores)}"
        log = SemaphoreLog(self, name, semaphore, semaphore.log)
        with self.recorder.lock:
            # Another thread may have created the log meanwhile.
            if (known := self._log_of(semaphore)) is None:
                semaphore.name = semaphore.name or name
                semaphore.log = self._timelines[name] = log
        if known is not None:
            return known
        self._sweep.append(log)
        if self.recorder.oldest:
            self._drop_timelines()
        return log

    def new_timeline(self, semaphore: Semaphore) -> None:
        """Begins the log of a semaphore that only this thread knows. The same as `timeline`, in
        less time.
        """
        name = f"s{next(self._semaphores)}"
        while name in self._timelines:
            name = f"s{next(self._semaphores)}"
        log = SemaphoreLog(self, name, semaphore, None)
        semaphore.name = name
        semaphore.log = self._timelines[name] = log
        self._sweep.append(log)
        if self.recorder.oldest:
            self._drop_timelines()

    def know(self, fence: Fence | None) -> Sequence[tuple[SemaphoreLog, int]]:
        """Returns (log of the semaphore, value) for each timepoint of a fence; empty for None."""
        if fence is None:
            return ()
        known: list[tuple[SemaphoreLog, int]] = []
        for semaphore, value in fence.values.items():
            log = semaphore.log
            if not isinstance(log, SemaphoreLog) or log.recording is not self:
                log = self.timeline(semaphore)
            known.append((log, value))
        return known

    def name_semaphore(self, semaphore: Semaphore) -> str:
        """Returns the name of a semaphore in the record: its own name if it has one, else `s1`,
        `s2`, ...
        """
        return self.timeline(semaphore).name

    def name_buffer(self, buffer: Buffer) -> str:
        """Returns the name of a buffer: `b1`, `b2`, ... by allocation; `b1[64:128]` for a subspan."""
        root = buffer.root
        if not root.name:
            name = f"b{next(self._buffers)}"
            with self.recorder.lock:
                if not root.name:
                    root.named_by, root.name = self.number, name
        name = root.name if root.named_by == self.number else self._foreign_name(root)
        if root is buffer:
            return name
        return f"{name}[{buffer.byte_offset}:{buffer.byte_offset + buffer.byte_length}]"

    def knows(self, buffer: Buffer) -> bool:
        """Returns whether a buffer, or the one that it is part of, has a name in this record."""
        root = buffer.root
        if root.name and root.named_by == self.number:
            return True
        return root in self._foreign

    def _foreign_name(self, root: Buffer) -> str:
        """Returns the name here of a buffer that another record has named."""
        with self.recorder.lock:
            if (name := self._foreign.get(root)) is None:
                name = self._foreign[root] = f"b{next(self._buffers)}"
            return name

    def name_lanes(self, devices: Sequence[Device]) -> None:
        """Gives devices of the same driver different lanes: `local-task:0/queue0`,
        `local-task:1/queue0`.
        """
        known = list(dict.fromkeys(devices))
        lanes = [device.lane for device in known]
        for device in known:
            if lanes.count(device.lane) > 1:
                alike = [each for each in known if each.ids == device.ids]
                device.name_lane(f"{device.ids[0]}:{alike.index(device)}")

    # -- memory ------------------------------------------------------------------------------------

    def watch(self, buffer: Buffer) -> dict[str, Any]:
        """Records the release of a new buffer, which only this thread knows, when it happens.
        Returns the name and the length of the buffer, as details that events share.
        """
        if buffer.name or buffer._root is not None:
            name = self.name_buffer(buffer)
        else:
            name = f"b{next(self._buffers)}"
            buffer.named_by, buffer.name = self.number, name
        watched = _Watched(buffer.root, self._gone)
        details = watched.details = {"buffer": name, "bytes": buffer.byte_length}
        self._watched[name] = watched
        return details

    def upload(self, buffer: Buffer, shared: bool, causes: Sequence[int]) -> None:
        """Records a buffer with host data: an import if the memory is shared, else an upload, which
        is a copy.
        """
        if shared:
            details = {"buffer": self.name_buffer(buffer), "bytes": buffer.byte_length}
        else:
            details = self.watch(buffer)
        self.recorder.note("import" if shared else "upload", details, tuple(causes))

    def freed(self, buffer: Buffer) -> str:
        """Returns the name of a buffer that a queue operation frees; its later release is not
        recorded.
        """
        name = self.name_buffer(buffer)
        self._watched.pop(name, None)
        return name

    def _gone(self, watched: _Watched) -> None:
        if self._watched.pop(watched.details["buffer"], None) is not None:
            self.recorder.released(watched.details)

    # -- the host ----------------------------------------------------------------------------------

    def host_event(self, kind: str, **details: Any) -> int:
        """Records an action of the host, now, at the current VM position."""
        return self.recorder.note(kind, details)

    def call(self, function: str) -> HostCall:
        """Returns a context manager that records a call by the host, and gives the id of the event
        of its beginning.
        """
        return HostCall(self.recorder, function)

    def dispatching(self, command: Dispatch) -> HostDispatch:
        """Returns a context manager that records a dispatch which runs in this thread."""
        return HostDispatch(self.recorder, described([command], self.name_buffer).rows[0])

    def waiting(self, fence: Fence) -> HostWait:
        """Returns a context manager that records a wait of the host for a fence."""
        return HostWait(self, self.know(fence))

    # -- queues ------------------------------------------------------------------------------------

    def submission(
        self,
        lane: str,
        operation: str,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command] | CommandBuffer = (),
        table: Sequence[Binding] = (),
        freed: Buffer | None = None,
    ) -> SubmissionLog:
        """Returns the log of a new queue operation, which is pending."""
        if isinstance(commands, CommandBuffer):
            if (facts := commands.description) is None:
                facts = commands.description = described(commands.commands, self.name_buffer)
        else:
            facts = described(commands, self.name_buffer) if commands else _NOTHING
        bound: list[Bound] = []
        for buffer, offset, length in table:
            if isinstance(buffer, Buffer):
                root = buffer.root
                is_ours = root.name and root.named_by == self.number
                name = root.name if is_ours else self.name_buffer(root)
                bound.append((name, buffer.byte_offset + offset, length))
            else:
                bound.append(("", 0, 0))
        waits, signals = self.know(wait), self.know(signal)
        number = next(self._submissions)
        log = SubmissionLog(
            self, number, operation, lane, waits, signals, facts, tuple(bound), freed
        )
        self.recorder.add(log)
        for timeline, _ in waits:
            timeline.last = log.first
        return log

    def _payloads(self) -> dict[str, int]:
        return {name: log.base for name, log in list(self._timelines.items())}

    def _promises(self) -> list[tuple[str, str, int]]:
        known = {log.semaphore(): name for name, log in list(self._timelines.items())}
        return [
            (str(party), known[semaphore], value)
            for reference in list(parties.values())
            if isinstance(party := reference(), Promise)
            for semaphore, value in party.signals
            if semaphore in known and not semaphore.decided(value)
        ]

    def _drop_timelines(self) -> None:
        """Looks at two timelines, and drops those that no kept event names and that have ended. A
        call for each new timeline looks at all of them in turn, without a pause for many at once.
        """
        for _ in range(2):
            try:
                log = self._sweep.popleft()
            except IndexError:  # another thread has taken the last one
                return
            if log.last < self.recorder.oldest and log.semaphore() is None:
                self._timelines.pop(log.name, None)
            else:
                self._sweep.append(log)


class HostCall:
    """Recorded call by the host, for as long as it is entered."""

    __slots__ = ("_begin", "_details", "_recorder")

    def __init__(self, recorder: ExecutionRecorder, function: str):
        self._recorder = recorder
        self._details = {"function": function}
        self._begin = 0

    def __enter__(self) -> int:
        self._recorder.here.position = None
        self._begin = self._recorder.note("call_begin", self._details)
        return self._begin

    def __exit__(self, *_: object) -> None:
        self._recorder.here.position = None
        self._recorder.note("call_end", self._details, (self._begin,))


class HostDispatch:
    """Recorded dispatch that runs in the calling thread, for as long as it is entered. It is part
    of no command buffer, so no phase of one.
    """

    __slots__ = ("_begin", "_details", "_recorder", "_where")

    def __init__(self, recorder: ExecutionRecorder, row: Row):
        self._recorder = recorder
        self._where = row.where
        self._details = row.details(())
        del self._details["phase"]
        self._begin = 0

    def __enter__(self) -> None:
        self._begin = self._recorder.event("dispatch_begin", where=self._where, **self._details)

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        status: dict[str, Any] = {}
        if error is not None:
            status["status"] = failure_of(error).code.name
        self._recorder.event("dispatch_end", causes=(self._begin,), where=self._where, **status)


_NOTHING = Facts((), 0)


class _Watched(weakref.ref[Buffer]):
    """Weak reference to a buffer, with the buffer's name and length."""

    __slots__ = ("details",)
    details: dict[str, Any]


class HostWait:
    """Recorded wait of one host thread for the timepoints of a fence, which is one event."""

    __slots__ = ("_began", "_lane", "_over", "_place", "_recorder", "_status", "_waits", "first")
    size = 1

    def __init__(self, recording: Recording, waits: Sequence[tuple[SemaphoreLog, int]]):
        self._recorder = recorder = recording.recorder
        self._waits = waits
        here = recorder.here
        self._lane = here.lane or recorder.lane()
        self._place = here.position
        self._status = ""
        self._over = NOT_YET
        self.first = 0
        self._began = perf_counter_ns()

    @property
    def open(self) -> bool:
        """True while the thread waits."""
        return self._over == NOT_YET

    def __enter__(self) -> None:
        self._recorder.add(self)

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is not None:
            self._status = error.code.name if isinstance(error, StatusError) else "CANCELLED"
        self._over = perf_counter_ns()

    def taken_apart(self) -> tuple[list[Event], list[Event], None]:
        """Returns (past events, pending events, None); the event is pending while the thread waits."""
        values = [value for _, value in self._waits]
        details: dict[str, Any] = {
            "semaphore": " ".join(log.name for log, _ in self._waits),
            "value": values[0] if len(values) == 1 else " ".join(map(str, values)),
        }
        reached = [log.reached(value, self._over) for log, value in self._waits]
        status = self._status
        if not self.open and not all(each is not None for each in reached):
            status = status or "DEADLINE_EXCEEDED"
        if status:
            details["status"] = status
        causes = dict.fromkeys(each[0] for each in reached if each)
        event = Event(
            self.first,
            "wait",
            self._over,
            self._lane,
            tuple(causes),
            placed(self._place),
            details,
            self._began,
        )
        return ([], [event], None) if self._over == NOT_YET else ([event], [], None)
