"""Integers of 2 and 4 bits in words that every target has: computed with in i8, packed in memory.

A value of such a type is an i8 that holds it as a signed number. Results of ops are cut to their
width; ops on unsigned numbers, and those that count bits, see the bits alone. A buffer of such
integers is one of i8, in which the first element has the lowest bits of the first byte, as in IREE. A
store reads the byte and replaces the element's bits: whoever stores must own whole bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from xdsl.dialects import arith, math, memref
from xdsl.dialects.builtin import IndexType, IntegerAttr, IntegerType, MemRefType, f32, i8
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.scalars.half_precision import round_to
from ireelite.lowering.scalars.integer_division import (
    DIVISIONS,
    divide_signed,
    divide_unsigned,
    saturate,
)
from ireelite.lowering.scalars.scalar import Scalar


def is_narrow(type: Attribute) -> bool:
    """Returns whether integers of a type share a byte with others."""
    return isinstance(type, IntegerType) and type.width.data in (2, 4)


def width(type: Attribute) -> int:
    """Returns the bits of an integer type."""
    assert isinstance(type, IntegerType)
    return type.width.data


def packed(type: MemRefType) -> MemRefType:
    """Returns the buffer of bytes that holds one of narrow integers."""
    return MemRefType(i8, [-(-prod(type.get_shape()) * width(type.element_type) // 8)])


def cut(x: Scalar, type: Attribute) -> Scalar:
    """Returns an i8 as the signed number that its lowest bits are."""
    places = 8 - width(type)
    return (x << places) >> places


def bits_alone(x: Scalar, type: Attribute) -> Scalar:
    """Returns the unsigned number of a narrow integer's bits, as an i8."""
    return x & ((1 << width(type)) - 1)


# -- memory ----------------------------------------------------------------------------------------


def place(op: memref.LoadOp | memref.StoreOp, to: Conversion) -> tuple[SSAValue, Scalar]:
    """Returns the index of an element's byte, and how far up in it the element is, as an i8."""
    type = op.memref.type
    assert isinstance(type, MemRefType)
    position: SSAValue | None = None
    for index, size in zip(op.indices, type.get_shape(), strict=True):
        if position is None:
            position = to.value(index)
        else:
            scaled = to.insert(arith.MuliOp(position, number(size, to))).result
            position = to.insert(arith.AddiOp(scaled, to.value(index))).result
    position = number(0, to) if position is None else position
    each = 8 // width(type.element_type)
    byte = to.insert(arith.DivUIOp(position, number(each, to))).result
    within = to.insert(arith.RemUIOp(position, number(each, to))).result
    shift = Scalar(to.insert(arith.IndexCastOp(within, i8)).result, to)
    return byte, shift << (width(type.element_type).bit_length() - 1)


def number(value: int, to: Conversion) -> SSAValue:
    return to.insert(arith.ConstantOp(IntegerAttr(value, IndexType()))).result


def expand_load(op: memref.LoadOp, to: Conversion) -> SSAValue:
    byte, shift = place(op, to)
    value = Scalar(to.insert(memref.LoadOp.get(to.value(op.memref), [byte])).res, to)
    return cut(value.shift_right_unsigned(shift), op.res.type).value


def expand_store(op: memref.StoreOp, to: Conversion) -> None:
    byte, shift = place(op, to)
    buffer = to.value(op.memref)
    old = Scalar(to.insert(memref.LoadOp.get(buffer, [byte])).res, to)
    mask = old.const((1 << width(op.value.type)) - 1) << shift
    new = bits_alone(Scalar(to.value(op.value), to), op.value.type) << shift
    value = (old & (mask ^ -1)) | new
    to.insert(memref.StoreOp.get(value.value, buffer, [byte]))


# -- arithmetic ------------------------------------------------------------------------------------

UNSIGNED = (
    arith.CeilDivUIOp,
    arith.DivUIOp,
    arith.ExtUIOp,
    arith.MaxUIOp,
    arith.MinUIOp,
    arith.RemUIOp,
    arith.ShRUIOp,
    arith.UIToFPOp,
    math.CountLeadingZerosOp,
    math.CtPopOp,
)
"""Ops that see the bits of their operands alone."""


def sees_bits(op: Operation) -> bool:
    """Returns whether an op takes its operands as unsigned numbers."""
    if isinstance(op, arith.CmpiOp):
        return op.predicate.value.data >= UNSIGNED_PREDICATES
    return isinstance(op, UNSIGNED)


UNSIGNED_PREDICATES = 6
"""The first of the predicates of `arith.cmpi` that compare unsigned numbers."""


def expand_constant(op: arith.ConstantOp, to: Conversion) -> SSAValue:
    assert isinstance(op.value, IntegerAttr)
    bits = width(op.result.type)
    value = (op.value.value.data + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
    return to.insert(arith.ConstantOp(IntegerAttr(value, i8))).result


def expand_op(op: Operation, to: Conversion) -> SSAValue:
    """Returns the same op on i8, whose result is cut to its width."""
    alone = sees_bits(op)
    operands = [
        bits_alone(Scalar(to.value(v), to), v.type).value
        if alone and is_narrow(v.type)
        else to.value(v)
        for v in op.operands
    ]
    type = op.results[0].type
    target = i8 if is_narrow(type) else f32 if is_small_float(type) else type
    if isinstance(op, WIDTH_CHANGES) and operands[0].type == target:
        result = Scalar(operands[0], to)
    elif isinstance(op, DIVISIONS):
        kind = type_of_division(op)
        signed = isinstance(op, arith.DivSIOp | arith.RemSIOp)
        divide = divide_signed if signed else divide_unsigned
        result = divide(kind, *(Scalar(v, to) for v in operands))
    elif isinstance(op, arith.FPToSIOp | arith.FPToUIOp):
        signed = isinstance(op, arith.FPToSIOp)
        result = saturate(Scalar(operands[0], to), i8, width(type), signed)
    else:
        result = Scalar(to.insert(on_bytes(op, operands, target)).results[0], to)
    if isinstance(op, math.CountLeadingZerosOp):
        result = result - (8 - width(op.operands[0].type))
    if is_small_float(type):
        result = round_to(result, type)
    return cut(result, type).value if is_narrow(type) else result.value


WIDTH_CHANGES = (arith.ExtSIOp, arith.ExtUIOp, arith.TruncIOp)


def type_of_division(op: Operation) -> Any:
    return type(op)


def on_bytes(op: Operation, operands: Sequence[SSAValue], type: Attribute) -> Operation:
    """Returns the same op on other operands."""
    return op.create(
        operands=operands,
        result_types=[type],
        properties=dict(op.properties),
        attributes=dict(op.attributes),
    )


RULES: Mapping[type[Operation], Callable[..., SSAValue | None]] = {
    arith.ConstantOp: expand_constant,
    memref.LoadOp: expand_load,
    memref.StoreOp: expand_store,
}
"""Op with a narrow integer -> its rule. Others compute in i8."""
