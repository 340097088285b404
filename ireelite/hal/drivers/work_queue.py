"""A queue with a thread of its own, for devices that do not work in the thread that submits.

Work is done one piece after another, in the order in which what it waits for comes to pass; so
waiting before signalling works, and work that blocks blocks nobody who only submits.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections import deque

from ireelite.hal.forking import take_part
from ireelite.hal.semaphore import Fence, Waiter, report, workers
from ireelite.status import StatusCode, StatusError

Work = tuple[Waiter, StatusError | None]
"""What is called, and the failure of what it waited for."""


class WorkQueue:
    """Work for one thread, which starts with the first of it and goes with `stop`, which the
    interpreter's exit calls.

    Whatever a piece of work raises is reported, and the thread goes on. A fork waits for the piece
    at hand; what is queued then is done in both processes, each on its own memory.
    """

    def __init__(self, name: str):
        self._name = name
        self._ready: deque[Work] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """True when work was made ready, False for the end."""
        self._running = threading.RLock()
        """Held while a piece of work is taken and done."""
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        take_part(self)
        workers.add(self)

    def submit(self, wait: Fence | None, run: Waiter) -> None:
        """Has `run` called on the thread once `wait` is decided: with its failure, or None.

        Where the thread cannot be started, `run` is called here, with RESOURCE_EXHAUSTED.
        """
        if wait is None:
            self._put((run, None))
        elif not wait.when_reached(lambda failure: self._put((run, failure))):
            self._put((run, wait.failure))

    def drain(self) -> None:
        """Returns when nothing is ready, work that was made ready by the work before it
        included."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        empty = threading.Event()

        def mark(failure: StatusError | None) -> None:
            if self._ready:
                self._put((mark, None))
            else:
                empty.set()

        self._put((mark, None))
        while not empty.wait(timeout=1) and thread.is_alive():
            continue

    def is_idle(self) -> bool:
        """Whether the thread is there, is not the one that asks, and has nothing to do."""
        thread = self._thread
        if thread is None or not thread.is_alive() or thread is threading.current_thread():
            return False
        # With this lock held no work is under way, and none can be taken from what is ready.
        if not self._running.acquire(blocking=False):
            return False
        try:
            return not self._ready
        finally:
            self._running.release()

    def stop(self) -> None:
        """Ends the thread after what is ready."""
        thread = self._thread
        if thread is None:
            return
        self._bell.put(False)
        if thread is not threading.current_thread():
            thread.join(timeout=10)
        atexit.unregister(self.stop)

    def _put(self, work: Work) -> None:
        self._ready.append(work)
        self._bell.put(True)
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            reason = ""
            thread = threading.Thread(target=self._main, name=self._name, daemon=True)
            try:
                thread.start()
                self._thread = thread
            except RuntimeError as error:
                reason = f"cannot start a thread for {self._name}: {error}"
        if reason:
            self._refuse(reason)
            return
        # A daemon thread in foreign code while the interpreter goes down would crash it.
        atexit.register(self.stop)

    def _refuse(self, message: str) -> None:
        while self._ready:
            run, _ = self._ready.popleft()
            run(StatusError(StatusCode.RESOURCE_EXHAUSTED, message))

    def _main(self) -> None:
        while self._bell.get():
            while self._ready:
                with self._running:
                    self._do_next()

    def _do_next(self) -> None:
        run, failure = self._ready.popleft()
        try:
            run(failure)
        except BaseException as error:
            report(error)

    def hold(self) -> None:
        """Waits for the piece at hand; no other is begun."""
        self._running.acquire()

    def let_go(self) -> None:
        """The thread goes on."""
        self._running.release()

    def begin_anew(self) -> None:
        """A new thread does what is ready."""
        self._running = threading.RLock()
        self._starting = threading.Lock()
        self._bell = queue.SimpleQueue()
        self._thread = None
        if self._ready:
            self._bell.put(True)
            self._start()
