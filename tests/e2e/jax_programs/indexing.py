"""Reads at indices, shapes and axes."""

import jax.numpy as jnp
from inputs import integers, normal, program
from jax import lax


@program(normal(5, 4), integers(0, 5, 3), integers(0, 4, 3))
def gathers(x, rows, columns):
    return x[rows], x[:, columns], x[rows, columns], x[rows[:, None], columns]


@program(normal(4, 6), integers(0, 6, 4, 2))
def along_axis(x, index):
    return jnp.take_along_axis(x, index, 1), jnp.take(x, index[0], axis=1, mode="clip")


@program(normal(6, 7), integers(0, 9, 2))
def dynamic_slices(x, start):
    return (
        lax.dynamic_slice(x, (start[0], start[1]), (3, 2)),
        lax.dynamic_index_in_dim(x, start[0], 0),
        lax.dynamic_slice_in_dim(x, start[1], 2, 1),
    )


@program(normal(6), integers(-9, 9, 5))
def wrapped_indices(x, index):
    return (
        x[index % 6],
        jnp.take(x, index, mode="wrap"),
        jnp.take(x, index, mode="fill", fill_value=-1),
    )


@program(normal(2, 3, 4))
def axes(x):
    return (
        jnp.transpose(x, (2, 0, 1)),
        jnp.swapaxes(x, 0, 1),
        jnp.moveaxis(x, 0, -1),
        x[::-1, ::2],
        jnp.rot90(x),
    )


@program(normal(3, 4))
def pads(x):
    return (
        jnp.pad(x, ((1, 2), (0, 1)), constant_values=7.0),
        jnp.pad(x, 1, mode="reflect"),
        jnp.pad(x, 1, mode="edge"),
        lax.pad(x, 0.0, ((1, 1, 1), (-1, 0, 2))),
    )


@program(normal(2, 3), normal(2, 3))
def joins(x, y):
    return (
        jnp.concatenate([x, y], 1),
        jnp.stack([x, y], 1),
        jnp.tile(x, (2, 2)),
        jnp.repeat(x, 3, axis=0),
        jnp.split(y, 3, 1),
    )


@program(normal(4, 4))
def triangles(x):
    return jnp.tril(x), jnp.triu(x, 1), jnp.diag(x), jnp.diagflat(x[0]), jnp.eye(3), jnp.flip(x, 0)


@program(integers(0, 10, 6))
def one_hot(x):
    return jnp.eye(10)[x], (x[:, None] == jnp.arange(10)).astype(jnp.int32)


@program(normal(3, 5), integers(0, 2, 3, 5, dtype="bool"))
def masks(x, mask):
    return (
        jnp.where(mask, x, 0),
        jnp.select([x > 1, x > 0], [x, -x], 9.0),
        jnp.choose(mask.astype(jnp.int32), [x, -x], mode="clip"),
    )


@program(normal(1, 3, 1, 2))
def shapes(x):
    return (
        jnp.squeeze(x),
        x.reshape(-1),
        jnp.broadcast_to(x, (2, 3, 4, 2)),
        jnp.expand_dims(x, 2),
        jnp.roll(x, 1, 1),
    )


@program(normal(6, 6))
def windows(x):
    rows = jnp.arange(4)[:, None] + jnp.arange(3)
    return x[rows].mean(1), x[1:5:2, 2:], x[..., None, 0]


@program(normal(4), normal(3), normal(4, 3))
def unused_arguments(x, y, z):
    return x * 2


@program(normal(3), normal(3))
def passed_through(x, y):
    return y, x, x, jnp.float32(3.5), jnp.zeros((0, 4)), jnp.arange(3)
