"""Updates in place: a dispatch that replaces a part of a tensor which nothing needs afterwards.

Such a dispatch writes the part only, into the buffer of the tensor: its cost is that of the part.
"""

from __future__ import annotations

from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ireelite.dialects.elements import row_of
from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.sequencer import iree
from ireelite.dialects.tensor_types import element_type_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.lowering.tensors.access import shape_of
from ireelite.lowering.tensors.workload import workload_of

BYTE = 8
"""Bits. Elements that share bytes are stored by one invocation: a part may begin within a byte."""


@light_dataclass(frozen=True)
class Update:
    """A region that is an update in place."""

    op: iree_tensor.UpdateOp
    input: int
    """The number of the region's input that is updated."""

    @property
    def workload(self) -> DenseIntOrFPElementsAttr:
        """The workload of the part."""
        shares_bytes = row_of(element_type_of(self.op.update)).storage_bits < BYTE
        counts = workload_of(() if shares_bytes else shape_of(self.op.update))
        return iree.workload_attribute(*counts)


def find_update(region: iree.DispatchRegionOp) -> Update | None:
    """Returns the update that a region is, if it may be done in place: it is the region's only
    result, of at most half of a tensor that the same block makes or carries, and whose last use
    this is.
    """
    block = region.body.block
    end = block.last_op
    assert end is not None
    if len(end.operands) != 1 or any(isinstance(op, KernelOp) for op in block.ops):
        return None
    update = end.operands[0].owner
    if not isinstance(update, iree_tensor.UpdateOp) or not update.result.has_one_use():
        return None
    target = update.operand
    if not isinstance(target, BlockArgument) or target.block is not block:
        return None
    whole = region.inputs[target.index]
    small = 2 * prod(shape_of(update.update)) <= prod(shape_of(target))
    if not (small and target.has_one_use()):
        return None
    return Update(update, target.index) if is_last_use(whole, region) else None


def is_last_use(value: SSAValue, op: Operation) -> bool:
    """Returns whether an op of the block that makes or carries a value is the last to use it, and
    no other of its operands is the value.
    """
    owner, block = value.owner, op.parent
    if isinstance(owner, Block):
        if owner is not block or not isinstance(owner.parent_op(), CONTROL_OPS):
            return False
    elif owner.parent is not block or isinstance(owner, arith.ConstantOp):
        return False
    if sum(operand is value for operand in op.operands) != 1:
        return False
    later: set[Operation] = set()
    following = op.next_op
    while following is not None:
        later.add(following)
        following = following.next_op
    for use in value.uses:
        user: Operation | None = use.operation
        while user is not None and user.parent is not block:
            user = user.parent_op()
        if user in later:
            return False
    return True
