"""A layered layout of a directed graph: sources above, each edge downwards, with few crossings.

Sugiyama's method: ranks by longest paths, an order within each rank by barycentres, places by
medians. All of it is arithmetic on integers, so that every machine finds the same places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP_X = 26
GAP_Y = 40
SWEEPS = 6
SCALE = 27720
"""Means are compared as integers: this many to a place, a multiple of all counts up to 12."""


@dataclass(frozen=True)
class Box:
    """A node's place: its left upper corner and its size, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Layout:
    """Where everything is."""

    boxes: list[Box]
    """In the order of the nodes."""
    routes: list[list[tuple[int, int]]]
    """For each edge, the points that it passes, from the bottom of its source to the top of its
    target; in the order of the edges. An edge against the direction is drawn at the side.
    """
    width: int
    height: int


def layered(
    sizes: Sequence[tuple[int, int]],
    edges: Sequence[tuple[int, int]],
    gap_x: int = GAP_X,
    gap_y: int = GAP_Y,
) -> Layout:
    """Places nodes of the given widths and heights. Edges that close a cycle, and edges from a
    node to itself, do not decide about ranks. Parts without an edge between them are placed side by
    side.
    """
    parts = _parts(len(sizes), edges)
    boxes: list[Box] = [Box(0, 0, 0, 0)] * len(sizes)
    routes: list[list[tuple[int, int]]] = [[]] * len(edges)
    x = height = 0
    for nodes, own in parts:
        number = {node: n for n, node in enumerate(nodes)}
        ends = [(number[edges[edge][0]], number[edges[edge][1]]) for edge in own]
        part = _layered([sizes[node] for node in nodes], ends, gap_x, gap_y)
        for node, box in zip(nodes, part.boxes, strict=True):
            boxes[node] = Box(box.x + x, box.y, box.width, box.height)
        for edge, route in zip(own, part.routes, strict=True):
            routes[edge] = [(px + x, py) for px, py in route]
        x += part.width + gap_x
        height = max(height, part.height)
    return Layout(boxes, routes, max(x - gap_x, 0), height)


def _parts(count: int, edges: Sequence[tuple[int, int]]) -> list[tuple[list[int], list[int]]]:
    """Returns the connected parts, as nodes and edges by number, in the order of their first nodes."""
    group = list(range(count))

    def root(node: int) -> int:
        while group[node] != node:
            group[node] = group[group[node]]
            node = group[node]
        return node

    for source, target in edges:
        first, second = sorted((root(source), root(target)))
        group[second] = first
    parts: dict[int, tuple[list[int], list[int]]] = {}
    for node in range(count):
        parts.setdefault(root(node), ([], []))[0].append(node)
    for edge, (source, _) in enumerate(edges):
        parts[root(source)][1].append(edge)
    return list(parts.values())


def _layered(
    sizes: Sequence[tuple[int, int]],
    edges: Sequence[tuple[int, int]],
    gap_x: int,
    gap_y: int,
) -> Layout:
    forward = _without_cycles(len(sizes), edges)
    ranks = _ranks(len(sizes), [edges[n] for n in forward])
    chains, nodes_of_rank, widths = _with_joints(sizes, edges, forward, ranks)
    above, below = _neighbours(chains, len(widths))
    _order(nodes_of_rank, above, below)
    x = _places(nodes_of_rank, widths, above, below, gap_x)
    tops, bottoms, y = [], [], 0
    for rank in nodes_of_rank:
        tallest = max((sizes[n][1] for n in rank if n < len(sizes)), default=0)
        tops.append(y)
        bottoms.append(y + tallest)
        y += tallest + gap_y
    boxes = [
        Box(x[n] - width // 2, tops[ranks[n]], width, height)
        for n, (width, height) in enumerate(sizes)
    ]
    routes: list[list[tuple[int, int]]] = []
    ports = _ports(boxes, edges, chains, x)
    for n, (source, target) in enumerate(edges):
        if n not in chains:
            routes.append(_loop(boxes[source], boxes[target]))
            continue
        begin, end = ports[n]
        route = [(begin, boxes[source].y + boxes[source].height)]
        for rank, joint in enumerate(chains[n][1:-1], ranks[source] + 1):
            route += [(x[joint], tops[rank]), (x[joint], bottoms[rank])]
        route.append((end, boxes[target].y))
        routes.append(route)
    left = min((p for route in routes for p, _ in route), default=0)
    left = min([left, *(box.x for box in boxes)], default=0)
    right = max([*(box.x + box.width for box in boxes), *(p for r in routes for p, _ in r)] or [0])
    return Layout(
        [Box(box.x - left, box.y, box.width, box.height) for box in boxes],
        [[(px - left, py) for px, py in route] for route in routes],
        right - left,
        max(y - gap_y, 0),
    )


def _without_cycles(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Returns the numbers of the edges that remain if those are left out that lead back to a node
    whose successors are still being visited.
    """
    outgoing: list[list[int]] = [[] for _ in range(count)]
    for n, (source, _) in enumerate(edges):
        outgoing[source].append(n)
    state = [0] * count
    kept: list[int] = []
    for root in range(count):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(outgoing[root]))]
        while stack:
            node, waiting = stack[-1]
            edge = next(waiting, None)
            if edge is None:
                state[node] = 2
                stack.pop()
                continue
            target = edges[edge][1]
            if state[target] == 1:
                continue
            kept.append(edge)
            if not state[target]:
                state[target] = 1
                stack.append((target, iter(outgoing[target])))
    return sorted(kept)


def _ranks(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Returns ranks by longest paths from above; then what no more edges enter than leave moves
    down to the first of its successors.
    """
    incoming: list[list[int]] = [[] for _ in range(count)]
    outgoing: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        incoming[target].append(source)
        outgoing[source].append(target)
    missing = [len(sources) for sources in incoming]
    ready = [n for n in range(count) if not missing[n]]
    ranks = [0] * count
    for node in ready:
        for target in outgoing[node]:
            ranks[target] = max(ranks[target], ranks[node] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    for node in reversed(ready):
        if outgoing[node] and len(incoming[node]) <= len(outgoing[node]):
            ranks[node] = min(ranks[target] for target in outgoing[node]) - 1
    return ranks


def _with_joints(
    sizes: Sequence[tuple[int, int]],
    edges: Sequence[tuple[int, int]],
    forward: Sequence[int],
    ranks: Sequence[int],
) -> tuple[dict[int, list[int]], list[list[int]], list[int]]:
    """Returns each forward edge as a chain of nodes and of joints, one for each rank that it
    passes; the nodes and joints of each rank; and the width of each.
    """
    nodes_of_rank: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for node, rank in enumerate(ranks):
        nodes_of_rank[rank].append(node)
    widths = [width for width, _ in sizes]
    chains: dict[int, list[int]] = {}
    for edge in forward:
        source, target = edges[edge]
        chain = [source]
        for rank in range(ranks[source] + 1, ranks[target]):
            chain.append(len(widths))
            nodes_of_rank[rank].append(len(widths))
            widths.append(8)
        chains[edge] = [*chain, target]
    return chains, nodes_of_rank, widths


def _neighbours(
    chains: dict[int, list[int]], count: int
) -> tuple[list[list[int]], list[list[int]]]:
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for chain in chains.values():
        for upper, lower in pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    return above, below


def _order(ranks: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Sorts each rank by the means of its neighbours' places, downwards and upwards in turn; keeps
    the order with the fewest crossings.
    """
    best, fewest = [rank[:] for rank in ranks], _crossings(ranks, below)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for n in range(1, len(ranks)) if down else range(len(ranks) - 2, -1, -1):
            fixed = ranks[n - 1] if down else ranks[n + 1]
            place = {node: at for at, node in enumerate(fixed)}
            own = {node: at for at, node in enumerate(ranks[n])}
            near = above if down else below

            def key(
                node: int,
                near: list[list[int]] = near,
                place: dict[int, int] = place,
                own: dict[int, int] = own,
            ) -> tuple[int, int]:
                known = [place[other] for other in near[node]]
                mean = sum(known) * SCALE // len(known) if known else own[node] * SCALE
                return mean, own[node]

            ranks[n].sort(key=key)
        crossings = _crossings(ranks, below)
        if crossings < fewest:
            best, fewest = [rank[:] for rank in ranks], crossings
    ranks[:] = best


def _crossings(ranks: list[list[int]], below: list[list[int]]) -> int:
    """Pairs of edges between neighbouring ranks that cross: inversions, counted by insertion into a
    Fenwick tree.
    """
    total = 0
    for upper, lower in pairwise(ranks):
        place = {node: at for at, node in enumerate(lower)}
        tree = [0] * (len(lower) + 1)
        seen = 0
        for node in upper:
            ends = sorted(place[other] for other in below[node])
            for end in ends:
                smaller, at = 0, end + 1
                while at:
                    smaller += tree[at]
                    at -= at & -at
                total += seen - smaller
            for end in ends:
                at = end + 1
                while at < len(tree):
                    tree[at] += 1
                    at += at & -at
            seen += len(ends)
    return total


def _places(
    ranks: list[list[int]],
    widths: list[int],
    above: list[list[int]],
    below: list[list[int]],
    gap: int,
) -> list[int]:
    """Returns the middle of each node: near the median of its neighbours', without overlaps."""
    x = [0] * len(widths)
    for rank in ranks:
        at = 0
        for node in rank:
            x[node] = at + widths[node] // 2
            at += widths[node] + gap
    widest = max((x[rank[-1]] + widths[rank[-1]] // 2 for rank in ranks if rank), default=0)
    for rank in ranks:
        shift = (widest - (x[rank[-1]] + widths[rank[-1]] // 2)) // 2 if rank else 0
        for node in rank:
            x[node] += shift
    # What has one edge alone follows the other end and does not pull it aside.
    ends = {n for n in range(len(widths)) if len(above[n]) + len(below[n]) == 1}
    pulling = [
        [[other for other in own if other not in ends] or own for own in side]
        for side in (above, below)
    ]
    for sweep in range(2 * SWEEPS + 1):
        down = sweep % 2 == 0
        near = pulling[0 if down else 1]
        for rank in ranks if down else reversed(ranks):
            _settle(rank, x, widths, near, gap, ends)
    return x


def _settle(
    rank: list[int],
    x: list[int],
    widths: list[int],
    near: list[list[int]],
    gap: int,
    ends: set[int],
) -> None:
    """Moves the nodes of a rank to where they want to be, those with the most neighbours first and
    the `ends` of one edge last; those that have no room push the others no further than they must.
    """
    wanted = {
        node: _median(sorted(x[other] for other in near[node])) for node in rank if near[node]
    }
    order = sorted(range(len(rank)), key=lambda at: (rank[at] in ends, -len(near[rank[at]]), at))
    fixed: set[int] = set()
    for at in order:
        node = rank[at]
        if node not in wanted:
            continue
        low = high = None
        room = 0
        for left in range(at - 1, -1, -1):
            room += (widths[rank[left]] + widths[rank[left + 1]] + 1) // 2 + gap
            if left in fixed:
                low = x[rank[left]] + room
                break
        room = 0
        for right in range(at + 1, len(rank)):
            room += (widths[rank[right]] + widths[rank[right - 1]] + 1) // 2 + gap
            if right in fixed:
                high = x[rank[right]] - room
                break
        target = wanted[node]
        if low is not None:
            target = max(target, low)
        if high is not None:
            target = min(target, high)
        x[node] = target
        fixed.add(at)
        for step in (-1, 1):
            other = at + step
            while 0 <= other < len(rank) and other not in fixed:
                before = rank[other - step]
                distance = (widths[rank[other]] + widths[before] + 1) // 2 + gap
                here = x[rank[other]]
                moved = (
                    max(here, x[before] + distance) if step > 0 else min(here, x[before] - distance)
                )
                if moved == here:
                    break
                x[rank[other]] = moved
                other += step


def _median(places: list[int]) -> int:
    middle = len(places) // 2
    if len(places) % 2:
        return places[middle]
    return (places[middle - 1] + places[middle]) // 2


def _ports(
    boxes: Sequence[Box],
    edges: Sequence[tuple[int, int]],
    chains: dict[int, list[int]],
    x: list[int],
) -> dict[int, tuple[int, int]]:
    """Returns where each forward edge leaves its source and enters its target: side by side, in the
    order of their other ends.
    """
    leaving: dict[int, list[int]] = {}
    entering: dict[int, list[int]] = {}
    for edge in chains:
        leaving.setdefault(edges[edge][0], []).append(edge)
        entering.setdefault(edges[edge][1], []).append(edge)
    ends: dict[int, list[int]] = {edge: [0, 0] for edge in chains}
    for side, groups in enumerate((leaving, entering)):
        for node, own in groups.items():
            own.sort(key=lambda edge: (x[chains[edge][1 if side == 0 else -2]], edge))
            box = boxes[node]
            for n, edge in enumerate(own, 1):
                ends[edge][side] = box.x + box.width * n // (len(own) + 1)
    return {edge: (begin, end) for edge, (begin, end) in ends.items()}


def _loop(source: Box, target: Box) -> list[tuple[int, int]]:
    """Returns the route of an edge against the direction: out at the right, and back above."""
    right = max(source.x + source.width, target.x + target.width) + 14
    low, high = source.y + source.height, target.y
    start, end = source.x + source.width * 3 // 4, target.x + target.width * 3 // 4
    return [
        (start, low),
        (start, low + 10),
        (right, low + 10),
        (right, high - 10),
        (end, high - 10),
        (end, high),
    ]
