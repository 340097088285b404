"""Futures of `concurrent.futures` with the results of asynchronous calls.

A thread that waits for such futures without a timeout takes part in deadlock detection, whether it
waits by `result`, by `concurrent.futures.wait` or by `as_completed`. A future whose call can't end
then fails with ABORTED.
"""

from __future__ import annotations

import concurrent.futures
import threading
import time
import weakref
from collections.abc import Sequence
from concurrent.futures._base import CANCELLED, PENDING
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from ireelite.hal import deadlock
from ireelite.hal.deadlock import Alternative, WaitGraph
from ireelite.hal.waits import FIRST_LOOK, LAST_LOOKS, run_helpers
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.async_result import AsyncResult
    from ireelite.hal.deadlock import Timepoint
    from ireelite.hal.semaphore import Fence, Semaphore


class ResultFuture(concurrent.futures.Future[Any]):
    """A future with the results of an asynchronous call."""

    def __init__(self, awaited: AsyncResult):
        super().__init__()
        self._awaited = awaited
        # `concurrent.futures.wait` and `as_completed` append to this list before they block.
        self._waiters: list[Any] = _Waiters(self)

    def result(self, timeout: float | None = None) -> Any:
        """Waits for the call and returns its results. Raises its error."""
        if timeout is None and not self.done():
            self._awaited._wait(None)
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Waits for the call and returns its error; None if it did not fail."""
        if timeout is None and not self.done():
            self._awaited._wait(None)
        return super().exception(timeout)

    def cancel(self) -> bool:
        """Cancels the call unless it has begun. Returns whether the future is cancelled."""
        cancelled = super().cancel()
        self._tell_cancelled()
        return cancelled

    def _tell_cancelled(self) -> None:
        """Wakes those who wait for a future that was cancelled, which `cancel` alone does not."""
        with self._condition:
            if self._state == CANCELLED:
                self.set_running_or_notify_cancel()

    def begin(self, failure: StatusError | None) -> None:
        """Marks the future as running, as its call has begun, unless it has failed before."""
        with self._condition:
            if failure is None and self._state in (PENDING, CANCELLED):
                self.set_running_or_notify_cancel()

    def settling(self, signals: Fence) -> Alternative:
        """Returns the party that signals a fence when this future is settled, which is when the call
        is over. The caller removes it from the known parties then.
        """
        name = f"the future of '{self._awaited._name}'"
        return Alternative(self._awaited.fence, signals, name)

    def settle(self, result: AsyncResult) -> None:
        """Gives the future what the call, which is over, has ended with."""
        # A future that was cancelled concurrently accepts neither a result nor an error, and one
        # that failed in a deadlock keeps its error.
        with suppress(concurrent.futures.InvalidStateError):
            if result.cancelled():
                if not self.running():
                    self.cancel()
                else:
                    self.set_exception(concurrent.futures.CancelledError())
                return
            try:
                value = result.result()
            except Exception as error:
                self.set_exception(error)
            else:
                self.set_result(value)


class _Waiters(list[Any]):
    """The waiters of a future; each of them blocks on a `_WatchedEvent`."""

    def __init__(self, future: ResultFuture):
        super().__init__()
        self._future = weakref.ref(future)

    def append(self, waiter: Any) -> None:
        """Adds a waiter, on which no thread blocks yet."""
        if getattr(waiter, "event", None).__class__ is threading.Event:
            waiter.event = _WatchedEvent(_waits_for_all(waiter))
        if isinstance(event := getattr(waiter, "event", None), _WatchedEvent):
            event.futures.append(self._future)
        super().append(waiter)


def _waits_for_all(waiter: Any) -> bool:
    """Returns whether a waiter waits until all of its futures are done, whatever they end with."""
    return hasattr(waiter, "num_pending_calls") and not getattr(waiter, "stop_on_exception", True)


class _WatchedEvent(threading.Event):
    """The event of a wait for futures. A wait without a timeout checks for deadlocks.

    The futures may include others than `ResultFuture`s, which are not seen here. So only a thread
    that waits for all of them counts as blocked: one that waits for the first may go on.
    """

    signals: Sequence[tuple[Semaphore, int]] = ()
    has_ended = False

    def __init__(self, waits_for_all: bool):
        super().__init__()
        self.futures: list[weakref.ref[ResultFuture]] = []
        """The futures that are waited for."""
        self._waits_for_all = waits_for_all
        self._thread = threading.current_thread()

    @property
    def waits(self) -> Sequence[Timepoint]:
        """The timepoints at which the calls of the pending futures are over."""
        return [point for future in self._pending() for point in _timepoints(future)]

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the event is set and returns True, or returns False after `timeout` seconds.
        Without a timeout, fails the futures that are in a deadlock, and warns once if only unknown
        code can end the wait.
        """
        if timeout is not None:
            return super().wait(timeout)
        run_helpers()
        begin, seconds, warned = time.monotonic(), FIRST_LOOK, False
        with deadlock.host_wait(self) if self._waits_for_all else nullcontext():
            while not super().wait(seconds):
                seconds = min(2 * seconds, LAST_LOOKS)
                warned |= self._look(0 if warned else time.monotonic() - begin)
        return True

    def _look(self, seconds: float) -> bool:
        """Fails the futures whose calls can't end. Returns whether it has issued a warning."""
        graph, warned = WaitGraph(), False
        for future in self._pending():
            found = deadlock.check(_FutureWait(future, str(self)), seconds, graph)
            if isinstance(found, StatusError):
                found.annotate(f"waiting for '{future._awaited._name}'")
                with suppress(concurrent.futures.InvalidStateError):
                    future.set_exception(found)
            elif found is not None and not warned:
                warned = True
                deadlock.warn(found)
        return warned

    def _pending(self) -> list[ResultFuture]:
        futures = [reference() for reference in self.futures]
        return [future for future in futures if future is not None and not future.done()]

    def __str__(self) -> str:
        return f"thread '{self._thread.name}'"


class _FutureWait:
    """Wait of a thread for one of several futures."""

    signals = ()
    has_ended = False

    def __init__(self, future: ResultFuture, thread: str):
        self.waits = _timepoints(future)
        self._thread = thread

    def __str__(self) -> str:
        return self._thread


def _timepoints(future: ResultFuture) -> Sequence[Timepoint]:
    return future._awaited.fence.weak_timepoints()
