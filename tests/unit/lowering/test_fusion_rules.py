"""The rules of fusion, one by one: what each brings into one dispatch, what its numbers are, and that
it can be switched off.
"""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.lowering.fusion.rules import LARGEST_ROW_SET, RULES
from ireelite.records import CompilationRecord
from ireelite.status import StatusError
from ireelite.tools.compile import main as compile_main
from ireelite.tools.opt import main as opt_main

LAYER = """func.func @main(%x: tensor<64x32xf32>, %w: tensor<32x16xf32>) -> (tensor<64x16xf32>, tensor<64x32xf32>, tensor<64x32xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
  %1 = stablehlo.tanh %0 : tensor<64x16xf32>
  %m = stablehlo.reduce(%1 init: %zero) applies stablehlo.maximum across dimensions = [1] : (tensor<64x16xf32>, tensor<f32>) -> tensor<64xf32>
  %b = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<64xf32>) -> tensor<64x16xf32>
  %d = stablehlo.subtract %1, %b : tensor<64x16xf32>
  %e = stablehlo.exponential %x : tensor<64x32xf32>
  %n = stablehlo.negate %x : tensor<64x32xf32>
  %n2 = stablehlo.abs %n : tensor<64x32xf32>
  return %d, %e, %n2 : tensor<64x16xf32>, tensor<64x32xf32>, tensor<64x32xf32>
}"""


def fused_by(program: ireelite.Program) -> dict[str, list[tuple[str, str]]]:
    """Rule -> the source ops that it brings together."""
    found: dict[str, list[tuple[str, str]]] = {}
    for fusion in program.record.fusions:
        if fusion.fused:
            pair = fusion.producer.source, fusion.consumer.source
            found.setdefault(fusion.rule, []).append(pair)
    return found


EXPECTED = {
    "movement": [("stablehlo.broadcast_in_dim", "stablehlo.subtract")],
    "epilogues": [("stablehlo.dot_general", "stablehlo.tanh")],
    "rows": [("stablehlo.reduce", "stablehlo.subtract")],
    "elementwise": [("stablehlo.negate", "stablehlo.abs")],
    "siblings": [("stablehlo.exponential", "stablehlo.negate")],
}


@pytest.mark.parametrize("off", [None, *RULES])
def test_each_rule_fuses_its_ops_unless_it_is_off(off: str | None):
    on = [rule for rule in RULES if rule != off]
    program = ireelite.compile(LAYER, targets=["llvm-cpu"], record=True, fusion=on)
    found = fused_by(program)
    expected = {rule: pairs for rule, pairs in EXPECTED.items() if rule != off}
    if off == "movement":  # what moves is an op of a dispatch, which other rules fuse
        assert found.pop("rows") and found.pop("elementwise")
        del expected["rows"], expected["elementwise"]
    if off == "epilogues":  # rows of the hyperbolic tangent have no product around them
        expected["rows"] = [
            ("stablehlo.tanh", "stablehlo.reduce"),
            ("stablehlo.tanh", "stablehlo.subtract"),
            *expected["rows"],
        ]
    assert found == expected
    x, w = (
        np.random.default_rng(n).standard_normal(s, np.float32)
        for n, s in enumerate(((64, 32), (32, 16)))
    )
    y = np.tanh(x @ w)
    results = ireelite.load(program).main(x, w)
    wanted = (y - np.maximum(y.max(1, keepdims=True), 0), np.exp(x), np.abs(x))
    for result, want in zip(results, wanted, strict=True):
        np.testing.assert_allclose(result, want, rtol=1e-4, atol=1e-5)


def test_a_decision_has_its_numbers_and_places_also_from_a_file(tmp_path):
    program = ireelite.compile(LAYER, targets=["llvm-cpu"], record=True)
    program.record.save(tmp_path / "record")
    fusions = CompilationRecord.load(tmp_path / "record").fusions
    assert fusions == program.record.fusions
    (epilogue,) = [fusion for fusion in fusions if fusion.rule == "epilogues"]
    assert epilogue.elements == epilogue.points == 64 * 16
    assert epilogue.bytes_saved == 2 * 4 * 64 * 16 and epilogue.uses == 1
    assert epilogue.operations_repeated == 0
    assert epilogue.producer.location is not None and epilogue.producer.location[1] == 3
    assert epilogue.producer.identity.startswith("dispatch/")
    (row,) = [fusion for fusion in fusions if fusion.rule == "rows"]
    assert row.bytes_saved == 2 * 4 * 64
    assert 4 * 16 <= row.working_set <= 3 * 4 * 16, "the row that is read, and the row that is made"
    (sibling,) = [fusion for fusion in fusions if fusion.rule == "siblings"]
    assert sibling.bytes_saved == 4 * 64 * 32, "the operand is loaded once"


def test_rows_whose_buffers_exceed_half_of_the_cache_are_not_shared():
    wide = LARGEST_ROW_SET // 8 + 1
    program = ireelite.compile(
        f"""func.func @main(%x: tensor<64x{wide}xf32>) -> tensor<64x{wide}xf32> {{
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %s = stablehlo.reduce(%x init: %zero) applies stablehlo.maximum across dimensions = [1] : (tensor<64x{wide}xf32>, tensor<f32>) -> tensor<64xf32>
  %b = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<64xf32>) -> tensor<64x{wide}xf32>
  %q = stablehlo.subtract %x, %b : tensor<64x{wide}xf32>
  return %q : tensor<64x{wide}xf32>
}}""",
        targets=["llvm-cpu"],
        record=True,
        reassociate=False,
    )
    (row,) = [fusion for fusion in program.record.fusions if fusion.rule == "rows"]
    assert not row.fused and f"the {row.working_set} bytes of a row's buffers" in row.reason


@pytest.mark.parametrize(
    ("columns", "op", "fused"), [(2, "negate", True), (8, "negate", False), (2, "tanh", False)]
)
def test_an_operand_is_computed_again_if_that_costs_less_than_a_store_and_a_load(
    columns, op, fused
):
    program = ireelite.compile(
        f"""func.func @main(%x: tensor<9x16xf32>, %y: tensor<16x{columns}xf32>) -> tensor<9x{columns}xf32> {{
  %0 = stablehlo.{op} %x : tensor<9x16xf32>
  %1 = stablehlo.dot_general %0, %y, contracting_dims = [1] x [0] : (tensor<9x16xf32>, tensor<16x{columns}xf32>) -> tensor<9x{columns}xf32>
  return %1 : tensor<9x{columns}xf32>
}}""",
        targets=["llvm-cpu"],
        record=True,
    )
    (fusion,) = program.record.fusions
    assert fusion.fused == fused
    assert fusion.operations_repeated >= (columns - 1) * 9 * 16
    x, y = (
        np.random.default_rng(n).standard_normal(s, np.float32)
        for n, s in enumerate(((9, 16), (16, columns)))
    )
    function = {"negate": np.negative, "tanh": np.tanh}[op]
    np.testing.assert_allclose(
        ireelite.load(program).main(x, y), function(x) @ y, rtol=1e-4, atol=1e-5
    )


REDUCTIONS = """func.func @main(%x: tensor<6x50xf32>) -> (tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %s = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<6x50xf32>, tensor<f32>) -> tensor<6xf32>
  %q = stablehlo.multiply %x, %x : tensor<6x50xf32>
  %t = stablehlo.reduce(%q init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<6x50xf32>, tensor<f32>) -> tensor<6xf32>
  %m = stablehlo.reduce(%x init: %zero) applies stablehlo.maximum across dimensions = [1] : (tensor<6x50xf32>, tensor<f32>) -> tensor<6xf32>
  return %s, %t, %m : tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
}"""
"""A sum, a sum of squares and a maximum of the same rows."""


@pytest.mark.parametrize(
    ("target", "device"),
    [
        ("llvm-cpu", "local-sync"),
        ("vmvx", "local-sync"),
        pytest.param("vulkan-spirv", "webgpu", marks=pytest.mark.webgpu),
    ],
)
def test_reductions_of_one_operand_are_one_dispatch(target: str, device: str):
    program = ireelite.compile(REDUCTIONS, targets=[target], record=True)
    assert program.ir("dispatch").count("iree.dispatch_region") == 1
    x = np.random.default_rng(2).standard_normal((6, 50), np.float32)
    results = ireelite.load(program, device=device).main(x)
    for result, want in zip(results, (x.sum(1), (x * x).sum(1), x.max(1)), strict=True):
        np.testing.assert_allclose(result, want, rtol=1e-4, atol=1e-5)


PRODUCTS = """func.func @main(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>, %z: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = stablehlo.dot_general %x, %z, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0, %1 : tensor<8x8xf32>, tensor<8x8xf32>
}"""


def test_contractions_that_share_an_operand_stay_apart():
    program = ireelite.compile(PRODUCTS, targets=["llvm-cpu"], record=True)
    (fusion,) = program.record.fusions
    assert (fusion.rule, fusion.fused) == ("siblings", False)
    assert fusion.reason == "the tile of a contraction fills the registers"


def test_an_update_in_place_is_no_sibling():
    program = ireelite.compile(
        """func.func @main(%x: tensor<40x8xf32>, %p: tensor<2x8xf32>) -> (tensor<40x8xf32>, tensor<40x8xf32>) {
  %i = stablehlo.constant dense<3> : tensor<i32>
  %0 = stablehlo.tanh %x : tensor<40x8xf32>
  %1 = stablehlo.dynamic_update_slice %0, %p, %i, %i : (tensor<40x8xf32>, tensor<2x8xf32>, tensor<i32>, tensor<i32>) -> tensor<40x8xf32>
  %2 = stablehlo.abs %0 : tensor<40x8xf32>
  return %1, %2 : tensor<40x8xf32>, tensor<40x8xf32>
}""",
        targets=["llvm-cpu"],
        record=True,
    )
    assert all(not f.fused for f in program.record.fusions if f.rule == "siblings")
    x, p = (
        np.random.default_rng(0).standard_normal((40, 8), np.float32),
        np.ones((2, 8), np.float32),
    )
    updated, absolute = ireelite.load(program).main(x, p)
    expected = np.tanh(x)
    np.testing.assert_allclose(absolute, np.abs(expected), rtol=1e-5)
    expected[3:5] = p
    np.testing.assert_allclose(updated, expected, rtol=1e-5)


def test_the_tools_print_decisions_and_take_rules(tmp_path, capfd):
    source = tmp_path / "layer.mlir"
    source.write_text(LAYER)
    flags = [
        "--iree-hal-target-backends=vmvx",
        "--print-fusions",
        str(source),
        "-o",
        str(tmp_path / "m.vmfb"),
    ]
    assert compile_main(flags) == 0
    printed = capfd.readouterr().err
    assert "fused    epilogues   dispatch/" in printed and "bytes saved" in printed
    assert compile_main([*flags, "--fusion=rows,siblings"]) == 0
    assert "separate epilogues" in capfd.readouterr().err
    passes = "--passes=outline-sequences,hlo-to-linalg,form-dispatches"
    assert opt_main([passes, "--print-fusions", "--fusion=none", str(source)]) == 0
    outcome = capfd.readouterr()
    assert "fused  " not in outcome.err and "separate epilogues" in outcome.err
    assert outcome.out.count("iree.dispatch_region") == 8
    assert compile_main([*flags, "--fusion=epilogue"]) == 1
    assert "no fusion rule 'epilogue'; did you mean 'epilogues'?" in capfd.readouterr().err


def test_an_unknown_rule_is_refused():
    with pytest.raises(StatusError, match="no fusion rule 'pull'"):
        ireelite.compile(LAYER, fusion=["pull"])


CHOSEN = """func.func @main(%x: tensor<4xi32>, %k: tensor<1xi32>, %l: tensor<1xi32>, %m: tensor<1xi32>) -> tensor<4xi32> {
  %sum = stablehlo.add %k, %l : tensor<1xi32>
  %s = stablehlo.broadcast_in_dim %sum, dims = [0] : (tensor<1xi32>) -> tensor<4xi32>
  %a = stablehlo.multiply %x, %s : tensor<4xi32>
  %m2 = stablehlo.constant dense<5> : tensor<1xi32>
  %less = stablehlo.compare LT, %m, %m2 : (tensor<1xi32>, tensor<1xi32>) -> tensor<1xi1>
  %b = stablehlo.negate %x : tensor<4xi32>
  %c = stablehlo.broadcast_in_dim %less, dims = [0] : (tensor<1xi1>) -> tensor<4xi1>
  %y = stablehlo.select %c, %a, %b : tensor<4xi1>, tensor<4xi32>
  return %y : tensor<4xi32>
}"""


@pytest.mark.parametrize("m", [1, 9])
def test_dispatches_that_become_one_wait_for_all_that_their_reader_reads(m: int):
    """`a` and `b` are computed with `y`, which also reads what is made between them."""
    program = ireelite.compile(CHOSEN, targets=["llvm-cpu", "vmvx"], verify=True)
    x = np.array([1, 2, 3, 4], np.int32)
    first, second, limit = (np.array([n], np.int32) for n in (7, 11, m))
    found = ireelite.load(program).main(x, first, second, limit)
    np.testing.assert_array_equal(found, x * 18 if m < 5 else -x)
