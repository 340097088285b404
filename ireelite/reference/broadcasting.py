"""Ops of chlo that broadcast their operands, then compute what an op of StableHLO does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from xdsl.ir import Operation

from ireelite.reference import elementwise, special_functions
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, integers
from ireelite.reference.shapes import broadcast_to


def alike(op: Operation, lhs: Array, rhs: Array) -> tuple[Array, Array]:
    """Operands of one shape: the smaller one's dimensions are the last of the larger one's, unless
    the op names them.
    """
    small = min((lhs, rhs), key=lambda array: array.ndim)
    rank = max(lhs.ndim, rhs.ndim)
    dims = integers(op, "broadcast_dimensions", range(rank - small.ndim, rank))
    shapes = []
    for array in (lhs, rhs):
        own = list(dims) if array.ndim == small.ndim and array.ndim < rank else list(range(rank))
        line = [1] * rank
        for d, size in zip(own, array.shape):
            line[d] = size
        shapes.append((array, own, line))
    shape = np.broadcast_shapes(*(tuple(line) for _, _, line in shapes))
    left, right = (broadcast_to(array, own, shape) for array, own, _ in shapes)
    return left, right


def broadcasting(reference: Reference) -> Reference:
    """Returns an op of two tensors after broadcasting them."""

    def broadcast(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
        return reference(op, frame, *alike(op, lhs, rhs))

    return broadcast


def select(op: Operation, frame: Frame, pred: Array, on_true: Array, on_false: Array) -> Array:
    return np.where(*np.broadcast_arrays(pred, on_true, on_false)).astype(on_true.dtype)


NAMES = (
    "add and atan2 compare complex divide maximum minimum multiply or power remainder shift_left "
    "shift_right_arithmetic shift_right_logical subtract xor"
).split()

REFERENCES: Mapping[str, Reference] = {
    **{
        f"chlo.broadcast_{name}": broadcasting(elementwise.REFERENCES[f"stablehlo.{name}"])
        for name in NAMES
    },
    **{
        f"chlo.broadcast_{name}": broadcasting(special_functions.REFERENCES[f"chlo.{name}"])
        for name in ("next_after", "polygamma", "zeta")
    },
    "chlo.broadcast_select": select,
}
