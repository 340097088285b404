"""Tokens: their kinds, and the place of what is none."""

import pytest
from xdsl.utils.exceptions import ParseError
from xdsl.utils.lexer import Input
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ireelite.syntax.lexer import LONGEST_NUMBER, StageLexer

K = MLIRTokenKind


def tokens(text: str) -> list[tuple[MLIRTokenKind, str]]:
    """Kinds and texts up to the end."""
    lexer = StageLexer(Input(text, "a.mlir"))
    found = []
    while (token := lexer.lex()).kind is not K.EOF:
        found.append((token.kind, token.text))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b_$1 %x-1 %12ab", [(K.BARE_IDENT, "a.b_$1"), (K.PERCENT_IDENT, "%x-1"),
                               (K.PERCENT_IDENT, "%12"), (K.BARE_IDENT, "ab")]),
        ("->-...{-#{#-}", [(K.ARROW, "->"), (K.MINUS, "-"), (K.ELLIPSIS, "..."),
                           (K.FILE_METADATA_BEGIN, "{-#"), (K.L_BRACE, "{"), (K.FILE_METADATA_END, "#-}")]),
        ("1 1.5e-3 1. 0x1F 0xi32", [(K.INTEGER_LIT, "1"), (K.FLOAT_LIT, "1.5e-3"), (K.FLOAT_LIT, "1."),
                                    (K.INTEGER_LIT, "0x1F"), (K.INTEGER_LIT, "0"), (K.BARE_IDENT, "xi32")]),
        (r'@f @"a b" "\22\n" "\C3\A4" "ä"', [(K.AT_IDENT, "@f"), (K.AT_IDENT, '@"a b"'), (K.STRING_LIT, r'"\22\n"'),
                                             (K.BYTES_LIT, r'"\C3\A4"'), (K.STRING_LIT, '"ä"')]),
        ("#a !b.c ^bb0 // all ( the rest\n)", [(K.HASH_IDENT, "#a"), (K.EXCLAMATION_IDENT, "!b.c"),
                                               (K.CARET_IDENT, "^bb0"), (K.R_PAREN, ")")]),
    ],
)  # fmt: skip
def test_every_kind_of_token(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ('f(«"abc)\n"d"', "this string has no closing quote on its line"),
        ('«"', "this string has no closing quote on its line"),
        ('"«\\q"', "unknown escape \\q in a string"),
        ('@«"abc', "this string has no closing quote on its line"),
        ("a «% b", "expected a name after '%'"),
        ("«@ f", "expected a name after '@'"),
        ("a «.. b", "expected '...' or a name, not '.'"),
        ("a // «é\n «é", "unexpected character 'é'"),
        ("«" + "1" * (LONGEST_NUMBER + 1), "a number of 4001 digits is too long"),
    ],
)
def test_what_is_no_token_is_refused_at_its_place(marked, message):
    text = marked.replace("«", "")
    place = marked.rindex("«") - marked.count("«") + 1
    with pytest.raises(ParseError) as caught:
        tokens(text)
    assert (caught.value.msg, caught.value.span.start) == (message, place)


@pytest.mark.parametrize(
    "text",
    ['"' + "a" * 200_000, '"' + "\\22" * 70_000, " " * 200_000 + "§", "// x\n" * 50_000 + "§"],
)
def test_long_texts_that_fail_are_read_once(text):
    # with a pattern that tries again, each of these takes longer than the universe has
    with pytest.raises(ParseError):
        tokens(text)


def test_lines_and_columns_count_from_one():
    lexer = StageLexer(Input("ab\n\ncd", "a.mlir"))
    assert [lexer.place_at(p) for p in (0, 1, 2, 3, 4, 5)] == [
        (1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 2),
    ]  # fmt: skip
