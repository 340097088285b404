"""What holds data at one time of a sequence: the bytes of allocations, and through which buffer they
were written.

A loop takes over the buffers that it begins with, and a choice those that its branches yield; what
they return may be any of these. A write to bytes that were taken over therefore overwrites what was
returned.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from xdsl.ir import Operation, SSAValue

from ireelite.light_dataclass import field, light_dataclass
from ireelite.light_named_tuple import NamedTuple
from ireelite.lowering.sequencer.accesses import Place, place_in_memory


class Written(NamedTuple):
    """Bytes that hold data: the buffer through which an op wrote them, or None if that depends on
    the way to here.
    """

    end: int
    buffer: SSAValue | None
    op: Operation


@light_dataclass()
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

    def overlapping(self, start: int, end: int) -> Iterator[tuple[int, Written]]:
        """Yields the intervals that share bytes with [start, end), with their starts."""
        at = max(bisect_right(self.starts, start) - 1, 0)
        while at < len(self.starts) and self.starts[at] < end:
            if self.intervals[at].end > start:
                yield self.starts[at], self.intervals[at]
            at += 1

    def copy(self) -> Contents:
        """Returns the same contents, apart from these."""
        return Contents(list(self.starts), list(self.intervals))

    def meet(self, other: Contents) -> Contents:
        """Returns what the bytes hold if they hold either of two contents: bytes that were not
        written in one of them hold nothing, and those that different buffers wrote belong to none
        of them.
        """
        merged = Contents()
        for start, mine in zip(self.starts, self.intervals, strict=True):
            for at, theirs in other.overlapping(start, mine.end):
                first, end = max(start, at), min(mine.end, theirs.end)
                same = mine.buffer is theirs.buffer
                merged.starts.append(first)
                merged.intervals.append(
                    Written(end, mine.buffer if same else None, mine.op if same else theirs.op)
                )
        return merged

    def held(self) -> list[tuple[int, int, SSAValue | None]]:
        """Returns the (start, end, buffer) of each interval."""
        return [(s, w.end, w.buffer) for s, w in zip(self.starts, self.intervals, strict=True)]


@light_dataclass()
class TakenOver:
    """A place that a loop or a choice has taken over, and what it returned for it."""

    place: Place
    op: Operation
    returned: list[SSAValue]


@light_dataclass()
class State:
    """What all allocations hold."""

    contents: dict[SSAValue, Contents] = field(default_factory=dict)
    written: set[SSAValue] = field(default_factory=set)
    """Buffers that have been written, on every way to here."""
    taken: list[TakenOver] = field(default_factory=list)

    def of(self, root: SSAValue) -> Contents:
        """Returns what one allocation holds."""
        return self.contents.setdefault(root, Contents())

    def write(self, place: Place, buffer: SSAValue, op: Operation) -> None:
        """Lets an op write a buffer: what was returned for the same bytes is overwritten."""
        for taken in self.taken:
            mine = taken.place
            if mine.root is place.root and mine.start < place.end and place.start < mine.end:
                for value in taken.returned:
                    self.write(place_in_memory(value), buffer, op)
        self.of(place.root).write(place, buffer, op)
        self.written.add(buffer)

    def copy(self) -> State:
        """Returns the same state, apart from this one."""
        contents = {root: each.copy() for root, each in self.contents.items()}
        return State(contents, set(self.written), list(self.taken))

    def meet(self, other: State) -> State:
        """Returns what is true in both states."""
        roots = self.contents.keys() & other.contents.keys()
        contents = {root: self.contents[root].meet(other.contents[root]) for root in roots}
        taken = [*self.taken, *(t for t in other.taken if t not in self.taken)]
        return State(contents, self.written & other.written, taken)

    def is_like(self, other: State) -> bool:
        """Returns whether two states hold the same."""
        roots = self.contents.keys() | other.contents.keys()
        return self.written == other.written and all(
            self.of(root).held() == other.of(root).held() for root in roots
        )


def meet_all(states: Sequence[State]) -> State:
    """Returns what is true in all of these states, of which there is at least one."""
    met = states[0]
    for state in states[1:]:
        met = met.meet(state)
    return met
