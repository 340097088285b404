"""Frames, choices and calls of TensorFlow that are wrong are named; those that are right are not
only what `tests/data/tf` holds.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from tensorboard.compat.proto import graph_pb2
from xdsl.dialects.builtin import ModuleOp

import ireelite
from ireelite.importers.graphdef import import_graphdef
from ireelite.lowering.frontend.tf.raise_control_flow import raise_control_flow
from ireelite.lowering.frontend.tf.tf_to_hlo import tf_to_hlo
from ireelite.reference.interpret import interpret
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import verify
from ireelite.syntax.printer import print_module

GraphDef: Any = vars(graph_pb2)["GraphDef"]
DATA = Path(__file__).parents[2] / "data" / "tf"


def lowered(data: str | bytes, **names: Any) -> ModuleOp:
    graph = import_graphdef(data.encode() if isinstance(data, str) else data, "main", **names)
    program = tf_to_hlo(raise_control_flow(graph), None)
    verify(program)
    return program


def refusal(data: str | bytes, code: StatusCode = StatusCode.INVALID_ARGUMENT, **names: Any) -> str:
    with pytest.raises(StatusError) as caught:
        lowered(data, **names)
    assert caught.value.code is code
    assert "\n" not in caught.value.message
    return caught.value.message


def changed(name: str, *edits: tuple[str, str]) -> str:
    """A graph of `tests/data/tf` as text, with parts replaced."""
    message = GraphDef.FromString((DATA / f"{name}.pb").read_bytes())
    text = text_format.MessageToString(message)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def without(name: str, node: str) -> bytes:
    """A graph without a node; what it read takes its place."""
    message = GraphDef.FromString((DATA / f"{name}.pb").read_bytes())
    (gone,) = [each for each in message.node if each.name == node]
    for each in message.node:
        for n, read in enumerate(each.input):
            if re.fullmatch(rf"{re.escape(node)}(:\d+)?", read):
                each.input[n] = gone.input[0]
    message.node.remove(gone)
    return message.SerializeToString()


# -- frames ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ("while/LoopCond", "node 'while/Enter' (Enter): its loop 'while/while_context' has 0 LoopConds; expected one"),
        ("while/NextIteration", "graph.pb: node 'while/Merge' is part of a cycle; a loop leads from a NextIteration to a Merge"),
        ("while/Merge_1", "node 'while/Enter_1' (Enter): is read by a node that is no Merge, and is not constant"),
        ("while/Enter_1", "node 'while/Switch_1' (Switch): reads 'while/Merge_1' and 'while/LoopCond', which are not in one loop"),
        ("while/Exit_1", "node 'result' (Identity): is read by the graph's results without an Exit"),
        ("while/Less/Enter", "node 'while/Less' (Less): reads 'while/Merge' and 'n', which are not in one loop"),
    ],
)  # fmt: skip
def test_a_malformed_frame_is_named(node, message):
    found = refusal(without("while_frames", node), outputs=["result"], name="graph.pb")
    assert found == message


def test_a_value_of_a_turn_is_no_result():
    message = refusal(changed("while_frames"), outputs=["while/add_1"])
    assert "without an Exit" in message


def test_frames_of_references_are_frames():
    text = changed(
        "while_frames",
        *(
            (f'op: "{op}"', f'op: "Ref{op}"')
            for op in ("Enter", "Exit", "Merge", "Switch", "NextIteration")
        ),
    )
    inputs = np.arange(3, dtype=np.float32), np.int32(4)
    expected = interpret(lowered(changed("while_frames"), outputs=["result"]), "main", *inputs)
    found = interpret(lowered(text, outputs=["result"]), "main", *inputs)
    np.testing.assert_array_equal(found[0], expected[0])


# -- choices ---------------------------------------------------------------------------------------


def test_a_value_of_one_branch_is_no_result():
    message = refusal(changed("cond_switch_merge_true"), outputs=["cond/mul"])
    assert message == (
        "node 'cond/mul' (Mul): has a value only if 'Greater' is true; a result must come from a Merge"
    )


def test_a_merge_without_a_choice_is_named():
    text = changed("cond_switch_merge_true", ('input: "cond/sub"\n', 'input: "cond/mul"\n'))
    assert refusal(text) == (
        "node 'cond/Merge' (Merge): no predicate decides between 'cond/mul' and 'cond/mul'"
    )


def test_a_known_predicate_leaves_one_branch():
    """What the other one needs does not matter."""
    text = changed(
        "cond_functional_true",
        (
            'name: "Greater"\n  op: "Greater"\n  input: "Sum"\n  input: "threshold"',
            'name: "Greater"\n  op: "Const"',
        ),
        ('op: "Sub"', 'op: "DrawBoundingBoxes"'),
    )
    message = GraphDef()
    text_format.Parse(text, message)
    (predicate,) = [node for node in message.node if node.name == "Greater"]
    predicate.attr.clear()
    tensor = predicate.attr["value"].tensor
    tensor.dtype = 10
    tensor.bool_val.append(True)
    program = print_module(lowered(message.SerializeToString()))
    assert "stablehlo.if" not in program and "stablehlo.multiply" in program
    tensor.bool_val[0] = False
    assert refusal(message.SerializeToString(), StatusCode.UNIMPLEMENTED) == (
        "node 'sub_0' of function 'cond_false_24350' is a DrawBoundingBoxes, which is not supported"
    )


def test_branches_of_different_shapes_are_named():
    text = changed("cond_functional_true", ('input: "sub_x"\n', 'input: "sub_threshold"\n'))
    assert refusal(text) == (
        "node 'cond' (StatelessIf): its branches return different types: tensor<4xf32> and "
        "tensor<f32>"
    )


# -- functions -------------------------------------------------------------------------------------


def test_a_loop_keeps_shapes():
    text = changed("while_functional", ('input: "mul:z:0"', 'input: "Cast:y:0"'))
    assert refusal(text, outputs=["result"]) == (
        "node 'while' (StatelessWhile): its value 3 is a tensor<3xf32> before a turn and a "
        "tensor<f32> after it; a loop keeps the shapes of what it carries"
    )


def test_a_function_that_is_missing_is_named():
    text = changed(
        "cond_functional_true",
        ('name: "cond_true_24349"\n      input_arg', 'name: "cond_true_2434"\n      input_arg'),
    )
    assert refusal(text) == (
        "<memory>: node 'cond' (StatelessIf) calls 'cond_true_24349', which is not in the graph's "
        "library; did you mean 'cond_true_2434'?"
    )


def test_a_function_that_calls_itself_is_named():
    text = changed(
        "cond_functional_true",
        ('op: "Mul"\n      input: "mul_x"\n      input: "mul/y:output:0"',
         'op: "cond_true_24349"\n      input: "mul_x"\n      input: "mul/y:output:0"'),
    )  # fmt: skip
    assert refusal(text, StatusCode.UNIMPLEMENTED) == (
        "node 'mul_0' (PartitionedCall): function 'cond_true_24349' calls itself; recursion is not "
        "supported"
    )


def test_functions_named_as_the_graph_get_another_name():
    text = changed("cond_functional_true", ("cond_true_24349", "main"))
    x = np.float32([1, 2, 3, 4])
    (found,) = interpret(lowered(text), "main", x, np.float32(0))
    np.testing.assert_array_equal(found, x * 2)


def test_results_of_functions_have_names():
    text = changed("while_functional", ('input: "Cast:y:0"', 'input: "Cast:y:7"'))
    assert "node 'add_1_0' reads 'Cast:y:7', which has no such output" in refusal(text)


def test_what_a_result_waits_for_is_not_dropped():
    """A node that may have an effect is refused although no value comes from it."""
    text = changed(
        "cond_switch_merge_true", ('input: "cond/Merge"', 'input: "cond/Merge"\n  input: "^print"')
    )
    text += 'node { name: "print" op: "WriteFile" input: "x" }\n'
    assert refusal(text, StatusCode.UNIMPLEMENTED) == (
        "node 'print' is a WriteFile, which is not supported"
    )


def test_errors_of_a_file_name_it(tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(
        text_format.Parse(
            changed("cond_functional_true", ('op: "Sub"', 'op: "Unknown"')), GraphDef()
        ).SerializeToString()
    )
    with pytest.raises(StatusError) as caught:
        ireelite.compile(path)
    assert caught.value.message == (
        f"{path}: node 'sub_0' of function 'cond_false_24350' is a Unknown, which is not supported"
    )


# -- layouts ---------------------------------------------------------------------------------------


def channels_first(data: bytes, op: str) -> bytes:
    """A graph whose nodes of an op work on channels first, between transpositions."""
    message = GraphDef.FromString(data)
    for name, order in (("to_first", [0, 3, 1, 2]), ("to_last", [0, 2, 3, 1])):
        node = message.node.add(name=name, op="Const")
        tensor = node.attr["value"].tensor
        node.attr["dtype"].type = tensor.dtype = 3
        tensor.tensor_shape.dim.add().size = 4
        tensor.int_val.extend(order)
    for node in [node for node in message.node if node.op == op]:
        message.node.add(
            name=f"{node.name}_first", op="Transpose", input=[node.input[0], "to_first"]
        )
        node.input[0] = f"{node.name}_first"
        node.attr["data_format"].s = b"NCHW"
        for key in ("strides", "dilations", "ksize", "explicit_paddings"):
            if numbers := list(node.attr[key].list.i) if key in node.attr else []:
                width = len(numbers) // 4
                parts = [numbers[d * width : (d + 1) * width] for d in (0, 3, 1, 2)]
                node.attr[key].list.i[:] = [n for part in parts for n in part]
        for user in message.node:
            for n, read in enumerate(user.input):
                if read == node.name and user.name != f"{node.name}_last":
                    user.input[n] = f"{node.name}_last"
        message.node.add(name=f"{node.name}_last", op="Transpose", input=[node.name, "to_last"])
    return message.SerializeToString()


@pytest.mark.parametrize("op", ["Conv2D", "DepthwiseConv2dNative", "MaxPool", "AvgPool"])
def test_channels_first_is_a_layout_like_the_other(op):
    """TensorFlow computes most of them on GPUs only; its other layout gives the values."""
    arrays = np.load(DATA / "ops_windows.npz")
    inputs = {key[3:]: arrays[key] for key in arrays if key.startswith("in/")}
    prefix = "Depthwise" if op.startswith("Depthwise") else f"{op}_"
    names = [key[4:] for key in arrays if key.startswith(f"out/{prefix}")]
    data = channels_first((DATA / "ops_windows.pb").read_bytes(), op)
    program = lowered(data, inputs=list(inputs), outputs=names)
    found = interpret(program, "main", *inputs.values())
    assert len(names) > 2
    for name, result in zip(names, found, strict=True):
        np.testing.assert_allclose(
            result, arrays[f"out/{name}"], rtol=2e-5, atol=2e-5, err_msg=name
        )


# -- choices of many branches ----------------------------------------------------------------------

SWITCHES = """
node { name: "k" op: "Placeholder" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "shape" value { shape { } } } }
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 3 } } } } }
node { name: "xs" op: "_SwitchN" input: "x" input: "k" attr { key: "num_outs" value { i: 3 } } attr { key: "T" value { type: DT_FLOAT } } }
node { name: "neg" op: "Neg" input: "xs" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "sqr" op: "Square" input: "xs:1" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "exp" op: "Exp" input: "xs:2" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "merge" op: "Merge" input: "neg" input: "sqr" input: "exp" attr { key: "N" value { i: 3 } } attr { key: "T" value { type: DT_FLOAT } } }
node { name: "result" op: "Identity" input: "merge" attr { key: "T" value { type: DT_FLOAT } } }
"""


@pytest.mark.parametrize(
    ("index", "branch"), [(0, np.negative), (1, np.square), (2, np.exp), (3, np.exp), (-1, np.exp)]
)
def test_a_choice_of_many_branches_takes_the_last_for_an_index_without_one(index, branch):
    x = np.float32([0.5, -2, 3])
    found = interpret(lowered(SWITCHES, outputs=["result"]), "main", np.int32(index), x)
    np.testing.assert_allclose(found[0], branch(x), rtol=1e-6)


def test_a_choice_of_one_branch_is_no_choice():
    text = SWITCHES.replace("i: 3", "i: 1", 1)
    text = text.replace('"xs:1"', '"x"').replace('"xs:2"', '"x"')
    text = text.replace('input: "neg" input: "sqr" input: "exp"', 'input: "neg"')
    found = interpret(lowered(text, outputs=["result"]), "main", np.int32(7), np.float32([1, 2, 3]))
    np.testing.assert_array_equal(found[0], np.float32([-1, -2, -3]))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('input: "x" input: "k"', 'input: "x"', "node 'xs' (_SwitchN): takes 2 operands, not 1"),
        ('"xs:2"', '"xs:3"', "node 'exp' reads 'xs:3', which has no such output"),
        ("i: 3", "i: 0", "which has no such output"),
    ],
)
def test_a_malformed_switch_of_many_branches_is_named(old, new, message):
    assert message in refusal(SWITCHES.replace(old, new, 1), outputs=["result"])


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("ops_functional_lists", "resize_if_index_out_of_bounds"),
        ("ops_dataflow_lists", "dynamic_size"),
    ],
)
def test_a_list_that_may_grow_does_not_grow_in_a_loop_of_as_many_turns(name: str, flag: str):
    grows = re.sub(rf'(key: "{flag}"\s+value \{{\s+b: )false', r"\1true", changed(name))
    assert grows != changed(name)
    lowered(grows)
    # One turn more puts an element behind the end.
    assert "may put an element behind the end of a list of length " in refusal(
        grows.replace('op: "Less"', 'op: "LessEqual"')
    )
