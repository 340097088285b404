"""Rules for gradients of ops that take or repeat parts of tensors: slices and mirrored borders."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo.indexing import DynamicUpdateSliceOp, PadOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.frontend.tf.arithmetic import Tensor, fill, operand
from ireelite.lowering.frontend.tf.constants import constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, fail, text
from ireelite.lowering.frontend.tf.shapes import reverse
from ireelite.lowering.frontend.tf.slicing import Cut, expanded
from ireelite.lowering.frontend.tf.values import integers, reshape, splat


def lower_strided_slice_gradient(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `StridedSliceGrad`: a gradient at the places of a slice, in zeros."""
    extents, gradient = constant_ints(node, 0, to), operand(node, 4, to)
    whole = fill(0, gradient, extents)
    entries = expanded(node, whole.value, to)
    cuts = [entry for entry in entries if isinstance(entry, Cut)]
    shown = [
        entry.size if isinstance(entry, Cut) else 1
        for entry in entries
        if not (isinstance(entry, Cut) and entry.is_dropped)
    ]
    if list(gradient.shape) != shown:
        raise fail(node, f"{gradient.value.type} is not the gradient of a slice of {shown}")
    part = reshape(gradient.value, [cut.size for cut in cuts], to)
    return put(part, cuts, extents, to)


def put(value: SSAValue, cuts: Sequence[Cut], extents: Sequence[int], to: TfConversion) -> SSAValue:
    """Returns zeros with a tensor at the places that cuts of each dimension take."""
    value = reverse(value, [dim for dim, cut in enumerate(cuts) if cut.stride < 0], to)
    lows: list[int] = []
    highs: list[int] = []
    steps: list[int] = []
    for cut, extent in zip(cuts, extents, strict=True):
        step = abs(cut.stride)
        reach = (cut.size - 1) * step + 1 if cut.size else 0
        if isinstance(cut.start, SSAValue):
            lows, highs, steps = [*lows, 0], [*highs, 0], [*steps, 0]
            continue
        low = cut.start - (reach - 1) if cut.stride < 0 and cut.size else cut.start
        lows, highs, steps = [*lows, low], [*highs, extent - low - reach], [*steps, step - 1]
    zero = splat(0, value, to, ())
    value = to.insert(PadOp(value, zero, lows, highs, steps)).results[0]
    starts = [cut.start if isinstance(cut.start, SSAValue) else None for cut in cuts]
    given = [start for start in starts if start is not None]
    if not given:
        return value
    index_type = element_type_of(given[0])
    assert isinstance(index_type, IntegerType)
    first = integers(0, index_type, to)
    places = [first if start is None else start for start in starts]
    zeros = splat(0, value, to, extents)
    return to.insert(DynamicUpdateSliceOp(zeros, value, places)).results[0]


def lower_mirror_pad_gradient(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `MirrorPadGrad`: gradients of the borders are added to those of what they repeat."""
    value, widths = operand(node, 0, to), constant_ints(node, 1, to)
    if len(widths) != 2 * len(value.shape):
        raise fail(node, f"takes two widths for each dimension of {value.value.type}")
    skipped = 1 if text(node, "mode") == "REFLECT" else 0
    for dim in range(len(value.shape)):
        low, high = widths[2 * dim : 2 * dim + 2]
        size = value.shape[dim] - low - high
        if max(low, high) > size - skipped:
            raise fail(node, f"its borders {low} and {high} are wider than dimension {dim}")
        inner = value.part(dim, low, low + size)
        for start, width, at in (
            (0, low, skipped),
            (low + size, high, size - high - skipped),
        ):
            if width:
                border = reverse(value.part(dim, start, start + width).value, [dim], to)
                inner = inner + spread(Tensor(border, to), dim, at, size)
        value = inner
    return value.value


def spread(part: Tensor, dim: int, at: int, size: int) -> Tensor:
    """Returns zeros of a size in one dimension, with a tensor at a place."""
    rank, to = len(part.shape), part.to
    low, high = [0] * rank, [0] * rank
    low[dim], high[dim] = at, size - at - part.shape[dim]
    zero = splat(0, part.value, to, ())
    return Tensor(to.insert(PadOp(part.value, zero, low, high, [0] * rank)).results[0], to)


RULES: dict[str, Rule] = {
    "MirrorPadGrad": Rule(lower_mirror_pad_gradient, 2),
    "StridedSliceGrad": Rule(lower_strided_slice_gradient, 5),
}
"""TensorFlow op -> the rule of a gradient of a part."""
