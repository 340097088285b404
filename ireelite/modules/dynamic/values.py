"""Buffers, lists, tensors and fences as a library sees them: the second half of its host."""

from __future__ import annotations

import ctypes
import math
import struct
from dataclasses import dataclass
from typing import Any, TypeVar

from ireelite.element_types import from_code
from ireelite.hal.buffer import Buffer, BufferUsage, BufferView, MemoryType
from ireelite.hal.device import Allocator, Device
from ireelite.hal.host_allocator import HostAllocator
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.memory_address import address_of
from ireelite.modules.dynamic import abi
from ireelite.modules.dynamic.tickets import Misuse, Tickets
from ireelite.modules.hal_arguments import checked
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm import effects
from ireelite.vm.refs import Buffer as VmBuffer
from ireelite.vm.refs import List

T = TypeVar("T")

MEMORY = int(MemoryType.HOST_LOCAL | MemoryType.DEVICE_LOCAL)
USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)
MAX_DIMENSIONS = 1 << 10

CELLS = {"i": "i4x", "I": "q", "f": "f4x", "F": "d", "r": "Q"}
"""How a value of a letter lies in its cell, for `struct`."""

_NUMBERS = {"i": "i32", "I": "i64", "f": "f32", "F": "f64"}
"""The same as element types."""


@dataclass(frozen=True)
class MappedBuffer:
    """A buffer whose bytes a library is looking at."""

    buffer: Buffer
    copy: bytearray | None
    """The bytes, where the memory itself cannot be reached."""
    written: bool


class HostValues:
    """The functions for values of the VM and of the HAL."""

    def __init__(self) -> None:
        self.references: Tickets[Any] = Tickets("reference")
        self.statuses: Tickets[StatusError] = Tickets("status")
        self.mappings: Tickets[MappedBuffer] = Tickets("mapping")
        self.texts: dict[int | str, Any] = {}
        """Strings that the library looks at, by the status or type that they are about."""
        self._host_memory = HostAllocator()

    def reference(self, ref: int | None) -> Any:
        """Returns the object of a reference. Raises INVALID_ARGUMENT for null."""
        if ref is None:
            raise invalid_argument("ref is null")
        return self.references.look(ref)

    def typed(self, ref: int | None, type: type[T]) -> T:
        """Returns the object of a reference. Raises INVALID_ARGUMENT for null and other types."""
        return checked(self.reference(ref), type)

    def formatted(self, ref: int | None, max_elements: int) -> str:
        """Returns a value as the tools print it."""
        if ref is None:
            return "(null)"
        thing = self.references.look(ref)
        if not isinstance(thing, BufferView):
            return repr(thing)
        from ireelite.values import TensorValue, format_tensor

        type = from_code(thing.element_type)
        return format_tensor(TensorValue(tuple(thing.shape), type, thing.contents()), max_elements)

    def taken_status(self, number: int) -> StatusError:
        """Returns a status that the library gave away; about the mistake if it has no such status."""
        try:
            return self.statuses.release(number)
        except Misuse as mistake:
            return mistake
        finally:
            self.texts.pop(number, None)

    def _give(self, out: int, thing: object) -> None:
        store(out, self.references.give(thing))

    # -- vm.buffer

    def buffer_create(self, size: int, out: int) -> None:
        """Creates a buffer of zeroed bytes."""
        self._give(out, VmBuffer.allocate(size))

    def buffer_bytes(self, ref: int | None, access: int, out: int, out_size: int) -> None:
        """Stores the address and length of a buffer's bytes."""
        buffer = self.typed(ref, VmBuffer)
        if access & abi.WRITE:
            buffer.writable()
        store(out, address_of(buffer.data))
        store(out_size, len(buffer.data))

    # -- vm.list

    def list_create(self, element_type: abi.StringView, out: int) -> None:
        """Creates an empty list."""
        self._give(out, List(element_type.text() or "!vm.opaque"))

    def list_size(self, ref: int | None, out: int) -> None:
        """Elements."""
        store(out, len(self.typed(ref, List).items))

    def list_resize(self, ref: int | None, size: int) -> None:
        """Adds or drops elements at the end."""
        effects.list_resize(self.typed(ref, List), size)

    def list_get(self, ref: int | None, index: int, kind: bytes, out: int) -> None:
        """Stores an element as a value of a kind."""
        source = self.typed(ref, List)
        letter = _letter(kind)
        if letter == "r":
            value = effects.list_get_ref(source, index, "vm.opaque")
            if isinstance(value, (int, float)):
                raise StatusError(
                    StatusCode.FAILED_PRECONDITION, f"list element {index} is not a reference"
                )
            store_value(out, "r", 0 if value is None else self.references.give(value))
        else:
            store_value(out, letter, effects.list_get(source, index, _NUMBERS[letter]))

    def list_set(self, ref: int | None, index: int, kind: bytes, value: int) -> None:
        """Changes an element."""
        target = self.typed(ref, List)
        letter = _letter(kind)
        if letter == "r":
            ticket = load_value(value, "r")
            effects.list_set_ref(
                target, index, self.references.look(int(ticket)) if ticket else None
            )
        else:
            effects.list_set(target, index, load_value(value, letter), _NUMBERS[letter])

    def list_push(self, ref: int | None, kind: bytes, value: int) -> None:
        """Adds an element at the end."""
        target = self.typed(ref, List)
        size = len(target.items)
        effects.list_resize(target, size + 1)
        try:
            self.list_set(ref, size, kind, value)
        except StatusError:
            effects.list_resize(target, size)
            raise

    # -- hal.buffer and hal.buffer_view

    def hal_buffer_create(self, like: int | None, data: int | None, size: int, out: int) -> None:
        """Creates a buffer with these bytes in it."""
        allocator: Any = self._host_memory
        if like is not None:
            allocator = _allocator(self.references.look(like))
        buffer = allocator.allocate(MEMORY, USAGE, size)
        if data is not None and size:
            buffer.write(0, ctypes.string_at(data, size))
        self._give(out, buffer)

    def hal_buffer_read(self, ref: int | None, offset: int, length: int, out: int | None) -> None:
        """Copies bytes to the library."""
        data = self._buffer(ref).read(offset, length)
        if length:
            ctypes.memmove(pointer(out), bytes(data), length)

    def hal_buffer_write(self, ref: int | None, offset: int, length: int, data: int | None) -> None:
        """Copies bytes from the library."""
        buffer = self._buffer(ref)
        buffer.resolve(offset, length)
        buffer.write(offset, ctypes.string_at(pointer(data), length) if length else b"")

    def hal_buffer_map(self, ref: int | None, access: int, out: int) -> None:
        """Maps the bytes of a buffer."""
        mapping = abi.Mapping.from_address(pointer(out))
        _check_size("a mapping", mapping, abi.Mapping)
        buffer = self._buffer(ref)
        written = bool(access & abi.WRITE)
        copy = None
        if isinstance(buffer, HostBuffer):
            if written:
                buffer.writable()
            address = buffer.address
        else:
            copy = bytearray(buffer.read())
            address = address_of(memoryview(copy))
        mapping.size, mapping.data = buffer.byte_length, address
        mapping.token = self.mappings.give(MappedBuffer(buffer, copy, written))

    def hal_buffer_unmap(self, out: int) -> None:
        """Lets go of the bytes."""
        mapping = abi.Mapping.from_address(pointer(out))
        _check_size("a mapping", mapping, abi.Mapping)
        row = self.mappings.release(mapping.token)
        mapping.token = mapping.data = None
        mapping.size = 0
        if row.copy is not None and row.written:
            row.buffer.write(0, row.copy)

    def buffer_view_create(self, ref: int | None, info: int, out: int) -> None:
        """Gives a buffer a shape."""
        row = abi.BufferViewInfo.from_address(pointer(info))
        _check_size("a buffer view's description", row, abi.BufferViewInfo)
        buffer = self.typed(ref, Buffer)
        type = from_code(row.element_type)
        if row.rank > MAX_DIMENSIONS:
            raise invalid_argument(f"a buffer view cannot have {row.rank} dimensions")
        shape: list[int] = []
        if row.rank:
            shape = list((ctypes.c_int64 * row.rank).from_address(pointer(row.shape)))
        if any(extent < 0 for extent in shape):
            raise invalid_argument(f"a buffer view cannot have the shape {shape}")
        size = type.packed_size(math.prod(shape))
        if size > buffer.byte_length:
            raise invalid_argument(
                f"a view of {size} bytes does not fit a buffer of {buffer.byte_length}"
            )
        self._give(out, BufferView(buffer, shape, row.element_type, row.encoding))

    def buffer_view_info(self, ref: int | None, out: int) -> None:
        """Stores the shape and element type."""
        row = abi.BufferViewInfo.from_address(pointer(out))
        _check_size("a buffer view's description", row, abi.BufferViewInfo)
        view = self.typed(ref, BufferView)
        row.element_type, row.encoding = view.element_type, view.encoding
        row.byte_length, row.rank = view.buffer.byte_length, len(view.shape)
        if row.rank > row.shape_capacity:
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"a shape of rank {row.rank} does not fit {row.shape_capacity} extents",
            )
        if row.rank:
            extents = (ctypes.c_int64 * row.rank).from_address(pointer(row.shape))
            extents[:] = list(view.shape)

    def buffer_view_buffer(self, ref: int | None, out: int) -> None:
        """Gives the buffer behind a view."""
        self._give(out, self.typed(ref, BufferView).buffer)

    def _buffer(self, ref: int | None) -> Buffer:
        thing = self.reference(ref)
        return thing.buffer if isinstance(thing, BufferView) else checked(thing, Buffer)

    # -- hal.fence

    def fence_create(self, out: int) -> None:
        """Creates a fence on a new timeline."""
        self._give(out, Fence([(Semaphore(), 1)]))

    def fence_query(self, ref: int | None, out: int) -> None:
        """Stores OK, DEFERRED, or the code of the failure of a fence."""
        code = StatusCode.OK if ref is None else self.typed(ref, Fence).query()
        store(out, int(code), ctypes.c_int32)

    def fence_wait(self, ref: int | None, timeout_ns: int) -> None:
        """Blocks."""
        if ref is None:
            return
        timeout = None if timeout_ns < 0 else timeout_ns * 1e-9
        if not self.typed(ref, Fence).wait(timeout):
            raise StatusError(
                StatusCode.DEADLINE_EXCEEDED, f"the fence was not reached in {timeout_ns} ns"
            )

    def fence_signal(self, ref: int | None) -> None:
        """Reaches it."""
        if ref is not None:
            self.typed(ref, Fence).signal()

    def fence_fail(self, ref: int | None, status: int | None) -> None:
        """Fails it."""
        if status is None:
            raise invalid_argument("a fence cannot fail with OK")
        failure = self.taken_status(status)
        if ref is not None:
            self.typed(ref, Fence).fail(failure)


def _letter(kind: bytes) -> str:
    letter = kind.decode(errors="replace")
    if letter not in CELLS:
        raise invalid_argument(f"'{letter}' is not the letter of a value; i I f F r are")
    return letter


def _allocator(thing: object) -> Any:
    if isinstance(thing, BufferView):
        return thing.buffer.allocator
    if isinstance(thing, (Device, Buffer)):
        return thing.allocator
    return checked(thing, Allocator)


def _check_size(what: str, given: Any, type: type[ctypes.Structure]) -> None:
    if given.struct_size < ctypes.sizeof(type):
        raise Misuse(f"struct_size of {what} is {given.struct_size}; set it before the call")


def pointer(address: int | None) -> int:
    """Returns an address that the library passed. Raises `Misuse` for NULL."""
    if not address:
        raise Misuse("a pointer that it passed is NULL")
    return address


def store(out: int | None, value: int, type: Any = ctypes.c_size_t, offset: int = 0) -> None:
    """Sets what a pointer of the library's points to. Raises `Misuse` for NULL."""
    type.from_address(pointer(out) + offset).value = value


def store_value(out: int | None, letter: str, value: float) -> None:
    """Sets an `ireelite_value_t`. Raises `Misuse` for NULL."""
    ctypes.memmove(pointer(out), struct.pack(f"<{CELLS[letter]}", value), abi.CELL)


def load_value(address: int | None, letter: str) -> Any:
    """Reads an `ireelite_value_t`. Raises `Misuse` for NULL."""
    return struct.unpack(f"<{CELLS[letter]}", ctypes.string_at(pointer(address), abi.CELL))[0]
