"""Which op of a program is which op of the program before: by what their lines say, then by their
locations, symbols, names of values and types.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from workbench.dumps.align import MAX_BODY, Aligner
from workbench.dumps.gaps import Gap, gaps_between
from workbench.dumps.ops import NONE, Program, definers

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
    sure: set[int] = field(default_factory=set)
    """Ops of the new program around what an op of the old one, which is gone, was around."""
    absorbed: list[int] = field(default_factory=list)
    """Ops of the old program that are gone, and correspond to none where others do."""


def compare(old: Program, begin: int, end: int, new: Program) -> Changes:
    """Follows ops [begin, end) of one program into another."""
    kept = [NONE] * len(new)
    gaps: list[Gap] = []
    changes = Changes(kept)
    position, before = 0, begin
    old_keys, new_keys = _keys(old, begin, end), _keys(new, 0, len(new))
    found = gaps_between(old_keys, new_keys)
    for (old_start, old_end), (new_start, new_end) in [
        *found,
        ((end - begin,) * 2, (len(new),) * 2),
    ]:
        for n in range(position, new_start):
            of = before + n - position
            if old.forms[of] == new.forms[n]:
                kept[n] = of
            else:
                gaps.append(((of - begin, of - begin + 1), (n, n + 1)))
        position, before = new_end, begin + old_end
        if old_start < old_end or new_start < new_end:
            gaps.append(((old_start, old_end), (new_start, new_end)))
    gone = [n for (start, stop), _ in gaps for n in range(begin + start, begin + stop)]
    made = [n for _, (start, stop) in gaps for n in range(start, stop)]
    taken = _moved({n: old_keys[n - begin] for n in gone}, {n: new_keys[n] for n in made}, changes)
    replaced = _replaced(old, range(begin, end), new, kept)
    around = _around(old, range(begin, end), new, kept)
    _same_symbol(old, new, around, kept)
    # What took uses of an op whose place another one took around its body was made for those uses.
    images = {of for n, of in around.items() if not new.facts[n].is_scope}
    replaced = {n: of for n, of in replaced.items() if of not in images} | around
    changes.sure |= around.keys()
    _same_around(old, new, set(gone) - taken, replaced, changes, taken)
    aligner = Aligner(old, range(begin, end), new, kept)
    for before_ops, after_ops in _parts(old, begin, new, gaps, kept, taken):
        changes.groups += _became(old, new, before_ops, after_ops, changes, aligner, replaced)
    return changes


def _parts(
    old: Program, begin: int, new: Program, gaps: list[Gap], kept: list[int], taken: set[int]
) -> Iterator[tuple[list[int], list[int]]]:
    """Yields what is gone and what was made, together for all gaps of one function, as far as these
    are few enough to be compared with each other.
    """
    gone: list[int] = []
    made: list[int] = []
    end = 0
    for (old_start, old_end), (new_start, new_end) in gaps:
        own_gone = [n for n in range(begin + old_start, begin + old_end) if n not in taken]
        own_made = [n for n in range(new_start, new_end) if kept[n] == NONE]
        between = range(end, new_start + 1 if new_start < new_end else new_start)
        size = (len(gone) + len(own_gone)) * (len(made) + len(own_made))
        if size > MAX_COMPARED or any(new.facts[n].is_scope for n in between):
            if gone or made:
                yield gone, made
            gone, made = [], []
        gone, made, end = gone + own_gone, made + own_made, new_end
    if gone or made:
        yield gone, made


def _replaced(old: Program, part: range, new: Program, kept: Sequence[int]) -> dict[int, int]:
    """Returns, for ops of the new program, the op of the old one that each took the place of among
    the operands of ops that were kept.
    """
    stays = {of for of in kept if of != NONE}
    before, now = _operands(old, part), _operands(new, range(len(new)))
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    found: dict[int, int] = {}
    # Users stand behind what they use: each op is decided before those that define its operands.
    for n in reversed(range(len(new))):
        of = kept[n]
        if of == NONE and n in votes:
            of = found[n] = votes[n].most_common(1)[0][0]
        if of == NONE or len(before[of]) != len(now[n]):
            continue
        for was, made in zip(before[of], now[n], strict=True):
            if isinstance(was, int) and isinstance(made, int) and kept[made] == NONE:
                if was not in stays:
                    votes[made][was] += 1
    return found


def _around(old: Program, part: range, new: Program, kept: Sequence[int]) -> dict[int, int]:
    """Returns, for ops of the new program, the op of the old one, which is gone, around most of the
    ops directly inside that were kept.
    """
    stays = {of for of in kept if of != NONE}
    outer, outer_new = _parents(old, part), _parents(new, range(len(new)))
    votes: dict[int, Counter[int]] = defaultdict(Counter)

    def image(was: int, n: int) -> int:
        """Returns the op of the old one's name around op n: what is inside of it was added."""
        outside = n
        while outside != NONE and not new.facts[outside].is_scope:
            if kept[outside] == NONE and old.facts[was].name == new.facts[outside].name:
                return outside
            outside = outer_new[outside]
        return n

    for n, of in enumerate(kept):
        around = outer_new[n]
        if of != NONE and around != NONE and kept[around] == NONE:
            was = outer.get(of, NONE)
            further = was
            while further != NONE:
                if old.facts[further].name == new.facts[around].name and further not in stays:
                    was = further
                further = outer.get(further, NONE)
            if was != NONE and was not in stays:
                votes[image(was, around)][was] += 1
    return {n: found.most_common(1)[0][0] for n, found in votes.items()}


def _same_symbol(old: Program, new: Program, around: dict[int, int], kept: list[int]) -> None:
    """Gives ops with regions that share a symbol, as a function and its export, what most of the ops
    inside of both came from, and the small ones among what is inside of that.
    """
    shared: dict[str, list[int]] = defaultdict(list)
    for n in around:
        if new.facts[n].is_scope and new.facts[n].symbol:
            shared[new.facts[n].symbol].append(n)
    owners: dict[int, int] | None = None
    for scopes in shared.values():
        scopes.sort(key=lambda n: new.end(n) - n)
        largest = around[scopes[-1]]
        for scope in scopes[:-1]:
            if around[scope] == largest:
                continue
            around[scope] = largest
            owners = owners or {of: n for n, of in enumerate(kept) if of != NONE}
            inside = defaultdict[int, list[int]](list)
            for of in range(largest + 1, old.end(largest)):
                inside[old.forms[of]].append(of)
            for n in range(scope + 1, new.end(scope)):
                own = kept[n]
                if own != NONE and (same := inside[new.forms[n]]) and own not in same:
                    # The two ops say the same, so each can be the other one.
                    of = same.pop()
                    other = owners.get(of, NONE)
                    kept[n], owners[of] = of, n
                    if other != NONE:
                        kept[other], owners[own] = own, other


def _parents(program: Program, part: range) -> dict[int, int]:
    """Returns the op directly around each op, -1 for the outermost."""
    found: dict[int, int] = {}
    open_ops: list[int] = []
    for n in part:
        while open_ops and program.depths[open_ops[-1]] >= program.depths[n]:
            open_ops.pop()
        found[n] = open_ops[-1] if open_ops else NONE
        open_ops.append(n)
    return found


def _same_around(
    old: Program,
    new: Program,
    gone: set[int],
    replaced: dict[int, int],
    changes: Changes,
    taken: set[int],
) -> None:
    """Keeps ops that say the same and took the place of each other: only what is inside differs."""
    for n, of in replaced.items():
        if of in gone and changes.kept[n] == NONE and old.forms[of] == new.forms[n]:
            gone.discard(of)
            changes.kept[n] = of
            taken.add(of)


def _operands(program: Program, part: range) -> dict[int, list[int | str]]:
    """Returns the operands of ops without the arguments of regions behind them."""
    found = dict(definers(program, part))
    for operands in found.values():
        while operands and isinstance(operands[-1], str):
            operands.pop()
    return found


def _keys(program: Program, begin: int, end: int) -> list[Hashable]:
    """Returns what tells each op of a part of a program from others: what it and the ops inside say;
    of one that names a scope, its symbol.
    """
    keys: list[Hashable] = []
    depths, forms = program.depths, program.forms
    for n in range(begin, end):
        facts = program.facts[n]
        if facts.symbol and facts.is_scope:
            keys.append((facts.name.rpartition(".")[2], facts.symbol))
        elif n + 1 < end and depths[n + 1] > depths[n] and (n or not facts.is_scope):
            inner = n + 1
            while inner < end and depths[inner] > depths[n] and inner - n <= MAX_BODY:
                inner += 1
            keys.append(tuple(forms[n:inner]))
        else:
            keys.append(forms[n])
    return keys


def _moved(gone: dict[int, Hashable], made: dict[int, Hashable], changes: Changes) -> set[int]:
    """Finds the ops that say the same and stand elsewhere; returns those of the old program."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for n in reversed(gone):
        waiting[gone[n]].append(n)
    there = {key: len(found) for key, found in waiting.items()}
    taken: set[int] = set()
    wanted = Counter(made.values())
    for n, key in made.items():
        # Of several copies none is the one that was there.
        if (candidates := waiting.get(key)) and wanted[key] <= there[key]:
            changes.kept[n] = candidates.pop()
            changes.moved.append(n)
            taken.add(changes.kept[n])
    return taken


def _became(
    old: Program,
    new: Program,
    gone: list[int],
    made: list[int],
    changes: Changes,
    aligner: Aligner,
    replaced: dict[int, int],
) -> list[tuple[list[int], list[int]]]:
    """Groups the ops that were removed and added in one place. They are paired by location, by
    symbol, by the name of the value, then by similarity in order (`align`). An op without a partner
    joins the group that follows it: ops that were made before another op were made for it.
    """
    if not made:
        return [(run, []) for run in _runs(gone)]

    def named(program: Program, n: int) -> bool:
        return program.facts[n].result[1:2].isalpha()

    keys: list[Callable[[Program, int], Hashable]] = [
        lambda p, n: p.places[n] and (p.places[n], p.facts[n].name),
        lambda p, n: p.places[n],
        lambda p, n: p.facts[n].symbol and (p.facts[n].symbol, p.facts[n].name),
        lambda p, n: named(p, n) and (p.facts[n].result, p.facts[n].name, p.facts[n].type),
        lambda p, n: p.facts[n].is_scope and p.facts[n].symbol,
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
    for n in [n for n in left_new if n in replaced]:
        of = replaced[n]
        if n in changes.sure or old.facts[of].name == new.facts[n].name:
            changes.partners[n] = of
            left_new.pop(n)
            pairs[of].append(n)
            left_old.pop(of, None)
    rest_old, rest_new = list(left_old), list(left_new)
    if len(rest_old) * len(rest_new) <= MAX_COMPARED:
        aligner.partner.update((n, of) for of, made in pairs.items() for n in made)
        for of, made_of_it in aligner.aligned(rest_old, rest_new, replaced):
            pairs[of].append(made_of_it)
        for n in set(rest_new).difference(*pairs.values()) & replaced.keys():
            changes.partners[n] = replaced[n]
            pairs[replaced[n]].append(n)
        taken = {n for made in pairs.values() for n in made}
        rest_old = [n for n in rest_old if n not in pairs]
        rest_new = [n for n in rest_new if n not in taken]
    if not pairs and len(gone) == 1 and not old.facts[gone[0]].is_scope:
        # What stands where one op was took its place, unlike as it may be.
        pairs[gone[0]], rest_old, rest_new = list(made), [], []
    changes.absorbed += rest_old
    _take_inner(old, new, pairs, rest_new)
    found = {n: of for of, made_of_it in pairs.items() for n in made_of_it}
    changes.partners = found | changes.partners
    return _joined(new, pairs, rest_old, rest_new)


def _runs(numbers: list[int]) -> list[list[int]]:
    """Returns ascending numbers in runs of consecutive ones."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return runs


def _take_inner(old: Program, new: Program, pairs: dict[int, list[int]], rest: list[int]) -> None:
    """Takes the ops inside an op that has a partner out of the rest, to that partner."""
    partner = {n: of for of, made in pairs.items() for n in made}

    def same_name(of: int, n: int) -> bool:
        return old.facts[of].name == new.facts[n].name

    left: list[int] = []
    for n in rest:
        around = n - 1
        while around >= 0 and new.depths[around] >= new.depths[n]:
            around -= 1
        of = partner.get(around)
        # A function goes with its symbol, and its body op by op, as that of a loop that stays one.
        if of is None or new.facts[around].is_scope or same_name(of, around):
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
