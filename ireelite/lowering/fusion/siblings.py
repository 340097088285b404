"""Dispatches over the same points that read the same operand in the same way become one, which loads
it once.

Two groups are siblings if neither reads what the other makes, their workloads are equal, and both
read an element of one operand at the place of their own results; or both reduce its rows, in the same
order. What each computes stays as it is. Contractions have dispatches of their own, whose tiles fill
the registers; so have updates in place, which write a part only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xdsl.ir import Operation, SSAValue

from ireelite.lowering.fusion.facts import Source, Work
from ireelite.lowering.fusion.groups import Group, SharedRead
from ireelite.lowering.fusion.rows import against_size
from ireelite.lowering.fusion.rules import MAX_BUFFERS, MAX_OPS

Meeting = tuple[Work, Work, Source, str | None]
"""Two ops that share an operand, how the second reads it, and why they are not one dispatch; None if
they are."""


def merge_siblings(groups: Sequence[Group], group_of: dict[Operation, int]) -> Iterator[Meeting]:
    """Merges each group with the latest one before it that is its sibling, in place: its work is
    done there. The groups are in an order in which they can run.
    """
    readers: dict[SharedRead, int] = {}
    for number, group in enumerate(groups):
        if not group.work:
            continue
        latest = max(producers_of(group, group_of), default=-1)
        found = find_reader(group, readers, latest)
        if found is not None:
            other, key = found
            elder = groups[other]
            reason = against_siblings(elder, group)
            source = group.shared_reads[key]
            yield first_reader(elder, key[0]), first_reader(group, key[0]), source, reason
            if reason is None:
                for op in group.work:
                    group_of[op] = other
                elder.absorb(group)
                number, group = other, elder
        for key in group.shared_reads:
            readers[key] = max(number, readers.get(key, -1))


def producers_of(group: Group, group_of: Mapping[Operation, int]) -> Iterator[int]:
    """Yields the numbers of the groups that make what a group reads."""
    for value in group.read:
        if isinstance(value.owner, Operation) and value.owner in group_of:
            yield group_of[value.owner]


def find_reader(
    group: Group, readers: Mapping[SharedRead, int], latest: int
) -> tuple[int, SharedRead] | None:
    """Returns the latest group, behind all that this one reads from, which reads an operand in the
    same way, and that read; None if there is none.
    """
    found = [(readers[key], key) for key in group.shared_reads if readers.get(key, -1) > latest]
    return max(found, key=lambda pair: pair[0], default=None)


def first_reader(group: Group, value: SSAValue) -> Work:
    """Returns the first work of a group that reads an operand."""
    for work in group.work.values():
        if any(source.value is value for source in work.sources):
            return work
    raise AssertionError("a group's shared reads are those of its work")


def against_siblings(a: Group, b: Group) -> str | None:
    """Returns why two groups that share an operand are not one dispatch; None if they are."""
    if a.shape != b.shape:
        return f"their workloads are {a.shape} and {b.shape}"
    if a.is_built or b.is_built:
        return "a kernel with loops of its own has a dispatch of its own"
    if a.updates or b.updates:
        return "an update in place writes a part of a tensor only"
    if a.shares_bytes or b.shares_bytes:
        return "elements of a result share bytes, which divides the work in another way"
    if a.loops != b.loops:
        return "one of both is a loop"
    if not (a.reduces_rows and b.reduces_rows):
        return "the tile of a contraction fills the registers"
    if len(a.work) + len(b.work) > MAX_OPS:
        return f"the dispatch would have over {MAX_OPS} ops"
    buffers = len(a.read | b.read) + len(a.written) + len(b.written)
    if buffers > MAX_BUFFERS:
        return f"the dispatch would have {buffers} buffers, over {MAX_BUFFERS}"
    if a.loops:
        if a.loop_shapes != b.loop_shapes or not all(isinstance(n, int) for n in a.shape):
            return "their loops have other workloads"
        if a.most_points == b.most_points and a.ends_in_loops and b.ends_in_loops:
            return None  # loops over the same elements keep nothing of a row
        values = b.read | b.written | b.read_by_loops
        return against_size(a.shape, max(a.most_points, b.most_points), a, values)
    return None
