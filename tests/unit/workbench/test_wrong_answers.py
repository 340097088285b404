"""A typical wrong answer of every exercise is drawn, and its picture does not tell what is right."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from xml.etree import ElementTree

import pytest
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from workbench.answer_pictures import Bar, Picture, bars, curve, listing, ruler
from workbench.exercises import Exercise
from workbench.lessons import forming_dispatches, several_modules
from workbench.lessons.fences import ScheduleExercise
from workbench.render.svg_tensor import draw_tensor

BETWEEN = (
    "func.func @between(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> "
    "{ return %b : tensor<4xf32> }"
)
SOFTPLUS = "func.func @softplus(%x: tensor<5xf32>) -> tensor<5xf32> { return %x : tensor<5xf32> }"
GCD = "func.func @gcd(%a: i32, %b: i32) -> i32 { return %b : i32 }"


class Nothing(RewritePattern):
    """A pattern that matches nothing."""

    def match_and_rewrite(self, op: Any, rewriter: PatternRewriter) -> None:
        """Leaves the op as it is."""


class Plain(LocalSyncDevice):
    """A driver that counts nothing and never fails."""

    def __init__(self) -> None:
        super().__init__(LoaderSet([]), ("plain",))
        self.moved = 12


def replaced(old: str, new: str) -> Any:
    """An edit of a program's text."""
    return lambda text: text.replace(old, new)


WRONG: dict[str, dict[str, Any]] = {
    "the_whole_game": {
        "product": [1, 4, 9, 15],
        "addition": replaced("stablehlo.multiply", "stablehlo.subtract"),
        "loop": "dispatch",
    },
    "reading_ir": {
        "uses": [2, 1],
        "mend": lambda text: text.replace("addition", "add").replace("%total", "%sum").replace(
            "2.0> : tensor<f32>", "3.0> : tensor<4xf32>"
        ),
        "between": BETWEEN,
        "quiz": [True] * 5,
    },
    "graph_to_hlo": {
        "origin": "probabilities",
        "stable": SOFTPLUS,
        "cut": "Relu",
        "switch": replaced("tf.Neg", "tf.Exp"),
        "quiz": [True] * 5,
    },
    "rewrites_and_passes": {
        "safe": {"x * 1", "x * 0"},
        "negations": Nothing(),
        "swaps": Nothing(),
        "left": 3,
        "quiz": [True] * 5,
    },
    "forming_dispatches": {
        "count": 7,
        "needed": {"rows"},
        "cheaper": forming_dispatches.MEANS,
        "barriers": 3,
        "quiz": [True] * 5,
    },
    "kernels_and_targets": {
        "product": replaced("mulf", "addf"),
        "binding": 1,
        "groups": 16,
        "even": replaced("addf", "subf"),
        "window": 3072,
        "quiz": [True] * 5,
    },
    "the_vm": {
        "multiplied": 30,
        "largest": 4616,
        "divisor": GCD,
        "endless": 113_100,
        "quiz": [True] * 5,
    },
    "fences": {
        "sequential": 2,
        "cross_queue": 2,
        "fork_join": 4,
        "independent": 6,
        "pipeline": 9,
        "late": 2,
        "quiz": [True] * 5,
    },
    "your_own_driver": {
        "blame": ["allocate", "execute", "submit"],
        "counting": Plain,
        "failing": Plain,
        "quiz": [True] * 5,
    },
    "several_modules": {"order": 24, "double": ("0i_i", lambda state, n: n + 2)},
}  # fmt: skip


@pytest.mark.parametrize("lesson", WRONG)
def test_a_wrong_answer_of_each_exercise_is_drawn(lesson: str):
    module = import_module(f"workbench.lessons.{lesson}")
    found = {name: each for name, each in vars(module).items() if isinstance(each, Exercise)}
    judged = {name for name, each in found.items() if not isinstance(each, ScheduleExercise)}
    assert judged == set(WRONG[lesson])
    for name, answer in WRONG[lesson].items():
        verdict = found[name].check(answer)
        assert verdict.outcome == "wrong" and verdict.pictures, name
        for picture in verdict.pictures:
            if isinstance(picture, Picture):
                ElementTree.fromstring(picture.document)
                assert picture.text.strip()
            else:
                assert draw_tensor(picture).height > 0


def test_the_position_of_a_return_is_drawn_for_another_one():
    import ireelite

    body = "%0 = arith.muli %n, %n : i32\n return %0 : i32"
    text = f"func.func @factorial(%n: i32) -> i32 {{ {body} }}"
    program = ireelite.compile(text, progress=False)
    exercise = several_modules.position(program)
    right = exercise.expected()
    assert exercise.check(right)
    (picture,) = exercise.check(0).pictures
    assert isinstance(picture, Picture) and "● 0  %i0 = vm.mul.i32" in picture.text
    assert exercise.check(right + 1000).message.startswith("nothing that runs before")


def test_lines_around_marks_are_shown_and_all_notes_written():
    text = "\n".join(f"line {n}" for n in range(200))
    picture = listing("long", text, {0: "first", 100: "middle"})
    shown = picture.text.split("\n")
    assert "● line 0   <- first" in shown and "● line 100   <- middle" in shown
    assert "  line 96" in shown and "  line 50" not in shown and "    ⋯" in shown
    assert all(word in picture.document for word in ("first", "middle", "⋯"))
    assert listing("all", "a\nb", [1]).text == "all:\n  a\n● b"


def test_numbers_are_drawn_with_what_was_answered():
    chart = bars("bytes", [Bar("a", 3, "3 bytes"), Bar("yours", 0, "0 bytes", is_yours=True)])
    assert chart.text == "bytes:\n  a: 3 bytes\n  yours: 0 bytes"
    assert "stroke-amber" in chart.document
    line = ruler("call", [("(2)", 3.0, 4.0), ("(0)", 0.0, 0.0)])
    assert line.text.endswith("(0): yours 0, expected 0")
    wave = curve("sequence", [3, 10, 5, 16, 8, 4, 2, 1], (8, "yours, 8"))
    assert wave.text == "sequence: 8 numbers from 3; yours, 8, 2 are above it."
    assert "<circle" in curve("sequence", [3, 1], (0, "here"), 1).document
