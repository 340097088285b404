"""Places the transient buffers of a sequence in one arena.

Two buffers may share bytes if no group of dispatches uses both. Finding the smallest arena is
NP-hard, so two heuristics are tried. No arena is smaller than the bytes in use at one time; where
the first heuristic reaches that bound, the second is not needed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from heapq import heappop, heappush

from ireelite.light_dataclass import light_dataclass

ALIGNMENT = 256
"""Bytes. GPUs commonly bind storage buffers at multiples of 256; upstream packs at 64."""

LEVELS_IN_BLOCK = 64
"""`place_by_size` compares a buffer that lives in one block of levels with those that live there
only; one that lives in several with all.
"""

MAX_COMPARISONS = 50_000_000
"""`place_by_size` gives up after comparing so many pairs of buffers: all of ten thousand, in a few
seconds.
"""


Placed = tuple[int, int, int, int]
"""A buffer in the arena: where it starts and ends in bytes, its first and its last level."""


@light_dataclass()
class Lifetime:
    """A buffer's size in bytes, and the levels (groups of dispatches) from the first that writes
    it to the last that reads it.
    """

    first: int
    last: int
    size: int
    offset: int = 0
    """Where it is placed, in bytes from the arena's start."""


def aligned(offset: int) -> int:
    """Returns the next multiple of the alignment."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def place(lifetimes: Sequence[Lifetime]) -> int:
    """Sets the offsets, and returns the arena's size in bytes."""
    size = place_by_time(lifetimes)
    if size > peak(lifetimes):
        offsets = [lifetime.offset for lifetime in lifetimes]
        other = place_by_size(lifetimes, size)
        if other is not None:
            return other
        for lifetime, offset in zip(lifetimes, offsets, strict=True):
            lifetime.offset = offset
    return size


def peak(lifetimes: Sequence[Lifetime]) -> int:
    """Returns the most bytes in use during one level: no arena is smaller."""
    change: dict[int, int] = {}
    for lifetime in lifetimes:
        size = aligned(lifetime.size)
        change[lifetime.first] = change.get(lifetime.first, 0) + size
        change[lifetime.last + 1] = change.get(lifetime.last + 1, 0) - size
    used = most = 0
    for level in sorted(change):
        used += change[level]
        most = max(most, used)
    return most


# -- in the order of time --------------------------------------------------------------------------


class Gaps:
    """The free ranges below the end of the space that was ever used."""

    def __init__(self) -> None:
        self.end = 0
        self._by_size: list[tuple[int, int]] = []
        """(size, start) of each, sorted."""
        self._end_of: dict[int, int] = {}
        self._start_of: dict[int, int] = {}

    def take(self, size: int) -> int:
        """Returns the start of `size` free bytes: of the smallest gap that has them, else at the
        end.
        """
        if size == 0:
            return 0
        index = bisect_left(self._by_size, (size, 0))
        if index < len(self._by_size):
            _, start = self._by_size[index]
            end = self._remove(start)
        else:
            start = self._start_of.get(self.end, self.end)
            if start < self.end:
                self._remove(start)
            end = self.end = start + size
        if start + size < end:
            self._add(start + size, end)
        return start

    def give_back(self, start: int, size: int) -> None:
        """Makes bytes free again, together with the gaps beside them."""
        if size == 0:
            return
        end = start + size
        if (before := self._start_of.get(start)) is not None:
            self._remove(before)
            start = before
        if end in self._end_of:
            end = self._remove(end)
        self._add(start, end)

    def _add(self, start: int, end: int) -> None:
        insort(self._by_size, (end - start, start))
        self._end_of[start], self._start_of[end] = end, start

    def _remove(self, start: int) -> int:
        """Removes a gap; returns its end."""
        end = self._end_of.pop(start)
        del self._start_of[end]
        del self._by_size[bisect_left(self._by_size, (end - start, start))]
        return end


def place_by_time(lifetimes: Sequence[Lifetime]) -> int:
    """Gives each buffer the smallest gap that fits when its life begins. Returns the size of the
    arena, which is the least possible where all buffers have one size.
    """
    gaps = Gaps()
    alive: list[tuple[int, int, int]] = []
    for lifetime in sorted(lifetimes, key=lambda t: (t.first, -t.size)):
        while alive and alive[0][0] < lifetime.first:
            gaps.give_back(*heappop(alive)[1:])
        size = aligned(lifetime.size)
        lifetime.offset = gaps.take(size)
        heappush(alive, (lifetime.last, lifetime.offset, size))
    return gaps.end


# -- in the order of size --------------------------------------------------------------------------


def place_by_size(lifetimes: Sequence[Lifetime], limit: int) -> int | None:
    """Gives each buffer the lowest offset that is free during its life, largest first. Returns the
    size of the arena, or None, with some offsets set, if that is not below `limit` or takes too
    many comparisons.
    """
    everything: list[Placed] = []
    blocks: dict[int, list[Placed]] = {}
    comparisons = arena = 0
    for lifetime in sorted(lifetimes, key=lambda t: -t.size):
        first, last, size = lifetime.first, lifetime.last, lifetime.size
        mine = range(first // LEVELS_IN_BLOCK, last // LEVELS_IN_BLOCK + 1)
        near = blocks.get(mine[0], []) if len(mine) == 1 else everything
        comparisons += len(near)
        offset = 0
        for start, end, begin, until in near:
            if start >= offset + size:
                break
            if end > offset and begin <= last and first <= until:
                offset = end
        lifetime.offset = offset
        end = aligned(offset + size)
        arena = max(arena, end)
        if arena >= limit or comparisons > MAX_COMPARISONS:
            return None
        placed = (offset, end, first, last)
        insort(everything, placed)
        for block in mine:
            insort(blocks.setdefault(block, []), placed)
    return arena
