"""Sums, products and quotients of floats together with their rounding errors.

A `Pair` is the unevaluated sum of a float and a much smaller one: about twice the digits of its
type. The ops are made without `fastmath<contract>`: a fused multiply-add in place of a product that
is also used elsewhere would make its error wrong. Shaders' compilers simplify `(a + b) - a` to b all
the same; see `Scalar.settled`.
"""

from __future__ import annotations

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars.scalar import Scalar


@light_dataclass(frozen=True)
class Pair:
    """The number `high + low`."""

    high: Scalar
    low: Scalar

    def times(self, factor: float | Scalar) -> Pair:
        """Returns the product with a power of two, or 0."""
        return Pair(self.high * factor, self.low * factor)

    def select(self, condition: Scalar, otherwise: Pair) -> Pair:
        """This where the condition holds, else the other."""
        return Pair(
            condition.select(self.high, otherwise.high), condition.select(self.low, otherwise.low)
        )

    def __neg__(self) -> Pair:
        return Pair(-self.high, -self.low)

    def sum(self) -> Scalar:
        """Returns the nearest float."""
        return self.high + self.low


def pair_of(x: Scalar) -> Pair:
    """Returns a float as a pair."""
    return Pair(x.exactly(), x.exactly().const(0.0))


def constant_pair(x: Scalar, high: float, low: float) -> Pair:
    """Returns a constant of twice the digits of x's type."""
    return Pair(x.exactly().const(high), x.exactly().const(low))


def exact_sum(a: Scalar, b: Scalar) -> Pair:
    """Returns `a + b`, for a zero or not smaller than b."""
    a, b = a.exactly(), b.exactly()
    total = (a + b).settled()
    return Pair(total, b - (total - a))


def exact_sum_any(a: Scalar, b: Scalar) -> Pair:
    """Returns `a + b`, whichever is larger (Knuth); by the larger one where sums are settled, since
    Knuth's formula needs their last bits.
    """
    a, b = a.exactly(), b.exactly()
    if a.reassociated:
        swapped = b.abs() > a.abs()
        return exact_sum(swapped.select(b, a), swapped.select(a, b))
    total = (a + b).settled()
    part_of_b = (total - a).settled()
    return Pair(total, (a - (total - part_of_b)) + (b - part_of_b))


def leading_half(a: Scalar) -> Scalar:
    """Returns the leading half of a float's digits."""
    dropped = a.format.half_precision
    return (a.bits() & (-1 << dropped)).from_bits()


def exact_product(a: Scalar, b: Scalar) -> Pair:
    """Returns `a · b`, by Dekker's splitting into halves. Exact but for about 2^-2p of it in f64."""
    a, b = a.exactly(), b.exactly()
    product = (a * b).settled()
    a_high, b_high = leading_half(a), leading_half(b)
    a_low, b_low = a - a_high, b - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return Pair(product, error)


def product(a: Pair, b: Pair) -> Pair:
    """Returns `a · b` to nearly twice the digits."""
    exact = exact_product(a.high, b.high)
    return exact_sum(exact.high, exact.low + (a.high * b.low + a.low * b.high))


def add(a: Pair, b: Pair) -> Pair:
    """Returns `a + b` to nearly twice the digits, for a zero or not smaller than b."""
    total = exact_sum(a.high, b.high)
    return exact_sum(total.high, total.low + (a.low + b.low))


def add_any(a: Pair, b: Pair) -> Pair:
    """Returns `a + b` to nearly twice the digits, whichever is larger."""
    total = exact_sum_any(a.high, b.high)
    return exact_sum(total.high, total.low + (a.low + b.low))


def quotient(a: Pair, b: Pair) -> Pair:
    """Returns `a / b` to nearly twice the digits, where no part of it is subnormal."""
    inverse = b.high.const(1.0) / b.high
    first = a.high * inverse
    back = exact_product(first, b.high)
    rest = ((a.high - back.high) - back.low) + (a.low - first * b.low)
    return exact_sum(first, rest * inverse)
