"""Rules for gradients of TensorFlow ops, which graphs that train hold, and for losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, TensorType, i64
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.convolution_dimensions import ConvDimensionNumbersAttr
from ireelite.dialects.stablehlo.windows import SelectAndScatterOp, WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    fill,
    indices,
    operand,
    operands,
)
from ireelite.lowering.frontend.tf.constants import constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.elementwise import SELU_ALPHA, SELU_SCALE
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag, number, text
from ireelite.lowering.frontend.tf.values import compare_kind, reshape, splat, transpose
from ireelite.lowering.frontend.tf.windows import (
    elements_in,
    layout_of,
    padded_windows,
    per_dimension,
    pool,
    pool_windows,
    ranked_operand,
    statistics,
)

Formula = Callable[[Tensor, Tensor], Tensor]


def lower_gradient(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    first, second = operands(node, to)
    return GRADIENTS[node.op_name](first, second).value


def lower_leaky(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    gradient, x = operands(node, to)
    return choose(x > 0, gradient, gradient * number(node, "alpha", 0.2)).value


def softplus_gradient(gradient: Tensor, x: Tensor) -> Tensor:
    return gradient * x.apply(ew.LogisticOp)


def softsign_gradient(gradient: Tensor, x: Tensor) -> Tensor:
    below = abs(x) + 1
    return gradient / (below * below)


def selu_gradient(gradient: Tensor, y: Tensor) -> Tensor:
    below = gradient * (y + SELU_SCALE * SELU_ALPHA)
    return choose(y < 0, below, gradient * SELU_SCALE)


def inverse_gradient(y: Tensor, gradient: Tensor) -> Tensor:
    conjugate = y.conjugate()
    return -gradient * conjugate * conjugate


def inverse_root_gradient(y: Tensor, gradient: Tensor) -> Tensor:
    conjugate = y.conjugate()
    return gradient * -0.5 * conjugate * conjugate * conjugate


def relu6_gradient(gradient: Tensor, x: Tensor) -> Tensor:
    return choose((x > 0) & (x < 6), gradient, 0)


GRADIENTS: dict[str, Formula] = {
    "EluGrad": lambda gradient, y: choose(y < 0, gradient * (y + 1), gradient),
    "InvGrad": inverse_gradient,
    "ReciprocalGrad": inverse_gradient,
    "Relu6Grad": relu6_gradient,
    "RsqrtGrad": inverse_root_gradient,
    "SeluGrad": selu_gradient,
    "SigmoidGrad": lambda y, gradient: gradient * y * (-y + 1),
    "SoftplusGrad": softplus_gradient,
    "SoftsignGrad": softsign_gradient,
    "SqrtGrad": lambda y, gradient: gradient * 0.5 / y.conjugate(),
    "TanhGrad": lambda y, gradient: gradient * (-(y * y) + 1),
}
"""TensorFlow op -> the gradient, from its operands."""

ORDERED = ("EluGrad", "Relu6Grad", "SeluGrad", "SoftplusGrad", "SoftsignGrad")


# -- losses ----------------------------------------------------------------------------------------


def lower_cross_entropy(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Losses of rows, and their gradients; the sparse form has a class for each row."""
    features, labels = operands(node, to)
    if len(features.shape) != 2:
        raise fail(node, f"takes rows of features, not {features.value.type}")
    if node.op_name.startswith("Sparse"):
        if labels.shape != features.shape[:1]:
            raise fail(node, f"takes a class for each row, not {labels.value.type}")
        places = indices(1, features.shape, labels.element, to)
        rows = labels.broadcast(features.shape, [0])
        labels = rows.equals(places).as_type(features.element)
    shifted = features - features.reduce(ew.MaximumOp, float("-inf"), 1, keep=True)
    powers = shifted.exp()
    total = powers.sum(1, keep=True)
    loss = (labels * (total.log() - shifted)).sum(1)
    return [loss.value, (powers / total - labels).value][: len(node.outputs)]


# -- windows ---------------------------------------------------------------------------------------


def lower_bias_gradient(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    gradient = operand(node, 0, to)
    rank = len(gradient.shape)
    channel = 1 if text(node, "data_format").startswith("NC") else rank - 1
    return gradient.sum(*(d for d in range(rank) if d != channel)).value


def lower_max_pool_gradient(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns the gradients of windows at the place of each window's first maximum."""
    value, gradient = (ranked_operand(node, index, [4, 5], to) for index in (0, 2))
    windows = pool_windows(node, value, to)
    element = element_type_of(value)
    scalar = TensorType(element, [])
    block = Block(arg_types=[scalar, scalar])
    order = CompareOp("GE", block.args[0], block.args[1], compare_kind(element))
    block.add_ops([order, hlo.ReturnOp(order.result)])
    add = hlo.ReduceOp.simple_body(ew.AddOp, element)
    zero = splat(0, value, to, ())
    op = SelectAndScatterOp(value, gradient, zero, windows, Region(block), add)
    return to.insert(op).results[0]


def lower_average_pool_gradient(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Gives each element its share of the windows that it is in: their sum is a window of the
    gradients, spread out by the strides.
    """
    extents, gradient = constant_ints(node, 0, to), ranked_operand(node, 1, [4, 5], to)
    rank = len(extents)
    layout_of(node, rank, "NHWC" if rank == 4 else "NDHWC")
    sizes, strides = (per_dimension(node, key, rank) for key in ("ksize", "strides"))
    windows = padded_windows(node, extents, sizes, strides, [1] * rank, range(rank))
    if [w.count(n) for w, n in zip(windows, extents)] != list(shape_of(gradient)):
        raise fail(node, f"{gradient.type} is not the pool of {extents}")
    counts = Tensor(elements_in(node, windows, extents, to), to).as_type(element_type_of(gradient))
    share = (Tensor(gradient, to) / counts).value
    spread = [
        spread_window(window, extent, size)
        for window, extent, size in zip(windows, extents, shape_of(gradient), strict=True)
    ]
    return pool(ew.AddOp, share, 0, spread, to)


def spread_window(window: WindowDim, extent: int, count: int) -> WindowDim:
    """Returns the window over the results of a window, spread out by its stride, that leads back to
    its operand.
    """
    low = window.size - 1 - window.low
    high = extent + window.size - 1 - ((count - 1) * window.stride + 1) - low
    return WindowDim(window.size, 1, low, high, window.stride)


def lower_filter_gradient(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Conv2DBackpropFilter`, `Conv3DBackpropFilterV2` and
    `DepthwiseConv2dNativeBackpropFilter`: the images, by their channels, are convolved with the
    gradient. Where the kernel has groups, the channels of one are convolved with its results.
    """
    rank = 5 if node.op_name.startswith("Conv3D") else 4
    value, gradient = (ranked_operand(node, index, [rank], to) for index in (0, 2))
    layout = layout_of(node, rank, "NHWC" if rank == 4 else "NDHWC")
    sizes, channels = constant_ints(node, 1, to), shape_of(value)[layout.channel]
    is_depthwise = node.op_name.startswith("Depthwise")
    features = 1 if is_depthwise else sizes[-2] if len(sizes) == rank else 0
    if not features or channels % features or (is_depthwise and sizes[-2] != channels):
        raise fail(node, f"a kernel of {sizes} does not fit {value.type}")
    extents = layout.of(shape_of(value))
    forward = padded_windows(
        node,
        extents,
        sizes[:-2],
        layout.of(per_dimension(node, "strides", rank)),
        layout.of(per_dimension(node, "dilations", rank)),
        layout.spatial,
    )
    images = transpose(value, [layout.channel, *layout.spatial, 0], to)
    kernel = transpose(gradient, [*layout.spatial, 0, layout.channel], to)
    windows: list[WindowDim] = []
    for window, extent, count, size in zip(
        forward, extents, shape_of(kernel)[:-2], sizes[:-2], strict=True
    ):
        reach = (count - 1) * window.stride + 1
        high = (size - 1) * window.dilation + reach - extent - window.low
        windows.append(WindowDim(count, window.dilation, window.low, high, 1, window.stride))
    inner = range(rank - 2)
    space = DenseArrayBase.from_list(i64, [d + 1 for d in inner])
    first, last = IntegerAttr(0, i64), IntegerAttr(rank - 1, i64)
    numbering = ConvDimensionNumbersAttr(
        *(first, last, space),
        *(IntegerAttr(rank - 2, i64), last, DenseArrayBase.from_list(i64, inner)),
        *(first, last, space),
    )
    results = shape_of(kernel)[-1]
    type = TensorType(element_type_of(value), [features, *sizes[:-2], results])
    op = ConvolutionOp(images, kernel, numbering, windows, 1, channels // features, None, type)
    found = transpose(to.insert(op).result, [*(d + 1 for d in inner), 0, rank - 1], to)
    return reshape(found, sizes, to)


def lower_batch_norm_gradient(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Gradients of `FusedBatchNorm`: with the statistics of the batch these depend on the images,
    otherwise they are constants. The last two results are empty.
    """
    gradient, x, scale, mean, variance = operands(node, to)[:5]
    layout = layout_of(node, len(x.shape), "NHWC" if len(x.shape) == 4 else "NDHWC")
    channel, shape = layout.channel, x.shape
    dims = [d for d in range(layout.rank) if d != channel]
    trains = "is_training" not in node.attributes or flag(node, "is_training")
    if trains:
        found = statistics(x.value, layout, to)
        mean, variance = Tensor(found[0], to), Tensor(found[1], to)
    factor = (variance + number(node, "epsilon", 1e-4)).apply(ew.RsqrtOp)
    centered = x - mean.broadcast(shape, [channel])
    by_scale, by_offset = (gradient * centered).sum(*dims) * factor, gradient.sum(*dims)
    result = gradient
    if trains:
        count = prod(shape[d] for d in dims)
        slope = (by_scale * factor / count).broadcast(shape, [channel])
        result = gradient - (by_offset / count).broadcast(shape, [channel]) - centered * slope
    result = result * (scale * factor).broadcast(shape, [channel])
    empty = fill(0, mean, [0])
    found = [result.value, by_scale.value, by_offset.value, empty.value, empty.value]
    return found[: len(node.outputs)]


RULES: dict[str, Rule] = {
    **{op: Rule(lower_gradient, 2, op in ORDERED) for op in GRADIENTS},
    **dict.fromkeys(("AvgPool3DGrad", "AvgPoolGrad"), Rule(lower_average_pool_gradient, 2, True)),
    "BiasAddGrad": Rule(lower_bias_gradient, 1),
    **dict.fromkeys(
        (
            "Conv2DBackpropFilter",
            "Conv3DBackpropFilterV2",
            "DepthwiseConv2dNativeBackpropFilter",
        ),
        Rule(lower_filter_gradient, 3),
    ),
    **dict.fromkeys(
        ("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"),
        Rule(lower_batch_norm_gradient, least=5),
    ),
    "LeakyReluGrad": Rule(lower_leaky, 2, True),
    **dict.fromkeys(("MaxPool3DGrad", "MaxPoolGrad"), Rule(lower_max_pool_gradient, 3, True)),
    "SoftmaxCrossEntropyWithLogits": Rule(lower_cross_entropy, 2, True),
    "SparseSoftmaxCrossEntropyWithLogits": Rule(lower_cross_entropy, 2, True),
}
"""TensorFlow op -> the rule of a gradient or a loss."""
