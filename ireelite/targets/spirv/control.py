"""`scf.for` and `scf.if` as structured loops and selections."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import scf
from xdsl.dialects.builtin import i32
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import spirv
from ireelite.targets.spirv.conversion import KernelConversion
from ireelite.targets.spirv.unroll import constant_value, trip_count


def lower_for(loop: scf.ForOp, to: KernelConversion) -> Sequence[SSAValue]:
    """A loop with as many copies of its body as planned,
    and a plain one for the iterations that are left.
    """
    copies, count = to.copies.get(loop), trip_count(loop)
    lower, upper, carried = (
        to.value(loop.lb),
        to.value(loop.ub),
        [to.wide(value) for value in loop.iter_args],
    )
    if copies is None or count is None:
        return _loop(loop, lower, upper, carried, 1, to).results
    if copies >= count:
        return _iterations(loop, lower, carried, count, to)[1]
    left = count % copies
    first, step = constant_value(loop.lb) or 0, constant_value(loop.step) or 1
    middle = to.constant(first + (count - left) * step) if left else upper
    carried = _loop(loop, lower, middle, carried, copies, to).results
    return _loop(loop, middle, upper, carried, 1, to).results if left else carried


def _loop(
    loop: scf.ForOp,
    lower: SSAValue,
    upper: SSAValue,
    carried: Sequence[SSAValue],
    copies: int,
    to: KernelConversion,
) -> spirv.LoopOp:
    """Counts up in a header whose block arguments are the index and the carried values."""
    step = to.value(loop.step)
    types = [value.type for value in carried]
    entry, body, latch, merge = Block(), Block(), Block(), Block()
    header = Block(arg_types=[i32, *types])
    for old, arg in zip(loop.body.block.args, header.args, strict=True):
        arg.name_hint = old.name_hint
    new = to.insert(spirv.LoopOp(types, Region([entry, header, body, latch, merge])))
    with to.at(entry):
        to.insert(spirv.BranchOp(header, [lower, *carried]))
    with to.at(header):
        more = to.binary("SLessThan", header.args[0], upper)
        to.insert(spirv.BranchConditionalOp(more, body, merge))
    with to.at(body):
        last, results = _iterations(loop, header.args[0], header.args[1:], copies, to)
        to.insert(spirv.BranchOp(latch))
    with to.at(latch):
        to.insert(spirv.BranchOp(header, [to.binary("IAdd", last, step), *results]))
    with to.at(merge):
        to.insert(spirv.MergeOp(header.args[1:]))
    return new


def _iterations(
    loop: scf.ForOp, index: SSAValue, carried: Sequence[SSAValue], copies: int, to: KernelConversion
) -> tuple[SSAValue, Sequence[SSAValue]]:
    """Copies of a loop's body, one after the other;
    returns the last one's index and what it hands on.
    """
    for number in range(copies):
        if number:
            index = to.binary("IAdd", index, to.value(loop.step))
        for old, new in zip(loop.body.block.args, [index, *carried], strict=True):
            to.map(old, new)
        carried = _body(loop.body.block, to)
    return index, carried


def lower_if(op: scf.IfOp, to: KernelConversion) -> spirv.SelectionOp:
    """Both branches hand their results to the block where they meet."""
    condition = to.value(op.cond)
    types = [to.register_type(result.type) for result in op.results]
    entry, true, false = Block(), Block(), Block()
    merge = Block(arg_types=types)
    has_else = bool(op.false_region.blocks)
    blocks = [entry, true, false, merge] if has_else else [entry, true, merge]
    new = to.insert(spirv.SelectionOp(types, Region(blocks)))
    with to.at(entry):
        to.insert(spirv.BranchConditionalOp(condition, true, false if has_else else merge))
    for block, region in ((true, op.true_region), (false, op.false_region)):
        if region.blocks:
            with to.at(block):
                to.insert(spirv.BranchOp(merge, _body(region.block, to)))
    with to.at(merge):
        to.insert(spirv.MergeOp(merge.args))
    return new


def _body(block: Block, to: KernelConversion) -> list[SSAValue]:
    """Converts a block's ops at the current point; returns what it yields."""
    *ops, end = block.ops
    assert isinstance(end, scf.YieldOp)
    for op in ops:
        to.convert(op)
    return [to.wide(value) for value in end.operands]
