"""Which loads and stores of a loop nest fetch a cache line for each element.

One instruction fills a vector register with elements that are neighbours. So it does along a loop
that moves the access by one element, and along the innermost loops together if they move it as one
loop would. Two loops that are as long as a register are run as a tile, which is transposed in
registers. All other accesses, such as those at places that are read from a buffer, take one element
from each line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import BlockArgument, SSAValue

from ireelite import element_types

LINE = 64
"""Bytes of a cache line."""
NEAREST_BYTES = 1 << 14
"""Largest size of a buffer that stays in the innermost cache."""
FILLED = 8
"""Turns from which on a loop fills a register."""
WIDEST_STRIDE = 2
"""Elements between two of which a register is still filled from neighbouring lines."""

Steps: TypeAlias = "dict[SSAValue, int]"
"""Loop index -> by how many elements a turn moves an access."""


@dataclass(frozen=True)
class Loop:
    """A dimension of a loop: its index, and how often it turns."""

    index: SSAValue
    turns: int


@dataclass(frozen=True)
class Access:
    """A load or a store in the loops around it, outermost first."""

    op: memref.LoadOp | memref.StoreOp
    loops: tuple[Loop, ...]
    count: int
    """How often it runs."""


def separate_lines(accesses: Sequence[Access], is_data: set[SSAValue]) -> int:
    """Returns how many cache lines the accesses of one nest fetch for one element each, in the best
    order of its loops. `is_data` has the values that depend on elements of buffers.
    """
    by_place = {(access.op.memref, *access.op.indices): access for access in accesses}
    rows = [
        (access, steps, any(index in is_data for index in access.op.indices))
        for access in by_place.values()
        if _bytes(access) > NEAREST_BYTES and (steps := _steps(access, is_data)) is not None
    ]
    long = {loop: None for access in accesses for loop in access.loops if loop.turns >= FILLED}
    return min(
        sum(
            access.count
            for access, steps, scattered in rows
            if not _fills_along(loop, access, steps, scattered)
        )
        for loop in (None, *long)
    )


def _fills_along(loop: Loop | None, access: Access, steps: Steps, scattered: bool) -> bool:
    """Returns whether elements along a loop fill registers, or along the innermost loops of an
    access that is not in that loop.
    """
    if loop not in access.loops:
        return _elements_in_a_row(access, steps, scattered) >= FILLED
    step = abs(steps.get(loop.index, 0))
    return (
        (step == 0 and not scattered)
        or 0 < step <= WIDEST_STRIDE
        or any(abs(steps.get(each.index, 0)) == 1 for each in access.loops if each.turns >= FILLED)
    )


def _elements_in_a_row(access: Access, steps: Steps, scattered: bool) -> int:
    """Returns how many turns of the innermost loops access neighbours, or always the same element."""
    same = neighbours = 1
    for loop in reversed(access.loops):
        if loop.turns == 1:
            continue
        step = steps.get(loop.index, 0)
        if step == 0 and neighbours == 1 and not scattered:
            same *= loop.turns
        elif step == neighbours:
            neighbours *= loop.turns
        else:
            break
    return max(same, neighbours)


def _bytes(access: Access) -> int:
    """Returns the size of the buffer; of one of unknown size, a large number."""
    assert isinstance(access.op.memref.type, MemRefType)
    shape = access.op.memref.type.get_shape()
    if -1 in shape:
        return 1 << 62
    element = element_types.from_mlir(str(access.op.memref.type.element_type))
    return element.packed_size(prod(shape))


def _steps(access: Access, is_data: set[SSAValue]) -> Steps | None:
    """Returns how the loops move an access; None if that is no sum of their indices."""
    assert isinstance(access.op.memref.type, MemRefType)
    total: Steps = {}
    stride = 1
    for index, extent in zip(
        reversed(access.op.indices), reversed(access.op.memref.type.get_shape()), strict=True
    ):
        if index not in is_data:
            if (steps := index_steps(index)) is None:
                return None
            for loop, step in steps.items():
                total[loop] = total.get(loop, 0) + step * stride
        stride *= max(extent, 1)
    return total


def index_steps(value: SSAValue) -> Steps | None:
    """Returns by how much a turn of each loop changes an index; None if it is no sum of multiples of
    loop indices. Bounds of an index change nothing.
    """
    if isinstance(value, BlockArgument):
        loop = value.block.parent_op()
        counts = isinstance(loop, scf.ParallelOp) or (
            isinstance(loop, scf.ForOp) and value.index == 0
        )
        return {value: 1} if counts else None
    match value.owner:
        case arith.ConstantOp():
            return {}
        case arith.AddiOp(lhs=lhs, rhs=rhs):
            return _sum(index_steps(lhs), index_steps(rhs), 1)
        case arith.SubiOp(lhs=lhs, rhs=rhs):
            return _sum(index_steps(lhs), index_steps(rhs), -1)
        case arith.MuliOp(lhs=lhs, rhs=rhs) if (factor := constant_int(rhs)) is not None:
            return _sum({}, index_steps(lhs), factor)
        case arith.MinSIOp(lhs=lhs, rhs=rhs) | arith.MaxSIOp(lhs=lhs, rhs=rhs):
            return index_steps(lhs) or index_steps(rhs)
        case _:
            return None


def _sum(left: Steps | None, right: Steps | None, factor: int) -> Steps | None:
    """Returns the steps of `left + factor * right`."""
    if left is None or right is None:
        return None
    steps = dict(left)
    for loop, step in right.items():
        steps[loop] = steps.get(loop, 0) + factor * step
    return steps


def constant_int(value: SSAValue) -> int | None:
    """Returns the value of an integer constant; None if it is none."""
    owner = value.owner
    if not isinstance(owner, arith.ConstantOp):
        return None
    number = getattr(getattr(owner.value, "value", None), "data", None)
    return number if isinstance(number, int) else None
