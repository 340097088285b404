"""The values of a printed program: where their names stand, which name which value, and their types
as far as the text tells them.

A name counts inside the region in which it is defined. `%x: T` and `%x = ` behind the name of an op
define arguments of its region, `%x : T` uses a value of that type.
"""

from __future__ import annotations

import re

from workbench.dumps.ops import NONE, Program
from workbench.dumps.types import combined, first_type, result_types, used_types

_NAME = re.compile(r"%[\w$.\-]+")
_PACK = re.compile(r":(\d+)")
_NUMBER = re.compile(r"#(\d+)")
_COUNTER = re.compile(r" : (i\d+) \{$")
_BOUND = re.compile(r"\(((?:%[\w$.\-]+(?:, )?)+)\) (?:=|in) \(")
"""The arguments of the region of a loop over several indices, before what they are bound by."""


class Values:
    """The values of a program whose text begins at a place."""

    def __init__(self, program: Program, at: int):
        self.spans: list[tuple[int, int, int]] = []
        """(start, end, number of the value), ascending; the results of one op that share a name
        share a number.
        """
        self._types: list[list[str]] = []
        """The types of each value, or of all results that share its number; empty where the text
        does not tell.
        """
        self._scopes: list[dict[str, int]] = []
        """By depth, the numbers of the names that are defined in a region so far."""
        self._early: set[int] = set()
        """Values that were used before a definition: a block may stand before that it comes after."""
        self._function = 0
        open_ops: list[tuple[int, str, list[int]]] = []
        """(indentation, name, results) of the ops around the line and of the last op."""
        for n, lines in enumerate(program.lines):
            depth, facts = program.depths[n], program.facts[n]
            del open_ops[depth:]
            self._enter(depth)
            if facts.is_scope:
                self._function = depth + 1
            for row, line in enumerate(lines):
                code = line.partition("  // ")[0]
                stripped = code.lstrip(" ")
                indent = len(code) - len(stripped)
                if not row:
                    begin = indent
                    results: list[int] = []
                    if facts.defines and " = " in code:
                        begin = code.index(" = ") + 3
                        results = self._results(code, begin, at, depth)
                    open_ops.append((indent, facts.name, results))
                    if facts.name == "vm.import":
                        code = code.replace(" : ", ":  ")
                    self._mentions(code, begin, at, depth)
                    self._result_types(facts.name, code[begin:], results)
                elif stripped.startswith("^"):
                    around = _around(open_ops, indent)
                    self._mentions(code, indent, at, around)
                elif stripped.startswith("}"):
                    around = _around(open_ops, indent)
                    self._enter(around)
                    del open_ops[around + 1 :]
                    self._mentions(code, indent, at, around)
                    if open_ops:
                        self._result_types(open_ops[-1][1], stripped.lstrip("}) "), open_ops[-1][2])
                else:
                    self._mentions(code, indent, at, depth)
                    self._result_types(facts.name, stripped, open_ops[-1][2])
                at += len(line) + 1

    @property
    def types(self) -> list[str]:
        """The type of each value; of results that share a name, their types in brackets."""
        return [combined(types) for types in self._types]

    def _enter(self, depth: int) -> None:
        """Forgets the names of the regions deeper than one, which ended."""
        del self._scopes[depth + 1 :]
        self._reach(depth)

    def _reach(self, depth: int) -> None:
        while len(self._scopes) <= depth:
            self._scopes.append({})

    def _define(self, name: str, depth: int, count: int = 1) -> int:
        """Returns the number of a value that is defined in the region at a depth."""
        self._reach(depth)
        known = self._scopes[depth].get(name, NONE)
        if known in self._early:
            self._early.discard(known)
        else:
            known = self._scopes[depth][name] = len(self._types)
            self._types.append([])
        own = self._types[known]
        own += [""] * (count - len(own))
        return known

    def _use(self, name: str) -> int:
        for scope in reversed(self._scopes):
            if (known := scope.get(name)) is not None:
                return known
        known = self._define(name, min(self._function, len(self._scopes)))
        self._early.add(known)
        return known

    def _results(self, code: str, end: int, at: int, depth: int) -> list[int]:
        """Numbers the results of an op, which stand before a place of its line."""
        results: list[int] = []
        for found in _NAME.finditer(code, 0, end):
            pack = _PACK.match(code, found.end())
            number = self._define(found[0], depth, int(pack[1]) if pack else 1)
            self.spans.append((at + found.start(), at + found.end(), number))
            results += [number] * (int(pack[1]) if pack else 1)
        return results

    def _mentions(self, code: str, begin: int, at: int, depth: int) -> None:
        """Numbers the values on a line from a place on; what it defines are arguments of a region of
        the op at a depth.
        """
        bound = [found.span(1) for found in _BOUND.finditer(code, begin)]
        initial = NONE
        """The argument of a region that takes the next value as its first one."""
        used: list[tuple[int, int, int]] = []
        for found in _NAME.finditer(code, begin):
            name, end = found[0], found.end()
            if code.startswith(": ", end):
                number = self._define(name, depth + 1)
                self._types[number] = [first_type(code, end + 2)]
            elif code.startswith(" = ", end):
                number = initial = self._define(name, depth + 1)
                if " to " in code[end:]:
                    # The variable of a loop, which counts in `index` unless the line ends with a type.
                    ends = _COUNTER.search(code)
                    self._tell(number, 0, ends[1] if ends else "index")
                    initial = NONE
            elif any(start <= found.start() < stop for start, stop in bound):
                number = self._define(name, depth + 1)
                self._tell(number, 0, "index")
            else:
                number = self._use(name)
                which = _NUMBER.match(code, end)
                used.append((found.start(), number, int(which[1]) if which else 0))
                if initial != NONE:
                    own = self._types[number]
                    place = used[-1][2]
                    self._tell(initial, 0, own[place] if place < len(own) else "")
                    initial = NONE
            self.spans.append((at + found.start(), at + end, number))
        for (_, number, which), type in zip(used, used_types(code, [u[0] for u in used])):
            self._tell(number, which, type)

    def _tell(self, number: int, which: int, type: str) -> None:
        """Takes the type of a value, or of one of the results that share its number, if none is
        known.
        """
        own = self._types[number]
        own += [""] * (which + 1 - len(own))
        own[which] = own[which] or type

    def _meant(self, type: str) -> str:
        """Returns a type that may be written as the name of a value that has it."""
        if not type.startswith("%"):
            return type
        name, _, which = type.partition("#")
        own = self._types[self._use(name)]
        place = int(which) if which.isdigit() else 0
        return own[place] if place < len(own) else ""

    def _result_types(self, name: str, code: str, results: list[int]) -> None:
        """Takes the types of an op's results from a line of it, if that has them."""
        if not results:
            return
        types = result_types(name, code, len(results))
        places: dict[int, int] = {}
        for number, type in zip(results, types):
            place = places[number] = places.get(number, NONE) + 1
            self._tell(number, place, self._meant(type))


def _around(open_ops: list[tuple[int, str, list[int]]], indent: int) -> int:
    """Returns the depth of the op whose region a line at an indentation begins or ends."""
    depth = len(open_ops) - 1
    while depth > 0 and open_ops[depth][0] > indent:
        depth -= 1
    return max(depth, 0)
