"""Kernels: several nests and shapes in one, long chains, and what a loop need not compute again."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusError

TARGETS = ("llvm-cpu", "vmvx", "vulkan-spirv")

ROWS = """
module {
  func.func @main(%x: tensor<6x5xf32>) -> (tensor<6xf32>, tensor<6x5xf32>) {
    %w = arith.constant dense<[WORKLOAD]> : tensor<3xi32>
    %m, %e = iree.dispatch_region[%w : tensor<3xi32>](%a = %x : tensor<6x5xf32>) : tensor<6xf32>, tensor<6x5xf32> {
      %zero = arith.constant 0.0 : f32
      %empty = tensor.empty() : tensor<6xf32>
      %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<6xf32>) -> tensor<6xf32>
      %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%a : tensor<6x5xf32>) outs(%init : tensor<6xf32>) {
      ^bb0(%v: f32, %acc: f32):
        %s = arith.addf %acc, %v : f32
        linalg.yield %s : f32
      } -> tensor<6xf32>
      %wide_empty = tensor.empty() : tensor<6x5xf32>
      %wide = linalg.broadcast ins(%sum : tensor<6xf32>) outs(%wide_empty : tensor<6x5xf32>) dimensions = [1]
      %scaled = arith.divf %a, %wide : tensor<6x5xf32>
      iree.return %sum, %scaled : tensor<6xf32>, tensor<6x5xf32>
    }
    return %m, %e : tensor<6xf32>, tensor<6x5xf32>
  }
}
"""


@pytest.mark.parametrize("target", TARGETS[:2])
def test_a_kernel_has_outputs_of_several_shapes(target: str):
    program = ireelite.compile(ROWS.replace("WORKLOAD", "6, 1, 1"), targets=[target])
    x = np.random.default_rng(0).random((6, 5), np.float32) + 1
    total, scaled = ireelite.load(program).main(x)
    np.testing.assert_allclose(total, x.sum(1), rtol=1e-6)
    np.testing.assert_allclose(scaled, x / x.sum(1, keepdims=True), rtol=1e-6)


@pytest.mark.webgpu
def test_a_shader_has_outputs_of_several_shapes():
    program = ireelite.compile(ROWS.replace("WORKLOAD", "6, 1, 1"), targets=[TARGETS[2]])
    x = np.random.default_rng(0).random((6, 5), np.float32) + 1
    total, scaled = ireelite.load(program, device="webgpu").main(x)
    np.testing.assert_allclose(total, x.sum(1), rtol=1e-6)
    np.testing.assert_allclose(scaled, x / x.sum(1, keepdims=True), rtol=1e-6)


def test_the_sum_of_a_row_is_computed_before_the_loop_over_the_row():
    program = ireelite.compile(ROWS.replace("WORKLOAD", "6, 1, 1"), targets=["vmvx"])
    kernel = program.ir("kernels")
    assert kernel.count("arith.addf") == 1
    assert kernel.index("arith.addf") < kernel.index("arith.divf")


def test_a_workload_that_the_outputs_do_not_have_is_refused():
    with pytest.raises(StatusError, match=r"has the workload \[7, 1, 1\], which its outputs'"):
        ireelite.compile(ROWS.replace("WORKLOAD", "7, 1, 1"), targets=["vmvx"])


def test_a_long_chain_of_moves_is_one_load():
    lines = ["func.func @main(%x0: tensor<2x3xf32>) -> tensor<2x3xf32> {"]
    for n in range(1200):
        source, target = ("2x3", "3x2") if n % 2 == 0 else ("3x2", "2x3")
        lines.append(
            f"  %x{n + 1} = stablehlo.transpose %x{n}, dims = [1, 0] : (tensor<{source}xf32>) -> tensor<{target}xf32>"
        )
    lines += ["  %y = stablehlo.negate %x1200 : tensor<2x3xf32>", "  return %y : tensor<2x3xf32>"]
    program = ireelite.compile("\n".join([*lines, "}"]), targets=["llvm-cpu"])
    assert program.ir("kernels").count("memref.load") == 1
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(ireelite.load(program).main(x), -x)


SOFTMAX = """
module {
  func.func @main(%x: tensor<6x37xf32>) -> (tensor<6xf32>, tensor<6x37xf32>) {
    %w = arith.constant dense<[6, 1, 1]> : tensor<3xi32>
    %m, %e = iree.dispatch_region[%w : tensor<3xi32>](%a = %x : tensor<6x37xf32>) : tensor<6xf32>, tensor<6x37xf32> {
      %zero = arith.constant 0.0 : f32
      %empty = tensor.empty() : tensor<6xf32>
      %wide_empty = tensor.empty() : tensor<6x37xf32>
      %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<6xf32>) -> tensor<6xf32>
      %exp = math.exp %a : tensor<6x37xf32>
      %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%exp : tensor<6x37xf32>) outs(%init : tensor<6xf32>) {
      ^bb0(%v: f32, %acc: f32):
        %s = arith.addf %acc, %v : f32
        linalg.yield %s : f32
      } -> tensor<6xf32>
      %wide = linalg.broadcast ins(%sum : tensor<6xf32>) outs(%wide_empty : tensor<6x37xf32>) dimensions = [1]
      %scaled = arith.divf %exp, %wide : tensor<6x37xf32>
      iree.return %sum, %scaled : tensor<6xf32>, tensor<6x37xf32>
    }
    return %m, %e : tensor<6xf32>, tensor<6x37xf32>
  }
}
"""


BACKWARDS = """
module {
  func.func @main(%x: tensor<6xWIDTHxf32>) -> tensor<6xWIDTHxf32> {
    %w = arith.constant dense<[6, 1, 1]> : tensor<3xi32>
    %e = iree.dispatch_region[%w : tensor<3xi32>](%a = %x : tensor<6xWIDTHxf32>) : tensor<6xWIDTHxf32> {
      %zero = arith.constant 0.0 : f32
      %empty = tensor.empty() : tensor<6xf32>
      %wide_empty = tensor.empty() : tensor<6xWIDTHxf32>
      %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<6xf32>) -> tensor<6xf32>
      %exp = math.exp %a : tensor<6xWIDTHxf32>
      %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%exp : tensor<6xWIDTHxf32>) outs(%init : tensor<6xf32>) {
      ^bb0(%v: f32, %acc: f32):
        %s = arith.addf %acc, %v : f32
        linalg.yield %s : f32
      } -> tensor<6xf32>
      %scaled = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, LAST - d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%exp, %sum : tensor<6xWIDTHxf32>, tensor<6xf32>) outs(%wide_empty : tensor<6xWIDTHxf32>) {
      ^bb0(%v: f32, %t: f32, %o: f32):
        %q = arith.divf %v, %t : f32
        linalg.yield %q : f32
      } -> tensor<6xWIDTHxf32>
      iree.return %scaled : tensor<6xWIDTHxf32>
    }
    return %e : tensor<6xWIDTHxf32>
  }
}
"""
"""A row's exponentials over their sum, last one first."""


def backwards(width: int) -> ireelite.Program:
    text = BACKWARDS.replace("WIDTH", str(width)).replace("LAST", str(width - 1))
    return ireelite.compile(text, targets=["vmvx", "llvm-cpu"])


def test_what_two_loops_read_is_computed_once_and_kept():
    kernel = ireelite.compile(SOFTMAX, targets=["vmvx"]).ir("kernels")
    assert kernel.count("math.exp") == 1
    assert "memref.alloca" not in kernel, "an output has room"
    cheap = SOFTMAX.replace("math.exp", "math.absf").replace("math.absf", "arith.negf")
    assert ireelite.compile(cheap, targets=["vmvx"]).ir("kernels").count("arith.negf") == 2


@pytest.mark.parametrize(("width", "scratch", "exponentials"), [(37, 1, 1), (9001, 0, 2)])
def test_what_is_read_elsewhere_in_the_row_is_not_overwritten(width, scratch, exponentials):
    program = backwards(width)
    kernel = program.ir("kernels")
    assert kernel.count("memref.alloca") == scratch, "a small row is kept in memory of its own"
    assert kernel.count("math.exp") == exponentials
    x = np.random.default_rng(0).random((6, width), np.float32)
    powers = np.exp(x)
    expected = (powers / powers.sum(1, keepdims=True))[:, ::-1]
    np.testing.assert_allclose(ireelite.load(program).main(x), expected, rtol=1e-4)


def test_a_kept_value_that_is_an_output_is_stored_once():
    text = SOFTMAX.replace("iree.return %sum, %scaled", "iree.return %sum, %exp")
    kernel = ireelite.compile(text, targets=["vmvx"]).ir("kernels")
    assert kernel.count("memref.store") == 2 and kernel.count("math.exp") == 1


@pytest.mark.parametrize(
    "target, device",
    [
        ("llvm-cpu", "local-sync"),
        ("llvm-cpu", "local-task"),
        ("vmvx", "local-sync"),
        pytest.param("vulkan-spirv", "webgpu", marks=pytest.mark.webgpu),
    ],
)
def test_scratch_has_the_same_values_on_every_target(target: str, device: str):
    program = ireelite.compile(SOFTMAX, targets=[target])
    x = np.random.default_rng(0).random((6, 37), np.float32)
    total, scaled = ireelite.load(program, device=device).main(x)
    expected = np.exp(x)
    np.testing.assert_allclose(total, expected.sum(1), rtol=1e-5)
    np.testing.assert_allclose(scaled, expected / expected.sum(1, keepdims=True), rtol=1e-5)


def test_a_kernel_with_scratch_reads_back():
    options = {"targets": list(TARGETS), "strip_source_map": True}
    program = ireelite.compile(SOFTMAX, **options)
    for stage in ("dispatch", "kernels", "schedules", "executables", "vm"):
        again = ireelite.compile(program.ir(stage, elide=False), **options)
        assert again.data == program.data, stage
