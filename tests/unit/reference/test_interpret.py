"""`program.interpret` and `ireelite-opt --interpret`, which prints as `ireelite-run-module` does."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.reference.interpret import interpret_module
from ireelite.reference.numbers import from_storage, to_storage
from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module
from ireelite.tools import opt, run_module

PROGRAM = """
func.func @f(%x: tensor<2x2xf32>, %y: tensor<2xui8>, %n: i32) -> (tensor<2xf32>, tensor<2xi1>, i32, f64) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %sum = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<2xf32>
  %r = stablehlo.exponential %sum : tensor<2xf32>
  %c = stablehlo.constant dense<200> : tensor<2xui8>
  %b = stablehlo.compare GE, %y, %c : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xi1>
  %m = arith.addi %n, %n : i32
  %d = arith.sitofp %m : i32 to f64
  return %r, %b, %m, %d : tensor<2xf32>, tensor<2xi1>, i32, f64
}
"""
INPUTS = ["--input=2x2xf32=1,2,-3,4", "--input=2xui8=200,3", "--input=21"]


def test_the_tool_prints_what_a_run_prints(tmp_path, capsys):
    source = tmp_path / "f.mlir"
    source.write_text(PROGRAM)
    assert opt.main(["--interpret", *INPUTS, str(source)]) == 0
    interpreted = capsys.readouterr().out
    module = ireelite.compile(source, targets=["vmvx"]).save(tmp_path / "f.vmfb")
    assert run_module.main([f"--module={module}", "--function=f", *INPUTS]) == 0
    assert interpreted == capsys.readouterr().out
    assert "2xf32=20.0855 2.71828" in interpreted


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (INPUTS[:1], "expected 3 arguments but passed 1"),
        (["--input=2x2xf64=1", *INPUTS[1:]], "is a tensor of f64; tensor<2x2xf32> is expected"),
    ],
)
def test_wrong_inputs_are_refused(tmp_path, capsys, inputs, words):
    source = tmp_path / "f.mlir"
    source.write_text(PROGRAM)
    assert opt.main(["--interpret=f", *inputs, str(source)]) == 1
    assert words in capsys.readouterr().err


def test_a_failed_check_is_printed(tmp_path, capsys):
    source = tmp_path / "f.mlir"
    source.write_text(
        "func.func @f() {\n  %x = util.unfoldable_constant dense<1> : tensor<i32>\n"
        "  check.expect_eq_const(%x, dense<2> : tensor<i32>) : tensor<i32>\n  return\n}"
    )
    assert opt.main(["--interpret", str(source)]) == 1
    assert "FAILED" in (out := capsys.readouterr().out) and "3:3: check.expect_eq_const" in out


def test_the_program_gives_results_and_the_value_of_every_op():
    program = ireelite.compile(PROGRAM, targets=["vmvx"])
    arguments = np.float32([[1, 2], [-3, 4]]), np.uint8([200, 3]), 21
    result, truth, number, wide = program.interpret(*arguments)
    np.testing.assert_allclose(result, np.exp(np.float32([3, 1])), rtol=1e-6)
    assert list(truth) == [True, False] and number == 42 and wide == 42.0
    outcome = program.interpret(*arguments, values=True)
    by_name = {
        name: outcome.value(name) for name, rows in outcome.values.items() if len(rows[-1]) == 1
    }
    np.testing.assert_array_equal(by_name["hlo/3"], [3, 1])  # 0 is the module, 1 the function
    np.testing.assert_array_equal(outcome.results[0], result)


def test_identities_are_those_of_the_record():
    program = ireelite.compile(PROGRAM, targets=["vmvx"], record=True)
    outcome = program.interpret(np.float32([[1, 2], [-3, 4]]), np.uint8([200, 3]), 21, values=True)
    record = program.record
    names = {name: record.nodes.name(record.serial(name)) for name in outcome.values}
    assert names["hlo/3"] == "stablehlo.reduce"
    assert set(names.values()) >= {"stablehlo.exponential", "arith.sitofp", "stablehlo.compare"}


def test_graphs_are_interpreted_as_the_hlo_they_become(repository):
    program = ireelite.compile(repository / "notebooks/data/simple_mul.pb", targets=["vmvx"])
    x = np.float32([1, 2, 3, 4])
    np.testing.assert_array_equal(program.interpret(x, x), x * x)


def test_later_stages_are_refused():
    program = ireelite.compile(PROGRAM, targets=["vmvx"])
    later = ireelite.compile(program.ir("dispatch", elide=False), targets=["vmvx"])
    with pytest.raises(
        StatusError, match="interprets programs of stage 'hlo', not of stage 'dispatch'"
    ):
        later.interpret()


@pytest.mark.parametrize("name", ["int2", "uint2", "int4", "uint4"])
def test_narrow_integers_are_packed_as_buffers_hold_them(name: str):
    import ml_dtypes

    dtype = np.dtype(getattr(ml_dtypes, name))
    info = ml_dtypes.iinfo(dtype)
    array = np.arange(int(info.min), int(info.max) + 1).astype(dtype)[:-1]
    data = to_storage(array)
    assert len(data) == -(-len(array) * int(name[-1]) // 8)
    np.testing.assert_array_equal(from_storage(data, dtype, array.shape), array)


@pytest.mark.parametrize("start", [-1, 9])
@pytest.mark.parametrize("op", ["extract_slice", "insert_slice"])
def test_a_slice_outside_of_a_tensor_is_refused(op: str, start: int):
    if op == "extract_slice":
        line = "%0 = tensor.extract_slice %a[%i, 0] [2, 4] [1, 1] : tensor<10x4xf32> to tensor<2x4xf32>"
    else:
        line = (
            "%0 = tensor.insert_slice %b into %a[%i, 0] [2, 4] [1, 1] : "
            "tensor<2x4xf32> into tensor<10x4xf32>"
        )
    text = (
        "func.func @f(%a: tensor<10x4xf32>, %b: tensor<2x4xf32>, %i: index) {\n"
        f"  {line}\n  return\n}}"
    )
    arguments = np.zeros((10, 4), np.float32), np.zeros((2, 4), np.float32), start
    with pytest.raises(StatusError, match=f"elements {start} to {start + 2} are outside a dim"):
        interpret(parse_module(text), "f", *arguments)


@pytest.mark.parametrize("index", [-1, 10])
@pytest.mark.parametrize(
    "line",
    [
        "%0 = tensor.extract %a[%i] : tensor<10xf32>",
        "%0 = tensor.insert %x into %a[%i] : tensor<10xf32>",
    ],
)
def test_an_element_outside_of_a_tensor_is_refused(line: str, index: int):
    text = f"func.func @f(%a: tensor<10xf32>, %x: f32, %i: index) {{\n  {line}\n  return\n}}"
    arguments = np.zeros(10, np.float32), np.float32(1), index
    with pytest.raises(StatusError, match=f"index {index} is outside a dimension of 10"):
        interpret(parse_module(text), "f", *arguments)


def test_indices_of_the_largest_are_of_their_type():
    text = (
        "func.func @f(%a: tensor<4xf32>) -> tensor<2xi64> {\n"
        "  %0:2 = chlo.top_k(%a, k = 2) : tensor<4xf32> -> (tensor<2xf32>, tensor<2xi64>)\n"
        "  return %0#1 : tensor<2xi64>\n}"
    )
    (result,) = interpret(parse_module(text), "f", np.float32([1, 4, 2, 3]))
    assert result.dtype == np.int64 and result.tolist() == [1, 3]


def test_calls_without_an_end_are_refused():
    text = "func.func @f(%a: i32) -> i32 {\n  %0 = call @f(%a) : (i32) -> i32\n  return %0 : i32\n}"
    module = parse_module(text, "f.mlir")
    with pytest.raises(StatusError) as caught:
        interpret_module(module, "f", [np.int32(1)])
    assert caught.value.message == "f.mlir:2:8: 'func.call': calls nest too deeply"


def test_arrays_that_numpy_has_not_are_refused():
    text = "func.func @f() {\n  %0 = stablehlo.iota dim = 0 : tensor<1152921504606846975xi64>\n  return\n}"
    with pytest.raises(StatusError) as caught:
        interpret_module(parse_module(text, "f.mlir"), "f", [])
    assert caught.value.message.startswith("f.mlir:2:8: 'stablehlo.iota': array is too big")


def test_functions_of_quantized_elements_compute_on_what_they_denote():
    text = """
func.func @f(%x: tensor<4x!q>, %i: tensor<2x1xi32>, %u: tensor<2x!q>, %z: tensor<!q>) -> (tensor<4x!q>, tensor<!q>) {
  %0 = "stablehlo.scatter"(%x, %i, %u) ({
  ^bb0(%a: tensor<!q>, %b: tensor<!q>):
    %s = stablehlo.add %a, %b : tensor<!q>
    stablehlo.return %s : tensor<!q>
  }) {scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}
    : (tensor<4x!q>, tensor<2x1xi32>, tensor<2x!q>) -> tensor<4x!q>
  %r = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [0] : (tensor<4x!q>, tensor<!q>) -> tensor<!q>
  return %0, %r : tensor<4x!q>, tensor<!q>
}""".replace("!q", "!quant.uniform<i8:f32, 0.5:1>")
    program = ireelite.compile(text, targets=("vmvx",))
    x, updates = np.int8([3, -5, 7, 100]), np.int8([4, 90])
    places, zero = np.int32([[1], [3]]), np.int8(1)
    scattered, total = program.interpret(x, places, updates, zero)
    # a zero point of 1: a sum is one less for each addition
    np.testing.assert_array_equal(scattered, np.int8([3, -5 + 4 - 1, 7, 127]))
    assert total == 3 - 5 + 7 + 100 - 4 + 1
    results = ireelite.load(program).f(x, places, updates, zero)
    for found, expected in zip(results, (scattered, total), strict=True):
        np.testing.assert_array_equal(found, expected)
