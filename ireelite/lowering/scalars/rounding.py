"""rsqrt, round, remf and nextafter in arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan

from xdsl.dialects import math, scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block

from ireelite.lowering.scalars.scalar import Scalar

BITS_A_STEP = 8


def round_away(x: Scalar) -> Scalar:
    """Returns the nearest integer, halves away from zero."""
    a = x.abs()
    whole = a.floor()
    up = (a - whole) >= 0.5
    return (whole + up.select(x.const(1.0), 0.0)).with_sign_of(x)


def floor_of_any(x: Scalar) -> Scalar:
    """Returns the largest integer that is not above a number, also where a processor takes numbers
    below the normal ones for 0.
    """
    return whole(x, x.floor(), -1.0, 0.0)


def ceil_of_any(x: Scalar) -> Scalar:
    """Returns the smallest integer that is not below a number, as `floor_of_any`."""
    return whole(x, x.like(x.to.insert(math.CeilOp(x.value))), -0.0, 1.0)


def whole(x: Scalar, result: Scalar, negative: float, positive: float) -> Scalar:
    """Returns a result, but for numbers below the normal ones, which their bits tell from 0."""
    bits, least = x.bits(), x.format.leading_one
    is_small = ((bits & (~x.sign_bit)) - 1).compare("ult", least - 1)
    small = (bits < 0).select(x.const(negative), x.const(positive))
    return is_small.select(small, result)


def mantissa_and_exponent(bits: Scalar) -> tuple[Scalar, Scalar]:
    """Integers m and e: `m · 2^(e - bias - fraction)` is the float with these bits, sign bit clear.

    e is at least 1, and m is less than twice the leading one.
    """
    format = bits.format
    biased = bits >> format.fraction
    hidden = biased.equals(0).select(bits.const(0), bits.const(format.leading_one))
    return (bits & (format.leading_one - 1)) | hidden, biased.at_least(1)


def remainder(x: Scalar, y: Scalar) -> Scalar:
    """Returns `x - trunc(x / y) · y` without any rounding, with the sign of x: long division of the
    mantissas.
    """
    a, b, format = x.abs(), y.abs(), x.format
    dividend, high = mantissa_and_exponent(a.bits())
    divisor, low = mantissa_and_exponent(b.bits())
    divisor = divisor.at_least(1)
    places = (high - low).at_least(0)
    rest = long_division(dividend.mod_unsigned(divisor), divisor, places.shift_right_unsigned(3))
    rest = (rest << (places & (BITS_A_STEP - 1))).mod_unsigned(divisor)
    result = rest.to_float().times_power_of_two(low - (format.bias + format.fraction))
    result = (a < b).select(a, result).with_sign_of(x)
    return ((a < inf) & (b > 0.0)).select(result, nan)


def long_division(rest: Scalar, divisor: Scalar, steps: Scalar) -> Scalar:
    """Returns the rest after `steps` times eight more binary places."""
    to = rest.to
    body = Block(arg_types=[IndexType(), rest.value.type])
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


def rsqrt(x: Scalar) -> Scalar:
    """Returns `1 / √x` by two correctly rounded instructions."""
    return x.const(1.0) / x.sqrt()


def next_after(x: Scalar, y: Scalar) -> Scalar:
    """Returns the float next to x in the direction of y."""
    return next_by_bits(x, y, Scalar.bits, Scalar.from_bits)


def next_by_bits(
    x: Scalar,
    y: Scalar,
    encode: Callable[[Scalar], Scalar],
    decode: Callable[[Scalar], Scalar],
) -> Scalar:
    """Returns the float next to x in the direction of y, by its bits: those of greater numbers are
    greater integers. The one next to a zero has the sign of y; a number next to itself is y.
    """
    bits = encode(x)
    outwards = (x < y).select(bits.const(1), bits.const(-1))
    outwards = (bits < 0).select(bits.const(0) - outwards, outwards)
    result = decode(bits + outwards)
    smallest = decode((encode(y) & bits.sign_bit) | 1)
    result = x.equals(0.0).select(smallest, result)
    result = x.equals(y).select(y, result)
    return x.compare("uno", y).select(nan, result)
