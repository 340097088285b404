"""Values of programs as NumPy arrays: element types, constants, and how numbers are rounded.

An `i1` is a bool, an integer of n bits an integer of n bits with its sign, a float what `ml_dtypes`
or NumPy calls it. Integers are computed with in 64 bits and wrapped; floats of at most 32 bits in
64 bits and rounded once, at the end of each op.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute, Operation

from ireelite.dialects.quant import UniformType
from ireelite.status import StatusCode, StatusError

Array = np.ndarray[Any, Any]
Value = Any
"""An array; a number of host code is one of rank 0, a tuple a tuple, a token None."""

SMALL_INTEGERS = {
    (2, False): ml_dtypes.int2,
    (4, False): ml_dtypes.int4,
    (2, True): ml_dtypes.uint2,
    (4, True): ml_dtypes.uint4,
}
SMALL_FLOATS = {
    "bf16": ml_dtypes.bfloat16,
    "f8E3M4": ml_dtypes.float8_e3m4,
    "f8E4M3": ml_dtypes.float8_e4m3,
    "f8E4M3B11FNUZ": ml_dtypes.float8_e4m3b11fnuz,
    "f8E4M3FN": ml_dtypes.float8_e4m3fn,
    "f8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "f8E5M2": ml_dtypes.float8_e5m2,
    "f8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "f8E8M0FNU": ml_dtypes.float8_e8m0fnu,
    "f6E2M3FN": ml_dtypes.float6_e2m3fn,
    "f6E3M2FN": ml_dtypes.float6_e3m2fn,
    "f4E2M1FN": ml_dtypes.float4_e2m1fn,
}
"""MLIR's name of a float type that NumPy lacks -> its dtype."""


@cache
def dtype_of(type: Attribute) -> np.dtype[Any]:
    """Returns the dtype of elements of a type, or of tensors of it. Raises UNIMPLEMENTED for a type
    without one.
    """
    match type:
        case TensorType():
            return dtype_of(type.element_type)
        case IndexType():
            return np.dtype(np.int64)
        case UniformType():
            return dtype_of(type.storage_type)
        case IntegerType(width=width):
            if (bits := width.data) == 1:
                return np.dtype(np.bool_)
            unsigned = type.signedness.data == Signedness.UNSIGNED
            small = SMALL_INTEGERS.get((bits, unsigned))
            if small is not None:
                return np.dtype(small)
            if bits in (8, 16, 32, 64):
                return np.dtype(f"{'uint' if unsigned else 'int'}{bits}")
        case ComplexType():
            return np.dtype(np.complex128 if str(type) == "complex<f64>" else np.complex64)
        case _ if str(type) in SMALL_FLOATS:
            return np.dtype(SMALL_FLOATS[str(type)])
        case _ if str(type) in ("f16", "f32", "f64"):
            return np.dtype(f"float{str(type)[1:]}")
    raise StatusError(StatusCode.UNIMPLEMENTED, f"the reference has no values of type {type}")


@cache
def is_float(dtype: np.dtype[Any]) -> bool:
    """Returns whether numbers of a dtype are real floats."""
    return dtype.kind == "f" or dtype in map(np.dtype, SMALL_FLOATS.values())


@cache
def is_unsigned(dtype: np.dtype[Any]) -> bool:
    """Returns whether numbers of a dtype are unsigned integers."""
    return dtype.kind == "u" or dtype in (np.dtype(ml_dtypes.uint2), np.dtype(ml_dtypes.uint4))


@cache
def is_integer(dtype: np.dtype[Any]) -> bool:
    """Returns whether a dtype is an integer type; bool is not."""
    return dtype.kind in "iu" or dtype in map(np.dtype, SMALL_INTEGERS.values())


@cache
def bit_width(dtype: np.dtype[Any]) -> int:
    """Bits of a number."""
    for (bits, _), small in SMALL_INTEGERS.items():
        if dtype == np.dtype(small):
            return bits
    for name, small in SMALL_FLOATS.items():
        if dtype == np.dtype(small):
            return int(name[name.index("f") + 1]) if name != "bf16" else 16
    return 1 if dtype.kind == "b" else 8 * dtype.itemsize


@cache
def is_packed(dtype: np.dtype[Any]) -> bool:
    """Returns whether numbers share bytes in buffers."""
    return dtype in map(np.dtype, SMALL_INTEGERS.values())


# -- integers ------------------------------------------------------------------------------------------


def widened(array: Array) -> Array:
    """Integers in 64 bits, with the sign they have."""
    return array.astype(np.uint64 if is_unsigned(array.dtype) else np.int64)


def wrapped(array: Array, dtype: np.dtype[Any]) -> Array:
    """Reduces 64-bit integers modulo what a dtype holds."""
    bits = bit_width(dtype)
    if dtype.kind == "b":
        return array.astype(bool)
    if bits == 64 or bits >= 8:
        return array.astype(dtype)  # NumPy keeps the low bits
    low = array.astype(np.int64) & ((1 << bits) - 1)
    if not is_unsigned(dtype):
        low = np.where(low >= 1 << (bits - 1), low - (1 << bits), low)
    return low.astype(dtype)


# -- floats --------------------------------------------------------------------------------------------


@cache
def exact_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Returns the dtype in which sums, products and quotients of a dtype are computed and then
    rounded correctly.
    """
    if dtype in (np.dtype(np.float64), np.dtype(np.complex128), np.dtype(np.complex64)):
        return dtype
    return np.dtype(np.float64)


@cache
def wide_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Returns a wider dtype, for functions whose result is nearly exact after one rounding."""
    wide = {
        np.dtype(np.complex64): np.complex128,
        np.dtype(np.complex128): np.clongdouble,
        np.dtype(np.float64): np.longdouble,
    }
    return np.dtype(wide.get(dtype, np.float64))


def rounded(array: Array, dtype: np.dtype[Any]) -> Array:
    """Numbers rounded to nearest in a dtype."""
    if dtype not in (np.float64, np.float32, np.float16) and array.dtype == np.longdouble:
        array = array.astype(np.float64)
    if dtype == np.dtype(ml_dtypes.float8_e8m0fnu):
        return powers_of_two(np.asarray(array, np.float64))
    return np.asarray(array).astype(dtype)


def powers_of_two(array: Array) -> Array:
    """Numbers rounded to powers of two from 2^-127 to 2^127, ties up; what is not positive or not
    finite is NaN. `ml_dtypes` rounds the smallest ones up.
    """
    is_number = np.isfinite(array) & (array > 0)
    fraction, exponent = np.frexp(np.where(is_number, array, 1.0))
    code = np.maximum(exponent - 1 + (fraction >= 0.75) + 127, 0)
    codes = np.where(is_number & (code < 255), code, 255)
    return np.asarray(codes.astype(np.uint8)).view(ml_dtypes.float8_e8m0fnu)


# -- attributes ----------------------------------------------------------------------------------------


def constant(value: Attribute, type: Attribute | None = None) -> Array:
    """Returns the array of an attribute: a dense constant or a number."""
    match value:
        case DenseIntOrFPElementsAttr():
            return dense(value)
        case IntegerAttr():
            return np.asarray(value.value.data).astype(dtype_of(type or value.type))
        case FloatAttr():
            return np.asarray(value.value.data).astype(dtype_of(type or value.type))
        case _:
            raise StatusError(StatusCode.UNIMPLEMENTED, f"the reference has no value for {value}")


def dense(value: DenseIntOrFPElementsAttr) -> Array:
    """Returns the array of a dense constant."""
    dtype = dtype_of(value.type)
    data = value.data.data
    bits = bit_width(dtype)
    stored = np.dtype(np.uint8) if bits < 8 else dtype
    shape = tuple(value.get_shape())
    numbers = np.frombuffer(data, stored)
    if bits < 8 and dtype.kind != "b" and not is_float(dtype):
        numbers = wrapped(numbers.astype(np.int64), dtype)
    else:
        numbers = numbers.astype(bool) if dtype.kind == "b" else numbers.view(dtype)
    if len(numbers) == 1:
        return np.full(shape, numbers[0], dtype)
    return numbers.reshape(shape)


def from_storage(
    data: bytes | bytearray | memoryview, dtype: np.dtype[Any], shape: Sequence[int]
) -> Array:
    """Returns an array from the bytes of a buffer: an i1 takes a byte, integers of 2 and 4 bits are
    packed.
    """
    bits, count = bit_width(dtype), int(np.prod(shape, dtype=np.int64))
    if dtype.kind == "b":
        return np.frombuffer(data, np.uint8, count).astype(bool).reshape(tuple(shape))
    if is_packed(dtype):
        split = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").reshape(-1, bits)
        codes = np.packbits(split[:count], axis=-1, bitorder="little")[:, 0]
        return wrapped(codes.astype(np.int64), dtype).reshape(tuple(shape))
    return np.frombuffer(data, dtype, count).reshape(tuple(shape))


def to_storage(array: Array) -> bytes:
    """Returns the bytes of a buffer with an array's elements."""
    bits = bit_width(array.dtype)
    if not is_packed(array.dtype):
        return np.ascontiguousarray(array).tobytes()
    codes = widened(array).astype(np.int64).astype(np.uint8).reshape(-1, 1)
    split = np.unpackbits(codes, axis=1, bitorder="little")[:, :bits]
    return np.packbits(split.ravel(), bitorder="little").tobytes()


def attribute(op: Operation, name: str) -> Attribute | None:
    """Returns a property or attribute of an op."""
    value = op.properties.get(name)
    return op.attributes.get(name) if value is None else value


def integers(op: Operation, name: str, default: Sequence[int] = ()) -> list[int]:
    """Returns a list of integers; the default if it is absent."""
    return integer_list(attribute(op, name), default)


def integer_list(value: Attribute | None, default: Sequence[int] = ()) -> list[int]:
    """Returns the integers of an array, or of a dense constant of rank 1 or 2 in row-major order."""
    match value:
        case DenseArrayBase():
            return [int(v) for v in value.get_values()]  # pyright: ignore[reportAttributeAccessIssue]
        case DenseIntOrFPElementsAttr():
            return [int(v) for v in dense(value).ravel()]
        case ArrayAttr():
            return [number(item) for item in value.data]
        case _:
            return list(default)


def number(value: Attribute | None, default: int = 0) -> int:
    """Returns an integer; the default if it is absent."""
    return int(value.value.data) if isinstance(value, IntegerAttr) else default


def integer(op: Operation, name: str, default: int = 0) -> int:
    """Returns an integer attribute of an op."""
    return number(attribute(op, name), default)


def flag(op: Operation, name: str) -> bool:
    """Returns a truth value of an op; false if it is absent."""
    value = attribute(op, name)
    return isinstance(value, IntegerAttr) and bool(value.value.data)


def word(op: Operation, name: str, default: str = "") -> str:
    """Returns the name in an enumeration attribute, or a string."""
    value = attribute(op, name)
    return str(getattr(value, "data", default)) if value is not None else default
