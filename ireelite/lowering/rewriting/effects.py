"""Which ops may be removed, shared or moved: those that do nothing but compute their results."""

from __future__ import annotations

import re

from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Operation
from xdsl.traits import IsTerminator, SymbolOpInterface, is_side_effect_free, is_speculatable

VALUE_DIALECTS = ("iree_tensor.", "linalg.", "tensor.")
"""How the names of ops begin that compute tensors from tensors, whatever traits xDSL gives them."""

STORAGE_OPS = ("tensor.empty", "memref.alloca", "memref.alloc")
"""Ops each of which yields storage of its own: two of them are never the same."""

DIVISIONS = re.compile(
    r"arith\.(div|rem|ceildiv|floordiv)[su]i|stablehlo\.(divide|remainder)|vm\.(div|rem)\.i\d\d\.[su]"
)
"""Ops that have no result for a divisor of zero, whatever traits xDSL gives them."""


def is_pure(op: Operation) -> bool:
    """Returns whether an op does nothing but compute its results, so that it may be removed if
    nothing uses them.
    """
    if op.has_trait(IsTerminator) or op.has_trait(SymbolOpInterface):
        return False
    if op.name.startswith(VALUE_DIALECTS):
        return not any(isinstance(v.type, MemRefType) for v in (*op.operands, *op.results))
    return is_side_effect_free(op)


def is_shareable(op: Operation) -> bool:
    """Returns whether another op of the same operands and attributes yields the same results."""
    return is_pure(op) and op.name not in STORAGE_OPS


def may_run_early(op: Operation) -> bool:
    """Returns whether an op may run where it would not have run at all: it can't fail, and it is
    pure.
    """
    if DIVISIONS.fullmatch(op.name) or op.regions:
        return False
    return is_shareable(op) and is_speculatable(op)
