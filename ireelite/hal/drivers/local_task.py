"""Driver `local-task`: work runs on the CPU, in a thread of the device's own.

A submission returns at once and runs when its waits are reached, one after another; the threads of
the process's pool share the workgroups of a dispatch that takes long.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from ireelite.hal.drivers.host_device import HostDevice, HostSubmission
from ireelite.hal.drivers.work_queue import WorkQueue
from ireelite.hal.executable import LoaderSet
from ireelite.hal.host_pool import host_pool
from ireelite.hal.semaphore import Fence


class LocalTaskDevice(HostDevice):
    """A CPU device with a worker thread, which the pool helps."""

    def __init__(self, loaders: LoaderSet, ids: Sequence[str] = ("local-task",)):
        super().__init__(ids, loaders, host_pool())
        self._queue = WorkQueue(self.lane)
        weakref.finalize(self, self._queue.stop)

    def wait_idle(self) -> None:
        """Returns when the worker has nothing left to do."""
        self._queue.drain()

    def _start(self, wait: Fence | None, submission: HostSubmission) -> None:
        self._queue.submit(wait, submission)
