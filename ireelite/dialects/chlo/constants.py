"""Constants of the `chlo` dialect."""

from __future__ import annotations

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    TensorType,
)
from xdsl.ir import Operation
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import ConstantLike, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    add_attributes,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible_shapes
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A tensor known at compile time: `%0 = chlo.constant dense<1.0> : tensor<4xf32>`."""

    name = "chlo.constant"

    value = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements(), ConstantLike())

    def print(self, printer: Printer) -> None:
        print_attributes(self, printer, ("value",))
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> ConstantOp:
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        value = parser.parse_attribute()
        if not isinstance(value, DenseIntOrFPElementsAttr):
            parser.raise_error("expected a dense constant", place)
        op = cls.create(properties={"value": value}, result_types=[value.type])
        add_attributes(op, attributes)
        return op

    def verify_(self) -> None:
        if self.value.type != self.result.type:
            raise VerifyException(f"holds a {self.value.type} but yields a {self.result.type}")


@irdl_op_definition
class ConstantLikeOp(IRDLOperation):
    """One number everywhere in a tensor of the operand's shape:
    `%1 = "chlo.constant_like"(%0) {value = 1.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>`.
    """

    name = "chlo.constant_like"

    operand = operand_def(TensorType)
    value = prop_def(IntegerAttr | FloatAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def verify_(self) -> None:
        if self.value.type != element_type_of(self.result):
            raise VerifyException(f"repeats a {self.value.type} but yields a {self.result.type}")
        if not compatible_shapes(shape_of(self.operand), shape_of(self.result)):
            raise VerifyException(
                f"yields the shape of {self.operand.type}, not {self.result.type}"
            )


CONSTANT_OPS: list[type[Operation]] = [ConstantLikeOp, ConstantOp]
