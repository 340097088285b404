"""Boxes in boxes, and what flows between them: what is drawn of a dispatch graph, and of a graph in
Graphviz's language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

KIND = "dispatches"


@dataclass
class GraphNode:
    """A box: a dispatch region with its ops, an input, a result, an op of the host, or a function,
    loop or choice with a graph of its own.
    """

    kind: str
    """`region`, `input`, `result`, `host`, `block`, or `box` for one of any other graph."""
    title: str
    serial: int
    ops: list[str] = field(default_factory=list)
    """What is computed in it, a line each."""
    hidden: int = 0
    """How many further ops it has."""
    serials: list[int] = field(default_factory=list)
    """The nodes of the record that are in it."""
    notes: list[str] = field(default_factory=list)
    """What else there is to say: its constants, its workload."""
    entry_point: str = ""
    executable: str = ""
    reasons: list[str] = field(default_factory=list)
    """Why its ops share a dispatch."""
    inner: BoxGroup | None = None
    text: str = ""
    """What is shown when the box is opened: of a region, the loop nests that it became."""
    number: int = -1
    """Its place among all boxes, each before those in it."""

    @property
    def label(self) -> str:
        """What a screen reader says for the box."""
        kind = {"region": "dispatch", "box": "", "host": "host op"}.get(self.kind, self.kind)
        return ": ".join(part for part in (kind, self.title, ", ".join(self.ops)) if part)


@dataclass
class GraphEdge:
    """What flows from one box to another."""

    source: int
    """Number of a node in its group, as is `target`."""
    target: int
    lines: list[str]
    """`16x128xf32 · 8 KB`, for each value."""
    reasons: list[str] = field(default_factory=list)
    """Why the two are not one dispatch."""


@dataclass
class BoxGroup:
    """The boxes of one block and what flows between them."""

    nodes: list[GraphNode] = field(default_factory=list)
    """Each before those that it flows to, but inputs where they are first met."""
    edges: list[GraphEdge] = field(default_factory=list)


class BoxGraph:
    """View model of such a graph."""

    def __init__(self, group: BoxGroup, title: str):
        self.group = group
        self.title = title
        self.nodes = list(numbered(group))

    @property
    def label(self) -> str:
        """One line about the whole."""
        return self.title

    def dot(self) -> str:
        """Returns the graph in Graphviz's language: a record for each box, a cluster for each
        block.
        """
        lines = ["digraph dispatches {", "  compound=true; node [shape=box fontname=monospace];"]
        _dot_group(self.group, lines, "  ")
        return "\n".join([*lines, "}", ""])

    def state(self) -> dict[str, Any]:
        """Returns what a script gets beside the picture: the facts of each box and edge, by number."""
        return {
            "kind": KIND,
            "nodes": [_node_state(node) for node in self.nodes],
            "edges": [
                {
                    "source": group.nodes[edge.source].number,
                    "target": group.nodes[edge.target].number,
                    "lines": edge.lines,
                    "reasons": edge.reasons,
                }
                for group in groups(self.group)
                for edge in group.edges
            ],
        }


def _node_state(node: GraphNode) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "title": node.title,
        "serials": node.serials,
        "ops": node.ops,
        "notes": node.notes,
        "entryPoint": node.entry_point,
        "reasons": node.reasons,
        "text": node.text,
    }


def numbered(group: BoxGroup, start: int = 0) -> Iterator[GraphNode]:
    """Numbers the boxes; yields all of them, each before those in it."""
    for node in group.nodes:
        node.number = start
        start += 1
        yield node
        if node.inner is not None:
            for inner in numbered(node.inner, start):
                start += 1
                yield inner


def groups(group: BoxGroup) -> Iterator[BoxGroup]:
    """Yields the group and all within it, in the order of the boxes."""
    yield group
    for node in group.nodes:
        if node.inner is not None:
            yield from groups(node.inner)


def _dot_group(group: BoxGroup, lines: list[str], indent: str) -> None:
    for node in group.nodes:
        if node.inner is not None:
            lines.append(f"{indent}subgraph cluster_{node.number} {{")
            lines.append(f"{indent}  label={_quoted(node.title)};")
            _dot_group(node.inner, lines, indent + "  ")
            lines.append(f"{indent}}}")
            continue
        shape = " style=rounded" if node.kind != "region" else ""
        text = [node.title, *node.ops, *([node.entry_point] if node.entry_point else [])]
        lines.append(f"{indent}n{node.number} [label={_quoted(*text)}{shape}];")
    for edge in group.edges:
        source, target = group.nodes[edge.source], group.nodes[edge.target]
        ends = f"n{_inner_end(source, -1).number} -> n{_inner_end(target, 0).number}"
        options = [f"label={_quoted(*edge.lines)}"] if edge.lines else []
        options += [f"ltail=cluster_{source.number}"] * (source.inner is not None)
        options += [f"lhead=cluster_{target.number}"] * (target.inner is not None)
        options += [f"tooltip={_quoted(*edge.reasons)}"] if edge.reasons else []
        lines.append(f"{indent}{ends} [{' '.join(options)}];")


def _inner_end(node: GraphNode, which: int) -> GraphNode:
    """Returns the box itself, or of a cluster, which can't be the end of an edge, the first or last
    box.
    """
    while node.inner is not None and node.inner.nodes:
        node = node.inner.nodes[which]
    return node


def _quoted(*lines: str) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
