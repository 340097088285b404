"""sin, cos and atan2 of f32 in arithmetic.

An angle is reduced to the nearest multiple of π/2 and a rest: below 8192 by subtracting the
multiple in four parts whose products are exact, above by multiplying with the right 96 bits of 2/π
in integers (Payne and Hanek), so large angles keep all their digits. The coefficients are fits of
this project's own.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf, nan, pi

from xdsl.dialects import math, scf
from xdsl.dialects.builtin import f32, i32
from xdsl.ir import Block, Region

from ireelite.lowering.rewriting.conversion import Conversion, Lowered
from ireelite.lowering.scalars.scalar import SIGN_BIT, Scalar

TWO_OVER_PI = 2 / pi
HALF_PI = pi / 2
HALF_PI_PARTS = (1.5703125, 0.0004837512969970703, 7.549533620476723e-08, 2.5633440682570896e-12)
"""π/2 in three times eleven and once twenty-four bits."""
SMALL_ANGLE = 8192.0

TWO_OVER_PI_WORDS = (
    0,
    0xA2F9836E,
    0x4E441529,
    0xFC2757D1,
    0xF534DDC0,
    0xDB629599,
    0x3C439041,
    0xFE5163AB,
)
"""The binary digits of 2/π after 32 zeros."""

SIN_TAIL = (-0.16666655242443085, 0.00833218451589346, -0.00019517204782459885)
"""`(sin(r) - r) / r³` in r² on ±π/4; relative error 3.9e-9."""
COS_TAIL = (0.04166664555668831, -0.00138873013202101, 2.443066841806285e-05)
"""`(cos(r) - 1 + r²/2) / r⁴` in r² on ±π/4; error 1.1e-10."""
ATAN_TAIL = (
    -0.3333316743373871,
    0.1999414712190628,
    -0.14214284718036652,
    0.10679222643375397,
    -0.07581154257059097,
    0.04356009140610695,
    -0.016585083678364754,
    0.0029755369760096073,
)
"""`(atan(t) - t) / t³` in t² on [0, 1]; relative error 1.5e-8."""


def reduce_small(a: Scalar) -> tuple[Scalar, Scalar]:
    """Quadrant (an i32) and rest of an angle in [0, 8192)."""
    n = (a * TWO_OVER_PI).round_even()
    rest = a
    for part in HALF_PI_PARTS:
        rest = rest - n * part
    return n.to_int(), rest


def high_product(a: Scalar, b: Scalar) -> Scalar:
    """The high 32 bits of a product of unsigned i32, `a` below 2^24,
    from products of 16-bit halves.
    """
    a_high, a_low = a.shift_right_unsigned(16), a & 0xFFFF
    b_high, b_low = b.shift_right_unsigned(16), b & 0xFFFF
    middle = a_high * b_low + (a_low * b_low).shift_right_unsigned(16)
    other = a_low * b_high + (middle & 0xFFFF)
    return a_high * b_high + middle.shift_right_unsigned(16) + other.shift_right_unsigned(16)


def reduce_large(a: Scalar) -> tuple[Scalar, Scalar]:
    """Quadrant and rest of an angle of at least 8192,
    from the bits of 2/π that its exponent makes matter.
    """
    bits = a.bits()
    mantissa = (bits & 0x7FFFFF) | 0x800000
    position = (bits >> 23) - (127 - 7)
    word, shift = position >> 5, position & 31

    def digits(offset: int) -> Scalar:
        """The word of 2/π at `word + offset`; `word` is 0 to 4."""
        chosen = bits.const(_signed(TWO_OVER_PI_WORDS[4 + offset]))
        for n in range(4):
            chosen = word.equals(n).select(
                bits.const(_signed(TWO_OVER_PI_WORDS[n + offset])), chosen
            )
        return chosen

    words = [digits(offset) for offset in range(4)]
    first, second, third = (
        (high << shift) | low.shift_right_unsigned(1).shift_right_unsigned(31 - shift)
        for high, low in pairwise(words)
    )
    carried = high_product(mantissa, third)
    low = mantissa * second + carried
    carry = low.compare("ult", carried).select(bits.const(1), bits.const(0))
    high = mantissa * first + high_product(mantissa, second) + carry

    quadrant = (high + 0x20000000).shift_right_unsigned(30)
    upper = (high << 2) | low.shift_right_unsigned(30)
    lower = (low << 2).shift_right_unsigned(8)
    rest = upper.to_float() * (HALF_PI * 2.0**-32) + lower.to_float() * (HALF_PI * 2.0**-56)
    return quadrant, rest


def _signed(word: int) -> int:
    return word - (1 << 32) if word >> 31 else word


def reduce_angle(a: Scalar) -> tuple[Scalar, Scalar]:
    """Quadrant and rest in ±π/4 of an angle that is not negative."""
    to = a.to
    branch = scf.IfOp((a < SMALL_ANGLE).value, [i32, f32], Region(Block()), Region(Block()))
    for region, reduce in ((branch.true_region, reduce_small), (branch.false_region, reduce_large)):
        with to.at(region.block):
            to.insert(scf.YieldOp(*(part.value for part in reduce(a))))
    quadrant, rest = to.insert(branch).results
    return a.like(quadrant), a.like(rest)


def sine_of(quadrant: Scalar, rest: Scalar) -> Scalar:
    """`sin(quadrant · π/2 + rest)`."""
    square = rest * rest
    sine = rest + rest * square * square.polynomial(SIN_TAIL)
    cosine = (1.0 - square * 0.5) + square * square * square.polynomial(COS_TAIL)
    value = (quadrant & 1).equals(0).select(sine, cosine)
    return (value.bits() ^ ((quadrant & 2) << 30)).from_bits()


def finite_only(result: Scalar, a: Scalar) -> Scalar:
    return (a < inf).select(result, nan)


def sin(x: Scalar) -> Scalar:
    """The sine, an odd function."""
    a = x.abs()
    result = finite_only(sine_of(*reduce_angle(a)), a)
    return (result.bits() ^ (x.bits() & SIGN_BIT)).from_bits()


def cos(x: Scalar) -> Scalar:
    """The cosine: the sine one quadrant further."""
    a = x.abs()
    quadrant, rest = reduce_angle(a)
    return finite_only(sine_of(quadrant + 1, rest), a)


def atan2(y: Scalar, x: Scalar) -> Scalar:
    """The angle of the point (x, y), in ±π, with IEEE's special cases."""
    width, height = x.abs(), y.abs()
    larger, smaller = width.at_least(height), width.at_most(height)
    t = (larger.equals(0.0)).select(0.0, smaller / larger)
    t = smaller.equals(inf).select(1.0, t)
    square = t * t
    angle = t + t * square * square.polynomial(ATAN_TAIL)
    angle = (height > width).select(HALF_PI - angle, angle)
    angle = (x.bits() < 0).select(pi - angle, angle)
    return y.compare("uno", x).select(nan, angle.with_sign_of(y))


def expand_sin(op: math.SinOp, to: Conversion) -> Lowered:
    return sin(Scalar.of(op.operand, to)).value


def expand_cos(op: math.CosOp, to: Conversion) -> Lowered:
    return cos(Scalar.of(op.operand, to)).value


def expand_atan2(op: math.Atan2Op, to: Conversion) -> Lowered:
    return atan2(Scalar.of(op.lhs, to), Scalar.of(op.rhs, to)).value
