"""Updates at indices."""

import jax
import jax.numpy as jnp
from inputs import integers, normal, program
from jax import lax


@program(normal(6, 3), integers(0, 6, 4), normal(4, 3))
def scatter_forms(x, index, update):
    return (
        x.at[index[0]].set(update[0]),
        x.at[index].add(update),
        x.at[index].max(update),
        x.at[index].multiply(2),
    )


@program(normal(10), integers(0, 4, 10))
def segments(x, ids):
    return jax.ops.segment_sum(x, ids, 4), jax.ops.segment_max(x, ids, 4)


@program(normal(5, 5))
def diagonal_update(x):
    index = jnp.arange(5)
    return x.at[index, index].set(0.0).at[0, :].min(0.25)


@program(normal(8), integers(-12, 12, 6), normal(6))
def out_of_range(x, index, update):
    return x.at[index].set(update[0], mode="drop"), x.at[index].add(update, mode="clip")


@program(normal(6, 6), normal(2, 2), integers(0, 6, 2))
def dynamic_update(x, block, start):
    return lax.dynamic_update_slice(x, block, (start[0], start[1]))


@program(integers(0, 5, 20), integers(0, 5, 20))
def confusion_matrix(true, predicted):
    return jnp.zeros((5, 5), jnp.int32).at[true, predicted].add(1)


@program(integers(0, 8, 12), normal(12, 2), normal(8, 2))
def message_passing(targets, messages, nodes):
    total = jax.ops.segment_sum(messages, targets, 8)
    count = jax.ops.segment_sum(jnp.ones(12), targets, 8)
    return nodes + total / jnp.maximum(count, 1)[:, None]
