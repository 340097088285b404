"""GraphDefs, binary and text, become `tf.graph`s; everything else is refused with what it is."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.meta_graph_pb2 import MetaGraphDef

from ireelite.dialects.elements import type_of
from ireelite.dialects.tf import GraphOp, NodeOp
from ireelite.importers.graphdef import import_graphdef
from ireelite.importers.source import Source
from ireelite.importers.tf_types import SCALARS, TYPES, type_name
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

ROOT = Path(__file__).resolve().parents[3]
SIMPLE_MUL = ROOT / "notebooks" / "data" / "simple_mul.pb"
CONTROL_EDGES = ROOT / "tests" / "data" / "tf" / "control_edges.pb"


def placeholder(name: str, dims: str = "dim { size: 2 }", dtype: str = "DT_FLOAT") -> str:
    return (
        f'node {{ name: "{name}" op: "Placeholder" attr {{ key: "dtype" value {{ type: {dtype} }} }} '
        f'attr {{ key: "shape" value {{ shape {{ {dims} }} }} }} }}\n'
    )


def node(name: str, op: str, *inputs: str, attrs: str = "") -> str:
    listed = " ".join(f'input: "{i}"' for i in inputs)
    return f'node {{ name: "{name}" op: "{op}" {listed} {attrs} }}\n'


def const(name: str, dtype: str, tensor: str) -> str:
    return node(
        name,
        "Const",
        attrs=f'attr {{ key: "dtype" value {{ type: {dtype} }} }} '
        f'attr {{ key: "value" value {{ tensor {{ dtype: {dtype} {tensor} }} }} }}',
    )


T_STRING = 'attr { key: "T" value { type: DT_STRING } }'


def graph_of(text: str, **names) -> GraphOp:
    """The imported graph of a GraphDef in text form."""
    module = import_graphdef(text.encode(), "main", "graph.pbtxt", **names)
    (graph,) = module.body.block.ops
    assert isinstance(graph, GraphOp)
    graph.verify()
    return graph


def nodes_of(graph: GraphOp) -> dict[str, NodeOp]:
    return {n.node_name.data: n for n in graph.nodes}


def names_of(strings) -> list[str]:
    return [s.data for s in strings]


def refused(data: bytes | str, code: StatusCode = StatusCode.INVALID_ARGUMENT, **names) -> str:
    """The message of the error for bytes that can't be imported."""
    with pytest.raises(StatusError) as caught:
        import_graphdef(
            data.encode() if isinstance(data, str) else data, "main", "graph.pb", **names
        )
    assert caught.value.code is code
    return caught.value.message


# -- forms ------------------------------------------------------------------------------------------


def test_binary_and_text_give_the_same_graph():
    data = SIMPLE_MUL.read_bytes()
    message = GraphDef.FromString(data)
    text = text_format.MessageToString(message).encode()
    commented = b"# a comment\n" + b"# and more of it    \n" * 200 + text
    printed = [print_module(import_graphdef(d, "simple_mul")) for d in (data, text, commented)]
    assert printed[0] == printed[1] == printed[2]
    assert 'tf.Mul(%arg0, %arg1) name("Mul")' in printed[0]


def test_a_graph_is_named_after_its_file():
    program, stage = Source(SIMPLE_MUL.read_bytes(), "data/my-graph.v2.pb", "my_graph").parse()
    assert stage == "tf"
    assert "tf.graph @my_graph" in print_module(program)


def test_control_edges_of_tensorflows_own_graph():
    program = import_graphdef(CONTROL_EDGES.read_bytes(), "control_edges")
    (graph,) = program.body.block.ops
    assert isinstance(graph, GraphOp)
    nodes = nodes_of(graph)
    check, identity = nodes["VerifyFinite/CheckNumerics"], nodes["VerifyFinite/control_dependency"]
    assert list(identity.control) == [check.done]
    assert list(nodes["MatMul"].control) == [identity.done]
    assert names_of(graph.inputs) == ["x"]
    assert names_of(graph.outputs) == ["result"]
    assert nodes["x"].outputs[0].type.get_shape() == (2, 2)


def test_edges_point_forward_whatever_the_order_of_nodes():
    text = (
        node("c", "Add", "b", "a", "^late")
        + node("b", "Exp", "a")
        + placeholder("a")
        + node("late", "NoOp", "^b")
    )
    graph = graph_of(text)
    order = [n.node_name.data for n in graph.nodes]
    assert all(order.index(before) < order.index(after) for before, after in ("ab", "bc", "ac"))
    assert order.index("late") < order.index("c")


def test_results_are_read_by_their_index():
    graph = graph_of(
        placeholder("x")
        + placeholder("p", "", "DT_BOOL")
        + node("s", "Switch", "x", "p")
        + node("on", "Exp", "s:1")
        + node("off", "Neg", "s:0")
    )
    nodes = nodes_of(graph)
    assert nodes["on"].data[0] is nodes["s"].outputs[1]
    assert nodes["off"].data[0] is nodes["s"].outputs[0]


def test_a_shape_may_be_unknown_in_part_or_whole():
    nodes = nodes_of(
        graph_of(
            placeholder("x", "dim { size: -1 } dim { size: 3 }")
            + placeholder("y", "unknown_rank: true")
        )
    )
    assert str(nodes["x"].outputs[0].type) == "tensor<?x3xf32>"
    assert str(nodes["y"].outputs[0].type) == "tensor<*xf32>"


# -- feeds and fetches ------------------------------------------------------------------------------

TWO = (
    placeholder("x")
    + placeholder("y")
    + node("sum", "Add", "x", "y")
    + node("twice", "Add", "sum", "sum")
    + node("e", "Exp", "x")
)


def test_feeds_are_placeholders_and_fetches_are_sinks_in_node_order():
    graph = graph_of(TWO)
    assert names_of(graph.inputs) == ["x", "y"]
    assert names_of(graph.outputs) == ["twice", "e"]


def test_a_node_that_another_waits_for_is_no_sink():
    assert names_of(graph_of(TWO + node("done", "Exp", "y", "^e")).outputs) == ["twice", "done"]


def test_a_graph_that_ends_in_a_group_yields_what_the_group_waits_for():
    assert names_of(graph_of(TWO + node("all", "NoOp", "^e", "^twice")).outputs) == ["twice", "e"]


def test_feeds_and_fetches_may_be_named():
    graph = graph_of(TWO, inputs=["y", "x"], outputs=["sum", "sum:0", "y"])
    assert names_of(graph.inputs) == ["y", "x"]
    assert names_of(graph.outputs) == ["sum", "sum:0", "y"]


def test_an_inner_node_may_be_fed():
    assert names_of(graph_of(TWO, inputs=["sum"], outputs=["twice"]).inputs) == ["sum"]


@pytest.mark.parametrize("which", ["inputs", "outputs"])
def test_an_unknown_name_offers_near_ones(which):
    message = refused(TWO, StatusCode.NOT_FOUND, **{which: ["twise"]})
    assert message == "graph.pb has no node 'twise'; did you mean 'twice'?"


def test_an_output_that_a_node_has_not():
    assert (
        refused(TWO, StatusCode.NOT_FOUND, outputs=["sum:1"])
        == "graph.pb: node 'sum' has no output 1 to fetch"
    )


# -- tensors ----------------------------------------------------------------------------------------

EXAMPLES = {
    "DT_BOOL": [True, False, True],
    "DT_FLOAT": [1.5, -2.0, 0.25],
    "DT_DOUBLE": [1.5, -2.0, 0.1],
    "DT_COMPLEX64": [1.5, -2.0, 0.25, 1.0, 0.0, -3.0],
    "DT_COMPLEX128": [1.5, -2.0, 0.1, 1.0, 0.0, -3.0],
    "DT_HALF": [0x3C00, 0xC000, 1],
    "DT_BFLOAT16": [0x3F80, 0xC000, 1],
}
"""Values of types that are not plain integers."""


def values_of(operation: NodeOp) -> bytes:
    return operation.attributes["value"].data.data  # pyright: ignore


@pytest.mark.parametrize("number", TYPES)
def test_every_element_type_from_its_scalar_list_and_from_bytes(number):
    name, element = type_name(number), type_of(TYPES[number])
    field, code = SCALARS[TYPES[number].name]
    values = EXAMPLES.get(name, [1, 2, 3] if code.isupper() else [1, -2, 3])
    data = struct.pack(f"<{len(values)}{code}", *values)
    listed = " ".join(f"{field}: {str(v).lower()}" for v in values)
    escaped = "".join(f"\\x{byte:02x}" for byte in data)
    shape = "tensor_shape { dim { size: 3 } }"
    for tensor in (f"{shape} {listed}", f'{shape} tensor_content: "{escaped}"'):
        constant = nodes_of(graph_of(const("c", name, tensor)))["c"]
        assert values_of(constant) == data
        assert constant.outputs[0].type.get_element_type() == element


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("float_val: 0.5", [0.5] * 6),
        ("float_val: 1 float_val: 2", [1, 2, 2, 2, 2, 2]),
        ("", [0] * 6),
        ("float_val: [1, 2, 3, 4, 5, 6]", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_short_list_repeats_its_last_value(listed, expected):
    tensor = f"tensor_shape {{ dim {{ size: 2 }} dim {{ size: 3 }} }} {listed}"
    constant = nodes_of(graph_of(const("c", "DT_FLOAT", tensor)))["c"]
    assert np.frombuffer(values_of(constant), "<f4").tolist() == expected


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=5), st.integers(0, 4))
def test_any_list_fills_any_larger_shape(values, more):
    count = len(values) + more
    listed = " ".join(f"int_val: {v}" for v in values)
    constant = nodes_of(
        graph_of(const("c", "DT_INT32", f"tensor_shape {{ dim {{ size: {count} }} }} {listed}"))
    )["c"]
    assert np.frombuffer(values_of(constant), "<i4").tolist() == values + values[-1:] * more


@pytest.mark.parametrize(
    "tensor", ["float_val: [1, 2, 3]", 'tensor_content: "\\x00\\x00\\x00\\x00\\x00"']
)
def test_a_tensor_of_too_many_or_broken_elements(tensor):
    text = const("weights", "DT_FLOAT", f"tensor_shape {{ dim {{ size: 2 }} }} {tensor}")
    message = refused(text)
    assert message.startswith(
        "graph.pb: node 'weights', attribute 'value': tensor of shape [2] holds "
    )
    assert message.endswith("expected 8")


def test_a_value_that_does_not_fit_its_type():
    message = refused(const("c", "DT_UINT8", "tensor_shape { dim { size: 1 } } int_val: 300"))
    assert "node 'c', attribute 'value'" in message


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02\xff" * 50,
        b"\xff" * 100,
        SIMPLE_MUL.read_bytes()[:-7],
        SIMPLE_MUL.read_bytes()[:40],
        b"node { name: ",
        b'node { name: "x" op: "Exp" no_such_field: 1 }',
        b"PK\x03\x04 a zip archive",
        "nœud { }".encode(),
        b"hello\n",
        b'node { name: "\xff\xfe" }',
    ],
    ids=[
        "empty",
        "binary",
        "ones",
        "truncated",
        "cut",
        "text cut",
        "unknown field",
        "zip",
        "prose",
        "word",
        "bad utf-8",
    ],
)
def test_what_is_not_a_graphdef(data):
    assert refused(data).startswith("graph.pb is not a TensorFlow GraphDef: ")


def test_a_long_line_is_not_quoted_whole():
    assert len(refused("node {\n  name: 'x' " + "}" * 5000)) < 700


def test_comments_only_are_no_graph():
    assert "is not a TensorFlow GraphDef" in refused("# nothing \n" * 300)


def test_a_cycle():
    text = placeholder("x") + node("a", "Add", "x", "b") + node("b", "Exp", "a")
    message = refused(text)
    assert "is part of a cycle; a loop leads from a NextIteration to a Merge" in message
    assert "'a'" in message or "'b'" in message


def test_an_edge_from_nowhere():
    assert (
        refused(node("a", "Exp", "ghost"))
        == "graph.pb: node 'a' reads 'ghost', which is not in the graph"
    )


def test_an_edge_from_a_result_that_is_not_there():
    text = placeholder("x") + node("a", "Exp", "x:3")
    assert refused(text) == "graph.pb: node 'a' reads 'x:3', which has no such output"
    text = placeholder("x") + node("m", "MyOp", "x") + node("a", "Exp", "m:1")
    assert refused(text) == (
        "graph.pb: node 'a' reads 'm:1', which has no such output: 'm' is a MyOp, which is known "
        "with 1 of them"
    )


def test_references_with_control_characters_are_shown_escaped():
    text = placeholder("x") + node("a", "Exp", "x\\ny")
    assert refused(text) == ("graph.pb: node 'a' refers to 'x\\ny', which has a control character")
    for result, value in (("y", "a:b\\nc"), ("y\\n", "x")):
        text = placeholder("x") + (
            'library { function { signature { name: "f" input_arg { name: "x" type: DT_FLOAT } '
            f'output_arg {{ name: "y" type: DT_FLOAT }} }} ret {{ key: "{result}" value: "{value}" }} }} }}'
        )
        assert refused(text).startswith("graph.pb: function 'f' refers to '")
        assert "\n" not in refused(text)


def test_two_nodes_of_one_name():
    assert "two nodes are called 'x'" in refused(
        placeholder("x") + placeholder("x") + node("e", "Exp", "x")
    )


OTHER_FILES = {
    b'meta_info_def { tags: "serve" } graph_def { }': "a TensorFlow MetaGraphDef; save",
    b"# exported\ngraph_def { node { } }": "a TensorFlow MetaGraphDef; save",
    b"saved_model_schema_version: 1\nmeta_graphs { }": "a TensorFlow SavedModel; load it",
    b'model_checkpoint_path: "model.ckpt-7"': "the index of TensorFlow checkpoints; ",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file; ",
    b"\x1c\x00\x00\x00TFL3": "a TensorFlow Lite model; ",
    b"PK\x03\x04model.keras": "a ZIP archive; ",
}


@pytest.mark.parametrize("data", OTHER_FILES)
def test_files_that_are_often_taken_for_a_graph_are_named(data):
    words = OTHER_FILES[data]
    assert refused(data).startswith(f"graph.pb is not a TensorFlow GraphDef: it is {words}")


def test_binary_meta_graphs_and_saved_models_are_named():
    meta = MetaGraphDef(graph_def=GraphDef.FromString(SIMPLE_MUL.read_bytes()))
    meta.meta_info_def.tags.append("serve")
    data = meta.SerializeToString()
    assert "it is a TensorFlow MetaGraphDef; " in refused(data)
    length = bytes([len(data) & 0x7F | 0x80, len(data) >> 7])
    assert "it is a TensorFlow SavedModel; " in refused(b"\x08\x01\x12" + length + data)


BAD_NAMES = {
    "": "graph.pb: node 1 (Exp) has no name",
    "a\\000b": "graph.pb: 'a\\x00b' can't be the name of a node",
    "a:0": "graph.pb: 'a:0' can't be the name of a node",
    "^a": "graph.pb: '^a' can't be the name of a node",
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_malformed_node_name(name):
    assert refused(placeholder("x") + node(name, "Exp", "x")).startswith(BAD_NAMES[name])


@pytest.mark.parametrize("op", ["", "Ex\\000p", "no op"])
def test_a_malformed_op(op):
    assert refused(node("e", op)).startswith("graph.pb: node 'e' has no valid op: ")


@pytest.mark.parametrize("reference", ["x:", "x:-1", "x:one", "x:²", ":0", ""])
def test_a_malformed_edge(reference):
    message = refused(placeholder("x") + node("e", "Exp", reference))
    assert message.startswith(f"graph.pb: node 'e' reads '{reference}'; an input is written ")


# -- what the fetches need --------------------------------------------------------------------------

STRINGS = (
    const("save/Const", "DT_STRING", 'tensor_shape { } string_val: "model"')
    + node("save/SaveV2", "SaveV2", "save/Const", "x")
    + node("save/id", "Identity", "save/Const", "^save/SaveV2", attrs=T_STRING)
    + placeholder("serialized", dtype="DT_STRING")
    + node("init", "NoOp", "^twice", "^e")
)


def test_nodes_that_no_fetch_needs_are_left_out():
    graph = graph_of(TWO + STRINGS)
    assert names_of(graph.inputs) == ["x", "y"] and names_of(graph.outputs) == ["twice", "e"]
    assert set(nodes_of(graph)) == {"x", "y", "sum", "twice", "e"}


@pytest.mark.parametrize(
    "text",
    [
        node("a", "Add", "b", "b") + node("b", "Exp", "a"),
        node("a", "Exp", "ghost"),
        node("a", "Exp", "x:7"),
        const("a", "DT_FLOAT", "tensor_shape { dim { size: 1 } } float_val: [1, 2]"),
        placeholder("z", "dim { size: -1 }"),
    ],
    ids=["cycle", "missing input", "missing result", "broken constant", "unknown size"],
)
def test_a_broken_node_that_no_fetch_needs_is_no_error(text):
    graph = graph_of(TWO + text, outputs=["twice"])
    assert names_of(graph.inputs) == ["x", "y"]


def test_only_placeholders_that_the_fetches_need_are_feeds():
    assert names_of(graph_of(TWO, outputs=["e"]).inputs) == ["x"]


def test_a_graph_of_strings_is_read_and_printed():
    graph = graph_of(STRINGS + placeholder("x"), outputs=["save/id"])
    assert str(nodes_of(graph)["save/Const"].outputs[0].type) == 'tensor<*x!tf.dtype<"DT_STRING">>'
    text = print_module(import_graphdef(STRINGS.encode() + placeholder("x").encode(), "main"))
    assert print_module(parse_module(text)) == text


# -- names and shapes of feeds ----------------------------------------------------------------------


def test_tensors_are_named_as_in_tensorflow():
    graph = graph_of(TWO, inputs=["y:0", "x"], outputs=["sum:0", "twice"])
    assert names_of(graph.inputs) == ["y", "x"]
    assert names_of(graph.outputs) == ["sum:0", "twice"]


def test_a_fed_node_is_a_placeholder():
    graph = graph_of(TWO, inputs=["sum:0"], outputs=["twice"], input_shapes={"sum": (2,)})
    assert set(nodes_of(graph)) == {"sum", "twice"}
    assert nodes_of(graph)["sum"].op_name == "Placeholder"
    assert str(nodes_of(graph)["sum"].outputs[0].type) == "tensor<2xf32>"


def test_one_of_several_results_may_be_fed():
    text = (
        placeholder("x")
        + placeholder("p", "", "DT_BOOL")
        + node("s", "Switch", "x", "p")
        + node("r", "Add", "s:1", "s")
    )
    graph = graph_of(text, inputs=["x", "p", "s:1"])
    nodes = nodes_of(graph)
    assert names_of(graph.inputs) == ["x", "p", "s:1"]
    assert list(nodes["r"].data) == [nodes["s:1"].outputs[0], nodes["s"].outputs[0]]


@pytest.mark.parametrize(
    ("shape", "sizes"), [("dim { size: -1 } dim { size: 3 }", (4, 3)), ("unknown_rank: true", ())]
)
def test_open_sizes_of_a_feed_are_given(shape, sizes):
    graph = graph_of(placeholder("x", shape) + node("e", "Exp", "x"), input_shapes={"x:0": sizes})
    assert nodes_of(graph)["x"].outputs[0].type.get_shape() == sizes


WRONG_SHAPES = {
    (2, 4): "graph.pb: input 'x' can't have the shape [2, 4]; the graph says [?, 3]",
    (3,): "graph.pb: input 'x' can't have the shape [3]; the graph says [?, 3]",
    (-1, 3): "graph.pb: the shape [-1, 3] of input 'x' must be whole numbers",
}


@pytest.mark.parametrize("sizes", WRONG_SHAPES)
def test_a_given_shape_that_contradicts_the_graph(sizes):
    text = placeholder("x", "dim { size: -1 } dim { size: 3 }") + node("e", "Exp", "x")
    assert refused(text, input_shapes={"x": sizes}) == WRONG_SHAPES[sizes]


@pytest.mark.parametrize(
    ("names", "code", "words"),
    [
        ({"inputs": ["x", "x:0"]}, StatusCode.INVALID_ARGUMENT, "'x' is an input twice"),
        ({"inputs": ["x:a"]}, StatusCode.INVALID_ARGUMENT, "'x:a' does not name a tensor"),
        ({"outputs": ["^e"]}, StatusCode.NOT_FOUND, "has no node '^e'; did you mean 'e'?"),
        ({"input_shapes": {"e": (2,)}}, StatusCode.INVALID_ARGUMENT, "which is no input: x, y"),
        ({"input_shapes": {"z": (2,)}}, StatusCode.NOT_FOUND, "has no node 'z'"),
    ],
)
def test_wrong_names_of_tensors(names, code, words):
    assert words in refused(TWO, code, **names)


@pytest.mark.parametrize("shape", ["dim { size: -1 }", "unknown_rank: true"])
def test_a_constant_of_unknown_shape(shape):
    message = refused(const("c", "DT_FLOAT", f"tensor_shape {{ {shape} }} float_val: 1"))
    assert "node 'c', attribute 'value': the shape of a constant must be known" in message


def test_a_constant_that_is_too_large():
    shape = "tensor_shape { dim { size: 1099511627776 } dim { size: 4096 } } float_val: 1"
    assert "a constant has at most" in refused(
        const("c", "DT_FLOAT", shape), StatusCode.RESOURCE_EXHAUSTED
    )
