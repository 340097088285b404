"""Register tiles: loops over points become loops over tiles, whose points a target runs at once.

    scf.parallel (%i, %j) to (m, n) { body }

becomes, with tiles of 8 rows and 32 columns,

    scf.parallel (%tile) to (n / 32 * m / 8) {mapping = ["workgroup"]} {
      scf.parallel (%r, %l) to (8, 32) {mapping = ["unroll", "lanes"]} {
        body with %i = %tile mod (m / 8) * 8 + %r, %j = %tile div (m / 8) * 32 + %l } }

Each row of a tile has registers of its own ("unroll"), which hold its columns side by side
("lanes"). Tiles come down a strip of columns, which stays in the cache, then down the next. Where
tiles do not come out even the last one is moved back and overlaps the one before: its points are
computed twice. So only kernels are tiled that read none of the buffers they write, and tiles come
out even where a kernel reads what may be the same memory: an element at the place that it writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects import math as math_dialect
from xdsl.dialects.builtin import (
    ArrayAttr,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects.extensions import math_extra
from ireelite.lowering.schedules.schedule import MAPPING, kind_of, outer_loop

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

WORKGROUP, UNROLL, LANES = "workgroup", "unroll", "lanes"


@dataclass(frozen=True)
class RegisterFile:
    """What a target's registers hold."""

    lanes: int
    """32-bit numbers in one register."""
    accumulators: int
    """Registers that a tile may fill with sums; the others hold operands."""


REGISTER_FILES: Mapping[str, RegisterFile] = {
    "avx512f": RegisterFile(16, 24),
    "avx2": RegisterFile(8, 12),
    "sse": RegisterFile(4, 12),
    "neon": RegisterFile(4, 24),
}
"""Measured: with two thirds of the registers full of sums, one load serves each multiplication."""

MOST_ROWS = 12
WIDTHS = (1, 2, 4)
"""Registers side by side in one row. LLVM makes poor code of vectors that are no power of two."""


@dataclass(frozen=True)
class Tile:
    """The points that run at once, and how many registers a row of them takes."""

    rows: int
    columns: int
    registers: int

    @property
    def loads(self) -> float:
        """Loads for each multiplication of registers: one for each row, and for each register of
        the columns."""
        return (self.rows + self.registers) / (self.rows * self.registers)


def candidates(
    rows: int, columns: int, lanes: int, accumulators: int, even: bool
) -> Iterator[Tile]:
    """The tiles that fit a plane of points and the registers; if `even`, without a remainder."""
    for registers, height in product(WIDTHS, range(1, min(rows, MOST_ROWS) + 1)):
        width = registers * lanes
        comes_out_even = rows % height == 0 and columns % width == 0
        fits = width <= columns and registers * height <= accumulators
        if fits and (comes_out_even or not even):
            yield Tile(height, width, registers)


def choose_tile(
    rows: int, columns: int, lanes: int, accumulators: int, even: bool = False
) -> Tile | None:
    """The tile with the least work: points that are computed, weighted by loads. None if none
    fits.
    """

    def work(tile: Tile) -> float:
        covered = -(-rows // tile.rows) * tile.rows * -(-columns // tile.columns) * tile.columns
        return covered * max(tile.loads, FULL_SPEED)

    return min(candidates(rows, columns, lanes, accumulators, even), key=work, default=None)


FULL_SPEED = 0.4
"""Loads for each multiplication below which arithmetic is what takes the time."""


# -- what can be tiled -----------------------------------------------------------------------------

POINTWISE: frozenset[type[Operation]] = frozenset(
    {
        arith.ConstantOp, arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp, arith.NegfOp,
        arith.MaximumfOp, arith.MinimumfOp, arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.AndIOp,
        arith.OrIOp, arith.XOrIOp, arith.MaxSIOp, arith.MinSIOp, arith.MaxUIOp, arith.MinUIOp,
        arith.CmpfOp, arith.CmpiOp, arith.SelectOp, arith.ExtFOp, arith.TruncFOp, arith.ExtSIOp,
        arith.ExtUIOp, arith.TruncIOp, arith.SIToFPOp, arith.UIToFPOp, math_dialect.AbsFOp,
        math_dialect.ErfOp, math_dialect.ExpOp, math_dialect.LogOp, math_dialect.RsqrtOp,
        math_dialect.SqrtOp, math_dialect.TanhOp, math_extra.LogisticOp,
    }
)  # fmt: skip
"""Ops of scalars that become ops of registers. Their formulas have no branches."""
STRUCTURE = (memref.LoadOp, memref.StoreOp, scf.ForOp, scf.YieldOp, scf.ReduceOp)


def extents_of(loop: scf.ParallelOp) -> list[int] | None:
    """The number of points of each dimension; None unless the loop counts by ones from 0 to
    constants."""
    bounds = [
        [constant_of(value) for value in values]
        for values in (loop.lowerBound, loop.step, loop.upperBound)
    ]
    lower, step, upper = bounds
    if any(lower) or any(value != 1 for value in step) or None in lower:
        return None
    return None if None in upper else [value for value in upper if value is not None]


def constant_of(value: SSAValue) -> int | None:
    """An index that is a constant."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


class Strides:
    """By how much indices grow from one lane to the next."""

    def __init__(self, lane: SSAValue):
        self._known: dict[SSAValue, int | None] = {lane: 1}

    def of(self, index: SSAValue) -> int | None:
        """0, or 1; None for anything else."""
        if index not in self._known:
            self._known[index] = self._compute(index.owner)
        return self._known[index]

    def of_access(self, indices: Sequence[SSAValue]) -> int | None:
        """How far apart neighbouring lanes are in memory: 0, 1, or None for anything else."""
        strides = [self.of(index) for index in indices]
        return None if None in strides or any(strides[:-1]) else (strides or [0])[-1]

    def _compute(self, owner: Operation | Block) -> int | None:
        if not isinstance(owner, Operation):
            return 0
        strides = [self.of(operand) for operand in owner.operands]
        if not any(strides):
            return None if None in strides else 0
        return (
            1 if isinstance(owner, arith.AddiOp) and sorted(map(bool, strides)) == [0, 1] else None
        )


def is_tileable(kernel: func.FuncOp, loop: scf.ParallelOp) -> bool:
    """Whether all points of a loop can run in lockstep, with those of its last dimension side by
    side in registers: loops inside have constant bounds and carry sums, and each access is of
    neighbours, or of one element for all.
    """
    if kind_of(kernel) != "reduction" or loop.initVals:
        return False
    if any(op is not loop and isinstance(op, scf.ParallelOp) for op in kernel.walk()):
        return False
    strides = Strides(loop.body.block.args[-1])
    reads: set[SSAValue] = set()
    writes: set[SSAValue] = set()
    neighbours_in_loop = False
    for op in loop.body.walk():
        if type(op) not in POINTWISE and not isinstance(op, STRUCTURE):
            return False
        if any(not is_number(value.type) for value in (*op.operands, *op.results)):
            return False
        if isinstance(op, memref.LoadOp | memref.StoreOp):
            if (step := strides.of_access(op.indices)) is None:
                return False
            inside = op.parent_op() is not loop
            if isinstance(op, memref.LoadOp):
                reads.add(op.memref)
                neighbours_in_loop |= inside and step == 1
            elif inside or step != 1:
                return False
            else:
                writes.add(op.memref)
        elif isinstance(op, scf.ForOp):
            if not op.iter_args or None in map(constant_of, (op.lb, op.ub, op.step)):
                return False
        elif not isinstance(op.results[0].type if op.results else None, IndexType) and any(
            isinstance(operand.type, IndexType) and strides.of(operand) != 0
            for operand in op.operands
        ):
            return False
    return neighbours_in_loop and not reads & writes


def is_number(type: Attribute) -> bool:
    """Whether registers hold values of a type, or it is a buffer or an index."""
    return isinstance(type, Float32Type | Float64Type | IntegerType | IndexType | MemRefType)


# -- tiling ----------------------------------------------------------------------------------------


def tile_kernel(kernel: func.FuncOp, registers: RegisterFile, tracker: Tracker | None) -> None:
    """Tiles the outer loop of a kernel that sums along loops, in place, if it can be."""
    loop = outer_loop(kernel)
    extents = None if loop is None else extents_of(loop)
    if loop is None or not extents or not is_tileable(kernel, loop):
        return
    lanes = registers.lanes * 32 // widest(loop)
    rows = extents[-2] if len(extents) > 1 else 1
    even = reads_in_place(loop)
    tile = choose_tile(rows, extents[-1], lanes, registers.accumulators, even)
    if tile is not None:
        made = tile_loop(loop, extents, tile)
        if tracker is not None:
            for op in made:
                tracker.derive(op, (loop,))


def reads_in_place(loop: scf.ParallelOp) -> bool:
    """Whether a point reads an element at the place where it writes one: the two buffers may be the
    same memory."""
    written = {tuple(op.indices) for op in loop.body.walk() if isinstance(op, memref.StoreOp)}
    return any(
        tuple(op.indices) in written for op in loop.body.walk() if isinstance(op, memref.LoadOp)
    )


def widest(loop: scf.ParallelOp) -> int:
    """The bits of the widest number that the points store or add up, 32 at least: LLVM has no
    products of many narrow ones."""
    types = [op.value.type for op in loop.body.walk() if isinstance(op, memref.StoreOp)]
    types += [
        value.type for op in loop.body.walk() if isinstance(op, scf.ForOp) for value in op.res
    ]
    return max(32, *(getattr(type, "bitwidth", 32) for type in types))


def tile_loop(loop: scf.ParallelOp, extents: Sequence[int], tile: Tile) -> list[Operation]:
    """Replaces a loop by one over tiles; returns the ops that are new."""
    body, rank = loop.body.block, min(len(extents), 2)
    holder, points = Block(), Block(arg_types=[IndexType()] * rank)
    grid = Block(arg_types=[IndexType()] * max(len(extents) - 1, 1))
    grid.args[-1].name_hint = "tile"
    build = Builder(loop)
    sizes = [tile.rows, tile.columns][-rank:]
    counts = [-(-extent // size) for extent, size in zip(extents[-rank:], sizes, strict=True)]
    with build.at(grid):
        numbers = [grid.args[-1]]
        if rank == 2:
            numbers = [
                build.remainder(numbers[0], counts[0]),
                build.quotient(numbers[0], counts[0]),
            ]
        starts = [
            build.start(number, size, extent)
            for number, size, extent in zip(numbers, sizes, extents[-rank:], strict=True)
        ]
    with build.at(points):
        places = [build.add(start, own) for start, own in zip(starts, points.args, strict=True)]
    for old, new in zip(body.args, [*grid.args[:-1], *places], strict=True):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    for op in list(body.ops):
        op.detach()
        points.add_op(op)
    with build.at(grid):
        build.parallel(points, sizes, [UNROLL, LANES][-rank:])
        build.insert(scf.ReduceOp())
    with build.at(holder):
        outer = [*extents[:-2], prod(counts)]
        build.parallel(grid, outer, [WORKGROUP] * len(outer))
    for op in list(holder.ops):
        op.detach()
        Rewriter.insert_op(op, InsertPoint.before(loop))
    loop.detach()
    loop.erase(safe_erase=False)
    return build.made


class Builder:
    """Inserts the arithmetic of tiles, at the place of the loop that they replace."""

    def __init__(self, loop: scf.ParallelOp):
        self.location = loop.location
        self.made: list[Operation] = []
        self._block = Block()

    @contextmanager
    def at(self, block: Block) -> Iterator[None]:
        """Inserts at a block's end for the length of a `with`."""
        saved, self._block = self._block, block
        yield
        self._block = saved

    def insert(self, op: Operation) -> Operation:
        """Inserts an op with the loop's location."""
        op.location = self.location
        self._block.add_op(op)
        self.made.append(op)
        return op

    def index(self, value: int) -> SSAValue:
        """A constant."""
        return self.insert(arith.ConstantOp(IntegerAttr(value, IndexType()))).results[0]

    def add(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """A sum."""
        return self.insert(arith.AddiOp(a, b)).results[0]

    def remainder(self, number: SSAValue, count: int) -> SSAValue:
        """`number mod count`."""
        return self.insert(arith.RemUIOp(number, self.index(count))).results[0]

    def quotient(self, number: SSAValue, count: int) -> SSAValue:
        """`number div count`."""
        return self.insert(arith.DivUIOp(number, self.index(count))).results[0]

    def start(self, number: SSAValue, size: int, extent: int) -> SSAValue:
        """Where a tile begins; the last one early enough to end with the points."""
        start = self.insert(arith.MuliOp(number, self.index(size))).results[0]
        if extent % size == 0:
            return start
        return self.insert(arith.MinSIOp(start, self.index(extent - size))).results[0]

    def parallel(self, body: Block, extents: Sequence[int], words: Sequence[str]) -> None:
        """A loop by ones from 0, marked with what runs along each dimension."""
        zero, one = self.index(0), self.index(1)
        ends = [self.index(extent) for extent in extents]
        rank = len(extents)
        loop = scf.ParallelOp([zero] * rank, ends, [one] * rank, Region(body))
        loop.attributes[MAPPING] = ArrayAttr([StringAttr(word) for word in words])
        self.insert(loop)
