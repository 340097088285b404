"""Older ways to move elements, made of those that replaced them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.stablehlo.gather import (
    GatherDimensionNumbersAttr,
    GatherOp,
    TorchIndexSelectOp,
)
from ireelite.dialects.stablehlo.indexing import BroadcastOp, dense
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.hlo.building import broadcast
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule


def expand_broadcast(op: BroadcastOp, to: Conversion) -> Sequence[SSAValue]:
    """Expands `broadcast`, whose new dimensions are in front of the operand's."""
    added, shape = len(op.sizes), [*op.sizes, *shape_of(op.operand)]
    return [broadcast(op.operand, range(added, len(shape)), shape, to)]


def expand_torch_index_select(op: TorchIndexSelectOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a gather of slices that are whole but in the indexed and in the batching dimensions."""
    batch, dimension = op.batch, op.dimension
    operand, index = shape_of(op.operand), shape_of(op.index)
    added = len(index) - batch
    before = range(batch, dimension)
    behind = range(dimension + added, dimension + added + len(operand) - dimension - 1)
    numbering = GatherDimensionNumbersAttr(
        dense([*before, *behind]),
        dense([dimension]),
        dense(range(batch)),
        dense(range(batch)),
        dense([dimension]),
        IntegerAttr(len(index), i64),
    )
    sizes = [1 if d < batch or d == dimension else size for d, size in enumerate(operand)]
    sizes = [min(size, whole) for size, whole in zip(sizes, operand, strict=True)]
    return [to.insert(GatherOp(op.operand, op.index, numbering, sizes)).result]


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    BroadcastOp: expand_broadcast,
    TorchIndexSelectOp: expand_torch_index_select,
}
"""Op -> the function that makes it of others."""
