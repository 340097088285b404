"""`math` ops in the `spirv` dialect: those with a good instruction in `GLSL.std.450`.

The rest is expanded to arithmetic before (`lowering/scalars/expand_math.py`): SPIR-V has no `erf`,
`expm1` or `log1p`, its `Round` may round halves to even, its `Pow` has no negative bases, and its
`Exp` is allowed an error of `3 + 2 |x|` units in the last place.
"""

from __future__ import annotations

from xdsl.dialects import math
from xdsl.ir import SSAValue

from ireelite.targets.spirv.arith import unary
from ireelite.targets.spirv.conversion import KernelConversion, KernelRules
from ireelite.targets.spirv.zeros import Bits


def lower_fma(op: math.FmaOp, to: KernelConversion) -> SSAValue:
    """Computes a * b + c. It is the driver's choice whether the product is rounded by itself."""
    return to.fma(*to.operands(op))


def lower_sqrt(op: math.SqrtOp, to: KernelConversion) -> SSAValue:
    """Returns a square root. Drivers take it for a number that has no sign, and drop an absolute
    value of it: that of -0 is apart.
    """
    (x,) = to.operands(op)
    is_zero = to.binary("FOrdEqual", x, to.constant(0, x.type))
    return to.select(is_zero, x, to.unary("GL.Sqrt", x))


def lower_rsqrt(op: math.RsqrtOp, to: KernelConversion) -> SSAValue:
    """Returns the inverse of a square root; that of -0, which is negative, is apart as in
    `lower_sqrt`.
    """
    (x,) = to.operands(op)
    bits = Bits(x, to)
    is_zero = to.binary("FOrdEqual", x, to.constant(0, x.type))
    infinite = to.binary("BitwiseOr", bits.pattern, bits.of(bits.infinity))
    return to.select(is_zero, bits.float_of(infinite), to.unary("GL.InverseSqrt", x))


MATH_RULES: KernelRules = {
    math.AbsFOp: unary("GL.FAbs"),
    math.CeilOp: unary("GL.Ceil"),
    math.FloorOp: unary("GL.Floor"),
    math.TruncOp: unary("GL.Trunc"),
    math.RoundEvenOp: unary("GL.RoundEven"),
    math.SqrtOp: lower_sqrt,
    math.RsqrtOp: lower_rsqrt,
    math.FmaOp: lower_fma,
}
