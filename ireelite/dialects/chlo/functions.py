"""Functions of the `chlo` dialect that apply at every index."""

from __future__ import annotations

from xdsl.dialects.builtin import FunctionType, TensorType, i1
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import add_attributes, print_attributes
from ireelite.dialects.stablehlo.elements import TypedElements, compatible


class FunctionOp(IRDLOperation):
    """A function of tensors of one type; the result has that type, too."""

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


class UnaryOp(FunctionOp):
    """A function of one tensor: `%1 = chlo.erf %0 : tensor<4xf32> -> tensor<4xf32>`."""

    operand = operand_def(TensorType)

    def __init__(self, operand: SSAValue):
        super().__init__(operands=[operand], result_types=[self.result_type(operand.type)])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        print_attributes(self, printer)
        printer.print_string(" : ")
        printer.print_attribute(self.operand.type)
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser):
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        if isinstance(type, FunctionType):
            (source,), (target,) = type.inputs, type.outputs
        else:  # `mhlo` has one type for both
            source = target = type
            if parser.parse_optional_punctuation("->") is not None:
                target = parser.parse_type()
        op = cls.create(operands=[parser.resolve_operand(operand, source)], result_types=[target])
        add_attributes(op, attributes)
        return op


class PredicateOp(UnaryOp):
    """A property of each number: `%1 = chlo.is_inf %0 : tensor<4xf32> -> tensor<4xi1>`."""

    @classmethod
    def result_type(cls, operand: Attribute) -> Attribute:
        assert isinstance(operand, TensorType)
        return TensorType(i1, operand.get_shape(), operand.encoding)


class BinaryOp(FunctionOp):
    """A function of two tensors:
    `%2 = chlo.zeta %0, %1 : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>`.
    """

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)

    assembly_format = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)"

    def __init__(self, lhs: SSAValue, rhs: SSAValue):
        super().__init__(operands=[lhs, rhs], result_types=[lhs.type])


@irdl_op_definition
class AsinAcosKernelOp(UnaryOp):
    """What the arc functions of complex numbers have in common."""

    name = "chlo._asin_acos_kernel"


@irdl_op_definition
class AcosOp(UnaryOp):
    """The angle from 0 to π whose cosine is x."""

    name = "chlo.acos"


@irdl_op_definition
class AcoshOp(UnaryOp):
    """The number that is not negative and whose hyperbolic cosine is x."""

    name = "chlo.acosh"


@irdl_op_definition
class AsinOp(UnaryOp):
    """The angle from -π/2 to π/2 whose sine is x."""

    name = "chlo.asin"


@irdl_op_definition
class AsinhOp(UnaryOp):
    """The number whose hyperbolic sine is x."""

    name = "chlo.asinh"


@irdl_op_definition
class AtanOp(UnaryOp):
    """The angle from -π/2 to π/2 whose tangent is x."""

    name = "chlo.atan"


@irdl_op_definition
class AtanhOp(UnaryOp):
    """The number whose hyperbolic tangent is x."""

    name = "chlo.atanh"


@irdl_op_definition
class BesselI1eOp(UnaryOp):
    """The modified Bessel function of order 1, times e to the power of -|x|."""

    name = "chlo.bessel_i1e"


@irdl_op_definition
class ConjOp(UnaryOp):
    """The complex conjugate."""

    name = "chlo.conj"


@irdl_op_definition
class CoshOp(UnaryOp):
    """The hyperbolic cosine."""

    name = "chlo.cosh"


@irdl_op_definition
class DigammaOp(UnaryOp):
    """The derivative of the logarithm of the gamma function."""

    name = "chlo.digamma"


@irdl_op_definition
class ErfOp(UnaryOp):
    """The error function."""

    name = "chlo.erf"


@irdl_op_definition
class ErfInvOp(UnaryOp):
    """The inverse of the error function."""

    name = "chlo.erf_inv"


@irdl_op_definition
class ErfcOp(UnaryOp):
    """1 less the error function."""

    name = "chlo.erfc"


@irdl_op_definition
class LgammaOp(UnaryOp):
    """The logarithm of the absolute value of the gamma function."""

    name = "chlo.lgamma"


@irdl_op_definition
class SinhOp(UnaryOp):
    """The hyperbolic sine."""

    name = "chlo.sinh"


@irdl_op_definition
class SquareOp(UnaryOp):
    """The product of a number with itself."""

    name = "chlo.square"


@irdl_op_definition
class TanOp(UnaryOp):
    """The tangent."""

    name = "chlo.tan"


@irdl_op_definition
class IsInfOp(PredicateOp):
    """Whether a number is infinite."""

    name = "chlo.is_inf"


@irdl_op_definition
class IsNegInfOp(PredicateOp):
    """Whether a number is minus infinity."""

    name = "chlo.is_neg_inf"


@irdl_op_definition
class IsPosInfOp(PredicateOp):
    """Whether a number is plus infinity."""

    name = "chlo.is_pos_inf"


@irdl_op_definition
class MulhiOp(BinaryOp):
    """The upper half of the product of two integers, computed in twice their width."""

    name = "chlo.mulhi"


@irdl_op_definition
class NextAfterOp(BinaryOp):
    """The float next to lhs in the direction of rhs."""

    name = "chlo.next_after"


@irdl_op_definition
class PolygammaOp(BinaryOp):
    """The derivative of order lhs of the digamma function at rhs."""

    name = "chlo.polygamma"


@irdl_op_definition
class ZetaOp(BinaryOp):
    """Hurwitz' zeta function: the sum of (rhs + n)**-lhs over all n from 0 on."""

    name = "chlo.zeta"


FUNCTION_OPS: list[type[Operation]] = [
    *(op for op in UnaryOp.__subclasses__() if op is not PredicateOp),
    *PredicateOp.__subclasses__(),
    *BinaryOp.__subclasses__(),
]
"""Every op of this file."""
