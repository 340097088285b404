"""rsqrt, round and remf of f32 in arithmetic."""

from __future__ import annotations

from math import inf, nan

from xdsl.dialects import math, scf
from xdsl.dialects.builtin import IndexType, i32
from xdsl.ir import Block

from ireelite.dialects.extensions.arith_extra import RemFOp
from ireelite.lowering.rewriting.conversion import Conversion, Lowered
from ireelite.lowering.scalars.scalar import Scalar

BITS_A_STEP = 8


def round_away(x: Scalar) -> Scalar:
    """The nearest integer, halves away from zero."""
    a = x.abs()
    whole = a.floor()
    up = (a - whole) >= 0.5
    return (whole + up.select(x.const(1.0), 0.0)).with_sign_of(x)


def mantissa_and_exponent(bits: Scalar) -> tuple[Scalar, Scalar]:
    """Integers m < 2^24 and e in 1 to 255: `m · 2^(e - 150)` is the f32 with these bits,
    sign bit clear.
    """
    biased = bits >> 23
    hidden = biased.equals(0).select(bits.const(0), bits.const(0x800000))
    return (bits & 0x7FFFFF) | hidden, biased.at_least(1)


def remainder(x: Scalar, y: Scalar) -> Scalar:
    """`x - trunc(x / y) · y` without any rounding, with the sign of x:
    long division of the mantissas.
    """
    a, b = x.abs(), y.abs()
    dividend, high = mantissa_and_exponent(a.bits())
    divisor, low = mantissa_and_exponent(b.bits())
    divisor = divisor.at_least(1)
    places = (high - low).at_least(0)
    rest = long_division(dividend.mod_unsigned(divisor), divisor, places.shift_right_unsigned(3))
    rest = (rest << (places & (BITS_A_STEP - 1))).mod_unsigned(divisor)
    result = rest.to_float().times_power_of_two(low - 150)
    result = (a < b).select(a, result).with_sign_of(x)
    return ((a < inf) & (b > 0.0)).select(result, nan)


def long_division(rest: Scalar, divisor: Scalar, steps: Scalar) -> Scalar:
    """The rest after `steps` times eight more binary places."""
    to = rest.to
    body = Block(arg_types=[IndexType(), i32])
    begin, end, step = (
        steps.constant(0, IndexType()),
        steps.to_index(),
        steps.constant(1, IndexType()),
    )
    loop = scf.ForOp(begin.value, end.value, step.value, [rest.value], body)
    with to.at(body):
        following = (rest.like(body.args[1]) << BITS_A_STEP).mod_unsigned(divisor)
        to.insert(scf.YieldOp(following.value))
    return rest.like(to.insert(loop).results[0])


def expand_rsqrt(op: math.RsqrtOp, to: Conversion) -> Lowered:
    """`1 / √x`: two correctly rounded instructions."""
    x = Scalar.of(op.operand, to)
    return (x.const(1.0) / x.sqrt()).value


def expand_round(op: math.RoundOp, to: Conversion) -> Lowered:
    return round_away(Scalar.of(op.operand, to)).value


def expand_remf(op: RemFOp, to: Conversion) -> Lowered:
    return remainder(Scalar.of(op.lhs, to), Scalar.of(op.rhs, to)).value
