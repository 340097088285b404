"""Exercises: not yet, right, wrong with the difference drawn; strict only when asked."""

from __future__ import annotations

import numpy as np
import pytest

from ireelite.status import StatusCode, StatusError
from workbench.exercises import Exercise


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
    assert set(verdict._repr_mimebundle_()) == {"text/plain"}


def test_a_wrong_answer_is_drawn():
    verdict = make().check([2, 5])
    assert repr(verdict).split("\n")[0] == (
        "✗ product: wrong. 1 of 2 elements differ. product.expected() shows what is right."
    )
    assert [p.title for p in verdict.pictures] == ["yours", "yours less the expected"]
    assert verdict.pictures[1].cells() == [[0, 1]]
    assert verdict._repr_mimebundle_()["text/html"].count("<img") == 2
    assert list(make().expected()) == [2, 4]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([1, 2, 3], "expected shape (2,), got (3,)."),
        ("four", "expected numbers, got str."),
        ([[1], [2, 3]], "expected numbers, got list."),
    ],
)
def test_answers_of_the_wrong_kind(answer: object, message: str):
    assert make().check(answer).message == message


def test_a_function_is_held_to_all_inputs(capsys: pytest.CaptureFixture[str]):
    exercise = Exercise("double", "double it", lambda x: 2 * x, inputs=[(2,), (5,)])
    assert exercise.check(lambda x: x + x)
    assert exercise.check(lambda x: x * x).message == (
        "For (5): yours is 25. double.expected() shows what is right."
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
    assert message.endswith(": return 2 * x if x else 1 / x")
    missing = exercise.check(lambda x: {}["k"]).message
    assert "For (2): your function raised KeyError: 'k' at line" in missing


def test_sets_and_words():
    names = Exercise("names", "name them", lambda: {"a", "b"})
    assert names.check(["b", "a"])
    assert names.check({"a", "c"}).message == "missing b; too many c."
    word = Exercise("word", "say it", lambda: "vm").check("hlo").message
    assert word == "yours is 'hlo'. word.expected() shows what is right."


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
    assert "'%d' is used and not defined" in broken and broken.endswith("^")
