"""Scatters in parts: each part applies its own updates, in their order, and each CPU the same."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.executables.native_object import Machine, host_machine
from ireelite.lowering.schedules import update_parts

PLACES, UPDATES = 97, 213


def scatter(name: str, update: str, index: str, element: str = "f32", before: str = "") -> str:
    x, i, u = (
        f"tensor<{PLACES}x{element}>",
        f"tensor<{UPDATES}x1x{index}>",
        f"tensor<{UPDATES}x{element}>",
    )
    return f"""
func.func @{name}(%x: {x}, %i: {i}, %u: {u}) -> {x} {{
  {before or f"%j = stablehlo.add %i, %i : {i}"}
  %0 = "stablehlo.scatter"(%x, {"%j" if before else "%i"}, %u) <{{
    scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0],
      scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}}> ({{
   ^bb0(%l: tensor<{element}>, %r: tensor<{element}>):
    %s = {update} : tensor<{element}>
    stablehlo.return %s : tensor<{element}>
  }}) : ({x}, {i}, {u}) -> {x}
  return %0 : {x}
}}"""


MOVED = f"""%one = stablehlo.constant dense<1> : tensor<{UPDATES}x1xi32>
  %j = stablehlo.subtract %i, %one : tensor<{UPDATES}x1xi32>"""
ROWS = f"""
func.func @rows(%x: tensor<{PLACES}x5xf32>, %i: tensor<{UPDATES}xi32>, %u: tensor<{UPDATES}x5xf32>) -> tensor<{PLACES}x5xf32> {{
  %0 = "stablehlo.scatter"(%x, %i, %u) <{{
    scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0],
      scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}}> ({{
   ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %s = stablehlo.add %l, %r : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }}) : (tensor<{PLACES}x5xf32>, tensor<{UPDATES}xi32>, tensor<{UPDATES}x5xf32>) -> tensor<{PLACES}x5xf32>
  return %0 : tensor<{PLACES}x5xf32>
}}"""
BOTH = f"""
func.func @both(%x: tensor<{PLACES}xf32>, %y: tensor<{PLACES}xi32>, %i: tensor<{UPDATES}x1xi32>, %u: tensor<{UPDATES}xf32>, %v: tensor<{UPDATES}xi32>) -> (tensor<{PLACES}xf32>, tensor<{PLACES}xi32>) {{
  %0:2 = "stablehlo.scatter"(%x, %y, %i, %u, %v) <{{
    scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0],
      scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}}> ({{
   ^bb0(%a: tensor<f32>, %b: tensor<i32>, %c: tensor<f32>, %d: tensor<i32>):
    %s = stablehlo.add %a, %c : tensor<f32>
    stablehlo.return %s, %d : tensor<f32>, tensor<i32>
  }}) : (tensor<{PLACES}xf32>, tensor<{PLACES}xi32>, tensor<{UPDATES}x1xi32>, tensor<{UPDATES}xf32>, tensor<{UPDATES}xi32>) -> (tensor<{PLACES}xf32>, tensor<{PLACES}xi32>)
  return %0#0, %0#1 : tensor<{PLACES}xf32>, tensor<{PLACES}xi32>
}}"""
ADD, SET = "stablehlo.add %l, %r", "stablehlo.or %r, %r"
TEXT = (
    scatter("add", ADD, "i32")
    + scatter("set", SET, "i64", "i16")
    + scatter("unsigned", ADD, "ui32")
    + scatter("moved", ADD, "i32", before=MOVED)
    + scatter("narrow", ADD, "i8")
    + ROWS
    + BOTH
)
DIVIDED = 6
"""All but `narrow`: registers hold no numbers of 8 bits side by side with those of 32."""


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has parts of a few places, and blocks of a few registers."""
    monkeypatch.setattr(update_parts, "UPDATES_OF_A_PART", 32)
    monkeypatch.setattr(update_parts, "MIN_PLACES", 8)
    monkeypatch.setattr(update_parts, "POSITION_BITS", 6)
    monkeypatch.setattr(update_parts, "BLOCK", 1 << 6)


def expected(x: np.ndarray, indices: np.ndarray, updates: np.ndarray, adds: bool) -> np.ndarray:
    result = x.copy()
    for place, update in zip(indices.reshape(-1), updates, strict=True):
        if 0 <= place < len(result):
            result[place] = result[place] + update if adds else update
    return result


@pytest.mark.parametrize("lacking", [(), ("avx512vbmi2",), ("avx512",)], ids=str)
def test_parts_have_the_values_of_updates_one_by_one(
    small_parts: None, lacking: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    host = host_machine()
    features = ",".join(
        "-" + feature[1:] if feature[1:].startswith(lacking or ("none",)) else feature
        for feature in host.features.split(",")
    )
    machine = Machine(host.triple, host.cpu, features)
    monkeypatch.setattr("ireelite.executables.native_object.machine_of", lambda _: machine)
    program = ireelite.compile(TEXT, targets=["llvm-cpu"], schedule="avx512f")
    assert program.ir("schedules").count("memref.append") == DIVIDED
    rng = np.random.default_rng(4)
    x, u = (rng.standard_normal(n).astype("f4") for n in (PLACES, UPDATES))
    i = rng.integers(-9, PLACES + 9, (UPDATES, 1), "i4")
    i[5], i[17], i[100] = np.iinfo("i4").min, np.iinfo("i4").max, PLACES - 1
    with ireelite.load(program, device="local-task") as module:
        np.testing.assert_array_equal(module.add(x, i, u), expected(x, i, u, True))
        np.testing.assert_array_equal(module.moved(x, i, u), expected(x, i - np.int32(1), u, True))
        unsigned = i.astype("u4")
        np.testing.assert_array_equal(module.unsigned(x, unsigned, u), expected(x, i, u, True))
        narrow = np.clip(i, -9, PLACES + 9).astype("i1")
        np.testing.assert_array_equal(module.narrow(x, narrow, u), expected(x, narrow, u, True))
        words, news = (rng.integers(-99, 99, n).astype("i2") for n in (PLACES, UPDATES))
        far = i.astype("i8")
        far[6] = (1 << 32) + 3
        np.testing.assert_array_equal(
            module.set(words, far, news), expected(words, far, news, False)
        )
        rows, more = (rng.standard_normal((n, 5)).astype("f4") for n in (PLACES, UPDATES))
        np.testing.assert_array_equal(
            module.rows(rows, i[:, 0], more), expected(rows, i, more, True)
        )
        y, v = (rng.integers(-99, 99, n).astype("i4") for n in (PLACES, UPDATES))
        sums, last = module.both(x, y, i, u, v)
        np.testing.assert_array_equal(sums, expected(x, i, u, True))
        np.testing.assert_array_equal(last, expected(y, i, v, False))


def test_parts_are_for_many_updates_and_for_registers_that_compress():
    program = ireelite.compile(TEXT, targets=["llvm-cpu"], schedule="avx512f")
    assert "memref.append" not in program.ir("schedules")


@pytest.mark.parametrize("schedule", ["avx2", "plain"])
def test_other_registers_have_plain_loops(small_parts: None, schedule: str):
    text = scatter("add", ADD, "i32")
    program = ireelite.compile(text, targets=["llvm-cpu"], schedule=schedule)
    assert "memref.append" not in program.ir("schedules")
