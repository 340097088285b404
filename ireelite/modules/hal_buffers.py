"""`hal.allocator.*` and `hal.buffer.*`."""

from __future__ import annotations

from functools import partial

from ireelite.hal.buffer import Buffer
from ireelite.hal.buffer_usage import HOST_VISIBLE, MAPPED, check_use
from ireelite.hal.device import Allocator, Device
from ireelite.hal.host_memory import HostBuffer
from ireelite.modules.hal_arguments import (
    HalContext,
    allocate_within,
    byte_range,
    check_scalar_width,
    checked,
    text,
)
from ireelite.modules.hal_views import ViewFunctions
from ireelite.status import invalid_argument
from ireelite.vm.native import vm_export
from ireelite.vm.refs import Buffer as VmBuffer
from ireelite.vm.running_meters import running_meter


def _check_mapped(buffer: Buffer) -> None:
    """Raises PERMISSION_DENIED unless the host may access a buffer: any buffer of a CPU device, and
    those of other devices that were allocated as mappable and host-visible.
    """
    if not isinstance(buffer, HostBuffer):
        check_use(checked(buffer, Buffer), MAPPED, HOST_VISIBLE)


class BufferFunctions(ViewFunctions, HalContext):
    """Memory."""

    @vm_export("allocator.allocate", "0rIiiI_r")
    def allocator_allocate(
        self, allocator: Allocator, affinity: int, memory_types: int, usage: int, size: int
    ) -> Buffer:
        """Allocates a buffer, which is freed with its last reference."""
        allocate = partial(checked(allocator, Allocator).allocate, memory_types, usage, size)
        meter = running_meter()
        buffer = allocate() if meter is None else allocate_within(meter, size, allocate)
        if self.recording is not None:
            self.recording.host_event("alloc", **self.recording.watch(buffer))
        return buffer

    @vm_export("allocator.import", "0riIiirII_r")
    def allocator_import(
        self,
        allocator: Allocator,
        may_fail: int,
        affinity: int,
        memory_types: int,
        usage: int,
        source: VmBuffer,
        offset: int,
        length: int,
    ) -> Buffer:
        """Returns a buffer of constants; never fails, as what cannot be shared is copied."""
        data = byte_range(source, offset, length)
        buffer = checked(allocator, Allocator).import_data(memory_types, usage, data)
        shared = isinstance(buffer, HostBuffer) and buffer.borrowed
        if not shared and (meter := running_meter()) is not None:
            allocate_within(meter, len(data), lambda: buffer)
        if self.recording is not None:
            self.recording.upload(buffer, shared, ())
        return buffer

    @vm_export("allocator.select", "0iiICrID_rI")
    def allocator_select(
        self, memory_types: int, usage: int, flags: int, choices: list[tuple[Device, int]]
    ) -> tuple[Device, int]:
        """Returns the first choice: every device here can allocate whatever it can run."""
        if not choices:
            raise invalid_argument("no devices to select an allocator from")
        return choices[0]

    @vm_export("buffer.allocation.preserve", "0r_v")
    def buffer_allocation_preserve(self, buffer: Buffer) -> None:
        """Adds a claim on an allocation."""
        checked(buffer, Buffer).root.preserved += 1

    @vm_export("buffer.allocation.discard", "0r_i")
    def buffer_allocation_discard(self, buffer: Buffer) -> int:
        """Gives a claim back; 1 if it was the last."""
        root = checked(buffer, Buffer).root
        if root.preserved > 0:
            root.preserved -= 1
        return int(root.preserved == 0)

    @vm_export("buffer.allocation.is_terminal", "0r_i")
    def buffer_allocation_is_terminal(self, buffer: Buffer) -> int:
        """Returns 1 if there is only one claim left."""
        return int(checked(buffer, Buffer).root.preserved <= 1)

    @vm_export("buffer.assert", "0rrrIii_v")
    def buffer_assert(
        self,
        buffer: Buffer,
        message: VmBuffer,
        allocator: Allocator,
        minimum_length: int,
        memory_types: int,
        usage: int,
    ) -> None:
        """Checks that a buffer is large enough and of use on this device."""
        if buffer.__class__ is not HostBuffer:
            checked(buffer, Buffer)
        if (
            buffer.byte_length < minimum_length
            or buffer.allocator is not allocator
            or memory_types & ~buffer.memory_type
            or usage & ~buffer.usage
        ):
            from ireelite.modules.hal_assertions import check_buffer

            check_buffer(
                buffer,
                text(message),
                allocator,
                minimum_length,
                memory_types,
                usage,
            )

    @vm_export("buffer.load", "0rIi_i")
    def buffer_load(self, buffer: Buffer, offset: int, length: int) -> int:
        """Loads 1, 2 or 4 bytes as an i32."""
        check_scalar_width(length)
        _check_mapped(buffer)
        return int.from_bytes(buffer.read(offset, length), "little", signed=length == 4)

    @vm_export("ex.buffer.read", "0rIrII_v")
    def ex_buffer_read(
        self, source: Buffer, offset: int, target: VmBuffer, target_offset: int, length: int
    ) -> None:
        """Copies bytes of a buffer to a `vm.buffer`. Queues must have finished their work on the
        buffer.
        """
        data = checked(source, Buffer).read(offset, length)
        checked(target, VmBuffer).writable()
        byte_range(target, target_offset, length)[:] = data

    @vm_export("buffer.store", "0irIi_v")
    def buffer_store(self, value: int, buffer: Buffer, offset: int, length: int) -> None:
        """Writes the low 1, 2 or 4 bytes of an i32."""
        check_scalar_width(length)
        _check_mapped(buffer)
        buffer.write(offset, (value & (1 << 8 * length) - 1).to_bytes(length, "little"))
