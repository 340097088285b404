"""Derivatives and batching by JAX's transformations."""

import jax
import jax.numpy as jnp
from inputs import integers, normal, program, uniform
from jax import lax


def loss(params, x, y):
    hidden = jnp.tanh(x @ params["w1"] + params["b1"])
    return jnp.mean((hidden @ params["w2"] - y) ** 2)


@program(
    {"w1": normal(4, 6), "b1": normal(6), "w2": normal(6, 2)},
    normal(3, 4),
    normal(3, 2),
    locations=True,
)
def mlp_gradient(params, x, y):
    return jax.value_and_grad(loss)(params, x, y)


@program(normal(3, 3, 2, 3), normal(1, 6, 6, 2))
def convolution_gradient(kernel, x):
    def energy(kernel, x):
        y = lax.conv_general_dilated(
            x, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return jnp.sum(y**2)

    return jax.grad(energy, (0, 1))(kernel, x)


@program(normal(1, 6, 6, 2))
def max_pool_gradient(x):
    def total(x):
        pooled = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        return jnp.sum(pooled**2)

    return jax.grad(total)(x)


@program(normal(5))
def hessian(x):
    return jax.hessian(lambda x: jnp.sum(jnp.sin(x) * jnp.roll(x, 1) ** 2))(x)


@program(normal(4), normal(4))
def forward_mode(x, tangent):
    return jax.jvp(lambda x: jnp.exp(-(x**2)) * jnp.cumsum(x), (x,), (tangent,))


@program(normal(3, 4, 5), normal(3, 5))
def batched_product(matrices, vectors):
    return jax.vmap(jnp.dot)(matrices, vectors)


@program(normal(6, 4), normal(4))
def per_example_gradients(examples, weights):
    def one(weights, x):
        return jax.nn.softplus(jnp.dot(weights, x))

    return jax.vmap(jax.grad(one), (None, 0))(weights, examples)


@program(normal(3), normal(3, 3))
def jacobians(x, w):
    def f(x):
        return jnp.sin(w @ x) * x

    return jax.jacfwd(f)(x), jax.jacrev(f)(x)


@program(normal(7, 3), normal(3, 3))
def scan_gradient(sequence, weights):
    def total(weights):
        def step(state, x):
            state = jnp.tanh(state @ weights + x)
            return state, jnp.sum(state)

        return jnp.sum(lax.scan(step, jnp.zeros(3), sequence)[1])

    return jax.grad(total)(weights)


@program(normal(10, 4), integers(0, 10, 6))
def embedding_gradient(table, tokens):
    return jax.grad(lambda table: jnp.sum(jnp.sin(table[tokens])))(table)


@program(uniform(0.5, 2.0, 6))
def custom_derivative(x):
    @jax.custom_vjp
    def clipped(x):
        return jnp.log(x)

    clipped.defvjp(lambda x: (jnp.log(x), x), lambda x, g: (jnp.clip(g / x, -1.0, 1.0),))
    return jax.grad(lambda x: jnp.sum(clipped(x)))(x)


@program(normal(4, 4), normal(4))
def checkpointed(w, x):
    layer = jax.checkpoint(lambda x: jnp.tanh(w @ x))
    return jax.grad(lambda x: jnp.sum(layer(layer(x))))(x)
