"""Elementwise ops of StableHLO, from its specification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import (
    Array,
    bit_width,
    dtype_of,
    exact_dtype,
    is_float,
    is_integer,
    rounded,
    wide_dtype,
    widened,
    word,
    wrapped,
)
from ireelite.status import StatusCode, StatusError

Function = Callable[..., Any]


def kind_of(dtype: np.dtype[Any]) -> str:
    """Returns `boolean`, `integer`, `float` or `complex`."""
    if dtype.kind == "b":
        return "boolean"
    if is_integer(dtype):
        return "integer"
    return "float" if is_float(dtype) else "complex"


def elementwise(
    *,
    boolean: Function | None = None,
    integer: Function | None = None,
    real: Function | None = None,
    complex: Function | None = None,
    wide: Function | None = None,
) -> Reference:
    """Returns a function of elements by their kind. `wide` is one of real and complex numbers that
    needs more bits than its result has.
    """

    def reference(op: Operation, frame: Frame, *operands: Array) -> Array:
        result = dtype_of(op.results[0].type)
        dtype = operands[0].dtype
        kind = kind_of(dtype)
        if kind == "boolean" and boolean is not None:
            return np.asarray(boolean(*operands)).astype(result)
        if kind == "integer" and integer is not None:
            return wrapped(np.asarray(integer(*map(widened, operands))), result)
        function = {"float": real, "complex": complex}.get(kind)
        if function is not None:
            exact = [operand.astype(exact_dtype(dtype)) for operand in operands]
            return rounded(np.asarray(function(*exact)), result)
        if kind in ("float", "complex") and wide is not None:
            broad = [operand.astype(wide_dtype(dtype)) for operand in operands]
            return rounded(np.asarray(wide(*broad)), result)
        raise StatusError(StatusCode.UNIMPLEMENTED, f"is not defined on elements of {dtype}")

    return reference


# -- arithmetic ----------------------------------------------------------------------------------------


def complex_multiply(lhs: Array, rhs: Array) -> Array:
    """Returns the product by its definition, each part rounded as its sums and products are."""
    real = lhs.real * rhs.real - lhs.imag * rhs.imag
    imaginary = lhs.real * rhs.imag + lhs.imag * rhs.real
    return real + 1j * imaginary if np.isfinite(real).all() else joined(real, imaginary)


def joined(real: Array, imaginary: Array) -> Array:
    """Returns complex numbers of two parts, whatever those are."""
    result = np.empty(np.shape(real), np.result_type(real, np.complex64))
    result.real, result.imag = real, imaginary
    return result


def integer_divide(lhs: Array, rhs: Array) -> Array:
    """Returns the quotient rounded towards zero. By zero it has all bits set, and the least number
    by -1 is itself: the specification leaves both open.
    """
    divisor = np.where(rhs == 0, np.ones_like(rhs), rhs)
    if lhs.dtype == np.uint64:
        quotient = lhs // divisor
    else:
        negated = np.where(divisor == -1, np.ones_like(divisor), divisor)
        quotient = lhs // negated
        inexact = quotient * negated != lhs
        quotient = quotient + (inexact & ((lhs < 0) != (negated < 0)))
        quotient = np.where(divisor == -1, -lhs, quotient)
    return np.where(rhs == 0, ~np.zeros_like(lhs), quotient)


def integer_remainder(lhs: Array, rhs: Array) -> Array:
    """Returns the remainder with the sign of the dividend; of a division by zero the dividend."""
    return np.where(rhs == 0, lhs, lhs - integer_divide(lhs, rhs) * rhs)


def integer_power(base: Array, exponent: Array) -> Array:
    """Returns repeated products, modulo 2**64; 1 / base**-exponent, truncated, for negative
    exponents.
    """
    result = np.ones_like(base)
    square, left = base.copy(), exponent.astype(np.int64)
    negative = (exponent < 0) if exponent.dtype == np.int64 else np.zeros(base.shape, bool)
    left = (
        np.where(negative, 0, left).view(np.uint64)
        if left.shape
        else np.asarray(left).astype(np.uint64)
    )
    if exponent.dtype == np.uint64:
        left = exponent
    while np.any(left):
        result = np.where(left & np.uint64(1), result * square, result)
        square = square * square
        left = left >> np.uint64(1)
    if base.dtype == np.uint64:
        return result
    odd = exponent & 1 == 1
    inverse = np.where(base == 1, 1, np.where(base == -1, np.where(odd, -1, 1), 0))
    return np.where(negative, inverse, result)


def maximum(lhs: Array, rhs: Array) -> Array:
    """Returns the larger number; NaN if one is, and 0.0 is larger than -0.0."""
    zero = (lhs == 0) & (rhs == 0)
    return np.where(zero, lhs + rhs, np.maximum(lhs, rhs))


def minimum(lhs: Array, rhs: Array) -> Array:
    """Returns the smaller number; NaN if one is, and -0.0 is smaller than 0.0."""
    zero = (lhs == 0) & (rhs == 0)
    return np.where(zero, -((-lhs) + (-rhs)), np.minimum(lhs, rhs))


def complex_after(lhs: Array, rhs: Array) -> Array:
    """Returns whether complex numbers are behind others: by their real, then their imaginary parts."""
    return (lhs.real > rhs.real) | ((lhs.real == rhs.real) & (lhs.imag > rhs.imag))


def sign(x: Array) -> Array:
    """Returns -1, 1, a zero as it is, or NaN."""
    return np.where((x == 0) | np.isnan(x), x, np.copysign(1.0, x))


def complex_sign(x: Array) -> Array:
    """Returns the number on the unit circle; zero for zero."""
    size = np.abs(x)
    found = np.where(size == 0, 0, x / np.where(size == 0, 1, size))
    return np.where(np.isnan(x.real) | np.isnan(x.imag), np.nan * (1 + 1j), found)


def round_half_away(x: Array) -> Array:
    """Rounds to the nearest integer, halves away from zero."""
    whole = np.trunc(x)
    return np.copysign(np.where(np.abs(x - whole) >= 0.5, whole + np.sign(x), whole), x)


def logistic(x: Array) -> Array:
    """Returns 1 / (1 + e**-x)."""
    return 1 / (1 + np.exp(-x))


def real_cbrt(x: Array) -> Array:
    """Returns the real cube root, or the principal one of a complex number."""
    return np.cbrt(x) if x.dtype.kind == "f" else np.where(x == 0, 0, x ** (1 / x.dtype.type(3)))


def arc_tangent(y: Array, x: Array) -> Array:
    """Returns the angle of the point (x, y)."""
    if x.dtype.kind == "f":
        return np.arctan2(y, x)
    return -1j * np.log((x + 1j * y) / np.sqrt(x * x + y * y))


def reciprocal_root(x: Array) -> Array:
    """Returns 1 / sqrt(x)."""
    return 1 / np.sqrt(x)


def complex_tangent(x: Array) -> Array:
    """Returns the tangent; of a complex number, by the hyperbolic one."""
    return np.tan(x) if x.dtype.kind == "f" else -1j * np.tanh(1j * x)


# -- bits ----------------------------------------------------------------------------------------------


def bitwise(function: Function) -> Reference:
    """Returns a function of bits, or of truth values."""

    def reference(op: Operation, frame: Frame, *operands: Array) -> Array:
        dtype = operands[0].dtype
        if dtype.kind == "b":
            return function(*operands)
        return wrapped(function(*map(widened, operands)), dtype)

    return reference


def shift(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    """Shifts by at least the width leave nothing but, to the right with sign, copies of the sign."""
    dtype, bits = lhs.dtype, bit_width(lhs.dtype)
    amount = wrapped(rhs.astype(np.int64), np.dtype(np.uint64)) & np.uint64(
        (1 << bits) - 1 if bits < 64 else 2**64 - 1
    )
    over = amount >= np.uint64(bits)
    steps = np.where(over, np.uint64(0), amount)
    code = unsigned_code(lhs)
    if op.name.endswith("left"):
        return from_code(np.where(over, np.uint64(0), code << steps), dtype)
    if op.name.endswith("logical"):
        return from_code(np.where(over, np.uint64(0), code >> steps), dtype)
    signed = signed_code(code, bits)
    steps = np.where(over, np.int64(bits - 1), steps.astype(np.int64))
    return wrapped((signed >> steps), dtype)


def unsigned_code(array: Array) -> Array:
    """Returns the bits of integers as a number that is not negative."""
    mask = np.uint64((1 << bit_width(array.dtype)) - 1)
    return widened(array).astype(np.uint64) & mask


def signed_code(code: Array, bits: int) -> Array:
    """Bits as the signed number that they denote."""
    up = 64 - bits
    return (code << np.uint64(up)).astype(np.int64) >> np.int64(up)


def from_code(code: Array, dtype: np.dtype[Any]) -> Array:
    """Integers of a dtype with these low bits."""
    return wrapped(code.astype(np.int64), dtype)


def leading_zeros(op: Operation, frame: Frame, operand: Array) -> Array:
    bits = bit_width(operand.dtype)
    lengths = [bits - int(code).bit_length() for code in unsigned_code(operand).ravel()]
    return wrapped(np.array(lengths, np.int64).reshape(operand.shape), operand.dtype)


def population(op: Operation, frame: Frame, operand: Array) -> Array:
    counts = [int(code).bit_count() for code in unsigned_code(operand).ravel()]
    return wrapped(np.array(counts, np.int64).reshape(operand.shape), operand.dtype)


# -- comparisons and choices ---------------------------------------------------------------------------

RELATIONS: Mapping[str, Function] = {
    "EQ": np.equal,
    "NE": np.not_equal,
    "GE": np.greater_equal,
    "GT": np.greater,
    "LE": np.less_equal,
    "LT": np.less,
}


def compare(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    direction, kind = word(op, "comparison_direction"), word(op, "compare_type")
    if kind.endswith("TOTALORDER"):
        lhs, rhs = total_order(lhs), total_order(rhs)
    elif is_float(lhs.dtype):
        lhs, rhs = lhs.astype(exact_dtype(lhs.dtype)), rhs.astype(exact_dtype(rhs.dtype))
    elif is_integer(lhs.dtype):
        lhs, rhs = widened(lhs), widened(rhs)
    return np.asarray(RELATIONS[direction](lhs, rhs))


def total_order(x: Array) -> Array:
    """Returns the place of floats in the order -NaN, -inf, ..., -0.0, 0.0, ..., inf, NaN."""
    bits = 8 * x.dtype.itemsize
    code = x.view(f"u{x.dtype.itemsize}").astype(np.uint64)
    signed = signed_code(code, bits)
    return np.where(signed < 0, ~(signed & np.int64((1 << (bits - 1)) - 1)), signed)


def select(op: Operation, frame: Frame, pred: Array, on_true: Array, on_false: Array) -> Array:
    return np.where(pred, on_true, on_false).astype(on_true.dtype)


def clamp(op: Operation, frame: Frame, low: Array, operand: Array, high: Array) -> Array:
    dtype = operand.dtype
    shape = np.broadcast_shapes(low.shape, operand.shape, high.shape)
    low, high = np.broadcast_to(low, shape), np.broadcast_to(high, shape)
    if is_integer(dtype):
        low, operand, high = map(widened, (low, operand, high))
        return wrapped(np.minimum(np.maximum(operand, low), high), dtype)
    if is_float(dtype):
        exact = exact_dtype(dtype)
        low, operand, high = (x.astype(exact) for x in (low, operand, high))
        return rounded(minimum(maximum(operand, low), high), dtype)
    if dtype.kind == "b":
        return (operand | low) & high
    operand = np.where(complex_after(operand, low), operand, low)
    return np.where(complex_after(operand, high), high, operand)


def is_finite(op: Operation, frame: Frame, operand: Array) -> Array:
    return np.asarray(np.isfinite(operand.astype(exact_dtype(operand.dtype))))


# -- parts of complex numbers --------------------------------------------------------------------------


def real_part(op: Operation, frame: Frame, operand: Array) -> Array:
    return operand.real.copy() if operand.dtype.kind == "c" else operand


def imaginary_part(op: Operation, frame: Frame, operand: Array) -> Array:
    return operand.imag.copy() if operand.dtype.kind == "c" else np.zeros_like(operand)


def make_complex(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    return joined(lhs, rhs).astype(dtype_of(op.results[0].type))


def absolute(x: Array) -> Array:
    """Returns the absolute value."""
    return np.abs(x)


def larger_complex(lhs: Array, rhs: Array) -> Array:
    """Returns the complex number behind the other in the order."""
    return np.where(complex_after(lhs, rhs), lhs, rhs)


def smaller_complex(lhs: Array, rhs: Array) -> Array:
    """Returns the complex number before the other in the order."""
    return np.where(complex_after(lhs, rhs), rhs, lhs)


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.abs": elementwise(integer=absolute, real=absolute, wide=absolute),
    "stablehlo.add": elementwise(
        boolean=np.logical_or, integer=np.add, real=np.add, complex=np.add
    ),
    "stablehlo.and": bitwise(np.bitwise_and),
    "stablehlo.atan2": elementwise(wide=arc_tangent),
    "stablehlo.cbrt": elementwise(wide=real_cbrt),
    "stablehlo.ceil": elementwise(real=np.ceil),
    "stablehlo.clamp": clamp,
    "stablehlo.compare": compare,
    "stablehlo.complex": make_complex,
    "stablehlo.cosine": elementwise(wide=np.cos),
    "stablehlo.count_leading_zeros": leading_zeros,
    "stablehlo.divide": elementwise(integer=integer_divide, real=np.divide, wide=np.divide),
    "stablehlo.exponential": elementwise(wide=np.exp),
    "stablehlo.exponential_minus_one": elementwise(wide=np.expm1),
    "stablehlo.floor": elementwise(real=np.floor),
    "stablehlo.imag": imaginary_part,
    "stablehlo.is_finite": is_finite,
    "stablehlo.log": elementwise(wide=np.log),
    "stablehlo.log_plus_one": elementwise(wide=np.log1p),
    "stablehlo.logistic": elementwise(wide=logistic),
    "stablehlo.maximum": elementwise(
        boolean=np.logical_or, integer=np.maximum, real=maximum, complex=larger_complex
    ),
    "stablehlo.minimum": elementwise(
        boolean=np.logical_and, integer=np.minimum, real=minimum, complex=smaller_complex
    ),
    "stablehlo.multiply": elementwise(
        boolean=np.logical_and, integer=np.multiply, real=np.multiply, wide=complex_multiply
    ),
    "stablehlo.negate": elementwise(integer=np.negative, real=np.negative, complex=np.negative),
    "stablehlo.not": bitwise(np.invert),
    "stablehlo.or": bitwise(np.bitwise_or),
    "stablehlo.popcnt": population,
    "stablehlo.power": elementwise(integer=integer_power, wide=np.power),
    "stablehlo.real": real_part,
    "stablehlo.remainder": elementwise(integer=integer_remainder, real=np.fmod),
    "stablehlo.round_nearest_afz": elementwise(real=round_half_away),
    "stablehlo.round_nearest_even": elementwise(real=np.rint),
    "stablehlo.rsqrt": elementwise(wide=reciprocal_root),
    "stablehlo.select": select,
    "stablehlo.shift_left": shift,
    "stablehlo.shift_right_arithmetic": shift,
    "stablehlo.shift_right_logical": shift,
    "stablehlo.sign": elementwise(integer=np.sign, real=sign, wide=complex_sign),
    "stablehlo.sine": elementwise(wide=np.sin),
    "stablehlo.sqrt": elementwise(real=np.sqrt, wide=np.sqrt),
    "stablehlo.subtract": elementwise(integer=np.subtract, real=np.subtract, complex=np.subtract),
    "stablehlo.tan": elementwise(wide=complex_tangent),
    "stablehlo.tanh": elementwise(wide=np.tanh),
    "stablehlo.xor": bitwise(np.bitwise_xor),
}
