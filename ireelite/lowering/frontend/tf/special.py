"""Rules for TensorFlow's special functions, and other formulas of single elements."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from xdsl.dialects.builtin import ArrayAttr, FloatAttr, IntegerType, Signedness, f32, f64, i32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.lowering.frontend.tf.arithmetic import Tensor, choose, fill, operand, operands, stack
from ireelite.lowering.frontend.tf.chebyshev import chebyshev
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.integrals import (
    dawson,
    exponential_integral,
    fresnel,
    spence,
)
from ireelite.lowering.frontend.tf.nodes import Rule, fail
from ireelite.lowering.frontend.tf.values import numpy_broadcast


def lower_function(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return FUNCTIONS[node.op_name](operand(node, 0, to)).value


def lower_pair(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    lhs, rhs = numpy_broadcast(node, [to.value(value) for value in node.data], to)
    return to.insert(PAIRS[node.op_name](lhs, rhs)).result


def normal_quantile(x: Tensor) -> Tensor:
    """Returns the number that a normal one is below with a probability."""
    return (x * 2 - 1).apply(chlo.ErfInvOp) * sqrt(2)


I0E_NEAR = (
    *(3.33e-17, -2.4313e-16, 1.715391e-15),
    *(-1.1685333e-14, 7.6761855e-14, -4.856446783e-13),
    *(2.9550526631e-12, -1.72682629144e-11, 9.675809035373e-11),
    *(-5.1897956016353e-10, 2.659823724682387e-09, -1.300025009986248e-08),
    *(6.046995022541919e-08, -2.670793853940612e-07, 1.1173875391201037e-06),
    *(-4.4167383584587505e-06, 1.6448448070728896e-05, -5.754195010082104e-05),
    *(0.00018850288509584165, -0.0005763755745385824, 0.0016394756169413357),
    *(-0.004324309995050576, 0.010546460394594998, -0.02373741480589947),
    *(0.04930528423967071, -0.09490109704804764, 0.17162090152220877),
    *(-0.3046826723431984, 0.6767952744094761),
)
"""Chebyshev coefficients of exp(-x) I0(x) on [0, 8], in x / 2 - 2, from the highest on. They were
computed in 60 digits; the last 18 are enough for f32.
"""
I0E_FAR = (
    *(4.4656e-17, 3.4612e-17, -2.82762e-16),
    *(-3.42549e-16, 1.77256e-15, 3.811681e-15),
    *(-9.554847e-15, -4.1505693e-14, 1.5400862e-14),
    *(3.85277838e-13, 7.18012445e-13, -1.794178532e-12),
    *(-1.321581184e-11, -3.149916528e-11, 1.18891471078e-11),
    *(4.940602388225e-10, 3.3962320257084e-09, 2.266668990498178e-08),
    *(2.0489185894690638e-07, 2.8913705208347567e-06, 6.889758346916825e-05),
    *(0.0033691164782556943, 0.8044904110141088),
)
"""The same of exp(-x) sqrt(x) I0(x) from 8 on, in 32 / x - 2; the last 7 are enough for f32."""


def bessel_i0e(x: Tensor) -> Tensor:
    """Returns the modified Bessel function of order 0, times exp(-|x|)."""
    size = abs(x)
    is_double = x.element == f64
    near = chebyshev(size * 0.5 - 2, I0E_NEAR if is_double else I0E_NEAR[-18:])
    far = size.maximum(8)
    series = chebyshev(fill(32, far) / far - 2, I0E_FAR if is_double else I0E_FAR[-7:])
    distant = series / far.sqrt()
    return choose(size <= 8, near, distant)


def bessel_i1e(x: Tensor) -> Tensor:
    return x.apply(chlo.BesselI1eOp)


def population_count(x: Tensor) -> Tensor:
    return x.apply(ew.PopcntOp).as_type(IntegerType(8, Signedness.UNSIGNED))


def lower_cross(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns the cross products of vectors in the last dimension."""
    a, b = operands(node, to)
    if a.shape != b.shape or a.shape[-1:] != (3,):
        raise fail(node, f"takes vectors of 3 elements, not {a.value.type} and {b.value.type}")
    last = len(a.shape) - 1
    x, y = ([each.item(last, n) for n in range(3)] for each in (a, b))
    parts = [x[(n + 1) % 3] * y[(n + 2) % 3] - x[(n + 2) % 3] * y[(n + 1) % 3] for n in range(3)]
    return stack(parts, last).value


def lower_bucketize(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Bucketize`: how many boundaries are not above each number."""
    x = operand(node, 0, to)
    listed = node.attributes.get("boundaries")
    items = listed.data if isinstance(listed, ArrayAttr) else ()
    bounds = [item.value.data for item in items if isinstance(item, FloatAttr)]
    count = fill(0, x, x.shape).as_type(i32)
    for bound in bounds:
        count = count + (x.as_type(f32) >= bound).as_type(i32)
    return count.value


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "BesselI0": lambda x: bessel_i0e(x) * abs(x).exp(),
    "BesselI0e": bessel_i0e,
    "BesselI1": lambda x: bessel_i1e(x) * abs(x).exp(),
    "BesselI1e": bessel_i1e,
    "Dawsn": dawson,
    "Expint": exponential_integral,
    "FresnelCos": lambda x: fresnel(x)[1],
    "FresnelSin": lambda x: fresnel(x)[0],
    "Spence": spence,
    "Ndtri": normal_quantile,
    "PopulationCount": population_count,
}
"""TensorFlow op -> what it makes of one operand."""

PAIRS: dict[str, type[chlo.BinaryOp]] = {
    "NextAfter": chlo.NextAfterOp,
    "Polygamma": chlo.PolygammaOp,
    "Zeta": chlo.ZetaOp,
}

RULES: dict[str, Rule] = {
    **{op: Rule(lower_function, 1, True) for op in FUNCTIONS},
    **{op: Rule(lower_pair, 2, True) for op in PAIRS},
    "Bucketize": Rule(lower_bucketize, 1, True),
    "Cross": Rule(lower_cross, 2),
}
"""TensorFlow op -> the rule of a special function."""
