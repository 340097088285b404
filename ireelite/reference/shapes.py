"""Ops of StableHLO that move whole tensors, or make them from nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from xdsl.ir import Operation

from ireelite.dialects.tensor_types import shape_of
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import (
    Array,
    attribute,
    constant,
    dtype_of,
    integer,
    integers,
    is_integer,
    wrapped,
)
from ireelite.status import invalid_argument


def make_constant(op: Operation, frame: Frame) -> Array:
    value = attribute(op, "value")
    assert value is not None
    return constant(value, op.results[0].type)


def constant_like(op: Operation, frame: Frame, operand: Array) -> Array:
    value = attribute(op, "value")
    assert value is not None
    return np.full(operand.shape, constant(value, op.results[0].type))


def iota(op: Operation, frame: Frame) -> Array:
    return counted(op, shape_of(op.results[0]))


def dynamic_iota(op: Operation, frame: Frame, shape: Array) -> Array:
    return counted(op, sizes(shape))


def counted(op: Operation, shape: Sequence[int]) -> Array:
    """Indices along a dimension."""
    axis, dtype = integer(op, "iota_dimension"), dtype_of(op.results[0].type)
    places = np.arange(shape[axis], dtype=np.int64)
    numbers = wrapped(places, dtype) if is_integer(dtype) else places.astype(dtype)
    line = [1] * len(shape)
    line[axis] = shape[axis]
    return np.broadcast_to(numbers.reshape(line), tuple(shape)).copy()


def sizes(array: Array) -> list[int]:
    """Returns the numbers in a tensor of rank 1."""
    return [int(size) for size in array.astype(np.int64)]


def reshape(op: Operation, frame: Frame, operand: Array) -> Array:
    return operand.reshape(shape_of(op.results[0]))


def dynamic_reshape(op: Operation, frame: Frame, operand: Array, shape: Array) -> Array:
    if operand.size != int(np.prod(sizes(shape))):
        raise invalid_argument(f"can't give shape {sizes(shape)} to {operand.size} elements")
    return operand.reshape(sizes(shape))


def inferred_reshape(op: Operation, frame: Frame, operand: Array, shape: Array) -> Array:
    """Reshapes to a shape with at most one -1, which follows from the number of elements."""
    wanted = sizes(shape)
    rows = int(np.prod([size for size in wanted if size != -1]))
    settled = [operand.size // max(rows, 1) if size == -1 else size for size in wanted]
    if wanted.count(-1) > 1 or operand.size != int(np.prod(settled)):
        raise invalid_argument(f"can't give shape {wanted} to {operand.size} elements")
    return operand.reshape(settled)


def broadcast_in_dim(op: Operation, frame: Frame, operand: Array) -> Array:
    return broadcast_to(operand, integers(op, "broadcast_dimensions"), shape_of(op.results[0]))


def dynamic_broadcast_in_dim(op: Operation, frame: Frame, operand: Array, shape: Array) -> Array:
    return broadcast_to(operand, integers(op, "broadcast_dimensions"), sizes(shape))


def broadcast_to(operand: Array, dimensions: Sequence[int], shape: Sequence[int]) -> Array:
    """Broadcasts: dimension i of the operand becomes dimension `dimensions[i]` of a shape."""
    order = sorted(range(operand.ndim), key=lambda d: dimensions[d])
    line = [1] * len(shape)
    for d in order:
        line[dimensions[d]] = operand.shape[d]
    return np.broadcast_to(operand.transpose(order).reshape(line), tuple(shape)).copy()


def broadcast(op: Operation, frame: Frame, operand: Array) -> Array:
    return np.broadcast_to(operand, (*integers(op, "broadcast_sizes"), *operand.shape)).copy()


def transpose(op: Operation, frame: Frame, operand: Array) -> Array:
    return operand.transpose(integers(op, "permutation")).copy()


def reverse(op: Operation, frame: Frame, operand: Array) -> Array:
    return np.flip(operand, tuple(integers(op, "dimensions"))).copy()


def concatenate(op: Operation, frame: Frame, *operands: Array) -> Array:
    return np.concatenate(operands, integer(op, "dimension"))


def slice_(op: Operation, frame: Frame, operand: Array) -> Array:
    names = ("start_indices", "limit_indices", "strides")
    return sliced(operand, *(integers(op, name) for name in names))


def real_dynamic_slice(
    op: Operation, frame: Frame, operand: Array, starts: Array, limits: Array, strides: Array
) -> Array:
    return sliced(operand, sizes(starts), sizes(limits), sizes(strides))


def sliced(
    operand: Array, starts: Sequence[int], limits: Sequence[int], strides: Sequence[int]
) -> Array:
    """Returns the elements from starts to below limits, in steps."""
    return operand[tuple(map(slice, starts, limits, strides))].copy()


def pad(op: Operation, frame: Frame, operand: Array, value: Array) -> Array:
    names = ("edge_padding_low", "edge_padding_high", "interior_padding")
    return padded(operand, value, *(integers(op, name) for name in names))


def dynamic_pad(
    op: Operation, frame: Frame, operand: Array, value: Array, low: Array, high: Array, inner: Array
) -> Array:
    return padded(operand, value, sizes(low), sizes(high), sizes(inner))


def padded(
    operand: Array, value: Array, low: Sequence[int], high: Sequence[int], inner: Sequence[int]
) -> Array:
    """Elements with a value between them and around them; negative edges remove elements."""
    spread = [n + max(n - 1, 0) * i for n, i in zip(operand.shape, inner)]
    shape = [max(a + n + b, 0) for a, n, b in zip(low, spread, high)]
    result = np.full(shape, value, operand.dtype)
    places = [a + np.arange(n) * (i + 1) for a, n, i in zip(low, operand.shape, inner)]
    inside = [(p >= 0) & (p < n) for p, n in zip(places, shape)]
    if operand.ndim == 0:
        return operand.copy()
    result[np.ix_(*(p[keep] for p, keep in zip(places, inside)))] = operand[np.ix_(*inside)]
    return result


def dimension_size(op: Operation, frame: Frame, operand: Array) -> Array:
    return np.asarray(operand.shape[integer(op, "dimension")], dtype_of(op.results[0].type))


def set_dimension_size(op: Operation, frame: Frame, operand: Array, size: Array) -> Array:
    """Returns the elements below the new size."""
    axis = integer(op, "dimension")
    return np.take(operand, np.arange(int(size)), axis)


REFERENCES: Mapping[str, Reference] = {
    "chlo.constant": make_constant,
    "chlo.constant_like": constant_like,
    "stablehlo.broadcast": broadcast,
    "stablehlo.broadcast_in_dim": broadcast_in_dim,
    "stablehlo.concatenate": concatenate,
    "stablehlo.constant": make_constant,
    "stablehlo.dynamic_broadcast_in_dim": dynamic_broadcast_in_dim,
    "stablehlo.dynamic_iota": dynamic_iota,
    "stablehlo.dynamic_pad": dynamic_pad,
    "chlo.dynamic_reshape": inferred_reshape,
    "stablehlo.dynamic_reshape": dynamic_reshape,
    "stablehlo.get_dimension_size": dimension_size,
    "stablehlo.iota": iota,
    "stablehlo.pad": pad,
    "stablehlo.real_dynamic_slice": real_dynamic_slice,
    "stablehlo.reshape": reshape,
    "stablehlo.reverse": reverse,
    "stablehlo.set_dimension_size": set_dimension_size,
    "stablehlo.slice": slice_,
    "stablehlo.transpose": transpose,
}
