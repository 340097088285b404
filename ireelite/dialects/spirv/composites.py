"""The `spirv` ops for constants, elements of vectors, and the choice between two values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from xdsl.dialects.builtin import FloatAttr, IntegerAttr, VectorType
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import ConstantLike, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.spirv.values import bool_like, require, require_same


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A number or a truth value. `%c = spirv.Constant 4 : i32`, `%t = spirv.Constant true`"""

    name = "spirv.Constant"

    value = prop_def(IntegerAttr | FloatAttr)
    constant = result_def()

    traits = traits_def(Pure(), ConstantLike())

    def __init__(self, value: IntegerAttr | FloatAttr):
        Operation.__init__(self, properties={"value": value}, result_types=[value.type])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        place = parser.pos
        value = parser.parse_attribute()
        if not isinstance(value, IntegerAttr | FloatAttr):
            parser.raise_error(
                f"a constant is an integer, a float or a truth value, not {value}", place
            )
        attributes = parser.parse_optional_attr_dict()
        return cls.create(
            properties={"value": value}, attributes=attributes, result_types=[value.type]
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.value)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        require(self.constant.type, "any", self.name)
        require_same(self.value.type, self.constant.type, self.name)


@irdl_op_definition
class CompositeExtractOp(IRDLOperation):
    """One element of a vector. `%x = spirv.CompositeExtract %v[0 : i32] : vector<3xi32>`"""

    name = "spirv.CompositeExtract"

    composite = operand_def(VectorType)
    index = prop_def(IntegerAttr)
    component = result_def()

    traits = traits_def(Pure())

    def __init__(self, composite: SSAValue, index: int):
        assert isinstance(composite.type, VectorType)
        properties = {"index": IntegerAttr(index, 32)}
        super().__init__(
            operands=[composite], properties=properties, result_types=[composite.type.element_type]
        )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        name = parser.parse_unresolved_operand()
        with parser.in_square_brackets():
            index = parser.parse_attribute()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        if not isinstance(type := parser.parse_type(), VectorType):
            parser.raise_error(f"'{cls.name}' takes a vector, not {type}", place)
        return cls.create(
            operands=[parser.resolve_operand(name, type)],
            properties={"index": index},
            attributes=attributes,
            result_types=[type.element_type],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.composite)
        with printer.in_square_brackets():
            printer.print_attribute(self.index)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.composite.type)

    def verify_(self) -> None:
        type = self.composite.type
        assert isinstance(type, VectorType)
        require(type, "any", self.name)
        if not 0 <= self.index.value.data < type.get_shape()[0]:
            raise VerifyException(f"{type} has no element {self.index.value.data}")
        require_same(type.element_type, self.component.type, self.name)


@irdl_op_definition
class CompositeConstructOp(IRDLOperation):
    """A vector of 2 to 4 elements.

    `%v = spirv.CompositeConstruct %x, %y : (f32, f32) -> vector<2xf32>`
    """

    name = "spirv.CompositeConstruct"

    constituents = var_operand_def()
    result = result_def(VectorType)

    traits = traits_def(Pure())

    def __init__(self, constituents: Sequence[SSAValue]):
        vector = VectorType(constituents[0].type, [len(constituents)])
        super().__init__(operands=[constituents], result_types=[vector])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        names = parser.parse_comma_separated_list(
            parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        parser.parse_punctuation("->")
        if len(types) != len(names):
            parser.raise_error(f"{len(names)} operands, but {len(types)} types", place)
        return cls.create(
            operands=[
                parser.resolve_operand(name, type) for name, type in zip(names, types, strict=True)
            ],
            attributes=attributes,
            result_types=[parser.parse_type()],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.constituents, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        with printer.in_parens():
            printer.print_list([v.type for v in self.constituents], printer.print_attribute)
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)

    def verify_(self) -> None:
        type = self.result.type
        assert isinstance(type, VectorType)
        require(type, "any", self.name)
        if len(self.constituents) != type.get_shape()[0]:
            raise VerifyException(f"{type} has no {len(self.constituents)} elements")
        for value in self.constituents:
            require_same(type.element_type, value.type, self.name)


@irdl_op_definition
class SelectOp(IRDLOperation):
    """One of two values. `%r = spirv.Select %condition, %true, %false : i1, f32`"""

    name = "spirv.Select"

    condition = operand_def()
    true_value = operand_def()
    false_value = operand_def()
    result = result_def()

    traits = traits_def(Pure())

    def __init__(self, condition: SSAValue, true: SSAValue, false: SSAValue):
        Operation.__init__(self, operands=[condition, true, false], result_types=[true.type])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        names = [parser.parse_unresolved_operand()]
        for _ in range(2):
            parser.parse_punctuation(",")
            names.append(parser.parse_unresolved_operand())
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        condition = parser.parse_type()
        parser.parse_punctuation(",")
        type = parser.parse_type()
        types = [condition, type, type]
        operands = [
            parser.resolve_operand(name, type) for name, type in zip(names, types, strict=True)
        ]
        return cls.create(operands=operands, attributes=attributes, result_types=[type])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list([self.condition.type, self.result.type], printer.print_attribute)

    def verify_(self) -> None:
        require(self.result.type, "any", self.name)
        for value in (self.true_value, self.false_value):
            require_same(self.result.type, value.type, self.name)
        require_same(bool_like(self.result.type), self.condition.type, self.name)
