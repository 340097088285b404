"""Arrays of integers that share bytes: in a buffer packed, the first element in the lowest bits of the
first byte; in NumPy one byte each, with the dtypes of the package `ml_dtypes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy

from ireelite.element_types import ElementType

Array = numpy.ndarray[Any, numpy.dtype[Any]]


def is_packed(type: ElementType) -> bool:
    """Returns whether elements of a type share bytes in a buffer."""
    return type.storage_bits < 8


def pack(values: Array, type: ElementType) -> Array:
    """Returns the bytes of a buffer that holds the values, in row-major order."""
    bits, each = type.bits, 8 // type.bits
    codes = values.astype(numpy.int8).reshape(-1).view(numpy.uint8) & ((1 << bits) - 1)
    whole = numpy.zeros(-(-codes.size // each) * each, numpy.uint8)
    whole[: codes.size] = codes
    shifts = numpy.arange(each, dtype=numpy.uint8) * bits
    return numpy.bitwise_or.reduce(whole.reshape(-1, each) << shifts, axis=1, dtype=numpy.uint8)


def unpack(data: Any, shape: Sequence[int], type: ElementType, dtype: numpy.dtype[Any]) -> Array:
    """Returns the values that a buffer holds. Raises ValueError if it is too short."""
    bits, each, count = type.bits, 8 // type.bits, prod(shape)
    packed = numpy.frombuffer(data, numpy.uint8, -(-count // each))
    shifts = numpy.arange(each, dtype=numpy.uint8) * bits
    codes = ((packed[:, None] >> shifts) & ((1 << bits) - 1)).reshape(-1)[:count]
    values = codes.astype(numpy.int8)
    if dtype.name.startswith("int"):
        values = (values << (8 - bits)) >> (8 - bits)
    return values.reshape(shape).astype(dtype)
