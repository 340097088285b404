"""Fences in asyncio: a coroutine awaits a fence without blocking a thread."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ireelite.hal.semaphore import Fence
    from ireelite.status import StatusError


def await_fence(fence: Fence) -> Generator[Any, None, None]:
    """Suspends the running task until the fence is reached. Raises the failure of a failed fence.

    The thread that signals wakes the task's event loop. Cancelling the task leaves the fence
    unchanged.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def finish() -> None:
        if not future.done():
            future.set_result(None)

    def wake(failure: StatusError | None) -> None:
        # A closed event loop raises RuntimeError; none of its tasks waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    if (wait := fence.watch(wake)) is not None:
        try:
            yield from future
        finally:
            wait.cancel()
    fence.reached()
