"""The verifier of a low-level sequencer program: recomputes what holds data when, and what must wait
for what, from the ops alone.

The work of a sequence runs in groups between barriers, and the work of one group in any order. The
verifier refuses work of one group that touches the same bytes, one of them to write; a read of
bytes that were not written, or that another buffer has overwritten since; work on bytes outside of
an allocation or on a constant; and dispatches that do not fit their entry points. The cost is
O(n log n) in the number of accesses.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.elements import signless
from ireelite.dialects.sequencer import iree, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size
from ireelite.lowering.sequencer.accesses import EntryPoints, Place, place_in_memory
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.parser import place_of


def verify_plan(module: ModuleOp) -> None:
    """Verifies every sequence of a low-level sequencer module. Raises INVALID_ARGUMENT or NOT_FOUND
    with the place, the op and the bytes. Modules of other stages have nothing to verify.
    """
    sequences = [op for op in module.body.block.ops if is_planned_sequence(op)]
    if not sequences:
        return
    entry_points = EntryPoints(module)
    for sequence in sequences:
        SequenceVerifier(sequence.regions[0].block, entry_points).run()


def is_planned_sequence(op: Operation) -> bool:
    """Whether an op is a function whose memory and order are decided."""
    return (
        isinstance(op, func.FuncOp)
        and len(op.body.blocks) == 1
        and isinstance(op.body.block.last_op, iree_ll_seq.ReturnOp)
    )


class Touch(NamedTuple):
    """An access of one op to one place, through one buffer."""

    op: Operation
    buffer: SSAValue
    place: Place
    reads: bool
    writes: bool


class Written(NamedTuple):
    """Bytes that hold data: the buffer through which an op wrote them."""

    end: int
    buffer: SSAValue
    op: Operation


@dataclass
class Contents:
    """What the bytes of one allocation hold: disjoint intervals, in order of their starts."""

    starts: list[int] = field(default_factory=list)
    intervals: list[Written] = field(default_factory=list)

    def write(self, place: Place, buffer: SSAValue, op: Operation) -> None:
        """Lets `place` hold what `op` writes; what is left of overwritten intervals stays."""
        first = bisect_right(self.starts, place.start)
        if first and self.intervals[first - 1].end > place.start:
            first -= 1
        last = bisect_left(self.starts, place.end)
        starts, intervals = [place.start], [Written(place.end, buffer, op)]
        if first < last:
            start, before, after = (
                self.starts[first],
                self.intervals[first],
                self.intervals[last - 1],
            )
            if start < place.start:
                starts.insert(0, start)
                intervals.insert(0, before._replace(end=place.start))
            if after.end > place.end:
                starts.append(place.end)
                intervals.append(after)
        self.starts[first:last] = starts
        self.intervals[first:last] = intervals

    def overlapping(self, place: Place) -> Iterator[tuple[int, Written]]:
        """The intervals that share bytes with a place, with their starts."""
        at = max(bisect_right(self.starts, place.start) - 1, 0)
        while at < len(self.starts) and self.starts[at] < place.end:
            if self.intervals[at].end > place.start:
                yield self.starts[at], self.intervals[at]
            at += 1


class SequenceVerifier:
    """Follows the work of one sequence from group to group."""

    def __init__(self, block: Block, entry_points: EntryPoints):
        self.block = block
        self.entry_points = entry_points
        self.contents: dict[SSAValue, Contents] = defaultdict(Contents)
        self.written: set[SSAValue] = set()
        """Buffers that have been written, at whatever time."""
        self.all_known = True
        """Whether what every dispatch does to its bindings is known."""

    def run(self) -> None:
        """Verifies the sequence."""
        self.check_allocations()
        for group in self.groups():
            check_apart(group)
            for touch in group:
                if touch.reads:
                    self.check_read(touch)
            for touch in group:
                if touch.writes:
                    self.contents[touch.place.root].write(touch.place, touch.buffer, touch.op)
                    self.written.add(touch.buffer)
        self.check_results()

    def check_allocations(self) -> None:
        """Every part of the arena lies in the one arena there is."""
        arenas = [op for op in self.block.ops if isinstance(op, iree_ll_seq.AllocArenaOp)]
        if len(arenas) > 1:
            raise refused(arenas[1], "is the second arena of its sequence; there is one for all")
        for op in self.block.ops:
            if not isinstance(op, iree_ll_seq.SubspanOp):
                continue
            if not isinstance(op.arena.owner, iree_ll_seq.AllocArenaOp):
                raise refused(op, f"takes a part of {named(op.arena)}, which is not the arena")
            place, size = place_in_memory(op.result), allocated_size(op.arena.type)
            if place.start < 0 or place.end > size:
                raise refused(op, f"takes {place} of an arena of {size} bytes")

    def groups(self) -> Iterator[list[Touch]]:
        """What each group of work touches, in order. Ends early at a dispatch if what its entry
        point does is not known.
        """
        group: list[Touch] = []
        for op in self.block.ops:
            if isinstance(op, iree_ll_seq.BarrierOp):
                yield group
                group = []
                continue
            if isinstance(op, iree_ll_seq.StaticDispatchOp):
                self.check_dispatch(op)
            if (accesses := self.entry_points.accesses(op)) is None:
                self.all_known = False
                return
            for buffer, reads, writes in accesses:
                touch = Touch(op, buffer, place_in_memory(buffer), reads, writes)
                if writes and isinstance(buffer.owner, iree_ll_seq.ConstantOp):
                    raise refused(op, f"writes {named(buffer)}, which is a constant")
                if touch.place.start < touch.place.end:
                    group.append(touch)
        yield group

    def check_dispatch(self, op: iree_ll_seq.StaticDispatchOp) -> None:
        """A dispatch has the bindings and the workload that its entry point is made for."""
        entry = self.entry_points.find(op, op.entry_point)
        if entry is None:
            return
        given = tuple(signless(binding.type) for binding in op.bindings)
        if given != entry.types:
            raise refused(
                op,
                f"binds ({', '.join(map(str, given))}), but its entry point takes "
                f"({', '.join(map(str, entry.types))})",
            )
        if entry.workload is not None and entry.workload != op.workload:
            raise refused(
                op,
                f"has the workload {op.workload}, but its entry point is made for {entry.workload}",
            )

    def check_read(self, touch: Touch) -> None:
        """All bytes hold what was written through this very buffer. Arguments and constants hold
        data from the start.
        """
        op, buffer, place = touch.op, touch.buffer, touch.place
        found = list(self.contents[place.root].overlapping(place))
        for _, other in found:
            if other.buffer is not buffer and buffer in self.written:
                raise refused(
                    op,
                    f"reads {named(buffer)} ({place} of {named(place.root)}), which {named(other.buffer)} "
                    f"has overwritten in '{other.op.name}'{at(other.op)}",
                )
        own = [start for start, other in found if other.buffer is buffer]
        if not own and not holds_data(buffer):
            raise refused(
                op,
                f"reads {named(buffer)} ({place} of {named(place.root)}), which nothing has written "
                "before",
            )

    def check_results(self) -> None:
        """A sequence returns buffers of its own or its caller's, with something in them."""
        end = self.block.last_op
        assert isinstance(end, iree_ll_seq.ReturnOp)
        for buffer in end.arguments:
            kinds = (iree_ll_seq.SubspanOp, iree_ll_seq.AllocArenaOp)
            if isinstance(buffer.owner, kinds):
                raise refused(end, f"returns {named(buffer)}, a place in the arena of this call")
            if isinstance(buffer.owner, iree_ll_seq.ConstantOp):
                raise refused(end, f"returns {named(buffer)}, a constant; the caller owns results")
            if self.all_known and not self.has_contents(buffer):
                raise refused(end, f"returns {named(buffer)}, which nothing has written before")

    def has_contents(self, buffer: SSAValue) -> bool:
        """Whether something is in a buffer, or it has no bytes."""
        return buffer in self.written or holds_data(buffer) or allocated_size(buffer.type) == 0


def check_apart(group: list[Touch]) -> None:
    """Raises if two accesses of one group touch the same bytes and one of them writes."""
    ends: dict[tuple[SSAValue, bool], Touch] = {}
    """(allocation, whether it is written) -> the access so far that reaches furthest."""
    for touch in sorted(group, key=lambda t: t.place.start):
        root = touch.place.root
        others = [ends.get((root, True)), ends.get((root, False)) if touch.writes else None]
        for other in others:
            if other is not None and other.place.end > touch.place.start:
                raise overlap(*sorted((other, touch), key=group.index))
        key = root, touch.writes
        if key not in ends or ends[key].place.end < touch.place.end:
            ends[key] = touch


def overlap(first: Touch, second: Touch) -> StatusError:
    """The error for two accesses that may not be in one group."""
    verb = "writes" if second.writes else "reads"
    what = f"{verb} {named(second.buffer)} ({second.place} of {named(second.place.root)})"
    other = f"{'writes' if first.writes else 'reads'} {named(first.buffer)} ({first.place})"
    if first.op is second.op:
        return refused(
            second.op, f"{what} and also {other}; bindings must be apart if one is written"
        )
    return refused(
        second.op,
        f"{what}, and '{first.op.name}'{at(first.op)} {other}; a barrier must stand between them",
    )


def holds_data(buffer: SSAValue) -> bool:
    """Whether a buffer may be read without having been written: what the caller passes, a constant,
    or an allocation whose contents the program leaves undefined.
    """
    owner = buffer.owner
    if not isinstance(owner, Operation) or isinstance(owner, iree_ll_seq.ConstantOp):
        return True
    return iree.UNDEFINED in owner.attributes


def refused(op: Operation, why: str) -> StatusError:
    """The error that names an op, its place, and what is wrong with it."""
    return invalid_argument(f"{place_of(op)}'{op.name}' op {why}")


def named(buffer: SSAValue) -> str:
    """A buffer as its program names it, or what made it."""
    if buffer.name_hint is not None:
        return f"%{buffer.name_hint}"
    owner = buffer.owner
    if isinstance(owner, Operation):
        return f"the result of '{owner.name}'{at(owner)}"
    return f"argument {buffer.index}"  # pyright: ignore[reportAttributeAccessIssue]


def at(op: Operation) -> str:
    """` at file:line:col` for an op that was read from text."""
    place = place_of(op)
    return f" at {place[:-2]}" if place else ""
