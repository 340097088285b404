"""Exercises of `02_graph_to_hlo`."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.answer_pictures import Picture, listing
from workbench.exercises import Exercise
from workbench.kinds_of_answers import shown
from workbench.lessons.programs import called, edited
from workbench.lessons.quizzes import quiz as questions

SWITCH = """
tf.graph @f inputs = ["x"] outputs = ["y"] {
  %x, %x_ctl = tf.Placeholder() name("x") {dtype = f32, shape = #tf.shape<[]>} : () -> tensor<f32>
  %zero, %0 = tf.Const() name("zero") {dtype = f32, value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %less, %1 = tf.Less(%x, %zero) name("less") {T = f32} : (tensor<f32>, tensor<f32>) -> tensor<i1>
  %no, %yes, %2 = tf.Switch(%x, %less) name("branch") {T = f32}
    : (tensor<f32>, tensor<i1>) -> (tensor<f32>, tensor<f32>)
  %minus, %3 = tf.Neg(%yes) name("minus") {T = f32} : (tensor<f32>) -> tensor<f32>
  %y, %which, %4 = tf.Merge(%no, %minus) name("y") {T = f32, N = 2 : i64}
    : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i32>)
  tf.fetch %y : tensor<f32>
}"""
"""A branch in dataflow: |x|."""

_X = np.array([-100, -1, 0, 1, 100], np.float32)

NODES = {
    "image": "takes the pictures",
    "Const": "holds the first weights",
    "MatMul": "is the first product",
    "Const_1": "holds the first bias",
    "BiasAdd": "adds the first bias",
    "Relu": "ends the first layer, with 128 numbers",
    "Const_2": "holds the second weights",
    "MatMul_1": "is the second product",
    "Const_3": "holds the second bias",
    "BiasAdd_1": "adds the second bias, and the layer goes on",
    "Relu_1": "ends the second layer",
    "Const_4": "holds the third weights",
    "MatMul_2": "is the third product",
    "Const_5": "holds the third bias",
    "BiasAdd_2": "adds the third bias: 10 numbers",
    "probabilities": "is the softmax",
    "digit": "is the place of the largest number",
}
"""The nodes of digits_mlp by name."""


def _about_node(name: Any) -> str | tuple[str, Picture]:
    """Describes what a node of digits_mlp does, for an answer that is the wrong node, and draws
    where it stands.
    """
    if name in NODES:
        chain = {node: what for node, what in NODES.items() if node == name or "Const" not in node}
        graph = listing("the nodes", "\n".join(chain), {list(chain).index(name): NODES[name]})
        return f"'{name}' {NODES[name]}.", graph
    return f"digits_mlp has no node {shown(name)}: its nodes are {', '.join(NODES)}."


origin = Exercise(
    name="origin",
    task="which node of digits_mlp did stablehlo.iota come from? Give the node's name.",
    spec=lambda: "digit",
    explain=_about_node,
    hints=(
        "iota counts 0, 1, 2, …: which node must know the places of numbers?",
        "In the table of rewrites above, iota stands behind tf.ArgMax; its name is in the first pane.",
    ),
)

stable = Exercise(
    name="stable",
    task="write @softplus of a tensor<5xf32> so that no number overflows",
    spec=lambda x: np.logaddexp(np.float32(0), x),
    inputs=[(_X,), (_X / 8,)],
    apply=lambda answer, x: called(answer, "softplus", x),
    hints=(
        "Six ops and a constant: maximum, abs, negate, exponential, log_plus_one, add.",
        "%zero = stablehlo.constant dense<0.0> : tensor<5xf32>",
    ),
)

cut = Exercise(
    name="cut",
    task="which node of digits_mlp yields the 64 numbers of the second hidden layer?",
    spec=lambda: "Relu_1",
    explain=_about_node,
    hints=("Each layer is MatMul, BiasAdd, Relu.", "Names are numbered: Relu, Relu_1, …"),
)

switch = Exercise(
    name="switch",
    task="change one word of SWITCH, so that it returns -|x|",
    spec=lambda x: -abs(x),
    inputs=[(-3.0,), (4.0,)],
    apply=lambda answer, x: edited(SWITCH, answer, "f", x),
    hints=("Which comparison sends a number to Neg?", "TensorFlow calls it tf.Greater."),
)

quiz = questions(
    {
        "a frozen graph says the shape of each of its tensors": False,
        "StableHLO repeats a bias for each row by an op of its own": True,
        "a node of a graph becomes one op": False,
        "a Merge takes the value that came, of two that could have come": True,
        "what comes from JAX has the stage `tf`, too": False,
    },
    hints=(
        "Look at the types in the first pane: `*xf32` is a tensor of an unknown shape.",
        "Softmax became nine ops; JAX lowers to StableHLO by itself.",
    ),
)
