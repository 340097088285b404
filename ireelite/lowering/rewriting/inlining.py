"""Inlining: the body of a function takes the place of a call of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.ir import Operation, SSAValue

from ireelite.lowering.rewriting.copying import copy_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def calls_in(op: Operation) -> list[func.CallOp]:
    """Returns the calls in an op's regions, in their order."""
    return [inner for inner in op.walk() if isinstance(inner, func.CallOp)]


def inline_call(
    call: func.CallOp, callee: func.FuncOp, tracker: Tracker | None
) -> list[func.CallOp]:
    """Replaces a call by a copy of the callee's body. Returns the calls in that."""
    body, block = callee.body.block, call.parent_block()
    end = body.last_op
    assert block is not None and end is not None
    values: dict[SSAValue, SSAValue] = dict(zip(body.args, call.arguments, strict=True))
    copies: list[Operation] = []
    for op in body.ops:
        if op is not end:
            copies.append(copy_of(op, values, tracker))
    block.insert_ops_before(copies, call)
    for old, returned in zip(call.results, end.operands, strict=True):
        old.replace_all_uses_with(values[returned])
    call.detach()
    call.erase()
    if tracker is not None:
        tracker.rewrite(inline_call, [call], copies)
    return [call for copy in copies for call in calls_in(copy)]
