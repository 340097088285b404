"""Reads a TensorFlow `GraphDef` into the `tf` dialect.

A GraphDef has no signature. Fetches are its sinks in node order, and feeds the Placeholders that
they need in node order, unless they are named. Only what the fetches need is read: a graph may hold
nodes for saving or initializing that no program has. Source: TensorFlow's `graph.proto` and
`node_def.proto`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import ModuleOp, NameLoc, NoneAttr, StringAttr
from xdsl.ir import Region

from ireelite.dialects.tf import CALLED, FetchOp, GraphOp
from ireelite.importers.graphdef_bytes import parse_graphdef
from ireelite.importers.large_constants import split_constants
from ireelite.importers.tf_functions import Library
from ireelite.importers.tf_graphs import BACK_EDGES, PLACEHOLDERS, GraphBuilder, Tensor, named_nodes
from ireelite.importers.tf_results import result_count
from ireelite.importers.tf_types import NO_TENSOR
from ireelite.status import StatusError, invalid_argument
from ireelite.summaries import first_few, with_short_quotes


def import_graphdef(
    data: bytes,
    export: str,
    name: str = "<memory>",
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
) -> ModuleOp:
    """Returns a module with one public `tf.graph`, named `export`, and a private one for each
    function of the library that it calls, directly or not.

    `inputs` and `outputs` name tensors as TensorFlow does (`arg0`, `arg0:0`, `split:1`) and replace
    the default feeds and fetches. `input_shapes` gives feeds the sizes that the graph leaves open.
    Raises INVALID_ARGUMENT for what is not a GraphDef or contradicts it, and NOT_FOUND for a name
    that is not in it; names in messages are shortened.
    """
    try:
        return _imported(data, export, name, inputs, outputs, input_shapes)
    except StatusError as error:
        error.message = with_short_quotes(error.message)
        raise


def _imported(
    data: bytes,
    export: str,
    name: str,
    inputs: Sequence[str] | None,
    outputs: Sequence[str] | None,
    input_shapes: Mapping[str, Sequence[int]] | None,
) -> ModuleOp:
    short, contents = split_constants(data)
    message = parse_graphdef(short, name)
    library = Library(message, name, export)
    nodes = named_nodes(message.node, name)
    graph = GraphBuilder(name, nodes, contents=contents)
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
        known = ", ".join(first_few(feeds))
        raise invalid_argument(
            f"{name}: a shape is given for '{tensor}', which is no input: {known}"
        )
    for feed in feeds:
        graph.add_feed(feed, shapes.get(feed))
    graph.block.add_op(FetchOp(graph.add_nodes(fetches)))
    fed = [graph.feeds[feed].node_name.data for feed in feeds]
    op = GraphOp(export, fed, list(outputs or map(str, fetches)), Region(graph.block))
    op.location = NameLoc(StringAttr(export), NoneAttr())
    return ModuleOp([op, *library.functions_of(op)])


def _sinks(nodes: dict[str, Any]) -> list[Tensor]:
    """Returns the results to fetch where they are not named: nodes without successors, in node
    order, but those that are computed in a turn of a loop or in one branch of a choice, and, if
    there are others, the feeds and the results of loops and choices that nothing reads.

    If each has a successor, those that nothing with a result reads or waits for. Strings come last:
    they name files and classes, and programs do not return them.
    """
    with_data = [name for name, node in nodes.items() if result_count(node) > 0]
    depths = _depths(nodes)
    returned = [
        name for name in with_data if not _is_no_tensor(nodes[name]) and depths.get(name, 0) <= 0
    ]
    edges = [reference for node in nodes.values() for reference in node.input]
    after = {_producer(reference) for reference in edges}
    inner = {_producer(reference) for reference in edges if not reference.startswith("^")}
    inner |= _before(with_data, nodes)
    for candidates, excluded in ((returned, after), (returned, inner), (with_data, inner)):
        if sinks := [name for name in candidates if name not in excluded]:
            computed = [name for name in sinks if not _is_left_over(nodes[name], nodes)]
            return [Tensor(name, 0) for name in computed or sinks]
    return []


def _is_no_tensor(node: Any) -> bool:
    """Returns whether a node's result is not an array of numbers, as far as the node states it."""
    stated = (node.attr[key] for key in ("dtype", "T") if key in node.attr)
    return any(value.type in NO_TENSOR for value in stated)


def _is_left_over(node: Any, nodes: dict[str, Any]) -> bool:
    """Returns whether a node is a feed, or the result of a loop or a choice or TensorFlow's copy of
    it.
    """
    if node.op in (*PLACEHOLDERS, "Exit", "RefExit", *CALLED):
        return True
    read = nodes.get(_producer(node.input[0])) if node.op == "Identity" and node.input else None
    return read is not None and read.op in CALLED


def _producer(reference: str) -> str:
    return reference.removeprefix("^").partition(":")[0]


def _before(names: Iterable[str], nodes: dict[str, Any]) -> set[str]:
    """Returns the nodes that these wait for, directly or not."""
    before: set[str] = set()
    pending = list(names)
    while pending:
        node = nodes.get(pending.pop())
        for reference in () if node is None else node.input:
            if reference.startswith("^") and reference[1:] not in before:
                before.add(reference[1:])
                pending.append(reference[1:])
    return before


DEPTHS = {
    **dict.fromkeys(("Enter", "RefEnter", "Switch", "RefSwitch", "_SwitchN"), 1),
    **dict.fromkeys(("Exit", "RefExit"), -2),
}
"""TensorFlow op -> how much deeper its result is in loops and choices than what it reads. An Exit
ends what an Enter and a Switch began.
"""


def _depths(nodes: dict[str, Any]) -> dict[str, int]:
    """Returns the nesting depth of each node in loops and choices; empty for a graph without them."""
    if not any(node.op in DEPTHS for node in nodes.values()):
        return {}
    depths: dict[str, int] = {}
    for root in nodes:
        stack = [root]
        while stack:
            node = nodes[stack[-1]]
            before = [_producer(reference) for reference in node.input]
            read = [name for name in before if name in nodes]
            is_loop = any(BACK_EDGES.get(nodes[name].op) == node.op for name in read)
            if is_loop:
                read = [name for name in read if BACK_EDGES.get(nodes[name].op) != node.op]
            if node.name not in depths and (missing := [n for n in read if n not in depths]):
                depths[node.name] = 0  # of a node that a malformed cycle leads back to
                stack += missing
                continue
            depth = max((depths[name] for name in read), default=0) + DEPTHS.get(node.op, 0)
            is_choice = node.op in ("Merge", "RefMerge") and not is_loop
            depths[stack.pop()] = depth - 1 if is_choice else depth
    return depths
