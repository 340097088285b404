"""`iree_tensor.repeat`: the turns of a loop over small tensors, in one kernel.

Carried tensors of rank 0 are carried by the loop, in registers. Others live in the buffers of the
results. A turn first computes all scalars that its tensors depend on, then the tensors, one nest for
each shape. If every element depends only on the elements of the same index, it overwrites those at
once. Otherwise all new elements are computed to scratch first, and then copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import memref
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor.kernel_op import element_of, shape_of
from ireelite.dialects.extensions.iree_tensor.repeat import RepeatOp
from ireelite.lowering.kernels.control import for_loop
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.scalars import LEAVES
from ireelite.lowering.tensors.access import access
from ireelite.lowering.tensors.indices import IndexSpace, Indices
from ireelite.lowering.tensors.moves import Read, elements_of

Buffers = dict[int, SSAValue]
"""Number of a carried tensor -> a buffer."""


def build_repeat(op: RepeatOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    block, end = op.body.block, op.body.block.last_op
    assert end is not None
    wide = [n for n, value in enumerate(op.inits) if shape_of(value)]
    scalars = [n for n, value in enumerate(op.inits) if not shape_of(value)]
    current = {n: outputs[n] for n in wide}
    store_nests(dict(zip(wide, [op.inits[n] for n in wide], strict=True)), current, kernel)
    starts = kernel.pull([Read(op.inits[n], ()) for n in scalars])
    scratch: Buffers = {}
    needed, in_place = Reads(block, [end.operands[n] for n in wide]).find()
    if not in_place:
        scratch = {n: kernel.scratch(element_of(op.inits[n]), shape_of(op.inits[n])) for n in wide}

    def turn(_: SSAValue, carried: Sequence[SSAValue]) -> list[SSAValue]:
        for number, value in zip(scalars, carried, strict=True):
            kernel.define(block.args[number], (), value)
        for number in wide:
            kernel.buffers[block.args[number]] = current[number], ()
        kernel.pull(needed)
        results = kernel.pull([Read(end.operands[n], ()) for n in scalars])
        values = {n: end.operands[n] for n in wide}
        store_nests(values, scratch if scratch else current, kernel)
        for number, buffer in scratch.items():
            copy(buffer, current[number], shape_of(op.inits[number]), kernel)
        return results

    turns = kernel.number(op.turns.value.data)
    lasts = for_loop(kernel, kernel.number(0), turns, starts, turn, "turn")
    for number, value in zip(scalars, lasts, strict=True):
        kernel.to.insert(memref.StoreOp.get(value, outputs[number], []))


def store_nests(values: dict[int, SSAValue], targets: Buffers, kernel: Kernel) -> None:
    """Stores tensors to buffers, those of one shape in one nest, whose elements are all computed
    before one of them is stored.
    """
    shapes: dict[tuple[int, ...], list[int]] = {}
    for number, value in values.items():
        shapes.setdefault(shape_of(value), []).append(number)
    for shape, numbers in shapes.items():
        with kernel.loops(shape, (), "j") as at:
            elements = kernel.pull([Read(values[n], at) for n in numbers])
            indices = [kernel.index(index) for index in at]
            for number, element in zip(numbers, elements, strict=True):
                kernel.to.insert(memref.StoreOp.get(element, targets[number], indices))


def copy(source: SSAValue, target: SSAValue, shape: Sequence[int], kernel: Kernel) -> None:
    """Copies a buffer to another."""
    with kernel.loops(shape, (), "j") as at:
        indices = [kernel.index(index) for index in at]
        element = kernel.to.insert(memref.LoadOp.get(source, indices)).res
        kernel.to.insert(memref.StoreOp.get(element, target, indices))


class Reads:
    """What the elements of tensors of a turn depend on."""

    def __init__(self, block: Block, values: Sequence[SSAValue]):
        self.block, self.values, self.space = block, values, IndexSpace()
        self.scalars: dict[SSAValue, Read] = {}
        self.in_place = True

    def find(self) -> tuple[list[Read], bool]:
        """The scalars that elements depend on, which are computed before any element changes, and
        whether elements depend on no other elements of carried tensors than those at their own index,
        of tensors of the same shape.
        """
        for value in self.values:
            self._follow(value)
        return list(self.scalars.values()), self.in_place

    def _follow(self, value: SSAValue) -> None:
        shape = shape_of(value)
        own = tuple(map(self.space.of, self.space.dims(shape)))
        waiting, seen = [Read(value, own)], set[Read]()
        while waiting:
            read = waiting.pop()
            if read in seen:
                continue
            seen.add(read)
            waiting += elements_of(read.at)
            owner = read.value.owner
            if isinstance(read.value, BlockArgument) and owner is self.block:
                if read.at and (read.at != own or shape_of(read.value) != shape):
                    self.in_place = False
            elif not self._is_inside(owner) or type(owner) in LEAVES:
                continue
            elif not read.at:
                self.scalars[read.value] = read
            else:
                assert isinstance(owner, Operation)
                made = access(owner, read.at, self.space)
                waiting += [*made.inits, *made.reads]
                waiting += elements_of(made.dims)

    def _is_inside(self, owner: Operation | Block) -> bool:
        return isinstance(owner, Operation) and owner.parent_block() is self.block
