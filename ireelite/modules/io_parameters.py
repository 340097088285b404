"""The VM module `io_parameters`, by which programs read and write parameters.

Names and calling conventions are those of IREE's `io_parameters.imports.mlir`. The reading is work
of a queue between two fences: values in files are read by the thread that runs the queue.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import BufferRef, Command, Fill, ReadBack, Update
from ireelite.hal.device import Device
from ireelite.hal.semaphore import Fence
from ireelite.modules.hal_arguments import allocate_within, checked, text
from ireelite.modules.queue_operations import queue_operation, submit
from ireelite.parameters import Parameter, Parameters, Splat
from ireelite.parameters.index import find_parameter
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer as VmBuffer
from ireelite.vm.refs import List
from ireelite.vm.running_meters import running_meter

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording

NAME = "io_parameters"
_KEY = struct.Struct("<II")
"""A row of a key table: offset and length in the key data."""
_SPAN = struct.Struct("<QQQ")
"""A row of a span table: offset in the parameter, offset in the buffer, and length."""
_FILL_WIDTHS = (1, 2, 4)


class _Row(NamedTuple):
    parameter: Parameter
    parameter_offset: int
    buffer_offset: int
    length: int


class ParameterFunctions:
    """The module's functions over parameters by scope."""

    def __init__(self, parameters: Parameters, recording: Recording | None = None):
        self._parameters = parameters
        self._recording = recording

    def fork(self) -> ParameterFunctions:
        """Returns the functions for a forked context: over the same parameters."""
        return ParameterFunctions(self._parameters, self._recording)

    @vm_export("load", "0rIrrrIiirrr_r")
    @queue_operation
    def load(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        scope: VmBuffer | None,
        target_affinity: int,
        memory_type: int,
        usage: int,
        keys: VmBuffer,
        key_data: VmBuffer,
        spans: VmBuffer,
    ) -> List:
        """Returns a list of new buffers, one a key, with the values once `signal` is reached."""
        allocator, meter = checked(device, Device).allocator, running_meter()
        rows = list(self._rows(scope, keys, key_data, spans))
        buffers: list[Buffer] = []
        for row in rows:
            size = row.buffer_offset + row.length
            allocate = partial(allocator.allocate, memory_type, usage, size)
            buffers.append(allocate() if meter is None else allocate_within(meter, size, allocate))
        writes = [_write(row, buffer) for row, buffer in zip(rows, buffers, strict=True)]
        submit(self._recording, device, "parameters.load", wait, signal, *writes)
        return List("!hal.buffer", list(buffers))

    @vm_export("gather", "0rIrrrrrrr_v")
    @queue_operation
    def gather(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        scope: VmBuffer | None,
        target: Buffer,
        keys: VmBuffer,
        key_data: VmBuffer,
        spans: VmBuffer,
    ) -> None:
        """Reads values into ranges of a buffer."""
        rows = self._rows(scope, keys, key_data, spans)
        writes = [_write(row, checked(target, Buffer)) for row in rows]
        submit(self._recording, device, "parameters.gather", wait, signal, *writes)

    @vm_export("scatter", "0rIrrrrrrr_v")
    @queue_operation
    def scatter(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        source: Buffer,
        scope: VmBuffer | None,
        keys: VmBuffer,
        key_data: VmBuffer,
        spans: VmBuffer,
    ) -> None:
        """Writes ranges of a buffer to parameters. Raises PERMISSION_DENIED for read-only ones."""
        rows = self._rows(scope, keys, key_data, spans)
        reads = [_read(row, checked(source, Buffer)) for row in rows]
        submit(self._recording, device, "parameters.scatter", wait, signal, *reads)

    def _rows(
        self, scope: VmBuffer | None, keys: VmBuffer, key_data: VmBuffer, spans: VmBuffer
    ) -> Iterator[_Row]:
        """Yields the parameters that tables name, with the ranges that are moved."""
        name = "" if scope is None else text(scope)
        table, names, rows = (
            bytes(checked(part, VmBuffer).data) for part in (keys, key_data, spans)
        )
        count = len(rows) // _SPAN.size
        if len(table) < count * _KEY.size:
            raise invalid_argument(
                f"the span table has {count} rows and the key table only {len(table) // _KEY.size}"
            )
        for n in range(count):
            offset, length = _KEY.unpack_from(table, n * _KEY.size)
            if offset + length > len(names):
                raise StatusError(
                    StatusCode.OUT_OF_RANGE,
                    f"key {n} has bytes {offset} to {offset + length} of key data that has "
                    f"{len(names)} bytes",
                )
            key = names[offset : offset + length].decode(errors="replace")
            found = find_parameter(self._parameters, name, key)
            yield _Row(found, *_SPAN.unpack_from(rows, n * _SPAN.size))


def _write(row: _Row, buffer: Buffer) -> Command:
    target = BufferRef(0, buffer, *buffer.resolve(row.buffer_offset, row.length))
    data = row.parameter.data(row.parameter_offset, row.length)
    if not isinstance(data, Splat):
        return Update(target, data)
    width = len(data.pattern)
    if width in _FILL_WIDTHS and not (target.offset % width or target.length % width):
        return Fill(target, data.pattern)
    return Update(target, data.part(0, row.length))


def _read(row: _Row, buffer: Buffer) -> Command:
    source = BufferRef(0, buffer, *buffer.resolve(row.buffer_offset, row.length))
    if row.parameter.readonly:
        raise StatusError(
            StatusCode.PERMISSION_DENIED,
            f"parameter `{row.parameter.key}` is read-only and the program writes it; give it as an "
            'array that can be written, or read_index(path, mode="r+")',
        )
    target = row.parameter.data(row.parameter_offset, row.length)
    assert not isinstance(target, Splat)
    return ReadBack(source, target)


def io_parameters_module(
    parameters: Parameters, recording: Recording | None = None
) -> NativeModule:
    """Returns the module over parameters by scope."""
    return NativeModule(NAME, state_factory=lambda: ParameterFunctions(parameters, recording))
