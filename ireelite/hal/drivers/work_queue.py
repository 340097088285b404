"""A queue with a thread of its own, for devices that do not work in the thread that submits.

Work is done one piece after another, in the order in which what it waits for comes to pass; so
waiting before signalling works, and work that blocks blocks nobody who only submits.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections import deque
from collections.abc import Callable

from ireelite.hal.forking import take_part
from ireelite.hal.semaphore import Fence, workers
from ireelite.status import StatusError

Work = Callable[[], None]


class WorkQueue:
    """Work for one thread, which starts with the first of it and goes with `stop`, which the
    interpreter's exit calls.

    A fork waits for the piece at hand; what is queued then is done in both processes, each on its
    own memory.
    """

    def __init__(self, name: str):
        self._name = name
        self._ready: deque[Work] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """True for each piece of work that was made ready, False for the end."""
        self._running = threading.RLock()
        """Held while a piece of work is taken and done."""
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        take_part(self)
        workers.add(self)

    def submit(self, wait: Fence | None, run: Work, fail: Callable[[StatusError], None]) -> None:
        """Has `run` called on the thread once `wait` is reached, or `fail` if it fails."""

        def arrived(failure: StatusError | None) -> None:
            self._put(run if failure is None else lambda: fail(failure))

        if wait is None:
            self._put(run)
        elif not wait.when_reached(arrived):
            try:
                wait.reached()
            except StatusError as failure:
                fail(failure)
            else:
                self._put(run)

    def drain(self) -> None:
        """Returns when nothing is ready, work that was made ready by the work before it
        included."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        empty = threading.Event()

        def marker() -> None:
            if self._ready:
                self._put(marker)
            else:
                empty.set()

        self._put(marker)
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
            self._thread = threading.Thread(target=self._main, name=self._name, daemon=True)
            self._thread.start()
        # A daemon thread in foreign code while the interpreter goes down would crash it.
        atexit.register(self.stop)

    def _main(self) -> None:
        while self._bell.get():
            with self._running:
                work = self._ready.popleft()
                try:
                    work()
                except Exception as error:
                    # Nobody joins this thread: what no fence carries is told as of any thread.
                    threading.excepthook(
                        threading.ExceptHookArgs(
                            (type(error), error, error.__traceback__, threading.current_thread())
                        )
                    )
                del work

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
        for _ in self._ready:
            self._bell.put(True)
        if self._ready:
            self._start()
