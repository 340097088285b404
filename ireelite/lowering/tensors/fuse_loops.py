"""Stage 2 to 3: loops and choices over small tensors become one op, and later one kernel.

A loop whose turns compute a few elements costs a dispatch or more for each turn, and computes for less
time than that takes; if its condition is data, it costs a read back for each turn, too. In an
`iree_tensor.serial` a single invocation goes through all turns, with the loops and choices inside.
A choice over small tensors is one kernel, too: it need not be read back.

That is the same in every result and in every effect:
- a kernel ends: its number of turns is limited. Where data decides it, a dispatch takes a limited
  number of turns and says whether the loop goes on, and the host repeats it until it does not:

      %go, %a = serial(%inits) { at most n turns ; condition }
      scf.while (%go, %a) { scf.condition(read back %go) } do { serial(%a) {...} }

  A loop that has a limit, as most iterations until a tolerance have, is not read back at all;
- a body is tensor work only, which has no effects, can't fail, and takes nothing from the host;
- each value is computed from the same values, by the same ops.
It is the same time to wait for anything else that the device could do, so that work is bounded.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ireelite.dialects import util
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.rewriting.sequences import CONTROL_OPS, is_from_nothing, is_static_tensor
from ireelite.lowering.tensors.index_bounds import most_turns
from ireelite.lowering.tensors.loop_cost import (
    Cost,
    cost_of_block,
    cost_of_blocks,
    cost_of_control,
    cost_of_start,
    has_constant_bounds,
)
from ireelite.lowering.tensors.loops import is_read, passes_all
from ireelite.lowering.tensors.serial_loops import (
    Made,
    carried_by,
    decision_ops,
    limit_turns,
    may_carry_counter,
    repeat_in_parts,
    to_serial,
    to_while,
)

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MAX_POINTS = 4096
"""Scalar operations of a piece of work without a loop: what a core computes in the microseconds
that a dispatch takes."""

MAX_WORK = 1 << 20
"""Scalar operations of one dispatch. Shaders repeat the body of a loop of more than 60,000 turns in
all, since a driver ends longer ones: here up to 35 times, which still compiles in seconds."""

MAX_CARRIED = 16 * MAX_POINTS
"""Elements of the tensors that a kernel carries, which it copies before its first turn."""

MAX_BUFFERS = 22
"""Buffers of a kernel without its scratch. Devices bind 32, and its condition may take one."""

MAX_BACK_EDGES = 40_000
"""Turns of all loops together that a dispatch makes of a loop whose number of turns is not known:
some drivers end longer ones, and no target unrolls such a loop."""

UNROLLED = 8
"""How often bodies of loops of a constant number of turns are repeated in it, where drivers end longer
ones: fewer turns a dispatch would cost more than the compilation of these."""


CODE = (*CONTROL_OPS, scf.ExecuteRegionOp, func.FuncOp, util.InitializerOp)
"""Ops whose regions are code that may hold kernels. Those of others, as a reducer, are in one."""


def fuse_loops(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Makes an `iree_tensor.serial` of every loop and choice that may be one, in place; outer ones
    first. Decisions are recorded.
    """
    for region in module.regions:
        for block in region.blocks:
            fuse_in_block(block, tracker)
    return module


def fuse_in_block(block: Block, tracker: Tracker | None) -> None:
    for op in list(block.ops):
        if type(op) in CONTROL_OPS and carries_tensors(op):
            cost, each_turn = cost_of_loop(op)
            reason = cost if isinstance(cost, str) else against_one_kernel(op, cost, each_turn)
            if tracker is not None:
                facts = {} if isinstance(cost, str) else asdict(cost)
                words = reason or "its work takes less time than dispatches"
                tracker.decide("loops", [op], "separate" if reason else "one kernel", words, facts)
            if reason is None and not isinstance(cost, str):
                made, results = fuse(op, cost, each_turn, tracker)
                for new in made:
                    new.location = op.location
                Rewriter.replace_op(op, made, results)
                if tracker is not None:
                    tracker.rewrite_in_place(fuse, op, made)
                continue
        if isinstance(op, CODE):
            for region in op.regions:
                for inner in region.blocks:
                    fuse_in_block(inner, tracker)


def carries_tensors(op: Operation) -> bool:
    """Returns whether a loop or a choice has results, all of which are static tensors."""
    return bool(op.results) and all(is_static_tensor(type) for type in op.result_types)


def cost_of_loop(op: Operation) -> tuple[Cost | str, bool]:
    """Returns the cost of a loop or a choice, or a reason if no kernel can do its work; and whether
    it is that of one turn, since a dispatch can't take all turns: data decides about them.
    """
    cost = cost_of_control(op)
    if isinstance(op, scf.WhileOp) or (isinstance(op, scf.ForOp) and not has_constant_bounds(op)):
        if isinstance(cost, str) or exceeds(cost):
            return cost_of_blocks(op), True
    return cost, False


def exceeds(cost: Cost) -> bool:
    """Returns whether a dispatch of such a cost would take too long."""
    return cost.total > MAX_WORK or (cost.is_open and cost.back_edges > MAX_BACK_EDGES)


def against_one_kernel(op: Operation, cost: Cost, each_turn: bool) -> str | None:
    """Returns why a loop or a choice does not become one kernel; None if it does."""
    if isinstance(op, scf.WhileOp) and not (passes_all(op) and is_read(op)):
        return "its condition is no element of a tensor"
    if isinstance(op, scf.ForOp) and each_turn and not may_carry_counter(op):
        return "it does not count one by one"
    for value in outer_operands(op):
        if not isinstance(value.type, TensorType) and decision_ops(value) is None:
            return "the host decides about its work"
    if len(carried_by(op)) + len(op.results) + len(read_around(op)) > MAX_BUFFERS:
        return f"its kernel would have more than {MAX_BUFFERS} buffers"
    if cost.piece > MAX_POINTS:
        return f"a turn computes more than {MAX_POINTS} elements"
    carried = cost_of_start(op)
    if carried.total > (MAX_POINTS if each_turn else MAX_CARRIED):
        return f"each dispatch would copy its {carried.total} carried elements"
    if cost.is_open and cost.back_edges > MAX_BACK_EDGES:
        return f"data decides about its turns, of which there may be more than {MAX_BACK_EDGES}"
    if cost.total > MAX_WORK and not may_be_divided(op):
        return f"it computes more than {MAX_WORK} elements"
    return None


def read_around(op: Operation) -> list[SSAValue]:
    """Returns the tensors that the regions of a loop or a choice read from around it, but for those
    that are made from nothing.
    """
    values = [value for value in outer_operands(op) if value not in carried_by(op)]
    return [
        value
        for value in values
        if isinstance(value.type, TensorType)
        and not (isinstance(value.owner, Operation) and is_from_nothing(value.owner))
    ]


def may_be_divided(op: Operation) -> bool:
    """Returns whether a loop's turns can be done in several dispatches: their number is a constant,
    each does little, and no turn needs its own number.
    """
    if not isinstance(op, scf.ForOp) or not has_constant_bounds(op) or op.body.block.args[0].uses:
        return False
    turn = cost_of_block(op.body.block)
    return isinstance(turn, Cost) and turn.total <= MAX_WORK // 2


def fuse(op: Operation, cost: Cost, each_turn: bool, tracker: Tracker | None) -> Made:
    """Returns what computes the same as a loop or a choice: one kernel, or a loop around one. The
    cost may be that of each turn.
    """
    if each_turn:
        loop = to_while(op) if isinstance(op, scf.ForOp) else op
        assert isinstance(loop, scf.WhileOp)
        if loop is not op and tracker is not None:
            tracker.rewrite_in_place(to_while, op, [loop])
        each = cost.back_edges if cost.is_open else cost.back_edges // UNROLLED
        by_edges = (MAX_BACK_EDGES - cost_of_start(op).back_edges) // (each + 1)
        turns = max(1, min(by_edges, MAX_WORK // max(cost.total, 1)))
        made, results = limit_turns(loop, turns, tracker)
        if loop is not op:
            loop.detach()
            loop.erase()
        return made, results[: len(op.results)]
    if isinstance(op, scf.ForOp) and cost.total > MAX_WORK:
        turns = most_turns(op) or 1
        most = max(1, MAX_WORK * turns // cost.total)
        return repeat_in_parts(op, turns, most, tracker)
    return to_serial(op, tracker)
