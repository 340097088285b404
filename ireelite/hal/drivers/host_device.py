"""What the CPU devices have in common: host memory, prepared commands, and how a submission ends.

They differ in who runs a submission and when, which is their `_start`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import Binding, Command, CommandBuffer, check_uses
from ireelite.hal.device import Device
from ireelite.hal.drivers.host_commands import Step, prepared
from ireelite.hal.executable import Executable, HostExecutable, LoaderSet
from ireelite.hal.host_allocator import HostAllocator
from ireelite.hal.host_transient import HostTransient
from ireelite.hal.semaphore import Fence
from ireelite.hal.submission import Submission, decide_failure
from ireelite.status import failure_of

if TYPE_CHECKING:
    from ireelite.hal.host_pool import HostPool
    from ireelite.hal.recording import SubmissionLog


class HostDevice(Device):
    """A CPU device."""

    def __init__(self, ids: Sequence[str], loaders: LoaderSet, pool: HostPool | None = None):
        self._host = HostAllocator()
        self.pool = pool
        """The threads that share work; None if the device has none."""
        self.memory = self._host.memory
        super().__init__(ids, loaders, self._host)

    @property
    def host_allocator(self) -> HostAllocator:
        """The device's allocator, whose buffers the host reads and writes where they are."""
        return self._host

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
        try:
            check_uses(commands)
            steps = prepared(commands, self.pool)
        except BaseException as error:
            if signal is not None:
                signal.fail(failure_of(error))
            raise
        self._begin(wait, signal, steps, (), log)

    def execute(
        self,
        wait: Fence | None,
        signal: Fence | None,
        command_buffer: CommandBuffer,
        table: Sequence[Binding] = (),
        log: SubmissionLog | None = None,
    ) -> None:
        """Runs a command buffer when `wait` is reached."""
        try:
            command_buffer.begin_execution(table)
            if (steps := command_buffer.prepared) is None:
                steps = command_buffer.prepared = prepared(command_buffer.commands, self.pool)
        except BaseException as error:
            if signal is not None:
                signal.fail(failure_of(error))
            raise
        self._begin(wait, signal, steps, table, log)

    def alloca(
        self,
        wait: Fence | None,
        signal: Fence | None,
        memory_type: int,
        usage: int,
        byte_length: int,
        log: SubmissionLog | None = None,
    ) -> Buffer:
        """Returns a transient buffer with undefined contents. Its memory is allocated at once if
        there is nothing to wait for, else by the queue when `wait` is reached.
        """
        try:
            if wait is not None and not wait.passed():
                return self._alloca_later(wait, signal, memory_type, usage, byte_length, log)
            buffer = self._host.allocate(memory_type, usage, byte_length, zeroed=False)
            if log is not None:
                log.name_allocated(buffer)
            if wait is None:
                if log is not None:
                    log.ran()
                if signal is not None:
                    signal.signal(log)
                return buffer
        except BaseException as error:
            decide_failure(failure_of(error), signal, log)
            raise
        self._begin(wait, signal, (), (), log)
        return buffer

    def _alloca_later(
        self,
        wait: Fence,
        signal: Fence | None,
        memory_type: int,
        usage: int,
        byte_length: int,
        log: SubmissionLog | None,
    ) -> Buffer:
        buffer = self._host.transient(memory_type, usage, byte_length)
        if log is not None:
            log.name_allocated(buffer)
        self._submit(wait, MemorySubmission(self, signal, log, lambda: self._host.commit(buffer)))
        return buffer

    def dealloca(
        self,
        wait: Fence | None,
        signal: Fence | None,
        buffer: Buffer,
        log: SubmissionLog | None = None,
    ) -> None:
        """Releases a transient buffer. Memory that the queue allocated is released when `wait` is
        reached; memory that was allocated at once is released when nothing refers to it any more.
        """
        root = buffer.root if isinstance(buffer, Buffer) else buffer
        if isinstance(root, HostTransient):
            self._submit(wait, MemorySubmission(self, signal, log, root.memory.decommit))
        else:
            self.submit(wait, signal, (), log)

    def _submit(self, wait: Fence | None, submission: HostSubmission) -> None:
        try:
            self._start(wait, submission)
        except BaseException as error:
            submission.abandon(error)
            raise

    def _begin(
        self,
        wait: Fence | None,
        signal: Fence | None,
        steps: Sequence[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        submission: HostSubmission | None = None
        try:
            submission = HostSubmission(self, signal, log, steps, table)
            self._start(wait, submission)
        except BaseException as error:
            if submission is not None:
                submission.abandon(error)
            elif signal is not None:
                signal.fail(failure_of(error))
            raise

    @abstractmethod
    def _start(self, wait: Fence | None, submission: HostSubmission) -> None:
        """Runs the submission once `wait` is decided: with its failure if it fails."""


class HostSubmission(Submission):
    """Prepared commands with their binding table. It keeps its device as long as it waits."""

    def __init__(
        self,
        device: HostDevice,
        signal: Fence | None,
        log: SubmissionLog | None,
        steps: Sequence[Step],
        table: Sequence[Binding],
    ):
        super().__init__(signal, log, device)
        self.steps = steps
        self.table = tuple(table)

    def work(self) -> None:
        """Runs the steps in this thread."""
        run_steps(self.steps, self.table, self.log)


def run_steps(steps: Sequence[Step], table: Sequence[Binding], log: SubmissionLog | None) -> None:
    """Runs prepared commands in this thread, and records when each of them ran."""
    if log is None:
        for step in steps:
            step(table)
        return
    log.started()
    if not steps:
        return
    # The end of one command is the beginning of the next: nothing else happens between them.
    begin, did = perf_counter_ns(), log.did
    for step in steps:
        step(table)
        did(begin, begin := perf_counter_ns())


class MemorySubmission(HostSubmission):
    """A submission that allocates or releases the memory of a transient buffer."""

    def __init__(
        self,
        device: HostDevice,
        signal: Fence | None,
        log: SubmissionLog | None,
        change: Callable[[], None],
    ):
        super().__init__(device, signal, log, (), ())
        self.change = change

    def work(self) -> None:
        """Allocates or releases the memory."""
        super().work()
        self.change()
