"""The functions whose errors are measured, and their references in wider types."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from float_accuracy import maximum, minimum, round_away
from special_references import (
    PI,
    bessel_i1e,
    digamma,
    erf,
    erf_inv,
    erfc,
    lgamma,
    polygamma,
    zeta,
)

Reference = Callable[..., np.ndarray]

UNARY: dict[str, Reference] = {
    "stablehlo.abs": np.abs,
    "stablehlo.cbrt": np.cbrt,
    "stablehlo.ceil": np.ceil,
    "stablehlo.cosine": np.cos,
    "stablehlo.exponential": np.exp,
    "stablehlo.exponential_minus_one": np.expm1,
    "stablehlo.floor": np.floor,
    "stablehlo.log": np.log,
    "stablehlo.log_plus_one": np.log1p,
    "stablehlo.logistic": lambda x: 1 / (1 + np.exp(-x)),
    "stablehlo.negate": np.negative,
    "stablehlo.round_nearest_afz": round_away,
    "stablehlo.round_nearest_even": np.rint,
    "stablehlo.rsqrt": lambda x: 1 / np.sqrt(x),
    "stablehlo.sign": lambda x: np.where(x == 0, x, np.sign(x)).astype(x.dtype),
    "stablehlo.sine": np.sin,
    "stablehlo.sqrt": np.sqrt,
    "stablehlo.tan": np.tan,
    "stablehlo.tanh": np.tanh,
    "chlo.acos": np.arccos,
    "chlo.acosh": np.arccosh,
    "chlo.asin": np.arcsin,
    "chlo.asinh": np.arcsinh,
    "chlo.atan": np.arctan,
    "chlo.atanh": np.arctanh,
    "chlo.bessel_i1e": bessel_i1e,
    "chlo.cosh": np.cosh,
    "chlo.digamma": digamma,
    "chlo.erf": erf,
    "chlo.erf_inv": erf_inv,
    "chlo.erfc": erfc,
    "chlo.lgamma": lgamma,
    "chlo.sinh": np.sinh,
    "chlo.square": np.square,
}
"""Op of one number -> its reference."""

EXACT = {
    f"stablehlo.{name}"
    for name in (
        "abs ceil floor maximum minimum negate remainder round_nearest_afz round_nearest_even sign"
    ).split()
} | {"chlo.next_after"}
"""Ops without a rounding error, whose references are exact in the type itself."""


def next_after(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """In f32, whose numbers the wide operands are."""
    kind = np.float32 if x.dtype == np.float64 else np.float64
    return np.nextafter(x.astype(kind), y.astype(kind)).astype(x.dtype)


BINARY: dict[str, Reference] = {
    "stablehlo.add": np.add,
    "stablehlo.atan2": np.arctan2,
    "stablehlo.divide": np.divide,
    "stablehlo.maximum": maximum,
    "stablehlo.minimum": minimum,
    "stablehlo.multiply": np.multiply,
    "stablehlo.power": np.power,
    "stablehlo.remainder": np.fmod,
    "stablehlo.subtract": np.subtract,
    "chlo.next_after": next_after,
    "chlo.polygamma": polygamma,
    "chlo.zeta": zeta,
}
"""Op of two numbers -> its reference."""
OF_WIDE_FLOATS = {"chlo.next_after"}
"""Ops whose references are of f32 and f64 alone."""

# -- complex numbers -------------------------------------------------------------------------------


def complex_expm1(z: np.ndarray) -> np.ndarray:
    """`e^z - 1` without the cancellation near 0."""
    x, y = z.real, z.imag
    half = np.sin(y / 2)
    real = np.expm1(x) * np.cos(y) - 2 * half * half
    return real + 1j * (np.exp(x) * np.sin(y))


def complex_log1p(z: np.ndarray) -> np.ndarray:
    """`log(1 + z)` without the cancellation near 0."""
    x, y = z.real, z.imag
    small = np.maximum(np.abs(x), np.abs(y)) < 0.5
    near = np.log1p(np.where(small, x * (2 + x) + y * y, 0)) / 2
    return np.where(small, near, np.log(np.hypot(1 + x, y))) + 1j * np.arctan2(y, 1 + x)


def complex_log(z: np.ndarray) -> np.ndarray:
    """`log(z)` without the cancellation near the unit circle."""
    x, y = np.abs(z.real), np.abs(z.imag)
    a, b = np.maximum(x, y), np.minimum(x, y)
    near = (a > 0.5) & (a < 2)
    size = np.where(near, (a - 1) * (a + 1) + b * b, 0)
    real = np.where(near, np.log1p(size) / 2, np.log(np.hypot(x, y)))
    return real + 1j * np.arctan2(z.imag, z.real)


COMPLEX_UNARY: dict[str, Reference] = {
    "stablehlo.abs": np.abs,
    "stablehlo.cbrt": lambda z: np.exp(complex_log(z) / 3),
    "stablehlo.cosine": np.cos,
    "stablehlo.exponential": np.exp,
    "stablehlo.exponential_minus_one": complex_expm1,
    "stablehlo.log": complex_log,
    "stablehlo.log_plus_one": complex_log1p,
    "stablehlo.logistic": lambda z: 1 / (1 + np.exp(-z)),
    "stablehlo.negate": np.negative,
    "stablehlo.rsqrt": lambda z: 1 / np.sqrt(z),
    "stablehlo.sign": lambda z: z / np.abs(z),
    "stablehlo.sine": np.sin,
    "stablehlo.sqrt": np.sqrt,
    "stablehlo.tan": np.tan,
    "stablehlo.tanh": np.tanh,
    "chlo.acos": np.arccos,
    "chlo.acosh": np.arccosh,
    "chlo.asin": np.arcsin,
    "chlo.asinh": np.arcsinh,
    "chlo.atan": np.arctan,
    "chlo.atanh": np.arctanh,
    "chlo.cosh": np.cosh,
    "chlo.sinh": np.sinh,
    "chlo.square": np.square,
}
"""Op of one complex number -> its reference."""


def complex_atan2(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """`-i log((x + iy) / √(x² + y²))`: half of the angle of `u v*`, for u = `x + iy` and v = `x - iy`,
    or that and a half-turn; and minus half of the logarithm of `|u| / |v|`. Where u or v is small,
    half of the difference of their angles.
    """
    u, v = x + 1j * y, x - 1j * y
    twice = 2 * (x.real * y.real + x.imag * y.imag)
    half = np.arctan2(twice, u.real * v.real + u.imag * v.imag) / 2
    near = np.minimum(np.abs(u), np.abs(v)) < np.abs(x) / 2
    angles = (np.arctan2(z.imag, z.real) for z in (u, v))
    half = np.where(near, np.subtract(*angles) / 2, half)
    root = u / np.sqrt(u * v)
    opposed = root.real * np.cos(half) + root.imag * np.sin(half) < 0
    half = np.where(opposed, half + np.where(half <= 0, PI, -PI), half)
    rest = x.imag * y.real - x.real * y.imag
    nearer = np.where(rest < 0, np.abs(u), np.abs(v))
    return half - 1j * (np.sign(rest) * np.log1p(4 * np.abs(rest) / nearer**2) / 4)


COMPLEX_BINARY: dict[str, Reference] = {
    "stablehlo.add": np.add,
    "stablehlo.atan2": complex_atan2,
    "stablehlo.divide": np.divide,
    "stablehlo.multiply": np.multiply,
    "stablehlo.power": lambda z, w: np.exp(w * complex_log(z)),
    "stablehlo.subtract": np.subtract,
}
"""Op of two complex numbers -> its reference."""
