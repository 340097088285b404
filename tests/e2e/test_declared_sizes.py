"""Ops whose results' types know sizes that their operands leave open, or the other way round: the
sizes are compared when the program runs, before anything is read.
"""

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusError

FUNCTIONS = {
    "transposed": ("tensor<2x?xf32>", "stablehlo.transpose %a, dims = [1, 0]", "tensor<4x2xf32>"),
    "reversed": ("tensor<2x?xf32>", "stablehlo.reverse %a, dims = [1]", "tensor<2x4xf32>"),
    "converted": ("tensor<2x?xf32>", "stablehlo.convert %a", "tensor<2x4xi32>"),
    "part": ("tensor<2x?xf32>", "stablehlo.slice %a [0:2, 1:4]", "tensor<2x?xf32>"),
    "opened": ("tensor<2x4xf32>", "stablehlo.transpose %a, dims = [1, 0]", "tensor<?x?xf32>"),
}
PRODUCT = """
func.func @product(%a: tensor<?x4xf32>, %b: tensor<4xf32>) -> tensor<2xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @total(%a: tensor<?x4xf32>, %z: tensor<f32>) -> tensor<2xf32> {
  %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<?x4xf32>, tensor<f32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @chosen(%p: tensor<i1>, %a: tensor<?x4xf32>, %b: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %0 = "stablehlo.if"(%p) ({
    stablehlo.return %a : tensor<?x4xf32>
  }, {
    stablehlo.return %b : tensor<2x4xf32>
  }) : (tensor<i1>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
"""


def function(name: str, source: str, op: str, result: str) -> str:
    return (
        f"func.func @{name}(%a: {source}) -> {result} {{\n"
        f"  %0 = {op} : ({source}) -> {result}\n  return %0 : {result}\n}}\n"
    )


@pytest.fixture(scope="module", params=["llvm-cpu", "vmvx"])
def module(request):
    text = "".join(function(name, *rest) for name, rest in FUNCTIONS.items()) + PRODUCT
    return ireelite.load(ireelite.compile(text, targets=[request.param]), device="local-sync")


A = np.arange(8, dtype=np.float32).reshape(2, 4)
ROW, ZERO = A[1], np.float32(0)


@pytest.mark.parametrize(
    "name, arguments, expected",
    [
        ("transposed", (A,), A.T),
        ("reversed", (A,), A[:, ::-1]),
        ("converted", (A,), A.astype(np.int32)),
        ("part", (A,), A[:, 1:]),
        ("opened", (A,), A.T),
        ("product", (A, ROW), A @ ROW),
        ("total", (A, ZERO), A.sum(1)),
        ("chosen", (np.True_, A, A + 1), A),
    ],
)
def test_sizes_that_fit_are_taken(module, name, arguments, expected):
    np.testing.assert_array_equal(np.asarray(module[name](*arguments)), expected)


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("transposed", (A[:, :3],)),
        ("reversed", (A[:, :3],)),
        ("converted", (A[:, :3],)),
        ("part", (A[:, :3],)),
        ("product", (A[:1], ROW)),
        ("total", (A[:1], ZERO)),
        ("chosen", (np.True_, A[:1], A)),
    ],
)
def test_sizes_that_do_not_fit_are_refused(module, name, arguments):
    with pytest.raises(StatusError, match=r"mismatch|another size|ends before"):
        module[name](*map(np.ascontiguousarray, arguments))


PROMOTED = """
func.func @f(%x: tensor<4x3xi8>, %z: tensor<i8>, %h: tensor<6xf16>, %s: tensor<f16>) -> (tensor<3xi32>, tensor<3xf32>) {
  %0 = stablehlo.reduce(%x init: %z) across dimensions = [0] : (tensor<4x3xi8>, tensor<i8>) -> tensor<3xi32>
   reducer(%a: tensor<i32>, %b: tensor<i32>) {
    %2 = stablehlo.add %a, %b : tensor<i32>
    stablehlo.return %2 : tensor<i32>
  }
  %1 = "stablehlo.reduce_window"(%h, %s) <{window_dimensions = array<i64: 2>, window_strides = array<i64: 2>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %2 = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %2 : tensor<f32>
  }) : (tensor<6xf16>, tensor<f16>) -> tensor<3xf32>
  return %0, %1 : tensor<3xi32>, tensor<3xf32>
}
"""


@pytest.mark.parametrize("target", ["llvm-cpu", "vmvx"])
def test_an_init_value_that_is_an_argument_takes_the_reducers_type(target):
    module = ireelite.load(ireelite.compile(PROMOTED, targets=[target]), device="local-sync")
    x, h = np.full((4, 3), 100, np.int8), np.full(6, 2048.5, np.float16)
    sums, windows = module.f(x, np.int8(7), h, np.float16(1))
    np.testing.assert_array_equal(np.asarray(sums), np.full(3, 407))
    np.testing.assert_array_equal(
        np.asarray(windows), h.astype(np.float32).reshape(3, 2).sum(1) + 1
    )
