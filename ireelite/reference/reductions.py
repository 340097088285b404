"""Ops of StableHLO that fold tensors with a function: reductions and maps.

The specification leaves the order open; here elements are folded in the order of their indices,
and many of them pairwise, neighbours first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from xdsl.ir import Operation, Region

from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, flag, integer, integers
from ireelite.reference.steps import CALL, check_steps

LONGEST_CHAIN = 4096
"""Elements that are folded one by one."""


def reduce(op: Operation, frame: Frame, *operands: Array) -> list[Array]:
    count = len(operands) // 2
    inputs, inits = operands[:count], operands[count:]
    dims = integers(op, "dimensions")
    lined = [lines(array, dims) for array in inputs]
    folded = fold(frame, op.regions[0], inits, lined)
    return [array.astype(dtype_of(r.type)) for array, r in zip(folded, op.results)]


def lines(array: Array, dims: Sequence[int]) -> Array:
    """Returns the elements along some dimensions as one first dimension."""
    kept = [d for d in range(array.ndim) if d not in dims]
    shape = [array.shape[d] for d in kept]
    moved = array.transpose([*sorted(dims), *kept])
    return moved.reshape(int(np.prod([array.shape[d] for d in dims], dtype=np.int64)), *shape)


def fold(
    frame: Frame, body: Region, inits: Sequence[Array], arrays: Sequence[Array]
) -> list[Array]:
    """Folds arrays along their first dimension, beginning with init values."""
    shape = arrays[0].shape[1:]
    results = [np.broadcast_to(init, shape) for init in inits]
    if len(arrays[0]) > LONGEST_CHAIN:
        arrays = [array[None] for array in fold_pairs(frame, body, arrays)]
    for place in range(len(arrays[0])):
        results = frame.apply(body, [*results, *(array[place] for array in arrays)])
    if not len(arrays[0]):
        dtypes = [dtype_of(v.type) for v in list(body.block.ops)[-1].operands]
        results = [np.asarray(r).astype(t) for r, t in zip(results, dtypes)]
    return results


def fold_pairs(frame: Frame, body: Region, arrays: Sequence[Array]) -> list[Array]:
    """Folds arrays along their first dimension, neighbours with neighbours."""
    while (count := len(arrays[0])) > 1:
        even = count - count % 2
        left, right = [a[:even:2] for a in arrays], [a[1:even:2] for a in arrays]
        paired = frame.apply(body, [*left, *right])
        arrays = [np.concatenate([p, a[even:]]) for p, a in zip(paired, arrays)]
    return [array[0] for array in arrays]


def map_(op: Operation, frame: Frame, *operands: Array) -> Array:
    return frame.apply(op.regions[0], operands)[0]


def scan(op: Operation, frame: Frame, *operands: Array) -> list[Array]:
    """Carries values along a dimension, and keeps what the body yields at each place."""
    inputs = operands[: len(operands) - carried(op)]
    carries = list(operands[len(inputs) :])
    axis, region = integer(op, "dimension"), op.regions[0]
    outputs = len(op.results) - len(carries)
    length = inputs[0].shape[axis] if inputs else integer(op, "scan_dim_size")
    check_steps(length, CALL)
    order = range(length)
    rows: list[list[Array]] = [[] for _ in range(outputs)]
    places = reversed(order) if flag(op, "is_reverse") else order
    for place in places:
        parts = [np.take(array, place, axis) for array in inputs]
        yielded = frame.run(region, [*parts, *carries])
        carries = yielded[outputs:]
        for row, value in zip(rows, yielded):
            row.append(value)
    if flag(op, "is_reverse"):
        rows = [row[::-1] for row in rows]
    empty = [np.zeros(r.type.get_shape(), dtype_of(r.type)) for r in op.results[:outputs]]  # pyright: ignore
    stacked = [np.stack(row, axis) if row else e for row, e in zip(rows, empty)]
    return [*stacked, *carries]


def carried(op: Operation) -> int:
    """Returns how many values a scan carries: the second group of its operands."""
    sizes = integers(op, "operandSegmentSizes")
    return sizes[1]


REFERENCES: Mapping[str, Reference] = {
    "chlo.scan": scan,
    "stablehlo.map": map_,
    "stablehlo.reduce": reduce,
}
