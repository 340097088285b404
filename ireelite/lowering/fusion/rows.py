"""Which reductions of rows share a dispatch with what they read and with what reads them.

A *row* is what one index of the leading dimensions holds. One invocation then computes all that the
dispatch makes of a row, loop after loop, and memory is read and written once. Values of a row are
read by other loops only where they are made, so that nothing is computed more often for each of
its readers. Contractions have dispatches of their own: tiles make them fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from xdsl.ir import SSAValue

from ireelite.lowering.fusion.facts import Source, Work, count_of, shown
from ireelite.lowering.fusion.groups import Group
from ireelite.lowering.fusion.rules import FEW_ELEMENTS, LARGEST_ROW_SET, MIN_ROWS
from ireelite.lowering.tensors.access import shape_of
from ireelite.lowering.tensors.sizes import Shape


def against_rows(work: Work, group: Group, sources: Sequence[Source]) -> str | None:
    """Returns why an op does not share rows with the work of a group, from which it reads the
    sources; None if it does.
    """
    shape = group.shape
    if not all(isinstance(size, int) for size in (*work.shape, *shape)):
        return f"its shape {shown(work.shape)} is not the workload {shown(shape)}"
    outer = outer_shape(work, group)
    if work.loops and not work.reduces_rows:
        return "a loop starts a dispatch of its own"
    if not outer or shape[: len(outer)] != outer or work.shape[: len(outer)] != outer:
        return f"its shape {shown(work.shape)} is not the workload {shown(shape)}"
    if group.loops and not (group.reduces_rows and group.loop_shapes == {outer}):
        return "a loop starts a dispatch of its own"
    if not work.loops and not group.loops:
        return f"its shape {shown(work.shape)} is not the workload {shown(shape)}"
    if not all(is_in_row(source, work, outer) for source in sources):
        return "it is read at another index, where another invocation makes it"
    return against_size(outer, max(work.points, group.most_points), group, values_of(work))


def outer_shape(work: Work, group: Group) -> Shape:
    """Returns the leading dimensions that index the rows of both."""
    return work.shape if work.loops else group.shape


def values_of(work: Work) -> list[SSAValue]:
    """Returns what an op reads, if it is a loop, and what it makes."""
    read = [source.value for source in work.sources] if work.loops else []
    return [*read, *work.op.results]


def is_in_row(source: Source, work: Work, outer: Shape) -> bool:
    """Returns whether an op reads a value of its own row: all of it in its loop, or else the
    element at its place, or the row's only one.
    """
    if source.in_place or source.shared < len(outer):
        return source.in_place
    return work.loops or prod(shape_of(source.value)) == count_of(outer)


def against_size(outer: Shape, points: int, group: Group, more: Iterable[SSAValue]) -> str | None:
    """Returns why rows are not worth sharing: they are too few, or too long. `points` are those of
    the longest loop over all rows, `more` what the group would also read and make.
    """
    rows = count_of(outer)
    longest = points // max(rows, 1)
    if rows < MIN_ROWS and rows * longest > FEW_ELEMENTS:
        return f"{rows} rows of {longest} elements would leave invocations idle"
    if (needed := group.row_set(outer, more)) > LARGEST_ROW_SET:
        return f"the {needed} bytes of a row's buffers do not stay in the cache"
    return None
