"""Buffers: ranges of device memory, and views that give them a shape and an element type."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ireelite.hal.buffer_usage import BufferUsage as BufferUsage
from ireelite.hal.buffer_usage import MemoryType as MemoryType
from ireelite.status import StatusCode, StatusError, invalid_argument

WHOLE_BUFFER = -1
"""A length meaning `up to the end`."""


class AllocatorLike(Protocol):
    """What a buffer knows of the allocator that made it."""

    vm_type: str

    def allocate(self, memory_type: int, usage: int, byte_length: int) -> Buffer: ...

    def upload(self, memory_type: int, usage: int, data: bytes | memoryview) -> Buffer: ...

    def import_data(self, memory_type: int, usage: int, data: memoryview) -> Buffer: ...


class Buffer(ABC):
    """A range of bytes of one allocation. Subclasses add the memory itself."""

    vm_type = "hal.buffer"
    named_by: int
    __slots__ = (
        "__weakref__",
        "_root",
        "allocator",
        "byte_length",
        "byte_offset",
        "memory_type",
        "name",
        "named_by",
        "preserved",
        "usage",
    )

    def __init__(self, allocator: AllocatorLike, memory_type: int, usage: int, byte_length: int):
        self.allocator = allocator
        self.memory_type = memory_type
        self.usage = usage
        self.byte_length = byte_length
        self.byte_offset = 0
        self._root: Buffer | None = None
        self.preserved = 1
        """Claims on the allocation, as `hal.buffer.allocation.preserve` counts them."""
        self.name = ""
        """`b1`, `b2`, ... in the execution record that names the buffer first; empty while there is
        none. `named_by` is the number of its recording, and is set with the name.
        """

    @property
    def root(self) -> Buffer:
        """The buffer of the whole allocation."""
        # Not a reference to itself: a cycle would keep device memory until the next garbage
        # collection.
        return self if self._root is None else self._root

    def resolve(self, offset: int, length: int) -> tuple[int, int]:
        """Returns the range with -1 resolved to the rest. Raises OUT_OF_RANGE when it does not lie
        within the buffer.
        """
        if length == WHOLE_BUFFER:
            length = self.byte_length - offset
        if offset < 0 or length < 0 or offset + length > self.byte_length:
            raise out_of_range(offset, length, self.byte_length)
        return offset, length

    def subspan(self, offset: int, length: int) -> Buffer:
        """Returns a view of part of this buffer; the buffer itself if that is all of it."""
        offset, length = self.resolve(offset, length)
        if offset == 0 and length == self.byte_length:
            return self
        part = self._part(offset, length)
        part.byte_offset = self.byte_offset + offset
        part._root = self.root
        return part

    @abstractmethod
    def _part(self, offset: int, length: int) -> Buffer:
        """Returns a buffer of the same memory, `length` bytes from `offset`; the range is checked."""

    @abstractmethod
    def read(self, offset: int = 0, length: int = WHOLE_BUFFER) -> memoryview:
        """Returns the bytes as the host sees them now; shared with the device where memory is
        shared, else a copy.
        """

    @abstractmethod
    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Overwrites bytes from the host, at once."""

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<{type(self).__name__}{name}: {self.byte_length} bytes at {self.byte_offset}>"


def out_of_range(offset: int, length: int, capacity: int) -> StatusError:
    """Returns the error for a range that leaves its buffer."""
    return StatusError(
        StatusCode.OUT_OF_RANGE,
        f"attempted to access an address off the end of the valid buffer range (offset={offset}, "
        f"length={length}, end={offset + length}, buffer byte_length={capacity})",
    )


class BufferView:
    """A buffer with shape, element type and encoding: what programs take and return as tensors."""

    vm_type = "hal.buffer_view"
    __slots__ = ("buffer", "element_type", "encoding", "shape")

    def __init__(self, buffer: Buffer, shape: Sequence[int], element_type: int, encoding: int = 1):
        self.buffer = buffer
        self.shape = shape
        self.element_type = element_type
        """HAL code, see `ireelite.element_types`."""
        self.encoding = encoding
        """1: dense row-major."""

    def contents(self) -> memoryview:
        """Returns the bytes of the elements, as the host sees them.

        Programs may create views of any shape and element type: raises INVALID_ARGUMENT for
        negative extents and for element types of zero bits, and OUT_OF_RANGE if the buffer is too
        short.
        """
        if any(extent < 0 for extent in self.shape):
            raise invalid_argument(f"a tensor of shape {tuple(self.shape)} cannot be read")
        from ireelite.element_types import from_code

        type = from_code(self.element_type)
        return self.buffer.read(0, type.packed_size(math.prod(self.shape)))

    def __repr__(self) -> str:
        from ireelite.element_types import from_code
        from ireelite.values import format_metadata

        return f"<hal.buffer_view {format_metadata(self.shape, from_code(self.element_type))}>"
