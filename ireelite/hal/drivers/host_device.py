"""What the CPU devices have in common: host memory, prepared commands, and how a submission ends.

They differ in who runs a submission and when, which is their `_start`.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import Binding, Command, CommandBuffer
from ireelite.hal.device import Device, failure_of
from ireelite.hal.drivers.host_commands import Step, prepared
from ireelite.hal.executable import Executable, HostExecutable, LoaderSet
from ireelite.hal.host_allocator import HostAllocator
from ireelite.hal.semaphore import Fence
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.hal.recording import SubmissionLog


class HostDevice(Device):
    """A CPU device."""

    def __init__(self, ids: Sequence[str], loaders: LoaderSet):
        self._host = HostAllocator()
        super().__init__(ids, loaders, self._host)
        self._lock = threading.RLock()
        """Held while commands run: executables need not take calls that overlap."""

    def create_executable(
        self, format: str, data: memoryview, constants: memoryview | None = None
    ) -> Executable:
        """Loads code; what is imported from now on is as the code would have it: aligned, and
        private if it writes to constants.
        """
        executable = super().create_executable(format, data, constants)
        if isinstance(executable, HostExecutable):
            self._host.alignment = max(self._host.alignment, executable.binding_alignment)
            self._host.private |= executable.writes_constants
        return executable

    def submit(
        self,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        log: SubmissionLog | None = None,
    ) -> None:
        """Runs commands when `wait` is reached."""
        self._start(wait, signal, prepared(commands), (), log)

    def execute(
        self,
        wait: Fence | None,
        signal: Fence | None,
        command_buffer: CommandBuffer,
        table: Sequence[Binding] = (),
        log: SubmissionLog | None = None,
    ) -> None:
        """Runs a command buffer when `wait` is reached."""
        command_buffer.begin_execution(table)
        steps = command_buffer.prepared
        if steps is None:
            steps = command_buffer.prepared = prepared(command_buffer.commands)
        self._start(wait, signal, steps, table, log)  # pyright: ignore[reportArgumentType]

    def alloca(
        self,
        wait: Fence | None,
        signal: Fence | None,
        memory_type: int,
        usage: int,
        byte_length: int,
        log: SubmissionLog | None = None,
    ) -> Buffer:
        """A transient buffer; it is there at once, whatever is to be waited for,
        and holds anything.
        """
        buffer = self._host.allocate(memory_type, usage, byte_length, zeroed=False)
        if log is not None:
            log.name_allocated(buffer)
        if wait is not None or log is not None:
            self._start(wait, signal, [], (), log)
        elif signal is not None:
            for semaphore, value in signal.timepoints:
                semaphore.signal(value)
        return buffer

    @abstractmethod
    def _start(
        self,
        wait: Fence | None,
        signal: Fence | None,
        steps: list[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        """Sees to it that the steps run once `wait` is reached."""

    def _run(
        self,
        signal: Fence | None,
        steps: list[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        """Runs steps whose wait is over, in this thread. Raises their failure if there is no fence
        to carry it."""
        if log is not None:
            self._run_logged(signal, steps, table, log)
            return
        failed: StatusError | None = None
        # Not `with`, which takes twice as long.
        self._lock.acquire()
        try:
            for step in steps:
                step(table)
        except Exception as error:
            failed = failure_of(error)
        finally:
            self._lock.release()
        if failed is not None:
            if signal is None:
                raise failed from failed.__cause__
            signal.fail(failed)
        elif signal is not None:
            for semaphore, value in signal.timepoints:
                semaphore.signal(value)

    def _run_logged(
        self, signal: Fence | None, steps: list[Step], table: Sequence[Binding], log: SubmissionLog
    ) -> None:
        log.waited()
        first = len(log.work) - len(steps)
        for index in range(first):
            now = time.perf_counter_ns()
            log.did(index, now, now)
        done = first
        try:
            with self._lock:
                for step in steps:
                    begin = time.perf_counter_ns()
                    step(table)
                    log.did(done, begin, time.perf_counter_ns())
                    done += 1
        except Exception as error:
            failure = failure_of(error)
            log.failed(failure, done)
            if signal is None:
                raise failure from failure.__cause__
            signal.fail(failure)
            return
        log.signal()


def fail_submission(failure: StatusError, signal: Fence | None, log: SubmissionLog | None) -> None:
    """Passes what a submission waited for, and failed, on to those who wait for the submission."""
    if log is not None:
        log.failed(failure)
    if signal is not None:
        signal.fail(failure)
