"""`HalDeviceLoopBridge`: semaphores as futures of an asyncio loop."""

from __future__ import annotations

import asyncio
from typing import Any

from ireelite.runtime.errors import as_exception
from ireelite.runtime.hal_device import HalDevice
from ireelite.runtime.hal_timeline import HalSemaphore
from ireelite.status import StatusError


class HalDeviceLoopBridge:
    """Makes futures of one loop. No thread waits: whoever signals a semaphore tells the loop."""

    def __init__(self, device: HalDevice, loop: asyncio.AbstractEventLoop):
        self._device = device
        self._loop = loop
        self._stopped = False

    def on_semaphore(
        self, semaphore: HalSemaphore, payload: int, value: Any
    ) -> asyncio.Future[Any]:
        """Returns a future that becomes `value` when the payload is reached, or the failure of the
        semaphore. Raises RuntimeError after `stop`.
        """
        if self._stopped:
            raise RuntimeError("the bridge has been stopped")
        future: asyncio.Future[Any] = self._loop.create_future()

        def settle(failure: StatusError | None) -> None:
            if future.done() or self._stopped:
                return
            if failure is None:
                future.set_result(value)
            else:
                future.set_exception(as_exception(failure, "semaphore failed"))

        def reached(failure: StatusError | None) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(settle, failure)

        if not semaphore.semaphore.when_reached(payload, reached):
            reached(semaphore.semaphore.failure)
        return future

    def stop(self) -> None:
        """Leaves all futures as they are from now on."""
        self._stopped = True
