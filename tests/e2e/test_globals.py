"""Globals of tensors: by address, and in the words of `ml_program`, on every target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.syntax.parser import parse_module

TEXT = (Path(__file__).parent / "tensor_programs" / "globals.mlir").read_text()

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-task", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

BYTES = 0x01010101
EXPECTED = {"inc": [3.0], "look": [[2, 4, 6]], "addresses": [[BYTES] * 2, [BYTES + 5] * 2]}


def assert_expected(name: str, results) -> None:
    results = results if isinstance(results, tuple) else (results,)
    for result, expected in zip(results, EXPECTED[name], strict=True):
        np.testing.assert_array_equal(np.asarray(result), expected)


@pytest.mark.parametrize(("target", "device"), CONFIGURATIONS)
def test_globals_keep_their_values(target: str, device: str) -> None:
    module = ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)
    for name in EXPECTED:
        assert_expected(name, getattr(module, name)())
    np.testing.assert_array_equal(np.asarray(module.inc()), 4.0)
    np.testing.assert_array_equal(np.asarray(module.addresses()[1]), [2 * BYTES + 5] * 2)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_reference_agrees(name: str) -> None:
    assert_expected(name, interpret(parse_module(TEXT), name))
