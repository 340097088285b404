"""The `math` dialect of the project: xDSL's, and functions that MLIR has and xDSL has not, or that
CHLO has and MLIR has not.
"""

from __future__ import annotations

from xdsl.dialects.math import (
    FloatingPointLikeBinaryMathOperation,
    FloatingPointLikeUnaryMathOperation,
)
from xdsl.dialects.math import Math as XDSL_MATH
from xdsl.ir import Dialect
from xdsl.irdl import irdl_op_definition, traits_def
from xdsl.traits import Pure, SameOperandsAndResultType

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


Math = Dialect(
    "math",
    [
        *XDSL_MATH.operations,
        BesselI1eOp,
        DigammaOp,
        ErfInvOp,
        ErfcOp,
        LgammaOp,
        LogisticOp,
        NextAfterOp,
        PolygammaOp,
        ZetaOp,
    ],
    [*XDSL_MATH.attributes],
)
