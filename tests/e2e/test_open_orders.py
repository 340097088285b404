"""Sorts and scatters over sizes that types leave open, on every target, with sizes of all kinds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import ireelite

PROGRAM = Path(__file__).parent / "tensor_programs" / "open_orders.mlir"

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-task"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]


@cache
def compiled(target: str):
    return ireelite.compile(PROGRAM, targets=[target])


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_sorts_and_scatters_take_every_size(configuration):
    target, device = configuration
    module = ireelite.load(compiled(target), device=device)
    random = np.random.default_rng(5)
    for n, k, m in ((0, 3, 2), (1, 1, 0), (5, 2, 7), (33, 3, 40), (257, 1, 9)):
        keys, values = random.integers(0, 9, n, np.int32), np.arange(n, dtype=np.float32)
        order = np.argsort(keys, kind="stable")
        found = module["sorted"](keys, values)
        np.testing.assert_array_equal(found[0], keys[order], f"{n} keys")
        np.testing.assert_array_equal(found[1], values[order], f"values of {n} keys")
        a = random.standard_normal((n, k), np.float32)
        np.testing.assert_array_equal(module["sorted_columns"](a), -np.sort(-a, axis=0))
        at = random.integers(-2, n + 2, m, np.int32)
        rows = random.integers(-9, 9, (m, k)).astype(np.float32)
        expected = np.round(a)
        for place, row in zip(at, rows, strict=True):
            if 0 <= place < n:
                expected[place] += row
        np.testing.assert_array_equal(module["add_rows"](np.round(a), at, rows), expected)
        if k < 2:
            continue
        b = random.integers(0, 99, (n, k), np.int32)
        at = random.integers(-3, k + 1, (n, m, 1), np.int64)
        pairs = random.integers(100, 999, (n, m, 2), np.int32)
        expected = b.copy()
        for row, update, part in np.ndindex(n, m, 2):
            if 0 <= (place := at[row, update, 0] + part) < k:
                expected[row, place] = pairs[row, update, part]
        np.testing.assert_array_equal(module["put_pairs"](b, at, pairs), expected)
