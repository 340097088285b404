"""The syntax that `linalg` ops share: `ins(%a : type) outs(%b : type) -> type`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects.builtin import DenseArrayBase, IntegerType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.parser import Parser
from xdsl.printer import Printer


def numbers(values: DenseArrayBase) -> tuple[int, ...]:
    """Returns a list of integers that is an attribute."""
    return tuple(int(v) for v in cast(DenseArrayBase[IntegerType], values).get_values())


def parse_operands(parser: Parser, keyword: str) -> list[SSAValue]:
    """Parses `ins(%a, %b : type, type)`; returns an empty list if another word follows."""
    if parser.parse_optional_keyword(keyword) is None:
        return []
    parser.parse_punctuation("(")
    place = parser.pos
    names = parser.parse_comma_separated_list(
        Parser.Delimiter.NONE, parser.parse_unresolved_operand
    )
    parser.parse_punctuation(":")
    types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
    parser.parse_punctuation(")")
    return list(parser.resolve_operands(names, types, place))


def parse_results(parser: Parser) -> list[Attribute]:
    """Parses `-> type` or `-> (type, type)`; returns an empty list where there is no arrow."""
    if parser.parse_optional_punctuation("->") is None:
        return []
    types = parser.parse_optional_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
    return [parser.parse_type()] if types is None else list(types)


def require_results(parser: Parser, declared: Sequence[Attribute], op: Operation, at: int) -> None:
    """Raises a ParseError at position `at` unless the types after an op's arrow are those of its
    results.
    """
    if list(declared) != list(op.result_types):
        types = ", ".join(map(str, op.result_types)) or "no tensor"
        parser.raise_error(f"'{op.name}' yields {types}, as its outputs", at)


def print_operands(printer: Printer, keyword: str, values: Sequence[SSAValue]) -> None:
    if not values:
        return
    printer.print_string(f" {keyword}(")
    printer.print_list(values, printer.print_ssa_value)
    printer.print_string(" : ")
    printer.print_list([value.type for value in values], printer.print_attribute)
    printer.print_string(")")


def print_results(printer: Printer, op: LinalgStructuredOperation) -> None:
    if not op.res:
        return
    printer.print_string(" -> ")
    if len(op.res) == 1:
        printer.print_attribute(op.res[0].type)
        return
    with printer.in_parens():
        printer.print_list([result.type for result in op.res], printer.print_attribute)
