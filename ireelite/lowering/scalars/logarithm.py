"""log, log1p, log2, log10 and the inverse hyperbolic functions in arithmetic.

`x = 2^e · (1 + f)` with `1 + f` between √½ and √2, and `ln(1 + f) = 2 artanh(s)` for
`s = f / (2 + f)`, by a polynomial in s². The coefficients are near-minimax fits of this project's
own.
"""

from __future__ import annotations

from math import inf, nan

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars.exponential import is_its_own_result
from ireelite.lowering.scalars.pairs import (
    Pair,
    constant_pair,
    exact_product,
    exact_sum,
    exact_sum_any,
    pair_of,
    product,
    quotient,
)
from ireelite.lowering.scalars.scalar import Scalar


@light_dataclass(frozen=True)
class Logarithm:
    """What the formulas of this file need to know of a float type."""

    sqrt_half_bits: int
    """The bits of √½."""
    artanh_tail: tuple[float, ...]
    """`(2 artanh(s) - 2s) / s³` in s² for `1 + f` between √½ and √2."""
    ln2: tuple[float, float]
    """ln(2) as a sum; the products of its first part with exponents are exact."""
    log10_2: tuple[float, float]
    """log10(2) as a sum; the products of its first part with exponents are exact."""
    log2_e: tuple[float, float]
    """log2(e) as a pair."""
    log10_e: tuple[float, float]
    """log10(e) as a pair."""


LOGARITHM = {
    32: Logarithm(
        sqrt_half_bits=0x3F3504F3,
        artanh_tail=(
            0.6666666865348816,
            0.4000012278556824,
            0.2855081260204315,
            0.23330697417259216,
        ),
        ln2=(0.693145751953125, 1.428606765330187e-06),
        log10_2=(0.301025390625, 4.605039066518657e-06),
        log2_e=(1.4426950216293335, 1.925963033500011e-08),
        log10_e=(0.4342944920063019, -1.0103049952192578e-08),
    ),
    64: Logarithm(
        sqrt_half_bits=0x3FE6A09E667F3BCD,
        artanh_tail=(
            0.6666666666666666,
            0.4000000000000088,
            0.2857142857080285,
            0.22222222391887064,
            0.18181795621632782,
            0.15386240708969665,
            0.13268746195596595,
            0.13086907887965027,
        ),
        ln2=(0.693147180559663, 2.8235290563031577e-13),
        log10_2=(0.30102999566383914, 1.42050232272661e-13),
        log2_e=(1.4426950408889634, 2.0355273740931033e-17),
        log10_e=(0.4342944819032518, 1.098319650216765e-17),
    ),
}
"""By the width of the type."""

NEAR = (-0.2928, 0.4142)
"""Numbers f for which `1 + f` is between √½ and √2."""


def split_exponent(x: Scalar) -> tuple[Scalar, Scalar]:
    """Returns e (an integer) and f with `x = 2^e · (1 + f)`, for x positive and finite; subnormal
    numbers are scaled up first.
    """
    fraction = x.format.fraction
    half = LOGARITHM[x.width].sqrt_half_bits
    small = x < x.format.smallest_normal
    bits = small.select(x * 2.0**fraction, x).bits()
    e = (bits - half) >> fraction
    f = (bits - (e << fraction)).from_bits() - 1.0
    return small.select(e - fraction, e), f


def artanh_rest(f: Scalar) -> tuple[Scalar, Scalar]:
    """Returns h and t with `ln(1 + f) = f - h + t`: h is f²/2, and t much smaller."""
    s = f / (f + 2.0)
    square = s * s
    half_square = f * f * 0.5
    return half_square, s * (
        half_square + square * square.polynomial(LOGARITHM[f.width].artanh_tail)
    )


def log_of_parts(e: Scalar, f: Scalar, small: Scalar | None = None) -> Scalar:
    """Returns `ln(2^e · (1 + f)) + small` for a float e."""
    high, low = LOGARITHM[f.width].ln2
    half_square, tail = artanh_rest(f)
    rest = e * low if small is None else e * low + small
    return e * high - ((half_square - (tail + rest)) - f)


def at_the_borders(result: Scalar, x: Scalar, zero: float = 0.0) -> Scalar:
    """Returns a logarithm of x for all x: x itself if infinite or NaN, -infinity at `zero`, NaN
    below it.
    """
    result = (x < inf).select(result, x)
    result = x.equals(zero).select(-inf, result)
    return (x < zero).select(nan, result)


def log(x: Scalar) -> Scalar:
    """Returns the natural logarithm."""
    e, f = split_exponent(x)
    return at_the_borders(log_of_parts(e.to_float(), f), x)


def log1p_of_pair(x: Pair) -> Scalar:
    """Returns `ln(1 + x)` for x finite and above -1: on x itself where it is small, else of the
    sum, corrected by its rounding error.
    """
    low, high = NEAR
    number = x.high
    near = (number > low) & (number < high)
    total = exact_sum_any(number.const(1.0), number)
    e, f = split_exponent(total.high)
    error = near.select(x.low / (number + 1.0), (total.low + x.low) / total.high)
    return log_of_parts(near.select(0.0, e.to_float()), near.select(number, f), error)


def log1p(x: Scalar) -> Scalar:
    """Returns `ln(1 + x)`."""
    result = at_the_borders(log1p_of_pair(pair_of(x)), x, zero=-1.0)
    return is_its_own_result(x).select(x, result)


def log_in_base(f: Scalar, unit: tuple[float, float]) -> Pair:
    """Returns `ln(1 + f) · unit`, accurate to a few digits more than the type has."""
    half_square, tail = artanh_rest(f)
    total = exact_sum(f, -half_square)
    low = total.low + tail
    total = exact_sum(total.high, low)
    return product(total, constant_pair(f, *unit))


def log2(x: Scalar) -> Scalar:
    """Returns the logarithm to base 2; exact for powers of two."""
    e, f = split_exponent(x)
    small = log_in_base(f, LOGARITHM[x.width].log2_e)
    total = exact_sum(e.to_float(), small.high)
    return at_the_borders(total.high + (total.low + small.low), x)


def log10(x: Scalar) -> Scalar:
    """Returns the logarithm to base 10."""
    constants = LOGARITHM[x.width]
    e, f = split_exponent(x)
    small = log_in_base(f, constants.log10_e)
    high, low = constants.log10_2
    e = e.to_float()
    total = exact_sum(e * high, small.high)
    return at_the_borders(total.high + (total.low + (small.low + e * low)), x)


# -- inverse hyperbolic functions ------------------------------------------------------------------


def square_is_all(x: Scalar) -> Scalar:
    """Returns whether a number's square is not changed by adding 1 or twice the number."""
    return x >= 2.0 ** (x.format.fraction + 4)


def log_of_double(a: Scalar) -> Scalar:
    """Returns `ln(2a)` for a positive and finite."""
    e, f = split_exponent(a)
    return log_of_parts((e + 1).to_float(), f)


def asinh(x: Scalar) -> Scalar:
    """Returns `ln(1 + w)` for `w = a + a² / (1 + √(1 + a²))`, with the sign of x."""
    a = x.abs()
    far = square_is_all(a)
    bounded = far.select(1.0, a)
    square = bounded * bounded
    near = log1p_of_pair(exact_sum(bounded, square / ((square + 1.0).sqrt() + 1.0)))
    result = far.select(log_of_double(a), near)
    result = (a.equals(0.0) | (a < inf).equals(0)).select(a, result)
    return result.with_sign_of(x)


def acosh(x: Scalar) -> Scalar:
    """Returns `ln(1 + w)` for `w = t + √(t (t + 2))` and `t = x - 1`, with the root as a pair."""
    far = square_is_all(x)
    t = far.select(1.0, x) - 1.0
    more = exact_sum_any(t, t.const(2.0))
    square = product(pair_of(t), more)
    root = square.high.sqrt()
    back = exact_product(root, root)
    error = ((square.high - back.high) - back.low + square.low) / (root + root)
    total = exact_sum_any(root, t)
    w = Pair(total.high, total.low + t.equals(0.0).select(0.0, error))
    result = far.select(log_of_double(x), log1p_of_pair(w))
    result = (x < inf).select(result, x)
    return (x < 1.0).select(nan, result)


def atanh(x: Scalar) -> Scalar:
    """Returns half of `ln(1 + 2a / (1 - a))`, with the sign of x."""
    a = x.abs()
    inside = a < 1.0
    bounded = inside.select(a, 0.0)
    below = exact_sum(bounded.const(1.0), -bounded)
    result = log1p_of_pair(quotient(pair_of(bounded + bounded), below)) * 0.5
    result = (a < x.format.smallest_normal).select(a, result)
    result = inside.select(result, a.equals(1.0).select(a.const(inf), nan))
    return result.with_sign_of(x)
