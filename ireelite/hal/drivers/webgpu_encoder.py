"""Commands to WebGPU command encoders.

WebGPU copies in multiples of 4 bytes, never within one buffer, and binds at multiples of the
device's alignment. Where a program asks for less, the encoder goes another way: through a bounce
buffer, or, for odd bytes, through the host. Consecutive dispatches share one compute pass, in which
WebGPU itself orders those that depend on one another.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import islice
from typing import Any

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import (
    Binding,
    Command,
    Copy,
    Dispatch,
    Fill,
    ReadBack,
    Update,
    check_lengths,
    counts_range,
)
from ireelite.hal.drivers.webgpu_gpu import Gpu
from ireelite.hal.drivers.webgpu_groups import GpuDispatch, GroupKey, Range
from ireelite.hal.drivers.webgpu_memory import GpuBuffer
from ireelite.hal.executable import Executable
from ireelite.hal.files import FileRange
from ireelite.status import StatusCode, StatusError, invalid_argument

LARGEST_PATTERN = 1 << 20
FILE_CHUNK = 1 << 24
"""Maximum number of bytes of a file that are held in host memory at a time."""


class GpuPipeline:
    """An entry point, ready to be dispatched."""

    def __init__(
        self, pipeline: Any, layouts: list[Any], sets: Sequence[Sequence[int]], constant_bytes: int
    ):
        self.pipeline = pipeline
        self.layouts = layouts
        self.sets = sets
        """Binding numbers of each descriptor set; the dispatch's bindings fill them in order."""
        self.constant_bytes = constant_bytes


class GpuExecutable(Executable):
    """Pipelines of one SPIR-V executable."""

    def __init__(self, format: str, pipelines: dict[str, GpuPipeline]):
        super().__init__(format, list(pipelines))
        self.pipelines = list(pipelines.values())


class Encoder:
    """Encodes one submission. `flush` runs what is encoded; the last one is the caller's."""

    def __init__(self, gpu: Gpu, timestamps: Any = None):
        self._gpu = gpu
        self._encoder: Any = None
        self._pass: Any = None
        self._timestamps = timestamps
        """A query set: each dispatch gets a pass of its own, with two timestamps."""
        self._stamped = 0
        self.dispatches: list[GpuDispatch] | None = []
        """What was encoded, if that is dispatches alone."""

    def replay(self, dispatches: Sequence[GpuDispatch]) -> bool:
        """Adds dispatches that another encoder has encoded; False, and none is added, if not all of
        their bind groups are kept."""
        found = [self._gpu.groups.find(dispatch.groups) for dispatch in dispatches]
        complete = [groups for groups in found if groups is not None]
        if len(complete) < len(found):
            return False
        for dispatch, groups in zip(dispatches, complete, strict=True):
            self._gpu.dispatch(self._compute_pass(), dispatch, groups)
        return True

    def encode(self, command: Command, table: Sequence[Binding]) -> None:
        """Adds a command; barriers and labels are nothing here, as the encoder runs in order."""
        match command:
            case Dispatch():
                self._dispatch(command, table)
            case Fill():
                target, offset, length = _gpu_range(command.target.resolve(table))
                self._fill(target, offset, length, command.pattern)
            case Update():
                target, offset, length = _gpu_range(command.target.resolve(table))
                check_lengths("update", len(command.data), length)
                self._update(target, offset, command.data)
            case Copy():
                source, source_offset, length = _gpu_range(command.source.resolve(table))
                target, offset, target_length = _gpu_range(command.target.resolve(table))
                check_lengths("copy", length, target_length)
                self._copy(source, source_offset, target, offset, length)
            case ReadBack():
                source, offset, length = _gpu_range(command.source.resolve(table))
                check_lengths("read", length, len(command.target))
                self.dispatches = None
                self.flush()
                self._read_back(source, offset, command.target)
            case _:
                return

    def flush(self) -> int | None:
        """Submits what is encoded and waits for it; None if there was nothing."""
        self._end_pass()
        if self._encoder is None:
            return None
        if self._stamped:
            self._resolve_timestamps()
        commands, self._encoder = self._encoder.finish(), None
        index = self._gpu.submit(commands)
        self._gpu.wait(index)
        return index

    # -- transfers ---------------------------------------------------------------------------------

    def _transfer(self) -> Any:
        self.dispatches = None
        return self._outside_pass()

    def _outside_pass(self) -> Any:
        self._end_pass()
        if self._encoder is None:
            self._encoder = self._gpu.device.create_command_encoder()
        return self._encoder

    def _end_pass(self) -> None:
        if self._pass is not None:
            self._pass.end()
            self._pass = None

    def _fill(self, target: GpuBuffer, offset: int, length: int, pattern: bytes) -> None:
        if length % len(pattern):
            raise invalid_argument(
                f"fill of {length} bytes is not a multiple of its {len(pattern)}-byte pattern"
            )
        if offset % 4 or length % 4:
            self._write_through_host(target, offset, pattern * (length // len(pattern)))
        elif not any(pattern):
            if length:
                self._transfer().clear_buffer(target.handle, offset, length)
        elif length:
            chunk = min(length, LARGEST_PATTERN)
            source = self._gpu.create_source(pattern * (chunk // len(pattern)))
            for at in range(0, length, chunk):
                size = min(chunk, length - at)
                self._transfer().copy_buffer_to_buffer(source, 0, target.handle, offset + at, size)

    def _write(self, target: GpuBuffer, offset: int, data: bytes | memoryview) -> None:
        if offset % 4 or len(data) % 4:
            self._write_through_host(target, offset, data)
        elif len(data):
            source = self._gpu.create_source(data)
            self._transfer().copy_buffer_to_buffer(source, 0, target.handle, offset, len(data))

    def _update(self, target: GpuBuffer, offset: int, data: bytes | memoryview | FileRange) -> None:
        if not isinstance(data, FileRange):
            self._write(target, offset, data)
            return
        for at in range(0, len(data), FILE_CHUNK):
            part = data.part(at, min(FILE_CHUNK, len(data) - at))
            part.read_into(memoryview(chunk := bytearray(len(part))))
            self._write(target, offset + at, memoryview(chunk))

    def _read_back(self, source: GpuBuffer, offset: int, target: memoryview | FileRange) -> None:
        if not isinstance(target, FileRange):
            target[:] = self._gpu.read(source.handle, offset, len(target))
            return
        for at in range(0, len(target), FILE_CHUNK):
            part = target.part(at, min(FILE_CHUNK, len(target) - at))
            part.write_from(self._gpu.read(source.handle, offset + at, len(part)))

    def _write_through_host(self, target: GpuBuffer, offset: int, data: bytes | memoryview) -> None:
        self.dispatches = None
        self.flush()
        self._gpu.write(target.handle, offset, data)

    def _copy(
        self, source: GpuBuffer, source_offset: int, target: GpuBuffer, offset: int, length: int
    ) -> None:
        if source_offset % 4 or offset % 4 or length % 4:
            self.dispatches = None
            self.flush()
            self._gpu.write(
                target.handle, offset, self._gpu.read(source.handle, source_offset, length)
            )
        elif length:
            self._copy_words(source.handle, source_offset, target.handle, offset, length)

    def _copy_words(
        self, source: Any, source_offset: int, target: Any, offset: int, length: int
    ) -> None:
        encoder = self._transfer()
        if source is target:
            bounce = self._gpu.create_storage(length)
            encoder.copy_buffer_to_buffer(source, source_offset, bounce, 0, length)
            source, source_offset = bounce, 0
        encoder.copy_buffer_to_buffer(source, source_offset, target, offset, length)

    # -- dispatches --------------------------------------------------------------------------------

    def _dispatch(self, command: Dispatch, table: Sequence[Binding]) -> None:
        executable = command.executable
        if not isinstance(executable, GpuExecutable):
            raise invalid_argument(f"{executable!r} was not made for a WebGPU device")
        pipeline = executable.pipelines[command.entry_point]
        name = executable.entry_points[command.entry_point]
        ranges = [_gpu_range(ref.resolve(table)) for ref in command.bindings]
        if len(ranges) != sum(map(len, pipeline.sets)):
            raise invalid_argument(
                f"entry point '{name}' takes {sum(map(len, pipeline.sets))} bindings "
                f"but {len(ranges)} were given"
            )
        if 4 * len(command.constants) != pipeline.constant_bytes:
            raise invalid_argument(
                f"entry point '{name}' takes {pipeline.constant_bytes // 4} constants "
                f"but {len(command.constants)} were given"
            )
        counts = command.workgroups
        if command.workgroups_ref is None:
            self._check_counts(name, counts)
        bounced = self._bounce(ranges)
        following = iter([bounced.get(r, r) for r in ranges])
        keys: list[GroupKey] = []
        groups: list[Any] = []
        for layout, bindings in zip(pipeline.layouts, pipeline.sets, strict=True):
            bound: list[Range] = [(r.block, o, n) for r, o, n in islice(following, len(bindings))]
            key, group = self._gpu.groups.bind(layout, bindings, bound)
            keys.append(key)
            groups.append(group)
        constants = struct.pack(
            f"<{len(command.constants)}I", *(c & 0xFFFFFFFF for c in command.constants)
        )
        dispatch = GpuDispatch(pipeline.pipeline, tuple(keys), constants, counts)
        if command.workgroups_ref is None:
            self._gpu.dispatch(self._compute_pass(), dispatch, groups)
        else:
            buffer, offset, _ = _gpu_range(counts_range(command.workgroups_ref, table))
            self._gpu.dispatch_indirect(
                self._compute_pass(), dispatch, groups, buffer.handle, offset
            )
        if bounced or command.workgroups_ref is not None:
            self.dispatches = None
        elif self.dispatches is not None:
            self.dispatches.append(dispatch)
        if self._timestamps is not None:
            self._end_pass()
        for (target, offset, length), (bounce, _, _) in bounced.items():
            self._copy_words(bounce.handle, 0, target.handle, offset, length + 3 & ~3)

    def _check_counts(self, name: str, counts: tuple[int, int, int]) -> None:
        limit = self._gpu.limits["max-compute-workgroups-per-dimension"]
        if max(counts) > limit or min(counts) < 0:
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"dispatch of '{name}' over {'x'.join(map(str, counts))} workgroups; "
                f"the device's limit is {limit} in each dimension",
            )

    def _compute_pass(self) -> Any:
        if self._pass is None:
            encoder = self._outside_pass()
            if self._timestamps is None:
                self._pass = encoder.begin_compute_pass()
            else:
                self._pass = encoder.begin_compute_pass(
                    timestamp_writes={
                        "query_set": self._timestamps.queries,
                        "beginning_of_pass_write_index": self._stamped,
                        "end_of_pass_write_index": self._stamped + 1,
                    }
                )
                self._stamped += 2
        return self._pass

    def _resolve_timestamps(self) -> None:
        self._timestamps.resolve(self._encoder, self._stamped)

    def _bounce(
        self, ranges: list[tuple[GpuBuffer, int, int]]
    ) -> dict[Any, tuple[GpuBuffer, int, int]]:
        """Copies of the ranges that cannot be bound where they are; they are copied back after the
        dispatch."""
        bounced: dict[Any, tuple[GpuBuffer, int, int]] = {}
        for range_ in dict.fromkeys(ranges):
            buffer, offset, length = range_
            if offset % self._gpu.offset_alignment == 0:
                continue
            if offset % 4:
                raise invalid_argument(f"binding offset {offset} is not a multiple of 4")
            for other, start, size in dict.fromkeys(ranges):
                overlaps = start < offset + length and offset < start + size
                if other.block is buffer.block and overlaps and (start, size) != (offset, length):
                    raise invalid_argument(
                        f"binding offset {offset} is not a multiple of "
                        f"{self._gpu.offset_alignment}, "
                        "and the range overlaps with another binding"
                    )
            size = max(4, length + 3 & ~3)
            block = self._gpu.memory.new(size)
            self._copy_words(buffer.handle, offset, block.handle, 0, size)
            bounced[range_] = GpuBuffer(buffer.allocator, 0, 0, size, self._gpu, block), 0, length
        return bounced


def _gpu_range(range_: tuple[Buffer, int, int]) -> tuple[GpuBuffer, int, int]:
    """Returns the root buffer and the offset from its start."""
    buffer, offset, length = range_
    root = buffer.root
    if not isinstance(root, GpuBuffer):
        raise invalid_argument(f"{buffer!r} is not in WebGPU memory")
    return root, buffer.byte_offset + offset, length
