"""Aligns two runs of ops in order, to find which op became which where a conversion renamed all of
them. Ops match by names, types, constants and names of values.
"""

from __future__ import annotations

import re

from workbench.dumps.ops import Program

SURE = 2
"""The least score of `_Words.alike` at which two ops are paired."""
_PARTS = re.compile(r"[a-zA-Z]{3,}")
_SIZES = re.compile(r"<((?:[\d?]+x)+)")
_CONSTANT = re.compile(r'dense<("?[^>"]{1,64})|\b(?:constant|const\.\w+) (-?\d[\w.+-]*)')


def aligned(old: Program, gone: list[int], new: Program, made: list[int]) -> list[tuple[int, int]]:
    """Returns pairs (op of the old program, op of the new one), ascending in both, with the highest
    sum of scores.

    Of several equally good partners the last is taken: the ops that an op is built on, such as an
    empty or a filled tensor, have the same type and stand before it.
    """
    import numpy as np

    known: dict[tuple[int, int], int] = {}
    left, right = ([_Words(p, n) for n in ops] for p, ops in ((old, gone), (new, made)))
    scores = np.zeros((len(gone), len(made)), np.int32)
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            key = one.form, other.form
            if (score := known.get(key)) is None:
                score = known[key] = one.alike(other)
            scores[i, j] = score
    best = np.zeros((len(gone) + 1, len(made) + 1), np.int32)
    for i in range(len(gone)):
        paired = best[i, :-1] + np.where(scores[i] >= SURE, scores[i], 0)
        best[i + 1, 1:] = np.maximum.accumulate(np.maximum(best[i, 1:], paired))
    pairs: list[tuple[int, int]] = []
    i, j = len(gone), len(made)
    while i and j:
        score = int(scores[i - 1, j - 1])
        if score >= SURE and best[i, j] == best[i - 1, j - 1] + score:
            i, j = i - 1, j - 1
            pairs.append((gone[i], made[j]))
        elif best[i, j] == best[i - 1, j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


class _Words:
    """Features of an op that ops of different dialects may have in common."""

    def __init__(self, program: Program, n: int):
        facts = program.facts[n]
        line = program.lines[n][0]
        self.form = program.forms[n]
        self.name = facts.name
        self.parts = frozenset(part[:3] for part in _PARTS.findall(facts.name.partition(".")[2]))
        self.type = facts.type
        self.sizes = _SIZES.findall(facts.type)
        self.result = "" if facts.result[1:].isdecimal() else facts.result
        self.symbol = facts.symbol
        found = _CONSTANT.search(line)
        self.constant = found and (found[1] or found[2])

    def alike(self, other: _Words) -> int:
        """Returns a score of similarity; with `SURE` or more, the ops probably correspond."""
        score = 2 * (self.name == other.name) + min(len(self.parts & other.parts), 2)
        if self.type and self.type == other.type:
            score += 2
        elif self.sizes and self.sizes == other.sizes:
            score += 1
        score += 2 * bool(self.constant and self.constant == other.constant)
        score += 3 * bool(self.symbol and self.symbol == other.symbol)
        return score + bool(self.result and self.result == other.result)
