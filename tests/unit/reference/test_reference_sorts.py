"""Sorts of the reference that merge runs, and those whose comparators are asked pair by pair."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.reference.sorting import ALL_PAIRS, merged_places

BY_CALL = """
func.func private @less(%a: tensor<i32>, %b: tensor<i32>) -> tensor<i1> {
  %0 = stablehlo.compare LT, %a, %b : (tensor<i32>, tensor<i32>) -> tensor<i1>
  return %0 : tensor<i1>
}
func.func @main(%x: tensor<40xi32>) -> tensor<40xi32> {
  %0 = "stablehlo.sort"(%x) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %1 = func.call @less(%a, %b) : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<40xi32>) -> tensor<40xi32>
  return %0 : tensor<40xi32>
}
"""


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 65, ALL_PAIRS + 1, 4097])
def test_merging_is_stable(count):
    x = np.random.default_rng(count).integers(0, 20, count)
    found = merged_places(lambda a, b: x[a] < x[b], count)
    np.testing.assert_array_equal(found, np.argsort(x, kind="stable"))


def test_a_comparator_that_is_no_order_merges_nothing():
    x = np.random.default_rng(1).random(3000)
    x[::7] = np.nan
    assert merged_places(lambda a, b: x[a] < x[b], 3000) is None


def test_a_comparator_that_calls_a_function():
    x = np.random.default_rng(2).integers(-9, 9, 40).astype(np.int32)
    program = ireelite.compile(BY_CALL, targets=["vmvx"])
    np.testing.assert_array_equal(program.interpret(x, function="main"), np.sort(x))
