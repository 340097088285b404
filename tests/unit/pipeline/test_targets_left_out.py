"""A default target that can't take a program is left out with a warning; a named one is an error."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import ireelite
from ireelite.compile_options import CompileOptions
from ireelite.importers.source import read_source
from ireelite.passes import Compilation
from ireelite.pipeline import encode, lower
from ireelite.program import compile_source
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module
from ireelite.targets.registry import TargetWarning, find_target
from ireelite.tools.compile import main as compile_main
from ireelite.tools.opt import main as opt_main


def two_dispatches(count: int) -> str:
    """A program whose second dispatch reads so many buffers."""
    parts = [f"%y{n}" for n in range(count)]
    declared = ", ".join(f"{part}: tensor<1xf64>" for part in parts)
    types = ", ".join(["tensor<1xf64>"] * count)
    result = f"tensor<{count}xf64>"
    return f"""\
func.func @main(%x: tensor<2x3xf32>, {declared}) -> (tensor<2xf32>, {result}) {{
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %a = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  %b = stablehlo.concatenate {", ".join(parts)}, dim = 0 : ({types}) -> {result}
  return %a, %b : tensor<2xf32>, {result}
}}
"""


COUNT = 33
TWO_DISPATCHES = two_dispatches(COUNT)
"""Every target takes the first dispatch; shaders do not take the second."""
ALL_TAKE = two_dispatches(3)


def test_the_module_has_the_targets_that_take_all_of_the_program():
    with pytest.warns(TargetWarning) as caught:
        program = compile_source(TWO_DISPATCHES)
    assert program.targets == ("llvm-cpu", "vmvx")
    assert set(program.left_out) == {"vulkan-spirv"}
    (message,) = (str(warning.message) for warning in caught)
    assert message.startswith("<memory>.mlir:4:8: 'main_rgn_dispatch_1' has 34 buffers; ")
    assert message.endswith("; target vulkan-spirv is left out of the module")
    without = "targets llvm-cpu, vmvx; without vulkan-spirv: <memory>.mlir:4:8: "
    assert without in repr(program)
    assert "iree.executable(SPIRV)" not in program.ir("executables")
    parts = np.arange(float(COUNT)).reshape(COUNT, 1)
    rows, whole = ireelite.load(program).main(np.ones((2, 3), np.float32), *parts)
    assert np.array_equal(rows, [3.0, 3.0]) and np.array_equal(whole, parts[:, 0])


def test_the_record_says_which_targets_are_in_and_why_others_are_not():
    with pytest.warns(TargetWarning):
        record = compile_source(TWO_DISPATCHES, record=True).record
    decisions = {row.facts["target"]: row for row in record.decisions("target")}
    assert {name: row.verdict for name, row in decisions.items()} == {
        "llvm-cpu": "taken",
        "vmvx": "taken",
        "vulkan-spirv": "left out",
    }
    assert "<memory>.mlir:4:8: 'main_rgn_dispatch_1' has" in decisions["vulkan-spirv"].reason
    assert decisions["vulkan-spirv"].pass_name == "translate-executables"


def test_the_module_is_that_of_the_remaining_targets():
    with pytest.warns(TargetWarning):
        assert (
            compile_source(TWO_DISPATCHES).data
            == compile_source(TWO_DISPATCHES, targets=["llvm-cpu", "vmvx"]).data
        )


def test_a_program_that_all_targets_take_has_no_warning():
    source = ALL_TAKE
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = compile_source(source)
    assert program.targets == ("llvm-cpu", "vmvx", "vulkan-spirv") and not program.left_out


def test_a_named_target_is_an_error():
    with pytest.raises(StatusError, match=r"^RESOURCE_EXHAUSTED; <memory>.mlir:4:8: 'main_"):
        compile_source(TWO_DISPATCHES, targets=["llvm-cpu", "vulkan-spirv"])


def refuse(monkeypatch, name: str, method: str, code: StatusCode) -> None:
    def fail(*_):
        raise StatusError(code, f"{name} has no room")

    monkeypatch.setattr(find_target(name), method, fail)


@pytest.mark.parametrize("code", [StatusCode.UNIMPLEMENTED, StatusCode.RESOURCE_EXHAUSTED])
@pytest.mark.parametrize("method", ["lower", "serialize"])
def test_a_refusal_of_any_step_leaves_the_target_out(monkeypatch, method, code):
    source = ALL_TAKE
    expected = compile_source(source, targets=["llvm-cpu", "vmvx"]).data
    refuse(monkeypatch, "vulkan-spirv", method, code)
    with pytest.warns(TargetWarning, match="vulkan-spirv has no room; target vulkan-spirv is left"):
        program = compile_source(source, record=True)
    assert program.data == expected
    assert [t.where.rpartition("/")[2] for t in program.record.instructions] == [
        "module",
        "LLVM",
        "IreeBytecode",
        "LLVM",
        "IreeBytecode",
    ]


def test_the_last_target_that_refuses_is_an_error(monkeypatch):
    for name in ("llvm-cpu", "vmvx", "vulkan-spirv"):
        refuse(monkeypatch, name, "serialize", StatusCode.UNIMPLEMENTED)
    with pytest.raises(StatusError) as caught:
        compile_source(ALL_TAKE)
    text = str(caught.value)
    assert "llvm-cpu has no room" in text and "no target remains" in text
    assert "target vmvx: " in text and "vulkan-spirv has no room" in text


def test_a_fault_of_a_target_is_no_refusal(monkeypatch):
    refuse(monkeypatch, "vulkan-spirv", "lower", StatusCode.INTERNAL)
    with pytest.raises(StatusError, match=r"^INTERNAL; .*vulkan-spirv has no room"):
        compile_source(ALL_TAKE)


def test_printed_executables_compile_to_the_same_bytes():
    options = CompileOptions()
    program, start = read_source(TWO_DISPATCHES).parse()
    lowered = lower(program, start, "executables", Compilation(options))
    text = print_module(lowered, locations=True)
    again = Compilation(options)
    data = encode(lower(parse_module(text), "executables", "vm", again), again)
    assert data == compile_source(TWO_DISPATCHES, targets=["llvm-cpu", "vmvx"]).data


def test_the_tools_print_the_warning(tmp_path, capsys):
    path = tmp_path / "f.mlir"
    path.write_text(TWO_DISPATCHES)
    kernels = tmp_path / "kernels.mlir"
    assert compile_main(["--compile-to=kernels", str(path), "-o", str(kernels)]) == 0
    assert capsys.readouterr().err == ""
    assert (
        opt_main(
            ["--pass-pipeline=schedule-kernels,translate-executables", str(kernels), "-o", "-"]
        )
        == 0
    )
    captured = capsys.readouterr()
    assert "iree.executable(LLVM)" in captured.out and "(SPIRV)" not in captured.out
    assert "ireelite-opt: warning: " in captured.err
    assert "target vulkan-spirv is left out of the module" in captured.err
    named = ["--iree-hal-target-backends=vulkan-spirv", str(path), "-o", str(tmp_path / "f.vmfb")]
    assert compile_main(named) == 1
    assert "ireelite-compile: error: RESOURCE_EXHAUSTED; " in capsys.readouterr().err
    assert not (tmp_path / "f.vmfb").exists()


def test_text_with_the_kernels_of_one_target_compiles_by_default():
    source = ALL_TAKE
    program = compile_source(source, targets=["vmvx"], strip_source_map=True)
    text = program.ir("schedules", elide=False)
    again = compile_source(text, strip_source_map=True)
    assert again.targets == ("vmvx",) and again.data == program.data
    with pytest.raises(StatusError, match="has no kernels for target llvm-cpu"):
        compile_source(text, targets=["llvm-cpu"])
