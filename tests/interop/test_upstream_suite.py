"""The harness itself: what it covers, and that it can fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

PROGRAMS = Path(__file__).with_name("programs")

FAMILIES = """
    stablehlo.abs stablehlo.add stablehlo.and stablehlo.atan2 stablehlo.batch_norm_inference
    stablehlo.bitcast_convert stablehlo.broadcast stablehlo.broadcast_in_dim chlo.broadcast_add
    stablehlo.ceil stablehlo.clamp stablehlo.compare stablehlo.complex stablehlo.concatenate
    stablehlo.constant stablehlo.convert stablehlo.convolution stablehlo.cosine stablehlo.divide
    stablehlo.dot stablehlo.dot_general stablehlo.dynamic_slice stablehlo.dynamic_update_slice
    stablehlo.exponential stablehlo.exponential_minus_one stablehlo.fft stablehlo.is_finite
    stablehlo.floor stablehlo.gather ProductOfElementaryHouseholderReflectors stablehlo.if
    stablehlo.imag stablehlo.iota stablehlo.log stablehlo.log_plus_one stablehlo.logistic
    stablehlo.maximum stablehlo.minimum stablehlo.multiply stablehlo.negate stablehlo.not
    stablehlo.or stablehlo.pad PHILOX stablehlo.power stablehlo.real stablehlo.reduce
    stablehlo.reduce_window stablehlo.remainder stablehlo.reshape stablehlo.reverse NORMAL UNIFORM
    stablehlo.round_nearest_afz stablehlo.round_nearest_even stablehlo.rsqrt stablehlo.scatter
    flow.tensor.dynamic_constant stablehlo.select @shape_assertion stablehlo.shift_left
    stablehlo.shift_right_arithmetic stablehlo.shift_right_logical stablehlo.sign stablehlo.sine
    stablehlo.slice stablehlo.sort stablehlo.sqrt stablehlo.subtract stablehlo.tanh THREE_FRY
    stablehlo.torch_index_select stablehlo.transpose stablehlo.while stablehlo.xor
    bf16 complex<f32> xi1> xi8> xi16> xi64> xui32>
""".split()

FUNCTION = """
func.func @{name}() {{
  %a = util.unfoldable_constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r = stablehlo.add %a, %a : tensor<2xf32>
  {check}
  return
}}
"""
RIGHT = "check.expect_almost_eq_const(%r, dense<[2.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>"
WRONG = RIGHT.replace("4.0", "5.0")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_programs_have_every_family(family: str) -> None:
    text = "\n".join(file.read_text() for file in PROGRAMS.glob("*.mlir"))
    assert re.search(rf"{re.escape(family)}(?!\w)", text)


def test_it_counts(run_suite, tmp_path) -> None:
    (tmp_path / "good.mlir").write_text(
        FUNCTION.format(name="one", check=RIGHT)
        + FUNCTION.format(name="two", check=f"{RIGHT}\n  {RIGHT}")
    )
    counts = run_suite(tmp_path, "vmvx", tmp_path / "modules")
    assert counts[:7] == (1, 2, 3, 0, 0, 0, 0)


def test_a_wrong_value_is_a_failure(run_suite, tmp_path) -> None:
    (tmp_path / "bad.mlir").write_text(
        FUNCTION.format(name="one", check=RIGHT) + FUNCTION.format(name="two", check=WRONG)
    )
    counts = run_suite(tmp_path, "vmvx", tmp_path / "modules")
    assert counts[:7] == (1, 2, 2, 1, 1, 0, 1)
    assert "index 1" in counts.output


def test_a_module_without_a_check_is_a_failure(run_suite, tmp_path) -> None:
    (tmp_path / "good.mlir").write_text(FUNCTION.format(name="one", check=RIGHT))
    (tmp_path / "vacuous.mlir").write_text(FUNCTION.format(name="nothing", check=""))
    counts = run_suite(tmp_path, "vmvx", tmp_path / "modules")
    assert counts[:7] == (2, 2, 1, 1, 1, 0, 1)
    assert "executed no check" in counts.output


def test_what_upstream_does_not_compile_is_counted_apart(run_suite, tmp_path) -> None:
    (tmp_path / "good.mlir").write_text(FUNCTION.format(name="one", check=RIGHT))
    (tmp_path / "strange.mlir").write_text("func.func @f() { %a = no.such_op : i32 return }")
    counts = run_suite(tmp_path, "vmvx", tmp_path / "modules")
    assert counts[:7] == (1, 1, 1, 0, 0, 1, 0)


def test_nothing_at_all_is_a_failure(run_suite, tmp_path) -> None:
    (tmp_path / "strange.mlir").write_text("func.func @f() { %a = no.such_op : i32 return }")
    assert run_suite(tmp_path, "vmvx", tmp_path / "modules").code == 1
