"""Loops and branches of kernels, whose bodies are functions.

A body is called once, inserts what one turn or branch does, and returns the values that go on: what
a loop carries to its next turn, or what a branch yields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block, Region, SSAValue

if TYPE_CHECKING:
    from ireelite.lowering.kernels.kernel import Kernel

Values = Sequence[SSAValue]


def for_loop(
    kernel: Kernel,
    begin: SSAValue,
    end: SSAValue,
    inits: Values,
    body: Callable[[SSAValue, Values], Values],
    name: str = "k",
    step: SSAValue | None = None,
) -> Values:
    """Inserts `scf.for` from `begin` to below `end`, by 1 or `step`; returns what the last turn
    carried on.

    `body` takes the index, and the values that the turn before carried on, or `inits`.
    """
    block = Block(arg_types=[IndexType(), *(value.type for value in inits)])
    block.args[0].name_hint = name
    with kernel.inside(block):
        kernel.to.insert(scf.YieldOp(*body(block.args[0], block.args[1:])))
    step = kernel.number(1) if step is None else step
    return kernel.to.insert(scf.ForOp(begin, end, step, inits, Region(block))).results


def while_loop(
    kernel: Kernel,
    inits: Values,
    test: Callable[[Values], SSAValue],
    body: Callable[[Values], Values],
) -> Values:
    """Inserts `scf.while`: turns of `body` as long as `test` holds; returns what the last one
    carried on.
    """
    types = [value.type for value in inits]
    before, after = Block(arg_types=types), Block(arg_types=types)
    with kernel.inside(before):
        kernel.to.insert(scf.ConditionOp(test(before.args), *before.args))
    with kernel.inside(after):
        kernel.to.insert(scf.YieldOp(*body(after.args)))
    return kernel.to.insert(scf.WhileOp(inits, types, [before], [after])).results


def when(kernel: Kernel, condition: SSAValue, body: Callable[[], object]) -> None:
    """Inserts `scf.if` without results: `body` where a condition holds."""
    block = Block()
    with kernel.inside(block):
        body()
        kernel.to.insert(scf.YieldOp())
    kernel.to.insert(scf.IfOp(condition, [], [block]))


def choose(
    kernel: Kernel, condition: SSAValue, yes: Callable[[], Values], no: Callable[[], Values]
) -> Values:
    """Inserts `scf.if` with results: those of one of two branches."""
    blocks: list[Block] = []
    for branch in (yes, no):
        blocks.append(block := Block())
        with kernel.inside(block):
            kernel.to.insert(scf.YieldOp(*branch()))
    assert blocks[0].last_op is not None
    types = [value.type for value in blocks[0].last_op.operands]
    return kernel.to.insert(scf.IfOp(condition, types, [blocks[0]], [blocks[1]])).results
