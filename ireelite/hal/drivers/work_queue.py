"""A queue with a thread of its own, for devices that do not work in the thread that submits.

Work is done one piece after another, in the order in which what it waits for comes to pass; so
waiting before signalling works, and work that blocks blocks nobody who only submits.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence

from ireelite.forking import take_part
from ireelite.hal import deadlock
from ireelite.hal.drivers.backlog import Backlog, workers
from ireelite.hal.semaphore import Fence
from ireelite.hal.submission import Submission
from ireelite.hal.waits import ThreadWait, Waiter, report, wait_watched
from ireelite.status import StatusCode, StatusError

Work = tuple[Waiter, StatusError | None, Callable[[Exception], None]]
"""(work, failure of its wait or None, callback for an exception of the work)."""


class WorkQueue:
    """Work for one thread, which starts with the first of it and goes with `stop`, which the
    interpreter's exit calls.

    Whatever a piece of work raises is reported, and the thread goes on. A fork waits for the piece
    at hand; what is queued then is done in both processes, each on its own memory. `backlog` counts
    the unfinished submissions of all queues of a device.
    """

    def __init__(self, name: str, backlog: Backlog | None = None):
        self.name = name
        self.backlog = Backlog() if backlog is None else backlog
        self._ready: deque[Work] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """True when work was made ready, False for the end."""
        self._running = threading.RLock()
        """Held while a piece of work is taken and done."""
        self._starting = threading.RLock()
        self._is_starting = False
        self._thread: threading.Thread | None = None
        self._is_busy = False
        self._current: object = None
        """What the work at hand is a method of."""
        self._is_over = False
        """True if the thread was stopped."""
        self._refusing: set[int] = set()
        """Identifiers of the threads that fail what is ready."""
        take_part(self)

    def submit(self, wait: Fence | None, submission: Submission) -> None:
        """Runs the submission on the queue's thread once `wait` is reached or has failed, passing
        the failure of `wait` or None. Blocks before that while too much is submitted.

        If the thread cannot be started, fails the submission with RESOURCE_EXHAUSTED. Raises
        UNAVAILABLE if the queue was stopped, as at the interpreter's exit.
        """
        self.backlog.admit(submission, (self,))
        self.take(wait, submission)

    def take(self, wait: Fence | None, submission: Submission) -> None:
        """Does what `submit` does, without blocking and without counting the submission."""
        if self._is_over:
            raise self._too_late()

        def put(failure: StatusError | None) -> None:
            submission.queue = self
            self._put((submission.run, failure, submission.refuse))

        when_ready(wait, submission, put)

    def call(self, work: Callable[[], object]) -> None:
        """Calls `work` on the queue's thread after all work that is ready now."""

        def run(failure: StatusError | None) -> None:
            work()

        self._put((run, None, report))

    @property
    def thread_id(self) -> int | None:
        """Identifier of the queue's thread; None if it has not started."""
        return None if self._thread is None else self._thread.ident

    @property
    def load(self) -> int:
        """Number of pieces of work that are ready or running."""
        return len(self._ready) + self._is_busy

    @property
    def is_working(self) -> bool:
        """Whether the thread runs a submission, rather than callbacks of one that has ended."""
        return isinstance(current := self._current, Submission) and current.is_working

    def drain(self) -> None:
        """Waits until no work is ready, including work that earlier work makes ready. Raises ABORTED
        if the queue's thread is in a deadlock.
        """
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        empty = threading.Event()

        def mark(failure: StatusError | None) -> None:
            if self._ready:
                self._put((mark, None, give_up))
            else:
                empty.set()

        def give_up(error: Exception) -> None:
            report(error)
            empty.set()

        self._put((mark, None, give_up))

        def is_empty(seconds: float) -> list[bool]:
            return [True] if empty.wait(seconds) or not thread.is_alive() else []

        wait_watched(ThreadWait(lambda: deadlock.thread_waits(thread.ident)), is_empty)

    def stop(self) -> None:
        """Ends the thread after all work that is ready; later work fails with UNAVAILABLE."""
        thread = self._thread
        if thread is None:
            return
        self._bell.put(False)
        if thread is not threading.current_thread():
            thread.join(timeout=10)
            self._is_over = True
            self._refuse(self._too_late())
        atexit.unregister(self.stop)

    def _put(self, work: Work) -> None:
        self._ready.append(work)
        self._bell.put(True)
        if self._thread is None:
            self._start()
        elif self._is_over:
            self._refuse(self._too_late())

    def _start(self) -> None:
        with self._starting:
            # A finalizer may interrupt this in the same thread and submit work of its own.
            if self._thread is not None or self._is_starting:
                return
            reason = ""
            thread = threading.Thread(target=self._main, name=self.name, daemon=True)
            try:
                self._is_starting = True
                thread.start()
                self._thread = thread
            except RuntimeError as error:
                reason = f"cannot start a thread for {self.name}: {error}"
            finally:
                self._is_starting = False
        if reason:
            self._refuse(StatusError(StatusCode.RESOURCE_EXHAUSTED, reason))
            return
        # A daemon thread in foreign code while the interpreter goes down would crash it.
        atexit.register(self.stop)

    def _too_late(self) -> StatusError:
        return StatusError(
            StatusCode.UNAVAILABLE,
            f"{self.name} has been stopped, as its device has gone or the interpreter exits: "
            "submit, and wait for the results, before that",
        )

    def _refuse(self, failure: StatusError) -> None:
        this = threading.get_ident()
        if this in self._refusing:
            return  # what a failure made ready is failed by the loop that is at it
        self._refusing.add(this)
        try:
            self._refuse_ready(failure)
        finally:
            self._refusing.discard(this)

    def _refuse_ready(self, failure: StatusError) -> None:
        raised: BaseException | None = None
        while self._ready:
            run, _, _ = self._ready.popleft()
            try:
                run(failure)
            except BaseException as error:
                raised = raised or error
        if raised is not None:
            raise raised

    def _main(self) -> None:
        is_on = True
        while is_on or self._ready:
            try:
                workers.add(threading.get_ident())
                while self._ready:
                    with self._running:
                        self._do_next()
                is_on = is_on and self._bell.get()
            except Exception as error:
                report(error)
        # An interrupted start may have led to a second thread, which this ends.
        self._bell.put(False)
        workers.discard(threading.get_ident())

    def _do_next(self) -> None:
        self._is_busy = True
        run, failure, refuse = self._ready.popleft()
        try:
            self._current = getattr(run, "__self__", None)
            run(failure)
        except Exception as error:
            refuse(error)
        except BaseException as error:
            report(error)
        finally:
            self._current = None
            self._is_busy = False

    def hold(self) -> None:
        """Waits for the piece at hand; no other is begun."""
        self._running.acquire()

    def let_go(self) -> None:
        """Lets the thread go on after a fork."""
        self._running.release()

    def begin_anew(self) -> list[Callable[[], object]]:
        """Renews the queue in a forked process. Returns a function that starts a new thread for the
        work that is ready.
        """
        self._running = threading.RLock()
        self._starting = threading.RLock()
        self._is_starting = False
        self._bell = queue.SimpleQueue()
        if self._thread is not None and self._thread.ident is not None:
            workers.discard(self._thread.ident)
        self._thread = None
        return [self._start_anew]

    def _start_anew(self) -> None:
        if self._ready:
            self._bell.put(True)
            self._start()


class QueueGroup:
    """Several queues, each with its own thread. A submission runs on the queue with the least load
    at the time when its wait is reached. All of them have the same backlog.
    """

    def __init__(self, queues: Sequence[WorkQueue]):
        self.queues = queues

    def submit(self, wait: Fence | None, submission: Submission) -> None:
        """Runs the submission on one of the queues once `wait` is reached, or fails it once `wait`
        has failed. Blocks before that while too much is submitted. Raises UNAVAILABLE if the queues
        were stopped.
        """
        self.queues[0].backlog.admit(submission, self.queues)

        def put(failure: StatusError | None) -> None:
            queue = min(self.queues, key=lambda queue: queue.load)
            if submission.log is not None:
                submission.log.lane = queue.name
            queue.take(None, submission) if failure is None else submission.run(failure)

        when_ready(wait, submission, put)

    def drain(self) -> None:
        """Waits until no queue has work that is ready or running, including work that the queues
        make ready for each other.
        """
        while any(queue.load for queue in self.queues):
            for each in self.queues:
                each.drain()


def when_ready(wait: Fence | None, submission: Submission, put: Waiter) -> None:
    """Calls `put` with the failure of `wait`, or with None if it is reached: now if `wait` is
    already reached or has failed, else once it is. Parks the submission until then.
    """
    if wait is None:
        put(None)
    elif not submission.park(wait, put):
        put(wait.failure)
