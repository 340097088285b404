"""Assertions about sizes, as JAX's symbolic export has them, say the sizes that they found."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusError

TEXT = """
func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = stablehlo.constant dense<0> : tensor<i32>
  %c2 = stablehlo.constant dense<2> : tensor<i32>
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %r = stablehlo.remainder %n, %c2 : tensor<i32>
  %ok = stablehlo.compare EQ, %r, %c0 : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.custom_call @shape_assertion(%ok, %r, %n) {error_message = "remainder {0} of {1}",
    has_side_effect = true} : (tensor<i1>, tensor<i32>, tensor<i32>) -> ()
  %y = stablehlo.add %x, %x : tensor<?xf32>
  return %y : tensor<?xf32>
}
"""


def test_the_values_of_an_assertion_are_in_its_message(capfd):
    module = ireelite.load(ireelite.compile(TEXT, targets=["vmvx"]))
    for count in (4, 6, 8):
        np.testing.assert_array_equal(module.f(np.ones(count, np.float32)), np.full(count, 2))
    for count in (5, 7):
        with pytest.raises(StatusError, match=f"INVALID_ARGUMENT; remainder 1 of {count};"):
            module.f(np.ones(count, np.float32))
    assert capfd.readouterr().err == ""


@pytest.mark.interop
def test_upstream_runs_the_module_and_says_the_message_without_values(tmp_path):
    ireelite.compile(TEXT, targets=["vmvx"]).save(tmp_path / "f.vmfb")
    tool = Path(sys.executable).with_name("iree-run-module")
    command = [tool, f"--module={tmp_path / 'f.vmfb'}", "--function=f"]
    ran = [
        subprocess.run(
            [*command, f"--input={n}xf32=1"], capture_output=True, text=True, check=False
        )
        for n in (4, 5)
    ]
    assert "4xf32=2 2 2 2" in ran[0].stdout
    assert "INVALID_ARGUMENT; remainder {0} of {1}" in ran[1].stderr
