"""Which values of a serial kernel are kept in memory instead of being computed where they are read.

A value is kept if it costs more to compute again than to store and load, and if several nests of
loops read it, or one reads its elements several times.
"""

from __future__ import annotations

from math import prod

from xdsl.dialects import scf
from xdsl.dialects.builtin import TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects.extensions.iree_tensor import GatherOp, KeepOp, KernelOp
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.lowering.tensors.access import is_move, loop_extents, shape_of
from ireelite.lowering.tensors.element_cost import STORE_AND_LOAD, cost_of, is_reduction

LOOPS = (scf.ForOp, scf.WhileOp)


def keep_values(block: Block) -> None:
    """Inserts an `iree_tensor.keep` behind each op of a block, and of those within it, whose result
    is worth it.
    """
    readers = Readers()
    readers.visit(block)
    costs: dict[SSAValue, int] = {}
    for op in list(block.walk()):
        if not has_cost(op):
            continue
        passed = sum(costs.get(operand, 0) for operand in op.operands)
        if is_move(op):
            costs[op.results[0]] = passed
            continue
        cost = cost_of(op) + passed
        for result in op.results:
            if shape_of(result):
                costs[result] = cost
            if cost > STORE_AND_LOAD and readers.read_again(result) and prod(shape_of(result)):
                keep(result, InsertPoint.after(op))
                costs[result] = 0


def has_cost(op: Operation) -> bool:
    """Returns whether the results of an op are computed where they are read."""
    return bool(op.results) and not isinstance(op, (KernelOp, KeepOp, *CONTROL_OPS))


def keep(value: SSAValue, where: InsertPoint) -> SSAValue:
    """Keeps a value from a place on, for all that reads it behind."""
    made = KeepOp(value)
    if isinstance(value.owner, Operation):
        made.location = value.owner.location
    value.replace_uses_with_if(made.result, lambda use: use.operation is not made)
    Rewriter.insert_op(made, where)
    return made.result


class Readers:
    """Which nests of loops compute each value of a block, and whether one does so several times."""

    def __init__(self):
        self.nests: dict[SSAValue, set[object]] = {}
        self.often: set[SSAValue] = set()

    def read_again(self, value: SSAValue) -> bool:
        """Returns whether an element of a value is computed several times."""
        wide = isinstance(value.type, TensorType) and value.type.get_shape()
        return bool(wide) and (value in self.often or len(self.nests.get(value, ())) > 1)

    def visit(self, block: Block) -> None:
        """Looks at the ops of a block and of those within it, the last one first."""
        end = block.last_op
        for op in reversed(list(block.ops)):
            if op is end:
                for value in op.operands:
                    self.read(value, (block, shape_of(value)), False)
            elif isinstance(op, CONTROL_OPS):
                for region in op.regions:
                    self.visit(region.block)
                for value in outer_operands(op):
                    self.read(value, op, isinstance(op, LOOPS) and value not in op.operands)
            elif isinstance(op, KernelOp):
                for value, often in zip(op.operands, op.reads, strict=True):
                    self.read(value, op, often > 1)
            elif op.results:
                self.visit_op(op)

    def visit_op(self, op: Operation) -> None:
        """Visits an op that is computed where its results are read."""
        result = op.results[0]
        nests, often = self.nests.get(result, set()), result in self.often
        if is_reduction(op):
            points = cost_points(op)
            for value in op.operands:
                again = often or points > prod(shape_of(value))
                self.read(value, op, again)
            return
        for value in op.operands:
            again = often or isinstance(op, GatherOp) or grows(op, value)
            for nest in nests:
                self.read(value, (op, nest) if is_move(op) else nest, again)

    def read(self, value: SSAValue, nest: object, often: bool) -> None:
        self.nests.setdefault(value, set()).add(nest)
        if often:
            self.often.add(value)


def grows(op: Operation, value: SSAValue) -> bool:
    """Returns whether an op reads an element of a value for several elements of its result."""
    return prod(shape_of(op.results[0])) > prod(shape_of(value)) > 1


def cost_points(op: Operation) -> int:
    """Returns how often a reduction or a contraction computes its scalar function."""
    assert isinstance(op, LinalgStructuredOperation)
    return prod(loop_extents(op))
