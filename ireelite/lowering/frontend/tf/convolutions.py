"""Rules for convolutions and their transposes, in every layout and padding."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, TensorType, i64
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.convolution_dimensions import ConvDimensionNumbersAttr
from ireelite.dialects.stablehlo.windows import WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.constants import constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, fail
from ireelite.lowering.frontend.tf.values import reshape, transpose
from ireelite.lowering.frontend.tf.windows import (
    Layout,
    layout_of,
    padded_windows,
    per_dimension,
    ranked_operand,
)


def convolve(
    node: tf.NodeOp,
    value: SSAValue,
    kernel: SSAValue,
    layout: Layout,
    windows: Sequence[WindowDim],
    groups: int,
    to: TfConversion,
    is_transposed: bool = False,
) -> SSAValue:
    """Returns a convolution with a kernel whose last dimensions are input and output features, the
    other way round if it is transposed.
    """
    count = len(windows)
    source, target = (count + 1, count) if is_transposed else (count, count + 1)
    shape = [0] * layout.rank
    shape[0] = shape_of(value)[0]
    shape[layout.channel] = shape_of(kernel)[target]
    for window, dim in zip(windows, layout.spatial, strict=True):
        shape[dim] = window.count(shape_of(value)[dim])
    space = DenseArrayBase.from_list(i64, layout.spatial)
    batch, channel = IntegerAttr(0, i64), IntegerAttr(layout.channel, i64)
    numbering = ConvDimensionNumbersAttr(
        *(batch, channel, space),
        *(IntegerAttr(source, i64), IntegerAttr(target, i64)),
        DenseArrayBase.from_list(i64, range(count)),
        *(batch, channel, space),
    )
    type = TensorType(element_type_of(value), shape)
    if element_type_of(kernel) != element_type_of(value):
        raise fail(node, f"its operands have different types: {value.type} and {kernel.type}")
    op = ConvolutionOp(value, kernel, numbering, windows, groups, 1, None, type)
    return to.insert(op).result


def lower_convolution(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Conv2D` and `Conv3D`; a kernel with fewer input features than there are channels
    makes groups.
    """
    value, kernel = (ranked_operand(node, index, [4, 5], to) for index in (0, 1))
    return convolution_of(node, value, kernel, to)


def convolution_of(
    node: tf.NodeOp, value: SSAValue, kernel: SSAValue, to: TfConversion
) -> SSAValue:
    """Returns the convolution of an image by the attributes of a node. Raises INVALID_ARGUMENT."""
    rank = 5 if node.op_name == "Conv3D" else 4
    if len(shape_of(value)) != rank or len(shape_of(kernel)) != rank:
        raise fail(node, f"takes tensors of rank {rank}, not {value.type} and {kernel.type}")
    layout = layout_of(node, rank, "NHWC" if rank == 4 else "NDHWC")
    channels, features = shape_of(value)[layout.channel], shape_of(kernel)[-2]
    if not features or channels % features:
        raise fail(node, f"a kernel of {kernel.type} does not fit {channels} channels")
    return convolve(
        node,
        value,
        kernel,
        layout,
        windows_of(node, value, kernel, layout),
        channels // features,
        to,
    )


def windows_of(
    node: tf.NodeOp, value: SSAValue, kernel: SSAValue, layout: Layout
) -> list[WindowDim]:
    """Returns the windows of a convolution."""
    return padded_windows(
        node,
        layout.of(shape_of(value)),
        shape_of(kernel)[: len(layout.spatial)],
        layout.of(per_dimension(node, "strides", layout.rank)),
        layout.of(per_dimension(node, "dilations", layout.rank)),
        layout.spatial,
    )


def lower_depthwise(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `DepthwiseConv2dNative`: each channel has kernels of its own."""
    value, kernel = (ranked_operand(node, index, [4], to) for index in (0, 1))
    layout = layout_of(node, 4, "NHWC")
    height, width, channels, multiplier = shape_of(kernel)
    if channels != shape_of(value)[layout.channel]:
        raise fail(node, f"a kernel of {kernel.type} does not fit {value.type}")
    windows = windows_of(node, value, kernel, layout)
    kernel = reshape(kernel, [height, width, 1, channels * multiplier], to)
    return convolve(node, value, kernel, layout, windows, channels, to)


def lower_transposed(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Conv2DBackpropInput`, `Conv3DBackpropInputV2` and `DepthwiseConv2dNativeBackpropInput`:
    the transpose of a convolution.

    The gradient is spread out by the strides and convolved with the reversed kernel. A kernel with
    fewer input features than the input has channels makes groups.
    """
    rank = 5 if node.op_name == "Conv3DBackpropInputV2" else 4
    kernel, gradient = (ranked_operand(node, index, [rank], to) for index in (1, 2))
    layout = layout_of(node, rank, "NHWC" if rank == 4 else "NDHWC")
    sizes = constant_ints(node, 0, to)
    if len(sizes) not in (rank, rank - 2):
        raise fail(node, f"its input has {rank} dimensions, not {sizes}")
    extents = layout.of(sizes) if len(sizes) == rank else sizes
    *_, features, results = shape_of(kernel)
    if node.op_name.startswith("Depthwise"):
        groups, results = features, features * results
    else:
        channels = sizes[layout.channel] if len(sizes) == rank else features
        groups = channels // features if features and not channels % features else 0
    if not groups or results % groups or results != shape_of(gradient)[layout.channel]:
        raise fail(node, f"a kernel of {kernel.type} does not fit {gradient.type}")
    forward = padded_windows(
        node,
        extents,
        shape_of(kernel)[:-2],
        layout.of(per_dimension(node, "strides", rank)),
        layout.of(per_dimension(node, "dilations", rank)),
        layout.spatial,
    )
    windows: list[WindowDim] = []
    for window, extent, dim in zip(forward, extents, layout.spatial, strict=True):
        count = shape_of(gradient)[dim]
        if window.count(extent) != count:
            raise fail(
                node, f"an input of {extent} has {window.count(extent)} results, not {count}"
            )
        reach = (window.size - 1) * window.dilation
        low = reach - window.low
        high = extent + reach - ((count - 1) * window.stride + 1) - low
        windows.append(WindowDim(window.size, 1, low, high, window.stride, window.dilation, True))
    if not node.op_name.startswith("Depthwise"):
        kernel = groups_as_features(kernel, groups, to)
    return convolve(node, gradient, kernel, layout, windows, groups, to, is_transposed=True)


def groups_as_features(kernel: SSAValue, groups: int, to: TfConversion) -> SSAValue:
    """Returns a kernel of `[..., features of a group, results]` as one of `[..., features of all
    groups, results of a group]`.
    """
    if groups == 1:
        return kernel
    *space, features, results = shape_of(kernel)
    count = len(space)
    split = reshape(kernel, [*space, features, groups, results // groups], to)
    moved = transpose(split, [*range(count), count + 1, count, count + 2], to)
    return reshape(moved, [*space, groups * features, results // groups], to)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("Conv2D", "Conv3D"), Rule(lower_convolution, 2)),
    **dict.fromkeys(
        ("Conv2DBackpropInput", "Conv3DBackpropInputV2", "DepthwiseConv2dNativeBackpropInput"),
        Rule(lower_transposed, 3),
    ),
    "DepthwiseConv2dNative": Rule(lower_depthwise, 2),
}
"""TensorFlow op -> the rule of a convolution."""
