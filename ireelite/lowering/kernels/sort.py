"""`iree_tensor.sort` and `iree_tensor.merge`: merge sort, bottom up.

A short run is sorted at one point of the workload, by insertion in the buffer of the result. Longer runs
take a merge for each doubling, whose points make chunks of the result in parallel: a bisection finds
where a chunk begins in both runs, for each pair of runs that it has elements of.

Equal elements keep their order: in insertion an element passes those that come strictly behind it,
in merges the left run's element goes first unless the right one comes strictly before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import memref
from xdsl.ir import Block, SSAValue

from ireelite.dialects.extensions.iree_tensor import (
    MergeOp,
    MergePartsOp,
    SortOp,
    SortPartsOp,
)
from ireelite.dialects.extensions.iree_tensor.ordering import OrderingOp
from ireelite.dialects.sequencer.iree_ll_seq import is_open
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.kernels.control import for_loop, while_loop
from ireelite.lowering.kernels.elements import length as size_of
from ireelite.lowering.kernels.elements import places
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number, as_index, constant
from ireelite.lowering.kernels.scalars import apply_region, scalars_around
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices

Elements = Sequence[SSAValue]
"""One element of each operand, which move together."""


@light_dataclass(frozen=True)
class Row:
    """Buffers along one dimension: elements at a place, at a point of the other dimensions."""

    tensor: SSAValue
    """One of the tensors that the buffers hold, which all have its shape."""
    buffers: Sequence[SSAValue]
    point: Indices
    dim: int
    kernel: Kernel
    begin: Number
    """Where place 0 is."""

    def _indices(self, place: Number) -> list[SSAValue]:
        here = self.begin + place
        if is_open(self.buffers[0].type):
            shape = self.kernel.space.shape(self.tensor)
            index = self.kernel.variable(here.value, shape[self.dim])
            at = (*self.point[: self.dim], index, *self.point[self.dim :])
            return places(self.tensor, at, self.buffers[0], self.kernel)
        others = [self.kernel.index(index) for index in self.point]
        return [*others[: self.dim], here.value, *others[self.dim :]]

    def load(self, place: Number) -> Elements:
        """Returns the elements at a place."""
        indices = self._indices(place)
        insert = self.kernel.to.insert
        return [insert(memref.LoadOp.get(buffer, indices)).res for buffer in self.buffers]

    def store(self, elements: Elements, place: Number) -> None:
        """Puts elements at a place."""
        indices = self._indices(place)
        for element, buffer in zip(elements, self.buffers, strict=True):
            self.kernel.to.insert(memref.StoreOp.get(element, buffer, indices))


@light_dataclass(frozen=True)
class Operands:
    """Operands of an op along one dimension, as they are computed or loaded."""

    op: OrderingOp
    point: Indices
    kernel: Kernel
    begin: Number
    """Where place 0 is."""

    def load(self, place: Number) -> Elements:
        """Returns the elements at a place."""
        dim = self.op.dim
        extent = self.kernel.space.shape(self.op.inputs[0])[dim]
        index = self.kernel.variable((self.begin + place).value, extent)
        at = (*self.point[:dim], index, *self.point[dim:])
        return self.kernel.pull([Read(value, at) for value in self.op.inputs])


@light_dataclass(frozen=True)
class Order:
    """The comparison of an op."""

    block: Block
    around: dict[SSAValue, SSAValue]
    kernel: Kernel

    def before(self, left: Elements, right: Elements) -> Number:
        """Returns whether the left elements come strictly before the right ones."""
        pairs = [value for pair in zip(left, right, strict=True) for value in pair]
        (result,) = apply_region(self.block, pairs, self.around, self.kernel)
        return Number(result, self.kernel)


def order_of(op: OrderingOp, kernel: Kernel) -> Order:
    """Returns the comparison of an op, whose captured scalars are computed at the current point."""
    block = op.comparator.block
    return Order(block, scalars_around(block, kernel), kernel)


# -- sorting a run ---------------------------------------------------------------------------------


def build_sort(
    op: SortOp | SortPartsOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    extent, run = kernel.space.shape(op.inputs[0])[op.dim], op.run.value.data
    *others, number = point
    order = order_of(op, kernel)
    begin = Number(kernel.index(number), kernel) * run
    row = Row(op.outputs[0], outputs, tuple(others), op.dim, kernel, begin)
    length = (
        constant(min(run, extent), kernel)
        if isinstance(extent, int) and (extent % run == 0 or extent < run)
        else (size_of(extent, kernel) - begin).minimum(run)
    )

    source = Operands(op, tuple(others), kernel, begin)
    insert_elements(source, row, length, order, kernel)


def insert_elements(
    source: Operands, row: Row, length: Number, order: Order, kernel: Kernel
) -> None:
    """Sorts a run by insertion: an element moves forward past those that come strictly behind it."""

    def insert(k: SSAValue, _: Elements) -> Elements:
        place = Number(k, kernel)
        elements = source.load(place)

        def passes(at: Number) -> SSAValue:
            """Returns whether the elements come before those in front of a place."""
            previous = row.load((at - 1).maximum(0))
            return ((constant(0, kernel) < at) & order.before(elements, previous)).value

        def move(carried: Elements) -> Elements:
            at = Number(carried[0], kernel)
            row.store(row.load(at - 1), at)
            return [(at - 1).value, passes(at - 1)]

        last, _going = while_loop(kernel, [k, passes(place)], lambda carried: carried[1], move)
        row.store(elements, Number(last, kernel))
        return []

    for_loop(kernel, kernel.number(0), length.value, [], insert)


# -- merging runs ----------------------------------------------------------------------------------


def build_merge(
    op: MergeOp | MergePartsOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    extent, chunk = kernel.space.shape(op.inputs[0])[op.dim], op.chunk.value.data
    size = size_of(extent, kernel)
    *others, number = point
    order = order_of(op, kernel)
    (given,) = kernel.pull([Read(op.run, ())])
    run = as_index(given, False, kernel).maximum(1).minimum(size)
    begin = Number(kernel.index(number), kernel) * chunk
    whole = isinstance(extent, int) and extent % chunk == 0
    end = begin + chunk if whole else (begin + chunk).minimum(size)

    def going(carried: Elements) -> SSAValue:
        return (Number(carried[0], kernel) < end).value

    def merge(carried: Elements) -> Elements:
        """Merges what the chunk has of a pair of runs, and goes on to the next pair."""
        place = Number(carried[0], kernel)
        base = place - place % (run + run)
        length = size - base
        source = Operands(op, tuple(others), kernel, base)
        runs = Runs(source, run, length, order)
        stop = (base + run + run).minimum(end)
        target = Row(op.outputs[0], outputs, tuple(others), op.dim, kernel, place)
        runs.merge(place - base, stop - place, target)
        return [stop.value]

    while_loop(kernel, [begin.value], going, merge)


@light_dataclass(frozen=True)
class Runs:
    """Two sorted runs, which begin at places 0 and `run` of a source."""

    source: Operands
    run: Number
    length: Number
    """From the begin of the left run to the end of the dimension. Places behind it are not read;
    those of the other run, or behind both, may be, and are not taken.
    """
    order: Order

    @property
    def lefts(self) -> Number:
        """How many elements the left run has."""
        return self.length.minimum(self.run)

    @property
    def rights(self) -> Number:
        """How many elements the right run has."""
        return (self.length - self.run).minimum(self.run).maximum(0)

    def left(self, place: Number) -> Elements:
        """Returns an element of the left run."""
        return self.source.load(place.minimum(self.length - 1))

    def right(self, place: Number) -> Elements:
        """Returns an element of the right run."""
        return self.source.load((place + self.run).minimum(self.length - 1))

    def merge(self, behind: Number, count: Number, target: Row) -> None:
        """Puts elements of the merge to a target, `count` of them, the first `behind` left out."""
        kernel = self.order.kernel
        lefts, rights = self.lefts, self.rights
        first = self.bisect(behind, lefts, rights)

        def turn(k: SSAValue, carried: Elements) -> Elements:
            left = Number(carried[0], kernel)
            right = behind + Number(k, kernel) - left
            a, b = self.left(left), self.right(right)
            right_first = self.order.before(b, a) | (left >= lefts)
            take_right = right_first & (right < rights)
            pairs = zip(a, b, strict=True)
            taken = [take_right.select(Number(y, kernel), Number(x, kernel)) for x, y in pairs]
            target.store([each.value for each in taken], Number(k, kernel))
            return [(left + take_right.select(0, 1)).value]

        for_loop(kernel, kernel.number(0), count.value, [first.value], turn)

    def bisect(self, behind: Number, lefts: Number, rights: Number) -> Number:
        """Returns how many of the first `behind` elements of the merge come from the left run."""
        kernel = self.order.kernel
        low, high = (behind - rights).maximum(0), behind.minimum(lefts)

        def going(carried: Elements) -> SSAValue:
            return (Number(carried[0], kernel) < Number(carried[1], kernel)).value

        def halve(carried: Elements) -> Elements:
            low, high = (Number(v, kernel) for v in carried)
            middle = (low + high) // 2
            fewer = self.order.before(self.right(behind - 1 - middle), self.left(middle))
            return [fewer.select(low, middle + 1).value, fewer.select(middle, high).value]

        found, _ = while_loop(kernel, [low.value, high.value], going, halve)
        return Number(found, kernel)
