"""Sums, products and quotients with a constant zero, and differences of a number and itself.

Drivers' compilers simplify these as if no number were infinite, NaN or -0, and drop a division by 0
with all that depends on it. SPIR-V can forbid it, but naga does not pass that on. So the results are
made of the operand's bits, in operations on integers, which are left as they are.
"""

from __future__ import annotations

import math

from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, IntegerType, f64, i32, i64
from xdsl.ir import SSAValue

from ireelite.dialects import spirv
from ireelite.light_dataclass import light_dataclass
from ireelite.targets.spirv.conversion import KernelConversion


@light_dataclass(frozen=True)
class Bits:
    """A float as an integer of its width."""

    value: SSAValue
    to: KernelConversion

    @property
    def type(self) -> IntegerType:
        """The integer's type."""
        return i64 if self.value.type == f64 else i32

    @property
    def infinity(self) -> int:
        """The pattern of infinity; those above it, without their signs, are NaNs."""
        return 0x7FF << 52 if self.type == i64 else 0xFF << 23

    @property
    def sign_bit(self) -> int:
        """The pattern of -0."""
        return -1 << (self.type.width.data - 1)

    @property
    def pattern(self) -> SSAValue:
        """All bits."""
        return self.to.cast("Bitcast", self.value, self.type)

    def of(self, pattern: int) -> SSAValue:
        """Returns a constant pattern."""
        return self.to.constant(pattern, self.type)

    def magnitude(self) -> SSAValue:
        """Returns the bits without the sign."""
        return self.to.binary("BitwiseAnd", self.pattern, self.of(~self.sign_bit))

    def sign(self, flipped: bool) -> SSAValue:
        """Returns the sign bit alone, of the number or of its opposite."""
        pattern = self.negated() if flipped else self.pattern
        return self.to.binary("BitwiseAnd", pattern, self.of(self.sign_bit))

    def negated(self) -> SSAValue:
        """Returns the bits of the opposite number."""
        return self.to.binary("BitwiseXor", self.pattern, self.of(self.sign_bit))

    def select(self, condition: SSAValue, yes: SSAValue | int, no: SSAValue) -> SSAValue:
        """Returns the float with one of two patterns."""
        pattern = self.of(yes) if isinstance(yes, int) else yes
        return self.float_of(self.to.select(condition, pattern, no))

    def float_of(self, pattern: SSAValue) -> SSAValue:
        """Returns the float with a pattern."""
        return self.to.cast("Bitcast", pattern, self.value.type)

    def nan_where(self, condition: SSAValue, no: SSAValue) -> SSAValue:
        """Returns NaN where a condition holds, else the float with a pattern."""
        quiet = self.infinity | self.infinity >> 1
        return self.select(condition, quiet, no)

    def is_zero(self) -> SSAValue:
        return self.to.binary("IEqual", self.magnitude(), self.of(0))

    def is_not_finite(self) -> SSAValue:
        return self.to.binary("SGreaterThanEqual", self.magnitude(), self.of(self.infinity))

    def is_zero_or_nan(self) -> SSAValue:
        less = self.to.binary("IAdd", self.magnitude(), self.of(-1))
        return self.to.binary("UGreaterThanEqual", less, self.of(self.infinity))


def zero_of(value: SSAValue) -> float | None:
    """Returns the value of a constant, perhaps one of bits, that is 0 or -0; None for all else."""
    match value.owner:
        case spirv.ConstantOp(value=FloatAttr(value=number)):
            return number.data if number.data == 0 else None
        case spirv.ValueOp(name="spirv.Bitcast", operands=[bits]):
            match bits.owner:
                case spirv.ConstantOp(value=IntegerAttr(value=pattern, type=IntegerType() as type)):
                    sign = 1 << type.width.data - 1
                    zeros = {0: 0.0, sign: -0.0, -sign: -0.0}
                    return zeros.get(pattern.data)
                case _:
                    return None
        case _:
            return None


def is_negative(zero: float) -> bool:
    """Returns whether a zero is -0."""
    return math.copysign(1, zero) < 0


def opposite(value: SSAValue) -> SSAValue | None:
    """Returns the number that a value is the opposite of, if an op made it so."""
    owner = value.owner
    return owner.operands[0] if isinstance(owner, spirv.UNARY["FNegate"]) else None


def lower_add(op: arith.AddfOp, to: KernelConversion) -> SSAValue:
    """Returns a sum; `-0 + 0` is 0, and `x + -x` is 0 or NaN."""
    lhs, rhs = to.operands(op)
    for zero, other in ((zero_of(lhs), rhs), (zero_of(rhs), lhs)):
        if zero is not None:
            return other if is_negative(zero) else plus_zero(Bits(other, to))
    if lhs is opposite(rhs) or rhs is opposite(lhs):
        return nothing_left(Bits(lhs, to))
    return to.binary("FAdd", lhs, rhs)


def lower_subtract(op: arith.SubfOp, to: KernelConversion) -> SSAValue:
    """Returns a difference; `0 - 0` is 0, and `x - x` is 0 or NaN."""
    lhs, rhs = to.operands(op)
    if lhs is rhs:
        return nothing_left(Bits(lhs, to))
    if (zero := zero_of(rhs)) is not None:
        return plus_zero(Bits(lhs, to)) if is_negative(zero) else lhs
    if (zero := zero_of(lhs)) is not None and not is_negative(zero):
        bits = Bits(rhs, to)
        return bits.select(bits.is_zero(), 0, bits.negated())
    return to.binary("FSub", lhs, rhs)


def plus_zero(x: Bits) -> SSAValue:
    """Returns `x + 0`."""
    return x.select(x.is_zero(), 0, x.pattern)


def nothing_left(x: Bits) -> SSAValue:
    """Returns `x - x`."""
    return x.nan_where(x.is_not_finite(), x.of(0))


def lower_multiply(op: arith.MulfOp, to: KernelConversion) -> SSAValue:
    """Returns a product; with zero it is a zero of the product's sign, or NaN."""
    lhs, rhs = to.operands(op)
    for zero, other in ((zero_of(lhs), rhs), (zero_of(rhs), lhs)):
        if zero is not None:
            x = Bits(other, to)
            return x.nan_where(x.is_not_finite(), x.sign(is_negative(zero)))
    return to.binary("FMul", lhs, rhs)


def lower_divide(op: arith.DivfOp, to: KernelConversion) -> SSAValue:
    """Returns a quotient; of zero it is a zero, by zero infinite, of the quotient's sign, or NaN."""
    lhs, rhs = to.operands(op)
    if (zero := zero_of(rhs)) is not None:
        x = Bits(lhs, to)
        infinite = to.binary("BitwiseOr", x.sign(is_negative(zero)), x.of(x.infinity))
        return x.nan_where(x.is_zero_or_nan(), infinite)
    if (zero := zero_of(lhs)) is not None:
        x = Bits(rhs, to)
        return x.nan_where(x.is_zero_or_nan(), x.sign(is_negative(zero)))
    return to.binary("FDiv", lhs, rhs)
