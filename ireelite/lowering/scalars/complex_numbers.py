"""Complex numbers as pairs of floats: a formula for each op of the `complex` dialect.

Sums and products are rounded one by one, so that every target gives the same result. Divisions are
Smith's; where parts are infinite or huge, the formulas avoid overflow in between, and do not promise
more than C's Annex G leaves open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from xdsl.dialects import complex, math
from xdsl.ir import Operation

from ireelite.lowering.scalars.compound import call
from ireelite.lowering.scalars.scalar import Scalar

FAR = 20.0
"""Where the hyperbolic tangent of an f64 is 1."""


@dataclass(frozen=True)
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
        """A constant of the same type."""
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


def divide(x: Pair, y: Pair) -> Pair:
    """By the larger part of the divisor, so that no square overflows. By zero, each part of the
    dividend is multiplied by an infinity of the sign of the divisor's real part.
    """
    (a, b), (c, d) = x.parts, y.parts
    wide = c.abs() >= d.abs()
    large, small = wide.select(c, d), wide.select(d, c)
    ratio = small / large
    scale = large + small * ratio
    real = wide.select(a + b * ratio, a * ratio + b) / scale
    imaginary = wide.select(b - a * ratio, b * ratio - a) / scale
    infinity = c.const(inf).with_sign_of(c)
    return Pair(infinity * a, infinity * b).select(y.is_zero, Pair(real, imaginary))


def absolute(x: Pair) -> Scalar:
    """The larger part times the root of 1 and the square of the ratio."""
    a, b = x.real.abs(), x.imaginary.abs()
    large, small = a.at_least(b), a.at_most(b)
    ratio = small / large
    length = large * (ratio * ratio + 1.0).sqrt()
    return (large.equals(0.0) | large.equals(inf)).select(large, length)


def angle(x: Pair) -> Scalar:
    return call(math.Atan2Op, x.imaginary, x.real)


def exponential(x: Pair) -> Pair:
    size = call(math.ExpOp, x.real)
    flat = x.imaginary.equals(0.0)
    real = flat.select(size, size * cosine(x.imaginary))
    return Pair(real, flat.select(x.imaginary, size * sine(x.imaginary)))


def exponential_minus_one(x: Pair) -> Pair:
    """`expm1 a cos b + (cos b - 1)`, where the second is -2 sin² b/2."""
    half = sine(x.imaginary * 0.5)
    real = call(math.ExpM1Op, x.real) * cosine(x.imaginary) - half * half * 2.0
    return Pair(real, call(math.ExpOp, x.real) * sine(x.imaginary))


def log_of_length(x: Pair) -> Scalar:
    """Near 1 by the square of the length less 1, which is exact there."""
    a, b = x.real.abs(), x.imaginary.abs()
    large, small = a.at_least(b), a.at_most(b)
    length = absolute(x)
    near = call(math.Log1pOp, (large - 1.0) * (large + 1.0) + small * small) * 0.5
    inside = (length > 0.5) & (length < 2.0)
    return inside.select(near, call(math.LogOp, length))


def logarithm(x: Pair) -> Pair:
    return Pair(log_of_length(x), angle(x))


def logarithm_plus_one(x: Pair) -> Pair:
    """For small numbers by the square of the length of 1 + x less 1."""
    a, b = x.parts
    shifted = Pair(a + 1.0, b)
    small = (a.abs() < 0.5) & (b.abs() < 0.5)
    near = call(math.Log1pOp, a * (a + 2.0) + b * b) * 0.5
    return Pair(small.select(near, log_of_length(shifted)), angle(shifted))


def square_root(x: Pair) -> Pair:
    """The root of the mean of length and real part, and what the imaginary part leaves."""
    a, b = x.parts
    root = (a.abs() * 0.5 + absolute(x) * 0.5).sqrt()
    other = (b.abs() * 0.5) / root
    right = a >= 0.0
    real, imaginary = right.select(root, other), right.select(other, root).with_sign_of(b)
    zero = Pair(a.const(0.0), b)
    return zero.select(x.is_zero, Pair(real, imaginary))


def reciprocal_root(x: Pair) -> Pair:
    return divide(x.const(1.0, 0.0), square_root(x))


def sine_of(x: Pair) -> Pair:
    (a, b) = x.parts
    return Pair(sine(a) * cosh(b), cosine(a) * sinh(b))


def cosine_of(x: Pair) -> Pair:
    (a, b) = x.parts
    return Pair(cosine(a) * cosh(b), -(sine(a) * sinh(b)))


def tanh(x: Pair) -> Pair:
    """`(sinh a cosh a + i sin b cos b) / (sinh² a + cos² b)`; where cosh² would overflow, its
    limit.
    """
    a, b = x.parts
    s, c = sine(b), cosine(b)
    size = a.abs()
    inner = size.at_most(a.const(FAR))
    h, k = sinh(inner), cosh(inner)
    scale = h * h + c * c
    real = (h * k) / scale
    far = call(math.ExpOp, size * -2.0) * 4.0
    imaginary = (size < FAR).select(s * c / scale, s * c * far)
    return Pair((size < FAR).select(real, 1.0).with_sign_of(a), imaginary)


def tangent(x: Pair) -> Pair:
    """`-i tanh ix`."""
    turned = tanh(Pair(-x.imaginary, x.real))
    return Pair(turned.imaginary, -turned.real)


def power(x: Pair, y: Pair) -> Pair:
    """`e ^ (y log x)`; 0 to the power of 0 is 1, to any other 0."""
    result = exponential(y * logarithm(x))
    of_zero = x.const(1.0, 0.0).select(y.is_zero, x.const(0.0, 0.0))
    return of_zero.select(x.is_zero, result)


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
    complex.PowOp: power,
    complex.ReOp: lambda x: x.real,
    complex.RsqrtOp: reciprocal_root,
    complex.SinOp: sine_of,
    complex.SqrtOp: square_root,
    complex.SubOp: Pair.__sub__,
    complex.TanOp: tangent,
    complex.TanhOp: tanh,
}
"""Op on complex numbers -> its result, of the operands as pairs."""
