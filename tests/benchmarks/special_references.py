"""Functions that NumPy has not, of arrays of f64 or `longdouble`, by series and integrals: exact
enough in f64 to measure functions of f32 by, and in `longdouble` to measure functions of f64 by.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Wide = np.longdouble
PI = Wide("3.14159265358979323846264338327950288")
HALF_LOG_2PI = Wide("0.918938533204672741780329736405617640")


def in_wide(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A function whose operands and results are of f64 or `longdouble`, computed in the latter."""

    def computed(*operands: np.ndarray) -> np.ndarray:
        kind = np.asarray(operands[0]).dtype
        return function(*(np.asarray(x).astype(Wide) for x in operands)).astype(kind)

    computed.__name__ = function.__name__
    computed.__doc__ = function.__doc__
    return computed


def bernoulli(count: int) -> list[Wide]:
    """The Bernoulli numbers of the orders 2, 4, 6, …"""
    from fractions import Fraction

    numbers = [Fraction(1)]
    for n in range(1, 2 * count + 1):
        terms = (math.comb(n + 1, k) * b for k, b in enumerate(numbers))
        numbers.append(-sum(terms, Fraction(0)) / (n + 1))
    return [Wide(b.numerator) / Wide(b.denominator) for b in numbers[2::2]]


BERNOULLI = bernoulli(12)


# -- the error function ----------------------------------------------------------------------------

NEAR_ERF = 2.0
"""Up to here erfc is computed from a series of erf."""


def _erf_series(x: np.ndarray) -> np.ndarray:
    """erf by a series of positive terms, for |x| up to 6.5."""
    term, total, double_square = x, x, 2 * x * x
    for n in range(1, 160):
        term = term * double_square / (2 * n + 1)
        total = total + term
    return 2 / np.sqrt(PI) * np.exp(-x * x) * total


def _exp_of_negated_square(x: np.ndarray) -> np.ndarray:
    """e^-x², with the square's error."""
    high = x.astype(np.float32).astype(Wide)
    return np.exp(-high * high) * np.exp(-(x - high) * (x + high))


def _erfc_far(x: np.ndarray) -> np.ndarray:
    """erfc by a continued fraction, for x of at least `NEAR_ERF`."""
    rest = np.zeros_like(x)
    for n in range(240, 0, -1):
        rest = (Wide(n) / 2) / (x + rest)
    return _exp_of_negated_square(x) / np.sqrt(PI) / (x + rest)


def _by_parts(x: np.ndarray, *parts: tuple[np.ndarray, Callable]) -> np.ndarray:
    """Each function where its condition holds; NaN elsewhere."""
    result = np.full_like(x, np.nan)
    for where, function in parts:
        result[where] = function(x[where])
    return result


def by_libm(of_f64: Callable[[float], float]) -> Callable[[Callable], Callable]:
    """A function in `longdouble`, and in f64 by C's library, within a unit in the last place."""
    each = np.frompyfunc(of_f64, 1, 1)

    def chosen(wide: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda x: each(x).astype(x.dtype) if x.dtype == np.float64 else wide(x)

    return chosen


@by_libm(math.erf)
@in_wide
def erf(x: np.ndarray) -> np.ndarray:
    a = np.abs(x)
    result = _by_parts(a, (a < 6.5, _erf_series), (a >= 6.5, np.ones_like))
    return np.copysign(result, x)


@by_libm(math.erfc)
@in_wide
def erfc(x: np.ndarray) -> np.ndarray:
    return _by_parts(
        x,
        (x < -6.5, lambda x: np.full_like(x, 2)),
        ((x >= -6.5) & (x < NEAR_ERF), lambda x: 1 - _erf_series(x)),
        ((x >= NEAR_ERF) & (x < 120), _erfc_far),
        (x >= 120, np.zeros_like),
    )


@in_wide
def erf_inv(x: np.ndarray) -> np.ndarray:
    """By Newton's steps on erf or erfc, from an approximation of Winitzki's."""
    a = np.abs(x)
    inside = np.where(a < 1, a, 0.5)
    logarithm = np.log1p(-inside) + np.log1p(inside)
    first = 2 / (PI * 0.147) + logarithm / 2
    y = np.sqrt(np.sqrt(first * first - logarithm / 0.147) - first)
    y = np.where(inside < 1e-6, inside * np.sqrt(PI) / 2, y)
    rest = 1 - inside
    for _ in range(4):
        near = y < 0.5
        error = _by_parts(y, (near, _erf_series), (~near, lambda y: -erfc(y)))
        y = y - (error + np.where(near, -inside, rest)) / (2 / np.sqrt(PI) * np.exp(-y * y))
    result = np.where(a < 1, y, np.where(a == 1, np.inf, np.nan))
    return np.copysign(result, x)


# -- Bessel's function -----------------------------------------------------------------------------

NODES = 500
"""Of the trapezoidal rule, which is exact to all digits for |x| up to `FAR_BESSEL`."""
FAR_BESSEL = 600.0


def _bessel_integral(a: np.ndarray) -> np.ndarray:
    """By the integral of `e^(a (cos t - 1)) cos t` over a half-turn."""
    total = -np.expm1(-2 * a) / 2
    for n in range(1, NODES // 2):
        t = PI * n / NODES
        low, high = (-2 * np.sin(angle / 2) ** 2 for angle in (t, PI - t))
        total = total - np.exp(a * high) * np.expm1(a * (low - high)) * -np.cos(t)
    return total / NODES


def _bessel_series(a: np.ndarray) -> np.ndarray:
    """The asymptotic series."""
    term, total = np.ones_like(a), np.ones_like(a)
    for k in range(1, 14):
        term = term * -(4 - (2 * k - 1) ** 2) / (8 * k * a)
        total = total + term
    return total / np.sqrt(2 * PI * a)


def _bessel_tiny(a: np.ndarray) -> np.ndarray:
    return np.exp(-a) * a / 2 * (1 + a * a / 8)


@in_wide
def bessel_i1e(x: np.ndarray) -> np.ndarray:
    """The modified Bessel function of order 1, times e^-|x|."""
    a = np.abs(x)
    result = _by_parts(
        a,
        (a < 1e-5, _bessel_tiny),
        ((a >= 1e-5) & (a <= FAR_BESSEL), _bessel_integral),
        (a > FAR_BESSEL, _bessel_series),
    )
    return np.copysign(result, x)


# -- the gamma function and its relatives ----------------------------------------------------------

LARGE = 24
"""From here on the asymptotic series are exact."""


def _from_integer(x: np.ndarray) -> np.ndarray:
    """How far a number is above the nearest integer."""
    return x - np.rint(x)


def _raised(y: np.ndarray, step: Callable[..., np.ndarray], start: float) -> tuple[np.ndarray, ...]:
    """Positive numbers after steps of 1 to `LARGE` or more, and what a function of the total and
    each number that was passed makes of `start`.
    """
    total = np.full_like(y, start)
    for _ in range(LARGE):
        small = y < LARGE
        total = np.where(small, step(total, y), total)
        y = np.where(small, y + 1, y)
    return y, total


def _bernoulli_series(square: np.ndarray, factor: Callable[[int], int]) -> np.ndarray:
    """The sum of `b(2k) square^(k-1) / factor(k)`."""
    series = np.zeros_like(square)
    for k, b in reversed([*enumerate(BERNOULLI, 1)]):
        series = series * square + (b / factor(k)).astype(square.dtype)
    return series


def _lgamma_of_half_or_more(y: np.ndarray) -> np.ndarray:
    raised, product = _raised(y, np.multiply, 1)
    return _lgamma_of_large(raised) - np.log(product)


def _lgamma_of_large(y: np.ndarray) -> np.ndarray:
    series = _bernoulli_series(1 / (y * y), lambda k: 2 * k * (2 * k - 1)) / y
    half, rest = np.array([0.5, HALF_LOG_2PI], y.dtype)
    return (y - half) * np.log(y) - y + rest + series


def _digamma_of_half_or_more(y: np.ndarray) -> np.ndarray:
    raised, total = _raised(y, lambda total, y: total - 1 / y, 0)
    return total + _digamma_of_large(raised)


def _digamma_of_large(y: np.ndarray) -> np.ndarray:
    square = 1 / (y * y)
    return np.log(y) - 1 / (2 * y) - square * _bernoulli_series(square, lambda k: 2 * k)


def _near_and_far(near: Callable, far: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """A function in `longdouble` where its result may be small, and in the operand's type where it
    is large enough.
    """

    def computed(x: np.ndarray) -> np.ndarray:
        beyond = np.abs(x) >= LARGE + 1
        close = in_wide(near)
        return _by_parts(x, (~beyond, close), (beyond, far))

    return computed


SMALL = 1e-4
"""Where a result of f64 next to a zero has lost digits."""


def _exact_at_zeros(function: Callable[[np.ndarray], np.ndarray]) -> Callable:
    """A function whose small results are computed again in `longdouble`."""

    def computed(x: np.ndarray) -> np.ndarray:
        result = function(x)
        small = np.abs(result) < SMALL
        if small.any():
            result[small] = function(x[small].astype(Wide)).astype(x.dtype)
        return result

    return computed


def _reflected_lgamma(positive: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """By reflection at ½."""

    def computed(x: np.ndarray) -> np.ndarray:
        left = x < 0.5
        size = positive(np.where(left, 1 - x, x))
        pi = PI.astype(x.dtype)
        sine = np.abs(np.sin(pi * _from_integer(x[left])))
        size[left] = np.log(pi / sine) - size[left]
        size[(x == 1) | (x == 2)] = 0
        return np.where(np.isinf(x), np.inf, size)

    return computed


def _reflected_digamma(positive: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """By reflection at ½."""

    def computed(x: np.ndarray) -> np.ndarray:
        left = x < 0.5
        result = positive(np.where(left, 1 - x, x))
        pi, rest = PI.astype(x.dtype), _from_integer(x[left])
        cotangent = np.where(rest == 0, np.nan, pi / np.tan(pi * rest))
        result[left] -= cotangent
        return np.where(x == np.inf, np.inf, result)

    return computed


lgamma = _near_and_far(
    _reflected_lgamma(_lgamma_of_half_or_more), _reflected_lgamma(_lgamma_of_large)
)
"""The logarithm of the absolute value of the gamma function."""
digamma = _exact_at_zeros(
    _near_and_far(
        _reflected_digamma(_digamma_of_half_or_more), _reflected_digamma(_digamma_of_large)
    )
)
"""The derivative of lgamma; NaN at its poles."""


TERMS = 40


def _zeta_of_half_or_more(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The sum of `(q + n)^-x` over all n from 0 on: `TERMS` terms, and Euler's and Maclaurin's
    formula.
    """
    total = np.zeros_like(x)
    for n in range(TERMS):
        total = total + (q + n) ** -x
    a = q + TERMS
    last = a**-x
    rest = a * last / (x - 1) + last / 2
    factor = x * last / a
    for k, b in enumerate(BERNOULLI):
        rest = rest + factor * (b / math.factorial(2 * k + 2)).astype(x.dtype)
        factor = factor * ((x + 2 * k + 1) / a) * ((x + 2 * k + 2) / a)
    return np.where(last * a <= total * 1e-22, total, total + rest)


def _zeta_of_negative(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The same for negative q and an integer x: the sum over all integers n, without those below 0.

    With r, the rest of q from the nearest integer, the sum over all n is that of `(n + r)^-x` and
    `±(n - r)^-x` over n from 1 on, and `r^-x`; the terms below 0 are `±(m - q)^-x`, m from 1 on. For
    an odd x and r = ±½ the sum over all is 0.
    """
    r, odd = _from_integer(q), np.fmod(x, 2) != 0
    opposed = odd & (np.abs(r) == 0.5)
    near, far = _zeta_of_half_or_more(x, 1 - r), _zeta_of_half_or_more(x, 1 - q)
    mirrored = np.where(r == q, 0, near - far)
    power = np.abs(r) ** -x
    power = np.where(odd & (r < 0), -power, power)
    total = power + _zeta_of_half_or_more(x, 1 + r) + np.where(odd, -mirrored, mirrored)
    return np.where(opposed, far, total)


def zeta(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Hurwitz' zeta function, with the special values of CHLO."""
    whole, even = x == np.floor(x), np.fmod(x, 2) == 0
    pole = (q <= 0) & (q == np.floor(q))
    ordinary = (x > 1) & ~np.isinf(x) & ~np.isinf(q) & ~pole
    result = np.full_like(x, np.nan)
    for where, function in (
        (ordinary & (q > 0) & (q < 0.5), lambda x, q: q**-x + _zeta_of_half_or_more(x, q + 1)),
        (ordinary & (q >= 0.5), _zeta_of_half_or_more),
        (ordinary & (q < 0) & whole, _zeta_of_negative),
    ):
        result[where] = function(x[where], q[where])
    result = np.where((x > 1) & (q == np.inf), 0, result)
    result = np.where((x > 1) & pole, np.where(whole & even, np.inf, np.nan), result)
    result = np.where(np.isinf(x), np.nan, result)
    return np.where(x == 1, np.inf, result)


def polygamma(n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The derivative of order n of digamma; NaN for an order that is no count."""
    sign = np.where(np.fmod(n, 2) == 1, 1, -1).astype(n.dtype)
    size = np.exp(lgamma(n + 1)) * zeta(n + 1, x)
    result = np.where(n == 0, digamma(x), sign * size)
    return np.where((n >= 0) & (n == np.floor(n)), result, np.nan)
