"""Register tiles: loops over points become loops over tiles, whose points a target runs at once.

    scf.parallel (%i, %j) to (m, n) { body }

becomes, with tiles of 8 rows and 32 columns,

    scf.parallel (%tile) to (n / 32 * m / 8) {mapping = ["workgroup"]} {
      scf.parallel (%r, %l) to (8, 32) {mapping = ["unroll", "lanes"]} {
        body with %i = %tile mod (m / 8) * 8 + %r, %j = %tile div (m / 8) * 32 + %l } }

Each row of a tile has registers of its own ("unroll"), which hold its columns side by side
("lanes"). Tiles come down a strip of columns, which stays in the cache, then down the next; what
they read in columns is packed for the strip (`packing.py`). Where tiles do not come out even the
last one is moved back and overlaps the one before: its points are
computed twice. So only kernels are tiled that read none of the buffers they write, and tiles come
out even where a kernel reads what may be the same memory: an element at the place that it writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import FixedBitwidthType, MemRefType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.lowering.schedules.lockstep_ops import (
    holds_numbers,
    is_pointwise,
    reads_in_place,
    uses_lane,
    widest,
)
from ireelite.lowering.schedules.packing import (
    LARGE_BUFFER,
    LARGEST_PACK,
    MANY_ROWS,
    MIN_PRODUCTS,
    MIN_ROWS,
    Pack,
    find_pack,
    ops_of,
    trips_of,
)
from ireelite.lowering.schedules.pairs import find_paired_sum, pair_up
from ireelite.lowering.schedules.schedule import kind_of, outer_loop
from ireelite.lowering.schedules.segments import divide_in_segments
from ireelite.lowering.schedules.streams import tile_stream
from ireelite.lowering.schedules.strides import Strides, constant_of, divisors_of, extents_of
from ireelite.lowering.schedules.tile_builder import TileBuilder
from ireelite.lowering.schedules.tile_loop import tile_loop
from ireelite.lowering.schedules.tiles import RegisterFile, choose_tile
from ireelite.lowering.schedules.transposes import tile_transpose
from ireelite.lowering.schedules.update_parts import divide_updates

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MIN_PARTIAL_TILE_POINTS = 1 << 8
"""Number of points of all loops below which columns that fill a register only partly are left as
plain loops."""
CORRECTIONS = 4
"""Registers that hold the correction sums, which a tile's columns share."""
STRUCTURE = (memref.LoadOp, memref.StoreOp, scf.ForOp, scf.YieldOp, scf.ReduceOp)


def find_sums(loop: scf.ParallelOp) -> list[memref.LoadOp] | None:
    """Returns whether all points of a loop can run in lockstep, with those of its last dimension
    side by side in registers: loops inside have constant bounds and carry sums, and each access is
    of neighbours, or of one element for all.

    Returns the loads inside of loops that are neither, which must be packed; None if it can't be.
    """
    strides = Strides(loop.body.block.args[-1], between_multiples=True)
    reads: set[SSAValue] = set()
    writes: set[SSAValue] = set()
    columns: list[memref.LoadOp] = []
    neighbours_in_loop = False
    for op in loop.body.walk():
        if not is_pointwise(op) and not (isinstance(op, STRUCTURE) and holds_numbers(op)):
            return None
        if isinstance(op, memref.LoadOp | memref.StoreOp):
            step, inside = strides.of_access(op.indices), op.parent_op() is not loop
            if isinstance(op, memref.LoadOp):
                reads.add(op.memref)
                if step is None and not inside:
                    return None
                if step is None:
                    columns.append(op)
                neighbours_in_loop |= inside and step == 1
            elif inside or step != 1:
                return None
            else:
                writes.add(op.memref)
        elif isinstance(op, scf.ForOp):
            if not op.iter_args or None in map(constant_of, (op.lb, op.ub, op.step)):
                return None
    if any(uses_lane(block, strides) for block in blocks_of(loop)) or reads & writes:
        return None
    return columns if columns or neighbours_in_loop else None


def blocks_of(loop: scf.ParallelOp) -> Iterator[Block]:
    """Yields the body of a loop, and those of the loops inside."""
    yield loop.body.block
    for op in loop.body.walk():
        for region in op.regions:
            yield from region.blocks


def tile_kernel(kernel: func.FuncOp, registers: RegisterFile, tracker: Tracker | None) -> None:
    """Tiles the outer loop of a kernel, in place, if possible and if it computes sums in inner
    loops, transposes, processes elements one by one, or updates elements at places that data
    determines.
    """
    loop = outer_loop(kernel)
    extents = None if loop is None else extents_of(loop)
    if loop is None or not extents or loop.initVals:
        return
    if sum(isinstance(op, scf.ParallelOp) for op in kernel.walk()) > 1:
        return
    kind = kind_of(kernel)
    if kind == "reduction":
        tiled = tile_sums(loop, extents, registers)
    elif kind == "pointwise":
        tiled = divide_in_segments(loop, extents)
        if not tiled and len(extents) > 1:
            tiled = tile_transpose(loop, extents, registers)
        if not tiled:
            tiled = tile_stream(loop, extents, registers)
    else:
        tiled = divide_updates(loop, registers)
    if tracker is not None:
        for op in tiled:
            if op.parent is not None:
                tracker.derive(op, (loop,))


def tile_sums(
    loop: scf.ParallelOp, extents: Sequence[int], registers: RegisterFile
) -> list[Operation]:
    """Tiles the loop of a kernel that carries sums; returns the new ops, none if it can't be."""
    if find_sums(loop) is None:
        return []
    lanes = registers.lanes * 32 // widest(loop)
    if extents[-1] < lanes and products_of(loop, extents) < MIN_PARTIAL_TILE_POINTS:
        return []
    row = row_dimension(loop, extents)
    to = TileBuilder(loop)
    words = pair_products(loop, extents, row, registers, to)
    packs = find_packs(loop, extents, row, lanes, words)
    if packs is None:
        return []
    most = min([extents[-1], *(LARGEST_PACK // pack.column_bytes // len(packs) for pack in packs)])
    rows = extents[row] if len(extents) > 1 else 1
    even = reads_in_place(loop)
    divisors = set(divisors_of(loop.body.block.args[-1]).values())
    taken = CORRECTIONS if words and carries_corrections(loop) else 0
    accumulators = registers.accumulators - taken
    read = column_bytes(loop)
    cached = registers.first_cache // 2 // read if read else None
    tile = choose_tile(rows, extents[-1], lanes, accumulators, even, most, divisors, cached)
    if tile is None:
        return []
    of_rows = [] if words or not packs else converted_packs(loop, row, len(extents) - 1, tile.rows)
    return [*to.made, *tile_loop(loop, extents, tile, row, packs, of_rows)]


def carries_corrections(loop: scf.ParallelOp) -> bool:
    """Returns whether the sums of a loop have corrections: second sums that columns share and that
    occupy registers, too.
    """
    return any(isinstance(op, scf.ForOp) and len(op.iter_args) > 1 for op in loop.body.walk())


def pair_products(
    loop: scf.ParallelOp,
    extents: Sequence[int],
    row: int,
    registers: RegisterFile,
    to: TileBuilder,
) -> list[Pack]:
    """Makes a sum of products one over pairs, in place, where it is worth it; returns the words to
    be packed.
    """
    found = find_paired_sum(loop, row, registers)
    if found is None or not is_worth_packing(loop, extents, row):
        return []
    if extents[-1] < registers.lanes or found.column_bytes * registers.lanes > LARGEST_PACK:
        return []
    pack = find_pack(pair_up(found, to), loop.body.block, row, registers.lanes)
    assert pack is not None, "both numbers of a pair can be packed"
    return [pack]


def find_packs(
    loop: scf.ParallelOp, extents: Sequence[int], row: int, lanes: int, words: Sequence[Pack]
) -> list[Pack] | None:
    """Returns what is packed: these words, and loads that are in none of them; None if one that
    must be can't be, or is not worth it.
    """
    body = loop.body.block
    many = len(extents) > 1 and extents[row] >= MANY_ROWS
    floats = converted_packs(loop, len(extents) - 1, row, lanes) if many and not words else []
    chosen = [*words, *floats]
    inside = {op for pack in chosen for op in ops_of(pack.value, body)}
    columns = [load for load in find_sums(loop) or () if load not in inside]
    packs = [find_pack(load.res, body, row, lanes) for load in columns]
    found = [pack for pack in packs if pack is not None]
    if len(found) < len(packs) or (packs and not is_worth_packing(loop, extents, row)):
        return None
    large = large_packs(loop, row, lanes) if many and not chosen else []
    return [*chosen, *found, *large]


def converted_packs(loop: scf.ParallelOp, along: int, across: int, size: int) -> list[Pack]:
    """Returns how floats of few bits that differ along one dimension of a tile, and not across it,
    are converted while they are packed, instead of where they are multiplied.
    """
    body = loop.body.block
    strides = Strides(body.args[along], between_multiples=True)
    found: list[Pack] = []
    for op in loop.body.walk():
        if not isinstance(op, arith.ExtFOp) or not is_small_float(op.input.type):
            continue
        load = op.input.owner
        if isinstance(load, memref.LoadOp) and any(strides.of(i) != 0 for i in load.indices):
            pack = find_pack(op.result, body, across, size)
            if pack is not None and pack.column_bytes * size <= LARGEST_PACK:
                found.append(pack)
    return found


def row_dimension(loop: scf.ParallelOp, extents: Sequence[int]) -> int:
    """Returns the dimension whose points share most of what a tile loads, the last of equals;
    registers of neighbours count more than one number for all.
    """
    body = loop.body.block
    lanes = Strides(body.args[-1], between_multiples=True)
    loads = [op for op in loop.body.walk() if isinstance(op, memref.LoadOp)]
    inside = [op for op in loads if op.parent_op() is not loop]

    def cost(dimension: int) -> float:
        along = Strides(body.args[dimension])
        own = [op for op in inside if any(along.of(index) != 0 for index in op.indices)]
        return sum(1.5 if lanes.of_access(op.indices) != 0 else 1 for op in own)

    rows = [d for d in reversed(range(len(extents) - 1)) if extents[d] > 1]
    return min(rows, key=cost, default=max(len(extents) - 2, 0))


def large_packs(loop: scf.ParallelOp, row: int, size: int) -> list[Pack]:
    """Returns how loads of neighbours are packed whose buffers have rows in more pages than a core
    has addresses of, where many tiles read a strip.
    """
    lanes = Strides(loop.body.block.args[-1], between_multiples=True)
    loads = [op for op in loop.body.walk() if isinstance(op, memref.LoadOp)]
    large = [op for op in loads if is_large(op.memref) and lanes.of_access(op.indices) == 1]
    packs = [find_pack(load.res, loop.body.block, row, size) for load in large]
    return [pack for pack in packs if pack and pack.column_bytes * size <= LARGEST_PACK]


def is_large(buffer: SSAValue) -> bool:
    """Returns whether packing pays for neighbours in a buffer, too."""
    return isinstance(buffer.type, MemRefType) and prod(buffer.type.get_shape()) >= LARGE_BUFFER


def column_bytes(loop: scf.ParallelOp) -> int:
    """Bytes that inner loops read for one column: tiles below each other read them again."""
    lanes = Strides(loop.body.block.args[-1], between_multiples=True)
    read = 0
    for op in loop.body.walk():
        if isinstance(op, memref.LoadOp) and lanes.of_access(op.indices) != 0:
            element, nest, turns = op.res.type, op.parent_op(), 0
            while isinstance(nest, scf.ForOp):
                turns = (turns or 1) * trips_of(nest)
                nest = nest.parent_op()
            read += turns * (element.size if isinstance(element, FixedBitwidthType) else 8)
    return read


def is_worth_packing(loop: scf.ParallelOp, extents: Sequence[int], row: int) -> bool:
    """Returns whether enough rows read what is packed, and enough is computed at all."""
    many = len(extents) > 1 and extents[row] >= MIN_ROWS
    return many and products_of(loop, extents) >= MIN_PRODUCTS


def products_of(loop: scf.ParallelOp, extents: Sequence[int]) -> int:
    """Returns how many points all loops have together."""
    inner = [op for op in loop.body.walk() if isinstance(op, scf.ForOp)]
    return prod(extents) * prod(max(1, trips_of(op)) for op in inner)
