"""Tiled layouts, padding, generated tensors and the softmax, from MLIR's definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.ir import Operation, Region

from ireelite.dialects.extensions.linalg.packing import LayoutOp, SoftmaxOp
from ireelite.dialects.extensions.tensor_extra import GenerateOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of
from ireelite.reference.steps import CALL, places


def tiles_of(op: LayoutOp, frame: Frame) -> dict[int, int]:
    """Returns the elements of a tile for each dimension of the plain layout that has tiles."""
    computed = iter(op.inner_tiles)
    sizes = [int(frame.environment[next(computed)]) if n == DYNAMIC_INDEX else n for n in op.tiles]
    return dict(zip(op.dims, sizes, strict=True))


def pack(op: LayoutOp, frame: Frame, source: Array, target: Array, *rest: Array) -> Array:
    """Fills up each dimension that has tiles to whole ones, and divides it."""
    tiles = tiles_of(op, frame)
    rank = source.ndim
    full = [-(-n // tiles.get(d, 1)) * tiles.get(d, 1) for d, n in enumerate(source.shape)]
    filler = 0 if op.padding_value is None else frame.environment[op.padding_value]
    whole = np.full(full, filler, source.dtype)
    whole[tuple(map(slice, source.shape))] = source
    split = [m for d, n in enumerate(full) for m in (n // tiles.get(d, 1), tiles.get(d, 1))]
    order = [2 * d for d in op.order(rank)] + [2 * d + 1 for d in op.dims]
    order += [2 * d + 1 for d in range(rank) if d not in tiles]
    return whole.reshape(split).transpose(order).reshape(target.shape)


def unpack(op: LayoutOp, frame: Frame, source: Array, target: Array, *rest: Array) -> Array:
    """Returns the tiles beside each other, without what fills them up."""
    tiles, rank = tiles_of(op, frame), target.ndim
    units = [d for d in range(rank) if d not in tiles]
    order = [2 * d for d in op.order(rank)] + [2 * d + 1 for d in (*op.dims, *units)]
    spread = source.reshape(*source.shape, *[1] * len(units))
    split = spread.transpose(np.argsort(order))
    full = [split.shape[2 * d] * split.shape[2 * d + 1] for d in range(rank)]
    return split.reshape(full)[tuple(map(slice, target.shape))].copy()


def softmax(op: SoftmaxOp, frame: Frame, operand: Array, target: Array) -> Array:
    axis = op.dimension.value.data
    powers = np.exp(operand - operand.max(axis, keepdims=True))
    return (powers / powers.sum(axis, keepdims=True)).astype(target.dtype)


def numbers(op: Any, frame: Frame, operands: str, static: str) -> list[int]:
    """Returns a list of numbers, some of which are operands."""
    computed = iter(getattr(op, operands))
    return [
        int(frame.environment[next(computed)]) if n == DYNAMIC_INDEX else int(n)
        for n in getattr(op, static).get_values()
    ]


def generated(body: Region, shape: list[int], type: Any, frame: Frame) -> Array:
    """Returns the element that a region yields of each index."""
    result = np.zeros(shape, dtype_of(type))
    for place in places(shape, CALL):
        (result[place],) = frame.run(body, [np.asarray(i, np.int64) for i in place])
    return result


def pad(op: tensor.PadOp, frame: Frame, source: Array, *rest: Array) -> Array:
    low = numbers(op, frame, "low", "static_low")
    high = numbers(op, frame, "high", "static_high")
    shape = [a + n + b for a, n, b in zip(low, source.shape, high)]
    result = generated(op.region, shape, op.result.type, frame)
    result[tuple(slice(a, a + n) for a, n in zip(low, source.shape))] = source
    return result


def generate(op: GenerateOp, frame: Frame, *extents: Array) -> Array:
    rest = iter(extents)
    shape = [int(next(rest)) if n == DYNAMIC_INDEX else n for n in shape_of(op.result)]
    return generated(op.body, shape, op.result.type, frame)


def reshape(op: Operation, frame: Frame, source: Array, shape: Array) -> Array:
    return source.reshape([int(n) for n in shape])


REFERENCES: Mapping[str, Reference] = {
    "linalg.pack": pack,
    "linalg.softmax": softmax,
    "linalg.unpack": unpack,
    "tensor.generate": generate,
    "tensor.pad": pad,
    "tensor.reshape": reshape,
}
