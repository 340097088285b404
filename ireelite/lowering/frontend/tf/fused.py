"""Rules for nodes that TensorFlow's graph optimizer and its graph transforms make of several others.

Source: TensorFlow's `remapper.cc`, `fused_eigen_output_kernels.h` and `conv_ops_fused_image_transform.cc`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects.builtin import ArrayAttr, StringAttr
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.tf import (
    contraction,
    convolutions,
    elementwise,
    resizing,
    shapes,
    windows,
)
from ireelite.lowering.frontend.tf.arithmetic import Tensor
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag, number, text
from ireelite.lowering.frontend.tf.values import broadcast

Activation = Callable[[SSAValue, TfConversion], SSAValue]


def leaky(node: tf.NodeOp) -> Activation:
    return lambda value, to: elementwise.leaky(value, number(node, "leakyrelu_alpha", 0.2), to)


def gelu_exact(value: SSAValue, to: TfConversion) -> SSAValue:
    """Computes x times the normal distribution's integral up to x."""
    x = Tensor(value, to)
    return (x * 0.5 * ((x * 0.7071067811865476).apply(chlo.ErfOp) + 1)).value


def gelu_approximate(value: SSAValue, to: TfConversion) -> SSAValue:
    x = Tensor(value, to)
    inner = (x + x * x * x * 0.044715) * 0.7978845608028654
    return (x * 0.5 * (inner.apply(ew.TanhOp) + 1)).value


ACTIVATIONS: dict[str, Activation] = {
    "Elu": elementwise.elu,
    "GeluApproximate": gelu_approximate,
    "GeluExact": gelu_exact,
    "Relu": elementwise.relu,
    "Relu6": elementwise.relu6,
    "Sigmoid": lambda value, to: elementwise.unary(ew.LogisticOp, value, to),
    "Tanh": lambda value, to: elementwise.unary(ew.TanhOp, value, to),
}


def lower_fused(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a convolution or a product, then what its attribute `fused_ops` lists."""
    value = BASES[node.op_name](node, to)
    listed = node.attributes.get("fused_ops")
    names = (
        [item.data for item in listed.data if isinstance(item, StringAttr)]
        if isinstance(listed, ArrayAttr)
        else []
    )
    rest = [to.value(operand) for operand in node.data[2:]]
    channel = 1 if text(node, "data_format").startswith("NC") else len(shape_of(value)) - 1
    for name in names:
        if name == "BiasAdd" and rest:
            value = along(ew.AddOp, value, rest.pop(0), channel, to)
        elif name == "FusedBatchNorm" and len(rest) > 3:
            value = normalized(node, value, rest[:4], channel, to)
            del rest[:4]
        elif name == "Add" and rest:
            value = to.insert(ew.AddOp(value, rest.pop(0))).result
        elif name == "LeakyRelu":
            value = leaky(node)(value, to)
        elif name in ACTIVATIONS:
            value = ACTIVATIONS[name](value, to)
        else:
            known = ", ".join(("Add", "BiasAdd", "FusedBatchNorm", "LeakyRelu", *ACTIVATIONS))
            raise fail(node, f"fuses '{name}', which is not supported; supported: {known}")
    return value


def along(
    op: type[ew.BinaryOp], value: SSAValue, vector: SSAValue, dim: int, to: TfConversion
) -> SSAValue:
    return to.insert(op(value, broadcast(vector, shape_of(value), [dim], to))).result


def normalized(
    node: tf.NodeOp, value: SSAValue, statistics: Sequence[SSAValue], channel: int, to: TfConversion
) -> SSAValue:
    """Computes batch normalization with statistics that are given: scale, offset, mean, variance."""
    scale, offset, mean, variance = (Tensor(each, to) for each in statistics)
    factor = (variance + number(node, "epsilon", 1e-4)).apply(ew.RsqrtOp) * scale
    centered = along(ew.SubtractOp, value, mean.value, channel, to)
    scaled = along(ew.MultiplyOp, centered, factor.value, channel, to)
    return along(ew.AddOp, scaled, offset.value, channel, to)


def lower_fused_batch_norm(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `_FusedBatchNormEx`: a side input is added, and an activation follows."""
    results = list(windows.lower_batch_norm(node, to))
    if len(node.data) > 5:
        results[0] = to.insert(ew.AddOp(results[0], to.value(node.data[5]))).result
    if text(node, "activation_mode", "Identity") == "Relu":
        results[0] = elementwise.relu(results[0], to)
    return results


def lower_global_batch_norm(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `BatchNormWithGlobalNormalization`, the oldest form, which may leave out the scale."""
    value, mean, variance, offset, scale = (Tensor(to.value(v), to) for v in node.data)
    factor = (variance + number(node, "variance_epsilon", 0.0)).apply(ew.RsqrtOp)
    factor = factor * scale if flag(node, "scale_after_normalization") else factor
    return ((value - mean) * factor + offset).value


def lower_padded_convolution(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `FusedPadConv2D` and `FusedResizeAndPadConv2D`: the image is resized, mirrored,
    convolved.
    """
    has_size = node.op_name == "FusedResizeAndPadConv2D"
    value = resizing.lower_bilinear(node, to) if has_size else to.value(node.data[0])
    place = 2 if has_size else 1
    pairs = shapes.paddings_of(node, place, to)
    value = shapes.mirrored(node, value, pairs, to)
    return convolutions.convolution_of(node, value, to.value(node.data[place + 1]), to)


BASES: dict[str, Callable[[tf.NodeOp, Any], SSAValue]] = {
    "_FusedConv2D": convolutions.lower_convolution,
    "_FusedDepthwiseConv2dNative": convolutions.lower_depthwise,
    "_FusedMatMul": contraction.lower_matmul,
}

RULES: dict[str, Rule] = {
    **dict.fromkeys(BASES, Rule(lower_fused, least=2)),
    "BatchNormWithGlobalNormalization": Rule(lower_global_batch_norm, 5),
    "FusedPadConv2D": Rule(lower_padded_convolution, 3),
    "FusedResizeAndPadConv2D": Rule(lower_padded_convolution, 4),
    "_FusedBatchNormEx": Rule(lower_fused_batch_norm, least=5),
}
"""TensorFlow op -> the rule of a node that was made of several."""
