"""Reads the text of any stage.

xDSL's parser with some repairs: hexadecimal elements of a float `dense<...>` are bit patterns, as
in MLIR; a `linalg.generic` may have several results, and a list of one type needs no parentheses;
older dialect names are read; each op gets the
line and column it came from unless it says another, by `loc(...)` or an alias that may be defined
behind its use; errors are `StatusError`s of the form `file:line:col: message` with
the line and a caret below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from xdsl.context import Context
from xdsl.dialects.builtin import (
    AnyFloat,
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FileLineColLoc,
    FusedLoc,
    IntAttr,
    IntegerType,
    LocationAttr,
    ModuleOp,
    NoneAttr,
    StringAttr,
)
from xdsl.ir import Attribute, Operation
from xdsl.irdl import IRDLOperation
from xdsl.parser import AttrParser, Parser
from xdsl.utils.exceptions import ParseError, VerifyException
from xdsl.utils.lexer import Span
from xdsl.utils.mlir_lexer import MLIRTokenKind, StringLiteral

from ireelite.status import StatusCode, StatusError, invalid_argument, near_names
from ireelite.syntax.checks import check_op, second_definition
from ireelite.syntax.context import find_op, make_context

LOCATION_ALIAS = re.compile(r"^#loc\d*[ \t]*=[ \t]*loc\(.*$", re.MULTILINE)
"""What MLIR prints with debug information: `#loc3 = loc(...)` on lines of their own, also behind
their uses."""


class LocationParser(Parser):
    """xDSL's parser, which makes nothing useful of `fused<...>[...]`, and knows no ranges."""

    def _parse_location(self) -> LocationAttr:
        if not self.parse_optional_keyword("fused"):
            location = super()._parse_location()
            if isinstance(location, FileLineColLoc):
                self._parse_range_end()
            return location
        metadata: Attribute = NoneAttr()
        if self.parse_optional_punctuation("<"):
            metadata = self.parse_attribute()
            self.parse_punctuation(">")
        parts = self.parse_comma_separated_list(self.Delimiter.SQUARE, self._parse_location)
        return FusedLoc(ArrayAttr(parts), metadata)

    def _parse_range_end(self) -> None:
        """`"a.py":3:8 to 4:17` and `"a.py":3:8 to :17` are known by where they begin."""
        if self.parse_optional_keyword("to"):
            self.parse_optional_integer(False, False)
            self.parse_punctuation(":")
            self.parse_integer(False, False)


def read_location_aliases(ctx: Context, text: str, name: str) -> dict[str, Attribute]:
    """Locations by the names that lines of a text give them: `#loc1 = loc("a.mlir":1:2)`."""
    lines = [line if LOCATION_ALIAS.match(line) else "" for line in text.split("\n")]
    parser = LocationParser(ctx, "\n".join(lines), name)
    while parser._current_token.kind == MLIRTokenKind.HASH_IDENT:
        parser._parse_alias_def()
    return parser.attribute_aliases


class StageParser(LocationParser):
    """xDSL's parser, repaired (see the module's text)."""

    class _TensorLiteralElement(AttrParser._TensorLiteralElement):
        def to_type(self, parser: AttrParser, type):  # pyright: ignore[reportIncompatibleMethodOverride]
            if isinstance(type, AnyFloat) and self.span.text[:2] in ("0x", "0X"):
                assert isinstance(self.value, int)
                return next(
                    iter(type.iter_unpack(self.value.to_bytes(type.compile_time_size, "little")))
                )
            return super().to_type(parser, type)

    def __init__(self, ctx: Context, input: str, name: str = "<unknown>"):
        aliases = LOCATION_ALIAS.search(input)
        super().__init__(ctx, LOCATION_ALIAS.sub("", input) if aliases else input, name)
        self._located = False
        """Whether a location stood where one was last looked for: behind the last op."""
        self._names: list[Span] = []
        """Where the names stand of the ops that are being read: behind their results, as in MLIR."""
        if aliases:
            self.attribute_aliases |= read_location_aliases(ctx, input, name)

    def parse_optional_argument(self, expect_type: bool = True):  # pyright: ignore
        argument = super().parse_optional_argument(expect_type)
        if isinstance(argument, Parser.Argument):
            argument.location = super().parse_optional_location()
        return argument

    def parse_optional_location(self) -> LocationAttr | None:
        location = super().parse_optional_location()
        self._located = location is not None
        return location

    def parse_optional_str_literal(self) -> str | None:
        # xDSL takes a text with an escaped letter that is not ASCII for bytes
        if self._current_token.kind == MLIRTokenKind.BYTES_LIT:
            span = self._current_token.span
            try:
                text = StringLiteral.from_span(span).bytes_contents.decode()
            except UnicodeDecodeError:
                return None
            self._consume_token(MLIRTokenKind.BYTES_LIT)
            return text
        return super().parse_optional_str_literal()

    def _parse_generic_operation(self, op_type: type[Operation]) -> Operation:
        op = super()._parse_generic_operation(op_type)
        if isinstance(op, IRDLOperation):
            read_older_arrays(op)
        return op

    def _parse_op_result_list(self) -> list[tuple[Span, int]]:
        results = super()._parse_op_result_list()
        self._names.append(self._current_token.span)
        return results

    def parse_operation(self) -> Operation:
        try:
            op = super().parse_operation()
        except (ParseError, StatusError, RecursionError):
            raise
        except Exception as error:  # xDSL asserts, or lets Python find, that parts fit together
            raise ParseError(self._names[-1], describe_failure(error)) from error
        named = self._names.pop()
        if not self._located:
            where = named.get_location()
            op.location = FileLineColLoc(
                StringAttr(where.file), IntAttr(where.line), IntAttr(where.col)
            )
        return op

    def parse_comma_separated_list(self, delimiter, parse, context_msg=""):  # pyright: ignore
        # `linalg.generic` prints several result types in parentheses, but reads them without; MLIR
        # reads a single type without them wherever it reads a list of types
        bare = delimiter is Parser.Delimiter.NONE and parse == self.parse_attribute
        if bare and self._current_token.text == "(":
            delimiter = Parser.Delimiter.PAREN
        single = delimiter is Parser.Delimiter.PAREN and parse in (
            self.parse_attribute,
            self.parse_type,
        )
        if single and self._current_token.text != "(":
            return [parse()]
        return super().parse_comma_separated_list(delimiter, parse, context_msg)

    def _get_op_by_name(self, name: str) -> type[Operation]:
        if "." in name and (op_type := find_op(self.ctx, name)) is not None:
            return op_type
        try:
            return super()._get_op_by_name(name)
        except ParseError as error:
            dialect = name.partition(".")[0]
            known = [op.name for op in self.ctx.loaded_ops if op.name.startswith(f"{dialect}.")]
            raise ParseError(error.span, error.msg + near_names(name, known)) from error


def read_older_arrays(op: IRDLOperation) -> None:
    """Replaces `dense<[1, 0]> : tensor<2xi64>`, the older spelling of a list of numbers, by
    `array<i64: 1, 0>` in the properties that are such lists.
    """
    definitions = op.get_irdl_definition().properties
    for name, value in op.properties.items():
        if (
            isinstance(value, DenseIntOrFPElementsAttr)
            and isinstance(element := value.get_element_type(), IntegerType)
            and len(value.get_shape()) == 1
            and name in definitions
            and not definitions[name].constr.verifies(value)
        ):
            op.properties[name] = DenseArrayBase.from_list(element, value.get_values())


def describe_parse_error(error: ParseError) -> str:
    """`file:line:col: message`, the source line, and a caret under the place."""
    where = error.span.get_location()
    text = error.span.input.content.splitlines()
    line = text[where.line - 1] if where.line - 1 < len(text) else ""
    caret = " " * max(where.col - 1, 0) + "^"
    return f"{where.file}:{where.line}:{where.col}: {error.msg}\n{line}\n{caret}"


def describe_failure(error: Exception) -> str:
    """What xDSL says when it can't make an op, or that it can't."""
    return str(error) or "the parts of this op do not fit together"


def place_of(op: Operation) -> str:
    """`file:line:col: ` of an op that was read from text, else nothing. What was made of several
    ops is where the first of them is.
    """
    location: Attribute = op.location
    while isinstance(location, FusedLoc) and isinstance(location.locations, ArrayAttr):
        location = location.locations.data[0]
    if isinstance(location, FileLineColLoc):
        return f"{location.filename.data}:{location.line.data}:{location.column.data}: "
    return ""


PLACE = re.compile(r".*?:\d+:\d+: ")


def at_place(error: StatusError, ops: Sequence[Operation]) -> StatusError:
    """The error, whose message begins with the place of the first of `ops` that has one, unless it
    names a place already.
    """
    if not PLACE.match(error.message):
        error.message = next(filter(None, map(place_of, ops)), "") + error.message
    return error


@contextmanager
def source_errors() -> Iterator[None]:
    """Turns xDSL's parse and verify errors into `StatusError`s."""
    try:
        yield
    except ParseError as error:
        raise StatusError(StatusCode.INVALID_ARGUMENT, describe_parse_error(error)) from error
    except VerifyException as error:
        raise StatusError(StatusCode.INVALID_ARGUMENT, str(error)) from error
    except RecursionError as error:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT, "the source text nests too deeply"
        ) from error


def verify(module: Operation) -> None:
    """Verifies a module op by op. Raises INVALID_ARGUMENT with the place,
    the op's name and what was wrong.
    """
    if (again := second_definition(module)) is not None:
        raise invalid_argument(
            f"{place_of(again)}'{again.name}' op has the name of another; names are given once"
        )
    for op in module.walk():
        try:
            op.verify(verify_nested_ops=False)
            check_op(op)
        except RecursionError:
            raise
        except Exception as error:  # xDSL's checks raise more than VerifyException
            lines = str(error).splitlines() or ["invalid operation"]
            message = " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
            raise invalid_argument(f"{place_of(op)}'{op.name}' op {message}") from error


def parse_module(text: str, name: str = "<memory>", context: Context | None = None) -> ModuleOp:
    """Parses and verifies MLIR text. Raises INVALID_ARGUMENT with file, line,
    column and a caret.
    """
    with source_errors():
        parser = StageParser(context or make_context(), text, name)
        module = parser.parse_module()
        verify(module)
    return module
