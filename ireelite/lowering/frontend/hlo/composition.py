"""What only holds a program together: composites are calls, barriers are their operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.stablehlo.composition import (
    CompositeOp,
    OptimizationBarrierOp,
)
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.lowering.frontend.hlo.custom_calls import expand_custom_call
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule


def expand_barrier(op: OptimizationBarrierOp, to: Conversion) -> Sequence[SSAValue]:
    return list(op.operands)


def expand_composite(op: CompositeOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a call of the decomposition."""
    name = op.decomposition.root_reference.data
    return to.insert(func.CallOp(name, list(op.operands), list(op.result_types))).results


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    CompositeOp: expand_composite,
    CustomCallOp: expand_custom_call,
    OptimizationBarrierOp: expand_barrier,
}
"""Op -> the function that makes it of others."""
