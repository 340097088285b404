"""Random numbers by key."""

import jax
import jax.numpy as jnp
from inputs import integers, normal, program

KEY = integers(0, 1 << 31, 2, dtype="uint32")


@program(KEY)
def random_normal(key):
    return jax.random.normal(key, (4, 3))


@program(KEY)
def random_uniform(key):
    return jax.random.uniform(key, (5,), minval=-1, maxval=2)


@program(KEY)
def random_permutation(key):
    return jax.random.permutation(key, 10)


@program(KEY, normal(3, 5))
def random_categorical(key, logits):
    return jax.random.categorical(key, logits)


@program(KEY)
def random_bits_and_split(key):
    first, second = jax.random.split(key)
    return jax.random.bits(first, (3,)), jax.random.randint(second, (4,), 0, 100)


@program(KEY)
def random_bernoulli(key):
    return jax.random.bernoulli(key, 0.3, (8,)), jax.random.fold_in(key, 7)


@program(integers(0, 1000))
def random_from_seed(seed):
    return jax.random.exponential(jax.random.PRNGKey(seed), (4,))


@program(KEY, normal(6, 4))
def dropout(key, x):
    keep = jax.random.bernoulli(key, 0.8, x.shape)
    return jnp.where(keep, x / 0.8, 0.0)


@program(KEY)
def monte_carlo_pi(key):
    points = jax.random.uniform(key, (500, 2))
    return 4 * jnp.mean(jnp.sum(points**2, 1) < 1)
