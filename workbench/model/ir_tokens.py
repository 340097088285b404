"""The words of printed IR: a tokeniser for MLIR text that also knows which op and which value a
word belongs to.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from operator import neg

from ireelite.records import Stage, TextSpans


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


class SpanIndex:
    """Finds the innermost of nested spans around a character in logarithmic time."""

    def __init__(self, spans: TextSpans):
        self._starts: list[int] = [0]
        self._owners: list[int] = [-1]
        edges = zip(spans.starts, map(neg, spans.ends), spans.indexes, strict=True)
        stack: list[tuple[int, int]] = []
        for start, minus_end, index in sorted(edges):
            self._close(stack, start)
            stack.append((-minus_end, index))
            self._mark(start, index)
        self._close(stack, None)

    def _close(self, stack: list[tuple[int, int]], until: int | None) -> None:
        while stack and (until is None or stack[-1][0] <= until):
            end, _ = stack.pop()
            self._mark(end, stack[-1][1] if stack else -1)

    def _mark(self, start: int, owner: int) -> None:
        if self._starts[-1] == start:
            self._owners[-1] = owner
        else:
            self._starts.append(start)
            self._owners.append(owner)

    def at(self, offset: int) -> int:
        """Returns the index of the innermost span around a character, or -1."""
        return self._owners[bisect_right(self._starts, offset) - 1]

    def edges(self) -> list[int]:
        """Returns all offsets at which the innermost span changes, ascending."""
        return self._starts


class StageWords:
    """The words of a stage's text, a line at a time; blanks and punctuation are left out."""

    def __init__(self, stage: Stage):
        self.text = stage.text
        self.owners = SpanIndex(stage.op_spans)
        self._names = {start: op for op, start in enumerate(stage.name_starts.values)}
        spans = stage.value_spans
        self._values = dict(
            zip(spans.starts, zip(spans.ends, spans.indexes, strict=True), strict=True)
        )

    def between(self, begin: int, end: int) -> list[Token]:
        """Returns the words in a part of the text, in order."""
        found: list[Token] = []
        for start, stop, kind in _words(self.text, begin, end):
            op, value = self.owners.at(start), -1
            if self._names.get(start) == op and op >= 0:
                kind = TokenKind.OP
            if (span := self._values.get(start)) is not None:
                stop, value, kind = max(stop, min(span[0], end)), span[1], TokenKind.VALUE
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
