"""Long windows become short ones, whose results are put together.

A convolution or a window reduction over more than `LONGEST` elements for one result is halved, along
the largest dimension of its windows, or along a convolution's input features, until its parts are
short. A part of a window is a window of the same stride and dilation with other padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from xdsl.dialects.builtin import TensorType, f32
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.elements import is_small_float
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.indexing import PadOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp, WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.hlo_to_linalg.scans import scan_of
from ireelite.lowering.tensors.partial_results import (
    LONGEST,
    apply_elementwise,
    identity_of,
    promoted,
    slice_of,
)

MAX_SPLIT = LONGEST << 12
"""Elements of the longest window that is halved. What is longer stays one loop: its parts would be
too many ops to compile.
"""


def halves(window: WindowDim) -> tuple[WindowDim, WindowDim]:
    """Returns the windows of the first and of the last places, which together are a window."""
    middle = window.size // 2
    behind, ahead = (n * window.dilation for n in (window.size - middle, middle))
    return (
        replace(window, size=middle, high=window.high - behind),
        replace(window, size=window.size - middle, low=window.low - ahead),
    )


def largest(windows: Sequence[WindowDim]) -> int:
    """Returns the dimension with the most places."""
    return max(range(len(windows)), key=lambda d: windows[d].size)


# -- convolutions ------------------------------------------------------------------------------------


def is_long_sum(op: ConvolutionOp) -> bool:
    """Returns whether too many products are added to one element, and not too many to be divided."""
    _, (inner, *_), _ = op.dimension_numbers.groups
    return LONGEST < shape_of(op.rhs)[inner] * prod(w.size for w in op.windows) <= MAX_SPLIT


def split_convolution(op: ConvolutionOp, to: Conversion) -> Sequence[SSAValue]:
    """Sums of shorter convolutions; of small floats in f32."""
    element = element_type_of(op.result)
    wide = f32 if is_small_float(element) else element
    total = convolve(op, op.lhs, op.rhs, op.windows, TensorType(wide, shape_of(op.result)), to)
    if wide == element:
        return [total]
    return [to.insert(hlo.ConvertOp(total, op.result.type)).result]


def convolve(
    op: ConvolutionOp,
    lhs: SSAValue,
    rhs: SSAValue,
    windows: Sequence[WindowDim],
    type: TensorType,
    to: Conversion,
) -> SSAValue:
    """Returns the same convolution of parts of its operands, with these windows."""
    (_, feature, *_), (inner, _, *kernel), _ = op.dimension_numbers.groups
    features = shape_of(rhs)[inner]
    if features * prod(w.size for w in windows) <= LONGEST:
        return to.insert(
            ConvolutionOp(
                lhs,
                rhs,
                op.dimension_numbers,
                windows,
                op.feature_groups,
                op.batch_groups,
                op.precision_config,
                type,
            )
        ).result
    parts: list[tuple[SSAValue, SSAValue, Sequence[WindowDim]]] = []
    d = largest(windows) if windows else -1
    if op.feature_groups == 1 and (d < 0 or features >= windows[d].size):
        middle = features // 2
        for begin, end in ((0, middle), (middle, features)):
            pieces = slice_of(lhs, feature, begin, end, to), slice_of(rhs, inner, begin, end, to)
            parts.append((*pieces, windows))
    else:
        size, begin = windows[d].size, 0
        for half in halves(windows[d]):
            places = (begin, begin + half.size)
            first, last = (size - p for p in reversed(places)) if half.reverse else places
            own = [*windows[:d], half, *windows[d + 1 :]]
            parts.append((lhs, slice_of(rhs, kernel[d], first, last, to), own))
            begin += half.size
    left, right = (convolve(op, *part, type, to) for part in parts)
    return to.insert(ew.AddOp(left, right)).result


# -- window reductions -------------------------------------------------------------------------------


def is_long(op: ReduceWindowOp) -> bool:
    """Returns whether too many elements are reduced to one. A scan takes one step for each."""
    size = prod(w.size for w in op.windows)
    return LONGEST < size <= MAX_SPLIT and scan_of(op) is None


def split_reduce_window(op: ReduceWindowOp, to: Conversion) -> Sequence[SSAValue]:
    """Reductions of shorter windows, of which the first begins with the init values."""
    inputs, starts = (promoted(v, op.body, to) for v in (op.inputs, op.init_values))
    identities, windows = [identity_of(op.body, value, to) for value in starts], op.windows
    if any(w.low or w.high or w.base_dilation > 1 for w in windows):
        padding = ([f(w) for w in windows] for f in (low_of, high_of, holes_of))
        low, high, interior = padding
        inputs = [
            to.insert(PadOp(value, init, low, high, interior)).result
            for value, init in zip(inputs, starts, strict=True)
        ]
        windows = [replace(w, low=0, high=0, base_dilation=1) for w in windows]
    return reduce(op, inputs, starts, identities, windows, to)


def low_of(window: WindowDim) -> int:
    return window.low


def high_of(window: WindowDim) -> int:
    return window.high


def holes_of(window: WindowDim) -> int:
    return window.base_dilation - 1


def reduce(
    op: ReduceWindowOp,
    inputs: Sequence[SSAValue],
    starts: Sequence[SSAValue],
    identities: Sequence[SSAValue],
    windows: Sequence[WindowDim],
    to: Conversion,
) -> Sequence[SSAValue]:
    """Returns the same reduction of windows, from other init values."""
    if prod(w.size for w in windows) <= LONGEST:
        return to.insert(ReduceWindowOp(inputs, starts, windows, op.body.clone())).outputs
    d = largest(windows)
    first, last = ([*windows[:d], half, *windows[d + 1 :]] for half in halves(windows[d]))
    left = reduce(op, inputs, starts, identities, first, to)
    right = reduce(op, inputs, identities, identities, last, to)
    return apply_elementwise(op.body.block, [*left, *right], shape_of(left[0]), to)
