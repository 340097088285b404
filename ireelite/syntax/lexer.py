"""The tokens of MLIR text.

xDSL's lexer with one pattern for every token: the time is linear in the text whatever it holds, and
an error points at the character that is wrong.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NoReturn

from xdsl.utils.exceptions import ParseError
from xdsl.utils.lexer import Input, Position, Span, Token
from xdsl.utils.mlir_lexer import (
    KIND_BY_PUNCTUATION_SPELLING,
    MLIRLexer,
    MLIRToken,
    MLIRTokenKind,
    StringLiteral,
)

CHARACTERS = r'(?:[^"\\\n\v\f]++|\\(?:["nt\\]|[0-9A-Fa-f]{2}))'
STRING = rf'"{CHARACTERS}*+"'
SUFFIX = r"(?:[0-9]++|[a-zA-Z$._-][a-zA-Z0-9$._-]*+)"
BARE = r"[a-zA-Z_][a-zA-Z0-9_$.]*+"

TOKEN = re.compile(
    r"(?:[ \t\n\r\f\v]++|//[^\n]*+)*+(?:"
    + "|".join(
        (
            rf"({BARE})",
            rf"(%{SUFFIX})",
            r"(->|\.\.\.|\{-#|#-\}|[:,=>{(\[<\-+?/})\]*|])",
            r"([0-9]++\.[0-9]*+(?:[eE][+-]?[0-9]++)?)",
            r"(0x[0-9a-fA-F]++|[0-9]++)",
            rf"({STRING})",
            rf"(@(?:{BARE}|{STRING}))",
            rf"(!{SUFFIX})",
            rf"(#{SUFFIX})",
            rf"(\^{SUFFIX})",
            r"(\Z)",
        )
    )
    + ")",
    re.ASCII,
)
"""A token and the blanks and comments before it. Quantifiers are possessive: none is tried again
with fewer characters.
"""

KINDS = (
    None,
    MLIRTokenKind.BARE_IDENT,
    MLIRTokenKind.PERCENT_IDENT,
    None,
    MLIRTokenKind.FLOAT_LIT,
    MLIRTokenKind.INTEGER_LIT,
    MLIRTokenKind.STRING_LIT,
    MLIRTokenKind.AT_IDENT,
    MLIRTokenKind.EXCLAMATION_IDENT,
    MLIRTokenKind.HASH_IDENT,
    MLIRTokenKind.CARET_IDENT,
    MLIRTokenKind.EOF,
)
"""Group of the pattern -> the token's kind."""

PUNCTUATION, NUMBERS, TEXTS = 3, (4, 5), 6

BLANK = re.compile(r"(?:[ \t\n\r\f\v]++|//[^\n]*+)*+")
UNFINISHED_STRING = re.compile(rf'"{CHARACTERS}*')
"""Not possessive: Python before 3.11.5 ends such a match behind the place where it failed."""

LONGEST_NUMBER = 4000
"""Characters of the longest number that is read: Python converts no longer ones."""


class TokenSpan(Span[str]):
    """A span that costs less to make."""

    def __init__(self, start: Position, end: Position, input: Input[str]):
        self.__dict__.update(start=start, end=end, input=input)


class StageLexer(MLIRLexer):
    """Reads tokens. `place_at` is a position's line and column."""

    def __init__(self, input: Input[str]):
        super().__init__(input)
        self._lines: list[Position] | None = None

    def lex(self) -> MLIRToken:
        match = TOKEN.match(self.input.content, self.pos)
        if match is None:
            self._refuse()
        group = match.lastindex
        assert group is not None
        start, end = match.span(group)
        self.pos = end
        if group == PUNCTUATION:
            kind = KIND_BY_PUNCTUATION_SPELLING[match.group(group)]
        else:
            kind = KINDS[group]
            assert kind is not None
            if group == TEXTS:
                return self._string(start, end)
            if group in NUMBERS and end - start > LONGEST_NUMBER:
                self._raise(start, f"a number of {end - start} digits is too long")
        return Token(kind, TokenSpan(start, end, self.input))

    def _string(self, start: Position, end: Position) -> MLIRToken:
        """Returns a string. Escaped letters that are not ASCII make it bytes, as in xDSL's lexer."""
        literal = StringLiteral(start, end, self.input)
        kind = MLIRTokenKind.STRING_LIT
        if "\\" in literal.text and not literal.bytes_contents.isascii():
            kind = MLIRTokenKind.BYTES_LIT
        return Token(kind, literal)

    def _refuse(self) -> NoReturn:
        """Raises for what begins no token."""
        text = self.input.content
        blank = BLANK.match(text, self.pos)
        assert blank is not None
        start = blank.end()
        quote = start + 1 if text[start] == "@" and text[start + 1 : start + 2] == '"' else start
        if text[quote] == '"':
            self._refuse_string(quote)
        if text[start] in "%#!^@":
            self._raise(start, f"expected a name after '{text[start]}'")
        if text[start] == ".":
            self._raise(start, "expected '...' or a name, not '.'")
        self._raise(start, f"unexpected character {text[start]!r}")

    def _refuse_string(self, quote: Position) -> NoReturn:
        text = self.input.content
        begun = UNFINISHED_STRING.match(text, quote)
        assert begun is not None
        stop = begun.end()
        if text[stop : stop + 1] == "\\" and text[stop + 1 : stop + 2] not in ("", "\n"):
            escape = text[stop : stop + 2]
            self._raise(stop, f"unknown escape {escape} in a string")
        self._raise(quote, "this string has no closing quote on its line")

    def _raise(self, position: Position, message: str) -> NoReturn:
        raise ParseError(Span(position, position + 1, self.input), message)

    def place_at(self, position: Position) -> tuple[int, int]:
        """Returns a position's line and column, both counted from 1."""
        if self._lines is None:
            self._lines = [0, *(m.end() for m in re.finditer("\n", self.input.content))]
        line = bisect_right(self._lines, position)
        return line, position - self._lines[line - 1] + 1
