"""Exercises: not yet, right, wrong with the difference drawn; strict only when asked."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from ireelite.status import StatusCode, StatusError
from workbench.exercises import Exercise
from workbench.model.tensor_peek import TensorPeek

LESSONS = [
    "the_whole_game", "reading_ir", "graph_to_hlo", "rewrites_and_passes", "forming_dispatches",
    "kernels_and_targets", "the_vm", "fences", "your_own_driver", "several_modules",
]  # fmt: skip


class Unprintable:
    """Something that breaks whoever prints or compares it."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def helps(name: str) -> str:
    """The last sentence about a wrong answer."""
    return f"lesson.{name}.hint() helps, lesson.{name}.expected() shows what is right."


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WB_STRICT", raising=False)


def make(**more: object) -> Exercise:
    return Exercise("product", "multiply", lambda: np.array([2.0, 4.0]), **more)  # pyright: ignore


def test_a_starter_is_not_yet():
    for starter in (..., [..., 2], (1, ...), lambda: ...):
        verdict = make().check(starter)
        assert not verdict
        assert verdict.outcome == "not yet"


def test_a_right_answer_is_scored():
    verdict = make(score=lambda answer: f"{len(answer)} numbers.").check([2, 4.0000001])
    assert verdict
    assert repr(verdict) == "✓ product: right. 2 numbers."
    assert "<img" not in verdict._repr_mimebundle_()["text/html"]


def test_a_wrong_answer_is_drawn():
    verdict = make().check([2, 5])
    assert repr(verdict).split("\n")[0] == (
        "✗ product: wrong. 1 of 2 elements differ. " + helps("product")
    )
    assert [p.title for p in verdict.pictures] == ["yours", "yours less the expected"]
    difference = verdict.pictures[1]
    assert isinstance(difference, TensorPeek) and difference.cells() == [[0, 1]]
    assert verdict._repr_mimebundle_()["text/html"].count("<img") == 2
    assert list(make().expected()) == [2, 4]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([1, 2, 3], "expected 2 numbers, got 3 numbers."),
        ([[1, 2]], "expected 2 numbers, got an array of shape (1, 2)."),
        ("four", "expected 2 numbers, got a text."),
        ("4", "expected 2 numbers, got the text '4': leave the quotes out."),
        ([[1], [2, 3]], "expected 2 numbers, got a list."),
        (None, "expected 2 numbers, got None."),
        (lambda: None, "expected 2 numbers, got None. Does your function lack a return?"),
        ({}, "expected 2 numbers, got a dict."),
        (Unprintable(), "expected 2 numbers, got a value of type Unprintable."),
        ([1j, 2], "2 of 2 elements differ."),
    ],
)
def test_answers_of_the_wrong_kind(answer: object, message: str):
    assert make().check(answer).message == f"{message} {helps('product')}"


def test_a_function_is_held_to_all_inputs(capsys: pytest.CaptureFixture[str]):
    exercise = Exercise("double", "double it", lambda x: 2 * x, inputs=[(2,), (5,)])
    assert exercise.check(lambda x: x + x)
    assert exercise.check(lambda x: x * x).message == (f"For (5): yours is 25. {helps('double')}")
    assert exercise.check(12).message == (
        f"expected a function, got one number. Give its name, without (...). {helps('double')}"
    )
    exercise.show()
    assert capsys.readouterr().out == "double: double it\nit will be called with (2) first\n"
    assert exercise.expected(1) == 10


def test_what_a_function_raises_is_a_wrong_answer():
    exercise = Exercise("double", "double it", lambda x: 2 * x, inputs=[(2,), (0,)])

    def answer(x: int) -> float:
        return 2 * x if x else 1 / x

    message = exercise.check(answer).message
    assert message.startswith("For (0): your function raised ZeroDivisionError: division by zero")
    assert message.endswith(f": return 2 * x if x else 1 / x. {helps('double')}")
    missing = exercise.check(lambda x: {}["k"]).message
    assert "For (2): your function raised KeyError: 'k' at line" in missing


def test_whole_numbers_are_compared_exactly():
    count = Exercise("count", "how many?", spec=lambda: 113_383)
    assert count.check(113_383) and count.check(113_383.0)
    assert not count.check(113_384)
    ratio = Exercise("ratio", "how much?", spec=lambda: 1 / 3)
    assert ratio.check(0.333334)


def test_sets_and_words():
    names = Exercise("names", "name them", lambda: {"a", "b"})
    assert names.check(["b", "a"])
    wrong = names.check({"a", "c"}).message
    assert wrong == f"'c' should not be in it; 1 is missing. {helps('names')}"
    assert names.check({"b": 1}).message.startswith("expected a set, got a dict.")
    assert names.check([["a"], "b"]).message.startswith("['a'] should not be in it; 1 is missing.")
    word = Exercise("word", "say it", lambda: "vm")
    assert word.check("hlo").message == f"yours is 'hlo'. {helps('word')}"
    assert word.check(np.zeros(2)).message == f"expected a text, got 2 numbers. {helps('word')}"


def test_a_wrong_answer_of_the_right_kind_is_explained():
    word = Exercise("word", "say it", lambda: "vm", explain=lambda said: f"{said} comes before it.")
    assert word.check("hlo").message == f"hlo comes before it. {helps('word')}"
    assert word.check(lambda: "hlo").message == f"hlo comes before it. {helps('word')}"
    assert word.check(3).message.startswith("expected a text, got one number.")
    count = Exercise("count", "count it", lambda: 3, explain=lambda n: f"{n + 1} is next.")
    assert count.check(1).message == f"2 is next. {helps('count')}"
    assert count.check([1]).message.startswith("expected one number, got a list of one number.")
    several = Exercise("several", "name them", lambda: ["a", "b"])
    assert several.check(["a", "c"]).message.startswith("1 of 2 differ: number 2 is 'c'.")
    assert several.check(int).message.startswith("expected a list of 2, got one number.")


def test_a_quiz_marks_each_statement():
    from workbench.lessons.quizzes import quiz

    questions = quiz({"one": True, "two": False}, hints=())
    assert questions.check([True, False])
    verdict = questions.check([True, True])
    assert verdict.message == f"1 of 2 not right. {helps('quiz')}"
    assert verdict.to_text().endswith("  ✓ 1. one: you said true\n  ✗ 2. two: you said true")
    for answer in ([True], "TF", True, ["yes", "no"]):
        assert "True or False" in questions.check(answer).message


ODD = (
    None, True, -1, 3.5, "a text", b"bytes", [], [[1], [2, 3]], [None], {}, {1: 2}, set(), {"a"}, 1j,
    np.zeros((2, 2)), np.array(["a"]), object(), int, print, lambda: 1 / 0, range(3), ("0i_i", 3),
)  # fmt: skip
"""What a learner may put in the place of dots."""


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_answer_of_a_wrong_kind_raises(lesson: str):
    module = import_module(f"workbench.lessons.{lesson}")
    exercises = [each for each in vars(module).values() if isinstance(each, Exercise)]
    assert exercises
    for exercise in exercises:
        assert len(exercise.hints) >= 2
        for answer in (*ODD, Unprintable()):
            verdict = exercise.check(answer)
            assert verdict.outcome != "not yet" and verdict.to_text()
            assert verdict or f"lesson.{exercise.name}.hint() helps" in verdict.message


def test_hints_come_one_by_one():
    exercise = make(hints=("first", "second"))
    assert [exercise.hint() for _ in range(3)] == ["first", "second", "second"]
    assert "no hint" in make().hint()


def test_strict_raises_on_all_but_a_right_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WB_STRICT", "1")
    assert make().check([2, 4])
    for answer in (..., [2, 5]):
        with pytest.raises(StatusError) as raised:
            make().check(answer)
        assert raised.value.code is StatusCode.FAILED_PRECONDITION


def test_an_answer_can_be_the_text_of_a_program():
    from workbench.lessons import reading_ir

    body = "func.func @between(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32>"
    wrong = reading_ir.between.check(body + " { return %b : tensor<4xf32> }")
    assert "elements differ" in wrong.message and len(wrong.pictures) == 2
    broken = reading_ir.between.check(body + " { return %d : tensor<4xf32> }").message
    assert "'%d' is used and not defined" in broken and f"^\n{helps('between')}" in broken
    assert reading_ir.between.check("a + b").message.startswith("expected the text of a program")
    other = reading_ir.between.check(
        body.replace("between", "among") + " { return %b : tensor<4xf32> }"
    )
    assert "the program has no function @between: it has @among." in other.message
    same = reading_ir.mend.check(lambda text: text).message
    assert same.startswith("your function returned the text unchanged")


def test_two_rules_and_no_one_alone_make_one_dispatch():
    from workbench.lessons.forming_dispatches import CENTRE, MIN_RULES, RULES, dispatches

    assert dispatches(CENTRE, list(MIN_RULES)) == 1
    assert all(dispatches(CENTRE, [rule]) > 1 for rule in RULES)
