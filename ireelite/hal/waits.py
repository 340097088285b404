"""Waits for a fence: a callback that is called once, and a thread that blocks."""

from __future__ import annotations

import time
from _thread import TIMEOUT_MAX, get_ident
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from ireelite.hal import deadlock
from ireelite.hal.deadlock import Party, Timepoint
from ireelite.status import StatusError

try:  # without the classes of `queue` that are written in Python, which take a while to import
    from _queue import Empty, SimpleQueue
except ImportError:
    from queue import Empty, SimpleQueue

if TYPE_CHECKING:
    from threading import Thread

    from ireelite.hal.semaphore import Fence, Semaphore

Waiter = Callable[[StatusError | None], None]
"""Callback of a wait: takes the failure, or None if all timepoints are reached. If an interrupt
cuts the call off, the same thread calls again, at most `MAX_CALLS` times in all: a waiter that is
cut off each time raises by itself.
"""
MAX_CALLS = 100
"""Maximum number of calls of one waiter, all but the last of which interrupts have cut off."""

helpers: dict[int, list[Callable[[], None]]] = {}
"""By the identifier of a thread: functions that run what only waits for that thread to run it. The
thread calls them before it blocks.
"""

FIRST_LOOK = 0.1
"""Seconds after which a wait without a timeout first checks for a deadlock; the interval then
doubles.
"""
LAST_LOOKS = 1.0
"""Maximum number of seconds between two checks."""


def renewed(failure: StatusError) -> StatusError:
    """Returns a copy of a semaphore's failure, to which the code that raises it can add contexts."""
    copy = StatusError(failure.code, failure.message)
    copy.contexts = list(failure.contexts)
    return copy


def report(error: BaseException) -> None:
    """Reports an error that neither a fence nor a caller gets, through `threading.excepthook`."""
    import threading

    threading.excepthook(
        threading.ExceptHookArgs(
            (type(error), error, error.__traceback__, threading.current_thread())
        )
    )


def _this_thread() -> Thread:
    # Imported here: most programs have one thread, and start sooner without.
    from threading import current_thread

    return current_thread()


def run_helpers() -> None:
    """Runs what only waits for this thread to run it."""
    for help in helpers.get(get_ident(), [])[:]:
        help()


_ENLISTING = 0
"""Placeholder in `_left` that keeps a wait from ending before it is registered with every
semaphore.
"""


class Resumable(Party, Protocol):
    """A party that the call of a waiter resumes."""

    def refuse(self, error: BaseException) -> None:
        """Fails the party, as the call that resumes it has raised `error`."""
        ...


class Wait:
    """A single call of a waiter for a fence, once all timepoints are reached or one has failed."""

    def __init__(
        self,
        fence: Fence,
        waiter: Waiter,
        party: Resumable | None = None,
        refuse: Callable[[Exception], None] = report,
    ):
        self.timepoints = fence.weak_timepoints()
        self._left = {_ENLISTING, *map(id, fence.values)}
        """`id`s of the semaphores whose timepoints are not reached."""
        self.party = party
        self._refuse = refuse if party is None else party.refuse
        """Callback for an exception of the waiter."""
        self._waiter: Waiter | None = waiter
        self._calling = False
        self._cut_off = 0
        """Number of calls that interrupts have cut off."""

    def enlist(self, fence: Fence) -> bool:
        """Registers the wait with each semaphore. Returns False, and does not call the waiter, if
        the fence is already reached or has failed.
        """
        for semaphore, value in fence.timepoints:
            if not semaphore._add(value, self):
                if semaphore.failure is not None:
                    return not self.cancel()
                self._left.discard(id(semaphore))
        self._left.discard(_ENLISTING)
        return bool(self._left) or not self.cancel()

    def settle(self, semaphore: Semaphore, failure: StatusError | None) -> None:
        """Marks the timepoint of a semaphore as reached or failed. Calls the waiter if that ends
        the wait.
        """
        # A semaphore that has failed stays: its removal would let another thread that signals the
        # last of the others find the wait reached.
        if failure is None:
            self._left.discard(id(semaphore))
        if (failure is not None or not self._left) and self._claimed():
            self._call(failure)

    def cancel(self) -> bool:
        """Cancels the call. Returns False if the waiter was called or is being called."""
        if not self._claimed() or self._calling or self._waiter is None:
            return False
        self._waiter = None
        self._forget()
        return True

    def _forget(self) -> None:
        for reference, value in self.timepoints:
            if (semaphore := reference()) is not None:
                semaphore._remove(value, self)

    def _claimed(self) -> bool:
        """Claims the end of the wait; returns whether this thread was the first to do so. Atomic;
        repeated calls return the same.
        """
        return vars(self).setdefault("_thread", get_ident()) == get_ident()

    def _call(self, failure: StatusError | None) -> None:
        if self._calling or (waiter := self._waiter) is None:
            return
        try:
            self._calling = True
            try:
                waiter(failure)
            except Exception as error:
                self._refuse(error)
            self._waiter = None
            if failure is not None:
                self._forget()
        except BaseException as error:
            self._cut_off += 1
            if self._cut_off < MAX_CALLS:
                # Lets the same thread repeat the call.
                self._calling = False
            elif self.party is not None:
                self.party.refuse(error)
            raise


class HostWait:
    """Blocking wait of a thread for a fence. While it blocks it refers to no semaphore: a semaphore
    that nothing else refers to is released and fails the wait.
    """

    def __init__(self, fence: Fence):
        self._thread = _this_thread()
        self._bell: SimpleQueue[StatusError | None] = SimpleQueue()
        self.signals: Sequence[tuple[Semaphore, int]] = ()
        self.has_ended = False
        self._fence: Fence | None = fence
        bell = self._bell
        self._wait = Wait(fence, bell.put, refuse=lambda error: bell.put(None))

    @property
    def waits(self) -> Sequence[Timepoint]:
        """Timepoints of the fence."""
        return self._wait.timepoints

    def block(self, timeout: float | None = None) -> bool:
        """Blocks until the fence is reached and returns True, or returns False after `timeout`
        seconds. Raises the failure of the fence and, without a timeout, ABORTED for a deadlock. The
        thread that created the wait must call this, once.
        """
        try:
            self._enlist()
            run_helpers()
            if timeout is None:
                failure = wait_watched(self, self._hear)
            else:
                failure = self._bell.get(timeout=min(max(timeout, 0), TIMEOUT_MAX))
        except Empty:
            return False
        finally:
            self._wait.cancel()
        if failure is not None:
            raise renewed(failure) from failure
        return True

    def _enlist(self) -> None:
        fence, self._fence = self._fence, None
        if fence is not None and not self._wait.enlist(fence):
            self._bell.put(fence.failure)

    def _hear(self, seconds: float) -> list[StatusError | None]:
        try:
            return [self._bell.get(timeout=seconds)]
        except Empty:
            return []

    def __str__(self) -> str:
        return f"thread '{self._thread.name}'"


class ThreadWait:
    """Wait of this thread for other threads: a party of the deadlock detection that waits for what
    those threads wait for.
    """

    signals = ()
    has_ended = False

    def __init__(self, waits: Callable[[], Sequence[Timepoint]]):
        self._thread = _this_thread()
        self._waits = waits

    @property
    def waits(self) -> Sequence[Timepoint]:
        """Timepoints that the other threads wait for now; empty while they run."""
        return self._waits()

    def __str__(self) -> str:
        return f"thread '{self._thread.name}'"


_Heard = TypeVar("_Heard")


def wait_watched(party: Party, wait: Callable[[float], Sequence[_Heard]]) -> _Heard:
    """Blocks this thread, as `party`, until `wait` returns something, and returns the first item of
    that. Each call of `wait` blocks for at most the given number of seconds.

    Raises ABORTED for a deadlock, and warns once if only unknown code can end the wait.
    """
    begin = time.monotonic()
    seconds, warned = FIRST_LOOK, False
    with deadlock.host_wait(party):
        while not (heard := wait(seconds)):
            seconds = min(2 * seconds, LAST_LOOKS)
            found = deadlock.check(party, 0 if warned else time.monotonic() - begin)
            if isinstance(found, StatusError):
                raise found
            if found is not None:
                warned = True
                deadlock.warn(found)
    return heard[0]
