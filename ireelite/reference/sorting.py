"""Sorts of StableHLO, and the largest elements of chlo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cmp_to_key

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.elementwise import total_order
from ireelite.reference.machine import Frame, Reference, is_scalar_code
from ireelite.reference.numbers import Array, dtype_of, integer, is_float, is_integer, widened
from ireelite.reference.steps import CALL, places


def sort(op: Operation, frame: Frame, *operands: Array) -> list[Array]:
    """Sorts along a dimension, stably, by a comparator of elements."""
    rank = operands[0].ndim
    axis = integer(op, "dimension", -1)
    axis = axis + rank if axis < 0 else axis
    results = [operand.copy() for operand in operands]
    moved = [np.moveaxis(result, axis, -1) for result in results]
    for place in places(moved[0].shape[:-1], CALL):
        rows = [array[place].copy() for array in moved]
        order = sorted_places(op, frame, rows)
        for array, row in zip(moved, rows):
            array[place] = row[order]
    return results


ALL_PAIRS = 1024
"""Elements of a line of which all pairs are compared at once."""

Before = Callable[[Array, Array], Array]
"""Whether the elements at some places of a line come before those at other places."""


def sorted_places(op: Operation, frame: Frame, rows: list[Array]) -> Array:
    """Returns the order of the elements of some lines, which move together."""
    count, region = len(rows[0]), op.regions[0]

    def before(a: Array, b: Array) -> Array:
        return frame.apply(region, [x for row in rows for x in (row[a], row[b])])[0]

    @cache
    def is_before(a: int, b: int) -> bool:
        return bool(before(np.asarray(a), np.asarray(b)))

    compared: Callable[[int, int], bool] = is_before
    if is_scalar_code(region.block):
        if count <= ALL_PAIRS:
            places = np.arange(count)
            table = before(*np.meshgrid(places, places, indexing="ij"))
            compared = lambda a, b: table[a, b]  # noqa: E731
        elif (order := merged_places(before, count)) is not None:
            return order

    def compare(a: int, b: int) -> int:
        return -1 if compared(a, b) else 1 if compared(b, a) else 0

    return np.array(sorted(range(count), key=cmp_to_key(compare)), np.int64)


def merged_places(before: Before, count: int) -> Array | None:
    """Returns the stable order by merging runs, each length of runs at once; None for a comparator
    that is no order.

    An element's place in two merged runs is its place in its own, and the number of elements of the
    other run that come before it, which a binary search finds.
    """
    order, places, width = np.arange(count), np.arange(count), 1
    while width < count:
        run = places // width
        is_left = run % 2 == 0
        other = np.minimum(np.where(is_left, run + 1, run - 1) * width, count)
        low, high = other.copy(), np.minimum(other + width, count)
        while (open := low < high).any():
            middle = (low + high) // 2
            mine, found = order, order[np.where(open, middle, 0)]
            comes_first = np.where(is_left, before(found, mine), ~before(mine, found))
            low = np.where(open & comes_first, middle + 1, low)
            high = np.where(open & ~comes_first, middle, high)
        start = np.where(is_left, run, run - 1) * width
        merged = np.full(count, -1)
        merged[start + places - run * width + low - other] = order
        if (merged < 0).any():
            return None
        order, width = merged, 2 * width
    return order


def top_k(op: Operation, frame: Frame, operand: Array) -> list[Array]:
    """Returns the k largest elements of each line, and where they stood; of equal ones the first."""
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
