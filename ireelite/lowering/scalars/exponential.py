"""exp, exp2, expm1, tanh and erf of f32 in arithmetic.

`e^x = 2^n · e^r` with `|r| ≤ ln(2)/2`, and a polynomial for `e^r - 1`. The coefficients are minimax
fits of this project's own (Lawson's algorithm on the relative error, each rounded to f32 before the
next was fitted).
"""

from __future__ import annotations

from xdsl.dialects import math

from ireelite.lowering.rewriting.conversion import Conversion, Lowered
from ireelite.lowering.scalars.scalar import Scalar

LOG2_E = 1.4426950408889634
LN2 = 0.6931471805599453
LN2_HIGH = 0.693359375
"""ln(2) in nine bits: its product with an exponent is exact."""
LN2_LOW = LN2 - LN2_HIGH

EXPM1_TAIL = (
    0.5,
    0.16666515171527863,
    0.04166637733578682,
    0.008369393646717072,
    0.0013942922232672572,
)
"""`(e^r - 1 - r) / r²` on ±ln(2)/2; error 3.5e-9 of e^r."""

ERF_NUMERATOR = (
    1.1283791065216064,
    0.19078446924686432,
    0.0527903214097023,
    0.0037796241231262684,
    0.0002848067961167544,
    2.0419374777702615e-06,
)
ERF_DENOMINATOR = (
    1.0,
    0.5024110674858093,
    0.11425774544477463,
    0.014997467398643494,
    0.0011652123648673296,
    3.8003636291250587e-05,
)
"""`erf(x) / x` as a quotient of polynomials in x² on [0, 3.93]; relative error 5.7e-8."""
ERF_IS_ONE = 3.93


def expm1_small(r: Scalar) -> Scalar:
    """`e^r - 1` for `|r| ≤ ln(2)/2`."""
    return r + r * r * r.polynomial(EXPM1_TAIL)


def reduce_exponent(x: Scalar) -> tuple[Scalar, Scalar]:
    """The integer n (as i32) nearest `x / ln(2)`, and `x - n·ln(2)`; |x| at most 110."""
    n = (x * LOG2_E).round_even()
    return n.to_int(), x - n * LN2_HIGH - n * LN2_LOW


def exp(x: Scalar) -> Scalar:
    """`e^x`: 0 below -104, infinity above 88.73."""
    n, r = reduce_exponent(x.at_most(89.0).at_least(-104.0))
    return (expm1_small(r) + 1.0).times_power_of_two(n)


def exp2(x: Scalar) -> Scalar:
    """`2^x`: 0 below -151, infinity from 128."""
    x = x.at_most(129.0).at_least(-151.0)
    n = x.round_even()
    return (expm1_small((x - n) * LN2) + 1.0).times_power_of_two(n.to_int())


def expm1(x: Scalar) -> Scalar:
    """`e^x - 1` without cancellation; half of it is computed,
    so that 2^128 does not overflow on the way.
    """
    n, r = reduce_exponent(x.at_most(89.0).at_least(-20.0))
    half_power = ((n + 126) << 23).from_bits()
    result = (half_power * expm1_small(r) + (half_power - 0.5)) * 2.0
    return (x.abs() < 2.0**-25).select(x, result)


def tanh(x: Scalar) -> Scalar:
    """`(e^2x - 1) / (e^2x + 1)` with the sign of x."""
    t = expm1((x.abs() * 2.0).at_most(20.0))
    return (t / (t + 2.0)).with_sign_of(x)


def erf(x: Scalar) -> Scalar:
    """The error function: a rational function up to where it is 1."""
    a = x.abs().at_most(ERF_IS_ONE)
    z = a * a
    quotient = a * z.polynomial(ERF_NUMERATOR) / z.polynomial(ERF_DENOMINATOR)
    return quotient.at_most(1.0).with_sign_of(x)


def expand_exp(op: math.ExpOp, to: Conversion) -> Lowered:
    return exp(Scalar.of(op.operand, to)).value


def expand_exp2(op: math.Exp2Op, to: Conversion) -> Lowered:
    return exp2(Scalar.of(op.operand, to)).value


def expand_expm1(op: math.ExpM1Op, to: Conversion) -> Lowered:
    return expm1(Scalar.of(op.operand, to)).value


def expand_tanh(op: math.TanhOp, to: Conversion) -> Lowered:
    return tanh(Scalar.of(op.operand, to)).value


def expand_erf(op: math.ErfOp, to: Conversion) -> Lowered:
    return erf(Scalar.of(op.operand, to)).value
