"""The loops of a function, found by which blocks dominate which."""

from __future__ import annotations

from ireelite.vm.dataflow import Edge, Flow


class Irreducible(Exception):
    """A way back leads into the middle of a loop."""


def natural_loops(flow: Flow, dominators: dict[int, int]) -> dict[int, set[int]]:
    """Returns the blocks of each loop, its head among them, by head. Raises `Irreducible`."""
    loops: dict[int, set[int]] = {}
    before: dict[int, set[int]] = {}
    for block in flow.order:
        for edge in flow.edges[block]:
            before.setdefault(edge.target, set()).add(block)
    for block in flow.order:
        for edge in flow.edges[block]:
            if flow.position[edge.target] > flow.position[block]:
                continue
            if not _dominates(dominators, edge.target, block):
                raise Irreducible
            _add_to_loop(loops.setdefault(edge.target, {edge.target}), block, before)
    return loops


def edges_out(flow: Flow, body: set[int]) -> list[tuple[int, Edge]]:
    """Returns the edges that lead out of a loop, each with the block that it leaves."""
    return [
        (block, edge)
        for block in sorted(body)
        for edge in flow.edges[block]
        if edge.target not in body
    ]


def _add_to_loop(body: set[int], tail: int, before: dict[int, set[int]]) -> None:
    """Adds to a loop the blocks from which its end is reached without passing its head."""
    waiting = [tail]
    while waiting:
        block = waiting.pop()
        if block not in body:
            body.add(block)
            waiting += before.get(block, ())


def _dominates(dominators: dict[int, int], upper: int, lower: int) -> bool:
    at: int | None = lower
    while at is not None and at != upper:
        at = dominators.get(at)
    return at == upper


def immediate_dominators(flow: Flow) -> dict[int, int]:
    """Returns, for each block but the first, the closest one through which every way to it leads."""
    into: dict[int, list[int]] = {}
    for block in flow.order:
        for edge in flow.edges[block]:
            into.setdefault(edge.target, []).append(block)
    closest: dict[int, int] = {0: 0}
    position = flow.position

    def meet(a: int, b: int) -> int:
        while a != b:
            if position[a] > position[b]:
                a = closest[a]
            else:
                b = closest[b]
        return a

    changed = True
    while changed:
        changed = False
        for block in flow.order[1:]:
            known = [before for before in into[block] if before in closest]
            found = known[0]
            for before in known[1:]:
                found = meet(found, before)
            if closest.get(block) != found:
                closest[block] = found
                changed = True
    del closest[0]
    return closest
