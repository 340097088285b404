"""Timeline semaphores and fences.

A semaphore is a u64 that only grows. Waiting for a value before anyone has promised to signal it is
legal. Failure is final: it carries a status, which all current and later waits get. When nothing
refers to a semaphore any more, its waits fail with ABORTED, as nothing can signal it.

A thread may be cut off between any two steps: by Ctrl-C, by a signal handler, or by a finalizer
that the garbage collector runs and that signals in turn. So the lock is reentrant, each change of
state is one step, and each step may be repeated: what an interrupt cuts off is done again before
the interrupt is raised.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any
from weakref import ref

from ireelite.forking import guard
from ireelite.hal import deadlock
from ireelite.hal.deadlock import Timepoint
from ireelite.hal.waits import HostWait, Resumable, Wait, Waiter, renewed
from ireelite.hal.waits import report as report
from ireelite.status import StatusCode, StatusError, invalid_argument

try:  # without the functions of `heapq` that are written in Python, which take a while to import
    from _heapq import heappop, heappush
except ImportError:
    from heapq import heappop, heappush

if TYPE_CHECKING:
    from ireelite.hal.timeline_log import TimelineLog

MAX_VALUE = 0x7FFF_FFFE
"""The largest payload; upstream takes larger ones for failures."""

_lock = guard()
"""Guards the payloads and waits of all semaphores. No waiter is called while it is held."""

_TRIES = 100
"""Maximum number of attempts to call the waiters if calls fail for lack of memory."""


class Semaphore:
    """A timeline semaphore. `name` is for execution records and messages, `log` for records only."""

    vm_type = "hal.semaphore"
    __slots__ = ("__weakref__", "_order", "_value", "_waits", "failure", "log", "name")

    def __init__(self, value: int = 0):
        self._value = value
        self._waits: dict[int, dict[Wait, None]] = {}
        """Those who wait, by value, in the order they came."""
        self._order: list[int] = []
        """A heap of the values in `_waits`. It may have others besides, not fewer."""
        self.failure: StatusError | None = None
        self.name = ""
        self.log: TimelineLog | None = None

    @property
    def value(self) -> int:
        """The payload. Raises the failure of a failed semaphore."""
        if self.failure is not None:
            raise renewed(self.failure) from self.failure
        return self._value

    def reached(self, value: int) -> bool:
        """Returns whether the payload is at `value` or past it.

        Raises the failure of a failed semaphore.
        """
        return self.value >= value

    def decided(self, value: int) -> bool:
        """Returns whether the payload is at `value` or past it, or the semaphore has failed."""
        return self._value >= value or self.failure is not None

    def signal(self, value: int, sender: object | None = None) -> None:
        """Advances the timeline to `value` and calls the waiters that are due, in this thread, by
        value, then in the order of registration. An exception of a waiter is reported and does not
        stop the others.

        `sender`, the log of a queue operation, is for execution records. Raises INVALID_ARGUMENT if
        the timeline is already at `value` or past it, or if `value` is above `MAX_VALUE`, and the
        failure of a failed semaphore.
        """
        try:
            with _lock:
                if self.failure is not None:
                    raise renewed(self.failure) from self.failure
                if value <= self._value:
                    raise invalid_argument(
                        f"semaphore already signaled past {value}; current value {self._value}"
                    )
                if value > MAX_VALUE:
                    raise invalid_argument(
                        f"semaphore value {value} is above the maximum {MAX_VALUE}"
                    )
                if self.log is not None:
                    self.log.signalled(value, sender)
                self._value = value
            if self._order:
                self._settle()
        except BaseException:
            self._settle()
            raise

    def fail(self, failure: StatusError, sender: object | None = None) -> None:
        """Fails the timeline; the first failure stays."""
        try:
            with _lock:
                if self.failure is None:
                    if self.log is not None:
                        self.log.failed(failure, sender)
                    self.failure = failure
            self._settle()
        except BaseException:
            self._settle()
            raise

    def when_reached(self, value: int, waiter: Waiter) -> bool:
        """Registers a call for when the value is reached or the semaphore fails; False if that has
        happened."""
        return Fence([(self, value)]).when_reached(waiter)

    def _add(self, value: int, wait: Wait) -> bool:
        """Registers a wait. Returns False if `value` is reached or the semaphore has failed."""
        with _lock:
            if self.decided(value):
                return False
            if value not in self._waits:
                heappush(self._order, value)
                self._waits[value] = {}
            self._waits[value][wait] = None
        # A finalizer may have signalled between the two steps above.
        if self.decided(value):
            self._settle()
        return True

    def _remove(self, value: int, wait: Wait) -> None:
        with _lock:
            self._waits.get(value, {}).pop(wait, None)

    def _settle(self) -> None:
        """Calls each waiter that is due. An interrupt, or an error such as a lack of memory, is
        raised after all of them have been called.
        """
        cut_off: BaseException | None = None
        tries = _TRIES
        while tries:
            try:
                while (due := self._first_due()) is not None:
                    value, wait = due
                    wait.settle(self, self.failure)
                    self._remove(value, wait)
                break
            except Exception as error:
                cut_off = cut_off or error
                tries -= 1
            except BaseException as error:
                cut_off = error
        if cut_off is not None:
            raise cut_off

    def _first_due(self) -> tuple[int, Wait] | None:
        with _lock:
            while self._order and self.decided(value := self._order[0]):
                for wait in self._waits.get(value, ()):
                    return value, wait
                self._waits.pop(value, None)
                if self._order and self._order[0] == value:
                    heappop(self._order)
            return None

    @property
    def label(self) -> str:
        """Name of the semaphore, or its address if it has no name."""
        return self.name or f"semaphore {id(self):#x}"

    @property
    def state(self) -> str:
        """The payload as text, or the name of the failure's code."""
        return self.failure.code.name if self.failure else str(self._value)

    def __del__(self) -> None:
        try:
            # A semaphore whose constructor did not finish has no waits.
            if getattr(self, "_order", None) and not sys.is_finalizing():
                self._release()
        except BaseException:
            # Python drops exceptions of a finalizer, but every wait must be ended.
            if getattr(self, "_order", None):
                self._release()
            raise

    def _release(self) -> None:
        """Fails all waits for this semaphore, which nothing can signal any more."""
        with _lock:
            # No comprehension: Python 3.12 does not leave the `with` block if tracing raises in it.
            waits = list(chain.from_iterable(map(self._waits.__getitem__, sorted(self._waits))))
        if self.failure is not None or not waits:
            return
        least = min(value for value, row in self._waits.items() if row)
        message = f"{self.label} was released at {self._value}: nothing can signal {least} any more"
        parties = [w.party for w in waits if w.party is not None and _has_to_signal(w.party)]
        self.fail(StatusError(StatusCode.ABORTED, message))
        if parties:
            listed = ", ".join(map(str, parties[: deadlock.MAX_LISTED]))
            deadlock.warn(f"{message}; {len(parties)} that waited never ran: {listed}")

    def __repr__(self) -> str:
        return f"<hal.semaphore {self.name or hex(id(self))} at {self.state}>"


def _has_to_signal(party: Resumable) -> bool:
    """Returns whether a party still has something to signal."""
    return any(not semaphore.decided(value) for semaphore, value in party.signals)


class Fence:
    """A set of timepoints, `semaphore >= value`, that is reached when all of them are."""

    vm_type = "hal.fence"
    __slots__ = ("values",)

    def __init__(self, timepoints: Iterable[tuple[Semaphore, int]]):
        self.values: dict[Semaphore, int] = {}
        """The value that each semaphore has to reach, in the order of insertion."""
        values = self.values
        for semaphore, value in timepoints:
            values[semaphore] = max(value, values.get(semaphore, value))

    @classmethod
    def joined(cls, fences: Iterable[Fence | None]) -> Fence | None:
        """Returns the union; None, which is reached, if nothing is to be waited for."""
        known = [fence for fence in fences if fence is not None]
        if not known:
            return None
        return cls(timepoint for fence in known for timepoint in fence.values.items())

    @property
    def timepoints(self) -> list[tuple[Semaphore, int]]:
        """(semaphore, value) pairs, in the order they were inserted."""
        return list(self.values.items())

    def weak_timepoints(self) -> list[Timepoint]:
        """Returns the timepoints with weak references to their semaphores."""
        return [(ref(semaphore), value) for semaphore, value in self.values.items()]

    def insert(self, semaphore: Semaphore, value: int) -> None:
        """Adds a timepoint; of two on one semaphore the later one counts."""
        self.values[semaphore] = max(value, self.values.get(semaphore, value))

    @property
    def failure(self) -> StatusError | None:
        """What the first semaphore that has failed failed with."""
        return next((s.failure for s in self.values if s.failure is not None), None)

    def reached(self) -> bool:
        """Returns whether every timepoint is reached. Raises the failure of a failed one."""
        return self.passed() or all(
            [semaphore.reached(value) for semaphore, value in self.values.items()]
        )

    def passed(self) -> bool:
        """Returns whether every timepoint is reached, and no semaphore has failed."""
        for semaphore, value in self.values.items():
            if semaphore._value < value or semaphore.failure is not None:
                return False
        return True

    def decided(self) -> bool:
        """Returns whether every timepoint is reached or has failed."""
        return all([semaphore.decided(value) for semaphore, value in self.values.items()])

    def query(self) -> StatusCode:
        """Returns OK, DEFERRED while the fence is not reached, or the code of the failure."""
        try:
            return StatusCode.OK if self.reached() else StatusCode.DEFERRED
        except StatusError as error:
            return error.code

    def signal(self, sender: object | None = None) -> None:
        """Signals the timepoint of every semaphore; `sender` is for execution records.

        Raises INVALID_ARGUMENT if a semaphore is already at its timepoint or past it, and the
        failure of a failed semaphore, each after all other semaphores are signalled.
        """
        if len(self.values) == 1:
            for semaphore, value in self.values.items():
                semaphore.signal(value, sender)
            return
        self._decide(lambda semaphore, value: semaphore.signal(value, sender))

    def fail(self, failure: StatusError, sender: object | None = None) -> None:
        """Fails every semaphore that has not reached its timepoint; `sender` is for execution
        records.
        """
        self._decide(
            lambda semaphore, value: semaphore.decided(value) or semaphore.fail(failure, sender)
        )

    def _decide(self, decide: Callable[[Semaphore, int], object]) -> None:
        """Decides all timepoints, whatever is raised, then raises that: an interrupt before an
        error."""
        left = self.timepoints[::-1]
        raised: BaseException | None = None
        interrupted = False
        while left:
            try:
                while left:
                    semaphore, value = left[-1]
                    if not (interrupted and semaphore.decided(value)):
                        decide(semaphore, value)
                    interrupted = False
                    left.pop()
            except StatusError as error:
                raised = raised or error
                left.pop()
            except BaseException as error:
                raised = error
                interrupted = True
        if raised is not None:
            raise raised

    def when_reached(self, waiter: Waiter, party: Resumable | None = None) -> bool:
        """Calls `waiter` once all timepoints are reached or one fails. Returns False, without a
        call, if the fence is already reached or has failed. `party` is the blocked party that the
        call resumes.
        """
        return self.watch(waiter, party) is not None

    def watch(self, waiter: Waiter, party: Resumable | None = None) -> Wait | None:
        """Calls `waiter` once all timepoints are reached or one fails. Returns the wait, which
        `cancel` ends before the call, or None, without a call, if the fence is already reached or
        has failed.
        """
        if self.passed():
            return None
        wait = Wait(self, waiter, party)
        return wait if wait.enlist(self) else None

    def __await__(self) -> Generator[Any, None, None]:
        """Waits in an asyncio coroutine until the fence is reached, without blocking a thread.
        Raises the failure of a failed fence.
        """
        from ireelite.hal.awaiting import await_fence

        return await_fence(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the fence is reached. Returns False if that takes more than `timeout`
        seconds, else True. Raises the failure of a failed fence.

        Without a timeout, raises ABORTED in a deadlock, where every party that could signal the
        fence has ended or is itself blocked for ever, and warns if only unknown code can signal the
        fence (see `hal.deadlock`).
        """
        if self.reached():
            return True
        HostWait(self).block(timeout)
        return self.reached()

    def __repr__(self) -> str:
        points = (f"{s.name or hex(id(s))} >= {v} (at {s.state})" for s, v in self.values.items())
        return f"<hal.fence {', '.join(points) or 'of no semaphore'}>"
