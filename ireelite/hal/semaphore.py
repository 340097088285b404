"""Timeline semaphores and fences.

A semaphore is a u64 that only grows. Waiting for a value before anyone has promised to signal it is
legal. Failure is final: it carries a status, and everyone who waits or will wait gets it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Protocol
from weakref import WeakSet

from ireelite.hal.forking import guard
from ireelite.status import StatusCode, StatusError, invalid_argument

MAX_VALUE = 0x7FFF_FFFE
"""The largest payload; upstream takes larger ones for failures."""

Waiter = Callable[[StatusError | None], None]

_lock = guard()
"""Guards all semaphores. Nothing else is done while it is held."""

foreign_signallers: set[Callable[[], bool]] = set()
"""Each says whether code with threads that Python does not know of could signal something now."""


class Worker(Protocol):
    """A thread that signals nothing but by the work that it is given."""

    def is_idle(self) -> bool:
        """Whether the thread is there, and has nothing to do."""
        ...


workers: WeakSet[Worker] = WeakSet()
"""Those of all queues."""
_SECONDS_BETWEEN_LOOKS = 0.1
"""How often a wait without an end asks whether anybody is left who could end it."""


def renewed(failure: StatusError) -> StatusError:
    """A copy of a timeline's failure, so that whoever raises it can add contexts of its own."""
    copy = StatusError(failure.code, failure.message)
    copy.contexts = list(failure.contexts)
    return copy


class Semaphore:
    """A timeline. `name` and `events` are for execution records and unused without one."""

    vm_type = "hal.semaphore"
    __slots__ = ("_value", "_waiters", "events", "failure", "name")

    def __init__(self, value: int = 0):
        self._value = value
        self._waiters: list[tuple[int, Waiter]] | None = None
        self.failure: StatusError | None = None
        self.name = ""
        self.events: list[tuple[int, int]] | None = None
        """(value, event id) of each recorded signal, in order."""

    @property
    def value(self) -> int:
        """The payload. Raises the failure of a failed semaphore."""
        if self.failure is not None:
            raise renewed(self.failure) from self.failure
        return self._value

    def reached(self, value: int) -> bool:
        """Whether the payload is at `value` or past it.

        Raises the failure of a failed semaphore.
        """
        if self.failure is not None:
            raise renewed(self.failure) from self.failure
        return self._value >= value

    def signal(self, value: int, event: int | None = None) -> None:
        """Advances the timeline and runs those who waited for it in this thread, in the order they
        came.

        Raises INVALID_ARGUMENT if the timeline is already there, and the failure of a failed
        semaphore.
        """
        # Not `with`, which takes twice as long; each call of a program signals a few times.
        _lock.acquire()
        try:
            if self.failure is not None:
                raise renewed(self.failure) from self.failure
            if value <= self._value:
                raise invalid_argument(
                    f"semaphore already signaled past {value}; current value {self._value}"
                )
            if value > MAX_VALUE:
                raise invalid_argument(f"semaphore value {value} is above the maximum {MAX_VALUE}")
            if event is not None:
                self.events = self.events or []
                self.events.append((value, event))
            self._value = value
            if self._waiters is None:
                return
            ready = [waiter for at, waiter in self._waiters if at <= value]
            self._waiters = [(at, waiter) for at, waiter in self._waiters if at > value] or None
        finally:
            _lock.release()
        _call_all(ready, None)

    def fail(self, failure: StatusError) -> None:
        """Fails the timeline; the first failure stays."""
        with _lock:
            if self.failure is not None:
                return
            self.failure = failure
            waiting, self._waiters = self._waiters or [], None
        _call_all([waiter for _, waiter in waiting], failure)

    def when_reached(self, value: int, waiter: Waiter) -> bool:
        """Registers a call for when the value is reached or the semaphore fails; False if that has
        happened."""
        with _lock:
            if self.failure is not None or self._value >= value:
                return False
            self._waiters = self._waiters or []
            self._waiters.append((value, waiter))
            return True

    def forget(self, waiter: Waiter) -> None:
        """Takes a call that was registered back."""
        with _lock:
            left = [row for row in self._waiters or () if row[1] != waiter]
            self._waiters = left or None

    def event_for(self, value: int) -> int | None:
        """The recorded event that brought the timeline to `value`."""
        return next((event for at, event in self.events or () if at >= value), None)

    def __repr__(self) -> str:
        state = self.failure.code.name if self.failure else self._value
        return f"<hal.semaphore {self.name or hex(id(self))}: {state}>"


class Fence:
    """A set of timepoints, `semaphore >= value`, that is reached when all of them are."""

    vm_type = "hal.fence"
    __slots__ = ("timepoints",)

    def __init__(self, timepoints: list[tuple[Semaphore, int]]):
        self.timepoints = timepoints

    @classmethod
    def joined(cls, fences: Iterable[Fence | None]) -> Fence | None:
        """The union; None, which is reached, if nothing is to be waited for."""
        known = [fence for fence in fences if fence is not None]
        if not known:
            return None
        union = cls([])
        for fence in known:
            for semaphore, value in fence.timepoints:
                union.insert(semaphore, value)
        return union

    def insert(self, semaphore: Semaphore, value: int) -> None:
        """Adds a timepoint; of two on one semaphore the later one counts."""
        for position, (known, at) in enumerate(self.timepoints):
            if known is semaphore:
                self.timepoints[position] = (semaphore, max(at, value))
                return
        self.timepoints.append((semaphore, value))

    def reached(self) -> bool:
        """Whether every timepoint is reached. Raises the failure of a failed one."""
        for semaphore, value in self.timepoints:
            if semaphore.failure is not None:
                raise renewed(semaphore.failure) from semaphore.failure
            if semaphore._value < value:
                return False
        return True

    def query(self) -> StatusCode:
        """OK, DEFERRED while it is not reached, or the code of the failure."""
        try:
            return StatusCode.OK if self.reached() else StatusCode.DEFERRED
        except StatusError as error:
            return error.code

    def signal(self) -> None:
        """Brings every semaphore to its timepoint."""
        for semaphore, value in self.timepoints:
            semaphore.signal(value)

    def fail(self, failure: StatusError) -> None:
        """Fails every semaphore."""
        for semaphore, _ in self.timepoints:
            semaphore.fail(failure)

    def when_reached(self, waiter: Waiter) -> bool:
        """Calls `waiter` once all timepoints are reached or one fails;
        False if it need not wait.
        """
        return self._register(_Countdown(len(self.timepoints), waiter))

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the fence is reached; False after `timeout` seconds. Raises the failure of a
        failed one.

        Raises ABORTED instead of blocking for ever where nobody is left who could signal it: all
        other threads of the process are those of queues, and have nothing to do.
        """
        if self.reached():
            return True
        # A lock that whoever completes the fence releases: half of what an Event costs.
        pending = threading.Lock()
        pending.acquire()
        countdown = _Countdown(len(self.timepoints), lambda _: pending.release())
        try:
            if self._register(countdown) and not _acquire(pending, timeout):
                if timeout is not None or self.reached():
                    return self.reached()
                waited = ", ".join(f"{s!r} for {value}" for s, value in self.timepoints)
                raise StatusError(
                    StatusCode.ABORTED,
                    f"deadlock: no other thread could signal what is waited for: {waited}",
                )
        finally:
            if countdown.cancel():
                for semaphore, _ in self.timepoints:
                    semaphore.forget(countdown.one)
        return self.reached()

    def _register(self, pending: _Countdown) -> bool:
        for semaphore, value in self.timepoints:
            if not semaphore.when_reached(value, pending.one):
                if semaphore.failure is not None:
                    return not pending.cancel()
                pending.skip()
        return not pending.settled_here()

    def __repr__(self) -> str:
        return f"<hal.fence {' '.join(f'{s!r}>={v}' for s, v in self.timepoints)}>"


def _acquire(lock: threading.Lock, timeout: float | None) -> bool:
    """Acquires a lock that a signal releases; False after the timeout, or without one if there is
    nobody who could signal.
    """
    if timeout is not None:
        return lock.acquire(timeout=min(max(timeout, 0), threading.TIMEOUT_MAX))
    while not lock.acquire(timeout=_SECONDS_BETWEEN_LOOKS):
        if not _anybody_could_signal():
            # The last signal may have come between the wait and the question.
            return lock.acquire(blocking=False)
    return True


def _anybody_could_signal() -> bool:
    others = threading.active_count() - 1
    if others > sum(worker.is_idle() for worker in list(workers)):
        return True
    return any(could_signal() for could_signal in list(foreign_signallers))


def _call_all(waiters: list[Waiter], failure: StatusError | None) -> None:
    """Tells everyone, whether others fail or not; raises what failed first."""
    failures: list[Exception] = []
    for waiter in waiters:
        try:
            waiter(failure)
        except Exception as error:
            failures.append(error)
    if failures:
        raise failures[0]


class _Countdown:
    """Turns one call a timepoint into one call in all."""

    def __init__(self, count: int, waiter: Waiter):
        self._left = count + 1
        self._waiter: Waiter | None = waiter

    def one(self, failure: StatusError | None) -> None:
        """A timepoint was reached, or failed."""
        with _lock:
            self._left -= 1
            fire = self._waiter if failure is not None or self._left == 0 else None
            if fire is not None:
                self._waiter = None
        if fire is not None:
            fire(failure)

    def skip(self) -> None:
        """A timepoint was reached before one could wait for it."""
        with _lock:
            self._left -= 1

    def cancel(self) -> bool:
        """Takes the call back; False if it was already made."""
        with _lock:
            taken, self._waiter = self._waiter is not None, None
            return taken

    def settled_here(self) -> bool:
        """Ends the registration; True if nothing was left to wait for and the call was not made."""
        with _lock:
            self._left -= 1
            if self._left == 0 and self._waiter is not None:
                self._waiter = None
                return True
            return False
