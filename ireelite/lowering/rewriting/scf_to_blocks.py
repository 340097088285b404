"""Structured control flow becomes blocks with arguments, in the ops of any target that has branches.

A `BlockConversion` builds functions of many blocks; `BranchOps` are the few ops that targets differ
in. A loop has a header, whose arguments are the index and the carried values, and which branches
to the body or behind the loop:

    br ^header(%lower, %init)
    ^header(%i, %carried):  %more = less %i, %upper ; cond_br %more, ^body, ^after
    ^body:                  ... ; %next = add %i, %step ; br ^header(%next, %yielded)
    ^after:                 the results are the carried values
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from xdsl.dialects import scf
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.syntax.dominance import reverse_post_order

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Values = Sequence[SSAValue]


@light_dataclass(frozen=True)
class BranchOps:
    """How a target branches, counts and compares. Each function inserts at the conversion's current
    point.
    """

    type_of: Callable[[Attribute], Attribute]
    """The target's type for a type of the source."""
    branch: Callable[[Any, Block, Values], object]
    """(conversion, target, arguments)"""
    branch_if: Callable[[Any, SSAValue, Block, Values, Block, Values], object]
    """(conversion, condition, target and arguments if it holds, and if not)"""
    is_less: Callable[[Any, SSAValue, SSAValue], SSAValue]
    """Whether one index is less than another, both signed."""
    is_equal: Callable[[Any, SSAValue, int], SSAValue]
    """Whether an index is equal to a number."""
    add: Callable[[Any, SSAValue, SSAValue], SSAValue]
    """The sum of two indices, which does not overflow."""


class BlockConversion(Conversion):
    """A conversion whose insertion point moves from block to block of one function."""

    def __init__(self, rules: Rules, level: str, ops: BranchOps, tracker: Tracker | None):
        super().__init__(rules, level, tracker)
        self.ops = ops
        self.blocks: dict[Block, Block] = {}
        """Blocks of the source -> the blocks that they have become."""
        self.exits: list[Block] = []
        """Where the regions continue that are being converted, innermost last."""

    @property
    def region(self) -> Region:
        """The body of the function that is being built."""
        region = self.block.parent_region()
        assert region is not None
        return region

    def enter(self, block: Block) -> None:
        """Adds a block to the function; what is inserted next is put there."""
        self.region.add_block(block)
        self.continue_at(block)

    def receiver(self, olds: Values) -> Block:
        """Returns a new block whose arguments are the new values of these values."""
        block = Block(arg_types=[self.ops.type_of(old.type) for old in olds])
        for old, new in zip(olds, block.args, strict=True):
            self.map(old, new)
        return block

    def passed(self, olds: Values) -> list[SSAValue]:
        """Returns the arguments with which a branch gives these values to a receiver."""
        return [self.value(old) for old in olds]

    def alias(self, old: SSAValue, other: SSAValue) -> None:
        """Maps a value to the new value of another."""
        self.map(old, self.value(other))

    def jump(self, target: Block, olds: Values = ()) -> None:
        """Branches to a receiver with these values."""
        self.ops.branch(self, target, self.passed(olds))

    def branch(self, condition: SSAValue, yes: Block, no: Block) -> None:
        """Branches to one of two blocks without arguments."""
        self.ops.branch_if(self, condition, yes, [], no, [])

    def convert_body(self, block: Block) -> Operation:
        """Converts all of a block but its terminator, which it returns."""
        last = block.last_op
        assert last is not None
        for op in block.ops:
            if op is not last:
                self.convert(op)
        return last

    def convert_region(self, region: Region, leave: Block | None = None) -> None:
        """Converts a region's blocks from the current point on. The arguments of its first block
        must have been mapped. Terminators that leave the region branch to `leave`.
        """
        order = reverse_post_order(region)
        for block in order[1:]:
            self.blocks[block] = self.receiver(block.args)
        if leave is not None:
            self.exits.append(leave)
        for index, block in enumerate(order):
            if index:
                self.enter(self.blocks[block])
            self.convert_block(block)
        if leave is not None:
            self.exits.pop()


def new_values(to: BlockConversion, olds: Values) -> list[SSAValue]:
    """Returns the new values of these values."""
    return [to.value(old) for old in olds]


def build_loop(
    to: BlockConversion,
    bounds: tuple[SSAValue, SSAValue, SSAValue],
    arguments: Values,
    inits: Values,
    results: Values,
    body: Callable[[], Values],
) -> list[SSAValue]:
    """Builds `for i = lower; i < upper; i += step`; returns the new values of the results.

    `bounds` are new values. `arguments` are the index and the carried values in the body, `inits`
    what these are at first, `results` what they are behind the loop: all values of the source.
    `body` converts the body at the current point and returns what it yields.
    """
    lower, upper, step = bounds
    header, inside, after = to.receiver(arguments), Block(), Block()
    index = to.value(arguments[0])
    to.ops.branch(to, header, [lower, *to.passed(inits)])
    to.enter(header)
    more = to.ops.is_less(to, index, upper)
    to.branch(more, inside, after)
    to.enter(inside)
    yielded = body()
    following = to.ops.add(to, index, step)
    to.ops.branch(to, header, [following, *to.passed(yielded)])
    to.enter(after)
    for result, carried in zip(results, arguments[1:], strict=True):
        to.alias(result, carried)
    return new_values(to, results)


def lower_for(op: scf.ForOp, to: BlockConversion) -> list[SSAValue]:
    body = op.body.block
    bounds = to.value(op.lb), to.value(op.ub), to.value(op.step)
    return build_loop(
        to, bounds, body.args, op.iter_args, op.res, lambda: to.convert_body(body).operands
    )


Bounds = tuple[SSAValue, SSAValue, SSAValue]


def build_nest(op: scf.ParallelOp, to: BlockConversion, bounds: Sequence[Bounds | None]) -> None:
    """Builds nested loops, the slowest dimension outermost. `bounds` are new values for each
    dimension; None for one whose index is mapped already.
    """
    body = op.body.block

    def nest(dimension: int) -> Values:
        while dimension < len(bounds) and bounds[dimension] is None:
            dimension += 1
        if dimension == len(bounds):
            to.convert_body(body)
        elif (own := bounds[dimension]) is not None:
            build_loop(to, own, [body.args[dimension]], [], [], lambda: nest(dimension + 1))
        return ()

    nest(0)


def lower_parallel(op: scf.ParallelOp, to: BlockConversion) -> None:
    dimensions = zip(op.lowerBound, op.upperBound, op.step, strict=True)
    build_nest(op, to, [(to.value(a), to.value(b), to.value(c)) for a, b, c in dimensions])


def lower_if(op: scf.IfOp, to: BlockConversion) -> list[SSAValue]:
    yes, after = Block(), to.receiver(op.output)
    no = Block() if op.false_region.blocks else after
    to.branch(to.value(op.cond), yes, no)
    for block, region in ((yes, op.true_region), (no, op.false_region)):
        if block is not after:
            to.enter(block)
            to.jump(after, to.convert_body(region.block).operands)
    to.enter(after)
    return new_values(to, op.output)


def lower_while(op: scf.WhileOp, to: BlockConversion) -> list[SSAValue]:
    before, after = op.before_region.block, op.after_region.block
    header, body, exit = to.receiver(before.args), to.receiver(after.args), to.receiver(op.res)
    to.jump(header, op.arguments)
    to.enter(header)
    condition = to.convert_body(before)
    assert isinstance(condition, scf.ConditionOp)
    carried = to.passed(condition.args)
    to.ops.branch_if(to, to.value(condition.condition), body, carried, exit, carried)
    to.enter(body)
    to.jump(header, to.convert_body(after).operands)
    to.enter(exit)
    return new_values(to, op.res)


def lower_index_switch(op: scf.IndexSwitchOp, to: BlockConversion) -> list[SSAValue]:
    """Returns a comparison with each case in turn."""
    after = to.receiver(op.output)
    index = to.value(op.arg)
    for case, region in zip(op.cases.get_values(), op.case_regions, strict=True):
        taken, following = Block(), Block()
        to.branch(to.ops.is_equal(to, index, case), taken, following)
        to.enter(taken)
        to.jump(after, to.convert_body(region.block).operands)
        to.enter(following)
    to.jump(after, to.convert_body(op.default_region.block).operands)
    to.enter(after)
    return new_values(to, op.output)


def lower_execute_region(op: scf.ExecuteRegionOp, to: BlockConversion) -> list[SSAValue]:
    after = to.receiver(op.outs)
    to.convert_region(op.region, leave=after)
    to.enter(after)
    return new_values(to, op.outs)


def lower_yield(op: scf.YieldOp, to: BlockConversion) -> None:
    """Ends a region of several blocks; other regions' ends are part of their ops."""
    to.jump(to.exits[-1], op.arguments)


SCF_RULES: Rules = {
    scf.ExecuteRegionOp: lower_execute_region,
    scf.ForOp: lower_for,
    scf.IfOp: lower_if,
    scf.IndexSwitchOp: lower_index_switch,
    scf.ParallelOp: lower_parallel,
    scf.WhileOp: lower_while,
    scf.YieldOp: lower_yield,
}
"""Every structured op. `scf.reduce` is the end of `scf.parallel` here: kernels' loops reduce by
carried values.
"""
