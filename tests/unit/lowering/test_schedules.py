"""Schedules: data by target and kind of kernel, which change no value."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects import func

import ireelite
from ireelite.lowering.schedules import schedule
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


def test_every_target_has_its_copy_and_plain_loops_are_not_marked():
    program = ireelite.compile(TEXT, targets=["llvm-cpu", "vmvx", "vulkan-spirv"])
    text = program.ir("schedules")
    assert len(kernels(program.ir("schedules", elide=False))) == 2 * 3
    assert schedule.MAPPING not in text


@pytest.mark.parametrize("target", ["llvm-cpu", "vmvx"])
def test_a_schedule_marks_the_loop_and_keeps_the_values(target: str, monkeypatch):
    mapped = schedule.Schedule(mapping=("workgroup",))
    tables = {target: {"reduction": mapped}}
    monkeypatch.setattr(schedule, "TABLES", tables)
    program = ireelite.compile(TEXT, targets=[target])
    assert program.ir("schedules").count('mapping = ["workgroup"]') == 1
    again = ireelite.compile(program.ir("schedules", elide=False), targets=[target])
    x = np.arange(32, dtype=np.float32).reshape(4, 8) / 32
    for each in (program, again):
        powers, sums = ireelite.load(each).main(x)
        np.testing.assert_allclose(powers, np.exp(x), rtol=1e-6)
        np.testing.assert_allclose(sums, x.sum(1), rtol=1e-6)
