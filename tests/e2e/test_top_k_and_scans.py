"""`chlo.top_k`, and scans, on every target, against NumPy."""

from __future__ import annotations

from typing import Any

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
func.func @folds(%x: tensor<2x5xf32>, %y: tensor<3x5x2xi8>, %a: tensor<2xf32>, %b: tensor<i8>) -> (tensor<2x5xf32>, tensor<3x5xi8>, tensor<2xf32>, tensor<i8>) {
  %0:4 = chlo.scan(%x, %y) inits (%a, %b) dimension = 1 attributes {is_reverse = true} {
  ^bb0(%p: tensor<2xf32>, %q: tensor<3x2xi8>, %c: tensor<2xf32>, %d: tensor<i8>):
    %half = stablehlo.constant dense<0.5> : tensor<2xf32>
    %zero = stablehlo.constant dense<0> : tensor<i8>
    %1 = stablehlo.multiply %c, %half : tensor<2xf32>
    %2 = stablehlo.add %1, %p : tensor<2xf32>
    %3 = stablehlo.reduce(%q init: %zero) applies stablehlo.add across dimensions = [0, 1] : (tensor<3x2xi8>, tensor<i8>) -> tensor<i8>
    %4 = stablehlo.xor %3, %d : tensor<i8>
    %5, %6 = chlo.scan(%q) inits (%d) dimension = 1 {
    ^bb0(%e: tensor<3xi8>, %f: tensor<i8>):
      %7 = stablehlo.reduce(%e init: %f) applies stablehlo.maximum across dimensions = [0] : (tensor<3xi8>, tensor<i8>) -> tensor<i8>
      stablehlo.return %e, %7 : tensor<3xi8>, tensor<i8>
    } : (tensor<3x2xi8>, tensor<i8>) -> (tensor<3x2xi8>, tensor<i8>)
    %8 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<i8>) -> tensor<3xi8>
    stablehlo.return %c, %8, %2, %4 : tensor<2xf32>, tensor<3xi8>, tensor<2xf32>, tensor<i8>
  } : (tensor<2x5xf32>, tensor<3x5x2xi8>, tensor<2xf32>, tensor<i8>) -> (tensor<2x5xf32>, tensor<3x5xi8>, tensor<2xf32>, tensor<i8>)
  return %0#0, %0#1, %0#2, %0#3 : tensor<2x5xf32>, tensor<3x5xi8>, tensor<2xf32>, tensor<i8>
}
func.func @no_parts(%x: tensor<2x0xf32>, %a: tensor<f32>) -> (tensor<2x0xf32>, tensor<f32>) {
  %0, %1 = chlo.scan(%x) inits (%a) dimension = 1 {
  ^bb0(%p: tensor<2xf32>, %c: tensor<f32>):
    stablehlo.return %p, %c : tensor<2xf32>, tensor<f32>
  } : (tensor<2x0xf32>, tensor<f32>) -> (tensor<2x0xf32>, tensor<f32>)
  return %0, %1 : tensor<2x0xf32>, tensor<f32>
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

    check_functional_scans(program, rng)


def check_functional_scans(program: Any, rng: np.random.Generator) -> None:
    x, a = rng.random((2, 5), np.float32), rng.random(2, np.float32)
    y, b = rng.integers(-128, 128, (3, 5, 2)).astype(np.int8), np.int8(3)
    found = program.folds(x, y, a, b)
    carries, maxima = np.zeros((2, 5), np.float32), np.zeros((3, 5), np.int8)
    for k in range(4, -1, -1):
        carries[:, k], maxima[:, k] = a, max(y[:, k].max(), b)
        a, b = a / 2 + x[:, k], y[:, k].sum(dtype=np.int8) ^ b
    for each, expected in zip(found, (carries, maxima, a, b), strict=True):
        np.testing.assert_allclose(each, expected, rtol=1e-6)
    empty, carry = program.no_parts(np.zeros((2, 0), np.float32), np.float32(7))
    assert np.shape(empty) == (2, 0) and carry == 7


def test_windows_as_long_as_a_dimension_are_scans():
    dispatch = ireelite.compile(TEXT, targets=["vmvx"]).ir("dispatch")
    body = dispatch[dispatch.index("@window") : dispatch.index("@long")]
    assert body.count("iree_tensor.scan") == 2 and "linalg.generic" not in body


def test_a_window_whose_start_is_broadcast_is_a_scan():
    """As JAX writes `cumsum`."""
    text = """
func.func @cumsum(%x: tensor<4x50xf32>) -> tensor<4x50xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %start = stablehlo.broadcast_in_dim %zero, dims = [] : (tensor<f32>) -> tensor<f32>
  %0 = "stablehlo.reduce_window"(%x, %start) <{window_dimensions = array<i64: 1, 50>,
      padding = dense<[[0, 0], [49, 0]]> : tensor<2x2xi64>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<4x50xf32>, tensor<f32>) -> tensor<4x50xf32>
  return %0 : tensor<4x50xf32>
}
"""
    program = ireelite.compile(text, targets=["llvm-cpu"])
    assert "iree_tensor.scan" in program.ir("dispatch")
    x = np.arange(200, dtype=np.float32).reshape(4, 50)
    result = ireelite.load(program, device="local-sync").cumsum(x)
    np.testing.assert_array_equal(result, np.cumsum(x, 1))
