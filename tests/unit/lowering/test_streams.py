"""Large results, which are stored past the caches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ireelite
from ireelite.lowering.schedules.tiles import REGISTER_FILES

TEXT = """
func.func @product(%a: tensor<6x128xf32>, %b: tensor<6x128xf32>) -> tensor<6x128xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<6x128xf32>
  return %0 : tensor<6x128xf32>
}
func.func @turned(%a: tensor<32x64xf32>) -> tensor<64x32xf32> {
  %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<32x64xf32>) -> tensor<64x32xf32>
  return %0 : tensor<64x32xf32>
}
func.func @wide(%a: tensor<4x64xf64>, %b: tensor<64xf64>) -> tensor<4x64xf64> {
  %0 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<64xf64>) -> tensor<4x64xf64>
  %1 = stablehlo.exponential %a : tensor<4x64xf64>
  %2 = stablehlo.subtract %0, %1 : tensor<4x64xf64>
  return %2 : tensor<4x64xf64>
}
func.func @uneven(%a: tensor<6x127xf32>) -> tensor<6x127xf32> {
  %0 = stablehlo.negate %a : tensor<6x127xf32>
  return %0 : tensor<6x127xf32>
}
func.func @backwards(%a: tensor<128xf32>) -> tensor<128xf32> {
  %0 = stablehlo.reverse %a, dims = [0] : tensor<128xf32>
  return %0 : tensor<128xf32>
}"""
STREAMED = 3
"""The functions whose tiles are whole lines, by neighbours."""


@pytest.fixture
def small_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every result is larger than the last cache."""
    for name, row in REGISTER_FILES.items():
        monkeypatch.setitem(REGISTER_FILES, name, replace(row, nontemporal_above=0))


def test_results_of_whole_lines_go_past_the_caches(small_caches: None):
    program = ireelite.compile(TEXT, targets=["llvm-cpu"])
    assert program.ir("schedules").count("nontemporal = true") == STREAMED
    module = ireelite.load(program, device="local-task")
    rng = np.random.default_rng(5)
    a, b = (rng.standard_normal((6, 128), np.float32) for _ in range(2))
    np.testing.assert_array_equal(module.product(a, b), a * b)
    x = rng.standard_normal((32, 64), np.float32)
    np.testing.assert_array_equal(module.turned(x), x.T)
    c, d = rng.standard_normal((4, 64)), rng.standard_normal(64)
    np.testing.assert_allclose(module.wide(c, d), d - np.exp(c), rtol=1e-12)
    np.testing.assert_array_equal(module.uneven(a[:, 1:].copy()), -a[:, 1:])
    np.testing.assert_array_equal(module.backwards(a[0]), a[0, ::-1])


def test_small_results_stay_in_the_cache():
    program = ireelite.compile(TEXT, targets=["llvm-cpu"])
    assert "nontemporal" not in program.ir("schedules")
