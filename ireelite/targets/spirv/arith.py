"""`arith` ops in the `spirv` dialect.

What naga or drivers get wrong is kept out here (the SPIR-V is valid either way): comparisons that
are true for NaN are negations of ordered ones, infinities and NaNs are bitcast from integers, the
largest of a NaN and a number is NaN.
"""

from __future__ import annotations

import math
import struct

from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IndexType, IntegerAttr, IntegerType, f64, i1, i32, i64
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import spirv
from ireelite.lowering.rewriting.conversion import Lowered
from ireelite.targets.spirv.conversion import KernelConversion, KernelRule, KernelRules
from ireelite.targets.spirv.zeros import (
    lower_add,
    lower_divide,
    lower_multiply,
    lower_subtract,
)


def named(rule: KernelRule, name: str) -> KernelRule:
    """Returns a rule under a name of its own, as records show it."""
    rule.__name__ = f"lower_to_{name.replace('.', '_')}"
    return rule


def bits_of(value: float, type: Attribute) -> int:
    """Returns the bit pattern of an f32 or f64 as a signed number."""
    number, bits = ("<d", "<q") if type == f64 else ("<f", "<i")
    return struct.unpack(bits, struct.pack(number, value))[0]


def float_constant(value: float, type: Attribute, to: KernelConversion) -> SSAValue:
    """Returns an f32 or f64. One that is not finite is made in the function's body, where naga
    takes it.
    """
    if math.isfinite(value) and not (value == 0 and math.copysign(1, value) < 0):
        return to.constant(value, type)
    return to.cast("Bitcast", to.constant(bits_of(value, type), bits_type(type)), type)


def bits_type(type: Attribute) -> IntegerType:
    """Returns the integer as wide as a float."""
    return i64 if type == f64 else i32


def lower_constant(op: arith.ConstantOp, to: KernelConversion) -> SSAValue:
    """Returns a number, in the register type of its type."""
    match op.value:
        case FloatAttr():
            return float_constant(op.value.value.data, to.register_type(op.value.type), to)
        case IntegerAttr():
            return to.constant(op.value.value.data, to.register_type(op.value.type))
        case _:
            raise to.unsupported(f"constants like {op.value}")


# -- whole numbers ---------------------------------------------------------------------------------


def _width(type: Attribute) -> int:
    return type.width.data if isinstance(type, IntegerType) else 32


NARROW = (8, 16)
"""Widths of integers that are sign-extended in a register."""


def wrap(value: SSAValue, type: Attribute, to: KernelConversion) -> SSAValue:
    """Returns a result brought back into the range of `i8` or `i16`, if that is its type."""
    width = _width(type)
    return to.bits("BitFieldSExtract", value, 0, width) if width in NARROW else value


def unsigned(value: SSAValue, type: Attribute, to: KernelConversion) -> SSAValue:
    """Returns an operand for an op that reads it as unsigned: an `i8` or `i16` without its sign."""
    width = _width(type)
    if width not in NARROW:
        return value
    return to.binary("BitwiseAnd", value, to.constant((1 << width) - 1))


def truth(value: SSAValue, true: float, type: Attribute, to: KernelConversion) -> SSAValue:
    """Returns a truth value as a number: `true` or 0."""
    return to.select(value, to.constant(true, type), to.constant(0, type))


def integer(name: str, on_bools: str, reads: str = "signed") -> KernelRule:
    """Returns the rule for an op on whole numbers; `on_bools` does the same to i1.

    `reads`: how it takes its operands.
    """

    def rule(op: arith.SignlessIntegerBinaryOperation, to: KernelConversion) -> SSAValue:
        type = op.result.type
        lhs, rhs = to.wide(op.lhs), to.wide(op.rhs)
        if type == i1:
            return _bool_binary(on_bools, lhs, rhs, to)
        if reads == "unsigned":
            lhs = unsigned(lhs, type, to)
        if reads != "signed":
            rhs = unsigned(rhs, type, to)
        return wrap(to.binary(name, lhs, rhs), type, to)

    return named(rule, name)


def _bool_binary(name: str, lhs: SSAValue, rhs: SSAValue, to: KernelConversion) -> SSAValue:
    """Returns an op on truth values; the one that is not an op of SPIR-V is `lhs and not rhs`."""
    match name:
        case "lhs":
            return lhs
        case "AndNot":
            return to.binary("LogicalAnd", lhs, to.unary("LogicalNot", rhs))
        case _:
            return to.binary(name, lhs, rhs)


COMPARISONS = [
    ("IEqual", "LogicalEqual"),
    ("INotEqual", "LogicalNotEqual"),
    ("SLessThan", ""),
    ("SLessThanEqual", ""),
    ("SGreaterThan", ""),
    ("SGreaterThanEqual", ""),
    ("ULessThan", ""),
    ("ULessThanEqual", ""),
    ("UGreaterThan", ""),
    ("UGreaterThanEqual", ""),
]
"""By the number of an `arith.cmpi` predicate:
the comparison, and that of truth values if it has a name.
"""


def lower_compare_integers(op: arith.CmpiOp, to: KernelConversion) -> SSAValue:
    """Compares whole numbers. Sign-extended ones are in the right order for both kinds of
    comparison.
    """
    name, on_bools = COMPARISONS[op.predicate.value.data]
    lhs, rhs = to.value(op.lhs), to.value(op.rhs)
    if op.lhs.type == i1:
        if on_bools:
            return to.binary(on_bools, lhs, rhs)
        lhs, rhs = (truth(value, -1, i32, to) for value in (lhs, rhs))
    elif op.lhs.type == i64 and not lhs.type == rhs.type == i32:
        lhs, rhs = _narrow_pair(op, to) or (to.wide(op.lhs), to.wide(op.rhs))
    return to.binary(name, lhs, rhs)


def _narrow_pair(op: arith.CmpiOp, to: KernelConversion) -> tuple[SSAValue, SSAValue] | None:
    """Returns the operands of an i64 comparison in 32 bits, if one is an index and the other a
    constant that fits.
    """
    values: list[SSAValue] = []
    for old in (op.lhs, op.rhs):
        if to.value(old).type == i32:
            values.append(to.value(old))
        elif isinstance(old.owner, arith.ConstantOp) and isinstance(old.owner.value, IntegerAttr):
            number = int(old.owner.value.value.data)
            if not -(1 << 31) <= number < 1 << 31 or all(
                to.value(o).type != i32 for o in op.operands
            ):
                return None
            values.append(to.constant(number))
        else:
            return None
    return values[0], values[1]


# -- floating point --------------------------------------------------------------------------------


def binary(name: str) -> KernelRule:
    """Returns the rule for an op with a twin in SPIR-V."""

    def rule(op: Operation, to: KernelConversion) -> SSAValue:
        to.register_type(op.results[0].type)
        lhs, rhs = to.operands(op)
        return to.binary(name, lhs, rhs)

    return named(rule, name)


def unary(name: str) -> KernelRule:
    """Returns the rule for an op with a twin in SPIR-V."""

    def rule(op: Operation, to: KernelConversion) -> SSAValue:
        to.register_type(op.results[0].type)
        return to.unary(name, *to.operands(op))

    return named(rule, name)


def extreme(beats: str, ties: str, of_equals: str) -> KernelRule:
    """Returns the rule for a maximum or minimum that is NaN if an operand is, and for which 0 is
    larger than -0: `beats` compares the first operand with the second, and `ties` does where equals
    count as well; `of_equals` combines the bits of equal operands.
    """

    def rule(op: Operation, to: KernelConversion) -> SSAValue:
        lhs, rhs = to.operands(op)
        if number_of(lhs) is not None:
            lhs, rhs = rhs, lhs
        is_nan = to.unary("IsNan", lhs)
        if (limit := number_of(rhs)) is not None:
            # Whichever zero the limit is, it may take the place of the other one, or must not.
            wins = ties if (limit == 0) == (of_equals == "BitwiseAnd") else beats
            best = to.select(to.binary(wins, rhs, lhs), rhs, lhs)
            return to.select(is_nan, lhs, best)
        is_first = to.binary("LogicalOr", to.binary(beats, lhs, rhs), is_nan)
        best = to.select(is_first, lhs, rhs)
        patterns = [to.cast("Bitcast", value, bits_type(lhs.type)) for value in (lhs, rhs)]
        tie = to.cast("Bitcast", to.binary(of_equals, *patterns), lhs.type)
        return to.select(to.binary("FOrdEqual", lhs, rhs), tie, best)

    return named(rule, beats)


def number_of(value: SSAValue) -> float | None:
    """Returns the value of a float constant that is not -0, which drivers may take for 0; None for
    all else.
    """
    match value.owner:
        case spirv.ConstantOp(value=FloatAttr(value=number)):
            return None if str(number.data) == "-0.0" else number.data
        case _:
            return None


ORDERED = {
    1: "FOrdEqual",
    2: "FOrdGreaterThan",
    3: "FOrdGreaterThanEqual",
    4: "FOrdLessThan",
    5: "FOrdLessThanEqual",
    6: "FOrdNotEqual",
}
"""`arith.cmpf` predicates that are false for NaN."""

UNORDERED = {
    8: "FOrdNotEqual",
    9: "FOrdLessThanEqual",
    10: "FOrdLessThan",
    11: "FOrdGreaterThanEqual",
    12: "FOrdGreaterThan",
    13: "FOrdEqual",
}
"""`arith.cmpf` predicates that are true for NaN -> the comparison that they negate."""

CONSTANT_PREDICATES = {0: False, 15: True}


def lower_compare_floats(op: arith.CmpfOp, to: KernelConversion) -> SSAValue:
    """Compares floats; see the module's text about NaN."""
    predicate = op.predicate.value.data
    lhs, rhs = to.value(op.lhs), to.value(op.rhs)
    if predicate in CONSTANT_PREDICATES:
        return to.constant(CONSTANT_PREDICATES[predicate], i1)
    if predicate in ORDERED:
        return to.binary(ORDERED[predicate], lhs, rhs)
    if predicate in UNORDERED:
        return to.unary("LogicalNot", to.binary(UNORDERED[predicate], lhs, rhs))
    unordered = to.unary("IsNan", lhs)
    if rhs is not lhs:
        unordered = to.binary("LogicalOr", unordered, to.unary("IsNan", rhs))
    return unordered if predicate == 14 else to.unary("LogicalNot", unordered)


def lower_select(op: arith.SelectOp, to: KernelConversion) -> SSAValue:
    """Selects one of two values."""
    return to.select(to.value(op.cond), to.wide(op.lhs), to.wide(op.rhs))


# -- from one type to another ----------------------------------------------------------------------


def extend(signed: bool) -> KernelRule:
    """Returns the rule for an integer made wider; an index is an i32."""

    def rule(op: Operation, to: KernelConversion) -> SSAValue:
        source, target = op.operands[0].type, op.results[0].type
        value = to.value(op.operands[0])
        register = to.register_type(target)
        if source == i1:
            return truth(value, -1 if signed else 1, register, to)
        if not signed:
            value = unsigned(value, source, to)
        return (
            value
            if value.type == register
            else to.cast("SConvert" if signed else "UConvert", value, register)
        )

    return named(rule, "SConvert" if signed else "UConvert")


def lower_truncate(op: arith.TruncIOp, to: KernelConversion) -> SSAValue:
    """Returns an integer cut to its low bits."""
    return _truncate(to.value(op.input), op.result.type, to)


def _truncate(value: SSAValue, target: Attribute, to: KernelConversion) -> SSAValue:
    if value.type == i64 and to.register_type(target) != i64:
        value = to.cast("SConvert", value, i32)
    if target == i1:
        return to.binary(
            "INotEqual", to.binary("BitwiseAnd", value, to.constant(1)), to.constant(0)
        )
    return wrap(value, target, to)


def lower_index_cast(op: Operation, to: KernelConversion) -> Lowered:
    """Converts between an index, which is an i32, and another integer. An i64 made from one stays
    narrow.
    """
    source, target = op.operands[0].type, op.results[0].type
    if isinstance(source, IndexType):
        if target == i64:
            return to.value(op.operands[0])
        return _truncate(to.value(op.operands[0]), target, to)
    if source == i64:
        return _truncate(to.value(op.operands[0]), i32, to)
    return extend(isinstance(op, arith.IndexCastOp))(op, to)


def to_float(signed: bool) -> KernelRule:
    """Returns the rule for a float from a whole number."""

    def rule(op: Operation, to: KernelConversion) -> SSAValue:
        source, target = op.operands[0].type, to.register_type(op.results[0].type)
        value = to.value(op.operands[0])
        if source == i1:
            return truth(value, -1 if signed else 1, target, to)
        if signed:
            return to.cast("ConvertSToF", value, target)
        return to.cast("ConvertUToF", unsigned(to.wide(op.operands[0]), source, to), target)

    return named(rule, "ConvertSToF" if signed else "ConvertUToF")


def from_float(name: str) -> KernelRule:
    """Returns the rule for a whole number from a float, rounded towards zero."""

    def rule(op: Operation, to: KernelConversion) -> SSAValue:
        target = op.results[0].type
        value = to.value(op.operands[0])
        if target == i1:
            return to.binary("INotEqual", to.cast(name, value, i32), to.constant(0))
        return wrap(to.cast(name, value, to.register_type(target)), target, to)

    return named(rule, name)


def convert_float(op: arith.ExtFOp | arith.TruncFOp, to: KernelConversion) -> SSAValue:
    """Returns the nearest float of another width."""
    return to.cast("FConvert", to.value(op.input), to.register_type(op.result.type))


def lower_bitcast(op: arith.BitcastOp, to: KernelConversion) -> SSAValue:
    """Returns the same bits as another type."""
    value, target = to.wide(op.input), to.register_type(op.result.type)
    return value if value.type == target else to.cast("Bitcast", value, target)


ARITH_RULES: KernelRules = {
    arith.ConstantOp: lower_constant,
    arith.AddiOp: integer("IAdd", "LogicalNotEqual"),
    arith.SubiOp: integer("ISub", "LogicalNotEqual"),
    arith.MuliOp: integer("IMul", "LogicalAnd"),
    arith.DivSIOp: integer("SDiv", "LogicalAnd"),
    arith.DivUIOp: integer("UDiv", "LogicalAnd", reads="unsigned"),
    arith.RemSIOp: integer("SRem", "AndNot"),
    arith.RemUIOp: integer("UMod", "AndNot", reads="unsigned"),
    arith.AndIOp: integer("BitwiseAnd", "LogicalAnd"),
    arith.OrIOp: integer("BitwiseOr", "LogicalOr"),
    arith.XOrIOp: integer("BitwiseXor", "LogicalNotEqual"),
    arith.ShLIOp: integer("ShiftLeftLogical", "AndNot", reads="unsigned shift"),
    arith.ShRSIOp: integer("ShiftRightArithmetic", "lhs", reads="unsigned shift"),
    arith.ShRUIOp: integer("ShiftRightLogical", "AndNot", reads="unsigned"),
    arith.MaxSIOp: integer("GL.SMax", "LogicalAnd"),
    arith.MinSIOp: integer("GL.SMin", "LogicalOr"),
    arith.MaxUIOp: integer("GL.UMax", "LogicalOr"),
    arith.MinUIOp: integer("GL.UMin", "LogicalAnd"),
    arith.CmpiOp: lower_compare_integers,
    arith.AddfOp: lower_add,
    arith.SubfOp: lower_subtract,
    arith.MulfOp: lower_multiply,
    arith.DivfOp: lower_divide,
    arith.NegfOp: unary("FNegate"),
    arith.MaximumfOp: extreme("FOrdGreaterThan", "FOrdGreaterThanEqual", "BitwiseAnd"),
    arith.MinimumfOp: extreme("FOrdLessThan", "FOrdLessThanEqual", "BitwiseOr"),
    arith.MaxnumfOp: binary("GL.NMax"),
    arith.MinnumfOp: binary("GL.NMin"),
    arith.CmpfOp: lower_compare_floats,
    arith.SelectOp: lower_select,
    arith.ExtSIOp: extend(signed=True),
    arith.ExtUIOp: extend(signed=False),
    arith.TruncIOp: lower_truncate,
    arith.IndexCastOp: lower_index_cast,
    arith.SIToFPOp: to_float(signed=True),
    arith.UIToFPOp: to_float(signed=False),
    arith.FPToSIOp: from_float("ConvertFToS"),
    arith.FPToUIOp: from_float("ConvertFToU"),
    arith.ExtFOp: convert_float,
    arith.TruncFOp: convert_float,
    arith.BitcastOp: lower_bitcast,
}
