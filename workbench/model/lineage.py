"""Who came from whom, for views: the record's derivation graph with its closures kept ready."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ireelite.records import CompilationRecord

CONTAINERS = frozenset({"builtin.module", "tf.graph", "func.func"})
"""Ops that hold a program rather than compute: the first picture never points at one of them."""

QUIET = (
    r"module$|func$|executable$|[Cc]onst|tensor\.empty|return$|yield$|reduce\.return|[._]br$|cond_br|^br|vm\.global"
    r"|global\.(load|store)|vm\.import|vm\.rodata|vm\.initializer|spirv\.mlir|EntryPoint|ExecutionMode"
    r"|^Op(Name|Decorate|MemberDecorate|Type|Variable|Capability|Extension|Memory|Label|Function|ExtInst|Return)"
)
"""Names of ops that every program is full of.

They light up like all others, but are the last to be shown.
"""
LOUDNESS_OF_QUIET = 0.02


class Lineage:
    """Ancestors and descendants in one compilation record; equal to `CompilationRecord.relatives`,
    but indexed.
    """

    def __init__(self, record: CompilationRecord):
        self.record = record
        self.parents: dict[int, list[int]] = {node.serial: node.parents for node in record.nodes}
        self.children: dict[int, list[int]] = {}
        for node in record.nodes:
            for parent in node.parents:
                self.children.setdefault(parent, []).append(node.serial)
        self.names: dict[int, str] = {node.serial: node.name for node in record.nodes}

    def ancestors(self, serials: Iterable[int]) -> set[int]:
        """All that the given nodes were derived from; a given node is in it only if another one
        came from it.
        """
        return _closure(serials, self.parents)

    def descendants(self, serials: Iterable[int]) -> set[int]:
        """All that was derived from the given nodes."""
        return _closure(serials, self.children)

    def relatives(self, serials: Iterable[int]) -> set[int]:
        """The union of `CompilationRecord.relatives` over the given nodes."""
        seeds = set(serials)
        return seeds | self.ancestors(seeds) | self.descendants(seeds)

    def shares(self, serials: Iterable[int]) -> dict[int, float]:
        """How much of the given nodes' story each relative carries.

        A node hands its share on in equal parts: to what was made from it on the way down, to what
        it came from on the way up. So the multiplication that a multiplication became counts for
        more than the frame around it.
        """
        seeds = set(serials)
        shares = _flow(seeds, self.children, self.parents)
        for serial, share in _flow(seeds, self.parents, self.children).items():
            shares[serial] = max(share, shares.get(serial, 0.0))
        return shares

    def ranked(self, serials: Iterable[int], lit: Iterable[int]) -> list[int]:
        """The lit nodes, those that tell the given nodes' story best first;
        ties in the order given.
        """
        shares = self.shares(serials)
        quiet = re.compile(QUIET)

        def rank(serial: int) -> float:
            share = shares.get(serial, 0.0)
            return -round(
                share * LOUDNESS_OF_QUIET if quiet.search(self.names[serial]) else share, 9
            )

        return sorted(lit, key=rank)

    def telling_op(self) -> int | None:
        """The op of the first stage whose story is the longest:
        it stands in the most stages and tables.
        """
        if not self.record.stages:
            return None
        places = [set(stage.nodes) for stage in self.record.stages[1:]]
        places += [set(table.nodes) for table in self.record.instructions]
        best: tuple[int, int] | None = None
        chosen: int | None = None
        for serial in self.record.stages[0].nodes:
            if self.names[serial] in CONTAINERS:
                continue
            family = self.descendants([serial]) | {serial}
            rank = (sum(bool(place & family) for place in places), len(family))
            if best is None or rank > best:
                best, chosen = rank, serial
        return chosen if chosen is not None else next(iter(self.record.stages[0].nodes), None)

    def columns(self) -> list[list[int]]:
        """`parents` as a list indexed by serial number,
        for a view that computes closures itself.
        """
        size = max(self.parents, default=-1) + 1
        return [self.parents.get(serial, []) for serial in range(size)]


def _flow(
    seeds: set[int], ahead: dict[int, list[int]], behind: dict[int, list[int]]
) -> dict[int, float]:
    """Shares of the nodes that lie ahead of the seeds,
    each node after all those that hand on to it.
    """
    reached = _closure(seeds, ahead) | seeds
    missing = {node: sum(other in reached for other in behind.get(node, ())) for node in reached}
    shares = {node: float(node in seeds) for node in reached}
    ready = sorted(node for node, count in missing.items() if not count)
    while ready:
        node = ready.pop()
        following = ahead.get(node, ())
        for other in following:
            shares[other] += shares[node] / len(following)
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return shares


def _closure(serials: Iterable[int], edges: dict[int, list[int]]) -> set[int]:
    reached: set[int] = set()
    waiting = [target for serial in serials for target in edges.get(serial, ())]
    while waiting:
        if (node := waiting.pop()) not in reached:
            reached.add(node)
            waiting.extend(edges.get(node, ()))
    return reached
