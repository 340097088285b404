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


def lower_fma(op: math.FmaOp, to: KernelConversion) -> SSAValue:
    """a * b + c."""
    return to.fma(*to.operands(op))


MATH_RULES: KernelRules = {
    math.AbsFOp: unary("GL.FAbs"),
    math.CeilOp: unary("GL.Ceil"),
    math.FloorOp: unary("GL.Floor"),
    math.TruncOp: unary("GL.Trunc"),
    math.RoundEvenOp: unary("GL.RoundEven"),
    math.SqrtOp: unary("GL.Sqrt"),
    math.RsqrtOp: unary("GL.InverseSqrt"),
    math.FmaOp: lower_fma,
}
