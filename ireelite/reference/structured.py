"""Ops of `tensor` and `linalg`, from MLIR's definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Operation

from ireelite.dialects.extensions.linalg import NAMED_OPS
from ireelite.dialects.extensions.linalg.mapped import IndexOp
from ireelite.reference.contractions import accumulator, finished
from ireelite.reference.conversions import bitcast
from ireelite.reference.machine import Frame, Reference, is_scalar_code
from ireelite.reference.numbers import Array, dtype_of, integers
from ireelite.reference.steps import CALL
from ireelite.reference.steps import places as every_place
from ireelite.status import StatusCode, StatusError

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
    return operand[element_at(indices, operand.shape)]


def insert(op: Operation, frame: Frame, scalar: Array, operand: Array, *indices: Array) -> Array:
    result = operand.copy()
    result[element_at(indices, operand.shape)] = scalar
    return result


def element_at(indices: Sequence[Array], shape: Sequence[int]) -> tuple[int, ...]:
    """Returns where an element is. Raises OUT_OF_RANGE if it is not inside of a tensor of a shape."""
    found = tuple(map(int, indices))
    for index, size in zip(found, shape, strict=True):
        if not 0 <= index < size:
            raise StatusError(
                StatusCode.OUT_OF_RANGE, f"index {index} is outside a dimension of {size}"
            )
    return found


def from_elements(op: Operation, frame: Frame, *elements: Array) -> Array:
    (result,) = op.results
    assert isinstance(result.type, TensorType)
    return np.array(elements, dtype_of(result.type)).reshape(result.type.get_shape())


def splat(op: Operation, frame: Frame, scalar: Array, *extents: Array) -> Array:
    return np.full_like(empty(op, frame, *extents), scalar)


def reshaped(op: Operation, frame: Frame, operand: Array, *extents: Array) -> Array:
    """Returns the shape that the result's type says, whose open sizes follow from the operand's."""
    (result,) = op.results
    assert isinstance(result.type, TensorType)
    shape = list(result.type.get_shape())
    if DYNAMIC_INDEX not in shape:
        return operand.reshape(shape)
    rows: Any = op.properties["reassociation"]
    groups = [[n.value.data for n in row] for row in rows]
    if op.name.endswith("collapse_shape"):
        return operand.reshape([prod(operand.shape[d] for d in group) for group in groups])
    sizes = iter(extents)
    return operand.reshape([int(next(sizes)) if n == DYNAMIC_INDEX else n for n in shape])


def bits(op: Operation, frame: Frame, operand: Array) -> Array:
    return bitcast(operand, dtype_of(op.results[0].type))


def ranges(op: Any, values: Sequence[Array]) -> tuple[slice, ...]:
    """Returns the slice that static and computed offsets, sizes and strides say."""
    rest = iter(values)
    columns = []
    for name in ("static_offsets", "static_sizes", "static_strides"):
        numbers = integers(op, name)
        columns.append(
            [int(next(rest)) if n == DYNAMIC_INDEX or n == -(2**63) else n for n in numbers]
        )
    return tuple(slice(o, o + (n - 1) * s + 1 if n else o, s) for o, n, s in zip(*columns))


def ranges_within(op: Any, values: Sequence[Array], shape: Sequence[int]) -> tuple[slice, ...]:
    """Returns the slice of a tensor of a shape. Raises OUT_OF_RANGE if it is not inside of the
    tensor.
    """
    found = ranges(op, values)
    for part, size in zip(found, shape, strict=True):
        if part.start < 0 or part.stop > size:
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"elements {part.start} to {part.stop} are outside a dimension of {size}",
            )
    return found


def extract_slice(op: tensor.ExtractSliceOp, frame: Frame, operand: Array, *values: Array) -> Array:
    part = operand[ranges_within(op, values, operand.shape)]
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
    place = ranges_within(op, values, target.shape)
    result[place] = source.reshape(result[place].shape)
    return result


def concatenate(op: Operation, frame: Frame, *operands: Array) -> Array:
    axis: Any = op.properties["dim"]
    return np.concatenate(operands, axis.value.data)


# -- linalg --------------------------------------------------------------------------------------------


def generic(op: LinalgStructuredOperation, frame: Frame, *operands: Array) -> list[Array]:
    """Returns the body at every point of the iteration space: at all points of parallel dimensions
    at once, if it has nothing but scalar code, and at those of the others in order.
    """
    maps, body = [m.data for m in op.get_indexing_maps()], op.regions[0]
    extents: dict[int, int] = {}
    for map, operand in zip(maps, operands):
        for expression, size in zip(map.results, operand.shape):
            if hasattr(expression, "position"):
                extents.setdefault(expression.position, size)  # pyright: ignore
    space = [extents[d] for d in range(maps[0].num_dims)]
    count = len(op.inputs)
    results = [operand.copy() for operand in operands[count:]]
    arrays = [*operands[:count], *results]
    lanes = parallel_dims(op) if is_scalar_code(body.block, SCALAR_DIALECTS) else []
    grid = np.ix_(*(np.arange(space[d]) for d in lanes)) if lanes else ()
    walked = [1 if d in lanes else n for d, n in enumerate(space)]
    for rest in every_place(walked, CALL):
        point: list[Any] = list(rest)
        for d, line in zip(lanes, grid):
            point[d] = line
        frame.point = tuple(point)
        places = [tuple(map.eval(point, [])) for map in maps]
        given = [a[p] for a, p in zip(arrays, places)]
        if lanes:
            for argument, value in zip(body.block.args, given):
                frame.environment[argument] = np.asarray(value)
            yielded = frame.run_lanes(body.block, tuple(space[d] for d in lanes))
        else:
            yielded = frame.run(body, given)
        for result, place, value in zip(results, places[count:], yielded):
            result[place] = value
    return results


SCALAR_DIALECTS = ("arith.", "math.", "complex.", "linalg.index", "linalg.yield")


def parallel_dims(op: LinalgStructuredOperation) -> list[int]:
    """Returns the dimensions by which each output is indexed, each of them alone: points that
    differ in one write to different elements. None if an output is indexed in another way.
    """
    outputs = [m.data for m in list(op.get_indexing_maps())[len(op.inputs) :]]
    groups = [[getattr(e, "position", None) for e in map.results] for map in outputs]
    if any(None in group or len(set(group)) != len(group) for group in groups):
        return []
    common = set(groups[0]).intersection(*groups[1:]) if groups else set()
    return sorted(d for d in common if d is not None)


def index(op: IndexOp, frame: Frame) -> Array:
    return np.asarray(frame.point[op.dim.value.data], np.int64)


def fill(op: Operation, frame: Frame, value: Array, target: Array) -> Array:
    return np.full_like(target, value)


def contraction(subscripts: str) -> Reference:
    """Sums of products, added to what the output holds; by its maps where an op gives them, and by
    its body for numbers that are not of the output's type.
    """

    def reference(op: Operation, frame: Frame, lhs: Array, rhs: Array, target: Array) -> Any:
        dtype = target.dtype
        if "indexing_maps" in op.properties or not lhs.dtype == rhs.dtype == dtype:
            assert isinstance(op, LinalgStructuredOperation)
            return generic(op, frame, lhs, rhs, target)
        left, right, before = (accumulator(a, dtype) for a in (lhs, rhs, target))
        return finished(before + np.einsum(subscripts, left, right), dtype)

    return reference


def permute(op: Operation, frame: Frame, operand: Array, target: Array) -> Array:
    return operand.transpose(integers(op, "permutation")).copy()


def spread(op: Operation, frame: Frame, operand: Array, target: Array) -> Array:
    """Returns the operand along the dimensions that the op adds."""
    return np.broadcast_to(np.expand_dims(operand, tuple(integers(op, "dimensions"))), target.shape)


CONTRACTIONS: Mapping[str, Reference] = {
    f"linalg.{name}": contraction(subscripts)
    for name, subscripts in {
        "batch_matmul": "bmk,bkn->bmn",
        "batch_matvec": "bmk,bk->bm",
        "dot": "k,k->",
        "matmul": "mk,kn->mn",
        "matvec": "mk,k->m",
        "vecmat": "k,kn->n",
    }.items()
}

NAMED: Mapping[str, Reference] = {
    f"linalg.{name}": generic for name in (*NAMED_OPS, "contract", "elementwise", "map", "reduce")
}
"""The ops whose name gives them maps and a body."""

REFERENCES: Mapping[str, Reference] = {
    **NAMED,
    **CONTRACTIONS,
    "linalg.broadcast": spread,
    "linalg.transpose": permute,
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
