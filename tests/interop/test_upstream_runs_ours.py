"""Modules made here run under upstream's `iree-run-module`, on the CPU and on software Vulkan."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite

pytestmark = pytest.mark.interop

DATA = Path(__file__).parents[2] / "notebooks" / "data"
UPSTREAM = Path(sys.executable).parent / "iree-run-module"
ALL = ("llvm-cpu", "vmvx", "vulkan-spirv")

CASES = [
    pytest.param(("vmvx",), "local-sync", id="vmvx-on-local-sync"),
    pytest.param(("vmvx",), "local-task", id="vmvx-on-local-task"),
    pytest.param(("vulkan-spirv",), "vulkan", id="spirv-on-vulkan", marks=pytest.mark.webgpu),
    pytest.param(ALL, "local-sync", id="three-variants-on-local-sync"),
    pytest.param(ALL, "vulkan", id="three-variants-on-vulkan", marks=pytest.mark.webgpu),
]

SHAPES = """
func.func @two_dispatches(%x: tensor<3x5xf32>, %w: tensor<5x7xf32>) -> (tensor<3xf32>, tensor<7x3xf32>) {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0]
      : (tensor<3x5xf32>, tensor<5x7xf32>) -> tensor<3x7xf32>
  %1 = stablehlo.tanh %0 : tensor<3x7xf32>
  %2 = stablehlo.reduce(%1 init: %zero) applies stablehlo.add across dimensions = [1]
      : (tensor<3x7xf32>, tensor<f32>) -> tensor<3xf32>
  %3 = stablehlo.transpose %1, dims = [1, 0] : (tensor<3x7xf32>) -> tensor<7x3xf32>
  return %2, %3 : tensor<3xf32>, tensor<7x3xf32>
}
"""

DOUBLES = """
func.func @doubles(%x: tensor<4xf64>, %n: tensor<4xi64>) -> (tensor<4xf64>, tensor<4xi64>) {
  %0 = stablehlo.convert %n : (tensor<4xi64>) -> tensor<4xf64>
  %1 = stablehlo.power %x, %0 : tensor<4xf64>
  %2 = stablehlo.multiply %n, %n : tensor<4xi64>
  return %1, %2 : tensor<4xf64>, tensor<4xi64>
}
"""
"""Its shaders need `shader_float64` and `shader_int64`, which the device is asked for."""


ODD_LENGTHS = """
func.func @three(%x: tensor<3xi8>) -> tensor<3xi8> {
  %0 = stablehlo.add %x, %x : tensor<3xi8>
  return %0 : tensor<3xi8>
}
func.func @two_sequences(%x: tensor<3xi8>) -> tensor<6xi8> {
  %0 = stablehlo.add %x, %x : tensor<3xi8>
  %1 = util.optimization_barrier %0 : tensor<3xi8>
  %2 = stablehlo.concatenate %1, %1, dim = 0 : (tensor<3xi8>, tensor<3xi8>) -> tensor<6xi8>
  return %2 : tensor<6xi8>
}
func.func @host_loop(%x: tensor<3xi8>, %y: tensor<5xbf16>, %turns: tensor<i32>)
    -> (tensor<3xi8>, tensor<5xbf16>, tensor<6xi8>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:3 = stablehlo.while(%i = %zero, %a = %x, %b = %y) : tensor<i32>, tensor<3xi8>, tensor<5xbf16>
    cond {
      %more = stablehlo.compare LT, %i, %turns : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %more : tensor<i1>
    } do {
      %next = stablehlo.add %i, %one : tensor<i32>
      %sum = stablehlo.add %a, %a : tensor<3xi8>
      %held = util.optimization_barrier %sum : tensor<3xi8>
      %back = stablehlo.reverse %held, dims = [0] : tensor<3xi8>
      %twice = stablehlo.add %b, %b : tensor<5xbf16>
      stablehlo.return %next, %back, %twice : tensor<i32>, tensor<3xi8>, tensor<5xbf16>
    }
  %1 = stablehlo.concatenate %0#1, %0#1, dim = 0 : (tensor<3xi8>, tensor<3xi8>) -> tensor<6xi8>
  return %0#1, %0#2, %1 : tensor<3xi8>, tensor<5xbf16>, tensor<6xi8>
}
func.func @host_if(%n: tensor<i32>, %x: tensor<3xi8>, %y: tensor<3xi8>)
    -> (tensor<3xi8>, tensor<6xi8>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %positive = stablehlo.compare GT, %n, %zero : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %0 = "stablehlo.if"(%positive) ({
    %sum = stablehlo.add %x, %y : tensor<3xi8>
    %held = util.optimization_barrier %sum : tensor<3xi8>
    stablehlo.return %held : tensor<3xi8>
  }, {
    stablehlo.return %y : tensor<3xi8>
  }) : (tensor<i1>) -> tensor<3xi8>
  %1 = stablehlo.concatenate %0, %0, dim = 0 : (tensor<3xi8>, tensor<3xi8>) -> tensor<6xi8>
  return %0, %1 : tensor<3xi8>, tensor<6xi8>
}
util.global private mutable @state = dense<[1, 2, 3]> : tensor<3xi8>
func.func @accumulate(%x: tensor<3xi8>) -> (tensor<3xi8>, tensor<6xi8>) {
  %0 = util.global.load @state : tensor<3xi8>
  %1 = stablehlo.add %0, %x : tensor<3xi8>
  util.global.store %1, @state : tensor<3xi8>
  %2 = call @two_sequences(%1) : (tensor<3xi8>) -> tensor<6xi8>
  return %1, %2 : tensor<3xi8>, tensor<6xi8>
}
func.func @any_twice(%x: tensor<?xi16>) -> tensor<?xi16> {
  %0 = stablehlo.add %x, %x : tensor<?xi16>
  %1 = util.optimization_barrier %0 : tensor<?xi16>
  %2 = stablehlo.add %1, %1 : tensor<?xi16>
  return %2 : tensor<?xi16>
}
func.func @any(%x: tensor<?xi16>) -> tensor<?xi16> {
  %0 = stablehlo.add %x, %x : tensor<?xi16>
  return %0 : tensor<?xi16>
}
"""
"""Their arguments, what sequences, loops and choices pass on, and a global end within a word."""


def run_upstream(
    module: Path, device: str, function: str, *flags: str
) -> subprocess.CompletedProcess[str]:
    """Runs upstream's tool on a module."""
    command = [
        str(UPSTREAM),
        f"--module={module}",
        f"--device={device}",
        f"--function={function}",
        *flags,
    ]
    environment = os.environ | {"XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp")}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def check(
    tmp_path: Path,
    program: ireelite.Program,
    device: str,
    function: str,
    inputs: list[np.ndarray],
    expected: list[np.ndarray],
) -> None:
    """Runs a program on inputs, and lets upstream compare with what is expected."""
    module = program.save(tmp_path / "module.vmfb")
    flags: list[str] = []
    for index, array in enumerate(inputs):
        np.save(tmp_path / f"input{index}.npy", array)
        flags.append(f"--input=@{tmp_path}/input{index}.npy")
    flags += [f"--expected_output={literal(array)}" for array in expected]
    flags += ["--expected_f32_threshold=0.00001", "--expected_f64_threshold=0.000000000001"]
    result = run_upstream(module, device, function, *flags)
    assert "[SUCCESS]" in result.stdout, result.stdout + result.stderr
    assert result.returncode == 0


def literal(array: np.ndarray) -> str:
    """`2x3xf32=1 2 3 4 5 6`, with every digit."""
    kind = {"f": "f", "i": "i"}[array.dtype.kind] + str(array.dtype.itemsize * 8)
    shape = "x".join([*map(str, array.shape), kind])
    return f"{shape}={' '.join(repr(v) for v in array.ravel().tolist())}"


@pytest.mark.parametrize("targets,device", CASES)
@pytest.mark.parametrize("name", ["simple_mul", "digits_mlp"])
def test_tensorflow_graphs_give_the_recorded_outputs(
    tmp_path: Path, name: str, targets: tuple[str, ...], device: str
) -> None:
    program = ireelite.compile(DATA / f"{name}.pb", targets=targets)
    recorded = np.load(DATA / f"{name}.npz")
    inputs = [recorded[k] for k in sorted(recorded) if k.startswith("input") and k[5:].isdigit()]
    outputs = [recorded[k] for k in sorted(recorded) if k.startswith("output") and k[6:].isdigit()]
    check(tmp_path, program, device, name, inputs, outputs)


@pytest.mark.parametrize("targets,device", CASES)
def test_two_dispatches_two_results(tmp_path: Path, targets: tuple[str, ...], device: str) -> None:
    rng = np.random.default_rng(7)
    x = rng.standard_normal((3, 5), dtype=np.float32)
    w = rng.standard_normal((5, 7), dtype=np.float32)
    y = np.tanh(x @ w)
    program = ireelite.compile(SHAPES, targets=targets)
    check(tmp_path, program, device, "two_dispatches", [x, w], [y.sum(axis=1), y.T])


@pytest.mark.parametrize("targets,device", CASES)
def test_numbers_of_64_bits(tmp_path: Path, targets: tuple[str, ...], device: str) -> None:
    x, n = np.array([0.1, 1.7, -2.3, 3.0]), np.array([-2, 3, 3, 20])
    program = ireelite.compile(DOUBLES, targets=targets)
    expected = [x ** n.astype(np.float64), n * n]
    check(tmp_path, program, device, "doubles", [x, n], expected)


ENDS_WITHIN_A_WORD = {
    "three": (["3xi8=1 2 3"], ["3xi8=2 4 6"]),
    "two_sequences": (["3xi8=1 2 3"], ["6xi8=2 4 6 2 4 6"]),
    "host_loop": (
        ["3xi8=1 2 3", "5xbf16=1 2 3 4 5", "i32=3"],
        ["3xi8=24 16 8", "5xbf16=8 16 24 32 40", "6xi8=24 16 8 24 16 8"],
    ),
    "host_if": (["i32=1", "3xi8=1 2 3", "3xi8=4 5 6"], ["3xi8=5 7 9", "6xi8=5 7 9 5 7 9"]),
    "host_if, else": (["i32=0", "3xi8=1 2 3", "3xi8=4 5 6"], ["3xi8=4 5 6", "6xi8=4 5 6 4 5 6"]),
    "accumulate": (["3xi8=1 2 3"], ["3xi8=2 4 6", "6xi8=4 8 12 4 8 12"]),
    "any": (["1xi16=7"], ["1xi16=14"]),
    "any_twice": (["5xi16=1 2 3 4 5"], ["5xi16=4 8 12 16 20"]),
}
"""Name of a function of `ODD_LENGTHS` -> its arguments and its expected results."""


@pytest.mark.parametrize("targets,device", CASES[::2])
def test_tensors_that_end_within_a_word(
    tmp_path: Path, targets: tuple[str, ...], device: str
) -> None:
    module = ireelite.compile(ODD_LENGTHS, targets=targets).save(tmp_path / "module.vmfb")
    for name, (inputs, outputs) in ENDS_WITHIN_A_WORD.items():
        flags = [f"--input={value}" for value in inputs]
        flags += [f"--expected_output={value}" for value in outputs]
        result = run_upstream(module, device, name.partition(",")[0], *flags)
        assert "[SUCCESS]" in result.stdout, name + result.stdout + result.stderr


def test_a_wrong_expectation_is_noticed(tmp_path: Path) -> None:
    """The comparison above can fail."""
    module = ireelite.compile(DATA / "simple_mul.pb", targets=["vmvx"]).save(tmp_path / "m.vmfb")
    flags = ["--input=4xf32=1,2,3,4", "--input=4xf32=2", "--expected_output=4xf32=2,4,6,9"]
    result = run_upstream(module, "local-sync", "simple_mul", *flags)
    assert result.returncode == 1
    assert "[FAILED]" in result.stdout


def test_upstream_reports_a_wrong_shape_in_our_words(tmp_path: Path) -> None:
    module = ireelite.compile(DATA / "simple_mul.pb", targets=["vmvx"]).save(tmp_path / "m.vmfb")
    result = run_upstream(module, "local-sync", "simple_mul", "--input=3xf32=1", "--input=4xf32=2")
    assert result.returncode == 1
    assert "input0 shape dimension 0 mismatch; expected 4 but have 3" in result.stderr


def test_a_device_without_a_variant_is_incompatible(tmp_path: Path) -> None:
    module = ireelite.compile(DATA / "simple_mul.pb", targets=["vulkan-spirv"]).save(
        tmp_path / "m.vmfb"
    )
    result = run_upstream(module, "local-sync", "simple_mul", "--input=4xf32=1", "--input=4xf32=2")
    assert result.returncode == 1
    assert "INCOMPATIBLE" in result.stderr


def test_upstream_dumps_our_module(tmp_path: Path) -> None:
    """Its disassembler reads every instruction, and shows the record's digest."""
    module = ireelite.compile(DATA / "digits_mlp.pb").save(tmp_path / "m.vmfb")
    tool = UPSTREAM.with_name("iree-dump-module")
    result = subprocess.run([str(tool), str(module)], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "ireelite.record: " in result.stdout
    assert "vm.func @digits_mlp" in result.stdout


def test_upstream_compiles_our_hlo(tmp_path: Path) -> None:
    """What is printed at stage hlo is StableHLO to upstream too, and means the same."""
    text = ireelite.compile(DATA / "digits_mlp.pb").ir("hlo", elide=False)
    (tmp_path / "hlo.mlir").write_text(text)
    tool = UPSTREAM.with_name("iree-compile")
    flags = ["--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx"]
    module = tmp_path / "m.vmfb"
    command = [str(tool), *flags, str(tmp_path / "hlo.mlir"), "-o", str(module)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    recorded = np.load(DATA / "digits_mlp.npz")
    np.save(tmp_path / "input0.npy", recorded["input0"])
    flags = [f"--input=@{tmp_path}/input0.npy"]
    flags += [f"--expected_output={literal(recorded[f'output{n}'])}" for n in range(2)]
    ran = run_upstream(module, "local-sync", "digits_mlp", *flags)
    assert "[SUCCESS]" in ran.stdout, ran.stdout + ran.stderr
