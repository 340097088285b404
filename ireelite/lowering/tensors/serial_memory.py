"""Where the tensors of a serial kernel are that need memory: results of the op, or an invocation's own."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from xdsl.ir import Attribute, Block, Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor import KeepOp, KernelOp
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.lowering.tensors.moves import shape_of

MAX_PRIVATE = 16
"""Elements of a tensor in an invocation's own memory. Software drivers compile more of them slowly,
and a device's registers hold no more."""

MAX_SCRATCH = 8
"""Results of an op that are memory and nothing else. Devices bind 32 buffers to a kernel, which has
carried tensors and tensors that it reads, too."""


def plan_memory(block: Block) -> Mapping[SSAValue, int | None]:
    """Returns, for each tensor of a serial op's block that needs memory, the number of the op's
    result which is that memory, or None for memory of the invocation's own.

    What the block yields is made where it belongs; further results are scratch, in the order in
    which they are first written.
    """
    end = block.last_op
    assert end is not None
    places: dict[SSAValue, int | None] = {}
    free = count = len(end.operands)
    for op in block.walk():
        for value in in_memory(op):
            yielded = list(end.operands).index(value) if value in end.operands else None
            small = 0 < prod(shape_of(value)) <= MAX_PRIVATE
            if yielded is not None:
                places[value] = yielded
            elif small or free == count + MAX_SCRATCH:
                places[value] = None
            else:
                places[value] = free
                free += 1
    return places


def in_memory(op: Operation) -> list[SSAValue]:
    """Returns the results of an op that need memory."""
    if not isinstance(op, (KeepOp, KernelOp, *CONTROL_OPS)):
        return []
    return [value for value in op.results if shape_of(value)]


def scratch_types(block: Block) -> list[Attribute]:
    """Returns the types of a serial op's results that are scratch."""
    end = block.last_op
    assert end is not None
    count = len(end.operands)
    return [value.type for value, n in plan_memory(block).items() if n is not None and n >= count]
