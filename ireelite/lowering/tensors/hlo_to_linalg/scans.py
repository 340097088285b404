"""Window reductions that are scans: the window is as long as the dimension, and moves over it from
or to padding. Each result then adds one element to the one before it, in one step instead of as
many as the window has elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.stablehlo.windows import DynamicReduceWindowOp, ReduceWindowOp, WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.hlo_to_linalg.scatter_sort import promoted, scalar_region
from ireelite.lowering.tensors.partial_results import IDENTITIES


@light_dataclass(frozen=True)
class Scan:
    """How a dimension is scanned."""

    dimension: int
    reverse: bool
    exclusive: bool


def scan_of(op: ReduceWindowOp) -> Scan | None:
    """Returns the scan that a window reduction is, if it is one.

    Padding holds init values, so that a result folds as many of them as its window has padding: that
    is no change only where the init values are the reducer's identity.
    """
    if len(op.inputs) != 1 or not starts_from_identity(op):
        return None
    windows, shape = op.windows, shape_of(op.inputs[0])
    moving = [d for d, window in enumerate(windows) if window != WindowDim(1)]
    if len(moving) != 1:
        return None
    (dim,) = moving
    window, extent = windows[dim], shape[dim]
    for exclusive in (0, 1):
        ahead = extent - 1 + exclusive, -exclusive
        for reverse, (low, high) in ((False, ahead), (True, ahead[::-1])):
            if window == WindowDim(extent, low=low, high=high):
                return Scan(dim, reverse, bool(exclusive))
    return None


def starts_from_identity(op: ReduceWindowOp | DynamicReduceWindowOp) -> bool:
    """Returns whether the reducer is one op, on both of its arguments, and the init value its
    identity.
    """
    first, *others = op.body.block.ops
    identity = IDENTITIES.get(type(first)) if len(others) == 1 else None
    init = number_of(op.init_values[0])
    if identity is None or init is None:
        return False
    assert isinstance(init.value, DenseIntOrFPElementsAttr)
    number = next(iter(init.value.get_values()))
    both = set(first.operands) == set(op.body.block.args)
    return both and number == identity(element_type_of(op.init_values[0]))


def number_of(value: SSAValue) -> hlo.ConstantOp | None:
    """Returns the constant of one element that a tensor of rank 0 is, maybe broadcast or reshaped
    to it.
    """
    while isinstance(value.owner, hlo.BroadcastInDimOp | hlo.ReshapeOp):
        value = value.owner.operand
    owner = value.owner
    return owner if isinstance(owner, hlo.ConstantOp) and prod(shape_of(value)) == 1 else None


def lower_scan(op: ReduceWindowOp, scan: Scan, to: Conversion) -> Sequence[SSAValue]:
    """Returns the scan, in the element type of the result."""
    pairs = zip(op.inputs, op.outputs, strict=True)
    return scan_op(op, [promoted(v, r, to) for v, r in pairs], scan, to)


def scan_op(
    op: ReduceWindowOp | DynamicReduceWindowOp,
    inputs: Sequence[SSAValue],
    scan: Scan,
    to: Conversion,
) -> Sequence[SSAValue]:
    """Returns the scan of inputs that have the element types of the results."""
    made = iree_tensor.ScanOp(
        inputs,
        [promoted(v, r, to) for v, r in zip(op.init_values, op.outputs, strict=True)],
        scan.dimension,
        scan.reverse,
        scan.exclusive,
        scalar_region(op.body.block, to),
    )
    return to.insert(made).results
