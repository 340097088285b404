"""Ops of StableHLO whose places are computed: dynamic slices, gather, scatter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr
from xdsl.ir import Attribute, Operation

from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import (
    Array,
    attribute,
    integer,
    integer_list,
    integers,
    number,
    widened,
)
from ireelite.reference.shapes import sizes
from ireelite.reference.steps import CALL
from ireelite.reference.steps import places as every_place

Index = tuple[int, ...]


def clamped_starts(starts: Sequence[Array], shape: Sequence[int], size: Sequence[int]) -> list[int]:
    """Starts moved so that a slice of this size is inside."""
    return [min(max(int(s), 0), whole - part) for s, whole, part in zip(starts, shape, size)]


def dynamic_slice(op: Operation, frame: Frame, operand: Array, *starts: Array) -> Array:
    size = integers(op, "slice_sizes")
    first = clamped_starts(starts, operand.shape, size)
    return operand[tuple(slice(a, a + n) for a, n in zip(first, size))].copy()


def dynamic_update_slice(
    op: Operation, frame: Frame, operand: Array, update: Array, *starts: Array
) -> Array:
    first = clamped_starts(starts, operand.shape, update.shape)
    result = operand.copy()
    result[tuple(slice(a, a + n) for a, n in zip(first, update.shape))] = update
    return result


# -- gather --------------------------------------------------------------------------------------------


class Numbering:
    """The fields of a gather's or a scatter's dimension numbers, by their names."""

    def __init__(self, op: Operation, name: str):
        self.attribute: Any = attribute(op, name)

    def __getitem__(self, name: str) -> list[int]:
        value: Attribute = getattr(self.attribute, name)
        assert isinstance(value, DenseArrayBase)
        return integer_list(value)

    @property
    def vector(self) -> int:
        """The dimension of the indices that holds the parts of one index."""
        value = self.attribute.index_vector_dim
        assert isinstance(value, IntegerAttr)
        return number(value)


def start_index(indices: Array, place: Sequence[int], vector: int) -> Array:
    """Returns the index vector at a place of the other dimensions."""
    if vector == indices.ndim:
        return indices[tuple(place)].reshape(1)
    return indices[(*place[:vector], slice(None), *place[vector:])]


def full_index(
    rank: int,
    start: Sequence[int],
    start_map: Sequence[int],
    place: Sequence[int],
    batching: Sequence[tuple[int, int]],
    vector: int,
) -> list[int]:
    """Returns where a slice begins: parts of the index, and places in batching dimensions."""
    full = [0] * rank
    for part, dim in zip(start, start_map):
        full[dim] = int(part)
    for dim, source in batching:
        full[dim] += place[source - (0 if source < vector else 1)]
    return full


def gather(op: Operation, frame: Frame, operand: Array, indices: Array) -> Array:
    return gathered(op, operand, indices, integers(op, "slice_sizes"))


def dynamic_gather(
    op: Operation, frame: Frame, operand: Array, indices: Array, slice_sizes: Array
) -> Array:
    return gathered(op, operand, indices, sizes(slice_sizes))


def gathered(op: Operation, operand: Array, indices: Array, size: Sequence[int]) -> Array:
    """Returns a slice of the operand for each index, which is clamped."""
    n = Numbering(op, "dimension_numbers")
    vector, offsets = n.vector, n["offset_dims"]
    indices = widened(indices)
    batch_shape = [s for d, s in enumerate(indices.shape) if d != vector]
    gone = {*n["collapsed_slice_dims"], *n["operand_batching_dims"]}
    window = [s for d, s in enumerate(size) if d not in gone]
    rank = len(batch_shape) + len(window)
    batch_dims = [d for d in range(rank) if d not in offsets]
    shape = [0] * rank
    for d, s in zip((*batch_dims, *offsets), (*batch_shape, *window)):
        shape[d] = s
    result = np.zeros(shape, operand.dtype)
    batching = list(zip(n["operand_batching_dims"], n["start_indices_batching_dims"]))
    start_map = n["start_index_map"]
    for place in every_place(batch_shape):
        start = start_index(indices, place, vector)
        clamped = [
            min(max(int(s), 0), operand.shape[d] - size[d]) for s, d in zip(start, start_map)
        ]
        first = full_index(operand.ndim, clamped, start_map, place, batching, vector)
        part = operand[tuple(slice(a, a + s) for a, s in zip(first, size))]
        target: list[Any] = [slice(None)] * rank
        for d, p in zip(batch_dims, place):
            target[d] = p
        result[tuple(target)] = part.reshape(window)
    return result


def torch_index_select(op: Operation, frame: Frame, operand: Array, index: Array) -> Array:
    """Rows along a dimension, for each batch of the leading dimensions; negative ones count from the
    end.
    """
    dim = integer(op, "dim") % operand.ndim
    batch = integer(op, "batch_dims")
    batch += index.ndim if batch < 0 else 0
    size = operand.shape[dim]
    places = np.clip(widened(index).astype(np.int64), 0, size - 1)
    shape = (*operand.shape[:dim], *places.shape[batch:], *operand.shape[dim + 1 :])
    result = np.zeros(shape, operand.dtype)
    for place in every_place(operand.shape[:batch]):
        result[place] = np.take(operand[place], places[place], dim - batch)
    return result


# -- scatter -------------------------------------------------------------------------------------------


def scatter(op: Operation, frame: Frame, *operands: Array) -> list[Array]:
    """Updates in the order of their places; those that are not inside have no effect."""
    count = len(operands) // 2
    inputs, indices, updates = operands[:count], operands[count], operands[count + 1 :]
    results = [array.copy() for array in inputs]
    for place, target in scatter_places(op, indices, updates[0].shape, results[0].shape):
        old = [result[target] for result in results]
        new = [update[place] for update in updates]
        for result, value in zip(results, frame.run(op.regions[0], [*old, *new])):
            result[target] = value
    return results


def scatter_places(
    op: Operation, indices: Array, updates: Sequence[int], shape: Sequence[int]
) -> Iterator[tuple[Index, Index]]:
    """Yields (index of an update, index of the result that it goes to), for those that are inside."""
    n = Numbering(op, "scatter_dimension_numbers")
    vector, window_dims = n.vector, n["update_window_dims"]
    indices = widened(indices)
    scatter_dims = [d for d in range(len(updates)) if d not in window_dims]
    inserted = {*n["inserted_window_dims"], *n["input_batching_dims"]}
    kept = [d for d in range(len(shape)) if d not in inserted]
    batching = list(zip(n["input_batching_dims"], n["scatter_indices_batching_dims"]))
    start_map = n["scatter_dims_to_operand_dims"]
    for place in every_place(updates, CALL):
        where = [place[d] for d in scatter_dims]
        start = [int(s) for s in start_index(indices, where, vector)]
        target = full_index(len(shape), start, start_map, where, batching, vector)
        for dim, d in zip(kept, window_dims):
            target[dim] += place[d]
        if all(0 <= t < s for t, s in zip(target, shape)):
            yield place, tuple(target)


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.dynamic_gather": dynamic_gather,
    "stablehlo.dynamic_slice": dynamic_slice,
    "stablehlo.dynamic_update_slice": dynamic_update_slice,
    "stablehlo.gather": gather,
    "stablehlo.scatter": scatter,
    "stablehlo.torch_index_select": torch_index_select,
}
