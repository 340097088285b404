"""What differs between two sequences, near-linear where they hardly differ."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import TypeAlias

from workbench.dumps.ops import NONE

Gap: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""Ranges of two programs, of which one took the place of the other."""


def gaps_between(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Gap]:
    """Returns the ranges of two sequences between the elements that are in both, in the same order.

    Elements that occur once in both are tried first (patience difference), then those at the ends
    of what is left: near-linear, and exact where programs hardly differ.
    """
    found: list[Gap] = []
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        a, b, c, d = waiting.pop()
        while a < b and c < d and old[a] == new[c]:
            a, c = a + 1, c + 1
        while a < b and c < d and old[b - 1] == new[d - 1]:
            b, d = b - 1, d - 1
        if a == b and c == d:
            continue
        anchors = _anchors(old, new, a, b, c, d) if a < b and c < d else []
        if not anchors:
            found.append(((a, b), (c, d)))
            continue
        parts = []
        for x, y in anchors:
            parts.append((a, x, c, y))
            a, c = x + 1, y + 1
        parts.append((a, b, c, d))
        waiting += reversed(parts)
    found.sort()
    return found


def _anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], a: int, b: int, c: int, d: int
) -> list[tuple[int, int]]:
    """Pairs of equal elements that occur once in both ranges, as many as are in order."""
    places: dict[Hashable, int] = {}
    for n in range(a, b):
        places[old[n]] = NONE if old[n] in places else n
    other: dict[Hashable, int] = {}
    for n in range(c, d):
        other[new[n]] = NONE if new[n] in other else n
    pairs = [
        (n, other[form])
        for form, n in places.items()
        if n != NONE and other.get(form, NONE) != NONE
    ]
    return _ascending(sorted(pairs))


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the longest subsequence of pairs, sorted by the first, whose seconds ascend."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, second) in enumerate(pairs):
        place = bisect_left(tails, second)
        before.append(ends[place - 1] if place else NONE)
        if place == len(tails):
            tails.append(second)
            ends.append(n)
        else:
            tails[place], ends[place] = second, n
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else NONE
    while at != NONE:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]
