"""`iree_tensor.scan`: one loop over the scanned dimension, which carries the accumulators."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import memref
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import ScanOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.kernels.control import for_loop
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.scalars import apply_region, scalars_around
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices


def build_scan(op: ScanOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    extent, block = shape_of(op.inputs[0])[op.dim], op.body.block
    around = scalars_around(block, kernel)
    inits = kernel.pull([Read(init, ()) for init in op.inits])

    def turn(k: SSAValue, accumulators: Sequence[SSAValue]) -> list[SSAValue]:
        place = kernel.variable(k, extent)
        if op.reverse.value.data:
            place = kernel.space.add(
                kernel.space.constant(extent - 1), kernel.space.scale(place, -1)
            )
        at = (*point[: op.dim], place, *point[op.dim :])
        elements = kernel.pull([Read(value, at) for value in op.inputs])
        results = apply_region(block, [*accumulators, *elements], around, kernel)
        indices = [kernel.index(index) for index in at]
        kept = accumulators if op.exclusive.value.data else results
        for result, buffer in zip(kept, outputs, strict=True):
            kernel.to.insert(memref.StoreOp.get(result, buffer, indices))
        return results

    for_loop(kernel, kernel.number(0), kernel.number(extent), inits, turn)
