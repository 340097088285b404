"""Reads a TensorFlow `GraphDef`, binary or text, into the `tf` dialect.

A GraphDef has no signature. Feeds are its Placeholders in node order and fetches its sinks in node
order, unless they are named. Source: TensorFlow's `graph.proto`, `node_def.proto`,
`attr_value.proto`, `types.proto`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    ModuleOp,
    NameLoc,
    NoneAttr,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
    UnrankedTensorType,
    f32,
    i1,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue, TypeAttribute

from ireelite.dialects.tf import FetchOp, GraphOp, NodeOp, ShapeAttr, node_class
from ireelite.importers.tf_types import element_type, scalar_bytes
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found

RESULTS = {"NoOp": 0, "Assert": 0, "Switch": 2, "Merge": 2}
"""How many data results a node has, where that is not one."""


def is_text(data: bytes) -> bool:
    """Whether GraphDef bytes are in protobuf's text form,
    which may begin with any number of comments.
    """
    # possessive, so that a long header that no field follows is read once
    return bool(
        re.match(rb"(?:\s*+#[^\n]*+\n)*+\s*+(?:node|versions|library|version)\s*+[:{]", data)
    )


def parse_graphdef(data: bytes, name: str) -> Any:
    """The protobuf message. Raises INVALID_ARGUMENT if the bytes are not a GraphDef."""
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import graph_pb2

    # protobuf makes its classes when it is imported, so their names are not known before
    graph: Any = vars(graph_pb2)["GraphDef"]()
    try:
        if is_text(data):
            text_format.Parse(data, graph)
        else:
            graph.ParseFromString(data)
    except (DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        first = (str(error).splitlines() or ["malformed protobuf"])[0]
        raise invalid_argument(f"{name} is not a TensorFlow GraphDef: {first}") from error
    if not graph.node:
        raise invalid_argument(
            f"{name} is not a TensorFlow GraphDef: it holds no nodes; "
            "expected the binary or text form of a `GraphDef` message"
        )
    return graph


def import_graphdef(
    data: bytes,
    export: str,
    name: str = "<memory>",
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> ModuleOp:
    """A module with one `tf.graph`, named `export`.

    `inputs` and `outputs` name nodes (`arg0`, `split:1`) and replace the default feeds and fetches.
    Raises INVALID_ARGUMENT for what is not a GraphDef and NOT_FOUND for a name that is not in it.
    """
    nodes: dict[str, Any] = {}
    for node in parse_graphdef(data, name).node:
        if node.name in nodes:
            raise invalid_argument(f"{name}: two nodes are called '{node.name}'")
        nodes[node.name] = node
    order = _topological(nodes, name)
    feeds = list(inputs) if inputs else [n.name for n in nodes.values() if n.op == "Placeholder"]
    fetches = list(outputs) if outputs else _sinks(nodes)
    for wanted in (*feeds, *(_split(f)[0] for f in fetches)):
        if wanted not in nodes:
            raise not_found(f"{name} has no node '{wanted}'{near_names(wanted, list(nodes))}")

    block = Block()
    data_values: dict[tuple[str, int], SSAValue] = {}
    done: dict[str, SSAValue] = {}
    for node_name in order:
        op = _import_node(nodes[node_name], data_values, done, name)
        block.add_op(op)
        hint = re.sub(r"\W", "_", node_name)
        for index, result in enumerate(op.outputs):
            data_values[node_name, index] = result
            result.name_hint = hint
        done[node_name] = op.done
        op.done.name_hint = f"{hint}_ctl"
    fetched: list[SSAValue] = []
    for fetch in fetches:
        key = _split(fetch)
        if key not in data_values:
            raise not_found(f"{name}: node '{key[0]}' has no output {key[1]} to fetch")
        fetched.append(data_values[key])
    block.add_op(FetchOp(fetched))
    graph = GraphOp(export, feeds, fetches, Region(block))
    graph.location = NameLoc(StringAttr(export), NoneAttr())
    return ModuleOp([graph])


def _split(reference: str) -> tuple[str, int]:
    """`name:2` as (name, 2); a missing index is 0."""
    name, _, index = reference.partition(":")
    return name, int(index) if index.isdigit() else 0


def _sinks(nodes: dict[str, Any]) -> list[str]:
    """Nodes without successors, in node order;
    if none of them has data, those whose data nobody reads.
    """
    edges = [reference for node in nodes.values() for reference in node.input]
    after = {_split(reference.removeprefix("^"))[0] for reference in edges}
    read = {_split(reference)[0] for reference in edges if not reference.startswith("^")}
    with_data = [name for name, node in nodes.items() if RESULTS.get(node.op, 1) > 0]
    return [n for n in with_data if n not in after] or [n for n in with_data if n not in read]


def _topological(nodes: dict[str, Any], source: str) -> list[str]:
    """Node names so that every edge points forward, otherwise in the graph's own order."""
    order: list[str] = []
    state: dict[str, bool] = {}
    for root in nodes:
        stack = [(root, False)]
        while stack:
            name, ready = stack.pop()
            if ready:
                state[name] = True
                order.append(name)
                continue
            if name in state:
                if not state[name]:
                    raise StatusError(
                        StatusCode.UNIMPLEMENTED,
                        f"{source}: node '{name}' is part of a cycle; TensorFlow 1 loops are not "
                        "supported",
                    )
                continue
            state[name] = False
            stack.append((name, True))
            for reference in reversed(nodes[name].input):
                producer = _split(reference.removeprefix("^"))[0]
                if producer not in nodes:
                    raise invalid_argument(
                        f"{source}: node '{name}' reads '{producer}', which is not in the graph"
                    )
                if not state.get(producer):
                    stack.append((producer, False))
    return order


def _import_node(
    node: Any, values: dict[tuple[str, int], SSAValue], done: dict[str, SSAValue], source: str
) -> NodeOp:
    data: list[SSAValue] = []
    control: list[SSAValue] = []
    for reference in node.input:
        if reference.startswith("^"):
            control.append(done[reference[1:]])
        elif (key := _split(reference)) in values:
            data.append(values[key])
        else:
            raise invalid_argument(
                f"{source}: node '{node.name}' reads '{reference}', which has no such output"
            )
    attributes: dict[str, Attribute] = {}
    for key in sorted(node.attr):
        if (
            value := _attribute(node.attr[key], f"{source}: node '{node.name}', attribute '{key}'")
        ) is not None:
            attributes[key] = value
    op_type = node_class(node.op)
    assert issubclass(op_type, NodeOp)
    op = op_type(node.name, data, control, attributes, _result_types(node, attributes))
    op.location = NameLoc(StringAttr(node.name), NoneAttr())
    return op


def _result_types(node: Any, attributes: dict[str, Attribute]) -> list[Attribute]:
    """Ranked where the node states its shape; otherwise unranked, of the element type it states."""
    if isinstance(value := attributes.get("value"), DenseIntOrFPElementsAttr):
        return [value.type]
    stated = (attributes.get(k) for k in ("output_type", "DstT", "out_type", "dtype", "T"))
    element = next((a for a in stated if isinstance(a, TypeAttribute)), f32)
    if isinstance(shape := attributes.get("shape"), ShapeAttr):
        return [TensorType(element, [DYNAMIC_INDEX if d < 0 else d for d in shape.as_tuple()])]
    return [UnrankedTensorType(element)] * RESULTS.get(node.op, 1)


def _attribute(value: Any, where: str) -> Attribute | None:
    """One attribute of a node. Names of the colocation kind (lists of strings that start with
    `loc:`) are dropped.
    """
    match value.WhichOneof("value"):
        case "type":
            return element_type(value.type, where)
        case "shape":
            return _shape(value.shape)
        case "tensor":
            return dense(value.tensor, where)
        case "s":
            return _string(value.s)
        case "i":
            return IntegerAttr(value.i, i64)
        case "f":
            return FloatAttr(value.f, f32)
        case "b":
            return IntegerAttr(int(value.b), i1)
        case "func":
            return SymbolRefAttr(value.func.name)
        case "list":
            return ArrayAttr(list(_list_items(value.list, where)))
        case _:
            return None


def _string(data: bytes) -> Attribute:
    try:
        return StringAttr(data.decode("utf-8"))
    except UnicodeDecodeError:
        return BytesAttr(data)


def _shape(shape: Any) -> Attribute:
    """A stated shape; a unit if the rank is unknown."""
    return UnitAttr() if shape.unknown_rank else ShapeAttr.of([d.size for d in shape.dim])


def _list_items(items: Any, where: str) -> Iterable[Attribute]:
    yield from (_string(s) for s in items.s)
    yield from (IntegerAttr(i, i64) for i in items.i)
    yield from (FloatAttr(f, f32) for f in items.f)
    yield from (IntegerAttr(int(b), i1) for b in items.b)
    yield from (element_type(t, where) for t in items.type)
    yield from (_shape(s) for s in items.shape)
    yield from (dense(t, where) for t in items.tensor)


def dense(tensor: Any, where: str) -> DenseIntOrFPElementsAttr:
    """A `TensorProto` as a constant, its elements as bytes.

    A short value list repeats its last element.
    """
    element = element_type(tensor.dtype, where)
    shape = [d.size for d in tensor.tensor_shape.dim]
    count = 1
    for size in shape:
        count *= size
    data = tensor.tensor_content or scalar_bytes(tensor, where)
    width = element.compile_time_size
    if len(data) > count * width or len(data) % width:
        raise invalid_argument(
            f"{where}: tensor of shape {shape} holds {len(data)} bytes; expected {count * width}"
        )
    if len(data) < count * width:
        last = data[-width:] if data else bytes(width)
        data += last * ((count * width - len(data)) // width)
    return DenseIntOrFPElementsAttr(TensorType(element, shape), BytesAttr(data))
