"""Takes events while a program runs, and keeps the newest of them.

What is recorded is made into events when somebody asks for the record; until then an entry is a
tuple, or the log of a queue operation. Any thread may record, a signal handler too, in the middle
of recording: so the lock is reentrant, and what it guards is changed in lines that Python does not
interrupt. Nothing is made or let go while it is held, as that could run finalizers, which may
signal. The release of a buffer is a note, which the next event takes up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, Protocol

from ireelite.forking import short_lock
from ireelite.records.execution import NOT_YET, Event, ExecutionRecord, Submission

MOST_EVENTS = 50_000
"""How many events a recorder keeps unless it is given another bound."""

RawEvent = tuple[int, str, int, str, tuple[int, ...], Any, dict[str, Any], int]
"""The fields of an event; the place may be a VM position."""


class SubmissionEntry(Protocol):
    """What a recorder keeps of a queue operation."""

    first: int
    """The id of its first event; set by the recorder."""

    @property
    def open(self) -> bool:
        """Whether it has neither run nor failed."""
        ...

    def taken_apart(self) -> tuple[list[Event], list[Event], Submission | None]:
        """What has happened, what is still to happen, and the operation; None for something else
        than a queue operation."""
        ...


class Here(threading.local):
    """What one thread is at."""

    position: tuple[str, int, int] | None = None
    """(module name, function ordinal, pc) of the VM instruction that is calling; the VM keeps it."""
    functions: tuple[str, ...] = ()
    """The VM functions that are being invoked, outermost first."""
    lane = ""


class ExecutionRecorder:
    """Takes events while a program runs. A runtime without one pays a single `is None` test at an
    event.

    It keeps the newest `bound` events, and those of queue operations that have not ended.
    """

    def __init__(self, device: str = "", bound: int = MOST_EVENTS):
        self.device = device
        self.bound = bound
        self.here = Here()
        self.semaphores: Callable[[], dict[str, int]] = dict
        """The payload of each known semaphore before its first event; a HAL's recording sets it."""
        self.promises: Callable[[], list[tuple[str, str, int]]] = list
        """(who, semaphore, value) of each signal that is promised; a HAL's recording sets it."""
        self.releases: deque[tuple[int, str, int]] = deque()
        """(nanosecond, buffer, bytes) of each buffer that is gone; finalizers may append."""
        self.lock = short_lock()
        """Guards what is kept, and the names that a HAL's recording gives out."""
        self._next = 0
        self.oldest = 0
        """The id of the oldest event that is kept: so many have been dropped, or are open still."""
        self._entries: deque[tuple[int, RawEvent | SubmissionEntry]] = deque()
        """With the number of ids that each has."""
        self._left_open: list[SubmissionEntry] = []
        """Operations that were open when their turn came to be dropped."""

    @property
    def record(self) -> ExecutionRecord:
        """What is kept, as it is now."""
        self._note_releases()
        entries = [entry for _, entry in self._entries.copy()]
        left = [entry for entry in list(self._left_open) if entry.open]
        record = ExecutionRecord(
            self.device,
            semaphores=self.semaphores(),
            promises=self.promises(),
            dropped=self.oldest,
        )
        for entry in [*left, *entries]:
            if isinstance(entry, tuple):
                record.events.append(_event(entry))
                continue
            events, pending, submission = entry.taken_apart()
            record.events += events
            record.pending += pending
            if submission is not None:
                record.submissions.append(submission)
        record.events.sort(key=lambda event: event.id)
        return record

    def lane(self) -> str:
        """The lane of this thread."""
        here = self.here
        if not here.lane:
            thread = threading.current_thread()
            is_main = thread is threading.main_thread()
            here.lane = "host" if is_main else f"host/{thread.name}"
        return here.lane

    def event(
        self,
        kind: str,
        lane: str = "",
        causes: Iterable[int] = (),
        where: dict[str, Any] | None = None,
        time_ns: int | None = None,
        began_ns: int = NOT_YET,
        **details: Any,
    ) -> int:
        """Adds an event and returns its id. Without `where`, it is placed at the VM position of this
        thread; without a lane, on that of this thread.
        """
        if self.releases:
            self._note_releases()
        now = time.perf_counter_ns() if time_ns is None else time_ns
        place = self.here.position if where is None else where
        return self._append(kind, now, lane or self.lane(), tuple(causes), place, details, began_ns)

    def add(self, entry: SubmissionEntry, count: int) -> None:
        """Keeps an entry that has `count` ids, from its `first` on."""
        counted = (count, entry)
        with self.lock:
            entry.first = self._next
            self._next += count
            self._entries.append(counted)
        self._drop_oldest()

    def invoked(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """A function that records each call of a VM function as an invocation."""
        here = self.here

        @wraps(call)
        def recorded(*arguments: Any) -> Any:
            begin = self.event("invoke_begin", function=name)
            outer, position = here.functions, here.position
            here.functions = (*outer, name)
            try:
                return call(*arguments)
            finally:
                here.functions, here.position = outer, position
                self.event("invoke_end", "", (begin,), function=name)

        return recorded

    def _append(self, kind: str, *fields: Any) -> int:
        with self.lock:
            id = self._next
            self._next = id + 1
        self._entries.append((1, (id, kind, *fields)))
        self._drop_oldest()
        return id

    def _drop_oldest(self) -> None:
        if self._next - self.oldest <= self.bound:
            return
        dropped: list[tuple[int, RawEvent | SubmissionEntry]] = []
        entries = self._entries
        with self.lock:
            while self._next - self.oldest > self.bound and len(entries) > 1:
                dropped.append(entries.popleft())
                self.oldest += dropped[-1][0]
        for _, entry in dropped:
            if not isinstance(entry, tuple) and entry.open:
                self._leave_open(entry)

    def _leave_open(self, entry: SubmissionEntry) -> None:
        over = [each for each in list(self._left_open) if not each.open]
        with self.lock:
            self._left_open.append(entry)
            for each in over:
                if each in self._left_open:
                    self._left_open.remove(each)

    def _note_releases(self) -> None:
        while self.releases:
            try:
                now, buffer, length = self.releases.popleft()
            except IndexError:  # another thread has taken the last one
                return
            details = {"buffer": buffer, "bytes": length}
            self._append("release", now, "host", (), None, details, NOT_YET)


def _event(raw: RawEvent) -> Event:
    id, kind, time_ns, lane, causes, place, details, began_ns = raw
    return Event(id, kind, time_ns, lane, causes, placed(place), details, began_ns)


def placed(place: dict[str, Any] | Sequence[Any] | None) -> dict[str, Any]:
    """The `where` of an event."""
    if place is None:
        return {}
    if isinstance(place, dict):
        return place
    return dict(zip(("module", "function", "pc"), place, strict=True))
