"""The `util` dialect's ops on any value: null, casts, comparisons, choices, opaque constants."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import AnyFloat, IndexType, IntegerType, i1
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.util.attributes import value_of
from ireelite.dialects.util.types import type_of_value


@irdl_op_definition
class NullOp(IRDLOperation):
    """A reference to nothing, or zero: `%0 = util.null : !util.buffer`."""

    name = "util.null"

    result = result_def()

    traits = traits_def(Pure())

    assembly_format = "attr-dict `:` type($result)"

    def __init__(self, type: Attribute):
        super().__init__(result_types=[type])


def is_number(type: Attribute) -> bool:
    """Returns whether values of a type are numbers, not references."""
    return isinstance(type, IntegerType | IndexType | AnyFloat)


@irdl_op_definition
class CastOp(IRDLOperation):
    """A reference as one of another type; a failure if it is none:
    `%1 = util.cast %0 : !util.list<?> to !util.list<i32>`.
    """

    name = "util.cast"

    operand = operand_def()
    result = result_def()

    traits = traits_def(Pure())

    assembly_format = "$operand attr-dict `:` type($operand) `to` type($result)"

    def verify_(self) -> None:
        types = self.operand.type, self.result.type
        if types[0] != types[1] and any(map(is_number, types)):
            raise VerifyException(f"can't cast a {types[0]} to a {types[1]}")


class Comparison(IRDLOperation):
    """Whether two values are the same value or the same object."""

    lhs = operand_def()
    rhs = operand_def()
    result = result_def(i1)

    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.lhs.type != self.rhs.type:
            raise VerifyException(f"compares a {self.lhs.type} with a {self.rhs.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)

    @classmethod
    def parse(cls, parser: Parser):
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        resolved = parser.resolve_operands(operands, [type] * len(operands), parser.pos)
        return cls.create(operands=resolved, result_types=[i1], attributes=attributes)


@irdl_op_definition
class CmpEqOp(Comparison):
    """Whether two values are equal: `%2 = util.cmp.eq %0, %1 : !util.buffer`."""

    name = "util.cmp.eq"


@irdl_op_definition
class CmpNeOp(Comparison):
    """Whether two values differ: `%2 = util.cmp.ne %0, %1 : !util.buffer`."""

    name = "util.cmp.ne"


@irdl_op_definition
class OptimizationBarrierOp(IRDLOperation):
    """Values that a compiler may not look through:
    `%1:2 = util.optimization_barrier %a, %b : i32, f32`.
    """

    name = "util.optimization_barrier"

    values = var_operand_def()
    outputs = var_result_def()

    def __init__(self, values: Sequence[SSAValue]):
        super().__init__(operands=[values], result_types=[[v.type for v in values]])

    def verify_(self) -> None:
        if [v.type for v in self.values] != [v.type for v in self.outputs]:
            raise VerifyException("yields its operands, so its results have their types")

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        printer.print_list(self.values, printer.print_ssa_value)
        printer.print_string(" : ")
        printer.print_list([v.type for v in self.values], printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> OptimizationBarrierOp:
        attributes = parser.parse_optional_attr_dict()
        place, comma = parser.pos, Parser.Delimiter.NONE
        operands = parser.parse_comma_separated_list(comma, parser.parse_unresolved_operand)
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(comma, parser.parse_type)
        op = cls(parser.resolve_operands(operands, types, place))
        op.attributes |= attributes
        return op


@irdl_op_definition
class UnfoldableConstantOp(IRDLOperation):
    """A constant that a compiler may not compute with:
    `%0 = util.unfoldable_constant dense<[0, 1]> : tensor<2xi8>`.
    """

    name = "util.unfoldable_constant"

    value = prop_def(Attribute)
    result = result_def()

    def __init__(self, value: Attribute, type: Attribute | None = None):
        type = type or type_of_value(value)
        super().__init__(properties={"value": value}, result_types=[type] if type else [])

    def verify_(self) -> None:
        if self.result.type != type_of_value(self.value):
            raise VerifyException(f"a {self.result.type} can't have the value {self.value}")

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> UnfoldableConstantOp:
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        value = value_of(parser.parse_attribute())
        if type_of_value(value) is None:
            parser.raise_error("expected a value that has a type", place)
        op = cls(value)
        op.attributes |= attributes
        return op


@irdl_op_definition
class SwitchOp(IRDLOperation):
    """The value at an index, or another if there are not as many:
    `%1 = util.switch i32 from [%a, %b] at %index else %c : i32`.
    """

    name = "util.switch"

    index = operand_def(IndexType)
    default = operand_def()
    cases = var_operand_def()
    result = result_def()

    traits = traits_def(Pure())

    def verify_(self) -> None:
        for value in (self.default, *self.cases):
            if value.type != self.result.type:
                raise VerifyException(f"chooses a {self.result.type} from a {value.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.default.type)
        printer.print_string(" from ")
        with printer.in_square_brackets():
            printer.print_list(self.cases, printer.print_ssa_value)
        printer.print_string(" at ")
        printer.print_ssa_value(self.index)
        printer.print_string(" else ")
        printer.print_ssa_value(self.default)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> SwitchOp:
        type = parser.parse_type()
        parser.parse_keyword("from")
        cases = parser.parse_comma_separated_list(
            Parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        parser.parse_keyword("at")
        index = parser.parse_unresolved_operand()
        parser.parse_keyword("else")
        default = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        result = parser.parse_type()
        operands = [parser.resolve_operand(index, IndexType())]
        operands += [parser.resolve_operand(value, type) for value in (default, *cases)]
        return cls.create(operands=operands, result_types=[result], attributes=attributes)
