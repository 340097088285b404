"""`stablehlo.reduce_precision`: a float's bits, rounded to those of a smaller format."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat, BFloat16Type, Float16Type, Float32Type, IntegerType
from xdsl.ir import SSAValue

from ireelite.dialects.stablehlo.precision import ReducePrecisionOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.scalars import constant_like
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import pointwise


def mantissa_of(type: AnyFloat) -> int:
    """Returns the bits of a format's mantissa, without the one that is implied."""
    if isinstance(type, BFloat16Type):
        return 7
    if isinstance(type, Float16Type):
        return 10
    return 23 if isinstance(type, Float32Type) else 52


def lower_reduce_precision(op: ReducePrecisionOp, to: Conversion) -> SSAValue:
    return pointwise(
        [to.value(op.operand)],
        tensor_type(op.result),
        lambda v: scalar_reduce_precision(op, v, to),
        to,
    )


def scalar_reduce_precision(
    op: ReducePrecisionOp, values: Sequence[SSAValue], to: Conversion
) -> SSAValue:
    """Rounds to the nearest, ties to even, then to infinity or to zero what the exponent is too
    large or too small for. NaN stays what it is, or is infinity where no mantissa is left.
    """
    element, (exponent_bits, mantissa_bits) = element_type_of(op.operand), op.bits
    assert isinstance(element, AnyFloat)
    width, own_mantissa = element.bitwidth, mantissa_of(element)
    own_exponent = width - own_mantissa - 1
    bits = IntegerType(width)

    def const(number: int) -> SSAValue:
        return constant_like(number, bits, to)

    def both(a: SSAValue, mask: int) -> SSAValue:
        return to.insert(arith.AndIOp(a, const(mask))).result

    pattern = to.insert(arith.BitcastOp(values[0], bits)).result
    sign_mask, all_bits = 1 << width - 1, (1 << width) - 1
    exponent_mask = ((1 << own_exponent) - 1) << own_mantissa
    result = pattern
    if mantissa_bits < own_mantissa:
        dropped = own_mantissa - mantissa_bits
        last = both(to.insert(arith.ShRUIOp(pattern, const(dropped))).result, 1)
        bias = to.insert(arith.AddiOp(last, const((1 << dropped - 1) - 1))).result
        result = to.insert(arith.AddiOp(pattern, bias)).result
        result = both(result, all_bits - (1 << dropped) + 1)
    if exponent_bits < own_exponent:
        middle, reach = (1 << own_exponent - 1) - 1, (1 << exponent_bits - 1) - 1
        exponent, zero = both(result, exponent_mask), both(pattern, sign_mask)
        infinity = to.insert(arith.OrIOp(zero, const(exponent_mask))).result
        for predicate, limit, extreme in (
            ("ugt", middle + reach, infinity),
            ("ule", middle - reach, zero),
        ):
            outside = arith.CmpiOp(exponent, const(limit << own_mantissa), predicate)
            result = to.insert(arith.SelectOp(to.insert(outside).result, extreme, result)).result
    magnitude = both(pattern, all_bits ^ sign_mask)
    is_nan = to.insert(arith.CmpiOp(magnitude, const(exponent_mask), "ugt")).result
    kept = pattern if mantissa_bits else const(exponent_mask)
    result = to.insert(arith.SelectOp(is_nan, kept, result)).result
    return to.insert(arith.BitcastOp(result, element)).result


RULES: Rules = {
    ReducePrecisionOp: lower_reduce_precision,
}
