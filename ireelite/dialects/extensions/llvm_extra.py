"""The `llvm` dialect of the project: xDSL's, and the ops of MLIR's that kernels need and xDSL has
not.

Names and syntax are MLIR's (https://mlir.llvm.org/docs/Dialects/LLVM/), so the text can be given to
upstream tools.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.builtin import AnyFloatConstr, SignlessIntegerConstraint
from xdsl.dialects.llvm import LLVM as XDSL_LLVM
from xdsl.dialects.llvm import FastMathAttr, GenericCastOp
from xdsl.ir import Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure


@irdl_op_definition
class UIToFPOp(GenericCastOp):
    """An unsigned integer as a float: `%r = llvm.uitofp %a : i32 to f32`."""

    name = "llvm.uitofp"


@irdl_op_definition
class FPToSIOp(GenericCastOp):
    """A float as a signed integer, towards zero;
    poison out of range: `%r = llvm.fptosi %a : f32 to i32`.
    """

    name = "llvm.fptosi"


@irdl_op_definition
class FPToUIOp(GenericCastOp):
    """A float as an unsigned integer; poison out of range: `%r = llvm.fptoui %a : f32 to i32`."""

    name = "llvm.fptoui"


class _IntegerBinaryIntrinsicOp(IRDLOperation):
    """An intrinsic of two integers of one type."""

    T: ClassVar = VarConstraint("T", SignlessIntegerConstraint)

    lhs = operand_def(T)
    rhs = operand_def(T)
    res = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "`(` operands `)` attr-dict `:` functional-type(operands, results)"

    def __init__(self, lhs: SSAValue, rhs: SSAValue):
        super().__init__(operands=[lhs, rhs], result_types=[lhs.type])


@irdl_op_definition
class SMaxOp(_IntegerBinaryIntrinsicOp):
    """`%r = llvm.intr.smax(%a, %b) : (i32, i32) -> i32`"""

    name = "llvm.intr.smax"


@irdl_op_definition
class SMinOp(_IntegerBinaryIntrinsicOp):
    """`%r = llvm.intr.smin(%a, %b) : (i32, i32) -> i32`"""

    name = "llvm.intr.smin"


@irdl_op_definition
class UMaxOp(_IntegerBinaryIntrinsicOp):
    """`%r = llvm.intr.umax(%a, %b) : (i32, i32) -> i32`"""

    name = "llvm.intr.umax"


@irdl_op_definition
class UMinOp(_IntegerBinaryIntrinsicOp):
    """`%r = llvm.intr.umin(%a, %b) : (i32, i32) -> i32`"""

    name = "llvm.intr.umin"


class _FloatBinaryIntrinsicOp(IRDLOperation):
    """An intrinsic of two floats of one type."""

    T: ClassVar = VarConstraint("T", AnyFloatConstr)

    lhs = operand_def(T)
    rhs = operand_def(T)
    res = result_def(T)
    fastmathFlags = prop_def(FastMathAttr, default_value=FastMathAttr(None))

    traits = traits_def(Pure())

    irdl_options = (ParsePropInAttrDict(),)

    assembly_format = "`(` operands `)` attr-dict `:` functional-type(operands, results)"

    def __init__(self, lhs: SSAValue, rhs: SSAValue, fast_math: FastMathAttr | None = None):
        super().__init__(
            operands=[lhs, rhs],
            result_types=[lhs.type],
            properties={"fastmathFlags": fast_math or FastMathAttr(None)},
        )


@irdl_op_definition
class FMaximumOp(_FloatBinaryIntrinsicOp):
    """The larger of two floats, NaN if either is: `%r = llvm.intr.maximum(%a, %b) :
    (f32, f32) -> f32`.
    """

    name = "llvm.intr.maximum"


@irdl_op_definition
class FMinimumOp(_FloatBinaryIntrinsicOp):
    """The smaller of two floats, NaN if either is: `%r = llvm.intr.minimum(%a, %b) :
    (f32, f32) -> f32`.
    """

    name = "llvm.intr.minimum"


class _FloatUnaryIntrinsicOp(IRDLOperation):
    """An intrinsic of one float."""

    T: ClassVar = VarConstraint("T", AnyFloatConstr)

    arg = operand_def(T)
    res = result_def(T)
    fastmathFlags = prop_def(FastMathAttr, default_value=FastMathAttr(None))

    traits = traits_def(Pure())

    irdl_options = (ParsePropInAttrDict(),)

    assembly_format = "`(` operands `)` attr-dict `:` functional-type(operands, results)"

    def __init__(self, arg: SSAValue, fast_math: FastMathAttr | None = None):
        super().__init__(
            operands=[arg],
            result_types=[arg.type],
            properties={"fastmathFlags": fast_math or FastMathAttr(None)},
        )


@irdl_op_definition
class FRoundEvenOp(_FloatUnaryIntrinsicOp):
    """The nearest integer, ties to even: `%r = llvm.intr.roundeven(%a) : (f32) -> f32`."""

    name = "llvm.intr.roundeven"


@irdl_op_definition
class FTruncOp(_FloatUnaryIntrinsicOp):
    """The integer nearest towards zero: `%r = llvm.intr.trunc(%a) : (f32) -> f32`."""

    name = "llvm.intr.trunc"


LLVM = Dialect(
    "llvm",
    [
        *XDSL_LLVM.operations,
        UIToFPOp,
        FPToSIOp,
        FPToUIOp,
        SMaxOp,
        SMinOp,
        UMaxOp,
        UMinOp,
        FMaximumOp,
        FMinimumOp,
        FRoundEvenOp,
        FTruncOp,
    ],
    [*XDSL_LLVM.attributes],
)
