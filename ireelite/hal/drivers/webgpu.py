"""Driver `webgpu`: SPIR-V on a Vulkan GPU through wgpu. It answers the device ids `vulkan` and
`webgpu`.

One thread a device takes what is ready to run, encodes it, submits it and waits for it; so waiting
before signalling works, and a `submit` that blocks, as it does on software Vulkan while another is
running, blocks nobody else.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

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
    check_uses,
)
from ireelite.hal.device import Allocator, Device
from ireelite.hal.drivers.webgpu_encoder import Encoder
from ireelite.hal.drivers.webgpu_gpu import Gpu
from ireelite.hal.drivers.webgpu_memory import GpuBuffer, GpuTransient
from ireelite.hal.drivers.work_queue import WorkQueue
from ireelite.hal.executable import LoaderSet
from ireelite.hal.pool import PoolStatistics
from ireelite.hal.recording import SubmissionLog
from ireelite.hal.semaphore import Fence
from ireelite.hal.submission import Submission, decide_failure
from ireelite.hal.transient import TransientMemory
from ireelite.status import StatusError, failure_of, invalid_argument

SHADER_FEATURES = {
    "shader_float16": "shader-f16",
    "shader_float64": "shader-f64",
    "shader_int64": "shader-int64",
}
"""Feature as IREE's Vulkan devices name it -> its name in wgpu."""


class GpuAllocator(Allocator):
    """WebGPU memory. Host access goes through copies."""

    def __init__(self, gpu: Gpu):
        super().__init__()
        self.gpu = gpu

    def allocate(
        self, memory_type: int, usage: int, byte_length: int, zeroed: bool = True
    ) -> GpuBuffer:
        """Allocates memory, which may hold anything unless it is `zeroed`. Raises
        RESOURCE_EXHAUSTED beyond the device's limit, INVALID_ARGUMENT below zero.
        """
        if byte_length < 0:
            raise invalid_argument(f"cannot allocate {byte_length} bytes")
        block = self.gpu.memory.block(byte_length, zeroed)
        buffer = GpuBuffer(self, memory_type, usage, byte_length, self.gpu, block)
        if self.statistics is not None:
            self.statistics.watch(buffer)
        return buffer

    def import_data(self, memory_type: int, usage: int, data: memoryview) -> GpuBuffer:
        """Returns a copy on the device."""
        buffer = self.allocate(memory_type, usage, len(data), zeroed=False)
        buffer.write(0, data)
        return buffer

    def upload(self, memory_type: int, usage: int, data: bytes | memoryview) -> GpuBuffer:
        """Returns a copy on the device."""
        return self.import_data(memory_type, usage, memoryview(data))

    def transient(self, memory_type: int, usage: int, byte_length: int) -> GpuTransient:
        """Returns a transient buffer, whose memory is allocated by `commit`. Raises
        INVALID_ARGUMENT for a negative length.
        """
        if byte_length < 0:
            raise invalid_argument(f"cannot allocate {byte_length} bytes")
        return GpuTransient(self, memory_type, usage, byte_length, self.gpu, TransientMemory())

    def commit(self, buffer: GpuTransient) -> None:
        """Allocates the memory of a transient buffer, with undefined contents. Raises
        RESOURCE_EXHAUSTED.
        """
        buffer.memory.commit(self.gpu.memory.block(buffer.byte_length, zeroed=False))
        if self.statistics is not None:
            self.statistics.watch(buffer.memory.counted(buffer))

    def pool(self) -> PoolStatistics:
        """Returns the statistics of the pool of GPU memory."""
        return self.gpu.memory.statistics()

    def trim(self) -> None:
        """Releases the memory that is kept for other buffers and that nothing refers to."""
        self.gpu.memory.trim()


class WebGpuDevice(Device):
    """One WebGPU device with its worker thread, which starts with the first submission."""

    def __init__(self, gpu: Gpu, loaders: LoaderSet, ids: Sequence[str] = ("webgpu", "vulkan")):
        self._gpu_allocator = GpuAllocator(gpu)
        super().__init__(ids, loaders, self._gpu_allocator)
        self.gpu = gpu
        self._queue = WorkQueue(self.lane)
        weakref.finalize(self, self._queue.stop)
        self._timestamps: _Timestamps | None = None

    @property
    def lost(self) -> StatusError | None:
        """The error that made the device unusable; None while it is usable."""
        return self.gpu.lost

    def query_i64(self, category: str, key: str) -> int | None:
        """Returns the answer to `hal.device.query.i64`; `vulkan.feature` is whether it has a
        feature of shaders, as IREE's Vulkan devices answer.
        """
        if category == "vulkan.feature" and key in SHADER_FEATURES:
            return int(SHADER_FEATURES[key] in self.gpu.features)
        return super().query_i64(category, key)

    def submit(
        self,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        log: SubmissionLog | None = None,
    ) -> None:
        """Queues commands for when `wait` is reached."""
        submission = _GpuSubmission(self, signal, log, commands)
        try:
            check_uses(commands)
        except BaseException as error:
            submission.abandon(error)
            raise
        self._start(wait, submission)

    def execute(
        self,
        wait: Fence | None,
        signal: Fence | None,
        command_buffer: CommandBuffer,
        table: Sequence[Binding] = (),
        log: SubmissionLog | None = None,
    ) -> None:
        """Queues a command buffer for when `wait` is reached."""
        submission = _GpuSubmission(
            self, signal, log, command_buffer.commands, table, command_buffer
        )
        try:
            command_buffer.begin_execution(table)
        except BaseException as error:
            submission.abandon(error)
            raise
        self._start(wait, submission)

    def _start(self, wait: Fence | None, submission: _GpuSubmission) -> None:
        try:
            self._queue.submit(wait, submission)
        except BaseException as error:
            submission.abandon(error)
            raise

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
        there is nothing to wait for, else by the queue when `wait` is reached. Without `wait`,
        `signal` is signalled at once, without the worker.
        """
        try:
            if wait is not None and not wait.passed():
                later = self._gpu_allocator.transient(memory_type, usage, byte_length)
                if log is not None:
                    log.name_allocated(later)
                commit = partial(self._gpu_allocator.commit, later)
                self._start(wait, _MemorySubmission(self, signal, log, commit))
                return later
            buffer = self._gpu_allocator.allocate(memory_type, usage, byte_length, zeroed=False)
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
        self.submit(wait, signal, (), log)
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
        if isinstance(buffer, GpuTransient):
            self._start(wait, _MemorySubmission(self, signal, log, buffer.memory.decommit))
        else:
            self.submit(wait, signal, (), log)

    def wait_idle(self) -> None:
        """Returns when the worker has nothing left to do."""
        self._queue.drain()

    def timestamps(self, dispatches: int) -> _Timestamps | None:
        """Queries for this many dispatches, or None if the device has none. For the worker only."""
        if not dispatches or "timestamp-query" not in self.gpu.features:
            return None
        if self._timestamps is None or self._timestamps.capacity < dispatches:
            capacity = 1 << (dispatches - 1).bit_length()
            if 2 * capacity > _Timestamps.MAX_QUERIES:
                return None
            self._timestamps = _Timestamps(self.gpu, capacity)
        return self._timestamps


class _GpuSubmission(Submission):
    """Commands with their binding table; the worker encodes them, submits them and waits."""

    def __init__(
        self,
        device: WebGpuDevice,
        signal: Fence | None,
        log: SubmissionLog | None,
        commands: Sequence[Command],
        table: Sequence[Binding] = (),
        command_buffer: CommandBuffer | None = None,
    ):
        super().__init__(signal, log, device)
        self._device = device
        self._commands = tuple(commands)
        self._table = tuple(table)
        self._command_buffer = command_buffer

    def work(self) -> None:
        """Returns when the device has run the commands."""
        try:
            if self.log is not None:
                self._work_logged(self.log)
            elif self._commands and not self._replayed():
                encoder = Encoder(self._device.gpu)
                for command in self._commands:
                    encoder.encode(command, self._table)
                if self._command_buffer is not None and encoder.dispatches is not None:
                    self._command_buffer.prepared = _places(self._table), encoder.dispatches
                encoder.flush()
        except self._device.gpu.error as error:
            if (failure := self._device.gpu.loss(error)) is not None:
                raise failure from error
            reason = " ".join(str(error).split())
            raise invalid_argument(f"WebGPU refuses the commands: {reason}") from error

    def _replayed(self) -> bool:
        """Returns whether the command buffer was executed before with these ranges of memory,
        consists of dispatches, and has been run again as it was run then.
        """
        buffer = self._command_buffer
        if buffer is None or buffer.prepared is None:
            return False
        places, dispatches = buffer.prepared
        if places is None or places != _places(self._table):
            return False
        encoder = Encoder(self._device.gpu)
        if not encoder.replay(dispatches):
            return False
        encoder.flush()
        return True

    def _work_logged(self, log: SubmissionLog) -> None:
        commands = [
            c for c in self._commands if isinstance(c, Fill | Update | Copy | ReadBack | Dispatch)
        ]
        timestamps = self._device.timestamps(sum(isinstance(c, Dispatch) for c in commands))
        log.started()
        begin = time.perf_counter_ns()
        encoder = Encoder(self._device.gpu, timestamps)
        for command in commands:
            encoder.encode(command, self._table)
        encoder.flush()
        end = time.perf_counter_ns()
        spans = iter(timestamps.spans(begin, end) if timestamps is not None else ())
        previous = begin
        for command in commands:
            span = next(spans, None) if isinstance(command, Dispatch) else None
            start, stop = (previous, end) if span is None else span
            log.did(start, stop)
            previous = stop if span is not None else previous


class _MemorySubmission(_GpuSubmission):
    """A submission that allocates or releases the memory of a transient buffer."""

    def __init__(
        self,
        device: WebGpuDevice,
        signal: Fence | None,
        log: SubmissionLog | None,
        change: Callable[[], None],
    ):
        super().__init__(device, signal, log, ())
        self._change = change

    def work(self) -> None:
        """Allocates or releases the memory."""
        super().work()
        self._change()


def _places(table: Sequence[Binding]) -> list[tuple[int, int, int, int]] | None:
    """Returns numbers that identify the ranges of a binding table, and that no other memory will
    have; None if it has other things than buffers of WebGPU.
    """
    places: list[tuple[int, int, int, int]] = []
    for buffer, offset, length in table:
        if not isinstance(buffer, GpuBuffer):
            return None
        start = buffer.byte_offset + offset
        places.append((buffer.block.number, start, length, buffer.byte_length))
    return places


class _Timestamps:
    """Two timestamps a dispatch, and their translation to the clock of `time.perf_counter_ns`."""

    MAX_QUERIES = 4096

    def __init__(self, gpu: Gpu, capacity: int):
        import wgpu

        self._gpu = gpu
        self.capacity = capacity
        self.queries = gpu.device.create_query_set(type="timestamp", count=2 * capacity)
        usage = wgpu.BufferUsage
        self._results = gpu.device.create_buffer(
            size=max(256, 16 * capacity), usage=usage.QUERY_RESOLVE | usage.COPY_SRC
        )
        self._count = 0

    def resolve(self, encoder: Any, count: int) -> None:
        """Has the first `count` timestamps written out at the end of a submission."""
        encoder.resolve_query_set(self.queries, 0, count, self._results, 0)
        self._count = count

    def spans(self, begin_ns: int, end_ns: int) -> list[tuple[int, int]]:
        """Returns the (begin, end) of each dispatch that ran between two host times.

        If the device's clock is not the host's, its last timestamp is taken to be the later of the
        two times.
        """
        if not self._count:
            return []
        ticks = self._gpu.read(self._results, 0, 8 * self._count).cast("Q")
        period = self._gpu.timestamp_period
        stamps = [int(tick * period) for tick in ticks]
        if not begin_ns <= stamps[0] <= end_ns:
            shift = end_ns - max(stamps)
            stamps = [stamp + shift for stamp in stamps]
        stamps = [min(max(stamp, begin_ns), end_ns) for stamp in stamps]
        return list(zip(stamps[::2], stamps[1::2], strict=True))
