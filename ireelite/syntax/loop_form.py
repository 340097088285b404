"""The short form of `scf.parallel`, as MLIR has it and xDSL has not:

scf.parallel (%i, %j) = (%a, %b) to (%c, %d) step (%s, %s) init (%x) -> f32 { ... }
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import IndexType
from xdsl.ir import Operation, SSAValue, TypeAttribute
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer

if TYPE_CHECKING:
    from xdsl.dialects.scf import ParallelOp


class ParallelForm(Operation):
    """Parses the short form, where the parser expects a class of ops; returns a `ParallelOp`."""

    name = "scf.parallel"

    @classmethod
    def parse(cls, parser: Parser) -> ParallelOp:
        """Raises ParseError where the text is no `scf.parallel`, or its lists differ in length."""
        from xdsl.dialects.scf import ParallelOp

        index = IndexType()
        places = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        parser.parse_punctuation("=")
        lower = _values(parser, len(places))
        parser.parse_keyword("to")
        upper = _values(parser, len(places))
        parser.parse_keyword("step")
        step = _values(parser, len(places))
        begin = parser.pos
        initial: list[UnresolvedOperand] = []
        if parser.parse_optional_keyword("init"):
            initial = _operands(parser)
        types = _result_types(parser) if parser.parse_optional_punctuation("->") else []
        carried = parser.resolve_operands(initial, types, begin)
        body = parser.parse_region([place.resolve(index) for place in places])
        op = ParallelOp(lower, upper, step, body, carried)
        op.attributes |= parser.parse_optional_attr_dict()
        return op


def _operands(parser: Parser) -> list[UnresolvedOperand]:
    return parser.parse_comma_separated_list(
        Parser.Delimiter.PAREN, parser.parse_unresolved_operand
    )


def _values(parser: Parser, count: int) -> Sequence[SSAValue]:
    """Parses as many indices as the loop has dimensions."""
    begin = parser.pos
    operands = _operands(parser)
    if len(operands) != count:
        parser.raise_error(
            f"expected {count} bounds for {count} induction variables, not {len(operands)}", begin
        )
    return parser.resolve_operands(operands, [IndexType()] * count, begin)


def _result_types(parser: Parser) -> list[TypeAttribute]:
    """Types in parentheses, or one without."""
    types = parser.parse_optional_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
    return [parser.parse_type()] if types is None else types


def print_parallel(printer: Printer, op: ParallelOp) -> None:
    """Prints what follows the op's name."""
    parts = (
        (" ", op.body.block.args),
        (" = ", op.lowerBound),
        (" to ", op.upperBound),
        (" step ", op.step),
        (" init ", op.initVals),
    )
    for word, values in parts[: None if op.initVals else -1]:
        printer.print_string(f"{word}(")
        printer.print_list(values, printer.print_ssa_value)
        printer.print_string(")")
    if types := op.result_types:
        printer.print_string(" -> ")
        if len(types) == 1:
            printer.print_attribute(types[0])
        else:
            with printer.in_parens():
                printer.print_list(types, printer.print_attribute)
    printer.print_string(" ")
    printer.print_region(op.body, print_entry_block_args=False)
    printer.print_op_attributes(op.attributes)
