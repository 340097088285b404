"""Schedules: data by registers, which change no value."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects import func

import ireelite
from ireelite.lowering.schedules import schedule
from ireelite.lowering.schedules.tiles import PLAIN, SCHEDULES
from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module

TEXT = """func.func @main(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.exponential %x : tensor<4x8xf32>
  %1 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<4x8xf32>, tensor<f32>) -> tensor<4xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4xf32>
}"""


def kernels(text: str) -> list[func.FuncOp]:
    return [
        op
        for op in parse_module(text).walk()
        if isinstance(op, func.FuncOp) and "rgn_dispatch" in op.sym_name.data
    ]


def test_the_kinds_of_kernels():
    program = ireelite.compile(TEXT, targets=["vmvx"])
    found = kernels(program.ir("kernels", elide=False))
    assert [schedule.kind_of(kernel) for kernel in found] == ["pointwise", "reduction"]
    rows = TEXT.replace("reduce(%x", "reduce(%0")
    (row,) = kernels(ireelite.compile(rows, targets=["vmvx"]).ir("kernels", elide=False))
    assert schedule.kind_of(row) == "nests"
    found = kernels(ireelite.compile(PRODUCTS, targets=["vmvx"]).ir("kernels", elide=False))
    kinds = [schedule.kind_of(kernel) for kernel in found]
    assert kinds == ["reduction", "pointwise", "reduction"]


def test_every_target_has_its_copy_and_plain_loops_are_not_marked():
    program = ireelite.compile(TEXT, targets=["llvm-cpu", "vmvx", "vulkan-spirv"])
    text = program.ir("schedules")
    assert len(kernels(program.ir("schedules", elide=False))) == 2 * 3
    assert schedule.MAPPING not in text


PRODUCTS = """
func.func @product(%a: tensor<20x48xf32>, %b: tensor<70x48xf32>) -> tensor<20x70xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<20x48xf32>, tensor<70x48xf32>) -> tensor<20x70xf32>
  return %0 : tensor<20x70xf32>
}
func.func @transpose(%a: tensor<40x70xf64>) -> tensor<70x40xf64> {
  %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<40x70xf64>) -> tensor<70x40xf64>
  return %0 : tensor<70x40xf64>
}
func.func @columns(%a: tensor<70x40xf32>) -> tensor<40xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<70x40xf32>, tensor<f32>) -> tensor<40xf32>
  return %0 : tensor<40xf32>
}"""


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_has_the_same_values(schedule: str):
    """Sums of small integers are exact in any order. LLVM divides registers that are too long."""
    program = ireelite.compile(PRODUCTS, targets=["llvm-cpu"], schedule=schedule)
    lanes = program.ir("schedules").count('"lanes"')
    assert lanes == (0 if schedule == PLAIN else 4)
    module = ireelite.load(program, device="local-sync")
    random = np.random.default_rng(5)
    a, b, c, d = (
        random.integers(-9, 9, shape).astype(np.float32)
        for shape in ((20, 48), (70, 48), (40, 70), (70, 40))
    )
    np.testing.assert_array_equal(module.product(a, b), a @ b.T)
    np.testing.assert_array_equal(module.transpose(c.astype(np.float64)), c.T)
    np.testing.assert_array_equal(module.columns(d), d.sum(0))


def test_a_schedule_has_no_effect_on_other_targets():
    texts = [
        ireelite.compile(TEXT, targets=["vmvx"], schedule=name).ir("schedules", elide=False)
        for name in (None, "avx2")
    ]
    assert texts[0] == texts[1]


def test_an_unknown_schedule_is_refused_with_the_near_names():
    with pytest.raises(StatusError, match=r"no schedule 'avx'.*avx2"):
        ireelite.compile(TEXT, targets=["llvm-cpu"], schedule="avx")
