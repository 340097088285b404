"""powf, fpowi and cbrt in arithmetic.

A power needs the logarithm to more bits than the type has, because the exponent multiplies its
error: it is carried as a pair. The coefficients are near-minimax fits of this project's own.
"""

from __future__ import annotations

from math import inf, nan

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars.exponential import LN2, expm1_small
from ireelite.lowering.scalars.logarithm import split_exponent
from ireelite.lowering.scalars.pairs import (
    Pair,
    add,
    constant_pair,
    exact_product,
    exact_sum,
    leading_half,
    pair_of,
    product,
    quotient,
)
from ireelite.lowering.scalars.scalar import Scalar


@light_dataclass(frozen=True)
class Power:
    """What the formulas of this file need to know of a float type."""

    two_over_ln2: tuple[float, float]
    """2 / ln(2) as a pair."""
    two_thirds_over_ln2: tuple[float, float]
    """2 / (3 ln(2)) as a pair."""
    tail: tuple[float, ...]
    """`(2 artanh(s) - 2s - 2s³/3) / s⁵ / ln(2)` in s²."""
    infinite: float
    """A power of two with this exponent is infinite, with its negative it is 0."""
    root_steps: int
    """Steps of Halley's that a cube root takes."""


POWER = {
    32: Power(
        two_over_ln2=(2.885390043258667, 3.851926067000022e-08),
        two_thirds_over_ln2=(0.9617967009544373, -7.028461812552678e-09),
        tail=(
            0.5770782232284546,
            0.41206592321395874,
            0.33251702785491943,
        ),
        infinite=160.0,
        root_steps=1,
    ),
    64: Power(
        two_over_ln2=(2.8853900817779268, 4.0710547481862066e-17),
        two_thirds_over_ln2=(0.9617966939259756, 5.0577616648125907e-17),
        tail=(
            0.5770780163555853,
            0.4121985831111439,
            0.3205988979671497,
            0.26230819146928386,
            0.22195278846420186,
            0.19238057260565664,
            0.16888511507764195,
            0.1691315576673111,
        ),
        infinite=1100.0,
        root_steps=2,
    ),
}
"""By the width of the type."""


def log2_in_two_parts(x: Scalar) -> Pair:
    """Returns log2 of x positive and finite, to about twelve bits more than the type has."""
    constants = POWER[x.width]
    e, f = split_exponent(x)
    f = f.exactly()
    s = quotient(pair_of(f), exact_sum(f.const(2.0), f))
    square = product(s, s)
    tail = square.high * square.high.polynomial(constants.tail)
    third = add(constant_pair(f, *constants.two_thirds_over_ln2), pair_of(tail))
    factor = add(constant_pair(f, *constants.two_over_ln2), product(square, third))
    return add(pair_of(e.to_float()), product(s, factor))


def positive_power(x: Scalar, y: Scalar) -> Scalar:
    """Returns `x^y` for x positive and finite, y finite."""
    infinite = POWER[x.width].infinite
    logarithm = log2_in_two_parts(x)
    exact = exact_product(logarithm.high, y)
    exponent, error = exact.high, exact.low + logarithm.low * y
    in_range = exponent.abs() < infinite
    exponent = exponent.at_most(infinite).at_least(-infinite)
    n = exponent.round_even()
    r = (exponent - n) + in_range.select(error, 0.0)
    return (expm1_small(x.like(r.value) * LN2) + 1.0).times_power_of_two(n.to_int())


def power(x: Scalar, y: Scalar) -> Scalar:
    """Returns `x^y` with IEEE's special cases."""
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
    result = is_odd.select(result.flip_sign_of(x), result)
    no_root = (x < 0.0) & (x > -inf) & is_integer.equals(0)
    result = no_root.select(nan, result)
    result = x.compare("uno", y).select(nan, result)
    is_one = y.equals(0.0) | x.equals(1.0) | (a.equals(1.0) & size.equals(inf))
    return is_one.select(1.0, result)


# -- cube roots ------------------------------------------------------------------------------------

ROOT_GUESS = (
    0.813794732093811,
    0.23625189065933228,
    -0.011158746667206287,
)
"""`∛m` for m from 1 to 8; relative error 4e-2."""


def third(exponent: Scalar) -> Scalar:
    """Returns a third of an exponent, rounded down; 43691 / 2^17 is a third, and a little more."""
    return (((exponent + 3 * 512) * 43691) >> 17) - 512


def cbrt(x: Scalar) -> Scalar:
    """Returns `2^k · ∛m` for `|x| = 2^3k · m` with m from 1 to 8: a guess, steps of Halley's, and
    one of Newton's in which the square is exact.
    """
    a = x.abs()
    fraction, bias = x.format.fraction, x.format.bias
    small = a < x.format.smallest_normal
    bits = small.select(a * 2.0 ** (3 * 18), a).bits()
    exponent = bits >> fraction
    k = third(exponent - bias)
    m = (bits - ((k * 3) << fraction)).from_bits()
    root = m.polynomial(ROOT_GUESS)
    for _ in range(POWER[x.width].root_steps):
        cube = root * root * root
        root = root * ((cube + m * 2.0) / (cube * 2.0 + m))
    root = leading_half(root.exactly())
    ratio = m.exactly() / (root * root)
    root = root + root * ((ratio - root) / (root + root + ratio))
    result = root * small.select(k - 18, k).power_of_two()
    return ((a > 0.0) & (a < inf)).select(result, a).with_sign_of(x)
