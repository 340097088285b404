"""Rules for pools and normalization, in every layout and padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    TensorType,
    f32,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.reduction import ReduceOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp, WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.constants import constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.elementwise import binary, scaled, unary
from ireelite.lowering.frontend.tf.nodes import (
    Rule,
    check_table,
    fail,
    flag,
    integer,
    integers_of,
    number,
    text,
)
from ireelite.lowering.frontend.tf.values import (
    broadcast,
    compare_kind,
    convert,
    iota,
    reduce,
    reshape,
    splat,
)

CHANNELS_FIRST = ("NCHW", "NCDHW", "NCW")
CHANNELS_LAST = ("NHWC", "NDHWC", "NWC")


@dataclass(frozen=True)
class Layout:
    """Which dimensions of a tensor are batch, channels and space."""

    channel: int
    spatial: tuple[int, ...]

    @property
    def rank(self) -> int:
        return len(self.spatial) + 2

    def of(self, values: Sequence[int]) -> list[int]:
        """Returns the numbers of the spatial dimensions, of a list with one for each dimension."""
        return [values[d] for d in self.spatial]


def layout_of(node: tf.NodeOp, rank: int, default: str) -> Layout:
    """Returns the layout that a node states. Raises INVALID_ARGUMENT."""
    name = text(node, "data_format", default)
    if name not in (*CHANNELS_FIRST, *CHANNELS_LAST) or len(name) != rank:
        raise fail(node, f"its layout '{name}' is not one of tensors of rank {rank}")
    if name in CHANNELS_FIRST:
        return Layout(1, tuple(range(2, rank)))
    return Layout(rank - 1, tuple(range(1, rank - 1)))


def ranked_operand(node: tf.NodeOp, index: int, ranks: Sequence[int], to: TfConversion) -> SSAValue:
    """Returns an operand of one of these ranks. Raises INVALID_ARGUMENT."""
    value = to.value(node.data[index])
    if len(shape_of(value)) not in ranks:
        expected = " or ".join(map(str, ranks))
        raise fail(node, f"operand {index} must have rank {expected}; it is a {value.type}")
    return value


def per_dimension(node: tf.NodeOp, key: str, rank: int) -> list[int]:
    """Returns an attribute with a number, 1 or more, for each dimension; absent is 1."""
    values = integers_of(node, key) or [1] * rank
    if len(values) != rank or min(values) < 1:
        raise fail(node, f"its attribute '{key}' must be {rank} numbers, 1 or more, not {values}")
    return values


def padded_windows(
    node: tf.NodeOp,
    extents: Sequence[int],
    sizes: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    dims: Sequence[int],
) -> list[WindowDim]:
    """Windows by the node's padding, along the dimensions `dims` of its tensors."""
    padding = text(node, "padding", "VALID")
    if padding not in ("SAME", "VALID", "EXPLICIT"):
        raise fail(node, f"its padding '{padding}' is not SAME, VALID or EXPLICIT")
    explicit = integers_of(node, "explicit_paddings") or []
    if padding == "EXPLICIT" and len(explicit) < 2 * (max(dims) + 1):
        raise fail(node, f"its explicit paddings {explicit} are not two for each dimension")
    windows: list[WindowDim] = []
    for extent, size, stride, dilation, dim in zip(
        extents, sizes, strides, dilations, dims, strict=True
    ):
        low = high = 0
        if padding == "SAME":
            reach = (size - 1) * dilation + 1
            missing = max((-(-extent // stride) - 1) * stride + reach - extent, 0)
            low, high = missing // 2, missing - missing // 2
        elif padding == "EXPLICIT":
            low, high = explicit[2 * dim : 2 * dim + 2]
        windows.append(WindowDim(size, stride, low, high, dilation=dilation))
    return windows


# -- pools -----------------------------------------------------------------------------------------


def pool(
    op: type[ew.BinaryOp],
    value: SSAValue,
    init: float,
    windows: Sequence[WindowDim],
    to: TfConversion,
) -> SSAValue:
    """Folds the elements of each window."""
    start = splat(init, value, to, ())
    body = ReduceOp.simple_body(op, element_type_of(value))
    return to.insert(ReduceWindowOp([value], [start], windows, body)).results[0]


def pool_windows(node: tf.NodeOp, value: SSAValue, to: TfConversion) -> list[WindowDim]:
    """Returns the windows of a pool, which state a size and a stride for each dimension. Those of
    `MaxPoolV2` are operands.
    """
    shape = shape_of(value)
    layout_of(node, len(shape), "NHWC" if len(shape) == 4 else "NDHWC")
    if node.op_name == "MaxPoolV2":
        sizes, strides = (constant_ints(node, index, to) for index in (1, 2))
    else:
        sizes, strides = (per_dimension(node, key, len(shape)) for key in ("ksize", "strides"))
    if len(sizes) != len(shape) or len(strides) != len(shape) or min(*sizes, *strides) < 1:
        raise fail(node, f"its windows {sizes} and strides {strides} do not fit {value.type}")
    return padded_windows(node, shape, sizes, strides, [1] * len(shape), range(len(shape)))


def lower_max_pool(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = ranked_operand(node, 0, [4, 5], to)
    return pool(ew.MaximumOp, value, float("-inf"), pool_windows(node, value, to), to)


def arg_reducer(better: str, element: Attribute, index: Attribute) -> Region:
    """Returns a reducer that takes `(value, index), (value', index')` to the pair that is better,
    or of equal values to that with the smaller index.
    """
    value_type, index_type = TensorType(element, []), TensorType(index, [])
    block = Block(arg_types=[value_type, index_type, value_type, index_type])
    best, best_index, new, new_index = block.args
    kind = compare_kind(element)
    keep = CompareOp(better, best, new, kind)
    same = CompareOp("EQ", best, new, kind)
    first = CompareOp("LT", best_index, new_index, compare_kind(index))
    tie = ew.AndOp(same.result, first.result)
    choose = ew.OrOp(keep.result, tie.result)
    value = SelectOp(choose.result, best, new)
    position = SelectOp(choose.result, best_index, new_index)
    ops = [keep, same, first, tie, choose, value, position]
    block.add_ops([*ops, hlo.ReturnOp(value.result, position.result)])
    return Region(block)


def lower_max_pool_places(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `MaxPoolWithArgmax`: maxima, and the place of each in its image, or in the batch."""
    value = ranked_operand(node, 0, [4], to)
    shape, windows = shape_of(value), pool_windows(node, value, to)
    index = node.attributes.get("Targmax", i64)
    first = 0 if flag(node, "include_batch_in_index") else 1
    image = shape[first:]
    places = reshape(iota(0, index, [prod(image)], to), image, to)
    places = broadcast(places, shape, range(first, 4), to)
    starts = [splat(float("-inf"), value, to, ()), splat(0, places, to, ())]
    body = arg_reducer("GT", element_type_of(value), index)
    return to.insert(ReduceWindowOp([value, places], starts, windows, body)).results


def lower_average_pool(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Means of windows. Padding counts for nothing, so windows at an edge have fewer elements."""
    value = ranked_operand(node, 0, [4, 5], to)
    windows = pool_windows(node, value, to)
    total = pool(ew.AddOp, value, 0, windows, to)
    if not any(window.low or window.high for window in windows):
        return binary(
            ew.DivideOp, total, splat(prod(window.size for window in windows), total, to), to
        )
    counts = elements_in(node, windows, shape_of(value), to)
    return binary(ew.DivideOp, total, convert(counts, element_type_of(value), to), to)


def elements_in(
    node: tf.NodeOp, windows: Sequence[WindowDim], shape: Sequence[int], to: TfConversion
) -> SSAValue:
    """Returns how many elements that are not padding each window has, as f32."""
    counts: SSAValue | None = None
    result = [window.count(size) for window, size in zip(windows, shape, strict=True)]
    for dim, (window, size) in enumerate(zip(windows, shape, strict=True)):
        if window.size == 1:
            continue
        check_table(node, 0, result[dim])
        starts = [n * window.stride - window.low for n in range(result[dim])]
        line = [float(min(s + window.size, size) - max(s, 0)) for s in starts]
        constant = DenseIntOrFPElementsAttr.from_list(TensorType(f32, [len(line)]), line)
        one = broadcast(to.insert(hlo.ConstantOp(constant)).result, result, [dim], to)
        counts = one if counts is None else binary(ew.MultiplyOp, counts, one, to)
    assert counts is not None
    return counts


# -- normalization ---------------------------------------------------------------------------------


def lower_bias_add(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value, bias = to.value(node.data[0]), to.value(node.data[1])
    shape = shape_of(value)
    is_first = text(node, "data_format").startswith("NC")
    channel = 1 if is_first else len(shape) - 1
    if not 0 <= channel < len(shape):
        raise fail(node, f"{value.type} has no channels")
    if shape_of(bias) != (shape[channel],):
        raise fail(node, f"bias has shape {list(shape_of(bias))}; expected [{shape[channel]}]")
    return binary(ew.AddOp, value, broadcast(bias, shape, [channel], to), to)


def lower_batch_norm(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers batch normalization: (x - mean) * scale / sqrt(variance + epsilon) + offset, with the
    statistics that are given, or in training those of the batch.
    """
    value = ranked_operand(node, 0, [4, 5], to)
    scale, offset, mean, variance = (to.value(operand) for operand in node.data[1:5])
    layout = layout_of(node, len(shape_of(value)), "NHWC" if len(shape_of(value)) == 4 else "NDHWC")
    shape, channels = shape_of(value), shape_of(value)[layout.channel]
    wide = convert(value, element_type_of(scale), to)
    stated = variance
    if "is_training" not in node.attributes or flag(node, "is_training"):
        mean, variance, stated = statistics(wide, layout, to)
    for operand in (scale, offset, mean, variance):
        if shape_of(operand) != (channels,):
            raise fail(node, f"takes statistics of {channels} channels, not {operand.type}")
    epsilon = splat(number(node, "epsilon", 1e-4), variance, to)
    factor = unary(ew.RsqrtOp, binary(ew.AddOp, variance, epsilon, to), to)
    factor = binary(ew.MultiplyOp, factor, scale, to)
    spread = [broadcast(v, shape, [layout.channel], to) for v in (mean, factor, offset)]
    centered = binary(ew.SubtractOp, wide, spread[0], to)
    result = binary(ew.AddOp, binary(ew.MultiplyOp, centered, spread[1], to), spread[2], to)
    result = convert(result, element_type_of(value), to)
    return [result, mean, stated, mean, variance, mean][: len(node.outputs)]


def statistics(
    value: SSAValue, layout: Layout, to: TfConversion
) -> tuple[SSAValue, SSAValue, SSAValue]:
    """Returns the mean and variance of each channel, and the variance with Bessel's correction."""
    shape = shape_of(value)
    dims = [d for d in range(layout.rank) if d != layout.channel]
    count = prod(shape[d] for d in dims)
    mean = scaled(reduce(ew.AddOp, value, 0, dims, to), 1 / max(count, 1), to)
    centered = binary(ew.SubtractOp, value, broadcast(mean, shape, [layout.channel], to), to)
    squares = binary(ew.MultiplyOp, centered, centered, to)
    total = reduce(ew.AddOp, squares, 0, dims, to)
    return mean, scaled(total, 1 / max(count, 1), to), scaled(total, 1 / max(count - 1, 1), to)


def lower_local_response(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `LRN`: x / (bias + alpha * sum of near channels' squares) ** beta."""
    value = ranked_operand(node, 0, [4], to)
    radius = integer(node, "depth_radius", 5)
    windows = [*[WindowDim(1)] * 3, WindowDim(2 * radius + 1, 1, radius, radius)]
    squares = binary(ew.MultiplyOp, value, value, to)
    total = scaled(pool(ew.AddOp, squares, 0, windows, to), number(node, "alpha", 1.0), to)
    base = binary(ew.AddOp, total, splat(number(node, "bias", 1.0), total, to), to)
    power = binary(ew.PowerOp, base, splat(number(node, "beta", 0.5), base, to), to)
    return binary(ew.DivideOp, value, power, to)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("AvgPool", "AvgPool3D"), Rule(lower_average_pool, 1, True)),
    **dict.fromkeys(("BiasAdd", "BiasAddV1"), Rule(lower_bias_add, 2)),
    **dict.fromkeys(
        ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), Rule(lower_batch_norm, 5)
    ),
    "LRN": Rule(lower_local_response, 1, True),
    **dict.fromkeys(("MaxPool", "MaxPool3D"), Rule(lower_max_pool, 1, True)),
    "MaxPoolWithArgmax": Rule(lower_max_pool_places, 1, True),
    "MaxPoolV2": Rule(lower_max_pool, 3, True),
}
"""TensorFlow op -> the rule of an op on windows or channels."""
