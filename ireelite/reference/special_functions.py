"""Mathematical functions of chlo, computed in f64 from their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.elementwise import complex_tangent, elementwise, joined
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import (
    Array,
    bit_width,
    exact_dtype,
    is_unsigned,
    widened,
    wrapped,
)
from ireelite.reference.steps import check_steps


def scalar(function: Callable[..., float]) -> Callable[..., Array]:
    """Returns a function of Python floats at every index."""

    def total(*numbers: Any) -> float:
        try:
            return function(*map(float, numbers))
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan

    vectorized = np.frompyfunc(total, function.__code__.co_argcount, 1)

    def apply(*arrays: Array) -> Array:
        check_steps(max(np.size(array) for array in arrays))
        return np.asarray(vectorized(*arrays), dtype=np.float64)

    return apply


def erf(x: float) -> float:
    """Returns the error function."""
    return math.erf(x)


def erfc(x: float) -> float:
    """Returns 1 - erf(x)."""
    return math.erfc(x)


def erf_inv(y: float) -> float:
    """Returns the number whose error function is y, by Newton's method on erfc near the ends."""
    if math.isnan(y) or abs(y) > 1:
        return math.nan
    if abs(y) == 1:
        return math.copysign(math.inf, y)
    if y == 0:
        return y
    size = abs(y)
    logarithm = math.log1p(-size * size)
    a = 2 / (math.pi * 0.147) + logarithm / 2
    x = math.sqrt(math.sqrt(a * a - logarithm / 0.147) - a)
    for _ in range(60):
        error = math.erf(x) - size if size < 0.5 else (1 - size) - math.erfc(x)
        step = error / (2 / math.sqrt(math.pi) * math.exp(-x * x))
        x -= step
        if abs(step) <= 1e-16 * abs(x):
            break
    return math.copysign(x, y)


def lgamma(x: float) -> float:
    """Returns the logarithm of the absolute value of the gamma function."""
    if math.isinf(x) or (x <= 0 and x == math.floor(x)):
        return math.inf
    return math.lgamma(x)


BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
"""B2, B4, ..., B16."""


def digamma(x: float) -> float:
    """Returns the derivative of the logarithm of the gamma function."""
    if math.isinf(x):
        return x if x > 0 else math.nan
    if x <= 0:
        if x == math.floor(x):
            return math.nan
        return digamma(1 - x) - math.pi / math.tan(math.pi * math.fmod(x, 1.0))
    total = 0.0
    while x < 16:
        total -= 1 / x
        x += 1
    series = sum(b / (2 * n * x ** (2 * n)) for n, b in enumerate(BERNOULLI, 1))
    return total + math.log(x) - 1 / (2 * x) - series


def zeta(x: float, q: float) -> float:
    """Returns the sum of (q + n)**-x over n from 0 on. For a negative q, r above the nearest
    integer, that is the sum of (r + n)**-x over all integers without the terms below q.
    """
    if x == 1:
        return math.inf
    if math.isnan(x) or math.isnan(q) or x < 1 or math.isinf(x):
        return math.nan
    if q <= 0:
        if q == np.floor(q):
            return math.inf if x % 2 == 0 else math.nan
        if x != np.floor(x):
            return math.nan
    r, sign = (0.0, 1) if q > 0 else (q - round(q), -1 if x % 2 else 1)
    if abs(r) == 0.5 and sign < 0:  # the sum over all integers is 0
        return power_series(x, 1 - q)
    if q >= -0.5:
        return power_series(x, q)
    return power_series(x, r) + sign * (power_series(x, 1 - r) - power_series(x, 1 - q))


@np.errstate(all="ignore")
def power_series(x: float, q: float) -> float:
    """Returns the sum of (q + n)**-x for q of at least -½, by Euler's and Maclaurin's formula
    behind its first terms.
    """
    if math.isinf(q):
        return 0.0
    total, n = np.float64(0), 0
    while q + n < 20 or n < 12:
        total += np.float64(q + n) ** -x
        n += 1
    a = np.float64(q + n)
    if a ** (1 - x) <= abs(total) * 1e-18:
        return float(total)
    total += a ** (1 - x) / (x - 1) + a**-x / 2
    factor, power = x, a ** (-x - 1)
    for k, bernoulli in enumerate(BERNOULLI, 1):
        total += bernoulli / math.factorial(2 * k) * factor * power
        factor *= (x + 2 * k - 1) * (x + 2 * k)
        power /= a * a
    return float(total)


def polygamma(n: float, x: float) -> float:
    """Returns the n-th derivative of the digamma function."""
    if n == 0:
        return digamma(x)
    if n < 0 or n != math.floor(n):
        return math.nan
    sign = 1 if n % 2 else -1
    return sign * float(np.exp(math.lgamma(n + 1))) * zeta(n + 1, x)


def bessel_i1e(x: float) -> float:
    """Returns the modified Bessel function of order 1 times e**-|x|, by the trapezoidal rule on its
    integral, which converges exponentially.
    """
    size = abs(x)
    if math.isinf(size):
        return 0.0
    steps = 64 + int(8 * math.sqrt(size))
    angles = [math.pi * (k + 0.5) / steps for k in range(steps)]
    total = math.fsum(math.exp(size * (math.cos(t) - 1)) * math.cos(t) for t in angles)
    return math.copysign(total / steps, x)


# -- inverse functions of complex and real numbers -----------------------------------------------------


def square(x: Array) -> Array:
    """Returns x * x."""
    return x * x


def inverse_kernel(z: Array) -> Array:
    """Returns cos(u) cosh(v) + i |v| for asin(z) = u + i v: what the inverse sine and cosine have
    in common.
    """
    angle = np.arcsin(z)
    u, v = np.real(angle), np.imag(angle)
    return joined(np.cos(u) * np.cosh(v), np.abs(v)).astype(z.dtype)


def high_product(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    """Returns the upper half of the bits of the product of integers."""
    bits, dtype = bit_width(lhs.dtype), lhs.dtype
    lhs, rhs = np.broadcast_arrays(widened(lhs), widened(rhs))
    flat = [(int(a) * int(b)) >> bits for a, b in zip(lhs.ravel(), rhs.ravel())]
    wide = np.array(flat, np.uint64 if is_unsigned(dtype) else np.int64)
    return wrapped(wide.reshape(lhs.shape), dtype)


def next_after(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    """Returns the next number of the type in the direction of another."""
    dtype = lhs.dtype
    bits = 8 * dtype.itemsize
    code = lhs.view(f"i{dtype.itemsize}").astype(np.int64)
    sign = np.int64(-1 << (bits - 1))
    x, y = lhs.astype(exact_dtype(dtype)), rhs.astype(exact_dtype(dtype))
    smallest = np.where(y > 0, np.int64(1), sign | 1)
    away = np.where(x > 0, y > x, y < x)
    moved = np.where(x == 0, smallest, np.where(away, code + 1, code - 1))
    result = np.where(x == y, rhs.view(f"i{dtype.itemsize}").astype(np.int64), moved)
    found = result.astype(f"i{dtype.itemsize}").view(dtype)
    nan = np.full(lhs.shape, np.nan).astype(dtype)
    return np.where(np.isnan(x) | np.isnan(y), nan, found)


def predicate(function: Callable[[Array], Array]) -> Reference:
    """Returns a truth value for each float."""

    def reference(op: Operation, frame: Frame, operand: Array) -> Array:
        return np.asarray(function(operand.astype(exact_dtype(operand.dtype))))

    return reference


REFERENCES: Mapping[str, Reference] = {
    "chlo._asin_acos_kernel": elementwise(wide=inverse_kernel),
    "chlo.acos": elementwise(wide=np.arccos),
    "chlo.acosh": elementwise(wide=np.arccosh),
    "chlo.asin": elementwise(wide=np.arcsin),
    "chlo.asinh": elementwise(wide=np.arcsinh),
    "chlo.atan": elementwise(wide=np.arctan),
    "chlo.atanh": elementwise(wide=np.arctanh),
    "chlo.bessel_i1e": elementwise(real=scalar(bessel_i1e)),
    "chlo.conj": elementwise(real=np.positive, complex=np.conj),
    "chlo.cosh": elementwise(wide=np.cosh),
    "chlo.digamma": elementwise(real=scalar(digamma)),
    "chlo.erf": elementwise(real=scalar(erf)),
    "chlo.erf_inv": elementwise(real=scalar(erf_inv)),
    "chlo.erfc": elementwise(real=scalar(erfc)),
    "chlo.is_inf": predicate(np.isinf),
    "chlo.is_neg_inf": predicate(np.isneginf),
    "chlo.is_pos_inf": predicate(np.isposinf),
    "chlo.lgamma": elementwise(real=scalar(lgamma)),
    "chlo.mulhi": high_product,
    "chlo.next_after": next_after,
    "chlo.polygamma": elementwise(real=scalar(polygamma)),
    "chlo.sinh": elementwise(wide=np.sinh),
    "chlo.square": elementwise(integer=square, real=square, wide=square),
    "chlo.tan": elementwise(wide=complex_tangent),
    "chlo.zeta": elementwise(real=scalar(zeta)),
}
