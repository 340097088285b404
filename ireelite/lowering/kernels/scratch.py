"""Which values a kernel keeps in scratch memory instead of computing them again.

A kernel with several loops inside a point of its outer loop may read one value in more than one of
them: the exponentials of a row, which are added up in one loop and divided in the next. Such a value
becomes a loop of its own that fills a scratch buffer, if it costs more to compute again than to
store and load, and if a row of it is small enough to stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import memref
from xdsl.dialects.builtin import FixedBitwidthType, TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.sequencer import iree
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.tensors.access import Read, is_move, shape_of
from ireelite.lowering.tensors.element_cost import STORE_AND_LOAD, cost_of, is_reduction
from ireelite.lowering.tensors.indices import Indices

LARGEST_SCRATCH = 16 << 10
"""Bytes of one value's row. What a shader keeps to itself, and what fits into half of a core's
first cache."""

Store = iree.StoreOutputOp | iree.UpdateOutputOp
"""What stores an output of a kernel, or a part of one."""


def keep_in_scratch(stores: Sequence[Store], point: Indices, kernel: Kernel) -> None:
    """Fills scratch buffers at one point of the outer loop; later reads load from them."""
    for value in values_to_keep(stores, len(point)) if stores else ():
        type = value.type
        assert isinstance(type, TensorType)
        inner = type.get_shape()[len(point) :]
        buffer = kernel.scratch(type.element_type, inner)
        with kernel.loops(inner, point, "j") as indices:
            at = (*point, *indices)
            (scalar,) = kernel.pull([Read(value, at)])
            with kernel.to.rewriting(keep_in_scratch, as_op(value)):
                places = [kernel.index(index) for index in indices]
                with kernel.at(at):
                    kernel.to.insert(memref.StoreOp.get(scalar, buffer, places))
        kernel.buffers[value] = buffer, point


def values_to_keep(stores: Sequence[Store], outer: int) -> list[SSAValue]:
    """The values that several loops read and that are worth a scratch buffer, in order."""
    block = stores[0].parent_block()
    assert block is not None
    shared = tuple(shape_of(stores[0].value)[:outer])
    loops = loops_that_read(stores, outer)
    kept: list[SSAValue] = []
    costs: dict[SSAValue, int] = {}
    for op in block.ops:
        if not op.results or isinstance(op, iree.LoadInputOp | KernelOp) or is_move(op):
            for result in op.results:
                costs[result] = max((costs.get(o, 0) for o in op.operands), default=0)
            continue
        cost = cost_of(op) + sum(costs.get(operand, 0) for operand in op.operands)
        for result in op.results:
            shape = shape_of(result)
            costs[result] = cost
            if (
                len(loops.get(op, ())) > 1
                and cost > STORE_AND_LOAD
                and len(op.results) == 1
                and len(shape) > outer
                and tuple(shape[:outer]) == shared
                and 0 < row_bytes(result, outer) <= LARGEST_SCRATCH
            ):
                kept.append(result)
                costs[result] = 0
    return kept


def loops_that_read(stores: Sequence[Store], outer: int) -> dict[Operation, set[object]]:
    """For each op, the loops inside of a point in which its result is computed: the reductions that
    read it, and the nests that store it, by their shape.
    """
    block = stores[0].parent_block()
    assert block is not None
    found: dict[Operation, set[object]] = {}
    for store in stores:
        owner = store.value.owner
        if isinstance(owner, Operation):
            found.setdefault(owner, set()).add(shape_of(store.value)[outer:])
    for op in reversed(list(block.ops)):
        if op not in found:
            continue
        inside: set[object] = {op} if is_reduction(op) else found[op]
        for operand in op.operands:
            if isinstance(operand.owner, Operation):
                found.setdefault(operand.owner, set()).update(inside)
    return found


def row_bytes(value: SSAValue, outer: int) -> int:
    """Bytes of what one point of the outer loop computes of a value."""
    type = value.type
    assert isinstance(type, TensorType)
    element = type.element_type
    size = element.size if isinstance(element, FixedBitwidthType) else 8
    return prod(type.get_shape()[outer:]) * size


def as_op(value: SSAValue) -> Operation:
    assert isinstance(value.owner, Operation)
    return value.owner
