"""Graphs written in Graphviz's language by other tools, as `iree-compile` dumps them."""

from __future__ import annotations

import json
from typing import Any

from ireelite.status import StatusCode, StatusError, invalid_argument
from workbench.model.box_graph import BoxGraph, BoxGroup, GraphEdge, GraphNode

MAX_LINES = 12


def read_dot(text: str, title: str = "") -> BoxGraph:
    """Reads DOT text through the package `graphviz`, which asks the program `dot` to parse it; the
    layout is our own.

    Raises UNAVAILABLE if the package or the program is not installed, INVALID_ARGUMENT with the
    program's words for text that it does not accept.
    """
    parsed = json.loads(_parsed(text))
    objects = parsed.get("objects", [])
    clusters = {one["_gvid"] for one in objects if "nodes" in one or "subgraphs" in one}
    kept = [one for one in objects if one["_gvid"] not in clusters]
    numbers = {one["_gvid"]: n for n, one in enumerate(kept)}
    edges = [
        GraphEdge(numbers[one["tail"]], numbers[one["head"]], _lines(one.get("label", ""), ""))
        for one in parsed.get("edges", [])
    ]
    group = BoxGroup([_node(one) for one in kept], edges)
    name = parsed.get("name", "")
    title = title or (name if not name.startswith("%") else "") or "A graph"
    return BoxGraph(group, f"{title}: {len(kept)} nodes, {len(edges)} edges")


def _node(one: dict[str, Any]) -> GraphNode:
    lines = _lines(one.get("label", "\\N"), one["name"]) or [one["name"]]
    return GraphNode("box", lines[0], -1, lines[1:])


def _parsed(text: str) -> str:
    try:
        import graphviz
        from graphviz.backend import ExecutableNotFound
    except ImportError as error:
        raise StatusError(
            StatusCode.UNAVAILABLE,
            "reading DOT needs the Python package 'graphviz': pip install graphviz",
        ) from error
    try:
        return graphviz.Source(text).pipe(format="dot_json", encoding="utf-8", quiet=True)
    except ExecutableNotFound as error:
        raise StatusError(
            StatusCode.UNAVAILABLE,
            "reading DOT needs Graphviz's program 'dot', which is not on the PATH: install graphviz",
        ) from error
    except graphviz.CalledProcessError as error:
        words = str(error.stderr or error).strip()
        raise invalid_argument(f"this is no DOT text: {words}") from error


def _lines(label: str, name: str) -> list[str]:
    """Returns the lines of a label; fields of a record are lines."""
    label = label.replace("\\N", name)
    for mark in ("\\n", "\\l", "\\r", "|"):
        label = label.replace(mark, "\n")
    lines = [line.strip(" {}") for line in label.split("\n")]
    return [line for line in lines if line][:MAX_LINES]
