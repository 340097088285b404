"""Numerical functions of one or several arrays."""

import jax
import jax.numpy as jnp
from inputs import integers, normal, program, uniform


@program(normal(4, 5))
def log_sum_exp(x):
    return jax.nn.logsumexp(x, axis=1), jnp.logaddexp(x[0], x[1])


@program(normal(3, 6))
def cumulative(x):
    return jnp.cumsum(x, 1), jnp.cumprod(x, 1), jax.lax.cummax(x, 1), jax.lax.cummin(x, 0)


@program(uniform(0, 9, 6), normal(10))
def interpolate(x, y):
    return jnp.interp(x, jnp.arange(10.0), y)


@program(normal(12), normal(12), rtol=1e-3)
def polynomial_fit(x, y):
    powers = jnp.vander(x, 3)
    coefficients = jnp.linalg.solve(powers.T @ powers, powers.T @ y)
    return coefficients, jnp.polyval(coefficients, x)


@program(normal(10), normal(3))
def convolve_signals(x, y):
    return jnp.convolve(x, y), jnp.convolve(x, y, mode="same"), jnp.correlate(x, y)


@program(normal(2, 3, 4), normal(4, 3, 5), normal(5))
def einsums(x, y, z):
    return jnp.einsum("bij,jik->bk", x, y), jnp.einsum("ijk,k->ij", y, z), jnp.einsum("bij->b", x)


@program(uniform(-0.9, 0.9, 10))
def elementary_functions(x):
    return (
        jnp.arcsin(x), jnp.arccos(x), jnp.arctan(x), jnp.sinh(x), jnp.cosh(x), jnp.arctanh(x),
        jnp.expm1(x), jnp.log1p(x), jnp.cbrt(x), jnp.tan(x), jnp.arctan2(x, 0.5), jnp.arcsinh(x),
    )  # fmt: skip


@program(uniform(0.1, 3, 8))
def special_functions(x):
    special = jax.scipy.special
    return (
        special.gammaln(x),
        special.digamma(x),
        special.erf(x),
        special.erfc(x),
        special.erfinv(x / 4),
    )


@program(normal(3, 7))
def statistics(x):
    return x.mean(), x.std(1), jnp.cov(x), jnp.corrcoef(x), jnp.average(x, 1, jnp.arange(7.0))


@program(normal(9), integers(1, 9, 9))
def rounding(x, n):
    return (
        jnp.floor(x),
        jnp.ceil(x),
        jnp.round(x, 1),
        jnp.trunc(x),
        jnp.fmod(x, 0.3),
        -n // 4,
        -n % 4,
    )


@program(normal(4, 4), normal(4, 4))
def products(x, y):
    return (
        jnp.kron(x, y[:2, :2]),
        jnp.outer(x[0], y[0]),
        jnp.cross(x[:, :3], y[:, :3]),
        jnp.tensordot(x, y, 2),
    )


@program(uniform(0.5, 2, 7))
def trapezoids(y):
    x = jnp.linspace(0, 1, 7)
    return jnp.sum((y[1:] + y[:-1]) * jnp.diff(x)) / 2, jnp.gradient(y), jnp.diff(y, 2)


@program(integers(1, 60, 6), integers(1, 60, 6))
def number_theory(x, y):
    return jnp.gcd(x, y), jnp.lcm(x, y), jnp.power(x, 3), jnp.divmod(x * 7, y)


@program(normal(6))
def not_numbers(x):
    y = jnp.where(x > 0, x, jnp.nan)
    return jnp.isnan(y), jnp.nan_to_num(y), jnp.nansum(y), jnp.maximum(y, 0.0), jnp.sqrt(x)
