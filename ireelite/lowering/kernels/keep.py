"""Which values a kernel keeps in memory instead of computing them again.

A kernel with several loops inside a point of its outer loop may read one value in more than one of
them: the exponentials of a row, which are added up in one loop and divided in the next. Such a value
becomes a loop of its own that fills a buffer, if it costs more to compute again than to store and
load. The buffer is an output of the kernel, whose elements are overwritten by the last loop, or
scratch memory if the row is small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from xdsl.dialects import memref
from xdsl.dialects.builtin import FixedBitwidthType, TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.elements import row_of
from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.sequencer import iree
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.scalars import LEAVES
from ireelite.lowering.tensors.access import Read, access, is_move, shape_of
from ireelite.lowering.tensors.element_cost import STORE_AND_LOAD, cost_of, is_reduction
from ireelite.lowering.tensors.indices import Extent, IndexSpace, Indices, type_shape
from ireelite.lowering.tensors.moves import elements_of

LARGEST_SCRATCH = 1 << 10
"""Bytes of one value's row in memory of its own. Mesa's software driver takes minutes to compile a
shader with several times as much."""

Store = iree.StoreOutputOp | iree.UpdateOutputOp
"""What stores an output of a kernel, or a part of one."""

Shape = tuple[int, ...]


def keep_values(stores: Sequence[Store], point: Indices, kernel: Kernel) -> list[Store]:
    """Fills buffers at one point of the outer loop, from which later reads load. Returns the stores
    that are left to do.
    """
    if not stores:
        return []
    places = KeptPlaces(stores, len(point))
    for value in values_to_keep(stores, len(point), places):
        type = value.type
        assert isinstance(type, TensorType)
        inner = type.get_shape()[len(point) :]
        output = places.outputs.get(value)
        if output is not None:
            buffer, around = kernel.to.value(output.target), ()
        else:
            buffer, around = kernel.scratch(type.element_type, inner), point
        with kernel.loops(inner, point, "j") as indices:
            at = (*point, *indices)
            (scalar,) = kernel.pull([Read(value, at)])
            done = [output] if output is not None and output.value is value else []
            with kernel.to.rewriting(keep_values, as_op(value), *done):
                element = [kernel.index(index) for index in at[len(around) :]]
                with kernel.at(at):
                    kernel.to.insert(memref.StoreOp.get(scalar, buffer, element))
        kernel.buffers[value] = buffer, around
    return [store for store in stores if places.outputs.get(store.value) is not store]


class KeptPlaces:
    """Which outputs of a kernel hold values that it keeps, until they are stored."""

    def __init__(self, stores: Sequence[Store], outer: int):
        self.stores, self.outer = stores, outer
        self.last = by_inner_shape(stores, outer)[-1][1]
        """The stores of the last nest: nothing is read behind it."""
        self.outputs: dict[SSAValue, Store] = {}

    def find(self, value: SSAValue) -> bool:
        """Returns whether a value has a place: the output that it is, one of its type that is
        stored last and by loops that read the value where they store, or scratch if it is small.
        """
        free = [store for store in self.stores if self.is_free(store, value)]
        own = [store for store in free if store.value is value]
        last = [store for store in free if store in self.last]
        if not own and last and not self.is_read_elsewhere(value):
            own = last
        if own:
            self.outputs[value] = own[0]
        return bool(own) or 0 < row_bytes(value, self.outer) <= LARGEST_SCRATCH

    def is_free(self, store: Store, value: SSAValue) -> bool:
        """Returns whether an output has room for a value, of whole bytes, and nothing else is in
        it.
        """
        return (
            isinstance(store, iree.StoreOutputOp)
            and store not in self.outputs.values()
            and store.value.type == value.type
            and row_of(element_type_of(value)).storage_bits >= BYTE
            and store.target.has_one_use()
        )

    def is_read_elsewhere(self, value: SSAValue) -> bool:
        """Returns whether the last nest reads another element of a value than that at its own
        place.
        """
        space = IndexSpace()
        dims = space.dims(shape_of(value))
        at = tuple(map(space.of, dims))
        inner = frozenset(dims[self.outer :])
        waiting = [Read(store.value, at) for store in self.last]
        seen: set[tuple[SSAValue, Indices]] = set()
        while waiting:
            read = waiting.pop()
            if (read.value, read.at) in seen:
                continue
            seen.add((read.value, read.at))
            if read.value is value:
                if read.at != at:
                    return True
                continue
            waiting.extend(elements_of(read.at))
            owner = read.value.owner
            if not isinstance(owner, Operation) or is_leaf(owner):
                continue
            made = access(owner, read.at, space)
            if made.choice is not None:
                return True
            if not made.loop or any(index.dims & inner for index in read.at):
                waiting.extend((*made.inits, *made.reads))
        return False


BYTE = 8
"""Bits."""


def is_leaf(op: Operation) -> bool:
    """Returns whether an element of an op's result is in a buffer, or is a constant."""
    return isinstance(op, iree.LoadInputOp | KernelOp) or type(op) in LEAVES


def by_inner_shape(
    stores: Sequence[Store],
    outer: int,
    shape: Callable[[SSAValue], Sequence[Extent]] = type_shape,
) -> list[tuple[tuple[Extent, ...], list[Store]]]:
    """Returns the stores by the shape that is left of them inside the outer loop, the smaller rank
    first.
    """
    groups: dict[tuple[Extent, ...], list[Store]] = {}
    for store in stores:
        groups.setdefault(tuple(shape(store.value))[outer:], []).append(store)
    return sorted(groups.items(), key=lambda group: len(group[0]))


def values_to_keep(stores: Sequence[Store], outer: int, places: KeptPlaces) -> list[SSAValue]:
    """Returns the values that several loops read, that are worth a buffer and have a place, in
    order.
    """
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
            costs[result] = cost if prod(shape[outer:]) > 1 else 0
            if (
                len(loops.get(op, ())) > 1
                and cost > STORE_AND_LOAD
                and len(op.results) == 1
                and prod(shape[outer:]) > 1
                and tuple(shape[:outer]) == shared
                and places.find(result)
            ):
                kept.append(result)
                costs[result] = 0
    return kept


def loops_that_read(stores: Sequence[Store], outer: int) -> dict[Operation, set[object]]:
    """Returns, for each op, the loops inside of a point in which its result is computed: the
    reductions that read it, and the nests that store it, by their shape.
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
