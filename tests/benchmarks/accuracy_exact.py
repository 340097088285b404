"""Exact results of the measured functions with as many digits as it takes, for points in doubt.

A reference in f64 or `longdouble` finds the places of large errors. Where an error would be the
largest of a function, it is computed again here, so that no reference's own error enters the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import mpmath
import numpy as np
from float_accuracy import Accuracy, spacing
from mpmath import mpc, mpf

BITS = {4: 700, 8: 2600}
"""Bytes of a float -> digits in base 2 that computations have: more than the exponents' range, so
that a sum with 1 keeps all of the smallest number.
"""


def zeta(x: mpf, q: mpf) -> mpf:
    """Hurwitz' zeta function; of a negative second operand by adding the terms below 0."""
    steps = max(0, int(mpmath.ceil(-q)) + 1) if q <= 0 else 0
    head = mpmath.fsum(mpmath.power(q + n, -x) for n in range(steps))
    return head + mpmath.zeta(x, q + steps)


def polygamma(n: mpf, x: mpf) -> mpf:
    if n == 0:
        return mpmath.digamma(x)
    return (-1) ** (int(n) + 1) * mpmath.factorial(n) * zeta(n + 1, x)


def lgamma(x: mpf) -> mpf:
    """The logarithm of the absolute value, by reflection below 0."""
    if x > 0:
        return mpmath.loggamma(x)
    sine = abs(mpmath.sin(mpmath.pi * x))
    return mpmath.log(mpmath.pi / sine) - mpmath.loggamma(1 - x)


def cbrt(x: mpf) -> mpf:
    if isinstance(x, mpc):
        return mpmath.exp(mpmath.log(x) / 3)
    return mpmath.sign(x) * mpmath.cbrt(abs(x))


def angle(y: mpf, x: mpf) -> mpf:
    """The arc tangent of two numbers, complex ones too."""
    if not isinstance(y, mpc):
        return mpmath.atan2(y, x)
    above = x + mpc(0, 1) * y
    return mpc(0, -1) * mpmath.log(above / mpmath.sqrt(x * x + y * y))


EXACT: dict[str, Callable[..., mpf]] = {
    "stablehlo.abs": abs,
    "stablehlo.add": lambda x, y: x + y,
    "stablehlo.atan2": angle,
    "stablehlo.cbrt": cbrt,
    "stablehlo.cosine": mpmath.cos,
    "stablehlo.divide": lambda x, y: x / y,
    "stablehlo.exponential": mpmath.exp,
    "stablehlo.exponential_minus_one": lambda x: mpmath.exp(x) - 1,
    "stablehlo.log": mpmath.log,
    "stablehlo.log_plus_one": lambda x: mpmath.log(1 + x),
    "stablehlo.logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "stablehlo.multiply": lambda x, y: x * y,
    "stablehlo.rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "stablehlo.sign": lambda x: x / abs(x),
    "stablehlo.sine": mpmath.sin,
    "stablehlo.sqrt": mpmath.sqrt,
    "stablehlo.subtract": lambda x, y: x - y,
    "stablehlo.tan": mpmath.tan,
    "stablehlo.tanh": mpmath.tanh,
    "chlo.acos": mpmath.acos,
    "chlo.acosh": mpmath.acosh,
    "chlo.asin": mpmath.asin,
    "chlo.asinh": mpmath.asinh,
    "chlo.atan": mpmath.atan,
    "chlo.atanh": mpmath.atanh,
    "chlo.bessel_i1e": lambda x: mpmath.besseli(1, x) * mpmath.exp(-abs(x)),
    "chlo.cosh": mpmath.cosh,
    "chlo.digamma": mpmath.digamma,
    "chlo.erf": mpmath.erf,
    "chlo.erf_inv": mpmath.erfinv,
    "chlo.erfc": mpmath.erfc,
    "chlo.lgamma": lgamma,
    "chlo.polygamma": polygamma,
    "chlo.sinh": mpmath.sinh,
    "chlo.square": lambda x: x * x,
    "chlo.zeta": zeta,
}
"""Op -> its result, of one or two numbers in mpmath's types."""
SLOW = {"chlo.bessel_i1e": 200, "chlo.erf_inv": 200, "chlo.polygamma": 200, "chlo.zeta": 200}
"""Ops whose exact results are slow -> digits in base 2 that are enough for them."""


def part(x: float) -> mpf:
    """A float as mpmath has it, whose zeros have no sign: a number that is far smaller than any."""
    if x == 0:
        return mpmath.ldexp(-1 if np.signbit(x) else 1, -20000)
    return mpf(x)


def number(x: complex, is_complex: bool) -> mpf:
    """An operand in mpmath's type."""
    return mpc(part(x.real), part(x.imag)) if is_complex else mpf(x.real)


def confirmed(name: str, kind: np.dtype, found: Accuracy) -> Accuracy:
    """An error that a reference found, with the exact result in the reference's place.

    It is left as it is where a result or an operand is not finite, and for ops without rounding.
    """
    values = np.array([*found.place, found.got, found.expected], complex)
    if name not in EXACT or not np.isfinite(values).all():
        return found
    is_complex = any(isinstance(x, complex) for x in found.place)
    with mpmath.workprec(SLOW.get(name, BITS[kind.itemsize])):
        try:
            exact = EXACT[name](*(number(complex(x), is_complex) for x in found.place))
        except (ValueError, ZeroDivisionError, mpmath.libmp.NoConvergence):
            return found
        if not is_complex:
            exact = mpmath.re(exact)
        with np.errstate(over="ignore"):
            unit = spacing(np.array(float(abs(exact))).astype(kind))
        distance = abs(number(complex(found.got), isinstance(exact, mpc)) - exact)
        error = float(distance / mpf(float(unit)))
        rounded = complex(exact) if is_complex else float(exact)
    return replace(found, error=error, expected=rounded)
