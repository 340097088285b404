"""`chlo.top_k`, and scans, on every target, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-sync", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

TEXT = """
func.func @few(%x: tensor<2x3x10xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x4xi32>) {
  %0, %1 = chlo.top_k(%x, k = 4) : tensor<2x3x10xf32> -> (tensor<2x3x4xf32>, tensor<2x3x4xi32>)
  return %0, %1 : tensor<2x3x4xf32>, tensor<2x3x4xi32>
}
func.func @all_of_them(%x: tensor<7xi8>) -> (tensor<7xi8>, tensor<7xi32>) {
  %0, %1 = chlo.top_k(%x, k = 7) : tensor<7xi8> -> (tensor<7xi8>, tensor<7xi32>)
  return %0, %1 : tensor<7xi8>, tensor<7xi32>
}
func.func @by_tiles(%x: tensor<2x1024xf32>) -> (tensor<2x5xf32>, tensor<2x5xi32>) {
  %0, %1 = chlo.top_k(%x, k = 5) : tensor<2x1024xf32> -> (tensor<2x5xf32>, tensor<2x5xi32>)
  return %0, %1 : tensor<2x5xf32>, tensor<2x5xi32>
}
func.func @smallest(%x: tensor<7xi8>) -> (tensor<3xi8>, tensor<3xi32>) {
  %0:2 = stablehlo.custom_call @mhlo.topk(%x) {mhlo.attributes = {k = 3 : i64, largest = false}, mhlo.version = 1 : i64} : (tensor<7xi8>) -> (tensor<3xi8>, tensor<3xi32>)
  return %0#0, %0#1 : tensor<3xi8>, tensor<3xi32>
}
func.func @sums(%x: tensor<5x40x3xf32>, %z: tensor<f32>) -> tensor<5x40x3xf32> {
  %y = stablehlo.multiply %x, %x : tensor<5x40x3xf32>
  %0 = iree_tensor.scan %y, %z {dimension = 1 : i64, reverse = false, exclusive = false} : (tensor<5x40x3xf32>, tensor<f32>) -> tensor<5x40x3xf32> {
  ^bb0(%sum: f32, %element: f32):
    %1 = arith.addf %sum, %element : f32
    iree_tensor.yield %1 : f32
  }
  %2 = stablehlo.negate %0 : tensor<5x40x3xf32>
  return %2 : tensor<5x40x3xf32>
}
func.func @reversed_maxima(%x: tensor<60xi8>, %z: tensor<i8>) -> (tensor<60xi8>, tensor<60xi8>) {
  %0 = iree_tensor.scan %x, %z {dimension = 0 : i64, reverse = true, exclusive = false} : (tensor<60xi8>, tensor<i8>) -> tensor<60xi8> {
  ^bb0(%max: i8, %element: i8):
    %1 = arith.maxsi %max, %element : i8
    iree_tensor.yield %1 : i8
  }
  %2 = iree_tensor.scan %x, %z {dimension = 0 : i64, reverse = true, exclusive = true} : (tensor<60xi8>, tensor<i8>) -> tensor<60xi8> {
  ^bb0(%max: i8, %element: i8):
    %3 = arith.maxsi %max, %element : i8
    iree_tensor.yield %3 : i8
  }
  return %0, %2 : tensor<60xi8>, tensor<60xi8>
}
func.func @window(%x: tensor<4x50xf32>) -> (tensor<4x50xf32>, tensor<4x50xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%x, %zero) <{window_dimensions = array<i64: 1, 50>, padding = dense<[[0, 0], [50, -1]]> : tensor<2x2xi64>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<4x50xf32>, tensor<f32>) -> tensor<4x50xf32>
  %1 = "stablehlo.reduce_window"(%x, %low) <{window_dimensions = array<i64: 4, 1>, padding = dense<[[0, 3], [0, 0]]> : tensor<2x2xi64>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = stablehlo.maximum %a, %b : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<4x50xf32>, tensor<f32>) -> tensor<4x50xf32>
  return %0, %1 : tensor<4x50xf32>, tensor<4x50xf32>
}
func.func @long(%x: tensor<70000xi32>, %z: tensor<i32>) -> tensor<70000xi32> {
  %0 = iree_tensor.scan %x, %z {dimension = 0 : i64, reverse = false, exclusive = false} : (tensor<70000xi32>, tensor<i32>) -> tensor<70000xi32> {
  ^bb0(%sum: i32, %element: i32):
    %1 = arith.addi %sum, %element : i32
    iree_tensor.yield %1 : i32
  }
  return %0 : tensor<70000xi32>
}
"""


def largest(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Values and indices of the k largest elements along the last dimension, NaN before all."""
    key = np.where(np.isnan(x), -np.inf, -x.astype(np.float64))
    order = np.argsort(key, axis=-1, kind="stable")[..., :k].astype(np.int32)
    return np.take_along_axis(x, order, -1), order


@pytest.mark.parametrize("target, device", CONFIGURATIONS)
def test_top_k_and_scans(target: str, device: str):
    program = ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 6, (2, 3, 10)).astype(np.float32)
    x[0, 1, 3] = np.nan
    small = rng.integers(-128, 128, 7).astype(np.int8)
    wide = rng.integers(0, 100, (2, 1024)).astype(np.float32)
    for name, value, k in (("few", x, 4), ("all_of_them", small, 7), ("by_tiles", wide, 5)):
        for found, expected in zip(program[name](value), largest(value, k), strict=True):
            np.testing.assert_array_equal(found, expected, name)
    values, places = program.smallest(small)
    np.testing.assert_array_equal(places, np.argsort(small, kind="stable")[:3])
    np.testing.assert_array_equal(values, np.sort(small)[:3])
    y = rng.random((5, 40, 3), np.float32)
    sums = program.sums(y, np.float32(1))
    np.testing.assert_allclose(sums, -(np.cumsum(y * y, 1) + 1), rtol=1e-5)
    bytes = rng.integers(-128, 128, 60).astype(np.int8)
    maxima, before = program.reversed_maxima(bytes, np.int8(-100))
    expected = np.maximum(np.maximum.accumulate(bytes[::-1])[::-1], -100)
    np.testing.assert_array_equal(maxima, expected)
    np.testing.assert_array_equal(before, [*expected[1:], -100])
    z = rng.integers(0, 100, (4, 50)).astype(np.float32)
    sums, maxima = program.window(z)
    np.testing.assert_array_equal(sums, np.cumsum(z, 1) - z)
    np.testing.assert_array_equal(maxima, np.maximum.accumulate(z[::-1])[::-1])
    long = rng.integers(-1000, 1000, 70000).astype(np.int32)
    np.testing.assert_array_equal(program.long(long, np.int32(3)), np.cumsum(long) + 3)


def test_windows_as_long_as_a_dimension_are_scans():
    dispatch = ireelite.compile(TEXT, targets=["vmvx"]).ir("dispatch")
    body = dispatch[dispatch.index("@window") : dispatch.index("@long")]
    assert body.count("iree_tensor.scan") == 2 and "linalg.generic" not in body
