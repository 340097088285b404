"""The asynchronous calls of a context: one at a time, on a thread that is there while there are any.

Only one thread at a time may run the code of a context. So an asynchronous call is queued, and a
synchronous one waits for its turn, which comes when every call that was queued before has returned.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from ireelite.forking import take_part
from ireelite.hal import deadlock
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.hal.deadlock import Timepoint
    from ireelite.hal.semaphore import Fence

TURN_OVER = 2
"""The step of a call at which the next one may begin."""
_SECONDS_KEPT = 1.0
"""How long a thread without calls waits for the next one before it ends."""
_SECONDS_BETWEEN_LOOKS = 0.05
"""How often that thread asks whether the interpreter is going down."""


class QueuedCall(Protocol):
    """A call that is run once."""

    def run(self) -> None:
        """Runs the call. Raises nothing."""
        ...

    def at(self, step: int) -> Fence:
        """A fence that is reached at a step."""
        ...

    def abandon(self, failure: StatusError) -> None:
        """Fails a call that is under way and will not end."""
        ...


class CallQueue:
    """Calls of one context, run in the order in which they are put.

    The interpreter's exit waits for the calls that are queued. In a forked process the calls that
    were queued run on a thread of its own; the one that was running there fails with ABORTED.
    """

    def __init__(self) -> None:
        self.used = False
        """Whether a call has ever been put; until then a turn is free."""
        self.owner = 0
        """The thread whose turn it is."""
        self._calls: deque[QueuedCall] = deque()
        self._running: QueuedCall | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def put(self, call: QueuedCall) -> None:
        """Runs the call on the queue's thread, after those that were put before.

        Raises RESOURCE_EXHAUSTED if no thread can be started; the call is not put then.
        """
        with self._changed:
            if not self.used:
                self.used = True
                take_part(self)
            self._calls.append(call)
            self._changed.notify_all()
            if self._thread is None:
                try:
                    self._start()
                except RuntimeError as error:
                    self._calls.remove(call)
                    raise StatusError(
                        StatusCode.RESOURCE_EXHAUSTED,
                        f"cannot start a thread for asynchronous calls: {error}",
                    ) from error

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until no call is queued or running, then keeps the thread from beginning one. The
        thread whose turn it is goes on at once.
        """
        if self.owner == threading.get_ident():
            yield
            return
        with self._changed:
            self._changed.wait_for(self._is_free)
            self.owner = threading.get_ident()
        try:
            yield
        finally:
            self._end_turn()

    def waits_of(self, call: QueuedCall) -> Sequence[Timepoint]:
        """What a call that is queued or running waits for: the call or the thread whose turn it
        is.
        """
        running, owner = self._running, self.owner
        if running is not None and running is not call:
            return running.at(TURN_OVER).weak_timepoints()
        wait = deadlock.host_waits.get(owner)
        return () if wait is None else wait.waits

    def hold(self) -> None:
        """Keeps calls from being put and taken, for a fork."""
        self._changed.acquire()

    def let_go(self) -> None:
        """The queue goes on after a fork."""
        self._changed.release()

    def begin_anew(self) -> None:
        """A new thread runs what was queued; the call that was running fails."""
        self._changed = threading.Condition()
        self.owner, self._thread = 0, None
        running, self._running = self._running, None
        if running is not None:
            running.abandon(
                StatusError(
                    StatusCode.ABORTED,
                    "the process was forked from one in which the call was running",
                )
            )
        if self._calls:
            self._start()

    def _is_free(self) -> bool:
        return not self._calls and not self.owner

    def _end_turn(self) -> None:
        with self._changed:
            self.owner, self._running = 0, None
            self._changed.notify_all()

    def _start(self) -> None:
        # Not a daemon: one that is in foreign code while the interpreter goes down would crash it.
        thread = threading.Thread(target=self._main, name="asynchronous calls", daemon=False)
        self._thread = thread
        try:
            thread.start()
        except RuntimeError:
            self._thread = None
            raise

    def _main(self) -> None:
        while (call := self._take()) is not None:
            try:
                call.run()
            finally:
                del call  # the thread may wait for long
                self._end_turn()

    def _take(self) -> QueuedCall | None:
        """The next call, whose turn it is; None if the thread is to end."""
        end = monotonic() + _SECONDS_KEPT
        with self._changed:
            while self.owner or not self._calls:
                if not self._calls and (
                    monotonic() > end or not threading.main_thread().is_alive()
                ):
                    self._thread = None
                    return None
                self._changed.wait(_SECONDS_BETWEEN_LOOKS)
            self._running = self._calls.popleft()
            self.owner = threading.get_ident()
            return self._running
