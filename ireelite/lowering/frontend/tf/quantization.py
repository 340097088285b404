"""Rules for TensorFlow ops that simulate quantization: they round to the steps of a range."""

from __future__ import annotations

from xdsl.dialects.builtin import f32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.elementwise import binary, unary
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag, integer, number
from ireelite.lowering.frontend.tf.values import (
    broadcast_last,
    splat,
)


def lower_fake_quant_args(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    low = splat(number(node, "min", -6.0), value, to, ())
    high = splat(number(node, "max", 6.0), value, to, ())
    return fake_quant(node, value, low, high, to)


def lower_fake_quant_vars(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """`FakeQuantWithMinMaxVars`, of which the form per channel has a range for each last index."""
    value, low, high = (to.value(value) for value in node.data)
    return fake_quant(node, value, low, high, to)


def fake_quant(
    node: tf.NodeOp, value: SSAValue, low: SSAValue, high: SSAValue, to: TfConversion
) -> SSAValue:
    """Rounds to the steps of a range, which is moved so that 0 is a step.

    Source: TensorFlow's `fake_quant_ops_functor.h`.
    """
    if element_type_of(value) != f32:
        raise fail(node, f"takes elements of f32, not {value.type}")
    least = float(flag(node, "narrow_range"))
    most = float((1 << integer(node, "num_bits", 8)) - 1)
    width = binary(ew.SubtractOp, high, low, to)
    step = binary(ew.DivideOp, width, splat(most - least, width, to), to)
    offset = binary(ew.DivideOp, low, step, to)
    zero = binary(ew.SubtractOp, splat(least, offset, to), offset, to)
    rounded = unary(ew.FloorOp, binary(ew.AddOp, zero, splat(0.5, zero, to), to), to)
    kept = binary(ew.MaximumOp, rounded, splat(least, zero, to), to)
    kept = binary(ew.MinimumOp, kept, splat(most, zero, to), to)
    ends = [
        binary(ew.MultiplyOp, binary(ew.SubtractOp, splat(end, kept, to), kept, to), step, to)
        for end in (least, most)
    ]
    first, last, size = (broadcast_last(v, shape_of(value), to) for v in (*ends, step))
    inside = binary(ew.MinimumOp, binary(ew.MaximumOp, value, first, to), last, to)
    steps = binary(ew.DivideOp, binary(ew.SubtractOp, inside, first, to), size, to)
    whole = unary(ew.FloorOp, binary(ew.AddOp, steps, splat(0.5, steps, to), to), to)
    return binary(ew.AddOp, binary(ew.MultiplyOp, whole, size, to), first, to)


RULES: dict[str, Rule] = {
    "FakeQuantWithMinMaxArgs": Rule(lower_fake_quant_args, 1),
    "FakeQuantWithMinMaxVars": Rule(lower_fake_quant_vars, 3),
    "FakeQuantWithMinMaxVarsPerChannel": Rule(lower_fake_quant_vars, 3),
}
"""TensorFlow op -> the rule of an op that simulates quantization."""
