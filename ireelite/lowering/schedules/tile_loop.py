"""The loop over points that becomes one over tiles, and the arithmetic of where tiles begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ArrayAttr, IndexType, IntegerAttr, StringAttr
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.lowering.schedules.schedule import LANES, MAPPING, UNROLL, WORKGROUP
from ireelite.lowering.schedules.tiles import Tile


def tile_loop(
    loop: scf.ParallelOp, extents: Sequence[int], tile: Tile, row: int | None = None
) -> list[Operation]:
    """Replaces a loop by one over tiles; returns the ops that are new. A tile's rows are along the
    dimension `row`, the last one but one if there are several.
    """
    body, last = loop.body.block, len(extents) - 1
    row = last - 1 if row is None else row
    tiled = [row, last] if last else [last]
    others = [dimension for dimension in range(last) if dimension != row]
    holder, points = Block(), Block(arg_types=[IndexType()] * len(tiled))
    grid = Block(arg_types=[IndexType()] * (len(others) + 1))
    grid.args[-1].name_hint = "tile"
    build = Builder(loop)
    sizes = dict(zip(tiled, [tile.rows, tile.columns][-len(tiled) :], strict=True))
    counts = [-(-extents[dimension] // size) for dimension, size in sizes.items()]
    with build.at(grid):
        numbers = [grid.args[-1]]
        if len(tiled) == 2:
            numbers = build.place_in_strips(numbers[0], counts, tile.side_by_side(counts[1]))
        starts = [
            build.start(number, size, extents[dimension])
            for number, (dimension, size) in zip(numbers, sizes.items(), strict=True)
        ]
    with build.at(points):
        places = [build.add(start, own) for start, own in zip(starts, points.args, strict=True)]
    new_of = dict(zip([*others, *tiled], [*grid.args[:-1], *places], strict=True))
    for dimension, old in enumerate(body.args):
        new_of[dimension].name_hint = old.name_hint
        old.replace_all_uses_with(new_of[dimension])
    for op in list(body.ops):
        op.detach()
        points.add_op(op)
    with build.at(grid):
        build.parallel(points, list(sizes.values()), [UNROLL, LANES][-len(tiled) :])
        build.insert(scf.ReduceOp())
    with build.at(holder):
        outer = [*(extents[dimension] for dimension in others), prod(counts)]
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

    def place_in_strips(self, tile: SSAValue, counts: Sequence[int], width: int) -> list[SSAValue]:
        """The row and the column of a tile: strips are `width` tiles wide, and tiles are counted
        along a strip's rows.
        """
        if width == 1:
            return [self.remainder(tile, counts[0]), self.quotient(tile, counts[0])]
        in_strip, strip = (
            self.remainder(tile, counts[0] * width),
            self.quotient(tile, counts[0] * width),
        )
        first = self.insert(arith.MuliOp(strip, self.index(width))).results[0]
        return [self.quotient(in_strip, width), self.add(first, self.remainder(in_strip, width))]

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
