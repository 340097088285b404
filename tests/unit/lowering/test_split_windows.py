"""Long windows and long reductions of several ops: the same values from parts."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.lowering.tensors.split_reductions import LONGEST

N = 2 * LONGEST + 7

PROGRAM = f"""
func.func @long_kernel(%x: tensor<1x2x{N}xi32>, %k: tensor<2x1x{N - 3}xi32>) -> tensor<1x1x4xi32> {{
  %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, f, 0]x[i, o, 0]->[b, f, 0],
      window = {{pad = [[1, -1]], reverse = [true]}} {{batch_group_count = 1 : i64, feature_group_count = 1 : i64}}
      : (tensor<1x2x{N}xi32>, tensor<2x1x{N - 3}xi32>) -> tensor<1x1x4xi32>
  return %0 : tensor<1x1x4xi32>
}}
func.func @long_features(%x: tensor<2x{N}xf16>, %k: tensor<{N}x3xf16>) -> tensor<2x3xf16> {{
  %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, f]x[i, o]->[b, f], window = {{}}
      {{batch_group_count = 1 : i64, feature_group_count = 1 : i64}}
      : (tensor<2x{N}xf16>, tensor<{N}x3xf16>) -> tensor<2x3xf16>
  return %0 : tensor<2x3xf16>
}}
func.func @long_window(%x: tensor<{N}xi32>, %init: tensor<i32>) -> tensor<4xi32> {{
  %0 = "stablehlo.reduce_window"(%x, %init) <{{window_dimensions = array<i64: {N}>, padding = dense<[[2, 1]]> : tensor<1x2xi64>}}> ({{
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %v = stablehlo.add %a, %b : tensor<i32>
    stablehlo.return %v : tensor<i32>
  }}) : (tensor<{N}xi32>, tensor<i32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}}
func.func @running_sum(%x: tensor<{N}xi32>) -> tensor<{N}xi32> {{
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %0 = "stablehlo.reduce_window"(%x, %zero) <{{window_dimensions = array<i64: {N}>, padding = dense<[[{N - 1}, 0]]> : tensor<1x2xi64>}}> ({{
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %v = stablehlo.add %a, %b : tensor<i32>
    stablehlo.return %v : tensor<i32>
  }}) : (tensor<{N}xi32>, tensor<i32>) -> tensor<{N}xi32>
  return %0 : tensor<{N}xi32>
}}
func.func @captured(%x: tensor<{N}xf32>, %most: tensor<f32>) -> tensor<f32> {{
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%x init: %zero) across dimensions = [0] : (tensor<{N}xf32>, tensor<f32>) -> tensor<f32>
   reducer(%a: tensor<f32>, %b: tensor<f32>) {{
    %two = stablehlo.constant dense<2.0> : tensor<f32>
    %s = stablehlo.maximum %a, %b : tensor<f32>
    %d = stablehlo.minimum %s, %most : tensor<f32>
    %e = stablehlo.minimum %d, %two : tensor<f32>
    stablehlo.return %e : tensor<f32>
  }}
  return %0 : tensor<f32>
}}
func.func @promoted(%x: tensor<{N}xi8>, %init: tensor<i8>) -> tensor<i32> {{
  %0 = "stablehlo.reduce"(%x, %init) <{{dimensions = array<i64: 0>}}> ({{
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %v = stablehlo.add %a, %b : tensor<i32>
    stablehlo.return %v : tensor<i32>
  }}) : (tensor<{N}xi8>, tensor<i8>) -> tensor<i32>
  return %0 : tensor<i32>
}}
func.func @complex(%x: tensor<{N}xcomplex<f32>>) -> tensor<complex<f32>> {{
  %init = stablehlo.constant dense<(1.0, 2.0)> : tensor<complex<f32>>
  %0 = stablehlo.reduce(%x init: %init) applies stablehlo.add across dimensions = [0]
      : (tensor<{N}xcomplex<f32>>, tensor<complex<f32>>) -> tensor<complex<f32>>
  return %0 : tensor<complex<f32>>
}}
"""

DEVICES = [
    pytest.param("llvm-cpu", "local-sync"),
    pytest.param("vulkan-spirv", "webgpu", marks=pytest.mark.webgpu),
]


@pytest.mark.parametrize("target, device", DEVICES)
def test_long_windows_and_reductions_of_several_ops(target: str, device: str):
    program = ireelite.load(ireelite.compile(PROGRAM, targets=[target]), device=device)
    rng = np.random.default_rng(3)
    x = rng.integers(-9, 9, (1, 2, N), np.int32)
    k = rng.integers(-9, 9, (2, 1, N - 3), np.int32)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 0)))[0, :, :N]
    windows = np.stack([padded[:, n : n + N - 3] for n in range(4)])
    expected = (windows * k[:, 0, ::-1]).sum((1, 2), dtype=np.int32)
    np.testing.assert_array_equal(np.asarray(program.long_kernel(x, k))[0, 0], expected)

    a, b = rng.random((2, N)).astype(np.float16) - 0.5, rng.random((N, 3)).astype(np.float16)
    a, b = a.astype(np.float16), (b - 0.5).astype(np.float16)
    exact = a.astype(np.float64) @ b.astype(np.float64)
    np.testing.assert_allclose(program.long_features(a, b), exact, rtol=2e-3, atol=2e-3)

    x = rng.integers(-9, 9, N, np.int32)
    sums = [5 + np.pad(x, (2, 1), constant_values=5)[n : n + N].sum() for n in range(4)]
    np.testing.assert_array_equal(program.long_window(x, np.int32(5)), sums)
    np.testing.assert_array_equal(program.running_sum(x), x.cumsum(dtype=np.int32))

    x = rng.random(N).astype(np.float32)
    assert program.captured(x, np.float32(0.75)) == np.float32(0.75)
    assert program.captured(x, np.float32(5)) == x.max()
    x = rng.integers(-128, 128, N, np.int8)
    assert program.promoted(x, np.int8(-3)) == x.sum(dtype=np.int32) - 3
    z = (rng.integers(-9, 9, N) + 1j * rng.integers(-9, 9, N)).astype(np.complex64)
    assert program.complex(z) == z.astype(np.complex128).sum() + 1 + 2j
