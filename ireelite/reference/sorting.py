"""Sorts of StableHLO, and the largest elements of chlo."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cmp_to_key

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.elementwise import total_order
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, integer, is_float, is_integer, widened


def sort(op: Operation, frame: Frame, *operands: Array) -> list[Array]:
    """Stable along a dimension, by a comparator of elements."""
    rank = operands[0].ndim
    axis = integer(op, "dimension", -1)
    axis = axis + rank if axis < 0 else axis
    results = [operand.copy() for operand in operands]
    moved = [np.moveaxis(result, axis, -1) for result in results]
    for place in np.ndindex(*moved[0].shape[:-1]):
        rows = [array[place].copy() for array in moved]
        order = sorted_places(op, frame, rows)
        for array, row in zip(moved, rows):
            array[place] = row[order]
    return results


def sorted_places(op: Operation, frame: Frame, rows: list[Array]) -> Array:
    """The order of the elements of some lines, which move together."""
    count = len(rows[0])
    arguments = [np.asarray(x) for row in rows for x in (row[:, None], row[None, :])]
    pairs = [np.broadcast_to(a, (count, count)) for a in arguments]
    (before,) = frame.apply(op.regions[0], pairs)

    def compare(a: int, b: int) -> int:
        return -1 if before[a, b] else 1 if before[b, a] else 0

    return np.array(sorted(range(count), key=cmp_to_key(compare)), np.int64)


def top_k(op: Operation, frame: Frame, operand: Array) -> list[Array]:
    """The k largest elements of each line, and where they stood; of equal ones the first."""
    count = integer(op, "k")
    if is_float(operand.dtype):
        keys = total_order(operand)
        order = np.argsort(~keys, axis=-1, kind="stable")
    elif is_integer(operand.dtype):
        order = np.argsort(~widened(operand), axis=-1, kind="stable")
    else:
        order = np.argsort(~operand, axis=-1, kind="stable")
    places = order[..., :count]
    return [np.take_along_axis(operand, places, -1), places.astype(dtype_of(op.results[1].type))]


REFERENCES: Mapping[str, Reference] = {
    "chlo.top_k": top_k,
    "stablehlo.sort": sort,
}
