"""Which op came from which, for views: closures in the record's derivation graph, and the share of
an op's work that each relative carries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from ireelite.records import CompilationRecord
from ireelite.records.columns import NONE

CONTAINERS = frozenset({"builtin.module", "tf.graph", "func.func"})
"""Ops that hold a program rather than compute: the first picture never points at one of them."""

COMMON_OPS = (
    r"module$|func$|executable$|[Cc]onst|tensor\.empty|return$|yield$|reduce\.return|[._]br$|cond_br|^br|vm\.global"
    r"|global\.(load|store)|vm\.import|vm\.rodata|vm\.initializer|spirv\.mlir|EntryPoint|ExecutionMode"
    r"|^Op(Name|Decorate|MemberDecorate|Type|Variable|Capability|Extension|Memory|Label|Function|ExtInst|Return)"
)
"""Pattern of the names of ops that every program has many of: constants, returns, declarations.

They light up like all others, but rank behind them.
"""
COMMON_OP_WEIGHT = 0.02
"""The factor of such an op's share when lit ops are ranked."""
MAX_CANDIDATES = 60
"""How many ops are looked at to find the one that a view follows at first."""


class Lineage:
    """Ancestors and descendants in one compilation record, of several nodes at once."""

    def __init__(self, record: CompilationRecord):
        self.record = record
        self.nodes = record.nodes
        self._families: dict[frozenset[int], set[int]] = {}
        self._ways: dict[frozenset[int], tuple[set[int], set[int]]] = {}
        self._shares: dict[frozenset[int], dict[int, float]] = {}

    def name(self, serial: int) -> str:
        """Returns the op's name, or the instruction's mnemonic."""
        return self.nodes.name(serial)

    def ancestors(self, serials: Iterable[int]) -> set[int]:
        """Returns all that the given nodes were derived from; a given node is in it only if another
        one came from it.
        """
        return self.nodes.ancestors(serials)

    def descendants(self, serials: Iterable[int]) -> set[int]:
        """Returns all that was derived from the given nodes."""
        return self.nodes.descendants(serials)

    def relatives(self, serials: Iterable[int]) -> set[int]:
        """Returns the union of `CompilationRecord.relatives` over the given nodes."""
        seeds = frozenset(serials)
        if (known := self._families.get(seeds)) is None:
            before, after = self._both(seeds)
            known = self._families[seeds] = {*seeds, *before, *after}
        return known

    def _both(self, seeds: frozenset[int]) -> tuple[set[int], set[int]]:
        """Returns the ancestors and descendants of some nodes; they are looked for once."""
        if (known := self._ways.get(seeds)) is None:
            known = self._ways[seeds] = self.ancestors(seeds), self.descendants(seeds)
        return known

    def shares(self, serials: Iterable[int]) -> dict[int, float]:
        """Returns how much of the given nodes' story each relative carries.

        A node passes its share on in equal parts: to what was made from it on the way down, to what
        it came from on the way up. So the multiplication that a multiplication became counts for
        more than the frame around it.
        """
        seeds = frozenset(serials)
        if (known := self._shares.get(seeds)) is not None:
            return known
        before, after = self._both(seeds)
        shares = self._shares[seeds] = _flow(seeds, after, self.nodes.child_index())
        up = _flow(seeds, before, self.nodes.parent_index())
        for serial, share in up.items():
            shares[serial] = max(share, shares.get(serial, 0.0))
        return shares

    def ranked(self, serials: Iterable[int], lit: Iterable[int]) -> list[int]:
        """Returns the lit nodes, those that tell the given nodes' story best first; ties in the
        order given.
        """
        return sorted(lit, key=self._rank(serials))

    def best(self, serials: Iterable[int], lit: Iterable[int]) -> int:
        """Returns the first of `ranked`; `lit` has one at least."""
        shares, rank = self.shares(serials), self._rank(serials)
        best: int | None = None
        most = 0.0
        for serial in lit:
            if best is None or shares.get(serial, 0.0) > most:
                # A rank is at most the share.
                own = -rank(serial)
                if best is None or own > most:
                    best, most = serial, own
        assert best is not None
        return best

    def _rank(self, serials: Iterable[int]) -> Callable[[int], float]:
        """Returns a function whose values are least for the nodes that tell the story best."""
        shares, names, text = self.shares(serials), self.nodes.names, self.nodes.strings
        weights: dict[int, float] = {}

        def rank(serial: int) -> float:
            if (share := shares.get(serial, 0.0)) == 0.0:
                return 0.0
            if (weight := weights.get(number := names[serial])) is None:
                is_common = re.search(COMMON_OPS, text[number])
                weight = weights[number] = COMMON_OP_WEIGHT if is_common else 1.0
            return -round(share * weight, 9)

        return rank

    def telling_op(self) -> int | None:
        """Returns the op of the first stage whose story is the longest: it stands in the most
        stages and tables. Constants, returns and the like are taken only where there is nothing
        else. Of a long program, the first ops are compared.
        """
        if not self.record.stages:
            return None
        best: tuple[int, int] | None = None
        first = self.record.stages[0].nodes
        chosen: int | None = None
        ops = [serial for serial in first if self.name(serial) not in CONTAINERS]
        common = re.compile(COMMON_OPS)
        telling = (serial for serial in ops if not common.search(self.name(serial)))
        candidates = list(islice(telling, MAX_CANDIDATES)) or ops[:MAX_CANDIDATES]
        families = {serial: self.descendants([serial]) | {serial} for serial in candidates}
        place_of = self._places(set().union(*families.values()))
        for serial, family in families.items():
            places = 0
            for relative in family:
                places |= place_of.get(relative, 0)
            rank = (places.bit_count(), len(family))
            if best is None or rank > best:
                best, chosen = rank, serial
        return chosen if chosen is not None else next(iter(first), None)

    def graph(self, serials: Iterable[int]) -> dict[str, Any]:
        """Returns the derivation graph between the given nodes, in which exactly their relatives
        can be found: `serials` ascending, and for each the serials of its `parents`.

        A node that is not given is left out and its children take its parents; one with several
        parents stays, so that the graph is never larger than the whole.
        """
        given = bytearray(len(self.nodes))
        for serial in serials:
            given[serial] = 1
        kept: dict[int, list[int]] = {}
        nearest: dict[int, int] = {}
        first, more = self.nodes.first_parents, self.nodes.more

        def find(serial: int) -> None:
            # Most nodes have one parent.
            path: list[int] = []
            while serial not in nearest and serial not in more:
                nearest[serial] = NONE
                path.append(serial)
                if (parent := first[serial]) == NONE or given[parent]:
                    nearest.update(dict.fromkeys(path, parent))
                    return
                serial = parent
            if serial not in nearest:
                find_among(serial)
            nearest.update(dict.fromkeys(path, nearest[serial]))

        def find_among(serial: int) -> None:
            waiting, begun = [serial], set[int]()
            while waiting:
                node = waiting[-1]
                if node in nearest:
                    waiting.pop()
                    continue
                before = (first[node], *more.get(node, ())) if first[node] != NONE else ()
                if node not in begun:
                    begun.add(node)
                    if hidden := [p for p in before if not given[p] and p not in nearest]:
                        waiting += hidden
                        continue
                waiting.pop()
                found = {p if given[p] else nearest.get(p, NONE) for p in before} - {NONE}
                if len(found) > 1:
                    kept[node] = sorted(found)
                nearest[node] = node if len(found) > 1 else next(iter(found), NONE)

        for serial in (n for n, own in enumerate(given) if own):
            before = (first[serial], *more.get(serial, ())) if first[serial] != NONE else ()
            for parent in before:
                if not given[parent] and parent not in nearest:
                    find(parent)
            kept[serial] = sorted({p if given[p] else nearest[p] for p in before} - {NONE})
        shown = sorted(kept)
        return {"serials": shown, "parents": [kept[serial] for serial in shown]}

    def _places(self, serials: set[int]) -> dict[int, int]:
        """Returns, for each of the nodes, the stages after the first and the instruction tables
        that it is in, as a mask.
        """
        places: dict[int, int] = {}
        groups = [stage.nodes for stage in self.record.stages[1:]]
        groups += [table.nodes for table in self.record.instructions]
        for place, group in enumerate(groups):
            for serial in serials.intersection(group):
                places[serial] = places.get(serial, 0) | 1 << place
        return places


def _flow(
    seeds: frozenset[int], reached: set[int], rows: tuple[Sequence[int], Sequence[int]]
) -> dict[int, float]:
    """Returns the shares of the nodes that lie ahead of the seeds, each node after all those before
    it. `rows` are compressed sparse rows (starts, targets) of what lies directly ahead of each node.
    """
    import numpy as np

    starts, targets = (np.asarray(column, np.int64) for column in rows)
    nodes = np.fromiter(reached | seeds, np.int64, len(reached | seeds))
    place = np.full(len(starts), NONE, np.int64)
    place[nodes] = np.arange(len(nodes))
    counts = starts[nodes + 1] - starts[nodes]
    ends = np.cumsum(counts)
    # The edges of the nodes, one node's after the other's.
    ahead = np.arange(ends[-1] if len(ends) else 0) + np.repeat(
        starts[nodes] - ends + counts, counts
    )
    ahead = place[targets[ahead]]
    missing = np.bincount(ahead, minlength=len(nodes))
    shares = np.zeros(len(nodes))
    shares[place[np.fromiter(seeds, np.int64, len(seeds))]] = 1.0
    ready = np.flatnonzero(missing == 0)
    while len(ready):
        own = counts[ready]
        last = np.cumsum(own)
        edges = np.arange(last[-1]) + np.repeat(ends[ready] - last, own)
        reached_now = ahead[edges]
        np.add.at(shares, reached_now, np.repeat(shares[ready] / np.maximum(own, 1), own))
        np.subtract.at(missing, reached_now, 1)
        reached_now = np.unique(reached_now)
        ready = reached_now[missing[reached_now] == 0]
    return dict(zip(nodes.tolist(), shares.tolist(), strict=True))
