"""The inverse trigonometric and hyperbolic functions of complex numbers.

Arc sine and arc cosine after Hull, Fairgrieve and Tang: sums and differences of the distances from 1
and from -1, arranged so that nothing cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, log, pi

from xdsl.dialects import complex, math
from xdsl.ir import Operation

from ireelite.dialects.extensions import complex_extra
from ireelite.lowering.scalars.complex_numbers import Pair, absolute, conjugate, square_root
from ireelite.lowering.scalars.compound import call
from ireelite.lowering.scalars.logarithm import split_exponent
from ireelite.lowering.scalars.pairs import add_any, exact_product, exact_sum_any, product
from ireelite.lowering.scalars.scalar import Scalar


def huge(x: Scalar) -> float:
    """Returns a number whose square is finite, and far larger than 1."""
    return 2.0 ** (x.format.bias // 2 - 2)


def kernel(z: Pair) -> Pair:
    """Returns w with `asin(z) = atan2(re z, re w) ± i im w` and `acos(z) = atan2(re w, re z) ∓ i im
    w`.
    """
    x, y = z.real.abs(), z.imaginary.abs()
    largest, least = x.at_least(y), x.at_most(y)
    far = largest > huge(x)
    a, b = far.select(1.0, x), far.select(1.0, y)
    return at_infinity(y, largest, least).select(far, inner_kernel(a, b))


def at_infinity(y: Scalar, largest: Scalar, least: Scalar) -> Pair:
    """Returns the kernel of a huge number: the logarithm of twice its length."""
    ratio = largest.equals(inf).select(
        least.equals(inf).select(least.const(1.0), 0.0), least / largest
    )
    size = call(math.LogOp, largest) + (call(math.Log1pOp, ratio * ratio) * 0.5 + log(2.0))
    return Pair(y, size)


def inner_kernel(x: Scalar, y: Scalar) -> Pair:
    """Returns the kernel of parts that are not negative, and whose squares are finite."""
    one, square = x.const(1.0), y * y
    above, below = x + 1.0, x - 1.0
    r, s = absolute(Pair(above, y)), absolute(Pair(below, y))
    mean = (r + s) * 0.5
    inside = x <= 1.0
    beside = square / (r + above)
    real_inside = ((mean + x) * (beside + (s - below)) * 0.5).sqrt()
    outer = inside.select(one, s + below)
    real_outside = y * (((mean + x) / (r + above) + (mean + x) / outer) * 0.5).sqrt()
    inner = inside.select(s - below, one)
    less = inside.select(y * inner.equals(0.0).select(0.0, y / inner), s + below)
    more = (beside + less) * 0.5
    near = call(math.Log1pOp, more + (more * (mean + 1.0)).sqrt())
    distant = call(math.LogOp, mean + ((mean - 1.0) * (mean + 1.0)).sqrt())
    size = (mean < 1.5).select(near, distant)
    flat = inside & (y < (one - x) * 2.0 ** -(x.format.fraction // 2 + 2))
    real_flat = ((one - x) * above).sqrt()
    size = flat.select(y / flat.select(real_flat, 1.0), size)
    return Pair(inside.select(real_inside, real_outside), size)


def atan2(y: Scalar, x: Scalar) -> Scalar:
    return call(math.Atan2Op, y, x)


def scaled_together(x: Pair, y: Pair) -> list[Pair]:
    """Returns both over a power of two, which makes the largest of the parts about 1."""
    parts = [*x.parts, *y.parts]
    sizes = [part.abs() for part in parts]
    largest = sizes[0].at_least(sizes[1]).at_least(sizes[2].at_least(sizes[3]))
    e, _ = split_exponent(largest)
    a, b, c, d = (part.times_power_of_two(0 - e) for part in parts)
    return [Pair(a, b), Pair(c, d)]


def turned(z: Pair) -> Pair:
    """Returns `iz`."""
    return Pair(-z.imaginary, z.real)


def asin(z: Pair) -> Pair:
    w = kernel(z)
    return Pair(atan2(z.real, w.real), w.imaginary.with_sign_of(z.imaginary))


def acos(z: Pair) -> Pair:
    w = kernel(z)
    return Pair(atan2(w.real, z.real), -w.imaginary.with_sign_of(z.imaginary))


def asinh(z: Pair) -> Pair:
    w = kernel(turned(z))
    return Pair(w.imaginary.with_sign_of(z.real), atan2(z.imaginary, w.real))


def acosh(z: Pair) -> Pair:
    w = kernel(z)
    return Pair(w.imaginary, atan2(w.real, z.real).with_sign_of(z.imaginary))


def atanh(z: Pair) -> Pair:
    """Returns a quarter of `ln(1 + 4x / ((1 - x)² + y²))`, and half of the angle of `(1 - x² - y²,
    2y)`.
    """
    x, y = z.real.abs(), z.imaginary.abs()
    largest, least = x.at_least(y), x.at_most(y)
    far = largest > huge(x)
    a, b = far.select(1.0, x), far.select(1.0, y)
    below = 1.0 - a
    at_one = below.equals(0.0) & (b < 1 / huge(x))
    distance = below * below + b * b
    near = call(math.Log1pOp, a * 4.0 / at_one.select(1.0, distance)) * 0.25
    pole = (call(math.LogOp, at_one.select(b, 1.0)) * -1.0 + log(2.0)) * 0.5
    ratio = least / far.select(largest, 1.0)
    distant = (x / far.select(largest, 1.0)) / largest / (ratio * ratio + 1.0)
    distant = largest.equals(inf).select(0.0, distant)
    real = far.select(distant, at_one.select(pole, near)).with_sign_of(z.real)
    angle = atan2(b + b, below * (a + 1.0) - b * b) * 0.5
    return Pair(real, far.select(pi / 2, angle).with_sign_of(z.imaginary))


def atan(z: Pair) -> Pair:
    """Returns `-i atanh iz`."""
    result = atanh(turned(z))
    return Pair(result.imaginary, -result.real)


def angle_of_two(y: Pair, x: Pair) -> Pair:
    """Returns `-i log(u / √(x² + y²))` for u = `x + iy`, and v = `x - iy` below: half of the angle
    of `u v*`, and minus a quarter of `ln(|u|² / |v|²)`.

    `u v*` is `|x|² - |y|² + 2i re(x y*)`, and `|u|² - |v|²` is `4 im(x y*)`.
    """
    x, y = scaled_together(x, y)
    (a, b), (c, d) = x.parts, y.parts
    u = exact_sum_any(a, -d), exact_sum_any(b, c)
    v = exact_sum_any(a, d), exact_sum_any(b, -c)
    twice = add_any(exact_product(a, c), exact_product(b, d)).sum() * 2.0
    difference = add_any(product(u[0], v[0]), product(u[1], v[1])).sum()
    half = atan2(twice, difference) * 0.5
    other = (half <= 0.0).select(half + pi, half - pi)
    above, below = (Pair(part[0].high, part[1].high) for part in (u, v))
    turn = square_root(above * below) * square_root(Pair(difference, twice))
    opposed = (above * conjugate(turn)).real < 0.0
    rest = add_any(exact_product(b, c), -exact_product(a, d)).sum()
    nearer = [one.select(rest < 0.0, other) for one, other in zip(u, v, strict=True)]
    square = add_any(product(nearer[0], nearer[0]), product(nearer[1], nearer[1])).sum()
    size = call(math.Log1pOp, rest.abs() * 4.0 / square) * 0.25
    return Pair(opposed.select(other, half), (-size).flip_sign_of(rest))


FORMULAS: Mapping[type[Operation], Callable[..., Pair]] = {
    complex.Atan2Op: angle_of_two,
    complex_extra.AcosOp: acos,
    complex_extra.AcoshOp: acosh,
    complex_extra.AsinAcosKernelOp: kernel,
    complex_extra.AsinOp: asin,
    complex_extra.AsinhOp: asinh,
    complex_extra.AtanOp: atan,
    complex_extra.AtanhOp: atanh,
}
"""Op on complex numbers -> its result, of the operand as a pair."""
