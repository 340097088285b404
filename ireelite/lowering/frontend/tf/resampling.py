"""Rules for resizes whose pixels are weighted sums of several others: `ResizeBicubic`, `ResizeArea`
and `ScaleAndTranslate`.

A dimension is resized by the product with a matrix of weights, which follow from the sizes alone.
Source: TensorFlow's `resize_bicubic_op.cc`, `resize_area_op.cc`, `scale_and_translate_op.cc` and
`sampling_kernels.h`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import f32
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.tf.constants import constant, evaluate
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, check_table, fail, flag, text
from ireelite.lowering.frontend.tf.resizing import sizes_of
from ireelite.lowering.frontend.tf.values import convert, transpose

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

STEPS = 1 << 10
"""Places between two pixels for which there are bicubic weights."""


def resampled(value: SSAValue, dim: int, weights: Array, to: TfConversion) -> SSAValue:
    """Sums of a dimension's elements by rows of weights: results x extent."""
    matrix = constant(weights.astype("float32"), to)
    product = to.insert(hlo.DotGeneralOp(value, matrix, ([dim], [1]))).result
    rank = len(shape_of(value))
    return transpose(product, [*range(dim), rank - 1, *range(dim, rank - 1)], to)


def lower_bicubic(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return resized(node, bicubic_weights, to)


def lower_area(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return resized(node, area_weights, to)


def resized(
    node: tf.NodeOp, weights_of: Callable[[tf.NodeOp, int, int], Array], to: TfConversion
) -> SSAValue:
    value, sizes = sizes_of(node, to)
    value = convert(value, f32, to)
    for dim, count in enumerate(sizes, 1):
        weights = weights_of(node, shape_of(value)[dim], count)
        value = resampled(value, dim, weights, to)
    return value


def scale_of(node: tf.NodeOp, extent: int, count: int) -> Any:
    """Returns how many pixels a result's pixel covers, in f32."""
    import numpy

    aligned = flag(node, "align_corners") and count > 1
    ends = (extent - 1, count - 1) if aligned else (extent, count)
    return numpy.float32(ends[0]) / numpy.float32(ends[1])


def bicubic_weights(node: tf.NodeOp, extent: int, count: int) -> Array:
    """Weights of four pixels: Keys' kernel with a of -0.5 for half-pixel centers, else -0.75. Pixels
    outside of the image have no weight with half-pixel centers, else that of the edge.
    """
    import numpy

    is_half = flag(node, "half_pixel_centers")
    table = cubic_table(-0.5 if is_half else -0.75)
    scale = scale_of(node, extent, count)
    check_table(node, count * extent, count)
    weights = numpy.zeros((count, extent), numpy.float32)
    for row in range(count):
        half = numpy.float32(0.5)
        point = (row + half) * scale - half if is_half else numpy.float32(row) * scale
        first = int(numpy.floor(point))
        offset = int(numpy.rint((point - numpy.float32(first)) * STEPS))
        parts = [table[1][offset], table[0][offset]]
        parts += [table[0][STEPS - offset], table[1][STEPS - offset]]
        places = range(first - 1, first + 3)
        kept = [not is_half or 0 <= place < extent for place in places]
        total = sum(part for part, is_kept in zip(parts, kept) if is_kept) if is_half else 1.0
        for place, part, is_kept in zip(places, parts, kept):
            if is_kept:
                weights[row, min(max(place, 0), extent - 1)] += part / total
    return weights


def cubic_table(a: float) -> tuple[Array, Array]:
    """Returns Keys' kernel at distances from 0 to 1, and from 1 to 2."""
    import numpy

    x = numpy.arange(STEPS + 1) / STEPS
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    x = x + 1
    return near, ((a * x - 5 * a) * x + 8 * a) * x - 4 * a


def area_weights(node: tf.NodeOp, extent: int, count: int) -> Array:
    """Returns how much of the part that a result's pixel covers each pixel is."""
    import numpy

    scale = scale_of(node, extent, count)
    check_table(node, count * extent, count + extent)
    weights = numpy.zeros((count, extent), numpy.float32)
    for row in range(count):
        start, end = numpy.float32(row) * scale, numpy.float32(row + 1) * scale
        for place in range(int(numpy.floor(start)), int(numpy.ceil(end))):
            share = min(place + 1, end) - max(place, start)
            weights[row, min(max(place, 0), extent - 1)] += share / scale
    return weights


# -- ScaleAndTranslate -----------------------------------------------------------------------------


def lower_scale_and_translate(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Pixels by a kernel around places that a scale and a translation name, which are constants."""
    import numpy

    value, sizes = sizes_of(node, to)
    value = convert(value, f32, to)
    scales, moves = (evaluate(node.data[index], to, needed=True) for index in (2, 3))
    if scales is None or moves is None or scales.size != 2 or moves.size != 2:
        raise fail(node, "its scale and translation must be two constants each")
    name = text(node, "kernel_type", "lanczos3")
    if name not in KERNELS:
        raise fail(node, f"its kernel '{name}' is none of {', '.join(KERNELS)}")
    is_smooth = "antialias" not in node.attributes or flag(node, "antialias")
    for dim, (count, scale, move) in enumerate(zip(sizes, scales.flat, moves.flat), 1):
        step = numpy.float32(1) / numpy.float32(scale)
        start = -step * numpy.float32(move)
        extent = shape_of(value)[dim]
        check_table(node, count * extent)
        weights = spans(KERNELS[name], count, extent, float(step), float(start), is_smooth)
        value = resampled(value, dim, weights, to)
    return value


def spans(
    kernel: tuple[float, Callable[[Array], Array]],
    count: int,
    extent: int,
    step: float,
    start: float,
    is_smooth: bool,
) -> Array:
    """Weights of the pixels within a kernel's radius, which is widened where a smooth image
    shrinks; they add up to 1, or are 0 for places outside of the image. Places are computed in f32.
    """
    import numpy

    radius, function = kernel
    single = numpy.float32
    width = single(max(step, 1.0) if is_smooth else 1.0)
    half, reach = single(0.5), single(radius) * width
    points = (numpy.arange(count, dtype=single) + half) * single(step) + single(start)
    centers = numpy.arange(extent, dtype=single) + half
    distance = numpy.abs(centers[None, :] - points[:, None]) * (single(1) / width)
    first = numpy.clip(numpy.ceil(points - reach - half), 0, extent - 1)[:, None]
    last = numpy.clip(numpy.floor(points + reach - half), 0, extent - 1)[:, None]
    places = numpy.arange(extent)[None, :]
    weights = numpy.where((places >= first) & (places <= last), function(distance), 0)
    total = weights.sum(1, keepdims=True)
    weights = numpy.where(numpy.abs(total) >= 1e-30, weights / numpy.where(total == 0, 1, total), 0)
    is_inside = (points >= 0) & (points <= extent)
    return numpy.where(is_inside[:, None], weights, 0)


def lanczos(radius: float) -> tuple[float, Callable[[Array], Array]]:
    def weight(x: Array) -> Array:
        import numpy

        return numpy.where(x > radius, 0, numpy.sinc(x) * numpy.sinc(x / radius))

    return radius, weight


def gaussian(x: Array) -> Array:
    import numpy

    return numpy.where(x >= 1.5, 0, numpy.exp(-x * x / (2 * 0.5**2)))


def box(x: Array) -> Array:
    import numpy

    return numpy.select([x < 0.5, x == 0.5], [1.0, 0.5], 0.0)


def triangle(x: Array) -> Array:
    import numpy

    return numpy.maximum(1 - x, 0)


def keys_cubic(x: Array) -> Array:
    import numpy

    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return numpy.select([x >= 2, x >= 1], [0.0, far], ((1.5 * x - 2.5) * x) * x + 1)


def mitchell_cubic(x: Array) -> Array:
    import numpy

    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return numpy.select([x >= 2, x >= 1], [0.0, far], (7 / 6 * x - 2) * x * x + 8 / 9)


KERNELS: dict[str, tuple[float, Callable[[Array], Array]]] = {
    "lanczos1": lanczos(1.0),
    "lanczos3": lanczos(3.0),
    "lanczos5": lanczos(5.0),
    "gaussian": (1.5, gaussian),
    "box": (1.0, box),
    "triangle": (1.0, triangle),
    "keyscubic": (2.0, keys_cubic),
    "mitchellcubic": (2.0, mitchell_cubic),
}
"""Name of a kernel -> its radius in pixels, and its weight at a distance."""

RULES: dict[str, Rule] = {
    "ResizeArea": Rule(lower_area, 2, True),
    "ResizeBicubic": Rule(lower_bicubic, 2, True),
    "ScaleAndTranslate": Rule(lower_scale_and_translate, 4, True),
}
"""TensorFlow op -> the rule of an op that resizes images by weights."""
