"""Updates at places that data names, in parts of the result.

    scf.parallel (%i) to (1) {
      scf.for %k = 0 to N { load %x[%k] ; store %result[%k] }
      scf.for %k = 0 to M { %place = ... ; scf.if (%place >= 0 && %place < N) { update %result } } }

A part owns a range of places: it copies them, then applies the updates of them, in their order. So
no bit depends on the number of parts. Which updates a part applies is decided for a register of
them at once: their positions and places are appended to a list, in blocks that stay in the cache,
and a loop without a branch goes through the list.

    scf.parallel (%part) to (2) {mapping = ["workgroup"]} {
      scf.for %k = %begin to %end { load %x[%k] ; store %result[%k] }
      scf.for %base = 0 to M step 1024 {
        scf.for %group = 0 to 1024 step 16 {
          scf.parallel (%l) to (16) {mapping = ["lanes"]} {
            %place = ... ; append (%place - %begin, %group + %l) if in the range } }
        scf.for %n = 0 to %count { update %result } } }
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr, IntegerType, i32, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects.extensions.memref_extra import AppendOp
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.schedules.lockstep_ops import is_pointwise
from ireelite.lowering.schedules.packing import copy_value
from ireelite.lowering.schedules.schedule import LANES, WORKGROUP
from ireelite.lowering.schedules.segments import WORDS, copy_op
from ireelite.lowering.schedules.strides import Strides, constant_of, inner_indices
from ireelite.lowering.schedules.tile_builder import TileBuilder
from ireelite.lowering.schedules.tiles import RegisterFile

UPDATES_OF_A_PART = 1 << 15
"""Updates for each part, at least: all of them are looked at for each part."""
MOST_PARTS = 4
FEWEST_PLACES = 1 << 12
"""Places of a part, at least: as many copies as a dispatch to another core takes."""
POSITION_BITS = 10
"""Bits of a position in a block; the others of a word are those of a place in a part."""
BLOCK = 1 << POSITION_BITS
"""Updates that are looked at before those of the list are applied."""


@light_dataclass(frozen=True)
class UpdateLoops:
    """A loop that copies elements, and one that updates some of them."""

    copies: scf.ForOp
    updates: scf.ForOp
    branch: scf.IfOp
    place: SSAValue
    """Where an update is applied: the cast of an integer to an index."""
    places: int
    count: int
    """How many updates there are."""

    @property
    def number(self) -> SSAValue:
        """The place before the cast."""
        owner = self.place.owner
        assert isinstance(owner, arith.IndexCastOp)
        return owner.input


def divide_updates(loop: scf.ParallelOp, registers: RegisterFile) -> list[Operation]:
    """Replaces a loop of one point that copies and updates by one over parts of the places; returns
    the new ops, none if it is no such loop.
    """
    found = find_updates(loop)
    if found is None or not registers.compresses:
        return []
    parts = min(MOST_PARTS, found.count // UPDATES_OF_A_PART, found.places // FEWEST_PLACES)
    if parts < 2 or -(-found.places // parts) >= 1 << (32 - POSITION_BITS):
        return []
    if not runs_at_once(found):
        return []
    return UpdateParts(loop, found, parts, registers.lanes).build()


# -- what is found ---------------------------------------------------------------------------------


def find_updates(loop: scf.ParallelOp) -> UpdateLoops | None:
    """The two loops of a kernel that updates at places; None for another kernel."""
    if any(constant_of(bound) != 1 for bound in loop.upperBound):
        return None
    ops = list(loop.body.block.ops)[:-1]
    nests = [op for op in ops if isinstance(op, scf.ForOp)]
    if len(nests) != 2 or any(op.regions or not is_pointwise(op) for op in ops if op not in nests):
        return None
    copies, updates = nests
    extents = [trips_of_constant(nest) for nest in nests]
    if extents[0] is None or extents[1] is None or copies.iter_args or updates.iter_args:
        return None
    *before, branch, _ = updates.body.block.ops
    if not isinstance(branch, scf.IfOp) or branch.false_region.blocks:
        return None
    if any(op.regions or isinstance(op, memref.StoreOp) for op in before):
        return None
    place = checked_place(branch.cond, extents[0])
    if place is None or not isinstance(place.owner, arith.IndexCastOp):
        return None
    found = UpdateLoops(copies, updates, branch, place, extents[0], extents[1])
    return found if stays_at_its_place(found) else None


def trips_of_constant(nest: scf.ForOp) -> int | None:
    """How often a loop by ones from 0 runs; None for another."""
    counts = constant_of(nest.lb) == 0 and constant_of(nest.step) == 1
    return constant_of(nest.ub) if counts else None


def checked_place(condition: SSAValue, places: int) -> SSAValue | None:
    """The index that a condition compares with 0 and with the number of places, and with nothing
    else; None for another condition.
    """
    waiting, checked, compared = [condition], set[SSAValue](), set[tuple[str, int | None]]()
    while waiting:
        op = waiting.pop().owner
        if isinstance(op, arith.AndIOp):
            waiting += op.operands
        elif isinstance(op, arith.CmpiOp):
            checked.add(op.lhs)
            compared.add((WORDS[op.predicate.value.data], constant_of(op.rhs)))
        else:
            return None
    implied = {("sge", 0), ("slt", places)}
    return checked.pop() if len(checked) == 1 and compared <= implied else None


def stays_at_its_place(found: UpdateLoops) -> bool:
    """Whether the loops access what they write at the place of an update or copy only, and both
    write the same buffers.
    """
    copied, updated = (
        {op.memref for op in nest.walk() if isinstance(op, memref.StoreOp)}
        for nest in (found.copies, found.updates)
    )
    own = {found.copies: found.copies.body.block.args[0], found.updates: found.place}
    accesses = [
        (op, place)
        for nest, place in own.items()
        for op in nest.walk()
        if isinstance(op, memref.LoadOp | memref.StoreOp) and op.memref in copied
    ]
    return copied == updated and all(
        bool(op.indices) and op.indices[0] is place for op, place in accesses
    )


def runs_at_once(found: UpdateLoops) -> bool:
    """Whether registers hold what decides on the updates of neighbours: numbers that are loaded from
    neighbours.
    """
    type = found.number.type
    if not isinstance(type, IntegerType) or type.width.data not in (32, 64):
        return False
    along = Strides(found.updates.body.block.args[0])
    for op in ops_behind(found.number, found.updates.body.block):
        if not is_pointwise(op) or isinstance(op, memref.StoreOp):
            return False
        if isinstance(op, memref.LoadOp) and along.of_access(inner_indices(op)) is None:
            return False
        own_index = isinstance(op.results[0].type, IndexType)
        if not isinstance(op, memref.LoadOp) and not own_index:
            indices = [each for each in op.operands if isinstance(each.type, IndexType)]
            if any(along.of(each) != 0 for each in indices):
                return False
    return True


def ops_behind(value: SSAValue, block: Block) -> list[Operation]:
    """The ops of a block that a value is computed by."""
    waiting, found = [value], dict[Operation, None]()
    while waiting:
        owner = waiting.pop().owner
        if isinstance(owner, Operation) and owner.parent is block and owner not in found:
            found[owner] = None
            waiting += owner.operands
    return list(found)


# -- what is built ---------------------------------------------------------------------------------


class UpdateParts:
    """One kernel under replacement."""

    def __init__(self, loop: scf.ParallelOp, found: UpdateLoops, parts: int, lanes: int):
        self.replaced, self.found, self.parts, self.lanes = loop, found, parts, lanes
        self.size = -(-found.places // parts)
        self.to = TileBuilder(loop)
        self.grid = Block(arg_types=[IndexType()])
        self.grid.args[0].name_hint = "part"
        self.outside: dict[SSAValue, SSAValue] = {}
        """Values of the old loop's body -> those of a part."""

    def build(self) -> list[Operation]:
        """Puts the new loop in the place of the old one; returns the new ops."""
        self.to.replace(self.build_loop)
        return self.to.made

    def build_loop(self) -> None:
        """The loop over parts, after the scratch that each worker has."""
        self.list = self.scratch(memref.AllocaOp.get(i32, shape=[BLOCK + self.lanes]), "list")
        self.numbers = self.scratch(memref.AllocaOp.get(i32, shape=[self.lanes]), "lane")
        self.count = self.scratch(memref.AllocaOp.get(i64, shape=[]), "count")
        with self.to.at(self.grid):
            self.build_part()
            self.to.insert(scf.ReduceOp())
        self.to.parallel(self.grid, [self.parts], [WORKGROUP])

    def build_part(self) -> None:
        """Copies a part's elements, then applies its updates, block by block."""
        to, found = self.to, self.found
        self.outside.update(dict.fromkeys(self.replaced.body.block.args, to.index(0)))
        for op in self.replaced.body.block.ops:
            if not isinstance(op, scf.ForOp | scf.ReduceOp):
                copy_op(op, self.outside, to)
        self.begin = to.multiply(self.grid.args[0], self.size)
        behind = to.add(self.begin, to.index(self.size))
        self.end = to.insert(arith.MinSIOp(behind, to.index(found.places))).results[0]
        type = found.number.type
        assert isinstance(type, IntegerType)
        self.begin_number, self.size_number = (
            self.cast(index, type)
            for index in (self.begin, to.insert(arith.SubiOp(self.end, self.begin)).results[0])
        )
        self.copy_loop(found.copies, self.begin, self.end)
        to.loops([self.lanes], [1], lambda at: self.store(self.cast(at[0], i32), self.numbers, at))
        whole = found.count // self.lanes * self.lanes
        to.loops([whole], [BLOCK], lambda at: self.build_block(at[0], whole))
        if whole < found.count:
            self.apply_rest(whole)

    def scratch(self, op: memref.AllocaOp, name: str) -> SSAValue:
        """Memory of a part."""
        made = self.to.insert(op).results[0]
        made.name_hint = name
        return made

    def store(self, value: SSAValue, buffer: SSAValue, at: Sequence[SSAValue]) -> None:
        self.to.insert(memref.StoreOp.get(value, buffer, at))

    def load(self, buffer: SSAValue, at: Sequence[SSAValue]) -> SSAValue:
        return self.to.insert(memref.LoadOp.get(buffer, at)).results[0]

    def constant(self, value: int, type: IntegerType) -> SSAValue:
        return self.to.insert(arith.ConstantOp(IntegerAttr(value, type))).results[0]

    def cast(self, value: SSAValue, type: IntegerType | IndexType) -> SSAValue:
        """An index as an integer, or the reverse."""
        return self.to.insert(arith.IndexCastOp(value, type)).results[0]

    def copy_loop(self, nest: scf.ForOp, begin: SSAValue, end: SSAValue) -> None:
        """The same loop, in other bounds."""
        copy = nest.clone(dict(self.outside))
        copy.operands[0], copy.operands[1] = begin, end
        self.to.insert(copy)
        for old, new in zip(nest.walk(), copy.walk(), strict=True):
            new.location = old.location

    def build_block(self, base: SSAValue, whole: int) -> None:
        """Lists the updates of one block that are the part's, then applies them."""
        to = self.to
        self.store(self.constant(0, i64), self.count, [])
        left = to.insert(arith.SubiOp(to.index(whole), base)).results[0]
        length = to.insert(arith.MinSIOp(left, to.index(BLOCK))).results[0]
        self.loop(to.index(0), length, self.lanes, lambda group: self.list_group(base, group))
        count = self.cast(self.load(self.count, []), IndexType())
        self.loop(to.index(0), count, 1, lambda number: self.apply_listed(base, number))

    def list_group(self, base: SSAValue, group: SSAValue) -> None:
        """Appends the words of a register of updates that are the part's."""
        to, found, points = self.to, self.found, Block(arg_types=[IndexType()])
        first = self.cast(group, i32)
        with to.at(points):
            lane = points.args[0]
            update = to.add(to.add(base, group), lane)
            known = self.outside | {found.updates.body.block.args[0]: update}
            number = copy_value(found.number, known, found.updates.body.block, to)
            behind = to.insert(arith.SubiOp(number, self.begin_number)).results[0]
            inside = to.insert(arith.CmpiOp(behind, self.size_number, "ult")).results[0]
            if behind.type != i32:
                behind = to.insert(arith.TruncIOp(behind, i32)).results[0]
            bits = self.constant(POSITION_BITS, i32)
            high = to.insert(arith.ShLIOp(behind, bits)).results[0]
            position = to.insert(arith.AddiOp(self.load(self.numbers, [lane]), first)).results[0]
            word = to.insert(arith.OrIOp(high, position)).results[0]
            to.insert(AppendOp(word, inside, self.list, self.count))
            to.insert(scf.ReduceOp())
        to.parallel(points, [self.lanes], [LANES])

    def apply_listed(self, base: SSAValue, number: SSAValue) -> None:
        """Applies one update of the list."""
        to = self.to
        word = self.load(self.list, [number])
        mask, bits = (self.constant(value, i32) for value in (BLOCK - 1, POSITION_BITS))
        position = to.insert(arith.AndIOp(word, mask)).results[0]
        behind = to.insert(arith.ShRUIOp(word, bits)).results[0]
        update, place = (
            to.add(start, self.cast(to.insert(arith.ExtUIOp(part, i64)).results[0], IndexType()))
            for start, part in ((base, position), (self.begin, behind))
        )
        self.apply(update, place)

    def apply(self, update: SSAValue, place: SSAValue) -> None:
        """Applies an update at a place of the part."""
        found, body = self.found, self.found.updates.body.block
        known = self.outside | {body.args[0]: update, found.place: place}
        for op in found.branch.true_region.block.ops:
            if isinstance(op, scf.YieldOp):
                return
            for value in dict.fromkeys(each for inner in op.walk() for each in inner.operands):
                if isinstance(value.owner, Operation) and value.owner.parent is body:
                    copy_value(value, known, body, self.to)
            copy_op(op, known, self.to)

    def apply_rest(self, whole: int) -> None:
        """Looks at the updates that fill no register one by one."""
        to, found = self.to, self.found

        def look(update: SSAValue) -> None:
            known = self.outside | {found.updates.body.block.args[0]: update}
            number = copy_value(found.number, known, found.updates.body.block, to)
            behind = to.insert(arith.SubiOp(number, self.begin_number)).results[0]
            inside = to.insert(arith.CmpiOp(behind, self.size_number, "ult")).results[0]
            branch = Block()
            with to.at(branch):
                self.apply(update, self.cast(number, IndexType()))
                to.insert(scf.YieldOp())
            to.insert(scf.IfOp(inside, [], Region(branch)))

        self.loop(to.index(whole), to.index(found.count), 1, look)

    def loop(
        self, begin: SSAValue, end: SSAValue, step: int, body: Callable[[SSAValue], None]
    ) -> None:
        """A loop with a body of its counter."""
        to, block = self.to, Block(arg_types=[IndexType()])
        with to.at(block):
            body(block.args[0])
            to.insert(scf.YieldOp())
        to.insert(scf.ForOp(begin, end, to.index(step), [], Region(block)))
