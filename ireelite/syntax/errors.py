"""What errors about program texts say, and where."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from traceback import walk_tb

from xdsl.context import Context
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block, BlockArgument, Operation, OpResult
from xdsl.utils.exceptions import ParseError, VerifyException

from ireelite.status import StatusCode, StatusError, near_names
from ireelite.syntax.context import ALIASES, DIALECTS
from ireelite.syntax.places import name_in, place_in
from ireelite.syntax.specified_ops import (
    COLLECTIVE,
    HOST_TRANSFERS,
    PROGRAM_DIALECTS,
    SHORT_OPS,
    SPECIFICATIONS,
    SPECIFIED,
)

SHOWN = 160
"""Characters of a source line that an error shows, and of a name that it quotes half as many."""

UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
"""What an excerpt shows for a character that a terminal would obey, or not show."""


def quoted(text: str) -> str:
    """Returns a text in quotes, shortened in its middle if it is long."""
    if len(text) > SHOWN // 2:
        text = f"{text[: SHOWN // 4]}...{text[-SHOWN // 8 :]}"
    return f"'{visible(text)}'"


def visible(text: str) -> str:
    """Returns a text in one line, with a sign in place of each letter that cannot be shown."""
    return "".join(c if c.isprintable() or c == "\t" else UNPRINTABLE for c in text)


def first_lines(error: Exception) -> str:
    """Returns what an exception says first, shortened."""
    lines = str(error).splitlines() or ["parts do not fit together"]
    return shortened(" ".join(lines[:2]) if lines[0].endswith(":") else lines[0])


def shortened(text: str) -> str:
    """Returns a message without its middle if it is long."""
    return text if len(text) <= 4 * SHOWN else f"{text[: 2 * SHOWN]}...{text[-SHOWN:]}"


TOKENS = re.compile(r" \[<MLIRTokenKind\..*", re.DOTALL)
"""The brackets that are open, as objects of Python, at the end of a message of xDSL's parser."""


def describe_parse_error(error: ParseError) -> str:
    """Formats `file:line:col: message`, without what says nothing to a reader of the text."""
    where = error.span.get_location()
    message = shortened(visible(TOKENS.sub("", error.msg)))
    return f"{where.file}:{where.line}:{where.col}: {message}"


def unknown_op(context: Context, name: str) -> str:
    """Returns why there is no op of a name."""
    dialect, _, rest = name.partition(".")
    dialect = ALIASES.get(dialect, dialect)
    if not rest:
        return f"{quoted(name)} is no operation{near_names(name, [*SHORT_OPS], listed=0)}"
    if dialect not in DIALECTS:
        near = near_names(dialect, [*DIALECTS], listed=0)
        programs = f"; programs are written in {', '.join(PROGRAM_DIALECTS)}"
        return f"there is no dialect {quoted(dialect)}{near or programs}"
    if dialect == "stablehlo" and rest in COLLECTIVE:
        return (
            f"'{name}' is an op by which several devices work on one program; a program runs on one "
            "device here: lower it for one, without pmap, shard_map and shardings"
        )
    if dialect == "stablehlo" and rest in HOST_TRANSFERS:
        return (
            f"'{name}' exchanges data with a host program while it runs; that is not supported: pass "
            "the data as arguments and results of a function"
        )
    if rest in SPECIFIED.get(dialect, ()):
        return f"'{name}' is an op of {SPECIFICATIONS[dialect]} that is not supported yet"
    known = [op.name for op in context.loaded_ops if op.name.startswith(f"{dialect}.")]
    return f"there is no op {quoted(name)}{near_names(f'{dialect}.{rest}', known, listed=0)}"


def place_of(op: Operation) -> str:
    """Formats `file:line:col: ` of an op that was read from text, `node 'name': ` of one that was
    made of a graph's node, else an empty string. What was made of several ops is where the first of
    them is, and what was inlined is where the function has it; an op whose location names no file
    is where it stands in its text, and an op that a pass made of nothing is where the op around it
    is.
    """
    return next((place for each in _outwards(op) if (place := _own_place(each))), "")


def place_in_text(op: Operation) -> str:
    """Formats `file:line:col: ` of an op that was read from text, else an empty string."""
    return next((place for each in _outwards(op) if (place := _text_place(each))), "")


def _outwards(op: Operation | None) -> Iterator[Operation]:
    """Yields an op and those around it."""
    while op is not None:
        yield op
        op = op.parent_op()


def _text_place(op: Operation) -> str:
    place = place_in(op.location)
    if place is None:
        return ""
    return f"{visible(place.filename.data)}:{place.line.data}:{place.column.data}: "


def _own_place(op: Operation) -> str:
    if place := _text_place(op):
        return place
    name, symbol = name_in(op.location), op.properties.get("sym_name")
    if not name:
        return ""
    is_graph = isinstance(symbol, StringAttr) and symbol.data == name
    return f"{'graph' if is_graph else 'node'} {quoted(name)}: "


PLACE = re.compile(r"(.*?):(\d+):(\d+): ")
"""How a message begins that names a place: a file, a line and a column."""

PART_OF_GRAPH = re.compile(r"(?:graph|node) '")
"""How a message begins that names a graph or a node of one."""


def has_place(error: StatusError) -> bool:
    """Returns whether an error's message begins with a place, or names a graph or a node of one."""
    return any(begins.match(error.message) for begins in (PLACE, PART_OF_GRAPH))


def at_place(error: StatusError, ops: Iterable[Operation]) -> StatusError:
    """Returns the error, whose message begins with the place of the first of `ops` that has one,
    unless it names a place already.
    """
    if not PLACE.match(error.message):
        place = next(filter(None, map(place_of, ops)), "")
        if not (PART_OF_GRAPH.match(error.message) and PART_OF_GRAPH.match(place)):
            error.message = place + error.message
    return error


def too_deep(ops: Iterable[Operation]) -> StatusError:
    """Returns the error for ops whose loops, regions or shapes nest more deeply than the compiler
    follows.
    """
    message = "this nests too deeply to be compiled"
    return at_place(StatusError(StatusCode.RESOURCE_EXHAUSTED, message), ops)


ABOUT_PROGRAMS = (
    StatusCode.INVALID_ARGUMENT,
    StatusCode.UNIMPLEMENTED,
    StatusCode.RESOURCE_EXHAUSTED,
)
"""Codes of errors about a program; others are about options, files and devices."""


MISFITS = (VerifyException, ValueError, ArithmeticError, struct.error)
"""What is raised where the types, the numbers or the parts of an op are of no use to its rule."""


@contextmanager
def placing_errors(program: Operation) -> Iterator[None]:
    """Gives each error about a program that passes by a place: that of the op which the function
    that raised it, or the nearest caller that had one, was working on, else of the program's first
    op with a place. Refuses a program in which ops, or the loops that they become, nest too deeply
    for Python's stack, at its first op.
    """
    try:
        yield
    except RecursionError as error:
        raise too_deep(program.walk()) from error
    except StatusError as error:
        if error.code in ABOUT_PROGRAMS and not error.about_options:
            at_place(error, chain(worked_on(error), program.walk()))
        raise


def depth_of(op: Operation) -> int:
    """Returns how many ops are around one."""
    return sum(1 for _ in _outwards(op)) - 1


@contextmanager
def refusing_misfits(program: Operation) -> Iterator[None]:
    """Refuses a program of which a pass meets parts that do not fit together, at the op that the pass
    was working on.
    """
    try:
        yield
    except MISFITS as error:
        message = f"this can't be compiled: {first_lines(error)}"
        refusal = StatusError(StatusCode.UNIMPLEMENTED, message)
        raise at_place(refusal, chain(worked_on(error), program.walk())) from error


def worked_on(error: BaseException) -> Iterator[Operation]:
    """Yields the ops that the functions which an error passed by were working on, from where it was
    raised outwards: of each function the most deeply nested op among its variables and their
    owners.
    """
    for frame, _ in reversed(list(walk_tb(error.__traceback__))):
        found = (op for value in frame.f_locals.values() if (op := _op_of(value)) is not None)
        if (innermost := max(found, key=depth_of, default=None)) is not None:
            yield innermost


def _op_of(value: object) -> Operation | None:
    """Returns the op that a variable holds, or that its value is a result or an argument of; None
    if there is none, or if it is not whole yet.
    """
    if isinstance(value, OpResult):
        value = value.op
    if isinstance(value, BlockArgument):
        value = value.block
    if isinstance(value, Block):
        value = value.parent_op()
    return value if isinstance(value, Operation) and hasattr(value, "location") else None


@contextmanager
def excerpts_of(text: str, name: str) -> Iterator[None]:
    """Adds the source line and a caret to each error that passes by and names a place of this text,
    which messages call `name`; shortens what is long in its message.
    """
    try:
        yield
    except StatusError as error:
        place = PLACE.match(error.message)
        if place is not None:
            error.message = place[0] + visible(with_short_words(error.message[place.end() :]))
            error.contexts = [visible(with_short_words(context)) for context in error.contexts]
        if not error.excerpt and place is not None and place[1] == name:
            error.excerpt = excerpt(text, int(place[2]), int(place[3]))
        raise


LONG_WORD = re.compile(rf"\S{{{SHOWN + 1},}}")
"""A name or a type that would fill an error's line."""


def with_short_words(text: str) -> str:
    """Returns a text whose long words are shortened in their middle."""
    return LONG_WORD.sub(lambda word: f"{word[0][: SHOWN // 2]}...{word[0][-SHOWN // 4 :]}", text)


def excerpt(text: str, line: int, column: int) -> str:
    """Returns the line of a text, from 1, and a caret under its column, from 1. Of a long line the
    part around the column; nothing if the text has no such place.
    """
    lines = text.split("\n")
    if not 1 <= line <= len(lines) or not 1 <= column <= len(lines[line - 1]) + 1:
        return ""
    whole = lines[line - 1].rstrip("\r")
    skipped = max(0, column - SHOWN // 2) if len(whole) > SHOWN else 0
    shown = visible(whole[skipped : skipped + SHOWN])
    indent = re.sub(r"[^\t]", " ", shown[: column - 1 - skipped])
    return f"{shown}\n{indent}^"
