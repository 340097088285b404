"""Checks of floats that the HAL has no code for compare the same numbers as f32."""

from __future__ import annotations

from xdsl.dialects.builtin import FloatAttr, TensorType, f32
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import check
from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.elements import find_row
from ireelite.lowering.frontend.hlo.building import convert
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule


def check_expansion(op: Operation) -> InPlaceRule | None:
    """Returns the rule for a check of nearness whose floats no buffer view can have."""
    if not isinstance(op, check.ExpectAlmostEqOp | check.ExpectAlmostEqConstOp):
        return None
    assert isinstance(op.lhs.type, TensorType)
    row = find_row(op.lhs.type.element_type)
    return None if row is None or row.has_hal_code else expand_nearness


def expand_nearness(
    op: check.ExpectAlmostEqOp | check.ExpectAlmostEqConstOp, to: Conversion
) -> list[SSAValue]:
    """Expands the check to one of f32, which every such float is."""
    if isinstance(op, check.ExpectAlmostEqOp):
        expected = op.rhs
    else:
        expected = to.insert(hlo.ConstantOp(op.value)).results[0]
    tolerances = {k: v for k, v in op.properties.items() if isinstance(v, FloatAttr)}
    operands = [convert(value, f32, to) for value in (op.lhs, expected)]
    to.insert(check.ExpectAlmostEqOp.create(operands=operands, properties=tolerances))
    return []
