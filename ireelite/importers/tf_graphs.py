"""Builds one `tf.graph` from the nodes of a GraphDef, or of a function of its library."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects.builtin import NameLoc, NoneAttr, StringAttr
from xdsl.ir import Attribute, Block, SSAValue

from ireelite.dialects.tf import REGIONS, NodeOp, ShapeAttr, node_class
from ireelite.importers.tf_nodes import (
    node_attributes,
    ranked,
    result_element,
    result_types,
)
from ireelite.importers.tf_results import result_count
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import invalid_argument, near_names, not_found
from ireelite.whole_numbers import whole_number

PLACEHOLDERS = ("Placeholder", "PlaceholderV2")
"""Ops whose nodes are feeds unless feeds are named."""

BACK_EDGES = {"NextIteration": "Merge", "RefNextIteration": "RefMerge"}
"""Op of a node that ends a turn of a loop -> the op that begins the next one with its value."""

OP_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.>]*")
MAX_RESULTS = 1 << 16
"""Results of a node: an attribute may count them."""

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


class Tensor(NamedTuple):
    """One result of a node."""

    node: str
    position: int

    def __str__(self) -> str:
        return f"{self.node}:{self.position}" if self.position else self.node


def split(reference: str) -> Tensor | None:
    """Reads `name:2` as a tensor, where a missing index is 0; returns None for other text."""
    name, colon, index = reference.partition(":")
    position = whole_number(index) if colon else 0
    return Tensor(name, position) if name and position is not None else None


def named_nodes(nodes: Iterable[Any], source: str) -> dict[str, Any]:
    """Nodes by name. Raises INVALID_ARGUMENT for a name that is malformed or there twice."""
    named: dict[str, Any] = {}
    for position, node in enumerate(nodes):
        name = node.name
        if not name:
            raise invalid_argument(f"{source}: node {position} ({node.op or 'no op'}) has no name")
        if CONTROL_CHARACTER.search(name) or ":" in name or name.startswith("^"):
            raise invalid_argument(
                f"{source}: {name!r} can't be the name of a node: it has a colon, a caret or a "
                "control character"
            )
        if not OP_NAME.fullmatch(node.op) or node.op in REGIONS:
            raise invalid_argument(f"{source}: node '{name}' has no valid op: {node.op!r}")
        if (count := result_count(node)) > MAX_RESULTS:
            raise invalid_argument(
                f"{source}: node '{name}' ({node.op}) has {count} results; it can have "
                f"{MAX_RESULTS} at most"
            )
        called = (value.func.name for value in node.attr.values())
        for text in (*node.input, *node.attr, *called):
            if CONTROL_CHARACTER.search(text):
                raise invalid_argument(
                    f"{source}: node '{name}' refers to {text!r}, which has a control character"
                )
        if name in named:
            raise invalid_argument(f"{source}: two nodes are called '{name}'")
        named[name] = node
    return named


@dataclass
class GraphBuilder:
    """A `tf.graph` while it is made."""

    source: str
    """What errors call the graph: its file, and the function if it is one."""
    nodes: dict[str, Any]
    reference: Callable[[str], Tensor | None] = split
    """The tensor that a node's input names, without the caret of a control edge."""
    form: str = "`node`, `node:index` or `^node`"
    """How inputs are written."""
    contents: dict[str, bytes] = field(default_factory=dict)
    """Elements of constants that are kept apart from their nodes."""
    block: Block = field(default_factory=Block)
    values: dict[Tensor, SSAValue] = field(default_factory=dict)
    done: dict[str, SSAValue] = field(default_factory=dict)
    feeds: dict[Tensor, NodeOp] = field(default_factory=dict)
    later: list[tuple[NodeOp, int, Tensor]] = field(default_factory=list)
    """Operands of Merges that nodes further down compute."""

    def tensor(self, text: str) -> Tensor:
        """Returns the tensor that a user names. Raises NOT_FOUND and INVALID_ARGUMENT."""
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

    def add_feed(self, feed: Tensor, shape: tuple[int, ...] | None = None) -> None:
        """Adds a Placeholder for a feed, whatever computes that tensor in the graph."""
        node = self.nodes[feed.node]
        attributes = node_attributes(node, self.source, self.contents.get(feed.node, b""))
        types = result_types(node, attributes)
        if node.op not in PLACEHOLDERS:
            attributes = {"dtype": result_element(node.op, attributes)}
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
        """Returns the nodes that the fetches need and no feed replaces, every edge pointing forward
        but those from a NextIteration to a Merge; otherwise in the graph's own order.

        Raises INVALID_ARGUMENT for another cycle.
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
                    before = self._producers(self.nodes[name], with_back_edges=False)
                    stack += [(p, False) for p in reversed(before) if not finished.get(p)]
                elif not finished[name]:
                    raise invalid_argument(
                        f"{self.source}: node '{name}' is part of a cycle; a loop leads from a "
                        "NextIteration to a Merge"
                    )
        return order

    def placeholders(self, fetches: Iterable[Tensor]) -> list[Tensor]:
        """Returns the Placeholders that the fetches need, in node order."""
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

    def _producers(self, node: Any, with_back_edges: bool = True) -> list[str]:
        """Names of the nodes that a node reads or waits for, but for feeds.

        Raises INVALID_ARGUMENT for one that is not in the graph.
        """
        producers: list[str] = []
        for reference in node.input:
            is_control = reference.startswith("^")
            tensor = Tensor(reference[1:], 0) if is_control else self.reference(reference)
            if tensor is None:
                raise invalid_argument(
                    f"{self.source}: node '{node.name}' reads '{reference}'; an input is written "
                    f"{self.form}"
                )
            if tensor.node not in self.nodes:
                raise invalid_argument(
                    f"{self.source}: node '{node.name}' reads '{tensor.node}', which is not in the "
                    "graph"
                )
            if not with_back_edges and self._is_back_edge(tensor, node):
                continue
            if tensor.node not in self.done if is_control else tensor not in self.values:
                producers.append(tensor.node)
        return producers

    def _is_back_edge(self, tensor: Tensor, node: Any) -> bool:
        return BACK_EDGES.get(self.nodes[tensor.node].op) == node.op

    def add_node(self, node: Any) -> None:
        """Adds a node, with its operands. Raises INVALID_ARGUMENT."""
        data: list[SSAValue] = []
        control: list[SSAValue] = []
        later: list[tuple[int, Tensor]] = []
        for reference in node.input:
            if reference.startswith("^"):
                if (before := self.done.get(reference[1:])) is not None:
                    control.append(before)
                continue
            tensor = self.reference(reference) or Tensor("", 0)
            if tensor.node in self.nodes and self._is_back_edge(tensor, node):
                later.append((len(data) + len(later), tensor))
            elif (value := self.values.get(tensor)) is not None:
                data.append(value)
            else:
                raise invalid_argument(
                    f"{self.source}: node '{node.name}' reads '{reference}', which has no such "
                    f"output{self._counted(tensor.node)}"
                )
        if later and not data:
            raise invalid_argument(
                f"{self.source}: node '{node.name}' (Merge) has no value before the first turn of "
                "its loop"
            )
        for position, _ in later:
            data.insert(position, data[0])  # until the value is there
        attributes = node_attributes(node, self.source, self.contents.get(node.name, b""))
        op_class = node_class(node.op)
        assert issubclass(op_class, NodeOp)
        op = op_class(node.name, data, control, attributes, result_types(node, attributes))
        self._place(op, node.name)
        self.later += [(op, position, tensor) for position, tensor in later]
        for index, result in enumerate(op.outputs):
            self.values.setdefault(Tensor(node.name, index), result)
        self.done[node.name] = op.done

    def _counted(self, name: str) -> str:
        """Says how many outputs the op of a node is known to have; empty for inputs and constants."""
        node = self.nodes.get(name)
        if node is None or node.op in (*PLACEHOLDERS, "Const"):
            return ""
        return f": '{name}' is a {node.op}, which is known with {result_count(node)} of them"

    def add_nodes(self, fetches: Iterable[Tensor]) -> list[SSAValue]:
        """Adds the nodes that the fetches need, and returns the values of those.

        Raises INVALID_ARGUMENT.
        """
        fetches = list(fetches)
        for node in self.in_order(fetches):
            self.add_node(node)
        for op, position, tensor in self.later:
            if tensor not in self.values:
                name = op.node_name.data
                raise invalid_argument(
                    f"{self.source}: node '{name}' reads '{tensor}', which has no such output"
                )
            op.operands[position] = self.values[tensor]
        return [self._fetched(fetch) for fetch in fetches]

    def _fetched(self, fetch: Tensor) -> SSAValue:
        if fetch not in self.values:
            raise invalid_argument(
                f"{self.source}: node '{fetch.node}' has no output {fetch.position} to return"
            )
        return self.values[fetch]

    def _place(self, op: NodeOp, name: str) -> None:
        op.location = NameLoc(StringAttr(name), NoneAttr())
        hint = re.sub(r"^(?=\d)|\W", "_", name, flags=re.ASCII)
        for result in op.outputs:
            result.name_hint = hint
        op.done.name_hint = f"{hint}_ctl"
        self.block.add_op(op)
