"""The layout of graphs: without overlaps, downwards, and the same everywhere."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

from workbench.model.layered_layout import Box, layered


def test_the_places_are_the_same_on_every_machine():
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 4), (3, 4), (4, 0), (5, 6)]
    layout = layered([(60, 20)] * 7, edges)
    assert [(box.x, box.y) for box in layout.boxes] == [
        (0, 0), (0, 60), (86, 60), (43, 120), (94, 180), (202, 0), (202, 60),
    ]  # fmt: skip
    assert layout.routes[-1] == [(232, 20), (232, 60)]
    assert (layout.width, layout.height) == (262, 200)


def overlap(first: Box, second: Box) -> bool:
    across = first.x < second.x + second.width and second.x < first.x + first.width
    return across and first.y < second.y + second.height and second.y < first.y + first.height


def test_boxes_of_random_graphs_do_not_overlap_and_edges_point_down():
    numbers = random.Random(7)
    for count in (1, 2, 9, 40):
        sizes = [(numbers.randrange(20, 200), numbers.randrange(10, 60)) for _ in range(count)]
        pairs = [
            sorted(numbers.sample(range(count), 2)) for _ in range(2 * count if count > 1 else 0)
        ]
        edges = [(source, target) for source, target in pairs]
        layout = layered(sizes, edges)
        assert not [pair for pair in combinations(layout.boxes, 2) if overlap(*pair)]
        for (source, target), route in zip(edges, layout.routes, strict=True):
            begin, end = layout.boxes[source], layout.boxes[target]
            assert begin.x <= route[0][0] <= begin.x + begin.width
            assert route[0][1] == begin.y + begin.height and route[-1][1] == end.y
            assert all(upper[1] <= lower[1] for upper, lower in pairwise(route))
        assert all(0 <= x <= layout.width for route in layout.routes for x, _ in route)


def test_a_cycle_and_an_empty_graph_have_a_layout():
    layout = layered([(30, 10), (30, 10)], [(0, 1), (1, 0), (0, 0)])
    assert layout.boxes[0].y < layout.boxes[1].y
    assert layered([], []).width == 0
