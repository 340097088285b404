"""Damaged GraphDefs are compiled or refused: nothing but a StatusError comes out."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorboard.compat.proto import graph_pb2

from ireelite.importers.graphdef import import_graphdef
from ireelite.lowering.frontend.tf.raise_control_flow import raise_control_flow
from ireelite.lowering.frontend.tf.rules import RULES
from ireelite.lowering.frontend.tf.support import SUPPORTED
from ireelite.lowering.frontend.tf.tf_to_hlo import tf_to_hlo
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import verify
from ireelite.syntax.printer import print_module

ROOT = Path(__file__).resolve().parents[3]
GraphDef: Any = vars(graph_pb2)["GraphDef"]
CASES = 150

FOLDER = ROOT / "tests" / "data" / "tf"
CONTROL_FLOW = (
    "cond_functional_true",
    "cond_switch_merge_true",
    "while_frames",
    "while_functional",
)
GRAPHS = {
    "simple_mul": (ROOT / "notebooks" / "data" / "simple_mul.pb").read_bytes(),
    **{name: (FOLDER / f"{name}.pb").read_bytes() for name in ("control_edges", *CONTROL_FLOW)},
}


def attribute(key: str, value: str) -> str:
    return f'attr {{ key: "{key}" value {{ {value} }} }}'


def node(name: str, op: str, *inputs: str, attrs: str = "") -> str:
    listed = " ".join(f'input: "{i}"' for i in inputs)
    return f'node {{ name: "{name}" op: "{op}" {listed} {attrs} }}\n'


def ints(name: str, *values: int) -> str:
    listed = " ".join(f"int_val: {value}" for value in values)
    shape = f"tensor_shape {{ dim {{ size: {len(values)} }} }}"
    return node(
        name,
        "Const",
        attrs=attribute("dtype", "type: DT_INT32")
        + attribute("value", f"tensor {{ dtype: DT_INT32 {shape} {listed} }}"),
    )


MANY_OPS = (
    node(
        "x",
        "Placeholder",
        attrs=attribute("dtype", "type: DT_FLOAT")
        + attribute("shape", "shape { dim { size: 2 } dim { size: 3 } }"),
    )
    + ints("axis", 1)
    + ints("begin", 0)
    + node("shape", "Shape", "x")
    + node("first", "StridedSlice", "shape", "begin", "axis", "axis")
    + node("to", "ConcatV2", "first", "axis", "axis", "begin")
    + node("sum", "Sum", "x", "axis", attrs=attribute("keep_dims", "b: true"))
    + node("best", "ArgMax", "x", "axis", attrs=attribute("output_type", "type: DT_INT32"))
    + node("soft", "Softmax", "x")
    + node("wide", "Cast", "soft", attrs=attribute("DstT", "type: DT_DOUBLE"))
    + node("flat", "Reshape", "x", "order")
    + ints("order", 1, 6)
    + node("product", "MatMul", "sum", "sum", attrs=attribute("transpose_a", "b: true"))
    + node("less", "Less", "x", "soft")
    + node("chosen", "SelectV2", "less", "x", "soft", "^product")
)


def outcome(data: bytes, **names: Any) -> str:
    """`success`, or the status code of the error. Whatever else is raised fails the test."""
    try:
        program = raise_control_flow(import_graphdef(data, "main", **names))
        program = tf_to_hlo(program, None)
        verify(program)
        print_module(program)
    except StatusError as error:
        assert error.code is not StatusCode.INTERNAL
        assert "\n" not in error.message
        return error.code.name
    return "success"


@pytest.mark.parametrize("name", GRAPHS)
def test_damaged_bytes(name):
    choose, data = random.Random(11), GRAPHS[name]
    outcomes: set[str] = set()
    for _ in range(CASES):
        damaged = bytearray(data)
        for _ in range(choose.choice([1, 1, 2, 5])):
            at = choose.randrange(len(damaged))
            match choose.randrange(4):
                case 0:
                    damaged[at] ^= 1 << choose.randrange(8)
                case 1:
                    damaged[at] = choose.choice([0, 1, 0x7F, 0x80, 0xFF])
                case 2:
                    del damaged[at : at + choose.randrange(1, 30)]
                case _:
                    damaged[at:at] = damaged[at : at + choose.randrange(1, 30)]
        outcomes.add(outcome(bytes(damaged)))
    assert {"success", "INVALID_ARGUMENT"} <= outcomes


def test_damaged_text():
    choose = random.Random(12)
    outcomes: set[str] = set()
    for _ in range(CASES):
        text = MANY_OPS
        for _ in range(choose.choice([1, 1, 2, 5])):
            at = choose.randrange(len(text))
            other = choose.choice([*"{}:\"'0-9\\#\0é", "", "node {", "-1", "DT_STRING"])
            text = text[:at] + other + text[at + choose.randrange(3) :]
        outcomes.add(outcome(text.encode()))
    assert {"success", "INVALID_ARGUMENT"} <= outcomes


Mutation = Callable[[Any, random.Random], None]


def change_op(graph: Any, choose: random.Random) -> None:
    choose.choice(graph.node).op = choose.choice([*RULES, *SUPPORTED, "Unique", "Where", ""])


def change_input(graph: Any, choose: random.Random) -> None:
    if inputs := choose.choice(graph.node).input:
        name = choose.choice(graph.node).name
        index = choose.randrange(len(inputs))
        inputs[index] = choose.choice([name, f"{name}:1", f"^{name}", f"{name}:x", "", "none"])


def add_input(graph: Any, choose: random.Random) -> None:
    choose.choice(graph.node).input.append(choose.choice(graph.node).name)


def drop_input(graph: Any, choose: random.Random) -> None:
    if inputs := choose.choice(graph.node).input:
        del inputs[choose.randrange(len(inputs))]


def drop_node(graph: Any, choose: random.Random) -> None:
    if len(graph.node) > 1:
        del graph.node[choose.randrange(len(graph.node))]


def rename(graph: Any, choose: random.Random) -> None:
    choose.choice(graph.node).name = choose.choice(["", "x", "a\0b", "a:0", "^a", "ünïcode", "a b"])


def change_attribute(graph: Any, choose: random.Random) -> None:
    key = choose.choice(
        ["dtype", "T", "DstT", "shape", "value", "output_type", "axis", "num_split"]
    )
    value = choose.choice(graph.node).attr[key]
    kind = choose.choice(["type", "i", "b", "s", "f", "tensor", "shape", "list", "func"])
    match kind:
        case "type":
            value.type = choose.choice([0, 1, 3, 7, 9, 10, 14, 18, 19, 20, 101, 9999])
        case "i":
            value.i = choose.choice([0, -1, 1 << 40, -(1 << 63)])
        case "b":
            value.b = True
        case "s":
            value.s = b"\xff\0NCHW"
        case "f":
            value.f = float("nan")
        case "tensor":
            value.tensor.dtype = choose.choice([1, 3, 7, 10, 14, 20])
            value.tensor.int_val.extend(choose.choice([[], [1], [-1, 300], [1 << 20] * 3]))
            value.tensor.tensor_shape.dim.add().size = choose.choice([-1, 0, 1, 3, 1 << 62])
        case "shape":
            value.shape.unknown_rank = choose.random() < 0.3
            value.shape.dim.add().size = choose.choice([-1, 0, 3, 1 << 40, -5])
        case "list":
            value.list.type.append(choose.choice([1, 7, 9999]))
        case _:
            value.func.name = "f\0"


MUTATIONS: list[Mutation] = [
    *(change_op, change_input, add_input, drop_input, drop_node, rename),
    *(change_attribute, change_attribute, change_attribute),
]


def whole_graph(name: str) -> Any:
    """The graph of a file, or that of many ops."""
    graph = GraphDef()
    if name in GRAPHS:
        graph.ParseFromString(GRAPHS[name])
    else:
        text_format.Parse(MANY_OPS, graph)
    return graph


@pytest.mark.parametrize("name", ["many_ops", *CONTROL_FLOW])
def test_wrong_graphs(name):
    choose = random.Random(name)
    whole = whole_graph(name)
    outcomes: set[str] = set()
    for _ in range(CASES):
        graph = GraphDef()
        graph.CopyFrom(whole)
        for mutation in choose.choices(MUTATIONS, k=choose.choice([1, 1, 2, 4])):
            mutation(graph, choose)
        names: dict[str, Any] = {}
        if choose.random() < 0.3:
            names["outputs"] = [choose.choice(graph.node).name or "x"]
        if choose.random() < 0.3:
            names["inputs"] = [f"{choose.choice(graph.node).name}:{choose.choice([0, 0, 1, 'x'])}"]
        if choose.random() < 0.3:
            names["input_shapes"] = {"x": choose.choice([(2, 3), (), (-1,), (1 << 40, 3)])}
        outcomes.add(outcome(graph.SerializeToString(), **names))
    assert {"success", "INVALID_ARGUMENT", "NOT_FOUND"} <= outcomes


@pytest.mark.parametrize(
    "text",
    [
        node("x", "Identity", "y:" + "7" * 5000),
        node("x", "Identity", "y" * 5000),
        node("x" * 5000, "Identity", "y"),
        node("x", "Identity", "^" + "y" * 5000),
    ],
)
def test_messages_do_not_grow_with_names(text):
    graph = text_format.Parse(text, GraphDef())
    with pytest.raises(StatusError) as error:
        import_graphdef(graph.SerializeToString(), "f", "g.pb")
    assert len(error.value.message) < 500 and "..." in error.value.message
