"""The NumPy reference of ops, against values worked out by hand or by another formula."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest

from ireelite.dialects.chlo import Chlo
from ireelite.dialects.stablehlo import StableHLO
from ireelite.reference import interpret, interpret_module
from ireelite.reference.machine import references
from ireelite.reference.special_functions import bessel_i1e, digamma, erf_inv, polygamma, zeta
from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module

TERMINATORS = {"stablehlo.return"}


@pytest.mark.parametrize("dialect", [StableHLO, Chlo], ids=lambda d: d.name)
def test_every_op_has_a_reference(dialect):
    names = {op.name for op in dialect.operations} - TERMINATORS
    assert names <= set(references())


def run(body: str, signature: str, result: str, *arguments):
    """The result of a function with this body."""
    text = f"func.func @f({signature}) -> {result} {{\n{body}\n  return %r : {result}\n}}"
    return interpret(parse_module(text), None, *arguments)[0]


UNARY = {
    "negate ui8": ("ui8", [0, 1, 200], [0, 255, 56]),
    "abs i8": ("i8", [-128, -3, 3], [-128, 3, 3]),
    "popcnt ui8": ("ui8", [0, 255, 5], [0, 8, 2]),
    "count_leading_zeros i16": ("i16", [0, 1, -1], [16, 15, 0]),
    "not i4": ("i4", [0, -8, 7], [-1, 7, -8]),
    "sign f32": ("f32", [-2.5, -0.0, math.nan], [-1, -0.0, math.nan]),
    "round_nearest_even f32": ("f32", [0.5, 1.5, -2.5], [0, 2, -2]),
    "round_nearest_afz f32": ("f32", [0.5, 1.5, -2.5], [1, 2, -3]),
    "ceil bf16": ("bf16", [0.25, -0.25, 3], [1, -0.0, 3]),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name: str):
    element, given, expected = UNARY[name]
    type = f"tensor<3x{element}>"
    body = f"  %r = stablehlo.{name.split()[0]} %x : {type}"
    small = {"bf16": ml_dtypes.bfloat16, "i4": ml_dtypes.int4}
    known = {"ui8": "uint8", "i8": "int8", "i16": "int16", "f32": "float32"}
    dtype = np.dtype(small[element] if element in small else known[element])
    found = run(body, f"%x: {type}", type, np.array(given).astype(dtype))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.astype(float), np.array(expected, float))
    np.testing.assert_array_equal(np.signbit(found.astype(float)), np.signbit(expected))


def test_dimensions_of_a_selection_count_from_the_end():
    x, i = np.arange(8).reshape(2, 2, 2), np.array([[[0, 1], [1, 0]], [[0, 0], [1, 1]]], np.int32)
    type = "tensor<2x2x2xi64>"
    body = (
        '  %r = "stablehlo.torch_index_select"(%x, %i) {dim = -1 : i64, batch_dims = -1 : i64} : '
        f"({type}, tensor<2x2x2xi32>) -> {type}"
    )
    found = run(body, f"%x: {type}, %i: tensor<2x2x2xi32>", type, x, i)
    np.testing.assert_array_equal(found, np.take_along_axis(x, i.astype(np.int64), 2))


BINARY = {
    "divide": ([7, -7, 7, -128], [2, 2, 0, -1], [3, -3, -1, -128]),
    "remainder": ([7, -7, 7, -128], [2, 2, 0, -1], [1, -1, 7, 0]),
    "shift_left": ([1, 1, -1, 1], [7, 8, 3, -1], [-128, 0, -8, 0]),
    "shift_right_arithmetic": ([-128, -128, 64, 64], [7, 8, 3, -1], [-1, -1, 8, 0]),
    "shift_right_logical": ([-128, -128, 64, 64], [7, 8, 3, -1], [1, 0, 8, 0]),
    "power": ([3, -1, 2, -3], [4, -3, -1, 5], [81, -1, 0, 13]),
    "maximum": ([3, -1, 2, -3], [4, -3, -1, 5], [4, -1, 2, 5]),
    "multiply": ([100, -1, 2, -3], [4, -3, -1, 5], [-112, 3, -2, -15]),
}


@pytest.mark.parametrize("name", BINARY)
def test_binary_on_signed_bytes(name: str):
    lhs, rhs, expected = (np.array(row, np.int8) for row in BINARY[name])
    body = f"  %r = stablehlo.{name} %x, %y : tensor<4xi8>"
    found = run(body, "%x: tensor<4xi8>, %y: tensor<4xi8>", "tensor<4xi8>", lhs, rhs)
    np.testing.assert_array_equal(found, expected)


def test_rounding_happens_at_each_op():
    """1 + 2**-8 + 2**-8 in bf16 is 1: each sum is rounded."""
    type = "tensor<bf16>"
    body = f"  %a = stablehlo.add %x, %y : {type}\n  %r = stablehlo.add %a, %y : {type}"
    one, small = ml_dtypes.bfloat16(1), ml_dtypes.bfloat16(2**-8)
    assert run(body, f"%x: {type}, %y: {type}", type, one, small) == one


LOOPS = """
func.func @f(%n: tensor<i32>) -> (tensor<i32>, tensor<i32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %sum = %zero) : tensor<i32>, tensor<i32>
  cond {
    %go = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %go : tensor<i1>
  } do {
    %next = stablehlo.add %i, %one : tensor<i32>
    %more = func.call @double(%next) : (tensor<i32>) -> tensor<i32>
    %total = stablehlo.add %sum, %more : tensor<i32>
    stablehlo.return %next, %total : tensor<i32>, tensor<i32>
  }
  return %r#0, %r#1 : tensor<i32>, tensor<i32>
}
func.func private @double(%x: tensor<i32>) -> tensor<i32> {
  %r = stablehlo.add %x, %x : tensor<i32>
  return %r : tensor<i32>
}
"""


def test_loops_and_calls_and_the_values_of_every_op():
    outcome = interpret_module(parse_module(LOOPS), None, [np.int32(4)], turns=3)
    assert [int(r) for r in outcome.results] == [4, 20]
    assert outcome.value("hlo/4")[()] == 4  # the while itself
    sums = [int(row[0]) for row in outcome.values["hlo/9"]]
    assert sums == [6, 12, 20]  # the last three turns of the sum in the body
    with pytest.raises(StatusError, match="'hlo/99' did not run"):
        outcome.value("hlo/99")


def test_a_function_of_pairs_is_folded_in_order():
    body = """
  %low = stablehlo.constant dense<0x80000000> : tensor<i32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %at = stablehlo.iota dim = 0 : tensor<5xi32>
  %m:2 = stablehlo.reduce(%x init: %low), (%at init: %zero) across dimensions = [0] : (tensor<5xi32>, tensor<5xi32>, tensor<i32>, tensor<i32>) -> (tensor<i32>, tensor<i32>)
   reducer(%a: tensor<i32>, %b: tensor<i32>) (%i: tensor<i32>, %j: tensor<i32>) {
    %greater = stablehlo.compare GT, %b, %a : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %value = stablehlo.select %greater, %b, %a : tensor<i1>, tensor<i32>
    %place = stablehlo.select %greater, %j, %i : tensor<i1>, tensor<i32>
    stablehlo.return %value, %place : tensor<i32>, tensor<i32>
  }
  %r = stablehlo.reshape %m#1 : (tensor<i32>) -> tensor<i32>"""
    found = run(body, "%x: tensor<5xi32>", "tensor<i32>", np.int32([3, 9, -1, 9, 2]))
    assert found == 1


def test_special_functions_meet_their_identities():
    for x in (0.1, 1.0, 2.5, 17.25, -0.75):
        assert digamma(x + 1) == pytest.approx(digamma(x) + 1 / x, rel=1e-12)
    assert digamma(1.0) == pytest.approx(-np.euler_gamma, rel=1e-14)
    assert zeta(2, 1) == pytest.approx(math.pi**2 / 6, rel=1e-14)
    assert zeta(3.5, 2.25) == pytest.approx(zeta(3.5, 3.25) + 2.25**-3.5, rel=1e-13)
    assert polygamma(1, 1) == pytest.approx(math.pi**2 / 6, rel=1e-13)
    assert polygamma(2, 3.5) == pytest.approx(polygamma(2, 4.5) - 2 / 3.5**3, rel=1e-12)
    for y in (1e-9, 0.3, -0.9, 0.999999):
        assert math.erf(erf_inv(y)) == pytest.approx(y, rel=1e-14)
    assert bessel_i1e(1.0) == pytest.approx(0.5651591039924850 / math.e, rel=1e-14)


def test_checks_of_a_program():
    text = """
func.func @f() {
  %x = util.unfoldable_constant dense<[1.0, 2.0]> : tensor<2xf32>
  check.expect_eq_const(%x, dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_eq_const(%x, dense<[1.0, 3.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}"""
    outcome = interpret_module(parse_module(text, "f.mlir"))
    assert outcome.checks == 2
    (failure,) = outcome.failures
    assert failure.startswith("f.mlir:5:3: check.expect_eq_const: expected equality; found [1. 2.]")


def test_what_is_wrong_has_its_place():
    text = "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %r = bufferization.to_tensor %x : tensor<4xf32>\n  return %r : tensor<4xf32>\n}"
    with pytest.raises(StatusError):
        parse_module(text)
    module = parse_module(
        "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  return %x : tensor<4xf32>\n}"
    )
    with pytest.raises(
        StatusError, match="input0 is an array of float64; tensor<4xf32> is expected"
    ):
        interpret(module, "f", np.zeros(4))
    with pytest.raises(StatusError, match="expected 1 arguments but passed 0"):
        interpret(module, "f")
    with pytest.raises(StatusError, match="no function 'g'"):
        interpret(module, "g")


GENERIC = """
func.func @f(%a: tensor<3x4xf32>, %b: tensor<4x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<2x3xindex>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %g = linalg.generic {
    indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
    iterator_types = ["parallel", "parallel", "reduction"]
  } ins(%a, %b : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) {
  ^bb0(%x: f32, %y: f32, %sum: f32):
    %p = arith.mulf %x, %y : f32
    %r = arith.addf %sum, %p : f32
    linalg.yield %r : f32
  } -> tensor<3x2xf32>
  %m = linalg.matmul ins(%a, %b : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  %o = tensor.empty() : tensor<2x3xindex>
  %places = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%o : tensor<2x3xindex>) {
  ^bb0(%x: index):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %r = arith.addi %i, %j : index
    linalg.yield %r : index
  } -> tensor<2x3xindex>
  return %g, %m, %places : tensor<3x2xf32>, tensor<3x2xf32>, tensor<2x3xindex>
}
"""


def test_structured_ops():
    rng = np.random.default_rng(1)
    a, b = (rng.integers(-4, 4, s).astype(np.float32) for s in ((3, 4), (4, 2)))
    generic, named, places = interpret(parse_module(GENERIC), None, a, b)
    np.testing.assert_array_equal(generic, a @ b)
    np.testing.assert_array_equal(named, a @ b)
    np.testing.assert_array_equal(places, [[0, 1, 2], [1, 2, 3]])


def test_windows_may_be_described_by_operands():
    body = """
  %0 = stablehlo.constant dense<0> : tensor<i32>
  %size = stablehlo.constant dense<2> : tensor<1xi32>
  %stride = stablehlo.constant dense<3> : tensor<1xi32>
  %base = stablehlo.constant dense<2> : tensor<1xi32>
  %one = stablehlo.constant dense<1> : tensor<1xi32>
  %padding = stablehlo.constant dense<[[1, 0]]> : tensor<1x2xi32>
  %r = "stablehlo.dynamic_reduce_window"(%x, %0, %size, %stride, %base, %one, %padding) ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %s = stablehlo.add %a, %b : tensor<i32>
    stablehlo.return %s : tensor<i32>
  }) : (tensor<4xi32>, tensor<i32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>,
        tensor<1x2xi32>) -> tensor<?xi32>"""
    # Windows of 0 1 0 2 0 3 0 4, three apart.
    assert run(
        body, "%x: tensor<4xi32>", "tensor<?xi32>", np.arange(1, 5, dtype=np.int32)
    ).tolist() == [1, 2, 4]
