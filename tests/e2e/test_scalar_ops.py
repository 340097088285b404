"""Ops of `arith` and `math` that are made of others, and indices that the host computes, on every
target.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.syntax.parser import parse_module

FOLDER = Path(__file__).parent / "tensor_programs"
TEXT = (FOLDER / "scalar_ops.mlir").read_text() + (FOLDER / "host_indices.mlir").read_text()

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-task", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

INF, NAN = np.inf, np.nan
A = np.arange(40, dtype=np.float32).reshape(10, 4)
V = np.arange(1, 11, dtype=np.float32)
MOVED = A.copy()
MOVED[2] = A[3]
SET = V.copy()
SET[[7, 3]] = 2 * V[7]


def codes(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint8).view(np.int8)


PROGRAMS = {
    "ext": (
        [codes(56, 56, 184, 126, 1, 127, 56, 0), codes(127, 128, 120, 254, 40, 127, 255, 127)],
        [[1, 2, -(2.0**-7), INF, 2.0**-96, NAN, NAN, 0]],
    ),
    "trunc": (
        [
            np.float32([1.0, 3.0, -2.0, 1e-39, 4, 1000, 1.0, 0.3]),
            codes(127, 128, 120, 1, 127, 127, 255, 125),
        ],
        [codes(56, 60, 248, 0, 72, 127, 127, 58)],
    ),
    "by_floats": (
        [
            np.float32([1.0, 3.0, -2.0, 1, 1e-38, 1000, 1.0, 0.3]),
            np.float32([1.0, 3.0, 0.7, INF, 1.5, 5.5, 0.75, 6]),
        ],
        [codes(56, 60, 200, 127, 0, 120, 64, 26)],
    ),
    "is": (
        [np.float32([1, INF, -INF, NAN, 0, 1e-39]), np.float16([1, INF, NAN, 0, 1e-5, -65504])],
        [
            [0, 0, 0, 1, 0, 0],
            [0, 1, 1, 0, 0, 0],
            [1, 0, 0, 0, 1, 1],
            [1, 0, 0, 0, 0, 1],
            [0, 1, 0, 0, 0, 0],
        ],
    ),
    "fours": (
        [np.int8([0, 2, 7, 9, 15])],
        [[0, 1, 6, -0.5, -6], [8, 10, 15, 1, 7]],
    ),
    "index": ([np.int8(-2)], [254, 254]),
    "rows": ([A], [A.sum(0)]),
    "part": ([A, 3], [A[3], MOVED]),
    "below": ([V, 4], [np.where(np.arange(10) < 4, V, 0)]),
    "elements": ([V, np.int32(7)], [SET, V[7]]),
    "read": ([A, np.int32(5)], [A[5:7]]),
}


@cache
def loaded(target: str, device: str):
    return ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)


def assert_expected(name: str, results) -> None:
    results = results if isinstance(results, tuple) else (results,)
    for result, expected in zip(results, PROGRAMS[name][1], strict=True):
        np.testing.assert_array_equal(np.asarray(result), expected)


@pytest.mark.parametrize(("target", "device"), CONFIGURATIONS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_computes_the_same(name: str, target: str, device: str) -> None:
    assert_expected(name, getattr(loaded(target, device), name)(*PROGRAMS[name][0]))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_reference_agrees(name: str) -> None:
    assert_expected(name, interpret(parse_module(TEXT), name, *PROGRAMS[name][0]))
