"""Draws a dispatch graph: boxes from above to below, frames around loops, and on each edge what
flows along it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from workbench.model.box_graph import BoxGraph, BoxGroup, GraphEdge, GraphNode
from workbench.model.layered_layout import Layout, layered
from workbench.render.svg import Drawing, arrow_head, fitted, points, text_width, wrapped

SIZE = 9.5
TITLE = 11.5
LEADING = 13
WIDEST = 300
NARROWEST = 110
PADDING = 10
FRAME_HEAD = 26
REASON_WIDTH = 190
LABEL_GAP = 18
FIGURES = re.compile(r" \([\d,]+ operations repeated\)$")
LOOKS = {
    "region": "fill-paleblue stroke-blue",
    "input": "fill-card stroke-line",
    "result": "fill-card stroke-line",
    "host": "fill-card stroke-muted",
    "box": "fill-paleblue stroke-blue",
    "block": "open stroke-line",
}


@dataclass
class Placed:
    """A box with the size that its text needs, and the layout of what is in it."""

    node: GraphNode
    lines: list[tuple[str, str]]
    """(text, classes) of each line below the title."""
    width: int
    height: int
    inner: PlacedGroup | None = None


@dataclass
class PlacedGroup:
    """The boxes of a group, then the labels of its edges, and where all of them are."""

    boxes: list[Placed]
    labels: list[list[tuple[str, str]]]
    layout: Layout
    edges: list[GraphEdge] = field(default_factory=list)


def draw_dispatches(model: BoxGraph) -> Drawing:
    """Returns the whole graph, as wide as it is."""
    placed = place_group(model.group)
    drawing = Drawing(max(placed.layout.width, 200) + 4, placed.layout.height + 4)
    _group(drawing, placed, 2, 2)
    return drawing


def place_group(group: BoxGroup) -> PlacedGroup:
    """Lays out a group, and what is in its boxes before it."""
    boxes = [_placed(node) for node in group.nodes]
    labels = [_label_lines(group, edge) for edge in group.edges]
    sizes = [(box.width, box.height) for box in boxes]
    ends: list[tuple[int, int]] = []
    for edge, lines in zip(group.edges, labels, strict=True):
        if lines:
            ends += [(edge.source, len(sizes)), (len(sizes), edge.target)]
            sizes.append(_label_size(lines))
        else:
            ends.append((edge.source, edge.target))
    return PlacedGroup(boxes, labels, layered(sizes, ends, gap_y=LABEL_GAP), group.edges)


def _placed(node: GraphNode) -> Placed:
    if node.inner is not None:
        inner = place_group(node.inner)
        title = int(text_width(node.title, TITLE, True)) + 24
        width = max(inner.layout.width + 2 * PADDING, title, NARROWEST)
        height = inner.layout.height + FRAME_HEAD + PADDING
        return Placed(node, [], width, height, inner)
    lines = [(line, "fill-ink mono") for line in node.ops]
    if node.hidden > 0:
        lines.append((f"+ {node.hidden} more op{'s' * (node.hidden > 1)}", "fill-muted"))
    lines += [(note, "fill-muted") for note in node.notes]
    if node.entry_point:
        lines.append((node.entry_point, "fill-muted mono"))
    widest = max([text_width(line, SIZE, "mono" in look) for line, look in lines], default=0)
    wanted = max(widest, text_width(node.title, TITLE)) + 2 * PADDING
    width = min(max(int(wanted) + 1, NARROWEST), WIDEST)
    return Placed(node, lines, width, 24 + LEADING * len(lines))


def _label_lines(group: BoxGroup, edge: GraphEdge) -> list[tuple[str, str]]:
    """Returns the lines of an edge's label: the tensors that flow, unless the source is an input,
    whose box names them; and why its dispatches are apart.
    """
    lines: list[tuple[str, str]] = []
    if group.nodes[edge.source].kind != "input":
        lines += [(line, "fill-ink mono") for line in edge.lines]
    for reason in edge.reasons[:1]:
        why = FIGURES.sub("", reason.partition(": apart, ")[2])
        lines += [(row, "fill-muted") for row in wrapped(f"apart: {why}", REASON_WIDTH, 9, 3)]
    return lines


def _label_size(lines: list[tuple[str, str]]) -> tuple[int, int]:
    widest = max([text_width(line, SIZE, "mono" in look) for line, look in lines], default=0)
    return int(widest) + 8, 12 * len(lines) + 4 * bool(lines)


def _group(drawing: Drawing, placed: PlacedGroup, x: int, y: int) -> None:
    count = len(placed.boxes)
    boxes = placed.layout.boxes
    labels, routes = iter(boxes[count:]), iter(placed.layout.routes)
    for n, edge in enumerate(placed.edges):
        ends = [placed.boxes[end].node.number for end in (edge.source, edge.target)]
        what = ", ".join(edge.lines) + "".join(f"\n{reason}" for reason in edge.reasons)
        drawing.open(f'class="edge" data-source="{ends[0]}" data-target="{ends[1]}"', what)
        if placed.labels[n]:
            _route(drawing, next(routes), x, y, False)
            _route(drawing, next(routes), x, y, True)
            box = next(labels)
            for row, (line, look) in enumerate(placed.labels[n]):
                middle = x + box.x + box.width / 2
                drawing.text(middle, y + box.y + 11 + 12 * row, line, SIZE, look, "middle")
        else:
            _route(drawing, next(routes), x, y, True)
        drawing.close()
    for box, place in zip(placed.boxes, boxes[:count], strict=True):
        _box(drawing, box, x + place.x, y + place.y)


def _route(drawing: Drawing, route: list[tuple[int, int]], x: int, y: int, arrow: bool) -> None:
    """Draws a line that leaves and enters each rank vertically."""
    shifted = [(x + px, y + py) for px, py in route]
    (begin_x, begin_y), (end_x, end_y) = shifted[0], shifted[-1]
    d = f"M{points(begin_x, begin_y)}"
    for (ax, ay), (bx, by) in pairwise(shifted):
        last = arrow and (bx, by) == shifted[-1]
        by -= 6 if last else 0
        if ax == bx:
            d += f"V{points(by)}"
        else:
            middle = (ay + by) / 2
            d += f"C{points(ax, middle, bx, middle, bx, by)}"
    drawing.path(d, "line open stroke-muted")
    if arrow:
        drawing.path(arrow_head(end_x, end_y, 0, 1, 4.5), "fill-muted bare")


def _box(drawing: Drawing, placed: Placed, x: int, y: int) -> None:
    node, width, height = placed.node, placed.width, placed.height
    if placed.inner is not None:
        drawing.rect(x, y, width, height, f"frame {LOOKS['block']}", 9)
        drawing.text(x + PADDING, y + 17, node.title, TITLE, "fill-muted mono bold")
        shift = (width - placed.inner.layout.width) // 2
        _group(drawing, placed.inner, x + shift, y + FRAME_HEAD)
        return
    drawing.open(
        f'class="node {node.kind}" data-node="{node.number}" tabindex="-1" role="button" '
        f'aria-label="{escape(node.label)}"'
    )
    rounded = 6 if node.kind in ("region", "box", "host") else 12
    dashes = 'stroke-dasharray="5 3"' if node.kind == "host" else ""
    drawing.rect(x, y, width, height, f"card {LOOKS[node.kind]}", rounded, dashes)
    bold = node.kind in ("region", "box")
    look = "fill-ink bold" if bold else "fill-ink mono"
    room = width - 2 * PADDING + 4
    size = TITLE if bold else SIZE + 0.5
    title = fitted(node.title, room, size, "mono" in look)
    drawing.text(x + width / 2, y + 16, title, size, look, "middle")
    for row, (line, classes) in enumerate(placed.lines):
        shown = fitted(line, room, SIZE, "mono" in classes)
        drawing.text(x + width / 2, y + 30 + LEADING * row, shown, SIZE, classes, "middle")
    drawing.close()
