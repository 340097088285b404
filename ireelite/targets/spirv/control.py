"""Structured control flow of `scf` as structured loops and selections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd

from xdsl.dialects import scf
from xdsl.dialects.builtin import i1, i32
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite.dialects import spirv
from ireelite.targets.spirv.conversion import KernelConversion
from ireelite.targets.spirv.unroll import (
    constant_value,
    is_open_loop,
    open_copies,
    trip_count,
)

Turn = Callable[[SSAValue, Sequence[SSAValue]], Sequence[SSAValue]]
"""Converts a loop's body at the current point, for a counter and carried values; returns what it
yields."""


def lower_for(loop: scf.ForOp, to: KernelConversion) -> Sequence[SSAValue]:
    """Returns a loop that carries one register for each value."""

    def turn(index: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        for old, new in zip(loop.body.block.args, [index, *carried], strict=True):
            to.map(old, new)
        return _body(loop.body.block, to)

    return build_for(loop, [to.wide(value) for value in loop.iter_args], turn, to)


def build_for(
    loop: scf.ForOp, carried: Sequence[SSAValue], turn: Turn, to: KernelConversion
) -> Sequence[SSAValue]:
    """Returns a loop with as many copies of its body as planned, and one for the iterations that
    are left. Returns what it carried last.
    """
    copies, count = to.copies.get(loop), trip_count(loop)
    lower, upper = to.value(loop.lb), to.value(loop.ub)
    if count is None and is_open_loop(loop):
        return _open_for(loop, carried, turn, to)
    if copies is None or count is None:
        return _loop(loop, lower, upper, carried, 1, turn, to).results
    if copies >= count:
        return _iterations(loop, lower, carried, count, turn, to)[1]
    left = count % copies
    least = gcd(to.least_copies(loop), left)
    first, step = constant_value(loop.lb) or 0, constant_value(loop.step) or 1
    middle = to.constant(first + (count - left) * step) if left else upper
    carried = _loop(loop, lower, middle, carried, copies, turn, to).results
    return _loop(loop, middle, upper, carried, least, turn, to).results if left else carried


def _open_for(
    loop: scf.ForOp, carried: Sequence[SSAValue], turn: Turn, to: KernelConversion
) -> Sequence[SSAValue]:
    """Returns a loop from 0 to an open size: one with copies of the body as long as there are as
    many turns, and one for the turns that are left.
    """
    lower, upper, copies = to.value(loop.lb), to.value(loop.ub), open_copies(loop)
    if copies == 1:
        return _loop(loop, lower, upper, carried, 1, turn, to).results
    turns = to.constant(copies)
    middle = to.binary("IMul", to.binary("SDiv", upper, turns), turns)
    carried = _loop(loop, lower, middle, carried, copies, turn, to).results
    return _loop(loop, middle, upper, carried, 1, turn, to).results


def _loop(
    loop: scf.ForOp,
    lower: SSAValue,
    upper: SSAValue,
    carried: Sequence[SSAValue],
    copies: int,
    turn: Turn,
    to: KernelConversion,
) -> spirv.LoopOp:
    """Counts up in a header whose block arguments are the index and the carried values."""
    step = to.value(loop.step)
    types = [value.type for value in carried]
    entry, body, latch, merge = Block(), Block(), Block(), Block()
    header = Block(arg_types=[i32, *types])
    new = to.insert(spirv.LoopOp(types, Region([entry, header, body, latch, merge])))
    with to.at(entry):
        to.insert(spirv.BranchOp(header, [lower, *carried]))
    with to.at(header):
        more = to.binary("SLessThan", header.args[0], upper)
        to.insert(spirv.BranchConditionalOp(more, body, merge))
    with to.at(body):
        index, values = header.args[0], header.args[1:]
        last, results = _iterations(loop, index, values, copies, turn, to)
        to.insert(spirv.BranchOp(latch))
    with to.at(latch):
        to.insert(spirv.BranchOp(header, [to.binary("IAdd", last, step), *results]))
    with to.at(merge):
        to.insert(spirv.MergeOp(header.args[1:]))
    return new


def _iterations(
    loop: scf.ForOp,
    index: SSAValue,
    carried: Sequence[SSAValue],
    copies: int,
    turn: Turn,
    to: KernelConversion,
) -> tuple[SSAValue, Sequence[SSAValue]]:
    """Copies of a loop's body, one after the other;
    returns the last one's index and what it yields.
    """
    counter = loop.body.block.args[0]
    for number in range(copies):
        if number:
            index = to.binary("IAdd", index, to.value(loop.step))
        to.numbers[counter] = number
        carried = turn(index, carried)
    to.numbers.pop(counter, None)
    return index, carried


def lower_while(loop: scf.WhileOp, to: KernelConversion) -> Sequence[SSAValue]:
    """Returns a loop whose header tests a carried condition: it is computed before the loop, and at
    the end of its body again, since a header has no room for control flow.
    """
    before, after = loop.before_region.block, loop.after_region.block
    condition, carried = _condition(before, [to.wide(v) for v in loop.arguments], to)
    types = [value.type for value in carried]
    entry, body, latch, merge = Block(), Block(), Block(), Block()
    header = Block(arg_types=[i1, *types])
    for old, arg in zip(after.args, header.args[1:], strict=True):
        arg.name_hint = old.name_hint
    new = to.insert(spirv.LoopOp(types, Region([entry, header, body, latch, merge])))
    with to.at(entry):
        to.insert(spirv.BranchOp(header, [condition, *carried]))
    with to.at(header):
        to.insert(spirv.BranchConditionalOp(header.args[0], body, merge))
    with to.at(body):
        for old, arg in zip(after.args, header.args[1:], strict=True):
            to.map(old, arg)
        condition, carried = _condition(before, _body(after, to), to)
        to.insert(spirv.BranchOp(latch))
    with to.at(latch):
        to.insert(spirv.BranchOp(header, [condition, *carried]))
    with to.at(merge):
        to.insert(spirv.MergeOp(header.args[1:]))
    return new.results


def _condition(
    before: Block, values: Sequence[SSAValue], to: KernelConversion
) -> tuple[SSAValue, list[SSAValue]]:
    """Returns whether a loop goes on from these values, and what its body then takes."""
    for old, value in zip(before.args, values, strict=True):
        to.map(old, value)
    *ops, end = before.ops
    assert isinstance(end, scf.ConditionOp)
    for op in ops:
        to.convert(op)
    return to.value(end.condition), [to.wide(value) for value in end.args]


def lower_if(op: scf.IfOp, to: KernelConversion) -> spirv.SelectionOp:
    """Lowers both branches, which hand their results to the block where they meet."""
    types = [to.register_type(result.type) for result in op.results]
    no = (lambda: _body(op.false_region.block, to)) if op.false_region.blocks else None
    return _selection(to.value(op.cond), types, lambda: _body(op.true_region.block, to), no, to)


def lower_index_switch(op: scf.IndexSwitchOp, to: KernelConversion) -> Sequence[SSAValue]:
    """Returns a comparison with each case in turn."""
    index, types = to.value(op.arg), [to.register_type(result.type) for result in op.results]
    cases = list(zip(op.cases.get_values(), op.case_regions, strict=True))

    def from_case(number: int) -> Sequence[SSAValue]:
        if number == len(cases):
            return _body(op.default_region.block, to)
        case, region = cases[number]
        taken = to.binary("IEqual", index, to.constant(int(case)))
        yes, no = lambda: _body(region.block, to), lambda: from_case(number + 1)
        return _selection(taken, types, yes, no, to).results

    return from_case(0)


Branch = Callable[[], Sequence[SSAValue]]


def _selection(
    condition: SSAValue,
    types: Sequence[Attribute],
    yes: Branch,
    no: Branch | None,
    to: KernelConversion,
) -> spirv.SelectionOp:
    """Returns a choice between what two branches insert, which hand their results to the block
    where they meet. Without a second branch there are no results.
    """
    entry, true, false = Block(), Block(), Block()
    merge = Block(arg_types=types)
    blocks = [entry, true, merge] if no is None else [entry, true, false, merge]
    new = to.insert(spirv.SelectionOp(types, Region(blocks)))
    with to.at(entry):
        to.insert(spirv.BranchConditionalOp(condition, true, merge if no is None else false))
    for block, branch in ((true, yes), (false, no)):
        if branch is not None:
            with to.at(block):
                to.insert(spirv.BranchOp(merge, list(branch())))
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
