"""Aligns two runs of ops in order, to find which op became which where a conversion renamed all of
them. Ops match by names, also of what stands in their regions, by types, constants, names of values,
by operands and by uses: a conversion keeps which value is computed from which.
"""

from __future__ import annotations

import re
from collections import ChainMap, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from workbench.dumps.ops import NONE, Program, definers

Link: TypeAlias = int | str | tuple[int, int]
"""An operand, by its op or its name, or a use, by the user and the place among its operands."""
SURE = 2
"""The least score at which two ops are paired."""
NEVER = -1000
"""The score of two ops that do not become each other."""
LINK = 2
"""The score of an operand or a use that two ops have in common."""
USES = 4
"""The score of taking the place of an op in what uses it."""
MAX_LINKS = 3
"""The largest number of operands and uses in common that count."""
ROUNDS = 3
"""How often ops are aligned, each time with the pairs that the last time found as operands."""
MAX_BODY = 12
"""The largest number of ops in a region that say what its op computes."""
MAX_STEPS = 3
"""The largest number of ops without a partner through which an operand is followed."""
ENDS = (".yield", ".return")
"""Endings of the names of ops that end a region."""
_PARTS = re.compile(r"[a-zA-Z]{3,}")
_COMBINER = re.compile(r"\bapplies \w+\.(\w+)")
_SIZES = re.compile(r"<((?:[\d?]+x)+)")
_CONSTANT = re.compile(r'dense<("?[^>"]{1,64})|\b(?:constant|const\.\w+) (-?\d[\w.+-]*)')


class Aligner:
    """Pairs ops of a program with those of the one before it, gap by gap."""

    def __init__(self, old: Program, part: range, new: Program, kept: Sequence[int]):
        """Takes the part of the old program that the new one takes the place of, and the old op of
        each new one, -1 for those that are new.
        """
        self.partner = {n: of for n, of in enumerate(kept) if of != NONE}
        """The old op of each new one whose partner is known; pairs that are found join them."""
        self._old, self._part, self._new = old, part, new

    @cached_property
    def _links(self) -> tuple[_Links, _Links]:
        return _Links(self._old, self._part), _Links(self._new, range(len(self._new)))

    def aligned(
        self, gone: Sequence[int], made: Sequence[int], replaced: Mapping[int, int]
    ) -> list[tuple[int, int]]:
        """Returns pairs (op of the old program, op of the new one), ascending in both, with the
        highest sum of scores. `replaced` tells for ops of the new program which one's uses it took.

        Of several equally good partners the last is taken: the ops that an op is built on, such as
        an empty or a filled tensor, have the same type and stand before it.
        """
        import numpy as np

        if not gone or not made:
            return []
        left, rows = _by_form(self._old, gone)
        right, columns = _by_form(self._new, made)
        alike = np.array([[one.alike(other) for other in right] for one in left], np.int32)
        scores = alike[np.ix_(rows, columns)]
        rows_of = {n: i for i, n in enumerate(gone)}
        for j, n in enumerate(made):
            if (i := rows_of.get(replaced.get(n, NONE))) is not None:
                scores[i, j] += USES
        before, after = self._links
        pairs: list[tuple[int, int]] = []
        for _ in range(ROUNDS):
            found_before = {n: of for of, n in pairs}
            partner = ChainMap(found_before, self.partner)
            places: dict[Link, list[int]] = defaultdict(list)
            for j, n in enumerate(made):
                for link in after.of_partners(n, partner):
                    places[link].append(j)
            common = np.zeros_like(scores)
            for i, n in enumerate(gone):
                for link in before.own(n):
                    common[i, places.get(link, [])] += 1
            found = _best(scores + LINK * np.minimum(common, MAX_LINKS))
            found = [(gone[i], made[j]) for i, j in found]
            if found == pairs:
                break
            pairs = found
        self.partner.update((n, of) for of, n in pairs)
        return pairs


def _by_form(program: Program, ops: Sequence[int]) -> tuple[list[_Words], list[int]]:
    """Returns the different features of some ops, and for each op the place of its own."""
    words = [_Words(program, n) for n in ops]
    places: dict[Any, int] = {}
    own = [places.setdefault(one.form, len(places)) for one in words]
    return [words[own.index(place)] for place in range(len(places))], own


def _best(scores: Any) -> list[tuple[int, int]]:
    """Returns the places (row, column), ascending in both, with the highest sum of scores."""
    import numpy as np

    rows, columns = scores.shape
    best = np.zeros((rows + 1, columns + 1), np.int32)
    for i in range(rows):
        paired = best[i, :-1] + np.where(scores[i] >= SURE, scores[i], 0)
        best[i + 1, 1:] = np.maximum.accumulate(np.maximum(best[i, 1:], paired))
    pairs: list[tuple[int, int]] = []
    i, j = rows, columns
    while i and j:
        score = int(scores[i - 1, j - 1])
        if score >= SURE and best[i, j] == best[i - 1, j - 1] + score:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif best[i, j] == best[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


class _Links:
    """The operands and the uses of ops of a part of a program."""

    def __init__(self, program: Program, part: range):
        self._operands: dict[int, list[int | str]] = {}
        """For each op the ops that define its operands, or the names of block arguments."""
        self._uses: dict[int, list[tuple[int, int]]] = defaultdict(list)
        """(user, place among its operands)."""
        for n, operands in definers(program, part):
            self._operands[n] = operands
            for place, operand in enumerate(operands):
                if isinstance(operand, int):
                    self._uses[operand].append((n, place))

    def own(self, n: int) -> set[Link]:
        """Returns the operands and uses of an op of the old program."""
        return {*self._operands[n], *self._uses[n]} - {""}

    def of_partners(self, n: int, partner: Mapping[int, int]) -> set[Link]:
        """Returns the operands and uses of an op of the new program, as ops of the old one; in place
        of an operand without a partner, the operands of that.
        """
        found: set[Link] = {
            (partner[user], place) for user, place in self._uses[n] if user in partner
        }
        waiting = [(operand, MAX_STEPS) for operand in self._operands[n]]
        while waiting:
            operand, steps = waiting.pop()
            if isinstance(operand, str):
                found |= {operand} - {""}
            elif (of := partner.get(operand, NONE)) != NONE:
                found.add(of)
            elif steps:
                waiting += [(further, steps - 1) for further in self._operands[operand]]
        return found


class _Words:
    """Features of an op that ops of different dialects may have in common."""

    def __init__(self, program: Program, n: int):
        facts = program.facts[n]
        line = program.lines[n][0]
        body = range(n + 1, min(program.end(n), n + 1 + MAX_BODY))
        if program.end(n) > n + 1 + MAX_BODY:
            body = range(0)
        inner = [program.facts[k].name for k in body]
        names = [facts.name, *(name for name in inner if not name.endswith(ENDS))]
        self.form = program.forms[n], *(program.forms[k] for k in body)
        self.name, self.last = facts.name, facts.name.rpartition(".")[2]
        self.ends = facts.name.endswith(ENDS)
        if (combined := _COMBINER.search(line)) is not None:
            names.append(f".{combined[1]}")
        words = [word for name in names for word in _PARTS.findall(name.partition(".")[2])]
        words += ["reduce"] * ('"reduction"' in line)
        self.parts = frozenset(word[:3] for word in words)
        self.type = facts.type
        self.sizes = _SIZES.findall(facts.type)
        self.result = "" if facts.result[1:].isdecimal() else facts.result
        self.symbol = facts.symbol
        found = _CONSTANT.search(line)
        self.constant = found and (found[1] or found[2])

    def alike(self, other: _Words) -> int:
        """Returns a score of similarity."""
        if self.ends != other.ends:
            return NEVER
        score = 2 * (self.name == other.name) + min(len(self.parts & other.parts), 2)
        score += self.last == other.last
        if self.type and self.type == other.type:
            score += 2
        elif self.sizes and self.sizes == other.sizes:
            score += 1
        score += 2 * bool(self.constant and self.constant == other.constant)
        score += 3 * bool(self.symbol and self.symbol == other.symbol)
        return score + bool(self.result and self.result == other.result)
