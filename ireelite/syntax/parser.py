"""Reads the text of any stage.

xDSL's parser with some repairs: hexadecimal elements of a float `dense<...>` are bit patterns, as
in MLIR; a `linalg.generic` may have several results; older dialect names are read; each op gets the
line and column it came from; errors are `StatusError`s of the form `file:line:col: message` with
the line and a caret below.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from xdsl.context import Context
from xdsl.dialects.builtin import (
    AnyFloat,
    FileLineColLoc,
    IntAttr,
    ModuleOp,
    StringAttr,
    UnknownLoc,
)
from xdsl.ir import Operation
from xdsl.parser import AttrParser, Parser
from xdsl.utils.exceptions import ParseError, VerifyException

from ireelite.status import StatusCode, StatusError, near_names
from ireelite.syntax.context import find_op, make_context


class StageParser(Parser):
    """xDSL's parser, repaired (see the module's text)."""

    class _TensorLiteralElement(AttrParser._TensorLiteralElement):
        def to_type(self, parser: AttrParser, type):  # pyright: ignore[reportIncompatibleMethodOverride]
            if isinstance(type, AnyFloat) and self.span.text[:2] in ("0x", "0X"):
                assert isinstance(self.value, int)
                return next(
                    iter(type.iter_unpack(self.value.to_bytes(type.compile_time_size, "little")))
                )
            return super().to_type(parser, type)

    def parse_operation(self) -> Operation:
        start = self._current_token.span
        try:
            op = super().parse_operation()
        except VerifyException as error:  # of an attribute, or of an op that can't even be built
            raise ParseError(start, str(error)) from error
        if isinstance(op.location, UnknownLoc):
            where = start.get_location()
            op.location = FileLineColLoc(
                StringAttr(where.file), IntAttr(where.line), IntAttr(where.col)
            )
        return op

    def parse_comma_separated_list(self, delimiter, parse, context_msg=""):  # pyright: ignore
        # `linalg.generic` prints several result types in parentheses, but reads them without
        bare = delimiter is Parser.Delimiter.NONE and parse == self.parse_attribute
        if bare and self._current_token.text == "(":
            delimiter = Parser.Delimiter.PAREN
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


def describe_parse_error(error: ParseError) -> str:
    """`file:line:col: message`, the source line, and a caret under the place."""
    where = error.span.get_location()
    text = error.span.input.content.splitlines()
    line = text[where.line - 1] if where.line - 1 < len(text) else ""
    caret = " " * max(where.col - 1, 0) + "^"
    return f"{where.file}:{where.line}:{where.col}: {error.msg}\n{line}\n{caret}"


def place_of(op: Operation) -> str:
    """`file:line:col: ` of an op that was read from text, else nothing."""
    if isinstance(location := op.location, FileLineColLoc):
        return f"{location.filename.data}:{location.line.data}:{location.column.data}: "
    return ""


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
    for op in module.walk():
        try:
            op.verify(verify_nested_ops=False)
        except VerifyException as error:
            lines = str(error).splitlines() or ["invalid operation"]
            message = " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
            raise StatusError(
                StatusCode.INVALID_ARGUMENT, f"{place_of(op)}'{op.name}' op {message}"
            ) from error


def parse_module(text: str, name: str = "<memory>", context: Context | None = None) -> ModuleOp:
    """Parses and verifies MLIR text. Raises INVALID_ARGUMENT with file, line,
    column and a caret.
    """
    with source_errors():
        parser = StageParser(context or make_context(), text, name)
        module = parser.parse_module()
    verify(module)
    return module
