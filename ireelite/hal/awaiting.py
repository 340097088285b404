"""Fences in asyncio: a coroutine awaits a fence without blocking a thread."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ireelite.hal import deadlock
from ireelite.hal.deadlock import Timepoint, WaitGraph
from ireelite.hal.waits import FIRST_LOOK, LAST_LOOKS, Wait
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.hal.semaphore import Fence, Semaphore


def await_fence(fence: Fence) -> Generator[Any, None, None]:
    """Suspends the running task until the fence is reached. Raises the failure of a failed fence.
    In a deadlock, and if only unknown code can signal the fence, does what `Fence.wait` does.

    The thread that signals wakes the task's event loop. Cancelling the task leaves the fence
    unchanged.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not future.done():
            future.set_result(None)

    def wake(failure: StatusError | None) -> None:
        # A closed event loop raises RuntimeError; none of its tasks waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    if (wait := fence.watch(wake)) is not None:
        looks = _looks.setdefault(loop, _Looks())
        task_wait = _TaskWait(wait, future)
        try:
            looks.add(task_wait, loop)
            yield from future
        finally:
            looks.remove(task_wait)
            wait.cancel()
    fence.reached()


class _TaskWait:
    """Wait of a task for a fence."""

    signals: Sequence[tuple[Semaphore, int]] = ()
    has_ended = False

    def __init__(self, wait: Wait, future: asyncio.Future[None]):
        self.waits: Sequence[Timepoint] = wait.timepoints
        self.warned = False
        self.begin = time.monotonic()
        self._future = future
        self._task = asyncio.current_task()

    def look(self, graph: WaitGraph) -> None:
        """Fails the wait if it is a deadlock. Warns once if only unknown code can end it."""
        seconds = 0 if self.warned else time.monotonic() - self.begin
        found = deadlock.check(self, seconds, graph)
        if found is None or self._future.done():
            return
        if isinstance(found, StatusError):
            self._future.set_exception(found)
            return
        self.warned = True
        try:
            self._warn(found)
        except deadlock.WaitWarning as error:
            # Filters may turn warnings into errors.
            self._future.set_exception(error)

    def _warn(self, message: str) -> None:
        """Issues a warning at the line where the task's coroutine waits."""
        frames = [] if self._task is None else self._task.get_stack(limit=1)
        if not frames:
            deadlock.warn(message)
            return
        code, line = frames[0].f_code, frames[0].f_lineno
        registry = frames[0].f_globals.setdefault("__warningregistry__", {})
        warnings.warn_explicit(
            message, deadlock.WaitWarning, code.co_filename, line, registry=registry
        )

    def __str__(self) -> str:
        return "a coroutine" if self._task is None else f"task '{self._task.get_name()}'"


class _Looks:
    """Checks the waits of one event loop for deadlocks, all of them at a time."""

    def __init__(self) -> None:
        self._waits: dict[_TaskWait, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._seconds = FIRST_LOOK

    def add(self, wait: _TaskWait, loop: asyncio.AbstractEventLoop) -> None:
        """Adds a wait, which is first checked after at most `FIRST_LOOK` seconds."""
        self._waits[wait] = None
        if self._timer is None or self._seconds > FIRST_LOOK:
            self._start(loop, FIRST_LOOK)

    def remove(self, wait: _TaskWait) -> None:
        """Removes a wait, which is over."""
        del self._waits[wait]
        if not self._waits and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._seconds = seconds
        self._timer = loop.call_later(seconds, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        graph = WaitGraph()
        for wait in list(self._waits):
            wait.look(graph)
        self._start(loop, min(2 * self._seconds, LAST_LOOKS))


_looks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Looks] = WeakKeyDictionary()
"""By event loop, of those in which a fence has been awaited."""
