"""Accesses of neighbours: elements that one load or store moves together.

Points of a tile, or turns of a loop, that follow one another and access elements that do, access a
vector of four words, or one word of narrower elements. A buffer with such an access is an array of
vectors; the other accesses to it are of their parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, prod

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType, f32, i32
from xdsl.ir import BlockArgument, Operation, SSAValue

from ireelite.light_dataclass import field, light_dataclass
from ireelite.lowering.lockstep.tile import constant, tile_words
from ireelite.lowering.schedules.schedule import LANES
from ireelite.lowering.schedules.strides import Strides
from ireelite.targets.spirv.unroll import trip_count
from ireelite.targets.spirv.widths import WORD_BITS, narrow_bits

WORDS = 4
"""Words of a vector."""
TURNS = 4
"""Turns of a loop that are done one behind the other, if they access neighbours."""
MAX_OPS = 96
"""Ops in a loop whose turns are done so."""


@light_dataclass(frozen=True)
class Neighbours:
    """How the elements of an access lie."""

    along: SSAValue
    """The dimension of the tile, or the counter of the loop, along which they are neighbours."""
    count: int
    """How many of them are moved together."""


@light_dataclass()
class Access:
    """What a kernel accesses as neighbours."""

    together: dict[Operation, Neighbours] = field(default_factory=dict)
    vectors: set[SSAValue] = field(default_factory=set)
    """Buffers that are arrays of vectors."""
    loops: set[Operation] = field(default_factory=set)
    """Loops with accesses of neighbours along their turns."""


def find_neighbours(kernel: func.FuncOp) -> Access:
    """Returns all accesses of neighbours of a kernel."""
    found = Access()
    for op in kernel.walk():
        if not isinstance(op, memref.LoadOp | memref.StoreOp) or not is_buffer(op.memref):
            continue
        if (count := together(type_of(op))) == 1:
            continue
        for along, extent, start in dimensions_around(op):
            if extent % count or flat_stride(op, along) != 1:
                continue
            if alignment(op, along, start) % count:
                continue
            found.together[op] = Neighbours(along, count)
            if narrow_bits(type_of(op).element_type) is None:
                found.vectors.add(op.memref)
            if isinstance(loop := along.owner.parent_op(), scf.ForOp):
                found.loops.add(loop)
            break
    return found


def is_buffer(value: SSAValue) -> bool:
    """Returns whether a value is a kernel's buffer of known size, and no scratch."""
    return (
        isinstance(value, BlockArgument)
        and isinstance(value.type, MemRefType)
        and DYNAMIC_INDEX not in value.type.get_shape()
    )


def type_of(op: memref.LoadOp | memref.StoreOp) -> MemRefType:
    """Returns the type of the buffer that an op accesses."""
    assert isinstance(op.memref.type, MemRefType)
    return op.memref.type


def together(type: MemRefType) -> int:
    """Returns how many elements of a buffer one access may move."""
    if (bits := narrow_bits(type.element_type)) is not None:
        return WORD_BITS // bits
    whole = type.element_type in (f32, i32) and prod(type.get_shape()) % WORDS == 0
    return WORDS if whole and prod(type.get_shape()) else 1


Dimension = tuple[SSAValue, int, int]
"""A dimension's index, the number of its points, and a divisor of the index at every group's
first."""


def dimensions_around(op: memref.LoadOp | memref.StoreOp) -> Iterator[Dimension]:
    """Yields the dimensions along which an op's points are converted one behind the other,
    preferred first: a tile's, then the turns of the loop that the op stands in.
    """
    parent = op.parent_op()
    loop = parent
    while isinstance(loop, scf.ForOp):
        loop = loop.parent_op()
    if isinstance(loop, scf.ParallelOp) and LANES in tile_words(loop):
        for argument, bound in reversed(list(zip(loop.body.block.args, loop.upperBound))):
            yield argument, constant(bound), WORDS
    if isinstance(parent, scf.ForOp) and may_repeat(op, parent):
        trips = trip_count(parent) or 1
        first, step = divisor(parent.lb), divisor(parent.step)
        if step == 1:
            yield parent.body.block.args[0], trips, gcd(first, TURNS)


def may_repeat(op: memref.LoadOp | memref.StoreOp, loop: scf.ForOp) -> bool:
    """Returns whether several turns of a loop may load before any of them stores, and store after
    all of them have loaded: they only load from the buffer, or store to it once, last, where they
    have loaded.
    """
    if any(inner.regions for inner in loop.body.block.ops) or len(loop.body.block.ops) > MAX_OPS:
        return False
    others = [
        inner
        for inner in loop.body.block.ops
        if isinstance(inner, memref.LoadOp | memref.StoreOp) and inner.memref is op.memref
    ]
    if not any(isinstance(inner, memref.StoreOp) for inner in others):
        return True
    *loads, store = others
    in_place = all(tuple(load.indices) == tuple(store.indices) for load in loads)
    return in_place and all(isinstance(load, memref.LoadOp) for load in loads)


def flat_stride(op: memref.LoadOp | memref.StoreOp, along: SSAValue) -> int | None:
    """Returns how far apart in memory the elements are that neighbouring points access; None if
    that is not the same everywhere.
    """
    strides = Strides(along)
    total = 0
    for index, step in zip(op.indices, steps_of(type_of(op)), strict=True):
        if (stride := strides.of(index)) is None:
            return None
        total += stride * step
    return total


def steps_of(type: MemRefType) -> list[int]:
    """Returns how far apart in memory neighbours along each dimension are."""
    shape = type.get_shape()
    return [prod(shape[dim + 1 :]) for dim in range(len(shape))]


def alignment(op: memref.LoadOp | memref.StoreOp, along: SSAValue, start: int) -> int:
    """Returns a number that divides the place of every group's first element; 0 for a place of 0."""
    pairs = zip(op.indices, steps_of(type_of(op)), strict=True)
    return gcd(*(divisor(index, along, start) * step for index, step in pairs), 0)


def divisor(index: SSAValue, along: SSAValue | None = None, start: int = 1) -> int:
    """Returns a number that divides an index, if `start` divides the dimension `along`; 0 for 0."""
    if index is along:
        return start
    owner = index.owner
    parts = [divisor(part, along, start) for part in getattr(owner, "operands", ())[:2]]
    match owner:
        case arith.ConstantOp():
            return abs(constant(index))
        case arith.AddiOp() | arith.SubiOp() | arith.MinSIOp():
            return gcd(*parts)
        case arith.MuliOp():
            return prod(parts)
        case _:
            return loop_divisor(index)


def loop_divisor(index: SSAValue) -> int:
    """Returns a number that divides a loop's counter; 1 for what is none."""
    loop = index.block.parent_op() if isinstance(index, BlockArgument) else None
    if isinstance(loop, scf.ForOp) and index is loop.body.block.args[0]:
        return gcd(divisor(loop.lb), divisor(loop.step))
    return 1
