"""Which reductions of rows share a dispatch with what they read and with what reads them.

A *row* is what one index of the leading dimensions holds. One invocation then computes all that the
dispatch makes of a row, loop after loop, and memory is read and written once. Values of a row are
read by other loops only where they are made, so that nothing is computed more often for each of
its readers. Contractions have dispatches of their own: tiles make them fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ireelite.lowering.fusion.facts import Source, Work, count_of, shown
from ireelite.lowering.tensors.access import shape_of
from ireelite.lowering.tensors.sizes import Shape

FEWEST_ROWS = 64
"""Rows that occupy a device, each in one invocation."""
FEW_ELEMENTS = 1 << 10
"""Elements that take no longer than a dispatch costs, however few rows they have."""
LONGEST_ROW = 1 << 16
"""Elements of a row that stay in a core's cache from one loop to the next."""


def against_rows(
    work: Work, shape: Shape, others: Sequence[Work], sources: Sequence[Source]
) -> str | None:
    """Why an op does not share rows with the work of a group of this shape, from which it reads the
    sources; None if it does.
    """
    if not all(isinstance(size, int) for size in (*work.shape, *shape)):
        return f"its shape {shown(work.shape)} is not the workload {shown(shape)}"
    outer = work.shape if work.loops else shape
    if work.loops and not work.reduces_rows:
        return "a loop starts a dispatch of its own"
    if not outer or shape[: len(outer)] != outer or work.shape[: len(outer)] != outer:
        return f"its shape {shown(work.shape)} is not the workload {shown(shape)}"
    loops = [other for other in others if other.loops]
    if not all(other.reduces_rows and other.shape == outer for other in loops):
        return "a loop starts a dispatch of its own"
    if not work.loops and not loops:
        return f"its shape {shown(work.shape)} is not the workload {shown(shape)}"
    if not all(is_in_row(source, work, outer) for source in sources):
        return "it is read at another index, where another invocation makes it"
    return against_size(outer, [work, *others])


def is_in_row(source: Source, work: Work, outer: Shape) -> bool:
    """Whether an op reads a value of its own row: all of it in its loop, or else the element at its
    place, or the row's only one.
    """
    if source.in_place or source.shared < len(outer):
        return source.in_place
    return work.loops or prod(shape_of(source.value)) == count_of(outer)


def against_size(outer: Shape, works: Sequence[Work]) -> str | None:
    """Why rows are not worth sharing: they are too few, or too long."""
    rows = count_of(outer)
    longest = max(work.points // max(rows, 1) for work in works)
    if rows < FEWEST_ROWS and rows * longest > FEW_ELEMENTS:
        return f"{rows} rows of {longest} elements would leave invocations idle"
    if longest > LONGEST_ROW:
        return f"a row of {longest} elements does not stay in the cache"
    return None
