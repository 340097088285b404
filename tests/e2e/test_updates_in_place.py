"""Scans store each turn's part of a stacked output in place, for elements of every width."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-task", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]
TYPES = {
    "i1": np.dtype(bool),
    "i4": np.dtype(ml_dtypes.int4),
    "i8": np.dtype(np.int8),
    "f8E5M2": np.dtype(ml_dtypes.float8_e5m2),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "i64": np.dtype(np.int64),
    "complex<f32>": np.dtype(np.complex64),
}
ROWS, WIDTH = 7, 1003
"""Rows that begin within words, and within bytes for elements of four bits."""


def scan(name: str, type: str) -> str:
    """A function that stores `%x` as rows `%from` to `%to` of `%ys`."""
    row, rows, one = f"tensor<1x{WIDTH}x{type}>", f"tensor<{ROWS}x{WIDTH}x{type}>", "tensor<i32>"
    return f"""func.func @{name}(%from: {one}, %to: {one}, %x: {row}, %ys0: {rows}) -> {rows} {{
  %zero = stablehlo.constant dense<0> : {one}
  %0:2 = stablehlo.while(%i = %from, %ys = %ys0) : {one}, {rows}
  cond {{
    %1 = stablehlo.compare LT, %i, %to, SIGNED : ({one}, {one}) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }} do {{
    %one = stablehlo.constant dense<1> : {one}
    %next = stablehlo.add %i, %one : {one}
    %2 = stablehlo.dynamic_update_slice %ys, %x, %i, %zero : ({rows}, {row}, {one}, {one}) -> {rows}
    stablehlo.return %next, %2 : {one}, {rows}
  }}
  return %0#1 : {rows}
}}"""


@pytest.fixture(scope="module")
def text() -> str:
    return "\n".join(scan(f"scan{n}", type) for n, type in enumerate(TYPES))


@pytest.mark.parametrize(("target", "device"), CONFIGURATIONS)
def test_every_width_is_stored_beside_its_neighbours(target: str, device: str, text: str):
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    random = np.random.default_rng(0)
    for number, dtype in enumerate(TYPES.values()):
        x, ys = (
            random.integers(0, 2 if dtype.kind == "b" else 7, size).astype(dtype)
            for size in ((1, WIDTH), (ROWS, WIDTH))
        )
        found = getattr(module, f"scan{number}")(np.int32(1), np.int32(4), x, ys)
        expected = ys.copy()
        expected[1:4] = x
        np.testing.assert_array_equal(np.asarray(found).astype(dtype), expected, err_msg=str(dtype))


def test_no_turn_copies(text: str):
    program = ireelite.compile(text, targets=["vmvx"], record=True).ir("ll-seq")
    for loop in program.split("scf.for")[1:]:
        assert "iree_ll_seq.copy" not in loop.partition("scf.yield")[0]
    assert program.count("iree.update_output") == len(TYPES)
