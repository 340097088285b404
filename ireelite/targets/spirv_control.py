"""`scf.for` and `scf.if` as structured loops and selections."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.dialects.builtin import i32
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import spirv
from ireelite.targets.spirv_conversion import KernelConversion


def lower_for(loop: scf.ForOp, to: KernelConversion) -> spirv.LoopOp:
    """Counts up in a header whose block arguments are the index and the carried values."""
    lower, upper, step = to.value(loop.lb), to.value(loop.ub), to.value(loop.step)
    carried = [to.wide(value) for value in loop.iter_args]
    types = [value.type for value in carried]
    entry, body, latch, merge = Block(), Block(), Block(), Block()
    header = Block(arg_types=[i32, *types])
    new = to.insert(spirv.LoopOp(types, Region([entry, header, body, latch, merge])))
    for old, arg in zip(loop.body.block.args, header.args, strict=True):
        to.map(old, arg)
    with to.at(entry):
        to.insert(spirv.BranchOp(header, [lower, *carried]))
    with to.at(header):
        more = to.binary("SLessThan", header.args[0], upper)
        to.insert(spirv.BranchConditionalOp(more, body, merge))
    with to.at(body):
        results = _body(loop.body.block, to)
        to.insert(spirv.BranchOp(latch))
    with to.at(latch):
        following = to.binary("IAdd", header.args[0], step)
        to.insert(spirv.BranchOp(header, [following, *results]))
    with to.at(merge):
        to.insert(spirv.MergeOp(header.args[1:]))
    return new


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
