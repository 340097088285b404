"""Driver `local-sync`: work runs on the CPU, in the thread that submits it.

There is no thread of its own. A submission whose waits are not reached is parked, and is run by the
thread whose signal completes them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ireelite.hal.command_buffer import Binding
from ireelite.hal.drivers.host_commands import Step
from ireelite.hal.drivers.host_device import HostDevice, fail_submission
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.hal.recording import SubmissionLog


class LocalSyncDevice(HostDevice):
    """A CPU device without threads."""

    def __init__(self, loaders: LoaderSet, ids: Sequence[str] = ("local-sync",)):
        super().__init__(ids, loaders)
        self._ready: deque[Callable[[], None]] = deque()
        self._draining: set[int] = set()

    def _start(
        self,
        wait: Fence | None,
        signal: Fence | None,
        steps: list[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        try:
            if wait is not None and not wait.reached():

                def arrived(failure: StatusError | None) -> None:
                    if failure is None:
                        self._enqueue(lambda: self._run(signal, steps, table, log))
                    else:
                        self._enqueue(lambda: fail_submission(failure, signal, log))

                if wait.when_reached(arrived):
                    return
                wait.reached()
        except StatusError as failure:
            fail_submission(failure, signal, log)
            return
        self._run(signal, steps, table, log)

    def _enqueue(self, run: Callable[[], None]) -> None:
        """Runs what has become ready; from within such a run it only queues it, so that chains do
        not nest. All of it runs, whether some fails or not; raises what failed first.
        """
        self._ready.append(run)
        thread = threading.get_ident()
        if thread in self._draining:
            return
        self._draining.add(thread)
        failures: list[Exception] = []
        try:
            while (ready := self._next()) is not None:
                try:
                    ready()
                except Exception as failure:
                    failures.append(failure)
        finally:
            self._draining.discard(thread)
        if failures:
            raise failures[0]

    def _next(self) -> Callable[[], None] | None:
        try:
            return self._ready.popleft()
        except IndexError:
            return None
