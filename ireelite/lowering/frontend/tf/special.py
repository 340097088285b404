"""Rules for TensorFlow's special functions, and other formulas of single elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

from xdsl.dialects.builtin import ArrayAttr, FloatAttr, IntegerType, Signedness, f32, i32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.lowering.frontend.tf.arithmetic import Tensor, choose, fill, operand, operands, stack
from ireelite.lowering.frontend.tf.conversion import TfConversion
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


def chebyshev(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    """Returns a Chebyshev series by Clenshaw's recurrence, from the highest coefficient on."""
    first, *rest = coefficients
    zero = fill(0, x, x.shape)
    b0, b1, b2 = zero + first, zero, zero
    for coefficient in rest:
        b0, b1, b2 = x * b0 - b1 + coefficient, b0, b1
    return (b0 - b2) * 0.5


I0E_NEAR = (
    *(-1.30002500998624804212e-8, 6.04699502254191894932e-8, -2.67079385394061173391e-7),
    *(1.11738753912010371815e-6, -4.41673835845875056359e-6, 1.64484480707288970893e-5),
    *(-5.75419501008210370398e-5, 1.88502885095841655729e-4, -5.76375574538582365885e-4),
    *(1.63947561694133579842e-3, -4.32430999505057594430e-3, 1.05464603945949983183e-2),
    *(-2.37374148058994688156e-2, 4.93052842396707084878e-2, -9.49010970480476444210e-2),
    *(1.71620901522208775349e-1, -3.04682672343198398683e-1, 6.76795274409476084995e-1),
)
"""exp(-x) I0(x) on [0, 8], of x / 2 - 2. Source: Cephes, `i0f.c`."""
I0E_FAR = (
    *(3.39623202570838634515e-9, 2.26666899049817806459e-8, 2.04891858946906374183e-7),
    *(2.89137052083475648297e-6, 6.88975834691682398426e-5, 3.36911647825569408990e-3),
    *(8.04490411014108831608e-1,),
)
"""exp(-x) sqrt(x) I0(x) from 8 on, of 32 / x - 2."""


def bessel_i0e(x: Tensor) -> Tensor:
    """Returns the modified Bessel function of order 0, times exp(-|x|)."""
    size = abs(x)
    near = chebyshev(size * 0.5 - 2, I0E_NEAR)
    far = size.maximum(8)
    distant = chebyshev(fill(32, far) / far - 2, I0E_FAR) / far.sqrt()
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
