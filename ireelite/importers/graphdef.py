"""Reads a TensorFlow `GraphDef` into the `tf` dialect.

A GraphDef has no signature. Fetches are its sinks in node order, and feeds the Placeholders that
they need in node order, unless they are named. Only what the fetches need is read: a graph may hold
nodes for saving or initializing that no program has. Source: TensorFlow's `graph.proto` and
`node_def.proto`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from xdsl.dialects.builtin import ModuleOp, NameLoc, NoneAttr, StringAttr
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite.dialects.tf import FetchOp, GraphOp, NodeOp, ShapeAttr, node_class
from ireelite.importers.graphdef_bytes import parse_graphdef
from ireelite.importers.tf_nodes import (
    node_attributes,
    ranked,
    result_count,
    result_element,
    result_types,
)
from ireelite.importers.tf_types import NO_TENSOR
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found

PLACEHOLDERS = ("Placeholder", "PlaceholderV2")
"""Ops whose nodes are feeds unless feeds are named."""

OP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.>]*")
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


class Tensor(NamedTuple):
    """One result of a node."""

    node: str
    position: int

    def __str__(self) -> str:
        return f"{self.node}:{self.position}" if self.position else self.node


def import_graphdef(
    data: bytes,
    export: str,
    name: str = "<memory>",
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
) -> ModuleOp:
    """A module with one `tf.graph`, named `export`.

    `inputs` and `outputs` name tensors as TensorFlow does (`arg0`, `arg0:0`, `split:1`) and replace
    the default feeds and fetches. `input_shapes` gives feeds the sizes that the graph leaves open.
    Raises INVALID_ARGUMENT for what is not a GraphDef or contradicts it, and NOT_FOUND for a name
    that is not in it.
    """
    nodes = _named_nodes(parse_graphdef(data, name), name)
    graph = _Graph(name, nodes)
    fetches = [graph.tensor(text) for text in outputs] if outputs else _sinks(nodes)
    if not fetches:
        graph.in_order(Tensor(node, 0) for node in nodes)  # a cycle has no sink
        raise invalid_argument(f"{name}: no node of the graph has a result to fetch")
    feeds = [graph.tensor(text) for text in inputs or ()] or graph.placeholders(fetches)
    if len(set(feeds)) < len(feeds):
        twice = next(feed for feed in feeds if feeds.count(feed) > 1)
        raise invalid_argument(f"{name}: '{twice}' is an input twice")
    shapes = {graph.tensor(text): tuple(sizes) for text, sizes in (input_shapes or {}).items()}
    for tensor in shapes.keys() - set(feeds):
        known = ", ".join(map(str, feeds))
        raise invalid_argument(
            f"{name}: a shape is given for '{tensor}', which is no input: {known}"
        )
    for feed in feeds:
        graph.add_feed(feed, shapes.get(feed))
    for node in graph.in_order(fetches):
        graph.add_node(node)
    graph.block.add_op(FetchOp([graph.values[fetch] for fetch in fetches]))
    fed = [graph.feeds[feed].node_name.data for feed in feeds]
    op = GraphOp(export, fed, list(outputs or map(str, fetches)), Region(graph.block))
    op.location = NameLoc(StringAttr(export), NoneAttr())
    return ModuleOp([op])


def _named_nodes(graph: Any, source: str) -> dict[str, Any]:
    """Nodes by name. Raises INVALID_ARGUMENT for a name that is malformed or there twice."""
    nodes: dict[str, Any] = {}
    for position, node in enumerate(graph.node):
        name = node.name
        if not name:
            raise invalid_argument(f"{source}: node {position} ({node.op or 'no op'}) has no name")
        if CONTROL_CHARACTER.search(name) or ":" in name or name.startswith("^"):
            raise invalid_argument(
                f"{source}: {name!r} can't be the name of a node: it has a colon, a caret or a "
                "control character"
            )
        if not OP_NAME.fullmatch(node.op):
            raise invalid_argument(f"{source}: node '{name}' has no valid op: {node.op!r}")
        if name in nodes:
            raise invalid_argument(f"{source}: two nodes are called '{name}'")
        nodes[name] = node
    return nodes


def split(reference: str) -> Tensor | None:
    """`name:2` as a tensor, where a missing index is 0; None for what is no such reference."""
    name, colon, index = reference.partition(":")
    if not name or (colon and not (index.isascii() and index.isdecimal())):
        return None
    return Tensor(name, int(index) if colon else 0)


def _sinks(nodes: dict[str, Any]) -> list[Tensor]:
    """The results to fetch where they are not named: nodes without successors, in node order.

    If each has a successor, those that nothing with a result reads or waits for. Strings come last:
    they name files and classes, and programs do not return them.
    """
    with_data = [name for name, node in nodes.items() if result_count(node) > 0]
    returned = [name for name in with_data if not _is_no_tensor(nodes[name])]
    edges = [reference for node in nodes.values() for reference in node.input]
    after = {_producer(reference) for reference in edges}
    inner = {_producer(reference) for reference in edges if not reference.startswith("^")}
    inner |= _before(with_data, nodes)
    for candidates, excluded in ((returned, after), (returned, inner), (with_data, inner)):
        if sinks := [Tensor(name, 0) for name in candidates if name not in excluded]:
            return sinks
    return []


def _is_no_tensor(node: Any) -> bool:
    """Whether a node's result is not an array of numbers, as far as the node states it."""
    stated = (node.attr[key] for key in ("dtype", "T") if key in node.attr)
    return any(value.type in NO_TENSOR for value in stated)


def _producer(reference: str) -> str:
    return reference.removeprefix("^").partition(":")[0]


def _before(names: Iterable[str], nodes: dict[str, Any]) -> set[str]:
    """The nodes that these wait for, directly or not."""
    before: set[str] = set()
    pending = list(names)
    while pending:
        node = nodes.get(pending.pop())
        for reference in () if node is None else node.input:
            if reference.startswith("^") and reference[1:] not in before:
                before.add(reference[1:])
                pending.append(reference[1:])
    return before


@dataclass
class _Graph:
    """A `tf.graph` while it is made."""

    source: str
    nodes: dict[str, Any]
    block: Block = field(default_factory=Block)
    values: dict[Tensor, SSAValue] = field(default_factory=dict)
    done: dict[str, SSAValue] = field(default_factory=dict)
    feeds: dict[Tensor, NodeOp] = field(default_factory=dict)

    def tensor(self, text: str) -> Tensor:
        """The tensor that a user names. Raises NOT_FOUND and INVALID_ARGUMENT."""
        tensor = split(text.strip())
        if tensor is None:
            raise invalid_argument(
                f"{self.source}: '{text}' does not name a tensor; expected `node` or `node:index`"
            )
        if tensor.node not in self.nodes:
            near = near_names(tensor.node, list(self.nodes))
            raise not_found(f"{self.source} has no node '{tensor.node}'{near}")
        if tensor.position >= result_count(self.nodes[tensor.node]):
            raise not_found(
                f"{self.source}: node '{tensor.node}' has no output {tensor.position} to fetch"
            )
        return tensor

    def add_feed(self, feed: Tensor, shape: tuple[int, ...] | None) -> None:
        """Adds a Placeholder for a feed, whatever computes that tensor in the graph."""
        node = self.nodes[feed.node]
        attributes = node_attributes(node, self.source)
        if node.op not in PLACEHOLDERS:
            types = result_types(node, attributes)
            attributes = {"dtype": result_element(node.op, attributes)}
        else:
            types = result_types(node, attributes)
        if shape is not None:
            stated = attributes.get("shape")
            self._check_shape(feed, stated, shape)
            attributes["shape"] = ShapeAttr.of(shape)
            types = [ranked(result_element(node.op, attributes), shape)]
        op_class = node_class("Placeholder")
        assert issubclass(op_class, NodeOp)
        is_whole_node = result_count(node) == 1
        name = feed.node if is_whole_node else f"{feed.node}:{feed.position}"
        op = op_class(name, [], [], attributes, types[:1])
        self._place(op, feed.node)
        self.values[feed] = op.outputs[0]
        self.feeds[feed] = op
        if is_whole_node:
            self.done[feed.node] = op.done

    def _check_shape(self, feed: Tensor, stated: Attribute | None, shape: tuple[int, ...]) -> None:
        if any(not isinstance(size, int) or size < 0 for size in shape):
            raise invalid_argument(
                f"{self.source}: the shape {list(shape)} of input '{feed}' must be whole numbers"
            )
        if not isinstance(stated, ShapeAttr):
            return
        dims = stated.as_tuple()
        if len(dims) != len(shape) or any(d not in (-1, s) for d, s in zip(dims, shape)):
            raise invalid_argument(
                f"{self.source}: input '{feed}' can't have the shape {list(shape)}; the graph says "
                f"{[size if size >= 0 else '?' for size in dims]}".replace("'?'", "?")
            )

    def in_order(self, fetches: Iterable[Tensor]) -> list[Any]:
        """The nodes that the fetches need and no feed replaces, every edge pointing forward;
        otherwise in the graph's own order.
        """
        needed = self._needed(fetches)
        order: list[Any] = []
        finished: dict[str, bool] = {}
        for root in (name for name in self.nodes if name in needed):
            stack = [(root, False)]
            while stack:
                name, ready = stack.pop()
                if ready:
                    finished[name] = True
                    order.append(self.nodes[name])
                elif name not in finished:
                    finished[name] = False
                    stack.append((name, True))
                    before = self._producers(self.nodes[name])
                    stack += [(p, False) for p in reversed(before) if not finished.get(p)]
                elif not finished[name]:
                    raise StatusError(
                        StatusCode.UNIMPLEMENTED,
                        f"{self.source}: node '{name}' is part of a cycle; TensorFlow 1 loops are "
                        "not supported",
                    )
        return order

    def placeholders(self, fetches: Iterable[Tensor]) -> list[Tensor]:
        """The Placeholders that the fetches need, in node order."""
        needed = self._needed(fetches)
        return [
            Tensor(node.name, 0)
            for node in self.nodes.values()
            if node.op in PLACEHOLDERS and node.name in needed
        ]

    def _needed(self, fetches: Iterable[Tensor]) -> set[str]:
        pending = [fetch.node for fetch in fetches if fetch not in self.values]
        needed: set[str] = set()
        while pending:
            if (name := pending.pop()) not in needed:
                needed.add(name)
                pending += self._producers(self.nodes[name])
        return needed

    def _producers(self, node: Any) -> list[str]:
        """Names of the nodes that a node reads or waits for, but for feeds.

        Raises INVALID_ARGUMENT for one that is not in the graph.
        """
        producers: list[str] = []
        for reference in node.input:
            is_control = reference.startswith("^")
            tensor = Tensor(reference[1:], 0) if is_control else split(reference)
            if tensor is None:
                raise invalid_argument(
                    f"{self.source}: node '{node.name}' reads '{reference}'; an input is written "
                    "`node`, `node:index` or `^node`"
                )
            if tensor.node not in self.nodes:
                raise invalid_argument(
                    f"{self.source}: node '{node.name}' reads '{tensor.node}', which is not in the "
                    "graph"
                )
            if tensor.node not in self.done if is_control else tensor not in self.values:
                producers.append(tensor.node)
        return producers

    def add_node(self, node: Any) -> None:
        """Adds a node, with its operands. Raises INVALID_ARGUMENT."""
        data: list[SSAValue] = []
        control: list[SSAValue] = []
        for reference in node.input:
            if reference.startswith("^"):
                control.append(self.done[reference[1:]])
            elif (value := self.values.get(split(reference) or Tensor("", 0))) is not None:
                data.append(value)
            else:
                raise invalid_argument(
                    f"{self.source}: node '{node.name}' reads '{reference}', which has no such "
                    "output"
                )
        attributes = node_attributes(node, self.source)
        op_class = node_class(node.op)
        assert issubclass(op_class, NodeOp)
        op = op_class(node.name, data, control, attributes, result_types(node, attributes))
        self._place(op, node.name)
        for index, result in enumerate(op.outputs):
            self.values.setdefault(Tensor(node.name, index), result)
        self.done[node.name] = op.done

    def _place(self, op: NodeOp, name: str) -> None:
        op.location = NameLoc(StringAttr(name), NoneAttr())
        hint = re.sub(r"^(?=\d)|\W", "_", name, flags=re.ASCII)
        for result in op.outputs:
            result.name_hint = hint
        op.done.name_hint = f"{hint}_ctl"
        self.block.add_op(op)
