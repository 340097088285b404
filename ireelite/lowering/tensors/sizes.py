"""The sizes of tensors whose types leave them open, as values of type `index`.

Within one block, each open size of a tensor follows from the op that makes it: from the operands of
`tensor.empty` on, through the destinations of linalg ops and the operands of elementwise ones. Those
of an argument are the `tensor.dim` ops of it. Sizes that `iree.check_size` compares are one size
behind it: two shapes are the same exactly if their sizes are the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, IntegerAttr, MemRefType, TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.extensions.tensor_extra import BitcastOp
from ireelite.dialects.sequencer import iree
from ireelite.lowering.tensors.indices import Extent, type_shape
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import place_of

Shape = tuple[Extent, ...]


def is_open(value: SSAValue) -> bool:
    """Returns whether a value is a tensor or a buffer whose type leaves a size open."""
    type = value.type
    return isinstance(type, TensorType | MemRefType) and DYNAMIC_INDEX in type.get_shape()


def constant_size(value: SSAValue) -> Extent:
    """Returns a size as a number if it is a constant."""
    made = value.owner
    if isinstance(made, arith.ConstantOp) and isinstance(made.value, IntegerAttr):
        return int(made.value.value.data)
    return value


MAX_PARALLEL = 3
"""Dimensions of a workload."""


def open_workload(shapes: Sequence[Shape]) -> Shape:
    """Returns the leading dimensions that shapes share, as many as a workload has at most."""
    first, *others = shapes
    shared: list[Extent] = []
    for d, size in enumerate(first[:MAX_PARALLEL]):
        if any(len(shape) <= d or shape[d] != size for shape in others):
            break
        shared.append(size)
    return tuple(shared)


class Sizes:
    """The sizes of the tensors of one block."""

    def __init__(self, block: Block):
        self._same: dict[SSAValue, Extent] = {}
        """A size -> another one that it is equal to."""
        self._dims: dict[tuple[SSAValue, int], SSAValue] = {}
        """(tensor, dimension) -> its size, where an op asks for it."""
        self._known: dict[SSAValue, Shape] = {}
        for op in block.ops:
            if isinstance(op, tensor.DimOp) and isinstance(d := constant_size(op.index), int):
                self._dims.setdefault((op.source, d), op.result)
            elif isinstance(op, iree.CheckSizeOp):
                self.join(op.size, op.expected)

    def join(self, size: SSAValue, expected: SSAValue) -> None:
        """Makes two sizes one."""
        one, other = self.find(size), self.find(expected)
        if isinstance(one, SSAValue) and one is not other:
            self._same[one] = other
        elif isinstance(other, SSAValue) and one is not other:
            self._same[other] = one

    def find(self, size: Extent) -> Extent:
        """Returns the one value of all sizes that are equal to a size."""
        while isinstance(size, SSAValue):
            size = constant_size(size)
            if not isinstance(size, SSAValue) or (further := self._same.get(size)) is None:
                break
            size = further
        return size

    def of(self, value: SSAValue) -> Shape:
        """Returns the shape of a tensor; that of a scalar is empty. Raises UNIMPLEMENTED for a size
        that does not follow from the ops of the block.
        """
        if not is_open(value):
            return tuple(type_shape(value))
        waiting = [value]
        while waiting:
            last = waiting[-1]
            if last in self._known or not is_open(last):
                waiting.pop()
                continue
            source = source_of(last)
            if source is not None and is_open(source) and source not in self._known:
                waiting.append(source)
                continue
            self._known[last] = self._shape(last, source)
            waiting.pop()
        return tuple(map(self.find, self._known[value]))

    def _shape(self, value: SSAValue, source: SSAValue | None) -> Shape:
        """Returns the shape of a tensor from that of the one that it follows."""
        op, shape = value.owner, type_shape(value)
        if source is not None:
            known = self._known[source] if is_open(source) else type_shape(source)
            return tuple(known[d] if s == DYNAMIC_INDEX else s for d, s in enumerate(shape))
        given = SIZE_OPERANDS.get(type(op)) if isinstance(op, Operation) else None
        if given is not None:
            sizes = iter(given(op, value))
            return tuple(next(sizes) if size == DYNAMIC_INDEX else size for size in shape)
        return tuple(
            self._asked(value, d) if size == DYNAMIC_INDEX else size for d, size in enumerate(shape)
        )

    def _asked(self, value: SSAValue, dimension: int) -> SSAValue:
        """Returns the size that a `tensor.dim` yields, or that an `iree.sized` of the tensor says."""
        for use in value.uses:
            if isinstance(sized := use.operation, iree.SizedOp):
                opened = type_shape(value)[:dimension].count(DYNAMIC_INDEX)
                return sized.sizes[opened]
        if (known := self._dims.get((value, dimension))) is None:
            op = value.owner if isinstance(value.owner, Operation) else value.owner.parent_op()
            where = "" if op is None else f"{place_of(op)}'{op.name}': "
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{where}nothing says what size dimension {dimension} of a {value.type} has",
            )
        return known


def source_of(value: SSAValue) -> SSAValue | None:
    """Returns the tensor of the same shape that a value is made of, or in place of; None for one
    whose sizes its op says.
    """
    op = value.owner
    if isinstance(op, LinalgStructuredOperation) and isinstance(value.type, TensorType):
        return op.outputs[list(op.results).index(value)]  # pyright: ignore[reportArgumentType]
    if isinstance(op, BitcastOp | tensor.CastOp):
        return op.source
    if isinstance(op, tensor.InsertSliceOp):
        return op.dest
    if isinstance(op, KernelOp):
        return op.sizes_source(value)
    if isinstance(op, Operation) and op.name.startswith(("arith.", "math.")):
        return next((v for v in op.operands if isinstance(v.type, TensorType)), None)
    return None


def region_sizes(op: iree.DynamicDispatchRegionOp, value: SSAValue) -> Sequence[SSAValue]:
    return op.output_sizes()[list(op.outputs).index(value)]  # pyright: ignore[reportArgumentType]


SIZE_OPERANDS: Mapping[type[Operation], Callable[[Any, SSAValue], Sequence[SSAValue]]] = {
    iree.DynamicDispatchRegionOp: region_sizes,
    iree.LoadInputOp: lambda op, _: op.sizes,
    iree.SizedOp: lambda op, _: op.sizes,
    tensor.EmptyOp: lambda op, _: op.dynamic_sizes,
    tensor.ExpandShapeOp: lambda op, _: op.dynamic_output_shape,
    tensor.ExtractSliceOp: lambda op, _: op.sizes,
}
"""Op -> the open sizes of one of its results."""
