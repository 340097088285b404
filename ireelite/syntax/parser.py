"""Reads the text of any stage.

xDSL's parser with some repairs: `scf.parallel` has its short form; hexadecimal elements of a float
`dense<...>` are bit patterns, as in MLIR; a `linalg.generic` may have several results, and a list
of one type needs no parentheses; older dialect names are read; each op gets the line and column it
came from unless it says another, by `loc(...)` or an alias that may be defined behind its use;
errors are `StatusError`s of the form `file:line:col: message` with the line and a caret below.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any, NoReturn

from xdsl.context import Context
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    FileLineColLoc,
    IntAttr,
    IntegerType,
    LocationAttr,
    MemRefType,
    ModuleOp,
    NoneAttr,
    StringAttr,
    TensorType,
    UnknownLoc,
    UnrankedTensorType,
    VectorType,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, TypeAttribute
from xdsl.irdl import IRDLOperation
from xdsl.parser import Parser
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import ParseError, VerifyException
from xdsl.utils.lexer import Span
from xdsl.utils.mlir_lexer import MLIRToken, MLIRTokenKind, StringLiteral

from ireelite.status import invalid_argument
from ireelite.syntax.checks import (
    MisplacedUse,
    check_op,
    check_structure,
    reader_of_outside,
    second_definition,
)
from ireelite.syntax.constants import RESOURCES
from ireelite.syntax.context import find_op, make_context
from ireelite.syntax.errors import (
    MISFITS,
    describe_parse_error,
    excerpts_of,
    first_lines,
    place_of,
    quoted,
    unknown_op,
)
from ireelite.syntax.errors import (
    at_place as at_place,
)
from ireelite.syntax.lexer import StageLexer
from ireelite.syntax.locations import LOCATION_ALIAS, PASSED_ON, read_location_aliases
from ireelite.syntax.loop_form import ParallelForm
from ireelite.syntax.older_spellings import respell
from ireelite.syntax.places import place_in, with_place
from ireelite.syntax.scopes import ScopeParser

SHAPED_TYPE = re.compile(r"(?:tensor|memref|vector)<[a-zA-Z0-9_?*]*+>")
"""A type of tensors or buffers whose text says everything, without aliases or other types."""

LARGEST_TYPE = 2**63 - 1
"""Bytes that a tensor may have: what an address can count."""


SPARSE = "sparse_tensor."
"""How the encodings begin of tensors that do not store all elements."""

WIDEST_INTEGER = 2**24 - 1
"""Bits of MLIR's widest integer type."""


class StageParser(ScopeParser):
    """xDSL's parser, repaired (see the module's text)."""

    def __init__(
        self,
        ctx: Context,
        input: str,
        name: str = "<unknown>",
        blobs: Sequence[bytes] = (),
    ):
        aliases = LOCATION_ALIAS.search(input)
        super().__init__(ctx, LOCATION_ALIAS.sub("", input) if aliases else input, name, blobs)
        self._file = StringAttr(name)
        self._located = False
        """Whether a location stood where one was last looked for: behind the last op."""
        self._names: list[Span] = []
        """Where the names stand of the ops that are being read: behind their results, as in MLIR."""
        self._spelling = ""
        """What the text calls the op that is being read."""
        self._ops: dict[str, type[Operation]] = {}
        """Full name of an op -> its class, for names that were read before."""
        self._types: dict[str, TypeAttribute] = {}
        """Text of a type -> the type."""
        self._last_end = 0
        """Where the last token ends that was read."""
        if RESOURCES.search(input):
            self.read_resources()
        if aliases:
            self.attribute_aliases |= read_location_aliases(ctx, input, name)

    # -- tokens ---------------------------------------------------------------------------------------

    def _consume_token(self, expected_kind: MLIRTokenKind | None = None) -> MLIRToken:
        state = self._parser_state
        token = state.current_token
        self._last_end = token.span.end
        state.current_token = state.lexer.lex()
        return token

    def raise_error(
        self, msg: str, at_position: Any = None, end_position: Any | None = None
    ) -> NoReturn:
        # what is missing at the end of a line is missing there, not before the next token
        if at_position is None and self._last_end:
            before, start = self._last_end, self._current_token.span.start
            if "\n" in self.lexer.input.content[before:start]:
                at_position = before
        if isinstance(at_position, int) and end_position is not None:
            at_position = Span(at_position, end_position, self.lexer.input)
        super().raise_error(msg, at_position)

    # -- a module, its ops and their regions ----------------------------------------------------------

    def parse_module(self, allow_implicit_module: bool = True) -> ModuleOp:
        try:
            ops = self._parse_ops()
        except RecursionError:
            self.raise_error("the text nests too deeply here")
        except PASSED_ON:
            raise
        except Exception as error:  # in an alias or in resources
            self.raise_error(first_lines(error))
        if len(ops) == 1 and isinstance(ops[0], ModuleOp):
            return ops[0]
        module = ModuleOp(ops)
        if (place := place_in(ops[0].location)) is not None:
            module.location = with_place(module.location, place)
        return module

    def _parse_ops(self) -> list[Operation]:
        """Parses everything in a text: ops, and aliases and resources between them."""
        ops: list[Operation] = []
        while (kind := self._current_token.kind) is not MLIRTokenKind.EOF:
            if kind in (MLIRTokenKind.HASH_IDENT, MLIRTokenKind.EXCLAMATION_IDENT):
                self._parse_alias_def()
            elif kind is MLIRTokenKind.FILE_METADATA_BEGIN:
                self._parse_file_metadata_dictionary()
            elif (op := self.parse_optional_operation()) is not None:
                ops.append(op)
            else:
                self.raise_error(f"expected an operation, not {self._found()}")
        if not ops:
            self.raise_error("there is no operation in this text")
        self.refuse_undefined(())
        return ops

    def _found(self) -> str:
        """Returns the current token as an error quotes it."""
        token = self._current_token
        return "the end of the text" if token.kind is MLIRTokenKind.EOF else quoted(token.text)

    def _parse_op_result_list(self) -> list[tuple[Span, int]]:
        results = super()._parse_op_result_list()
        self._names.append(self._current_token.span)
        return results

    def parse_operation(self) -> Operation:
        awaited = tuple(self.forward_ssa_references)
        try:
            op = super().parse_operation()
        except PASSED_ON:
            raise
        except Exception as error:  # xDSL asserts, or lets Python find, that parts fit together
            raise ParseError(self._names[-1], first_lines(error)) from error
        named = self._names.pop()
        if not self._located:
            op.location = self._location_at(named.start)
        elif place_in(op.location) is None:
            op.location = with_place(op.location, self._location_at(named.start))
        if op.regions and self.forward_ssa_references and op.has_trait(IsolatedFromAbove):
            self.refuse_undefined(awaited)
        return op

    def _location_at(self, position: int) -> FileLineColLoc:
        assert isinstance(self.lexer, StageLexer)
        line, column = self.lexer.place_at(position)
        return FileLineColLoc(self._file, IntAttr(line), IntAttr(column))

    def parse_optional_region(self, arguments: Iterable[Parser.Argument] | None = None):
        opening = self._current_token.span
        if self.parse_optional_punctuation("{") is None:
            return None
        region = Region()
        outer, scope = (self.blocks, self.forward_block_references), self.enter_scope()
        self.blocks, self.forward_block_references = {}, defaultdict(list)
        if arguments is not None:
            if self._current_token.kind is MLIRTokenKind.CARET_IDENT:
                self.raise_error("a region whose op names its arguments begins without a label")
            region.add_block(self._parse_entry_block(list(arguments)))
        elif self._current_token.kind not in (MLIRTokenKind.CARET_IDENT, MLIRTokenKind.R_BRACE):
            block = Block()
            self._parse_block_body(block)
            region.add_block(block)
        while self.parse_optional_punctuation("}") is None:
            if self._current_token.kind is not MLIRTokenKind.CARET_IDENT:
                self._refuse_in_region(opening)
            region.add_block(self._parse_block())
        for name, uses in self.forward_block_references.items():
            self.raise_error(f"there is no block {quoted('^' + name)} in this region", uses[0])
        self.leave_scope(scope)
        self.blocks, self.forward_block_references = outer
        return region

    def _refuse_in_region(self, opening: Span) -> NoReturn:
        assert isinstance(self.lexer, StageLexer)
        line, column = self.lexer.place_at(opening.start)
        self.raise_error(
            f"expected an operation, a block or the '}}' of the '{{' at {line}:{column}, "
            f"not {self._found()}"
        )

    def _parse_entry_block(self, arguments: Sequence[Parser.Argument]) -> Block:
        """Returns the first block of a region whose arguments its op names."""
        block = Block(arg_types=[a.type for a in arguments])
        for value, argument in zip(block.args, arguments, strict=True):
            self._register_ssa_definition(argument.name.text[1:], (value,), argument.name)
            if argument.location is not None:
                value.location = argument.location
        self._parse_block_body(block)
        return block

    def _parse_block(self) -> Block:
        label, name = self._current_token.span, self._current_token.text[1:]
        if name in self.blocks and name not in self.forward_block_references:
            self.raise_error(f"there are two blocks {quoted('^' + name)} in this region", label)
        return super()._parse_block()

    def _parse_optional_block_arg_list(self, block: Block) -> Block | None:
        # xDSL inserts arguments one by one, each into a tuple of all before it
        if self._current_token.kind is not MLIRTokenKind.L_PAREN:
            return None
        arguments = self.parse_comma_separated_list(
            self.Delimiter.PAREN, self.parse_argument, " in a list of block arguments"
        )
        block._args = tuple(
            BlockArgument(a.type, block, index, a.location or UnknownLoc())
            for index, a in enumerate(arguments)
        )
        for value, argument in zip(block._args, arguments, strict=True):
            self._register_ssa_definition(argument.name.text[1:], (value,), argument.name)
        return block

    # -- attributes, types and names ------------------------------------------------------------------

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

    def _parse_optional_builtin_parametrized_type(self) -> TypeAttribute | None:
        start = self._current_token.span.start
        text = SHAPED_TYPE.match(self.lexer.input.content, start)
        if text is None:
            type = super()._parse_optional_builtin_parametrized_type()
            self._refuse_encoding(type, start)
            return type
        if (known := self._types.get(text.group())) is not None:
            self._resume_from(text.end())
            return known
        type = super()._parse_optional_builtin_parametrized_type()
        if type is not None and self._bytes(type) > LARGEST_TYPE:
            self.raise_error(f"{quoted(text.group())} has more than 2**63 - 1 bytes", start)
        if type is not None:
            self._types[text.group()] = type
        return type

    def _refuse_encoding(self, type: Attribute | None, start: int) -> None:
        """Raises a parse error for a tensor in an encoding that is not known, or that does not fit
        its shape.
        """
        if not isinstance(type, TensorType) or isinstance(type.encoding, NoneAttr):
            return
        name = getattr(getattr(type.encoding, "attr_name", None), "data", "")
        if name.startswith(SPARSE):
            self.raise_error(f"there is no encoding '{name}' of tensors; they are dense", start)
        if (verify_shape := getattr(type.encoding, "verify_shape", None)) is not None:
            try:
                verify_shape(type.get_shape())
            except VerifyException as error:
                self.raise_error(f"this type {error}", start)

    @staticmethod
    def _bytes(type: Attribute) -> int:
        """Returns how many bytes a tensor or a buffer of a type has, at one byte an element at
        least.
        """
        if not isinstance(type, TensorType | MemRefType | VectorType):
            return 0
        width = getattr(type.element_type, "bitwidth", 8)
        return prod(size for size in type.get_shape() if size != DYNAMIC_INDEX) * max(width // 8, 1)

    def _parse_optional_integer_or_float_type(self) -> TypeAttribute | None:
        start = self._current_token.span
        type = super()._parse_optional_integer_or_float_type()
        if isinstance(type, IntegerType) and type.width.data > WIDEST_INTEGER:
            self.raise_error(f"an integer has {WIDEST_INTEGER} bits at most", start)
        return type

    def _parse_generic_operation(self, op_type: type[Operation]) -> Operation:
        name = self._spelling
        if op_type is ParallelForm:
            op_type = self._op_by_name(name)
        op = super()._parse_generic_operation(op_type)
        if isinstance(op, IRDLOperation):
            respell(op, name)
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
        self._spelling = name
        return ParallelForm if name == ParallelForm.name else self._op_by_name(name)

    def _op_by_name(self, name: str) -> type[Operation]:
        if (known := self._ops.get(name)) is not None:
            return known
        if "." in name and (op_type := find_op(self.ctx, name)) is not None:
            self._ops[name] = op_type
            return op_type
        stack = self._parser_state.dialect_stack
        if (op_type := self.ctx.get_optional_op(name, dialect_stack=stack)) is not None:
            return op_type
        raise ParseError(self._names[-1], unknown_op(self.ctx, name))


@contextmanager
def source_errors(name: str = "<memory>") -> Iterator[None]:
    """Turns xDSL's parse and verify errors about a text of a name into `StatusError`s."""
    try:
        yield
    except ParseError as error:
        raise invalid_argument(describe_parse_error(error)) from error
    except MISFITS as error:
        raise invalid_argument(f"{name}:1:1: {first_lines(error)}") from error
    except RecursionError as error:
        raise invalid_argument(f"{name}:1:1: the text nests too deeply") from error


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
            check_structure(op)
            op.verify_()
            check_op(op)
        except (RecursionError, MemoryError):
            raise
        except MisplacedUse as error:
            raise invalid_argument(
                f"{place_of(error.user)}'{error.user.name}' op {error}"
            ) from error
        except Exception as error:  # xDSL's checks raise more than VerifyException
            if (found := reader_of_outside(op)) is not None:
                raise invalid_argument(
                    f"{place_of(found[0])}'{found[0].name}' op {found[1]}"
                ) from error
            why = without_rank(op) or first_lines(error)
            raise invalid_argument(f"{place_of(op)}'{op.name}' op {why}") from error


def without_rank(op: Operation) -> str:
    """Returns what is wrong with an op that needs tensors with a rank and has one without; empty if
    each has one.
    """
    for value in (*op.operands, *op.results):
        if isinstance(value.type, UnrankedTensorType):
            return (
                f"has a value of type {value.type}, whose rank is not known; shapes must be static"
            )
    return ""


def parse_module(
    text: str,
    name: str = "<memory>",
    context: Context | None = None,
    blobs: Sequence[bytes] = (),
) -> ModuleOp:
    """Parses and verifies MLIR text; `blobs` are the bytes of strings that were taken out of it.

    Raises INVALID_ARGUMENT with file, line, column and a caret.
    """
    with excerpts_of(text, name), source_errors(name):
        parser = StageParser(context or make_context(), text, name, blobs)
        module = parser.parse_module()
        verify(module)
    return module
