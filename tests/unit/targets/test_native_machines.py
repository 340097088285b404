"""Native code for other CPUs than this one: each row of the schedule table is compiled, calls nothing,
and is right where this CPU has its instructions.
"""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.executables.elf_object import undefined_symbols
from ireelite.executables.native import NativeExecutable
from ireelite.executables.native_object import Machine, compile_ir, host_machine, llvm
from ireelite.lowering.schedules.tiles import REGISTER_FILES

TEXT = """
func.func @product(%a: tensor<20x48xf32>, %b: tensor<70x48xf32>) -> tensor<20x70xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<20x48xf32>, tensor<70x48xf32>) -> tensor<20x70xf32>
  %1 = stablehlo.tanh %0 : tensor<20x70xf32>
  return %1 : tensor<20x70xf32>
}
func.func @roundings(%a: tensor<40xf32>, %b: tensor<40xf64>) -> (tensor<40xf32>, tensor<40xf32>, tensor<40xf32>, tensor<40xf64>, tensor<40xf64>, tensor<40xf64>, tensor<40xf16>, tensor<40xbf16>, tensor<40xf32>) {
  %0 = stablehlo.round_nearest_even %a : tensor<40xf32>
  %1 = stablehlo.floor %a : tensor<40xf32>
  %2 = stablehlo.ceil %a : tensor<40xf32>
  %3 = stablehlo.round_nearest_even %b : tensor<40xf64>
  %4 = stablehlo.floor %b : tensor<40xf64>
  %5 = stablehlo.ceil %b : tensor<40xf64>
  %6 = stablehlo.convert %a : (tensor<40xf32>) -> tensor<40xf16>
  %7 = stablehlo.convert %a : (tensor<40xf32>) -> tensor<40xbf16>
  %8 = stablehlo.sine %a : tensor<40xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : tensor<40xf32>, tensor<40xf32>, tensor<40xf32>, tensor<40xf64>, tensor<40xf64>, tensor<40xf64>, tensor<40xf16>, tensor<40xbf16>, tensor<40xf32>
}
func.func @pairs(%a: tensor<20x33xi8>, %b: tensor<33x70xi8>) -> tensor<20x70xi32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<20x33xi8>, tensor<33x70xi8>) -> tensor<20x70xi32>
  return %0 : tensor<20x70xi32>
}"""
CPUS = {"avx512f": "x86-64-v4", "avx2": "x86-64-v3", "sse": "x86-64"}
"""Row of the schedule table -> a CPU whose registers it fills; that of `sse` has SSE2 only."""


def executables(schedule: str) -> list[NativeExecutable]:
    """The native executables of the program."""
    program = ireelite.compile(TEXT, targets=["llvm-cpu"], schedule=schedule)
    blobs = [bytes(row.data) for row in decode_module(program.data).rodata]
    return [NativeExecutable.decode(blob) for blob in blobs if blob[4:8] == b"IRNE"]


@pytest.mark.parametrize("row", REGISTER_FILES)
def test_code_of_each_row_calls_nothing(row: str) -> None:
    found = executables(row)
    assert len(found) >= 2
    llvm().initialize_all_targets()
    llvm().initialize_all_asmprinters()
    if row == "neon":
        machine = Machine("aarch64-unknown-linux-gnu", "generic", "+neon")
    else:
        machine = Machine("x86_64-unknown-linux-gnu", CPUS[row], "")
    for executable in found:
        assert undefined_symbols(compile_ir(executable.llvm_ir, machine)) == []


@pytest.fixture
def on_machine(monkeypatch: pytest.MonkeyPatch):
    """Has native code compiled for a CPU as if it were this machine's."""

    def use(cpu: str) -> None:
        machine = Machine(host_machine().triple, cpu, "")
        monkeypatch.setattr("ireelite.executables.native_object.machine_of", lambda _: machine)

    return use


FEATURES = {"avx512f": "+avx512f", "avx2": "+avx2", "sse": "+sse2"}
RUNNABLE = [row for row, name in FEATURES.items() if name in host_machine().features.split(",")]
"""The rows whose instructions this machine has; none on another architecture than x86."""


@pytest.mark.parametrize("row", RUNNABLE)
def test_code_of_each_row_is_right_where_it_runs(row: str, on_machine) -> None:
    on_machine(CPUS[row])
    module = ireelite.load(ireelite.compile(TEXT, targets=["llvm-cpu"], schedule=row))
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((20, 48), np.float32), rng.standard_normal((70, 48), np.float32)
    np.testing.assert_allclose(module.product(a, b), np.tanh(a @ b.T), rtol=1e-4, atol=1e-5)
    a, b = (rng.integers(-128, 128, shape, np.int8) for shape in ((20, 33), (33, 70)))
    np.testing.assert_array_equal(module.pairs(a, b), a.astype(int) @ b.astype(int))
    x = np.concatenate(
        [[-0.0, 0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.3, -0.3, 8388607.5, -8388608.0, 1e30, np.inf],
         [-np.inf, np.nan], rng.uniform(-9, 9, 25)]
    )  # fmt: skip
    f, d = x.astype(np.float32), x.astype(np.float64)
    found = module.roundings(f, d)
    expected = [g(v) for v in (f, d) for g in (np.rint, np.floor, np.ceil)]
    for result, want in zip(found, expected):
        np.testing.assert_array_equal(result, want)
        np.testing.assert_array_equal(np.signbit(result), np.signbit(want))
