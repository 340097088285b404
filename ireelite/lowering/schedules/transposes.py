"""Kernels that read columns and write rows: they run in squares, which are turned in registers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import memref, scf
from xdsl.ir import Operation

from ireelite.lowering.schedules.lockstep_ops import (
    is_pointwise,
    reads_in_place,
    uses_lane,
    widest,
)
from ireelite.lowering.schedules.streams import mark_streams
from ireelite.lowering.schedules.strides import Strides, divisors_of
from ireelite.lowering.schedules.tile_loop import tile_loop
from ireelite.lowering.schedules.tiles import RegisterFile, Tile

STRIP = 8
"""Square tiles side by side: together they write whole cache lines of narrow elements. Where tiles
write lines past the caches, one at a time reads the rows of its strip from end to end."""
MIN_TILES = 4
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
    if not fits or prod(extents) < MIN_TILES * size * size:
        return []
    if reads_in_place(loop) and (extents[row] % size or extents[-1] % size):
        return []
    even = not extents[row] % size and not extents[-1] % size
    strip = 1 if even and mark_streams(loop, size, registers) else STRIP
    return tile_loop(loop, extents, Tile(size, size, 1, strip), row)


def column_dimension(loop: scf.ParallelOp) -> int | None:
    """Returns the dimension along which a kernel's points read neighbours where they write
    neighbours along the last one; None if its points read no columns, or can't run in lockstep.
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
    """Returns whether a load's neighbours are along a dimension, and the last dimension's points at
    constant distances.
    """
    lanes = [along[-1].of(index) for index in op.indices]
    return along[row].of_access(op.indices) == 1 and None not in lanes and not lanes[-1]
