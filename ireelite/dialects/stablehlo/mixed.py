"""Elementwise ops of the `stablehlo` dialect between tensors of different types."""

from __future__ import annotations

from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    FunctionType,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.quant import UniformType, expressed_of
from ireelite.dialects.stablehlo.attributes import add_attributes, print_attributes
from ireelite.dialects.stablehlo.elements import TypedElements, compatible
from ireelite.dialects.stablehlo.elementwise import ElementwiseOp
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class ClampOp(ElementwiseOp):
    """Limits each element to a range, whose ends are tensors of the operand's shape or scalars.

    ```mlir
    %3 = stablehlo.clamp %0, %1, %2 : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    ```
    """

    name = "stablehlo.clamp"

    min = operand_def(TensorType)
    operand = operand_def(TensorType)
    max = operand_def(TensorType)

    def __init__(self, min: SSAValue, operand: SSAValue, max: SSAValue):
        super().__init__(operands=[min, operand, max], result_types=[operand.type])

    def verify_(self) -> None:
        if not compatible(self.operand.type, self.result.type):
            raise VerifyException(f"yields {self.operand.type}, not {self.result.type}")
        for bound in (self.min, self.max):
            scalar = TensorType(element_type_of(bound), shape_of(self.operand))
            whole = compatible(bound.type, self.operand.type)
            if not whole and (shape_of(bound) or not compatible(scalar, self.operand.type)):
                raise VerifyException(
                    f"needs bounds that are scalars or of type {self.operand.type}, "
                    f"not {bound.type}"
                )


class MixedOp(ElementwiseOp):
    """An elementwise function whose result has another element type than its operands."""

    @classmethod
    def element_type(cls, operand: Attribute) -> Attribute:
        """Returns the element type of the result, from that of an operand."""
        raise AssertionError("each op has its own")

    @classmethod
    def result_type(cls, operand: Attribute) -> Attribute:
        assert isinstance(operand, TensorType)
        element = cls.element_type(operand.element_type)
        return TensorType(element, operand.get_shape(), operand.encoding)


class PartOp(MixedOp):
    """A part of each complex number."""

    operand = operand_def(TensorType)

    def __init__(self, operand: SSAValue):
        super().__init__(operands=[operand], result_types=[self.result_type(operand.type)])

    @classmethod
    def element_type(cls, operand: Attribute) -> Attribute:
        return operand.element_type if isinstance(operand, ComplexType) else operand


@irdl_op_definition
class RealOp(PartOp):
    """The real part: `%1 = stablehlo.real %0 : (tensor<4xcomplex<f32>>) -> tensor<4xf32>`.
    A real number is its own.
    """

    name = "stablehlo.real"


@irdl_op_definition
class ImagOp(PartOp):
    """The imaginary part: `%1 = stablehlo.imag %0 : (tensor<4xcomplex<f32>>) -> tensor<4xf32>`.
    That of a real number is 0.
    """

    name = "stablehlo.imag"


@irdl_op_definition
class IsFiniteOp(PartOp):
    """Whether a number is neither infinite nor NaN:
    `%1 = stablehlo.is_finite %0 : (tensor<4xf32>) -> tensor<4xi1>`.
    """

    name = "stablehlo.is_finite"

    @classmethod
    def element_type(cls, operand: Attribute) -> Attribute:
        one_scale = isinstance(operand, UniformType) and operand.axis is None
        if not isinstance(operand, AnyFloat) and not one_scale:
            raise VerifyException(f"takes floats or elements quantized alike, not {operand}")
        return i1


def part_type(type: Attribute) -> TensorType | None:
    """Returns the type of the parts of a tensor of complex numbers; None of what is no such type."""
    if not isinstance(type, TensorType) or not isinstance(type.element_type, ComplexType):
        return None
    return TensorType(type.element_type.element_type, type.get_shape(), type.encoding)


@irdl_op_definition
class ComplexOp(MixedOp):
    """Complex numbers of real and imaginary parts:
    `%2 = stablehlo.complex %0, %1 : tensor<4xcomplex<f32>>`.
    """

    name = "stablehlo.complex"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)

    def __init__(self, lhs: SSAValue, rhs: SSAValue):
        super().__init__(operands=[lhs, rhs], result_types=[self.result_type(lhs.type)])

    @classmethod
    def element_type(cls, operand: Attribute) -> Attribute:
        if not isinstance(operand, AnyFloat) or operand.bitwidth not in (32, 64):
            raise VerifyException(f"takes parts of type f32 or f64, not {operand}")
        return ComplexType(operand)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        print_attributes(self, printer)
        printer.print_string(" : ")
        if self.lhs.type == self.rhs.type == part_type(self.result.type):
            printer.print_attribute(self.result.type)
        else:
            printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> ComplexOp:
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        type = parser.parse_type()
        if isinstance(type, FunctionType):
            values = parser.resolve_operands(operands, type.inputs.data, place)
            results = type.outputs.data
        else:
            if (part := part_type(type)) is None:
                parser.raise_error(f"expected a tensor of complex numbers, not {type}", place)
            values = [parser.resolve_operand(operand, part) for operand in operands]
            results = (type,)
        if len(values) != 2 or len(results) != 1:
            parser.raise_error(f"'{cls.name}' takes 2 operands and yields one result", place)
        op = cls.create(operands=values, result_types=results)
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class UniformQuantizeOp(IRDLOperation):
    """Floats, or quantized elements, as elements quantized in another way:
    `%1 = stablehlo.uniform_quantize %0 : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>`.
    """

    name = "stablehlo.uniform_quantize"

    operand = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    assembly_format = "$operand attr-dict `:` functional-type($operand, $result)"

    def __init__(self, operand: SSAValue, result_type: Attribute):
        super().__init__(operands=[operand], result_types=[result_type])

    def verify_(self) -> None:
        if not isinstance(element_type_of(self.result), UniformType):
            raise VerifyException(f"yields quantized elements, not {self.result.type}")
        expected = expressed_of(self.operand.type)
        if not compatible(expected, expressed_of(self.result.type)):
            raise VerifyException(f"can't quantize {self.operand.type} to {self.result.type}")


@irdl_op_definition
class UniformDequantizeOp(IRDLOperation):
    """The floats that quantized elements denote:
    `%1 = stablehlo.uniform_dequantize %0 : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4xf32>`.
    """

    name = "stablehlo.uniform_dequantize"

    operand = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    assembly_format = "$operand attr-dict `:` functional-type($operand, $result)"

    def __init__(self, operand: SSAValue):
        super().__init__(operands=[operand], result_types=[expressed_of(operand.type)])

    def verify_(self) -> None:
        if not isinstance(element_type_of(self.operand), UniformType):
            raise VerifyException(f"takes quantized elements, not {self.operand.type}")
        if not compatible(expressed_of(self.operand.type), self.result.type):
            raise VerifyException(
                f"yields {expressed_of(self.operand.type)}, not {self.result.type}"
            )


MIXED_OPS: list[type[Operation]] = [
    ClampOp,
    ComplexOp,
    ImagOp,
    IsFiniteOp,
    RealOp,
    UniformDequantizeOp,
    UniformQuantizeOp,
]
"""Every op of this file."""
