"""Functions that NumPy has not, in f64: by libm, series and integrals, slowly and exactly enough to
measure f32 by.
"""

from __future__ import annotations

import math

import numpy as np

erf = np.vectorize(math.erf, otypes=[np.float64])
erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):
        return math.inf


lgamma = np.vectorize(_lgamma, otypes=[np.float64])


def digamma(x: np.ndarray) -> np.ndarray:
    """By the recurrence up to 20, the asymptotic series, and the reflection at ½."""
    reflected = x < 0.5
    y = np.where(reflected, 1 - x, x).astype(np.longdouble)
    total = np.zeros_like(y)
    for _ in range(20):
        small = y < 20
        total = total - np.where(small, 1 / y, 0)
        y = np.where(small, y + 1, y)
    square = 1 / (y * y)
    series = square * (
        1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132)))
    )
    positive = total + np.log(y) - 1 / (2 * y) - series
    rest = x - np.rint(x)
    result = np.where(reflected, positive - np.pi / np.tan(np.pi * rest), positive)
    result = np.where((x <= 0) & (rest == 0), np.nan, result)
    return np.where(x == np.inf, np.inf, result).astype(np.float64)


def erf_inv(x: np.ndarray) -> np.ndarray:
    """By Newton's steps on the logarithm of erfc, from an approximation of Winitzki's."""
    a = np.abs(x)
    inside = np.where(a < 1, a, 0.5)
    logarithm = np.log1p(-inside * inside)
    first = 2 / (np.pi * 0.147) + logarithm / 2
    y = np.sqrt(np.sqrt(first * first - logarithm / 0.147) - first)
    for _ in range(4):
        rest = np.where(y < 0.5, erf(y) - inside, (1 - inside) - erfc(y))
        y = y - rest * np.exp(y * y) * (np.sqrt(np.pi) / 2)
    small = inside < 1e-8
    y = np.where(small, inside * (np.sqrt(np.pi) / 2), y)
    result = np.where(a < 1, y, np.where(a == 1, np.inf, np.nan))
    return np.copysign(result, x)


NODES = 400
"""Of the trapezoidal rule, which is exact to f64's precision for |x| up to 1000."""


def bessel_i1e(x: np.ndarray) -> np.ndarray:
    """By the integral of `e^(|x| (cos t - 1)) cos t` over a half-turn, further out by a series."""
    a = np.abs(x)
    near = np.minimum(a, 300.0)
    total = np.zeros_like(near)
    for n in range(1, NODES):
        t = math.pi * n / NODES
        total += np.exp(-2 * near * math.sin(t / 2) ** 2) * math.cos(t)
    ends = (1 - np.exp(-2 * near)) / 2
    result = (total + ends) / NODES
    small = a < 1e-3
    result = np.where(small, np.exp(-a) * a / 2 * (1 + a * a / 8), result)
    z = np.maximum(a, 300.0)
    far = 1 - 3 / (8 * z) * (1 + 5 / (16 * z) * (1 + 21 / (24 * z) * (1 + 45 / (32 * z))))
    result = np.where(a > 300, far / np.sqrt(2 * np.pi * z), result)
    result = np.where(np.isnan(x), x, result)
    return np.copysign(result, x)


def zeta(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Hurwitz' zeta function for positive q: 40 terms, and Euler's and Maclaurin's formula."""
    total = np.zeros_like(x, np.longdouble)
    x, q = x.astype(np.longdouble), q.astype(np.longdouble)
    for n in range(40):
        total = total + (q + n) ** -x
    a = q + 40
    last = a**-x
    total = total + a * last / (x - 1) + last / 2
    factor = x * last / a
    for k, b in enumerate((1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160)):
        total = total + factor * b
        factor = factor * (x + 2 * k + 1) * (x + 2 * k + 2) / (a * a)
    return np.where(x == 1, np.inf, total).astype(np.float64)


def polygamma(n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The derivative of order n of digamma, for positive x."""
    sign = np.where(n % 2 == 1, 1.0, -1.0)
    size = np.exp(lgamma(n + 1)) * zeta(n + 1, x)
    return np.where(n == 0, digamma(x), sign * size)
