"""Schedules of shaders: how many points of a kernel one invocation computes.

    scf.parallel (%i, %j) to (m, n) { body }

becomes, for pointwise kernels with 16 points an invocation,

    scf.parallel (%i, %tile) to (m, n / 16) {mapping = ["workgroup", "workgroup"]} {
      scf.parallel (%l) to (16) {mapping = ["lanes"]} { body with %j = %tile * 16 + %l } }

Kernels that sum along loops get tiles of rows and columns, which share what they load, and transposes
squares (`tile_loop.py`). Where tiles do not come out even the last one is moved back and overlaps the
one before, unless a kernel reads what it writes: it stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import func, memref, scf
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IndexType, TensorType, i32
from xdsl.ir import Block, Operation, SSAValue

from ireelite.lowering.schedules.schedule import (
    LANES,
    WORKGROUP,
    WORKLOAD,
    kind_of,
    outer_loop,
)
from ireelite.lowering.schedules.shader_schedules import ShaderSchedule
from ireelite.lowering.schedules.strides import Strides, extents_of
from ireelite.lowering.schedules.tile_builder import TileBuilder
from ireelite.lowering.schedules.tile_loop import tile_loop
from ireelite.lowering.schedules.tiles import Tile
from ireelite.lowering.schedules.tiling import row_dimension
from ireelite.lowering.schedules.transposes import column_dimension

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


MIN_POINTS = 1024
"""Points below which a kernel stays as it is: a call takes longer than its work."""
SQUARE = 4
"""Rows and columns of a transpose's tile: neighbours that one access moves."""
MAX_OPS = 72 * 16
"""Ops of an invocation, all points together: more take long to compile, drivers most of all."""
FUNCTION = 64
"""Ops that a function becomes which has no instruction, about."""
INSTRUCTIONS = frozenset(
    f"math.{name}"
    for name in ("absf", "absi", "ceil", "copysign", "floor", "fma", "roundeven", "rsqrt", "sqrt")
)
"""Ops of `math` that are no such functions."""
WIDTHS = (16, 8, 4, 2, 1)


def tile_shader(kernel: func.FuncOp, schedule: ShaderSchedule, tracker: Tracker | None) -> None:
    """Tiles the outer loop of a kernel, in place, if it has enough points; its workload is then that
    of the tiles.
    """
    loop = outer_loop(kernel)
    extents = None if loop is None else extents_of(loop)
    if loop is None or not extents or loop.initVals or prod(extents) < MIN_POINTS:
        return
    if sum(isinstance(op, scf.ParallelOp) for op in kernel.walk()) > 1:
        return
    tiled = tile_by_kind(kind_of(kernel), loop, extents, schedule)
    if not tiled:
        return
    set_workload(kernel)
    if tracker is not None:
        for op in tiled:
            tracker.derive(op, (loop,))


def tile_by_kind(
    kind: str, loop: scf.ParallelOp, extents: Sequence[int], schedule: ShaderSchedule
) -> list[Operation]:
    """Tiles a loop; returns the new ops, none if it stays as it is."""
    if kind == "reduction":
        return tile_sums(loop, extents, schedule)
    if kind != "pointwise":
        return []
    row = column_dimension(loop) if len(extents) > 1 else None
    if row is not None and fits(loop, extents[row], SQUARE) and fits(loop, extents[-1], SQUARE):
        return tile_loop(loop, extents, Tile(SQUARE, SQUARE, 1), row)
    ops = sum(FUNCTION if is_function(op) else 1 for op in loop.body.walk())
    wanted = [
        width
        for width in WIDTHS[:-2]
        if width <= schedule.pointwise and (width * ops <= MAX_OPS or width == SQUARE)
    ]
    even = [width for width in wanted if extents[-1] % width == 0]
    uneven = [width for width in wanted if fits(loop, extents[-1], width)]
    width = next(iter([*even, *uneven]), None)
    return [] if width is None else tile_columns(loop, extents, width)


def is_function(op: Operation) -> bool:
    """Returns whether an op becomes many: an exponential, a tangent and the like."""
    return op.name.startswith("math.") and op.name not in INSTRUCTIONS


def fits(loop: scf.ParallelOp, extent: int, size: int) -> bool:
    """Returns whether tiles of a size cover a dimension, the last one perhaps moved back."""
    return extent % size == 0 or (extent >= size and not reads_what_it_writes(loop))


def reads_what_it_writes(loop: scf.ParallelOp) -> bool:
    """Returns whether a point may read what the same point writes: from a buffer that the loop
    writes, or from the place in another, which may be the same memory.
    """
    stores = [op for op in loop.body.walk() if isinstance(op, memref.StoreOp)]
    written = {op.memref for op in stores} | {tuple(op.indices) for op in stores}
    loads = [op for op in loop.body.walk() if isinstance(op, memref.LoadOp)]
    return any(op.memref in written or tuple(op.indices) in written for op in loads)


def tile_columns(loop: scf.ParallelOp, extents: Sequence[int], width: int) -> list[Operation]:
    """Replaces a loop by one whose points are `width` of the last dimension."""
    to, body, last = TileBuilder(loop), loop.body.block, len(extents) - 1
    grid = Block(arg_types=[IndexType()] * len(extents))
    grid.args[-1].name_hint = "tile"
    points = Block(arg_types=[IndexType()])
    with to.at(grid):
        start = to.start(grid.args[-1], width, extents[-1])
        with to.at(points):
            place = to.add(start, points.args[0])
        for old, new in zip(body.args, [*grid.args[:-1], place], strict=True):
            new.name_hint = old.name_hint
            old.replace_all_uses_with(new)
        for op in list(body.ops):
            op.detach()
            points.add_op(op)
        to.parallel(points, [width], [LANES])
        to.insert(scf.ReduceOp())
    tiles = [*extents[:last], -(-extents[last] // width)]
    to.replace(lambda: to.parallel(grid, tiles, [WORKGROUP] * len(tiles)))
    return to.made


# -- sums ------------------------------------------------------------------------------------------


def tile_sums(
    loop: scf.ParallelOp, extents: Sequence[int], schedule: ShaderSchedule
) -> list[Operation]:
    """Tiles the loop of a kernel that carries sums, if its points share what they load, or load
    neighbours.
    """
    row = row_dimension(loop, extents)
    height = extents[row] if len(extents) > 1 else 1
    along_rows = shares(loop, row) if len(extents) > 1 else False
    along_columns = shares(loop, len(extents) - 1)
    if not along_rows and not along_columns:
        return []
    ops = sum(1 for _ in loop.body.walk())
    tiles = [
        (rows, columns)
        for rows, columns in product(WIDTHS, WIDTHS)
        if rows <= (schedule.rows if along_rows else 1)
        and columns <= (max(schedule.columns, schedule.wide) if along_columns else 1)
        and fits(loop, height, rows)
        and fits(loop, extents[-1], columns)
        and rows * columns * ops <= MAX_OPS
        and prod(extents) // (rows * columns)
        >= (schedule.invocations if columns <= schedule.columns else schedule.many)
    ]

    def work(tile: tuple[int, int]) -> float:
        rows, columns = tile
        covered = -(-height // rows) * rows * -(-extents[-1] // columns) * columns
        return covered * (1 / rows + 1 / columns + (columns % SQUARE != 0))

    best = min(tiles, key=work, default=(1, 1))
    return [] if best == (1, 1) else tile_loop(loop, extents, Tile(*best, 1), row)


def shares(loop: scf.ParallelOp, dimension: int) -> bool:
    """Returns whether the points of a dimension share a load inside a loop, or load neighbours."""
    along = Strides(loop.body.block.args[dimension])
    return any(
        along.of_access(op.indices) in (0, 1)
        for op in loop.body.walk()
        if isinstance(op, memref.LoadOp)
        and op.parent_op() is not loop
        and not is_scratch(op.memref)
    )


def is_scratch(buffer: SSAValue) -> bool:
    """Returns whether a buffer is memory of one point alone."""
    return isinstance(buffer.owner, Operation)


def set_workload(kernel: func.FuncOp) -> None:
    """States the workload of the kernel's loop: its last dimension, the one before, the others."""
    loop = outer_loop(kernel)
    extents = None if loop is None else extents_of(loop)
    assert extents
    sizes = [extents[-1], extents[-2] if len(extents) > 1 else 1, prod(extents[:-2])]
    kernel.attributes[WORKLOAD] = DenseIntOrFPElementsAttr.from_list(TensorType(i32, [3]), sizes)
