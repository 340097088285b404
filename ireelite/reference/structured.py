"""Ops of `tensor` and `linalg`, from MLIR's definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.dialects import linalg, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import Operation

from ireelite.reference.conversions import bitcast
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, integers

# -- tensor --------------------------------------------------------------------------------------------


def same(op: Operation, frame: Frame, operand: Array) -> Array:
    return operand


def dimension(op: Operation, frame: Frame, operand: Array, axis: Array) -> Array:
    return np.asarray(operand.shape[int(axis)], np.int64)


def empty(op: Operation, frame: Frame, *extents: Array) -> Array:
    """Zeros: what an empty tensor holds is open."""
    (result,) = op.results
    assert isinstance(result.type, TensorType)
    sizes = iter(extents)
    shape = [int(next(sizes)) if n == DYNAMIC_INDEX else n for n in result.type.get_shape()]
    return np.zeros(shape, dtype_of(result.type))


def extract(op: Operation, frame: Frame, operand: Array, *indices: Array) -> Array:
    return operand[tuple(map(int, indices))]


def insert(op: Operation, frame: Frame, scalar: Array, operand: Array, *indices: Array) -> Array:
    result = operand.copy()
    result[tuple(map(int, indices))] = scalar
    return result


def from_elements(op: Operation, frame: Frame, *elements: Array) -> Array:
    (result,) = op.results
    assert isinstance(result.type, TensorType)
    return np.array(elements, dtype_of(result.type)).reshape(result.type.get_shape())


def splat(op: Operation, frame: Frame, scalar: Array, *extents: Array) -> Array:
    return np.full_like(empty(op, frame, *extents), scalar)


def reshaped(op: Operation, frame: Frame, operand: Array, *extents: Array) -> Array:
    """The shape that the result's type says, whose open sizes follow from the operand's."""
    (result,) = op.results
    assert isinstance(result.type, TensorType)
    shape = list(result.type.get_shape())
    if DYNAMIC_INDEX not in shape:
        return operand.reshape(shape)
    groups = [list(map(int, g)) for g in op.properties["reassociation"].data]  # pyright: ignore
    if op.name.endswith("collapse_shape"):
        return operand.reshape([prod(operand.shape[d] for d in group) for group in groups])
    sizes = iter(extents)
    return operand.reshape([int(next(sizes)) if n == DYNAMIC_INDEX else n for n in shape])


def bits(op: Operation, frame: Frame, operand: Array) -> Array:
    return bitcast(operand, dtype_of(op.results[0].type))


def ranges(op: Any, values: Sequence[Array]) -> tuple[slice, ...]:
    """The slice that static and computed offsets, sizes and strides say."""
    rest = iter(values)
    columns = []
    for name in ("static_offsets", "static_sizes", "static_strides"):
        numbers = integers(op, name)
        columns.append(
            [int(next(rest)) if n == DYNAMIC_INDEX or n == -(2**63) else n for n in numbers]
        )
    return tuple(slice(o, o + (n - 1) * s + 1 if n else o, s) for o, n, s in zip(*columns))


def extract_slice(op: tensor.ExtractSliceOp, frame: Frame, operand: Array, *values: Array) -> Array:
    part = operand[ranges(op, values)]
    assert isinstance(op.result.type, TensorType)
    wanted = op.result.type.get_shape()
    if len(wanted) == part.ndim:
        return part.copy()
    shape = list(part.shape)
    while len(shape) > len(wanted):
        shape.remove(1)
    return part.reshape(shape).copy()


def insert_slice(
    op: tensor.InsertSliceOp, frame: Frame, source: Array, target: Array, *values: Array
) -> Array:
    result = target.copy()
    place = ranges(op, values)
    result[place] = source.reshape(result[place].shape)
    return result


def concatenate(op: Operation, frame: Frame, *operands: Array) -> Array:
    axis: Any = op.properties["dim"]
    return np.concatenate(operands, axis.value.data)


# -- linalg --------------------------------------------------------------------------------------------


def generic(op: linalg.GenericOp, frame: Frame, *operands: Array) -> list[Array]:
    """The body at every point of the iteration space."""
    maps = [m.data for m in op.indexing_maps]
    extents: dict[int, int] = {}
    for map, operand in zip(maps, operands):
        for expression, size in zip(map.results, operand.shape):
            if hasattr(expression, "position"):
                extents.setdefault(expression.position, size)
    space = [extents[d] for d in range(maps[0].num_dims)]
    results = [operand.copy() for operand in operands[len(op.inputs) :]]
    arrays = [*operands[: len(op.inputs)], *results]
    for point in np.ndindex(*space):
        frame.point = point
        places = [tuple(map.eval(list(point), [])) for map in maps]
        yielded = frame.run(op.body, [a[p] for a, p in zip(arrays, places)])
        for result, place, value in zip(results, places[len(op.inputs) :], yielded):
            result[place] = value
    return results


def index(op: linalg.IndexOp, frame: Frame) -> Array:
    return np.asarray(frame.point[op.dim.value.data], np.int64)


def fill(op: Operation, frame: Frame, value: Array, target: Array) -> Array:
    return np.full_like(target, value)


REFERENCES: Mapping[str, Reference] = {
    "linalg.fill": fill,
    "linalg.generic": generic,
    "linalg.index": index,
    "tensor.bitcast": bits,
    "tensor.cast": same,
    "tensor.collapse_shape": reshaped,
    "tensor.concat": concatenate,
    "tensor.dim": dimension,
    "tensor.empty": empty,
    "tensor.expand_shape": reshaped,
    "tensor.extract": extract,
    "tensor.extract_slice": extract_slice,
    "tensor.from_elements": from_elements,
    "tensor.insert": insert,
    "tensor.insert_slice": insert_slice,
    "tensor.splat": splat,
}
