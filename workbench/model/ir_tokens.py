"""The words of printed IR: a tokeniser for MLIR text that also knows which op and which value a
word belongs to.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from operator import lt, neg

from ireelite.records import TextSpans


class TokenKind(IntEnum):
    """What a word is. The numbers go to the browser."""

    PLAIN = 0
    OP = 1
    VALUE = 2
    TYPE = 3
    SYMBOL = 4
    STRING = 5
    NUMBER = 6
    COMMENT = 7
    BLOCK = 8
    ATTRIBUTE = 9


@dataclass(frozen=True)
class Token:
    """Characters [start, end) of a stage's text."""

    start: int
    end: int
    kind: TokenKind
    op: int
    """Position in `Stage.nodes` of the innermost op around it, or -1."""
    value: int
    """The number that a value's definition and uses share, or -1."""


_WORDS = re.compile(
    r"""(?P<comment>//[^\n]*)
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<symbol>@(?:"[^"\n]*"|[\w$.\-]+)(?:::@?[\w$.\-]+)*)
      | (?P<value>%[\w$.\-]+(?:[\#:]\d+)?)
      | (?P<block>\^[\w$.\-]+)
      | (?P<attribute>[A-Za-z_][\w$.\-]*(?=\ =\ )|\#[\w$]+(?:\.[\w$]+)*)
      | (?P<type>!?\b(?:tensor|memref|vector|complex|tuple)(?=<)|![\w$]+(?:\.[\w$]+)*
                |\b(?:[su]?i\d+|f\d+|bf16|tf32|index|none)\b(?!\.))
      | (?P<number>-?\b0[xX][0-9a-fA-F]+\b|-?\b\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][\w$]*(?:[.\-][A-Za-z_][\w$]*)*)
    """,
    re.VERBOSE,
)

_KINDS = {
    "comment": TokenKind.COMMENT,
    "string": TokenKind.STRING,
    "symbol": TokenKind.SYMBOL,
    "value": TokenKind.VALUE,
    "block": TokenKind.BLOCK,
    "type": TokenKind.TYPE,
    "attribute": TokenKind.ATTRIBUTE,
    "number": TokenKind.NUMBER,
    "name": TokenKind.PLAIN,
}


class SortedSpans:
    """Spans of a text, ascending; of spans that begin together, the outer one is first."""

    def __init__(self, spans: TextSpans):
        self.starts: Sequence[int] = spans.starts
        self.ends: Sequence[int] = spans.ends
        self.indexes: Sequence[int] = spans.indexes
        # A record made by hand may have them in another order.
        if not all(map(lt, self.starts, islice(self.starts, 1, None))):
            edges = zip(spans.starts, map(neg, spans.ends), spans.indexes, strict=True)
            rows = sorted(edges)
            self.starts = [start for start, _, _ in rows]
            self.ends = [-minus_end for _, minus_end, _ in rows]
            self.indexes = [index for _, _, index in rows]

    def within(self, begin: int, end: int) -> range:
        """Returns the places of the spans that start in a part of the text."""
        return range(bisect_left(self.starts, begin), bisect_left(self.starts, end))


class SpanIndex(SortedSpans):
    """Finds the innermost of nested spans around a character. A character of a span that no other
    span is in costs a binary search; one behind inner spans costs a look at each of those.
    """

    def at(self, offset: int) -> int:
        """Returns the index of the innermost span around a character, or -1."""
        place = self._around(offset)
        return self.indexes[place] if place >= 0 else -1

    def runs(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yields the parts of a text in which one span is the innermost: begin, end, and the index
        of the span, or -1.
        """
        while begin < end:
            place = self._around(begin)
            stop = min(end, self.ends[place]) if place >= 0 else end
            if (following := bisect_right(self.starts, begin)) < len(self.starts):
                stop = min(stop, self.starts[following])
            yield begin, stop, self.indexes[place] if place >= 0 else -1
            begin = stop

    def _around(self, offset: int) -> int:
        ends = self.ends
        for place in range(bisect_right(self.starts, offset) - 1, -1, -1):
            if ends[place] > offset:
                return place
        return -1


class StageWords:
    """The words of a stage's text, a line at a time; blanks and punctuation are left out."""

    def __init__(self, text: str, ops: SpanIndex, heads: Sequence[int], values: SortedSpans):
        """`heads` has the place of each op's name, by the indexes of `ops`."""
        self.text, self.ops, self._heads, self._values = text, ops, heads, values

    def between(self, begin: int, end: int) -> list[Token]:
        """Returns the words in a part of the text, in order."""
        found: list[Token] = []
        values, heads = self._values, self._heads
        spans = {values.starts[n]: n for n in values.within(begin, end)}
        for start, stop, kind in _words(self.text, begin, end):
            op, value = self.ops.at(start), -1
            if 0 <= op < len(heads) and heads[op] == start:
                kind = TokenKind.OP
            if (span := spans.get(start)) is not None:
                stop = max(stop, min(values.ends[span], end))
                value, kind = values.indexes[span], TokenKind.VALUE
            found.append(Token(start, stop, kind, op, value))
        return found


def _words(text: str, begin: int, end: int) -> Iterator[tuple[int, int, TokenKind]]:
    position = begin
    while (match := _WORDS.search(text, position, end)) is not None:
        kind = _KINDS[match.lastgroup or "name"]
        stop = match.end()
        if kind is TokenKind.TYPE or (kind is TokenKind.ATTRIBUTE and text[match.start()] == "#"):
            stop = _past_angles(text, stop)
        yield match.start(), stop, kind
        position = stop


def _past_angles(text: str, position: int) -> int:
    """Returns the end of a type's `<...>`, or `position` if there is none on this line."""
    if not text.startswith("<", position):
        return position
    depth = 0
    for offset in range(position, len(text)):
        character = text[offset]
        if character == "\n":
            break
        depth += character == "<"
        if character == ">" and text[offset - 1] != "-":
            depth -= 1
            if not depth:
                return offset + 1
    return position
