"""Long reductions: partial results, and the same values."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.lowering.tensors.split_reductions import LONGEST

N = 3 * LONGEST + 5

DEVICES = [
    pytest.param("llvm-cpu", "local-sync"),
    pytest.param("vulkan-spirv", "webgpu", marks=pytest.mark.webgpu),
]


def reduce_text(op: str, type: str, init: str, shape: str, result: str, dims: str) -> str:
    return f"""func.func @main(%x: tensor<{shape}{type}>) -> tensor<{result}{type}> {{
  %c = stablehlo.constant dense<{init}> : tensor<{type}>
  %1 = stablehlo.reduce(%x init: %c) applies stablehlo.{op} across dimensions = {dims} : (tensor<{shape}{type}>, tensor<{type}>) -> tensor<{result}{type}>
  return %1 : tensor<{result}{type}>
}}"""


@pytest.mark.parametrize("target, device", DEVICES)
@pytest.mark.parametrize(
    "op, init, expected",
    [
        ("add", "7", lambda x: x.sum(dtype=np.int32) + 7),
        ("maximum", "-2147483648", lambda x: x.max()),
        ("minimum", "5", lambda x: min(x.min(), 5)),
        ("xor", "0", lambda x: np.bitwise_xor.reduce(x)),
        ("and", "-1", lambda x: np.bitwise_and.reduce(x)),
    ],
)
def test_a_long_reduction_counts_its_init_value_once(op, init, expected, target, device):
    program = ireelite.compile(reduce_text(op, "i32", init, f"{N}x", "", "[0]"), targets=[target])
    x = np.random.default_rng(0).integers(-1000, 1000, N, np.int32)
    assert ireelite.load(program, device=device).main(x) == expected(x)


def test_a_long_reduction_of_several_dimensions_goes_inside_out():
    shape = (4, 300, 400)
    program = ireelite.compile(
        reduce_text("add", "f32", "0.0", "4x300x400x", "4x", "[1, 2]"), targets=["llvm-cpu"]
    )
    assert program.ir("dispatch").count("iree.dispatch_region") == 2
    x = np.random.default_rng(0).random(shape, np.float32)
    np.testing.assert_allclose(ireelite.load(program).main(x), x.sum((1, 2)), rtol=1e-5)


def test_a_short_reduction_stays_one():
    program = ireelite.compile(
        reduce_text("add", "f32", "0.0", f"{LONGEST}x", "", "[0]"), targets=["llvm-cpu"]
    )
    assert program.ir("dispatch").count("iree.dispatch_region") == 1


@pytest.mark.parametrize("target, device", DEVICES)
def test_the_place_of_the_largest_of_many(target: str, device: str):
    program = ireelite.compile(
        f"""func.func @main(%x: tensor<{N}xf32>) -> tensor<i32> {{
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %none = stablehlo.constant dense<0> : tensor<i32>
  %n = stablehlo.iota dim = 0 : tensor<{N}xi32>
  %m:2 = stablehlo.reduce(%x init: %low), (%n init: %none) across dimensions = [0] : (tensor<{N}xf32>, tensor<{N}xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)
   reducer(%best: tensor<f32>, %new: tensor<f32>) (%at: tensor<i32>, %here: tensor<i32>) {{
    %keep = stablehlo.compare GE, %best, %new, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %v = stablehlo.select %keep, %best, %new : tensor<i1>, tensor<f32>
    %i = stablehlo.select %keep, %at, %here : tensor<i1>, tensor<i32>
    stablehlo.return %v, %i : tensor<f32>, tensor<i32>
  }}
  return %m#1 : tensor<i32>
}}""",
        targets=[target],
    )
    main = ireelite.load(program, device=device).main
    x = np.random.default_rng(0).random(N, np.float32)
    for place in (0, 4095, 4096, N // 2, N - 1):
        x[place] += 10 * (place + 1)
        assert main(x) == place


@pytest.mark.parametrize("target, device", DEVICES)
def test_a_long_contraction_is_a_batch_of_short_ones(target: str, device: str):
    program = ireelite.compile(
        f"""func.func @main(%x: tensor<2x3x{N}xf32>, %y: tensor<2x{N}x2xf32>) -> tensor<2x3x2xf32> {{
  %1 = stablehlo.dot_general %x, %y, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<2x3x{N}xf32>, tensor<2x{N}x2xf32>) -> tensor<2x3x2xf32>
  return %1 : tensor<2x3x2xf32>
}}""",
        targets=[target],
    )
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 3, N), np.float32), rng.random((2, N, 2), np.float32)
    result = ireelite.load(program, device=device).main(x, y)
    np.testing.assert_allclose(result, x.astype(float) @ y.astype(float), rtol=1e-5)


def test_every_op_of_a_split_reduction_comes_from_it():
    program = ireelite.compile(
        reduce_text("add", "f32", "0.0", f"{N}x", "", "[0]"), targets=["llvm-cpu"], record=True
    )
    assert all(s.derived + s.invented == s.total for s in program.record.provenance_shares())


def test_a_deep_product_of_matrices_is_split_for_the_cache():
    text = "\n".join(
        f"""func.func @{name}(%a: tensor<{rows}x9001xf32>, %b: tensor<9001x20xf32>) -> tensor<{rows}x20xf32> {{
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<{rows}x9001xf32>, tensor<9001x20xf32>) -> tensor<{rows}x20xf32>
  return %0 : tensor<{rows}x20xf32>
}}"""
        for name, rows in (("split", 17), ("one_row", 1))
    )
    program = ireelite.compile(text, targets=["llvm-cpu"])
    dispatch = program.ir("dispatch")
    split, one_row = dispatch[: dispatch.index("@one_row")], dispatch[dispatch.index("@one_row") :]
    assert "tensor<4x17x20xf32>" in split and "tensor<4x" not in one_row
    rng = np.random.default_rng(1)
    a, b = (rng.random(shape, np.float32) for shape in ((17, 9001), (9001, 20)))
    module = ireelite.load(program)
    np.testing.assert_allclose(module.split(a, b), a @ b, rtol=1e-5)
    np.testing.assert_allclose(module.one_row(a[:1], b), a[:1] @ b, rtol=1e-5)
