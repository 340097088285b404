"""Reductions of any function and of several inputs, maps, reduced precision and batch norms on every
target.
"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import ireelite

PROGRAM = """
func.func @argmax(%x: tensor<3x5xf32>) -> (tensor<3xf32>, tensor<3xi32>) {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %none = stablehlo.constant dense<0> : tensor<i32>
  %n = stablehlo.iota dim = 1 : tensor<3x5xi32>
  %m:2 = stablehlo.reduce(%x init: %low), (%n init: %none) across dimensions = [1] : (tensor<3x5xf32>, tensor<3x5xi32>, tensor<f32>, tensor<i32>) -> (tensor<3xf32>, tensor<3xi32>)
   reducer(%a: tensor<f32>, %b: tensor<f32>) (%i: tensor<i32>, %j: tensor<i32>) {
    %gt = stablehlo.compare GT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %nan = stablehlo.compare NE, %a, %a : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %first = stablehlo.or %gt, %nan : tensor<i1>
    %eq = stablehlo.compare EQ, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %lt = stablehlo.compare LT, %i, %j : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %tie = stablehlo.and %eq, %lt : tensor<i1>
    %keep = stablehlo.or %first, %tie : tensor<i1>
    %v = stablehlo.select %first, %a, %b : tensor<i1>, tensor<f32>
    %k = stablehlo.select %keep, %i, %j : tensor<i1>, tensor<i32>
    stablehlo.return %v, %k : tensor<f32>, tensor<i32>
  }
  return %m#0, %m#1 : tensor<3xf32>, tensor<3xi32>
}
func.func @logsumexp(%x: tensor<4x3xf32>) -> tensor<3xf32> {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %ones = stablehlo.constant dense<1.0> : tensor<4x3xf32>
  %m:2 = "stablehlo.reduce"(%x, %ones, %low, %zero) <{dimensions = array<i64: 0>}> ({
  ^bb0(%a: tensor<f32>, %s: tensor<f32>, %b: tensor<f32>, %t: tensor<f32>):
    %v = stablehlo.maximum %a, %b : tensor<f32>
    %d = stablehlo.subtract %a, %v : tensor<f32>
    %e = stablehlo.subtract %b, %v : tensor<f32>
    %p = stablehlo.exponential %d : tensor<f32>
    %q = stablehlo.exponential %e : tensor<f32>
    %f = stablehlo.multiply %s, %p : tensor<f32>
    %g = stablehlo.multiply %t, %q : tensor<f32>
    %h = stablehlo.add %f, %g : tensor<f32>
    stablehlo.return %v, %h : tensor<f32>, tensor<f32>
  }) : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<f32>, tensor<f32>) -> (tensor<3xf32>, tensor<3xf32>)
  %l = stablehlo.log %m#1 : tensor<3xf32>
  %r = stablehlo.add %m#0, %l : tensor<3xf32>
  return %r : tensor<3xf32>
}
func.func @choices(%x: tensor<6xi32>, %most: tensor<i32>) -> tensor<i32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %0 = stablehlo.reduce(%x init: %zero) across dimensions = [0] : (tensor<6xi32>, tensor<i32>) -> tensor<i32>
   reducer(%a: tensor<i32>, %b: tensor<i32>) {
    %s = stablehlo.add %a, %b : tensor<i32>
    %over = stablehlo.compare GT, %s, %most : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %v = "stablehlo.if"(%over) ({
      stablehlo.return %most : tensor<i32>
    }, {
      %w = "stablehlo.case"(%b) ({
        stablehlo.return %a : tensor<i32>
      }, {
        %t = stablehlo.multiply %s, %s : tensor<i32>
        stablehlo.return %t : tensor<i32>
      }, {
        stablehlo.return %s : tensor<i32>
      }) : (tensor<i32>) -> tensor<i32>
      stablehlo.return %w : tensor<i32>
    }) : (tensor<i1>) -> tensor<i32>
    stablehlo.return %v : tensor<i32>
  }
  return %0 : tensor<i32>
}
func.func @logical(%x: tensor<4x3xi1>, %init: tensor<i1>) -> (tensor<4xi1>, tensor<3xi1>) {
  %0 = stablehlo.reduce(%x init: %init) applies stablehlo.and across dimensions = [1] : (tensor<4x3xi1>, tensor<i1>) -> tensor<4xi1>
  %1 = stablehlo.reduce(%x init: %init) applies stablehlo.or across dimensions = [0] : (tensor<4x3xi1>, tensor<i1>) -> tensor<3xi1>
  return %0, %1 : tensor<4xi1>, tensor<3xi1>
}
func.func @empty(%x: tensor<0x3xf32>, %init: tensor<f32>) -> tensor<3xf32> {
  %0 = stablehlo.reduce(%x init: %init) applies stablehlo.maximum across dimensions = [0] : (tensor<0x3xf32>, tensor<f32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
func.func @rank6(%x: tensor<2x3x2x3x2x3xui8>, %init: tensor<ui8>) -> tensor<3x3x3xui8> {
  %0 = stablehlo.reduce(%x init: %init) applies stablehlo.maximum across dimensions = [4, 0, 2] : (tensor<2x3x2x3x2x3xui8>, tensor<ui8>) -> tensor<3x3x3xui8>
  return %0 : tensor<3x3x3xui8>
}
func.func @map(%x: tensor<2x3xf32>, %y: tensor<2x3xi32>, %z: tensor<f32>) -> tensor<2x3xi1> {
  %0 = "stablehlo.map"(%x, %y) <{dimensions = array<i64: 0, 1>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<i32>):
    %c = stablehlo.convert %b : (tensor<i32>) -> tensor<f32>
    %s = stablehlo.add %a, %c : tensor<f32>
    %g = stablehlo.compare GT, %s, %z : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %g : tensor<i1>
  }) : (tensor<2x3xf32>, tensor<2x3xi32>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}
func.func @half(%x: tensor<14xf32>) -> tensor<14xf32> {
  %0 = stablehlo.reduce_precision %x, format = e5m10 : tensor<14xf32>
  return %0 : tensor<14xf32>
}
func.func @no_mantissa(%x: tensor<14xf16>) -> tensor<14xf16> {
  %0 = stablehlo.reduce_precision %x, format = e5m0 : tensor<14xf16>
  return %0 : tensor<14xf16>
}
func.func @dynamic_conv(%x: tensor<1x4x1xf32>, %k: tensor<3x1x1xf32>) -> tensor<1x4x1xf32> {
  %two = stablehlo.constant dense<2> : tensor<1x2xi32>
  %one = stablehlo.constant dense<1> : tensor<1x2xi32>
  %padding = stablehlo.subtract %two, %one : tensor<1x2xi32>
  %0 = "stablehlo.dynamic_conv"(%x, %k, %padding) <{
    dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>,
    feature_group_count = 1 : i64, batch_group_count = 1 : i64
  }> : (tensor<1x4x1xf32>, tensor<3x1x1xf32>, tensor<1x2xi32>) -> tensor<1x4x1xf32>
  return %0 : tensor<1x4x1xf32>
}
func.func @training(%x: tensor<4x3x5xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>) -> (tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>) {
  %0:3 = "stablehlo.batch_norm_training"(%x, %scale, %offset) <{epsilon = 0.001 : f32, feature_index = 1 : i64}>
    : (tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0, %0#1, %0#2 : tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>
}
func.func @grad(%x: tensor<4x3x5xf32>, %scale: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>, %g: tensor<4x3x5xf32>) -> (tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>) {
  %0:3 = "stablehlo.batch_norm_grad"(%x, %scale, %mean, %variance, %g) <{epsilon = 0.001 : f32, feature_index = 1 : i64}>
    : (tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4x3x5xf32>) -> (tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0, %0#1, %0#2 : tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>
}
func.func @inference(%x: tensor<4x3x5xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>) -> tensor<4x3x5xf32> {
  %0 = "stablehlo.batch_norm_inference"(%x, %scale, %offset, %mean, %variance) <{epsilon = 0.001 : f32, feature_index = 1 : i64}>
    : (tensor<4x3x5xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3x5xf32>
  return %0 : tensor<4x3x5xf32>
}
"""

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-sync"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]

INF, NAN = np.inf, np.nan
EDGES = [0.0, -0.0, 1.0, -1.5, INF, -INF, NAN, 65519.0, 65520.0, -7e4, 6.2e-5, 5e-5, 1.0005, 2.75]


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def program(request: pytest.FixtureRequest):
    target, device = request.param
    return ireelite.load(ireelite.compile(PROGRAM, targets=[target]), device=device)


def arrays(results) -> list[np.ndarray]:
    return [np.asarray(result) for result in results]


def test_reducers_of_several_ops_and_inputs(program):
    x = np.array([[1, 5, 2, 5, 0], [-3, NAN, 7, NAN, 1], [-INF] * 5], np.float32)
    best, places = arrays(program.argmax(x))
    np.testing.assert_array_equal(best, np.array([5, NAN, -INF], np.float32))
    assert places.tolist() == [1, 1, 0]
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32) * 20
    np.testing.assert_allclose(
        program.logsumexp(x), np.logaddexp.reduce(x.astype(np.float64)), rtol=1e-6
    )


def test_reducers_with_choices(program):
    x = np.array([2, 0, 1, 5, 1, -3], np.int32)
    for most in (20, 100, 1000):
        total = 0
        for element in x.tolist():
            added = total + element
            total = most if added > most else {0: total, 1: added * added}.get(element, added)
        assert program.choices(x, np.int32(most)) == total


def test_reductions_start_from_any_value(program):
    x = np.random.default_rng(0).integers(0, 2, (4, 3)).astype(bool)
    for init in (False, True):
        every, some = arrays(program.logical(x, np.bool_(init)))
        np.testing.assert_array_equal(every, x.all(1) & init)
        np.testing.assert_array_equal(some, x.any(0) | init)
    assert (
        np.asarray(program.empty(np.zeros((0, 3), np.float32), np.float32(7))).tolist() == [7] * 3
    )
    x = np.random.default_rng(0).integers(0, 256, (2, 3) * 3, np.uint8)
    for init in (0, 250):
        expected = np.maximum(x.max((0, 2, 4)), np.uint8(init))
        np.testing.assert_array_equal(program.rank6(x, np.uint8(init)), expected)


def test_maps(program):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    y = np.array([[1, -9, 3], [4, -5, 6]], np.int32)
    np.testing.assert_array_equal(program.map(x, y, np.float32(3)), x + y > 3)


def test_reduced_precision(program):
    x = np.array(EDGES, np.float32)
    with np.errstate(over="ignore"):
        expected = x.astype(np.float16).astype(np.float32)
    expected[11] = 0  # what f16 has as a subnormal number
    found = np.asarray(program.half(x))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found[:2]), [False, True])
    with np.errstate(over="ignore"):
        x = x.astype(np.float16)
    x[7:12] = [1.5, 3, 5, -6, 0.75]
    expected = [0, -0.0, 1, -2, INF, -INF, INF, 2, 2, 4, -8, 0.5, 1, 2]
    np.testing.assert_array_equal(program.no_mantissa(x), np.array(expected, np.float16))


def test_padding_of_a_convolution_is_folded(program):
    x = np.array([1, 2, 3, 4], np.float32).reshape(1, 4, 1)
    k = np.array([1, 10, 100], np.float32).reshape(3, 1, 1)
    assert np.asarray(program.dynamic_conv(x, k)).ravel().tolist() == [210, 321, 432, 43]


def test_batch_norms(program):
    rng = np.random.default_rng(0)
    x, g = (rng.normal(size=(4, 3, 5)).astype(np.float32) for _ in range(2))
    scale, offset = (rng.uniform(0.5, 2, 3).astype(np.float32) for _ in range(2))

    def spread(value):
        return np.asarray(value, np.float64)[None, :, None]

    mean, variance = x.mean((0, 2), np.float64), x.astype(np.float64).var((0, 2))
    deviation = np.sqrt(variance + 1e-3)
    normal = (x - spread(mean)) / spread(deviation)
    expected = normal * spread(scale) + spread(offset)
    found = arrays(program.training(x, scale, offset))
    for value, wanted in zip(found, (expected, mean, variance), strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-6)
    statistics = mean.astype(np.float32), variance.astype(np.float32)
    np.testing.assert_allclose(
        program.inference(x, scale, offset, *statistics), expected, rtol=1e-5, atol=1e-5
    )
    sums, products = g.sum((0, 2), np.float64), (g * normal).sum((0, 2))
    slope = spread(scale / deviation) * (g - spread(sums) / 20 - normal * spread(products) / 20)
    found = arrays(program.grad(x, scale, *statistics, g))
    for value, wanted in zip(found, (slope, products, sums), strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("target", ["vmvx", "llvm-cpu"])
def test_sums_keep_their_order_on_request(target):
    x = np.random.default_rng(0).uniform(-1, 1, 5000).astype(np.float32)
    x[::7] *= 1e4
    text = """func.func @sum(%x: tensor<5000xf32>) -> tensor<f32> {
      %zero = stablehlo.constant dense<0.0> : tensor<f32>
      %s = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0]
        : (tensor<5000xf32>, tensor<f32>) -> tensor<f32>
      return %s : tensor<f32>
    }"""
    in_order = np.cumsum(x, dtype=np.float32)[-1]
    strict, free = (
        ireelite.load(ireelite.compile(text, targets=[target], reassociate=reassociate))
        for reassociate in (False, True)
    )
    assert np.asarray(strict.sum(x)) == in_order
    np.testing.assert_allclose(free.sum(x), x.sum(dtype=np.float64), atol=np.abs(x).sum() * 1e-6)


@pytest.mark.parametrize(("dtype", "kind"), [("bf16", "bfloat16"), ("f16", "float16")])
def test_small_floats_are_added_in_f32_and_rounded_once(dtype, kind):
    """A thousand ones are 1000: in the type itself 256 + 1 would be 256 in bf16."""
    text = f"""func.func @main(%x: tensor<3x1000x{dtype}>, %init: tensor<{dtype}>) -> (tensor<3x{dtype}>, tensor<3x{dtype}>) {{
  %zero = stablehlo.constant dense<0.0> : tensor<{dtype}>
  %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<3x1000x{dtype}>, tensor<{dtype}>) -> tensor<3x{dtype}>
  %1 = stablehlo.reduce(%x init: %init) applies stablehlo.add across dimensions = [1] : (tensor<3x1000x{dtype}>, tensor<{dtype}>) -> tensor<3x{dtype}>
  return %0, %1 : tensor<3x{dtype}>, tensor<3x{dtype}>
}}"""
    program = ireelite.compile(text, targets=["vmvx", "llvm-cpu"])
    type = np.dtype(getattr(ml_dtypes, kind, np.float16))
    x = np.ones((3, 1000), type)
    for options in ({}, {"device": "local-task"}):
        total, more = ireelite.load(program, **options).main(x, np.asarray(24, type))
        np.testing.assert_array_equal(np.asarray(total).astype("f4"), 1000)
        np.testing.assert_array_equal(np.asarray(more).astype("f4"), 1024)
