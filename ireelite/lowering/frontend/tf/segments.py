"""Rules for TensorFlow ops that combine slices by numbers: segments, bins, stitches, partitions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import IntegerType, f32, i32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.arithmetic import Tensor, choose, fill, indices, operand
from ireelite.lowering.frontend.tf.constants import constant_int, constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.indexing import gather_along, scatter
from ireelite.lowering.frontend.tf.nodes import Rule, attribute, check_table, fail, flag, integer
from ireelite.lowering.frontend.tf.shapes import join
from ireelite.lowering.frontend.tf.values import broadcast, integers, lowest, reshape, splat


def combined(
    node: tf.NodeOp,
    values: SSAValue,
    numbers: SSAValue,
    count: int,
    op: type[ew.BinaryOp],
    init: float,
    to: TfConversion,
) -> SSAValue:
    """Slices of one number combined, for each number below `count`; other numbers are left out."""
    rank = len(shape_of(numbers))
    if shape_of(values)[:rank] != shape_of(numbers):
        raise fail(node, f"{numbers.type} does not number parts of {values.type}")
    start = splat(init, values, to, [count, *shape_of(values)[rank:]])
    column = broadcast(numbers, [*shape_of(numbers), 1], range(rank), to)
    return scatter(node, start, column, values, op, to)


def lower_unsorted(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `UnsortedSegmentSum` and its like, whose third operand is the count."""
    values, numbers = to.value(node.data[0]), to.value(node.data[1])
    op, init = UNSORTED[node.op_name]
    if init in (float("-inf"), float("inf")):
        least = lowest(element_type_of(values))
        init = least if init < 0 else -least
    return combined(node, values, numbers, constant_int(node, 2, to), op, init, to)


UNSORTED: dict[str, tuple[type[ew.BinaryOp], float]] = {
    "UnsortedSegmentMax": (ew.MaximumOp, float("-inf")),
    "UnsortedSegmentMin": (ew.MinimumOp, float("inf")),
    "UnsortedSegmentProd": (ew.MultiplyOp, 1),
    "UnsortedSegmentSum": (ew.AddOp, 0),
}


# -- sorted numbers --------------------------------------------------------------------------------


def lower_segments(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `SegmentSum` and its like, and `SparseSegmentSum` on the rows that its second operand
    picks. The number of segments is an operand, or follows from numbers that are constants.
    """
    is_sparse = node.op_name.startswith("Sparse")
    values, place = to.value(node.data[0]), 2 if is_sparse else 1
    if is_sparse:
        values = gather_along(values, to.value(node.data[1]), 0, 0, to)
    numbers = to.value(node.data[place])
    if len(shape_of(numbers)) != 1:
        raise fail(node, f"takes a number for each row, not {numbers.type}")
    if len(node.data) > place + 1:
        count = constant_int(node, place + 1, to)
    else:
        count = max(constant_ints(node, place, to), default=-1) + 1
    kind = node.op_name.removeprefix("Sparse").removesuffix("WithNumSegments").removesuffix("V2")
    op, init = SORTED[kind]
    result = combined(node, values, numbers, count, op, init, to)
    return finished(node, Tensor(result, to), Tensor(numbers, to), kind, to).value


def finished(
    node: tf.NodeOp, result: Tensor, numbers: Tensor, kind: str, to: TfConversion
) -> Tensor:
    """Computes what follows from the size of each segment: means, and zeros in empty ones."""
    if kind in ("SegmentSum", "SegmentProd"):
        return result
    ones = fill(1, result, numbers.shape)
    sizes = combined(node, ones.value, numbers.value, result.shape[0], ew.AddOp, 0, to)
    counts = Tensor(sizes, to).broadcast(result.shape, [0])
    if kind == "SegmentMean":
        return result / counts.maximum(1)
    if kind == "SegmentSqrtN":
        return result / counts.maximum(1).sqrt()
    return choose(counts > 0, result, 0)


SORTED: dict[str, tuple[type[ew.BinaryOp], float]] = {
    "SegmentMax": (ew.MaximumOp, float("-inf")),
    "SegmentMean": (ew.AddOp, 0),
    "SegmentMin": (ew.MinimumOp, float("inf")),
    "SegmentProd": (ew.MultiplyOp, 1),
    "SegmentSqrtN": (ew.AddOp, 0),
    "SegmentSum": (ew.AddOp, 0),
}


# -- bins ------------------------------------------------------------------------------------------


def lower_bincount(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Bincount` and `DenseBincount`: how often each number occurs, or the sum of its
    weights, in all or in each row.
    """
    values, weights = operand(node, 0, to), operand(node, 2, to)
    size = constant_int(node, 1, to)
    if node.op_name == "Bincount" or not values.shape:
        values = values.reshape(prod(values.shape))
    if not prod(weights.shape):
        weights = fill(1, weights, values.shape)
    weights = weights.reshape(*values.shape)
    rows = prod(values.shape[:-1])
    inside = (values >= 0) & (values < size)
    line = indices(0, values.shape, values.element, to) * size
    places = choose(inside, line + values if len(values.shape) > 1 else values, -1)
    op, kept = (
        (ew.MaximumOp, fill(1, weights)) if flag(node, "binary_output") else (ew.AddOp, weights)
    )
    kept = kept.broadcast(values.shape, []) if not kept.shape else kept
    flat = [each.reshape(prod(values.shape)) for each in (kept, places)]
    counts = combined(node, flat[0].value, flat[1].value, rows * size, op, 0, to)
    return reshape(counts, [*values.shape[:-1], size], to)


def lower_histogram(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `HistogramFixedWidth`: how many numbers are in each of some equal parts of a range;
    those outside are in the first or the last.
    """
    values, bounds = operand(node, 0, to), operand(node, 1, to)
    if isinstance(values.element, IntegerType):
        values, bounds = values.as_type(f32), bounds.as_type(f32)
    count = constant_int(node, 2, to)
    low, high = bounds.item(0, 0), bounds.item(0, 1)
    step = (high - low) / count
    places = ((values - low) / step).clamp(0, count - 1).floor().as_type(i32)
    flat = places.reshape(prod(places.shape))
    ones = fill(1, flat, flat.shape).as_type(node.attributes.get("dtype", i32))
    return combined(node, ones.value, flat.value, count, ew.AddOp, 0, to)


# -- stitches --------------------------------------------------------------------------------------


def lower_stitch(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `DynamicStitch`: slices at the places that constants state; of two for one place the
    last.
    """
    count = len(node.data) // 2
    if not count or len(node.data) % 2:
        raise fail(node, "takes as many lists of places as of slices")
    places = [place for n in range(count) for place in constant_ints(node, n, to)]
    rest = shape_of(to.value(node.data[count]))[len(shape_of(to.value(node.data[0]))) :]
    parts = [to.value(value) for value in node.data[count:]]
    rows = [Tensor(v, to).reshape(prod(shape_of(v)) // max(prod(rest), 1), *rest) for v in parts]
    source = {place: n for n, place in enumerate(places)}
    size = max(places, default=-1) + 1
    check_table(node, 0, size)
    chosen = [source.get(n, 0) for n in range(size)]
    if min(places, default=0) < 0 or sum(row.shape[0] for row in rows) != len(places):
        raise fail(node, f"its places {places} do not fit its slices")
    whole = join(node, [row.value for row in rows], 0, to)
    if chosen == list(range(len(places))):
        return whole
    return gather_along(whole, integers(chosen, i32, to), 0, 0, to)


def lower_partition(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `DynamicPartition`: the slices with each number, which constants state."""
    value, numbers = to.value(node.data[0]), constant_ints(node, 1, to)
    check_table(node, len(numbers) * len(node.outputs))
    shape, places = shape_of(value), shape_of(to.value(node.data[1]))
    rest = shape[len(places) :]
    rows = reshape(value, [len(numbers), *rest], to)
    return [
        gather_along(rows, integers(chosen, i32, to), 0, 0, to)
        if (chosen := [n for n, number in enumerate(numbers) if number == part])
        else splat(0, value, to, [0, *rest])
        for part in range(len(node.outputs))
    ]


# -- sparse tensors --------------------------------------------------------------------------------


def lower_sparse_product(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `SparseTensorDenseMatMul`: rows of a matrix, scaled, add up to the rows of the
    product.
    """
    places, values = operand(node, 0, to), operand(node, 1, to)
    sizes, right = constant_ints(node, 2, to), operand(node, 3, to)
    if len(sizes) != 2 or places.shape != (*values.shape, 2) or len(right.shape) != 2:
        raise fail(node, f"takes a sparse matrix and a dense one, not {right.value.type}")
    rows, columns = (places.item(1, n) for n in (0, 1))
    count = sizes[0]
    if flag(node, "adjoint_a"):
        rows, columns, count = columns, rows, sizes[1]
    right = right.transpose(1, 0) if flag(node, "adjoint_b") else right
    picked = Tensor(gather_along(right.value, columns.value, 0, 0, to), to)
    scaled = picked * values.broadcast(picked.shape, [0])
    return combined(node, scaled.value, rows.value, count, ew.AddOp, 0, to)


def lower_sparse_to_dense(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a tensor of one number, but for some places."""
    places, values, default = (operand(node, n, to) for n in (0, 2, 3))
    shape = constant_ints(node, 1, to)
    places = places.reshape(*places.shape, *[1] * (2 - len(places.shape)))
    if len(places.shape) == 2 and len(shape) == 1 and places.shape[1] != 1:
        places = places.reshape(prod(places.shape), 1)
    whole = default.reshape().broadcast(shape, [])
    spread = values if values.shape else values.broadcast(places.shape[:1], [])
    return scatter(node, whole.value, places.value, spread.value, None, to)


# -- sorted sequences ------------------------------------------------------------------------------


def lower_bound(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `LowerBound` and `UpperBound`: how many elements of each sorted row are less than a
    value, or not more.
    """
    rows, values = operand(node, 0, to), operand(node, 1, to)
    if len(rows.shape) != 2 or len(values.shape) != 2 or rows.shape[0] != values.shape[0]:
        raise fail(node, f"takes rows, not {rows.value.type} and {values.value.type}")
    full = [*values.shape, rows.shape[1]]
    spread, sought = rows.broadcast(full, [0, 2]), values.broadcast(full, [0, 1])
    below = spread < sought if node.op_name == "LowerBound" else spread <= sought
    return below.as_type(node.attributes.get("out_type", i32)).sum(2).value


def lower_in_top_k(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns whether the prediction of each row's class is finite and fewer than k others are
    larger.
    """
    predictions, classes = operand(node, 0, to), operand(node, 1, to)
    if len(predictions.shape) != 2 or classes.shape != predictions.shape[:1]:
        raise fail(node, f"takes a class for each row of {predictions.value.type}")
    places = indices(1, predictions.shape, classes.element, to)
    here = classes.broadcast(predictions.shape, [0]).equals(places)
    own = choose(here, predictions, 0).sum(1)
    larger = predictions > own.broadcast(predictions.shape, [0])
    k = operand(node, 2, to).as_type(i32) if len(node.data) > 2 else attribute_k(node, classes)
    fits = larger.as_type(i32).sum(1) < k
    inside = here.reduce(ew.OrOp, 0, 1)
    return (fits & inside & (abs(own) < float("inf"))).value


def attribute_k(node: tf.NodeOp, like: Tensor) -> Tensor:
    attribute(node, "k")
    return fill(integer(node, "k"), like.as_type(i32))


RULES: dict[str, Rule] = {
    **dict.fromkeys(("Bincount", "DenseBincount"), Rule(lower_bincount, 3)),
    **dict.fromkeys(("DynamicStitch", "ParallelDynamicStitch"), Rule(lower_stitch)),
    "DynamicPartition": Rule(lower_partition, 2),
    "HistogramFixedWidth": Rule(lower_histogram, 3, True),
    "InTopK": Rule(lower_in_top_k, 2, True),
    "InTopKV2": Rule(lower_in_top_k, 3, True),
    **dict.fromkeys(("LowerBound", "UpperBound"), Rule(lower_bound, 2, True)),
    "SparseTensorDenseMatMul": Rule(lower_sparse_product, 4),
    "SparseToDense": Rule(lower_sparse_to_dense, 4),
    **dict.fromkeys(UNSORTED, Rule(lower_unsorted, 3)),
    **{
        f"{prefix}{kind}{suffix}": Rule(lower_segments, least=3 if prefix else 2)
        for kind in SORTED
        for prefix, suffix in (("", ""), ("", "V2"), ("Sparse", ""), ("Sparse", "WithNumSegments"))
        if prefix or kind != "SegmentSqrtN"
        if not prefix or kind in ("SegmentSum", "SegmentMean", "SegmentSqrtN")
        if suffix != "V2" or kind != "SegmentMean"
    },
}
"""TensorFlow op -> the rule of an op that combines slices by numbers."""
