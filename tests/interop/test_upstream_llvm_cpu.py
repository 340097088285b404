"""Modules that upstream's `iree-compile` made for CPUs give the same results here as NumPy, and as
upstream's `iree-run-module`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ireelite
from ireelite.executables import machine
from ireelite.loaders import embedded_elf
from ireelite.status import StatusError
from ireelite.tools.run_module import main

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not machine.is_supported(), reason="the code is for x86-64 Linux"),
]

TOOLS = Path(sys.executable).parent
FLAGS = (
    "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=llvm-cpu",
    "--iree-llvmcpu-target-cpu=generic",
)
RANDOM = np.random.default_rng(11)


def floats(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape, dtype=np.float32)


def softmax(x: np.ndarray) -> list[np.ndarray]:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return [e / e.sum(axis=1, keepdims=True)]


PROGRAMS: dict[str, tuple[str, list[np.ndarray], Any]] = {
    "elementwise": (
        """
        func.func @f(%a: tensor<7x5xf32>, %b: tensor<7x5xf32>) -> tensor<7x5xf32> {
          %0 = stablehlo.multiply %a, %b : tensor<7x5xf32>
          %1 = stablehlo.tanh %0 : tensor<7x5xf32>
          %2 = stablehlo.subtract %1, %b : tensor<7x5xf32>
          return %2 : tensor<7x5xf32>
        }""",
        [floats(7, 5), floats(7, 5)],
        lambda a, b: [np.tanh(a * b) - b],
    ),
    "many workgroups": (
        """
        func.func @f(%a: tensor<512x1024xf32>) -> tensor<512x1024xf32> {
          %0 = stablehlo.exponential %a : tensor<512x1024xf32>
          return %0 : tensor<512x1024xf32>
        }""",
        [floats(512, 1024)],
        lambda a: [np.exp(a)],
    ),
    "matmul": (
        """
        func.func @f(%a: tensor<200x300xf32>, %b: tensor<300x150xf32>) -> tensor<200x150xf32> {
          %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
              : (tensor<200x300xf32>, tensor<300x150xf32>) -> tensor<200x150xf32>
          return %0 : tensor<200x150xf32>
        }""",
        [floats(200, 300), floats(300, 150)],
        lambda a, b: [a @ b],
    ),
    "layer": (
        """
        func.func @f(%x: tensor<3x4xf32>) -> tensor<3x2xf32> {
          %w = stablehlo.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]>
              : tensor<4x2xf32>
          %b = stablehlo.constant dense<[[0.5, -9.0], [0.5, -9.0], [0.5, -9.0]]> : tensor<3x2xf32>
          %z = stablehlo.constant dense<0.0> : tensor<3x2xf32>
          %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0]
              : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
          %1 = stablehlo.add %0, %b : tensor<3x2xf32>
          %2 = stablehlo.maximum %1, %z : tensor<3x2xf32>
          return %2 : tensor<3x2xf32>
        }""",
        [floats(3, 4)],
        lambda x: [
            np.maximum(
                x @ np.arange(1, 9, dtype=np.float32).reshape(4, 2)
                + np.array([0.5, -9], np.float32),
                0,
            )
        ],
    ),
    "softmax": (
        """
        func.func @f(%x: tensor<33x65xf32>) -> tensor<33x65xf32> {
          %z = stablehlo.constant dense<0.0> : tensor<f32>
          %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
          %m = stablehlo.reduce(%x init: %low) applies stablehlo.maximum across dimensions = [1]
              : (tensor<33x65xf32>, tensor<f32>) -> tensor<33xf32>
          %mb = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<33xf32>) -> tensor<33x65xf32>
          %d = stablehlo.subtract %x, %mb : tensor<33x65xf32>
          %e = stablehlo.exponential %d : tensor<33x65xf32>
          %s = stablehlo.reduce(%e init: %z) applies stablehlo.add across dimensions = [1]
              : (tensor<33x65xf32>, tensor<f32>) -> tensor<33xf32>
          %sb = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<33xf32>) -> tensor<33x65xf32>
          %q = stablehlo.divide %e, %sb : tensor<33x65xf32>
          return %q : tensor<33x65xf32>
        }""",
        [floats(33, 65)],
        softmax,
    ),
    "two outputs": (
        """
        func.func @f(%x: tensor<9x17xi32>) -> (tensor<9xi32>, tensor<17xi32>) {
          %z = stablehlo.constant dense<0> : tensor<i32>
          %low = stablehlo.constant dense<-2147483648> : tensor<i32>
          %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1]
              : (tensor<9x17xi32>, tensor<i32>) -> tensor<9xi32>
          %1 = stablehlo.reduce(%x init: %low) applies stablehlo.maximum across dimensions = [0]
              : (tensor<9x17xi32>, tensor<i32>) -> tensor<17xi32>
          return %0, %1 : tensor<9xi32>, tensor<17xi32>
        }""",
        [RANDOM.integers(-1000, 1000, (9, 17), np.int32)],
        lambda x: [x.sum(axis=1, dtype=np.int32), x.max(axis=0)],
    ),
    "bytes": (
        """
        func.func @f(%a: tensor<37xi8>, %b: tensor<37xi8>) -> tensor<37xi8> {
          %0 = stablehlo.multiply %a, %b : tensor<37xi8>
          %1 = stablehlo.maximum %0, %b : tensor<37xi8>
          return %1 : tensor<37xi8>
        }""",
        [RANDOM.integers(-128, 128, 37, np.int8), RANDOM.integers(-128, 128, 37, np.int8)],
        lambda a, b: [np.maximum(a * b, b)],
    ),
    "booleans": (
        """
        func.func @f(%a: tensor<13xf32>, %p: tensor<13xi1>) -> (tensor<13xi1>, tensor<13xf32>) {
          %z = stablehlo.constant dense<0.0> : tensor<13xf32>
          %0 = stablehlo.compare GT, %a, %z : (tensor<13xf32>, tensor<13xf32>) -> tensor<13xi1>
          %1 = stablehlo.and %0, %p : tensor<13xi1>
          %2 = stablehlo.select %1, %a, %z : tensor<13xi1>, tensor<13xf32>
          return %1, %2 : tensor<13xi1>, tensor<13xf32>
        }""",
        [floats(13), RANDOM.integers(0, 2, 13).astype(bool)],
        lambda a, p: [(a > 0) & p, np.where((a > 0) & p, a, np.float32(0))],
    ),
    "dynamic": (
        """
        func.func @f(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>) -> tensor<?x4xf32> {
          %0 = stablehlo.add %a, %b : tensor<?x4xf32>
          return %0 : tensor<?x4xf32>
        }""",
        [floats(6, 4), floats(6, 4)],
        lambda a, b: [a + b],
    ),
}


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """(module, inputs, expected outputs)"""
    source, inputs, reference = PROGRAMS[request.param]
    path = tmp_path_factory.mktemp("llvm_cpu") / "program.vmfb"
    return compile_upstream(source, path), inputs, reference(*inputs)


def compile_upstream(source: str, path: Path, *flags: str) -> Path:
    command = [str(TOOLS / "iree-compile"), *FLAGS, *flags, "-", "-o", str(path)]
    subprocess.run(command, input=source.encode(), check=True, timeout=120)
    return path


def check(results: Any, expected: list[np.ndarray]) -> None:
    results = results if isinstance(results, tuple | list) else (results,)
    assert len(results) == len(expected)
    for result, value in zip(results, expected):
        array = np.asarray(result)
        assert array.dtype == value.dtype
        np.testing.assert_allclose(array, value, rtol=1e-5, atol=2e-5)


def test_same_as_numpy(program) -> None:
    module, inputs, expected = program
    function = ireelite.load(module).f
    check(function(*inputs), expected)
    check(function(*inputs), expected)


def test_objects_that_the_system_links(tmp_path) -> None:
    """Code for the system's loader, which may call functions of its libraries."""
    source, inputs, reference = PROGRAMS["booleans"]
    module = compile_upstream(source, tmp_path / "m.vmfb", "--iree-llvmcpu-link-embedded=false")
    for device in ("local-sync", "local-task"):
        check(ireelite.load(module, device=device).f(*inputs), reference(*inputs))
    with pytest.raises(StatusError, match=r"native code only \(system-elf-x86_64"):
        ireelite.load(module, trusted=False)


def test_inputs_at_any_address(program) -> None:
    module, inputs, expected = program
    moved = []
    for array in inputs:
        room = np.zeros(array.nbytes + 64, np.uint8)
        view = room[array.itemsize : array.itemsize + array.nbytes].view(array.dtype)
        moved.append(view.reshape(array.shape))
        moved[-1][...] = array
    check(ireelite.load(module).f(*moved), expected)


def test_same_output_as_upstream(program, tmp_path, capsys) -> None:
    module, inputs, _ = program
    arguments = [f"--module={module}", "--device=local-sync", "--function=f"]
    for index, array in enumerate(inputs):
        np.save(tmp_path / f"{index}.npy", array)
        arguments.append(f"--input=@{tmp_path}/{index}.npy")
    environment = os.environ | {"XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp")}
    upstream = subprocess.run(
        [TOOLS / "iree-run-module", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    assert upstream.returncode == 0, upstream.stderr
    assert main(arguments) == 0
    assert capsys.readouterr().out == upstream.stdout


def formats_loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The formats of executables that are loaded from now on."""
    from ireelite.hal.executable import LoaderSet

    formats: list[str] = []
    load = LoaderSet.load

    def watched(self, format, data, constants):
        formats.append(format)
        return load(self, format, data, constants)

    monkeypatch.setattr(LoaderSet, "load", watched)
    return formats


def test_our_own_modules_take_our_own_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ireelite.executables.machine import native_format

    formats = formats_loaded(monkeypatch)
    source, inputs, reference = PROGRAMS["elementwise"]
    compiled = ireelite.compile(source, targets=["llvm-cpu", "vmvx", "vulkan-spirv"])
    module = compiled.save(tmp_path / "module.vmfb")
    check(ireelite.load(module).f(*inputs), reference(*inputs))
    assert formats == [native_format()]


@pytest.mark.parametrize("memory_files", [True, False])
def test_loaded_again_and_again(tmp_path, monkeypatch, memory_files) -> None:
    """Each object is its own, though the paths of objects that are gone are used again."""
    if not memory_files:
        monkeypatch.delattr(os, "memfd_create")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    formats = formats_loaded(monkeypatch)
    chosen = [PROGRAMS[name] for name in ("elementwise", "bytes", "two outputs")]
    modules = [
        compile_upstream(source, tmp_path / f"{n}.vmfb") for n, (source, _, _) in enumerate(chosen)
    ]
    for _ in range(3):
        for module, (_, inputs, reference) in zip(modules, chosen):
            check(ireelite.load(module).f(*inputs), reference(*inputs))
    assert formats == [embedded_elf.FORMAT] * 9
    assert not list(tmp_path.glob("*.so"))
