"""The `llvm` dialect of the project: xDSL's, and the ops of MLIR's that kernels need and xDSL has
not.

Names and syntax are MLIR's (https://mlir.llvm.org/docs/Dialects/LLVM/), so the text can be given to
upstream tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    I1,
    I32,
    I64,
    AnyFloatConstr,
    IntegerAttr,
    SignlessIntegerConstraint,
    VectorType,
    i1,
    i64,
)
from xdsl.dialects.llvm import LLVM as XDSL_LLVM
from xdsl.dialects.llvm import FastMathAttr, GenericCastOp
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    AnyAttr,
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

    T: ClassVar = VarConstraint(
        "T", SignlessIntegerConstraint | VectorType.constr(SignlessIntegerConstraint)
    )

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

    T: ClassVar = VarConstraint("T", AnyFloatConstr | VectorType.constr(AnyFloatConstr))

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

    T: ClassVar = VarConstraint("T", AnyFloatConstr | VectorType.constr(AnyFloatConstr))

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


@irdl_op_definition
class DotPairsOp(IRDLOperation):
    """A sum and the products of two pairs of numbers, in each lane of vectors: pairs of i16 that are
    added to i32, or of bf16 that are added to f32:
    `%s = llvm.intr.dot_pairs(%sum, %a, %b) : (i32, i32, i32) -> i32`.
    """

    name = "llvm.intr.dot_pairs"
    T: ClassVar = VarConstraint("T", AnyAttr())
    W: ClassVar = VarConstraint("W", AnyAttr())

    sum = operand_def(T)
    left = operand_def(W)
    right = operand_def(W)
    res = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "`(` operands `)` attr-dict `:` functional-type(operands, results)"

    def __init__(self, sum: SSAValue, left: SSAValue, right: SSAValue):
        super().__init__(operands=[sum, left, right], result_types=[sum.type])


@irdl_op_definition
class DotQuadsOp(IRDLOperation):
    """Adds the products of four unsigned bytes and four signed bytes to a sum, in each lane of
    vectors: `%s = llvm.intr.dot_quads(%sum, %a, %b) : (i32, i32, i32) -> i32`.
    """

    name = "llvm.intr.dot_quads"
    T: ClassVar = VarConstraint("T", AnyAttr())

    sum = operand_def(T)
    left = operand_def(T)
    right = operand_def(T)
    res = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "`(` operands `)` attr-dict `:` functional-type(operands, results)"

    def __init__(self, sum: SSAValue, left: SSAValue, right: SSAValue):
        super().__init__(operands=[sum, left, right], result_types=[sum.type])


@irdl_op_definition
class CompressOp(IRDLOperation):
    """Moves the elements of the chosen lanes next to each other, beginning at the first lane; the
    remaining lanes have their elements of `rest`:

        `%r = llvm.intr.compress(%v, %chosen, %rest)
        : (vector<16xi32>, vector<16xi1>, vector<16xi32>) -> vector<16xi32>`
    """

    name = "llvm.intr.compress"
    T: ClassVar = VarConstraint("T", VectorType.constr(AnyAttr()))

    vector = operand_def(T)
    chosen = operand_def(VectorType[I1])
    rest = operand_def(T)
    res = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "`(` operands `)` attr-dict `:` functional-type(operands, results)"

    def __init__(self, vector: SSAValue, chosen: SSAValue, rest: SSAValue):
        super().__init__(operands=[vector, chosen, rest], result_types=[vector.type])


@irdl_op_definition
class CountBitsOp(IRDLOperation):
    """Counts the set bits of an integer: `%r = llvm.intr.ctpop(%a) : (i16) -> i16`."""

    name = "llvm.intr.ctpop"
    T: ClassVar = VarConstraint("T", SignlessIntegerConstraint)

    arg = operand_def(T)
    res = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "`(` operands `)` attr-dict `:` functional-type(operands, results)"

    def __init__(self, arg: SSAValue):
        super().__init__(operands=[arg], result_types=[arg.type])


@irdl_op_definition
class FenceOp(IRDLOperation):
    """All accesses before it are done, for all threads, before those behind it: `llvm.fence seq_cst`."""

    name = "llvm.fence"

    assembly_format = "`seq_cst` attr-dict"

    def __init__(self):
        super().__init__()


def shaped(scalar: Attribute, like: Attribute) -> Attribute:
    """Returns a type, or a vector of it where another type is a vector."""
    return VectorType(scalar, like.shape) if isinstance(like, VectorType) else scalar


@irdl_op_definition
class FCmpOp(IRDLOperation):
    """A comparison of floats, or of vectors of them: `%r = llvm.fcmp "olt" %a, %b : f32`."""

    name = "llvm.fcmp"

    T: ClassVar = VarConstraint("T", AnyFloatConstr | VectorType.constr(AnyFloatConstr))

    lhs = operand_def(T)
    rhs = operand_def(T)
    res = result_def(I1 | VectorType[I1])
    predicate = prop_def(IntegerAttr[I64])
    fastmathFlags = prop_def(FastMathAttr, default_value=FastMathAttr(None))

    traits = traits_def(Pure())

    irdl_options = (ParsePropInAttrDict(),)

    def __init__(
        self,
        lhs: SSAValue,
        rhs: SSAValue,
        predicate: str | IntegerAttr,
        attributes: Mapping[str, Attribute] | None = None,
    ):
        if isinstance(predicate, str):
            predicate = IntegerAttr(llvm.FCmpPredicateFlag(predicate).to_int(), i64)
        super().__init__(
            operands=[lhs, rhs],
            result_types=[shaped(i1, lhs.type)],
            properties={"predicate": predicate},
            attributes=attributes or {},
        )

    parse = classmethod(llvm.FCmpOp.parse.__func__)  # pyright: ignore
    print = llvm.FCmpOp.print  # pyright: ignore


@irdl_op_definition
class SelectOp(IRDLOperation):
    """One of two values, or of each lane's: `%r = llvm.select %c, %a, %b : i1, f32`."""

    name = "llvm.select"

    T: ClassVar = VarConstraint("T", AnyAttr())

    cond = operand_def(I1 | VectorType[I1])
    lhs = operand_def(T)
    rhs = operand_def(T)
    res = result_def(T)
    fastmathFlags = prop_def(FastMathAttr, default_value=FastMathAttr(None))

    traits = traits_def(Pure())

    irdl_options = (ParsePropInAttrDict(),)

    assembly_format = "$cond `,` $lhs `,` $rhs attr-dict `:` type($cond) `,` type($res)"

    def __init__(self, cond: SSAValue, lhs: SSAValue, rhs: SSAValue):
        super().__init__(operands=[cond, lhs, rhs], result_types=[lhs.type])


@irdl_op_definition
class InsertElementOp(IRDLOperation):
    """A vector with one lane replaced: `%r = llvm.insertelement %x, %v[%i : i32] : vector<4xf32>`."""

    name = "llvm.insertelement"

    T: ClassVar = VarConstraint("T", AnyAttr())
    V: ClassVar = VarConstraint("V", VectorType.constr(T))

    vector = operand_def(V)
    value = operand_def(T)
    position = operand_def(I32)
    res = result_def(V)

    traits = traits_def(Pure())

    assembly_format = "$value `,` $vector `[` $position `:` `i32` `]` attr-dict `:` type($vector)"

    def __init__(self, vector: SSAValue, value: SSAValue, position: SSAValue):
        super().__init__(operands=[vector, value, position], result_types=[vector.type])


REPLACED = (llvm.FCmpOp, llvm.InsertElementOp, llvm.SelectOp)
"""xDSL's: of comparisons and choices, those that take no vectors."""

LLVM = Dialect(
    "llvm",
    [
        *(op for op in XDSL_LLVM.operations if op not in REPLACED),
        FCmpOp,
        SelectOp,
        InsertElementOp,
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
        DotPairsOp,
        DotQuadsOp,
        CompressOp,
        CountBitsOp,
        FenceOp,
    ],
    [*XDSL_LLVM.attributes],
)
