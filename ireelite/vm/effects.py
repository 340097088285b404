"""Instructions that reach into buffers, lists and globals, for both engines.

Offsets and lengths of loads, stores and fills count elements; those of copy, compare, clone and
hash count bytes.
"""

from __future__ import annotations

import struct
from _thread import _local
from typing import Any

from ireelite.bytecode.isa import FAILURE_VALUES
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm import host_memory
from ireelite.vm.arithmetic import round_f32, wrap32, wrap64
from ireelite.vm.refs import F32, I32, Buffer, List, type_of

ELEMENTS = {
    "i8.u": "u8",
    "i8.s": "i8",
    "i16.u": "u16",
    "i16.s": "i16",
    "i8": "u8",
    "i16": "u16",
    "i32": "i32",
    "i64": "i64",
    "f32": "f32",
    "f64": "f64",
}
"""The view of a buffer that `buffer.load.X`, `buffer.store.X` and `buffer.fill.X` go through."""

_MASKS = {"u8": 0xFF, "u16": 0xFFFF}
_WIDTHS = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "i32": 4, "i64": 8, "f32": 4, "f64": 8}
_FILLS = {
    "u8": struct.Struct("<B"),
    "u16": struct.Struct("<H"),
    "i32": struct.Struct("<i"),
    "i64": struct.Struct("<q"),
    "f32": struct.Struct("<f"),
    "f64": struct.Struct("<d"),
}


class GlobalMemory:
    """The number globals of a module in a context:
    bytes, read and written as numbers at any offset.
    """

    _CODES = {"i32": "<i", "i64": "<q", "f32": "<f", "f64": "<d"}

    def __init__(self, size: int):
        self.data = bytearray(size)

    def load(self, kind: str, offset: int) -> Any:
        """Returns the number at a byte offset; `kind` is `i32 i64 f32 f64`. Raises OUT_OF_RANGE."""
        return struct.unpack_from(self._CODES[kind], self.data, self._checked(kind, offset))[0]

    def store(self, kind: str, offset: int, value: Any) -> None:
        """Writes a number. Raises OUT_OF_RANGE."""
        struct.pack_into(self._CODES[kind], self.data, self._checked(kind, offset), value)

    def _checked(self, kind: str, offset: int) -> int:
        if not 0 <= offset <= len(self.data) - _WIDTHS[kind]:
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"no global at byte {offset}; there are {len(self.data)} bytes",
            )
        return offset


def new_cell() -> memoryview[float]:
    """Makes room for one f32: what is stored in it is read back rounded, which is the fastest way
    to round in Python.
    """
    return memoryview(bytearray(4)).cast("f")


def load_ref(refs: list[Any], ordinal: int, expected: str) -> Any:
    """Returns a reference global, by an ordinal that is known only now.

    Raises OUT_OF_RANGE, INVALID_ARGUMENT.
    """
    _check_ordinal(refs, ordinal)
    return cast_ref(refs[ordinal], expected)


def store_ref(refs: list[Any], ordinal: int, expected: str, value: Any) -> None:
    """Sets a reference global, by an ordinal that is known only now.

    Raises OUT_OF_RANGE, INVALID_ARGUMENT.
    """
    _check_ordinal(refs, ordinal)
    refs[ordinal] = cast_ref(value, expected)


def cast_ref(value: Any, expected: str) -> Any:
    """Returns the reference itself, which must be null or of the expected type. Raises
    INVALID_ARGUMENT.
    """
    if value is None or expected == "vm.opaque" or type_of(value) == expected:
        return value
    raise invalid_argument(f"ref type mismatch; expected {expected} but got {type_of(value)}")


def buffer_load(buffer: Any, view: str, index: int) -> Any:
    """Returns an element of a buffer. Raises OUT_OF_RANGE, INVALID_ARGUMENT."""
    source = checked_buffer(buffer)
    if index < 0:
        raise _outside(buffer, index)
    try:
        return getattr(source, view)[index]
    except IndexError:
        raise _outside(buffer, index) from None


def buffer_store(buffer: Any, view: str, index: int, value: Any) -> None:
    """Sets an element of a buffer. Raises OUT_OF_RANGE, PERMISSION_DENIED, INVALID_ARGUMENT."""
    target = checked_buffer(buffer).writable()
    if index < 0:
        raise _outside(buffer, index)
    try:
        getattr(target, view)[index] = value & _MASKS[view] if view in _MASKS else value
    except IndexError:
        raise _outside(buffer, index) from None


def buffer_fill(buffer: Any, view: str, offset: int, length: int, value: Any) -> None:
    """Sets `length` elements from `offset` on.

    Raises OUT_OF_RANGE, PERMISSION_DENIED, INVALID_ARGUMENT.
    """
    width = _WIDTHS[view]
    target = checked_buffer(buffer).writable().range(offset * width, length * width, "fill")
    target[:] = _FILLS[view].pack(value & _MASKS[view] if view in _MASKS else value) * length


def buffer_alloc(length: int, alignment: int) -> Buffer:
    """Returns a new buffer of `length` zero bytes. The alignment is for the host; Python's is
    always enough.
    """
    return Buffer.allocate(length)


def buffer_clone(source: Any, offset: int, length: int, alignment: int) -> Buffer:
    """Returns a new buffer with a copy of a range of bytes. Raises OUT_OF_RANGE."""
    data = checked_buffer(source).range(offset, length, "clone")
    host_memory.require(length, "a buffer")
    return Buffer(bytearray(data))


def buffer_length(buffer: Any) -> int:
    """Bytes in a buffer."""
    return len(checked_buffer(buffer))


def buffer_copy(
    source: Any, source_offset: int, target: Any, target_offset: int, length: int
) -> None:
    """Copies bytes; the ranges may overlap. Raises OUT_OF_RANGE, PERMISSION_DENIED."""
    data = checked_buffer(source).range(source_offset, length, "copy")
    checked_buffer(target).writable().range(target_offset, length, "copy")[:] = data


def buffer_compare(lhs: Any, lhs_offset: int, rhs: Any, rhs_offset: int, length: int) -> int:
    """Returns 1 if two ranges of bytes are equal, else 0. Raises OUT_OF_RANGE."""
    return int(
        checked_buffer(lhs).range(lhs_offset, length, "compare")
        == checked_buffer(rhs).range(rhs_offset, length, "compare")
    )


def buffer_hash(buffer: Any, offset: int, length: int) -> int:
    """Returns the SipHash-2-4 of a range of bytes, with the key that IREE uses, as an i64.

    Raises OUT_OF_RANGE.
    """
    from ireelite.vm.siphash import siphash_2_4

    return wrap64(siphash_2_4(bytes(checked_buffer(buffer).range(offset, length, "hash"))))


def list_alloc(element_type: str, capacity: int) -> List:
    """Returns an empty list. Raises INVALID_ARGUMENT for a negative capacity."""
    if capacity < 0:
        raise invalid_argument(f"a list cannot have the capacity {capacity}")
    return List(element_type)


def list_reserve(target: Any, capacity: int) -> None:
    """Does nothing: Python's lists grow by themselves."""
    _list(target)


def list_size(source: Any) -> int:
    """Elements in a list."""
    return len(_list(source).items)


def list_resize(target: Any, size: int) -> None:
    """Drops elements, or adds zeros or nulls.

    Raises INVALID_ARGUMENT for a negative size, RESOURCE_EXHAUSTED if there is no memory for it.
    """
    if size < 0:
        raise invalid_argument(f"a list cannot have the size {size}")
    items = _list(target).items
    if size < len(items):
        del items[size:]
    else:
        zero = (
            None if target.element_type[0] == "!" else 0.0 if target.element_type[0] == "f" else 0
        )
        host_memory.require(8 * size, "a list")
        items += [zero] * (size - len(items))


def list_get(source: Any, index: int, kind: str) -> Any:
    """Returns an element as a number of `kind` (`i32 i64 f32 f64`).

    An int read as a float is 0, and the reverse, as upstream. Raises OUT_OF_RANGE, and
    FAILED_PRECONDITION for a reference.
    """
    value = _element(_list(source), index)
    if not isinstance(value, (int, float)):
        raise StatusError(StatusCode.FAILED_PRECONDITION, f"list element {index} is not a number")
    return _CONVERSIONS[kind](value)


def list_set(target: Any, index: int, value: float, kind: str) -> None:
    """Sets an element to a number of `kind` (`i32 i64 f32 f64`), converted as by `list_get`; a list
    of anything keeps the kind.

    Raises OUT_OF_RANGE, FAILED_PRECONDITION.
    """
    checked = _list(target)
    _element(checked, index)
    if checked.element_type != "!vm.opaque":
        conversion = _CONVERSIONS.get(checked.element_type)
        if conversion is None:
            raise _cannot_hold(checked, "a number")
        checked.items[index] = conversion(value)
    else:
        narrow = _NARROW.get(kind)
        checked.items[index] = value if narrow is None else narrow(value)


def list_set_i32(target: Any, index: int, value: int) -> None:
    """Sets an element to an i32. Raises as `list_set`."""
    list_set(target, index, value, "i32")


def list_set_i64(target: Any, index: int, value: int) -> None:
    """Sets an element to an i64. Raises as `list_set`."""
    list_set(target, index, value, "i64")


def list_set_f32(target: Any, index: int, value: float) -> None:
    """Sets an element to an f32. Raises as `list_set`."""
    list_set(target, index, value, "f32")


def list_set_f64(target: Any, index: int, value: float) -> None:
    """Sets an element to an f64. Raises as `list_set`."""
    list_set(target, index, value, "f64")


def list_get_ref(source: Any, index: int, expected: str) -> Any:
    """Returns an element if it is a reference of the expected type, else null. Raises OUT_OF_RANGE."""
    if source.__class__ is List and 0 <= index < len(source.items):
        value = source.items[index]
    else:
        value = _element(_list(source), index)
    kind = getattr(value, "vm_type", None)
    return value if kind == expected or expected == "vm.opaque" else None


def list_set_ref(target: Any, index: int, value: Any) -> None:
    """Sets an element to a reference. Raises OUT_OF_RANGE, FAILED_PRECONDITION,
    INVALID_ARGUMENT.
    """
    checked = _list(target)
    _element(checked, index)
    if not checked.element_type.startswith("!"):
        raise _cannot_hold(checked, "a reference")
    checked.items[index] = cast_ref(value, checked.element_type[1:])


_of_failure = _local()
"""The values for the message of this thread's next failure."""


def failure(status: int, message: str) -> StatusError:
    """Returns the error that `fail` raises, with the values of a `trace` before it in the places of
    `{0}`, `{1}` and so on. Only five bits of the status count, as upstream.
    """
    code = status & 31
    for number, value in enumerate(vars(_of_failure).pop("values", ())):
        message = message.replace(f"{{{number}}}", str(value))
    return StatusError(
        StatusCode(code) if 0 < code <= max(StatusCode) else StatusCode.UNKNOWN, message
    )


def fail(status: int, message: str) -> None:
    """Raises the error of that status, unless it is 0."""
    if status:
        raise failure(status, message)


def fell_off() -> StatusError:
    """Returns the error of a `vm.fail` in the last block that gets the status 0 and so does not
    fail.
    """
    return invalid_argument(
        "control runs off the end of the function: vm.fail in its last block got the status 0 (OK)"
    )


def trace(message: str, *values: Any) -> None:
    """Prints values to stderr, as `trace` and `print` do. Those of `FAILURE_VALUES` are kept for the
    message of the failure that comes next.
    """
    import sys

    if message == FAILURE_VALUES:
        _of_failure.values = values
        return
    print(f"{message}({', '.join(str(value) for value in values)})", file=sys.stderr)


_CONVERSIONS = {
    "i8": lambda value: 0 if isinstance(value, float) else (value + 0x80 & 0xFF) - 0x80,
    "i16": lambda value: 0 if isinstance(value, float) else (value + 0x8000 & 0xFFFF) - 0x8000,
    "i32": lambda value: 0 if isinstance(value, float) else wrap32(value),
    "i64": lambda value: 0 if isinstance(value, float) else wrap64(value),
    "f32": lambda value: round_f32(value) if isinstance(value, float) else 0.0,
    "f64": lambda value: float(value) if isinstance(value, float) else 0.0,
}
_NARROW = {"i32": I32, "f32": F32}


def checked_buffer(value: Any) -> Buffer:
    """Returns a reference that must be a buffer. Raises INVALID_ARGUMENT."""
    if isinstance(value, Buffer):
        return value
    raise invalid_argument(f"vm.buffer expected; got {'null' if value is None else type_of(value)}")


def _list(value: Any) -> List:
    if isinstance(value, List):
        return value
    raise invalid_argument(f"vm.list expected; got {'null' if value is None else type_of(value)}")


def _element(checked: List, index: int) -> Any:
    if not 0 <= index < len(checked.items):
        raise StatusError(
            StatusCode.OUT_OF_RANGE, f"index {index} out of range of a list of {len(checked.items)}"
        )
    return checked.items[index]


def _cannot_hold(checked: List, what: str) -> StatusError:
    held = checked.element_type.lstrip("!")
    return StatusError(StatusCode.FAILED_PRECONDITION, f"a list of {held} cannot hold {what}")


def _check_ordinal(refs: list[Any], ordinal: int) -> None:
    if not 0 <= ordinal < len(refs):
        raise StatusError(
            StatusCode.OUT_OF_RANGE, f"no reference global {ordinal}; there are {len(refs)}"
        )


def _outside(buffer: Any, index: int) -> StatusError:
    size = len(checked_buffer(buffer))
    return StatusError(
        StatusCode.OUT_OF_RANGE, f"element {index} lies outside of the buffer of {size} bytes"
    )
