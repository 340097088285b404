"""Ops of StableHLO that sum products: `dot_general` and its relatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import (
    Array,
    attribute,
    dtype_of,
    integer_list,
    is_integer,
    rounded,
    widened,
    word,
    wrapped,
)
from ireelite.reference.steps import CALL, places


def accumulator(array: Array, dtype: np.dtype[Any]) -> Array:
    """Elements in the type that sums of products are computed in: wider than the result's."""
    if is_integer(array.dtype):
        return widened(array)
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    wide = np.complex128 if "c" in (array.dtype.kind, dtype.kind) else np.float64
    return array.astype(wide)


def finished(array: Array, dtype: np.dtype[Any]) -> Array:
    """Sums in the type of a result."""
    if dtype.kind == "b":
        return array != 0
    if is_integer(dtype):
        return wrapped(array, dtype)
    return rounded(array, dtype)


def contract(
    lhs: Array,
    rhs: Array,
    batching: tuple[Sequence[int], Sequence[int]],
    contracting: tuple[Sequence[int], Sequence[int]],
    dtype: np.dtype[Any],
) -> Array:
    """Sums of products over contracting dimensions: batching dimensions, then those of each side."""
    left, right = accumulator(lhs, dtype), accumulator(rhs, dtype)
    names = iter(range(lhs.ndim + rhs.ndim))
    of_left, of_right = [-1] * lhs.ndim, [-1] * rhs.ndim
    for a, b in (*zip(*batching), *zip(*contracting)):
        of_left[a] = of_right[b] = next(names)
    batched = [of_left[d] for d in batching[0]]
    for axes in (of_left, of_right):
        for d, name in enumerate(axes):
            if name < 0:
                axes[d] = next(names)
    summed = [of_left[d] for d in contracting[0]]
    free = [n for n in (*of_left, *of_right) if n not in batched and n not in summed]
    result = np.einsum(left, of_left, right, of_right, [*batched, *free])
    return finished(np.asarray(result), dtype)


def dot_general(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    numbers: Any = attribute(op, "dot_dimension_numbers")
    batching = (
        integer_list(numbers.lhs_batching_dimensions),
        integer_list(numbers.rhs_batching_dimensions),
    )
    contracting = (
        integer_list(numbers.lhs_contracting_dimensions),
        integer_list(numbers.rhs_contracting_dimensions),
    )
    return contract(lhs, rhs, batching, contracting, dtype_of(op.results[0].type))


def dot(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    """Returns the last dimension of one with the first of the other."""
    dims = [lhs.ndim - 1], [0]
    return contract(lhs, rhs, ([], []), dims, dtype_of(op.results[0].type))


def einsum(op: Operation, frame: Frame, *operands: Array) -> Array:
    dtype = dtype_of(op.results[0].type)
    wide = [accumulator(operand, dtype) for operand in operands]
    return finished(np.asarray(np.einsum(word(op, "einsum_config"), *wide)), dtype)


def ragged_dot(op: Operation, frame: Frame, lhs: Array, rhs: Array, group_sizes: Array) -> Array:
    """Groups of rows, or of terms of the sums, each with a matrix of its own."""
    numbers: Any = attribute(op, "ragged_dot_dimension_numbers")
    batching = (
        integer_list(numbers.lhs_batching_dimensions),
        integer_list(numbers.rhs_batching_dimensions),
    )
    contracting = (
        integer_list(numbers.lhs_contracting_dimensions),
        integer_list(numbers.rhs_contracting_dimensions),
    )
    (ragged,) = integer_list(numbers.lhs_ragged_dimensions)
    groups = integer_list(numbers.rhs_group_dimensions)
    dtype = dtype_of(op.results[0].type)
    shape = op.results[0].type.get_shape()  # pyright: ignore
    result = np.zeros(shape, dtype)
    free = [d for d in range(lhs.ndim) if d not in batching[0] and d not in contracting[0]]
    for place in places(group_sizes.shape[:-1], CALL):
        ends = np.cumsum(group_sizes[place].astype(np.int64))
        starts = [0, *ends[:-1]]
        for number, (begin, end) in enumerate(zip(starts, ends)):
            part = [slice(None)] * lhs.ndim
            for d, p in zip([*batching[0], *free], place):
                part[d] = slice(p, p + 1)
            part[ragged] = slice(int(begin), int(end))
            other: list[Any] = [slice(None)] * rhs.ndim
            target: list[Any] = [slice(None)] * result.ndim
            for n, (a, b) in enumerate(zip(*batching)):
                other[b] = part[a]
                target[n] = part[a]
            for n, d in enumerate(free):
                target[len(batching[0]) + n] = part[d]
            if ragged in contracting[0]:
                other[contracting[1][contracting[0].index(ragged)]] = part[ragged]
                products = contract(
                    lhs[tuple(part)], rhs[tuple(other)], batching, contracting, dtype
                )
                result[(number, *target[: result.ndim - 1])] = products
                continue
            if ragged in batching[0]:
                result[tuple(target)] = contract(
                    lhs[tuple(part)], rhs[tuple(other)], batching, contracting, dtype
                )
                continue
            other[groups[0]] = number
            dims = [d - (d > groups[0]) for d in contracting[1]]
            batch = [d - (d > groups[0]) for d in batching[1]]
            result[tuple(target)] = contract(
                lhs[tuple(part)],
                rhs[tuple(other)],
                (batching[0], batch),
                (contracting[0], dims),
                dtype,
            )
    return result


REFERENCES: Mapping[str, Reference] = {
    "chlo.ragged_dot": ragged_dot,
    "stablehlo.dot": dot,
    "stablehlo.dot_general": dot_general,
    "stablehlo.einsum": einsum,
    "stablehlo.unary_einsum": einsum,
}
