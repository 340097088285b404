"""Sums of rows whose lengths are no multiple of what one access moves, or of a loop's copies."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite

LENGTHS = (3, 6, 7, 10, 14, 26)
ELEMENTS = {"f16": np.float16, "i8": np.int8, "f32": np.float32}
ROWS = 4

FUNCTION = """
func.func @{element}_{length}(%a: tensor<{rows}x{length}x{element}>) -> (tensor<{sum}>, tensor<{rows}x{sum}>) {{
  %zero = stablehlo.constant dense<0> : tensor<{sum}>
  %0 = stablehlo.convert %a : (tensor<{rows}x{length}x{element}>) -> tensor<{rows}x{length}x{sum}>
  %1 = stablehlo.reduce(%0 init: %zero) applies stablehlo.add across dimensions = [0, 1] : (tensor<{rows}x{length}x{sum}>, tensor<{sum}>) -> tensor<{sum}>
  %2 = stablehlo.reduce(%0 init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<{rows}x{length}x{sum}>, tensor<{sum}>) -> tensor<{rows}x{sum}>
  return %1, %2 : tensor<{sum}>, tensor<{rows}x{sum}>
}}
"""

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-sync"), id="native"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_each_element_of_a_row_counts_once(configuration, element):
    target, device = configuration
    total = "f32" if element.startswith("f") else "i32"
    text = "".join(
        FUNCTION.format(element=element, length=length, rows=ROWS, sum=total).replace(
            "dense<0>", "dense<0.0>" if total == "f32" else "dense<0>"
        )
        for length in LENGTHS
    )
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    for length in LENGTHS:
        a = np.arange(ROWS * length).reshape(ROWS, length) % 97
        whole, rows = getattr(module, f"{element}_{length}")(a.astype(ELEMENTS[element]))
        assert whole == a.sum(), length
        np.testing.assert_array_equal(rows, a.sum(1), err_msg=str(length))
