"""Upstream's compiler sorts a constant where it lies. Here that leaves files and `bytes` as they
are, and the program means the same each time it is called.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.executables import machine
from ireelite.loaders.vmvx_bindings import written_bindings

pytestmark = pytest.mark.interop

COMPILER = Path(sys.executable).parent / "iree-compile"
LOCAL = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends")
SORT = """
func.func @f() -> tensor<6xi32> {
  %input = util.unfoldable_constant dense<[3, 2, 6, 1, 4, 5]> : tensor<6xi32>
  %sorted = "stablehlo.sort"(%input) ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %less = stablehlo.compare LT, %a, %b : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %less : tensor<i1>
  }) {dimension = 0 : i64, is_stable = false} : (tensor<6xi32>) -> tensor<6xi32>
  return %sorted : tensor<6xi32>
}
func.func @g(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
NATIVE = pytest.mark.skipif(not machine.is_supported(), reason="the code is for x86-64 Linux")


@pytest.fixture(scope="module", params=["vmvx", pytest.param("llvm-cpu", marks=NATIVE)])
def module(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_for(request.param, tmp_path_factory.mktemp("in_place") / "module.vmfb")


def compile_for(target: str, path: Path) -> Path:
    flags = [LOCAL[0], f"{LOCAL[1]}={target}"]
    if target == "llvm-cpu":
        flags.append("--iree-llvmcpu-target-cpu=generic")
    command = [str(COMPILER), *flags, "-", "-o", str(path)]
    subprocess.run(command, input=SORT.encode(), check=True, timeout=120)
    return path


def test_a_file_and_its_bytes_stay_as_they_are(module: Path) -> None:
    data = module.read_bytes()
    before = bytes(bytearray(data))
    for source in (module, data, module):
        function = ireelite.load(source).f
        for _ in range(2):
            np.testing.assert_array_equal(function(), [1, 2, 3, 4, 5, 6])
    assert data == before
    assert module.read_bytes() == before


def test_what_a_dispatch_writes_is_read_off_its_code(tmp_path: Path) -> None:
    module = compile_for("vmvx", tmp_path / "module.vmfb")
    rodata = [bytes(row.data) for row in decode_module(module.read_bytes()).rodata]
    inner = decode_module(next(data for data in rodata if data[:4] == b"PK\3\4"))
    written = {
        export.name.split("_dispatch")[0]: written_bindings(inner.functions[export.ordinal], [])
        for export in inner.exports
    }
    assert written == {"f": {0}, "g": {2}}
