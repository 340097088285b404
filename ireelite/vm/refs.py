"""The reference types that the VM itself knows: buffers of bytes, and lists.

Every other reference is any Python object whose class has a `vm_type`, as `hal.fence`; null is
None.
"""

from __future__ import annotations

from typing import Any

from ireelite.status import StatusCode, StatusError

_VIEW_CODES = {
    "i8": "b",
    "u8": "B",
    "i16": "h",
    "u16": "H",
    "i32": "i",
    "i64": "q",
    "f32": "f",
    "f64": "d",
}


class Buffer:
    """A range of bytes (`vm.buffer`).

    `i8 u8 i16 u16 i32 i64 f32 f64` are views of its bytes as numbers, made when first used: code
    that loads and stores in a loop indexes them directly.
    """

    vm_type = "vm.buffer"
    __slots__ = (*_VIEW_CODES, "__weakref__", "data", "mutable", "origin")

    # The views are slots, which a class body cannot annotate without giving up `__slots__` computed
    # from a table. : memoryview[int] : memoryview[int] 6: memoryview[int] 6: memoryview[int] 2:
    # memoryview[int] 4: memoryview[int] 2: memoryview[float] 4: memoryview[float]

    def __init__(self, data: Any, mutable: bool = True, origin: tuple[str, int] | None = None):
        view = memoryview(data)
        if view.format != "B" or view.ndim != 1:
            view = view.cast("B")
        self.data: memoryview = view if mutable else view.toreadonly()
        self.mutable = mutable
        self.origin = origin
        """(module name, rodata ordinal) of a buffer that is part of a module, else None."""

    @classmethod
    def allocate(cls, length: int) -> Buffer:
        """A buffer of `length` zero bytes. Raises RESOURCE_EXHAUSTED if there is no memory for
        it.
        """
        if length < 0:
            raise StatusError(
                StatusCode.OUT_OF_RANGE, f"cannot allocate a buffer of {length} bytes"
            )
        try:
            return cls(bytearray(length))
        except (MemoryError, OverflowError):
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED, f"no memory for a buffer of {length} bytes"
            ) from None

    def __getattr__(self, name: str) -> memoryview:
        """Makes a typed view. A tail shorter than an element belongs to no element."""
        code = _VIEW_CODES.get(name)
        if code is None:
            raise AttributeError(f"'Buffer' object has no attribute '{name}'")
        width = int(name[1:]) // 8
        view = self.data[: len(self.data) // width * width].cast(code)  # type: ignore[call-overload]
        setattr(self, name, view)
        return view

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
        """The buffer itself. Raises PERMISSION_DENIED if it may not be written to."""
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

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<vm.list of {len(self.items)} {self.element_type.lstrip('!')}>"


def type_of(value: object) -> str:
    """The reference type of an object, as `vm.buffer`; the Python class's name if it is none."""
    return getattr(value, "vm_type", type(value).__name__)
