"""`bitcast_convert`: the bits of elements as elements of another type, of the same width or not."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, complex
from xdsl.dialects.builtin import ComplexType, IndexType, IntegerAttr, IntegerType
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineMap

from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.linalg.mapped import IndexOp
from ireelite.dialects.stablehlo.indexing import BitcastConvertOp
from ireelite.dialects.stablehlo.shapes import bit_width
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.scalars import complex_of
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty, generic, pointwise


def lower_bitcast_convert(op: BitcastConvertOp, to: Conversion) -> SSAValue:
    source, target = signless(element_type_of(op.operand)), signless(element_type_of(op.result))
    value = to.value(op.operand)
    before, after = bit_width(source), bit_width(target)
    if source == target:
        return value
    if before == after:
        return pointwise(
            [value], tensor_type(op.result), lambda v: from_bits(bits_of(v[0], to), target, to), to
        )
    return split(op, value, to) if after < before else join(op, value, to)


def split(op: BitcastConvertOp, value: SSAValue, to: Conversion) -> SSAValue:
    """Splits elements into parts, which a trailing dimension counts, the least significant first."""
    result, target = tensor_type(op.result), signless(element_type_of(op.result))
    rank = len(result.get_shape())
    leading = AffineMap(rank, 0, tuple(AffineDimExpr(d) for d in range(rank - 1)))

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        part = to.insert(IndexOp(rank - 1)).result
        if not isinstance(v[0].type, ComplexType):
            return [from_bits(part_of(v[0], part, target, to), target, to)]
        # a part of a complex number are the halves of one of its two numbers
        assert isinstance(target, ComplexType)
        halves = [to.insert(arith.ConstantOp(IntegerAttr(k, IndexType()))).result for k in (0, 1)]
        first = to.insert(arith.CmpiOp(part, halves[0], "eq")).result
        number = to.insert(arith.SelectOp(first, *numbers_of(v[0], to))).result
        type = target.element_type
        real, imaginary = (from_bits(part_of(number, half, type, to), type, to) for half in halves)
        return [complex_of(real, imaginary, to)]

    maps = [leading, AffineMap.identity(rank)]
    return generic([value], [empty(result, to)], maps, body, to).results[0]


def part_of(value: SSAValue, part: SSAValue, target: Attribute, to: Conversion) -> SSAValue:
    """Returns the bits of part number `part` of a number, as many as `target` has."""
    bits, width = bits_of(value, to), bit_width(target)
    type = IntegerType(bit_width(bits.type))
    number = to.insert(arith.IndexCastOp(part, type)).result
    size = to.insert(arith.ConstantOp(IntegerAttr(width, type))).result
    shift = to.insert(arith.MuliOp(number, size)).result
    shifted = to.insert(arith.ShRUIOp(bits, shift)).result
    return to.insert(arith.TruncIOp(shifted, IntegerType(width))).result


def join(op: BitcastConvertOp, value: SSAValue, to: Conversion) -> SSAValue:
    """Joins the elements of the last dimension, which are the parts of one, the least significant
    first.
    """
    result, target = tensor_type(op.result), signless(element_type_of(op.result))
    rank, count = len(result.get_shape()), shape_of(op.operand)[-1]
    dims = [AffineDimExpr(d) for d in range(rank)]
    maps = [AffineMap(rank, 0, (*dims, AffineConstantExpr(k))) for k in range(count)]

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        parts = v[:count]
        if not isinstance(target, ComplexType):
            return [from_bits(joined([bits_of(p, to) for p in parts], to), target, to)]
        numbers: list[SSAValue] = []
        for part in parts:
            halves = [bits_of(number, to) for number in numbers_of(part, to)]
            numbers.append(from_bits(joined(halves, to), target.element_type, to))
        return [complex_of(numbers[0], numbers[1], to)]

    inits = [empty(result, to)]
    return generic([value] * count, inits, [*maps, AffineMap.identity(rank)], body, to).results[0]


def joined(parts: Sequence[SSAValue], to: Conversion) -> SSAValue:
    """Returns one integer of the bits of several."""
    width = bit_width(parts[0].type)
    type = IntegerType(width * len(parts))
    total: SSAValue | None = None
    for number, part in enumerate(parts):
        wide = to.insert(arith.ExtUIOp(part, type)).result
        if number:
            shift = to.insert(arith.ConstantOp(IntegerAttr(number * width, type))).result
            wide = to.insert(arith.ShLIOp(wide, shift)).result
        total = wide if total is None else to.insert(arith.OrIOp(total, wide)).result
    assert total is not None
    return total


def numbers_of(value: SSAValue, to: Conversion) -> tuple[SSAValue, SSAValue]:
    """Returns the real and the imaginary part of a complex number."""
    return to.insert(complex.ReOp(value)).results[0], to.insert(complex.ImOp(value)).results[0]


def bits_of(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns the bits of a number as an integer."""
    if isinstance(value.type, IntegerType):
        return value
    return to.insert(arith.BitcastOp(value, IntegerType(bit_width(value.type)))).result


def from_bits(bits: SSAValue, type: Attribute, to: Conversion) -> SSAValue:
    """Returns the number that an integer's bits are."""
    if bits.type == type:
        return bits
    return to.insert(arith.BitcastOp(bits, type)).result


RULES: Rules = {BitcastConvertOp: lower_bitcast_convert}
