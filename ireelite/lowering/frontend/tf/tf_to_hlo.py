"""Stage 1 to 2: TensorFlow graphs become functions of StableHLO ops.

The walk goes along the graph's edges, so shapes are inferred as ops are made: each rule sees its
operands' HLO types. Private graphs are lowered where they are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import DYNAMIC_INDEX, ComplexType, IntegerType, ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects import tf
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.frontend.tf.constants import lower_evaluated
from ireelite.lowering.frontend.tf.conversion import ElementShapeFound, TfConversion
from ireelite.lowering.frontend.tf.evaluation import EVALUATED, IDENTITIES
from ireelite.lowering.frontend.tf.nodes import (
    fail,
    is_dropped,
    needed,
    verify_after,
    verify_types,
)
from ireelite.lowering.frontend.tf.rules import RULES
from ireelite.lowering.frontend.tf.support import unsupported, verify_supported
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.errors import place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

LISTS = ("tf.EmptyTensorList", "tf.TensorArrayV3", "tf.TensorListReserve")
"""Ops that create lists, whose elements may have a shape that is found later."""

MISFITS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a rule raises that reads a node whose operands and attributes have other types, ranks or
lengths than its op: a graph says none of that, and each rule takes what it needs.
"""

LARGEST_FOLDED = 64
"""Elements of the largest operand of a node that is computed instead of lowered."""


def tf_to_hlo(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Lowers each public `tf.graph` to a `func.func`, and each graph that it calls to a private
    one.

    Raises UNIMPLEMENTED naming the node, its op and the ops that are like it.
    """
    graphs: dict[str, tf.GraphOp] = {}
    for graph in module.body.block.ops:
        if not isinstance(graph, tf.GraphOp):
            raise invalid_argument(
                f"{place_of(graph)}expected tf.graph ops but found '{graph.name}'"
            )
        graphs[graph.sym_name.data] = graph
    public = [graph for graph in graphs.values() if not graph.is_private]
    for graph in public:
        verify_supported(graph, graphs)
    shapes: dict[tf.NodeOp, tuple[int, ...]] = {}
    if any(op.name in LISTS for op in module.walk()):
        while (found := missing_shape(public, graphs, shapes)) is not None:
            shapes[found.node] = found.shape
    return lower_graphs(public, graphs, shapes, tracker)


def missing_shape(
    public: Sequence[tf.GraphOp],
    graphs: dict[str, tf.GraphOp],
    shapes: dict[tf.NodeOp, tuple[int, ...]],
) -> ElementShapeFound | None:
    """Returns the shape of a list's elements that lowering the graphs finds, if there is one."""
    try:
        lower_graphs(public, graphs, shapes, None)
    except ElementShapeFound as found:
        return found
    return None


def lower_graphs(
    public: Sequence[tf.GraphOp],
    graphs: dict[str, tf.GraphOp],
    shapes: dict[tf.NodeOp, tuple[int, ...]],
    tracker: Tracker | None,
) -> ModuleOp:
    """Returns the program of the public graphs, given the shapes of elements of lists."""
    result = ModuleOp([])
    to = TfConversion(graphs, result.body.block, tracker)
    to.element_shapes |= shapes
    to.convert_node = lambda node: convert_node(node, to)
    for graph in public:
        lower_graph(graph, to)
    to.finish()
    return result


def lower_graph(graph: tf.GraphOp, to: TfConversion) -> None:
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
            raise open_shape(feed, type)
        to.map(feed.outputs[0], block.insert_arg(type, len(block.args)))
    wanted: set[Operation] = needed(graph.fetch).difference(feeds)
    with to.at(block):
        for node in graph.nodes:
            if node in wanted:
                convert_node(node, to)
        results = [to.value(value) for value in graph.fetch.fetches]
        with to.deriving_from(graph.fetch):
            to.insert(func.ReturnOp(*results))
    with to.at(to.top), to.deriving_from(graph, *feeds):
        types = [a.type for a in block.args], [r.type for r in results]
        to.insert(func.FuncOp(graph.sym_name.data, types, Region(block)))


def open_shape(feed: tf.NodeOp, type: Attribute) -> StatusError:
    """Returns the error for a feed whose sizes are not all known; its remedy has those that are."""
    sizes = type.get_shape() if isinstance(type, TensorType) else (1, 64)
    known = [1 if size == DYNAMIC_INDEX else size for size in sizes]
    name, listed = feed.node_name.data, ",".join(map(str, known))
    return fail(
        feed,
        f"a feed needs a static shape, but the graph says {type}; give it one, as "
        f"--tf-input-shapes={name}={listed} or input_shapes={{{name!r}: {tuple(known)}}}",
    )


def convert_node(node: tf.NodeOp, to: TfConversion) -> None:
    """Applies the rule for a node's TensorFlow op, or computes what constants decide."""
    if not is_dropped(node):
        verify_types(node)
    if node.op_name == "Placeholder":
        raise fail(node, "a Placeholder that results depend on must be one of the graph's inputs")
    rule = RULES.get(node.op_name)
    if rule is None:
        raise unsupported([(node, to.running)])
    if rule.operands is not None and len(node.data) != rule.operands:
        raise fail(node, f"takes {rule.operands} operands, not {len(node.data)}")
    if len(node.data) < rule.least:
        raise fail(node, f"takes {rule.least} operands or more, not {len(node.data)}")
    if rule.orders and isinstance(element_type_of(to.value(node.data[0])), ComplexType):
        raise fail(node, "complex elements have no order")
    before = to.block.last_op
    with to.rewriting(rule.lower, node):
        lowered = lower_evaluated(node, to) if is_folded(node, to) else None
        try:
            lowered = rule.lower(node, to) if lowered is None else lowered
        except VerifyException as error:
            raise fail(node, str(error).splitlines()[0]) from error
        except MISFITS as error:
            types = ", ".join(str(to.values.get(value, value).type) for value in node.data)
            raise fail(node, f"its attributes do not fit operands of types ({types})") from error
    verify_after(before, to.block, node)
    values = lowered.results if isinstance(lowered, Operation) else lowered
    values = [values] if isinstance(values, SSAValue) else list(values or ())
    if len(values) != len(node.outputs):
        raise fail(node, f"has {len(values)} results, not {len(node.outputs)}")
    for old, new in zip(node.outputs, values, strict=True):
        to.map(old, new)


def is_folded(node: tf.NodeOp, to: TfConversion) -> bool:
    """Returns whether a node becomes a constant if its operands are: one that computes shapes or
    places.
    """
    if node.op_name not in EVALUATED or node.op_name in IDENTITIES:
        return False
    types = [to.value(value).type for value in node.data]
    return all(
        isinstance(type, TensorType)
        and isinstance(type.element_type, IntegerType)
        and prod(type.get_shape()) <= LARGEST_FOLDED
        for type in types
    )
