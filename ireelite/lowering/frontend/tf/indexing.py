"""Rules for TensorFlow ops that take or put elements at computed places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, IntegerType, TensorType, i1, i64
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.gather import GatherDimensionNumbersAttr, GatherOp
from ireelite.dialects.stablehlo.scatter_sort import ScatterDimensionNumbersAttr, ScatterOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.arithmetic import Tensor, choose
from ireelite.lowering.frontend.tf.constants import constant, constant_int, constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.elementwise import binary
from ireelite.lowering.frontend.tf.nodes import Rule, fail, integer
from ireelite.lowering.frontend.tf.shapes import axis_of
from ireelite.lowering.frontend.tf.values import (
    broadcast,
    compare,
    integers,
    iota,
    reshape,
    select,
    splat,
    transpose,
)

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]


def dense(values: Sequence[int]) -> DenseArrayBase[IntegerType]:
    return DenseArrayBase.from_list(i64, values)


# -- gather ----------------------------------------------------------------------------------------


def gather_along(
    value: SSAValue, indices: SSAValue, axis: int, batch: int, to: TfConversion
) -> SSAValue:
    """Slices of a tensor along an axis, by indices; the first `batch` dimensions of both are one.

    The result has the shape `value[:axis] + indices[batch:] + value[axis + 1:]`.
    """
    shape, places = shape_of(value), shape_of(indices)
    added = len(places) - batch
    offsets = [*range(batch, axis), *range(axis + added, axis + added + len(shape) - axis - 1)]
    numbering = GatherDimensionNumbersAttr(
        *(dense(offsets), dense([axis]), dense(range(batch)), dense(range(batch))),
        dense([axis]),
        IntegerAttr(len(places), i64),
    )
    sizes = [1 if d < batch or d == axis else size for d, size in enumerate(shape)]
    return to.insert(GatherOp(value, indices, numbering, sizes)).result


def lower_gather(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Gather`, and `GatherV2` with an axis and batch dimensions."""
    value, indices = to.value(node.data[0]), to.value(node.data[1])
    rank, places = len(shape_of(value)), shape_of(indices)
    axis = axis_of(node, constant_int(node, 2, to) if len(node.data) > 2 else 0, rank)
    batch = integer(node, "batch_dims")
    batch += len(places) if batch < 0 else 0
    if not 0 <= batch <= min(axis, len(places)) or shape_of(value)[:batch] != places[:batch]:
        raise fail(
            node,
            f"{value.type} and {indices.type} do not have {batch} dimensions in common "
            f"before axis {axis}",
        )
    return gather_along(value, indices, axis, batch, to)


def rearranged(value: Tensor, count: int, places: Array, filler: Tensor) -> Tensor:
    """Returns the last `count` dimensions by constant places among their elements in order; a
    negative place is filled with a number.
    """
    import numpy

    to, batch = value.to, value.shape[: len(value.shape) - count]
    flat = value.reshape(*batch, int(numpy.prod(value.shape[len(batch) :])))
    if not flat.shape[-1] or not places.size:
        return filler.reshape().broadcast([*batch, *places.shape], [])
    index = constant(numpy.maximum(places, 0).astype(numpy.int32), to)
    found = Tensor(gather_along(flat.value, index, len(batch), 0, to), to)
    if (places >= 0).all():
        return found
    mask = Tensor(integers(places >= 0, i1, to), to)
    return choose(mask, found, filler.reshape())


def lower_gather_nd(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Slices at places that the last dimension of the indices names."""
    value, indices = to.value(node.data[0]), to.value(node.data[1])
    index_depth(node, indices, len(shape_of(value)))
    return gather_places(value, indices, to)


def gather_places(value: SSAValue, indices: SSAValue, to: TfConversion) -> SSAValue:
    """Slices at places, each of which is a row of the last dimension of the indices."""
    shape, places = shape_of(value), shape_of(indices)
    depth, last = places[-1], len(places) - 1
    numbering = GatherDimensionNumbersAttr(
        *(dense(range(last, last + len(shape) - depth)), dense(range(depth)), dense([]), dense([])),
        dense(range(depth)),
        IntegerAttr(last, i64),
    )
    sizes = [1] * depth + list(shape[depth:])
    return to.insert(GatherOp(value, indices, numbering, sizes)).result


def index_depth(node: tf.NodeOp, indices: SSAValue, rank: int) -> int:
    """Returns how many dimensions an index names. Raises INVALID_ARGUMENT."""
    places = shape_of(indices)
    if not places or places[-1] > rank:
        raise fail(node, f"indices of {indices.type} do not name places in rank {rank}")
    return places[-1]


# -- scatter ---------------------------------------------------------------------------------------


def scatter(
    node: tf.NodeOp,
    value: SSAValue,
    indices: SSAValue,
    updates: SSAValue,
    op: type[ew.BinaryOp] | None,
    to: TfConversion,
) -> SSAValue:
    """Puts slices at places that the last dimension of the indices names, or combines them by an
    op with what is there.
    """
    shape, places = shape_of(value), shape_of(indices)
    depth = index_depth(node, indices, len(shape))
    expected = (*places[:-1], *shape[depth:])
    if shape_of(updates) != expected or element_type_of(updates) != element_type_of(value):
        raise fail(
            node, f"takes updates of shape {list(expected)} for {value.type}, not {updates.type}"
        )
    last = len(places) - 1
    numbering = ScatterDimensionNumbersAttr(
        *(dense(range(last, last + len(shape) - depth)), dense(range(depth)), dense([]), dense([])),
        dense(range(depth)),
        IntegerAttr(last, i64),
    )
    body = combiner(op, value)
    return to.insert(ScatterOp([value], indices, [updates], numbering, body)).results[0]


def combiner(op: type[ew.BinaryOp] | None, value: SSAValue) -> Region:
    """Returns the region of a scatter: the update, or an op of the old value and the update."""
    if op is not None:
        return hlo.ReduceOp.simple_body(op, element_type_of(value))
    scalar = TensorType(element_type_of(value), [])
    block = Block(arg_types=[scalar, scalar])
    block.add_op(hlo.ReturnOp(block.args[1]))
    return Region(block)


def lower_scatter_nd(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a tensor of zeros to which slices are added."""
    indices, updates = to.value(node.data[0]), to.value(node.data[1])
    shape = constant_ints(node, 2, to)
    zeros = splat(0, updates, to, shape)
    return scatter(node, zeros, indices, updates, ew.AddOp, to)


def lower_tensor_scatter(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value, indices, updates = (to.value(operand) for operand in node.data)
    return scatter(node, value, indices, updates, SCATTERS[node.op_name], to)


def lower_in_place(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `InplaceUpdate` and its like, on rows that are counted in a circle; a scalar index
    names one row.
    """
    value, indices, updates = (to.value(operand) for operand in node.data)
    if rows := next(iter(shape_of(value)), 0):
        turn = Tensor(indices, to).combine(ew.RemainderOp, rows)
        indices = choose(turn < 0, turn + rows, turn).value
    if not shape_of(indices):
        indices = reshape(indices, [1], to)
        updates = reshape(updates, [1, *shape_of(updates)], to)
    column = reshape(indices, [*shape_of(indices), 1], to)
    return scatter(node, value, column, updates, IN_PLACE[node.op_name], to)


IN_PLACE: dict[str, type[ew.BinaryOp] | None] = {
    "InplaceAdd": ew.AddOp,
    "InplaceSub": ew.SubtractOp,
    "InplaceUpdate": None,
}

SCATTERS: dict[str, type[ew.BinaryOp] | None] = {
    "TensorScatterAdd": ew.AddOp,
    "TensorScatterMax": ew.MaximumOp,
    "TensorScatterMin": ew.MinimumOp,
    "TensorScatterSub": ew.SubtractOp,
    "TensorScatterUpdate": None,
}


# -- by comparison ---------------------------------------------------------------------------------


def lower_one_hot(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `OneHot`: one value where an index is the place along a new dimension, another one
    elsewhere.
    """
    indices, on, off = (to.value(node.data[n]) for n in (0, 2, 3))
    depth = constant_int(node, 1, to)
    shape = list(shape_of(indices))
    axis = axis_of(node, integer(node, "axis", -1), len(shape) + 1)
    full = [*shape[:axis], depth, *shape[axis:]]
    dims = [d for d in range(len(full)) if d != axis]
    spread = broadcast(indices, full, dims, to)
    chosen = compare("EQ", spread, iota(axis, element_type_of(indices), full, to), to)
    return select(chosen, broadcast(on, full, [], to), broadcast(off, full, [], to), to)


def lower_reverse_sequence(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Reverses the beginning of each sequence of a batch, as long as its length says."""
    value, lengths = to.value(node.data[0]), to.value(node.data[1])
    rank = len(shape_of(value))
    time = axis_of(node, integer(node, "seq_dim"), rank)
    batch = axis_of(node, integer(node, "batch_dim"), rank)
    order = [batch, time, *(d for d in range(rank) if d not in (batch, time))]
    moved = transpose(value, order, to)
    steps = iota(1, element_type_of(lengths), shape_of(moved)[:2], to)
    ends = broadcast(lengths, shape_of(steps), [0], to)
    last = binary(ew.SubtractOp, ends, splat(1, ends, to), to)
    mirrored = binary(ew.SubtractOp, last, steps, to)
    places = select(compare("LT", steps, ends, to), mirrored, steps, to)
    found = gather_along(moved, places, 1, 1, to)
    return transpose(found, [order.index(d) for d in range(rank)], to)


RULES: dict[str, Rule] = {
    "Gather": Rule(lower_gather, 2),
    "GatherNd": Rule(lower_gather_nd, 2),
    "GatherV2": Rule(lower_gather, 3),
    "OneHot": Rule(lower_one_hot, 4),
    "ReverseSequence": Rule(lower_reverse_sequence, 2),
    "ScatterNd": Rule(lower_scatter_nd, 3),
    **dict.fromkeys(IN_PLACE, Rule(lower_in_place, 3)),
    **dict.fromkeys(SCATTERS, Rule(lower_tensor_scatter, 3)),
}
"""TensorFlow op -> the rule of an op at computed places."""
