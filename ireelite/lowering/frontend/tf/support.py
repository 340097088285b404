"""Which TensorFlow ops are supported, and the error for a graph that needs others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.ir import Operation

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.nodes import callees, is_dropped, needed
from ireelite.lowering.frontend.tf.rules import RULES
from ireelite.lowering.frontend.tf.slices import reads
from ireelite.status import StatusCode, StatusError, near_names
from ireelite.syntax.errors import place_in_text

RAISED = (
    *("Enter", "Exit", "LoopCond", "Merge", "NextIteration", "Switch"),
    *("RefEnter", "RefExit", "RefMerge", "RefNextIteration", "RefSwitch", "_SwitchN"),
)
"""Ops that `raise-tf-control-flow` replaces."""

SUPPORTED = sorted({"Placeholder", *RAISED, *RULES} - {"IfRegion", "WhileRegion"})
"""Every TensorFlow op that a graph may have, some of them for constant operands only."""

CHOICES = ("Case", "If", "IfRegion", "StatelessCase", "StatelessIf")
"""Ops of which one branch alone is lowered if it is known which. What its branches need is checked
when they are lowered.
"""


FREEZE = "freeze the graph's variables to constants with convert_variables_to_constants_v2"
UNKNOWN_SIZE = "the shape of its result depends on values; "
STATELESS = "its numbers differ from run to run; feed them, or use "

REMEDIES: dict[str, str] = {
    **dict.fromkeys(
        (
            *("Variable", "VariableV2", "VarHandleOp", "ReadVariableOp", "ResourceGather"),
            *("Assign", "AssignVariableOp", "ResourceGatherNd", "RestoreV2"),
        ),
        FREEZE,
    ),
    **dict.fromkeys(
        ("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3"),
        UNKNOWN_SIZE + "use NonMaxSuppressionV4 with pad_to_max_output_size, which "
        "tf.image.non_max_suppression_padded makes",
    ),
    **dict.fromkeys(
        ("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal"),
        STATELESS + "StatelessRandomUniform and its like",
    ),
    **dict.fromkeys(
        ("Multinomial", "RandomShuffle", "RandomGamma", "RandomPoisson", "RandomPoissonV2"),
        STATELESS + "ops on StatelessRandomUniform",
    ),
    **dict.fromkeys(
        ("HashTable", "HashTableV2", "LookupTableFind", "LookupTableFindV2"),
        "tables hold strings or are filled at run time; look values up before the graph runs",
    ),
    **dict.fromkeys(
        ("DecodeJpeg", "DecodePng", "DecodeImage", "DecodeRaw", "ParseExample", "ParseExampleV2"),
        "bytes are decoded outside of the program; name what it computes as an input, as "
        "--tf-input-arrays=NODE does",
    ),
    **dict.fromkeys(
        ("IteratorGetNext", "PyFunc", "EagerPyFunc", "QueueDequeueV2"),
        "its values come from outside of the graph; name it as an input, as "
        "--tf-input-arrays=NODE does",
    ),
}
"""Ops that are not supported -> what works instead."""


def is_supported(node: tf.NodeOp) -> bool:
    """Returns whether there is a rule for the node."""
    return node.op_name in RULES or node.op_name in RAISED or node.op_name == "Placeholder"


def verify_supported(graph: tf.GraphOp, graphs: dict[str, tf.GraphOp]) -> None:
    """Raises UNIMPLEMENTED for a graph that needs an op without a rule, or calls one that does,
    naming one node for each op and graph.
    """
    found: dict[tuple[str, str], tuple[tf.NodeOp, str]] = {}
    seen: set[str] = {graph.sym_name.data}
    waiting = [graph]
    while waiting:
        caller = waiting.pop(0)
        name = caller.sym_name.data if caller is not graph else ""
        for node in certain(caller):
            if not is_supported(node):
                found.setdefault((node.op_name, name), (node, name))
            called = callees(node) if node.op_name not in CHOICES else ()
            for callee in called:
                if callee in graphs and callee not in seen:
                    seen.add(callee)
                    waiting.append(graphs[callee])
    if found:
        raise unsupported(list(found.values()))


def certain(graph: tf.GraphOp) -> Iterator[tf.NodeOp]:
    """Yields the nodes that a graph's fetches need, and those in the regions of loops."""
    wanted = needed(graph.fetch)
    waiting: list[Operation] = [node for node in graph.nodes if node in wanted]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, tf.NodeOp):
            yield node
            if node.op_name not in CHOICES:
                waiting += [op for region in node.bodies for op in region.block.ops]


def verify_ordered(graph: tf.GraphOp) -> None:
    """Raises UNIMPLEMENTED for a node without a rule that a graph's results only wait for: it may
    have an effect, and nodes in regions have no control edges.
    """
    read: set[Operation] = set()
    waiting: list[Operation] = [graph.fetch]
    while waiting:
        op = waiting.pop()
        owners = (value.owner for value in reads(op))
        new = [owner for owner in owners if isinstance(owner, Operation) and owner not in read]
        read.update(new)
        waiting += new
    ordered = [node for node in graph.nodes if node in needed(graph.fetch) - read]
    if wrong := [node for node in ordered if not is_supported(node) and not is_dropped(node)]:
        raise unsupported([(node, function_of(graph)) for node in wrong])


def function_of(graph: tf.GraphOp) -> str:
    """Returns the name of a function of the library; nothing for a public graph."""
    return graph.sym_name.data if graph.is_private else ""


def unsupported(nodes: Sequence[tuple[tf.NodeOp, str]]) -> StatusError:
    """Returns the error for nodes without a rule, each with the function that it is in."""
    (node, function), *others = nodes
    more = ", ".join(f"{other.op_name} ({located(other, name)})" for other, name in others)
    return StatusError(
        StatusCode.UNIMPLEMENTED,
        f"{place_in_text(node)}{located(node, function)} is a {node.op_name}, which is not supported"
        + remedy(node.op_name)
        + (f"; neither is: {more}" if more else ""),
    )


def remedy(op: str) -> str:
    """Returns what works instead of an op, or the ops with names like its own, for an error."""
    return f": {REMEDIES[op]}" if op in REMEDIES else near_names(op, SUPPORTED, listed=0)


def located(node: tf.NodeOp, function: str) -> str:
    """Returns a node and the function that it is in."""
    return f"node '{node.node_name.data}'" + (f" of function '{function}'" if function else "")
