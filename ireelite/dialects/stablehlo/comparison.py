"""Ops of the `stablehlo` dialect that compare tensors elementwise, and that choose by the outcome."""

from __future__ import annotations

from xdsl.dialects.builtin import FunctionType, TensorType, i1
from xdsl.ir import SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    ComparisonDirection,
    ComparisonDirectionAttr,
    ComparisonType,
    ComparisonTypeAttr,
    add_attributes,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import (
    TypedElements,
    compatible,
    compatible_shapes,
    verify_comparison,
)
from ireelite.dialects.stablehlo.elementwise import resolve_like, set_result_type
from ireelite.dialects.tensor_types import element_type_of, shape_of, tensor_type_of


@irdl_op_definition
class CompareOp(IRDLOperation):
    """Compares elementwise; the result is a tensor of i1.

    ```mlir
    %2 = stablehlo.compare GT, %0, %1, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    ```
    """

    name = "stablehlo.compare"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    comparison_direction = prop_def(ComparisonDirectionAttr)
    compare_type = opt_prop_def(ComparisonTypeAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self, direction: str, lhs: SSAValue, rhs: SSAValue, compare_type: str | None = None
    ):
        super().__init__(
            operands=[lhs, rhs],
            properties={
                "comparison_direction": ComparisonDirectionAttr(ComparisonDirection(direction)),
                "compare_type": None
                if compare_type is None
                else ComparisonTypeAttr(ComparisonType(compare_type)),
            },
            result_types=[TensorType(i1, shape_of(lhs))],
        )

    @property
    def direction(self) -> ComparisonDirection:
        """How the op compares."""
        return self.comparison_direction.data

    def verify_(self) -> None:
        if not compatible(self.lhs.type, self.rhs.type):
            raise VerifyException(f"compares {self.lhs.type} with {self.rhs.type}")
        kind = ComparisonType.NOTYPE if self.compare_type is None else self.compare_type.data
        verify_comparison(tensor_type_of(self.lhs), kind)
        if not compatible(self.result.type, TensorType(i1, shape_of(self.lhs))):
            raise VerifyException(f"must yield i1 of the operands' shape, not {self.result.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.direction.value}, ")
        printer.print_list((self.lhs, self.rhs), printer.print_ssa_value)
        if self.compare_type is not None:
            printer.print_string(f", {self.compare_type.data.value}")
        print_attributes(self, printer, ("comparison_direction", "compare_type"))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> CompareOp:
        direction = parser.parse_str_enum(ComparisonDirection)
        parser.parse_punctuation(",")
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        kind = None
        if parser.parse_optional_punctuation(","):
            kind = parser.parse_str_enum(ComparisonType)
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        (left, right), type = resolve_like(parser, [lhs, rhs])
        op = cls(direction, left, right, kind)
        set_result_type(op, type, parser, place)
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class SelectOp(IRDLOperation):
    """Takes each element from one of two tensors, as a tensor of i1 (or one i1 for all) says.

    ```mlir
    %3 = stablehlo.select %0, %1, %2 : tensor<4xi1>, tensor<4xf32>
    ```
    """

    name = "stablehlo.select"

    pred = operand_def(TensorType)
    on_true = operand_def(TensorType)
    on_false = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, pred: SSAValue, on_true: SSAValue, on_false: SSAValue):
        super().__init__(operands=[pred, on_true, on_false], result_types=[on_true.type])

    def verify_(self) -> None:
        if not all(compatible(v.type, self.result.type) for v in (self.on_true, self.on_false)):
            raise VerifyException("both choices and the result must have one type")
        pred, shape = shape_of(self.pred), shape_of(self.result)
        if element_type_of(self.pred) != i1 or (pred and not compatible_shapes(pred, shape)):
            raise VerifyException(
                f"takes a predicate of type tensor<i1> or {TensorType(i1, shape)}, not "
                f"{self.pred.type}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        print_attributes(self, printer)
        printer.print_string(" : ")
        if self.on_true.type == self.on_false.type == self.result.type:
            printer.print_list((self.pred.type, self.result.type), printer.print_attribute)
        else:
            printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> SelectOp:
        place = parser.pos
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        if len(operands) != 3:
            parser.raise_error("'stablehlo.select' takes 3 operands", place)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        first = parser.parse_type()
        if isinstance(first, FunctionType):
            types, results = first.inputs.data, first.outputs.data
        else:
            parser.parse_punctuation(",")
            type = parser.parse_type()
            types, results = (first, type, type), (type,)
        values = parser.resolve_operands(operands, types, place)
        op = cls.create(operands=values, result_types=results)
        add_attributes(op, attributes)
        return op


COMPARISON_OPS: list[type[IRDLOperation]] = [CompareOp, SelectOp]
"""Every op of this file."""
