"""Rules for `ResizeBilinear` and `ResizeNearestNeighbor`, one dimension after the other.

Source: TensorFlow's `image_resizer_state.h`, `resize_bilinear_op.cc` and
`resize_nearest_neighbor_op.cc`, which compute places in f32.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import BytesAttr, DenseIntOrFPElementsAttr, TensorType, f32, i32
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.tf.constants import constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.elementwise import binary
from ireelite.lowering.frontend.tf.indexing import gather_along
from ireelite.lowering.frontend.tf.nodes import Rule, check_table, fail, flag
from ireelite.lowering.frontend.tf.values import broadcast, convert, integers, reshape, slices

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]


def places(node: tf.NodeOp, extent: int, count: int, is_nearest: bool) -> Array:
    """Returns where the points of a resized dimension lie in the original one, in f32."""
    import numpy

    check_table(node, 0, count)
    one = numpy.float32(1)
    aligned = flag(node, "align_corners") and count > 1
    scale = numpy.float32(extent - 1 if aligned else extent) / numpy.float32(
        count - 1 if aligned else count
    )
    points = numpy.arange(count, dtype=numpy.float32)
    if not flag(node, "half_pixel_centers"):
        return points * scale
    half = one / numpy.float32(2)
    return (points + half) * scale - (numpy.float32(0) if is_nearest else half)


def choose(value: SSAValue, dim: int, indices: Sequence[int], to: TfConversion) -> SSAValue:
    """Elements along a dimension by constant indices: a slice or copies where that is all."""
    shape, indices = list(shape_of(value)), list(indices)
    steps = {b - a for a, b in pairwise(indices)} or {1}
    if len(steps) == 1 and (step := steps.pop()) > 0:
        ranges = [(0, size, 1) for size in shape]
        ranges[dim] = (indices[0], indices[-1] + 1, step)
        return slices(value, ranges, to)
    times = len(indices) // shape[dim]
    if times and indices == [n // times for n in range(shape[dim] * times)]:
        spread = [*shape[: dim + 1], times, *shape[dim + 1 :]]
        dims = [d for d in range(len(spread)) if d != dim + 1]
        shape[dim] = len(indices)
        return reshape(broadcast(value, spread, dims, to), shape, to)
    return gather_along(value, integers(indices, i32, to), dim, 0, to)


def sizes_of(node: tf.NodeOp, to: TfConversion) -> tuple[SSAValue, list[int]]:
    """Returns the images, and the height and width that they get. Raises INVALID_ARGUMENT."""
    value, sizes = to.value(node.data[0]), constant_ints(node, 1, to)
    if len(shape_of(value)) != 4 or len(sizes) != 2 or min(sizes) < 1:
        raise fail(node, f"takes images and two sizes, 1 or more; not {value.type} and {sizes}")
    if not all(shape_of(value)[1:3]):
        raise fail(node, f"{value.type} has no pixels")
    return value, sizes


def lower_nearest(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    import numpy

    value, sizes = sizes_of(node, to)
    for dim, count in enumerate(sizes, 1):
        extent = shape_of(value)[dim]
        points = places(node, extent, count, is_nearest=True)
        if flag(node, "align_corners"):
            points = numpy.floor(points + numpy.float32(0.5))
        indices = numpy.clip(numpy.floor(points), 0, extent - 1).astype(int)
        value = choose(value, dim, indices.tolist(), to)
    return value


def lower_bilinear(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Rows first, of columns that are between two others; the result is f32."""
    import numpy

    value, sizes = sizes_of(node, to)
    value = convert(value, f32, to)
    for dim, count in ((2, sizes[1]), (1, sizes[0])):
        extent = shape_of(value)[dim]
        points = places(node, extent, count, is_nearest=False)
        floors = numpy.floor(points)
        lower = numpy.maximum(floors, 0).astype(int)
        upper = numpy.minimum(numpy.ceil(points), extent - 1).astype(int)
        first = choose(value, dim, lower.tolist(), to)
        if (lower == upper).all():
            value = first
            continue
        second = choose(value, dim, upper.tolist(), to)
        weights = (points - floors).astype(numpy.float32)
        type: Any = TensorType(f32, [count])
        data = DenseIntOrFPElementsAttr(type, BytesAttr(weights.tobytes()))
        factor = broadcast(to.insert(hlo.ConstantOp(data)).result, shape_of(first), [dim], to)
        step = binary(ew.MultiplyOp, binary(ew.SubtractOp, second, first, to), factor, to)
        value = binary(ew.AddOp, first, step, to)
    return value


RULES: dict[str, Rule] = {
    "ResizeBilinear": Rule(lower_bilinear, 2, True),
    "ResizeNearestNeighbor": Rule(lower_nearest, 2),
}
"""TensorFlow op -> the rule of an op that resizes images."""
