"""Tuples, tokens, composites, barriers and custom calls disappear from programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

PROGRAM = """
func.func private @callee(%t: tuple<tensor<4xf32>, tuple<tensor<i32>>>, %k: !stablehlo.token) -> (tuple<tensor<4xf32>>, !stablehlo.token) {
  %x = stablehlo.get_tuple_element %t[0] : (tuple<tensor<4xf32>, tuple<tensor<i32>>>) -> tensor<4xf32>
  %y = stablehlo.add %x, %x : tensor<4xf32>
  %r = stablehlo.tuple %y : tuple<tensor<4xf32>>
  %k2 = stablehlo.after_all %k, %k : !stablehlo.token
  return %r, %k2 : tuple<tensor<4xf32>>, !stablehlo.token
}
func.func @main(%t: tuple<tensor<4xf32>, tuple<tensor<i32>>>) -> tuple<tensor<4xf32>, tensor<i32>> {
  %k = stablehlo.create_token : !stablehlo.token
  %r:2 = call @callee(%t, %k) : (tuple<tensor<4xf32>, tuple<tensor<i32>>>, !stablehlo.token) -> (tuple<tensor<4xf32>>, !stablehlo.token)
  %i = stablehlo.get_tuple_element %t[1] : (tuple<tensor<4xf32>, tuple<tensor<i32>>>) -> tuple<tensor<i32>>
  %j = stablehlo.get_tuple_element %i[0] : (tuple<tensor<i32>>) -> tensor<i32>
  %y = stablehlo.get_tuple_element %r#0[0] : (tuple<tensor<4xf32>>) -> tensor<4xf32>
  %b:3 = stablehlo.optimization_barrier %y, %r#1, %j : tensor<4xf32>, !stablehlo.token, tensor<i32>
  %c = stablehlo.composite "a.double" %b#0 {decomposition = @double} : (tensor<4xf32>) -> tensor<4xf32>
  %z = stablehlo.custom_call @Sharding(%c) {backend_config = "", mhlo.sharding = "{replicated}"} : (tensor<4xf32>) -> tensor<4xf32>
  %zz = stablehlo.custom_call @MoveToHost(%z) : (tensor<4xf32>) -> tensor<4xf32>
  %o = stablehlo.tuple %zz, %b#2 : tuple<tensor<4xf32>, tensor<i32>>
  return %o : tuple<tensor<4xf32>, tensor<i32>>
}
func.func private @double(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = stablehlo.add %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @loop(%x: tensor<i32>) -> tensor<i32> {
  %k = stablehlo.create_token : !stablehlo.token
  %t = stablehlo.tuple %x, %x : tuple<tensor<i32>, tensor<i32>>
  %w:2 = "stablehlo.while"(%t, %k) ({
  ^bb0(%a: tuple<tensor<i32>, tensor<i32>>, %kk: !stablehlo.token):
    %0 = stablehlo.get_tuple_element %a[0] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
    %c = stablehlo.constant dense<10> : tensor<i32>
    %1 = stablehlo.compare LT, %0, %c : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }, {
  ^bb0(%a: tuple<tensor<i32>, tensor<i32>>, %kk: !stablehlo.token):
    %0 = stablehlo.get_tuple_element %a[0] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
    %1 = stablehlo.get_tuple_element %a[1] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
    %2 = stablehlo.add %0, %1 : tensor<i32>
    %t2 = stablehlo.tuple %2, %1 : tuple<tensor<i32>, tensor<i32>>
    stablehlo.return %t2, %kk : tuple<tensor<i32>, tensor<i32>>, !stablehlo.token
  }) : (tuple<tensor<i32>, tensor<i32>>, !stablehlo.token) -> (tuple<tensor<i32>, tensor<i32>>, !stablehlo.token)
  %r = stablehlo.get_tuple_element %w#0[0] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
  return %r : tensor<i32>
}
"""


def test_values_come_out_of_tuples_calls_and_loops():
    module = ireelite.load(ireelite.compile(PROGRAM, targets=["vmvx"]), device="local-sync")
    x = np.arange(4, dtype=np.float32)
    doubled, number = module.main(x, np.int32(7))
    assert np.array_equal(doubled, 4 * x) and number == 7
    assert module.loop(np.int32(3)) == 12


def program(op: str) -> str:
    return f"func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {{\n  %r = {op}\n  return %r : tensor<4xf32>\n}}"


@pytest.mark.parametrize(
    ("op", "code", "words"),
    [
        (
            "stablehlo.custom_call @MoveToHots(%x) : (tensor<4xf32>) -> tensor<4xf32>",
            StatusCode.UNIMPLEMENTED,
            "<memory>.mlir:2:8: no custom call 'MoveToHots' is known; did you mean 'MoveToHost'?",
        ),
        (
            "stablehlo.custom_call @LayoutConstraint(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>",
            StatusCode.INVALID_ARGUMENT,
            "custom call 'LayoutConstraint' returns its operands, and has results of other types",
        ),
        (
            'stablehlo.composite "a.b" %x {decomposition = @g} : (tensor<4xf32>) -> tensor<4xf32>',
            StatusCode.INVALID_ARGUMENT,
            "'stablehlo.composite' op has no function '@g' as decomposition",
        ),
        (
            'stablehlo.composite "a.b" %x, %x {decomposition = @f} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>',
            StatusCode.INVALID_ARGUMENT,
            "has other operands or results than '@f', a (tensor<4xf32>) -> tensor<4xf32>",
        ),
    ],
)
def test_what_is_not_known_is_refused_in_one_line(op: str, code: StatusCode, words: str):
    with pytest.raises(StatusError) as caught:
        ireelite.compile(program(op), targets=["vmvx"])
    assert caught.value.code is code
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "%s = stablehlo.constant dense<3> : tensor<1xi32>\n"
            "  %n = stablehlo.add %k, %s : tensor<1xi32>\n"
            "  %r = stablehlo.dynamic_reshape %x, %n : (tensor<4xf32>, tensor<1xi32>) -> tensor<?xf32>",
            "<memory>.mlir:4:8: 'stablehlo.dynamic_reshape' needs a constant as output_shape, since "
            "shapes are static; 'stablehlo.add' computes it",
        ),
        (
            "%s = stablehlo.constant dense<3> : tensor<1xi32>\n"
            "  %r = stablehlo.dynamic_reshape %x, %s : (tensor<4xf32>, tensor<1xi32>) -> tensor<?xf32>",
            "<memory>.mlir:3:8: 'stablehlo.dynamic_reshape' op can't reshape tensor<4xf32> to [3]",
        ),
        (
            "%s = stablehlo.constant dense<[-1, -1]> : tensor<2xi32>\n"
            "  %q = chlo.dynamic_reshape %x, %s : (tensor<4xf32>, tensor<2xi32>) -> tensor<?x?xf32>\n"
            "  %r = stablehlo.negate %x : tensor<4xf32>",
            "<memory>.mlir:3:8: can't give shape [-1, -1] to 4 elements",
        ),
        (
            "%s = stablehlo.constant dense<false> : tensor<i1>\n"
            "  %n = stablehlo.constant dense<7> : tensor<i32>\n"
            '  stablehlo.custom_call @shape_assertion(%s, %n) {error_message = "not {0}"} : '
            "(tensor<i1>, tensor<i32>) -> ()\n  %r = stablehlo.negate %x : tensor<4xf32>",
            "<memory>.mlir:4:3: not 7",
        ),
    ],
)
def test_a_shape_that_no_constant_decides_is_refused(body: str, words: str):
    result = "tensor<4xf32>" if "negate" in body else "tensor<?xf32>"
    text = (
        f"func.func @f(%x: tensor<4xf32>, %k: tensor<1xi32>) -> {result} {{\n  {body}\n"
        f"  return %r : {result}\n}}"
    )
    with pytest.raises(StatusError) as caught:
        ireelite.compile(text, targets=["vmvx"])
    assert words in caught.value.message


def test_one_device_exchanges_data_with_itself():
    text = (Path(__file__).parents[1] / "unit/dialects/texts/collectives.mlir").read_text()
    program = ireelite.compile(text, targets=["vmvx"])
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    for found in (ireelite.load(program).exchange(x), program.interpret(x)):
        for position, value in enumerate(found[:7]):
            np.testing.assert_array_equal(value, np.zeros_like(x) if position == 5 else x)
        assert (int(found[7]), int(found[8])) == (0, 0)
    everyone = text.replace("dense<0> : tensor<1x1xi64>", "dense<> : tensor<0x0xi64>", 1)
    reduced = ireelite.compile(everyone, targets=["vmvx"])
    for found in (ireelite.load(reduced).exchange(x), reduced.interpret(x)):
        np.testing.assert_array_equal(found[0], x)
    pair = text.replace("dense<0> : tensor<1x1xi64>", "dense<[[0, 1]]> : tensor<1x2xi64>")
    with pytest.raises(StatusError, match=r"exchanges data between devices 0, 1: a program"):
        ireelite.compile(pair, targets=["vmvx"])
