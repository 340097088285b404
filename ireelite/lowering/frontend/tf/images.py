"""Rules for TensorFlow ops on images: colors, crops, patches."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import f32, i32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.windows import WindowDim
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    fill,
    indices,
    join,
    operand,
    operands,
    stack,
)
from ireelite.lowering.frontend.tf.constants import constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.indexing import gather_places
from ireelite.lowering.frontend.tf.nodes import Rule, fail, number, text
from ireelite.lowering.frontend.tf.shapes import pad
from ireelite.lowering.frontend.tf.values import slices
from ireelite.lowering.frontend.tf.windows import padded_windows, per_dimension

# -- colors ----------------------------------------------------------------------------------------


def channels_of(node: tf.NodeOp, image: Tensor) -> list[Tensor]:
    """Returns red, green and blue, or what else the last dimension has three of. Raises
    INVALID_ARGUMENT.
    """
    if not image.shape or image.shape[-1] != 3:
        raise fail(node, f"takes three channels last, not {image.value.type}")
    return [image.item(len(image.shape) - 1, n) for n in range(3)]


def hsv_of(red: Tensor, green: Tensor, blue: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns hue, saturation and value, each from 0 to 1."""
    value = red.maximum(green).maximum(blue)
    span = value - red.minimum(green).minimum(blue)
    saturation = choose(value > 0, span / value, 0)
    norm = fill(1 / 6, span) / span
    by_green = choose(
        green.equals(value), norm * (blue - red) + 2 / 6, norm * (red - green) + 4 / 6
    )
    hue = choose(red.equals(value), norm * (green - blue), by_green)
    hue = choose(span > 0, hue, 0)
    return choose(hue < 0, hue + 1, hue), saturation, value


def rgb_of(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Returns red, green and blue as channels."""
    sixth, rest = hue * 6, -saturation + 1
    red = (abs(sixth - 3) - 1).clamp(0, 1)
    green = (-abs(sixth - 2) + 2).clamp(0, 1)
    blue = (-abs(sixth - 4) + 2).clamp(0, 1)
    colors = [(rest + saturation * color) * value for color in (red, green, blue)]
    return stack(colors, len(value.shape))


def lower_rgb_to_hsv(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    parts = hsv_of(*channels_of(node, operand(node, 0, to)))
    return stack(parts, len(parts[0].shape)).value


def lower_hsv_to_rgb(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    hue, saturation, value = channels_of(node, operand(node, 0, to))
    return rgb_of(hue, saturation, value).value


def lower_adjust_hue(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Turns colors by a part of the color circle."""
    image, delta = operands(node, to)
    hue, saturation, value = hsv_of(*channels_of(node, image.as_type(f32)))
    turned = hue + delta.as_type(f32)
    return rgb_of(turned - turned.floor(), saturation, value).as_type(image.element).value


def lower_adjust_saturation(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    image, scale = operands(node, to)
    hue, saturation, value = hsv_of(*channels_of(node, image.as_type(f32)))
    scaled = (saturation * scale.as_type(f32)).clamp(0, 1)
    return rgb_of(hue, scaled, value).as_type(image.element).value


def lower_adjust_contrast(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Scales the distance of each pixel from the mean of its channel."""
    image, factor = operands(node, to)
    rank = len(image.shape)
    if rank < 3:
        raise fail(node, f"takes images, not {image.value.type}")
    wide = image.as_type(f32)
    count = max(image.shape[-3] * image.shape[-2], 1)
    mean = wide.sum(rank - 3, rank - 2, keep=True) / count
    return ((wide - mean) * factor.as_type(f32) + mean).as_type(image.element).value


# -- crops -----------------------------------------------------------------------------------------


def lower_crop_and_resize(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Parts of images, each in a box of relative corners, at one size, as f32.

    Source: TensorFlow's `crop_and_resize_op.cc`.
    """
    images, boxes, owners = operands(node, to)[:3]
    sizes, method = constant_ints(node, 3, to), text(node, "method", "bilinear")
    if len(images.shape) != 4 or len(boxes.shape) != 2 or len(sizes) != 2 or min(sizes) < 1:
        raise fail(node, f"takes images, boxes and two sizes, not {images.value.type} and {sizes}")
    if method not in ("bilinear", "nearest"):
        raise fail(node, f"its method '{method}' is not bilinear or nearest")
    count, (rows, columns) = boxes.shape[0], sizes
    full = [count, rows, columns, images.shape[3]]
    places = [points_of(boxes, dim, sizes[dim], images.shape[dim + 1], to) for dim in (0, 1)]
    y, x = places[0].reshape(count, rows, 1), places[1].reshape(count, 1, columns)
    ends = [images.shape[1] - 1, images.shape[2] - 1]
    inside = (y >= 0) & (y <= ends[0]) & (x >= 0) & (x <= ends[1])

    def pixels(row: Tensor, column: Tensor) -> Tensor:
        shape = full[:3]
        row, column = (v.clamp(0, end).as_type(i32) for v, end in zip((row, column), ends))
        index = [
            owners.as_type(i32).broadcast(shape, [0]),
            row.reshape(count, rows).broadcast(shape, [0, 1]),
            column.reshape(count, columns).broadcast(shape, [0, 2]),
        ]
        found = gather_places(images.value, stack(index, 3).value, to)
        return Tensor(found, to).as_type(f32)

    if method == "nearest":
        found = pixels(rounded(y), rounded(x))
    else:
        top, left = y.floor(), x.floor()
        bottom, right = y.apply(ew.CeilOp), x.apply(ew.CeilOp)
        down, across = (
            (y - top).reshape(count, rows, 1, 1),
            (x - left).reshape(count, 1, columns, 1),
        )
        upper = pixels(top, left)
        upper = upper + (pixels(top, right) - upper) * across
        lower = pixels(bottom, left)
        lower = lower + (pixels(bottom, right) - lower) * across
        found = upper + (lower - upper) * down
    outside = fill(number(node, "extrapolation_value", 0.0), found)
    return choose(inside.reshape(count, rows, columns, 1), found, outside).value


def points_of(boxes: Tensor, dim: int, size: int, extent: int, to: TfConversion) -> Tensor:
    """Returns where the pixels of each crop lie along a dimension: boxes x size."""
    first, last = boxes.item(1, dim), boxes.item(1, dim + 2)
    if size == 1:
        return ((first + last) * (0.5 * (extent - 1))).reshape(boxes.shape[0], 1)
    step = (last - first) * float(extent - 1) / float(size - 1)
    steps = indices(0, [size], f32, to).reshape(1, size)
    start = (first * float(extent - 1)).reshape(boxes.shape[0], 1)
    return start + steps * step.reshape(boxes.shape[0], 1)


def rounded(value: Tensor) -> Tensor:
    """Returns the nearest whole number, halves away from zero."""
    return value.apply(ew.RoundNearestAfzOp)


# -- patches ---------------------------------------------------------------------------------------


MAX_PARTS = 1 << 10
"""Places in the largest window of which each is an op of its own."""


def window_parts(
    node: tf.NodeOp, value: Tensor, windows: Sequence[WindowDim], filler: float
) -> list[Tensor]:
    """Returns, for each place in a window over height and width, the elements there of all windows."""
    to = value.to
    if (places := windows[0].size * windows[1].size) > MAX_PARTS:
        raise fail(node, f"has windows of {places} places, which is more than {MAX_PARTS}")
    pairs = [(0, 0), *((w.low, w.high) for w in windows), (0, 0)]
    padded = Tensor(pad(value.value, fill(filler, value).value, pairs, to), to)
    counts = [w.count(n) for w, n in zip(windows, value.shape[1:3], strict=True)]
    batch, _, _, channels = padded.shape
    parts: list[Tensor] = []
    for row in range(windows[0].size):
        for column in range(windows[1].size):
            starts = [row * windows[0].dilation, column * windows[1].dilation]
            ranges = [
                (start, start + (n - 1) * w.stride + 1, w.stride)
                for start, n, w in zip(starts, counts, windows, strict=True)
            ]
            cut = slices(padded.value, [(0, batch, 1), *ranges, (0, channels, 1)], to)
            parts.append(Tensor(cut, to))
    return parts


def lower_patches(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `ExtractImagePatches`: the pixels of each window become channels."""
    image = operand(node, 0, to)
    sizes, strides, rates = (per_dimension(node, key, 4) for key in ("ksizes", "strides", "rates"))
    if len(image.shape) != 4:
        raise fail(node, f"takes images, not {image.value.type}")
    spatial = slice(1, 3)
    windows = padded_windows(
        node, image.shape[spatial], sizes[spatial], strides[spatial], rates[spatial], (1, 2)
    )
    return join(window_parts(node, image, windows, 0), 3).value


def lower_dilation(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Dilation2D`: the maximum of the sums of each window and a kernel."""
    image, kernel = operands(node, to)
    strides, rates = (per_dimension(node, key, 4) for key in ("strides", "rates"))
    if len(image.shape) != 4 or len(kernel.shape) != 3 or kernel.shape[2] != image.shape[3]:
        raise fail(node, f"a kernel of {kernel.value.type} does not fit {image.value.type}")
    spatial = slice(1, 3)
    windows = padded_windows(
        node, image.shape[spatial], kernel.shape[:2], strides[spatial], rates[spatial], (1, 2)
    )
    weights = kernel.reshape(kernel.shape[0] * kernel.shape[1], kernel.shape[2])
    parts = window_parts(node, image, windows, float("-inf"))
    best, *rest = (part + weights.item(0, n) for n, part in enumerate(parts))
    for part in rest:
        best = best.maximum(part)
    return best.value


RULES: dict[str, Rule] = {
    "AdjustContrastv2": Rule(lower_adjust_contrast, 2, True),
    "AdjustHue": Rule(lower_adjust_hue, 2, True),
    "AdjustSaturation": Rule(lower_adjust_saturation, 2, True),
    "CropAndResize": Rule(lower_crop_and_resize, 4, True),
    "Dilation2D": Rule(lower_dilation, 2, True),
    "ExtractImagePatches": Rule(lower_patches, 1),
    "HSVToRGB": Rule(lower_hsv_to_rgb, 1, True),
    "RGBToHSV": Rule(lower_rgb_to_hsv, 1, True),
}
"""TensorFlow op -> the rule of an op on images."""
