"""The `func` dialect of the project: xDSL's, with attributes kept on the arguments and results of
functions that are only declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr
from xdsl.dialects.func import Func as XDSL_FUNC
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Dialect, Region
from xdsl.parser import Parser

Typed = tuple[Attribute, dict[str, Attribute]]
"""A type, and the attributes behind it."""


class FuncReader(FuncOp):
    """Reads `func.func`. xDSL forgets the attributes of arguments that have no names:
    `func.func private @m.f(tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>`.
    """

    @classmethod
    def parse(cls, parser: Parser) -> FuncOp:
        start = parser.pos
        visibility = parser.parse_optional_visibility_keyword()
        name = parser.parse_symbol_name()
        parser.parse_punctuation("(")
        if parser._current_token.text[:1] in ("%", ")", "."):
            parser._resume_from(start)
            return FuncOp.parse(parser)
        inputs = parser.parse_comma_separated_list(Parser.Delimiter.NONE, lambda: typed(parser))
        parser.parse_punctuation(")")
        outputs: Sequence[Typed] = ()
        if parser.parse_optional_punctuation("->") is not None:
            outputs = (
                parser.parse_comma_separated_list(Parser.Delimiter.PAREN, lambda: typed(parser))
                if parser._current_token.text == "("
                else [(parser.parse_type(), {})]
            )
        extra = parser.parse_optional_attr_dict_with_keyword(
            ("sym_name", "function_type", "sym_visibility")
        )
        op = FuncOp(
            name.data,
            ([type for type, _ in inputs], [type for type, _ in outputs]),
            Region(),
            visibility,
            arg_attrs=attributes(inputs),
            res_attrs=attributes(outputs),
        )
        op.attributes |= extra.data if extra is not None else {}
        return op

    @classmethod
    def create(cls, **parts: Any) -> FuncOp:  # pyright: ignore[reportIncompatibleMethodOverride]
        return FuncOp.create(**parts)


def typed(parser: Parser) -> Typed:
    """Returns a type, attributes if there are any, and a location, which says nothing here."""
    type = parser.parse_type()
    own = parser.parse_optional_dictionary_attr_dict()
    parser.parse_optional_location()
    return type, own


def attributes(values: Sequence[Typed]) -> ArrayAttr[DictionaryAttr] | None:
    """Returns the attributes of all arguments or results, if any has some."""
    if not any(own for _, own in values):
        return None
    return ArrayAttr([DictionaryAttr(own) for _, own in values])


Func = Dialect(
    "func",
    [FuncReader if op is FuncOp else op for op in XDSL_FUNC.operations],
    [*XDSL_FUNC.attributes],
)
