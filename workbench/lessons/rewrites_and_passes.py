"""Exercises of `03_rewrites_and_passes`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.answer_pictures import Mark, Picture, listing, strip
from workbench.exercises import Exercise, Mistake
from workbench.kinds_of_answers import kind_of, shown
from workbench.lessons.quizzes import quiz as questions

_X = np.array([1.5, -2, 0, 4], np.float32)

NEGATIONS = """
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = stablehlo.negate %x : tensor<4xf32>
  %b = stablehlo.negate %a : tensor<4xf32>
  %c = stablehlo.negate %b : tensor<4xf32>
  %d = stablehlo.negate %c : tensor<4xf32>
  %e = stablehlo.negate %d : tensor<4xf32>
  return %e : tensor<4xf32>
}"""

MAXIMA = """
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = stablehlo.constant dense<1.0> : tensor<4xf32>
  %two = stablehlo.constant dense<2.0> : tensor<4xf32>
  %a = stablehlo.maximum %one, %x : tensor<4xf32>
  %b = stablehlo.maximum %two, %one : tensor<4xf32>
  %c = stablehlo.add %a, %b : tensor<4xf32>
  return %c : tensor<4xf32>
}"""

MULTIPLICATIONS = """
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = stablehlo.constant dense<1.0> : tensor<4xf32>
  %a = stablehlo.multiply %x, %one : tensor<4xf32>
  %b = stablehlo.multiply %one, %a : tensor<4xf32>
  %c = stablehlo.multiply %b, %one : tensor<4xf32>
  return %c : tensor<4xf32>
}"""


def rewritten(text: str, wanted: Callable[[str], str], pattern: Any, x: Any) -> Any:
    """Returns what `f(x)` returns after the reader's pattern has run behind stage `hlo`.

    `wanted` is given the text of stage `dispatch` and returns what it lacks, or nothing; that is
    raised as a Mistake, as is an answer that is neither a pattern nor its class.
    """
    from xdsl.passes import ModulePass
    from xdsl.pattern_rewriter import RewritePattern

    import ireelite

    if isinstance(pattern, type) and issubclass(pattern, RewritePattern):
        pattern = pattern()
    if not isinstance(pattern, RewritePattern | ModulePass):
        raise Mistake(f"expected a pattern, such as TimesOne(), got {kind_of(pattern)}.")

    program = ireelite.compile(
        text, passes={"hlo": [pattern]}, targets=["vmvx"], record=True, progress=False
    )
    if lacking := wanted(left := program.ir("dispatch")):
        lines = left.strip("\n").split("\n")
        found = [n for n, line in enumerate(lines) if re.search(r"arith\.(negf|maximumf)", line)]
        raise Mistake(lacking, listing("the program behind your pattern", left, found))
    return ireelite.load(program, device="local-sync").f(x)


def _one_negation(text: str) -> str:
    count = len(re.findall(r"arith\.negf", text))
    return "" if count == 1 else f"{count} negations are left of five, and one is enough."


def _constants_right(text: str) -> str:
    constants = set(re.findall(r"(%\w+) = arith\.constant dense", text))
    maxima = re.findall(r"arith\.maximumf (%\w+), (%\w+)", text)
    if any(left in constants and right not in constants for left, right in maxima):
        return "a constant is still left of a maximum whose right operand is none."
    return ""


COUNTEREXAMPLES = {
    "x * 0": "infinity times 0 is NaN, and not 0",
    "x + 0": "-0.0 + 0 is 0.0, and not -0.0",
}
_CLAIMS = ("x * 1", "x * 0", "x + 0", "x - 0")


def _unsafe(claims: Any) -> str | tuple[str, Picture]:
    """Returns a number that breaks each wrong claim, and draws which claims hold."""
    claims = list(claims)
    if strangers := [claim for claim in claims if claim not in _CLAIMS]:
        return f"{shown(strangers[0])} is none of {', '.join(map(repr, _CLAIMS))}."
    broken = [f"{claim}: {reason}." for claim, reason in COUNTEREXAMPLES.items() if claim in claims]
    message = " ".join(broken) or "what you named is right, but it is not all that is."
    marks = [
        Mark(
            f"{claim}: {COUNTEREXAMPLES.get(claim, 'holds for every float')}",
            claim not in COUNTEREXAMPLES,
        )
        for claim in _CLAIMS
        if claim in claims
    ]
    return message, strip("what you named", marks)


def _right_operands(_: object) -> Picture:
    """Returns MULTIPLICATIONS with a note of what stands on the right of each."""
    lines = MULTIPLICATIONS.strip("\n").split("\n")
    found = {n: re.search(r"multiply %\w+, (%\w+)", line) for n, line in enumerate(lines)}
    notes = {n: f"right operand: {match[1]}" for n, match in found.items() if match}
    return listing("TimesOne asks for %one on the right", MULTIPLICATIONS, notes)


safe = Exercise(
    name="safe",
    task="which of `x * 1`, `x * 0`, `x + 0`, `x - 0` may become x, or 0 for `x * 0`? Give a set of texts.",
    spec=lambda: {"x * 1", "x - 0"},
    explain=_unsafe,
    hints=(
        "What is infinity times zero? What is -0.0 + 0.0?",
        "-0.0 - 0.0 is -0.0; two of the four are right.",
    ),
)

negations = Exercise(
    name="negations",
    task=f"write a pattern that leaves one negation of these five:\n{NEGATIONS}",
    spec=lambda x: -x,
    inputs=[(_X,)],
    apply=lambda answer, x: rewritten(NEGATIONS, _one_negation, answer, x),
    hints=(
        "Replace the op only if `op.operand.owner` is a hlo.NegateOp, too.",
        "rewriter.replace(op, (), [value]) puts a value that exists in the place of the op's result.",
    ),
)

swaps = Exercise(
    name="swaps",
    task=f"write a pattern that moves constants to the right of each maximum, and ends:\n{MAXIMA}",
    spec=lambda x: np.maximum(x, 1) + 2,
    inputs=[(_X,)],
    apply=lambda answer, x: rewritten(MAXIMA, _constants_right, answer, x),
    hints=(
        "Two constants would change places for ever: match only if the right operand is none.",
        "rewriter.replace(op, hlo.MaximumOp(op.rhs, op.lhs))",
    ),
)

left = Exercise(
    name="left",
    task=f"how many multiplications does TimesOne leave here?\n{MULTIPLICATIONS}",
    spec=lambda: 1,
    explain=_right_operands,
    hints=("Which of the three has %one on its right?", "%b has %one on its left."),
)

quiz = questions(
    {
        "a driver applies each pattern once to each op": False,
        "the verifier finds a rewrite that changes a number": False,
        "dead code elimination erases ops whose results have no use": True,
        "x + 0 may become x for every float": False,
        "an xDSL ModulePass of yours runs here as it is": True,
    },
    hints=(
        "What happened to %b after %a had become %x?",
        "The verifier knows types and rules of ops; -0.0 is a number of its own.",
    ),
)
