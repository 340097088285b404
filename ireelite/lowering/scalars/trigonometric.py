"""sin, cos and tan in arithmetic.

An angle is reduced to the nearest multiple of π/2 and a rest: a small one by subtracting the
multiple in four parts whose products are exact, a large one by multiplying with the right digits of
2/π in integers (Payne and Hanek), so large angles keep all their digits. The rest is a pair, because
an angle next to a multiple of π/2 loses its leading digits. The coefficients are near-minimax fits
of this project's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, nan, pi

from xdsl.dialects import scf
from xdsl.ir import Block, Region

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars.exponential import is_its_own_result
from ireelite.lowering.scalars.pairs import (
    Pair,
    exact_product,
    exact_sum,
    exact_sum_any,
    quotient,
)
from ireelite.lowering.scalars.scalar import Scalar

TWO_OVER_PI = 2 / pi

TWO_OVER_PI_DIGITS = int(
    "A2F9836E4E441529FC2757D1F534DDC0DB6295993C439041FE5163ABDEBBC561B7246E3A424D"
    "D2E006492EEA09D1921CFE1DEB1CB129A73EE88235F52EBB4484E99C7026B45F7E413991D639"
    "835339F49C845F8BBDF9283B1FF897FFDE05980FEF2F118B5A0A6D1F6D367ECF27CB09B74F46"
    "3F669E5FEA2D7527BAC7EBE5F17B3D0739F78A5292EA6BFB5FB11F8D5D0856033046FC7B6BAB",
    16,
)
"""The first 1216 binary digits of 2/π."""
DIGIT_COUNT = 1216


@light_dataclass(frozen=True)
class Angle:
    """What the formulas of this file need to know of a float type."""

    half_pi: tuple[float, float]
    """π/2 as a pair."""
    half_pi_parts: tuple[float, ...]
    """π/2 as a sum; the products of all parts but the last with a quadrant are exact."""
    small: float
    """From here on angles are reduced with integers."""
    sin_tail: tuple[float, ...]
    """`(sin(r) - r) / r³` in r² on ±π/4."""
    cos_tail: tuple[float, ...]
    """`(cos(r) - 1 + r²/2) / r⁴` in r² on ±π/4."""


ANGLE = {
    32: Angle(
        half_pi=(1.5707963705062866, -4.371138828673793e-08),
        half_pi_parts=(
            1.5703125,
            0.0004837512969970703,
            7.549533620476723e-08,
            2.5633440682570896e-12,
        ),
        small=2.0**13,
        sin_tail=(-0.16666655242443085, 0.00833218451589346, -0.00019517204782459885),
        cos_tail=(0.04166664555668831, -0.00138873013202101, 2.443066841806285e-05),
    ),
    64: Angle(
        half_pi=(1.5707963267948966, 6.123233995736766e-17),
        half_pi_parts=(
            1.5707963267341256,
            6.077100506303966e-11,
            2.0222662487111665e-21,
            8.4784276603689e-32,
        ),
        small=2.0**19,
        sin_tail=(
            -0.16666666666666666,
            0.008333333333333331,
            -0.0001984126984126504,
            2.755731921932058e-06,
            -2.50521062259944e-08,
            1.6058530596645953e-10,
            -7.586636882825159e-13,
        ),
        cos_tail=(
            0.041666666666666664,
            -0.0013888888888887389,
            2.48015872987544e-05,
            -2.755731726587808e-07,
            2.087614504941318e-09,
            -1.138254464534925e-11,
        ),
    ),
}
"""By the width of the type."""


def reduce_small(a: Scalar) -> tuple[Scalar, Pair]:
    """Returns the quadrant (an integer) and rest of an angle that is not negative and is small."""
    first, *parts = ANGLE[a.width].half_pi_parts
    n = (a * TWO_OVER_PI).round_even()
    exact = n.exactly()
    rest, low = a.exactly() - exact * first, n.const(0.0).exactly()
    for part in parts:
        total = exact_sum_any(rest, -(exact * part))
        rest, low = total.high, low + total.low
    return n.to_int(), exact_sum(rest, low)


def high_product(a: Scalar, b: Scalar) -> Scalar:
    """Returns the high half of the product of two unsigned integers, a of which has the digits of a
    float, from products of their halves.
    """
    half = a.width // 2
    low_half = (1 << half) - 1
    a_high, a_low = a.shift_right_unsigned(half), a & low_half
    b_high, b_low = b.shift_right_unsigned(half), b & low_half
    middle = a_high * b_low + (a_low * b_low).shift_right_unsigned(half)
    other = a_low * b_high + (middle & low_half)
    return a_high * b_high + middle.shift_right_unsigned(half) + other.shift_right_unsigned(half)


def digit_words(width: int) -> list[int]:
    """Returns a word of zeros and the digits of 2/π in words, as many as the largest angle needs."""
    largest_position = width + {32: 127 - 25, 64: 1023 - 54}[width]
    count = largest_position // width + 4
    mask = (1 << width) - 1
    words = [TWO_OVER_PI_DIGITS >> (DIGIT_COUNT - width * n) & mask for n in range(1, count)]
    return [0, *(word - (1 << width) if word >> (width - 1) else word for word in words)]


def four_words(table: Sequence[int], first: Scalar) -> list[Scalar]:
    """Returns four constants of a table from place `first` on, which is at most the fifth last: a
    place's bits say how far the table is moved, from the highest bit on.
    """
    words = [first.const(word) for word in table]
    for step in (1 << bit for bit in reversed(range((len(table) - 4).bit_length()))):
        moved = (first & step).compare("ne", 0)
        kept, others = words[: step + 3], words[step:]
        selected = [moved.select(yes, no) for yes, no in zip(others, kept)]
        words = selected + kept[len(selected) :]
    return words


def reduce_large(a: Scalar) -> tuple[Scalar, Pair]:
    """Returns the quadrant and rest of an angle that is not small, from the digits of 2/π that its
    exponent makes matter: those before them contribute multiples of 2π.
    """
    width, format, bits = a.width, a.format, a.bits()
    mantissa = (bits & (format.leading_one - 1)) | format.leading_one
    position = (bits >> format.fraction) - (format.bias + format.fraction + 2 - width)
    word, shift = position >> (width.bit_length() - 1), position & (width - 1)
    words = four_words(digit_words(width), word)
    first, second, third = (
        (high << shift) | low.shift_right_unsigned(1).shift_right_unsigned(shift ^ (width - 1))
        for high, low in pairwise(words)
    )
    carried = high_product(mantissa, third)
    low = mantissa * second + carried
    carry = low.compare("ult", carried).select(bits.const(1), bits.const(0))
    high = mantissa * first + high_product(mantissa, second) + carry

    quadrant = (high + (1 << (width - 3))).shift_right_unsigned(width - 2)
    upper = (high << 2) | low.shift_right_unsigned(width - 2)
    return quadrant, quarter_turns(upper, low << 2)


def quarter_turns(upper: Scalar, lower: Scalar) -> Pair:
    """Returns the angle of a fraction of π/2: a signed word of binary digits after the point, and
    another unsigned word.
    """
    half = upper.width // 2
    low_half = (1 << half) - 1
    pieces = (upper >> half, upper & low_half, lower.shift_right_unsigned(half), lower & low_half)
    a, b, c, d = (
        piece.to_float().exactly() * 2.0 ** (-half * n) for n, piece in enumerate(pieces, start=1)
    )
    leading, following = exact_sum(a, b), exact_sum(c, d)
    total = exact_sum_any(leading.high, following.high)
    total = exact_sum(total.high, leading.low + (total.low + following.low))
    high, low = ANGLE[upper.width].half_pi
    exact = exact_product(total.high, total.high.const(high))
    return exact_sum(exact.high, exact.low + (total.high * low + total.low * high))


def reduce_angle(a: Scalar) -> tuple[Scalar, Pair]:
    """Returns the quadrant and rest in ±π/4 of an angle that is not negative."""
    to, type = a.to, a.value.type
    types = [a.format.integer, type, type]
    small = a < ANGLE[a.width].small
    branch = scf.IfOp(small.value, types, Region(Block()), Region(Block()))
    for region, reduce in ((branch.true_region, reduce_small), (branch.false_region, reduce_large)):
        with to.at(region.block):
            quadrant, rest = reduce(a)
            to.insert(scf.YieldOp(quadrant.value, rest.high.value, rest.low.value))
    quadrant, high, low = (a.like(value) for value in to.insert(branch).results)
    return quadrant, Pair(high, low)


def sine_and_cosine(rest: Pair) -> tuple[Pair, Pair]:
    """Returns the sine and the cosine of an angle in ±π/4."""
    constants = ANGLE[rest.high.width]
    r, low = rest.high, rest.low
    square = r * r
    half = square * 0.5
    sine = Pair(r, r * square * square.polynomial(constants.sin_tail) + (low - low * half))
    top = exact_sum(half.const(1.0), -half)
    tail = square * square * square.polynomial(constants.cos_tail) - r * low
    return sine, Pair(top.high, top.low + tail)


def finite_only(result: Scalar, a: Scalar) -> Scalar:
    return (a < inf).select(result, nan)


def of_quadrant(quadrant: Scalar, sine: Pair, cosine: Pair) -> Scalar:
    """Returns `sin(quadrant · π/2 + rest)`."""
    value = (quadrant & 1).equals(0).select(sine.sum(), cosine.sum())
    return (value.bits() ^ ((quadrant & 2) << (value.width - 2))).from_bits()


def sin(x: Scalar) -> Scalar:
    """Returns the sine, an odd function."""
    a = x.abs()
    quadrant, rest = reduce_angle(a)
    result = finite_only(of_quadrant(quadrant, *sine_and_cosine(rest)), a)
    return is_its_own_result(x).select(x, result.flip_sign_of(x))


def cos(x: Scalar) -> Scalar:
    """Returns the cosine: the sine one quadrant further."""
    a = x.abs()
    quadrant, rest = reduce_angle(a)
    return finite_only(of_quadrant(quadrant + 1, *sine_and_cosine(rest)), a)


def tan(x: Scalar) -> Scalar:
    """Returns sine over cosine, in odd quadrants minus cosine over sine; an odd function."""
    a = x.abs()
    quadrant, rest = reduce_angle(a)
    sine, cosine = (exact_sum(part.high, part.low) for part in sine_and_cosine(rest))
    even = (quadrant & 1).equals(0)
    numerator, denominator = sine.select(even, cosine), cosine.select(even, sine)
    result = quotient(numerator, denominator).sum()
    result = even.select(result, -result)
    return is_its_own_result(x).select(x, finite_only(result, a).flip_sign_of(x))
