"""Who came from whom, for views: the record's derivation graph with its closures kept ready."""

from __future__ import annotations

from collections.abc import Iterable

from ireelite.records import CompilationRecord

CONTAINERS = frozenset({"builtin.module", "tf.graph", "func.func"})
"""Ops that hold a program rather than compute: the first picture never points at one of them."""


class Lineage:
    """Ancestors and descendants in one compilation record; equal to `CompilationRecord.relatives`, but
    indexed.
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
        """All that the given nodes were derived from; a given node is in it only if another one came from
        it.
        """
        return _closure(serials, self.parents)

    def descendants(self, serials: Iterable[int]) -> set[int]:
        """All that was derived from the given nodes."""
        return _closure(serials, self.children)

    def relatives(self, serials: Iterable[int]) -> set[int]:
        """The union of `CompilationRecord.relatives` over the given nodes."""
        seeds = set(serials)
        return seeds | self.ancestors(seeds) | self.descendants(seeds)

    def telling_op(self) -> int | None:
        """The op of the first stage whose story is the longest: it stands in the most stages and tables."""
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
        """`parents` as a list indexed by serial number, for a view that computes closures itself."""
        size = max(self.parents, default=-1) + 1
        return [self.parents.get(serial, []) for serial in range(size)]


def _closure(serials: Iterable[int], edges: dict[int, list[int]]) -> set[int]:
    reached: set[int] = set()
    waiting = [target for serial in serials for target in edges.get(serial, ())]
    while waiting:
        if (node := waiting.pop()) not in reached:
            reached.add(node)
            waiting.extend(edges.get(node, ()))
    return reached
