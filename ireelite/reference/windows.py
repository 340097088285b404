"""Ops of StableHLO on windows: `reduce_window` and `select_and_scatter`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, integers
from ireelite.reference.reductions import fold
from ireelite.reference.shapes import padded
from ireelite.reference.steps import CALL, places


def pairs(numbers: Sequence[int]) -> tuple[list[int], list[int]]:
    """Returns the low and high edges of a list of pairs."""
    return list(numbers[::2]), list(numbers[1::2])


def windows_of(
    array: Array, size: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Array:
    """Returns each element of each window: a first dimension for the places in a window in
    row-major order, then one for each dimension of the windows.
    """
    shape = [
        max((n - (w - 1) * d - 1) // s + 1, 0) if n >= (w - 1) * d + 1 else 0
        for n, w, s, d in zip(array.shape, size, strides, dilations)
    ]
    parts = [
        array[
            tuple(
                slice(p * d, p * d + (n - 1) * s + 1, s) if n else slice(0, 0)
                for p, d, n, s in zip(place, dilations, shape, strides)
            )
        ]
        for place in places(size)
    ]
    return np.stack(parts)


def reduce_window(op: Operation, frame: Frame, *operands: Array) -> list[Array]:
    rank = operands[0].ndim
    ones = [1] * rank
    return reduce_windows(
        op,
        frame,
        operands,
        integers(op, "window_dimensions"),
        integers(op, "window_strides", ones),
        integers(op, "base_dilations", ones),
        integers(op, "window_dilations", ones),
        integers(op, "padding", [0] * 2 * rank),
    )


def dynamic_reduce_window(op: Operation, frame: Frame, *operands: Array) -> list[Array]:
    """Reduces windows that the last five operands describe."""
    windows = [[int(n) for n in array.ravel()] for array in operands[-5:]]
    return reduce_windows(op, frame, operands[:-5], *windows)


def reduce_windows(
    op: Operation,
    frame: Frame,
    operands: Sequence[Array],
    size: Sequence[int],
    strides: Sequence[int],
    base: Sequence[int],
    dilations: Sequence[int],
    padding: Sequence[int],
) -> list[Array]:
    """Folds each window of some arrays, which come before as many initial values."""
    count = len(operands) // 2
    inputs, inits = operands[:count], operands[count:]
    inner = [d - 1 for d in base]
    low, high = pairs(padding)
    stacked = [
        windows_of(padded(array, init, low, high, inner), size, strides, dilations)
        for array, init in zip(inputs, inits)
    ]
    folded = fold(frame, op.regions[0], inits, stacked)
    return [np.asarray(a).astype(dtype_of(r.type)) for a, r in zip(folded, op.results)]


def select_and_scatter(
    op: Operation, frame: Frame, operand: Array, source: Array, init: Array
) -> Array:
    """Adds each element of the source to the element that its window selects."""
    rank = operand.ndim
    size = integers(op, "window_dimensions", [1] * rank)
    strides = integers(op, "window_strides", [1] * rank)
    low, _ = pairs(integers(op, "padding", [0] * 2 * rank))
    result = np.full(operand.shape, init, operand.dtype)
    select, scatter = op.regions
    for place in places(source.shape, CALL * prod(size)):
        chosen: tuple[int, ...] | None = None
        for offset in np.ndindex(*size):
            at = tuple(p * s + o - a for p, s, o, a in zip(place, strides, offset, low))
            if not all(0 <= i < n for i, n in zip(at, operand.shape)):
                continue
            if chosen is None or not frame.run(select, [operand[chosen], operand[at]])[0]:
                chosen = at
        if chosen is not None:
            (result[chosen],) = frame.run(scatter, [result[chosen], source[place]])
    return result


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.dynamic_reduce_window": dynamic_reduce_window,
    "stablehlo.reduce_window": reduce_window,
    "stablehlo.select_and_scatter": select_and_scatter,
}
