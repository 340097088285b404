"""The `complex` dialect of the project: xDSL's, and functions that it has not."""

from __future__ import annotations

from xdsl.dialects.complex import Complex as XDSL_COMPLEX
from xdsl.dialects.complex import (
    ComplexConstantMaterializationInterface,
    ComplexUnaryComplexResultOperation,
)
from xdsl.ir import Dialect
from xdsl.irdl import irdl_op_definition


@irdl_op_definition
class AcosOp(ComplexUnaryComplexResultOperation):
    """The number whose cosine is x."""

    name = "complex.acos"


@irdl_op_definition
class AcoshOp(ComplexUnaryComplexResultOperation):
    """The number whose hyperbolic cosine is x."""

    name = "complex.acosh"


@irdl_op_definition
class AsinOp(ComplexUnaryComplexResultOperation):
    """The number whose sine is x."""

    name = "complex.asin"


@irdl_op_definition
class AsinAcosKernelOp(ComplexUnaryComplexResultOperation):
    """What the arc functions have in common: the parts from which they are put together."""

    name = "complex.asin_acos_kernel"


@irdl_op_definition
class AsinhOp(ComplexUnaryComplexResultOperation):
    """The number whose hyperbolic sine is x."""

    name = "complex.asinh"


@irdl_op_definition
class AtanOp(ComplexUnaryComplexResultOperation):
    """The number whose tangent is x."""

    name = "complex.atan"


@irdl_op_definition
class AtanhOp(ComplexUnaryComplexResultOperation):
    """The number whose hyperbolic tangent is x."""

    name = "complex.atanh"


@irdl_op_definition
class CbrtOp(ComplexUnaryComplexResultOperation):
    """The principal cube root."""

    name = "complex.cbrt"


@irdl_op_definition
class CoshOp(ComplexUnaryComplexResultOperation):
    """The hyperbolic cosine."""

    name = "complex.cosh"


@irdl_op_definition
class LogisticOp(ComplexUnaryComplexResultOperation):
    """1 / (1 + e**-x)."""

    name = "complex.logistic"


@irdl_op_definition
class SinhOp(ComplexUnaryComplexResultOperation):
    """The hyperbolic sine."""

    name = "complex.sinh"


@irdl_op_definition
class SquareOp(ComplexUnaryComplexResultOperation):
    """The product of a number with itself."""

    name = "complex.square"


Complex = Dialect(
    "complex",
    [
        *XDSL_COMPLEX.operations,
        AcosOp,
        AcoshOp,
        AsinAcosKernelOp,
        AsinOp,
        AsinhOp,
        AtanOp,
        AtanhOp,
        CbrtOp,
        CoshOp,
        LogisticOp,
        SinhOp,
        SquareOp,
    ],
    [*XDSL_COMPLEX.attributes],
    [ComplexConstantMaterializationInterface()],
)
