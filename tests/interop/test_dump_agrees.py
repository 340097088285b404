"""`ireelite-dump-module` prints what upstream's `iree-dump-module` prints, and programs with
upstream's `check` dialect test themselves under `ireelite-check-module`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import ireelite
from ireelite.tools.check_module import main as check_module
from ireelite.tools.dump_module import main as dump_module

pytestmark = pytest.mark.interop

TOOLS = Path(sys.executable).parent
VMVX = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx")
# Upstream files all source maps under the first function, whose name is then wrong in its text.
STRIPPED = "--iree-vm-bytecode-module-strip-source-map=true"

MULTIPLY = """
func.func @multiply(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
ADD = """
func.func @add_to_itself(%a: tensor<?xi32>) -> (tensor<?xi32>, i32) {
  %0 = stablehlo.add %a, %a : tensor<?xi32>
  %1 = arith.constant 3 : i32
  return %0, %1 : tensor<?xi32>, i32
}
"""
TYPES = """
vm.module @types {
  vm.rodata private @text "some text"
  vm.rodata private @newline "a\\nb"
  vm.rodata private @none ""
  vm.rodata private @long "abcdefghijklmnopqrstuvwxyzabcdefghijkl"
  vm.rodata private @zero dense<[65, 66, 0]> : tensor<3xi8>
  vm.rodata private @zeros dense<0> : tensor<8xi8>
  vm.rodata private @full "abcdefghijklmnopqrstuvwxyzabcdef"
  vm.rodata private @first dense<[65, 0, -1]> : tensor<3xi8>
  vm.global.i64 private mutable @number : i64
  vm.import private optional @xx.yy(%a : i32, %b : f64) -> (i64, f32)
  vm.export @f as("g")
  vm.export @f
  vm.func @f(%x: f32, %l: !vm.list<i32>) -> f32 {
    %0 = vm.const.ref.rodata @text : !vm.buffer
    %1 = vm.const.ref.rodata @newline : !vm.buffer
    %2 = vm.const.ref.rodata @none : !vm.buffer
    %3 = vm.const.ref.rodata @long : !vm.buffer
    %4 = vm.const.ref.rodata @zero : !vm.buffer
    %5 = vm.const.ref.rodata @zeros : !vm.buffer
    %6 = vm.const.ref.rodata @full : !vm.buffer
    %7 = vm.const.ref.rodata @first : !vm.buffer
    vm.print "x"(%0, %1, %2, %3, %4)
        : !vm.buffer, !vm.buffer, !vm.buffer, !vm.buffer, !vm.buffer
    vm.print "y"(%5, %6, %7) : !vm.buffer, !vm.buffer, !vm.buffer
    %n = vm.global.load.i64 @number : i64
    vm.global.store.i64 %n, @number : i64
    %c = vm.const.i32 3
    %d = vm.ext.f32.f64 %x : f32 -> f64
    %r:2 = vm.call @xx.yy(%c, %d) : (i32, f64) -> (i64, f32)
    vm.return %r#1 : f32
  }
}
"""


def compiled(source, path, *flags):
    """A module of upstream's compiler."""
    text = path.with_suffix(".mlir")
    text.write_text(source)
    command = [TOOLS / "iree-compile", *flags, text, "-o", path]
    subprocess.run(command, check=True, timeout=120)
    return str(path)


def upstream(*arguments):
    command = [TOOLS / "iree-dump-module", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modules")
    return {
        "vmvx": compiled(MULTIPLY, folder / "vmvx.vmfb", *VMVX, STRIPPED),
        "dynamic": compiled(ADD, folder / "dynamic.vmfb", *VMVX, STRIPPED),
        "source map": compiled(MULTIPLY, folder / "map.vmfb", *VMVX),
        "types": compiled(TYPES, folder / "types.vmfb", "--compile-mode=vm", STRIPPED),
        "ours": str(ireelite.compile(MULTIPLY).save(folder / "ours.vmfb")),
    }


EVERY = ("vmvx", "dynamic", "source map", "types", "ours")


@pytest.mark.parametrize("name", EVERY)
def test_metadata(modules, name, capsys):
    assert dump_module(["--output=metadata", modules[name]]) == 0
    assert capsys.readouterr().out == upstream("--output=metadata", modules[name]).decode()


@pytest.mark.parametrize("name", [name for name in EVERY if name != "source map"])
@pytest.mark.parametrize("flags", [(), ("--output=disassembly", "--bytecode_offsets")])
def test_everything(modules, name, flags, capsys):
    assert dump_module([*flags, modules[name]]) == 0
    # Upstream does not escape the quotes in strings.
    ours = capsys.readouterr().out.replace('\\"', '"')
    assert ours == upstream(*flags, modules[name]).decode()


def test_one_function(modules, capsys):
    flags = ("--output=disassembly", "--function=multiply", modules["vmvx"])
    assert dump_module(flags) == 0
    assert capsys.readouterr().out == upstream(*flags).decode()


@pytest.mark.parametrize("name", EVERY)
def test_flatbuffer(modules, name, capfdbinary):
    for output in ("flatbuffer-json", "flatbuffer-binary"):
        assert dump_module([f"--output={output}", modules[name]]) == 0
        ours = capfdbinary.readouterr().out
        assert ours.removesuffix(b"\n") == upstream(f"--output={output}", modules[name])
    flags = ("--output=flatbuffer-json", "--pretty", modules[name])
    assert dump_module(flags) == 0
    assert json.loads(capfdbinary.readouterr().out) == json.loads(upstream(*flags))


CHECKS = """
func.func @doubles() {
  %a = util.unfoldable_constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = arith.addf %a, %a : tensor<2xf32>
  check.expect_almost_eq_const(%0, dense<[2.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>
  check.expect_eq_const(%0, dense<[2.0, EXPECTED]> : tensor<2xf32>) : tensor<2xf32>
  return
}
func.func @scalars() {
  %true = util.unfoldable_constant 1 : i32
  check.expect_true(%true) : i32
  %all = util.unfoldable_constant dense<7> : tensor<2x2xi32>
  check.expect_all_true(%all) : tensor<2x2xi32>
  return
}
"""


@pytest.mark.parametrize("model", ["async-internal", "async-external"])
def test_checks_pass(model, tmp_path, capsys):
    flags = (*VMVX, f"--iree-execution-model={model}")
    path = compiled(CHECKS.replace("EXPECTED", "4.0"), tmp_path / "checks.vmfb", *flags)
    assert check_module([f"--module={path}", "--device=local-sync"]) == 0
    out = capsys.readouterr().out
    assert "[       OK ] module.doubles (2 checks, " in out
    assert out.endswith("[  PASSED  ] 2 tests; 4 checks executed in all.\n")


def test_a_wrong_expectation_turns_red(tmp_path, capsys):
    path = compiled(CHECKS.replace("EXPECTED", "5.0"), tmp_path / "checks.vmfb", *VMVX)
    assert check_module([f"--module={path}", "--device=local-sync"]) == 1
    out = capsys.readouterr().out
    assert "Failure in check.expect_eq\nExpected equality of these values. Contents does" in out
    assert "  lhs:\n    2xf32=2 4\n  rhs:\n    2xf32=2 5\n" in out
    assert out.endswith("[  FAILED  ] 1 test, listed below:\n[  FAILED  ] module.doubles\n")


def test_a_wrong_tolerance_turns_red(tmp_path, capsys):
    source = CHECKS.replace("[2.0, 4.0]", "[2.0, 4.001]").replace("EXPECTED", "4.0")
    path = compiled(source, tmp_path / "checks.vmfb", *VMVX)
    assert check_module([f"--module={path}", "--device=local-sync"]) == 1
    assert "index 1 as the lhs value 4 differs from the rhs value 4.001" in capsys.readouterr().out
