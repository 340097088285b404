"""log, log1p, log2, log10 and powf of f32 in arithmetic.

`x = 2^e · (1 + f)` with `1 + f` between √½ and √2, and a polynomial for `ln(1 + f)`. powf needs the
logarithm to more than f32's bits, so it is carried as an unevaluated sum of two f32. The
coefficients are fits of this project's own.
"""

from __future__ import annotations

from math import inf, nan

from xdsl.dialects import math

from ireelite.lowering.rewriting.conversion import Conversion, Lowered
from ireelite.lowering.scalars.exponential import LN2, LN2_HIGH, LN2_LOW, LOG2_E, expm1_small
from ireelite.lowering.scalars.scalar import SIGN_BIT, Scalar

SQRT_HALF_BITS = 0x3F3504F3
SMALLEST_NORMAL = 2.0**-126
LOG10_E = 0.4342944819032518
LOG10_2_HIGH = 0.301025390625
"""log10(2) in eleven bits."""
LOG10_2_LOW = 0.3010299956639812 - LOG10_2_HIGH
LOG2_E_HIGH = 1.44269502162933349609375
"""log2(e) rounded to f32."""
LOG2_E_LOW = LOG2_E - LOG2_E_HIGH

LOG1P_TAIL = (
    0.3333331048488617,
    -0.24999986588954926,
    0.20002223551273346,
    -0.16669249534606934,
    0.14218716323375702,
    -0.12384402006864548,
    0.11872619390487671,
    -0.11789370328187943,
    0.06915612518787384,
)
"""`(ln(1 + f) - f + f²/2) / f³` on [√½ - 1, √2 - 1]; error 7.3e-10 of ln(1 + f)."""
LOG1P_RANGE = (-0.2928, 0.4142)


def split_exponent(x: Scalar) -> tuple[Scalar, Scalar]:
    """e (an i32) and f with `x = 2^e · (1 + f)`, for x positive and finite;
    denormals are scaled up first.
    """
    small = x < SMALLEST_NORMAL
    bits = small.select(x * 2.0**23, x).bits()
    e = (bits - SQRT_HALF_BITS) >> 23
    f = (bits - (e << 23)).from_bits() - 1.0
    return small.select(e - 23, e), f


def log1p_tail(f: Scalar) -> Scalar:
    """`ln(1 + f) - f + f²/2` for f in LOG1P_RANGE."""
    return f * f * f * f.polynomial(LOG1P_TAIL)


def log1p_small(f: Scalar) -> Scalar:
    """`ln(1 + f)` for f in LOG1P_RANGE."""
    return f + f * f * (f * f.polynomial(LOG1P_TAIL) - 0.5)


def at_the_borders(result: Scalar, x: Scalar, zero: float = 0.0) -> Scalar:
    """A logarithm of x for all x: x itself if infinite or NaN, -infinity at `zero`,
    NaN below it.
    """
    result = (x < inf).select(result, x)
    result = x.equals(zero).select(-inf, result)
    return (x < zero).select(nan, result)


def log(x: Scalar) -> Scalar:
    """The natural logarithm."""
    e, f = split_exponent(x)
    e = e.to_float()
    return at_the_borders(e * LN2_HIGH + (log1p_small(f) + e * LN2_LOW), x)


def log1p(x: Scalar) -> Scalar:
    """`ln(1 + x)`: the polynomial on x itself where it holds, else the logarithm of the sum."""
    low, high = LOG1P_RANGE
    near = (x > low) & (x < high)
    e, f = split_exponent(x + 1.0)
    small = log1p_small(near.select(x, f))
    e = e.to_float()
    return at_the_borders(near.select(small, e * LN2_HIGH + (small + e * LN2_LOW)), x, zero=-1.0)


def log2(x: Scalar) -> Scalar:
    """The logarithm to base 2; exact for powers of two."""
    e, f = split_exponent(x)
    return at_the_borders(e.to_float() + log1p_small(f) * LOG2_E, x)


def log10(x: Scalar) -> Scalar:
    """The logarithm to base 10."""
    e, f = split_exponent(x)
    e = e.to_float()
    return at_the_borders(e * LOG10_2_HIGH + (log1p_small(f) * LOG10_E + e * LOG10_2_LOW), x)


# -- powers ----------------------------------------------------------------------------------------


def exact_product(a: Scalar, b: Scalar) -> tuple[Scalar, Scalar]:
    """a·b and its rounding error, by Dekker's splitting into halves of twelve bits."""
    a, b = a.exactly(), b.exactly()
    product = a * b
    a_high, b_high = (a.bits() & -0x1000).from_bits(), (b.bits() & -0x1000).from_bits()
    a_low, b_low = a - a_high, b - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def exact_sum(a: Scalar, b: Scalar) -> tuple[Scalar, Scalar]:
    """a+b and its rounding error, for a zero or not smaller than b."""
    a, b = a.exactly(), b.exactly()
    total = a + b
    return total, b - (total - a)


def log2_in_two_parts(x: Scalar) -> tuple[Scalar, Scalar]:
    """log2 of x positive and finite as a sum of two f32, to about 2^-29 absolutely."""
    e, f = split_exponent(x)
    f = f.exactly()
    square, square_error = exact_product(f, f)
    high, low = exact_sum(f, square * -0.5)
    high, low = exact_sum(high, log1p_tail(f) + (low - square_error * 0.5))
    product, error = exact_product(high, high.const(LOG2_E_HIGH))
    error = error + (high * LOG2_E_LOW + low * LOG2_E_HIGH)
    total, rounding = exact_sum(e.to_float(), product)
    return total, rounding + error


def positive_power(x: Scalar, y: Scalar) -> Scalar:
    """`x^y` for x positive and finite, y finite."""
    high, low = log2_in_two_parts(x)
    exponent, error = exact_product(high, y)
    error = error + low * y
    in_range = exponent.abs() < 160.0
    exponent, error = exponent.at_most(160.0).at_least(-160.0), in_range.select(error, 0.0)
    n = exponent.round_even()
    r = (exponent - n) + error
    return (expm1_small(r * LN2) + 1.0).times_power_of_two(n.to_int())


def power(x: Scalar, y: Scalar) -> Scalar:
    """`x^y` with IEEE's special cases."""
    a, size = x.abs(), y.abs()
    result = positive_power(a, y)
    one = x.const(1.0)
    a_is_end = a.equals(0.0) | a.equals(inf)
    grows = (y > 0.0) ^ (a < one)
    extreme = grows.select(x.const(inf), 0.0)
    result = (a_is_end | size.equals(inf)).select(extreme, result)

    is_integer = y.round_even().equals(y)
    half = y * 0.5
    is_odd = is_integer & half.round_even().compare("one", half)
    negative = x.bits() < 0
    flipped = (result.bits() ^ SIGN_BIT).from_bits()
    result = (negative & is_odd).select(flipped, result)
    no_root = (x < 0.0) & (x > -inf) & is_integer.equals(0)
    result = no_root.select(nan, result)
    result = x.compare("uno", y).select(nan, result)
    is_one = y.equals(0.0) | x.equals(1.0) | (a.equals(1.0) & size.equals(inf))
    return is_one.select(1.0, result)


def expand_log(op: math.LogOp, to: Conversion) -> Lowered:
    return log(Scalar.of(op.operand, to)).value


def expand_log1p(op: math.Log1pOp, to: Conversion) -> Lowered:
    return log1p(Scalar.of(op.operand, to)).value


def expand_log2(op: math.Log2Op, to: Conversion) -> Lowered:
    return log2(Scalar.of(op.operand, to)).value


def expand_log10(op: math.Log10Op, to: Conversion) -> Lowered:
    return log10(Scalar.of(op.operand, to)).value


def expand_powf(op: math.PowFOp, to: Conversion) -> Lowered:
    return power(Scalar.of(op.lhs, to), Scalar.of(op.rhs, to)).value
