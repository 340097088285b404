"""Loops and choices that data decides about run in kernels, with what they carry, on every target."""

from __future__ import annotations

from math import gcd
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import ireelite

TEXT = (Path(__file__).parent / "tensor_programs" / "loops_by_data.mlir").read_text()
CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-task"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]
RANDOM = np.random.default_rng(1)


def same(found: Any, expected: Any) -> None:
    """Compares the results of a call, exactly or for floats nearly."""
    results = found if isinstance(found, tuple) else (found,)
    for result, wanted in zip(results, expected, strict=True):
        array, wanted = np.asarray(result), np.asarray(wanted)
        if wanted.dtype.kind in "fcV":
            wide = np.complex64 if wanted.dtype.kind == "c" else np.float32
            tolerance = 2e-3 if wanted.dtype.itemsize == 2 else 1e-5
            np.testing.assert_allclose(array.astype(wide), wanted.astype(wide), tolerance, 1e-6)
        else:
            np.testing.assert_array_equal(array.astype(wanted.dtype), wanted)


def nested(v: np.ndarray) -> np.ndarray:
    for i in range(180):
        if i % 3 == 0:
            v = v[::-1]
        elif i % 3 == 2:
            v = ~v
        else:
            w = v
            for j in range(250):
                w = (w ^ np.int32(i + j)) + v
            v = w
    return v


def recurrent(n: int, h: np.ndarray, w: np.ndarray, xs: np.ndarray) -> list[np.ndarray]:
    ys = np.full((9, 5), -1, np.float16)
    for i in range(n):
        h = np.tanh(xs[i] + h @ w)
        ys[i] = h
    return [h, ys]


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def module(request: pytest.FixtureRequest) -> Any:
    target, device = request.param
    return ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)


def test_as_many_turns_as_an_argument_says(module: Any):
    x = np.array([1, -2, 0.5], np.float32)
    for n in (0, 1, 100_001, -5):
        counted = np.bitwise_xor.reduce(np.arange(max(n, 0)))
        same(module.sum_to(np.int32(n), x), [np.int32(counted), -x if n > 0 and n % 2 else x])
    h, w, xs = (RANDOM.standard_normal(s).astype(np.float32) for s in (5, (5, 5), (9, 5)))
    for n in (0, 4, 9):
        same(module.recurrent(np.int32(n), h, w, xs), recurrent(n, h, w, xs))


def test_turns_until_a_condition_fails(module: Any):
    for a, b in ((1071, 462), (12, 0), (2**40 + 6, 2**33)):
        assert int(module.gcd(np.int64(a), np.int64(b))[0]) == gcd(a, b)
    root, turns = module.root(np.float32(7), np.float32(1e-4))
    assert abs(float(root) ** 2 - 7) <= 1e-4 and int(turns) == 4
    assert int(module.root(np.float32(7), np.float32(-1))[1]) == 50


def test_loops_and_choices_within_loops(module: Any):
    x = np.array([3, -7, 11, 2**31 - 5], np.int32)
    with np.errstate(over="ignore"):
        same(module.nested(x), [nested(x)])
    values = RANDOM.integers(-99, 99, 30).astype(np.int32)
    same(module.triangle(values), [np.sort(values)])
    pair = np.array([3, -4], np.int32)
    same(module.invariant(np.array(True), np.int32(5), pair), [pair * 32])
    same(module.invariant(np.array(False), np.int32(5), pair), [-pair])


def test_carried_tensors_of_every_kind(module: Any):
    p, c = np.array([1, 0], bool), np.array([0.5j, 0.9], np.complex64)
    i = RANDOM.integers(-8, 8, 17).astype(ml_dtypes.int4)
    u, v = RANDOM.integers(0, 255, (2, 20)).astype(np.uint8)
    b, e = np.array(1.5, ml_dtypes.bfloat16), np.zeros((0, 3), np.float32)
    wrapped = ((i.astype(np.int32) * 8 + 8) % 16 - 8).astype(np.int8)
    found = module.kinds(np.int8(3), p, i, b, c, e, u, v)
    assert np.asarray(found[4]).shape == (0, 3)
    found = [np.asarray(each).astype(np.int8) if n == 1 else each for n, each in enumerate(found)]
    same(tuple(found), [~p, wrapped, np.float32(12), c**8, e, v, u, np.float32(3)])


def test_a_choice_is_a_kernel(module: Any):
    x = RANDOM.random(6, np.float32)
    same(module.choice(np.array(True), x), [x - x.sum(), x.sum()])
    same(module.choice(np.array(False), x), [x, np.float32(0)])


def test_what_is_read_back():
    """A loop of open turns reads back once a dispatch; others and choices read nothing."""
    program = ireelite.compile(TEXT, targets=["vmvx"], record=True)
    assert {d.verdict for d in program.record.decisions("loops")} == {"one kernel"}
    functions = program.ir("ll-seq").split("\n  func.func @")[1:]
    reads = {text.partition("(")[0]: text.count("memref.load") for text in functions}
    open_turns = dict.fromkeys(("sum_to", "gcd", "recurrent", "invariant"), 1)
    assert reads == dict.fromkeys(reads, 0) | open_turns
    assert sum(text.count("iree_ll_seq.static_dispatch") for text in functions) == 15
