"""Control flow of host code: `cf` and the ends of functions as blocks of the virtual machine."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import cf, func
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, i32
from xdsl.ir import Block

from ireelite.dialects import util
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.rewriting.scf_to_blocks import SCF_RULES
from ireelite.lowering.vm.building import emit, number

FAILED_PRECONDITION = 9

# -- cf ----------------------------------------------------------------------------------------------


def lower_branch(op: cf.BranchOp, to: HostConversion) -> None:
    to.jump(to.blocks[op.successor], op.arguments)


def lower_conditional_branch(op: cf.ConditionalBranchOp, to: HostConversion) -> None:
    passed = [*to.passed(op.then_arguments), *to.passed(op.else_arguments)]
    targets = [to.blocks[op.then_block], to.blocks[op.else_block]]
    to.b.emit("cond_br", [to.value(op.cond), *passed], successors=targets)


def lower_switch(op: cf.SwitchOp, to: HostConversion) -> None:
    """Lowers a switch to a comparison with each case in turn."""
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
    """Lowers a return: a function that takes fences signals its own when its results are ready,
    any other waits for them.
    """
    to.finish_at(op.arguments)
    to.b.emit("return", to.operands(op))


def lower_initializer_return(op: util.ReturnOp, to: HostConversion) -> None:
    to.jump(to.exits[-1])


CONTROL_RULES: Rules = {
    **SCF_RULES,
    cf.AssertOp: lower_assert,
    cf.BranchOp: lower_branch,
    cf.ConditionalBranchOp: lower_conditional_branch,
    cf.SwitchOp: lower_switch,
    func.ReturnOp: lower_return,
    util.ReturnOp: lower_initializer_return,
}
