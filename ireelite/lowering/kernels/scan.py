"""`iree_tensor.scan`: one loop over the scanned dimension, which carries the accumulators."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import ScanOp
from ireelite.lowering.kernels.control import for_loop
from ireelite.lowering.kernels.elements import length, store
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.kernels.scalars import apply_region, scalars_around
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Extent, Index, Indices


def build_scan(op: ScanOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    extent, block = kernel.space.shape(op.inputs[0])[op.dim], op.body.block
    around = scalars_around(block, kernel)
    inits = kernel.pull([Read(init, ()) for init in op.inits])

    def turn(k: SSAValue, accumulators: Sequence[SSAValue]) -> list[SSAValue]:
        place = kernel.variable(k, extent)
        if op.reverse.value.data:
            place = from_end(place, extent, kernel)
        at = (*point[: op.dim], place, *point[op.dim :])
        elements = kernel.pull([Read(value, at) for value in op.inputs])
        results = apply_region(block, [*accumulators, *elements], around, kernel)
        kept = accumulators if op.exclusive.value.data else results
        for element, value, buffer in zip(kept, op.outputs, outputs, strict=True):
            store(element, value, at, buffer, kernel)
        return results

    for_loop(kernel, kernel.number(0), kernel.length(extent), inits, turn)


def from_end(place: Index, extent: Extent, kernel: Kernel) -> Index:
    """Returns the place that is as far from the last as another is from the first."""
    space = kernel.space
    if isinstance(extent, int):
        return space.add(space.constant(extent - 1), space.scale(place, -1))
    behind = length(extent, kernel) - Number(kernel.index(place), kernel) - 1
    return kernel.variable(behind.value, extent)
