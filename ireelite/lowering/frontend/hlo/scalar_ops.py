"""Ops of `arith` and `math` on scalars, or on each element of tensors, that are made of others: floats
beside scales, casts of indices without a sign, and what a float is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, nan

from xdsl.dialects import arith, math, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AffineMapAttr,
    AnyFloat,
    Float8E8M0FNUType,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    f32,
    i32,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects.elements import row_of
from ireelite.dialects.extensions import arith_extra, math_extra
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.small_floats import FORMATS

EXPONENT = 0x7F800000
"""The bits of an f32 that are its exponent; those of infinity."""

ScalarRule = Callable[[Sequence[SSAValue], Attribute, Conversion], SSAValue]
"""The result of an op on scalars, from the operands and the result's type."""


def on_elements(rule: ScalarRule) -> InPlaceRule:
    """Returns the rule for scalars, and for tensors at each index."""

    def expand(op: Operation, to: Conversion) -> Sequence[SSAValue]:
        type, operands = op.results[0].type, list(op.operands)
        if not isinstance(type, TensorType):
            return [rule(operands, type, to)]
        kinds = [IteratorTypeAttr.parallel()] * type.get_num_dims()
        same = AffineMapAttr(AffineMap.identity(type.get_num_dims()))
        elements = [v.type.element_type for v in operands if isinstance(v.type, TensorType)]
        block = Block(arg_types=[*elements, type.element_type])
        with to.at(block):
            result = rule(block.args[: len(operands)], type.element_type, to)
            to.insert(linalg.YieldOp(result))
        init = to.insert(tensor.EmptyOp(open_sizes(operands, to), type)).tensor
        maps = [same] * (len(operands) + 1)
        generic = linalg.GenericOp(operands, [init], Region(block), maps, kinds, [type])
        return to.insert(generic).results

    return expand


def open_sizes(operands: Sequence[SSAValue], to: Conversion) -> list[SSAValue]:
    """Returns the sizes that the type of the first tensor leaves open."""
    value, shape = next((v, v.type.get_shape()) for v in operands if isinstance(v.type, TensorType))
    sizes: list[SSAValue] = []
    for dimension, size in enumerate(shape):
        if size == DYNAMIC_INDEX:
            index = IntegerAttr(dimension, IndexType())
            place = to.insert(arith.ConstantOp(index)).result
            sizes.append(to.insert(tensor.DimOp(value, place)).result)
    return sizes


# -- scales --------------------------------------------------------------------------------------------


def scaled_up(operands: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    """Returns the product in the result's type."""
    value, scale = operands
    factor = scale_of(scale, type, to)
    return to.insert(arith.MulfOp(converted(value, type, to), factor)).result


def scaled_down(operands: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    """Returns the quotient in the operand's type. An f32 below the normal numbers counts as 0."""
    value, scale = operands
    source = value.type
    if source == f32:
        tiny = to.insert(arith.CmpiOp(exponent_bits(value, to), integer(0, to), "eq")).result
        value = to.insert(arith.SelectOp(tiny, real(0.0, f32, to), value)).result
    quotient = to.insert(arith.DivfOp(value, scale_of(scale, source, to))).result
    return converted(quotient, type, to)


def scale_of(scale: SSAValue, type: Attribute, to: Conversion) -> SSAValue:
    """Returns a scale in a type: the power of two that its exponent says."""
    if scale.type == Float8E8M0FNUType():
        return converted(scale, type, to)
    bits = exponent_bits(converted(scale, f32, to), to)
    power = to.insert(arith.BitcastOp(bits, f32)).result
    infinite = to.insert(arith.CmpiOp(bits, integer(EXPONENT, to), "eq")).result
    power = to.insert(arith.SelectOp(infinite, real(nan, f32, to), power)).result
    return converted(power, type, to)


def exponent_bits(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns the exponent of an f32, in its place."""
    bits = to.insert(arith.BitcastOp(value, i32)).result
    return to.insert(arith.AndIOp(bits, integer(EXPONENT, to))).result


def integer(number: int, to: Conversion) -> SSAValue:
    return to.insert(arith.ConstantOp(IntegerAttr(number, i32))).result


def real(number: float, type: Attribute, to: Conversion) -> SSAValue:
    assert isinstance(type, AnyFloat)
    return to.insert(arith.ConstantOp(FloatAttr(number, type))).result


def converted(value: SSAValue, type: Attribute, to: Conversion) -> SSAValue:
    """Returns a float in another type."""
    source = value.type
    assert isinstance(source, AnyFloat) and isinstance(type, AnyFloat)
    if source == type:
        return value
    if source.bitwidth == type.bitwidth:
        return converted(converted(value, f32, to), type, to)
    kind = arith.ExtFOp if source.bitwidth < type.bitwidth else arith.TruncFOp
    return to.insert(kind(value, type)).result


# -- indices -------------------------------------------------------------------------------------------


def cast_unsigned(operands: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    """Extends an integer by zeros first; of an index, takes the low bits either way."""
    (value,) = operands
    assert isinstance(type, IndexType | IntegerType)
    if isinstance(value.type, IntegerType) and value.type.width.data < 64:
        value = to.insert(arith.ExtUIOp(value, i64)).result
    return to.insert(arith.IndexCastOp(value, type)).result


# -- what a float is -----------------------------------------------------------------------------------


def size_compared(predicate: str, bound: Callable[[AnyFloat], float]) -> ScalarRule:
    """Returns whether the absolute value is, to a number, as a predicate says."""

    def rule(operands: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
        (value,) = operands
        source = value.type
        assert isinstance(source, AnyFloat)
        wide = value if source.bitwidth > f32.bitwidth else converted(value, f32, to)
        size = to.insert(math.AbsFOp(wide)).result
        limit = real(bound(source), wide.type, to)
        return to.insert(arith.CmpfOp(size, limit, predicate)).result

    return rule


def infinity(type: AnyFloat) -> float:
    return inf


def least_normal(type: AnyFloat) -> float:
    """Returns the least positive number of a type whose fraction has all its bits."""
    row = row_of(type)
    format = FORMATS.get((row.kind, row.bits))
    return {32: 2.0**-126, 64: 2.0**-1022}[row.bits] if format is None else 2.0 ** (1 - format.bias)


is_finite = size_compared("olt", infinity)
is_large = size_compared("oge", least_normal)


def is_nan(operands: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    (value,) = operands
    return to.insert(arith.CmpfOp(value, value, "une")).result


def is_normal(operands: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    finite, large = (rule(operands, type, to) for rule in (is_finite, is_large))
    return to.insert(arith.AndIOp(finite, large)).result


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    arith_extra.IndexCastUIOp: on_elements(cast_unsigned),
    arith_extra.ScalingExtFOp: on_elements(scaled_up),
    arith_extra.ScalingTruncFOp: on_elements(scaled_down),
    math_extra.IsFiniteOp: on_elements(is_finite),
    math_extra.IsInfOp: on_elements(size_compared("oeq", infinity)),
    math_extra.IsNaNOp: on_elements(is_nan),
    math_extra.IsNormalOp: on_elements(is_normal),
}
"""Op -> the function that makes it of others."""
