"""Calls of functions from elsewhere in the `stablehlo` dialect."""

from __future__ import annotations

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DictionaryAttr,
    FlatSymbolRefAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    TensorType,
    TupleType,
    i64,
)
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from ireelite.dialects.stablehlo.attributes import (
    DIMENSIONS,
    StructureAttribute,
    add_attributes,
    parse_i64,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import Elements, verify_kind
from ireelite.dialects.stablehlo.fields import parse_types
from ireelite.dialects.stablehlo.shapes import require


@irdl_attr_definition
class OutputOperandAliasAttr(StructureAttribute):
    """Which result of a custom call has the buffer of which operand."""

    name = "stablehlo.output_operand_alias"

    output_tuple_indices: DenseArrayBase[IntegerType]
    operand_index: IntegerAttr
    operand_tuple_indices: DenseArrayBase[IntegerType]

    FIELDS = {
        "output_tuple_indices": DIMENSIONS,
        "operand_index": (parse_i64, IntegerAttr(0, i64)),
        "operand_tuple_indices": DIMENSIONS,
    }


@irdl_op_definition
class CustomCallOp(IRDLOperation):
    """Calls a function that the compiler knows by its name.

    ```mlir
    %1 = stablehlo.custom_call @Sharding(%0) {backend_config = ""}
        : (tensor<4xf32>) -> tensor<4xf32>
    ```
    """

    name = "stablehlo.custom_call"

    inputs = var_operand_def()
    call_target_name = prop_def(StringAttr)
    has_side_effect = opt_prop_def(BoolAttr)
    backend_config = opt_prop_def(StringAttr | DictionaryAttr)
    api_version = opt_prop_def(IntegerAttr)
    called_computations = opt_prop_def(ArrayAttr[FlatSymbolRefAttr])
    operand_layouts = opt_prop_def(ArrayAttr)
    result_layouts = opt_prop_def(ArrayAttr)
    output_operand_aliases = opt_prop_def(ArrayAttr[OutputOperandAliasAttr])
    result_tilings = opt_prop_def(ArrayAttr)
    res = var_result_def()

    @property
    def target(self) -> str:
        """The name of the function."""
        return self.call_target_name.data

    def verify_(self) -> None:
        for value in (*self.operands, *self.results):
            if isinstance(value.type, TensorType):
                verify_kind(value.type, Elements.ANY)
        for what, layouts, values in (
            ("operand", self.operand_layouts, self.operands),
            ("result", self.result_layouts, self.results),
        ):
            if layouts is not None and not any(isinstance(v.type, TupleType) for v in values):
                require(
                    len(layouts) == len(values),
                    f"has {len(layouts)} {what} layouts for {len(values)} {what}s",
                )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.target)
        printer.print_string("(")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_string(")")
        print_attributes(self, printer, ("call_target_name",))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> CustomCallOp:
        target = parser.parse_symbol_name()
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        values, types = parse_types(parser, operands)
        op = cls.create(
            operands=values, result_types=types, properties={"call_target_name": target}
        )
        add_attributes(op, attributes)
        return op
