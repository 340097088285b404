"""Order: sorts, largest elements, quantiles."""

import jax.numpy as jnp
from inputs import integers, normal, program
from jax import lax


@program(normal(4, 9))
def sort_rows(x):
    return jnp.sort(x, axis=1), jnp.sort(x, axis=0)


@program(integers(0, 5, 12))
def stable_order(x):
    return jnp.argsort(x), jnp.argsort(-x)


@program(normal(3, 8))
def largest(x):
    return lax.top_k(x, 3)


@program(normal(9), normal(4, 6))
def medians(x, y):
    return jnp.median(x), jnp.median(y, axis=1), jnp.percentile(x, 30)


@program(integers(0, 6, 10))
def unique_values(x):
    return jnp.unique(x, size=8, fill_value=-1, return_counts=True)


@program(integers(0, 3, 10), normal(10))
def sort_by_two_keys(first, second):
    return lax.sort((first, second, jnp.arange(10)), num_keys=2)


@program(normal(16), normal(5))
def search(x, y):
    return jnp.searchsorted(jnp.sort(x), y), jnp.digitize(y, jnp.array([-1.0, 0.0, 1.0]))


@program(integers(0, 2, 3, 7, dtype="bool"))
def true_places(x):
    return jnp.nonzero(x, size=12, fill_value=-1), jnp.count_nonzero(x)


@program(integers(0, 8, 20))
def histogram(x):
    return jnp.bincount(x, length=8), jnp.histogram(x.astype(jnp.float32), bins=4)[0]


@program(normal(4, 5))
def extremes(x):
    return jnp.argmax(x, 1), jnp.argmin(x, 0), jnp.max(x), jnp.min(x, 0), jnp.ptp(x, 1)


@program(integers(-9, 9, 11), integers(-9, 9, 7))
def sets(x, y):
    return jnp.isin(x, y), jnp.lexsort((x, jnp.abs(x)))


@program(normal(3, 20))
def approximately_largest(x):
    return lax.approx_max_k(x, 3), lax.approx_min_k(x, 2, reduction_dimension=0)
