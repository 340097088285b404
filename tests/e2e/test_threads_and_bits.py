"""Results do not depend on the number of threads: long sums are made of tiles of a fixed size, and
workgroups are computed each by one thread."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.hal.host_pool import host_pool, set_threads

PROGRAMS = """
func.func @sum(%x: tensor<300001xf32>) -> tensor<f32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<300001xf32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
func.func @softmax(%x: tensor<200x1500xf32>) -> tensor<200x1500xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %e = stablehlo.exponential %x : tensor<200x1500xf32>
  %s = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<200x1500xf32>, tensor<f32>) -> tensor<200xf32>
  %b = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<200xf32>) -> tensor<200x1500xf32>
  %q = stablehlo.divide %e, %b : tensor<200x1500xf32>
  return %q : tensor<200x1500xf32>
}
func.func @columns(%x: tensor<1500x200xf32>) -> tensor<200xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<1500x200xf32>, tensor<f32>) -> tensor<200xf32>
  return %0 : tensor<200xf32>
}
func.func @product(%x: tensor<150x530xf32>, %y: tensor<530x270xf32>) -> tensor<150x270xf32> {
  %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<150x530xf32>, tensor<530x270xf32>) -> tensor<150x270xf32>
  %1 = stablehlo.tanh %0 : tensor<150x270xf32>
  return %1 : tensor<150x270xf32>
}
func.func @long_product(%x: tensor<3x70000xf32>, %y: tensor<70000x5xf32>) -> tensor<3x5xf32> {
  %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<3x70000xf32>, tensor<70000x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}
"""
SHAPES = {
    "sum": [(300001,)],
    "softmax": [(200, 1500)],
    "columns": [(1500, 200)],
    "product": [(150, 530), (530, 270)],
    "long_product": [(3, 70000), (70000, 5)],
}


@pytest.mark.parametrize("target", ["llvm-cpu", "vmvx"])
def test_bits_are_the_same_with_any_number_of_threads(target: str) -> None:
    module = ireelite.load(ireelite.compile(PROGRAMS, targets=[target]), device="local-task")
    rng = np.random.default_rng(6)
    arguments = {
        name: [rng.standard_normal(shape, np.float32) for shape in shapes]
        for name, shapes in SHAPES.items()
    }
    before = host_pool().threads
    found: list[dict[str, bytes]] = []
    try:
        for threads in (1, 2, 3, 5):
            set_threads(threads)
            for _ in range(4):  # the first calls are measured, and shared among threads later
                found.append(
                    {name: module[name](*row).tobytes() for name, row in arguments.items()}
                )
    finally:
        set_threads(before)
    assert all(results == found[0] for results in found)
