"""Replaces ops in place, by ops of the same level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint

from ireelite.lowering.rewriting.conversion import Conversion

InPlaceRule = Callable[[Any, Conversion], Sequence[SSAValue]]
"""A function of an op that inserts what computes the same, and returns a value for each result."""


def replace_in_place(op: Operation, rule: InPlaceRule, to: Conversion) -> list[Operation]:
    """Replaces an op by what a rule makes in front of it; returns the new ops, in order."""
    before = op.prev_op
    with to.at(InsertPoint.before(op)), to.rewriting(rule, op):
        results = rule(op, to)
    block = op.parent_block()
    assert block is not None
    made: list[Operation] = []
    new = block.first_op if before is None else before.next_op
    while new is not None and new is not op:
        made.append(new)
        new = new.next_op
    for old, value in zip(op.results, results, strict=True):
        if value.name_hint is None:
            value.name_hint = old.name_hint
        old.replace_all_uses_with(value)
    op.detach()
    op.erase()
    return made
