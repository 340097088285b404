"""The text of one op on one line, at any moment of a rewrite, without its regions."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from xdsl.ir import Operation, OpResult, SSAValue

from ireelite.syntax.printer import StagePrinter

LONGEST_LINE = 400
"""Characters that are kept of a line."""
MISPRINTS = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What the short forms of ops raise where an op is not valid, as it may be during a rewrite."""


class _LinePrinter(StagePrinter):
    """Names values by their hints, or by a function of the op that defines them."""

    def __init__(self, stream: StringIO, name: Callable[[Operation], object]):
        super().__init__(stream, elide=True)
        self.name = name

    def print_ssa_value(self, value: SSAValue) -> str:
        text = value_name(value, self.name)
        self.print_string(f"%{text}")
        return text


def value_name(value: SSAValue, name: Callable[[Operation], object]) -> str:
    """Returns the name of a value on a line by itself: its hint, or a name that its owner has."""
    if value.name_hint is not None:
        return value.name_hint
    if isinstance(value, OpResult):
        several = f"_{value.index}" if len(value.op.results) > 1 else ""
        return f"n{name(value.op)}{several}"
    owner = value.owner.parent_op() if not isinstance(value.owner, Operation) else None
    return f"arg{value.index if hasattr(value, 'index') else 0}" + (  # pyright: ignore[reportAttributeAccessIssue]
        f"_n{name(owner)}" if owner is not None else ""
    )


def op_line(op: Operation, name: Callable[[Operation], object]) -> str:
    """Returns the op as it stands, on one line of at most `LONGEST_LINE` characters.

    `name` gives the op that defines a value without a name hint a name of its own.
    """
    stream = StringIO()
    printer = _LinePrinter(stream, name)
    if not op.regions and not op.successors:
        try:
            printer.print_op(op)
            return _one_line(stream.getvalue())
        except MISPRINTS:
            stream.seek(0)
            stream.truncate()
    if op.results:
        printer.print_list(op.results, printer.print_ssa_value)
        printer.print_string(" = ")
    printer.print_string(f'"{op.name}"(')
    printer.print_list(op.operands, printer.print_ssa_value)
    printer.print_string(")")
    if op.properties:
        printer.print_string(" <")
        printer.print_attr_dict(op.properties)
        printer.print_string(">")
    if op.regions:
        printer.print_string(" ({...})")
    if op.attributes:
        printer.print_string(" ")
        printer.print_attr_dict(op.attributes)
    printer.print_string(" : ")
    printer.print_operation_type(op)
    return _one_line(stream.getvalue())


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
