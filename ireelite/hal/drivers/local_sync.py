"""Driver `local-sync`: work runs on the CPU, in the thread that submits it.

There is no thread of its own. A submission whose waits are not reached is parked, and is run by the
thread whose signal completes them.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import (
    Binding,
    Command,
    CommandBuffer,
    Copy,
    Dispatch,
    Fill,
    ReadBack,
    Update,
)
from ireelite.hal.device import Allocator, Device
from ireelite.hal.executable import Executable, HostExecutable, LoaderSet
from ireelite.hal.host_memory import HostBuffer, HostMemory, address_of
from ireelite.hal.recording import SubmissionLog
from ireelite.hal.semaphore import Fence
from ireelite.status import StatusCode, StatusError, invalid_argument

Step = Callable[[Sequence[Binding]], None]
"""A command, ready to run; takes the binding table."""


class HostAllocator(Allocator):
    """Host memory; all of it is visible to host and device."""

    def __init__(self) -> None:
        super().__init__()
        self._block = HostMemory().block

    def allocate(
        self, memory_type: int, usage: int, byte_length: int, zeroed: bool = True
    ) -> HostBuffer:
        """Memory aligned to 64 bytes. Raises RESOURCE_EXHAUSTED,
        and INVALID_ARGUMENT below zero.
        """
        if byte_length < 0:
            raise invalid_argument(f"cannot allocate {byte_length} bytes")
        data, address = self._block(byte_length, zeroed)
        buffer = HostBuffer(self, memory_type, usage, data, address)
        if self.statistics is not None:
            self.statistics.watch(buffer)
        return buffer

    def import_data(self, memory_type: int, usage: int, data: memoryview) -> HostBuffer:
        """The same memory if it is aligned well enough, else a copy."""
        address = address_of(data)
        if address % self.alignment == 0:
            buffer = HostBuffer(self, memory_type, usage, data, address)
            buffer.borrowed = True
            return buffer
        buffer = self.allocate(memory_type, usage, len(data))
        buffer.data[:] = data
        return buffer


class LocalSyncDevice(Device):
    """A CPU device without threads."""

    def __init__(self, loaders: LoaderSet, ids: Sequence[str] = ("local-sync",)):
        self._host = HostAllocator()
        super().__init__(ids, loaders, self._host)
        self._lock = threading.RLock()
        self._ready: deque[Callable[[], None]] = deque()
        self._draining: set[int] = set()

    def create_executable(
        self, format: str, data: memoryview, constants: memoryview | None = None
    ) -> Executable:
        """Loads code; what is imported from now on is aligned as the code would have it."""
        executable = super().create_executable(format, data, constants)
        if isinstance(executable, HostExecutable):
            self._host.alignment = max(self._host.alignment, executable.binding_alignment)
        return executable

    def submit(
        self,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        log: SubmissionLog | None = None,
    ) -> None:
        """Runs commands now, or when `wait` is reached."""
        self._start(
            wait, signal, [_prepare(command) for command in commands if _does(command)], (), log
        )

    def execute(
        self,
        wait: Fence | None,
        signal: Fence | None,
        command_buffer: CommandBuffer,
        table: Sequence[Binding] = (),
        log: SubmissionLog | None = None,
    ) -> None:
        """Runs a command buffer now, or when `wait` is reached."""
        command_buffer.begin_execution(table)
        steps = command_buffer.prepared
        if steps is None:
            steps = command_buffer.prepared = [
                _prepare(c) for c in command_buffer.commands if _does(c)
            ]
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
        if wait is not None or log is not None:
            if log is not None:
                log.name_allocated(buffer)
            self.submit(wait, signal, (), log)
            return buffer
        if signal is not None:
            for semaphore, value in signal.timepoints:
                semaphore.signal(value)
        return buffer

    def _start(
        self,
        wait: Fence | None,
        signal: Fence | None,
        steps: list[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        if wait is not None:
            parked = _Submission(self, signal, steps, table, log)
            try:
                if not wait.reached() and wait.when_reached(parked.arrived):
                    return
                wait.reached()
            except StatusError as failure:
                parked.fail(failure)
                return
        self._run(signal, steps, table, log)

    def _run(
        self,
        signal: Fence | None,
        steps: list[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        if log is not None:
            self._run_logged(signal, steps, table, log)
            return
        try:
            with self._lock:
                for step in steps:
                    step(table)
        except StatusError as failure:
            if signal is None:
                raise
            signal.fail(failure)
            return
        if signal is not None:
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
        except StatusError as failure:
            log.failed(failure, done)
            if signal is None:
                raise
            signal.fail(failure)
            return
        log.signal()

    def _enqueue(self, run: Callable[[], None]) -> None:
        """Runs what has become ready; from within such a run it only queues it, so that chains do
        not nest."""
        self._ready.append(run)
        thread = threading.get_ident()
        if thread in self._draining:
            return
        self._draining.add(thread)
        try:
            while (ready := self._next()) is not None:
                ready()
        finally:
            self._draining.discard(thread)

    def _next(self) -> Callable[[], None] | None:
        try:
            return self._ready.popleft()
        except IndexError:
            return None


class _Submission:
    """Work that waits for a fence."""

    __slots__ = ("_device", "_log", "_signal", "_steps", "_table")

    def __init__(
        self,
        device: LocalSyncDevice,
        signal: Fence | None,
        steps: list[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ):
        self._device = device
        self._signal = signal
        self._steps = steps
        self._table = table
        self._log = log

    def arrived(self, failure: StatusError | None) -> None:
        """The fence was reached, or failed."""
        self._device._enqueue(self.run if failure is None else lambda: self.fail(failure))

    def run(self) -> None:
        self._device._run(self._signal, self._steps, self._table, self._log)

    def fail(self, failure: StatusError) -> None:
        """Passes a failure on to those who wait for this submission."""
        if self._log is not None:
            self._log.failed(failure)
        if self._signal is not None:
            self._signal.fail(failure)


def _does(command: Command) -> bool:
    return isinstance(command, Fill | Update | Copy | ReadBack | Dispatch)


def _prepare(command: Command) -> Step:
    match command:
        case Dispatch():
            return _prepare_dispatch(command)
        case Fill():
            return lambda table: _fill(command, table)
        case Update():
            return lambda table: _update(command, table)
        case Copy():
            return lambda table: _copy(command, table)
        case ReadBack():
            return lambda table: _read_back(command, table)
        case _:
            raise StatusError(StatusCode.INTERNAL, f"{command} does nothing on this device")


def _prepare_dispatch(command: Dispatch) -> Step:
    executable = command.executable
    if not isinstance(executable, HostExecutable):
        raise invalid_argument(f"{executable!r} was not made for a CPU device")
    refs = command.bindings
    if command.workgroups_ref is not None:

        def run_indirect(table: Sequence[Binding]) -> None:
            run = executable.prepare(command.entry_point, command.counts(table), command.constants)
            run([ref.resolve(table) for ref in refs])

        return run_indirect
    run = executable.prepare(command.entry_point, command.workgroups, command.constants)
    resolvers = [ref.resolve for ref in refs]
    return lambda table: run([resolve(table) for resolve in resolvers])


def _host(buffer: Buffer) -> HostBuffer:
    if not isinstance(buffer, HostBuffer):
        raise invalid_argument(f"{buffer!r} is not in host memory")
    return buffer


def _fill(command: Fill, table: Sequence[Binding]) -> None:
    buffer, offset, length = command.target.resolve(table)
    if length % len(command.pattern):
        raise invalid_argument(
            f"fill of {length} bytes is not a multiple of its {len(command.pattern)}-byte pattern"
        )
    _host(buffer).writable()[offset : offset + length] = command.pattern * (
        length // len(command.pattern)
    )


def _update(command: Update, table: Sequence[Binding]) -> None:
    buffer, offset, length = command.target.resolve(table)
    _host(buffer).writable()[offset : offset + length] = command.data


def _copy(command: Copy, table: Sequence[Binding]) -> None:
    source, source_offset, length = command.source.resolve(table)
    target, offset, _ = command.target.resolve(table)
    # memoryview assignment is a memmove: overlapping ranges of one buffer are right.
    _host(target).writable()[offset : offset + length] = _host(source).data[
        source_offset : source_offset + length
    ]


def _read_back(command: ReadBack, table: Sequence[Binding]) -> None:
    buffer, offset, length = command.source.resolve(table)
    command.target[:] = _host(buffer).data[offset : offset + length]
