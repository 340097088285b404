"""Rules for TensorFlow ops that fold, scan or order elements along dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    IntegerType,
    TensorType,
    f32,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.scatter_sort import SortOp
from ireelite.dialects.stablehlo.windows import WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.arithmetic import Tensor, choose, fill, join
from ireelite.lowering.frontend.tf.constants import axes, constant_int
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.elementwise import binary, scaled, unary
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag, integer
from ireelite.lowering.frontend.tf.shapes import axis_of, reverse
from ireelite.lowering.frontend.tf.values import (
    broadcast,
    compare_kind,
    convert,
    iota,
    part,
    reduce,
    reshape,
    splat,
    transpose,
)
from ireelite.lowering.frontend.tf.windows import arg_reducer, pool


def widened(value: SSAValue, to: TfConversion) -> SSAValue:
    """Widens half-precision elements to f32: sums of many need more digits."""
    element = element_type_of(value)
    return convert(value, f32, to) if isinstance(element, Float16Type | BFloat16Type) else value


def lower_reduction(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Sum`, `Prod`, `Max`, `Min`, `Mean`, `All`, `Any` and `EuclideanNorm`."""
    operand = to.value(node.data[0])
    value = widened(operand, to)
    shape = shape_of(value)
    dims = axes(node, 1, len(shape), to)
    op, init = REDUCTIONS[node.op_name]
    if node.op_name == "EuclideanNorm":
        value = binary(ew.MultiplyOp, value, value, to)
    result = reduce(op, value, init, dims, to)
    if node.op_name == "Mean":
        count = prod(shape[dim] for dim in dims)
        result = binary(ew.DivideOp, result, splat(count, result, to), to)
    elif node.op_name == "EuclideanNorm":
        if isinstance(element_type_of(result), IntegerType):
            result = convert(result, f32, to)
        result = unary(ew.SqrtOp, result, to)
    result = convert(result, element_type_of(operand), to)
    if flag(node, "keep_dims"):
        result = reshape(result, [1 if d in dims else n for d, n in enumerate(shape)], to)
    return result


def lower_l2_loss(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `L2Loss`: half the sum of squares."""
    value = to.value(node.data[0])
    squares = binary(ew.MultiplyOp, value, value, to)
    return scaled(reduce(ew.AddOp, squares, 0, range(len(shape_of(value))), to), 0.5, to)


# -- the best --------------------------------------------------------------------------------------


def lower_argmax(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a reduction over (value, index) pairs that keeps the larger value, and of equal ones
    the smaller index.
    """
    value = to.value(node.data[0])
    shape = shape_of(value)
    dims = axes(node, 1, len(shape), to)
    if len(dims) != 1:
        raise fail(node, f"takes one dimension, not {dims}")
    dim = dims[0]
    index_type = node.attributes.get("output_type", i64)
    if not isinstance(index_type, IntegerType) or index_type.width.data == 1:
        raise fail(node, "its attribute 'output_type' is not an integer type")
    better = "GT" if node.op_name == "ArgMax" else "LT"
    return best_of(value, dim, better, index_type, to)[1]


def best_of(
    value: SSAValue, dim: int, better: str, index: Attribute, to: TfConversion
) -> Sequence[SSAValue]:
    """Returns the largest elements along a dimension (GT), or the smallest (LT), and the index of
    each.
    """
    indices = iota(dim, index, shape_of(value), to)
    worst = float("-inf") if better == "GT" else float("inf")
    starts = [splat(worst, value, to, shape=()), splat(0, indices, to, shape=())]
    body = arg_reducer(better, element_type_of(value), index)
    return to.insert(hlo.ReduceOp([value, indices], starts, [dim], body)).outputs


def lower_top_k(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Returns the k largest elements of the last dimension and their indices: the beginning of a
    sort that keeps equal ones in order.
    """
    value = to.value(node.data[0])
    shape = shape_of(value)
    k = constant_int(node, 1, to) if len(node.data) > 1 else integer(node, "k")
    if not shape or not 0 <= k <= shape[-1]:
        raise fail(node, f"{value.type} does not have {k} elements to choose")
    ordered = sorted_rows(value, node.attributes.get("index_type", i32), to)
    return [part(each, len(shape) - 1, 0, k, to) for each in ordered]


def sorted_rows(
    value: SSAValue, index: Attribute, to: TfConversion, order: str = "GT"
) -> Sequence[SSAValue]:
    """Returns the last dimension sorted, from the largest element on (GT) or from the smallest
    (LT), and the index that each element had. Equal ones keep their order.
    """
    last = len(shape_of(value)) - 1
    indices = iota(last, index, shape_of(value), to)
    scalars = [TensorType(element_type_of(v), []) for v in (value, indices)]
    block = Block(arg_types=[t for t in scalars for _ in (0, 1)])
    kind = compare_kind(element_type_of(value))
    first = CompareOp(order, block.args[0], block.args[1], kind)
    block.add_ops([first, hlo.ReturnOp(first.result)])
    return to.insert(SortOp([value, indices], Region(block), last, True)).results


def lower_nth_element(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns the n-th smallest element of the last dimension, from 0 on, or the n-th largest."""
    value, n = vectors(node, to), constant_int(node, 1, to)
    shape = shape_of(value)
    if not 0 <= n < shape[-1]:
        raise fail(node, f"{value.type} has no element {n}")
    order = "GT" if flag(node, "reverse") else "LT"
    ordered = sorted_rows(value, i32, to, order)[0]
    return reshape(part(ordered, len(shape) - 1, n, n + 1, to), shape[:-1], to)


def lower_approximate_top_k(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `ApproxTopK` along any dimension, exactly."""
    value = to.value(node.data[0])
    shape, k = shape_of(value), integer(node, "k")
    axis = axis_of(node, integer(node, "reduction_dimension", -1), len(shape))
    if not 0 <= k <= shape[axis]:
        raise fail(node, f"{value.type} does not have {k} elements to choose")
    order = [*(d for d in range(len(shape)) if d != axis), axis]
    back = [order.index(d) for d in range(len(shape))]
    is_largest = "is_max_k" not in node.attributes or flag(node, "is_max_k")
    moved = transpose(value, order, to)
    ordered = sorted_rows(moved, i32, to, "GT" if is_largest else "LT")
    return [transpose(part(v, len(shape) - 1, 0, k, to), back, to) for v in ordered]


# -- soft maxima -----------------------------------------------------------------------------------


def shifted(value: SSAValue, to: TfConversion) -> SSAValue:
    """Returns a tensor less the maxima of its last dimension, whose exponentials do not overflow."""
    shape = shape_of(value)
    last, others = len(shape) - 1, range(len(shape) - 1)
    largest = reduce(ew.MaximumOp, value, float("-inf"), [last], to)
    return binary(ew.SubtractOp, value, broadcast(largest, shape, others, to), to)


def lower_softmax(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Softmax`: exp(x - max) / sum(exp(x - max)) along the last dimension."""
    value = vectors(node, to)
    shape = shape_of(value)
    powers = unary(ew.ExponentialOp, shifted(value, to), to)
    total = reduce(ew.AddOp, powers, 0, [len(shape) - 1], to)
    spread = broadcast(total, shape, range(len(shape) - 1), to)
    return binary(ew.DivideOp, powers, spread, to)


def lower_log_softmax(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `LogSoftmax`: x - max - log(sum(exp(x - max))) along the last dimension."""
    value = vectors(node, to)
    shape = shape_of(value)
    low = shifted(value, to)
    total = reduce(ew.AddOp, unary(ew.ExponentialOp, low, to), 0, [len(shape) - 1], to)
    spread = broadcast(unary(ew.LogOp, total, to), shape, range(len(shape) - 1), to)
    return binary(ew.SubtractOp, low, spread, to)


def vectors(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    if not shape_of(value):
        raise fail(node, f"dimensions [-1] are outside {value.type}")
    return value


# -- scans -----------------------------------------------------------------------------------------


def lower_scan(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Cumsum` and `Cumprod`: each result folds the elements up to its own place, or before
    it if it is exclusive, as a window over all of a dimension that is padded at its beginning.
    """
    value = to.value(node.data[0])
    shape = shape_of(value)
    axis = axis_of(node, constant_int(node, 1, to), len(shape))
    extent = shape[axis]
    if not prod(shape):
        return value
    is_reversed, skipped = flag(node, "reverse"), int(flag(node, "exclusive"))
    value = reverse(value, [axis] if is_reversed else [], to)
    windows = [WindowDim(1) for _ in shape]
    windows[axis] = WindowDim(extent, 1, extent - 1 + skipped, -skipped)
    op, init = SCANS[node.op_name]
    return reverse(pool(op, value, init, windows, to), [axis] if is_reversed else [], to)


def lower_logarithmic_scan(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `CumulativeLogsumexp`: logarithms of the sums of exponentials up to each place. Steps
    of 1, 2, 4 and more places add to each element the one before it, shifted by the larger of both.
    """
    value = Tensor(to.value(node.data[0]), to)
    axis = axis_of(node, constant_int(node, 1, to), len(value.shape))
    extent, least = value.shape[axis], float("-inf")
    if not prod(value.shape):
        return value.value
    backwards = [axis] if flag(node, "reverse") else []
    result = Tensor(reverse(value.value, backwards, to), to)
    if flag(node, "exclusive"):
        result = moved_on(result, axis, 1, least)
    step = 1
    while step < extent:
        other = moved_on(result, axis, step, least)
        larger, smaller = result.maximum(other), result.minimum(other)
        distance = choose(abs(larger) < float("inf"), smaller - larger, 0)
        tail = distance.exp().apply(ew.LogPlusOneOp)
        result, step = larger + tail, 2 * step
    return reverse(result.value, backwards, to)


def moved_on(value: Tensor, axis: int, count: int, filler: float) -> Tensor:
    """Elements moved to higher places along a dimension."""
    shape = list(value.shape)
    shape[axis] = count
    rest = value.part(axis, 0, value.shape[axis] - count)
    return join([fill(filler, value, shape), rest], axis)


SCANS: dict[str, tuple[type[ew.BinaryOp], float]] = {
    "Cumprod": (ew.MultiplyOp, 1),
    "Cumsum": (ew.AddOp, 0),
}

REDUCTIONS: dict[str, tuple[type[ew.BinaryOp], float]] = {
    "All": (ew.AndOp, 1),
    "Any": (ew.OrOp, 0),
    "EuclideanNorm": (ew.AddOp, 0),
    "Max": (ew.MaximumOp, float("-inf")),
    "Mean": (ew.AddOp, 0),
    "Min": (ew.MinimumOp, float("inf")),
    "Prod": (ew.MultiplyOp, 1),
    "Sum": (ew.AddOp, 0),
}

RULES: dict[str, Rule] = {
    **{op: Rule(lower_reduction, 2, op in ("Max", "Min")) for op in REDUCTIONS},
    **dict.fromkeys(SCANS, Rule(lower_scan, 2)),
    **dict.fromkeys(("ArgMax", "ArgMin"), Rule(lower_argmax, 2, True)),
    "ApproxTopK": Rule(lower_approximate_top_k, 1, True),
    "CumulativeLogsumexp": Rule(lower_logarithmic_scan, 2, True),
    "L2Loss": Rule(lower_l2_loss, 1),
    "LogSoftmax": Rule(lower_log_softmax, 1, True),
    "NthElement": Rule(lower_nth_element, 2, True),
    "Softmax": Rule(lower_softmax, 1, True),
    "TopK": Rule(lower_top_k, 1, True),
    "TopKV2": Rule(lower_top_k, 2, True),
}
"""TensorFlow op -> the rule of an op along dimensions."""
