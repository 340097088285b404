"""Integer division and float to integer conversion, defined for every operand on every target.

By zero a quotient has all bits set and a remainder is the dividend, as in XLA; the smallest integer
by -1 is itself, remainder 0. A float outside of an integer's range becomes the nearest integer that
is in it, NaN becomes 0.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr, IntegerType
from xdsl.ir import Operation, SSAValue

from ireelite.lowering.rewriting.conversion import Conversion, Rule
from ireelite.lowering.scalars.scalar import Scalar

DIVISIONS = (arith.DivSIOp, arith.DivUIOp, arith.RemSIOp, arith.RemUIOp)
Division = arith.DivSIOp | arith.DivUIOp | arith.RemSIOp | arith.RemUIOp


def can_fail(op: Operation) -> bool:
    """Returns whether an op may be undefined: an integer division by something other than a
    constant that is neither 0 nor -1. Indices are never divided by zero.
    """
    if isinstance(op, arith.FPToSIOp | arith.FPToUIOp):
        return True
    if not isinstance(op, DIVISIONS) or isinstance(op.results[0].type, IndexType):
        return False
    divisor = op.operands[1].owner
    if isinstance(divisor, arith.ConstantOp) and isinstance(divisor.value, IntegerAttr):
        return divisor.value.value.data in (0, -1)
    return True


def divide(kind: type[Division], dividend: Scalar, divisor: Scalar) -> Scalar:
    """Returns the op on operands for which it is defined."""
    return dividend.like(dividend.to.insert(kind(dividend.value, divisor.value)))


def divide_unsigned(
    kind: type[arith.DivUIOp | arith.RemUIOp], dividend: Scalar, divisor: Scalar
) -> Scalar:
    """Returns a division by 1 where the divisor is 0, and its result replaced."""
    by_zero = divisor.equals(0)
    result = divide(kind, dividend, by_zero.select(divisor.const(1), divisor))
    return by_zero.select(dividend.const(-1) if kind is arith.DivUIOp else dividend, result)


def divide_signed(
    kind: type[arith.DivSIOp | arith.RemSIOp], dividend: Scalar, divisor: Scalar
) -> Scalar:
    """Returns a division by 1 where the divisor is 0 or -1, and its result replaced."""
    by_zero, by_minus_one = divisor.equals(0), divisor.equals(-1)
    safe = (by_zero | by_minus_one).select(divisor.const(1), divisor)
    result = divide(kind, dividend, safe)
    if kind is arith.RemSIOp:
        return by_zero.select(dividend, result)
    result = by_minus_one.select(dividend.const(0) - dividend, result)
    return by_zero.select(dividend.const(-1), result)


def saturate(x: Scalar, type: IntegerType, bits: int, signed: bool) -> Scalar:
    """Returns a float as an integer of `type` that is in the range of one of `bits` bits."""
    low, end = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1)) if signed else (0.0, 2.0**bits)
    above, below = x >= end, x.compare("olt" if signed else "ole", low)
    inside = x.compare("oge", low) & (x < end)
    kind = arith.FPToSIOp if signed else arith.FPToUIOp
    result = x.like(x.to.insert(kind(inside.select(x, 0.0).value, type)))
    highest = (1 << bits - 1) - 1 if signed else (1 << bits) - 1
    if highest >> (type.width.data - 1):
        highest -= 1 << type.width.data
    result = above.select(result.const(highest), result)
    return below.select(result.const(-(1 << bits - 1) if signed else 0), result)


def expand_unsigned(op: arith.DivUIOp | arith.RemUIOp, to: Conversion) -> SSAValue:
    return divide_unsigned(type(op), *(Scalar.of(v, to) for v in op.operands)).value


def expand_signed(op: arith.DivSIOp | arith.RemSIOp, to: Conversion) -> SSAValue:
    return divide_signed(type(op), *(Scalar.of(v, to) for v in op.operands)).value


def expand_to_integer(op: arith.FPToSIOp | arith.FPToUIOp, to: Conversion) -> SSAValue:
    """Returns the conversion of 0 where a float is out of range, and the nearest integer in its
    place.
    """
    assert isinstance(op.result.type, IntegerType)
    type = op.result.type
    return saturate(
        Scalar.of(op.input, to), type, type.width.data, isinstance(op, arith.FPToSIOp)
    ).value


EXPANSIONS: Mapping[type[Operation], Rule] = {
    arith.DivSIOp: expand_signed,
    arith.DivUIOp: expand_unsigned,
    arith.FPToSIOp: expand_to_integer,
    arith.FPToUIOp: expand_to_integer,
    arith.RemSIOp: expand_signed,
    arith.RemUIOp: expand_unsigned,
}
