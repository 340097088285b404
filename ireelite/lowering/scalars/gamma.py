"""lgamma, digamma, polygamma and Hurwitz' zeta function, in numbers of about twice the digits of f32.

Below ½ the reflection at ½ is used, from some point on Stirling's series, and a recurrence between.
The coefficients of the polynomials are near-minimax fits of this project's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log, nan, pi

from xdsl.dialects.builtin import IndexType

from ireelite.lowering.scalars.scalar import Scalar
from ireelite.lowering.scalars.wide import Wide, repeat

LGAMMA_ONE = (
    -0.5772156649015329,
    0.8224670334241131,
    -0.4006856343865412,
    0.2705808084278366,
    -0.20738555102616543,
    0.1695571769888392,
    -0.1440498970225762,
    0.12550967018227932,
    -0.11133425250711947,
    0.10009942900736879,
    -0.09095443749385229,
    0.08335461458595932,
    -0.07692398168109267,
    0.07141895655769626,
    -0.0667857419916784,
    0.06267540247447188,
    -0.0577132948243038,
    0.05402684381687648,
    -0.05998208640697869,
    0.05945369312533837,
    -0.01401846525674186,
    0.004719340600427992,
    -0.14615630186062623,
    0.15979157483315543,
    0.15451312846864212,
    -0.17487580734472322,
    -0.22572465091022406,
    0.23325420200255484,
)
"""`lgamma(1 + t) / t` for t in ±½."""
LGAMMA_TWO = (
    0.42278433509846713,
    0.32246703342411326,
    -0.06735230105319814,
    0.020580808427780335,
    -0.007385551028668096,
    0.002890510331036772,
    -0.0011927539120033873,
    0.0005096695153484373,
    -0.00022315475069647703,
    9.945767440096764e-05,
    -4.492635166770342e-05,
    2.0505584372896933e-05,
    -9.438454884054723e-06,
    4.3847319318293745e-06,
    -2.0449353231800525e-06,
    9.199898075671394e-07,
    -4.303234692956724e-07,
    2.7880013392491846e-07,
    -1.3415702734600326e-07,
)
"""`lgamma(2 + t) / t` for t in ±½."""
STIRLING = (
    0.08333333333333333,
    -0.002777777777777778,
    0.0007936507936507937,
    -0.0005952380952380953,
    0.0008417508417508417,
    -0.0019175269175269176,
    0.00641025641025641,
    -0.029550653594771242,
    0.17964437236883057,
    -1.3924322169059011,
)
"""What lgamma has beyond `(x - ½) ln(x) - x + ½ ln(2π)`, times x, in x⁻²."""
DIGAMMA_TAIL = (
    0.08333333333333333,
    -0.008333333333333333,
    0.003968253968253968,
    -0.004166666666666667,
    0.007575757575757576,
    -0.021092796092796094,
    0.08333333333333333,
    -0.4432598039215686,
    3.0539543302701198,
    -26.456212121212122,
)
"""What digamma lacks of `ln(x) - 1/2x`, in x⁻², without the constant 0."""
DIGAMMA_ROOT = (1.4616321449683622, 9.549995429965697e-17)
"""Where digamma is 0, in two parts."""
DIGAMMA_NEAR_ROOT = (
    0.9676722454476212,
    -0.4427631689835921,
    0.2584997609556687,
    -0.16394270544241862,
    0.10782405068533324,
    -0.07219956125239833,
    0.048804288921354876,
    -0.03316112699288993,
    0.02259760081602993,
    -0.015424733465408253,
    0.010540399993098224,
    -0.007205634748695976,
    0.004896701614056688,
    -0.003349222735254419,
    0.0025946296942270975,
    -0.0017749988418890284,
)
"""`digamma(root + t) / t` for t in ±`NEAR_ROOT`."""
NEAR_ROOT = 0.25
DIGAMMA_NEXT_TO_ROOTS = (
    (-66.79590606689453, -6.681547743768971e-09),
    (-95.80821990966797, 5.3991989471556924e-08),
    (-2.6107208728790283, -4.811107649295407e-08),
    (-1.5734984874725342, -1.4226449024506777e-07),
)
"""The f32 next to roots whose digammas are the four smallest of all, with their digammas: more
digits cancel there than a pair of f32 has.
"""
ZETA_NEXT_TO_ROOTS = (
    (3.0, -15.499979972839355, 3.993341399192456e-07),
    (3.0, -0.4957156777381897, 7.984795807966276e-08),
)
"""The f32 next to roots at which more digits of zeta cancel than a pair of f32 has, and their zeta."""
EULER_MACLAURIN = (
    0.08333333333333333,
    -0.001388888888888889,
    3.306878306878307e-05,
    -8.267195767195768e-07,
    2.08767569878681e-08,
    -5.284190138687493e-10,
    1.3382536530684679e-11,
    -3.3896802963225827e-13,
    8.586062056277845e-15,
    -2.174868698558062e-16,
    5.5090028283602295e-18,
    -1.3954464685812522e-19,
)
"""The Bernoulli numbers of even order, each over the factorial of its order."""
SIN_PI = (
    3.141592653589793,
    -5.16771278004997,
    2.5501640398773455,
    -0.5992645293207921,
    0.08214588661112787,
    -0.007370430945707598,
    0.0004663028056889913,
    -2.19153528598235e-05,
    7.952025740601022e-07,
    -2.2939987961649748e-08,
    5.249885720012057e-10,
)
"""`sin(πt) / t` in t² for t in ±½."""
COS_PI = (
    1.0,
    -4.934802200544679,
    4.0587121264167685,
    -1.3352627688545895,
    0.2353306303588932,
    -0.025806891390013922,
    0.001929574309401936,
    -0.00010463810490596793,
    4.303069467370865e-06,
    -1.3878902342895637e-07,
    3.6033984562937994e-09,
    -7.496809844075838e-11,
)
"""`cos(πt)` in t² for t in ±½."""

LARGE = 10.0
"""From here on Stirling's series has all digits."""
HALF_LOG_2PI = 0.5 * log(2 * pi)
TINY = 1e-20
"""Below, lgamma is `-ln(x)` and digamma `-1/x`."""
TERMS = 9
"""Terms of a series of powers that are summed one by one."""
NEGLIGIBLE = 1e-17


def from_nearest_integer(x: Wide) -> Wide:
    """Returns how far a number is above the integer nearest to it, exactly."""
    rough = x.rough.exactly()
    rest = rough - rough.round_even()
    return x.where(
        rough.equals(rough).equals(0), x.of([rest, *(p.const(0.0) for p in x.parts[1:])])
    )


def lgamma(x: Wide) -> Wide:
    """Returns the logarithm of the absolute value of the gamma function; infinite at its poles."""
    a = x.rough
    reflected = a < 0.5
    y = (1.0 - x).where(reflected, x)
    positive = lgamma_of_half_or_more(y)
    distance = from_nearest_integer(x).abs()
    sine = distance * (distance * distance).polynomial(SIN_PI)
    pole = distance.rough.equals(0.0)
    tiny = distance.rough < TINY
    bounded = distance.where(tiny, sine).where(pole.equals(0), 1.0)
    shift = bounded.const(0.0).where(tiny, log(pi))
    negative = shift - bounded.log() - positive
    result = negative.where(reflected, positive)
    infinite = a.abs().equals(inf) | (reflected & pole)
    return result.const(inf).where(infinite, result)


def lgamma_of_half_or_more(y: Wide) -> Wide:
    """Returns lgamma: near 1 and 2 by polynomials, below `LARGE` by a product, from there on by
    Stirling's series.
    """
    size = y.rough
    large = size >= LARGE
    reduced, product = y, y.const(1.0)
    for _ in range(int(LARGE) - 2):
        above = reduced.rough >= 2.5
        less = reduced - 1.0
        product = (product * less).where(above, product)
        reduced = less.where(above, reduced)
    near_one, near_two = y - 1.0, reduced - 2.0
    first = near_one * near_one.polynomial(LGAMMA_ONE) + 0.0
    logarithm = y.where(large, product).log()
    second = logarithm + near_two * near_two.polynomial(LGAMMA_TWO)
    bounded = y.where(large, LARGE)
    inverse = bounded.const(1.0) / bounded
    series = inverse * (inverse * inverse).polynomial(STIRLING)
    rest = (series + (HALF_LOG_2PI - 0.5)) / (y - 0.5)
    third = (logarithm - 1.0 + rest).times(y - 0.5)
    return third.where(large, first.where(size < 1.5, second))


def digamma(x: Wide) -> Wide:
    """Returns the derivative of lgamma; NaN at its poles."""
    a = x.rough
    reflected = a < 0.5
    y = (1.0 - x).where(reflected, x)
    positive = digamma_of_half_or_more(y)
    rest = from_nearest_integer(x)
    square = rest * rest
    cotangent = square.polynomial(COS_PI) / (rest * square.polynomial(SIN_PI))
    result = (positive - cotangent * pi).where(reflected, positive)
    result = x.of([-(a.const(1.0) / a), *(p.const(0.0) for p in x.parts[1:])]).where(
        a.abs() < TINY, result
    )
    result = result.const(nan).where(reflected & rest.rough.equals(0.0), result)
    for place, value in DIGAMMA_NEXT_TO_ROOTS:
        result = result.const(value).where(a.equals(place), result)
    return result.const(inf).where(a.equals(inf), result)


def digamma_of_half_or_more(y: Wide) -> Wide:
    """Returns the asymptotic series, of a number that steps of the recurrence made large; the
    steps' inverses are summed as one fraction. Near the root, where all this cancels, a polynomial.
    """
    away = y - DIGAMMA_ROOT[0] - DIGAMMA_ROOT[1]
    near = away.rough.abs() < NEAR_ROOT
    away = away.where(near, NEAR_ROOT)
    numerator, denominator = y.const(0.0), y.const(1.0)
    for _ in range(int(LARGE)):
        small = y.rough < LARGE
        numerator = (numerator * y + denominator).where(small, numerator)
        denominator = (denominator * y).where(small, denominator)
        y = (y + 1.0).where(small, y)
    inverse = y.const(1.0) / y
    square = inverse * inverse
    series = inverse * 0.5 + square * square.polynomial(DIGAMMA_TAIL)
    far = y.log() - series - numerator / denominator
    return (away * away.polynomial(DIGAMMA_NEAR_ROOT)).where(near, far)


def zeta(x: Wide, q: Wide) -> Wide:
    """Returns the sum of `(q + n)^-x` over all n from 0 on. Where q is negative, x must be an
    integer.
    """
    total, scale = scaled_zeta(x, q)
    result = at_the_poles((-(scale * x)).exp_times(total), x.rough, q.rough)
    return next_to_roots(result, x.rough, q.rough)


def scaled_zeta(x: Wide, q: Wide) -> tuple[Wide, Wide]:
    """Returns a zeta function over `e^-sx`, and s.

    A negative q is `r - m`, with r in ±½ and an integer m. The sum over all integers is that of
    `r^-x`, and of `(n + r)^-x` and `±(n - r)^-x` for n from 1 on, with a minus for an odd x. The
    terms that do not belong to it are `±(n - q)^-x` for n from 1 on. For an odd x and r = ±½ the sum
    is 0, and the result that of 1 - q.
    """
    odd = is_odd(x.rough)
    opposed = from_nearest_integer(q).rough.abs().equals(0.5) & (q.rough < 0.0) & odd
    q = (1.0 - q).where(opposed, q)
    negative = q.rough < -0.5
    first = from_nearest_integer(q).where(negative, q)
    size = first.abs()
    size = size.where(size.rough > 0.0, 1.0)
    scale = size.scale_of_powers()
    power = size.power(-x, scale)
    power = (-power).where(odd & (first.rough < 0.0), power)
    mirrored = power.const(1.0)
    mirrored = (-mirrored).where(odd, mirrored)

    def add_series(
        total: Wide, start: Wide, next_start: Wide, sign: Wide, next_sign: Wide
    ) -> Sequence[Wide]:
        terms = scaled_series(x, start, scale)
        total = total + terms.where(sign.rough > 0.0, -terms)
        return total, next_start, 1.0 - q, next_sign, -next_sign

    state = [power, first + 1.0, 1.0 - first, mirrored.const(1.0), mirrored]
    three, one = (x.rough.constant(n, IndexType()) for n in (3, 1))
    return repeat(negative.select(three, one), state, add_series)[0], scale


def scaled_series(x: Wide, start: Wide, scale: Wide) -> Wide:
    """Returns the sum of `(start + n)^-x` over all n from 0 on, over `e^-sx`, for a start of ½ or
    more: some terms one by one, and the others by the formula of Euler and Maclaurin.
    """

    def add_term(total: Wide, base: Wide) -> Sequence[Wide]:
        return total + base.power(-x, scale), base + 1.0

    total, base = repeat(TERMS, [start.const(0.0), start], add_term)
    last = base.power(-x, scale)
    rest = base * last / (x - 1.0) + last * 0.5
    factor, step = x * last / base, base.const(1.0) / (base * base)
    for n, coefficient in enumerate(EULER_MACLAURIN):
        rest = rest + factor * coefficient
        factor = factor * (x + (2.0 * n + 1.0)) * (x + (2.0 * n + 2.0)) * step
    negligible = last.rough * base.rough <= total.rough * NEGLIGIBLE
    return total.where(negligible, total + rest)


def is_odd(x: Scalar) -> Scalar:
    """Returns whether a float is an odd integer."""
    half = x * 0.5
    return x.round_even().equals(x) & half.round_even().compare("une", half)


def at_the_poles(result: Wide, x: Scalar, q: Scalar) -> Wide:
    """Returns a zeta function for every x and q: infinite at the poles of even x and at 1, NaN
    where it is not defined.
    """
    at_or_below = q <= 0.0
    pole = at_or_below & q.floor().equals(q)
    whole = x.floor().equals(x)
    undefined = (at_or_below & whole.equals(0)) | (pole & is_odd(x))
    result = result.const(0.0).where(q.equals(inf), result)
    result = result.const(nan).where(undefined, result)
    result = result.const(inf).where(pole & undefined.equals(0), result)
    result = result.const(nan).where(x.compare("ult", 1.0) | x.equals(inf), result)
    result = result.const(nan).where(q.compare("uno", q), result)
    return result.const(inf).where(x.equals(1.0), result)


def next_to_roots(result: Wide, x: Scalar, q: Scalar, factor: float = 1.0) -> Wide:
    """Returns a multiple of a zeta function, exact where too many digits cancel."""
    for exponent, place, value in ZETA_NEXT_TO_ROOTS:
        here = x.equals(exponent) & q.equals(place)
        result = result.const(factor * value).where(here, result)
    return result


def polygamma(n: Wide, x: Wide) -> Wide:
    """Returns `(-1)^(n+1) n! zeta(n + 1, x)`; digamma for n = 0, NaN for an order that is no count."""
    order, exponent = n.rough, n + 1.0
    total, scale = scaled_zeta(exponent, x)
    size = (lgamma(exponent) - scale * exponent).exp_times(total)
    size = at_the_poles(size, exponent.rough, x.rough)
    result = size.where(is_odd(order), -size)
    result = next_to_roots(result, exponent.rough, x.rough, factor=-2.0)
    result = digamma(x).where(order.equals(0.0), result)
    count = (order >= 0.0) & order.floor().equals(order)
    return result.where(count, nan)
