"""Driver `local-task`: work runs on the CPU, in a thread of the device's own.

A submission returns at once and runs when its waits are reached, one after another.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ireelite.hal.command_buffer import Binding
from ireelite.hal.drivers.host_commands import Step
from ireelite.hal.drivers.host_device import HostDevice, fail_submission
from ireelite.hal.drivers.work_queue import WorkQueue
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence

if TYPE_CHECKING:
    from ireelite.hal.recording import SubmissionLog


class LocalTaskDevice(HostDevice):
    """A CPU device with one worker thread."""

    def __init__(self, loaders: LoaderSet, ids: Sequence[str] = ("local-task",)):
        super().__init__(ids, loaders)
        self._queue = WorkQueue(self.lane)
        weakref.finalize(self, self._queue.stop)

    def wait_idle(self) -> None:
        """Returns when the worker has nothing left to do."""
        self._queue.drain()

    def _start(
        self,
        wait: Fence | None,
        signal: Fence | None,
        steps: list[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        self._queue.submit(
            wait,
            lambda: self._run(signal, steps, table, log),
            lambda failure: fail_submission(failure, signal, log),
        )
