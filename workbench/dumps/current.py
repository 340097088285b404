"""The program as it stands: where a dump shows one function only, the rest is what was printed
before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from workbench.dumps.ops import Program

Key = tuple[str, str]
OWN_SYMBOL = ("hal.executable", "builtin.module", "flow.executable", "stream.executable")
"""Ops whose symbol, where they have one, is theirs alone."""
SAME_PROGRAM = 0.4
"""How much two modules without names, and without a function in common, share if they are one."""


@dataclass(frozen=True)
class Match:
    """The ops of a program that a newly printed one takes the place of."""

    program: Program
    begin: int
    end: int
    symbol: str

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the program; what stands behind a module is no part of it."""
        is_module = self.program.facts[0].name == "builtin.module"
        return self.begin == 0 and (is_module or self.end == len(self.program))


class Current:
    """The whole program, and parts of one that was not printed whole."""

    def __init__(self) -> None:
        self._programs: list[Program] = []

    def whole(self) -> Program:
        """Returns all programs, one after the other."""
        if len(self._programs) == 1:
            return self._programs[0]
        joined = Program()
        for program in self._programs:
            for column in ("facts", "depths", "forms", "lines", "places", "serials", "aliases"):
                getattr(joined, column).extend(getattr(program, column))
        return joined

    def add(self, program: Program) -> None:
        """Adds a program that is part of none."""
        self._programs.append(program)

    def find(self, program: Program) -> Match | None:
        """Returns what a program takes the place of: the op of its first op's name and symbol, or
        the whole module for a module, which may have been one of another dialect.
        """
        key = _key(program, 0)
        kind = _kind(key[0])
        best: Match | None = None
        score = -1.0
        own = _Said.by(program, 0, len(program))
        for known in self._programs:
            for n, facts in enumerate(known.facts):
                if _kind(facts.name) != kind:
                    continue
                match = Match(known, n, known.end(n), key[1])
                same = _key(known, n)[1] == key[1]
                if not same and (n or facts.symbol != program.facts[0].symbol):
                    continue
                shared = own.shared(_Said.by(known, n, match.end))
                if shared > score and (same or shared > SAME_PROGRAM):
                    best, score = match, shared
        return best

    def replace(self, match: Match, program: Program) -> None:
        """Puts a program in the place of what it matched."""
        if match.is_whole:
            self._programs[[id(p) for p in self._programs].index(id(match.program))] = program
            return
        known, begin, end = match.program, match.begin, match.end
        margin = _indent(known.lines[begin][0]) - _indent(program.lines[0][0])
        lines = [[" " * margin + line for line in own] for own in program.lines]
        # What closes the ops around stands behind the last op of the part.
        limit = _indent(known.lines[begin][0])
        tail = [line for line in known.lines[end - 1][1:] if line and _indent(line) < limit]
        lines[-1] = [*lines[-1], *tail]
        depth = known.depths[begin] - program.depths[0]
        known.facts[begin:end] = program.facts
        known.depths[begin:end] = [own + depth for own in program.depths]
        known.forms[begin:end] = program.forms
        known.lines[begin:end] = lines
        known.places[begin:end] = program.places
        known.serials[begin:end] = program.serials


class _Said(NamedTuple):
    """What the ops of a program say."""

    forms: set[int]
    symbols: set[str]
    """The symbols that ops define or name."""
    functions: set[str]

    @staticmethod
    def by(program: Program, begin: int, end: int) -> _Said:
        """Returns what ops [begin, end) say."""
        ops = program.facts[begin:end]
        symbols = {facts.symbol for facts in ops if facts.symbol}
        functions = {facts.symbol for facts in ops if facts.name.endswith("func")}
        return _Said(set(program.forms[begin:end]), symbols, functions)

    def shared(self, old: _Said) -> float:
        """Returns how much a program has in common with an older one, from 0 to 1: a module inside
        begins with the same function as the whole one, and lacks the other functions.
        """
        parts = [
            len(self.forms & old.forms) / max(len(self.forms | old.forms), 1),
            len(self.symbols & old.symbols) / max(len(self.symbols | old.symbols), 1),
        ]
        if old.functions:
            parts.append(len(self.functions & old.functions) / len(old.functions))
        return sum(parts) / len(parts)


def _key(program: Program, n: int) -> Key:
    """Returns the name and the symbol of an op; of one that shares its symbol with others, or has
    none, that of the first function inside.
    """
    facts = program.facts[n]
    if facts.name.endswith("func") or (facts.name in OWN_SYMBOL and facts.symbol):
        return facts.name, facts.symbol
    inner = next(
        (
            own.symbol
            for own in program.facts[n + 1 : program.end(n)]
            if own.symbol and own.name.endswith(("func", "export"))
        ),
        facts.symbol,
    )
    return facts.name, inner


def _kind(name: str) -> str:
    """Returns the name of an op, of a module that of any module: a conversion makes a `vm.module`
    of a `builtin.module`.
    """
    return "module" if name.endswith(".module") else name


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
