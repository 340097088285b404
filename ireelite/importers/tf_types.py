"""TensorFlow's element types (`types.proto`) as MLIR types,
and the scalar lists of a `TensorProto` as bytes.
"""

from __future__ import annotations

import struct
from typing import Any

from ireelite.dialects.elements import type_of
from ireelite.dialects.tf import DTypeType
from ireelite.element_types import TABLE
from ireelite.status import invalid_argument

TYPES = {row.tensorflow: row for row in TABLE if row.tensorflow is not None}
"""`DataType` number -> the row of its element type."""

QUANTIZED = {11: 6, 12: 4, 13: 3, 15: 5, 16: 17}
"""Quantized `DataType` number -> that of the integers which its elements are."""
TYPES |= {number: TYPES[integer] for number, integer in QUANTIZED.items()}

SCALARS: dict[str, tuple[str, str]] = {
    "i1": ("bool_val", "?"),
    "i8": ("int_val", "b"),
    "i16": ("int_val", "h"),
    "i32": ("int_val", "i"),
    "i64": ("int64_val", "q"),
    "ui8": ("int_val", "B"),
    "ui16": ("int_val", "H"),
    "ui32": ("uint32_val", "I"),
    "ui64": ("uint64_val", "Q"),
    "f16": ("half_val", "H"),
    "f32": ("float_val", "f"),
    "f64": ("double_val", "d"),
    "bf16": ("half_val", "H"),
    "cf64": ("scomplex_val", "f"),
    "cf128": ("dcomplex_val", "d"),
}
"""Name of an element type -> (the `TensorProto` field that lists its scalars, its `struct` code).

`half_val` lists the bits of 16-bit floats; the fields of complex types alternate real and imaginary
parts.
"""

NO_TENSOR = frozenset((7, 20, 21))
"""`DataType` numbers whose values are never an array of numbers: string, resource, variant."""


def type_name(number: int) -> str:
    """Returns `DT_STRING` for 7, and the number itself where TensorFlow has no such type."""
    from importlib import import_module

    enumeration: Any = vars(import_module("tensorboard.compat.proto.types_pb2"))["DataType"]
    values = enumeration.DESCRIPTOR.values_by_number
    return values[number].name if number in values else str(number)


def element_type(number: int) -> Any:
    """Returns the element type of a `DataType`: `!tf.dtype<"DT_STRING">` for one that no program
    can hold.
    """
    return type_of(TYPES[number]) if number in TYPES else DTypeType(type_name(number))


def scalar_bytes(tensor: Any, where: str) -> bytes:
    """Returns the scalars of a `TensorProto` that does not use `tensor_content`, little-endian.

    Raises INVALID_ARGUMENT.
    """
    field, code = SCALARS[TYPES[tensor.dtype].name]
    scalars = list(getattr(tensor, field))
    try:
        return struct.pack(f"<{len(scalars)}{code}", *scalars)
    except struct.error as error:
        name = type_name(tensor.dtype)
        raise invalid_argument(f"{where}: {field} holds a value that is no {name}") from error
