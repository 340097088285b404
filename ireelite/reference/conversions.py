"""Ops of StableHLO that change how numbers are represented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.numbers import (
    Array,
    bit_width,
    dtype_of,
    exact_dtype,
    integer,
    is_float,
    is_integer,
    is_unsigned,
    rounded,
    widened,
    wrapped,
)


def convert(op: Operation, frame: Any, operand: Array) -> Array:
    return converted(operand, dtype_of(op.results[0].type))


def converted(operand: Array, dtype: np.dtype[Any]) -> Array:
    """Elements of another type: floats are rounded, or truncated to integers; what an integer type
    can't hold is clamped if it was a float, and wrapped if it was an integer.
    """
    source = operand.dtype
    if source == dtype:
        return operand
    if source.kind == "c" and dtype.kind != "c":
        operand = operand.real
        source = operand.dtype
    if dtype.kind == "b":
        return operand.astype(exact_dtype(source)) != 0
    if source.kind == "b":
        return operand.astype(np.int64).astype(dtype)
    if is_integer(source):
        wide = widened(operand)
        return wrapped(wide, dtype) if is_integer(dtype) else rounded(wide, dtype)
    if is_integer(dtype):
        return saturated(operand.astype(np.float64), dtype)
    return rounded(operand.astype(np.float64) if is_float(source) else operand, dtype)


def saturated(operand: Array, dtype: np.dtype[Any]) -> Array:
    """Floats truncated to integers; the nearest there is for others, and zero for NaN."""
    bits, unsigned = bit_width(dtype), is_unsigned(dtype)
    low = 0 if unsigned else -(1 << (bits - 1))
    high = (1 << (bits if unsigned else bits - 1)) - 1
    whole = np.trunc(np.nan_to_num(operand, nan=0.0, posinf=np.inf, neginf=-np.inf))
    flat = [
        min(max(int(v), low), high) if np.isfinite(v) else (high if v > 0 else low)
        for v in whole.ravel()
    ]
    wide = np.array(flat, np.uint64 if unsigned else np.int64).reshape(operand.shape)
    return wrapped(wide, dtype)


# -- bits ----------------------------------------------------------------------------------------------


def bitcast_convert(op: Operation, frame: Any, operand: Array) -> Array:
    dtype = dtype_of(op.results[0].type)
    return bitcast(operand, dtype)


def bitcast(operand: Array, dtype: np.dtype[Any]) -> Array:
    """Returns the same bits as elements of another type, little end first: of another width, the
    last dimension is split or joined.
    """
    before, after = bit_width(operand.dtype), bit_width(dtype)
    if before == after == 8 * operand.dtype.itemsize == 8 * dtype.itemsize:
        return np.ascontiguousarray(operand).view(dtype).reshape(operand.shape)
    bits = bits_of(operand)
    if after < before:
        bits = bits.reshape(*operand.shape, before // after, after)
    elif after > before:
        bits = bits.reshape(*operand.shape[:-1], after)
    return from_bits(bits, dtype)


def bits_of(array: Array) -> Array:
    """Returns each element as a last dimension of its bits, the lowest first."""
    width = bit_width(array.dtype)
    if array.dtype.kind == "b":
        return array.astype(np.uint8)[..., None]
    if is_integer(array.dtype) and width < 8:
        array = array.astype(np.int8).view(np.uint8)
    data = np.ascontiguousarray(array).reshape(*array.shape, 1).view(np.uint8)
    return np.unpackbits(data, axis=-1, bitorder="little")[..., :width]


def from_bits(bits: Array, dtype: np.dtype[Any]) -> Array:
    """Elements of a dtype from a last dimension of bits."""
    width = bit_width(dtype)
    if dtype.kind == "b":
        return bits[..., 0].astype(bool)
    data = np.packbits(bits, axis=-1, bitorder="little")
    if is_integer(dtype) and width < 8:
        return wrapped(data[..., 0].astype(np.int64), dtype)
    return np.ascontiguousarray(data).view(dtype)[..., 0]


def reduce_precision(op: Operation, frame: Any, operand: Array) -> Array:
    exponent_bits, mantissa_bits = integer(op, "exponent_bits"), integer(op, "mantissa_bits")
    exact = operand.astype(np.float64)
    fraction, exponent = np.frexp(exact)
    scale = np.ldexp(1.0, mantissa_bits + 1)
    reduced = np.ldexp(np.rint(fraction * scale) / scale, exponent)
    bias = (1 << (exponent_bits - 1)) - 1
    # numbers of the largest exponent are infinite, those below the least normal one are zero
    largest = np.ldexp(2.0 - np.ldexp(1.0, -mantissa_bits), min(bias, 1023))
    least = np.ldexp(1.0, max(1 - bias, -1074))
    reduced = np.where(np.abs(reduced) > largest, np.copysign(np.inf, exact), reduced)
    reduced = np.where(np.abs(reduced) < least, np.copysign(0.0, exact), reduced)
    if mantissa_bits == 0:  # there is no bit left that tells NaN from infinity
        exact = np.where(np.isnan(exact), np.copysign(np.inf, exact), exact)
    return rounded(np.where(np.isfinite(exact), reduced, exact), operand.dtype)


REFERENCES: Mapping[str, Callable[..., Any]] = {
    "stablehlo.bitcast_convert": bitcast_convert,
    "stablehlo.convert": convert,
    "stablehlo.reduce_precision": reduce_precision,
}
