"""Nodes that TensorFlow's optimizers make of several compute what those do."""

from __future__ import annotations

import numpy as np
import pytest

from ireelite.importers.graphdef import import_graphdef
from ireelite.lowering.frontend.tf.tf_to_hlo import tf_to_hlo
from ireelite.reference.interpret import interpret
from ireelite.status import StatusError

RANDOM = np.random.default_rng(5)
SHAPES = {"x": (2, 5, 4, 3), "w": (2, 2, 3, 6), "a": (4, 3), "b": (3, 6), "v": (6,)}
FEEDS = {name: RANDOM.standard_normal(shape).astype(np.float32) for name, shape in SHAPES.items()}
FEEDS |= {name: FEEDS["v"][::step] + 2 for name, step in (("mean", -1), ("variance", 1))}
FEEDS["variance"] = np.abs(FEEDS["variance"]) + 0.1
CONV = 'attr { key: "padding" value { s: "SAME" } } attr { key: "strides" value { list { i: [1, 1, 1, 1] } } }'


def placeholder(name: str) -> str:
    dims = " ".join(f"dim {{ size: {size} }}" for size in FEEDS[name].shape)
    return (
        f'node {{ name: "{name}" op: "Placeholder" attr {{ key: "dtype" value {{ type: DT_FLOAT }} }} '
        f'attr {{ key: "shape" value {{ shape {{ {dims} }} }} }} }}\n'
    )


def node(name: str, op: str, *inputs: str, attrs: str = "") -> str:
    listed = " ".join(f'input: "{each}"' for each in inputs)
    return f'node {{ name: "{name}" op: "{op}" {listed} {attrs} }}\n'


def fused(*ops: str) -> str:
    listed = ", ".join(f'"{op}"' for op in ops)
    return f'attr {{ key: "fused_ops" value {{ list {{ s: [{listed}] }} }} }} '


def run(text: str) -> np.ndarray:
    used = [name for name in FEEDS if f'input: "{name}"' in text]
    graph = "".join(map(placeholder, used)) + text
    module = import_graphdef(graph.encode(), "main", inputs=used, outputs=["r"])
    return interpret(tf_to_hlo(module, None), "main", *(FEEDS[name] for name in used))[0]


SLOPE = 'attr { key: "leakyrelu_alpha" value { f: 0.3 } } '
ALPHA = 'attr { key: "alpha" value { f: 0.3 } }'
EPSILON = 'attr { key: "epsilon" value { f: 0.01 } } '
SCALED = (
    'attr { key: "variance_epsilon" value { f: 0.01 } } '
    'attr { key: "scale_after_normalization" value { b: true } }'
)
INFERENCE = f'attr {{ key: "is_training" value {{ b: false }} }} {EPSILON}'
STATISTICS = ("v", "v", "mean", "variance")
CONVOLVED = node("c", "Conv2D", "x", "w", attrs=CONV)
NORMALIZED = CONVOLVED + node("n", "FusedBatchNormV3", "c", *STATISTICS, attrs=INFERENCE)


@pytest.mark.parametrize(
    ("together", "apart"),
    [
        (
            node("r", "_FusedConv2D", "x", "w", "v", attrs=CONV + fused("BiasAdd", "Relu6")),
            CONVOLVED + node("s", "BiasAdd", "c", "v") + node("r", "Relu6", "s"),
        ),
        (
            node("r", "_FusedConv2D", "x", "w", *STATISTICS, attrs=CONV + EPSILON + fused("FusedBatchNorm", "Elu")),
            NORMALIZED + node("r", "Elu", "n"),
        ),
        (
            node("r", "_FusedMatMul", "a", "b", "v", attrs=SLOPE + fused("BiasAdd", "LeakyRelu")),
            node("m", "MatMul", "a", "b") + node("s", "BiasAdd", "m", "v") + node("r", "LeakyRelu", "s", attrs=ALPHA),
        ),
        (
            CONVOLVED + node("r", "_FusedBatchNormEx", "c", *STATISTICS, "c",
                attrs=INFERENCE + 'attr { key: "activation_mode" value { s: "Relu" } }'),
            NORMALIZED + node("s", "Add", "n", "c") + node("r", "Relu", "s"),
        ),
        (
            CONVOLVED + node("r", "BatchNormWithGlobalNormalization", "c", "mean", "variance", "v", "v", attrs=SCALED),
            NORMALIZED + node("r", "Identity", "n"),
        ),
    ],
    ids=("bias", "normalization", "product", "side_input", "oldest_form"),
)  # fmt: skip
def test_a_fused_node_is_its_parts(together: str, apart: str) -> None:
    np.testing.assert_allclose(run(together), run(apart), rtol=1e-5, atol=1e-5)


def test_an_activation_that_is_not_known_is_named() -> None:
    with pytest.raises(StatusError, match=r"node 'r' \(_FusedMatMul\): fuses 'Mish', which is not"):
        run(node("r", "_FusedMatMul", "a", "b", attrs=fused("Mish")))
