"""Static shapes that a user gives the arguments of MLIR functions."""

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

TEXT = """
func.func @sums(%a: tensor<?x3xf32>, %b: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<?x3xf32>
  %c = stablehlo.constant dense<0.0> : tensor<f32>
  %1 = stablehlo.reduce(%0 init: %c) applies stablehlo.add across dimensions = [1]
      : (tensor<?x3xf32>, tensor<f32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}
func.func @same(%a: tensor<?xf32>, %n: i32) -> tensor<?xf32> {
  return %a : tensor<?xf32>
}
"""

A = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture(scope="module")
def program():
    shapes = {"sums": [(4, 3), (4, None)], "same": [(-1,), None]}
    return ireelite.compile(TEXT, targets=["vmvx"], input_shapes=shapes)


def test_open_sizes_become_those_that_are_given(program):
    assert "@sums(%input0: tensor<4x3xf32>, %input1: tensor<4x3xf32>)" in program.functions["sums"]
    assert "@same(%input0: tensor<?xf32>, %input1: i32)" in program.functions["same"]


def test_the_program_computes_with_them(program):
    module = ireelite.load(program)
    np.testing.assert_array_equal(module.sums(A, A + 1), (A * (A + 1)).sum(1))
    np.testing.assert_array_equal(module.same(A[0, :2], 1), A[0, :2])
    np.testing.assert_array_equal(
        program.interpret(A, A + 1, function="sums"), (A * (A + 1)).sum(1)
    )


@pytest.mark.parametrize(
    ("shapes", "code", "words"),
    [
        ({"sums": [(4, 3)]}, "INVALID_ARGUMENT", "has 2 arguments, and 1 shapes are given"),
        ({"sums": [(4, 4), None]}, "INVALID_ARGUMENT", "which can't be 4x4"),
        ({"sums": [(4,), None]}, "INVALID_ARGUMENT", "which can't be 4"),
        ({"sums": [4, 3]}, "INVALID_ARGUMENT", "expected a list with one shape, or None"),
        ({"same": [(2,), (1,)]}, "INVALID_ARGUMENT", "argument 1 of type i32, which can't be 1"),
        (
            {"sum": []},
            "NOT_FOUND",
            "arguments of '@sum', which is not a function here; did you mean",
        ),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(shapes, code, words):
    with pytest.raises(StatusError, match="@") as caught:
        ireelite.compile(TEXT, targets=["vmvx"], input_shapes=shapes)
    assert caught.value.code is StatusCode[code] and words in str(caught.value)


def test_a_function_that_is_called_keeps_its_types():
    text = (
        TEXT
        + """
func.func @run(%a: tensor<?xf32>, %n: i32) -> tensor<?xf32> {
  %0 = call @same(%a, %n) : (tensor<?xf32>, i32) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
"""
    )
    with pytest.raises(StatusError, match=r"'@same' is called in this module"):
        ireelite.compile(text, targets=["vmvx"], input_shapes={"same": [(2,), None]})


QUANTIZED = """
func.func @main(%x: tensor<?x2xf32>, %y: tensor<?x2x!quant.uniform<i8:f32, 0.5>>) -> tensor<?x2xf32> {
  %0 = stablehlo.uniform_quantize %x
      : (tensor<?x2xf32>) -> tensor<?x2x!quant.uniform<i8:f32, 0.25:1>>
  %1 = stablehlo.add %0, %y
      : (tensor<?x2x!quant.uniform<i8:f32, 0.25:1>>, tensor<?x2x!quant.uniform<i8:f32, 0.5>>)
      -> tensor<?x2x!quant.uniform<i8:f32, 0.25:1>>
  %2 = stablehlo.uniform_dequantize %1
      : (tensor<?x2x!quant.uniform<i8:f32, 0.25:1>>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
"""


def test_quantized_tensors_get_the_sizes_that_are_given():
    with pytest.raises(StatusError, match=r"UNIMPLEMENTED; .*--input-shapes=main="):
        ireelite.compile(QUANTIZED, targets=["vmvx"])
    shapes = {"main": [(2, 2), (2, 2)]}
    program = ireelite.compile(QUANTIZED, targets=["vmvx"], input_shapes=shapes)
    x, y = np.array([[1, 2.1], [3, 99]], np.float32), np.array([[1, 2], [3, 4]], np.int8)
    expected = np.array([[1.5, 3], [4.5, 31.5]], np.float32)
    np.testing.assert_array_equal(ireelite.load(program).main(x, y), expected)


def test_a_program_of_a_later_stage_keeps_its_shapes():
    text = ireelite.compile(TEXT, targets=["vmvx"], input_shapes={"sums": [(4, 3), (4, 3)]}).ir(
        "hl-seq", elide=False
    )
    with pytest.raises(StatusError, match="not of stage 'hl-seq'"):
        ireelite.compile(text, targets=["vmvx"], input_shapes={"sums": [(4, 3), (4, 3)]})
