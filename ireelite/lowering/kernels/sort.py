"""`iree_tensor.sort` and `iree_tensor.merge`: merge sort, bottom up.

A short run is sorted at one point of the workload, by insertion in the buffer of the result. Longer runs
take a merge for each doubling, whose points make chunks of the result in parallel: a bisection finds
where a chunk begins in both runs.

Equal elements keep their order: in insertion an element passes those that come strictly behind it,
in merges the left run's element goes first unless the right one comes strictly before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import memref
from xdsl.ir import Block, SSAValue

from ireelite.dialects.extensions.iree_tensor import MergeOp, SortOp
from ireelite.dialects.extensions.iree_tensor.kernel_op import shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.kernels.control import for_loop, while_loop
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number, constant
from ireelite.lowering.kernels.scalars import apply_region, scalars_around
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices

Elements = Sequence[SSAValue]
"""One element of each operand, which move together."""


@light_dataclass(frozen=True)
class Row:
    """Buffers along one dimension: elements at a place, at a point of the other dimensions."""

    buffers: Sequence[SSAValue]
    point: Indices
    dim: int
    kernel: Kernel
    begin: Number
    """Where place 0 is."""

    def _indices(self, place: Number) -> list[SSAValue]:
        others = [self.kernel.index(index) for index in self.point]
        return [*others[: self.dim], (self.begin + place).value, *others[self.dim :]]

    def load(self, place: Number) -> Elements:
        """The elements at a place."""
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

    op: SortOp | MergeOp
    point: Indices
    kernel: Kernel
    begin: Number
    """Where place 0 is."""

    def load(self, place: Number) -> Elements:
        """The elements at a place."""
        dim = self.op.dim
        extent = shape_of(self.op.inputs[0])[dim]
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
        """Whether the left elements come strictly before the right ones."""
        pairs = [value for pair in zip(left, right, strict=True) for value in pair]
        (result,) = apply_region(self.block, pairs, self.around, self.kernel)
        return Number(result, self.kernel)


def order_of(op: SortOp | MergeOp, kernel: Kernel) -> Order:
    """The comparison of an op, whose captured scalars are computed at the current point."""
    block = op.comparator.block
    return Order(block, scalars_around(block, kernel), kernel)


# -- sorting a run ---------------------------------------------------------------------------------


def build_sort(op: SortOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    extent, run = shape_of(op.inputs[0])[op.dim], op.run.value.data
    *others, number = point
    order = order_of(op, kernel)
    begin = Number(kernel.index(number), kernel) * run
    row = Row(outputs, tuple(others), op.dim, kernel, begin)
    length = (
        constant(min(run, extent), kernel)
        if extent % run == 0 or extent < run
        else (constant(extent, kernel) - begin).minimum(run)
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
            """Whether the elements come before those in front of a place."""
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


def build_merge(op: MergeOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    extent, run, chunk = shape_of(op.inputs[0])[op.dim], op.run.value.data, op.chunk.value.data
    *others, number = point
    order = order_of(op, kernel)
    place = Number(kernel.index(number), kernel) * chunk
    base = place - place % (2 * run)
    source = Operands(op, tuple(others), kernel, base)
    target = Row(outputs, tuple(others), op.dim, kernel, place)
    length = constant(extent, kernel) - base
    lefts, rights = length.minimum(run), (length - run).minimum(run).maximum(0)
    behind = place - base
    first = bisect(source, behind, lefts, rights, run, length, order, kernel)
    count = chunk if extent % chunk == 0 else (constant(extent, kernel) - place).minimum(chunk)
    count = constant(count, kernel) if isinstance(count, int) else count

    def turn(k: SSAValue, carried: Elements) -> Elements:
        left = Number(carried[0], kernel)
        right = behind + Number(k, kernel) - left
        taken, left = take_one(source, run, left, right, lefts, rights, length, order)
        target.store(taken, Number(k, kernel))
        return [left.value]

    for_loop(kernel, kernel.number(0), count.value, [first.value], turn)


def take_one(
    source: Operands,
    run: int,
    left: Number,
    right: Number,
    lefts: Number,
    rights: Number,
    length: Number,
    order: Order,
) -> tuple[Elements, Number]:
    """The next element of a merge, and how many the left run has given behind it.

    The runs begin at 0 and `run`, have `lefts` and `rights` elements, and have given
    `left` and `right`. Places behind the end of a run are read, and not taken.
    """
    a = source.load(left.minimum(length - 1))
    b = source.load((right + run).minimum(length - 1))
    right_first = order.before(b, a) | (left >= lefts)
    take_right = right_first & (right < rights)
    taken = [take_right.select(Number(y, x.kernel), x).value for x, y in pairs_of(a, b, order)]
    return taken, left + take_right.select(0, 1)


def pairs_of(a: Elements, b: Elements, order: Order) -> list[tuple[Number, SSAValue]]:
    return [(Number(x, order.kernel), y) for x, y in zip(a, b, strict=True)]


def bisect(
    source: Operands,
    behind: Number,
    lefts: Number,
    rights: Number,
    run: int,
    length: Number,
    order: Order,
    kernel: Kernel,
) -> Number:
    """How many of the first `behind` elements of a merge come from the left run."""
    low, high = (behind - rights).maximum(0), behind.minimum(lefts)

    def going(carried: Elements) -> SSAValue:
        return (Number(carried[0], kernel) < Number(carried[1], kernel)).value

    def halve(carried: Elements) -> Elements:
        low, high = (Number(v, kernel) for v in carried)
        middle = (low + high) // 2
        right = source.load((behind - 1 - middle + run).minimum(length - 1))
        fewer = order.before(right, source.load(middle))
        return [
            fewer.select(low, middle + 1).value,
            fewer.select(middle, high).value,
        ]

    found, _ = while_loop(kernel, [low.value, high.value], going, halve)
    return Number(found, kernel)
