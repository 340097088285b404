"""An op with its regions as a program of its own: text that parses by itself."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from ireelite.records import CompilationRecord, Stage

TERMINATORS = (
    r"(^|[._])(return|yield|br|cond_br|unreachable|fail)$|^scf\.(reduce|condition)$"
    r"|^spirv\.(Return|ReturnValue|Branch|BranchConditional|mlir\.merge)|^tf\.fetch"
    r"|^stream\.(cmd|async)\.(concurrent|serial)$|^linalg\.index$"
)
"""Pattern of the names of ops that end a block or mean nothing outside of theirs: the op around one is
copied in its place.
"""
CONTAINERS = re.compile(r"^builtin\.module$|^vm\.module$|\.executable(\.source|\.variant)?$")
"""Pattern of the names of ops in which symbols are defined, and no values."""
_FUNCTION = re.compile(r"\.(func|initializer)$")
_DEFINES = re.compile(r'^"?[\w.]+"?(?: [a-z_]+(?:\([^()]*\))?)* @("[^"]*"|[\w$.\-]+)')
"""The text of an op that defines a symbol, or exports one."""
_SYMBOL = re.compile(r'@("[^"]*"|[\w$.\-]+)')
_PACK = re.compile(r":(\d+)(?= = |, %)")
"""What stands behind the name of several results."""
_ALIAS = re.compile(r"^(?=[#!])", re.MULTILINE)
SHORTENED, ELIDED = "dense<...>", "dense_resource<__elided__>"
"""A constant that the record holds shortened, and how MLIR writes one that is left out."""
CUT = "…"
_CUT = re.compile(rf"dense<[^<>]*{CUT}[^<>]*>")
"""A constant in a line that the record holds shortened."""
UNKNOWN = "none"
"""The type of a copied value whose type is not in the text."""


def subtree(
    record: CompilationRecord, stage: Stage, position: int, constants: Sequence[str] = ()
) -> str:
    """Returns the text of the op at a position of a stage, in a module, with the aliases and the
    declarations of the symbols that it uses; values from outside are arguments of a function around
    it, which returns its results. A comment says of which values the text does not tell the type.
    `subtree` in `widgets/static/subtree.js` is its twin.

    `constants` are the texts of the constants that the record shortens, in the stage's order;
    without them they are written as left out.
    """
    whole, starts, ends = stage.text, stage.op_spans.starts, stage.op_spans.ends
    names = [record.nodes.name(serial) for serial in stage.nodes]
    outer = _around(starts, ends, position)
    while outer >= 0 and _ends_a_block(names[position], whole[starts[position] : ends[position]]):
        position, outer = outer, _around(starts, ends, outer)
    start, end = starts[position], ends[position]
    own = iter(constants[whole.count(SHORTENED, 0, start) :])
    pieces = whole[start:end].split(SHORTENED)
    text = pieces[0] + "".join(next(own, ELIDED) + piece for piece in pieces[1:])
    text = _CUT.sub(ELIDED, text)
    head = whole[: starts[0]]
    if names[position] == "builtin.module":
        return f"{_aliases(head, text)}{text}\n"
    around: list[int] = []
    while outer >= 0 and names[outer] != "builtin.module":
        around.insert(0, outer)
        outer = _around(starts, ends, outer)
    containers = [n for n in around if CONTAINERS.search(names[n])]
    body = _unindented(whole, start, text)
    free = _free(stage, whole, start, end)
    made = _between(stage, whole, start, stage.name_starts.values[position])
    lines, said = [body], ""
    if made or len(containers) < len(around) or (free and not _DEFINES.match(body)):
        lines, said = _function(record, stage, free, made, body)
    lines = [*_Symbols(stage, names, [outer, *containers], position).declared(text), *lines]
    for n in reversed(containers):
        lines = [f"{_opening(whole[starts[n] : ends[n]])} {{", *_indented(lines), "}"]
    result = "\n".join(["module {", *_indented(lines), "}"]) + "\n"
    if CUT in result:
        said += f"// A line of the dump is shortened where it has {CUT}: this does not parse.\n"
    return f"{said}{_aliases(head, result)}{result}"


def _function(
    record: CompilationRecord, stage: Stage, free: dict[int, str], made: dict[int, str], body: str
) -> tuple[list[str], str]:
    """Returns the lines of a function around an op, which takes the values from outside and returns
    those that the op makes, and a comment on what is not known of them.
    """
    arguments: list[str] = []
    packs: list[str] = []
    unknown: list[str] = []
    for number, name in free.items():
        type = _type(record, stage, number)
        if not type:
            unknown.append(name)
        if size := _pack_size(stage, number):
            # A function has no arguments that share a name.
            types = type[1:-1] if type else ", ".join([UNKNOWN] * size)
            packs.append(f"  {name}:{size} = builtin.unrealized_conversion_cast to {types}")
        else:
            arguments.append(f"{name}: {type or UNKNOWN}")
    returned: list[str] = []
    results: list[str] = []
    for number, name in made.items():
        type = _type(record, stage, number)
        size = _pack_size(stage, number)
        returned += [f"{name}#{n}" for n in range(size)] if size else [name]
        results.append(type[1:-1] if size and type else type)
    known = bool(returned) and all(results)
    result = f" -> ({', '.join(results)})" if known else ""
    values = f" {', '.join(returned)} : {', '.join(results)}" if known else ""
    said = f"// The text of this program does not tell the types of: {', '.join(unknown)}\n"
    head = f"func.func @copied({', '.join(arguments)}){result} {{"
    lines = [head, *packs, *_indented([body]), f"  return{values}", "}"]
    return lines, said if unknown else ""


class _Symbols:
    """The symbols that ops beside the copied one, and around it, define."""

    def __init__(self, stage: Stage, names: Sequence[str], tables: Sequence[int], copied: int):
        self._whole, self._names = stage.text, names
        self._starts, self._ends = stage.op_spans.starts, stage.op_spans.ends
        self._known: dict[str, int] = {}
        inside = {copied, *tables}
        for table in reversed(tables):
            for n in self._children(table):
                found = _DEFINES.match(self._text(n))
                if found and n not in inside and not names[n].endswith(".export"):
                    self._known.setdefault(found[1], n)

    def declared(self, text: str) -> list[str]:
        """Returns the declarations of the symbols that a text uses, and of those that these use."""
        found: dict[int, str] = {}
        waiting = [text]
        while waiting:
            for symbol in _SYMBOL.findall(waiting.pop()):
                n = self._known.get(symbol)
                if n is not None and n not in found:
                    found[n] = self._declaration(n)
                    waiting.append(found[n])
        return [found[n] for n in sorted(found)]

    def _declaration(self, n: int) -> str:
        """Returns an op without what its functions and modules compute."""
        text = self._text(n)
        if _FUNCTION.search(self._names[n]):
            return _opening(text).replace(" public ", " private ", 1)
        if not CONTAINERS.search(self._names[n]):
            text = text.replace(SHORTENED, ELIDED)
            return _unindented(self._whole, self._starts[n], _CUT.sub(ELIDED, text))
        inner = [
            self._declaration(k)
            for k in self._children(n)
            if self._names[k] != "builtin.module" and not _FUNCTION.search(self._names[k])
        ]
        return "\n".join([f"{_opening(text)} {{", *_indented(inner), "}"])

    def _text(self, n: int) -> str:
        return self._whole[self._starts[n] : self._ends[n]]

    def _children(self, table: int) -> Iterator[int]:
        """Yields the ops directly inside of an op; the outermost ones for -1."""
        n, end = table + 1, self._ends[table] if table >= 0 else len(self._whole)
        while n < len(self._starts) and self._starts[n] < end:
            yield n
            n = bisect_left(self._starts, self._ends[n])


def _opening(text: str) -> str:
    """Returns the first line of an op without the bracket that opens its region."""
    return text.partition("\n")[0].removesuffix("{").rstrip()


def _indented(lines: Sequence[str]) -> list[str]:
    return ["  " + line.replace("\n", "\n  ") for line in lines]


def _unindented(whole: str, start: int, text: str) -> str:
    """Returns the text of an op at a place as it stands at the beginning of a line."""
    indent = start - whole.rfind("\n", 0, start) - 1
    return text.replace("\n" + " " * indent, "\n")


def _pack_size(stage: Stage, number: int) -> int:
    """Returns how many results share the name of a value; 0 for a value with a name of its own."""
    spans = stage.value_spans
    found = _PACK.match(stage.text, spans.ends[spans.indexes.index(number)])
    return int(found[1]) if found else 0


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
    results: set[int] = set()
    for n in range(*inside):
        at, number = spans.starts[n], spans.indexes[n]
        name = text[at : spans.ends[n]]
        op = bisect_right(ops.starts, at) - 1
        if at < heads[op]:
            # A block may stand before the one that defines what it uses.
            results.add(number)
        elif number in before:
            outer.setdefault(number, name)
        elif number not in unprinted:
            leaf = op + 1 == len(ops.starts) or ops.starts[op + 1] >= ops.ends[op]
            if leaf and heads[op] <= at < ops.ends[op]:
                unprinted[number] = name
            else:
                own.add(name)
    free = outer | {number: name for number, name in unprinted.items() if name not in own}
    return {number: name for number, name in free.items() if number not in results}


def _ends_a_block(name: str, text: str) -> bool:
    """Returns whether the op is a terminator, or names a block from outside its own text."""
    if re.search(TERMINATORS, name):
        return True
    blocks = set(re.findall(r"\^[\w$.\-]+", text))
    return any(not re.search(rf"^\s*{re.escape(b)}(\(.*\))?:", text, re.M) for b in blocks)


def _around(starts: Sequence[int], ends: Sequence[int], position: int) -> int:
    """Returns the position of the op around an op, -1 for an outermost one."""
    at = starts[position]
    return next((n for n in range(position - 1, -1, -1) if starts[n] <= at < ends[n]), -1)
