"""Arrays of floats that NumPy lacks, where the package `ml_dtypes` is not installed.

Their values are exact in f32: results are widened to it, and arguments are rounded from it to
nearest even.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy

from ireelite.element_types import ElementType
from ireelite.small_floats import FORMATS, SmallFloat

Array = numpy.ndarray[Any, numpy.dtype[Any]]


def format_of(type: ElementType) -> SmallFloat | None:
    """Returns the format of an element type; None for types that are no small floats."""
    return FORMATS.get((type.kind, type.bits))


def widened(codes: Array, type: ElementType) -> Array:
    """Returns the values of codes, unsigned integers of the type's width, as an array of f32."""
    return _values(type)[codes]


def narrowed(values: Array, type: ElementType) -> Array:
    """Returns the codes nearest to the values of a float array, as unsigned integers."""
    if type.name == "bf16":
        return _bfloat16(values)
    format = format_of(type)
    assert format is not None
    flat = values.astype(numpy.float64).reshape(-1)
    distinct, positions = numpy.unique(flat, return_inverse=True)
    codes = [format.encode(float(value)) for value in distinct]
    return numpy.array(codes, code_dtype(type))[positions].reshape(values.shape)


def _bfloat16(values: Array) -> Array:
    narrow = numpy.ascontiguousarray(values, numpy.float32)
    bits = narrow.view(numpy.uint32)
    rounded = bits + (0x7FFF + (bits >> 16 & 1))
    is_nan = (bits & 0x7FFF_FFFF) > 0x7F80_0000
    codes = numpy.where(is_nan, bits | 0x40_0000, rounded) >> 16
    return codes.astype(numpy.uint16).reshape(values.shape)


@cache
def _values(type: ElementType) -> Array:
    """Returns the value of every code."""
    format = format_of(type)
    assert format is not None
    return numpy.array([format.decode(code) for code in range(1 << type.bits)], numpy.float32)


def code_dtype(type: ElementType) -> numpy.dtype[Any]:
    """Returns the unsigned integers of the type's width."""
    return numpy.dtype(f"uint{type.bits}")
