"""The `math` dialect of the project: xDSL's, and functions that MLIR has and xDSL has not, or that
CHLO has and MLIR has not.
"""

from __future__ import annotations

from xdsl.dialects.builtin import AnyFloat, TensorType, i1
from xdsl.dialects.math import (
    FloatingPointLikeBinaryMathOperation,
    FloatingPointLikeUnaryMathOperation,
)
from xdsl.dialects.math import Math as XDSL_MATH
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure, SameOperandsAndResultType
from xdsl.utils.exceptions import VerifyException

PURE = (Pure(), SameOperandsAndResultType())


@irdl_op_definition
class BesselI1eOp(FloatingPointLikeUnaryMathOperation):
    """The modified Bessel function of order 1, times e to the power of -|x|."""

    name = "math.bessel_i1e"
    traits = traits_def(*PURE)


@irdl_op_definition
class DigammaOp(FloatingPointLikeUnaryMathOperation):
    """The derivative of the logarithm of the gamma function."""

    name = "math.digamma"
    traits = traits_def(*PURE)


@irdl_op_definition
class ErfcOp(FloatingPointLikeUnaryMathOperation):
    """1 less the error function."""

    name = "math.erfc"
    traits = traits_def(*PURE)


@irdl_op_definition
class ErfInvOp(FloatingPointLikeUnaryMathOperation):
    """The inverse of the error function."""

    name = "math.erf_inv"
    traits = traits_def(*PURE)


@irdl_op_definition
class LgammaOp(FloatingPointLikeUnaryMathOperation):
    """The logarithm of the absolute value of the gamma function."""

    name = "math.lgamma"
    traits = traits_def(*PURE)


@irdl_op_definition
class LogisticOp(FloatingPointLikeUnaryMathOperation):
    """1 / (1 + e**-x)."""

    name = "math.logistic"
    traits = traits_def(*PURE)


@irdl_op_definition
class NextAfterOp(FloatingPointLikeBinaryMathOperation):
    """The float next to the left operand in the direction of the right one."""

    name = "math.nextafter"
    traits = traits_def(*PURE)


@irdl_op_definition
class PolygammaOp(FloatingPointLikeBinaryMathOperation):
    """The derivative of an order, the left operand, of the digamma function at the right one."""

    name = "math.polygamma"
    traits = traits_def(*PURE)


@irdl_op_definition
class ZetaOp(FloatingPointLikeBinaryMathOperation):
    """Hurwitz' zeta function of the exponent, the left operand, and of the right one."""

    name = "math.zeta"
    traits = traits_def(*PURE)


class FloatPredicate(IRDLOperation):
    """What a float, or each element of a tensor, is: `%1 = math.isnan %0 : f32` is an i1."""

    operand = operand_def()
    result = result_def()

    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue):
        super().__init__(operands=[operand], result_types=[truth_of(operand.type)])

    def verify_(self) -> None:
        type = self.operand.type
        element = type.element_type if isinstance(type, TensorType) else type
        if not isinstance(element, AnyFloat) or self.result.type != truth_of(type):
            raise VerifyException(f"yields a {truth_of(type)} of floats of that shape")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operand.type)

    @classmethod
    def parse(cls, parser: Parser) -> FloatPredicate:
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        op = cls(parser.resolve_operand(operand, parser.parse_type()))
        op.attributes |= attributes
        return op


def truth_of(type: Attribute) -> Attribute:
    """Returns the type of what is asked of values of a type."""
    return TensorType(i1, type.get_shape()) if isinstance(type, TensorType) else i1


@irdl_op_definition
class IsFiniteOp(FloatPredicate):
    """Whether a float is neither infinite nor NaN."""

    name = "math.isfinite"


@irdl_op_definition
class IsInfOp(FloatPredicate):
    """Whether a float is infinite."""

    name = "math.isinf"


@irdl_op_definition
class IsNaNOp(FloatPredicate):
    """Whether a float is NaN."""

    name = "math.isnan"


@irdl_op_definition
class IsNormalOp(FloatPredicate):
    """Whether a float is finite, and not smaller than the least normal number."""

    name = "math.isnormal"


Math = Dialect(
    "math",
    [
        *XDSL_MATH.operations,
        BesselI1eOp,
        DigammaOp,
        ErfInvOp,
        ErfcOp,
        IsFiniteOp,
        IsInfOp,
        IsNaNOp,
        IsNormalOp,
        LgammaOp,
        LogisticOp,
        NextAfterOp,
        PolygammaOp,
        ZetaOp,
    ],
    [*XDSL_MATH.attributes],
)
