"""TensorFlow's element types (`types.proto`) as MLIR types,
and the scalar lists of a `TensorProto` as bytes.
"""

from __future__ import annotations

import struct
from typing import Any

from xdsl.dialects.builtin import (
    ComplexType,
    IntegerType,
    Signedness,
    bf16,
    f16,
    f32,
    f64,
    i1,
    i8,
    i16,
    i32,
    i64,
)

from ireelite.dialects.tf import DTypeType
from ireelite.status import invalid_argument


def _unsigned(width: int) -> IntegerType:
    return IntegerType(width, Signedness.UNSIGNED)


TYPES: dict[int, tuple[str, Any]] = {
    1: ("DT_FLOAT", f32),
    2: ("DT_DOUBLE", f64),
    3: ("DT_INT32", i32),
    4: ("DT_UINT8", _unsigned(8)),
    5: ("DT_INT16", i16),
    6: ("DT_INT8", i8),
    8: ("DT_COMPLEX64", ComplexType(f32)),
    9: ("DT_INT64", i64),
    10: ("DT_BOOL", i1),
    14: ("DT_BFLOAT16", bf16),
    17: ("DT_UINT16", _unsigned(16)),
    18: ("DT_COMPLEX128", ComplexType(f64)),
    19: ("DT_HALF", f16),
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
    8: ("scomplex_val", "f"),
    9: ("int64_val", "q"),
    10: ("bool_val", "?"),
    14: ("half_val", "H"),
    17: ("int_val", "H"),
    18: ("dcomplex_val", "d"),
    19: ("half_val", "H"),
    22: ("uint32_val", "I"),
    23: ("uint64_val", "Q"),
}
"""`DataType` number -> (the `TensorProto` field that lists its scalars, its `struct` code).

`half_val` lists the bits of 16-bit floats; the fields of complex types alternate real and imaginary
parts.
"""

NO_TENSOR = frozenset((7, 20, 21))
"""`DataType` numbers whose values are never an array of numbers: string, resource, variant."""


def type_name(number: int) -> str:
    """`DT_STRING` for 7; the number itself where TensorFlow has no such type."""
    from importlib import import_module

    enumeration: Any = vars(import_module("tensorboard.compat.proto.types_pb2"))["DataType"]
    values = enumeration.DESCRIPTOR.values_by_number
    return values[number].name if number in values else str(number)


def element_type(number: int) -> Any:
    """The element type of a `DataType`: `!tf.dtype<"DT_STRING">` for one that no program can hold."""
    return TYPES[number][1] if number in TYPES else DTypeType(type_name(number))


def scalar_bytes(tensor: Any, where: str) -> bytes:
    """The scalars of a `TensorProto` that does not use `tensor_content`, little-endian.

    Raises INVALID_ARGUMENT.
    """
    field, code = SCALARS[tensor.dtype]
    scalars = list(getattr(tensor, field))
    try:
        return struct.pack(f"<{len(scalars)}{code}", *scalars)
    except struct.error as error:
        name = TYPES[tensor.dtype][0]
        raise invalid_argument(f"{where}: {field} holds a value that is no {name}") from error
