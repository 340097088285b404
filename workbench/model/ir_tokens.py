"""The words of printed IR: a tokeniser for MLIR text that also knows which op and which value a
word belongs to.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from ireelite.records import Stage, TextSpan


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
      | (?P<type>!?\b(?:tensor|memref|vector|complex|tuple)(?=<)|![\w$]+(?:\.[\w$]+)*
                |\b(?:[su]?i\d+|f\d+|bf16|tf32|index|none)\b(?!\.))
      | (?P<attribute>\#[\w$]+(?:\.[\w$]+)*)
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

    def __init__(self, spans: list[TextSpan]):
        self._starts: list[int] = [0]
        self._owners: list[int] = [-1]
        edges = sorted(spans, key=lambda span: (span.start, -span.end))
        stack: list[TextSpan] = []
        for span in edges:
            self._close(stack, span.start)
            stack.append(span)
            self._mark(span.start, span.index)
        self._close(stack, None)

    def _close(self, stack: list[TextSpan], until: int | None) -> None:
        while stack and (until is None or stack[-1].end <= until):
            closed = stack.pop()
            self._mark(closed.end, stack[-1].index if stack else -1)

    def _mark(self, start: int, owner: int) -> None:
        if self._starts[-1] == start:
            self._owners[-1] = owner
        else:
            self._starts.append(start)
            self._owners.append(owner)

    def at(self, offset: int) -> int:
        """The index of the innermost span around a character, or -1."""
        return self._owners[bisect_right(self._starts, offset) - 1]

    def edges(self) -> list[int]:
        """All offsets at which the innermost span changes, ascending."""
        return self._starts


def tokens(stage: Stage, names: list[str]) -> list[Token]:
    """The words of a stage's text, in order; blanks and punctuation between them are left out.

    `names[n]` is the name of the op at position n: the word that spells it becomes an `OP` token.
    """
    owners = SpanIndex(stage.op_spans)
    values = {span.start: span for span in stage.value_spans}
    named: set[int] = set()
    found: list[Token] = []
    for start, end, kind in _words(stage.text):
        op = owners.at(start)
        if op >= 0 and op not in named and kind in (TokenKind.PLAIN, TokenKind.STRING):
            word = stage.text[start:end].strip('"')
            if names[op] == word or names[op].endswith(f".{word}"):
                kind = TokenKind.OP
                named.add(op)
        value = -1
        if (span := values.get(start)) is not None:
            value, kind = span.index, TokenKind.VALUE
            end = max(end, span.end) if "\n" not in stage.text[start : span.end] else end
        found.append(Token(start, end, kind, op, value))
    return found


def _words(text: str) -> Iterator[tuple[int, int, TokenKind]]:
    position = 0
    while (match := _WORDS.search(text, position)) is not None:
        kind = _KINDS[match.lastgroup or "name"]
        end = match.end()
        if kind in (TokenKind.TYPE, TokenKind.ATTRIBUTE):
            end = _past_angles(text, end)
        yield match.start(), end, kind
        position = end


def _past_angles(text: str, position: int) -> int:
    """The end of a type's `<...>`, or `position` if there is none on this line."""
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
