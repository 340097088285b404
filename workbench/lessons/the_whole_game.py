"""Exercises of `00_the_whole_game`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from workbench.answer_pictures import Picture, listing
from workbench.exercises import Exercise
from workbench.kinds_of_answers import shown
from workbench.lessons.programs import edited

SIMPLE_MUL = """
func.func @simple_mul(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
  %Mul = stablehlo.multiply %arg0, %arg1 : tensor<4xf32>
  return %Mul : tensor<4xf32>
}"""

_A = np.array([1, 2, 3, 4], np.float32)
_B = 10 * _A


@cache
def _recorded() -> Any:
    import ireelite

    return ireelite.compile(SIMPLE_MUL, record=True, progress=False)


def _at_stage(stage: Any) -> str | tuple[str, Picture]:
    """Describes and draws what the multiplication is at a stage that is not the answer."""
    program = _recorded()
    names = ["tf", *program.stages]
    if stage not in names:
        return f"there is no stage {shown(stage)}: they are {', '.join(names)}."
    if stage not in program.stages:
        return "at stage 'tf' the multiplication is the node tf.Mul."
    text = program.ir(stage)
    lines = text.strip("\n").split("\n")
    if names.index(stage) > names.index("kernels"):
        there = [n for n, line in enumerate(lines) if re.search(r"dispatch.*\(", line)]
        message = f"at stage '{stage}' the loop is there, and it is at an earlier one, too."
        return message, listing(f"the program at stage {stage}", text, there)
    found = next(n for n, line in enumerate(lines) if re.search(r"multiply|dispatch.*\(", line))
    message = (
        f"at stage '{stage}' the multiplication is {shown(lines[found].strip())}, and no loop."
    )
    return message, listing(f"the program at stage {stage}", text, [found])


product = Exercise(
    name="product",
    task="what does module.simple_mul(c, c) return for c = [1, 2, 3, 4]?",
    spec=lambda: _A * _A,
    hints=("The graph multiplies element by element.", "The last number is 16."),
)

addition = Exercise(
    name="addition",
    task="change one word of the program's text at stage hlo, so that it adds",
    spec=lambda x, y: x + y,
    inputs=[(_A, _B), (_B, _B)],
    apply=lambda answer, x, y: edited(SIMPLE_MUL, answer, "simple_mul", x, y),
    hints=("The word to change is in program.ir('hlo').", "StableHLO calls a sum stablehlo.add."),
)

loop = Exercise(
    name="loop",
    task="at which stage does the multiplication become a loop? Give the stage's name.",
    spec=lambda: "kernels",
    explain=_at_stage,
    hints=(
        "Search for `parallel` in the view above.",
        "Tensors are gone there, and targets not yet come.",
    ),
)
