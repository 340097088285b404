"""Ops of the `stablehlo` dialect that hold a program together: tuples, tokens, barriers and
composites.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FlatSymbolRefAttr,
    IntegerAttr,
    StringAttr,
    TupleType,
    i32,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import (
    Attribute,
    Operation,
    ParametrizedAttribute,
    Region,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_region_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ireelite.dialects.stablehlo.attributes import (
    add_attributes,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements
from ireelite.dialects.stablehlo.fields import number, parse_types
from ireelite.dialects.stablehlo.shapes import require
from ireelite.dialects.symbols import find_symbol


def parse_operands(parser: Parser) -> list[UnresolvedOperand]:
    """Parses `%0, %1`, or no operands."""
    if parser._current_token.kind is not MLIRTokenKind.PERCENT_IDENT:
        return []
    return parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_unresolved_operand)


def print_operands(op: Operation, printer: Printer) -> None:
    """Prints ` %0, %1`, or nothing without operands."""
    if op.operands:
        printer.print_string(" ")
        printer.print_list(op.operands, printer.print_ssa_value)


# -- tokens and barriers -----------------------------------------------------------------------------


@irdl_attr_definition
class TokenType(ParametrizedAttribute, TypeAttribute):
    """`!stablehlo.token`: what orders ops with side effects; it has no value."""

    name = "stablehlo.token"


TOKEN = TokenType()


@irdl_op_definition
class CreateTokenOp(IRDLOperation):
    """A token that orders nothing: `%0 = stablehlo.create_token : !stablehlo.token`."""

    name = "stablehlo.create_token"

    result = result_def(TokenType)

    traits = traits_def(Pure())
    assembly_format = "attr-dict `:` type($result)"

    def __init__(self):
        super().__init__(result_types=[TOKEN])


@irdl_op_definition
class AfterAllOp(IRDLOperation):
    """A token that orders what several tokens order:
    `%2 = stablehlo.after_all %0, %1 : !stablehlo.token`.
    """

    name = "stablehlo.after_all"

    inputs = var_operand_def(TokenType)
    result = result_def(TokenType)

    traits = traits_def(Pure())

    def print(self, printer: Printer) -> None:
        print_operands(self, printer)
        print_attributes(self, printer)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> AfterAllOp:
        operands = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        values, types = parse_types(parser, operands)
        op = cls.create(operands=values, result_types=types)
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class OptimizationBarrierOp(IRDLOperation):
    """Its operands, across which no op is moved:
    `%1:2 = stablehlo.optimization_barrier %0, %0 : tensor<4xf32>, tensor<4xf32>`.
    """

    name = "stablehlo.optimization_barrier"

    operand = var_operand_def()
    result = var_result_def()

    # it is not pure: then common subexpressions could cross it
    traits = traits_def(TypedElements())

    def verify_(self) -> None:
        require(
            list(self.operand.types) == list(self.result.types), "yields its operands as they are"
        )

    def print(self, printer: Printer) -> None:
        if not self.operands:
            printer.print_string("()")
            return print_attributes(self, printer)
        print_attributes(self, printer)
        print_operands(self, printer)
        printer.print_string(" : ")
        printer.print_list(self.result.types, printer.print_attribute)
        return None

    @classmethod
    def parse(cls, parser: Parser) -> OptimizationBarrierOp:
        attributes = parser.parse_optional_attr_dict()
        if parser.parse_optional_punctuation("(") is not None:
            parser.parse_punctuation(")")
            values, types = [], []
            attributes |= parser.parse_optional_attr_dict()
        else:
            operands = parse_operands(parser)
            parser.parse_punctuation(":")
            place = parser.pos
            types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
            values = parser.resolve_operands(operands, types, place)
        op = cls.create(operands=values, result_types=types)
        add_attributes(op, attributes)
        return op


# -- tuples ------------------------------------------------------------------------------------------


def tuple_type(values: Sequence[SSAValue]) -> TupleType:
    """Returns the type of a tuple of values."""
    types = (v.type for v in values)
    return TupleType(ArrayAttr(t for t in types if isinstance(t, TypeAttribute)))


@irdl_op_definition
class TupleOp(IRDLOperation):
    """Several values as one: `%2 = stablehlo.tuple %0, %1 : tuple<tensor<i32>, tensor<f32>>`."""

    name = "stablehlo.tuple"

    val = var_operand_def()
    result = result_def(TupleType)

    traits = traits_def(Pure())

    def __init__(self, values: Sequence[SSAValue]):
        super().__init__(operands=[values], result_types=[tuple_type(values)])

    def verify_(self) -> None:
        expected = tuple_type(self.val)
        require(self.result.type == expected, f"yields {expected}, not {self.result.type}")

    def print(self, printer: Printer) -> None:
        print_operands(self, printer)
        print_attributes(self, printer)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> TupleOp:
        operands = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        type = parser.parse_type()
        if not isinstance(type, TupleType):
            parser.raise_error(f"'{cls.name}' yields a tuple, not a {type}", place)
        values = parser.resolve_operands(operands, type.types.data, place)
        op = cls.create(operands=values, result_types=[type])
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class GetTupleElementOp(IRDLOperation):
    """One value of a tuple:
    `%1 = stablehlo.get_tuple_element %0[0] : (tuple<tensor<i32>>) -> tensor<i32>`.
    """

    name = "stablehlo.get_tuple_element"

    operand = operand_def(TupleType)
    index = prop_def(IntegerAttr)
    result = result_def()

    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue, index: int):
        assert isinstance(operand.type, TupleType)
        super().__init__(
            operands=[operand],
            properties={"index": IntegerAttr(index, i32)},
            result_types=[operand.type.types.data[index]],
        )

    @property
    def position(self) -> int:
        """Which value of the tuple it is."""
        return number(self.index)

    def verify_(self) -> None:
        assert isinstance(self.operand.type, TupleType)
        types = self.operand.type.types.data
        require(
            0 <= self.position < len(types),
            f"a {self.operand.type} has {len(types)} values; index {self.position} is outside",
        )
        expected = types[self.position]
        require(self.result.type == expected, f"yields {expected}, not {self.result.type}")

    def print(self, printer: Printer) -> None:
        print_operands(self, printer)
        printer.print_string(f"[{self.position}]")
        print_attributes(self, printer, ("index",))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> GetTupleElementOp:
        operand = parser.parse_unresolved_operand()
        parser.parse_punctuation("[")
        index = IntegerAttr(parser.parse_integer(), i32)
        parser.parse_punctuation("]")
        attributes = parser.parse_optional_attr_dict()
        values, types = parse_types(parser, [operand])
        op = cls.create(operands=values, result_types=types, properties={"index": index})
        add_attributes(op, attributes)
        return op


# -- composites --------------------------------------------------------------------------------------


COMPOSITE_NAME = re.compile(r"[a-zA-Z]\w*(\.[\w$]+)+", re.ASCII)
"""The name of a composite, behind that of its namespace."""


@irdl_op_definition
class CompositeOp(IRDLOperation):
    """An op with a name that a function of the module defines.

    ```mlir
    %2 = stablehlo.composite "ns.op" %0, %1 {decomposition = @op, version = 1 : i32}
        : (tensor<f32>, tensor<f32>) -> tensor<f32>
    ```
    """

    name = "stablehlo.composite"

    inputs = var_operand_def()
    composite_name = prop_def(StringAttr, prop_name="name")
    composite_attributes = opt_prop_def(DictionaryAttr)
    decomposition = prop_def(FlatSymbolRefAttr)
    version = opt_prop_def(IntegerAttr)
    res = var_result_def()
    composite_regions = var_region_def()

    def verify_(self) -> None:
        name = self.decomposition.root_reference.data
        require(
            COMPOSITE_NAME.fullmatch(self.composite_name.data) is not None,
            f'needs a name with a namespace, as "ns.op", not {self.composite_name}',
        )
        function = find_symbol(self, self.decomposition)
        if not isinstance(function, FuncOp):
            raise VerifyException(f"has no function '@{name}' as decomposition")
        type = function.function_type
        require(
            list(type.inputs) == list(self.operand_types)
            and list(type.outputs) == list(self.result_types),
            f"has other operands or results than '@{name}', a {type}",
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.composite_name)
        print_operands(self, printer)
        if self.composite_regions:
            printer.print_string(" (")
            printer.print_list(self.composite_regions, printer.print_region)
            printer.print_string(")")
        print_attributes(self, printer, ("name",))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> CompositeOp:
        name = StringAttr(parser.parse_str_literal())
        operands = parse_operands(parser)
        regions: list[Region] = []
        if parser._current_token.kind is MLIRTokenKind.L_PAREN:
            regions = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_region)
        attributes = parser.parse_optional_attr_dict()
        values, types = parse_types(parser, operands)
        op = cls.create(
            operands=values, result_types=types, properties={"name": name}, regions=regions
        )
        add_attributes(op, attributes)
        return op


COMPOSITION_OPS: list[type[Operation]] = [
    AfterAllOp,
    CompositeOp,
    CreateTokenOp,
    GetTupleElementOp,
    OptimizationBarrierOp,
    TupleOp,
]
"""Every op of this file."""

COMPOSITION_ATTRIBUTES: list[type[Attribute]] = [TokenType]
"""Every attribute and type of this file."""
