"""Stage 2 to 3, second half: groups tensor ops into dispatch regions.

`facts` says which ops compute and which are only copied to where they are read; `decide` groups
those that compute. Each group becomes a region, so that no tensor math is left outside of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import Operation, Region

from ireelite.dialects.sequencer.iree import WORKLOAD_TYPE, DispatchRegionOp, ReturnOp
from ireelite.lowering.fusion.decide import Group, find_groups, record_decisions
from ireelite.lowering.fusion.facts import Facts
from ireelite.lowering.rewriting.dead_code import erase_dead_ops
from ireelite.lowering.rewriting.outlining import Outlining
from ireelite.lowering.rewriting.sequences import is_sequence
from ireelite.lowering.tensors.workload import workload_of
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import at_place

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

LARGEST_COUNT = 2**31 - 1
"""The largest number of a workload, which is of i32."""


def form_dispatches(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Forms the regions of every sequence, in place."""
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and is_sequence(function):
            erase_dead_ops(function.body.block, may_erase, tracker)
            facts = Facts(function.body.block)
            groups, decisions = find_groups(facts)
            if tracker is not None:
                record_decisions(decisions, tracker)
            for group in groups:
                form_region(function, group, facts, tracker)
            erase_dead_ops(function.body.block, may_erase, tracker)
    return module


def may_erase(_: Operation) -> bool:
    """Whether an op of a sequence may be erased if nothing uses its results: all are pure."""
    return True


def form_region(function: func.FuncOp, group: Group, facts: Facts, tracker: Tracker | None) -> None:
    """Moves a group's ops into a new dispatch region before the function's end."""
    terminator = function.body.block.last_op
    assert terminator is not None
    outlined = Outlining(group.ops, facts.copied.__contains__, tracker)
    for number, argument in enumerate(outlined.block.args, len(function.args)):
        argument.name_hint = f"arg{number}"
    end = ReturnOp(*outlined.outputs)
    outlined.block.add_op(end)
    counts = workload_of(group.shape)
    if max(counts) > LARGEST_COUNT:
        error = StatusError(
            StatusCode.UNIMPLEMENTED,
            f"a dispatch over a shape of {list(group.shape)} has {max(counts)} elements in one of "
            f"the three numbers of its workload, which is {LARGEST_COUNT} at most",
        )
        raise at_place(error, group.ops)
    workload = DenseIntOrFPElementsAttr.from_list(WORKLOAD_TYPE, counts)
    constant = arith.ConstantOp(workload)
    constant.result.name_hint = "cst"
    region = DispatchRegionOp(
        constant.result, outlined.inputs, outlined.result_types, Region(outlined.block)
    )
    function.body.block.insert_ops_before([constant, region], terminator)
    outlined.replace(form_region, region.outputs, [constant, region, end])
