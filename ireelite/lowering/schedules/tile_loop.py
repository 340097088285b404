"""The loop over points that becomes one over tiles."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.lowering.schedules.packing import (
    Pack,
    emit_pack,
    emit_row_pack,
    replace_by_packed,
)
from ireelite.lowering.schedules.schedule import LANES, UNROLL, WORKGROUP
from ireelite.lowering.schedules.strides import divisors_of
from ireelite.lowering.schedules.tile_builder import TileBuilder
from ireelite.lowering.schedules.tiles import Tile

ENOUGH_PARTS = 16
"""Parts of a kernel that workers share well."""
MIN_TILES_OF_A_PART = 4
"""Tiles of a strip that read what one part has packed, at least."""


def tile_loop(
    loop: scf.ParallelOp,
    extents: Sequence[int],
    tile: Tile,
    row: int | None = None,
    packs: Sequence[Pack] = (),
    row_packs: Sequence[Pack] = (),
) -> list[Operation]:
    """Replaces a loop by one over tiles; returns the ops that are new. A tile's rows are along the
    dimension `row`, the last one but one if there are several. With packed operands one point of
    the new loop is a part of a strip: it packs, and runs tile after tile, each of which packs what
    its own rows read.
    """
    return TileLoop(loop, extents, tile, row, packs, row_packs).build()


class TileLoop:
    """One loop under replacement."""

    def __init__(
        self,
        loop: scf.ParallelOp,
        extents: Sequence[int],
        tile: Tile,
        row: int | None,
        packs: Sequence[Pack],
        row_packs: Sequence[Pack],
    ):
        last = len(extents) - 1
        row = last - 1 if row is None else row
        self.loop, self.extents, self.tile = loop, extents, tile
        self.packs, self.row_packs = packs, row_packs
        self.tiled = [row, last] if last else [last]
        self.others = [dimension for dimension in range(last) if dimension != row]
        sizes = [tile.rows, tile.columns][-len(self.tiled) :]
        self.sizes = dict(zip(self.tiled, sizes, strict=True))
        self.counts = [-(-extents[dimension] // size) for dimension, size in self.sizes.items()]
        self.points = Block(arg_types=[IndexType()] * len(self.tiled))
        self.grid = Block(arg_types=[IndexType()] * (len(self.others) + 1))
        self.grid.args[-1].name_hint = "tile"
        self.to = TileBuilder(loop)

    def build(self) -> list[Operation]:
        """Puts the new loops in the place of the old one; returns the new ops."""
        outer = [self.extents[dimension] for dimension in self.others]

        def build() -> None:
            parts = self.build_strips() if self.packs else self.build_tiles()
            self.to.parallel(self.grid, [*outer, parts], [WORKGROUP] * (len(outer) + 1))

        self.to.replace(build)
        return self.to.made

    def build_tiles(self) -> int:
        """Fills the grid: one tile each. Returns the number of tiles."""
        to = self.to
        with to.at(self.grid):
            numbers: list[SSAValue] = [self.grid.args[-1]]
            if len(self.tiled) == 2:
                width = self.tile.side_by_side(self.counts[1])
                numbers = to.place_in_strips(numbers[0], self.counts, width)
            starts = [self.start(*pair) for pair in zip(self.tiled, numbers, strict=True)]
            places = self.move_points(starts)
            self.divide_start(starts[-1], places[-1])
            self.insert_points()
            to.insert(scf.ReduceOp())
        return prod(self.counts)

    def build_strips(self) -> int:
        """Fills the grid: one part of a strip of columns each. Returns the number of parts."""
        to, (rows, strips) = self.to, self.counts
        around = prod(self.extents[dimension] for dimension in self.others)
        parts = parts_of_strip(rows, strips * around)
        columns = self.sizes[self.tiled[1]]
        scratch = [self.scratch(pack, [*pack.trips, columns]) for pack in self.packs]
        height = self.sizes[self.tiled[0]]
        of_rows = [self.scratch(pack, [height, *pack.trips]) for pack in self.row_packs]
        with to.at(self.grid):
            part, strip = to.place_in_strips(self.grid.args[-1], [parts], 1)
            start = self.start(self.tiled[1], strip)
            first = to.multiply(part, rows // parts)
            inside = Block(arg_types=[IndexType()])
            with to.at(inside):
                row = self.start(self.tiled[0], to.add(first, inside.args[0]))
                place, column = self.move_points([row, start])
                for pack, buffer in zip(self.row_packs, of_rows, strict=True):
                    emit_row_pack(pack, buffer, height, row, place, to)
                    replace_by_packed(pack, buffer, to, rows=self.points.args[:1])
            for pack, buffer in zip(self.packs, scratch, strict=True):
                emit_pack(pack, buffer, columns, start, column, to)
                replace_by_packed(pack, buffer, to, columns=self.points.args[1:])
            self.divide_start(start, column)
            with to.at(inside):
                self.insert_points()
            to.loop(inside, rows // parts)
            to.insert(scf.ReduceOp())
        return strips * parts

    def scratch(self, pack: Pack, shape: Sequence[int]) -> SSAValue:
        """Allocates memory for what a strip or a tile reads."""
        made = self.to.insert(memref.AllocaOp.get(pack.value.type, shape=shape)).results[0]
        made.name_hint = "packed"
        return made

    def start(self, dimension: int, number: SSAValue) -> SSAValue:
        """Returns where a tile begins."""
        return self.to.start(number, self.sizes[dimension], self.extents[dimension])

    def move_points(self, starts: Sequence[SSAValue]) -> list[SSAValue]:
        """Moves the body to the points of tiles that begin at these places; returns the points'
        own places.
        """
        body = self.loop.body.block
        with self.to.at(self.points):
            own = self.points.args
            places = [self.to.add(*pair) for pair in zip(starts, own, strict=True)]
        pairs = zip([*self.others, *self.tiled], [*self.grid.args[:-1], *places], strict=True)
        for dimension, new in pairs:
            new.name_hint = body.args[dimension].name_hint
            body.args[dimension].replace_all_uses_with(new)
        for op in list(body.ops):
            op.detach()
            self.points.add_op(op)
        return places

    def divide_start(self, start: SSAValue, column: SSAValue) -> None:
        """Divides the first column of a tile, at the builder's place, instead of each: a tile lies
        between two multiples of the divisor.
        """
        for op, divisor in divisors_of(column).items():
            if isinstance(op, arith.DivUIOp):
                new = self.to.quotient(start, divisor)
            else:
                own = arith.AddiOp(self.to.remainder(start, divisor), self.points.args[-1])
                own.location = op.location
                self.to.made.append(own)
                Rewriter.insert_op(own, InsertPoint.before(op))
                new = own.result
            op.results[0].replace_all_uses_with(new)
            op.detach()
            op.erase()

    def insert_points(self) -> None:
        """Inserts the tile's loop."""
        words = [UNROLL, LANES][-len(self.tiled) :]
        self.to.parallel(self.points, list(self.sizes.values()), words)


def parts_of_strip(tiles: int, strips: int) -> int:
    """Returns into how many equal parts the tiles of each strip are divided, so that all workers
    have some and each packed operand is read several times.
    """
    wanted = min(-(-ENOUGH_PARTS // strips), max(1, tiles // MIN_TILES_OF_A_PART))
    return max(parts for parts in range(1, wanted + 1) if tiles % parts == 0)
