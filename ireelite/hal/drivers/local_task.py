"""Driver `local-task`: work runs on the CPU, in one thread for each queue of the device.

A submission returns at once and runs when the fence that it waits for is reached; the threads of
the process's pool share the workgroups of long dispatches.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from ireelite.hal.device import Device
from ireelite.hal.drivers.backlog import Backlog
from ireelite.hal.drivers.host_device import HostDevice, HostSubmission
from ireelite.hal.drivers.work_queue import QueueGroup, WorkQueue
from ireelite.hal.executable import LoaderSet
from ireelite.hal.host_pool import host_pool
from ireelite.hal.semaphore import Fence
from ireelite.status import invalid_argument

MAX_QUEUES = 64
"""Maximum number of queues of a device: the number of bits of an affinity mask."""


class LocalTaskDevice(HostDevice):
    """A CPU device with a worker thread for each queue; the pool's threads share long dispatches."""

    def __init__(
        self, loaders: LoaderSet, ids: Sequence[str] = ("local-task",), queue_count: int = 1
    ):
        if not 1 <= queue_count <= MAX_QUEUES:
            raise invalid_argument(
                f"{queue_count} queues: local-task has from 1 to {MAX_QUEUES} of them"
            )
        super().__init__(ids, loaders, host_pool())
        backlog = Backlog()
        self._queues = [WorkQueue(f"{self.id}/queue{n}", backlog) for n in range(queue_count)]
        self._queue: WorkQueue | QueueGroup = (
            self._queues[0] if queue_count == 1 else QueueGroup(self._queues)
        )
        self._whole: LocalTaskDevice | None = None
        """The device with all queues if this object is restricted to some of them, else None."""
        for queue in self._queues:
            weakref.finalize(self, queue.stop)

    @property
    def queue_count(self) -> int:
        """Number of queues of the device."""
        return len(self._queues)

    def name_lane(self, name: str) -> None:
        """Sets the names of the device's queues in execution records: `NAME/queue0` and so on."""
        super().name_lane(name)
        for number, queue in enumerate(self._queues):
            queue.name = f"{name}/queue{number}"

    def on(self, affinity: int) -> Device:
        """Returns the device restricted to the queues of a mask. Raises INVALID_ARGUMENT if the
        mask has no queue of the device.
        """
        super().on(affinity)
        queues = [queue for n, queue in enumerate(self._queues) if affinity >> n & 1]
        if len(queues) == len(self._queues):
            return self._whole or self
        # The copy shares everything with the device except the queue and its name.
        some = object.__new__(type(self))
        vars(some).update(vars(self))
        some._whole = self._whole or self
        some._queue = queues[0] if len(queues) == 1 else QueueGroup(queues)
        some.lane = queues[0].name
        return some

    def wait_idle(self) -> None:
        """Waits until the workers have nothing left to do."""
        self._queue.drain()

    def _start(self, wait: Fence | None, submission: HostSubmission) -> None:
        self._queue.submit(wait, submission)
