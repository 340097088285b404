"""Host code around tensor work: in both execution models, on every device, and on upstream's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

TEXT = (Path(__file__).parent / "tensor_programs" / "state_and_control.mlir").read_text()
MODELS = ("async-internal", "async-external")
DEVICES = [
    pytest.param("local-sync", ("vmvx",), id="vmvx-on-local-sync"),
    pytest.param("local-task", ("llvm-cpu",), id="native-on-local-task"),
    pytest.param("webgpu", ("vulkan-spirv",), id="spirv-on-webgpu", marks=pytest.mark.webgpu),
]


def f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


CALLS: list[tuple[str, list[Any], list[Any]]] = [
    ("accumulate", [f32(3, 4)], [f32(4, 6)]),
    ("accumulate", [f32(3, 4)], [f32(7, 10)]),
    ("power", [f32(3, 2), 2], [f32(27, 8), 2]),
    ("power", [f32(3, 2), 0], [f32(3, 2), 0]),
    ("either", [0, f32(3, 2), f32(7, 7, 7)], [f32(7, 7, 7), 3]),
    ("either", [1, f32(3, 2), f32(7, 7, 7)], [f32(3, 2), 2]),
    ("chosen", [0, f32(3, 2), f32(7, 7, 7)], [f32(7, 7, 7)]),
    ("scaled", [f32(3, 2), 2.5], [f32(7.5, 5)]),
    ("second", [f32(3, 2)], [4.0]),
    ("element", [np.array([3, -20000000000]), 1], [-20000000000]),
    ("until", [f32(3).reshape(())], [f32(192).reshape(())]),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("device", "targets"), DEVICES)
def test_tensors_pass_through_host_code(device: str, targets: tuple[str, ...], model: str):
    program = ireelite.compile(TEXT, targets=targets, execution_model=model)
    module = ireelite.load(program, device=device)
    for name, arguments, expected in CALLS:
        given = getattr(module, name)(*arguments)
        results = given if isinstance(given, tuple) else (given,)
        for found, wanted in zip(results, expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


PASSED_ON = """
func.func @f(%x: tensor<?x3xf32>, %n: i32) -> (tensor<?x3xf32>, i32) {
  return %x, %n : tensor<?x3xf32>, i32
}
"""


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((2, 4), np.float32), "input0 shape dimension 1 mismatch; expected 3 but have 4"),
        (np.zeros((2, 3), np.int32), "input0 element type mismatch; expected f32"),
        (np.zeros((2, 3, 1), np.float32), "input0 shape rank mismatch; expected 2 but have 3"),
    ],
)
def test_a_tensor_that_is_only_passed_on_must_be_what_the_function_takes(given, words, model: str):
    module = ireelite.load(ireelite.compile(PASSED_ON, targets=("vmvx",), execution_model=model))
    assert module.f(np.zeros((5, 3), np.float32), 1)[0].shape == (5, 3)
    with pytest.raises(StatusError) as caught:
        module.f(given, 1)
    assert caught.value.code is StatusCode.INVALID_ARGUMENT and words in str(caught.value)


@pytest.mark.interop
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_upstream_runs_host_code_around_tensors(tmp_path: Path, device: str, model: str):
    pytest.importorskip("iree.runtime", reason="the test extra holds upstream's runtime")
    module = tmp_path / "host.vmfb"
    module.write_bytes(ireelite.compile(TEXT, targets=("vmvx",), execution_model=model).data)
    for function, inputs, printed in (
        ("accumulate", ["2xf32=3 4"], "2xf32=4 6"),
        ("power", ["2xf32=3 2", "2"], "2xf32=27 8\nresult[1]: i32=2"),
        ("either", ["0", "2xf32=3 2", "3xf32=7"], "3xf32=7 7 7\nresult[1]: i64=3"),
        ("scaled", ["2xf32=3 2", "2.5"], "2xf32=7.5 5"),
        ("element", ["2xi64=3 -20000000000", "1"], "result[0]: i64=-20000000000"),
        ("until", ["f32=3"], "f32=192"),
    ):
        command = [str(Path(sys.executable).parent / "iree-run-module"), f"--module={module}"]
        command += [f"--device={device}", f"--function={function}"]
        command += [f"--input={value}" for value in inputs]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().endswith(printed)
