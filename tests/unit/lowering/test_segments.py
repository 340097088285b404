"""Loops whose branches depend on the last index become loops over segments, with the same values."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite

TEXT = """
func.func @joined(%a: tensor<3x70xf32>, %b: tensor<3x1xf32>, %c: tensor<3x61xf32>) -> tensor<3x132xf32> {
  %0 = stablehlo.concatenate %a, %b, %c, dim = 1 : (tensor<3x70xf32>, tensor<3x1xf32>, tensor<3x61xf32>) -> tensor<3x132xf32>
  %1 = stablehlo.negate %0 : tensor<3x132xf32>
  return %1 : tensor<3x132xf32>
}
func.func @padded(%a: tensor<2x3x70xi8>, %z: tensor<i8>) -> tensor<2x4x73xi8> {
  %0 = stablehlo.pad %a, %z, low = [0, 1, 5], high = [0, 0, -2], interior = [0, 0, 0] : (tensor<2x3x70xi8>, tensor<i8>) -> tensor<2x4x73xi8>
  return %0 : tensor<2x4x73xi8>
}
func.func @row(%a: tensor<16000xf32>, %b: tensor<500xf32>, %c: tensor<17001xf32>) -> tensor<33501xf32> {
  %0 = stablehlo.concatenate %a, %b, %c, dim = 0 : (tensor<16000xf32>, tensor<500xf32>, tensor<17001xf32>) -> tensor<33501xf32>
  return %0 : tensor<33501xf32>
}
func.func @narrow(%a: tensor<50x2xf32>, %b: tensor<50x3xf32>) -> tensor<50x5xf32> {
  %0 = stablehlo.concatenate %a, %b, dim = 1 : (tensor<50x2xf32>, tensor<50x3xf32>) -> tensor<50x5xf32>
  return %0 : tensor<50x5xf32>
}
func.func @many(%a: tensor<2x40xf32>, %b: tensor<2x40xf32>) -> tensor<2x720xf32> {
  %0 = stablehlo.concatenate %a, %b, %a, %b, %a, %b, %a, %b, %a, dim = 1 : (tensor<2x40xf32>, tensor<2x40xf32>, tensor<2x40xf32>, tensor<2x40xf32>, tensor<2x40xf32>, tensor<2x40xf32>, tensor<2x40xf32>, tensor<2x40xf32>, tensor<2x40xf32>) -> tensor<2x360xf32>
  %1 = stablehlo.concatenate %0, %0, dim = 1 : (tensor<2x360xf32>, tensor<2x360xf32>) -> tensor<2x720xf32>
  return %1 : tensor<2x720xf32>
}
"""


@pytest.fixture(scope="module", params=["avx512f", "plain"])
def module(request):
    """The functions, with and without the schedule."""
    program = ireelite.compile(TEXT, targets=["llvm-cpu"], schedule=request.param)
    return ireelite.load(program, device="local-task")


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).standard_normal(shape).astype(np.float32)


def test_parts_are_joined(module):
    a, b, c = numbers(3, 70), numbers(3, 1), numbers(3, 61)
    np.testing.assert_array_equal(module.joined(a, b, c), -np.concatenate([a, b, c], 1))
    row = numbers(16000), numbers(500), numbers(17001)
    np.testing.assert_array_equal(module.row(*row), np.concatenate(row))
    a, b = numbers(50, 2), numbers(50, 3)
    np.testing.assert_array_equal(module.narrow(a, b), np.concatenate([a, b], 1))
    a, b = numbers(2, 40), -numbers(2, 40)
    half = np.concatenate([a, b] * 4 + [a], 1)
    np.testing.assert_array_equal(module.many(a, b), np.concatenate([half, half], 1))


def test_padding_is_around(module):
    a = np.arange(420).astype(np.int8).reshape(2, 3, 70)
    expected = np.pad(a, [(0, 0), (1, 0), (5, 0)], constant_values=9)[:, :, :73]
    np.testing.assert_array_equal(module.padded(a, np.int8(9)), expected)


def test_segments_have_no_branches():
    kernels = ireelite.compile(TEXT, targets=["llvm-cpu"], schedule="avx512f").ir("schedules")
    joined, row = (kernels[kernels.index(f"@{name}_rgn") :] for name in ("joined", "row"))
    for text in (joined, row):
        body = text[: text.index("return")]
        assert "scf.if" not in body and body.count("scf.for") == 3
