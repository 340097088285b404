"""Sorts, scatters, windows and scans over sizes that types leave open, on every target, with sizes of all kinds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

PROGRAM = Path(__file__).parent / "tensor_programs" / "open_orders.mlir"
SCANS = PROGRAM.with_stem("open_scans")

EVERY_PROGRAM = {
    "sorted": (PROGRAM, "sorted", [np.array([3, 1, 3, 0, 2], np.int32), np.arange(5, dtype="f")]),
    "sorted_columns": (PROGRAM, "sorted_columns", [np.sin(np.arange(21, dtype="f").reshape(7, 3))]),
    "add_rows": (
        PROGRAM,
        "add_rows",
        [
            np.arange(8, dtype="f").reshape(4, 2),
            np.array([3, 0, 3, 9, -1], np.int32),
            np.arange(10, dtype="f").reshape(5, 2),
        ],
    ),
}
"""Programs that upstream's runtime runs, too."""

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-task"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]


@cache
def compiled(target: str, program: Path = PROGRAM):
    return ireelite.compile(program, targets=[target])


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_sorts_and_scatters_take_every_size(configuration):
    target, device = configuration
    module = ireelite.load(compiled(target), device=device)
    random = np.random.default_rng(5)
    for n, k, m in ((0, 3, 2), (1, 1, 0), (5, 2, 7), (33, 3, 40), (4099, 1, 9)):
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


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_windows_scans_and_transforms_take_every_size(configuration):
    target, device = configuration
    module = ireelite.load(compiled(target, SCANS), device=device)
    random = np.random.default_rng(6)

    def numbers(*shape: int):
        return random.integers(-5, 6, shape).astype(np.float32)

    w = numbers(3, 2, 4)
    for n, m in ((0, 1), (1, 3), (2, 8), (7, 37)):
        x = numbers(n, 3)
        np.testing.assert_array_equal(module.sums_from_end(x), x[::-1].cumsum(0)[::-1])
        x = numbers(m)
        spread = np.full(2 * m, -np.inf, np.float32)
        spread[1 : 2 * m - 2 : 2] = x[1:]
        expected = [spread[i : i + 3].max() for i in range(0, 2 * m - 2, 2)]
        np.testing.assert_array_equal(module.pool(x), expected)
        x, g = numbers(n, m, 2), numbers(1, m, 4)
        edged = np.pad(x, ((0, 0), (1, 1), (0, 0)))
        parts = [edged[:, k : k + m] for k in range(3)]
        expected = sum(part[:, ::2] @ w[k] for k, part in enumerate(parts))
        np.testing.assert_array_equal(module.convolution(x, w), expected)
        x = numbers(1, m, 2)
        edged = np.pad(x, ((0, 0), (1, 1), (0, 0)))
        expected = [edged[0, k : k + m].T @ g[0] for k in range(3)]
        np.testing.assert_array_equal(module.kernel_gradient(x, g), expected)
        x, g = random.standard_normal((n, 2, 2), np.float32), numbers(n, 2)
        expected = np.where(x == x.max(2, keepdims=True), g[..., None], 0)
        found = module.pool_gradient(x.reshape(n, 4), g)
        np.testing.assert_array_equal(found, expected.reshape(n, 4))
        x = numbers(n, m, 6, 10)
        np.testing.assert_allclose(module.transforms(x), np.fft.rfft2(x), 1e-4, 1e-3)
        x = numbers(n, m + 1)
        np.testing.assert_array_equal(module.largest(x), -np.sort(-x, axis=1)[:, :2])


def test_a_transform_of_an_open_length_is_refused():
    text = SCANS.read_text()
    first, behind = text.index("func.func @transforms"), text.index("// The two")
    with pytest.raises(StatusError, match=r":2:\d+: 'stablehlo.fft' has a value of type") as error:
        ireelite.compile(text[first:behind].replace("x10xf32", "x?xf32"), targets=["vmvx"])
    assert error.value.code is StatusCode.UNIMPLEMENTED
