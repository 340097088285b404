"""The VM module `hal_inline`: buffers and tensors of programs that compute on the calling thread.

Names and calling conventions are those of IREE's `hal_inline.imports.mlir`, which programs of the
execution models `inline-static` and `inline-dynamic` import instead of `hal`. There are no devices
and no queues: a program reads and writes the bytes of a buffer as those of a `vm.buffer`, its
storage.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from ireelite.hal.buffer import Buffer, BufferUsage, MemoryType
from ireelite.hal.drivers.host_device import HostDevice
from ireelite.hal.host_memory import HostBuffer
from ireelite.memory_address import address_of
from ireelite.modules.hal_arguments import allocate_within, byte_range, checked, text
from ireelite.modules.hal_views import ViewFunctions
from ireelite.status import invalid_argument
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer as VmBuffer
from ireelite.vm.running_meters import running_meter

if TYPE_CHECKING:
    from collections.abc import Callable

    from ireelite.hal.recording import Recording

NAME = "hal_inline"
MEMORY = int(MemoryType.HOST_LOCAL | MemoryType.DEVICE_LOCAL)
USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)


class Storage(VmBuffer):
    """The bytes of a host buffer, which lives as long as its storage and is written through it.

    It keeps a reference to the buffer: whoever asks whether a program has kept the buffer counts
    references (see `ireelite.ownership`).
    """

    def __init__(self, buffer: HostBuffer):
        # All fields are set here: this runs for every buffer that a program allocates.
        self.data = data = buffer.data
        self.mutable = is_mutable = not data.readonly
        self.origin = None
        self.buffer = buffer
        length = len(data)
        self.place = buffer.address, length, length if is_mutable else 0

    def moved(self) -> None:
        """Refers to the bytes that its buffer has now; its views as numbers are made anew."""
        buffer = self.buffer
        vars(self).clear()
        Storage.__init__(self, buffer)


def storage_of(buffer: Buffer) -> Storage:
    """Returns the storage of a buffer, which has one at a time. Raises INVALID_ARGUMENT for a buffer
    that is not in host memory.
    """
    if not isinstance(buffer, HostBuffer):
        raise invalid_argument(f"{checked(buffer, Buffer)!r} is not in host memory")
    storage = buffer.follower
    if storage.__class__ is not Storage:
        buffer.follower = storage = Storage(buffer)
    return cast("Storage", storage)


class InlineFunctions(ViewFunctions):
    """One context's functions, over the memory of a CPU device."""

    def __init__(self, device: HostDevice, recording: Recording | None = None):
        self._device = device
        self._allocator = device.host_allocator
        self._recording = recording

    def fork(self) -> InlineFunctions:
        """Returns the functions for a forked context: over the same memory."""
        return InlineFunctions(self._device, self._recording)

    @vm_export("buffer.allocate", "0iI_rr")
    def buffer_allocate(self, alignment: int, size: int) -> tuple[Buffer, VmBuffer]:
        """Returns a buffer of undefined contents, aligned to 64 bytes, and its storage. Raises
        INVALID_ARGUMENT for a negative size, RESOURCE_EXHAUSTED if there is no memory for it.
        """
        allocate = self._allocator.allocate
        if self._recording is not None or running_meter() is not None:
            return self._watched(size, partial(allocate, MEMORY, USAGE, size, zeroed=False))
        buffer = allocate(MEMORY, USAGE, size, False)
        buffer.follower = storage = Storage(buffer)
        return buffer, storage

    @vm_export("buffer.allocate.initialized", "0irII_rr")
    def buffer_allocate_initialized(
        self, alignment: int, source: VmBuffer, offset: int, length: int
    ) -> tuple[Buffer, VmBuffer]:
        """Returns a buffer with a copy of a range of a `vm.buffer`, and its storage. Raises
        OUT_OF_RANGE past the end of the source.
        """
        data = byte_range(source, offset, length)
        return self._watched(len(data), partial(self._allocator.upload, MEMORY, USAGE, data))

    def _watched(self, size: int, allocate: Callable[[], Buffer]) -> tuple[Buffer, VmBuffer]:
        meter = running_meter()
        buffer = allocate() if meter is None else allocate_within(meter, size, allocate)
        if self._recording is not None:
            self._recording.host_event("alloc", **self._recording.watch(buffer))
        return buffer, storage_of(buffer)

    @vm_export("buffer.storage", "0r_r")
    def buffer_storage(self, buffer: Buffer) -> VmBuffer:
        """Returns the bytes of a buffer, as long as the buffer itself: of a subspan, its range."""
        return storage_of(buffer)

    @vm_export("buffer.wrap", "0rII_r")
    def buffer_wrap(self, source: VmBuffer, offset: int, length: int) -> Buffer:
        """Returns a range of a `vm.buffer` as a buffer that shares its bytes. Raises OUT_OF_RANGE."""
        data = byte_range(source, offset, length)
        if isinstance(source, Storage):
            return source.buffer.subspan(offset, len(data))
        buffer = HostBuffer(self._allocator, MEMORY, USAGE, data, address_of(data))
        buffer.borrowed = True
        return buffer

    @vm_export("device.query.i64", "0rr_iI")
    def device_query_i64(self, category: VmBuffer, key: VmBuffer) -> tuple[int, int]:
        """Returns (1, answer), or (0, 0) for what is not known of this machine."""
        value = self._device.query_i64(text(category), text(key))
        return (0, 0) if value is None else (1, value)


def hal_inline_module(device: HostDevice, recording: Recording | None = None) -> NativeModule:
    """Returns the module over the memory of a CPU device."""
    return NativeModule(NAME, state_factory=lambda: InlineFunctions(device, recording))
