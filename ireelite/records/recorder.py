"""Recording of events while a program runs; the newest events are kept.

Entries are converted to events only when the record is requested; until then an entry is a tuple or
the log of a queue operation. Any thread may record, and so may a finalizer or a signal handler that
interrupts recording. Recording therefore takes no lock: an id is taken and an entry is appended in
one step each, which Python does not interrupt. Entries are put in the order of their ids when they
are read. The lock is for dropping the oldest entries, a batch at a time, and for the names that a
HAL's recording assigns. No objects are created or released while it is held, since this could run
finalizers, which may signal.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import count, islice
from time import perf_counter_ns
from typing import Any, Protocol, TypeAlias, TypeGuard

from ireelite.forking import short_lock
from ireelite.records.execution import NOT_YET, Event, ExecutionRecord, Submission

MAX_EVENTS = 50_000
"""Number of events that a recorder keeps by default."""

BATCH = 64
"""Number of events by which a recorder exceeds its bound before it drops the oldest, at most."""

RawEvent: TypeAlias = "tuple[Any, ...]"
"""The fields of an `Event`, except that `where` may be a VM position or None."""


class SubmissionEntry(Protocol):
    """The recorder's entry for a queue operation."""

    first: int
    """The id of the operation's first event; set by the recorder."""
    size: int
    """Number of events of the operation."""

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

    def __init__(self, device: str = "", bound: int = MAX_EVENTS):
        self.device = device
        self.bound = bound
        self.here = Here()
        self.semaphores: Callable[[], dict[str, int]] = dict
        """Returns the payload of each known semaphore before its first event; set by a HAL's
        recording."""
        self.promises: Callable[[], list[tuple[str, str, int]]] = list
        """Returns (who, semaphore, value) of each promised signal; set by a HAL's recording."""
        self.lock = short_lock()
        """Guards dropping, and the names that a HAL's recording assigns."""
        self._ids = count()
        self.oldest = 0
        """The id after that of the newest event that was dropped. Events with smaller ids have been
        dropped, except those of operations in `_left_open`."""
        self._entries: deque[RawEvent | SubmissionEntry] = deque()
        self._batch = min(BATCH, bound // 8)
        self._limit = bound + self._batch
        """The smallest id with which the oldest entries are dropped."""
        self._left_open: dict[SubmissionEntry, None] = {}
        """Operations that had not ended when their entry was dropped."""
        self._until_sweep = 0
        """Number of entries to drop until those of these that have ended are removed."""

    @property
    def record(self) -> ExecutionRecord:
        """The current record."""
        # Other threads may record and drop entries meanwhile. One copy, which is a single step,
        # determines both the entries of the record and what was dropped before them. An operation
        # is in `_left_open` before it leaves `_entries`, so copying that list later misses none.
        entries = self._entries.copy()
        left = self._left_open.copy()
        end = max(map(_end, entries), default=0)
        while len(entries) > 1 and end - _first(entries[0]) > self.bound:
            if _is_open(oldest := entries.popleft()):
                left[oldest] = None
        dropped = min(map(_first, entries), default=0)
        record = ExecutionRecord(
            self.device,
            semaphores=self.semaphores(),
            promises=self.promises(),
            dropped=dropped,
        )
        for entry in [*(each for each in left if each.open and each.first < dropped), *entries]:
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
        """Returns the name of this thread's lane."""
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
        now = perf_counter_ns() if time_ns is None else time_ns
        place = self.here.position if where is None else where
        id = next(self._ids)
        self._append(
            (id, kind, now, lane or self.lane(), tuple(causes), place, details, began_ns), id
        )
        return id

    def note(self, kind: str, details: dict[str, Any], causes: tuple[int, ...] = ()) -> int:
        """Records an event of this thread that happens now, and returns its id. The same as
        `event`, in less time; events may share `details`, which are not to be changed.
        """
        here = self.here
        now = perf_counter_ns()
        id = next(self._ids)
        lane = here.lane or self.lane()
        self._entries.append((id, kind, now, lane, causes, here.position, details, NOT_YET))
        if id >= self._limit:
            self._drop_oldest(id)
        return id

    def released(self, details: dict[str, Any]) -> None:
        """Records the destruction of a buffer, of which `details` has the name and the bytes. A
        finalizer may call this: nothing is dropped.
        """
        now = perf_counter_ns()
        self._entries.append((next(self._ids), "release", now, "host", (), None, details, NOT_YET))

    def add(self, entry: SubmissionEntry) -> None:
        """Adds an entry with `entry.size` events, and sets its `first`."""
        size = entry.size
        ids = tuple(islice(self._ids, size))
        while ids[-1] - ids[0] >= size:  # other threads took ids in between
            ids = tuple(islice(self._ids, size))
        entry.first = ids[0]
        self._append(entry, ids[-1])

    def invoked(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Wraps a VM function so that each call is recorded as an invocation."""
        here, note, details = self.here, self.note, {"function": name}

        @wraps(call)
        def recorded(*arguments: Any) -> Any:
            begin = note("invoke_begin", details)
            outer, position = here.functions, here.position
            here.functions = (*outer, name)
            try:
                return call(*arguments)
            finally:
                here.functions, here.position = outer, position
                note("invoke_end", details, (begin,))

        return recorded

    def _append(self, entry: RawEvent | SubmissionEntry, last: int) -> None:
        self._entries.append(entry)
        if last >= self._limit:
            self._drop_oldest(last)

    def _drop_oldest(self, newest: int) -> None:
        """Drops the oldest entries, so that the bound holds for events up to the id `newest`. The
        newest entry stays.
        """
        dropped: list[RawEvent | SubmissionEntry] = []
        entries, left = self._entries, self._left_open
        with self.lock:
            while len(entries) > 1 and newest - self.oldest >= self.bound:
                oldest = entries[0]
                if isinstance(oldest, tuple):
                    end = oldest[0] + 1
                else:
                    end = oldest.first + oldest.size
                    if oldest.open:
                        left[oldest] = None
                dropped.append(entries.popleft())
                if end > self.oldest:
                    self.oldest = end
            self._limit = self.oldest + self.bound + self._batch
        # A signal handler that recorded in the loop may have dropped the entry that was first, so
        # that the loop dropped the next one.
        for entry in dropped:
            if _is_open(entry):
                left[entry] = None
        # As many entries are dropped between two sweeps as a sweep looks at: each entry costs
        # little, however many operations wait.
        self._until_sweep -= len(dropped)
        if left and self._until_sweep <= 0:
            for entry in list(left):
                if not entry.open:
                    left.pop(entry, None)
            self._until_sweep = len(left)


def _end(entry: RawEvent | SubmissionEntry) -> int:
    """Returns the id after that of the entry's last event."""
    return entry[0] + 1 if isinstance(entry, tuple) else entry.first + entry.size


def _first(entry: RawEvent | SubmissionEntry) -> int:
    return entry[0] if isinstance(entry, tuple) else entry.first


def _is_open(entry: RawEvent | SubmissionEntry) -> TypeGuard[SubmissionEntry]:
    return not isinstance(entry, tuple) and entry.open


def _event(raw: RawEvent) -> Event:
    id, kind, time_ns, lane, causes, place, details, began_ns = raw
    return Event(id, kind, time_ns, lane, causes, placed(place), dict(details), began_ns)


def placed(place: dict[str, Any] | Sequence[Any] | None) -> dict[str, Any]:
    """Converts a VM position to the `where` of an event."""
    if place is None:
        return {}
    if isinstance(place, dict):
        return place
    return dict(zip(("module", "function", "pc"), place, strict=True))
