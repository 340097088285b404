"""Bodies of `linalg` and `tensor` ops that read elements of whole tensors, on every target."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module

TEXT = (Path(__file__).parent / "tensor_programs" / "body_reads.mlir").read_text()

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-task", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

ROWS = np.arange(15, dtype=np.float32).reshape(5, 3)
PLACES = np.int32([1, 2, 3, 4, 5, 0])
TABLE = np.arange(12, dtype=np.int32).reshape(3, 4)
FLOATS = np.linspace(-1, 1, 8, dtype=np.float32)
GRID = np.int32([[0, 7, 3, 3], [1, 2, 5, 6], [7, 7, 7, 7]])
SHORT = np.int32([3, 1, 0, 2])
TENS = np.int32([10, 20, 30, 40])

PROGRAMS = {
    "rows": ([ROWS, np.array([4, 0, 2, 2])], [ROWS[[4, 0, 2, 2]]]),
    "chain": ([PLACES, FLOATS[:6], np.float32(2)], [2 * FLOATS[:6][PLACES[PLACES]]]),
    "sum": ([FLOATS, GRID], [FLOATS[GRID].sum(1)]),
    "generate": (
        [TABLE],
        [TABLE.T, np.block([[TABLE[:, :1], TABLE], [TABLE[:1, [0, 1, 2, 0, 1]]]])],
    ),
    "map": (
        [SHORT, TENS, np.zeros(0, np.int32)],
        [TENS[SHORT] + np.arange(4), TENS[SHORT] + SHORT, [0, 1, 0, 2]],
    ),
}


@cache
def loaded(target: str, device: str):
    return ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)


def assert_expected(name: str, results) -> None:
    results = results if isinstance(results, tuple) else (results,)
    for result, expected in zip(results, PROGRAMS[name][1], strict=True):
        np.testing.assert_allclose(np.asarray(result), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("target", "device"), CONFIGURATIONS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_body_reads_other_tensors(name: str, target: str, device: str) -> None:
    assert_expected(name, getattr(loaded(target, device), name)(*PROGRAMS[name][0]))


@pytest.mark.parametrize(("target", "device"), CONFIGURATIONS)
def test_an_index_outside_of_a_tensor_is_clamped(target: str, device: str) -> None:
    result = loaded(target, device).outside(SHORT, TENS)
    np.testing.assert_array_equal(np.asarray(result), TENS[SHORT] + TENS[0])


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_reference_agrees(name: str) -> None:
    assert_expected(name, interpret(parse_module(TEXT), name, *PROGRAMS[name][0]))


GENERIC = """
func.func @f(%t: tensor<4xi32>, %p: i1) -> tensor<i32> {{
  %z = arith.constant dense<0> : tensor<i32>
  %r = linalg.generic {{indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}} ins(%t : tensor<4xi32>) outs(%z : tensor<i32>) {{
  ^bb0(%in: i32, %acc: i32):
    %k = arith.index_cast %acc : i32 to index
    {}
    linalg.yield %x : i32
  }} -> tensor<i32>
  return %r : tensor<i32>
}}
"""

REFUSED = {
    "7:10: 'tensor.extract' has an index that follows from what is accumulated": (
        "%x = tensor.extract %t[%k] : tensor<4xi32>"
    ),
    "8:12: 'tensor.extract' in a region of a function of scalars": (
        "%x = scf.if %p -> (i32) {\n      %y = tensor.extract %t[%k] : tensor<4xi32>\n"
        "      scf.yield %y : i32\n    } else {\n      scf.yield %in : i32\n    }"
    ),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_no_input_can_hold_is_refused(words: str) -> None:
    with pytest.raises(StatusError) as caught:
        ireelite.compile(GENERIC.format(REFUSED[words]), targets=["vmvx"])
    assert caught.value.code is StatusCode.UNIMPLEMENTED
    assert words in caught.value.message
