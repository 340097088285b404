"""The reference types that the VM itself knows: buffers of bytes, and lists.

Every other reference is any Python object whose class has a `vm_type`, as `hal.fence`; null is
None.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ireelite.memory_address import address_of
from ireelite.status import StatusCode, StatusError
from ireelite.vm import host_memory


class _Numbers:
    """A buffer's bytes as numbers of one type: made when first asked for, and kept by the buffer.

    A tail shorter than an element belongs to no element.
    """

    def __init__(self, code: str, width: int):
        self._code = code
        self._width = width

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, buffer: Any, owner: type) -> memoryview[Any]:
        data = buffer.data
        try:
            view = data.cast(self._code)
        except TypeError:
            view = data[: len(data) // self._width * self._width].cast(self._code)
        # No data descriptor: from now on the attribute hides it, so that code which loads and
        # stores in a loop pays for an attribute only.
        setattr(buffer, self._name, view)
        return view


class Buffer:
    """A range of bytes (`vm.buffer`).

    `i8 u8 i16 u16 i32 i64 f32 f64` are views of its bytes as numbers, made when first used: code
    that loads and stores in a loop indexes them directly.
    """

    vm_type = "vm.buffer"
    i8, u8 = _Numbers("b", 1), _Numbers("B", 1)
    i16, u16 = _Numbers("h", 2), _Numbers("H", 2)
    i32, i64 = _Numbers("i", 4), _Numbers("q", 8)
    f32, f64 = _Numbers("f", 4), _Numbers("d", 8)

    def __init__(self, data: Any, mutable: bool = True, origin: tuple[str, int] | None = None):
        view = data if data.__class__ is memoryview else memoryview(data)
        if view.format != "B" or view.ndim != 1:
            view = view.cast("B")
        self.data: memoryview = view if mutable or view.readonly else view.toreadonly()
        self.mutable = mutable and not view.readonly
        self.origin = origin
        """(module name, rodata ordinal) of a buffer that is part of a module, else None."""

    @classmethod
    def allocate(cls, length: int) -> Buffer:
        """Returns a buffer of `length` zero bytes. Raises RESOURCE_EXHAUSTED if there is no memory
        for it.
        """
        if length < 0:
            raise StatusError(
                StatusCode.OUT_OF_RANGE, f"cannot allocate a buffer of {length} bytes"
            )
        host_memory.require(length, "a buffer")
        try:
            return cls(bytearray(length))
        except (MemoryError, OverflowError):
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED, f"no memory for a buffer of {length} bytes"
            ) from None

    @cached_property
    def place(self) -> tuple[int, int, int]:
        """The address of its bytes, how many may be read, and how many may be written."""
        length = len(self.data)
        return address_of(self.data), length, 0 if self.data.readonly else length

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return True

    def range(self, offset: int, length: int, what: str = "access") -> memoryview:
        """Bytes [offset, offset + length). Raises OUT_OF_RANGE."""
        if offset < 0 or length < 0 or offset + length > len(self.data):
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"{what} of bytes [{offset}, {offset + length}) of a buffer of {len(self.data)} "
                "bytes",
            )
        return self.data[offset : offset + length]

    def writable(self) -> Buffer:
        """Returns the buffer itself. Raises PERMISSION_DENIED if it may not be written to."""
        if not self.mutable:
            raise StatusError(StatusCode.PERMISSION_DENIED, "the buffer is read-only")
        return self

    def __repr__(self) -> str:
        kind = "mutable" if self.mutable else "constant"
        return f"<vm.buffer of {len(self.data)} bytes, {kind}>"


class List:
    """A list of values (`vm.list`): of one number type, of references, or of anything."""

    vm_type = "vm.list"
    __slots__ = ("__weakref__", "element_type", "items")

    def __init__(self, element_type: str = "!vm.opaque", items: list[Any] | None = None):
        self.element_type = element_type
        """As in a module's type table: `i32`, `!vm.buffer`; `!vm.opaque` takes anything."""
        self.items: list[Any] = [] if items is None else items
        """Its values; `number_type` says which type a number has."""

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<vm.list of {len(self.items)} {self.element_type.lstrip('!')}>"


class I32(int):
    """An i32 in a list of anything, where a plain int is an i64."""

    __slots__ = ()


class F32(float):
    """An f32 in a list of anything, where a plain float is an f64."""

    __slots__ = ()


def number_type(value: float, element_type: str) -> str:
    """Returns the type of a number in a list of `element_type`, as `i32`."""
    if element_type[0] != "!":
        return element_type
    if isinstance(value, float):
        return "f32" if isinstance(value, F32) else "f64"
    return "i32" if isinstance(value, I32) else "i64"


def type_of(value: object) -> str:
    """Returns the reference type of an object, as `vm.buffer`; the Python class's name if it is
    none.
    """
    return getattr(value, "vm_type", type(value).__name__)
