"""Scalar arithmetic of host code as instructions of the virtual machine."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    f32,
    f64,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import util
from ireelite.dialects.extensions import arith_extra
from ireelite.dialects.extensions.arith_tensors import TensorSelectOp
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.types import (
    as_signed,
    as_unsigned,
    canonical,
    is_narrow,
    resize,
    vm_type,
    width_of,
)
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.vm import floats
from ireelite.lowering.vm.building import emit, number
from ireelite.status import StatusCode, StatusError

# -- integers ----------------------------------------------------------------------------------------

INTEGERS: dict[type[Operation], tuple[str, bool | None]] = {
    arith.AddiOp: ("add.{}", None),
    arith.AndIOp: ("and.{}", None),
    arith.DivSIOp: ("div.{}.s", True),
    arith.DivUIOp: ("div.{}.u", False),
    arith.MaxSIOp: ("max.{}.s", True),
    arith.MaxUIOp: ("max.{}.u", False),
    arith.MinSIOp: ("min.{}.s", True),
    arith.MinUIOp: ("min.{}.u", False),
    arith.MuliOp: ("mul.{}", None),
    arith.OrIOp: ("or.{}", None),
    arith.RemSIOp: ("rem.{}.s", True),
    arith.RemUIOp: ("rem.{}.u", False),
    arith.ShLIOp: ("shl.{}", None),
    arith.ShRSIOp: ("shr.{}.s", True),
    arith.ShRUIOp: ("shr.{}.u", False),
    arith.SubiOp: ("sub.{}", None),
    arith.XOrIOp: ("xor.{}", None),
    math.AbsIOp: ("abs.{}", True),
}
"""Op -> (instruction, whether it reads its operands as signed; None if only bits matter)."""

SHIFTS = (arith.ShLIOp, arith.ShRSIOp, arith.ShRUIOp)


def read(to: Conversion, value: SSAValue, type: Attribute, signed: bool | None) -> SSAValue:
    """Returns an operand as the instruction must see it."""
    if signed is None:
        return value
    return (as_signed if signed else as_unsigned)(to, value, type)


def lower_integer(op: Operation, to: Conversion) -> SSAValue:
    """Lowers an op on integers to one instruction; narrow operands are extended before it, and a
    narrow result after it.
    """
    mnemonic, signed = INTEGERS[type(op)]
    kind = op.results[0].type
    operands = [read(to, to.value(v), kind, signed) for v in op.operands]
    if isinstance(op, SHIFTS):  # the amount is an i32 whatever is shifted
        operands[1] = resize(to, to.value(op.rhs), i32)
    result = emit(to, mnemonic.format(operands[0].type), *operands)
    return canonical(to, result, kind)


def lower_compare(op: arith.CmpiOp, to: Conversion) -> SSAValue:
    """Returns a comparison instruction, its operands perhaps swapped and its result perhaps
    negated.
    """
    predicate = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
    mnemonic, swapped, negated = floats.INT_COMPARES[predicate]
    signed = None if predicate in ("eq", "ne") else predicate[0] == "s"
    operands = [read(to, to.value(v), op.lhs.type, signed) for v in (op.lhs, op.rhs)]
    operands = operands[::-1] if swapped else operands
    result = emit(to, mnemonic.format(operands[0].type), *operands, type=i32)
    return negate(to, result) if negated else result


def negate(to: Conversion, truth: SSAValue) -> SSAValue:
    """Returns the other truth value."""
    return emit(to, "xor.i32", truth, number(to, 1, i32))


def lower_rounded_division(
    op: arith.FloorDivSIOp | arith.CeilDivSIOp | arith.CeilDivUIOp, to: Conversion
) -> SSAValue:
    """Returns the quotient towards zero, and one less or more where the division leaves a rest."""
    signed = not isinstance(op, arith.CeilDivUIOp)
    lhs, rhs = (read(to, to.value(v), op.lhs.type, signed) for v in op.operands)
    kind, sign = lhs.type, "s" if signed else "u"
    quotient = emit(to, f"div.{kind}.{sign}", lhs, rhs)
    rest = emit(to, f"cmp.nz.{kind}", emit(to, f"rem.{kind}.{sign}", lhs, rhs), type=i32)
    if signed:
        zero = number(to, 0, kind)
        differ = emit(to, f"cmp.lt.{kind}.s", emit(to, f"xor.{kind}", lhs, rhs), zero, type=i32)
        if isinstance(op, arith.CeilDivSIOp):
            differ = negate(to, differ)
        rest = emit(to, "and.i32", rest, differ)
    one = resize(to, rest, kind, signed=False)
    step = "sub" if isinstance(op, arith.FloorDivSIOp) else "add"
    return canonical(to, emit(to, f"{step}.{kind}", quotient, one), op.result.type)


def lower_extended_sum(op: arith.AddUIExtendedOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the sum, and whether it wrapped: then it is less than an operand."""
    lhs, rhs = to.operands(op)
    total = canonical(to, emit(to, f"add.{lhs.type}", lhs, rhs), op.sum.type)
    if op.sum.type == i1:
        return total, emit(to, "and.i32", lhs, rhs)
    unsigned = [as_unsigned(to, value, op.sum.type) for value in (total, lhs)]
    return total, emit(to, f"cmp.lt.{lhs.type}.u", *unsigned, type=i32)


def lower_extended_product(
    op: arith.MulUIExtendedOp | arith.MulSIExtendedOp, to: Conversion
) -> Sequence[SSAValue]:
    """Returns the low and high half of a product."""
    signed, kind = isinstance(op, arith.MulSIExtendedOp), op.lhs.type
    lhs, rhs = (read(to, to.value(v), kind, signed) for v in (op.lhs, op.rhs))
    width = width_of(kind)
    if width == 64:
        return emit(to, "mul.i64", lhs, rhs), high_half(to, lhs, rhs, signed)
    lhs, rhs = (resize(to, value, i64, signed) for value in (lhs, rhs))
    product = emit(to, "mul.i64", lhs, rhs)
    upper = emit(to, "shr.i64.s", product, number(to, width, i32), type=i64)
    low, high = (canonical(to, resize(to, half, i32), kind) for half in (product, upper))
    return low, high


def high_half(to: Conversion, lhs: SSAValue, rhs: SSAValue, signed: bool) -> SSAValue:
    """Returns the upper 64 bits of the product of two i64, from products of halves."""
    shift, mask = number(to, 32, i32), number(to, 0xFFFFFFFF, i64)
    (a, b), (c, d) = (
        (emit(to, "shr.i64.u", v, shift, type=i64), emit(to, "and.i64", v, mask))
        for v in (lhs, rhs)
    )
    low = emit(to, "mul.i64", b, d)
    middle = emit(to, "mul.i64", a, d)
    middle = emit(to, "add.i64", middle, emit(to, "shr.i64.u", low, shift, type=i64))
    carry = emit(to, "fma.i64", b, c, emit(to, "and.i64", middle, mask))
    high = emit(to, "fma.i64", a, c, emit(to, "shr.i64.u", middle, shift, type=i64))
    high = emit(to, "add.i64", high, emit(to, "shr.i64.u", carry, shift, type=i64))
    if signed:
        sign = number(to, 63, i32)
        for one, other in ((lhs, rhs), (rhs, lhs)):
            negative = emit(to, "shr.i64.s", one, sign, type=i64)
            high = emit(to, "sub.i64", high, emit(to, "and.i64", negative, other))
    return high


def lower_extension(op: arith.ExtSIOp | arith.ExtUIOp, to: Conversion) -> SSAValue:
    signed = isinstance(op, arith.ExtSIOp)
    value = read(to, to.value(op.input), op.input.type, signed)
    return canonical(to, resize(to, value, vm_type(op.result.type), signed), op.result.type)


def lower_truncation(op: arith.TruncIOp, to: Conversion) -> SSAValue:
    return canonical(to, resize(to, to.value(op.input), vm_type(op.result.type)), op.result.type)


def lower_index_cast(op: arith.IndexCastOp, to: Conversion) -> SSAValue:
    value = as_signed(to, to.value(op.input), op.input.type)
    return canonical(to, resize(to, value, vm_type(op.result.type)), op.result.type)


def lower_leading_zeros(op: math.CountLeadingZerosOp, to: Conversion) -> SSAValue:
    value = as_unsigned(to, to.value(op.operand), op.operand.type)
    count = emit(to, f"ctlz.{value.type}", value)
    if not is_narrow(op.operand.type):
        return count
    return emit(to, "sub.i32", count, number(to, 32 - width_of(op.operand.type), i32))


# -- floats ------------------------------------------------------------------------------------------


def lower_float_compare(op: arith.CmpfOp, to: Conversion) -> SSAValue:
    """Returns a comparison; `ord` and `uno` ask each operand whether it is a number."""
    predicate = arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data]
    if predicate in ("false", "true"):
        return number(to, int(predicate == "true"), i32)
    if predicate not in ("ord", "uno"):
        return floats.lower_cmpf(op, to)
    lhs, rhs = (emit(to, f"cmp.nan.{v.type}", v, type=i32) for v in to.operands(op))
    unordered = emit(to, "or.i32", lhs, rhs)
    return unordered if predicate == "uno" else negate(to, unordered)


def lower_number_extreme(op: arith.MaxnumfOp | arith.MinnumfOp, to: Conversion) -> SSAValue:
    """Returns the larger or smaller operand; a number wins over a NaN."""
    lhs, rhs = to.operands(op)
    kind = lhs.type
    first, second = (lhs, rhs) if isinstance(op, arith.MaxnumfOp) else (rhs, lhs)
    take_right = emit(to, f"cmp.lt.{kind}.o", first, second, type=i32)
    take_right = emit(to, "or.i32", take_right, emit(to, f"cmp.nan.{kind}", lhs, type=i32))
    keep_left = emit(to, f"cmp.nan.{kind}", rhs, type=i32)
    picked = emit(to, f"select.{kind}", take_right, rhs, lhs, type=kind)
    return emit(to, f"select.{kind}", keep_left, lhs, picked, type=kind)


def lower_to_float(op: arith.SIToFPOp | arith.UIToFPOp, to: Conversion) -> SSAValue:
    signed = isinstance(op, arith.SIToFPOp)
    value = read(to, to.value(op.input), op.input.type, signed)
    target = vm_type(op.result.type)
    sign = "s" if signed else "u"
    return emit(to, f"cast.{sign}{value.type}.{target}", value, type=target)


def lower_to_integer(op: arith.FPToSIOp | arith.FPToUIOp, to: Conversion) -> SSAValue:
    return canonical(to, floats.lower_float_to_int(op, to), op.result.type)


def lower_float_extension(op: arith.ExtFOp, to: Conversion) -> SSAValue:
    check_cast(op.input.type, op.result.type, f32, f64)
    return emit(to, "ext.f32.f64", to.value(op.input), type=f64)


def lower_float_truncation(op: arith.TruncFOp, to: Conversion) -> SSAValue:
    check_cast(op.input.type, op.result.type, f64, f32)
    return emit(to, "trunc.f64.f32", to.value(op.input), type=f32)


def check_cast(
    source: Attribute, target: Attribute, expected: Attribute, result: Attribute
) -> None:
    """Raises UNIMPLEMENTED unless a cast of floats is the one that the machine has."""
    if (source, target) != (expected, result):
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"host code can't convert a {source} to a {target}"
        )


def lower_whole_part(op: math.TruncOp, to: Conversion) -> SSAValue:
    value = to.value(op.operand)
    kind = value.type
    negative = emit(to, f"cmp.lt.{kind}.o", value, number(to, 0.0, kind), type=i32)
    up, down = emit(to, f"ceil.{kind}", value), emit(to, f"floor.{kind}", value)
    return emit(to, f"select.{kind}", negative, up, down, type=kind)


# -- any ---------------------------------------------------------------------------------------------


def lower_constant(op: arith.ConstantOp | util.UnfoldableConstantOp, to: Conversion) -> SSAValue:
    return constant(to, op.value)


def constant(to: Conversion, value: Attribute) -> SSAValue:
    """Returns a number. Raises UNIMPLEMENTED for a tensor, which no register holds."""
    if isinstance(value, DenseIntOrFPElementsAttr) or not isinstance(
        value, IntegerAttr | FloatAttr
    ):
        raise StatusError(StatusCode.UNIMPLEMENTED, f"host code has no constant {value}")
    plain, type = value.value.data, value.type
    if isinstance(value, IntegerAttr):
        width = width_of(type)
        plain = int(plain) & ((1 << width) - 1)
        if type != i1 and plain >> (width - 1):
            plain -= 1 << width
    return number(to, plain, vm_type(type))


def lower_select(op: arith.SelectOp | TensorSelectOp, to: HostConversion) -> SSAValue:
    """Selects one of two numbers or references; a result of two tensors is ready when both are."""
    condition, yes, no = to.operands(op)
    if fences := to.fences_of(op.operands[1:]):
        to.ready[op.results[0]] = to.joined(fences)
    kind = "ref" if yes.type not in (i32, i64, f32, f64) else yes.type
    return emit(to, f"select.{kind}", condition, yes, no, type=yes.type)


FLOATS = {
    kind
    for kind in floats.BINARY
    if kind not in INTEGERS and kind.name.startswith(("arith.", "math."))
}

SCALAR_RULES: Rules = {
    **dict.fromkeys(FLOATS, floats.lower_one_to_one),
    **dict.fromkeys(INTEGERS, lower_integer),
    arith.AddUIExtendedOp: lower_extended_sum,
    arith.BitcastOp: floats.lower_bitcast,
    arith.CeilDivSIOp: lower_rounded_division,
    arith.CeilDivUIOp: lower_rounded_division,
    arith.CmpfOp: lower_float_compare,
    arith.CmpiOp: lower_compare,
    arith.ConstantOp: lower_constant,
    arith.ExtFOp: lower_float_extension,
    arith.ExtSIOp: lower_extension,
    arith.ExtUIOp: lower_extension,
    arith.FPToSIOp: lower_to_integer,
    arith.FPToUIOp: lower_to_integer,
    arith.FloorDivSIOp: lower_rounded_division,
    arith.IndexCastOp: lower_index_cast,
    arith.MaximumfOp: floats.lower_extreme,
    arith.MaxnumfOp: lower_number_extreme,
    arith.MinimumfOp: floats.lower_extreme,
    arith.MinnumfOp: lower_number_extreme,
    arith.MulSIExtendedOp: lower_extended_product,
    arith.MulUIExtendedOp: lower_extended_product,
    arith.SIToFPOp: lower_to_float,
    arith.SelectOp: lower_select,
    arith.TruncFOp: lower_float_truncation,
    arith.TruncIOp: lower_truncation,
    arith.UIToFPOp: lower_to_float,
    TensorSelectOp: lower_select,
    arith_extra.RemFOp: floats.lower_float_remainder,
    math.CountLeadingZerosOp: lower_leading_zeros,
    math.TruncOp: lower_whole_part,
    util.UnfoldableConstantOp: lower_constant,
}
