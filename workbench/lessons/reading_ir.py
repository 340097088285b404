"""Exercises of `01_reading_ir`."""

from __future__ import annotations

import re

import numpy as np

from workbench.answer_pictures import Picture, listing
from workbench.exercises import Exercise
from workbench.lessons.programs import called, edited
from workbench.lessons.quizzes import quiz as questions

FAULTY = """
func.func @half(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %sum = stablehlo.addition %x, %y : tensor<4xf32>
  %two = stablehlo.constant dense<2.0> : tensor<f32>
  %half = stablehlo.divide %total, %two : tensor<4xf32>
  return %half : tensor<4xf32>
}"""

LAYER = """
func.func @layer(%x: tensor<2x3xf32>, %w: tensor<3x2xf32>, %b: tensor<2xf32>) -> tensor<2x2xf32> {
  %product = stablehlo.dot %x, %w : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  %bias = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<2xf32>) -> tensor<2x2xf32>
  %sum = stablehlo.add %product, %bias : tensor<2x2xf32>
  %zero = stablehlo.constant dense<0.0> : tensor<2x2xf32>
  %positive = stablehlo.maximum %sum, %zero : tensor<2x2xf32>
  return %positive : tensor<2x2xf32>
}"""
"""The lesson's first program."""


def _where_named(_: object) -> Picture:
    """Returns LAYER with each line marked that names %sum or %b."""
    lines = LAYER.strip("\n").split("\n")
    marked = {
        n: f"names {name}"
        for n, line in enumerate(lines)
        for name in ("%sum", "%b")
        if re.search(rf"{name}\b", line)
    }
    return listing("where %sum and %b are named: made there, or used?", LAYER, marked)


_X = np.array([-3, 0, 1, 8], np.float32)
_Y = np.array([1, 2, 3, 4], np.float32)

uses = Exercise(
    name="uses",
    task="how many ops of LAYER use %sum, and how many use %b?",
    spec=lambda: [1, 1],
    explain=_where_named,
    hints=(
        "A use is an op that has the value among its operands, right of the `=`.",
        "The `%b` in the first line is where the value is made: an argument.",
    ),
)

mend = Exercise(
    name="mend",
    task=f"mend the three faults of this text:\n{FAULTY}",
    spec=lambda x, y: (x + y) / 2,
    inputs=[(_X, _Y), (_Y, _Y)],
    apply=lambda answer, x, y: edited(FAULTY, answer, "half", x, y),
    hints=(
        "attempt(text) says what is wrong with a text; mend the first fault, then look again.",
        "An op's name, a value's name, and a type: stablehlo.add, %sum, tensor<4xf32>.",
    ),
)

between = Exercise(
    name="between",
    task="write @between(%low, %x, %high), all tensor<4xf32>: %x, at least %low and at most %high",
    spec=lambda low, x, high: np.minimum(np.maximum(x, low), high),
    inputs=[
        (np.zeros(4, np.float32), _X, _Y),
        (np.full(4, -2, np.float32), -_X, np.full(4, 2, np.float32)),
    ],
    apply=lambda answer, low, x, high: called(answer, "between", low, x, high),
    hints=(
        "stablehlo.maximum of %x and %low is %x, but at least %low.",
        "The second op is stablehlo.minimum of that and %high.",
    ),
)

quiz = questions(
    {
        "a value may be given another number later in the same function": False,
        "two functions of one module may both have a value %0": True,
        "a symbol with @ is known in the whole module": True,
        "an op inside a region may use values that were made before the op around it": True,
        "tensor<?x3xf32> has three rows": False,
    },
    hints=(
        "SSA stands for static single assignment.",
        "In `power`, the region of `while` uses %one and %base.",
    ),
)
