"""Products of narrow numbers in pairs: where they are made, and that each CPU computes the same."""

from __future__ import annotations

from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

import ireelite
from ireelite.executables.native_object import Machine, host_machine
from ireelite.executables.pair_products import define_pairs
from ireelite.lowering.schedules.tiles import REGISTER_FILES
from ireelite.targets.native.target import NativeTarget

ROWS, DEEP, COLUMNS = 20, 33, 40


def function(name: str, element: str, result: str, sums: int = DEEP, turned: bool = False) -> str:
    a, c = f"tensor<{ROWS}x{sums}x{element}>", f"tensor<{ROWS}x{COLUMNS}x{result}>"
    b = f"tensor<{COLUMNS}x{sums}x{element}>" if turned else f"tensor<{sums}x{COLUMNS}x{element}>"
    return f"""
func.func @{name}(%a: {a}, %b: {b}) -> {c} {{
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [{int(turned)}] : ({a}, {b}) -> {c}
  return %0 : {c}
}}"""


def mixed(name: str, left: str, right: str) -> str:
    a, b = f"tensor<{ROWS}x{DEEP}x{left}>", f"tensor<{DEEP}x{COLUMNS}x{right}>"
    c = f"tensor<{ROWS}x{COLUMNS}xi32>"
    return f"""
func.func @{name}(%a: {a}, %b: {b}) -> {c} {{
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : ({a}, {b}) -> {c}
  return %0 : {c}
}}"""


CONVOLUTION = """
func.func @convolution(%x: tensor<1x8x11x5xi8>, %w: tensor<3x3x5x32xi8>) -> tensor<1x6x9x32xi32> {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x11x5xi8>, tensor<3x3x5x32xi8>) -> tensor<1x6x9x32xi32>
  return %0 : tensor<1x6x9x32xi32>
}"""
PAIRED = {"i8": np.int8, "ui8": np.uint8, "i16": np.int16}
TEXT = "".join(
    [function(name, name, "ui32" if name == "ui8" else "i32") for name in PAIRED]
    + [function("turned", "i8", "i32", turned=True), function("even", "i8", "i32", 34)]
    + [
        function("three", "i8", "i32", 35),
        mixed("mixed", "ui8", "i8"),
        mixed("signed", "i8", "ui8"),
    ]
    + [function("wide", "ui16", "ui32"), function("floats", "bf16", "f32"), CONVOLUTION]
)
"""All functions but `wide` are paired: a ui16 does not fit into a signed half of a word."""
QUADS = 2 * 5 + 2
"""Of the functions of i8, where there are instructions for quads; without mixed signs each has one
for the products and one for the columns' sums."""
MISSING = [(), ("avx512bf16",), ("avx512vnni",), ("avx512",), ("avx512", "avx2")]
"""Beginnings of the features that a CPU is taken to lack."""


@pytest.fixture
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Has code made for this machine as if it lacked features."""
    host = host_machine()
    features = ",".join(
        "-" + feature[1:] if feature[1:].startswith(tuple(request.param)) else feature
        for feature in host.features.split(",")
    )
    lacking = Machine(host.triple, host.cpu, features)
    monkeypatch.setattr("ireelite.executables.native_object.machine_of", lambda _: lacking)
    return lacking


@pytest.mark.parametrize("machine", MISSING, indirect=True, ids=str)
def test_pairs_have_the_values_of_products_one_by_one(machine: Machine):
    program = ireelite.compile(TEXT, targets=["llvm-cpu"])
    floats = "+avx512bf16" in machine.features
    quads = "+avx512vnni" in machine.features
    if machine.triple.startswith("x86_64"):
        kernels = program.ir("schedules")
        assert kernels.count("arith.dot_pairs") == (2 if quads else 9) + floats
        assert kernels.count("arith.dot_quads") == quads * QUADS
    check_products(program)


def test_quads_have_those_values_on_a_machine_without_the_instruction(
    monkeypatch: pytest.MonkeyPatch,
):
    registers = replace(REGISTER_FILES["avx2"], quads=True)
    monkeypatch.setattr(NativeTarget, "registers", lambda self, options: registers)
    program = ireelite.compile(TEXT, targets=["llvm-cpu"], cpu="generic")
    assert program.ir("schedules").count("arith.dot_quads") == QUADS
    check_products(program)


def check_products(program: ireelite.Program) -> None:
    """Compares what all functions return with NumPy's products."""
    module = ireelite.load(program, device="local-sync")
    rng = np.random.default_rng(3)

    def numbers(kind: type, *shape: int) -> np.ndarray:
        limits = np.iinfo(kind)
        return rng.integers(limits.min, limits.max, shape, kind, endpoint=True)

    for name, kind in {**PAIRED, "wide": np.uint16}.items():
        a, b = numbers(kind, ROWS, DEEP), numbers(kind, DEEP, COLUMNS)
        a[0], b[:, 0] = np.iinfo(kind).min, np.iinfo(kind).min
        result = getattr(module, name)(a, b)
        expected = (a.astype(np.int64) @ b.astype(np.int64)).astype(result.dtype)
        np.testing.assert_array_equal(result, expected)
    kinds = {"even": (np.int8, np.int8, 34), "three": (np.int8, np.int8, 35)}
    kinds |= {"mixed": (np.uint8, np.int8, DEEP), "signed": (np.int8, np.uint8, DEEP)}
    for name, (left, right, deep) in kinds.items():
        a, b = numbers(left, ROWS, deep), numbers(right, deep, COLUMNS)
        np.testing.assert_array_equal(getattr(module, name)(a, b), a.astype(int) @ b.astype(int))
    a, b = numbers(np.int8, ROWS, DEEP), numbers(np.int8, COLUMNS, DEEP)
    np.testing.assert_array_equal(module.turned(a, b), a.astype(int) @ b.astype(int).T)
    x, w = numbers(np.int8, 1, 8, 11, 5), numbers(np.int8, 3, 3, 5, 32)
    windows = np.lib.stride_tricks.sliding_window_view(x[0].astype(int), (3, 3), (0, 1))
    expected = np.einsum("abcyx,yxco->abo", windows, w.astype(int))
    np.testing.assert_array_equal(module.convolution(x, w)[0], expected)
    a, b = (
        rng.standard_normal(shape).astype(ml_dtypes.bfloat16)
        for shape in ((ROWS, DEEP), (DEEP, COLUMNS))
    )
    np.testing.assert_allclose(
        module.floats(a, b), a.astype("f8") @ b.astype("f8"), rtol=1e-5, atol=1e-5
    )


def test_sums_in_order_are_not_paired():
    text = function("floats", "bf16", "f32")
    program = ireelite.compile(text, targets=["llvm-cpu"], reassociate=False)
    assert "arith.dot_pairs" not in program.ir("schedules")


def test_the_instructions_are_those_of_the_features():
    declared = "declare <32 x i32> @pairs.dot.v32i32(<32 x i32>, <32 x i32>, <32 x i32>)\n"
    assert define_pairs(declared, ["avx2", "sse2"]).count("call <8 x i32>") == 4
    assert define_pairs(declared, ["avx512bw", "avx2"]).count("call <16 x i32>") == 2
    assert "call" not in define_pairs(declared, ["neon"])
    quads = "declare <32 x i32> @quads.dot.v32i32(<32 x i32>, <32 x i32>, <32 x i32>)\n"
    assert define_pairs(quads, ["avx512vnni"]).count("call <16 x i32>") == 2
    assert "call" not in define_pairs(quads, ["avx512bw"])
    assert define_pairs("; nothing is declared", ["sse2"]) == "; nothing is declared"
