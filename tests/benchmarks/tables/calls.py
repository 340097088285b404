"""Calls of small programs by both runtimes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Row, call_seconds, interleaved

import ireelite
from tables.effort import Effort
from tables.toolchains import BACKENDS, MATMUL, SIMPLE_MUL, compiled, upstream_function

A = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
B = np.array([5.0, 6.0, 7.0, 8.0], np.float32)


def calls(effort: Effort, folder: Path) -> Iterator[Row]:
    """simple_mul, NumPy arrays in, a NumPy array out."""
    for backend in BACKENDS:
        ours, theirs = compiled(folder, "simple_mul", SIMPLE_MUL, backend)
        for device in ("local-sync", "local-task"):
            upstream = upstream_function(theirs, "simple_mul", device)
            module = ireelite.load(ours, device=device)

            def our_call(function=module.simple_mul) -> np.ndarray:
                return np.asarray(function(A, B))

            def their_call(function=upstream) -> np.ndarray:
                return np.asarray(function(A, B).to_host())

            for result in (our_call(), their_call()):
                np.testing.assert_array_equal(result, A * B)
            runs = interleaved(
                lambda call=our_call: call_seconds(call, effort.calls_in_burst),
                lambda call=their_call: call_seconds(call, effort.calls_in_burst),
                effort.bursts,
            )
            yield Row(f"simple_mul(a, b), {backend}, {device}", "iree.runtime, the same", *runs)


def matmul(effort: Effort, folder: Path) -> Iterator[Row]:
    """A matrix product of 64 x 64 x 64 in bytecode, which each runtime interprets its own way."""
    ours, theirs = compiled(folder, "matmul", MATMUL, "vmvx")
    function = ireelite.load(ours).matmul
    upstream = upstream_function(theirs, "matmul", "local-sync")
    a, b = np.random.default_rng(1).normal(size=(2, 64, 64)).astype(np.float32)
    for result in (function(a, b), upstream(a, b).to_host()):
        np.testing.assert_allclose(result, a @ b, rtol=1e-4, atol=1e-4)
    runs = interleaved(
        lambda: call_seconds(lambda: function(a, b), 1),
        lambda: call_seconds(lambda: upstream(a, b).to_host(), 1),
        effort.loads,
    )
    yield Row("matmul 64x64x64 f32, vmvx, local-sync", "iree.runtime, the same", *runs)
