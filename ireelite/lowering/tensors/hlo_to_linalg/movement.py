"""Ops that move elements: broadcasts, transposes, reshapes and slices."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DenseArrayBase,
    IntegerAttr,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.sequencer import iree
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    empty,
    has_named_moves,
    moved,
    sliced,
)
from ireelite.lowering.tensors.indices import Extent


def lower_broadcast(op: hlo.BroadcastInDimOp, to: Conversion) -> SSAValue:
    """Lowers to `linalg.broadcast` if dimensions are only added and in order, else to a generic
    that repeats index 0.
    """
    value, result = to.value(op.operand), tensor_type(op.result)
    shape, target = shape_of(op.operand), result.get_shape()
    in_order = list(op.dims) == sorted(op.dims)
    whole = all(s == target[d] for s, d in zip(shape, op.dims, strict=True))
    if in_order and whole and has_named_moves(result):
        added = [d for d in range(len(target)) if d not in op.dims]
        if not added:
            return value
        dims = DenseArrayBase.from_list(i64, added)
        return to.insert(linalg.BroadcastOp(value, empty(result, to), dims)).results[0]
    sources = [
        None if size == 1 and target[d] != 1 else d for size, d in zip(shape, op.dims, strict=True)
    ]
    return moved(value, result, sources, to)


def lower_transpose(op: hlo.TransposeOp, to: Conversion) -> SSAValue:
    return transposed(to.value(op.operand), op.dims, to)


def transposed(value: SSAValue, dims: Sequence[int], to: Conversion) -> SSAValue:
    """Returns a tensor whose dimension i is dimension dims[i] of another."""
    if list(dims) == list(range(len(dims))):
        return value
    source = shape_of(value)
    result = TensorType(element_type_of(value), [source[d] for d in dims])
    if not has_named_moves(result):
        sources = [list(dims).index(d) for d in range(len(dims))]
        return moved(value, result, sources, to)
    order = DenseArrayBase.from_list(i64, list(dims))
    return to.insert(linalg.TransposeOp(value, empty(result, to), order)).results[0]


def lower_reshape(op: hlo.ReshapeOp, to: Conversion) -> SSAValue:
    return reshaped(to.value(op.operand), shape_of(op.result), to)


def reshaped(value: SSAValue, target: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the same elements in row-major order under another shape. Through the flat shape:
    `tensor.collapse_shape`, then `tensor.expand_shape`; the flat shape of rank 0 is its own.
    """
    result = TensorType(element_type_of(value), target)
    shape = shape_of(value)
    if shape == tuple(target):
        return value
    if DYNAMIC_INDEX in shape:
        assert isinstance(to, SizedConversion)
        return reshaped_to_sizes(value, result, to.wanted[shape], to)
    if len(shape) != 1 or not target:
        flat = TensorType(result.element_type, [prod(target)] if target else [])
        value = to.insert(
            tensor.CollapseShapeOp(
                operands=[value],
                result_types=[flat],
                properties={"reassociation": reassociation(len(shape) if target else 0)},
            )
        ).result
    if len(target) > 1:
        value = to.insert(
            tensor.ExpandShapeOp.build(
                operands=[value, []],
                result_types=[result],
                properties={
                    "reassociation": reassociation(len(target)),
                    "static_output_shape": DenseArrayBase.from_list(i64, target),
                },
            )
        ).result
    return value


def reshaped_to_sizes(
    value: SSAValue, result: TensorType, sizes: Sequence[Extent], to: SizedConversion
) -> SSAValue:
    """Reshapes a tensor of these sizes through the flat shape, to that which is being made."""
    rank, shape = len(sizes), result.get_shape()
    if rank != 1:
        flat = tensor.CollapseShapeOp(
            operands=[value],
            result_types=[TensorType(result.element_type, [DYNAMIC_INDEX])],
            properties={"reassociation": reassociation(rank)},
        )
        count = to.value_of(to.product(sizes))
        value = to.insert(iree.SizedOp(to.insert(flat).result, [count])).result
    if len(shape) == 1:
        return value if value.type == result else to.insert(tensor.CastOp(value, result)).dest
    return to.insert(
        tensor.ExpandShapeOp.build(
            operands=[value, to.open_sizes(result)],
            result_types=[result],
            properties={
                "reassociation": reassociation(len(shape)),
                "static_output_shape": DenseArrayBase.from_list(i64, list(shape)),
            },
        )
    ).result


def reassociation(rank: int) -> ArrayAttr[ArrayAttr[IntegerAttr]]:
    """Returns one group of all of a tensor's dimensions; no group for rank 0."""
    if rank == 0:
        return ArrayAttr([])
    return ArrayAttr([ArrayAttr([IntegerAttr(d, i64) for d in range(rank)])])


def lower_slice(op: hlo.SliceOp, to: Conversion) -> SSAValue:
    result = tensor_type(op.result)
    parts = zip(op.ranges, result.get_shape(), strict=True)
    ranges = [(start, size, stride) for (start, _, stride), size in parts]
    return sliced(to.value(op.operand), ranges, result, to)


RULES: Rules = {
    hlo.BroadcastInDimOp: lower_broadcast,
    hlo.ReshapeOp: lower_reshape,
    hlo.SliceOp: lower_slice,
    hlo.TransposeOp: lower_transpose,
}
