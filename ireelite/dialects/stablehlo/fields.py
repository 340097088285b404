"""The custom syntax that most ops of the `stablehlo` dialect share: operands, then named fields.

%2 = stablehlo.pad %0, %1, low = [0], high = [2], interior = [1]
        : (tensor<4xf32>, tensor<f32>) -> tensor<9xf32>
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

from xdsl.dialects.builtin import DenseArrayBase, FunctionType, IntegerAttr
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.mlir_lexer import MLIRTokenKind
from xdsl.utils.str_enum import StrEnum

from ireelite.dialects.stablehlo.attributes import (
    add_attributes,
    parse_dimensions,
    parse_i64,
    print_attributes,
)
from ireelite.light_dataclass import light_dataclass


@light_dataclass(frozen=True)
class Field:
    """A property that the custom form shows as `keyword = value`."""

    keyword: str
    property: str
    parse: Callable[[Parser], Attribute]
    text: Callable[[Any], str]
    """The value's text, without its type."""


def dimensions_field(keyword: str, property: str) -> Field:
    """Returns a list of numbers: `dims = [0, 1]`."""
    return Field(keyword, property, parse_dimensions, lambda a: str(numbers(a)))


def number_field(keyword: str, property: str) -> Field:
    """Returns a number: `dim = 1`."""
    return Field(keyword, property, parse_i64, lambda a: str(a.value.data))


def enum_field(
    keyword: str, property: str, names: type[StrEnum], attribute: type[EnumAttribute[Any]]
) -> Field:
    """Returns a name: `algorithm = PHILOX`."""
    return Field(
        keyword, property, lambda p: attribute(p.parse_str_enum(names)), lambda a: a.data.value
    )


def numbers(array: Attribute) -> list[int]:
    """Returns the elements of a list of integers."""
    assert isinstance(array, DenseArrayBase)
    return [int(v) for v in array.get_values()]


def number(attribute: Attribute) -> int:
    """Returns the value of an integer attribute."""
    assert isinstance(attribute, IntegerAttr)
    return int(attribute.value.data)


class FieldsOp(IRDLOperation):
    """An op whose custom form is its operands, its fields and its types:
    `%1 = stablehlo.x %0, key = value : (types) -> type`.
    """

    FIELDS: ClassVar[tuple[Field, ...]] = ()
    ONE_TYPE: ClassVar[bool] = False
    """Whether the operand's type is printed alone where the result has it, too."""

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        for index, field in enumerate(self.FIELDS):
            text = field.text(self.properties[field.property])
            separator = ", " if self.operands or index else ""
            printer.print_string(f"{separator}{field.keyword} = {text}")
        print_attributes(self, printer, [field.property for field in self.FIELDS])
        printer.print_string(" : ")
        types = {v.type for v in (*self.operands, *self.results)}
        if self.ONE_TYPE and len(types) == 1:
            printer.print_attribute(types.pop())
        else:
            printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        operands, properties = parse_operands_and_fields(parser, cls.name, cls.FIELDS)
        attributes = parser.parse_optional_attr_dict()
        values, types = parse_types(parser, operands)
        op = cls.create(operands=values, result_types=types, properties=properties)
        add_attributes(op, attributes)
        return op


def parse_operands_and_fields(
    parser: Parser, name: str, fields: Sequence[Field]
) -> tuple[list[Any], dict[str, Attribute]]:
    """Parses `%0, %1, key = value`, with every field once, in any order."""
    operands: list[Any] = []
    found: dict[str, Attribute] = {}
    known = {field.keyword: field for field in fields}
    while True:
        token = parser._current_token
        if token.kind is MLIRTokenKind.PERCENT_IDENT:
            operands.append(parser.parse_unresolved_operand())
        elif (field := known.get(token.text)) is not None and field.property not in found:
            parser.parse_identifier()
            parser.parse_punctuation("=")
            found[field.property] = field.parse(parser)
        elif missing := [f.keyword for f in fields if f.property not in found]:
            parser.raise_error(f"'{name}' needs '{missing[0]} = …' here", token.span)
        elif operands or found:
            parser.raise_error(f"'{name}' takes no '{token.text}' here", token.span)
        if parser.parse_optional_punctuation(",") is None:
            break
    if missing := [f.keyword for f in fields if f.property not in found]:
        parser.raise_error(f"'{name}' needs '{missing[0]} = …'", parser._current_token.span)
    return operands, found


def parse_types(parser: Parser, operands: Sequence[Any]) -> tuple[list[SSAValue], list[Attribute]]:
    """Reads `: (types) -> types`, or `: type` for one type of all operands and the result, and
    resolves the operands.
    """
    parser.parse_punctuation(":")
    place = parser.pos
    type = parser.parse_type()
    if isinstance(type, FunctionType):
        return list(parser.resolve_operands(operands, type.inputs.data, place)), [*type.outputs]
    return [parser.resolve_operand(operand, type) for operand in operands], [type]
