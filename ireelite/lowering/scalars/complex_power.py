"""Powers of complex numbers: `e ^ (y log x)`, with the logarithm and the product as pairs.

An exponent multiplies the error of the logarithm, which is therefore carried to about twelve bits
more than its type has: a power keeps its digits while `|y log x|` is below 2^11. The coefficients
are near-minimax fits of this project's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, nan

from xdsl.dialects import complex, math
from xdsl.ir import Operation

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars import complex_numbers as numbers
from ireelite.lowering.scalars.arc import ARC, TAN_PI_8, less
from ireelite.lowering.scalars.compound import call
from ireelite.lowering.scalars.logarithm import split_exponent
from ireelite.lowering.scalars.pairs import (
    Pair,
    add,
    add_any,
    constant_pair,
    exact_product,
    exact_sum,
    pair_of,
    product,
    quotient,
)
from ireelite.lowering.scalars.scalar import Scalar


@light_dataclass(frozen=True)
class PreciseLogarithm:
    """What the formulas of this file need to know of a float type."""

    ln2: tuple[float, float]
    """ln(2) as a pair."""
    atan_series: tuple[tuple[float, float], ...]
    """The first coefficients of `atan(t) / t` in t² as pairs, that of t² first."""
    atan_tail: tuple[float, ...]
    """What `atan(t) / t` has beyond them, over the next power of t², in t² for t up to tan(π/8)."""
    third: tuple[float, float]
    """⅓ as a pair."""
    artanh_tail: tuple[float, ...]
    """`(artanh(s) - s - s³/3) / s⁵` in s² for `(1 + s) / (1 - s)` between √½ and √2."""


LOGARITHM = {
    32: PreciseLogarithm(
        ln2=(0.6931471824645996, -1.9046542121259336e-09),
        atan_series=(
            (-0.3333333432674408, 9.934107758624577e-09),
            (0.20000000298023224, -2.9802322831784522e-09),
            (-0.1428571492433548, 6.38621200366174e-09),
        ),
        atan_tail=(
            0.1111111119389534,
            -0.09090892970561981,
            0.07691206783056259,
            -0.06638650596141815,
            0.05553225055336952,
            -0.033905837684869766,
        ),
        third=(0.3333333432674408, -9.934107758624577e-09),
        artanh_tail=(
            0.20000000298023224,
            0.1428576558828354,
            0.1110236868262291,
            0.09560554474592209,
        ),
    ),
    64: PreciseLogarithm(
        ln2=(0.6931471805599453, 2.3190468138462996e-17),
        atan_series=(
            (-0.3333333333333333, -1.850371707708594e-17),
            (0.2, -1.1102230246251566e-17),
            (-0.14285714285714285, -7.93016446160826e-18),
        ),
        atan_tail=(
            0.1111111111111111,
            -0.09090909090909091,
            0.07692307692307578,
            -0.06666666666649522,
            0.058823529398341144,
            -0.05263157831638743,
            0.04761902835070658,
            -0.043477859997147664,
            0.03999415725906339,
            -0.03697656865846451,
            0.03403794974274044,
            -0.02995964361931585,
            0.022180889939887594,
            -0.00979088039801054,
        ),
        third=(0.3333333333333333, 1.850371707708594e-17),
        artanh_tail=(
            0.2,
            0.14285714285714685,
            0.11111111110826777,
            0.09090909167960547,
            0.07692297453045716,
            0.06667403880848469,
            0.05853077107517224,
            0.05862018552117676,
        ),
    ),
}
"""By the width of the type."""

HALVINGS = (-1, 1, 2)
"""Powers of two by which a squared length between ½ and 4 is divided to be between √½ and √2."""


def precise_logarithm(x: numbers.Pair) -> tuple[Pair, Pair]:
    """Returns the logarithm of the length and the angle of a number, finite and not 0, whose larger
    part is made `1 + f` by a power of two.
    """
    a, b = x.real.abs(), x.imaginary.abs()
    e, f = split_exponent(a.at_least(b))
    f = f.exactly()
    least = a.at_most(b).times_power_of_two(0 - e).exactly()
    length = add(scaled_ln2(e), log_of_length(f, least))
    angle = angle_of_octant(f + 1.0, least)
    half_pi, half_pi_low = ARC[a.width].half_pi
    angle = less(half_pi, half_pi_low, angle).select(b > a, angle)
    angle = less(2 * half_pi, 2 * half_pi_low, angle).select(x.real.bits() < 0, angle)
    return length, Pair(angle.high.flip_sign_of(x.imaginary), angle.low.flip_sign_of(x.imaginary))


def scaled_ln2(e: Scalar) -> Pair:
    """Returns the logarithm of a power of two."""
    number = e.to_float()
    return product(pair_of(number), constant_pair(number, *LOGARITHM[number.width].ln2))


def log_of_length(f: Scalar, y: Scalar) -> Pair:
    """Returns the logarithm of the length of `(1 + f, y)`, for `1 + f` between √½ and √2 and not
    less than y: half that of the square, `1 + w`.
    """
    constants = LOGARITHM[f.width]
    squares = exact_product(f, f), exact_product(y, y)
    w = add_any(add_any(pair_of(f + f), squares[0]), squares[1])
    count = f.const(0.0)
    scaled = w
    for n, bound in zip(HALVINGS, (0.5**0.5, 2**0.5, 8**0.5), strict=True):
        beyond = w.high + 1.0 < bound if n < 0 else w.high + 1.0 > bound
        moved = add_any(w, pair_of(f.const(1.0 - 2.0**n))).times(2.0**-n)
        scaled, count = moved.select(beyond, scaled), beyond.select(count.const(0.5 * n), count)
    s = quotient(scaled, add_any(pair_of(f.const(2.0)), scaled))
    square = product(s, s)
    tail = square.high * square.high.polynomial(constants.artanh_tail)
    third = add(constant_pair(f, *constants.third), pair_of(tail))
    factor = add(pair_of(f.const(1.0)), product(square, third))
    halves = product(pair_of(count), constant_pair(f, *constants.ln2))
    return add(halves, product(s, factor))


def angle_of_octant(larger: Scalar, smaller: Scalar) -> Pair:
    """Returns the arc tangent of `smaller / larger`, for a larger one near 1: above tan(π/8) it is
    π/4 less that of `(larger - smaller) / (larger + smaller)`.
    """
    constants = LOGARITHM[larger.width]
    steep = smaller > larger * TAN_PI_8
    above, below = exact_sum(larger, -smaller), exact_sum(larger, smaller)
    t = quotient(
        above.select(steep, pair_of(smaller)),
        below.select(steep, pair_of(larger)),
    )
    square = product(t, t)
    rest = pair_of(square.high * square.high.polynomial(constants.atan_tail))
    for coefficient in reversed(constants.atan_series):
        rest = product(square, add(constant_pair(larger, *coefficient), rest))
    angle = add(t, product(t, rest))
    quarter, quarter_low = (part * 0.5 for part in ARC[larger.width].half_pi)
    return less(quarter, quarter_low, angle).select(steep, angle)


def times(x: Scalar, y: Pair) -> Pair:
    """Returns a product, 0 if a factor is; its low part is 0 where it is not finite."""
    exact = exact_product(x, y.high)
    low = exact.low + x * y.low
    empty = x.equals(0.0) | y.high.equals(0.0)
    finite = (exact.high.abs() < inf) & empty.equals(0)
    zero = x.const(0.0).with_sign_of(x).flip_sign_of(y.high)
    return Pair(empty.select(zero, exact.high), finite.select(low, 0.0))


def finite_sum(a: Pair, b: Pair) -> Pair:
    """Returns `a + b`, whichever is larger, with a low part of 0 where the sum is not finite."""
    total, plain = add_any(a, b), a.high + b.high
    finite = plain.abs() < inf
    return Pair(finite.select(total.high, plain), finite.select(total.low, 0.0))


def exponential(length: Pair, angle: Pair) -> numbers.Pair:
    """Returns `e^length (cos angle + i sin angle)`, by the first terms of Taylor's series in the
    low parts.
    """
    a, raised = numbers.below_overflow(length.high)
    b = angle.high
    size = call(math.ExpOp, a)
    size = (length.low.equals(0.0) | size.equals(inf)).select(size, size + size * length.low)
    sine, cosine = numbers.sine(b), numbers.cosine(b)
    real = numbers.both(size, cosine - angle.low * sine)
    imaginary = numbers.both(size, sine + angle.low * cosine)
    flat = b.equals(0.0)
    return numbers.Pair(raised(flat.select(size, real)), flat.select(b, raised(imaginary)))


def power(x: numbers.Pair, y: numbers.Pair) -> numbers.Pair:
    """Returns `e ^ (y log x)`; 0 to the power of 0 is 1, of a number with a positive real part 0,
    of any other NaN.
    """
    endless = numbers.is_infinite(x)
    direction = numbers.Pair(numbers.unit(x.real), numbers.unit(x.imaginary))
    length, angle = precise_logarithm(direction.select(endless, x))
    length = Pair(x.real.const(inf), x.real.const(0.0)).select(endless, length)
    c, d = y.parts
    size = finite_sum(times(c, length), -times(d, angle))
    result = exponential(size, finite_sum(times(c, angle), times(d, length)))
    undefined = x.const(nan, nan)
    of_zero = x.const(1.0, 0.0).select(y.is_zero, x.const(0.0, 0.0).select(c > 0.0, undefined))
    return of_zero.select(x.is_zero, result)


FORMULAS: Mapping[type[Operation], Callable[..., numbers.Pair]] = {complex.PowOp: power}
"""Op on complex numbers -> its result, of the operands as pairs."""
