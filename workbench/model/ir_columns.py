"""A pane as its script gets it: the text, and columns that say where ops and values stand in it.

The script cuts into words only the lines that are seen, so a pane of a long program costs what its
text costs. Columns of ascending numbers are differences of neighbours, which deflate well.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from operator import sub
from typing import Any

from ireelite.records import Nodes, TextSpans
from ireelite.records.columns import NONE

Ranges = Sequence[tuple[int, int]]
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")
"""Characters that are one here and two in a script, where they would move all places behind them."""


class Numbering:
    """Gives strings numbers, in the order in which they are met."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._numbers: dict[int, int] = {}

    def of(self, key: int, text: Callable[[int], str]) -> int:
        """Returns the number of the string that `text` returns for a key."""
        if (known := self._numbers.get(key)) is None:
            known = self._numbers[key] = len(self.strings)
            self.strings.append(text(key))
        return known


@dataclass(frozen=True)
class PaneText:
    """The text of a pane, with its ops in pre-order and its values."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    name_starts: Sequence[int]
    nodes: Sequence[int]
    """The serial of each op."""
    values: TextSpans = field(default_factory=TextSpans)
    value_types: Sequence[int] = ()
    """By the values' numbers: numbers of the record's strings."""


def columns_of(
    pane: PaneText, ranges: Ranges, nodes: Nodes, names: Numbering, types: Numbering
) -> dict[str, Any]:
    """Returns the columns of the lines in `ranges`; in place of lines that are left out, a line
    says how many. `names` and `types` take the names and the types that are met.
    """
    cut = _Cut(pane.text, ranges)
    kept = [n for n, start in enumerate(pane.starts) if cut.holds(start)]
    starts = [cut.place(pane.starts[n]) for n in kept]
    serials = [pane.nodes[n] for n in kept]
    numbers, name_of = nodes.names, nodes.strings.__getitem__
    symbols = nodes.symbols
    values = sorted(
        (cut.place(start), end - start, number)
        for start, end, number in zip(pane.values.starts, pane.values.ends, pane.values.indexes)
        if cut.holds(start)
    )
    return {
        "text": _TWO_UNITS.sub("�", cut.text),
        "gaps": cut.gaps,
        "nodes": _differences(serials),
        "names": [names.of(numbers[serial], name_of) for serial in serials],
        "starts": _differences(starts),
        "sizes": [cut.place(pane.ends[n]) - at for n, at in zip(kept, starts)],
        "heads": [cut.place(pane.name_starts[n]) - at for n, at in zip(kept, starts)]
        if pane.name_starts
        else [0] * len(kept),
        "symbols": [
            [n, name_of(symbols[serial])]
            for n, serial in enumerate(serials)
            if serial < len(symbols) and symbols[serial] != NONE
        ],
        "valueStarts": _differences([start for start, _, _ in values]),
        "valueSizes": [size for _, size, _ in values],
        "values": [number for _, _, number in values],
        "valueTypes": [types.of(number, name_of) for number in pane.value_types],
    }


class _Cut:
    """A text cut down to ranges of its lines, and where its characters stand in it."""

    def __init__(self, text: str, ranges: Ranges):
        lines = text.split("\n")
        begins = [0, *accumulate(len(line) + 1 for line in lines)]
        self._whole = list(ranges) == [(0, len(lines))]
        self.gaps: list[int] = []
        """The lines that tell how many are left out."""
        parts: list[str] = []
        self._old: list[int] = []
        self._ends: list[int] = []
        self._new: list[int] = []
        length = end = 0
        for begin, stop in chain(ranges, [(len(lines), len(lines))]):
            if begin > end:
                self.gaps.append(len(parts))
                parts.append(f"⋯ {begin - end} more lines")
                length += len(parts[-1]) + 1
            if begin < stop:
                self._old.append(begins[begin])
                self._ends.append(begins[stop])
                self._new.append(length)
                parts += lines[begin:stop]
                length += begins[stop] - begins[begin]
            end = stop
        self.text = "\n".join(parts)

    def holds(self, offset: int) -> bool:
        """Returns whether a character of the whole text is there."""
        if self._whole:
            return True
        n = bisect_right(self._old, offset) - 1
        return n >= 0 and offset < self._ends[n]

    def place(self, offset: int) -> int:
        """Returns where a character is, or where what stands before it ends."""
        if self._whole:
            return offset
        n = bisect_right(self._old, offset) - 1
        return self._new[n] + min(offset, self._ends[n]) - self._old[n]


def _differences(values: Iterable[int]) -> list[int]:
    column = list(values)
    return [*column[:1], *map(sub, column[1:], column)]
