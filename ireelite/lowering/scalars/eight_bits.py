"""Floats of 8, 6 and 4 bits in words that every target has: stored in i8, computed with in f32.

Formats are those of `small_floats.py`. Rounding is to nearest, ties to even; what is too large is
infinity, or NaN where the format has no infinity, as XLA has it. Each function is exact for every
input. No f32 that is not a normal number is computed on the way, since shaders may flush those.
"""

from __future__ import annotations

from math import inf, nan

from xdsl.dialects import arith
from xdsl.dialects.builtin import i8, i32

from ireelite.lowering.scalars.scalar import Scalar
from ireelite.small_floats import SmallFloat, Special

F32_BIAS = 127
F32_PLACES = 23
MAGNITUDE = 0x7FFFFFFF
NAN_BITS = 0x7FC00000


def places(format: SmallFloat) -> int:
    """Returns by how many bits the fraction of f32 is longer."""
    return F32_PLACES - format.mantissa_bits


def rebias(format: SmallFloat) -> int:
    """Returns what the exponents of f32 and the format differ by, in the bits of an f32."""
    return (F32_BIAS - format.bias) << F32_PLACES


def sign_distance(format: SmallFloat) -> int:
    """Returns by how many places the sign of f32 is further up."""
    return 31 - format.exponent_bits - format.mantissa_bits


def least_normal(format: SmallFloat) -> float:
    return 2.0 ** (1 - format.bias)


def spacing(format: SmallFloat) -> float:
    """Returns the distance between the numbers below the normal ones."""
    return 2.0 ** (1 - format.bias - format.mantissa_bits)


def multiples(magnitude: Scalar, format: SmallFloat) -> Scalar:
    """Returns how many times the spacing of the small numbers a number is, rounded to nearest even:
    its sum with a power of two, whose last place is that spacing.
    """
    power = spacing(format) * 2.0**F32_PLACES
    exponent = F32_PLACES + 1 - format.bias - format.mantissa_bits + F32_BIAS
    return (magnitude + power).bits() - (exponent << F32_PLACES)


def round_to(x: Scalar, format: SmallFloat) -> Scalar:
    """Returns an f32 as the nearest f32 that the format can hold."""
    if format.special is Special.EXPONENT_ONLY:
        return decode(encode(x, format), format)
    magnitude = x.abs()
    bits = magnitude.bits()
    shift = places(format)
    last = bits.shift_right_unsigned(shift) & 1
    normal = ((bits + last + ((1 << shift - 1) - 1)) & -(1 << shift)).from_bits()
    small = multiples(magnitude, format).to_float() * spacing(format)
    result = (magnitude < least_normal(format)).select(small, normal)
    beyond = beyond_largest(x, format)
    result = (result > format.largest).select(beyond, result)
    if format.special is Special.NEGATIVE_ZERO_NAN:
        signed = result.equals(0.0).select(result, result.with_sign_of(x))
    else:
        signed = result.with_sign_of(x)
    nothing = x.const(-0.0) if format.special is Special.NONE else quiet(x)
    return x.compare("une", x).select(nothing, signed)


def beyond_largest(x: Scalar, format: SmallFloat) -> Scalar:
    """Returns what a number becomes that is too large for the format, but for its sign."""
    match format.special:
        case Special.IEEE:
            return x.const(inf)
        case Special.NONE:
            return x.const(format.largest)
        case _:
            return quiet(x)


def quiet(x: Scalar) -> Scalar:
    """Returns NaN, through its bits."""
    return x.constant(NAN_BITS, i32).from_bits()


def encode(x: Scalar, format: SmallFloat) -> Scalar:
    """Returns the i8 that stores an f32 which the format can hold."""
    bits = x.bits()
    magnitude = bits & MAGNITUDE
    if format.special is Special.EXPONENT_ONLY:
        return truncate(encode_exponent(bits, magnitude))
    normal = (magnitude - rebias(format)).shift_right_unsigned(places(format))
    small = multiples(x.exactly().abs(), format)
    code = (x.abs() < least_normal(format)).select(small, normal)
    if format.special is Special.IEEE:
        code = x.abs().equals(inf).select(code.const(format.encode(inf)), code)
    code = code | (bits.shift_right_unsigned(sign_distance(format)) & format.sign_bit)
    if format.special is Special.NEGATIVE_ZERO_NAN:
        code = x.equals(0.0).select(code.const(0), code)
    return truncate(x.compare("une", x).select(code.const(format.encode(nan)), code))


def encode_exponent(bits: Scalar, magnitude: Scalar) -> Scalar:
    """Returns the exponent of a power of two, rounded up from one and a half on; 255, which is no
    number, for what is not positive or not finite.
    """
    rounded = (bits + (1 << F32_PLACES - 1)).shift_right_unsigned(F32_PLACES)
    code = (bits < ONE_AND_A_HALF_SUBNORMAL).select(bits.const(0), rounded)
    is_number = (bits > 0) & (magnitude < 0x7F800000)
    return is_number.select(code, bits.const(255))


ONE_AND_A_HALF_SUBNORMAL = 0x00600000
"""The bits of 1.5 * 2^-127, which is no normal f32."""


def decode(code: Scalar, format: SmallFloat) -> Scalar:
    """Returns the f32 that an i8 stores."""
    wide = code.like(code.to.insert(arith.ExtUIOp(code.value, i32)))
    if format.special is Special.EXPONENT_ONLY:
        power = (wide << F32_PLACES) | wide.equals(0).select(wide.const(1 << 22), wide.const(0))
        return wide.equals(255).select(wide.const(NAN_BITS), power).from_bits()
    magnitude, sign = (
        wide & (format.sign_bit - 1),
        (wide & format.sign_bit) << sign_distance(format),
    )
    normal = ((magnitude << places(format)) + rebias(format)).from_bits().exactly()
    small = magnitude.to_float().exactly() * spacing(format)
    result = (magnitude < (1 << format.mantissa_bits)).select(small, normal)
    result = (result.bits() | sign).from_bits()
    match format.special:
        case Special.IEEE:
            top = ((1 << format.exponent_bits) - 1) << format.mantissa_bits
            special = ((magnitude - top) << places(format)) | 0x7F800000 | sign
            return (magnitude >= top).select(special.from_bits(), result)
        case Special.ALL_ONES_NAN:
            return magnitude.equals(0x7F).select(quiet(result), result)
        case Special.NONE:
            return result
        case _:
            return wide.equals(0x80).select(quiet(result), result)


def truncate(x: Scalar) -> Scalar:
    return x.like(x.to.insert(arith.TruncIOp(x.value, i8)))
