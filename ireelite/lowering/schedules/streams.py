"""Results larger than the last cache are stored past the caches.

A store reads the line that it writes to, unless it is non-temporal and all of the line is written.
So a kernel that computes each element at its place runs in tiles of whole lines where its result is
large:

    scf.parallel (%tile) to (n / 64) {
      scf.parallel (%l) to (64) {mapping = ["lanes"]} {
        ... ; store %0, %result[%tile * 64 + %l] {nontemporal = true} } }

Smaller results stay in the cache for what reads them. Such a store needs the address of a line's
part as long as a register: where a buffer begins elsewhere a target stores as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import BoolAttr, FixedBitwidthType, MemRefType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.lowering.schedules.lockstep_ops import is_pointwise, uses_lane, widest
from ireelite.lowering.schedules.strides import Strides, divisors_of
from ireelite.lowering.schedules.tile_loop import tile_loop
from ireelite.lowering.schedules.tiles import RegisterFile, Tile

LINE = 64
"""Bytes of a cache line."""
SIDE_BY_SIDE = 4
"""Registers of a tile whose points take few ops."""
FEW_OPS = 16
"""Ops of such points, none of them a function of `math`."""


def tile_stream(
    loop: scf.ParallelOp, extents: Sequence[int], registers: RegisterFile
) -> list[Operation]:
    """Tiles the loop of a kernel that computes elements at their places, if its result is large;
    returns the new ops, none if it is not such a kernel.
    """
    body = loop.body.block
    if not all(is_pointwise(op) for op in body.ops) or any(map(divisors_of, body.args)):
        return []
    along = Strides(body.args[-1])
    loads = [op for op in body.ops if isinstance(op, memref.LoadOp)]
    stores = [op for op in body.ops if isinstance(op, memref.StoreOp)]
    if any(along.of_access(op.indices) is None for op in loads) or uses_lane(body, along):
        return []
    if any(along.of_access(op.indices) != 1 for op in stores):
        return []
    functions = any(op.name.startswith("math.") for op in body.ops)
    wide = 1 if functions or len(list(body.ops)) > FEW_OPS else SIDE_BY_SIDE
    columns = registers.lanes * 32 // widest(loop) * wide
    if extents[-1] % columns or not mark_streams(loop, columns, registers):
        return []
    return tile_loop(loop, extents, Tile(1, columns, wide))


def mark_streams(loop: scf.ParallelOp, columns: int, registers: RegisterFile) -> bool:
    """Marks the stores of large results, of which a tile writes whole lines; returns whether there
    are any. The tiles must come out even.
    """
    lane = loop.body.block.args[-1]
    found = [
        op
        for op in loop.body.block.ops
        if isinstance(op, memref.StoreOp)
        and op.indices
        and op.indices[-1] is lane
        and fills_lines(op.memref, columns, registers.nontemporal_above)
    ]
    for op in found:
        op.nontemporal = BoolAttr.from_bool(True)
    return bool(found)


def fills_lines(buffer: SSAValue, columns: int, above: int) -> bool:
    """Returns whether a buffer is larger than `above` bytes, and both its rows and `columns`
    elements of a row are a multiple of a cache line.
    """
    type = buffer.type
    if not isinstance(type, MemRefType) or is_small_float(type.element_type):
        return False
    if not isinstance(type.element_type, FixedBitwidthType):
        return False
    size, shape = type.element_type.size, type.get_shape()
    whole = columns * size % LINE == 0 and shape[-1] * size % LINE == 0
    return whole and prod(shape) * size > above
