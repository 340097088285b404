"""Timeline semaphores and fences.

A semaphore is a u64 that only grows. Waiting for a value before anyone has promised to signal it is
legal. Failure is final: it carries a status, and everyone who waits or will wait gets it.

A thread may be cut off between any two steps: by Ctrl-C, by a signal handler, or by a finalizer that
the garbage collector runs and that signals in turn. So the lock is reentrant, each change of state
is one step, and each step may be repeated: what an interrupt cuts off is done again before the
interrupt is raised.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from heapq import heappop, heappush
from queue import Empty, SimpleQueue
from typing import Any, Protocol
from weakref import WeakSet

from ireelite.hal.forking import guard
from ireelite.hal.timeline_log import TimelineLog
from ireelite.status import StatusCode, StatusError, invalid_argument

MAX_VALUE = 0x7FFF_FFFE
"""The largest payload; upstream takes larger ones for failures."""

Waiter = Callable[[StatusError | None], None]
"""Called with the failure, or None where all timepoints are reached. Where an interrupt cuts a call
off, the same thread calls again."""

_lock = guard()
"""Guards the payloads and waits of all semaphores. No waiter is called while it is held."""

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


def report(error: BaseException) -> None:
    """Shows an error that neither a fence nor a caller takes, as Python shows one of a thread."""
    threading.excepthook(
        threading.ExceptHookArgs(
            (type(error), error, error.__traceback__, threading.current_thread())
        )
    )


class Semaphore:
    """A timeline. `name` and `log` are for execution records and unused without one."""

    vm_type = "hal.semaphore"
    __slots__ = ("__weakref__", "_order", "_value", "_waits", "failure", "log", "name")

    def __init__(self, value: int = 0):
        self._value = value
        self._waits: dict[int, dict[_Wait, None]] = {}
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
        """Whether the payload is at `value` or past it.

        Raises the failure of a failed semaphore.
        """
        return self.value >= value

    def decided(self, value: int) -> bool:
        """Whether the payload is at `value` or past it, or the semaphore has failed."""
        return self._value >= value or self.failure is not None

    def signal(self, value: int, sender: object | None = None) -> None:
        """Advances the timeline and calls in this thread those who waited for it, by value, then in
        the order they came. What one of them raises is reported, and stops no other.

        `sender` is for execution records: the log of a queue operation. Raises INVALID_ARGUMENT if the
        timeline is already there, and the failure of a failed semaphore.
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

    def _add(self, value: int, wait: _Wait) -> bool:
        """Registers a wait; False if it is over."""
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

    def _remove(self, value: int, wait: _Wait) -> None:
        with _lock:
            self._waits.get(value, {}).pop(wait, None)

    def _settle(self) -> None:
        """Calls each waiter that is due. Raises an interrupt when all of them have been called."""
        interrupt: BaseException | None = None
        while True:
            try:
                while (due := self._first_due()) is not None:
                    value, wait = due
                    try:
                        wait.settle(self, self.failure)
                    except Exception as error:
                        report(error)
                    self._remove(value, wait)
                break
            except BaseException as error:
                interrupt = interrupt or error
        if interrupt is not None:
            raise interrupt

    def _first_due(self) -> tuple[int, _Wait] | None:
        with _lock:
            while self._order and self.decided(value := self._order[0]):
                for wait in self._waits.get(value, ()):
                    return value, wait
                self._waits.pop(value, None)
                if self._order and self._order[0] == value:
                    heappop(self._order)
            return None

    def __repr__(self) -> str:
        state = self.failure.code.name if self.failure else self._value
        return f"<hal.semaphore {self.name or hex(id(self))}: {state}>"


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
        """The union; None, which is reached, if nothing is to be waited for."""
        known = [fence for fence in fences if fence is not None]
        if not known:
            return None
        return cls(timepoint for fence in known for timepoint in fence.values.items())

    @property
    def timepoints(self) -> list[tuple[Semaphore, int]]:
        """(semaphore, value) pairs, in the order they were inserted."""
        return list(self.values.items())

    def insert(self, semaphore: Semaphore, value: int) -> None:
        """Adds a timepoint; of two on one semaphore the later one counts."""
        self.values[semaphore] = max(value, self.values.get(semaphore, value))

    @property
    def failure(self) -> StatusError | None:
        """What the first semaphore that has failed failed with."""
        return next((s.failure for s in self.values if s.failure is not None), None)

    def reached(self) -> bool:
        """Whether every timepoint is reached. Raises the failure of a failed one."""
        return self.passed() or all(
            [semaphore.reached(value) for semaphore, value in self.values.items()]
        )

    def passed(self) -> bool:
        """Whether every timepoint is reached, and no semaphore has failed."""
        for semaphore, value in self.values.items():
            if semaphore._value < value or semaphore.failure is not None:
                return False
        return True

    def decided(self) -> bool:
        """Whether every timepoint is reached or has failed."""
        return all([semaphore.decided(value) for semaphore, value in self.values.items()])

    def query(self) -> StatusCode:
        """OK, DEFERRED while it is not reached, or the code of the failure."""
        try:
            return StatusCode.OK if self.reached() else StatusCode.DEFERRED
        except StatusError as error:
            return error.code

    def signal(self, sender: object | None = None) -> None:
        """Brings every semaphore to its timepoint; `sender` is for execution records.

        Raises INVALID_ARGUMENT if a timeline is there already, and the failure of a failed one:
        when all the others have been brought to theirs.
        """
        if len(self.values) == 1:
            for semaphore, value in self.values.items():
                semaphore.signal(value, sender)
            return
        self._decide(lambda semaphore, value: semaphore.signal(value, sender))

    def fail(self, failure: StatusError, sender: object | None = None) -> None:
        """Fails every semaphore that is not at its timepoint yet; `sender` is for execution
        records."""
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

    def when_reached(self, waiter: Waiter) -> bool:
        """Calls `waiter` once all timepoints are reached or one fails;
        False if it need not wait.
        """
        return self.watch(waiter) is not None

    def watch(self, waiter: Waiter) -> _Wait | None:
        """Calls `waiter` once all timepoints are reached or one fails, unless `cancel` of what is
        returned comes before; None if it need not wait.
        """
        if self.passed():
            return None
        wait = _Wait(self, waiter)
        return wait if wait.enlist() else None

    def __await__(self) -> Generator[Any, None, None]:
        """In a coroutine of asyncio, waits until the fence is reached, without a thread. Raises the
        failure of a failed one.
        """
        from ireelite.hal.awaiting import await_fence

        return await_fence(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the fence is reached; False after `timeout` seconds. Raises the failure of a
        failed one.

        Raises ABORTED instead of blocking for ever where nobody is left who could signal it: all
        other threads of the process are those of queues, and have nothing to do.
        """
        if self.reached():
            return True
        bell: SimpleQueue[StatusError | None] = SimpleQueue()
        wait = _Wait(self, bell.put)
        try:
            if wait.enlist() and not _rings(bell, timeout):
                if timeout is not None or self.reached():
                    return self.reached()
                waited = ", ".join(f"{s!r} for {value}" for s, value in self.values.items())
                raise StatusError(
                    StatusCode.ABORTED,
                    f"deadlock: no other thread could signal what is waited for: {waited}",
                )
        finally:
            wait.cancel()
        return self.reached()

    def __repr__(self) -> str:
        return f"<hal.fence {' '.join(f'{s!r}>={v}' for s, v in self.values.items())}>"


def _rings(bell: SimpleQueue[StatusError | None], timeout: float | None) -> bool:
    """Waits for an entry of the queue `bell`. Returns False after the timeout; without a timeout,
    if no thread is left that could signal.
    """
    while True:
        seconds = _SECONDS_BETWEEN_LOOKS if timeout is None else timeout
        try:
            bell.get(timeout=min(max(seconds, 0), threading.TIMEOUT_MAX))
            return True
        except Empty:
            if timeout is not None:
                return False
        if not _anybody_could_signal():
            # The last signal may have come between the wait and the question.
            return not bell.empty()


def _anybody_could_signal() -> bool:
    others = threading.active_count() - 1
    if others > sum(worker.is_idle() for worker in list(workers)):
        return True
    return any(could_signal() for could_signal in list(foreign_signallers))


_ENLISTING = object()
"""Keeps a wait from ending before it is registered with every semaphore."""


class _Wait:
    """One call in all for the timepoints of a fence: when they are reached, or one has failed."""

    def __init__(self, fence: Fence, waiter: Waiter):
        self._timepoints = fence.timepoints
        self._left: set[object] = {_ENLISTING, *fence.values}
        """The semaphores that have not been heard of."""
        self._waiter: Waiter | None = waiter
        self._calling = False

    def enlist(self) -> bool:
        """Registers with each semaphore. False if nothing is left to wait for; the waiter is not
        called then."""
        for semaphore, value in self._timepoints:
            if not semaphore._add(value, self):
                if semaphore.failure is not None:
                    return not self.cancel()
                self._left.discard(semaphore)
        self._left.discard(_ENLISTING)
        return bool(self._left) or not self.cancel()

    def settle(self, semaphore: Semaphore, failure: StatusError | None) -> None:
        """Notes that a timepoint is reached or has failed; calls the waiter if that ends the
        wait."""
        self._left.discard(semaphore)
        if (failure is not None or not self._left) and self._claimed():
            self._call(failure)

    def cancel(self) -> bool:
        """Takes the call back; False if it was made, or is being made."""
        if not self._claimed() or self._calling or self._waiter is None:
            return False
        self._waiter = None
        self._forget()
        return True

    def _forget(self) -> None:
        for semaphore, value in self._timepoints:
            semaphore._remove(value, self)

    def _claimed(self) -> bool:
        """Whether this thread is the one to end the wait. One step, and the same answer again."""
        return vars(self).setdefault("_thread", threading.get_ident()) == threading.get_ident()

    def _call(self, failure: StatusError | None) -> None:
        if self._calling or (waiter := self._waiter) is None:
            return
        try:
            self._calling = True
            waiter(failure)
            self._waiter = None
            if failure is not None:
                self._forget()
        except Exception:
            self._waiter = None
            raise
        except BaseException:
            # The call may be made again.
            self._calling = False
            raise
