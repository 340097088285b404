"""Scatter and sort: ops of the `iree_tensor` dialect, whose kernels have loops of their own."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType, i32, i64
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects.elements import is_unsigned, signless
from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.extensions.iree_tensor.kernel_op import YieldOp, integer
from ireelite.dialects.stablehlo.scatter_sort import ScatterOp, SortOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.movement import reshaped, transposed
from ireelite.lowering.tensors.hlo_to_linalg.reduction import (
    scalar_function,
)
from ireelite.lowering.tensors.hlo_to_linalg.scalars import build_convert
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import pointwise

RUN = 32
"""Elements that one point sorts, by insertion, where merges follow."""

LONGEST_RUN = 64
"""Elements of a dimension that is sorted by insertion as a whole: a merge would cost more."""

CHUNK = 512
"""Elements that one point merges at most, which amortize its bisection."""

MIN_CHUNKS = 64
"""Chunks that keep the points of a device busy; a dimension of fewer elements has shorter ones."""

SMALLEST_TILE = 4096
"""Elements of a part of a scatter's result: as many copies as a dispatch to another core takes."""

ROW = 64
"""Elements of a row that one point of a scatter goes through: some cache lines."""


def scalar_region(block: Block, to: Conversion) -> Region:
    """Returns a function on tensors of rank 0 as one of scalars."""
    inner = Block(arg_types=[signless(element_type_of(a)) for a in block.args])
    function = scalar_function(block, to)
    with to.at(inner):
        to.insert(YieldOp(*function(inner.args)))
    return Region(inner)


# -- sort ------------------------------------------------------------------------------------------


def lower_sort(op: SortOp, to: Conversion) -> Sequence[SSAValue]:
    """Lowers to sorted runs, then merges of twice as many elements at a time, which differ in their
    run.
    """
    extent, values = shape_of(op.inputs[0])[op.dim], [to.value(v) for v in op.inputs]
    run = max(extent, 1) if extent <= LONGEST_RUN else RUN
    region = scalar_region(op.comparator.block, to)
    results = to.insert(iree_tensor.SortOp(values, op.dim, run, region)).results
    type = TensorType(i32 if extent <= 1 << 31 else i64, [])
    chunk = min(CHUNK, max(2 * RUN, extent // MIN_CHUNKS))
    while run < extent:
        length = to.insert(arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(type, [run])))
        length.result.name_hint = f"run{run}"
        merge = iree_tensor.MergeOp(results, length.result, op.dim, chunk, region.clone())
        results = to.insert(merge).results
        run *= 2
    return results


# -- scatter ---------------------------------------------------------------------------------------


def lower_scatter(op: ScatterOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the same with the index vectors in the last dimension of the indices, and windows of
    the inputs' rank in the last dimensions of the updates.
    """
    inputs = [promoted(old, new, to) for old, new in zip(op.inputs, op.outputs, strict=True)]
    updates = [
        updates_in_order(op, promoted(old, new, to), to)
        for old, new in zip(op.updates, op.outputs, strict=True)
    ]
    vector = op.index_vector_dim
    batching = [
        (own, d - (d > vector))
        for own, d in zip(op.input_batching_dims, op.scatter_indices_batching_dims, strict=True)
    ]
    shape, starts = shape_of(op.inputs[0]), op.scatter_dims_to_operand_dims
    made = iree_tensor.ScatterOp(
        inputs,
        vectors_last(op, to),
        updates,
        starts,
        batching,
        is_unsigned(element_type_of(op.scatter_indices)),
        1,
        1,
        scalar_region(op.update_computation.block, to),
    )
    if made.row_dim is not None:
        made.properties["row"] = integer(row_length(shape[-1]))
    made.properties["tiles"] = integer(tile_count(made))
    return to.insert(made).results


def promoted(old: SSAValue, result: SSAValue, to: Conversion) -> SSAValue:
    """Returns an operand with the elements of a result, which may be wider."""
    source, target = element_type_of(old), element_type_of(result)
    if source == target:
        return to.value(old)
    type = TensorType(signless(target), shape_of(old))
    return pointwise([to.value(old)], type, lambda v: build_convert(v[0], source, target, to), to)


def vectors_last(op: ScatterOp, to: Conversion) -> SSAValue:
    """Returns the indices with their vectors in the last dimension."""
    value, vector = to.value(op.scatter_indices), op.index_vector_dim
    rank = len(shape_of(value))
    if vector == rank:
        return reshaped(value, [*shape_of(value), 1], to)
    return transposed(value, [*(d for d in range(rank) if d != vector), vector], to)


def updates_in_order(op: ScatterOp, value: SSAValue, to: Conversion) -> SSAValue:
    """Updates whose dimensions are those of the indices, then one for each of the inputs."""
    window, shape = op.update_window_dims, shape_of(value)
    places = [d for d in range(len(shape)) if d not in window]
    value = transposed(value, [*places, *window], to)
    hidden, sizes = {*op.inserted_window_dims, *op.input_batching_dims}, iter(window)
    extents = [1 if d in hidden else shape[next(sizes)] for d in range(len(shape_of(op.inputs[0])))]
    target = [*(shape[d] for d in places), *extents]
    return value if list(shape_of(value)) == target else reshaped(value, target, to)


def row_length(extent: int) -> int:
    """Returns how many elements of the last dimension a point goes through: a divisor of the
    extent, if a good one exists.
    """
    if extent <= ROW:
        return max(extent, 1)
    best = next(n for n in range(ROW, 0, -1) if extent % n == 0)
    return best if best >= ROW // 4 else ROW


def tile_count(op: iree_tensor.ScatterOp) -> int:
    """Returns into how many tiles the places of updates are divided. Each tile goes through all
    updates: there are as many as cost no more than the copies.
    """
    shape, batching = shape_of(op.inputs[0]), op.batching_dims
    places = prod(shape[d] for d in op.start_dims)
    free = [s for d, s in enumerate(op.places) if d not in batching.values()]
    updates = prod(free) * prod(op.window[d] for d in op.start_dims)
    row = op.row.value.data
    return max(1, places // max(updates, SMALLEST_TILE // row, 1))


RULES: Rules = {
    ScatterOp: lower_scatter,
    SortOp: lower_sort,
}
