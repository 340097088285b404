"""Custom calls whose shapes are operands, as JAX makes them of programs with symbolic shapes."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusError

TEXT = """
func.func @windows(%a: tensor<4x3xf32>) -> tensor<?x?xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %rows = stablehlo.get_dimension_size %a, dim = 0 : (tensor<4x3xf32>) -> tensor<i32>
  %0 = stablehlo.reshape %rows : (tensor<i32>) -> tensor<1xi32>
  %one = stablehlo.constant dense<1> : tensor<1xi32>
  %sizes = stablehlo.concatenate %0, %one, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %ones = stablehlo.constant dense<1> : tensor<2xi32>
  %padding = stablehlo.constant dense<[[3, 0], [0, 0]]> : tensor<2x2xi32>
  %1 = stablehlo.custom_call @stablehlo.dynamic_reduce_window(
      %a, %zero, %sizes, %ones, %ones, %ones, %padding) {called_computations = [@sum]}
      : (tensor<4x3xf32>, tensor<f32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>,
      tensor<2x2xi32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}
func.func @sum(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %0 = stablehlo.add %a, %b : tensor<f32>
  return %0 : tensor<f32>
}
func.func @bits(%state: tensor<2xui64>) -> tensor<?xui32> {
  %shape = stablehlo.constant dense<5> : tensor<1xi32>
  %0:2 = stablehlo.custom_call @stablehlo.dynamic_rng_bit_generator(%state, %shape)
      {rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>}
      : (tensor<2xui64>, tensor<1xi32>) -> (tensor<2xui64>, tensor<?xui32>)
  return %0#1 : tensor<?xui32>
}
func.func @known_bits(%state: tensor<2xui64>) -> tensor<5xui32> {
  %0:2 = stablehlo.rng_bit_generator %state, algorithm = THREE_FRY
      : (tensor<2xui64>) -> (tensor<2xui64>, tensor<5xui32>)
  return %0#1 : tensor<5xui32>
}
func.func @largest(%a: tensor<4x3xf32>) -> (tensor<4x?xf32>, tensor<4x?xi32>) {
  %k = stablehlo.constant dense<2> : tensor<i32>
  %0:2 = stablehlo.custom_call @stablehlo.dynamic_top_k(%a, %k)
      : (tensor<4x3xf32>, tensor<i32>) -> (tensor<4x?xf32>, tensor<4x?xi32>)
  return %0#0, %0#1 : tensor<4x?xf32>, tensor<4x?xi32>
}
func.func @factor(%a: tensor<2x2xf32>) -> tensor<?x?xf32> {
  %shape = stablehlo.constant dense<2> : tensor<2xi32>
  %none = stablehlo.constant dense<> : tensor<0xi32>
  %0:2 = stablehlo.custom_call @lapack_spotrf_ffi(%a, %shape, %none)
      {indices_of_shape_operands = dense<[1, 2]> : tensor<2xi64>,
      mhlo.backend_config = {uplo = 76 : ui8}}
      : (tensor<2x2xf32>, tensor<2xi32>, tensor<0xi32>) -> (tensor<?x?xf32>, tensor<i32>)
  return %0#0 : tensor<?x?xf32>
}
func.func @placed(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.custom_call @xla.sdy.FuncResultSharding(%a) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
"""


@pytest.fixture(scope="module")
def module():
    return ireelite.load(ireelite.compile(TEXT, targets=["vmvx"]), device="local-sync")


def test_windows_whose_sizes_are_operands(module):
    a = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.testing.assert_array_equal(module.windows(a), np.cumsum(a, 0))


def test_random_bits_whose_shape_is_an_operand(module):
    state = np.uint64([1, 2])
    np.testing.assert_array_equal(module.bits(state), module.known_bits(state))


def test_as_many_largest_elements_as_an_operand_has(module):
    a = np.float32([[1, 3, 2], [5, 4, 6], [7, 8, 9], [0, -1, -2]])
    values, indices = module.largest(a)
    np.testing.assert_array_equal(indices, [[1, 2], [2, 0], [2, 1], [0, 1]])
    np.testing.assert_array_equal(values, np.take_along_axis(a, np.int64(indices), 1))


def test_shapes_of_results_are_operands(module):
    result = module.factor(np.float32([[4, 0], [2, 5]]))
    np.testing.assert_allclose(result, [[2, 0], [1, 2]])


def test_functions_that_calls_name_are_not_exported(module):
    assert not hasattr(module, "sum")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dense<[1, 2]> : tensor<2xi64>", "dense<[1]> : tensor<1xi64>", "2 results, and 1 shapes"),
        ("called_computations = [@sum]", "", "needs a function in 'called_computations'"),
        ("rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>", "", "needs an 'rng_algorithm'"),
        (
            "(%a, %k)\n      : (tensor<4x3xf32>, tensor<i32>)",
            "(%a)\n      : (tensor<4x3xf32>)",
            "1",
        ),
    ],
)
def test_other_calls_are_refused(old, new, words):
    assert old in TEXT
    with pytest.raises(StatusError, match=words):
        ireelite.compile(TEXT.replace(old, new), targets=["vmvx"])
