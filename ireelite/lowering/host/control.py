"""Control flow of host code: `scf` and `cf` as blocks of the virtual machine."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import cf, func, scf
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, i32
from xdsl.ir import Block, SSAValue

from ireelite.dialects import util
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.types import vm_type
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.vm.building import emit, number

FAILED_PRECONDITION = 9

# -- scf ---------------------------------------------------------------------------------------------


def lower_if(op: scf.IfOp, to: HostConversion) -> list[SSAValue]:
    yes, after = Block(), to.receiver(op.output)
    no = Block() if op.false_region.blocks else after
    to.branch(to.value(op.cond), yes, no)
    for block, region in ((yes, op.true_region), (no, op.false_region)):
        if block is not after:
            to.enter(block)
            to.jump(after, to.convert_body(region.block).operands)
    to.enter(after)
    return [to.value(result) for result in op.output]


def lower_for(op: scf.ForOp, to: HostConversion) -> list[SSAValue]:
    """A header that compares, the body, and a step back to the header."""
    body_args = op.body.block.args
    header, body = to.receiver(body_args), Block()
    after = to.receiver(op.res)
    index, kind = to.value(body_args[0]), vm_type(body_args[0].type)
    lower, upper, step = (to.value(v) for v in (op.lb, op.ub, op.step))
    to.b.emit("br", [lower, *to.passed(op.iter_args)], successors=[header])
    to.enter(header)
    more = emit(to, f"cmp.lt.{kind}.s", index, upper, type=i32)
    carried = to.passed(body_args[1:])
    to.b.emit("cond_br", [more, *carried], successors=[body, after])
    to.enter(body)
    yielded = to.convert_body(op.body.block).operands
    following = emit(to, f"add.{kind}", index, step)
    to.b.emit("br", [following, *to.passed(yielded)], successors=[header])
    to.enter(after)
    return [to.value(result) for result in op.res]


def lower_while(op: scf.WhileOp, to: HostConversion) -> list[SSAValue]:
    before, after = op.before_region.block, op.after_region.block
    header, body, exit = to.receiver(before.args), to.receiver(after.args), to.receiver(op.res)
    to.jump(header, op.arguments)
    to.enter(header)
    condition = to.convert_body(before)
    assert isinstance(condition, scf.ConditionOp)
    carried = to.passed(condition.args)
    truth = to.value(condition.condition)
    to.b.emit("cond_br", [truth, *carried, *carried], successors=[body, exit])
    to.enter(body)
    to.jump(header, to.convert_body(after).operands)
    to.enter(exit)
    return [to.value(result) for result in op.res]


def lower_index_switch(op: scf.IndexSwitchOp, to: HostConversion) -> list[SSAValue]:
    after = to.receiver(op.output)
    index = to.value(op.arg)
    for case, region in zip(op.cases.get_values(), op.case_regions, strict=True):
        taken, following = Block(), Block()
        same = emit(to, "cmp.eq.i64", index, number(to, case, index.type), type=i32)
        to.branch(same, taken, following)
        to.enter(taken)
        to.jump(after, to.convert_body(region.block).operands)
        to.enter(following)
    to.jump(after, to.convert_body(op.default_region.block).operands)
    to.enter(after)
    return [to.value(result) for result in op.output]


def lower_execute_region(op: scf.ExecuteRegionOp, to: HostConversion) -> list[SSAValue]:
    after = to.receiver(op.outs)
    to.convert_region(op.region, leave=after)
    to.enter(after)
    return [to.value(result) for result in op.outs]


def lower_yield(op: scf.YieldOp, to: HostConversion) -> None:
    to.jump(to.exits[-1], op.arguments)


# -- cf ----------------------------------------------------------------------------------------------


def lower_branch(op: cf.BranchOp, to: HostConversion) -> None:
    to.jump(to.blocks[op.successor], op.arguments)


def lower_conditional_branch(op: cf.ConditionalBranchOp, to: HostConversion) -> None:
    passed = [*to.passed(op.then_arguments), *to.passed(op.else_arguments)]
    targets = [to.blocks[op.then_block], to.blocks[op.else_block]]
    to.b.emit("cond_br", [to.value(op.cond), *passed], successors=targets)


def lower_switch(op: cf.SwitchOp, to: HostConversion) -> None:
    """A comparison with each case in turn."""
    flag = to.value(op.flag)
    cases: Sequence[int] = []
    if op.case_values is not None:
        assert isinstance(op.case_values, DenseIntOrFPElementsAttr)
        cases = [int(value) for value in op.case_values.get_values()]
    for case, target, arguments in zip(cases, op.case_blocks, op.case_operand, strict=True):
        following = Block()
        same = emit(to, f"cmp.eq.{flag.type}", flag, number(to, case, flag.type), type=i32)
        passed = to.passed(arguments)
        to.b.emit("cond_br", [same, *passed], successors=[to.blocks[target], following])
        to.enter(following)
    to.jump(to.blocks[op.default_block], op.default_operands)


def lower_assert(op: cf.AssertOp, to: HostConversion) -> None:
    holds, fails = Block(), Block()
    to.branch(to.value(op.arg), holds, fails)
    to.enter(fails)
    to.b.fail(to.b.i32(FAILED_PRECONDITION), op.msg.data)
    to.enter(holds)


# -- ends of functions -------------------------------------------------------------------------------


def lower_return(op: func.ReturnOp, to: HostConversion) -> None:
    """Of a function with fences: its signal is reached when its results are ready."""
    if to.fenced:
        to.finish_at(op.arguments)
    to.b.emit("return", to.operands(op))


def lower_initializer_return(op: util.ReturnOp, to: HostConversion) -> None:
    to.jump(to.exits[-1])


CONTROL_RULES: Rules = {
    cf.AssertOp: lower_assert,
    cf.BranchOp: lower_branch,
    cf.ConditionalBranchOp: lower_conditional_branch,
    cf.SwitchOp: lower_switch,
    func.ReturnOp: lower_return,
    scf.ExecuteRegionOp: lower_execute_region,
    scf.ForOp: lower_for,
    scf.IfOp: lower_if,
    scf.IndexSwitchOp: lower_index_switch,
    scf.WhileOp: lower_while,
    scf.YieldOp: lower_yield,
    util.ReturnOp: lower_initializer_return,
}
