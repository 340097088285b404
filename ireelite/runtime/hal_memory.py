"""`HalAllocator`, `HalBuffer`, `HalBufferView` and `MappedMemory`: device memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.hal.buffer import Buffer, BufferView
from ireelite.hal.buffer_usage import (
    HOST_VISIBLE,
    MAPPED,
    check_use,
    memory_type_text,
    usage_text,
)
from ireelite.hal.device import Allocator
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.statistics import Statistics
from ireelite.modules.python_module import VmRef
from ireelite.runtime.errors import raising
from ireelite.runtime.hal_enums import (
    BufferCompatibility,
    BufferUsage,
    HalElementType,
    MemoryType,
    element_type_of,
)
from ireelite.runtime.vm_list import code_text

if TYPE_CHECKING:
    import numpy

    from ireelite.runtime.hal_device import HalDevice

MAX_ONE_STEP_BYTES = 1 << 16
"""Arguments up to this many bytes are copied in one step."""
_HOST_USAGE = int(BufferUsage.TRANSFER | BufferUsage.MAPPING | BufferUsage.MAPPING_PERSISTENT)
"""What host memory can be used for besides what it was asked for."""


class Shape(tuple[int, ...]):
    """Extents of a buffer view."""

    def __new__(cls, indices: Sequence[int]) -> Shape:
        """Takes any sequence of ints."""
        return super().__new__(cls, [int(index) for index in indices])


class HalBuffer:
    """A range of device memory."""

    __slots__ = ("buffer",)

    def __init__(self, buffer: Buffer):
        self.buffer = buffer
        """The HAL's object."""

    @staticmethod
    def __iree_vm_cast__(reference: VmRef) -> HalBuffer | None:
        return HalBuffer(reference.value) if isinstance(reference.value, Buffer) else None

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self.buffer)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    def byte_length(self) -> int:
        """Bytes."""
        return self.buffer.byte_length

    def memory_type(self) -> int:
        """Bits of `MemoryType`."""
        return int(self.buffer.memory_type)

    def allowed_usage(self) -> int:
        """Bits of `BufferUsage`."""
        return int(self.buffer.usage)

    def fill_zero(self, byte_offset: int, byte_length: int) -> None:
        """Zeroes a range at once. Raises IndexError if it leaves the buffer."""
        with raising("Error zero filling buffer"):
            self.buffer.write(byte_offset, bytes(self.buffer.resolve(byte_offset, byte_length)[1]))

    def create_view(self, shape: Sequence[int], element_size: int) -> HalBufferView:
        """Returns a view of opaque elements of `element_size` bytes."""
        return HalBufferView(self, shape, element_size * 8)

    def map(self) -> MappedMemory:
        """Returns the bytes as the host sees them."""
        return MappedMemory(self.buffer)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HalBuffer) and self.buffer is other.buffer

    def __hash__(self) -> int:
        return id(self.buffer)

    def __repr__(self) -> str:
        return f"<HalBuffer {_described(self.buffer)}>"


class HalBufferView:
    """A buffer with a shape and an element type: a tensor."""

    __slots__ = ("_buffer", "view")

    def __init__(self, buffer: HalBuffer, shape: Sequence[int], element_type: int):
        """Raises ValueError if the buffer is too small."""
        code = int(element_type)
        needed = math.prod(shape) * HalElementType.dense_byte_count(code)
        if needed > buffer.byte_length():
            raise ValueError(f"a view of {needed} bytes needs more than {buffer!r}")
        self.view = BufferView(buffer.buffer, list(shape), code)
        """The HAL's object."""

    @classmethod
    def _of(cls, view: BufferView) -> HalBufferView:
        self = cls.__new__(cls)
        self.view = view
        return self

    @staticmethod
    def __iree_vm_cast__(reference: VmRef) -> HalBufferView | None:
        value = reference.value
        return HalBufferView._of(value) if isinstance(value, BufferView) else None

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self.view)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    @property
    def shape(self) -> list[int]:
        """Extents."""
        return list(self.view.shape)

    @property
    def element_type(self) -> HalElementType | int:
        """The member of `HalElementType`; the code if there is none."""
        return element_type_of(self.view.element_type)

    @property
    def byte_length(self) -> int:
        """Bytes of the elements."""
        return math.prod(self.view.shape) * HalElementType.dense_byte_count(self.view.element_type)

    def get_buffer(self) -> HalBuffer:
        """Returns the buffer behind it."""
        return HalBuffer(self.view.buffer)

    def map(self) -> MappedMemory:
        """Returns the bytes as the host sees them."""
        return MappedMemory(self.view.buffer)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HalBufferView) and self.view is other.view

    def __hash__(self) -> int:
        return id(self.view)

    def __repr__(self) -> str:
        shape = ", ".join(map(str, self.view.shape))
        return (
            f"<HalBufferView ({shape}), element_type=0x{code_text(self.view.element_type)}, "
            f"{_described(self.view.buffer)}>"
        )


class MappedMemory:
    """A buffer's bytes on the host: shared where the memory is, else a copy that cannot be
    written.
    """

    __slots__ = ("__weakref__", "_buffer")

    def __init__(self, buffer: Buffer):
        """Raises RuntimeError for a buffer that the host may not map."""
        if not isinstance(buffer, HostBuffer):
            with raising("could not map memory"):
                check_use(buffer, MAPPED, HOST_VISIBLE)
        self._buffer = buffer

    @classmethod
    def readable(cls, buffer: Buffer) -> MappedMemory:
        """Returns the bytes of a buffer that the host may only transfer, too."""
        made = cls.__new__(cls)
        made._buffer = buffer
        return made

    def asarray(
        self, shape: Sequence[int], numpy_dtype_descr: Any
    ) -> numpy.ndarray[Any, numpy.dtype[Any]]:
        """Returns the bytes as an array. Raises ValueError if there are too few."""
        import numpy

        dtype = numpy.dtype(numpy_dtype_descr)
        if math.prod(shape) * dtype.itemsize > self._buffer.byte_length:
            raise ValueError(
                f"an array of shape {tuple(shape)} and type {dtype} needs more than the "
                f"{self._buffer.byte_length} bytes of the buffer"
            )
        if isinstance(self._buffer, HostBuffer):
            return numpy.ndarray(shape, dtype, self._buffer.data)
        return numpy.ndarray(shape, dtype, self._buffer.read().toreadonly())


class HalAllocator:
    """Makes buffers on a device."""

    def __init__(self, allocator: Allocator):
        self.allocator = allocator
        """The HAL's object."""
        if allocator.statistics is None:
            allocator.statistics = Statistics()
        self._argument_kind = self._kind(MemoryType.DEVICE_LOCAL, BufferUsage.DEFAULT)

    def allocate_buffer(
        self, memory_type: int, allowed_usage: int, allocation_size: int
    ) -> HalBuffer:
        """Allocates zeroed memory. Raises ValueError below zero, RuntimeError if there is not
        enough.
        """
        with raising("could not allocate buffer"):
            return HalBuffer(self._allocate(memory_type, allowed_usage, allocation_size))

    def allocate_buffer_copy(
        self,
        memory_type: int,
        allowed_usage: int,
        device: HalDevice,
        buffer: Any,
        element_type: int | None = None,
    ) -> HalBuffer | HalBufferView:
        """Returns a copy of an array, or of anything with the buffer protocol; with `element_type`,
        a view of it.
        """
        shape, data = _contents(buffer)
        with raising("Failed to allocate device buffer"):
            copy = self._allocate(memory_type, allowed_usage, len(data))
            copy.write(0, data)
        return (
            HalBuffer(copy)
            if element_type is None
            else HalBufferView(HalBuffer(copy), shape, element_type)
        )

    def upload(self, array: numpy.ndarray[Any, Any]) -> Buffer:
        """Returns a copy of an array as an argument: what `allocate_buffer_copy` makes, as the HAL
        has it.

        Raises RESOURCE_EXHAUSTED.
        """
        data = array.tobytes() if array.nbytes <= MAX_ONE_STEP_BYTES else _contents(array)[1]
        return self.allocator.upload(*self._argument_kind, data)

    def allocate_host_staging_buffer_copy(
        self, device: HalDevice, initial_contents: Any
    ) -> HalBuffer:
        """Returns a copy of some bytes, to be transferred from."""
        staging = self.allocate_buffer_copy(
            MemoryType.HOST_VISIBLE | MemoryType.DEVICE_LOCAL,
            BufferUsage.TRANSFER | BufferUsage.MAPPING,
            device,
            initial_contents,
        )
        assert isinstance(staging, HalBuffer)
        return staging

    def import_host_allocation(
        self, buffer_obj: Any, memory_type: int, allowed_usage: int
    ) -> HalBuffer:
        """Returns the memory of an array as a buffer, without a copy.

        Raises RuntimeError where the device cannot share it: all but CPU devices, and memory that
        is not aligned as the device's executables ask.
        """
        from ireelite.status import StatusCode, StatusError

        _, data = _contents(buffer_obj)
        with raising("Failed to import host allocation"):
            buffer = self.allocator.import_data(int(memory_type), int(allowed_usage), data)
            if not isinstance(buffer, HostBuffer) or not buffer.borrowed:
                raise StatusError(
                    StatusCode.UNAVAILABLE, "the device cannot use this memory where it is"
                )
        return HalBuffer(buffer)

    def query_buffer_compatibility(
        self, memory_type: int, allowed_usage: int, intended_usage: int, allocation_size: int
    ) -> int:
        """Bits of `BufferCompatibility`."""
        compatible = (
            BufferCompatibility.ALLOCATABLE
            | BufferCompatibility.QUEUE_TRANSFER
            | BufferCompatibility.QUEUE_DISPATCH
        )
        if self._is_host:
            compatible |= BufferCompatibility.IMPORTABLE | BufferCompatibility.EXPORTABLE
        return int(compatible)

    def trim(self) -> None:
        """Releases memory that is kept for other buffers, that of garbage included."""
        import gc

        gc.collect()
        self.allocator.trim()

    @property
    def has_statistics(self) -> bool:
        """Whether memory is counted."""
        return self.allocator.statistics is not None

    @property
    def statistics(self) -> dict[str, int]:
        """Bytes since the device was opened: `host_bytes_peak`, `device_bytes_freed` and so on."""
        counted = self.allocator.statistics
        if counted is None:
            return {}
        heaps = {"host": counted.host_local, "device": counted.device_local}
        return {
            f"{name}_bytes_{what}": getattr(heap, what)
            for name, heap in heaps.items()
            for what in ("peak", "allocated", "freed")
        }

    @property
    def formatted_statistics(self) -> str:
        """The same as text."""
        return "" if self.allocator.statistics is None else self.allocator.statistics.report()

    @property
    def _is_host(self) -> bool:
        from ireelite.hal.host_allocator import HostAllocator

        return isinstance(self.allocator, HostAllocator)

    def _kind(self, memory_type: int, usage: int) -> tuple[int, int]:
        """Returns the memory type and usage that a buffer gets: the host sees all memory of a CPU
        device.
        """
        if not self._is_host:
            return int(memory_type), int(usage)
        return int(memory_type) | MemoryType.HOST_VISIBLE.value, int(usage) | _HOST_USAGE

    def _allocate(self, memory_type: int, usage: int, byte_length: int) -> Buffer:
        return self.allocator.allocate(*self._kind(memory_type, usage), byte_length)


def _contents(source: Any) -> tuple[Sequence[int], memoryview]:
    """Returns the shape and bytes, in row-major order."""
    if hasattr(source, "__array__"):
        import numpy

        array = numpy.asarray(source)
        # Not every dtype has a buffer protocol: its bytes always do.
        flat = numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8)
        return array.shape, flat.data
    view = memoryview(source)
    if not view.c_contiguous:
        view = memoryview(view.tobytes())
    return view.shape or (), view.cast("B")


def _described(buffer: Buffer) -> str:
    return (
        f"{buffer.byte_length} bytes (at offset {buffer.byte_offset} "
        f"into {buffer.root.byte_length}), memory_type={memory_type_text(buffer.memory_type)}, "
        f"allowed_access=ALL, allowed_usage={usage_text(buffer.usage)}"
    )
