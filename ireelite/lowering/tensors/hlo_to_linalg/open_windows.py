"""Windows in dimensions of open sizes: reductions of them, scans, and convolutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.elements import signless
from ireelite.dialects.stablehlo.convolution import ConvolutionOp, DynamicConvOp
from ireelite.dialects.stablehlo.windows import (
    DynamicReduceWindowOp,
    ReduceWindowOp,
    WindowDim,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.tensors.hlo_to_linalg.contraction import zero
from ireelite.lowering.tensors.hlo_to_linalg.convolution import convolved
from ireelite.lowering.tensors.hlo_to_linalg.open_lowerings import padded_by
from ireelite.lowering.tensors.hlo_to_linalg.open_orders import of_element
from ireelite.lowering.tensors.hlo_to_linalg.reduction import (
    accumulators,
    scalar_reducer,
    start_of,
)
from ireelite.lowering.tensors.hlo_to_linalg.scans import Scan, scan_op, starts_from_identity
from ireelite.lowering.tensors.hlo_to_linalg.shape_rules import (
    as_numbers,
    declared_shape,
    joined_sizes,
)
from ireelite.lowering.tensors.hlo_to_linalg.size_numbers import numbers_of
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import filled, pointwise
from ireelite.lowering.tensors.hlo_to_linalg.windows import reduce_windows
from ireelite.lowering.tensors.indices import Extent
from ireelite.lowering.tensors.sizes import Shape, constant_size


@light_dataclass(frozen=True)
class OpenWindow:
    """How windows lie in a dimension: as `WindowDim` says it, by sizes that may be open."""

    size: Extent
    stride: int
    low: Extent
    high: Extent
    base_dilation: int
    dilation: int

    @property
    def known(self) -> WindowDim:
        """The window without its padding; its size is -1 if that is open."""
        size = self.size if isinstance(self.size, int) else DYNAMIC_INDEX
        return WindowDim(size, self.stride, dilation=self.dilation)

    @property
    def is_one(self) -> bool:
        """Whether each element is a window."""
        numbers = (self.size, self.stride, self.low, self.high, self.base_dilation, self.dilation)
        return numbers == (1, 1, 0, 0, 1, 1)

    def padded(self, extent: Extent, to: SizedConversion) -> Extent:
        """Returns the length of a dimension once it is spread out and padded; never negative."""
        if self.base_dilation > 1:
            gaps = to.combine(arith.SubiOp, extent, 1)
            spread = to.combine(arith.MuliOp, gaps, self.base_dilation)
            extent = to.combine(arith.MaxSIOp, to.combine(arith.AddiOp, spread, 1), 0)
        edges = to.combine(arith.AddiOp, self.low, self.high)
        length = to.combine(arith.AddiOp, extent, edges)
        return length if edges == 0 else to.combine(arith.MaxSIOp, length, 0)

    def count(self, extent: Extent, to: SizedConversion) -> Extent:
        """Returns how many windows fit into a dimension."""
        if self.is_one:
            return extent
        if self.keeps_size(to):
            return extent
        further = to.combine(arith.SubiOp, self.size, 1)
        reach = to.combine(arith.MuliOp, further, self.dilation)
        room = to.combine(arith.SubiOp, self.padded(extent, to), reach)
        room = to.combine(arith.AddiOp, room, self.stride - 1)
        return to.combine(arith.MaxSIOp, to.combine(arith.DivSIOp, room, self.stride), 0)

    def keeps_size(self, to: SizedConversion) -> bool:
        """Returns whether padding makes as many windows as there are elements, always."""
        if self.stride != 1 or self.base_dilation != 1 or self.dilation != 1:
            return False
        edges = to.combine(arith.AddiOp, self.low, self.high)
        return is_one_less(edges, self.size)


def is_one_less(size: Extent, than: Extent) -> bool:
    """Returns whether a size is one less than another for what is known of both."""
    (base, offset), (other, further) = of_sum(size), of_sum(than)
    return base is other and offset + 1 == further


def of_sum(size: Extent) -> tuple[SSAValue | None, int]:
    """Returns a size as a value and a number that is added to it."""
    total = 0
    while not isinstance(size, int):
        size = constant_size(size)
        if isinstance(size, int):
            break
        made = size.owner
        if not isinstance(made, arith.AddiOp | arith.SubiOp):
            return size, total
        left, right = constant_size(made.lhs), constant_size(made.rhs)
        if isinstance(right, int):
            total += right if isinstance(made, arith.AddiOp) else -right
            size = left
        elif isinstance(left, int) and isinstance(made, arith.AddiOp):
            total += left
            size = right
        else:
            return size, total
    return None, total + size


def has_open_windows(op: Operation) -> bool:
    """Returns whether windows lie in a dimension of an open size, or have one."""
    if isinstance(op, DynamicReduceWindowOp | DynamicConvOp):
        return True
    if isinstance(op, ReduceWindowOp):
        pairs = zip(shape_of(op.inputs[0]), op.windows, strict=True)
        return any(n == DYNAMIC_INDEX and window != WindowDim(1) for n, window in pairs)
    return isinstance(op, ConvolutionOp) and is_open_convolution(op)


# -- reductions of windows -------------------------------------------------------------------------


def open_windows(
    op: ReduceWindowOp | DynamicReduceWindowOp, to: SizedConversion
) -> list[OpenWindow]:
    """Returns the windows of each dimension. Raises UNIMPLEMENTED for strides and dilations that
    are no constants.
    """
    if isinstance(op, ReduceWindowOp):
        return list(map(of_window, op.windows))
    values = (op.window_strides, op.base_dilations, op.window_dilations)
    strides, base, dilations = (as_numbers(op, numbers_of(v, to), 1) for v in values)
    sizes, edges = numbers_of(op.window_dimensions, to), numbers_of(op.padding, to)
    rows = zip(sizes, strides, edges[::2], edges[1::2], base, dilations, strict=True)
    return [OpenWindow(*row) for row in rows]


def of_window(window: WindowDim) -> OpenWindow:
    w = window
    return OpenWindow(w.size, w.stride, w.low, w.high, w.base_dilation, w.dilation)


def open_windowed_shape(op: ReduceWindowOp | DynamicReduceWindowOp, to: SizedConversion) -> Shape:
    shape, windows = joined_sizes(op, op.inputs, to), open_windows(op, to)
    counts = [w.count(n, to) for w, n in zip(windows, shape, strict=True)]
    return declared_shape(op, counts, to)


def lower_open_windows(
    op: ReduceWindowOp | DynamicReduceWindowOp, to: SizedConversion
) -> Sequence[SSAValue]:
    """Returns the reductions; those of windows that reach from an end to each element are scans."""
    windows, shape = open_windows(op, to), to.shape(op.inputs[0])
    if (scan := open_scan(op, windows, shape)) is not None:
        pairs = list(zip(op.inputs, op.outputs, strict=True))
        return scan_op(op, [of_element(v, r, to) for v, r in pairs], scan, to)
    inits = accumulators(op, to)
    inputs = [
        spread_out(to.value(value), start_of(init, to), shape, windows, to)
        for value, init in zip(op.inputs, op.init_values, strict=True)
    ]
    known = [w.known for w in windows]
    to.making(TensorType(element_type_of(inputs[0]), [w.size for w in known]), sizes_of(windows))
    return reduce_windows(inputs, inits, known, scalar_reducer(op, to), to)


def sizes_of(windows: Sequence[OpenWindow]) -> list[Extent]:
    return [window.size for window in windows]


def open_scan(
    op: ReduceWindowOp | DynamicReduceWindowOp, windows: Sequence[OpenWindow], shape: Shape
) -> Scan | None:
    """Returns the scan that a reduction of windows is, if what is known of its sizes says that."""
    moving = [d for d, window in enumerate(windows) if not window.is_one]
    if len(op.inputs) != 1 or len(moving) != 1 or not starts_from_identity(op):
        return None
    (d,) = moving
    w = windows[d]
    if w.size is not shape[d] or (w.stride, w.base_dilation, w.dilation) != (1, 1, 1):
        return None
    for reverse, (ahead, behind) in ((False, (w.low, w.high)), (True, (w.high, w.low))):
        if behind == 0 and is_one_less(ahead, w.size):
            return Scan(d, reverse, False)
    return None


def spread_out(
    value: SSAValue,
    fill: SSAValue,
    shape: Sequence[Extent],
    windows: Sequence[OpenWindow],
    to: SizedConversion,
) -> SSAValue:
    """Returns a tensor spread out and padded for windows, computed once."""
    low, high = [w.low for w in windows], [w.high for w in windows]
    interior = [w.base_dilation - 1 for w in windows]
    if not any(n != 0 for n in (*low, *high, *interior)):
        return value
    sizes = [w.padded(n, to) for w, n in zip(windows, shape, strict=True)]
    known = [size if isinstance(size, int) else DYNAMIC_INDEX for size in sizes]
    type = to.making(TensorType(element_type_of(value), known), sizes)
    whole = padded_by(value, shape, filled(fill, type, to), (low, high, interior), to)
    return pointwise([whole], type, lambda v: v[0], to)


# -- convolutions ----------------------------------------------------------------------------------


def is_open_convolution(op: ConvolutionOp) -> bool:
    """Returns whether more than a convolution's batch has an open size."""
    (_, feature, *spatial), _, _ = op.dimension_numbers.groups
    sizes = [shape_of(op.lhs)[d] for d in (feature, *spatial)]
    return DYNAMIC_INDEX in (*sizes, *shape_of(op.rhs))


def convolution_windows(op: ConvolutionOp | DynamicConvOp, to: SizedConversion) -> list[OpenWindow]:
    """Returns the windows of each spatial dimension."""
    windows = op.windows if isinstance(op, ConvolutionOp) else op.spatial_windows(None)
    _, (_, _, *kernel), _ = op.dimension_numbers.groups
    sizes = [to.shape(op.rhs)[d] for d in kernel]
    edges: Sequence[Extent] = [edge for w in windows for edge in (w.low, w.high)]
    if isinstance(op, DynamicConvOp):
        edges = numbers_of(op.padding, to)
    return [
        OpenWindow(size, w.stride, low, high, w.base_dilation, w.dilation)
        for size, w, low, high in zip(sizes, windows, edges[::2], edges[1::2], strict=True)
    ]


def open_convolved_shape(op: ConvolutionOp | DynamicConvOp, to: SizedConversion) -> Shape:
    """Returns the shape of a convolution. Raises UNIMPLEMENTED for an open size that groups
    divide, and for a kernel of an open size that is reversed.
    """
    dims = op.dimension_numbers.groups
    (batch, feature, *spatial), (inner, outer, *_), (b, f, *at) = dims
    image, kernel = shape_of(op.lhs), shape_of(op.rhs)
    grouped = [image[feature], kernel[inner], kernel[outer]]
    if DYNAMIC_INDEX in grouped and op.feature_groups > 1:
        raise refused(op)
    if DYNAMIC_INDEX in (image[batch], kernel[outer]) and op.batch_groups > 1:
        raise refused(op)
    left, right = to.shape(op.lhs), to.shape(op.rhs)
    what = f"'{op.name}': dimension {inner} of operand 1"
    if op.feature_groups == 1:
        to.require(right[inner], left[feature], what)
    shape: list[Extent] = [0] * len(image)
    size = left[batch]
    shape[b] = size if op.batch_groups == 1 else to.combine(arith.DivSIOp, size, op.batch_groups)
    shape[f] = right[outer]
    reverse = [w.reverse for w in op.spatial_windows(None)]
    for d, o, window, flips in zip(spatial, at, convolution_windows(op, to), reverse, strict=True):
        if flips and not isinstance(window.size, int):
            raise refused(op)
        shape[o] = window.count(left[d], to)
    return declared_shape(op, shape, to)


def lower_open_convolution(op: ConvolutionOp | DynamicConvOp, to: SizedConversion) -> SSAValue:
    (_, _, *spatial), _, _ = op.dimension_numbers.groups
    windows = convolution_windows(op, to)
    padding = [OpenWindow(1, 1, 0, 0, 1, 1)] * len(shape_of(op.lhs))
    for d, window in zip(spatial, windows, strict=True):
        padding[d] = window
    fill = zero(signless(element_type_of(op.lhs)), to)
    operand = spread_out(to.value(op.lhs), fill, to.shape(op.lhs), padding, to)
    reverse = [w.reverse for w in op.spatial_windows(None)]
    known = [
        WindowDim(w.known.size, w.stride, dilation=w.dilation, reverse=flips)
        for w, flips in zip(windows, reverse, strict=True)
    ]
    to.making(TensorType(element_type_of(op.result), shape_of(op.result)), to.shape(op.result))
    return convolved(op, operand, known, to)


SHAPES: Mapping[type[Operation], Callable[[Any, SizedConversion], Shape]] = {
    **dict.fromkeys((ReduceWindowOp, DynamicReduceWindowOp), open_windowed_shape),
    **dict.fromkeys((ConvolutionOp, DynamicConvOp), open_convolved_shape),
}
"""Op with open windows -> the shape of its results."""

LOWERINGS: Mapping[type[Operation], Callable[[Any, SizedConversion], Any]] = {
    **dict.fromkeys((ReduceWindowOp, DynamicReduceWindowOp), lower_open_windows),
    **dict.fromkeys((ConvolutionOp, DynamicConvOp), lower_open_convolution),
}
"""Op with open windows -> its lowering."""
