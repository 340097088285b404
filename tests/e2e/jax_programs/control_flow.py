"""Loops, branches, and both nested."""

import jax
import jax.numpy as jnp
from inputs import integers, normal, program
from jax import lax


@program(integers(1, 1000))
def collatz_steps(n):
    def step(state):
        n, count = state
        return jnp.where(n % 2 == 0, n // 2, 3 * n + 1), count + 1

    return lax.while_loop(lambda state: state[0] != 1, step, (n, 0))[1]


@program(normal(4, 4), normal(4))
def power_iteration(matrix, vector):
    def step(_, v):
        v = matrix @ v
        return v / jnp.linalg.norm(v)

    return lax.fori_loop(0, 5, step, vector)


@program(integers(0, 3), normal(4))
def switch(index, x):
    return lax.switch(index, [jnp.sin, jnp.cos, lambda x: x * 2], x)


@program(normal(), normal(4))
def condition(predicate, x):
    return lax.cond(predicate > 0, lambda x: jnp.sum(x), lambda x: jnp.prod(x), x)


@program(normal(5, 3))
def nested_loops(x):
    def outer(i, total):
        def inner(j, total):
            return total + jnp.where(i < j, x[i, j], -x[i, j])

        return lax.fori_loop(0, 3, inner, total)

    return lax.fori_loop(0, 5, outer, 0.0)


@program(integers(0, 5, 6), normal(6))
def condition_in_scan(codes, values):
    def step(state, xs):
        code, value = xs
        state = lax.cond(code > 2, lambda s: s + value, lambda s: s * value, state)
        return state, state

    return lax.scan(step, jnp.float32(1), (codes, values))


@program(normal(4, 3))
def reversed_scan(x):
    return lax.scan(lambda s, row: (s + row, s * row), jnp.zeros(3), x, reverse=True)


@program(normal(5, 2))
def map_rows(x):
    return lax.map(lambda row: jnp.sort(row) * row.sum(), x)


@program(integers(0, 20))
def loop_of_dynamic_bounds(count):
    return lax.fori_loop(0, count, lambda i, s: s + i * i, 0)


@program(normal(8))
def associative_scan(x):
    return lax.associative_scan(jnp.maximum, x), lax.associative_scan(jnp.multiply, x)


@program(integers(0, 4, 5), normal(5, 3))
def batched_switch(index, x):
    branches = [jnp.sin, jnp.cos, jnp.tanh, lambda x: -x]
    return jax.vmap(lambda i, row: lax.switch(i, branches, row))(index, x)


@program(normal(6))
def batched_while(x):
    def one(x):
        return lax.while_loop(
            lambda s: s[0] < 10, lambda s: (s[0] * 2 + 1, s[1] + 1), (jnp.abs(x), 0)
        )

    return jax.vmap(one)(x)


@program(integers(0, 2, 16, 16))
def game_of_life(board):
    def step(board, _):
        neighbours = sum(
            jnp.roll(jnp.roll(board, dy, 0), dx, 1)
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
            if dy or dx
        )
        born = (board == 0) & (neighbours == 3)
        stays = (board == 1) & ((neighbours == 2) | (neighbours == 3))
        return (born | stays).astype(board.dtype), neighbours.max()

    return lax.scan(step, board, None, length=4)


@program(normal(12, 12))
def heat_equation(field):
    def step(_, u):
        inner = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        return u.at[1:-1, 1:-1].add(0.1 * inner)

    return lax.fori_loop(0, 10, step, field)
