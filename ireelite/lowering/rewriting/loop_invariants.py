"""Loop-invariant code motion: what a loop computes from values that it does not change moves before
the loop.

Loops are `scf` ops, or the natural loops of a region of several blocks: a header that dominates a
block which branches back to it. Only ops that can't fail move, since a loop may run no iteration at
all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.effects import may_run_early
from ireelite.syntax.dominance import dominator_tree, reverse_post_order, successors

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

LOOPS = (scf.ForOp, scf.ParallelOp, scf.WhileOp)


def move_loop_invariants(module: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """Hoists the invariants of every loop of a module, in place, out of as many loops as possible:
    inner loops come first.
    """
    for op in reversed(list(module.walk())):
        for region in op.regions:
            if region.blocks.first is not region.blocks.last:
                for loop in natural_loops(region):
                    hoist_from_blocks(loop, tracker)
        if isinstance(op, LOOPS):
            hoist_invariants(op, tracker)
    return module


def hoist_invariants(loop: Operation, tracker: Tracker | None) -> None:
    """Moves the invariant ops at the top level of a loop's regions before it, in order."""
    target = loop.parent_block()
    assert target is not None
    for region in loop.regions:
        for block in region.blocks:
            for op in list(block.ops):
                if may_run_early(op) and not any(is_inside(v, loop) for v in op.operands):
                    op.detach()
                    target.insert_op_before(op, loop)
                    if tracker is not None:
                        tracker.rewrite(hoist_invariants, [op], [op])


def is_inside(value: SSAValue, loop: Operation) -> bool:
    """Returns whether a value that an op at the top level of a loop uses is made by the loop."""
    block = block_of(value)
    return block is not None and block.parent_op() is loop


# -- natural loops ---------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class NaturalLoop:
    """The blocks of a loop, and the block before it, which leads nowhere else."""

    blocks: dict[Block, None]
    """In the order in which they run."""
    before: Block


def natural_loops(region: Region) -> list[NaturalLoop]:
    """Returns the loops of a region that are entered from one block only, the smallest first."""
    order = reverse_post_order(region)
    number = {block: n for n, block in enumerate(order)}
    dominators = dominator_ranges(order)
    predecessors: dict[Block, list[Block]] = {block: [] for block in order}
    for block in order:
        for successor in successors(block):
            predecessors[successor].append(block)
    loops: list[NaturalLoop] = []
    for header in order:
        first, last = dominators[header]
        back = [b for b in predecessors[header] if first <= dominators[b][0] <= last]
        entries = [b for b in predecessors[header] if b not in back]
        if not back or len(entries) != 1 or len(successors(entries[0])) != 1:
            continue
        inside = {header}
        waiting = list(back)
        while waiting:
            block = waiting.pop()
            if block not in inside:
                inside.add(block)
                waiting += predecessors[block]
        blocks = dict.fromkeys(sorted(inside, key=lambda block: number[block]))
        loops.append(NaturalLoop(blocks, entries[0]))
    return sorted(loops, key=lambda loop: len(loop.blocks))


def dominator_ranges(order: Sequence[Block]) -> dict[Block, tuple[int, int]]:
    """Returns, for each block, its number in a walk over the dominator tree, and the last number
    among the blocks that it dominates.
    """
    tree = dominator_tree(order)
    ranges: dict[Block, tuple[int, int]] = {}
    waiting: list[tuple[Block, int | None]] = [(order[0], None)]
    count = 0
    while waiting:
        block, start = waiting.pop()
        if start is not None:
            ranges[block] = (start, count - 1)
            continue
        ranges[block] = (count, count)
        waiting.append((block, count))
        waiting += [(child, None) for child in tree[block]]
        count += 1
    return ranges


def hoist_from_blocks(loop: NaturalLoop, tracker: Tracker | None) -> None:
    """Moves the invariant ops of a loop's blocks to the end of the block before it, in order."""
    target = loop.before.last_op
    assert target is not None
    for block in loop.blocks:
        for op in list(block.ops):
            if may_run_early(op) and not any(block_of(v) in loop.blocks for v in op.operands):
                op.detach()
                loop.before.insert_op_before(op, target)
                if tracker is not None:
                    tracker.rewrite(hoist_from_blocks, [op], [op])


def block_of(value: SSAValue) -> Block | None:
    """Returns the block that makes a value."""
    return value.owner if isinstance(value.owner, Block) else value.owner.parent_block()
