"""Loops over segments of a dimension, in each of which conditions on its index do not change.

A concatenation or a padding decides for each element where it comes from:

    scf.parallel (%i, %j) to (m, n) { scf.if (%j < 512) { load %a } else { load %b }; store }

In segments it becomes straight copies, which a compiler makes of whole registers:

    scf.parallel (%i) to (m) { scf.for %j = 0 to 512 { load %a; store }
                               scf.for %j = 512 to n { load %b; store } }

A loop of one dimension is divided into chunks, whose part of each segment may be empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr, i1
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.lowering.schedules.schedule import WORKGROUP
from ireelite.lowering.schedules.strides import constant_of
from ireelite.lowering.schedules.tile_builder import TileBuilder

SHORTEST = 64
"""Points of a dimension below which it stays one loop."""
MAX_SEGMENTS = 16
"""Segments of a dimension: the body is written once for each."""
CHUNK = 1 << 14
"""Points of a part of a loop of one dimension."""
UNSIGNED = {"ult": "slt", "ule": "sle", "ugt": "sgt", "uge": "sge"}
WORDS = ("eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge")
"""The predicates of `arith.cmpi`, by their numbers."""


def place_behind(value: SSAValue, argument: SSAValue) -> int | None:
    """Returns the constant that a value is behind an argument of a loop; None if it is not such a
    sum.
    """
    if value is argument:
        return 0
    owner = value.owner
    if not isinstance(owner, arith.AddiOp | arith.SubiOp) or owner.lhs is not argument:
        return None
    distance = constant_of(owner.rhs)
    return -distance if distance is not None and isinstance(owner, arith.SubiOp) else distance


class Conditions:
    """The comparisons of a loop's last index with constants."""

    def __init__(self, loop: scf.ParallelOp):
        argument = loop.body.block.args[-1]
        self.found: dict[arith.CmpiOp, tuple[int, int]] = {}
        """Comparison -> what is added to the index, and what the sum is compared with."""
        for op in loop.body.walk():
            if isinstance(op, arith.CmpiOp):
                behind, limit = place_behind(op.lhs, argument), constant_of(op.rhs)
                if behind is not None and limit is not None and limit >= 0:
                    self.found[op] = behind, limit

    def holds(self, op: arith.CmpiOp, index: int) -> bool:
        """Returns whether a comparison holds at an index."""
        behind, limit = self.found[op]
        place, word = index + behind, WORDS[op.predicate.value.data]
        if word in UNSIGNED:
            place, word = place % (1 << 64), UNSIGNED[word]
        results = {"eq": place == limit, "ne": place != limit, "slt": place < limit}
        results |= {"sle": place <= limit, "sgt": place > limit, "sge": place >= limit}
        return results[word]

    def bounds(self, extent: int) -> list[int]:
        """Returns where segments begin, then the extent: no condition changes between two of them."""
        places = {0, extent}
        for behind, limit in self.found.values():
            places |= {-behind, limit - behind, limit - behind + 1}
        inside = sorted(place for place in places if 0 <= place <= extent)
        kept = [0]
        for place in inside[1:-1]:
            if any(self.holds(op, place) != self.holds(op, place - 1) for op in self.found):
                kept.append(place)
        return [*kept, extent]


def divide_in_segments(loop: scf.ParallelOp, extents: Sequence[int]) -> list[Operation]:
    """Replaces a loop over points, whose branches depend on the last index, by loops over segments;
    returns the new ops, none if there is nothing to divide.
    """
    if not any(isinstance(op, scf.IfOp) for op in loop.body.walk()) or extents[-1] < SHORTEST:
        return []
    conditions = Conditions(loop)
    bounds = conditions.bounds(extents[-1])
    if len(bounds) < 3 or len(bounds) > MAX_SEGMENTS + 1 or leaves_branches(loop, conditions):
        return []
    to, holder, around = TileBuilder(loop), Block(), list(extents[:-1])
    with to.at(holder):
        grid = Block(arg_types=[IndexType()] * (len(around) or 1))
        for new, old in zip(grid.args, loop.body.block.args, strict=False):
            new.name_hint = old.name_hint
        with to.at(grid):
            outer = list(grid.args) if around else []
            chunk = None if around else to.multiply(grid.args[0], CHUNK)
            for begin, end in pairwise(bounds):
                first, last = limits(begin, end, chunk, to)
                body = Block(arg_types=[IndexType()])
                body.args[0].name_hint = loop.body.block.args[-1].name_hint
                values = dict[SSAValue, SSAValue](
                    zip(loop.body.block.args, [*outer, body.args[0]], strict=True)
                )
                with to.at(body):
                    copy_block(loop.body.block, values, conditions, begin, to)
                    to.insert(scf.YieldOp())
                one = to.index(1)
                to.insert(scf.ForOp(first, last, one, [], body))
            to.insert(scf.ReduceOp())
        counts = around or [-(-extents[-1] // CHUNK)]
        to.parallel(grid, counts, [WORKGROUP] * len(counts))
    for op in list(holder.ops):
        op.detach()
        Rewriter.insert_op(op, InsertPoint.before(loop))
    loop.detach()
    loop.erase(safe_erase=False)
    return to.made


def leaves_branches(loop: scf.ParallelOp, conditions: Conditions) -> bool:
    """Returns whether a branch depends on something else, or a branch has a store."""
    return any(
        (isinstance(op, scf.IfOp) and op.cond.owner not in conditions.found)
        or (isinstance(op, memref.StoreOp) and op.parent_op() is not loop)
        for op in loop.body.walk()
    )


def limits(
    begin: int, end: int, chunk: SSAValue | None, to: TileBuilder
) -> tuple[SSAValue, SSAValue]:
    """Returns where a segment begins and ends, within a chunk if the loop is divided into some."""
    if chunk is None:
        return to.index(begin), to.index(end)
    following = to.add(chunk, to.index(CHUNK))
    first = to.insert(arith.MaxSIOp(chunk, to.index(begin))).results[0]
    last = to.insert(arith.MinSIOp(following, to.index(end))).results[0]
    return first, last


def copy_block(
    block: Block,
    values: dict[SSAValue, SSAValue],
    conditions: Conditions,
    index: int,
    to: TileBuilder,
) -> Sequence[SSAValue]:
    """Inserts the ops of a block for a segment that begins at an index, with the branches that are
    taken in it; returns what the block yields.
    """
    for op in block.ops:
        if op is block.last_op:
            return [values.get(value, value) for value in op.operands]
        if isinstance(op, arith.CmpiOp) and op in conditions.found:
            number = IntegerAttr(int(conditions.holds(op, index)), i1)
            values[op.result] = to.insert(arith.ConstantOp(number)).results[0]
        elif isinstance(op, scf.IfOp):
            condition = op.cond.owner
            assert isinstance(condition, arith.CmpiOp)
            taken = op.true_region if conditions.holds(condition, index) else op.false_region
            if taken.blocks:
                results = copy_block(taken.block, values, conditions, index, to)
                values.update(zip(op.output, results, strict=True))
        else:
            copy_op(op, values, to)
    return []


def copy_op(op: Operation, values: dict[SSAValue, SSAValue], to: TileBuilder) -> None:
    """Inserts a copy of an op on other values, at the op's own location."""
    known: Mapping[SSAValue, SSAValue] = values
    copy = op.clone(dict(known))
    to.insert(copy)
    copy.location = op.location
    values.update(zip(op.results, copy.results, strict=True))
