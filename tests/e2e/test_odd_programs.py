"""Programs that are as odd as they may be: names, shapes, truth values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ireelite
from ireelite.compile_options import CompileOptions
from ireelite.passes import Compilation
from ireelite.pipeline import encode, lower
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

NAMES = r"""
module @"my module.x \"q\"" {
  func.func @"a.b"(%x: tensor<2xf32>) -> tensor<2xf32> {
    %y = arith.addf %x, %x : tensor<2xf32>
    return %y : tensor<2xf32>
  }
  func.func @"1 \"q\""(%x: tensor<2xf32>, %n: i32) -> (tensor<2xf32>, i32) {
    %y = arith.addf %x, %x : tensor<2xf32>
    return %y, %n : tensor<2xf32>, i32
  }
  func.func @"naïve-π"(%x: tensor<2xf32>, %n: i32) -> (tensor<2xf32>, i32) {
    %y:2 = func.call @"1 \"q\""(%x, %n) : (tensor<2xf32>, i32) -> (tensor<2xf32>, i32)
    %z = arith.mulf %y#0, %x : tensor<2xf32>
    return %z, %n : tensor<2xf32>, i32
  }
  util.global private mutable @a_b_ex_dispatch_0 = 5 : i32
  util.global private mutable @a_b_seq_0 = 6 : i32
  func.func @kept() -> i32 {
    %0 = util.global.load @a_b_ex_dispatch_0 : i32
    return %0 : i32
  }
}
"""

SHAPES = """
func.func @none(%x: tensor<0xf32>, %n: i32) -> (tensor<0xf32>, i32) {
  %y = arith.addf %x, %x : tensor<0xf32>
  return %y, %n : tensor<0xf32>, i32
}
func.func @nothing() -> tensor<0x3xi32> {
  %c = arith.constant dense<> : tensor<0x3xi32>
  return %c : tensor<0x3xi32>
}
util.global private @truths = dense<[true, false, true]> : tensor<3xi1>
func.func @truths() -> (tensor<3xi1>, tensor<2xi1>) {
  %0 = util.global.load @kept : tensor<3xi1>
  %c = arith.constant dense<[true, false]> : tensor<2xi1>
  return %0, %c : tensor<3xi1>, tensor<2xi1>
}
""".replace("@truths =", "@kept =")

X = np.array([1, 2], np.float32)
NONE = np.zeros(0, np.float32)
CASES: list[tuple[str, str, list[Any], list[Any]]] = [
    (NAMES, "a.b", [X], [2 * X]),
    (NAMES, '1 "q"', [X, 3], [2 * X, 3]),
    (NAMES, "naïve-π", [X, 3], [2 * X * X, 3]),
    (NAMES, "kept", [], [5]),
    (SHAPES, "none", [NONE, 3], [NONE, 3]),
    (SHAPES, "nothing", [], [np.zeros((0, 3), np.int32)]),
    (SHAPES, "truths", [], [np.array([1, 0, 1]), np.array([1, 0])]),
]
EVERY_PROGRAM = {name: (text, name, arguments) for text, name, arguments, _ in CASES}
"""Program, function and arguments of everything that is compiled here."""


@pytest.mark.parametrize("model", ["async-internal", "async-external"])
@pytest.mark.parametrize(("text", "name", "arguments", "expected"), CASES, ids=lambda v: "")
def test_an_odd_function_gives_what_it_should(
    text: str, name: str, arguments: list[Any], expected: list[Any], model: str
):
    program = ireelite.compile(text, targets=("vmvx",), execution_model=model)
    found = ireelite.load(program).functions[name](*arguments)
    for one, wanted in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
        np.testing.assert_array_equal(np.asarray(one).astype(np.asarray(wanted).dtype), wanted)


@pytest.mark.parametrize("text", [NAMES, SHAPES], ids=["names", "shapes"])
def test_every_stage_of_an_odd_program_reads_back(text: str):
    options = CompileOptions(("vmvx",), strip_source_map=True)
    straight = ireelite.compile(text, targets=("vmvx",), strip_source_map=True).data
    for stage in ("dispatch", "hl-seq", "ll-seq", "kernels", "executables", "vm"):
        printed = print_module(lower(parse_module(text), "hlo", stage, Compilation(options)))
        compilation = Compilation(options)
        assert (
            encode(lower(parse_module(printed), stage, "vm", compilation), compilation) == straight
        ), stage
