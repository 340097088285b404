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
    """Whether an op may be undefined: an integer division by something other than a constant that is
    neither 0 nor -1. Indices are never divided by zero.
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
    """The op on operands for which it is defined."""
    return dividend.like(dividend.to.insert(kind(dividend.value, divisor.value)))


def expand_unsigned(op: arith.DivUIOp | arith.RemUIOp, to: Conversion) -> SSAValue:
    """A division by 1 where the divisor is 0, and its result replaced."""
    dividend, divisor = (Scalar.of(v, to) for v in op.operands)
    by_zero = divisor.equals(0)
    result = divide(type(op), dividend, by_zero.select(divisor.const(1), divisor))
    instead = dividend.const(-1) if isinstance(op, arith.DivUIOp) else dividend
    return by_zero.select(instead, result).value


def expand_signed(op: arith.DivSIOp | arith.RemSIOp, to: Conversion) -> SSAValue:
    """A division by 1 where the divisor is 0 or -1, and its result replaced."""
    dividend, divisor = (Scalar.of(v, to) for v in op.operands)
    by_zero, by_minus_one = divisor.equals(0), divisor.equals(-1)
    safe = (by_zero | by_minus_one).select(divisor.const(1), divisor)
    result = divide(type(op), dividend, safe)
    if isinstance(op, arith.RemSIOp):
        return by_zero.select(dividend, result).value
    result = by_minus_one.select(dividend.const(0) - dividend, result)
    return by_zero.select(dividend.const(-1), result).value


def expand_to_integer(op: arith.FPToSIOp | arith.FPToUIOp, to: Conversion) -> SSAValue:
    """The conversion of 0 where a float is out of range, and the nearest integer in its place."""
    x, type = Scalar.of(op.input, to), op.result.type
    assert isinstance(type, IntegerType)
    bits, signed = type.width.data, isinstance(op, arith.FPToSIOp)
    low, end = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1)) if signed else (0.0, 2.0**bits)
    above, below = x >= end, x.compare("olt" if signed else "ole", low)
    inside = x.compare("oge", low) & (x < end)
    safe = inside.select(x, 0.0)
    result = x.like(to.insert(builder_of(op)(safe.value, type)))
    highest = (1 << bits - 1) - 1 if signed else -1
    result = above.select(result.const(highest), result)
    return below.select(result.const(-(1 << bits - 1) if signed else 0), result).value


def builder_of(op: arith.FPToSIOp | arith.FPToUIOp) -> type[arith.FPToSIOp | arith.FPToUIOp]:
    return type(op)


EXPANSIONS: Mapping[type[Operation], Rule] = {
    arith.DivSIOp: expand_signed,
    arith.DivUIOp: expand_unsigned,
    arith.FPToSIOp: expand_to_integer,
    arith.FPToUIOp: expand_to_integer,
    arith.RemSIOp: expand_signed,
    arith.RemUIOp: expand_unsigned,
}
