"""Replaces ops in place, by ops of the same level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import VerifyException

from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.syntax.errors import first_lines

InPlaceRule = Callable[[Any, Conversion], Sequence[SSAValue]]
"""A function of an op that inserts what computes the same, and returns a value for each result."""


def replace_in_place(
    op: Operation, rule: InPlaceRule, to: Conversion, verified: bool = False
) -> list[Operation]:
    """Replaces an op by what a rule makes in front of it; returns the new ops, in order.

    With `verified`, the new ops are verified, and have results of the types of the op's. Raises
    UNIMPLEMENTED at the op's place where they are not valid.
    """
    before = op.prev_op
    with to.at(InsertPoint.before(op)), to.rewriting(rule, op):
        results = rule(op, to)
        made = made_between(before, op)
        if verified:
            verify_replacement(op, results, made)
    for old, value in zip(op.results, results, strict=True):
        if value.name_hint is None:
            value.name_hint = old.name_hint
        old.replace_all_uses_with(value)
    op.detach()
    op.erase()
    return made


def made_between(before: Operation | None, op: Operation) -> list[Operation]:
    """Returns the ops of a block behind one of them, or from its start, and in front of another."""
    block = op.parent_block()
    assert block is not None
    made: list[Operation] = []
    new = block.first_op if before is None else before.next_op
    while new is not None and new is not op:
        made.append(new)
        new = new.next_op
    return made


def verify_replacement(
    op: Operation, results: Sequence[SSAValue], made: Sequence[Operation]
) -> None:
    """Raises a VerifyException if one of the new ops is not valid, or a result has another type."""
    for new in (inner for root in made for inner in root.walk()):
        try:
            new.verify_()
        except Exception as error:  # xDSL's checks raise more than VerifyException
            raise VerifyException(f"'{new.name}' op {first_lines(error)}") from error
    for old, value in zip(op.results, results, strict=True):
        if old.type != value.type:
            raise VerifyException(f"it computes a {value.type}, not a {old.type}")
