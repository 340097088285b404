"""The tangents and the logistic function of complex numbers: fractions over the square of a distance,
`(1 - q)² + 4q cos²` of an angle for a power q.

All sums and products are pairs, so that a result has little more error than the power, the sine and
the cosine have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.dialects import complex, math
from xdsl.ir import Operation

from ireelite.dialects.extensions import complex_extra
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars import complex_numbers as numbers
from ireelite.lowering.scalars.complex_numbers import FAR
from ireelite.lowering.scalars.compound import call
from ireelite.lowering.scalars.pairs import (
    Pair,
    add_any,
    exact_product,
    exact_sum,
    pair_of,
    product,
    quotient,
)
from ireelite.lowering.scalars.scalar import Scalar

NEAR = 0.6875
"""Up to here 1 less the power is computed first, and the power from it."""
ENDS = 40.0
"""From here on the logistic function of a negative number is its exponential, of a positive one 1."""


@light_dataclass(frozen=True)
class Distance:
    """A power and an angle, and the distance that they make."""

    power: Pair
    less: Pair
    """1 less the power."""
    sine: Scalar
    cosine: Scalar
    square: Pair
    """`less² + 4 power cosine²`."""

    def over(self, numerator: Pair) -> Scalar:
        """Returns a number over the square."""
        return quotient(numerator, self.square).sum()

    @property
    def doubled_sine(self) -> Pair:
        """Twice the power times the sine of twice the angle."""
        return product(self.power, exact_product(self.sine, self.cosine)).times(4.0)


def distance(size: Scalar, angle: Scalar) -> Distance:
    """Returns the distance of `e^-size`, for a size that is not negative, and an angle."""
    one, near = size.const(1.0), size <= NEAR
    less, power = -call(math.ExpM1Op, -size), call(math.ExpOp, -size)
    small = pair_of(less).select(near, exact_sum(one, -power))
    large = exact_sum(one, -less).select(near, pair_of(power))
    sine, cosine = numbers.sine(angle), numbers.cosine(angle)
    beside = product(large, exact_product(cosine, cosine)).times(4.0)
    return Distance(large, small, sine, cosine, add_any(product(small, small), beside))


def tanh(x: numbers.Pair) -> numbers.Pair:
    """Returns, with q = `e^-2|a|`, `((1 - q)(1 + q) + 4iq sin b cos b) / ((1 - q)² + 4q cos² b)`,
    whose sums do not cancel.
    """
    a, b = x.parts
    size = a.abs()
    parts = distance(size * 2.0, b)
    more = add_any(pair_of(size.const(1.0)), parts.power)
    real = parts.over(product(parts.less, more))
    return numbers.Pair(
        (size < FAR).select(real, 1.0).with_sign_of(a), parts.over(parts.doubled_sine)
    )


def tangent(x: numbers.Pair) -> numbers.Pair:
    """Returns `-i tanh ix`."""
    turned = tanh(numbers.Pair(-x.imaginary, x.real))
    return numbers.Pair(turned.imaginary, -turned.real)


def logistic(x: numbers.Pair) -> numbers.Pair:
    """Returns, with q = `e^-|a|`, s and c the sine and the cosine of b/2, `(1 - q + 2qc² + 2iqsc)`
    or, of a negative real part, `q (2c² - (1 - q) + 2isc)`, over `(1 - q)² + 4qc²`.
    """
    a, b = x.parts
    parts = distance(a.abs(), b * 0.5)
    doubled = exact_product(parts.cosine, parts.cosine).times(2.0)
    right = add_any(parts.less, product(parts.power, doubled))
    beside = add_any(doubled, -parts.less)
    falls, tiny = a < 0.0, parts.power.high
    real = parts.over(product(parts.power, beside).select(falls, right))
    result = numbers.Pair(real, parts.over(parts.doubled_sine.times(0.5)))
    sine = exact_product(parts.sine, parts.cosine).sum() * 2.0
    power = numbers.Pair(numbers.both(tiny, beside.sum()), numbers.both(tiny, sine))
    ends = power.select(falls, numbers.Pair(a.const(1.0), power.imaginary))
    return ends.select(a.abs() > ENDS, result)


FORMULAS: Mapping[type[Operation], Callable[[numbers.Pair], numbers.Pair]] = {
    complex.TanOp: tangent,
    complex.TanhOp: tanh,
    complex_extra.LogisticOp: logistic,
}
"""Op on complex numbers -> its result, of the operand as a pair."""
