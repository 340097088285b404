"""Loops that compute a product become calls of `vmvx.mmt4d`, within loops over what is left.

    scf.parallel (%i, %j) { sum over %k of a[%i, %k] * b[%k, %j] ; bias ; store }

becomes

    %packed = memref.alloca
    vmvx.copy in(b, columns) out(%packed, rows)
    %sums = memref.alloca
    for blocks of rows {
      vmvx.mmt4d lhs(a) rhs(%packed) out(%sums)
      for rows, columns { load %sums ; bias ; store } }

Loops are in the order: batches that the right operand needs, blocks of its rows, other batches,
blocks of the left operand's rows. An operand is packed as far outside as what it needs is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects import vmvx
from ireelite.lowering.schedules.call_builder import CallBuilder
from ireelite.lowering.schedules.linear_places import Terms
from ireelite.lowering.schedules.product import Operand, find_product
from ireelite.lowering.schedules.product_plan import PACKED, Access, Plan, longest_run, plan_product
from ireelite.lowering.schedules.schedule import outer_loop
from ireelite.lowering.schedules.strides import constant_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def call_products(kernel: func.FuncOp, tracker: Tracker | None, in_order: bool = False) -> None:
    """Replaces the loops of a kernel, in place, by calls if it computes a product and calls take
    less time. Sums of floats stay loops if they must be added `in_order`.
    """
    loop = outer_loop(kernel)
    if loop is None or sum(isinstance(op, scf.ParallelOp) for op in kernel.walk()) > 1:
        return
    product = find_product(loop)
    if product is None or (in_order and isinstance(product.multiply, arith.MulfOp)):
        return
    if (plan := plan_product(product)) is None:
        return
    calls = ProductCalls(plan)
    calls.build()
    if tracker is not None:
        for op, source in calls.sources.items():
            tracker.derive(op, (source,))


class Part:
    """Rows of an operand that one call multiplies, and where they are packed."""

    def __init__(self, operand: Operand, access: Access, rows: int | None):
        self.operand, self.access, self.rows = operand, access, rows
        self.start: SSAValue | None = None
        """The first row; None until it is known."""
        self.size: SSAValue | None = None
        self.packed: SSAValue | None = None
        self.is_packed = access not in PACKED


class ProductCalls:
    """One loop under replacement."""

    def __init__(self, plan: Plan):
        self.plan, self.product = plan, plan.product
        self.outside = Block()
        self.to = CallBuilder(self.product.loop, self.outside)
        self.left = Part(self.product.left, plan.left, plan.left_rows)
        self.right = Part(self.product.right, plan.right, plan.right_rows)
        self.known: dict[SSAValue, SSAValue] = {}
        """Values of the old loop -> those at the place where ops are inserted."""
        self.sources: dict[Operation, Operation] = {}
        """Op that was made -> the op of the old loops that it is made from."""
        self.sums: SSAValue | None = None

    # -- the whole ---------------------------------------------------------------------------------

    def build(self) -> None:
        """Puts the calls in the place of the loop."""
        inside, loop = Block(), self.product.loop
        with self.to.at(self.outside):
            self._allocate()
        with self.to.at(inside):
            self._levels(self._order())
        for block in (self.outside, inside):
            for op in list(block.ops):
                op.detach()
                Rewriter.insert_op(op, InsertPoint.before(loop))
        for op in self.to.made:
            self.sources.setdefault(op, loop)
        loop.detach()
        loop.erase(safe_erase=False)

    def _allocate(self) -> None:
        """Makes the scratch memory, whose places are sizes that are known outside of all loops."""
        to, product = self.to, self.product
        for part, name in ((self.left, "left"), (self.right, "right")):
            if part.access in PACKED:
                size = to.times(self._most_rows(part), self._length())
                part.packed = to.scratch(part.operand.value.type, size, f"packed_{name}")
        if not self.plan.direct:
            size = to.times(self._most_rows(self.left), self._most_rows(self.right))
            self.sums = to.scratch(product.element, size, "sums")

    def _order(self) -> list[SSAValue | Part]:
        """Returns the loops, outermost first: over a batch dimension, or over blocks of a part's
        rows.
        """
        batches, needed = self.product.batches, self.product.right.needs
        first = [dimension for dimension in batches if dimension in needed]
        return [*first, self.right, *(each for each in batches if each not in needed), self.left]

    def _levels(self, order: list[SSAValue | Part]) -> None:
        """Packs what can be packed here, then the loops that are left."""
        for part in (self.right, self.left):
            waiting = {each for each in order if not isinstance(each, Part)}
            if not part.is_packed and part.start is not None and not part.operand.needs & waiting:
                part.is_packed = True
                self._pack(part)
        if not order:
            self._multiply()
            return
        level, rest = order[0], order[1:]
        outer = dict(self.known)
        if isinstance(level, Part):
            self._block_of_rows(level, rest)
        else:
            extent = self.product.extents[level]
            self.to.repeat(extent, lambda at: self._at(level, at, rest), name=name_of(level))
        self.known = outer

    def _at(self, counter: SSAValue, value: SSAValue, rest: list[SSAValue | Part]) -> None:
        self.known[counter] = value
        self._levels(rest)

    def _block_of_rows(self, part: Part, rest: list[SSAValue | Part]) -> None:
        to, extent = self.to, self._rows(part)
        if part.rows is None:
            part.start, part.size = to.index(0), extent
            self._levels(rest)
            return
        rows = part.rows
        count = constant_of(extent)
        comes_out_even = count is not None and count % rows == 0

        def block(start: SSAValue) -> None:
            size = to.index(rows)
            if not comes_out_even:
                left = to.insert(arith.SubiOp(extent, start)).results[0]
                size = to.insert(arith.MinSIOp(size, left)).results[0]
            part.start, part.size = start, size
            self._levels(rest)

        to.repeat(extent, block, rows, "block")

    # -- sizes -------------------------------------------------------------------------------------

    def _rows(self, part: Part) -> SSAValue:
        """Returns the rows of a part's operand."""
        row = part.operand.row
        return self.to.index(1) if row is None else self.product.extents[row]

    def _most_rows(self, part: Part) -> SSAValue:
        """Returns the rows of one call, at most."""
        return self._rows(part) if part.rows is None else self.to.index(part.rows)

    def _length(self, first: int = 0, end: int | None = None) -> SSAValue:
        """Returns the points of the sums, of the loops from `first` on, up to `end`."""
        counters = self.product.counters[first:end]
        return self.to.product_of([self.product.extents[counter] for counter in counters])

    def _evaluate(self, terms: Terms, at: Mapping[SSAValue, SSAValue]) -> SSAValue:
        """Builds the sum of a polynomial's terms; `at` replaces values of the old loop by new ones."""
        to = self.to
        values = [
            to.times(
                to.product_of([at[v] if v in at else self._value(v) for v in factors]),
                to.index(number),
            )
            for factors, number in terms.items()
        ]
        return to.sum_of(values)

    # -- what the old loop computes ----------------------------------------------------------------

    def _value(self, value: SSAValue) -> SSAValue:
        """Returns a value of the old loop, computed once more at this place."""
        if value in self.known or self.product.places.is_outside(value):
            return self.known.get(value, value)
        owner = value.owner
        assert isinstance(owner, Operation), "a counter has no value here"
        for op in owner.walk():
            for operand in op.operands:
                if not is_within(operand, owner):
                    self._value(operand)
        copy = self._copy(owner)
        self.known.update(zip(owner.results, copy.results, strict=True))
        return self.known[value]

    def _copy(self, op: Operation) -> Operation:
        """Inserts a copy of an op of the old loop, on values of this place."""
        copy = op.clone(dict(self.known))
        for old, new in zip(op.walk(), copy.walk(), strict=True):
            self.sources[new] = old
            new.location = old.location
        self.to.insert(copy)
        copy.location = op.location
        for old, new in zip(op.results, copy.results, strict=True):
            new.name_hint = old.name_hint
        return copy

    # -- packing -----------------------------------------------------------------------------------

    def _pack(self, part: Part) -> None:
        assert part.start is not None and part.size is not None and part.packed is not None
        if part.access is Access.COPIED:
            self._copy_rows(part, part.start, part.size, part.packed)
        else:
            self._compute_rows(part, part.start, part.size, part.packed)

    def _copy_rows(self, part: Part, start: SSAValue, size: SSAValue, packed: SSAValue) -> None:
        """Copies all points of the longest run of sums, for each point of the others."""
        to, product, operand = self.to, self.product, part.operand
        load, place = operand.load, operand.place
        assert load is not None and place is not None
        counters = product.counters
        first, end = longest_run(operand, product)
        row = {} if operand.row is None else product.places.factor(place, operand.row)
        column = product.places.factor(place, counters[end - 1])
        assert row is not None and column is not None
        at = dict.fromkeys(counters[first:end], to.index(0))
        if operand.row is not None:
            at[operand.row] = start

        def copy(left: list[int], target: SSAValue) -> None:
            if left:
                number, *others = left
                stride = self._length(number + 1)

                def turn(value: SSAValue) -> None:
                    at[counters[number]] = value
                    copy(others, to.plus(target, to.times(value, stride)))

                to.repeat(product.extents[counters[number]], turn, name="k")
                return
            call = vmvx.CopyOp(
                operands=[
                    load.memref,
                    self._evaluate(place, at),
                    self._evaluate(row, {}),
                    self._evaluate(column, {}),
                    packed,
                    target,
                    self._length(),
                    self._length(end),
                    size,
                    self._length(first, end),
                ]
            )
            self._insert_from(call, load)

        saved = dict(self.known)
        copy([n for n in range(len(counters)) if n not in range(first, end)], to.index(0))
        self.known = saved

    def _compute_rows(self, part: Part, start: SSAValue, size: SSAValue, packed: SSAValue) -> None:
        """Computes and stores each element."""
        to, product, operand = self.to, self.product, part.operand
        outer = dict(self.known)

        def turns(left: list[SSAValue], target: SSAValue) -> None:
            if not left:
                store = memref.StoreOp.get(self._value(operand.value), packed, [target])
                self._insert_from(store, product.multiply)
                return
            stride = self._length(len(product.counters) - len(left) + 1)

            def turn(value: SSAValue) -> None:
                before = dict(self.known)
                self.known[left[0]] = value
                turns(left[1:], to.plus(target, to.times(value, stride)))
                self.known = before

            to.repeat(product.extents[left[0]], turn, name="k")

        def row(value: SSAValue) -> None:
            if operand.row is not None:
                self.known[operand.row] = to.plus(start, value)
            turns(product.counters, to.times(value, self._length()))

        to.repeat(size, row, name="row")
        self.known = outer

    # -- the product -------------------------------------------------------------------------------

    def _multiply(self) -> None:
        """Multiplies for one point of the batches, and computes with the sums."""
        outer = self.product.counters[: len(self.product.counters) - self.plan.inner]
        saved = dict(self.known)
        self._turns(outer, [])
        self.known = dict(saved)
        if not self.plan.direct:
            self._store_sums()
        self.known = saved

    def _turns(self, outer: list[SSAValue], done: list[SSAValue]) -> None:
        if outer:

            def turn(value: SSAValue) -> None:
                self.known[outer[0]] = value
                self._turns(outer[1:], [*done, value])

            self.to.repeat(self.product.extents[outer[0]], turn, name="k")
            return
        to, product, plan = self.to, self.product, self.plan
        left, right = self.left, self.right
        assert left.size is not None and right.size is not None
        length = self._length(len(product.counters) - plan.inner)
        one = to.index(1)
        if plan.right is Access.COLUMNS:
            sizes = [left.size, one, length, one, right.size, one]
        else:
            sizes = [left.size, right.size, one, one, one, length]
        target, target_place, target_stride = self._target()
        accumulate = []
        if done:
            zero = to.index(0)
            later = to.insert(arith.CmpiOp(to.sum_of(done), zero, "ne")).results[0]
            assert later.type == i1
            accumulate = [later]
        call = vmvx.Mmt4dOp(
            operands=[
                *self._matrix(left),
                *self._matrix(right),
                target,
                target_place,
                target_stride,
                *sizes,
                accumulate,
            ]
        )
        self._insert_from(call, product.multiply)

    def _matrix(self, part: Part) -> list[SSAValue]:
        """Returns the buffer, the place and the row stride of the rows that a call multiplies."""
        to, product, operand = self.to, self.product, part.operand
        first = len(product.counters) - self.plan.inner
        if part.packed is not None:
            length = self._length()
            outer = [
                to.times(self.known[counter], self._length(number + 1))
                for number, counter in enumerate(product.counters[:first])
            ]
            return [part.packed, to.sum_of(outer), length]
        assert operand.load is not None and operand.place is not None and part.start is not None
        at = dict.fromkeys(product.counters[first:], to.index(0))
        if operand.row is not None:
            at[operand.row] = part.start
        stride = {} if operand.row is None else product.places.factor(operand.place, operand.row)
        assert stride is not None
        if part.access is Access.COLUMNS:
            return [operand.load.memref, self._evaluate(operand.place, at), self._length()]
        place = self._evaluate(operand.place, at)
        return [operand.load.memref, place, self._evaluate(stride, {})]

    def _target(self) -> list[SSAValue]:
        """Returns the buffer, the place and the row stride of the sums."""
        to, product = self.to, self.product
        assert self.right.size is not None
        if self.sums is not None:
            return [self.sums, to.index(0), self.right.size]
        store = product.stores[0]
        place = product.places.flat(store.memref, store.indices)
        at = self._starts()
        rows = product.left.row
        stride = {} if rows is None else product.places.factor(place, rows)
        assert stride is not None
        row_stride = self.right.size if rows is None else self._evaluate(stride, {})
        return [store.memref, self._evaluate(place, at), row_stride]

    def _starts(self) -> dict[SSAValue, SSAValue]:
        """Returns the first row of each part."""
        return {
            part.operand.row: part.start
            for part in (self.left, self.right)
            if part.operand.row is not None and part.start is not None
        }

    def _store_sums(self) -> None:
        """Stores what the old loop computes with each sum."""
        to, product, left, right = self.to, self.product, self.left, self.right
        assert left.size is not None and right.size is not None and self.sums is not None
        sums, width, starts = self.sums, right.size, self._starts()

        def point(row: SSAValue, column: SSAValue) -> None:
            for part, number in ((left, row), (right, column)):
                if part.operand.row is not None:
                    self.known[part.operand.row] = to.plus(starts[part.operand.row], number)
            place = to.plus(to.times(row, width), column)
            load = memref.LoadOp.get(sums, [place])
            self._insert_from(load, product.sums[0])
            self.known[product.result] = load.res
            values = [value for store in product.stores for value in store.operands]
            for value in values:
                self._value(value)
            for store in product.stores:
                self._copy(store)

        to.repeat(
            left.size,
            lambda row: to.repeat(width, lambda column: point(row, column), name="column"),
            name="row",
        )

    def _insert_from(self, op: Operation, source: Operation) -> None:
        """Inserts an op that is made from one of the old loop."""
        self.to.insert(op)
        op.location = source.location
        self.sources[op] = source


def is_within(value: SSAValue, op: Operation) -> bool:
    """Returns whether a value is defined in the regions of an op."""
    holder = value.owner.parent_op()
    while holder is not None and holder is not op:
        holder = holder.parent_op()
    return holder is op


def name_of(counter: SSAValue) -> str:
    """Returns the name of a counter in text."""
    return counter.name_hint or ""
