"""Rules for TensorFlow ops that simulate quantization: they round to the steps of a range."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerType, f32
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.arithmetic import Tensor, choose, fill, operands
from ireelite.lowering.frontend.tf.constants import constant_int
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.elementwise import binary, unary
from ireelite.lowering.frontend.tf.nodes import Rule, attribute, fail, flag, integer, number, text
from ireelite.lowering.frontend.tf.values import (
    broadcast_last,
    lowest,
    splat,
    whole,
)


def lower_fake_quant_args(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    low = splat(number(node, "min", -6.0), value, to, ())
    high = splat(number(node, "max", 6.0), value, to, ())
    return fake_quant(node, value, low, high, to)


def lower_fake_quant_vars(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `FakeQuantWithMinMaxVars`, whose form per channel has a range for each last index."""
    value, low, high = (to.value(value) for value in node.data)
    return fake_quant(node, value, low, high, to)


WIDEST = 64
"""Bits of the widest numbers that a node quantizes to."""


def checked_bits(node: tf.NodeOp, bits: int) -> int:
    """Returns the number of bits that a node quantizes to. Raises INVALID_ARGUMENT."""
    if not 1 <= bits <= WIDEST:
        raise fail(node, f"quantizes to {bits} bits; it is 1 to {WIDEST}")
    return bits


def fake_quant(
    node: tf.NodeOp, value: SSAValue, low: SSAValue, high: SSAValue, to: TfConversion
) -> SSAValue:
    """Rounds to the steps of a range, which is moved so that 0 is a step.

    Source: TensorFlow's `fake_quant_ops_functor.h`.
    """
    if element_type_of(value) != f32:
        raise fail(node, f"takes elements of f32, not {value.type}")
    least = float(flag(node, "narrow_range"))
    most = float((1 << checked_bits(node, integer(node, "num_bits", 8))) - 1)
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
    nearest = unary(ew.FloorOp, binary(ew.AddOp, steps, splat(0.5, steps, to), to), to)
    return binary(ew.AddOp, binary(ew.MultiplyOp, nearest, size, to), first, to)


# -- quantize and dequantize -----------------------------------------------------------------------


def lower_round_trip(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `QuantizeAndDequantizeV2` to `V4`: rounds to the steps of a range that is symmetric to
    0, which is given or that of the elements, by itself or along an axis.

    Source: TensorFlow's `quantize_and_dequantize_op.h`.
    """
    value, low, high = operands(node, to)[:3]
    bits = (
        constant_int(node, 3, to) if node.op_name.endswith("V3") else integer(node, "num_bits", 8)
    )
    is_signed = "signed_input" not in node.attributes or flag(node, "signed_input")
    checked_bits(node, bits)
    least = -(1 << (bits - 1)) + int(flag(node, "narrow_range")) if is_signed else 0
    most = (1 << (bits - 1)) - 1 if is_signed else (1 << bits) - 1
    is_given = "range_given" in node.attributes and flag(node, "range_given")
    is_given = is_given or (node.op_name.endswith("V3") and "range_given" not in node.attributes)
    axis, rank = integer(node, "axis", -1), len(value.shape)
    if not is_given:
        others = [d for d in range(rank) if d != axis]
        low = value.reduce(ew.MinimumOp, float("inf"), *others)
        high = value.reduce(ew.MaximumOp, float("-inf"), *others)
    below, above = low * least > 0, high * most > 0
    huge = -lowest(value.element)
    scales = [
        choose(below, fill(least, low) / low, huge),
        choose(above, fill(most, high) / high, huge),
    ]
    is_low = scales[0] < scales[1]
    scale = choose(is_low, scales[0], scales[1])
    step = choose(is_low, low / (least or 1), high / most)
    ends = [choose(is_low, low, step * least), choose(is_low, step * most, high)]
    if axis >= 0:
        scale, step, *ends = (each.broadcast(value.shape, [axis]) for each in (scale, step, *ends))
    inside = value.clamp(*ends) if is_given else value
    is_up = text(node, "round_mode", "HALF_TO_EVEN") == "HALF_UP"
    steps = inside * scale
    steps = (steps + 0.5).floor() if is_up else steps.apply(ew.RoundNearestEvenOp)
    return ((steps if is_given else steps.minimum(most)) * step).value


def levels_of(node: tf.NodeOp, element: Attribute) -> tuple[int, int]:
    """Returns the lowest and the highest number of an integer type. Raises INVALID_ARGUMENT."""
    if not isinstance(element, IntegerType) or element.width.data > 32:
        raise fail(node, f"takes integers of up to 32 bits, not {element}")
    return whole(float("-inf"), element), whole(float("inf"), element)


def lower_quantize(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `QuantizeV2`, with the range that was taken. `MIN_FIRST` rounds unsigned levels once,
    and of signed ones the number and the range's beginning each. Source: TensorFlow's
    `quantize_op.cc` and `meta_support.cc`.
    """
    value, low, high = operands(node, to)
    element = attribute(node, "T")
    least, most = levels_of(node, element)
    mode = text(node, "mode", "MIN_COMBINED")
    if integer(node, "axis", -1) >= 0 or low.shape != () or high.shape != ():
        raise fail(node, "quantizes by one range; ranges along an axis are not supported")
    low = low.minimum(0)
    size = abs(low).maximum(abs(high)).maximum(1)
    margin = size * number(node, "ensure_minimum_range", 0.01)
    high = high.maximum(low + margin).maximum(0)
    if mode == "SCALED":
        return scaled_levels(node, value, low, high, element)
    scale = fill(float(most - least), low) / (high - low)
    if mode == "MIN_FIRST" and least == 0:
        steps = ((value - low) * scale).apply(ew.RoundNearestAfzOp)
    elif mode == "MIN_FIRST":
        start = (low * scale).apply(ew.RoundNearestAfzOp)
        steps = (value * scale).apply(ew.RoundNearestAfzOp) - (start - least)
    else:
        half = float(-least) if least < 0 else 0.0
        steps = ((value.clamp(low, high) - low) * scale - half).apply(ew.RoundNearestAfzOp)
    levels = steps.clamp(least, most).as_type(element)
    return [levels.value, low.value, high.value]


def scaled_levels(
    node: tf.NodeOp, value: Tensor, low: Tensor, high: Tensor, element: Attribute
) -> Sequence[SSAValue]:
    """Levels by a scale alone: 0 stays 0."""
    least, most = levels_of(node, element)
    least += int(flag(node, "narrow_range")) if least else 0
    scale = fill(float(most), high) / high
    if least:
        by_low = choose(low < 0, fill(float(least), low) / low, -lowest(value.element))
        scale = choose(high > 0, scale, -lowest(value.element)).minimum(by_low)
    ends = [fill(float(end), scale) / scale for end in (least, most)]
    is_even = text(node, "round_mode", "HALF_AWAY_FROM_ZERO") == "HALF_TO_EVEN"
    nearest = ew.RoundNearestEvenOp if is_even else ew.RoundNearestAfzOp
    levels = (value.clamp(*ends) * scale).apply(nearest).as_type(element)
    return [levels.value, ends[0].value, ends[1].value]


def lower_dequantize(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns the numbers that levels of a range mean. Source: TensorFlow's `dequantize_op.cc`."""
    levels, low, high = operands(node, to)
    least, most = levels_of(node, levels.element)
    if integer(node, "axis", -1) >= 0 or low.shape != () or high.shape != ():
        raise fail(node, "takes one range; ranges along an axis are not supported")
    value = levels.as_type(f32)
    mode = text(node, "mode", "MIN_COMBINED")
    if mode == "SCALED":
        narrow = least + int(flag(node, "narrow_range")) if least else 0
        scale = high / most
        scale = (low / narrow).maximum(scale) if narrow else scale
        result = value * scale
    else:
        scale = (high - low) / float(most - least)
        if mode == "MIN_FIRST":
            start = (low / scale).apply(ew.RoundNearestAfzOp) * scale
            result = start + (value - least) * scale
        else:
            half = float(-least) if least < 0 else 0.0
            result = (value + half) * scale + low
    return result.as_type(node.attributes.get("dtype", f32)).value


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV4"), Rule(lower_round_trip, 3, True)
    ),
    "Dequantize": Rule(lower_dequantize, 3, True),
    "QuantizeAndDequantizeV3": Rule(lower_round_trip, 4, True),
    "QuantizeV2": Rule(lower_quantize, 3, True),
    "FakeQuantWithMinMaxArgs": Rule(lower_fake_quant_args, 1),
    "FakeQuantWithMinMaxVars": Rule(lower_fake_quant_vars, 3),
    "FakeQuantWithMinMaxVarsPerChannel": Rule(lower_fake_quant_vars, 3),
}
"""TensorFlow op -> the rule of an op that simulates quantization."""
