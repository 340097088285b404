"""Elements of large constants are kept apart from the message, and reach the graph as they are."""

from __future__ import annotations

import numpy as np
import pytest
from tensorboard.compat.proto.graph_pb2 import GraphDef
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr

from ireelite.dialects.tf import GraphOp
from ireelite.importers.graphdef import import_graphdef
from ireelite.importers.large_constants import (
    MIN_SEPARATE_BYTES,
    read_varint,
    split_constants,
    varint,
)
from ireelite.status import StatusError

WEIGHTS = np.arange(MIN_SEPARATE_BYTES // 2, dtype=np.float32)


def graph() -> GraphDef:
    """Two large constants, one of them in the middle, and a small one."""
    message = GraphDef()
    for name, values in (("w", WEIGHTS), ("small", WEIGHTS[:2]), ("v", -WEIGHTS)):
        node = message.node.add(name=name, op="Const")
        tensor = node.attr["value"].tensor
        node.attr["dtype"].type = tensor.dtype = 1
        tensor.tensor_shape.dim.add().size = len(values)
        tensor.tensor_content = values.tobytes()
        message.node.add(name=f"{name}_out", op="Neg", input=[name])
    return message


def constants(data: bytes) -> dict[str, bytes]:
    (op,) = import_graphdef(data, "main").body.block.ops
    assert isinstance(op, GraphOp)
    values = {n.node_name.data: n.attributes.get("value") for n in op.nodes}
    return {
        name: value.data.data
        for name, value in values.items()
        if isinstance(value, DenseIntOrFPElementsAttr)
    }


def test_large_constants_are_apart():
    data = graph().SerializeToString()
    short, contents = split_constants(data)
    assert len(short) < 1000
    assert contents == {"w": WEIGHTS.tobytes(), "v": (-WEIGHTS).tobytes()}
    names = [node.name for node in GraphDef.FromString(short).node]
    assert names == ["w", "w_out", "small", "small_out", "v", "v_out"]


def test_they_are_the_graphs_constants():
    expected = {"w": WEIGHTS.tobytes(), "small": WEIGHTS[:2].tobytes()}
    assert constants(graph().SerializeToString()) == {**expected, "v": (-WEIGHTS).tobytes()}


def test_elements_that_do_not_fit_are_refused():
    message = graph()
    message.node[0].attr["value"].tensor.tensor_shape.dim[0].size = 3
    with pytest.raises(StatusError, match=r"node 'w', attribute 'value': tensor of shape \[3\]"):
        constants(message.SerializeToString())


@pytest.mark.parametrize("cut", [1, 2, 3, 5, MIN_SEPARATE_BYTES, 3 * MIN_SEPARATE_BYTES])
def test_malformed_bytes_are_protobufs_to_refuse(cut):
    data = graph().SerializeToString()[:-cut]
    with pytest.raises(StatusError, match="is not a TensorFlow GraphDef"):
        import_graphdef(data, "main")


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 1 << 20, (1 << 35) - 1])
def test_numbers_are_read_back(value):
    data = varint(value)
    assert read_varint(data, 0) == (value, len(data))
    assert read_varint(data[:-1], 0)[1] > len(data) - 1
