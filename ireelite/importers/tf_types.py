"""TensorFlow's element types (`types.proto`) as MLIR types,
and the scalar lists of a `TensorProto` as bytes.
"""

from __future__ import annotations

import struct
from typing import Any

from xdsl.dialects.builtin import IntegerType, Signedness, f32, f64, i1, i8, i16, i32, i64

from ireelite.status import StatusCode, StatusError, invalid_argument


def _unsigned(width: int) -> IntegerType:
    return IntegerType(width, Signedness.UNSIGNED)


TYPES: dict[int, tuple[str, Any]] = {
    1: ("DT_FLOAT", f32),
    2: ("DT_DOUBLE", f64),
    3: ("DT_INT32", i32),
    4: ("DT_UINT8", _unsigned(8)),
    5: ("DT_INT16", i16),
    6: ("DT_INT8", i8),
    9: ("DT_INT64", i64),
    10: ("DT_BOOL", i1),
    17: ("DT_UINT16", _unsigned(16)),
    22: ("DT_UINT32", _unsigned(32)),
    23: ("DT_UINT64", _unsigned(64)),
}
"""`DataType` number -> (its name, the element type)."""

SCALARS: dict[int, tuple[str, str]] = {
    1: ("float_val", "f"),
    2: ("double_val", "d"),
    3: ("int_val", "i"),
    4: ("int_val", "B"),
    5: ("int_val", "h"),
    6: ("int_val", "b"),
    9: ("int64_val", "q"),
    10: ("bool_val", "?"),
    17: ("int_val", "H"),
    22: ("uint32_val", "I"),
    23: ("uint64_val", "Q"),
}
"""`DataType` number -> (the `TensorProto` field that lists its scalars, its `struct` code)."""


def element_type(number: int, where: str) -> Any:
    """The element type of a `DataType`. Raises UNIMPLEMENTED,
    saying where and which are supported.
    """
    if number not in TYPES:
        known = ", ".join(name for name, _ in TYPES.values())
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"{where}: element type {number} is not supported; supported: {known}",
        )
    return TYPES[number][1]


def scalar_bytes(tensor: Any, where: str) -> bytes:
    """The scalars of a `TensorProto` that does not use `tensor_content`, little-endian.

    Raises INVALID_ARGUMENT.
    """
    if tensor.dtype not in SCALARS:
        element_type(tensor.dtype, where)
    field, code = SCALARS[tensor.dtype]
    scalars = list(getattr(tensor, field))
    try:
        return struct.pack(f"<{len(scalars)}{code}", *scalars)
    except struct.error as error:
        name = TYPES[tensor.dtype][0]
        raise invalid_argument(f"{where}: {field} holds a value that is no {name}") from error
