"""Statistics, comparisons and slices of tensors; values of a run of the interpreter."""

from __future__ import annotations

import base64
import json
import zlib

import ml_dtypes
import numpy as np
import pytest

import ireelite
import workbench
from ireelite.status import StatusError
from workbench.model.tensor_peek import INFINITE, NAN, STEPS, TensorPeek
from workbench.model.tensor_set import MAX_CELLS, facts
from workbench.model.tensor_statistics import compare, statistics

DIGITS = "func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {\n"
DIGITS += "  %y = stablehlo.exponential %x : tensor<2x3xf32>\n"
DIGITS += "  %z = stablehlo.negate %y : tensor<2x3xf32>\n  return %z : tensor<2x3xf32>\n}"


def test_statistics_name_the_elements():
    array = np.array([[1, -2, np.nan], [np.inf, 0, np.nan]], np.float32)
    known = statistics(array)
    assert (known.low, known.high, known.mean) == (-2, 1, pytest.approx(-1 / 3))
    assert (known.low_at, known.high_at, known.nan_at, known.infinity_at) == (
        (0, 1),
        (0, 0),
        (0, 2),
        (1, 0),
    )
    assert (known.nans, known.infinities, known.zeros, known.not_finite) == (2, 1, 1, 3)
    assert sum(known.counts) == 3 and known.deviation == pytest.approx(np.std([1, -2, 0]))
    assert ("NaN", "2", (0, 2)) in facts(TensorPeek(array))


@pytest.mark.parametrize(
    "array",
    [
        np.float32(3),
        np.zeros((0, 3)),
        np.full(4, np.nan),
        np.array([True, False]),
        np.array([2**63 - 1, -(2**63)]),
        np.array([1 + 2j, 3j]),
        np.ones((2, 2), ml_dtypes.bfloat16),
        np.array([1e308, -1e308]),
        np.arange(6, dtype=np.uint8).reshape(1, 1, 1, 1, 2, 3),
    ],
    ids=lambda a: f"{a.dtype}{a.shape}",
)
def test_every_tensor_has_every_form(array: np.ndarray):
    view = workbench.TensorPeek(array, "t")
    assert view.to_text() and view.to_svg().startswith("<svg")
    (choice,) = json.loads(view.to_json())["choices"]
    (shown,) = [part for key, part in choice["slices"].items() if key in ("", "0,0,0,0")]
    assert len(shown["levels"]) == len(shown["rows"])
    twin = workbench.TensorPeek(array, "t", other=array)
    assert twin.to_text().startswith(f"all {array.size} elements are equal")


def test_levels_mark_what_is_not_finite():
    levels = TensorPeek(np.array([0.0, 0.5, 1.0, np.nan, np.inf, -np.inf])).levels()
    assert levels == [[0, STEPS // 2, STEPS, NAN, INFINITE, -INFINITE]]


def test_what_tells_most_is_among_what_is_sampled():
    array = np.zeros((100, 100))
    array[37, 41], array[11, 3] = 5, np.nan
    peek = TensorPeek(array)
    assert 37 in peek.rows and 41 in peek.columns and 11 in peek.rows and 3 in peek.columns
    assert len(peek.rows) == 32 and len(peek.columns) == 64 and peek.rows == sorted(peek.rows)


def test_two_tensors_are_compared_at_their_worst_element():
    ours = np.zeros((2, 3, 4), np.float32)
    theirs = ours.copy()
    theirs[1, 2, 3], theirs[0, 0, 0] = 2, 1e-9
    made = compare(ours, theirs)
    assert (made.differing, made.worst_at, made.worst) == (1, (1, 2, 3), 2.0)
    view = workbench.TensorPeek(ours, "ours", other=theirs)
    assert view.to_text().startswith(
        "1 of 24 elements differ; the worst is [1, 2, 3]: 0 against 2, by 2\n"
    )
    assert "slice [1, :, :]" in view.to_text() and "the worst is" in view.to_svg()
    assert json.loads(view.to_json())["worst"] == [1, 2, 3]
    one_nan = compare(np.array([np.nan, 1.0, np.nan]), np.array([np.nan, 1.5, 2.0]))
    assert (one_nan.differing, one_nan.worst_at, one_nan.worst) == (2, (2,), np.inf)
    with pytest.raises(StatusError, match=r"shapes \(3,\) and \(2,\) have no elements to compare"):
        compare(np.zeros(3), np.zeros(2))


def test_slices_that_are_not_sent_are_asked_for():
    array = np.arange(200 * 32 * 64, dtype=np.float32).reshape(200, 32, 64)
    view = workbench.TensorPeek(array, at=(7,))
    (choice,) = json.loads(view.to_json())["choices"]
    assert choice["at"] == [7] and "7" in choice["slices"] and "199" not in choice["slices"]
    sent = sum(len(part["levels"]) * len(part["levels"][0]) for part in choice["slices"].values())
    assert sent <= MAX_CELLS
    view.wanted = {"choice": 0, "at": [199], "number": 1}
    answer = json.loads(zlib.decompress(base64.b64decode(view.answer)))
    assert answer["at"] == [199] and answer["slice"]["texts"][0][0] == "407552"
    view.wanted = {"choice": 0, "at": [200], "number": 2}
    assert json.loads(zlib.decompress(base64.b64decode(view.answer)))["at"] == [199]


def test_any_value_of_a_run():
    program = ireelite.compile(DIGITS, targets=["vmvx"], record=True)
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    run = program.interpret(x, values=True)
    view = workbench.TensorPeek(run, op="hlo/2", program=program)
    assert view.to_text().startswith("hlo/2 stablehlo.exponential: tensor<2x3xf32> min 1 ")
    assert view.to_text().endswith("and 1 other value to choose from")
    assert view.shared is workbench.IRView(program).shared
    serials = [choice["serial"] for choice in json.loads(view.to_json())["choices"]]
    assert serials == [program.record.serial("hlo/2"), program.record.serial("hlo/3")]
    assert "hlo/3 stablehlo.negate" in workbench.TensorPeek(run, program=program).label()
    assert workbench.TensorPeek(run).label().startswith("hlo/3: ")
    with pytest.raises(StatusError, match="op 'hlo/9' has no value in this run"):
        workbench.TensorPeek(run, op="hlo/9")
    with pytest.raises(StatusError, match="names a value of a run, and the first argument is a "):
        workbench.TensorPeek(x, op="hlo/2")


def test_values_of_loops_are_there_for_each_turn():
    source = """func.func @main(%n: tensor<i32>) -> tensor<i32> {
      %c = stablehlo.constant dense<0> : tensor<i32>
      %o = stablehlo.constant dense<1> : tensor<i32>
      %r = stablehlo.while(%i = %c) : tensor<i32>
        cond { %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
          stablehlo.return %p : tensor<i1> }
        do { %j = stablehlo.add %i, %o : tensor<i32>
          stablehlo.return %j : tensor<i32> }
      return %r : tensor<i32> }"""
    run = ireelite.compile(source, targets=["vmvx"]).interpret(np.int32(5), values=True, turns=3)
    view = workbench.TensorPeek(run)
    names = [choice.name for choice in view.model.choices]
    turns = [name for name in names if name.endswith((", turn -3", ", turn -1"))]
    assert len(turns) == 4, names


def test_a_second_tensor_has_a_name():
    with pytest.raises(StatusError, match="the title is a ndarray, not a string; a second tensor"):
        workbench.TensorPeek(np.ones(3), np.ones(3))  # pyright: ignore[reportArgumentType]
