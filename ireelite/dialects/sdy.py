"""Shardy: how the tensors of a program lie on a mesh of devices, as JAX says it.

A program here runs on one device. Shardings are therefore kept as their text.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from xdsl.dialects.builtin import ArrayAttr, StringAttr, SymbolNameConstraint, TensorType
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import (
    IsolatedFromAbove,
    IsTerminator,
    Pure,
    SingleBlockImplicitTerminator,
    SymbolOpInterface,
)
from xdsl.utils.exceptions import VerifyException


class TextAttr(ParametrizedAttribute):
    """An attribute of which only the text between its angle brackets is known."""

    text: StringAttr

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        parser.parse_punctuation("<")
        text = parser._parse_unregistered_attr_body(None)
        parser.parse_punctuation(">")
        return [StringAttr(text)]

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(self.text.data)


@irdl_attr_definition
class ShardingAttr(TextAttr):
    """How one tensor lies on a mesh: `#sdy.sharding<@mesh, [{"x"}, {}]>`."""

    name = "sdy.sharding"


@irdl_attr_definition
class ShardingPerValueAttr(TextAttr):
    """Shardings of several tensors: `#sdy.sharding_per_value<[<@mesh, [{"x"}]>]>`."""

    name = "sdy.sharding_per_value"


@irdl_attr_definition
class ShardingRuleAttr(TextAttr):
    """Which dimensions of operands and results are divided together."""

    name = "sdy.op_sharding_rule"


@irdl_attr_definition
class ManualAxesAttr(TextAttr):
    """Axes that a computation divides by itself: `#sdy<manual_axes{"x"}>`."""

    name = "sdy.manual_axes"


@irdl_attr_definition
class MeshAttr(ParametrizedAttribute):
    """Devices in a grid: `#sdy.mesh<["x"=2, "y"=4]>`, with `device_ids=[...]` if they have an order
    of their own.
    """

    name = "sdy.mesh"

    axes: ArrayAttr[StringAttr]
    sizes: ArrayAttr[StringAttr]
    """In decimal digits."""
    device_ids: StringAttr
    """The text of the list; empty if there is none."""

    @property
    def devices(self) -> int:
        """How many there are."""
        return prod(int(size.data) for size in self.sizes)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        def parse_axis() -> tuple[StringAttr, StringAttr]:
            name = parser.parse_str_literal()
            parser.parse_punctuation("=")
            return StringAttr(name), StringAttr(str(parser.parse_integer(False, False)))

        with parser.in_angle_brackets():
            axes = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parse_axis)
            ids = ""
            if parser.parse_optional_punctuation(",") is not None:
                parser.parse_keyword("device_ids")
                parser.parse_punctuation("=")
                ids = ", ".join(
                    str(number)
                    for number in parser.parse_comma_separated_list(
                        parser.Delimiter.SQUARE, lambda: parser.parse_integer(False, False)
                    )
                )
                ids = f"[{ids}]"
        names, sizes = [axis for axis, _ in axes], [size for _, size in axes]
        return [ArrayAttr(names), ArrayAttr(sizes), StringAttr(ids)]

    def print_parameters(self, printer: Printer) -> None:
        axes = zip(self.axes, self.sizes, strict=True)
        listed = ", ".join(f'"{axis.data}"={size.data}' for axis, size in axes)
        ids = f", device_ids={self.device_ids.data}" if self.device_ids.data else ""
        printer.print_string(f"<[{listed}]{ids}>")


@irdl_op_definition
class MeshOp(IRDLOperation):
    """Names a mesh: `sdy.mesh @mesh = <["x"=2, "y"=4]>`."""

    name = "sdy.mesh"

    sym_name = prop_def(SymbolNameConstraint())
    mesh = prop_def(MeshAttr)

    traits = traits_def(SymbolOpInterface())

    def verify_(self) -> None:
        if self.mesh.devices < 1:
            raise VerifyException("has an axis of no devices")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        printer.print_string(" = ")
        self.mesh.print_parameters(printer)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> MeshOp:
        name = parser.parse_symbol_name()
        parser.parse_punctuation("=")
        mesh = MeshAttr.new(MeshAttr.parse_parameters(parser))
        op = cls.build(properties={"sym_name": name, "mesh": mesh})
        op.attributes |= parser.parse_optional_attr_dict()
        return op


class PlacementOp(IRDLOperation):
    """The same tensor with another sharding: `%1 = sdy.x %0 <@mesh, [{"x"}]> : tensor<8xf32>`."""

    NAMES: ClassVar = ("sharding",)

    operand = operand_def(TensorType)
    sharding = prop_def(ShardingAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def verify_(self) -> None:
        if self.operand.type != self.result.type:
            raise VerifyException(f"changes the type: {self.operand.type} to {self.result.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        printer.print_string(" ")
        self.sharding.print_parameters(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser):
        operand = parser.parse_unresolved_operand()
        sharding = ShardingAttr.new(ShardingAttr.parse_parameters(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        op = cls.build(
            operands=[parser.resolve_operand(operand, type)],
            properties={"sharding": sharding},
            result_types=[type],
        )
        op.attributes |= attributes
        return op


@irdl_op_definition
class ShardingConstraintOp(PlacementOp):
    """Asks the partitioner for a sharding."""

    name = "sdy.sharding_constraint"


@irdl_op_definition
class ReshardOp(PlacementOp):
    """Moves a tensor to another sharding."""

    name = "sdy.reshard"


@irdl_op_definition
class ReturnOp(IRDLOperation):
    """Ends the body of a manual computation: `sdy.return %0 : tensor<4xf32>`."""

    name = "sdy.return"

    arguments = var_operand_def(TensorType)

    traits = traits_def(IsTerminator())
    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"

    def __init__(self, *arguments: SSAValue):
        super().__init__(operands=[arguments])


@irdl_op_definition
class ManualComputationOp(IRDLOperation):
    """A body that each device runs on its part of the operands.

    ```mlir
    %1 = sdy.manual_computation(%0) in_shardings=[<@mesh, [{"x"}]>]
        out_shardings=[<@mesh, [{"x"}]>] manual_axes={"x"} (%a: tensor<4xf32>) {
      sdy.return %a : tensor<4xf32>
    } : (tensor<8xf32>) -> tensor<8xf32>
    ```
    """

    name = "sdy.manual_computation"

    tensors = var_operand_def(TensorType)
    in_shardings = prop_def(ShardingPerValueAttr)
    out_shardings = prop_def(ShardingPerValueAttr)
    manual_axes = prop_def(ManualAxesAttr)
    body = region_def("single_block")
    outputs = var_result_def(TensorType)

    traits = traits_def(IsolatedFromAbove(), SingleBlockImplicitTerminator(ReturnOp))

    def verify_(self) -> None:
        block = self.body.block
        ending = block.last_op
        assert isinstance(ending, ReturnOp)  # a trait verifies that
        if len(block.args) != len(self.tensors) or len(ending.arguments) != len(self.outputs):
            raise VerifyException(
                f"has {len(self.tensors)} operands and {len(self.outputs)} results, its body "
                f"{len(block.args)} and {len(ending.arguments)}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_list(self.tensors, printer.print_ssa_value)
        printer.print_string(f") in_shardings={self.in_shardings.text.data}")
        printer.print_string(f" out_shardings={self.out_shardings.text.data}")
        printer.print_string(f" manual_axes={self.manual_axes.text.data} (")
        printer.print_list(self.body.block.args, printer.print_block_argument)
        printer.print_string(") ")
        printer.print_region(self.body, print_entry_block_args=False)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> ManualComputationOp:
        operands = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        texts: dict[str, StringAttr] = {}
        for name, brackets in (
            ("in_shardings", "[]"),
            ("out_shardings", "[]"),
            ("manual_axes", "{}"),
        ):
            parser.parse_keyword(name)
            parser.parse_punctuation("=")
            texts[name] = StringAttr(bracketed_text(parser, brackets))
        arguments = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_argument)
        body = parser.parse_region(arguments)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        type = parser.parse_function_type()
        op = cls.build(
            operands=[parser.resolve_operands(operands, type.inputs.data, place)],
            properties={
                "in_shardings": ShardingPerValueAttr.new([texts["in_shardings"]]),
                "out_shardings": ShardingPerValueAttr.new([texts["out_shardings"]]),
                "manual_axes": ManualAxesAttr.new([texts["manual_axes"]]),
            },
            regions=[body],
            result_types=[type.outputs.data],
        )
        op.attributes |= attributes
        return op


def bracketed_text(parser: Parser, brackets: Sequence[str]) -> str:
    """Returns the text of a list in brackets, which are an opening and a closing one."""
    start, depth = parser.pos, 0
    while True:
        text = parser._current_token.text
        depth += (text in "([{<") - (text in ")]}>") if len(text) == 1 else 0
        if not text or (depth == 1 and parser.pos == start and text != brackets[0]):
            parser.raise_error(f"expected a list in {brackets[0]}{brackets[1]}")
        end = parser._consume_token().span.end
        if depth == 0:
            return parser.lexer.input.content[start:end]


Sdy = Dialect(
    "sdy",
    [
        ManualComputationOp,
        MeshOp,
        ReshardOp,
        ReturnOp,
        ShardingConstraintOp,
    ],
    [ManualAxesAttr, MeshAttr, ShardingAttr, ShardingPerValueAttr, ShardingRuleAttr],
)
