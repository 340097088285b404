"""Stage 1 to 2: a TensorFlow graph becomes a function of StableHLO ops.

The walk goes along the graph's edges, so shapes are inferred as ops are made: each rule sees its
operands' HLO types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import DYNAMIC_INDEX, ComplexType, ModuleOp, TensorType
from xdsl.ir import Block, Region

from ireelite.dialects import tf
from ireelite.dialects.stablehlo.elementwise import element_type_of
from ireelite.lowering.frontend.tf.constants import EVALUATED, SHAPES
from ireelite.lowering.frontend.tf.nodes import fail, is_dropped, needed, verify_after, verify_types
from ireelite.lowering.frontend.tf.rules import OPERANDS, ORDERED, RULES, lower_constant_only
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.errors import place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

SUPPORTED = sorted({"Placeholder", *RULES, *SHAPES, *EVALUATED})
"""Every TensorFlow op that a graph may have, some of them for constant operands only."""


def tf_to_hlo(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Each `tf.graph` becomes a `func.func`.

    Raises UNIMPLEMENTED naming the node, its op and the supported ops.
    """
    to = Conversion({}, "HLO", tracker)
    result = ModuleOp([])
    with to.at(result.body.block):
        for graph in module.body.block.ops:
            if not isinstance(graph, tf.GraphOp):
                raise invalid_argument(
                    f"{place_of(graph)}expected tf.graph ops but found '{graph.name}'"
                )
            lower_graph(graph, to)
    to.finish()
    return result


def lower_graph(graph: tf.GraphOp, to: Conversion) -> None:
    """Feeds become arguments and fetches results; nodes that no fetch needs disappear."""
    nodes = {node.node_name.data: node for node in graph.nodes}
    feeds = [nodes[name.data] for name in graph.inputs]
    block = Block()
    for feed in feeds:
        if not feed.outputs:
            raise fail(feed, "a feed has one result")
        verify_types(feed)
        type = feed.outputs[0].type
        if not isinstance(type, TensorType) or DYNAMIC_INDEX in type.get_shape():
            raise fail(
                feed,
                f"a feed needs a static shape, but the graph says {type}; give it one, as "
                f"--tf-input-shapes={feed.node_name.data}=1,64 or "
                f"input_shapes={{{feed.node_name.data!r}: (1, 64)}}",
            )
        to.map(feed.outputs[0], block.insert_arg(type, len(block.args)))
    fetch = graph.body.block.last_op
    assert isinstance(fetch, tf.FetchOp)
    wanted = needed(fetch).difference(feeds)
    with to.at(block):
        for node in graph.nodes:
            if node in wanted:
                convert_node(node, to)
        results = [to.value(value) for value in fetch.fetches]
        with to.deriving_from(fetch):
            to.insert(func.ReturnOp(*results))
    with to.deriving_from(graph, *feeds):
        types = [a.type for a in block.args], [r.type for r in results]
        to.insert(func.FuncOp(graph.sym_name.data, types, Region(block)))


def convert_node(node: tf.NodeOp, to: Conversion) -> None:
    """Applies the rule for a node's TensorFlow op."""
    if not is_dropped(node):
        verify_types(node)
    if node.op_name == "Placeholder":
        raise fail(node, "a Placeholder that results depend on must be one of the graph's inputs")
    rule = RULES.get(node.op_name)
    if rule is None and node.op_name in SHAPES | EVALUATED:
        rule = lower_constant_only
    if rule is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"{place_of(node)}node '{node.node_name.data}' is a {node.op_name}, which is not "
            "supported; supported ops: " + ", ".join(SUPPORTED),
        )
    expected = OPERANDS.get(node.op_name)
    if expected is not None and len(node.data) != expected:
        raise fail(node, f"takes {expected} operands, not {len(node.data)}")
    results = 0 if is_dropped(node) else len(node.data) if node.op_name == "IdentityN" else 1
    if len(node.outputs) != results:
        raise fail(node, f"has {results} results, not {len(node.outputs)}")
    if node.op_name in ORDERED and isinstance(element_type_of(to.value(node.data[0])), ComplexType):
        raise fail(node, "complex elements have no order")
    before = to.block.last_op
    to.apply(node, rule, list(node.outputs))
    verify_after(before, to.block, node)
