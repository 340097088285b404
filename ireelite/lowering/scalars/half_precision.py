"""Small floats in words that every target has: stored in two bytes or one, computed with in f32.

A value of such a type is an f32 that the type can hold. Rounding is to nearest, ties to even, and
keeps NaNs, of whose fraction the high bits stay. Each function is exact for every input and has no
call of a library.
"""

from __future__ import annotations

from math import inf

from xdsl.dialects import arith
from xdsl.dialects.builtin import BFloat16Type, Float64Type, IntegerType, f16, f32, i16, i32
from xdsl.ir import Attribute

from ireelite.dialects.elements import row_of
from ireelite.lowering.scalars import eight_bits
from ireelite.lowering.scalars.scalar import Scalar
from ireelite.small_floats import FORMATS, SmallFloat, Special

MIN_NORMAL = 2.0**-14
"""Of f16. Below, numbers are multiples of 2^-24."""
LARGEST = 65504.0
"""Of f16."""
REBIAS = (127 - 15) << 23
"""What the exponents of f32 and f16 differ by, in the bits of an f32."""
HALF_BITS = 126 << 23
"""The bits of 0.5f, whose last place is 2^-24, as that of f16's denormals."""
INFINITY_BITS = 255 << 23
MAGNITUDE = 0x7FFFFFFF
SELECTIONS = (
    "arith.maximumf",
    "arith.maxnumf",
    "arith.minimumf",
    "arith.minnumf",
    "math.absf",
)
"""Ops whose result every small float can hold that can hold their operands."""
SIGN_CHANGES = ("arith.negf", "math.copysign")
"""Ops whose result a small float can hold that has all numbers with both signs."""
ROUNDINGS = ("math.ceil", "math.floor", "math.round", "math.roundeven", "math.trunc")
"""Ops whose result a small float can hold that has zero with both signs, if its largest number is a
whole one."""


def rounded_constant(value: float, type: Attribute) -> float:
    """Returns a number rounded to a small float."""
    format = format_of(type)
    return format.decode(format.encode(value))


def format_of(type: Attribute) -> SmallFloat:
    """Returns the format of a small float."""
    row = row_of(type)
    return FORMATS[row.kind, row.bits]


def code_type(type: Attribute) -> IntegerType:
    """Returns the integers that store small floats of a type."""
    return IntegerType(row_of(type).storage_bits)


def is_exact(op: str, type: Attribute) -> bool:
    """Returns whether a small float can hold the result of an op, given by its name, on numbers that
    it can hold.
    """
    format = format_of(type)
    if op in SELECTIONS:
        return True
    if format.special in (Special.EXPONENT_ONLY, Special.NEGATIVE_ZERO_NAN):
        return False
    return op in SIGN_CHANGES or (op in ROUNDINGS and format.largest.is_integer())


def round_to(x: Scalar, type: Attribute) -> Scalar:
    """Returns an f32 or f64 as the nearest f32 that a small float can hold."""
    if isinstance(x.value.type, Float64Type):
        x = narrow_to_odd(x)
    x = x.exactly()
    if row_of(type).bits <= 8:
        return eight_bits.round_to(x, format_of(type))
    return round_to_bfloat(x) if isinstance(type, BFloat16Type) else round_to_half(x)


def is_nan(x: Scalar) -> Scalar:
    return x.compare("une", x)


def nearest_multiple(bits: Scalar, places: int) -> Scalar:
    """Returns the bits of an f32 without the last `places`, rounded to nearest even."""
    last = bits.shift_right_unsigned(places) & 1
    return (bits + last + ((1 << places - 1) - 1)) & -(1 << places)


def round_to_bfloat(x: Scalar) -> Scalar:
    """Returns the upper half of the bits, rounded; it overflows to infinity by itself."""
    bits = x.bits()
    quiet = (bits | 1 << 22) & -(1 << 16)
    return is_nan(x).select(quiet, nearest_multiple(bits, 16)).from_bits()


def round_to_half(x: Scalar) -> Scalar:
    """Drops 13 bits of the fraction; below the normal numbers the sum with 0.5 rounds to multiples
    of 2^-24, which its bits count.
    """
    magnitude = x.abs()
    normal = nearest_multiple(magnitude.bits(), 13).from_bits()
    small = ((magnitude + 0.5).bits() - HALF_BITS).to_float() * 2.0**-24
    result = (magnitude < MIN_NORMAL).select(small, normal)
    result = (result > LARGEST).select(x.const(inf), result).with_sign_of(x)
    quiet = ((x.bits() | 1 << 22) & -(1 << 13)).from_bits()
    return is_nan(x).select(quiet, result)


def narrow_to_odd(x: Scalar) -> Scalar:
    """Returns an f64 as f32: one that is not exact is cut, and its last bit set, which keeps what a
    second rounding, to fewer bits, needs to know.
    """
    near = x.like(x.to.insert(arith.TruncFOp(x.value, f32)))
    again = x.like(x.to.insert(arith.ExtFOp(near.value, x.value.type)))  # pyright: ignore[reportArgumentType]
    exact = again.equals(x)
    beyond = again.abs() > x.abs()
    bits = near.bits()
    odd = (beyond.select(bits - 1, bits) | 1).from_bits()
    return exact.select(near, is_nan(x).select(near, odd))


def encode(x: Scalar, type: Attribute) -> Scalar:
    """Returns the integer that stores an f32 which a small float can hold."""
    if row_of(type).bits <= 8:
        return eight_bits.encode(x, format_of(type))
    bits = x.bits()
    if isinstance(type, BFloat16Type):
        return truncate(bits.shift_right_unsigned(16))
    magnitude = bits & MAGNITUDE
    normal = (magnitude - REBIAS).shift_right_unsigned(13)
    small = (x.exactly().abs() + 0.5).bits() - HALF_BITS
    special = ((magnitude - INFINITY_BITS).shift_right_unsigned(13) & 0x3FF) | 0x7C00
    code = (magnitude < REBIAS + (1 << 23)).select(small, normal)
    code = (magnitude < INFINITY_BITS).select(code, special)
    return truncate(code | (bits.shift_right_unsigned(16) & 0x8000))


def decode(code: Scalar, type: Attribute) -> Scalar:
    """Returns the f32 that an integer stores as a small float."""
    if row_of(type).bits <= 8:
        return eight_bits.decode(code, format_of(type))
    wide = code.like(code.to.insert(arith.ExtUIOp(code.value, i32)))
    if isinstance(type, BFloat16Type):
        return (wide << 16).from_bits()
    magnitude = wide & 0x7FFF
    shifted = magnitude << 13
    small = ((magnitude | HALF_BITS).from_bits().exactly() - 0.5).bits()
    result = (magnitude < 0x400).select(small, shifted + REBIAS)
    result = (magnitude >= 0x7C00).select(shifted + 2 * REBIAS, result)
    return (result | ((wide & 0x8000) << 16)).from_bits()


def decode_by_instruction(code: Scalar) -> Scalar:
    """Returns the f32 that an i16 stores as an f16, on a CPU that has the conversion; a signalling
    NaN becomes quiet.
    """
    half = code.to.insert(arith.BitcastOp(code.value, f16)).result
    return code.like(code.to.insert(arith.ExtFOp(half, f32)))


def encode_by_instruction(x: Scalar) -> Scalar:
    """Returns the i16 that stores the nearest f16 of an f32, on a CPU that has the conversion."""
    half = x.to.insert(arith.TruncFOp(x.value, f16)).result
    return x.like(x.to.insert(arith.BitcastOp(half, i16)))


def round_by_instruction(x: Scalar) -> Scalar:
    """Returns an f32 or f64 as the nearest f32 that an f16 can hold, on a CPU that has the
    conversion.
    """
    if isinstance(x.value.type, Float64Type):
        x = narrow_to_odd(x)
    half = x.to.insert(arith.TruncFOp(x.value, f16)).result
    return x.like(x.to.insert(arith.ExtFOp(half, f32)))


def truncate(x: Scalar) -> Scalar:
    return x.like(x.to.insert(arith.TruncIOp(x.value, i16)))
