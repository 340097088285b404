"""Operands that a tile reads in columns are packed first: copied to scratch, in rows.

The product of a matrix with a transposed one reads neighbours along the loop of its sums, not along
a tile's lanes. For each strip of columns what all tiles of the strip read is copied to memory of the
worker, in the order of the loop, so that a row of it is one load of neighbours:

    scf.for %k = 0 to K step 16 { scf.for %c = 0 to 32 step 16 {
      scf.parallel (%r, %l) to (16, 16) {mapping = ["unroll", "lanes"]} {
        store load B[j + %c + %l, %k + %r], packed[%k + %r, %c + %l] } } }

The copy runs in squares where it is a transpose, and element by element elsewhere. Rows of a large
operand are packed too: each is in another page of memory. What is packed may be computed from what
is loaded: the words of `pairs.py` are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import FixedBitwidthType, IndexType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.schedules.schedule import LANES, UNROLL
from ireelite.lowering.schedules.strides import Strides, constant_of
from ireelite.lowering.schedules.tile_builder import TileBuilder

LARGEST_PACK = 1 << 19
"""Bytes of scratch for one strip: what half of a core's second cache holds."""
LARGE_BUFFER = 1 << 21
"""Elements of an operand that is packed though tiles read neighbours of it: measured."""
MANY_ROWS = 48
"""Rows that read a strip of such an operand, at least."""
MIN_ROWS = 8
"""Rows that read a packed strip, below which packing costs more than it gains."""
MIN_PRODUCTS = 1 << 14
"""Points of all loops below which packing costs more than it gains."""

INDEX_OPS = (arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.DivUIOp, arith.RemUIOp)
"""Arithmetic of indices."""


@light_dataclass(frozen=True)
class Pack:
    """A value inside of loops that is replaced by a load of packed ones."""

    value: SSAValue
    """What is loaded, or computed from that."""
    loops: tuple[scf.ForOp, ...]
    """Those around it, outermost first."""
    size: int
    """Rows and columns of the squares in which it is copied; 0 for one element after the other."""

    @property
    def trips(self) -> list[int]:
        """The numbers of turns of the loops."""
        return [trips_of(loop) for loop in self.loops]

    @property
    def column_bytes(self) -> int:
        """Bytes that are packed for one column."""
        element = self.value.type
        return prod(self.trips) * (element.size if isinstance(element, FixedBitwidthType) else 8)


def trips_of(loop: scf.ForOp) -> int:
    """Returns the number of turns of a loop that counts by ones from 0 to a constant; else 0."""
    lower, upper, step = map(constant_of, (loop.lb, loop.ub, loop.step))
    return upper or 0 if (lower, step) == (0, 1) else 0


def find_pack(value: SSAValue, body: Block, row: int, size: int) -> Pack | None:
    """Returns how a value is packed for tiles whose rows are along a dimension; None if it can't
    be, since each row reads other elements, or its place is not known before the loops run.
    """
    assert isinstance(value.owner, Operation)
    loops: list[scf.ForOp] = []
    around = value.owner.parent_op()
    while isinstance(around, scf.ForOp):
        loops.insert(0, around)
        around = around.parent_op()
    if not loops or not all(trips_of(loop) for loop in loops):
        return None
    arguments = [body.args[row], *(value for loop in loops for value in loop.body.block.args[1:])]
    loads = [op for op in ops_of(value, body) if isinstance(op, memref.LoadOp)]
    indices = [index for load in loads for index in load.indices]
    if any(Strides(argument).of(index) != 0 for argument in arguments for index in indices):
        return None
    if not all(is_index_arithmetic(index) for index in indices):
        return None
    inner, lane = Strides(loops[-1].body.block.args[0]), Strides(body.args[-1])
    lanes = [lane.of(index) for index in indices]
    turns = all(
        inner.of_access(load.indices) == 1 and not lane.of(load.indices[-1]) for load in loads
    )
    even = trips_of(loops[-1]) % size == 0
    return Pack(value, tuple(loops), size if turns and None not in lanes and even else 0)


def ops_of(value: SSAValue, body: Block) -> list[Operation]:
    """Returns the ops within a block that compute a value, without loops: the first ones last."""
    found: dict[Operation, None] = {}
    waiting = [value]
    while waiting:
        owner = waiting.pop().owner
        if isinstance(owner, Operation) and owner not in found and is_within(owner, body):
            found[owner] = None
            waiting.extend(owner.operands)
    return list(found)


def is_within(op: Operation, body: Block) -> bool:
    """Returns whether an op is in a block, or in a region of one that is."""
    block = op.parent
    while block is not None and block is not body:
        around = block.parent_op()
        block = around.parent if around is not None else None
    return block is body


def is_index_arithmetic(index: SSAValue) -> bool:
    """Returns whether an index is computed from loops and constants alone."""
    owner = index.owner
    if isinstance(owner, Block):
        return isinstance(index.type, IndexType)
    if isinstance(owner, arith.ConstantOp):
        return True
    return isinstance(owner, INDEX_OPS) and all(map(is_index_arithmetic, owner.operands))


def emit_pack(
    pack: Pack, scratch: SSAValue, columns: int, start: SSAValue, lane: SSAValue, to: TileBuilder
) -> None:
    """Copies what a strip of columns reads, at the builder's place. `start` is the strip's first
    column; `lane` is the column by which the load's indices are computed.
    """
    trips, size = pack.trips, pack.size
    counters: list[SSAValue] = [loop.body.block.args[0] for loop in pack.loops]
    points = pack.loops[0].parent
    assert points is not None

    def copy(turns: Sequence[SSAValue], column: SSAValue) -> None:
        known: dict[SSAValue, SSAValue] = dict(zip(counters, turns, strict=True))
        known[lane] = to.add(start, column)
        copied = copy_value(pack.value, known, points, to)
        to.insert(memref.StoreOp.get(copied, scratch, [*turns, column]))

    if not size:
        to.loops([*trips, columns], [1] * (len(trips) + 1), lambda at: copy(at[:-1], at[-1]))
        return

    def square(at: Sequence[SSAValue]) -> None:
        *turns, first, column = at

        def point(row: SSAValue, lane: SSAValue) -> None:
            copy([*turns, to.add(first, row)], to.add(column, lane))

        to.tile((size, size), (UNROLL, LANES), point)

    to.loops([*trips, columns], [1] * (len(trips) - 1) + [size, size], square)


def emit_row_pack(
    pack: Pack, scratch: SSAValue, rows: int, start: SSAValue, place: SSAValue, to: TileBuilder
) -> None:
    """Copies what a tile of rows reads, at the builder's place. `start` is its first row; `place` is
    the row by which the load's indices are computed.
    """
    counters = [loop.body.block.args[0] for loop in pack.loops]
    points = pack.loops[0].parent
    assert points is not None

    def copy(at: Sequence[SSAValue]) -> None:
        known: dict[SSAValue, SSAValue] = dict(zip(counters, at[1:], strict=True))
        known[place] = to.add(start, at[0])
        to.insert(memref.StoreOp.get(copy_value(pack.value, known, points, to), scratch, at))

    to.loops([rows, *pack.trips], [1] * (len(pack.trips) + 1), copy)


def copy_value(
    value: SSAValue, known: dict[SSAValue, SSAValue], points: Block, to: TileBuilder
) -> SSAValue:
    """Copies what computes a value within a block, with other values for some of it."""
    owner = value.owner
    if value not in known and isinstance(owner, Operation) and is_within(owner, points):
        operands = [copy_value(operand, known, points, to) for operand in owner.operands]
        made = to.insert(owner.clone(dict(zip(owner.operands, operands, strict=True))))
        known.update(zip(owner.results, made.results, strict=True))
    return known.get(value, value)


def replace_by_packed(
    pack: Pack,
    scratch: SSAValue,
    to: TileBuilder,
    rows: Sequence[SSAValue] = (),
    columns: Sequence[SSAValue] = (),
) -> None:
    """Loads packed elements instead, of a row or of a column of a tile."""
    owner, points = pack.value.owner, pack.loops[0].parent
    assert isinstance(owner, Operation) and owner.parent is not None and points is not None
    indices = [*rows, *(loop.body.block.args[0] for loop in pack.loops), *columns]
    packed = memref.LoadOp.get(scratch, indices)
    packed.location = owner.location
    owner.parent.insert_op_before(packed, owner)
    to.made.append(packed)
    computed = ops_of(pack.value, points)
    pack.value.replace_all_uses_with(packed.res)
    erase_unused(computed)


def erase_unused(ops: Sequence[Operation]) -> None:
    """Erases those of these ops that nothing uses, then those that only they used."""
    unused = [op for op in ops if not any(True for result in op.results for _ in result.uses)]
    for op in unused:
        op.detach()
        op.erase()
    if unused:
        erase_unused([op for op in ops if op not in unused])
