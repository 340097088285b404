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
from xdsl.dialects import math as math_dialect
from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    MemRefType,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.dialects.extensions import arith_extra, math_extra
from ireelite.lowering.scalars.narrow_integers import is_narrow
from ireelite.lowering.schedules.packing import (
    FEWEST_PRODUCTS,
    FEWEST_ROWS,
    INDEX_OPS,
    LARGE_BUFFER,
    LARGEST_PACK,
    MANY_ROWS,
    Pack,
    find_pack,
    ops_of,
    trips_of,
)
from ireelite.lowering.schedules.pairs import find_paired_sum, pair_up
from ireelite.lowering.schedules.schedule import kind_of, outer_loop
from ireelite.lowering.schedules.segments import divide_in_segments
from ireelite.lowering.schedules.strides import Strides, constant_of, divisors_of, extents_of
from ireelite.lowering.schedules.tile_builder import TileBuilder
from ireelite.lowering.schedules.tile_loop import tile_loop
from ireelite.lowering.schedules.tiles import RegisterFile, Tile, choose_tile

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

POINTWISE: frozenset[type[Operation]] = frozenset(
    {
        arith.ConstantOp, arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp, arith.NegfOp,
        arith.MaximumfOp, arith.MinimumfOp, arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.AndIOp,
        arith.OrIOp, arith.XOrIOp, arith.MaxSIOp, arith.MinSIOp, arith.MaxUIOp, arith.MinUIOp,
        arith.CmpfOp, arith.CmpiOp, arith.SelectOp, arith.ExtFOp, arith.TruncFOp, arith.ExtSIOp,
        arith.ExtUIOp, arith.TruncIOp, arith.SIToFPOp, arith.UIToFPOp, arith.BitcastOp,
        arith.ShLIOp, arith_extra.DotPairsOp, math_dialect.AbsFOp, math_dialect.ErfOp,
        math_dialect.ExpOp, math_dialect.LogOp, math_dialect.RsqrtOp, math_dialect.SqrtOp,
        math_dialect.TanhOp, math_extra.LogisticOp,
    }
)  # fmt: skip
"""Ops of scalars that become ops of registers. Their formulas have no branches."""
STRUCTURE = (memref.LoadOp, memref.StoreOp, scf.ForOp, scf.YieldOp, scf.ReduceOp)


def find_sums(loop: scf.ParallelOp) -> list[memref.LoadOp] | None:
    """Whether all points of a loop can run in lockstep, with those of its last dimension side by
    side in registers: loops inside have constant bounds and carry sums, and each access is of
    neighbours, or of one element for all.

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
    """The body of a loop, and those of the loops inside."""
    yield loop.body.block
    for op in loop.body.walk():
        for region in op.regions:
            yield from region.blocks


def is_number(type: Attribute) -> bool:
    """Whether registers hold values of a type, maybe as wider ones, or it is a buffer or an
    index. Neighbours that share bytes are not neighbours in registers.
    """
    plain = isinstance(type, Float32Type | Float64Type | IntegerType | IndexType | MemRefType)
    return (plain or is_small_float(type)) and not is_narrow(type)


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


def tile_kernel(kernel: func.FuncOp, registers: RegisterFile, tracker: Tracker | None) -> None:
    """Tiles the outer loop of a kernel, in place, if it sums along loops or transposes, and can
    be.
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
    else:
        return
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
    if extents[-1] < lanes and products_of(loop, extents) < FEWEST_PRODUCTS:
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
    tile = choose_tile(rows, extents[-1], lanes, registers.accumulators, even, most, divisors)
    return [] if tile is None else [*to.made, *tile_loop(loop, extents, tile, row, packs)]


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
    """What is packed: these words, and loads that are in none of them; None if one that must be
    can't be, or is not worth it.
    """
    body = loop.body.block
    many = len(extents) > 1 and extents[row] >= MANY_ROWS
    floats = converted_packs(loop, row, lanes) if many and not words else []
    chosen = [*words, *floats]
    inside = {op for pack in chosen for op in ops_of(pack.value, body)}
    columns = [load for load in find_sums(loop) or () if load not in inside]
    packs = [find_pack(load.res, body, row, lanes) for load in columns]
    found = [pack for pack in packs if pack is not None]
    if len(found) < len(packs) or (packs and not is_worth_packing(loop, extents, row)):
        return None
    large = large_packs(loop, row, lanes) if many and not chosen else []
    return [*chosen, *found, *large]


def converted_packs(loop: scf.ParallelOp, row: int, size: int) -> list[Pack]:
    """How floats of few bits that differ along a tile's columns are converted while they are packed,
    instead of once for each tile that reads them.
    """
    lanes = Strides(loop.body.block.args[-1], between_multiples=True)
    found: list[Pack] = []
    for op in loop.body.walk():
        if isinstance(op, arith.ExtFOp) and isinstance(load := op.input.owner, memref.LoadOp):
            if is_small_float(op.input.type) and any(
                lanes.of(index) != 0 for index in load.indices
            ):
                pack = find_pack(op.result, loop.body.block, row, size)
                if pack is not None and pack.column_bytes * size <= LARGEST_PACK:
                    found.append(pack)
    return found


def row_dimension(loop: scf.ParallelOp, extents: Sequence[int]) -> int:
    """The dimension whose points share most of what a tile loads, the last of equals; registers of
    neighbours count more than one number for all.
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
    """How loads of neighbours are packed whose buffers have rows in more pages than a core has
    addresses of, where many tiles read a strip.
    """
    lanes = Strides(loop.body.block.args[-1], between_multiples=True)
    loads = [op for op in loop.body.walk() if isinstance(op, memref.LoadOp)]
    large = [op for op in loads if is_large(op.memref) and lanes.of_access(op.indices) == 1]
    packs = [find_pack(load.res, loop.body.block, row, size) for load in large]
    return [pack for pack in packs if pack and pack.column_bytes * size <= LARGEST_PACK]


def is_large(buffer: SSAValue) -> bool:
    """Whether packing pays for neighbours in a buffer, too."""
    return isinstance(buffer.type, MemRefType) and prod(buffer.type.get_shape()) >= LARGE_BUFFER


def is_worth_packing(loop: scf.ParallelOp, extents: Sequence[int], row: int) -> bool:
    """Whether enough rows read what is packed, and enough is computed at all."""
    many = len(extents) > 1 and extents[row] >= FEWEST_ROWS
    return many and products_of(loop, extents) >= FEWEST_PRODUCTS


def products_of(loop: scf.ParallelOp, extents: Sequence[int]) -> int:
    """How many points all loops have together."""
    inner = [op for op in loop.body.walk() if isinstance(op, scf.ForOp)]
    return prod(extents) * prod(max(1, trips_of(op)) for op in inner)


# -- transposes ------------------------------------------------------------------------------------

STRIP = 8
"""Square tiles side by side: together they write whole cache lines of narrow elements."""
FEWEST_TILES = 4
"""Square tiles below which a transpose stays plain loops: they are compiled in less time."""


def tile_transpose(
    loop: scf.ParallelOp, extents: Sequence[int], registers: RegisterFile
) -> list[Operation]:
    """Tiles the loop of a kernel that reads columns and writes rows, in squares; returns the new
    ops, none if it is not such a kernel or has too few points.
    """
    row = column_dimension(loop)
    if row is None:
        return []
    size = registers.lanes * 32 // widest(loop)
    fits = extents[row] >= size and extents[-1] >= size
    if not fits or prod(extents) < FEWEST_TILES * size * size:
        return []
    if reads_in_place(loop) and (extents[row] % size or extents[-1] % size):
        return []
    return tile_loop(loop, extents, Tile(size, size, 1, STRIP), row)


def column_dimension(loop: scf.ParallelOp) -> int | None:
    """The dimension along which a kernel's points read neighbours where they write neighbours along
    the last one; None if its points read no columns, or can't run in lockstep.
    """
    body = loop.body.block
    if not all(is_pointwise(op) for op in body.ops) or any(map(divisors_of, body.args)):
        return None
    along = [Strides(argument) for argument in body.args]
    loads = [op for op in body.ops if isinstance(op, memref.LoadOp)]
    stores = [op for op in body.ops if isinstance(op, memref.StoreOp)]
    columns = [op for op in loads if along[-1].of_access(op.indices) is None]
    written = {op.memref for op in stores}
    if not columns or any(along[-1].of_access(op.indices) != 1 for op in stores):
        return None
    if any(op.memref in written for op in loads) or uses_lane(body, along[-1]):
        return None
    rows = range(len(along) - 1)
    return next((row for row in rows if all(is_column(op, row, along) for op in columns)), None)


def is_column(op: memref.LoadOp, row: int, along: Sequence[Strides]) -> bool:
    """Whether a load's neighbours are along a dimension, and the last dimension's points at constant
    distances."""
    lanes = [along[-1].of(index) for index in op.indices]
    return along[row].of_access(op.indices) == 1 and None not in lanes and not lanes[-1]


def is_pointwise(op: Operation) -> bool:
    """Whether registers hold an op's operands and results, and the op is not a loop."""
    known = type(op) in POINTWISE or isinstance(op, memref.LoadOp | memref.StoreOp | scf.ReduceOp)
    is_index = isinstance(op, INDEX_OPS) and isinstance(op.results[0].type, IndexType)
    return (known or is_index) and holds_numbers(op)


def holds_numbers(op: Operation) -> bool:
    """Whether registers hold what an op reads and makes."""
    return all(is_number(value.type) for value in (*op.operands, *op.results))


def uses_lane(body: Block, along: Strides) -> bool:
    """Whether an op other than an access computes with an index that differs from lane to lane."""
    return any(
        isinstance(operand.type, IndexType) and along.of(operand) != 0
        for op in body.ops
        if not isinstance(op, memref.LoadOp | memref.StoreOp)
        and not (op.results and isinstance(op.results[0].type, IndexType))
        for operand in op.operands
    )
