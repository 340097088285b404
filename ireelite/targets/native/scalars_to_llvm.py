"""Scalar `arith` and `math` ops to the `llvm` dialect: tables for the families, a rule for what has
a meaning to keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import arith, llvm, math, scf
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    VectorType,
    f16,
    f32,
    f64,
    i64,
)
from xdsl.dialects.utils import FastMathFlag
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.extensions import arith_extra, llvm_extra
from ireelite.lowering.rewriting.conversion import Conversion, Lowered, Rule
from ireelite.status import StatusCode, StatusError, invalid_argument

OpTable = Mapping[type[Operation], type[Operation]]

NO_WRAP = {"overflowFlags": IntegerAttr(1, 32)}
"""Of sums and products of indices: they stay within a buffer."""
MAY_WRAP = {"overflowFlags": IntegerAttr(0, 32)}
NOT_EQUAL = IntegerAttr(llvm.ICmpPredicateFlag.NE.to_int(), i64)
EQUAL = IntegerAttr(llvm.ICmpPredicateFlag.EQ.to_int(), i64)
STRICT = llvm.FastMathAttr(None)
ACCUMULATION = (FastMathFlag.REASSOC, FastMathFlag.ALLOW_CONTRACT)
"""What an accumulation in a loop allows:
the order of its sums is open, a product may be fused into it.
"""


def scalar_type(type: Attribute) -> Attribute:
    """Returns the LLVM type of a scalar: `index` is i64."""
    return i64 if isinstance(type, IndexType) else type


def integer(value: int, width: int, to: Conversion) -> SSAValue:
    """Returns an integer constant at the current point."""
    type = IntegerType(width)
    return to.insert(llvm.ConstantOp(IntegerAttr(value, type), type)).result


def constant(value: float, type: Attribute, to: Conversion) -> SSAValue:
    """Returns a number as a scalar, or in every lane of a vector."""
    element = type.element_type if isinstance(type, VectorType) else type
    assert isinstance(element, IntegerType | AnyFloat)
    number = (
        IntegerAttr(int(value), element)
        if isinstance(element, IntegerType)
        else FloatAttr(value, element)
    )
    if isinstance(type, VectorType):
        number = DenseIntOrFPElementsAttr.from_list(type, [number.value.data])
    return to.insert(llvm.ConstantOp(number, type)).result


def lower_constant(op: arith.ConstantOp, to: Conversion) -> Lowered:
    """Returns a constant of an LLVM type."""
    value, type = op.value, scalar_type(op.result.type)
    if isinstance(value, IntegerAttr):
        assert isinstance(type, IntegerType)
        value = IntegerAttr(value.value, type)
    elif not isinstance(value, FloatAttr):
        raise invalid_argument(f"a kernel's constants are scalars, not {op.result.type}")
    return to.insert(llvm.ConstantOp(value, type))


# -- floats ----------------------------------------------------------------------------------------

FLOAT_BINARY: OpTable = {
    arith.AddfOp: llvm.FAddOp,
    arith.SubfOp: llvm.FSubOp,
    arith.MulfOp: llvm.FMulOp,
    arith.DivfOp: llvm.FDivOp,
    arith.MaximumfOp: llvm_extra.FMaximumOp,
    arith.MinimumfOp: llvm_extra.FMinimumOp,
}


def lower_float_binary(op: Operation, to: Conversion) -> Lowered:
    """Keeps the op's fast-math flags, and adds those of an accumulation."""
    return float_binary(op, ACCUMULATION if accumulates(op) else (), to)


def lower_float_binary_in_order(op: Operation, to: Conversion) -> Lowered:
    """Keeps the op's fast-math flags."""
    return float_binary(op, (), to)


def float_binary(op: Operation, added: Sequence[FastMathFlag], to: Conversion) -> Lowered:
    """Returns the instruction of the same name with the op's fast-math flags and `added`."""
    allowed = op.properties.get("fastmath")
    flags = set(allowed.data) if isinstance(allowed, arith.FastMathFlagsAttr) else set()
    flags.update(added)
    operands = to.operands(op)
    return to.insert(
        FLOAT_BINARY[type(op)].create(
            operands=operands,
            result_types=[operands[0].type],
            properties={"fastmathFlags": llvm.FastMathAttr(sorted(flags)) if flags else STRICT},
        )
    )


def accumulates(op: Operation) -> bool:
    """Returns whether an op is the sum in `yield carried + x` of a loop, or the product that x is."""
    uses = list(op.results[0].uses)
    if len(uses) != 1:
        return False
    user = uses[0].operation
    if isinstance(op, arith.MulfOp):
        return isinstance(user, arith.AddfOp) and accumulates(user)
    loop = user.parent_op()
    if (
        not isinstance(op, arith.AddfOp)
        or not isinstance(user, scf.YieldOp)
        or not isinstance(loop, scf.ForOp)
    ):
        return False
    carried = loop.body.block.args[1 + uses[0].index]
    return carried in op.operands and carried.has_one_use()


FLOAT_UNARY: OpTable = {
    arith.NegfOp: llvm.FNegOp,
    math.AbsFOp: llvm.FAbsOp,
    math.CeilOp: llvm.FCeilOp,
    math.FloorOp: llvm.FFloorOp,
    math.SqrtOp: llvm.FSqrtOp,
    math.RoundEvenOp: llvm_extra.FRoundEvenOp,
    math.TruncOp: llvm_extra.FTruncOp,
    math.FmaOp: llvm.FMAOp,
}
"""Ops that are one instruction of floats, `fma` among them."""


def lower_float_instruction(op: Operation, to: Conversion) -> Lowered:
    """Returns the instruction of the same name."""
    operands = to.operands(op)
    return to.insert(
        FLOAT_UNARY[type(op)].create(
            operands=operands, result_types=[operands[0].type], properties={"fastmathFlags": STRICT}
        )
    )


def lower_cmpf(op: arith.CmpfOp, to: Conversion) -> Lowered:
    """Lowers to `fcmp`, whose predicates have the same numbers."""
    return to.insert(
        llvm_extra.FCmpOp(*to.operands(op), predicate=IntegerAttr(op.predicate.value, i64))
    )


# -- integers --------------------------------------------------------------------------------------

INTEGER_BINARY: OpTable = {
    arith.AndIOp: llvm.AndOp,
    arith.DivSIOp: llvm.SDivOp,
    arith.DivUIOp: llvm.UDivOp,
    arith.RemSIOp: llvm.SRemOp,
    arith.RemUIOp: llvm.URemOp,
    arith.OrIOp: llvm.OrOp,
    arith.XOrIOp: llvm.XOrOp,
    arith.ShRSIOp: llvm.AShrOp,
    arith.ShRUIOp: llvm.LShrOp,
    arith.MaxSIOp: llvm_extra.SMaxOp,
    arith.MinSIOp: llvm_extra.SMinOp,
    arith.MaxUIOp: llvm_extra.UMaxOp,
    arith.MinUIOp: llvm_extra.UMinOp,
}


def lower_integer_binary(op: Operation, to: Conversion) -> Lowered:
    """Returns the instruction of the same name."""
    operands = to.operands(op)
    return to.insert(
        INTEGER_BINARY[type(op)].create(operands=operands, result_types=[operands[0].type])
    )


WRAPPING: OpTable = {
    arith.AddiOp: llvm.AddOp,
    arith.SubiOp: llvm.SubOp,
    arith.MuliOp: llvm.MulOp,
    arith.ShLIOp: llvm.ShlOp,
}


def lower_wrapping(op: Operation, to: Conversion) -> Lowered:
    """Integers wrap; indices stay within a buffer, so they do not."""
    operands = to.operands(op)
    properties = NO_WRAP if isinstance(op.results[0].type, IndexType) else MAY_WRAP
    return to.insert(
        WRAPPING[type(op)].create(
            operands=operands, result_types=[operands[0].type], properties=dict(properties)
        )
    )


def width_of(value: SSAValue) -> int:
    """Returns the bits of an integer."""
    assert isinstance(value.type, IntegerType)
    return value.type.width.data


def lower_cmpi(op: arith.CmpiOp, to: Conversion) -> Lowered:
    """Lowers to `icmp`, whose predicates have the same numbers."""
    return to.insert(llvm.ICmpOp(*to.operands(op), predicate=IntegerAttr(op.predicate.value, i64)))


def lower_select(op: arith.SelectOp, to: Conversion) -> Lowered:
    """Returns the same op."""
    return to.insert(llvm_extra.SelectOp(*to.operands(op)))


def lower_dot_pairs(op: arith_extra.DotPairsOp, to: Conversion) -> Lowered:
    """Returns the same op."""
    return to.insert(llvm_extra.DotPairsOp(*to.operands(op)))


def lower_dot_quads(op: arith_extra.DotQuadsOp, to: Conversion) -> Lowered:
    """Lowers to the LLVM op of the same name."""
    return to.insert(llvm_extra.DotQuadsOp(*to.operands(op)))


# -- casts -----------------------------------------------------------------------------------------

CASTS: OpTable = {
    arith.SIToFPOp: llvm.SIToFPOp,
    arith.UIToFPOp: llvm_extra.UIToFPOp,
    arith.ExtSIOp: llvm.SExtOp,
    arith.ExtUIOp: llvm.ZExtOp,
    arith.TruncIOp: llvm.TruncOp,
    arith.BitcastOp: llvm.BitcastOp,
}


def lower_cast(op: Operation, to: Conversion) -> Lowered:
    """Returns the cast of the same name."""
    operands = to.operands(op)
    type_ = llvm_extra.shaped(scalar_type(op.results[0].type), operands[0].type)
    return to.insert(CASTS[type(op)].create(operands=operands, result_types=[type_]))


FLOAT_CASTS: OpTable = {arith.ExtFOp: llvm.FPExtOp, arith.TruncFOp: llvm.FPTruncOp}


def lower_float_cast(op: arith.ExtFOp | arith.TruncFOp, to: Conversion) -> Lowered:
    """Returns the cast between f32 and f64 or f16. Raises UNIMPLEMENTED for other floats, whose
    casts would be calls of a library on many CPUs.
    """
    source, target = op.input.type, op.result.type
    if {source, target} not in ({f32, f64}, {f16, f32}):
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"'{op.name}' from {source} to {target} is not an instruction"
        )
    operands = to.operands(op)
    type_ = llvm_extra.shaped(target, operands[0].type)
    return to.insert(FLOAT_CASTS[type(op)].create(operands=operands, result_types=[type_]))


def lower_float_to_signed(op: arith.FPToSIOp, to: Conversion) -> Lowered:
    """Converts to the nearest integer of the type where the float is out of its range, and to zero
    for NaN.

    LLVM's own saturating cast says the same, but is not vectorised.
    """
    value, type = to.value(op.input), op.result.type
    assert isinstance(type, IntegerType)
    limit = 2 ** (type.width.data - 1)
    cast = to.insert(llvm_extra.FPToSIOp(value, llvm_extra.shaped(type, value.type))).result
    cast = replace_where("oge", value, float(limit), limit - 1, cast, to)
    cast = replace_where("olt", value, -float(limit), -limit, cast, to)
    return replace_where("uno", value, 0.0, 0, cast, to)


def lower_float_to_unsigned(op: arith.FPToUIOp, to: Conversion) -> Lowered:
    """Converts to the nearest integer of the type where the float is out of its range, and to zero
    for NaN.
    """
    value, type = to.value(op.input), op.result.type
    assert isinstance(type, IntegerType)
    cast = to.insert(llvm_extra.FPToUIOp(value, llvm_extra.shaped(type, value.type))).result
    cast = replace_where("oge", value, 2.0**type.width.data, -1, cast, to)
    return replace_where("ule", value, 0.0, 0, cast, to)


def replace_where(
    predicate: str, value: SSAValue, limit: float, instead: int, otherwise: SSAValue, to: Conversion
) -> SSAValue:
    """Selects `instead` where a float compares so with a limit."""
    outside = to.insert(llvm_extra.FCmpOp(value, constant(limit, value.type, to), predicate)).res
    replacement = constant(instead, otherwise.type, to)
    return to.insert(llvm_extra.SelectOp(outside, replacement, otherwise)).res


def lower_index_cast(op: arith.IndexCastOp, to: Conversion) -> Lowered:
    """Converts between an index, which is an i64, and an integer: widening keeps the sign,
    narrowing drops the high bits.
    """
    value, target = to.value(op.input), scalar_type(op.result.type)
    assert isinstance(target, IntegerType)
    difference = target.width.data - width_of(value)
    if difference == 0:
        return value
    return to.insert(llvm.SExtOp(value, target) if difference > 0 else llvm.TruncOp(value, target))


SCALAR_RULES: Mapping[type[Operation], Rule] = {
    arith.ConstantOp: lower_constant,
    **dict.fromkeys(FLOAT_BINARY, lower_float_binary),
    **dict.fromkeys(FLOAT_UNARY, lower_float_instruction),
    **dict.fromkeys(INTEGER_BINARY, lower_integer_binary),
    **dict.fromkeys(WRAPPING, lower_wrapping),
    **dict.fromkeys(CASTS, lower_cast),
    **dict.fromkeys(FLOAT_CASTS, lower_float_cast),
    arith.FPToSIOp: lower_float_to_signed,
    arith.FPToUIOp: lower_float_to_unsigned,
    arith.CmpiOp: lower_cmpi,
    arith.CmpfOp: lower_cmpf,
    arith.SelectOp: lower_select,
    arith_extra.DotPairsOp: lower_dot_pairs,
    arith_extra.DotQuadsOp: lower_dot_quads,
    arith.IndexCastOp: lower_index_cast,
}
