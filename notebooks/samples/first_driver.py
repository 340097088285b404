"""A HAL driver in one file: a device with a queue of its own, on the CPU.

    import ireelite
    from first_driver import FirstDevice
    ireelite.load(program, device=FirstDevice())

A driver consists of an allocator for buffers, code that runs commands, and a queue ordered by
fences. `notebooks/08_your_own_driver.ipynb` builds this file step by step.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from queue import SimpleQueue
from time import perf_counter_ns
from typing import Any

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import (
    Barrier,
    Binding,
    BufferRef,
    Command,
    CommandBuffer,
    Copy,
    DebugGroup,
    Dispatch,
    Fill,
    ReadBack,
    Update,
    check_lengths,
    check_uses,
)
from ireelite.hal.device import Allocator, Device
from ireelite.hal.executable import HostExecutable, LoaderSet
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.semaphore import Fence, Semaphore, report
from ireelite.hal.submission import Submission
from ireelite.loaders import host_loaders
from ireelite.memory_address import address_of
from ireelite.status import StatusCode, StatusError, invalid_argument

ALIGNMENT = 64
"""Alignment of buffers in bytes: vectorized kernels load from multiples of it."""


# -- memory ----------------------------------------------------------------------------------------


class FirstAllocator(Allocator):
    """Allocates buffers in host memory, as Python bytearrays."""

    def allocate(self, memory_type: int, usage: int, byte_length: int) -> HostBuffer:
        """Returns a zeroed buffer, aligned to `ALIGNMENT`. Raises INVALID_ARGUMENT for a negative
        length, RESOURCE_EXHAUSTED if there is not enough memory.
        """
        if byte_length < 0:
            raise invalid_argument(f"cannot allocate {byte_length} bytes")
        try:
            memory = memoryview(bytearray(byte_length + ALIGNMENT))
        except (MemoryError, OverflowError) as error:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED, f"cannot allocate {byte_length} bytes"
            ) from error
        start = -address_of(memory) % ALIGNMENT
        data = memory[start : start + byte_length]
        return HostBuffer(self, memory_type, usage, data, address_of(memory) + start)

    def import_data(self, memory_type: int, usage: int, data: memoryview) -> Buffer:
        """Returns a buffer with a copy of `data`: this device has its own memory."""
        return self.upload(memory_type, usage, data)


# -- commands --------------------------------------------------------------------------------------


def run_command(command: Command, table: Sequence[Binding]) -> None:
    """Runs one command. Barriers and debug groups need no work: commands run in order anyway."""
    match command:
        case Fill(target, pattern):
            data = bytes_of(target, table)
            if len(data) % len(pattern):
                raise invalid_argument(f"{len(data)} bytes are no multiple of {len(pattern)}")
            data[:] = pattern * (len(data) // len(pattern))
        case Update(target):
            command.store(bytes_of(target, table))
        case Copy(source, target):
            data = bytes_of(target, table)
            check_lengths("copy", len(read := bytes_of(source, table)), len(data))
            data[:] = read
        case ReadBack(source):
            command.take(bytes_of(source, table))
        case Dispatch(executable=HostExecutable() as code):
            counts = command.counts(table)
            run_workgroups = code.prepare(command.entry_point, counts, command.constants)
            run_workgroups([ref.resolve(table) for ref in command.bindings])
        case Dispatch(executable=code):
            raise invalid_argument(f"{code!r} is not code for this device")
        case _:
            pass


def bytes_of(ref: BufferRef, table: Sequence[Binding]) -> memoryview:
    """Returns the bytes that a reference names, directly or by a slot of the binding table. Raises
    INVALID_ARGUMENT for a buffer of another device.
    """
    buffer, offset, length = ref.resolve(table)
    if not isinstance(buffer, HostBuffer):
        raise invalid_argument(f"{buffer!r} is a buffer of another device")
    return buffer.data[offset : offset + length]


# -- the queue -------------------------------------------------------------------------------------


class FirstSubmission(Submission):
    """Commands submitted to the queue. `Submission.run` signals or fails the signal fence."""

    def __init__(
        self, signal: Fence | None, log: Any, commands: Sequence[Command], table: Sequence[Binding]
    ):
        super().__init__(signal, log)
        # Copies: the caller may change its lists before the work runs.
        self.commands = tuple(commands)
        self.table = tuple(table)

    def work(self) -> None:
        """Runs the commands in order, and logs their times if the run is recorded."""
        if self.log is not None:
            self.log.started()
        for command in self.commands:
            began = perf_counter_ns()
            run_command(command, self.table)
            if self.log is not None and not isinstance(command, Barrier | DebugGroup):
                self.log.did(began, perf_counter_ns())


def work_through(ready: SimpleQueue[tuple[Submission, StatusError | None] | None]) -> None:
    """Runs queued submissions until None comes: the main function of the device's thread."""
    while (item := ready.get()) is not None:
        submission, failure = item
        try:
            submission.run(failure)
        except Exception as error:
            report(error)
        # A finished submission must not keep its buffers until the next one comes.
        del item, submission, failure


# -- the device ------------------------------------------------------------------------------------


class FirstDevice(Device):
    """A device with one thread, which runs submissions in the order in which they become ready.

    It also has the id `local`, which compiled programs use for a CPU device.
    """

    def __init__(self) -> None:
        super().__init__(("first", "local"), LoaderSet(host_loaders()), FirstAllocator())
        self._ready: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=work_through, args=(self._ready,), daemon=True).start()
        weakref.finalize(self, self._ready.put, None)

    def submit(
        self,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        log: Any = None,
    ) -> None:
        """Submits commands that run once `wait` is reached."""
        submission = FirstSubmission(signal, log, commands, ())
        try:
            check_uses(commands)
        except StatusError as error:
            submission.abandon(error)
            raise
        self._start(wait, submission)

    def execute(
        self,
        wait: Fence | None,
        signal: Fence | None,
        command_buffer: CommandBuffer,
        table: Sequence[Binding] = (),
        log: Any = None,
    ) -> None:
        """Submits a recorded command buffer that runs once `wait` is reached."""
        submission = FirstSubmission(signal, log, command_buffer.commands, table)
        try:
            command_buffer.begin_execution(table)
        except StatusError as error:
            submission.abandon(error)
            raise
        self._start(wait, submission)

    def wait_idle(self) -> None:
        """Waits until the thread has run all submissions that were ready."""
        idle = Fence([(Semaphore(), 1)])
        self.submit(None, idle, ())
        idle.wait()

    def _start(self, wait: Fence | None, submission: Submission) -> None:
        """Queues a submission once `wait` is decided; at once if there is no wait."""

        def go(failure: StatusError | None) -> None:
            self._ready.put((submission, failure))

        if wait is None:
            go(None)
        elif not wait.when_reached(go):
            go(wait.failure)
