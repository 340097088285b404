"""atan2, atan, asin and acos in arithmetic.

The coefficients are near-minimax fits of this project's own.
"""

from __future__ import annotations

from math import inf, nan, sqrt

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars.pairs import (
    Pair,
    exact_product,
    exact_sum,
    pair_of,
    quotient,
)
from ireelite.lowering.scalars.scalar import Scalar

TAN_PI_8 = sqrt(2.0) - 1.0


@light_dataclass(frozen=True)
class Arc:
    """What the formulas of this file need to know of a float type."""

    half_pi: tuple[float, float]
    """π/2 as a pair."""
    atan_tail: tuple[float, ...]
    """`(atan(t) - t) / t³` in t² for t up to tan(π/8)."""
    asin_tail: tuple[float, ...]
    """`(asin(t) - t) / t³` in t² for t up to ½."""
    scale: float
    """A power of two with an exponent of about half the largest one."""


ARC = {
    32: Arc(
        half_pi=(1.5707963705062866, -4.371138828673793e-08),
        atan_tail=(
            -0.3333333134651184,
            0.19999538362026215,
            -0.14263896644115448,
            0.10743099451065063,
            -0.06449835002422333,
        ),
        asin_tail=(
            0.1666666567325592,
            0.07500094920396805,
            0.044599320739507675,
            0.031101727858185768,
            0.017143717035651207,
            0.03370072692632675,
        ),
        scale=2.0**60,
    ),
    64: Arc(
        half_pi=(1.5707963267948966, 6.123233995736766e-17),
        atan_tail=(
            -0.3333333333333333,
            0.19999999999999993,
            -0.1428571428571149,
            0.11111111110751482,
            -0.0909090906681608,
            0.07692306729194896,
            -0.06666641869131183,
            0.058819230561140225,
            -0.05258020272656758,
            0.04719259188242093,
            -0.04103887546862687,
            0.030622995553735516,
            -0.013905374533113234,
        ),
        asin_tail=(
            0.16666666666666669,
            0.07499999999998425,
            0.04464285714637338,
            0.030381944137085216,
            0.022372173002005596,
            0.017352391265909227,
            0.013971235301124539,
            0.011478952690257387,
            0.010324318288744113,
            0.00545087818772055,
            0.017419357964884856,
            -0.014881409392818066,
            0.02877844261259304,
        ),
        scale=2.0**500,
    ),
}
"""By the width of the type."""


def first_octant(larger: Scalar, smaller: Scalar) -> Pair:
    """Returns the arc tangent of `smaller / larger`, both finite, `larger` not zero.

    Above tan(π/8) it is π/4 less that of `(larger - smaller) / (larger + smaller)`. Both are scaled
    together, and a smaller one that is tiny is scaled until it has been divided, so that no part of
    a product is subnormal.
    """
    constants = ARC[larger.width]
    large, small = larger > constants.scale, larger < 1 / constants.scale

    def scaled(x: Scalar) -> Scalar:
        down, up = x * (1 / constants.scale), x * constants.scale
        return large.select(down, small.select(up, x)).exactly()

    larger, smaller = scaled(larger), scaled(smaller)
    steep = smaller > larger * TAN_PI_8
    above, below = exact_sum(larger, -smaller), exact_sum(larger, smaller)
    lifted = smaller < constants.scale**-0.75
    numerator = lifted.select(smaller * constants.scale, smaller)
    t = quotient(
        Pair(-above.high, -above.low).select(steep, pair_of(numerator)),
        below.select(steep, pair_of(larger)),
    )
    t = t.times(1 / constants.scale).select(lifted & steep.equals(0), t)
    place = larger.like(t.high.value)
    square = place * place
    tail = place * square * square.polynomial(constants.atan_tail)
    low = tail + (t.low - t.low * square)
    quarter, quarter_low = (part * 0.5 for part in constants.half_pi)
    base = steep.select(larger.const(quarter), 0.0)
    total = exact_sum(base, t.high)
    return Pair(total.high, total.low + (steep.select(larger.const(quarter_low), 0.0) + low))


def less(high: float, low: float, angle: Pair) -> Pair:
    """Returns a constant angle, given as a pair, less a smaller one."""
    total = exact_sum(angle.high.const(high), -angle.high)
    return Pair(total.high, total.low + (angle.low.const(low) - angle.low))


def atan2(y: Scalar, x: Scalar) -> Scalar:
    """Returns the angle of the point (x, y), in ±π, with IEEE's special cases."""
    half_pi, half_pi_low = ARC[x.width].half_pi
    width, height = x.abs(), y.abs()
    larger, smaller = width.at_least(height), width.at_most(height)
    both_infinite = smaller.equals(inf)
    flat = larger.equals(0.0) | (larger.equals(inf) & both_infinite.equals(0))
    ordinary = (flat | both_infinite).equals(0)
    denominator = ordinary.select(larger, 1.0)
    numerator = ordinary.select(smaller, both_infinite.select(x.const(1.0), 0.0))
    angle = first_octant(denominator, numerator)
    angle = less(half_pi, half_pi_low, angle).select(height > width, angle)
    turned = less(2 * half_pi, 2 * half_pi_low, angle)
    angle = turned.select(x.bits() < 0, angle)
    return y.compare("uno", x).select(nan, angle.sum().with_sign_of(y))


def atan(x: Scalar) -> Scalar:
    """Returns the angle whose tangent is x."""
    return atan2(x, x.const(1.0))


def asin_parts(a: Scalar) -> tuple[Scalar, Pair]:
    """Returns whether a, which is from 0 to 1, is above ½; and the arc sine of a, or if it is, that
    of `√((1 - a) / 2)`: half of a's arc cosine.
    """
    above = a > 0.5
    square = above.select((1.0 - a) * 0.5, a * a)
    root = square.sqrt().exactly()
    back = exact_product(root, root)
    error = ((square.exactly() - back.high) - back.low) / (root + root)
    high = above.select(root, a)
    low = (above & (root > 0.0)).select(error, 0.0)
    tail = a.like(high.value) * square * square.polynomial(ARC[a.width].asin_tail)
    return above, Pair(high, tail + low)


def asin(x: Scalar) -> Scalar:
    """Returns the angle from -π/2 to π/2 whose sine is x."""
    half_pi, half_pi_low = ARC[x.width].half_pi
    a = x.abs()
    above, part = asin_parts(a)
    result = less(half_pi, half_pi_low, part.times(2.0)).select(above, part)
    return (a <= 1.0).select(result.sum().with_sign_of(x), nan)


def acos(x: Scalar) -> Scalar:
    """Returns the angle from 0 to π whose cosine is x."""
    half_pi, half_pi_low = ARC[x.width].half_pi
    a = x.abs()
    above, part = asin_parts(a)
    negative = x.bits() < 0
    signed = Pair(part.high.flip_sign_of(x), part.low.flip_sign_of(x))
    middle = less(half_pi, half_pi_low, signed)
    outer = part.times(2.0)
    outer = less(2 * half_pi, 2 * half_pi_low, outer).select(negative, outer)
    result = outer.select(above, middle)
    return (a <= 1.0).select(result.sum(), nan)
