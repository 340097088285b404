"""Loops and choices of StableHLO: in both execution models and on every device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import ireelite
from ireelite.tools.compile import main

TEXT = (Path(__file__).parent / "tensor_programs" / "control_flow.mlir").read_text()
CONFIGURATIONS = [
    pytest.param("vmvx", "local-sync", "async-internal", id="vmvx"),
    pytest.param("llvm-cpu", "local-task", "async-external", id="native"),
    pytest.param("vulkan-spirv", "webgpu", "async-internal", id="spirv", marks=pytest.mark.webgpu),
]


def f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def i32(value: int) -> np.ndarray:
    return np.array(value, np.int32)


def deep(n: int) -> int:
    """What `@deep` computes where its condition holds."""
    a = 0
    for i in range(n):
        for j in range(i + 1):
            a += (1, i * j, -j)[min(j, 2)]
    return a


ROW, EVEN = f32(1, -2, 4), f32(0, 2, 4, 6, 8, 10, 12, 14)
X, Y = f32(1, 2), f32(3, 4)
P, H = np.array([1, 0, 1], bool), np.array([1, 2, 3], np.float16)
C, U = np.array([1j, 2], np.complex64), np.array([100, 7], np.uint8)
E = np.zeros((0, 3), np.float32)

CALLS: list[tuple[str, list[Any], list[Any]]] = [
    ("count", [i32(5), f32(1, 2, 3, 4)], [i32(5), f32(6, 12, 18, 24)]),
    ("count", [i32(-1), f32(1, 2, 3, 4)], [i32(0), f32(1, 2, 3, 4)]),
    ("fibonacci", [np.int64(80)], [np.int64(23416728348467685), np.int64(80)]),
    ("swap", [X, Y, i32(3)], [Y, X]),
    ("swap", [X, Y, i32(0)], [X, Y]),
    ("swap_narrow", [X, Y, i32(3)], [Y, X]),
    ("until", [np.float32(3), np.float32(100)], [np.float32(192), np.float32(96)]),
    ("branch", [np.array(True), X], [X + X, X]),
    ("branch", [np.array(False), X], [X, f32(7, 8)]),
    *(
        ("choose", [i32(index), X], [expected])
        for index, expected in [(0, X), (1, -X), (2, X * X), (3, X * X), (-1, X * X)]
    ),
    *(("only", [i32(index), X], [-X]) for index in (0, 1, -(2**31))),
    ("longest", [i32(7)], [i32(16), i32(16)]),
    ("deep", [i32(5), np.array(True)], [i32(deep(5))]),
    ("deep", [i32(5), np.array(False)], [i32(-5)]),
    ("nothing", [X], [X]),
    ("stack", [ROW], [8 * ROW, np.outer([2, 3, 4, 5, 8], ROW), np.array([0, 0, 1, 2, 6])]),
    ("keep", [np.arange(8, dtype=np.float32), i32(9)], [EVEN, f32(*EVEN[:6], 5, 6)]),
]

EVERY_PROGRAM = {
    f"{name} {number}": (TEXT, name, arguments) for number, (name, arguments, _) in enumerate(CALLS)
}
"""Program, function and arguments of everything that is called here."""

STAGES_TEXT = Path(__file__).parents[1] / "lit" / "control_flow" / "stages.mlir"


@pytest.mark.parametrize(("target", "device", "model"), CONFIGURATIONS)
def test_loops_and_choices(target: str, device: str, model: str):
    program = ireelite.compile(TEXT, targets=(target,), execution_model=model)
    module = ireelite.load(program, device=device)
    for name, arguments, expected in CALLS:
        given = getattr(module, name)(*arguments)
        results = given if isinstance(given, tuple) else (given,)
        for found, wanted in zip(results, expected, strict=True):
            np.testing.assert_array_equal(found, wanted, err_msg=f"{name}{arguments}")


@pytest.mark.parametrize(("target", "device", "model"), CONFIGURATIONS)
def test_loops_carry_tensors_of_every_type(target: str, device: str, model: str):
    program = ireelite.compile(TEXT, targets=(target,), execution_model=model)
    module = ireelite.load(program, device=device)
    half = np.array(1.5, ml_dtypes.bfloat16)
    p, h, c, u, e, b = module.kinds(P, H, C, U, E, half)
    np.testing.assert_array_equal(p, ~P)
    np.testing.assert_array_equal(h, H * 4)
    np.testing.assert_allclose(c, C**4, atol=1e-6)
    np.testing.assert_array_equal(u, U * np.uint8(4))
    assert np.asarray(e).shape == (0, 3)
    assert float(b) == 1.5**4


@pytest.mark.parametrize("stage", ["dispatch", "hl-seq", "ll-seq", "executables", "vm"])
def test_a_printed_stage_reads_back(stage: str, tmp_path: Path):
    options = ["--iree-hal-target-backends=vmvx", "--iree-vm-bytecode-module-strip-source-map=true"]
    paths = {name: str(tmp_path / name) for name in ("whole", "text", "rest")}
    assert main([*options, str(STAGES_TEXT), "-o", paths["whole"]]) == 0
    assert main([*options, str(STAGES_TEXT), f"--compile-to={stage}", "-o", paths["text"]]) == 0
    assert main([*options, paths["text"], f"--compile-from={stage}", "-o", paths["rest"]]) == 0
    assert Path(paths["whole"]).read_bytes() == Path(paths["rest"]).read_bytes()


def test_a_recorded_call_runs_through_loops():
    session = ireelite.load(ireelite.compile(TEXT, targets=("vmvx",), record=True), record=True)
    np.testing.assert_array_equal(session.swap(X, Y, i32(3))[0], Y)
    assert session.deep(i32(3), np.array(True)) == deep(3)


DECIDED_BY_CONSTANTS = """
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %limit = util.unfoldable_constant dense<3> : tensor<i32>
  %yes = util.unfoldable_constant dense<true> : tensor<i1>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<4xf32>
  cond {
    %1 = stablehlo.compare LT, %i, %limit : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %2 = stablehlo.add %i, %one : tensor<i32>
    %3 = stablehlo.add %v, %x : tensor<4xf32>
    stablehlo.return %2, %3 : tensor<i32>, tensor<4xf32>
  }
  %4 = "stablehlo.if"(%yes) ({
    %5 = stablehlo.multiply %0#1, %x : tensor<4xf32>
    stablehlo.return %5 : tensor<4xf32>
  }, {
    stablehlo.return %x : tensor<4xf32>
  }) : (tensor<i1>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}
"""


def test_constants_of_a_program_decide():
    module = ireelite.load(ireelite.compile(DECIDED_BY_CONSTANTS, targets=["vmvx"]))
    assert module.main(f32(1, 2, 3, 4)).tolist() == [4, 16, 36, 64]
