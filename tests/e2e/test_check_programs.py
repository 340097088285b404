"""Programs that test themselves with the `check` dialect, in IREE's and in StableHLO's spelling."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ireelite
from ireelite.tools import check_module

PASSES = """
func.func @iree_spelling() {
  %x = util.unfoldable_constant dense<[1.0, 2.0]> : tensor<2xf32>
  %y = stablehlo.add %x, %x : tensor<2xf32>
  check.expect_eq_const(%y, dense<[2.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_eq(%y, %y) : tensor<2xf32>
  check.expect_almost_eq_const(%y, dense<[2.00005, 4.0]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_almost_eq(%x, %y, atol 0.5, rtol 0.5) : tensor<2xf32>
  %truth = stablehlo.compare LT, %x, %y : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  check.expect_all_true(%truth) : tensor<2xi1>
  %wide = arith.constant 4294967296 : i64
  %no = arith.constant false
  check.expect_true(%wide) : i64
  check.expect_false(%no) : i1
  return
}
func.func @stablehlo_spelling() {
  %x = util.unfoldable_constant dense<[5.0, -0.0]> : tensor<2xf16>
  %near = stablehlo.constant dense<[5.010, 0.0]> : tensor<2xf16>
  check.expect_almost_eq %x, %near, tolerance = 0.1 : tensor<2xf16>
  check.expect_almost_eq_const %x, dense<[5.1, 0.0]> : tensor<2xf16> {tolerance = 0.2 : f64}
  check.expect_close %x, %near, max_ulp_difference = 3 : tensor<2xf16>, tensor<2xf16>
  %kept = interpreter.probe %x, probe_id = "x" : tensor<2xf16>
  check.expect_serialized_eq %kept, probe_id = "x" : tensor<2xf16>
  %c = util.unfoldable_constant dense<(1.0, 2.0)> : tensor<2xcomplex<f32>>
  check.expect_almost_eq_const %c, dense<(1.00005, 2.0)> : tensor<2xcomplex<f32>>
  %u = stablehlo.constant dense<[1, 255]> : tensor<2xui8>
  check.expect_eq_const %u, dense<[1, 255]> : tensor<2xui8>
  return
}
"""

FAILURES = {
    "check.expect_eq_const %x, dense<[5.0, 0.0]> : tensor<2xf16>": "Contents does not match.",
    "check.expect_almost_eq_const %x, dense<[5.1, 0.0]> : tensor<2xf16>": "at index 0",
    "check.expect_close %x, %near, max_ulp_difference = 2 : tensor<2xf16>, tensor<2xf16>": "are 3 representable",
    'check.expect_serialized_eq %x, probe_id = "x", iter = 1 : tensor<2xf16>': "kept 1 values",
    'check.expect_serialized_eq %near, probe_id = "x" : tensor<2xf16>': "Contents does not match.",
    "%n = arith.constant 0 : i32\n  check.expect_true(%n) : i32": "Expected 0 to be nonzero.",
}
FAILING = """
func.func @f() {{
  %x = util.unfoldable_constant dense<[5.0, -0.0]> : tensor<2xf16>
  %near = stablehlo.constant dense<[5.010, 0.0]> : tensor<2xf16>
  %kept = interpreter.probe %x, probe_id = "x" : tensor<2xf16>
  {}
  return
}}
"""


def compiled(text: str, folder: Path) -> Path:
    return ireelite.compile(text, targets=["vmvx"]).save(folder / "tests.vmfb")


def test_all_checks_pass(tmp_path, capsys):
    assert check_module.main([f"--module={compiled(PASSES, tmp_path)}"]) == 0
    assert "2 tests; 13 checks executed in all." in capsys.readouterr().out


@pytest.mark.parametrize("check", FAILURES)
def test_a_failing_check_says_why(check: str, tmp_path, capsys):
    assert check_module.main([f"--module={compiled(FAILING.format(check), tmp_path)}"]) == 1
    assert FAILURES[check] in capsys.readouterr().out


def test_checks_are_skipped_where_there_is_no_check_module(tmp_path):
    """Under upstream's runtime, too, whose `iree-run-module` has none."""
    path = compiled(FAILING.format(next(iter(FAILURES))), tmp_path)
    ireelite.load(path).f()
    tool = Path(sys.executable).parent / "iree-run-module"
    subprocess.run([tool, f"--module={path}", "--function=f", "--device=local-sync"], check=True)
