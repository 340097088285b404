"""Stage 2 to 3: loops and choices of StableHLO become those of `scf`, with tensors carried.

    stablehlo.while  ->  scf.while         the condition is read from its tensor of rank 0
    stablehlo.if     ->  scf.if
    stablehlo.case   ->  scf.index_switch  the last branch is the default

The regions move as they are, with all other ops of StableHLO in them; they still read the values
around them. A `tensor.extract` of a condition or an index is all that the host reads back.

`simplify-loops` then makes an `scf.for` of each loop whose turns the host can count, and `fuse-loops`
one kernel of each loop or choice over small tensors. `form-dispatches` treats all that is left as
control flow around dispatches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import DenseArrayBase, IndexType, ModuleOp, i64
from xdsl.ir import Operation, Region, SSAValue
from xdsl.rewriter import Rewriter

from ireelite.dialects.stablehlo.control import CaseOp, IfOp, WhileOp
from ireelite.dialects.tensor_types import element_type_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def hlo_control_to_scf(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Replaces the loops and choices of every function, in place; inner ones first."""
    for op in reversed(list(module.walk())):
        if (rule := RULES.get(type(op))) is not None:
            made = rule(op, tracker)
            for new in made:
                new.location = op.location
            Rewriter.replace_op(op, made)
            if tracker is not None:
                tracker.rewrite_in_place(rule, op, made)
    return module


def element(value: SSAValue) -> tensor.ExtractOp:
    """Reads the element of a tensor of rank 0."""
    return tensor.ExtractOp(value, [], element_type_of(value))


def yielding(op: Operation, region: Region, tracker: Tracker | None) -> Region:
    """Returns a region of an op, detached; it yields what it returned."""
    end = region.block.last_op
    assert end is not None
    replace_end(end, [scf.YieldOp(*end.operands)], tracker)
    return op.detach_region(region)


def replace_end(end: Operation, made: list[Operation], tracker: Tracker | None) -> None:
    """Replaces the end of a block."""
    for new in made:
        new.location = end.location
        if tracker is not None:
            tracker.derive(new, (end,))
    Rewriter.replace_op(end, made, [])


def lower_while(op: WhileOp, tracker: Tracker | None) -> list[Operation]:
    end = op.cond.block.last_op
    assert end is not None
    condition = element(end.operands[0])
    holds = scf.ConditionOp(condition.result, *op.cond.block.args)
    replace_end(end, [condition, holds], tracker)
    body = yielding(op, op.body, tracker)
    return [scf.WhileOp(op.operand, op.res.types, op.detach_region(op.cond), body)]


def lower_if(op: IfOp, tracker: Tracker | None) -> list[Operation]:
    condition = element(op.pred)
    yes, no = (yielding(op, region, tracker) for region in (op.true_branch, op.false_branch))
    return [condition, scf.IfOp(condition.result, op.res.types, yes, no)]


def lower_case(op: CaseOp, tracker: Tracker | None) -> list[Operation]:
    """Lowers `case`. A negative index is equal to that of no case, as an index that is too large."""
    number = element(op.index)
    index = arith.IndexCastOp(number.result, IndexType())
    *cases, default = [yielding(op, region, tracker) for region in list(op.branches)]
    numbers = DenseArrayBase.from_list(i64, range(len(cases)))
    return [
        number,
        index,
        scf.IndexSwitchOp(index.result, numbers, default, cases, op.res.types),
    ]


RULES: Mapping[type[Operation], Callable[[Any, Tracker | None], list[Operation]]] = {
    CaseOp: lower_case,
    IfOp: lower_if,
    WhileOp: lower_while,
}
"""Every op of StableHLO that decides what runs."""
