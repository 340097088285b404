"""Which op of a program is which op of the program before: by what their lines say, then by their
locations, symbols, names of values and types.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from workbench.dumps.align import Aligner
from workbench.dumps.ops import NONE, Program

MAX_COMPARED = 2_000_000
"""The largest number of pairs of ops in one gap that are compared with each other."""


@dataclass
class Changes:
    """How a program differs from the one before."""

    kept: list[int]
    """For each op of the new program the op of the old one that it is, or -1."""
    moved: list[int] = field(default_factory=list)
    """Ops of the new program that are kept, and stand in another order."""
    groups: list[tuple[list[int], list[int]]] = field(default_factory=list)
    """(ops of the old program, ops of the new one): what became what."""
    partners: dict[int, int] = field(default_factory=dict)
    """For ops of the groups' new ones, the op of the old program that it corresponds to."""


def compare(old: Program, begin: int, end: int, new: Program) -> Changes:
    """Follows ops [begin, end) of one program into another."""
    size = len(new)
    kept = [NONE] * size
    gaps = list(_gaps(old.forms[begin:end], new.forms))
    changes = Changes(kept)
    position, before = 0, begin
    for (_, old_end), (new_start, new_end) in [*gaps, ((end - begin,) * 2, (size,) * 2)]:
        for n in range(new_start - position):
            kept[position + n] = before + n
        position, before = new_end, begin + old_end
    gone = [n for (start, stop), _ in gaps for n in range(begin + start, begin + stop)]
    made = [n for _, (start, stop) in gaps for n in range(start, stop)]
    taken = _moved(old, new, gone, made, changes)
    aligner = Aligner(old, range(begin, end), new, kept)
    for (old_start, old_end), (new_start, new_end) in gaps:
        before_ops = [n for n in range(begin + old_start, begin + old_end) if n not in taken]
        after_ops = [n for n in range(new_start, new_end) if kept[n] == NONE]
        changes.groups += _became(old, new, before_ops, after_ops, changes, aligner)
    return changes


def _gaps(
    old: Sequence[Hashable], new: Sequence[Hashable]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Returns the ranges of two sequences between the elements that are in both, in the same order.

    Elements that occur once in both are tried first (patience difference), then those at the ends
    of what is left: near-linear, and exact where programs hardly differ.
    """
    found: list[tuple[tuple[int, int], tuple[int, int]]] = []
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        a, b, c, d = waiting.pop()
        while a < b and c < d and old[a] == new[c]:
            a, c = a + 1, c + 1
        while a < b and c < d and old[b - 1] == new[d - 1]:
            b, d = b - 1, d - 1
        if a == b and c == d:
            continue
        anchors = _anchors(old, new, a, b, c, d) if a < b and c < d else []
        if not anchors:
            found.append(((a, b), (c, d)))
            continue
        parts = []
        for x, y in anchors:
            parts.append((a, x, c, y))
            a, c = x + 1, y + 1
        parts.append((a, b, c, d))
        waiting += reversed(parts)
    found.sort()
    return found


def _anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], a: int, b: int, c: int, d: int
) -> list[tuple[int, int]]:
    """Pairs of equal elements that occur once in both ranges, as many as are in order."""
    places: dict[Hashable, int] = {}
    for n in range(a, b):
        places[old[n]] = NONE if old[n] in places else n
    other: dict[Hashable, int] = {}
    for n in range(c, d):
        other[new[n]] = NONE if new[n] in other else n
    pairs = [
        (n, other[form])
        for form, n in places.items()
        if n != NONE and other.get(form, NONE) != NONE
    ]
    return _ascending(sorted(pairs))


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the longest subsequence of pairs, sorted by the first, whose seconds ascend."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, second) in enumerate(pairs):
        place = bisect_left(tails, second)
        before.append(ends[place - 1] if place else NONE)
        if place == len(tails):
            tails.append(second)
            ends.append(n)
        else:
            tails[place], ends[place] = second, n
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else NONE
    while at != NONE:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _moved(
    old: Program, new: Program, gone: list[int], made: list[int], changes: Changes
) -> set[int]:
    """Finds the ops that say the same and stand elsewhere; returns those of the old program."""
    waiting: dict[int, list[int]] = defaultdict(list)
    for n in reversed(gone):
        waiting[old.forms[n]].append(n)
    taken: set[int] = set()
    for n in made:
        if candidates := waiting.get(new.forms[n]):
            changes.kept[n] = candidates.pop()
            changes.moved.append(n)
            taken.add(changes.kept[n])
    return taken


def _became(
    old: Program, new: Program, gone: list[int], made: list[int], changes: Changes, aligner: Aligner
) -> list[tuple[list[int], list[int]]]:
    """Groups the ops that were removed and added in one place. They are paired by location, by
    symbol, by the name of the value, then by similarity in order (`align`). An op without a partner
    joins the group that follows it: ops that were made before another op were made for it.
    """
    if not gone or not made:
        return [(gone, made)] if gone or made else []
    keys: list[Callable[[Program, int], Hashable]] = [
        lambda p, n: p.places[n] and (p.places[n], p.facts[n].name),
        lambda p, n: p.places[n],
        lambda p, n: p.facts[n].symbol and (p.facts[n].symbol, p.facts[n].name),
        lambda p, n: p.facts[n].result and (p.facts[n].result, p.facts[n].name, p.facts[n].type),
        lambda p, n: p.facts[n].symbol,
    ]
    pairs: dict[int, list[int]] = defaultdict(list)
    """Old op -> the new ones."""
    left_old, left_new = dict.fromkeys(gone), dict.fromkeys(made)
    for key in keys:
        known: dict[Hashable, list[int]] = defaultdict(list)
        for n in left_old:
            if of := key(old, n):
                known[of].append(n)
        for n in list(left_new):
            if (of := key(new, n)) and (found := known.get(of)):
                pairs[found[0]].append(n)
                left_new.pop(n)
        for n in list(left_old):
            if n in pairs:
                left_old.pop(n)
    rest_old, rest_new = list(left_old), list(left_new)
    if len(rest_old) * len(rest_new) <= MAX_COMPARED:
        aligner.partner.update((n, of) for of, made in pairs.items() for n in made)
        for of, made_of_it in aligner.aligned(rest_old, rest_new):
            pairs[of].append(made_of_it)
        taken = {n for made in pairs.values() for n in made}
        rest_old = [n for n in rest_old if n not in pairs]
        rest_new = [n for n in rest_new if n not in taken]
    changes.partners |= {n: of for of, made_of_it in pairs.items() for n in made_of_it}
    _take_inner(new, pairs, rest_new)
    return _joined(new, pairs, rest_old, rest_new)


def _take_inner(new: Program, pairs: dict[int, list[int]], rest: list[int]) -> None:
    """Takes the ops inside an op that has a partner out of the rest, to that partner."""
    partner = {n: of for of, made in pairs.items() for n in made}
    left: list[int] = []
    for n in rest:
        around = n - 1
        while around >= 0 and new.depths[around] >= new.depths[n]:
            around -= 1
        of = partner.get(around)
        # A function goes with its symbol, and its body op by op.
        if of is None or new.facts[around].name.endswith(("func", "module")):
            left.append(n)
        else:
            partner[n] = of
            pairs[of].append(n)
    rest[:] = left


def _joined(
    new: Program, pairs: dict[int, list[int]], rest_old: list[int], rest_new: list[int]
) -> list[tuple[list[int], list[int]]]:
    """Groups in the order of the old program, with the ops that found no partner in the group of
    the next op that did; one at the end of a region, in the group of the op before; one behind the
    region of the last that did, in a group of their own.
    """
    groups = [([n], sorted(pairs[n])) for n in sorted(pairs)]
    if not groups:
        return [(rest_old, rest_new)] if rest_old or rest_new else []
    heads = [group[0][0] for group in groups]
    for n in rest_old:
        groups[min(bisect_left(heads, n), len(groups) - 1)][0].append(n)
    tails = sorted((n, k) for k, (_, made) in enumerate(groups) for n in made)
    firsts = [n for n, _ in tails]
    behind: list[int] = []
    for n in rest_new:
        place = min(bisect_left(firsts, n), len(tails) - 1)
        if n < firsts[place]:
            leaves = min(new.depths[n : firsts[place] + 1]) < new.depths[n]
            place -= leaves and place > 0
        elif min(new.depths[firsts[place] : n + 1]) < new.depths[firsts[place]]:
            # What stands behind the region of the last op was not made for that.
            behind.append(n)
            continue
        groups[tails[place][1]][1].append(n)
    groups += [([], behind)] if behind else []
    return [(sorted(before), sorted(after)) for before, after in groups]
