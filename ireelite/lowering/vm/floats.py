"""Scalar floats as instructions of the virtual machine, for kernels and host code alike."""

from __future__ import annotations

from math import copysign, isnan

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import FloatAttr, f32, f64, i32, i64
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.elements import find_row
from ireelite.dialects.extensions import arith_extra
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.vm.building import emit, number
from ireelite.status import StatusCode, StatusError

REGISTERS: dict[str, Attribute] = {str(type): type for type in (i32, i64, f32, f64)}
"""Name of a register type in the table of element types -> the type."""


def to_vm_type(type: Attribute) -> Attribute:
    """Returns the register type of a scalar: indices are i64, narrow integers i32. Raises
    UNIMPLEMENTED.
    """
    row = find_row(type)
    if row is None or row.vm_register is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"a vmvx kernel can't hold a scalar of type {type}"
        )
    return REGISTERS[row.vm_register]


def suffix(type: Attribute) -> str:
    """Returns the part of a mnemonic that names a type: `f32`, `i32`, `i64`."""
    return str(to_vm_type(type))


BINARY: dict[type[Operation], str] = {
    arith.AddfOp: "add.{}",
    arith.DivfOp: "div.{}",
    arith.MulfOp: "mul.{}",
    arith.NegfOp: "neg.{}",
    arith.SubfOp: "sub.{}",
    math.AbsFOp: "abs.{}",
    math.Atan2Op: "atan2.{}",
    math.AtanOp: "atan.{}",
    math.CeilOp: "ceil.{}",
    math.CosOp: "cos.{}",
    math.ErfOp: "erf.{}",
    math.Exp2Op: "exp2.{}",
    math.ExpM1Op: "expm1.{}",
    math.ExpOp: "exp.{}",
    math.FloorOp: "floor.{}",
    math.FmaOp: "fma.{}",
    math.Log10Op: "log10.{}",
    math.Log1pOp: "log1p.{}",
    math.Log2Op: "log2.{}",
    math.LogOp: "log.{}",
    math.PowFOp: "pow.{}",
    math.RoundEvenOp: "round.{}.even",
    math.RoundOp: "round.{}",
    math.RsqrtOp: "rsqrt.{}",
    math.SinOp: "sin.{}",
    math.SqrtOp: "sqrt.{}",
    math.TanhOp: "tanh.{}",
}
"""Ops on floats that are one instruction."""

FLOAT_COMPARES: dict[str, tuple[str, bool, bool]] = {
    "oeq": ("cmp.eq.{}.o", False, False),
    "ogt": ("cmp.lt.{}.o", True, False),
    "oge": ("cmp.lte.{}.o", True, False),
    "olt": ("cmp.lt.{}.o", False, False),
    "ole": ("cmp.lte.{}.o", False, False),
    "one": ("cmp.eq.{}.u", False, True),  # `cmp.ne.f32.o` is true for NaN
    "ueq": ("cmp.eq.{}.u", False, False),
    "ugt": ("cmp.lt.{}.u", True, False),
    "uge": ("cmp.lte.{}.u", True, False),
    "ult": ("cmp.lt.{}.u", False, False),
    "ule": ("cmp.lte.{}.u", False, False),
    "une": ("cmp.ne.{}.u", False, False),
}
INT_COMPARES: dict[str, tuple[str, bool, bool]] = {
    "eq": ("cmp.eq.{}", False, False),
    "ne": ("cmp.ne.{}", False, False),
    "slt": ("cmp.lt.{}.s", False, False),
    "sle": ("cmp.lt.{}.s", True, True),
    "sgt": ("cmp.lt.{}.s", True, False),
    "sge": ("cmp.lt.{}.s", False, True),
    "ult": ("cmp.lt.{}.u", False, False),
    "ule": ("cmp.lt.{}.u", True, True),
    "ugt": ("cmp.lt.{}.u", True, False),
    "uge": ("cmp.lt.{}.u", False, True),
}
"""Predicate -> (instruction, whether the operands are swapped, whether the result is negated)."""


def lower_one_to_one(op: Operation, to: Conversion) -> SSAValue:
    operands = to.operands(op)
    return emit(to, BINARY[type(op)].format(suffix(op.operands[0].type)), *operands)


def lower_extreme(op: arith.MaximumfOp | arith.MinimumfOp, to: Conversion) -> SSAValue:
    """Returns the larger or smaller operand, 0 being larger than -0; a NaN wins. No instruction
    does that.
    """
    lhs, rhs = to.value(op.lhs), to.value(op.rhs)
    kind, is_largest = suffix(op.lhs.type), isinstance(op, arith.MaximumfOp)
    for operand, value, limit in ((op.rhs, lhs, rhs), (op.lhs, rhs, lhs)):
        if (known := known_float(operand)) is not None and not isnan(known):
            # A zero of the sign that wins takes the place of the other zero, too.
            takes_ties = known == 0 and (copysign(1, known) > 0) == is_largest
            lower, upper = (value, limit) if is_largest else (limit, value)
            compare = f"cmp.{'lte' if takes_ties else 'lt'}.{kind}.o"
            is_beyond = emit(to, compare, lower, upper, type=i32)
            return emit(to, f"select.{kind}", is_beyond, limit, value, type=lhs.type)
    first, second = (lhs, rhs) if is_largest else (rhs, lhs)
    take_right = emit(to, f"cmp.lt.{kind}.o", first, second, type=i32)
    picked = emit(to, f"select.{kind}", take_right, rhs, lhs, type=lhs.type)
    equal = emit(to, f"cmp.eq.{kind}.o", lhs, rhs, type=i32)
    tie = extreme_of_equals(op, lhs, rhs, to)
    picked = emit(to, f"select.{kind}", equal, tie, picked, type=lhs.type)
    return emit(
        to, f"select.{kind}", emit(to, f"cmp.nan.{kind}", rhs, type=i32), rhs, picked, type=lhs.type
    )


def known_float(value: SSAValue) -> float | None:
    """Returns the float that a value is, if it is a constant."""
    owner = value.owner
    if not isinstance(owner, arith.ConstantOp) or not isinstance(owner.value, FloatAttr):
        return None
    return owner.value.value.data


def extreme_of_equals(
    op: arith.MaximumfOp | arith.MinimumfOp, lhs: SSAValue, rhs: SSAValue, to: Conversion
) -> SSAValue:
    """Returns the larger or smaller of two equal floats, which may be 0 and -0: the larger has the
    sign bit of both, the smaller that of either.
    """
    bits = i32 if lhs.type == f32 else i64
    patterns = [emit(to, f"bitcast.{lhs.type}.{bits}", value, type=bits) for value in (lhs, rhs)]
    name = "and" if isinstance(op, arith.MaximumfOp) else "or"
    return emit(
        to, f"bitcast.{bits}.{lhs.type}", emit(to, f"{name}.{bits}", *patterns), type=lhs.type
    )


def lower_float_remainder(op: arith_extra.RemFOp, to: Conversion) -> SSAValue:
    """Returns the remainder of a truncating division, with the dividend's sign.

    `rem.f32` rounds the quotient to nearest, so its remainder may be negative; adding the divisor
    to that is exact.
    """
    x, y = to.operands(op)
    kind, bits = x.type, i32 if x.type == f32 else i64
    divisor = emit(to, f"abs.{kind}", y)
    nearest = emit(to, f"rem.{kind}", emit(to, f"abs.{kind}", x), divisor)
    below = emit(to, f"cmp.lt.{kind}.o", nearest, number(to, 0.0, kind), type=i32)
    above = emit(to, f"add.{kind}", nearest, divisor)
    size = emit(to, f"select.{kind}", below, above, nearest, type=kind)
    pattern = emit(to, f"bitcast.{kind}.{bits}", x, type=bits)
    negative = emit(to, f"cmp.lt.{bits}.s", pattern, number(to, 0, bits), type=i32)
    return emit(to, f"select.{kind}", negative, emit(to, f"neg.{kind}", size), size, type=kind)


def lower_cmpf(op: arith.CmpfOp, to: Conversion) -> SSAValue:
    """Returns a comparison instruction, its operands perhaps swapped and its result perhaps
    negated.
    """
    predicate = arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data]
    if predicate not in FLOAT_COMPARES:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"float comparison '{predicate}' is not supported by vmvx"
        )
    mnemonic, swapped, negated = FLOAT_COMPARES[predicate]
    operands = to.operands(op)[:: -1 if swapped else 1]
    result = emit(to, mnemonic.format(suffix(op.lhs.type)), *operands, type=i32)
    return emit(to, "xor.i32", result, number(to, 1, i32)) if negated else result


def lower_float_to_int(op: arith.FPToSIOp | arith.FPToUIOp, to: Conversion) -> SSAValue:
    """Rounds towards zero first: the cast instructions round to nearest."""
    value, target, kind = to.value(op.input), to_vm_type(op.result.type), suffix(op.input.type)
    sign = "s" if isinstance(op, arith.FPToSIOp) else "u"
    below = emit(to, f"cmp.lt.{kind}.o", value, number(to, 0.0, value.type), type=i32)
    up, down = emit(to, f"ceil.{kind}", value), emit(to, f"floor.{kind}", value)
    whole = emit(to, f"select.{kind}", below, up, down, type=value.type)
    return emit(to, f"cast.{kind}.{sign}{target}", whole, type=target)


def lower_bitcast(op: arith.BitcastOp, to: Conversion) -> SSAValue:
    value, target = to.value(op.input), to_vm_type(op.result.type)
    if value.type == target:
        return value
    return emit(to, f"bitcast.{value.type}.{target}", value, type=target)
