"""Branches, counting and comparing in the virtual machine, for `scf_to_blocks`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects.builtin import i32
from xdsl.ir import Attribute, Block, SSAValue

from ireelite.dialects import vm
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.scf_to_blocks import BranchOps
from ireelite.lowering.vm.building import emit, jump, number


def vm_branch_ops(type_of: Callable[[Attribute], Attribute]) -> BranchOps:
    """Returns the instructions, with the types that a conversion has for values of its source."""
    return BranchOps(type_of, jump, branch_if, is_less, is_equal, add)


def branch_if(
    to: Conversion,
    condition: SSAValue,
    yes: Block,
    yes_arguments: Sequence[SSAValue],
    no: Block,
    no_arguments: Sequence[SSAValue],
) -> None:
    operands = [condition, *yes_arguments, *no_arguments]
    to.insert(vm.op("cond_br").make(operands, successors=[yes, no]))


def is_less(to: Conversion, index: SSAValue, bound: SSAValue) -> SSAValue:
    return emit(to, f"cmp.lt.{index.type}.s", index, bound, type=i32)


def is_equal(to: Conversion, index: SSAValue, value: int) -> SSAValue:
    return emit(to, f"cmp.eq.{index.type}", index, number(to, value, index.type), type=i32)


def add(to: Conversion, index: SSAValue, step: SSAValue) -> SSAValue:
    return emit(to, f"add.{index.type}", index, step)
