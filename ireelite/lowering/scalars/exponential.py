"""exp, exp2, expm1, tanh, sinh, cosh and the logistic function in arithmetic.

`e^x = 2^n · e^r` with `|r| ≤ ln(2)/2`, and polynomials for `e^r - 1`, `sinh(r)` and `cosh(r)`. The
coefficients are near-minimax fits of this project's own.
"""

from __future__ import annotations

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars.pairs import Pair, exact_sum
from ireelite.lowering.scalars.scalar import Scalar

LOG2_E = 1.4426950408889634
LN2 = 0.6931471805599453


@light_dataclass(frozen=True)
class Exponential:
    """What the formulas of this file need to know of a float type."""

    ln2_high: float
    """ln(2) in so few bits that its product with an exponent is exact."""
    ln2_low: float
    expm1_tail: tuple[float, ...]
    """`(e^r - 1 - r) / r²` on ±ln(2)/2."""
    sinh_tail: tuple[float, ...]
    """`(sinh(r) - r) / r³` in r² on ±ln(2)/2."""
    cosh_tail: tuple[float, ...]
    """`(cosh(r) - 1 - r²/2) / r⁴` in r² on ±ln(2)/2."""
    tanh_tail: tuple[float, ...]
    """`(tanh(x) - x) / x³` in x² up to 0.55."""
    tanh_is_one: float
    """From here on tanh is 1."""
    exp_range: tuple[float, float]
    """Where e^x is neither 0 nor infinite, and a little more."""
    exp2_range: tuple[float, float]
    """Where 2^x is neither 0 nor infinite, and a little more."""
    expm1_is_minus_one: float
    """Below this number `e^x - 1` is -1."""
    hyperbolic_limit: float
    """A number whose sinh is infinite, less than half an ln(2) above the first such one."""


EXPONENTIAL = {
    32: Exponential(
        ln2_high=0.693359375,
        ln2_low=LN2 - 0.693359375,
        expm1_tail=(
            0.5,
            0.16666515171527863,
            0.04166637733578682,
            0.008369393646717072,
            0.0013942922232672572,
        ),
        sinh_tail=(
            0.1666666716337204,
            0.00833331048488617,
            0.00019890991097781807,
        ),
        cosh_tail=(
            0.0416666679084301,
            0.0013888865942135453,
            2.485129880369641e-05,
        ),
        tanh_tail=(
            -0.3333333134651184,
            0.13333113491535187,
            -0.05390937626361847,
            0.021309062838554382,
            -0.006609614007174969,
        ),
        tanh_is_one=10.0,
        exp_range=(-104.0, 89.0),
        exp2_range=(-151.0, 129.0),
        expm1_is_minus_one=-20.0,
        hyperbolic_limit=89.6,
    ),
    64: Exponential(
        ln2_high=0.693147180559663,
        ln2_low=2.8235290563031577e-13,
        expm1_tail=(
            0.5,
            0.1666666666666667,
            0.04166666666666667,
            0.008333333333326136,
            0.0013888888888883748,
            0.00019841269874820627,
            2.4801587325547743e-05,
            2.7557255400206422e-06,
            2.75572736431103e-07,
            2.5105217004720745e-08,
            2.0914686968086876e-09,
        ),
        sinh_tail=(
            0.16666666666666666,
            0.008333333333333333,
            0.00019841269841263298,
            2.755731924721873e-06,
            2.505207109429355e-08,
            1.608662795678037e-10,
        ),
        cosh_tail=(
            0.041666666666666664,
            0.001388888888888889,
            2.4801587301583212e-05,
            2.7557319238504446e-07,
            2.087673368373874e-09,
            1.1487984086123612e-11,
        ),
        tanh_tail=(
            -0.3333333333333333,
            0.13333333333332714,
            -0.05396825396743174,
            0.021869488493563037,
            -0.008863234395418095,
            0.003592110347096177,
            -0.0014556615775702365,
            0.0005889348072447028,
            -0.00023463104528300406,
            8.510707927354112e-05,
            -2.0598556673275166e-05,
        ),
        tanh_is_one=20.0,
        exp_range=(-746.0, 710.0),
        exp2_range=(-1076.0, 1025.0),
        expm1_is_minus_one=-40.0,
        hyperbolic_limit=710.6,
    ),
}
"""By the width of the type."""


def expm1_small(r: Scalar) -> Scalar:
    """Returns `e^r - 1` for `|r| ≤ ln(2)/2`."""
    return r + r * r * r.polynomial(EXPONENTIAL[r.width].expm1_tail)


def reduce_exponent(x: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """Returns the integer n nearest `x / ln(2)`, and two numbers whose difference is `x - n·ln(2)`."""
    constants = EXPONENTIAL[x.width]
    n = (x * LOG2_E).round_even()
    return n.to_int(), x - n * constants.ln2_high, n * constants.ln2_low


def exp(x: Scalar) -> Scalar:
    """Returns `e^x`."""
    least, most = EXPONENTIAL[x.width].exp_range
    n, first, second = reduce_exponent(x.at_most(most).at_least(least))
    return (expm1_small(first - second) + 1.0).times_power_of_two(n)


def exp2(x: Scalar) -> Scalar:
    """Returns `2^x`."""
    least, most = EXPONENTIAL[x.width].exp2_range
    x = x.at_most(most).at_least(least)
    n = x.round_even()
    return (expm1_small((x - n) * LN2) + 1.0).times_power_of_two(n.to_int())


def half_expm1(x: Scalar) -> Pair:
    """Returns half of `e^x - 1`, so that 2^n with the largest n does not overflow on the way.

    With r and `e^r - 1` as pairs: their rounding errors would be as large as the result's.
    """
    constants = EXPONENTIAL[x.width]
    x = x.at_most(constants.exp_range[1]).at_least(constants.expm1_is_minus_one)
    n, first, second = reduce_exponent(x)
    r = exact_sum(first, -second)
    rest = x.like(r.high.value)
    tail = rest * rest * rest.polynomial(constants.expm1_tail) + r.low
    small = exact_sum(rest, tail)
    power = (n - 1).power_of_two()
    total = exact_sum(power - 0.5, small.high * power)
    return Pair(total.high, total.low + small.low * power)


def expm1(x: Scalar) -> Scalar:
    """Returns `e^x - 1` without cancellation."""
    half = half_expm1(x)
    return is_its_own_result(x).select(x, half.sum() * 2.0)


def is_its_own_result(x: Scalar) -> Scalar:
    """Returns whether a number is so small that an odd function with the slope 1 at 0, or expm1,
    returns it.
    """
    return x.abs() < 2.0 ** -(x.format.fraction + 2)


def tanh(x: Scalar) -> Scalar:
    """Returns a polynomial near 0, further out `1 - 2 / (e^2x + 1)`; an odd function."""
    constants = EXPONENTIAL[x.width]
    a = x.abs()
    square = a * a
    near = a + a * square * square.polynomial(constants.tanh_tail)
    n, first, second = reduce_exponent(a.at_most(constants.tanh_is_one) * 2.0)
    power = (expm1_small(first - second) + 1.0) * n.power_of_two()
    far = 1.0 - power.const(2.0) / (power + 1.0)
    return (a < 0.55).select(near, far).with_sign_of(x)


def split_hyperbolic(a: Scalar) -> tuple[Scalar, Scalar, Scalar, Scalar]:
    """Returns half of `sinh(n·ln(2))` and `cosh(n·ln(2))`, and `sinh(r)` and `cosh(r) - 1`, for `a
    = n·ln(2) + r` that is not negative.
    """
    constants = EXPONENTIAL[a.width]
    n, first, second = reduce_exponent(a.at_most(constants.hyperbolic_limit))
    pair = exact_sum(first, -second)
    grows = (n - 2).power_of_two()
    bias, fraction = a.format.bias, a.format.fraction
    falls = ((n.const(bias - 2) - n).at_least(0) << fraction).from_bits()
    r = a.like(pair.high.value)
    square = r * r
    tail = r * square * square.polynomial(constants.sinh_tail) + pair.low
    cosine_less_one = square * 0.5 + square * square * square.polynomial(constants.cosh_tail)
    return grows - falls, grows + falls, r + tail, cosine_less_one


def sinh(x: Scalar) -> Scalar:
    """Returns the hyperbolic sine, an odd function."""
    sine_n, cosine_n, sine_r, cosine_r = split_hyperbolic(x.abs())
    result = (sine_n + (sine_n * cosine_r + cosine_n * sine_r)) * 2.0
    return is_its_own_result(x).select(x, result.with_sign_of(x))


def cosh(x: Scalar) -> Scalar:
    """Returns the hyperbolic cosine, an even function."""
    sine_n, cosine_n, sine_r, cosine_r = split_hyperbolic(x.abs())
    return (cosine_n + (cosine_n * cosine_r + sine_n * sine_r)) * 2.0


def precise_exp(x: Scalar) -> Pair:
    """Returns `e^x`, for x at most 0, with a few more digits than the type has."""
    n, first, second = reduce_exponent(x.at_least(EXPONENTIAL[x.width].exp_range[0]))
    r = exact_sum(first, -second)
    rest = x.like(r.high.value)
    tail = rest * rest * rest.polynomial(EXPONENTIAL[x.width].expm1_tail) + r.low
    small = exact_sum(rest, tail)
    total = exact_sum(rest.const(1.0), small.high)
    low = total.low + small.low
    return Pair(total.high.times_power_of_two(n), low.times_power_of_two(n))


def logistic(x: Scalar) -> Scalar:
    """Returns `1 / (1 + e^-x)`; of a negative x `e^x / (1 + e^x)`, so that no power is infinite.
    The quotient is corrected by what the rounding of both parts dropped.
    """
    power = precise_exp(-x.abs())
    numerator = power.select(x < 0.0, Pair(power.high.const(1.0), power.high.const(0.0)))
    total = exact_sum(power.high.const(1.0), power.high)
    quotient = numerator.high / total.high
    rest = numerator.low - quotient * (total.low + power.low)
    return quotient + rest / total.high
