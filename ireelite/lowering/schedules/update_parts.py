"""Updates at places that data determines, divided into parts of the result.

    scf.parallel (%i) to (1) {
      scf.for %k = 0 to N { load %x[%k] ; store %result[%k] }
      scf.for %k = 0 to M { %place = ... ; scf.if (%place >= 0 && %place < N) { update %result } } }

Each part owns a range of places: it copies their elements, then applies the updates at these places
in order, so the result is the same, bit by bit, for any number of parts. A register of updates at
once is tested for belonging to the part: positions and places of those that do are appended to a
list, for blocks of updates whose list stays in the cache. A loop without a branch then applies the
updates in the list.

    scf.parallel (%part) to (2) {mapping = ["workgroup"]} {
      scf.for %k = %begin to %end { load %x[%k] ; store %result[%k] }
      scf.for %base = 0 to M step 512 {
        scf.for %group = 0 to 512 step 16 {
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
"""Fewest updates per part: every part tests all updates."""
MAX_PARTS = 4
MIN_PLACES = 1 << 12
"""Fewest places of a part: copying them takes as long as dispatching the part to another core."""
POSITION_BITS = 9
"""Bits of a word of the list that hold the position in the block; the others hold the place in the
part."""
BLOCK = 1 << POSITION_BITS
"""Updates that are tested before those in the list are applied."""


@light_dataclass(frozen=True)
class UpdateLoops:
    """The two loops of a kernel: one copies all elements, one updates some of them."""

    copies: scf.ForOp
    updates: scf.ForOp
    branch: scf.IfOp
    place: SSAValue
    """The index at which an update is applied: the cast of an integer to an index."""
    places: int
    count: int
    """The number of updates."""

    @property
    def number(self) -> SSAValue:
        """The place as an integer, before the cast, and before it is clamped to a range that all
        places lie within: a number outside of the places has no effect, clamped or not.
        """
        owner = self.place.owner
        assert isinstance(owner, arith.IndexCastOp)
        return without_clamps(owner.input, self.places)


def divide_updates(loop: scf.ParallelOp, registers: RegisterFile) -> list[Operation]:
    """Replaces a loop of a single point, which copies and updates, by a loop over parts of the
    places. Returns the new ops; an empty list if the loop is not of this form or dividing it does
    not pay off.
    """
    found = find_updates(loop)
    if found is None or not registers.compresses:
        return []
    parts = min(MAX_PARTS, found.count // UPDATES_OF_A_PART, found.places // MIN_PLACES)
    if parts < 2 or -(-found.places // parts) >= 1 << (32 - POSITION_BITS):
        return []
    if not runs_at_once(found):
        return []
    return UpdateParts(loop, found, parts, registers.lanes).build()


# -- what is found ---------------------------------------------------------------------------------


def find_updates(loop: scf.ParallelOp) -> UpdateLoops | None:
    """Returns the two loops of a kernel that updates at places; None for other kernels."""
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


def without_clamps(value: SSAValue, places: int) -> SSAValue:
    """Returns what a value is before it is clamped by constants that are no places."""
    while isinstance(owner := value.owner, arith.MinSIOp | arith.MaxSIOp):
        bound = constant_of(owner.rhs)
        is_below = isinstance(owner, arith.MaxSIOp)
        if bound is None or (bound >= 0 if is_below else bound < places):
            break
        value = owner.lhs
    return value


def trips_of_constant(nest: scf.ForOp) -> int | None:
    """Returns the trip count of a loop from 0 with step 1 and a constant bound; None for other
    loops.
    """
    counts = constant_of(nest.lb) == 0 and constant_of(nest.step) == 1
    return constant_of(nest.ub) if counts else None


def checked_place(condition: SSAValue, places: int) -> SSAValue | None:
    """Returns the index that a condition compares with 0 and with the number of places, if it tests
    nothing else; None for other conditions.
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
    """Returns whether both loops write the same buffers, and access these only at the element that
    is being copied or at the place of the update.
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
    """Returns whether vector registers can compute the places of neighbouring updates: by pointwise
    arithmetic from numbers that neighbours load from neighbouring addresses or from the same one.
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
    """Returns the ops of a block that contribute to a value."""
    waiting, found = [value], dict[Operation, None]()
    while waiting:
        owner = waiting.pop().owner
        if isinstance(owner, Operation) and owner.parent is block and owner not in found:
            found[owner] = None
            waiting += owner.operands
    return list(found)


# -- what is built ---------------------------------------------------------------------------------


class UpdateParts:
    """Builder of the loop over parts that replaces a kernel's loop."""

    def __init__(self, loop: scf.ParallelOp, found: UpdateLoops, parts: int, lanes: int):
        self.replaced, self.found, self.parts, self.lanes = loop, found, parts, lanes
        self.size = -(-found.places // parts)
        self.to = TileBuilder(loop)
        self.grid = Block(arg_types=[IndexType()])
        self.grid.args[0].name_hint = "part"
        self.outside: dict[SSAValue, SSAValue] = {}
        """Values of the old loop's body -> values in the body of a part."""

    def build(self) -> list[Operation]:
        """Replaces the old loop by the new one; returns the new ops."""
        self.to.replace(self.build_loop)
        return self.to.made

    def build_loop(self) -> None:
        """Builds the scratch buffers of a worker and the loop over parts."""
        self.list = self.scratch(memref.AllocaOp.get(i32, shape=[BLOCK + self.lanes]), "list")
        self.numbers = self.scratch(memref.AllocaOp.get(i32, shape=[self.lanes]), "lane")
        self.count = self.scratch(memref.AllocaOp.get(i64, shape=[]), "count")
        with self.to.at(self.grid):
            self.build_part()
            self.to.insert(scf.ReduceOp())
        self.to.parallel(self.grid, [self.parts], [WORKGROUP])

    def build_part(self) -> None:
        """Builds the body of a part: it copies the part's elements, then applies its updates block
        by block.
        """
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
        """Inserts the allocation of a scratch buffer."""
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
        """Casts an index to an integer, or the reverse."""
        return self.to.insert(arith.IndexCastOp(value, type)).results[0]

    def copy_loop(self, nest: scf.ForOp, begin: SSAValue, end: SSAValue) -> None:
        """Inserts a copy of a loop with other bounds."""
        copy = nest.clone(dict(self.outside))
        copy.operands[0], copy.operands[1] = begin, end
        self.to.insert(copy)
        for old, new in zip(nest.walk(), copy.walk(), strict=True):
            new.location = old.location

    def build_block(self, base: SSAValue, whole: int) -> None:
        """Builds the code that lists the updates of one block that belong to the part, then applies
        them.
        """
        to = self.to
        self.store(self.constant(0, i64), self.count, [])
        left = to.insert(arith.SubiOp(to.index(whole), base)).results[0]
        length = to.insert(arith.MinSIOp(left, to.index(BLOCK))).results[0]
        self.loop(to.index(0), length, self.lanes, lambda group: self.list_group(base, group))
        count = self.cast(self.load(self.count, []), IndexType())
        self.loop(to.index(0), count, 1, lambda number: self.apply_listed(base, number))

    def list_group(self, base: SSAValue, group: SSAValue) -> None:
        """Builds the code that tests a register of updates and appends a word for each one of the
        part.
        """
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
        """Builds the code that applies one update of the list."""
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
        """Builds the code that applies an update at a place of the part."""
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
        """Builds the code that tests and applies, one by one, the last updates, which fill no
        register.
        """
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
        """Builds a loop; `body` is called with the loop's counter to build its body."""
        to, block = self.to, Block(arg_types=[IndexType()])
        with to.at(block):
            body(block.args[0])
            to.insert(scf.YieldOp())
        to.insert(scf.ForOp(begin, end, to.index(step), [], Region(block)))
