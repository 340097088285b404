"""The queue of a context's asynchronous calls, which run one at a time on the queue's thread.

Only one thread at a time may run the code of a context. Asynchronous calls are therefore queued,
and a synchronous call waits until all calls that were queued before it have returned. The thread is
started when it is needed and ends when there have been no calls for a while.

Ctrl-C may interrupt a caller between any two steps. So those who wait have a bell each, and the
lock is taken by `with`, which nothing interrupts: a `threading.Condition` can be left locked.
"""

from __future__ import annotations

from _thread import RLock, get_ident
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from ireelite.forking import take_part
from ireelite.hal import deadlock
from ireelite.hal.waits import Empty, SimpleQueue, ThreadWait, report, wait_watched
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from threading import Thread

    from ireelite.hal.deadlock import Timepoint
    from ireelite.hal.semaphore import Fence

TURN_OVER = 2
"""The step of a call's timeline at which the next call may begin."""
_SECONDS_KEPT = 1.0
"""Seconds that an idle thread waits for another call before it ends."""
_SECONDS_BETWEEN_LOOKS = 0.05
"""Seconds between an idle thread's checks for whether the interpreter is shutting down."""


class QueuedCall(Protocol):
    """A call that a queue runs once."""

    def run(self) -> None:
        """Runs the call. Raises only what a callback raises that is no `Exception`."""
        ...

    def at(self, step: int) -> Fence:
        """Returns a fence that is reached at a step of the call."""
        ...

    def abandon(self, failure: StatusError) -> None:
        """Fails a running call that will not be completed."""
        ...


class CallQueue:
    """The asynchronous calls of one context, which run in the order of `put`.

    The interpreter waits for queued calls before it exits. In a forked process, queued calls run on
    a new thread; the call that was running during the fork fails there with ABORTED.
    """

    def __init__(self) -> None:
        self.used = False
        """Whether a call has ever been queued. Until then, callers may skip `turn`."""
        self.owner = 0
        """The identifier of the thread that may run code of the context; 0 if there is none."""
        self._calls: deque[QueuedCall] = deque()
        self._running: QueuedCall | None = None
        self._thread: Thread | None = None
        self._lock = RLock()
        self._bells: dict[SimpleQueue[None], None] = {}
        """Of those who wait for their turn or, as the thread does, for calls."""

    def put(self, call: QueuedCall) -> None:
        """Queues a call, which runs on the queue's thread after all calls that were queued before.

        Raises RESOURCE_EXHAUSTED, without queueing the call, if no thread can be started.
        """
        with self._lock:
            if not self.used:
                take_part(self)
                self.used = True
            try:
                self._calls.append(call)
                self._ring()
                if self._thread is None:
                    self._start()
            except BaseException as error:
                # The thread may have taken the call already.
                with suppress(ValueError):
                    self._calls.remove(call)
                if not isinstance(error, RuntimeError):
                    raise
                raise StatusError(
                    StatusCode.RESOURCE_EXHAUSTED,
                    f"cannot start a thread for asynchronous calls: {error}",
                ) from error

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until no call is queued or running, then prevents others from running during the
        `with` block. Does not wait if it is already this thread's turn. Raises ABORTED, before the
        block, in a deadlock: if this thread is to end what one of these calls waits for.
        """
        if self.owner == get_ident():
            yield
            return
        try:
            if not self._take_turn(0):
                wait_watched(ThreadWait(self._waits_of_callers), self._take_turn)
            yield
        finally:
            try:
                self._end_turn()
            except BaseException:
                # An interrupt must not leave the turn to a thread that has returned.
                self._end_turn()
                raise

    def waits_of(self, call: QueuedCall | None) -> Sequence[Timepoint]:
        """Returns the timepoints that a queued or running call, or a caller if None, waits for: the
        end of another call's turn, or the timepoints that the thread whose turn it is waits for.
        """
        running = self._running
        if running is not None and running is not call:
            return running.at(TURN_OVER).weak_timepoints()
        return deadlock.thread_waits(self.owner)

    def _waits_of_callers(self) -> Sequence[Timepoint]:
        """Returns the timepoints that a synchronous call waits for: the end of the last queued call's
        turn, otherwise what the call whose turn it is waits for.
        """
        try:
            return self._calls[-1].at(TURN_OVER).weak_timepoints()
        except IndexError:
            return self.waits_of(None)

    def _take_turn(self, seconds: float) -> list[bool]:
        """Gives the turn to this thread if no call is queued or running within `seconds`. Returns an
        empty list if it does not.
        """
        end = monotonic() + seconds
        while True:
            bell: SimpleQueue[None] = SimpleQueue()
            with self._lock:
                if not self._calls and not self.owner:
                    self.owner = get_ident()
                    return [True]
                self._bells[bell] = None
            try:
                bell.get(timeout=max(end - monotonic(), 0))
            except Empty:
                return []
            finally:
                self._bells.pop(bell, None)

    def hold(self) -> None:
        """Prevents calls from being queued and started during a fork."""
        self._lock.acquire()

    def let_go(self) -> None:
        """Lets the queue continue after a fork, in the parent process."""
        self._lock.release()

    def begin_anew(self) -> list[Callable[[], object]]:
        """Renews the queue in a forked process. Returns functions that fail the call which was
        running with ABORTED, and start a new thread for the queued calls.
        """
        self._lock = RLock()
        self._bells = {}
        self.owner, self._thread = 0, None
        running, self._running = self._running, None
        if running is None:
            return [self._start_anew]
        message = "the process was forked from one in which the call was running"
        return [
            partial(running.abandon, StatusError(StatusCode.ABORTED, message)),
            self._start_anew,
        ]

    def _start_anew(self) -> None:
        with self._lock:
            if self._calls and self._thread is None:
                self._start()

    def _end_turn(self) -> None:
        """Ends this thread's turn, if it has it."""
        with self._lock:
            if self.owner == get_ident():
                self._running = None
                self.owner = 0
            self._ring()

    def _ring(self) -> None:
        """Wakes all who wait, to look again."""
        for bell in list(self._bells):
            bell.put(None)

    def _start(self) -> None:
        from threading import Thread

        # Not a daemon: one that runs foreign code would crash the interpreter at its shutdown.
        thread = Thread(target=self._main, name="asynchronous calls", daemon=False)
        try:
            self._thread = thread
            thread.start()
        except BaseException:
            # If an interrupt came when the thread had started, a second one may start: they take
            # turns, too.
            self._thread = None
            raise

    def _main(self) -> None:
        while (call := self._take()) is not None:
            try:
                call.run()
            except BaseException as error:
                # Raised by a callback, such as SystemExit. The next calls need this thread.
                report(error)
            finally:
                del call  # not kept alive while `_take` waits
                self._end_turn()

    def _take(self) -> QueuedCall | None:
        """Waits for the next call and gives it the turn. Returns None if the thread shall end."""
        from threading import current_thread, main_thread

        end = monotonic() + _SECONDS_KEPT
        bell: SimpleQueue[None] = SimpleQueue()
        try:
            while True:
                with self._lock:
                    self._bells[bell] = None
                    if self._calls and not self.owner:
                        self._running = self._calls.popleft()
                        self.owner = get_ident()
                        return self._running
                    is_late = monotonic() > end or not main_thread().is_alive()
                    if is_late and not self._calls:
                        if self._thread is current_thread():
                            self._thread = None
                        return None
                with suppress(Empty):
                    bell.get(timeout=_SECONDS_BETWEEN_LOOKS)
        finally:
            self._bells.pop(bell, None)
