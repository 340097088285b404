"""The `ml_program` dialect: other words for functions, and for globals of `util`. Its ops are read as
those, and never made.
"""

from __future__ import annotations

from xdsl.dialects import func
from xdsl.ir import Attribute, Dialect, Operation, ParametrizedAttribute
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator

from ireelite.dialects.util.attributes import value_of
from ireelite.dialects.util.globals import GlobalLoadOp, GlobalOp, GlobalStoreOp


@irdl_attr_definition
class ExternAttr(ParametrizedAttribute):
    """A value that another module gives: `#ml_program.extern : tensor<4xf32>`."""

    name = "ml_program.extern"

    type: Attribute

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(" : ")
        printer.print_attribute(self.type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        parser.parse_punctuation(":")
        return [parser.parse_type()]


class GlobalSpelling(Operation):
    """`ml_program.global private mutable @counter(dense<2> : tensor<i32>) : tensor<i32>`"""

    name = "ml_program.global"

    @classmethod
    def parse(cls, parser: Parser) -> GlobalOp:
        visibility = parser.parse_optional_visibility_keyword()
        mutable = parser.parse_optional_keyword("mutable") is not None
        name, value = parser.parse_symbol_name().data, None
        place = parser.pos
        if parser.parse_optional_punctuation("(") is not None:
            value = value_of(parser.parse_attribute())
            if isinstance(value, ExternAttr):
                parser.raise_error(
                    f"the global '{name}' has its value from outside, which is not supported; "
                    "give it a constant",
                    place,
                )
            parser.parse_punctuation(")")
        parser.parse_punctuation(":")
        type = parser.parse_type()
        attributes = parser.parse_optional_attr_dict()
        visibility_name = None if visibility is None else visibility.data
        op = GlobalOp(name, type, value, mutable, visibility_name)
        op.attributes |= attributes
        return op


class LoadSpelling(Operation):
    """`%0 = ml_program.global_load @counter : tensor<i32>`"""

    name = "ml_program.global_load"

    @classmethod
    def parse(cls, parser: Parser) -> GlobalLoadOp:
        name = parser.parse_symbol_name().data
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        op = GlobalLoadOp(name, parser.parse_type())
        op.attributes |= attributes
        return op


class ConstantLoadSpelling(LoadSpelling):
    """`%0 = ml_program.global_load_const @table : tensor<4xi32>`"""

    name = "ml_program.global_load_const"


class StoreSpelling(Operation):
    """`ml_program.global_store @counter = %0 : tensor<i32>`"""

    name = "ml_program.global_store"

    @classmethod
    def parse(cls, parser: Parser) -> GlobalStoreOp:
        name = parser.parse_symbol_name().data
        parser.parse_punctuation("=")
        value = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        op = GlobalStoreOp(parser.resolve_operand(value, parser.parse_type()), name)
        op.attributes |= attributes
        return op


@irdl_op_definition
class ReturnOp(IRDLOperation):
    """Ends a function while it is read: `ml_program.return %0 : tensor<4xf32>`."""

    name = "ml_program.return"

    arguments = var_operand_def()

    traits = traits_def(IsTerminator())

    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"


@irdl_op_definition
class OutputOp(IRDLOperation):
    """Ends a subgraph while it is read: `ml_program.output %0 : tensor<4xf32>`."""

    name = "ml_program.output"

    arguments = var_operand_def()

    traits = traits_def(IsTerminator())

    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"


class FunctionSpelling(Operation):
    """`ml_program.func @f(%a: tensor<4xf32>) -> tensor<4xf32> { ... ml_program.return ... }`"""

    name = "ml_program.func"

    @classmethod
    def parse(cls, parser: Parser) -> func.FuncOp:
        function = func.FuncOp.parse(parser)
        for block in function.body.blocks:
            if isinstance(end := block.last_op, ReturnOp | OutputOp):
                block.insert_op_before(func.ReturnOp(*end.arguments), end)
                end.detach()
                end.erase()
        return function


class SubgraphSpelling(FunctionSpelling):
    """`ml_program.subgraph @f() -> tensor<4xf32> { ... ml_program.output ... }`"""

    name = "ml_program.subgraph"


SPELLINGS: dict[str, type[Operation]] = {
    spelling.name.partition(".")[2]: spelling
    for spelling in (
        ConstantLoadSpelling,
        FunctionSpelling,
        GlobalSpelling,
        LoadSpelling,
        OutputOp,
        ReturnOp,
        StoreSpelling,
        SubgraphSpelling,
    )
}


def spelling(name: str) -> type[Operation] | None:
    """Returns the class that reads an op of this dialect."""
    return SPELLINGS.get(name)


MlProgram = Dialect("ml_program", [], [ExternAttr])
