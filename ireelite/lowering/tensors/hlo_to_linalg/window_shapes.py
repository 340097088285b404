"""The shapes of what windows make of tensors with open sizes: windows lie in the dimensions of known
sizes, and the batch may be open.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.ir import Operation

from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp, SelectAndScatterOp, WindowDim
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.tensors.hlo_to_linalg.shape_rules import declared_shape, joined_sizes
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.indices import Extent
from ireelite.lowering.tensors.sizes import Shape


def windowed_shape(op: ReduceWindowOp, to: SizedConversion) -> Shape:
    """Returns the sizes of the inputs, where windows are single elements, and how many there are."""
    shape, known = joined_sizes(op, op.inputs, to), shape_of(op.inputs[0])
    counts = [windows_in(op, *sizes) for sizes in zip(shape, known, op.windows, strict=True)]
    return declared_shape(op, counts, to)


def windows_in(op: Operation, size: Extent, known: int, window: WindowDim) -> Extent:
    """Returns how many windows a dimension has. Raises UNIMPLEMENTED for a size that the type leaves
    open, where they are no single elements.
    """
    if window == WindowDim(1):
        return size
    if known == DYNAMIC_INDEX:
        raise refused(op)
    return window.count(known)


def convolved_shape(op: ConvolutionOp, to: SizedConversion) -> Shape:
    """Returns the shape of a convolution whose batch may have an open size. Raises UNIMPLEMENTED
    for other open sizes, and for one that groups divide.
    """
    (batch, feature, *spatial), (_, outer, *_), (b, f, *at) = op.dimension_numbers.groups
    image, kernel = shape_of(op.lhs), shape_of(op.rhs)
    if op.batch_groups > 1 or DYNAMIC_INDEX in (image[feature], *kernel):
        raise refused(op)
    shape: list[Extent] = [0] * len(image)
    shape[b], shape[f] = to.shape(op.lhs)[batch], kernel[outer]
    for d, o, window in zip(spatial, at, op.windows, strict=True):
        shape[o] = windows_in(op, to.shape(op.lhs)[d], image[d], window)
    return declared_shape(op, shape, to)


def selected_shape(op: SelectAndScatterOp, to: SizedConversion) -> Shape:
    """Returns the sizes of the operand. Raises UNIMPLEMENTED for windows in a dimension of an open
    size.
    """
    shape, known = to.shape(op.operand), shape_of(op.operand)
    for d, window in enumerate(op.windows):
        count = windows_in(op, shape[d], known[d], window)
        what = f"'{op.name}': dimension {d} of operand 1"
        to.require(to.shape(op.source)[d], count, what)
    return tuple(map(to.find, shape))


def padded_sizes(
    op: ConvolutionOp | ReduceWindowOp, to: SizedConversion
) -> Mapping[tuple[int, ...], Shape]:
    """Returns the shape that the type of an operand of windows has once it is padded, and its
    sizes.
    """
    if isinstance(op, ConvolutionOp):
        (_, _, *spatial), _, _ = op.dimension_numbers.groups
        value, windows = op.lhs, dict(zip(spatial, op.windows, strict=True))
    else:
        value, windows = op.inputs[0], dict(enumerate(op.windows))
    known = shape_of(value)
    padded = [
        windows[d].padded(size) if d in windows and size != DYNAMIC_INDEX else size
        for d, size in enumerate(known)
    ]
    sizes = zip(to.shape(value), padded, strict=True)
    return {tuple(padded): tuple(s if n == DYNAMIC_INDEX else n for s, n in sizes)}
