"""An op with its regions as a program of its own: text that parses by itself."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ireelite.records import CompilationRecord, Stage
from ireelite.records.columns import NONE

TERMINATORS = (
    r"(^|[._])(return|yield|br|cond_br|unreachable|fail)$|^scf\.(reduce|condition)$"
    r"|^spirv\.(Return|ReturnValue|Branch|BranchConditional|mlir\.merge)|^tf\.fetch"
)
"""Pattern of the names of ops that end a block: the op around one is copied in its place."""
_ALIAS = re.compile(r"^(?=[#!])", re.MULTILINE)
SHORTENED, ELIDED = "dense<...>", "dense_resource<__elided__>"
"""A constant that the record holds shortened, and how MLIR writes one that is left out."""


def subtree(
    record: CompilationRecord, stage: Stage, position: int, constants: Sequence[str] = ()
) -> str:
    """Returns the text of the op at a position of a stage, in a module; values from outside are
    arguments of a function around it, which returns its results. `subtree` in
    `widgets/static/ir.js` is its twin.

    `constants` are the texts of the constants that the record shortens, in the stage's order;
    without them they are written as left out.
    """
    starts, ends, whole = stage.op_spans.starts, stage.op_spans.ends, stage.text
    names = [record.nodes.name(serial) for serial in stage.nodes]
    while position and _ends_a_block(names[position], whole[starts[position] : ends[position]]):
        position = _around(starts, ends, position)
    start, end = starts[position], ends[position]
    own = iter(constants[whole.count(SHORTENED, 0, start) :])
    pieces = whole[start:end].split(SHORTENED)
    text = pieces[0] + "".join(next(own, ELIDED) + piece for piece in pieces[1:])
    aliases = _aliases(whole[: starts[0]], text)
    if names[position] == "builtin.module":
        return f"{aliases}{text}\n"
    free = _free(stage, whole, start, end)
    arguments = [f"{name}: {_type(record, stage, number)}" for number, name in free.items()]
    indent = start - whole.rfind("\n", 0, start) - 1
    body = text.replace("\n" + " " * indent, "\n    ")
    symbols, serial = record.nodes.symbols, stage.nodes[position]
    if serial < len(symbols) and symbols[serial] != NONE and not free:
        return f"{aliases}module {{\n    {body}\n}}\n"
    made = _between(stage, whole, start, stage.name_starts.values[position])
    if not all(_type(record, stage, number) for number in made):
        made = {}
    types = ", ".join(_type(record, stage, number) for number in made)
    result = f" -> ({types})" if made else ""
    returned = f" {', '.join(made.values())} : {types}" if made else ""
    return (
        f"{aliases}module {{\n  func.func @copied({', '.join(arguments)}){result} {{\n"
        f"    {body}\n    return{returned}\n  }}\n}}\n"
    )


def _aliases(head: str, text: str) -> str:
    """Returns the lines before a program that define the aliases that a text uses."""
    kept: list[str] = []
    for line in reversed(_ALIAS.split(head)):
        name = line.partition(" = ")[0]
        if name[:1] in ("#", "!") and re.search(rf"{re.escape(name)}(?![\w.$-])", text):
            kept.insert(0, line.rstrip("\n") + "\n")
            text += line
    return "".join(kept)


def _between(stage: Stage, text: str, start: int, end: int) -> dict[int, str]:
    """Returns the number and name of each value in a part of the text, as of the results before an
    op's name.
    """
    spans = stage.value_spans
    places = range(bisect_left(spans.starts, start), bisect_left(spans.starts, end))
    return {spans.indexes[n]: text[spans.starts[n] : spans.ends[n]] for n in places}


def _type(record: CompilationRecord, stage: Stage, value: int) -> str:
    """Returns the type of a value, by its number; empty in a record that was written without types."""
    types = stage.value_types.values
    return record.strings[types[value]] if value < len(types) else ""


def whole_constants(shortened: str, whole: str) -> list[str]:
    """Returns the constants of a text that another one, otherwise the same, shortens."""
    found: list[str] = []
    at = 0
    for piece in shortened.split(SHORTENED)[:-1]:
        at += len(piece)
        end = whole.index(">", at) + 1
        found.append(whole[at:end])
        at = end
    return found


def _free(stage: Stage, text: str, start: int, end: int) -> dict[int, str]:
    """Returns the number and name of each value from outside that is used in a part of the text.

    A value is defined where it first stands, unless that is among the operands of an op without
    regions: several regions of an op may have arguments of one name, which is printed once.
    """
    spans, ops, heads = stage.value_spans, stage.op_spans, stage.name_starts.values
    inside = bisect_left(spans.starts, start), bisect_left(spans.starts, end)
    before = set(spans.indexes[: inside[0]])
    outer: dict[int, str] = {}
    unprinted: dict[int, str] = {}
    own: set[str] = set()
    for n in range(*inside):
        at, number = spans.starts[n], spans.indexes[n]
        name = text[at : spans.ends[n]]
        if number in before:
            outer.setdefault(number, name)
        elif number not in unprinted:
            op = bisect_right(ops.starts, at) - 1
            leaf = op + 1 == len(ops.starts) or ops.starts[op + 1] >= ops.ends[op]
            if leaf and heads[op] <= at < ops.ends[op]:
                unprinted[number] = name
            else:
                own.add(name)
    return outer | {number: name for number, name in unprinted.items() if name not in own}


def _ends_a_block(name: str, text: str) -> bool:
    """Returns whether the op is a terminator, or names a block from outside its own text."""
    if re.search(TERMINATORS, name):
        return True
    blocks = set(re.findall(r"\^[\w$.\-]+", text))
    return any(not re.search(rf"^\s*{re.escape(b)}(\(.*\))?:", text, re.M) for b in blocks)


def _around(starts: Sequence[int], ends: Sequence[int], position: int) -> int:
    """Returns the position of the op around an op, 0 for the outermost."""
    at = starts[position]
    return next((n for n in range(position - 1, -1, -1) if starts[n] <= at < ends[n]), 0)
