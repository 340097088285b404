"""A pane as its script gets it: the text, and columns that say where ops and values stand in it.

The script cuts into words only the lines that are seen, so a pane of a long program costs what its
text costs. Columns of ascending numbers are differences of neighbours, which deflate well.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import sub
from typing import Any

from ireelite.records import Nodes
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
    """Lines of a pane, with the ops that begin on them, in pre-order, and the values on them."""

    text: str
    gaps: Sequence[int]
    """The lines that say how many are left out."""
    starts: Sequence[int]
    ends: Sequence[int]
    heads: Sequence[int]
    """Where each op's name begins."""
    nodes: Sequence[int]
    """The serial of each op."""
    value_starts: Sequence[int] = ()
    value_sizes: Sequence[int] = ()
    values: Sequence[int] = ()
    """Numbers that a value's definition and uses share."""
    value_types: Sequence[int] = ()
    """By the values' numbers: numbers of the record's strings; may be empty."""


def columns_of(pane: PaneText, nodes: Nodes, names: Numbering, types: Numbering) -> dict[str, Any]:
    """Returns the columns of a pane for its script. `names` and `types` take the names and the
    types that are met.
    """
    numbers, name_of = nodes.names, nodes.strings.__getitem__
    symbols, typed = nodes.symbols, pane.value_types
    return {
        "text": _TWO_UNITS.sub("�", pane.text),
        "gaps": list(pane.gaps),
        "nodes": _differences(pane.nodes),
        "names": [names.of(numbers[serial], name_of) for serial in pane.nodes],
        "starts": _differences(pane.starts),
        "sizes": list(map(sub, pane.ends, pane.starts)),
        "heads": list(map(sub, pane.heads, pane.starts)),
        "symbols": [
            [n, name_of(symbols[serial])]
            for n, serial in enumerate(pane.nodes)
            if serial < len(symbols) and symbols[serial] != NONE
        ],
        "valueStarts": _differences(pane.value_starts),
        "valueSizes": list(pane.value_sizes),
        "values": list(pane.values),
        # Of the values that are there, by ascending numbers.
        "valueTypes": [types.of(typed[n], name_of) for n in sorted(set(pane.values))]
        if typed
        else [],
    }


class Cut:
    """A text cut down to ranges of its lines, and where its characters stand in it; in place of the
    lines that are left out, a line says how many. `starts` has the place of each line.
    """

    def __init__(self, lines: Sequence[str], starts: Sequence[int], ranges: Ranges):
        self.gaps: list[int] = []
        self.parts: list[tuple[int, int, int]] = []
        """Where each part begins and ends in the whole text, and where it begins here."""
        texts: list[str] = []
        length = last = 0
        end_of_text = starts[-1] + len(lines[-1]) + 1
        for begin, stop in chain(ranges, [(len(lines), len(lines))]):
            if begin > last:
                self.gaps.append(len(texts))
                texts.append(f"⋯ {begin - last} more lines")
                length += len(texts[-1]) + 1
            if begin < stop:
                old = starts[begin], starts[stop] if stop < len(starts) else end_of_text
                self.parts.append((*old, length))
                texts += lines[begin:stop]
                length += old[1] - old[0]
            last = stop
        self.text = "\n".join(texts)
        self._begins = [begin for begin, _, _ in self.parts]

    def place(self, offset: int) -> int:
        """Returns where a character is, or where what stands before it ends."""
        begin, end, new = self.parts[bisect_right(self._begins, offset) - 1]
        return new + min(offset, end) - begin


def _differences(column: Sequence[int]) -> list[int]:
    return [*column[:1], *map(sub, column[1:], column)]
