"""The elementwise half of the `stablehlo` dialect: scalar functions applied at every index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects.builtin import ComplexType, FunctionType, TensorType
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    ResultAccuracyAttr,
    add_attributes,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import (
    TypedElements,
    compatible,
)


def resolve_like(parser: Parser, operands: Sequence[Any]) -> tuple[list[SSAValue], Attribute]:
    """Reads `: type`, or `: (types) -> type`, and resolves the operands by it."""
    parser.parse_punctuation(":")
    place = parser.pos
    type = parser.parse_type()
    if isinstance(type, FunctionType):
        if len(type.outputs) != 1:
            parser.raise_error(f"expected one result type, not {len(type.outputs)}", place)
        return list(parser.resolve_operands(operands, type.inputs.data, place)), type.outputs.data[
            0
        ]
    return [parser.resolve_operand(operand, type) for operand in operands], type


def set_result_type(op: Operation, type: Attribute, parser: Parser, place: int) -> None:
    """Gives an op that was just parsed the result type that its text has at a place. Raises a parse
    error unless it fits the type that the op's operands make.
    """
    (result,) = op.results
    if not compatible(type, result.type):
        short = op.name.removeprefix("stablehlo.")
        parser.raise_error(f"this {short} yields {result.type}, not {type}", place)
    result._type = type


class ElementwiseOp(IRDLOperation):
    """Applies a scalar function at every index: operands and result have one shape."""

    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    @classmethod
    def result_type(cls, operand: Attribute) -> Attribute:
        """Returns the type of the result, from that of an operand."""
        return operand

    def verify_(self) -> None:
        for operand in self.operands:
            if not compatible(self.result.type, self.result_type(operand.type)):
                raise VerifyException(
                    f"requires the same type for all operands and the result: {operand.type}, "
                    f"{self.result.type}"
                )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        print_attributes(self, printer)
        self.print_types(printer)

    def print_types(self, printer: Printer) -> None:
        """Prints ` : type` if all operands and the result have one, else the function type."""
        printer.print_string(" : ")
        if all(operand.type == self.result.type for operand in self.operands):
            printer.print_attribute(self.result.type)
        else:
            printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser):
        # the walkthrough's older spelling puts the operands in parentheses
        place = parser.pos
        older = parser.parse_optional_punctuation("(") is not None
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        if older:
            parser.parse_punctuation(")")
        attributes = parser.parse_optional_attr_dict()
        values, type = resolve_like(parser, operands)
        expected = len(cls.get_irdl_definition().operands)
        if len(values) != expected:
            parser.raise_error(f"'{cls.name}' takes {expected} operands, not {len(values)}", place)
        op = cls.create(operands=values, result_types=[type])
        add_attributes(op, attributes)
        return op


class UnaryOp(ElementwiseOp):
    """An elementwise function of one tensor: `%1 = stablehlo.tanh %0 : tensor<4xf32>`."""

    operand = operand_def(TensorType)

    def __init__(self, operand: SSAValue):
        super().__init__(operands=[operand], result_types=[self.result_type(operand.type)])


class TranscendentalOp(UnaryOp):
    """An elementwise function of one tensor whose result is rounded, as exact as
    `result_accuracy` asks.
    """

    result_accuracy = opt_prop_def(ResultAccuracyAttr)


class BinaryOp(ElementwiseOp):
    """An elementwise function of two tensors: `%2 = stablehlo.multiply %0, %1 : tensor<4xf32>`."""

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)

    def __init__(self, lhs: SSAValue, rhs: SSAValue):
        super().__init__(operands=[lhs, rhs], result_types=[lhs.type])


@irdl_op_definition
class AbsOp(UnaryOp):
    """The absolute value; of a complex number, a float."""

    name = "stablehlo.abs"

    @classmethod
    def result_type(cls, operand: Attribute) -> Attribute:
        if isinstance(operand, TensorType) and isinstance(operand.element_type, ComplexType):
            return TensorType(operand.element_type.element_type, operand.get_shape())
        return operand


@irdl_op_definition
class CbrtOp(TranscendentalOp):
    """The cube root."""

    name = "stablehlo.cbrt"


@irdl_op_definition
class CeilOp(UnaryOp):
    """Rounds up."""

    name = "stablehlo.ceil"


@irdl_op_definition
class CosineOp(TranscendentalOp):
    """The cosine, in radians."""

    name = "stablehlo.cosine"


@irdl_op_definition
class CountLeadingZerosOp(UnaryOp):
    """The number of zero bits above the highest set bit."""

    name = "stablehlo.count_leading_zeros"


@irdl_op_definition
class ExponentialOp(TranscendentalOp):
    """e to the power of x."""

    name = "stablehlo.exponential"


@irdl_op_definition
class ExponentialMinusOneOp(TranscendentalOp):
    """e**x - 1, exact near 0."""

    name = "stablehlo.exponential_minus_one"


@irdl_op_definition
class FloorOp(UnaryOp):
    """Rounds down."""

    name = "stablehlo.floor"


@irdl_op_definition
class LogOp(TranscendentalOp):
    """The natural logarithm."""

    name = "stablehlo.log"


@irdl_op_definition
class LogPlusOneOp(TranscendentalOp):
    """log(1 + x), exact near 0."""

    name = "stablehlo.log_plus_one"


@irdl_op_definition
class LogisticOp(TranscendentalOp):
    """1 / (1 + e**-x)."""

    name = "stablehlo.logistic"


@irdl_op_definition
class NegateOp(UnaryOp):
    """-x."""

    name = "stablehlo.negate"


@irdl_op_definition
class NotOp(UnaryOp):
    """Bitwise, or for i1 logical, complement."""

    name = "stablehlo.not"


@irdl_op_definition
class PopcntOp(UnaryOp):
    """The number of set bits."""

    name = "stablehlo.popcnt"


@irdl_op_definition
class RoundNearestAfzOp(UnaryOp):
    """Rounds to the nearest integer, halves away from zero."""

    name = "stablehlo.round_nearest_afz"


@irdl_op_definition
class RoundNearestEvenOp(UnaryOp):
    """Rounds to the nearest integer, halves to the even one."""

    name = "stablehlo.round_nearest_even"


@irdl_op_definition
class RsqrtOp(TranscendentalOp):
    """1 / sqrt(x)."""

    name = "stablehlo.rsqrt"


@irdl_op_definition
class SignOp(UnaryOp):
    """-1, 0 or 1; of a complex number, the number of length 1 in its direction."""

    name = "stablehlo.sign"


@irdl_op_definition
class SineOp(TranscendentalOp):
    """The sine, in radians."""

    name = "stablehlo.sine"


@irdl_op_definition
class SqrtOp(TranscendentalOp):
    """The square root."""

    name = "stablehlo.sqrt"


@irdl_op_definition
class TanOp(TranscendentalOp):
    """The tangent, in radians."""

    name = "stablehlo.tan"


@irdl_op_definition
class TanhOp(TranscendentalOp):
    """The hyperbolic tangent."""

    name = "stablehlo.tanh"


@irdl_op_definition
class AddOp(BinaryOp):
    """Sum; for i1 logical or."""

    name = "stablehlo.add"


@irdl_op_definition
class AndOp(BinaryOp):
    """Bitwise, or for i1 logical, and."""

    name = "stablehlo.and"


@irdl_op_definition
class Atan2Op(BinaryOp):
    """The angle of the point (rhs, lhs)."""

    name = "stablehlo.atan2"


@irdl_op_definition
class DivideOp(BinaryOp):
    """Quotient; for integers it truncates."""

    name = "stablehlo.divide"


@irdl_op_definition
class MaximumOp(BinaryOp):
    """The larger one; NaN wins."""

    name = "stablehlo.maximum"


@irdl_op_definition
class MinimumOp(BinaryOp):
    """The smaller one; NaN wins."""

    name = "stablehlo.minimum"


@irdl_op_definition
class MultiplyOp(BinaryOp):
    """Product; for i1 logical and."""

    name = "stablehlo.multiply"


@irdl_op_definition
class OrOp(BinaryOp):
    """Bitwise, or for i1 logical, or."""

    name = "stablehlo.or"


@irdl_op_definition
class PowerOp(BinaryOp):
    """lhs to the power of rhs."""

    name = "stablehlo.power"


@irdl_op_definition
class RemainderOp(BinaryOp):
    """Remainder of the truncating division."""

    name = "stablehlo.remainder"


@irdl_op_definition
class ShiftLeftOp(BinaryOp):
    """Moves bits up; by the width of the type or more, the result is 0."""

    name = "stablehlo.shift_left"


@irdl_op_definition
class ShiftRightArithmeticOp(BinaryOp):
    """Moves bits down and repeats the sign; by the width of the type or more, the result is the sign."""

    name = "stablehlo.shift_right_arithmetic"


@irdl_op_definition
class ShiftRightLogicalOp(BinaryOp):
    """Moves bits down; by the width of the type or more, the result is 0."""

    name = "stablehlo.shift_right_logical"


@irdl_op_definition
class SubtractOp(BinaryOp):
    """Difference."""

    name = "stablehlo.subtract"


@irdl_op_definition
class XorOp(BinaryOp):
    """Bitwise, or for i1 logical, exclusive or."""

    name = "stablehlo.xor"


ELEMENTWISE_OPS: list[type[Operation]] = [
    *(op for op in UnaryOp.__subclasses__() if op is not TranscendentalOp),
    *TranscendentalOp.__subclasses__(),
    *BinaryOp.__subclasses__(),
]
"""Every op of this file."""
