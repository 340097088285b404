"""What it costs to compute an element of an op's result, and to keep it instead."""

from __future__ import annotations

from math import prod

from xdsl.dialects import math
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Operation

from ireelite.lowering.tensors.access import loop_extents

STORE_AND_LOAD = 4
"""What it costs to keep a scalar, in simple operations."""

FUNCTION_COST = 16
"""Simple operations of a function such as the exponential."""


def is_reduction(op: Operation) -> bool:
    """Returns whether an element of the op's result takes a loop."""
    return isinstance(op, LinalgStructuredOperation) and any(
        kind.data == "reduction" for kind in op.get_iterator_types()
    )


def cost_of(op: Operation) -> int:
    """Counts the simple operations of an op for one element of its result."""
    if isinstance(op, LinalgStructuredOperation):
        kinds = [kind.data for kind in op.get_iterator_types()]
        extents = loop_extents(op)
        turns = prod(e for e, kind in zip(extents, kinds, strict=True) if kind == "reduction")
        return scalar_cost(op) * turns
    return scalar_cost(op)


def scalar_cost(op: Operation) -> int:
    """Counts the simple operations of an op's scalar function."""
    if isinstance(op, LinalgStructuredOperation):
        return sum(scalar_cost(inner) for inner in op.regions[0].block.ops)
    if isinstance(op, math.FmaOp):
        return 2
    if op.name.startswith("math."):
        return FUNCTION_COST
    return 1 if op.name.startswith("arith.") and op.operands else 0
