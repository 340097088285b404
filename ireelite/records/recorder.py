"""Recording of events while a program runs; the newest events are kept.

Entries are converted to events only when the record is requested; until then an entry is a list or
the log of a queue operation. Any thread may record, and so may a signal handler that interrupts
recording. The lock is therefore reentrant, and the data it guards is changed in single steps that
Python does not interrupt. No objects are created or released while the lock is held, since this
could run finalizers, which may signal. A buffer's release is noted in `releases` and becomes an
event when the next event is recorded.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, Protocol, TypeGuard

from ireelite.forking import short_lock
from ireelite.records.execution import NOT_YET, Event, ExecutionRecord, Submission

MOST_EVENTS = 50_000
"""Number of events that a recorder keeps by default."""

RawEvent = list[Any]
"""The fields of an `Event`, except that `where` may be a VM position or None. A list, whose id is
set when it is added."""


class SubmissionEntry(Protocol):
    """The recorder's entry for a queue operation."""

    first: int
    """The id of the operation's first event; set by the recorder."""

    @property
    def open(self) -> bool:
        """Whether the operation has neither run nor failed."""
        ...

    def taken_apart(self) -> tuple[list[Event], list[Event], Submission | None]:
        """Returns (events that have happened, pending events, the queue operation). The last is
        None for entries other than queue operations.
        """
        ...


class Here(threading.local):
    """The current position of a thread in the program."""

    position: tuple[str, int, int] | None = None
    """(module name, function ordinal, pc) of the VM instruction that is making a call; set by the
    VM."""
    functions: tuple[str, ...] = ()
    """The VM functions that are being invoked, outermost first."""
    lane = ""


class ExecutionRecorder:
    """Records events while a program runs. Without a recorder, an event costs the runtime a single
    `is None` test.

    Keeps the newest `bound` events, and all events of queue operations that have not ended.
    """

    def __init__(self, device: str = "", bound: int = MOST_EVENTS):
        self.device = device
        self.bound = bound
        self.here = Here()
        self.semaphores: Callable[[], dict[str, int]] = dict
        """Returns the payload of each known semaphore before its first event; set by a HAL's
        recording."""
        self.promises: Callable[[], list[tuple[str, str, int]]] = list
        """Returns (who, semaphore, value) of each promised signal; set by a HAL's recording."""
        self.releases: deque[tuple[int, str, int]] = deque()
        """(nanosecond, buffer, bytes) of each destroyed buffer; appended by finalizers."""
        self.lock = short_lock()
        """Guards the entries, and the names that a HAL's recording assigns."""
        self._next = 0
        self.oldest = 0
        """The id of the first event in `_entries`. Events with smaller ids have been dropped,
        except those of operations in `_left_open`."""
        self._entries: deque[tuple[int, RawEvent | SubmissionEntry]] = deque()
        """(number of event ids, entry) of each entry, in the order of the ids."""
        self._left_open: list[SubmissionEntry] = []
        """Operations that had not ended when their entry was dropped."""

    @property
    def record(self) -> ExecutionRecord:
        """The current record."""
        self._note_releases()
        # Other threads may record and drop entries meanwhile. One copy, which is a single step,
        # determines both the entries of the record and what was dropped before them. An operation
        # is in `_left_open` before it leaves `_entries`, so copying that list later misses none.
        entries = [entry for _, entry in self._entries.copy()]
        dropped = _first_id(entries[0]) if entries else 0
        left = [entry for entry in self._left_open.copy() if entry.open and entry.first < dropped]
        record = ExecutionRecord(
            self.device,
            semaphores=self.semaphores(),
            promises=self.promises(),
            dropped=dropped,
        )
        for entry in [*left, *entries]:
            if isinstance(entry, list):
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
        """The name of this thread's lane."""
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
        """Records an event and returns its id. The default `where` is the VM position of this
        thread, the default lane is this thread's.
        """
        if self.releases:
            self._note_releases()
        now = time.perf_counter_ns() if time_ns is None else time_ns
        place = self.here.position if where is None else where
        return self._append(kind, now, lane or self.lane(), tuple(causes), place, details, began_ns)

    def add(self, entry: SubmissionEntry, count: int) -> None:
        """Adds an entry with `count` event ids, and sets its `first`."""
        counted = (count, entry)
        with self.lock:
            entry.first = self._next
            self._next += count
            self._entries.append(counted)
        self._drop_oldest()

    def invoked(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps a VM function so that each call is recorded as an invocation."""
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
        raw: RawEvent = [0, kind, *fields]
        counted = (1, raw)
        with self.lock:
            raw[0] = id = self._next
            self._next += 1
            self._entries.append(counted)
        self._drop_oldest()
        return id

    def _drop_oldest(self) -> None:
        if self._next - self.oldest <= self.bound:
            return
        dropped: list[tuple[int, RawEvent | SubmissionEntry]] = []
        entries, left = self._entries, self._left_open
        with self.lock:
            while self._next - self.oldest > self.bound and len(entries) > 1:
                oldest = entries[0][1]
                if _is_open(oldest) and oldest not in left:
                    left.append(oldest)
                dropped.append(entries.popleft())
                self.oldest += dropped[-1][0]
        # A signal handler that recorded in the loop may have dropped the entry that was first, so
        # that the loop dropped the next one.
        for _, entry in dropped:
            if _is_open(entry) and entry not in left:
                left.append(entry)
        for entry in left.copy():
            if not entry.open:
                with suppress(ValueError):  # another thread has removed it
                    left.remove(entry)

    def _note_releases(self) -> None:
        while self.releases:
            try:
                now, buffer, length = self.releases.popleft()
            except IndexError:  # another thread has taken the last one
                return
            details = {"buffer": buffer, "bytes": length}
            self._append("release", now, "host", (), None, details, NOT_YET)


def _first_id(entry: RawEvent | SubmissionEntry) -> int:
    return entry[0] if isinstance(entry, list) else entry.first


def _is_open(entry: RawEvent | SubmissionEntry) -> TypeGuard[SubmissionEntry]:
    return not isinstance(entry, list) and entry.open


def _event(raw: RawEvent) -> Event:
    id, kind, time_ns, lane, causes, place, details, began_ns = raw
    return Event(id, kind, time_ns, lane, causes, placed(place), details, began_ns)


def placed(place: dict[str, Any] | Sequence[Any] | None) -> dict[str, Any]:
    """Converts a VM position to the `where` of an event."""
    if place is None:
        return {}
    if isinstance(place, dict):
        return place
    return dict(zip(("module", "function", "pc"), place, strict=True))
