"""`stablehlo.sort` on every target, against NumPy: sizes around those of runs and chunks, orders,
several operands, NaN and signed zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-sync", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]


def sort(shape: str, elements: list[str], dimension: int, comparison: str) -> str:
    """A function that sorts tensors by a comparison of the first one's `%a0` and `%b0`."""
    types = [f"tensor<{shape}x{e}>" if shape else f"tensor<{e}>" for e in elements]
    named = ", ".join(f"%x{n}: {t}" for n, t in enumerate(types))
    scalars = ", ".join(
        f"%{side}{n}: tensor<{e}>" for n, e in enumerate(elements) for side in ("a", "b")
    )
    values, results = (", ".join(f"%{v}{n}" for n in range(len(types))) for v in "xr")
    listed = ", ".join(types)
    return f"""func.func @main({named}) -> ({listed}) {{
  {results} = "stablehlo.sort"({values}) <{{dimension = {dimension} : i64, is_stable = true}}> ({{
  ^bb0({scalars}):
    {comparison}
    stablehlo.return %less : tensor<i1>
  }}) : ({listed}) -> ({listed})
  return {results} : {listed}
}}"""


def compare(direction: str, element: str, kind: str = "") -> str:
    return (
        f"%less = stablehlo.compare {direction}, %a0, %b0{kind} : "
        f"(tensor<{element}>, tensor<{element}>) -> tensor<i1>"
    )


BY_REMAINDER = """%seven = stablehlo.constant dense<7> : tensor<i32>
    %a = stablehlo.remainder %a0, %seven : tensor<i32>
    %b = stablehlo.remainder %b0, %seven : tensor<i32>
    %less = stablehlo.compare LT, %a, %b : (tensor<i32>, tensor<i32>) -> tensor<i1>"""


def total_order(x: np.ndarray) -> np.ndarray:
    bits = x.view(np.int32).astype(np.int64)
    return np.where(bits < 0, -1 - (bits & 0x7FFFFFFF), bits)


class Case(NamedTuple):
    text: str
    inputs: list[np.ndarray]
    dimension: int
    key: Callable[[np.ndarray], np.ndarray]


RNG = np.random.default_rng(0)
ODD = np.array([2, np.nan, -0.0, 0.0, -np.inf, 1, -np.nan, np.inf, 0.0, -0.0, -1], np.float32)


def integers(shape: tuple[int, ...], high: int, dtype: type = np.int32) -> np.ndarray:
    return RNG.integers(0, high, shape).astype(dtype)


def counted(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=np.int32).reshape(shape)


def same(x: np.ndarray) -> np.ndarray:
    return x


CASES = {
    "one element": Case(
        sort("1", ["f32"], 0, compare("LT", "f32")), [np.ones(1, np.float32)], 0, same
    ),
    "no element": Case(
        sort("3x0", ["f32"], 1, compare("LT", "f32")), [np.ones((3, 0), np.float32)], 1, same
    ),
    "no row": Case(
        sort("0x3", ["i32"], 1, compare("LT", "i32")), [np.ones((0, 3), np.int32)], 1, same
    ),
    "the first of three dimensions": Case(
        sort("17x2x3", ["i32", "i32"], 0, compare("LT", "i32")),
        [integers((17, 2, 3), 9), counted((17, 2, 3))],
        0,
        same,
    ),
    "a middle dimension, counted from behind": Case(
        sort("2x40x3", ["ui8"], -2, compare("LT", "ui8")),
        [integers((2, 40, 3), 256, np.uint8)],
        1,
        same,
    ),
    "downwards, with what belongs to the keys": Case(
        sort("5x100", ["f32", "i32", "i8"], 1, compare("GT", "f32")),
        [
            integers((5, 100), 20).astype(np.float32),
            counted((5, 100)),
            counted((5, 100)).astype(np.int8),
        ],
        1,
        lambda x: -x,
    ),
    "more than one run": Case(
        sort("2x100", ["i32", "i32"], 1, BY_REMAINDER),
        [integers((2, 100), 1000), counted((2, 100))],
        1,
        lambda x: x % 7,
    ),
    "more than one chunk": Case(
        sort("600", ["f32"], 0, compare("LT", "f32")),
        [RNG.standard_normal(600).astype(np.float32)],
        0,
        same,
    ),
    "chunks that begin within pairs of runs": Case(
        sort("9000", ["i32"], 0, compare("LT", "i32")), [integers((9000,), 1 << 30)], 0, same
    ),
    "total order": Case(
        sort("11", ["f32"], 0, compare("LT", "f32", ", TOTALORDER")), [ODD], 0, total_order
    ),
    "rank 6": Case(
        sort("1x2x1x3x4x2", ["i64"], 4, compare("LT", "i64")),
        [integers((1, 2, 1, 3, 4, 2), 99, np.int64)],
        4,
        same,
    ),
    "halves and truth values": Case(
        sort("30", ["f16", "i1"], 0, compare("LT", "f16")),
        [integers((30,), 9).astype(np.float16), integers((30,), 2).astype(bool)],
        0,
        same,
    ),
}


@pytest.mark.parametrize("target, device", CONFIGURATIONS)
def test_sorts(target: str, device: str):
    text = "\n".join(
        case.text.replace("@main", f"@sort_{n}") for n, case in enumerate(CASES.values())
    )
    program = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    for number, (name, case) in enumerate(CASES.items()):
        order = np.argsort(case.key(case.inputs[0]), axis=case.dimension, kind="stable")
        found = program[f"sort_{number}"](*case.inputs)
        for value, result in zip(case.inputs, found if len(case.inputs) > 1 else [found]):
            expected = np.take_along_axis(value, order, case.dimension)
            np.testing.assert_array_equal(
                result.view(np.uint8), expected.view(np.uint8), f"{name}, on {target}"
            )


def test_a_million_elements():
    text = sort("1000000", ["f32", "i32"], 0, compare("LT", "f32"))
    program = ireelite.load(ireelite.compile(text, targets=["llvm-cpu"]))
    x = RNG.integers(0, 1000, 1_000_000).astype(np.float32)
    values, places = program.main(x, counted((1_000_000,)))
    order = np.argsort(x, kind="stable")
    np.testing.assert_array_equal(values, x[order])
    np.testing.assert_array_equal(places, order)


@pytest.mark.parametrize("target, device", CONFIGURATIONS)
def test_keys_that_nothing_reads(target: str, device: str):
    text = sort("100", ["f32", "i32"], 0, compare("LT", "f32"))
    text = text.replace("-> (tensor<100xf32>, tensor<100xi32>) {", "-> tensor<100xi32> {")
    text = text.replace("return %r0, %r1 : tensor<100xf32>, ", "return %r1 : ")
    program = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    x = integers((100,), 10).astype(np.float32)
    np.testing.assert_array_equal(program.main(x, counted((100,))), np.argsort(x, kind="stable"))


def test_merges_are_one_kernel():
    program = ireelite.compile(sort("600", ["f32"], 0, compare("LT", "f32")), record=True)
    sequence = program.ir("ll-seq")
    assert sequence.count("iree.multi_arch_executable") == 2
    assert sequence.count("static_dispatch") == 1 + len([32, 64, 128, 256, 512])
