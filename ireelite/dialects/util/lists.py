"""The `util` dialect's lists: counted references to values of one type or of any."""

from __future__ import annotations

from xdsl.dialects.builtin import (
    IndexType,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    result_def,
    var_operand_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.util.types import ListType, VariantType, check_element


@irdl_op_definition
class ListCreateOp(IRDLOperation):
    """A new empty list, with room for so many: `%0 = util.list.create %n : !util.list<i32>`."""

    name = "util.list.create"

    initial_capacity = opt_operand_def(IndexType)
    result = result_def(ListType)

    assembly_format = "($initial_capacity^)? attr-dict `:` type($result)"


@irdl_op_definition
class ListConstructOp(IRDLOperation):
    """A new list of these values:
    `%0 = util.list.construct [%a : i64, %b : i64] : !util.list<i64>`.
    """

    name = "util.list.construct"

    values = var_operand_def()
    result = result_def(ListType)

    def verify_(self) -> None:
        assert isinstance(self.result.type, ListType)
        for value in self.values:
            check_element(self.result.type, value.type)

    def print(self, printer: Printer) -> None:
        def element(value: SSAValue) -> None:
            printer.print_ssa_value(value)
            printer.print_string(" : ")
            printer.print_attribute(value.type)

        printer.print_string(" ")
        with printer.in_square_brackets():
            printer.print_list(self.values, element)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> ListConstructOp:
        def element() -> SSAValue:
            value = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            return parser.resolve_operand(value, parser.parse_type())

        values = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, element)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.create(
            operands=values, result_types=[parser.parse_type()], attributes=attributes
        )


@irdl_op_definition
class ListSizeOp(IRDLOperation):
    """How many elements a list has: `%n = util.list.size %list : !util.list<?>`."""

    name = "util.list.size"

    list = operand_def(ListType)
    result = result_def(IndexType())

    assembly_format = "$list attr-dict `:` type($list)"


@irdl_op_definition
class ListResizeOp(IRDLOperation):
    """Drops elements at the end, or adds zeros or nulls:
    `util.list.resize %list, %n : !util.list<?>`.
    """

    name = "util.list.resize"

    list = operand_def(ListType)
    new_size = operand_def(IndexType())

    assembly_format = "$list `,` $new_size attr-dict `:` type($list)"


def list_type(value: SSAValue) -> ListType:
    """Returns the type of a list."""
    assert isinstance(value.type, ListType)
    return value.type


@irdl_op_definition
class ListGetOp(IRDLOperation):
    """An element of a list; null or zero if it is of another kind.

    ```mlir
    %0 = util.list.get %list[%i] : !util.list<i32>
    %1 = util.list.get %any[%i] : !util.list<?> -> f32
    ```
    """

    name = "util.list.get"

    list = operand_def(ListType)
    index = operand_def(IndexType())
    result = result_def(AnyAttr())

    def verify_(self) -> None:
        if isinstance(self.result.type, VariantType):
            raise VerifyException("an element of a list of anything must be given a type")
        check_element(list_type(self.list), self.result.type)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.list)
        with printer.in_square_brackets():
            printer.print_ssa_value(self.index)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.list.type)
        if list_type(self.list).element != self.result.type:
            printer.print_string(" -> ")
            printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> ListGetOp:
        (list, index), attributes = parse_access(parser)
        type = parser.parse_type()
        element = type.element if isinstance(type, ListType) else VariantType()
        if parser.parse_optional_punctuation("->") is not None:
            element = parser.parse_type()
        operands = [parser.resolve_operand(list, type), parser.resolve_operand(index, IndexType())]
        return cls.create(operands=operands, result_types=[element], attributes=attributes)


@irdl_op_definition
class ListSetOp(IRDLOperation):
    """Sets an element of a list.

    ```mlir
    util.list.set %list[%i], %v : !util.list<i32>
    util.list.set %any[%i], %v : f32 -> !util.list<?>
    ```
    """

    name = "util.list.set"

    list = operand_def(ListType)
    index = operand_def(IndexType())
    value = operand_def()

    def verify_(self) -> None:
        check_element(list_type(self.list), self.value.type)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.list)
        with printer.in_square_brackets():
            printer.print_ssa_value(self.index)
        printer.print_string(", ")
        printer.print_ssa_value(self.value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if list_type(self.list).element != self.value.type:
            printer.print_attribute(self.value.type)
            printer.print_string(" -> ")
        printer.print_attribute(self.list.type)

    @classmethod
    def parse(cls, parser: Parser) -> ListSetOp:
        (list, index, value), attributes = parse_access(parser, 1)
        element = type = parser.parse_type()
        if parser.parse_optional_punctuation("->") is not None:
            type = parser.parse_type()
        elif isinstance(type, ListType):
            element = type.element
        operands = [parser.resolve_operand(list, type), parser.resolve_operand(index, IndexType())]
        operands.append(parser.resolve_operand(value, element))
        return cls.create(operands=operands, attributes=attributes)


def parse_access(
    parser: Parser, values: int = 0
) -> tuple[list[UnresolvedOperand], dict[str, Attribute]]:
    """Parses `%list[%index]`, so many values after commas, the attributes, and a colon."""
    operands = [parser.parse_unresolved_operand()]
    with parser.in_square_brackets():
        operands.append(parser.parse_unresolved_operand())
    for _ in range(values):
        parser.parse_punctuation(",")
        operands.append(parser.parse_unresolved_operand())
    attributes = parser.parse_optional_attr_dict()
    parser.parse_punctuation(":")
    return operands, attributes
