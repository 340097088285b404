"""Ops of CHLO that broadcast their operands, and its constants, in StableHLO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.broadcasting import (
    SAME_TYPE_OPS,
    BroadcastCompareOp,
    BroadcastComplexOp,
    BroadcastingOp,
    BroadcastSelectOp,
)
from ireelite.dialects.chlo.constants import ConstantLikeOp, ConstantOp
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import broadcast
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.elements import splat


def static_shape(shape: Sequence[int]) -> Sequence[int]:
    """Returns a shape itself. Raises UNIMPLEMENTED for one that is only known at run time."""
    if DYNAMIC_INDEX in shape:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            "operands of a shape that is known at run time only are not broadcast; give the "
            "program's arguments static shapes",
        )
    return shape


def broadcast_operands(op: BroadcastingOp, to: Conversion) -> list[SSAValue]:
    """Returns both operands in the shape of the result."""
    shape = static_shape(op.shape)
    return [
        broadcast(value, places, shape, to)
        for value, places in zip((op.lhs, op.rhs), op.places, strict=True)
    ]


def expand_broadcast(op: BroadcastingOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the op on operands of one shape."""
    operands = broadcast_operands(op, to)
    return to.insert(op.ELEMENTWISE(*operands)).results  # pyright: ignore[reportCallIssue]


def expand_compare(op: BroadcastCompareOp, to: Conversion) -> Sequence[SSAValue]:
    left, right = broadcast_operands(op, to)
    kind = None if op.compare_type is None else op.compare_type.data.value
    return to.insert(CompareOp(op.comparison_direction.data.value, left, right, kind)).results


def expand_select(op: BroadcastSelectOp, to: Conversion) -> Sequence[SSAValue]:
    shape = static_shape(op.shape)
    values = [
        broadcast(v, range(len(shape) - len(shape_of(v)), len(shape)), shape, to)
        for v in op.operands
    ]
    return to.insert(SelectOp(values[0], values[1], values[2])).results


def expand_constant(op: ConstantOp, to: Conversion) -> Sequence[SSAValue]:
    return to.insert(hlo.ConstantOp(op.value)).results


def expand_constant_like(op: ConstantLikeOp, to: Conversion) -> Sequence[SSAValue]:
    type = TensorType(element_type_of(op.result), static_shape(shape_of(op.operand)))
    return to.insert(hlo.ConstantOp(splat(type, op.value.value.data))).results


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    **dict.fromkeys((*SAME_TYPE_OPS.values(), BroadcastComplexOp), expand_broadcast),
    BroadcastCompareOp: expand_compare,
    BroadcastSelectOp: expand_select,
    ConstantLikeOp: expand_constant_like,
    ConstantOp: expand_constant,
}
"""Op -> the function that makes it of others."""
