"""Source locations in MLIR text: fused ones, ranges, and aliases that may be defined behind their
uses.
"""

from __future__ import annotations

import re

from xdsl.context import Context
from xdsl.dialects.builtin import ArrayAttr, FileLineColLoc, FusedLoc, LocationAttr, NoneAttr
from xdsl.ir import Attribute, TypeAttribute
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError
from xdsl.utils.lexer import Input
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ireelite.status import StatusError
from ireelite.syntax.errors import first_lines
from ireelite.syntax.lexer import StageLexer

LOCATION_ALIAS = re.compile(r"^[ \t]*#[\w.$-]+[ \t]*=[ \t]*loc\(.*$", re.MULTILINE)
"""What MLIR prints with debug information: `#loc3 = loc(...)` on lines of their own, also behind
their uses."""


LAST_LINE = 2**31 - 1
"""The largest line and column that a table of locations holds."""


PASSED_ON = (ParseError, StatusError, RecursionError, MemoryError)
"""Exceptions that have a place already, or that the reader of the text handles."""


class LocationParser(Parser):
    """xDSL's parser on the tokens of `StageLexer`, with fused locations, ranges and locations of
    arguments. What is wrong with an attribute or a type is a ParseError where that begins: xDSL
    asserts, or lets Python find, that their parts fit together.
    """

    def __init__(self, ctx: Context, input: str, name: str = "<unknown>"):
        super().__init__(ctx, "", name)
        self._parser_state.lexer = StageLexer(Input(input, name))
        self._resume_from(0)

    def parse_optional_attribute(self) -> Attribute | None:
        start = self._current_token.span
        try:
            return super().parse_optional_attribute()
        except PASSED_ON:
            raise
        except Exception as error:
            raise ParseError(start, first_lines(error)) from error

    def parse_optional_type(self) -> TypeAttribute | None:
        start = self._current_token.span
        try:
            return super().parse_optional_type()
        except PASSED_ON:
            raise
        except Exception as error:
            raise ParseError(start, first_lines(error)) from error

    def _parse_location(self) -> LocationAttr:
        if not self.parse_optional_keyword("fused"):
            start = self.pos
            location = super()._parse_location()
            if isinstance(location, FileLineColLoc):
                if max(location.line.data, location.column.data) > LAST_LINE:
                    self.raise_error(f"a line or column is above {LAST_LINE}", start)
                self._parse_range_end()
            return location
        metadata: Attribute = NoneAttr()
        if self.parse_optional_punctuation("<"):
            metadata = self.parse_attribute()
            self.parse_punctuation(">")
        parts = self.parse_comma_separated_list(self.Delimiter.SQUARE, self._parse_location)
        return FusedLoc(ArrayAttr(parts), metadata)

    def _parse_range_end(self) -> None:
        """Skips the end of a range, `"a.py":3:8 to 4:17` or `"a.py":3:8 to :17`, which is known by
        where it begins.
        """
        if self.parse_optional_keyword("to"):
            self.parse_optional_integer(False, False)
            self.parse_punctuation(":")
            self.parse_integer(False, False)

    def parse_optional_argument(self, expect_type: bool = True):  # pyright: ignore
        argument = super().parse_optional_argument(expect_type)
        if isinstance(argument, Parser.Argument):
            argument.location = super().parse_optional_location()
        return argument


def read_location_aliases(ctx: Context, text: str, name: str) -> dict[str, Attribute]:
    """Locations by the names that lines of a text give them: `#loc1 = loc("a.mlir":1:2)`."""
    lines = [line if LOCATION_ALIAS.match(line) else "" for line in text.split("\n")]
    parser = LocationParser(ctx, "\n".join(lines), name)
    while parser._current_token.kind == MLIRTokenKind.HASH_IDENT:
        parser._parse_alias_def()
    return parser.attribute_aliases
