"""Steps of optimisers over trees of parameters."""

import jax
import jax.numpy as jnp
from inputs import integers, normal, program, uniform
from jax import lax


def loss(params, x, y):
    return jnp.mean((x @ params["w"] + params["b"] - y) ** 2)


@program({"w": normal(4, 2), "b": normal(2)}, normal(8, 4), normal(8, 2))
def sgd_step(params, x, y):
    gradients = jax.grad(loss)(params, x, y)
    return jax.tree_util.tree_map(lambda p, g: p - 0.1 * g, params, gradients)


@program(
    {"w": normal(4, 2), "b": normal(2)},
    {"w": normal(4, 2), "b": normal(2)},
    normal(8, 4),
    normal(8, 2),
)
def momentum_step(params, velocity, x, y):
    gradients = jax.grad(loss)(params, x, y)
    velocity = jax.tree_util.tree_map(lambda v, g: 0.9 * v + g, velocity, gradients)
    return jax.tree_util.tree_map(lambda p, v: p - 0.01 * v, params, velocity), velocity


@program(
    {"w": normal(4, 2), "b": normal(2)},
    {"w": normal(4, 2), "b": normal(2)},
    {"w": uniform(0, 1, 4, 2), "b": uniform(0, 1, 2)},
    integers(1, 100),
    normal(8, 4),
    normal(8, 2),
)
def adam_step(params, first, second, count, x, y):
    tree_map = jax.tree_util.tree_map
    gradients = jax.grad(loss)(params, x, y)
    first = tree_map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = tree_map(lambda v, g: 0.999 * v + 0.001 * g**2, second, gradients)
    one, two = 1 - 0.9 ** count.astype(jnp.float32), 1 - 0.999 ** count.astype(jnp.float32)
    params = tree_map(
        lambda p, m, v: p - 1e-3 * (m / one) / (jnp.sqrt(v / two) + 1e-8), params, first, second
    )
    return params, first, second, count + 1


@program(normal(6, 3), normal(6))
def least_squares_by_descent(x, y):
    def step(_, w):
        return w - 0.05 * jax.grad(lambda w: jnp.mean((x @ w - y) ** 2))(w)

    return lax.fori_loop(0, 20, step, jnp.zeros(3))


@program(uniform(1, 50, 4))
def newton_square_root(x):
    def go_on(state):
        guess, steps = state
        return (jnp.max(jnp.abs(guess * guess - x)) > 1e-3) & (steps < 50)

    def step(state):
        guess, steps = state
        return 0.5 * (guess + x / guess), steps + 1

    return lax.while_loop(go_on, step, (x, 0))


@program({"w": normal(4, 2), "b": normal(2)})
def clip_by_global_norm(gradients):
    leaves = jax.tree_util.tree_leaves(gradients)
    norm = jnp.sqrt(sum(jnp.sum(g**2) for g in leaves))
    return jax.tree_util.tree_map(lambda g: g * jnp.minimum(1.0, 1.0 / norm), gradients)
