"""The ops of a printed program, found by lines and indentation alone: MLIR prints each op on a line of
its own, two spaces further in than the op around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from workbench.dumps.locations import Locations

OP, CLOSING, OTHER, OUTSIDE = range(4)
"""Lines that begin an op, that close its regions, that belong to it otherwise, and comments."""
NONE = -1

_OP = re.compile(
    r"""(?:(?P<results>%[^=]*?)\ =\ )?(?P<quote>"?)
        (?P<name>[a-z_][\w$]*(?:\.[\w$\-]+)+|module|return|call|call_indirect|constant
               |unrealized_conversion_cast)(?P=quote)(?=[\s(@<{%:\[]|$)""",
    re.VERBOSE,
)
_SYMBOL = re.compile(r'\s*(?:[a-z_]+(?:\([^()]*\))?\s+)*@("[^"]*"|[\w$.\-]+)')
_SYMBOL_NAME = re.compile(r'\bsym_name = ("[^"]*")')
_LOCATION = re.compile(
    r'\s?\bloc\((?:[^()"]|"[^"]*"|\((?:[^()"]|"[^"]*"|\((?:[^()"]|"[^"]*")*\))*\))*\)'
)
_NAMES = re.compile(r"%[\w$.\-]+(?:[:#]\d+)?|\^\w+")
_VALUE = re.compile(r"%[\w$.\-]+")
_USED = re.compile(r"[#!][A-Za-z_][\w$\-]*\b(?!\.|<|\s*=)")
_DEFINED = re.compile(r"([#!][A-Za-z_][\w$\-]*) = (.*)$")
_ALIAS = re.compile(r"#(loc\d*) = loc\((.*)\)\s*$")
_FILE = re.compile(r'"([^"]*)":(\d+):(\d+)')
_CONVERTED = re.compile(r" (?:into|to) (?=[!a-z])")
_USED_ALIAS = re.compile(r"#(loc\d*)")


SCOPES = ("func", "initializer", "module", "executable", "variant", "executable.export")
"""Endings of the names of ops in which the names of values begin anew."""


class Facts(NamedTuple):
    """What one line says, wherever it stands."""

    kind: int
    name: str = ""
    symbol: str = ""
    """The symbol that the op defines or, of a call, names first."""
    result: str = ""
    form: int = 0
    """A number for the line without the names of values, blocks and locations."""
    location: str = ""
    """What stands between the brackets of the `loc(...)` at its end."""
    type: str = ""
    uses_aliases: bool = False
    bare: str = ""
    """The line without the locations in it; empty where it has none."""
    defines: tuple[str, ...] = ()
    """The names of the op's results."""
    operands: tuple[str, ...] = ()
    """The names of the values that the line, and those that continue it, mention otherwise, in
    order.
    """

    @property
    def is_scope(self) -> bool:
        """Whether the names of values begin anew inside the op."""
        return self.name.endswith(SCOPES)


@dataclass
class Program:
    """The ops of a program in pre-order, as columns, with their lines."""

    facts: list[Facts] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    forms: list[int] = field(default_factory=list)
    """What an op says, in a number: that of its line, and of the lines that continue it."""
    lines: list[list[str]] = field(default_factory=list)
    """For each op its own line, and the lines up to the next op's."""
    places: list[tuple[str, int, int] | None] = field(default_factory=list)
    serials: list[int] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    """The lines before the first op: aliases of attributes."""

    def __len__(self) -> int:
        return len(self.facts)

    def end(self, at: int) -> int:
        """Returns the op after all that stand inside an op."""
        depth, n, size = self.depths[at], at + 1, len(self.depths)
        while n < size and self.depths[n] > depth:
            n += 1
        return n


def definers(program: Program, part: range) -> Iterator[tuple[int, list[int | str]]]:
    """Yields (op, what defines each value that it mentions) for the ops of a part of a program: an op,
    the name of an argument of the function, or nothing for one of another region or block.

    A name may recur: the last definition before a use counts.
    """
    known: dict[str, int | str] = {}
    depths = program.depths
    open_regions: list[tuple[int, list[tuple[str, int | str | None]]]] = []
    """(depth, names that were defined in it with what they meant outside) of the regions around."""
    before: list[tuple[str, int | str | None]] = []
    last = depths[part.start] if part else 0
    for n in part:
        facts, depth = program.facts[n], depths[n]
        if depth > last:
            open_regions.append((last, before))
            before = []
        while open_regions and depth <= open_regions[-1][0]:
            for name, meant in reversed(before):
                if meant is None:
                    known.pop(name, None)
                else:
                    known[name] = meant
            before = open_regions.pop()[1]
        last = depth
        if facts.is_scope:
            known = {name: name for name in facts.operands}
            open_regions, before = [], []
            yield n, []
            continue
        yield n, [known.get(name, "") for name in facts.operands]
        for name in facts.defines:
            before.append((name, known.get(name)))
            known[name] = n


class LineReader:
    """Reads programs. Lines repeat from pass to pass, so each different one is read once."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._under_aliases: dict[tuple[tuple[str, str], ...], dict[str, Facts]] = {}
        """The lines that use aliases, for each set of aliases that a program has."""
        self._forms: dict[str | tuple[int, int], int] = {}
        self._places: dict[str, tuple[str, int, int] | None] = {}

    def read(self, lines: list[str]) -> Program:
        """Returns the ops of a printed program."""
        program, known = Program(), self._facts
        names: dict[str, str] = {}
        """The aliases of attributes and types, which stand before the ops, with what they mean."""
        under: dict[str, Facts] | None = None
        depths, forms, facts_of = program.depths, program.forms, program.facts
        open_ops: list[tuple[int, int]] = []
        """(indentation, op) of the ops around the line."""
        locations: list[str] = []
        ends: list[tuple[list[str], int]] = []
        """For each op the lines in which its location stands, and the place among them."""
        aliases: dict[str, str] = {}
        for line in lines:
            text = line.lstrip(" ")
            if (facts := known.get(text)) is None:
                facts = known[text] = self._read(text)
            bare = facts.bare
            if facts.uses_aliases and names:
                if under is None:
                    under = self._under_aliases.setdefault(tuple(names.items()), {})
                if (found := under.get(text)) is None:
                    found = under[text] = self._read(_USED.sub(_meaning(names), text))
                facts = found
            indent = len(line) - len(text)
            if bare:
                line = " " * indent + bare
            if facts.kind == OP:
                while open_ops and open_ops[-1][0] >= indent:
                    open_ops.pop()
                open_ops.append((indent, len(facts_of)))
                depths.append(len(open_ops) - 1)
                facts_of.append(facts)
                forms.append(facts.form)
                locations.append(facts.location)
                program.lines.append([line])
                ends.append((program.lines[-1], 0))
                continue
            if facts.kind == OUTSIDE:
                if text.startswith("#loc") and (alias := _ALIAS.match(text)):
                    aliases[alias[1]] = alias[2]
                elif not facts_of and text:
                    program.aliases.append(line)
                    if defined := _DEFINED.match(text):
                        names[defined[1]] = _USED.sub(_meaning(names), defined[2])
                continue
            if not facts_of:
                if program.aliases:
                    program.aliases.append(line)
                continue
            program.lines[-1].append(line)
            if facts.kind == CLOSING:
                while len(open_ops) > 1 and open_ops[-1][0] > indent:
                    open_ops.pop()
                if open_ops:
                    around = open_ops[-1][1]
                    if facts.location:
                        locations[around] = facts.location
                        ends[around] = program.lines[-1], len(program.lines[-1]) - 1
                    if facts.type and not facts_of[around].type:
                        facts_of[around] = facts_of[around]._replace(type=facts.type)
            elif not text.startswith("^"):
                forms[-1] = self._form((forms[-1], facts.form))
                if facts.operands:
                    whole = facts_of[-1]
                    facts_of[-1] = whole._replace(operands=whole.operands + facts.operands)
        program.places = [self._place(location, aliases) for location in locations]
        if any(locations):
            told = Locations(aliases)
            for location, (own, place) in zip(locations, ends, strict=True):
                if location and (words := told.words(location)):
                    own[place] = f"{own[place]}  // {words}"
        return program

    def _form(self, text: str | tuple[int, int]) -> int:
        return self._forms.setdefault(text, len(self._forms))

    def _read(self, text: str) -> Facts:
        if not text or text.startswith(("//", "#", "!")):
            return Facts(OUTSIDE)
        location = ""
        bare = text
        if "loc(" in text:
            bare = _LOCATION.sub("", text)
            if found := list(_LOCATION.finditer(text)):
                tail = text[found[-1].end() :].strip()
                location = found[-1][0].strip()[4:-1] if not tail else ""
        kept = bare if bare != text else ""
        form = self._form(_NAMES.sub("_", bare))
        uses_aliases = ("#" in bare or "!" in bare) and _USED.search(bare) is not None
        type = _type_of(bare)
        if text.startswith("}"):
            return Facts(
                CLOSING,
                form=form,
                location=location,
                type=type,
                uses_aliases=uses_aliases,
                bare=kept,
            )
        if (match := _OP.match(bare)) is None:
            operands = tuple(_VALUE.findall(bare))
            return Facts(
                OTHER, form=form, location=location, uses_aliases=uses_aliases, bare=kept,
                operands=operands,
            )  # fmt: skip
        rest = bare[match.end() :]
        name = match["name"]
        symbol = _SYMBOL.match(rest) or ("sym_name" in rest and _SYMBOL_NAME.search(rest)) or None
        results = (match["results"] or "").split(",")[0].strip()
        own, _, used = bare.partition(" = ") if match["results"] else ("", "", bare)
        return Facts(
            OP,
            FULL_NAMES.get(name, name),
            symbol[1].strip('"') if symbol else "",
            results,
            form,
            location,
            type,
            uses_aliases,
            kept,
            tuple(_VALUE.findall(own)),
            tuple(_VALUE.findall(used)),
        )

    def _place(self, location: str, aliases: dict[str, str]) -> tuple[str, int, int] | None:
        """Returns the first place in a file that a location names, itself or by an alias."""
        if not location:
            return None
        for _ in range(8):
            if found := _FILE.search(location):
                return found[1], int(found[2]), int(found[3])
            if (alias := _USED_ALIAS.search(location)) is None or alias[1] not in aliases:
                return None
            location = aliases[alias[1]]
        return None


def _meaning(names: dict[str, str]) -> Callable[[re.Match[str]], str]:
    """Returns what replaces an alias in a line."""
    return lambda found: names.get(found[0], found[0])


def _type_of(line: str) -> str:
    """Returns the type that a line ends with: what follows its last arrow, or its last colon and the
    word `into` or `to`; none before a region, whose end has it.
    """
    if line.endswith("{"):
        return ""
    _, arrow, type = line.rpartition(" -> ")
    if not arrow or any(type.count(one) < type.count(other) for one, other in ("<>", "()", "{}")):
        # An arrow inside of an attribute, as of an affine map, is none.
        _, colon, type = line.rpartition(" : ")
        type = type if colon else ""
    return _CONVERTED.split(type)[-1].strip()


FULL_NAMES = {
    "module": "builtin.module",
    "return": "func.return",
    "call": "func.call",
    "call_indirect": "func.call_indirect",
    "constant": "func.constant",
    "unrealized_conversion_cast": "builtin.unrealized_conversion_cast",
}
