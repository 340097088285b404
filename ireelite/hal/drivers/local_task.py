"""Driver `local-task`: work runs on the CPU, in a thread of each of the device's queues.

A submission returns at once and runs when its waits are reached; the threads of the process's pool
share the workgroups of a dispatch that takes long.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Sequence

from ireelite.hal.device import Device
from ireelite.hal.drivers.host_device import HostDevice, HostSubmission
from ireelite.hal.drivers.work_queue import QueueGroup, WorkQueue
from ireelite.hal.executable import LoaderSet
from ireelite.hal.host_pool import host_pool
from ireelite.hal.semaphore import Fence
from ireelite.status import invalid_argument

MOST_QUEUES = 64
"""As many as an affinity has bits."""


class LocalTaskDevice(HostDevice):
    """A CPU device with a worker thread for each queue, which the pool helps."""

    def __init__(
        self, loaders: LoaderSet, ids: Sequence[str] = ("local-task",), queue_count: int = 1
    ):
        if not 1 <= queue_count <= MOST_QUEUES:
            raise invalid_argument(
                f"{queue_count} queues: local-task has from 1 to {MOST_QUEUES} of them"
            )
        super().__init__(ids, loaders, host_pool())
        self._queues = [WorkQueue(f"{self.id}/queue{n}") for n in range(queue_count)]
        self._queue: WorkQueue | QueueGroup = (
            self._queues[0] if queue_count == 1 else QueueGroup(self._queues)
        )
        self._whole: LocalTaskDevice | None = None
        """The device with all its queues, if this one has some."""
        for queue in self._queues:
            weakref.finalize(self, queue.stop)

    @property
    def queue_count(self) -> int:
        """How many queues the device has."""
        return len(self._queues)

    def on(self, affinity: int) -> Device:
        """The device with the queues of a mask. Raises INVALID_ARGUMENT if it has none of them."""
        super().on(affinity)
        queues = [queue for n, queue in enumerate(self._queues) if affinity >> n & 1]
        if len(queues) == len(self._queues):
            return self._whole or self
        # What the copy shares with the device is all but the queue.
        some = copy.copy(self)
        some._whole = self._whole or self
        some._queue = queues[0] if len(queues) == 1 else QueueGroup(queues)
        some.lane = queues[0].name
        return some

    def wait_idle(self) -> None:
        """Returns when the workers have nothing left to do."""
        self._queue.drain()

    def _start(self, wait: Fence | None, submission: HostSubmission) -> None:
        self._queue.submit(wait, submission)
