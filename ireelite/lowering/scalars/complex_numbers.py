"""Complex numbers as pairs of floats: a formula for each op of the `complex` dialect.

Sums and products are rounded one by one, so that every target gives the same result. Divisions are
Smith's; where parts are infinite or huge, the formulas avoid overflow in between, and give what C's
Annex G asks for. Inverse functions are in `complex_arcs.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from math import exp, inf, nan

from xdsl.dialects import complex, math
from xdsl.ir import Operation

from ireelite.dialects.extensions import complex_extra
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars import pairs
from ireelite.lowering.scalars.compound import call, is_nan
from ireelite.lowering.scalars.pairs import add_any, exact_product, exact_sum_any, pair_of
from ireelite.lowering.scalars.scalar import Scalar

FAR = 20.0
"""Where the hyperbolic tangent of an f64 is 1."""
NEAR_OVERFLOW = {32: 88.0, 64: 709.0}
"""Width of a float -> a number a little below the largest one whose exponential is finite."""
STEP = {32: 76.6875, 64: 619.0625}
"""Width of a float -> how much such a number is reduced by at once: its exponential is a float but for
1e-4 units in the last place.
"""
STEPS = 2
"""A smallest float times an exponential that must be reduced more often is infinite."""


@light_dataclass(frozen=True)
class Pair:
    """A complex number: its parts."""

    real: Scalar
    imaginary: Scalar

    def __add__(self, other: Pair) -> Pair:
        return Pair(self.real + other.real, self.imaginary + other.imaginary)

    def __sub__(self, other: Pair) -> Pair:
        return Pair(self.real - other.real, self.imaginary - other.imaginary)

    def __mul__(self, other: Pair) -> Pair:
        (a, b), (c, d) = self.parts, other.parts
        return Pair(a * c - b * d, a * d + b * c)

    @property
    def parts(self) -> tuple[Scalar, Scalar]:
        """Real and imaginary part."""
        return self.real, self.imaginary

    def select(self, condition: Scalar, other: Pair) -> Pair:
        """This number where a condition holds, else the other."""
        return Pair(
            condition.select(self.real, other.real),
            condition.select(self.imaginary, other.imaginary),
        )

    @property
    def is_zero(self) -> Scalar:
        """Whether both parts are 0."""
        return self.real.equals(0.0) & self.imaginary.equals(0.0)

    def const(self, real: float, imaginary: float) -> Pair:
        """Returns a constant of the same type."""
        return Pair(self.real.const(real), self.real.const(imaginary))


def sine(x: Scalar) -> Scalar:
    return call(math.SinOp, x)


def cosine(x: Scalar) -> Scalar:
    return call(math.CosOp, x)


def sinh(x: Scalar) -> Scalar:
    return call(math.SinhOp, x)


def cosh(x: Scalar) -> Scalar:
    return call(math.CoshOp, x)


def opposite(x: Pair) -> Pair:
    return Pair(-x.real, -x.imaginary)


def conjugate(x: Pair) -> Pair:
    return Pair(x.real, -x.imaginary)


@light_dataclass(frozen=True)
class Moved:
    """A number times a power of two, which moves it to the middle of the range of its type."""

    number: Pair
    large: Scalar
    """Whether it was near the largest numbers."""
    small: Scalar
    """Whether it was near the smallest ones."""

    def factor(self, share: float) -> Scalar:
        """Returns the power of two to a power: 1 is what the number was multiplied by, -1
        multiplies back.
        """
        a = self.number.real
        large, small = (a.const(2.0 ** round(share * bits)) for bits in (FROM_LARGE, FROM_SMALL))
        return self.large.select(large, self.small.select(small, 1.0))

    def back(self, result: Pair, share: float) -> Pair:
        """Returns a result for the number itself, by the power of two to a power."""
        factor = self.factor(share)
        return Pair(result.real * factor, result.imaginary * factor)


FROM_LARGE, FROM_SMALL = -6, 66
"""Exponents of powers of two whose square and cube roots are powers of two."""


def moved(x: Pair) -> Moved:
    """Returns a number in the middle of the range, so that neither squares nor their parts are out
    of it.
    """
    largest = x.real.abs().at_least(x.imaginary.abs())
    large = largest > 2.0 ** (x.real.format.bias - 2)
    small = largest < 2.0 ** -(x.real.format.bias // 2)
    factor = Moved(x, large, small).factor(1)
    return Moved(Pair(x.real * factor, x.imaginary * factor), large, small)


def divide(x: Pair, y: Pair) -> Pair:
    """Divides by the larger part of the divisor, so that no square overflows. By zero, each part of
    the dividend is multiplied by an infinity of the sign of the divisor's real part.
    """
    above, below = moved(x), moved(y)
    (a, b), (c, d) = above.number.parts, below.number.parts
    wide = c.abs() >= d.abs()
    large, small = wide.select(c, d), wide.select(d, c)
    ratio = small / large
    scale = large + small * ratio
    real = wide.select(a + b * ratio, a * ratio + b) / scale
    imaginary = wide.select(b - a * ratio, b * ratio - a) / scale
    factor = above.factor(-1) * below.factor(1)
    infinity = c.const(inf).with_sign_of(c)
    result = Pair(real * factor, imaginary * factor)
    result = Pair(infinity * x.real, infinity * x.imaginary).select(y.is_zero, result)
    return with_infinite_parts(x, y, result)


def with_infinite_parts(x: Pair, y: Pair, quotient: Pair) -> Pair:
    """Returns a quotient where an infinite part made it NaN: infinite if the dividend is, 0 if the
    divisor is, in the direction that the other parts leave.
    """
    lost = is_nan(quotient.real) & is_nan(quotient.imaginary)
    above, below = is_infinite(x), is_infinite(y)
    ends = Pair(unit(x.real), unit(x.imaginary)).select(above, x)
    other = Pair(unit(y.real), unit(y.imaginary)).select(below, y)
    direction = ends * conjugate(other)
    size = above.select(x.real.const(inf), 0.0)
    extreme = Pair(direction.real * size, direction.imaginary * size)
    return extreme.select(lost & (above ^ below), quotient)


def is_infinite(x: Pair) -> Scalar:
    """Returns whether a part is infinite."""
    return x.real.abs().equals(inf) | x.imaginary.abs().equals(inf)


def unit(x: Scalar) -> Scalar:
    """Returns 1 for an infinite part, else 0, with its sign."""
    return x.abs().equals(inf).select(x.const(1.0), 0.0).with_sign_of(x)


def absolute(x: Pair) -> Scalar:
    """Returns the larger part times the root of 1 and the square of the ratio."""
    a, b = x.real.abs(), x.imaginary.abs()
    large, small = a.at_least(b), a.at_most(b)
    ratio = small / large
    length = large * (ratio * ratio + 1.0).sqrt()
    return (large.equals(0.0) | large.equals(inf)).select(large, length)


def angle(x: Pair) -> Scalar:
    return call(math.Atan2Op, x.imaginary, x.real)


def exponential(x: Pair) -> Pair:
    """Returns `e^a (cos b + i sin b)`; a large size is multiplied in steps, since a part may be
    finite when it is not.
    """
    a, b = x.parts
    a, raised = below_overflow(a)
    size = call(math.ExpOp, a)
    flat = b.equals(0.0)
    real = flat.select(size, both(size, cosine(b)))
    return Pair(raised(real), flat.select(b, raised(both(size, sine(b)))))


def exponential_minus_one(x: Pair) -> Pair:
    """Returns `expm1 a cos b + (cos b - 1)`, where the second is -2 sin² b/2; of a huge number its
    power.
    """
    power, half = exponential(x), sine(x.imaginary * 0.5)
    near = call(math.ExpM1Op, x.real) * cosine(x.imaginary) - half * half * 2.0
    return Pair((x.real < NEAR_OVERFLOW[near.width]).select(near, power.real), power.imaginary)


def half_log1p(x: pairs.Pair) -> Scalar:
    """Returns half of `log(1 + x)`."""
    return (call(math.Log1pOp, x.high) + x.low / (x.high + 1.0)) * 0.5


def log_of_length(x: Pair) -> Scalar:
    """Returns the logarithm of the length; near 1 by the square of the length less 1, whose terms
    cancel and are exact.
    """
    a, b = x.real.abs(), x.imaginary.abs()
    large, small = a.at_least(b), a.at_most(b)
    length = absolute(x)
    first = exact_product(large, large)
    rest = add_any(exact_sum_any(first.high, large.const(-1.0)), pair_of(first.low))
    near = half_log1p(add_any(rest, exact_product(small, small)))
    inside = (length > 0.5) & (length < 2.0)
    ratio = (large.equals(0.0) | large.equals(inf)).select(0.0, small / large)
    apart = call(math.LogOp, large) + call(math.Log1pOp, ratio * ratio) * 0.5
    return inside.select(near, apart)


def logarithm(x: Pair) -> Pair:
    return Pair(log_of_length(x), angle(x))


def logarithm_plus_one(x: Pair) -> Pair:
    """Returns `log(1 + x)`; for small numbers by the square of the length of 1 + x less 1."""
    a, b = x.parts
    shifted = Pair(a + 1.0, b)
    small = (a.abs() < 0.5) & (b.abs() < 0.5)
    squares = add_any(exact_product(a, a), exact_product(b, b))
    near = half_log1p(add_any(pair_of(a * 2.0), squares))
    return Pair(small.select(near, log_of_length(shifted)), angle(shifted))


def square_root(x: Pair) -> Pair:
    """Returns the root of the mean of length and real part, and what the imaginary part leaves."""
    middle = moved(x)
    a, b = middle.number.parts
    root = (a.abs() * 0.5 + absolute(middle.number) * 0.5).sqrt()
    other = (b.abs() * 0.5) / root
    right = a >= 0.0
    parts = Pair(right.select(root, other), right.select(other, root).with_sign_of(b))
    result = Pair(a.const(0.0), b).select(x.is_zero, middle.back(parts, -1 / 2))
    return Pair(a.const(inf), b).select(b.abs().equals(inf), result)


def reciprocal_root(x: Pair) -> Pair:
    return divide(x.const(1.0, 0.0), square_root(x))


def sine_of(x: Pair) -> Pair:
    (a, b) = x.parts
    b, raised = size_below_overflow(b)
    return Pair(raised(both(sine(a), cosh(b))), raised(both(cosine(a), sinh(b))))


def cosine_of(x: Pair) -> Pair:
    (a, b) = x.parts
    b, raised = size_below_overflow(b)
    return Pair(raised(both(cosh(b), cosine(a))), raised(-both(sine(a), sinh(b))))


def below_overflow(x: Scalar) -> tuple[Scalar, Callable[[Scalar], Scalar]]:
    """Returns a number less what makes its exponential infinite, and what multiplies by the power
    of that: after the product with a sine or cosine, which may be finite where the exponential is
    not.
    """
    step, factors = STEP[x.width], list[Scalar]()
    for _ in range(STEPS):
        large = x > NEAR_OVERFLOW[x.width]
        factors.append(large.select(x.const(exp(step)), 1.0))
        x = large.select(x - step, x)

    def raised(part: Scalar) -> Scalar:
        return reduce(Scalar.__mul__, factors, part)

    return x, raised


def size_below_overflow(x: Scalar) -> tuple[Scalar, Callable[[Scalar], Scalar]]:
    """Returns the same for the hyperbolic functions, by the number's size."""
    size, raised = below_overflow(x.abs())
    return size.with_sign_of(x), raised


def both(x: Scalar, y: Scalar) -> Scalar:
    """Returns a product that is 0 if a factor is, even if the other is infinite."""
    zero = x.equals(0.0) | y.equals(0.0)
    return zero.select(x.const(0.0).with_sign_of(x).flip_sign_of(y), x * y)


def hyperbolic_sine(x: Pair) -> Pair:
    """Returns `-i sin ix`."""
    (a, b) = x.parts
    a, raised = size_below_overflow(a)
    return Pair(raised(both(sinh(a), cosine(b))), raised(both(cosh(a), sine(b))))


def hyperbolic_cosine(x: Pair) -> Pair:
    """Returns `cos ix`."""
    (a, b) = x.parts
    a, raised = size_below_overflow(a)
    return Pair(raised(both(cosh(a), cosine(b))), raised(both(sinh(a), sine(b))))


def square(x: Pair) -> Pair:
    """Returns the real part as a product of sum and difference, which do not cancel."""
    (a, b) = x.parts
    product = both(a, b)
    return Pair(both(a - b, a + b), product + product)


def sign(x: Pair) -> Pair:
    """Returns the number over its length; 0 has none."""
    number = moved(x).number
    divisor = x.is_zero.select(1.0, absolute(number))
    result = Pair(number.real / divisor, number.imaginary / divisor)
    known = x.real.equals(x.real) & x.imaginary.equals(x.imaginary)
    return x.const(0.0, 0.0).select(x.is_zero, result.select(known, x.const(nan, nan)))


def cube_root(x: Pair) -> Pair:
    """Returns the cube root of the length, at a third of the angle."""
    middle = moved(x)
    length, third = call(math.CbrtOp, absolute(middle.number)), angle(x) / 3.0
    result = middle.back(Pair(length * cosine(third), length * sine(third)), -1 / 3)
    return Pair(x.real.const(0.0), x.imaginary).select(x.is_zero, result)


def equal(x: Pair, y: Pair) -> Scalar:
    return x.real.equals(y.real) & x.imaginary.equals(y.imaginary)


def not_equal(x: Pair, y: Pair) -> Scalar:
    return x.real.compare("une", y.real) | x.imaginary.compare("une", y.imaginary)


FORMULAS: Mapping[type[Operation], Callable[..., Pair | Scalar]] = {
    complex.AbsOp: absolute,
    complex.AddOp: Pair.__add__,
    complex.AngleOp: angle,
    complex.ConjOp: conjugate,
    complex.CosOp: cosine_of,
    complex.DivOp: divide,
    complex.EqualOp: equal,
    complex.ExpOp: exponential,
    complex.Expm1Op: exponential_minus_one,
    complex.ImOp: lambda x: x.imaginary,
    complex.Log1pOp: logarithm_plus_one,
    complex.LogOp: logarithm,
    complex.MulOp: Pair.__mul__,
    complex.NegOp: opposite,
    complex.NotEqualOp: not_equal,
    complex.ReOp: lambda x: x.real,
    complex.RsqrtOp: reciprocal_root,
    complex.SignOp: sign,
    complex.SinOp: sine_of,
    complex.SqrtOp: square_root,
    complex.SubOp: Pair.__sub__,
    complex_extra.CbrtOp: cube_root,
    complex_extra.CoshOp: hyperbolic_cosine,
    complex_extra.SinhOp: hyperbolic_sine,
    complex_extra.SquareOp: square,
}
"""Op on complex numbers -> its result, of the operands as pairs."""
