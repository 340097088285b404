"""`ireelite.compiler`: compiling from Python under the names of IREE's package."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite import compiler
from ireelite.records import CompilationRecord

SOURCE = """
func.func @simple_mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
GRAPH = Path(__file__).parents[3] / "notebooks" / "data" / "simple_mul.pb"
A, B = np.float32([1, 2, 3, 4]), np.float32([5, 6, 7, 8])  # pyright: ignore
VMVX = {"target_backends": ["vmvx"]}


def runs(data):
    return ireelite.load(data).simple_mul(A, B).tolist() == (A * B).tolist()


def test_importing_it_loads_nothing_heavy():
    program = (
        "import sys, ireelite.compiler; "
        "print([name for name in ('numpy', 'xdsl', 'llvmlite') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert printed.stdout == "[]\n", printed.stderr


def test_text_and_files(tmp_path):
    path = tmp_path / "mul.mlir"
    path.write_text(SOURCE)
    assert runs(compiler.compile_str(SOURCE, **VMVX))
    assert runs(compiler.compile_str(SOURCE.encode(), **VMVX))
    assert runs(compiler.compile_file(path, **VMVX))
    assert runs(compiler.tools.compile_file(str(path), target_backends=["llvm-cpu", "vmvx"]))


def test_graphs():
    assert compiler.compile_file(GRAPH, **VMVX) and compiler.compile_str(GRAPH.read_bytes(), **VMVX)


def test_output_files(tmp_path):
    path = tmp_path / "mul.vmfb"
    assert compiler.compile_str(SOURCE, output_file=str(path), **VMVX) is None
    assert runs(path)


def test_output_formats():
    text = compiler.compile_str(SOURCE, output_format="mlir-text", **VMVX).decode()  # pyright: ignore
    assert "vm.module" in text and "loc(" in text
    options = {"output_format": compiler.OutputFormat.MLIR_TEXT, "output_mlir_debuginfo": False}
    assert "loc(" not in compiler.compile_str(SOURCE, **options, **VMVX).decode()  # pyright: ignore
    described = compiler.compile_str(SOURCE, output_format="flatbuffer_text", **VMVX)
    assert json.loads(described)["exported_functions"]  # pyright: ignore


def test_source_maps_can_be_left_out():
    full = compiler.compile_str(SOURCE, **VMVX)
    stripped = compiler.compile_str(SOURCE, strip_source_map=True, **VMVX)
    assert len(stripped) < len(full) and runs(stripped)  # pyright: ignore


def test_targets():
    assert compiler.query_available_targets() == ["llvm-cpu", "vmvx", "vulkan-spirv"]


def test_a_failure_shows_the_diagnostics_and_the_command():
    with pytest.raises(compiler.CompilerToolError) as caught:
        compiler.compile_str("func.func @f(", **VMVX)
    text = str(caught.value)
    assert text.startswith("Error invoking IREE compiler tool ireelite-compile\nError code: 1\n")
    assert "Diagnostics:\nINVALID_ARGUMENT; " in text and "core-input.mlir:1:14" in text
    assert "Invoked with:\n ireelite-compile " in text and "-backends=vmvx" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_backends": ["vmxv"]}, "no target 'vmxv'; did you mean 'vmvx'?"),
        ({}, "no target: name at least one"),
        ({"extra_args": ["--frobnicate"], **VMVX}, "unrecognized arguments: --frobnicate"),
        ({"extra_args": ["--mlir-timing"], **VMVX}, "use --print-passes"),
    ],
)
def test_what_the_tool_refuses(options, message):
    with pytest.raises(compiler.CompilerToolError) as caught:
        compiler.compile_str(SOURCE, **options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimize": False}, "optimize=False is not supported: there is one level"),
        ({"enable_benchmark": True}, "enable_benchmark=True is not supported"),
        ({"target_backends": "vmvx"}, "target_backends is a list"),
        ({"input_type": "tosa"}, "For input_type= argument, expected one of: NONE, AUTO"),
        ({"output_format": "elf"}, "For output_format= argument, expected one of: FLATBUFFER_"),
    ],
)
def test_options_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        compiler.compile_str(SOURCE, **options)


def test_names_of_options():
    assert compiler.InputType.parse("StableHLO") is compiler.InputType.STABLEHLO
    assert compiler.OutputFormat.parse("mlir-text") is compiler.OutputFormat.MLIR_TEXT
    assert str(compiler.InputType.TF) == "tf"
    assert compiler.CompilerOptions(input_type="none").input_type is compiler.InputType.NONE
    with pytest.raises(TypeError, match="unexpected keyword"):
        compiler.CompilerOptions(speed=11)  # pyright: ignore


def test_what_the_compiler_says_is_passed_on(capsys):
    compiler.compile_str(SOURCE, extra_args=["--print-passes"], **VMVX)
    assert "form-dispatches" in capsys.readouterr().err


def test_files_are_kept(tmp_path, monkeypatch):
    monkeypatch.delenv("IREE_SAVE_TEMPS", raising=False)
    assert not compiler.TempFileSaver().retained
    with compiler.TempFileSaver(tmp_path / "{id}") as saver:
        data = compiler.compile_str(SOURCE, **VMVX)
        compiler.compile_str(SOURCE, **VMVX)
    folder = tmp_path / str(os.getpid())
    assert saver.retained and saver.retained_path == str(folder)
    assert (folder / "core-input.mlir").read_text() == SOURCE
    assert (folder / "core-output.bin").read_bytes() == data
    assert (folder / "core-output_1.bin").exists()
    assert "ireelite-compile " in (folder / "core-command-line.txt").read_text()
    monkeypatch.setenv("IREE_SAVE_TEMPS", str(tmp_path / "all"))
    compiler.compile_str(SOURCE, **VMVX)
    assert (tmp_path / "all" / "core-output.bin").exists()


def test_it_compiles_in_this_process_without_files(tmp_path, monkeypatch):
    monkeypatch.delenv("IREE_SAVE_TEMPS", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.chdir(tmp_path)
    assert runs(compiler.compile_str(SOURCE, **VMVX))
    assert list(tmp_path.iterdir()) == []


def test_graphs_in_text_form():
    node = 'node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } '
    shape = 'attr { key: "shape" value { shape { dim { size: -1 } } } } }\n'
    text = f'# exported\n{node}{shape}node {{ name: "y" op: "Neg" input: "x" }}'
    arguments = ["--tf-input-shapes=x=4", "--compile-to=hlo"]
    printed = compiler.compile_str(text, extra_args=arguments, **VMVX)
    assert b"stablehlo.negate" in printed and b"tensor<4xf32>" in printed  # pyright: ignore


def test_further_flags_of_the_tool(tmp_path, capsys):
    record = tmp_path / "f.record"
    for stage, words in (("hlo", b"stablehlo.multiply"), ("ll-seq", b"iree_ll_seq.")):
        assert words in compiler.compile_str(SOURCE, extra_args=[f"--compile-to={stage}"], **VMVX)  # pyright: ignore
    compiler.compile_str(SOURCE, extra_args=[f"--record={record}"], **VMVX)
    assert CompilationRecord.load(record).source == "core-input.mlir"
    assert capsys.readouterr() == ("", "")


def test_files_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(compiler.CompilerToolError, match="NOT_FOUND; no file"):
        compiler.compile_file(tmp_path / "none.mlir", **VMVX)
    path = tmp_path / "out.vmfb"
    path.write_bytes(b"old")
    with pytest.raises(compiler.CompilerToolError, match="Error code: 1"):
        compiler.compile_str("func.func @f(", output_file=str(path), **VMVX)
    assert path.read_bytes() == b"old"


def test_a_fault_of_the_compiler_is_its_error(monkeypatch):
    def broken(*arguments, **options):
        raise KeyError("oh")

    monkeypatch.setattr("ireelite.importers.mlir.parse_module", broken)
    with pytest.raises(compiler.CompilerToolError, match="INTERNAL; KeyError: 'oh'; this is a fa"):
        compiler.compile_str(SOURCE, **VMVX)


def test_a_wrong_command_line_has_the_tools_usage():
    with pytest.raises(compiler.CompilerToolError) as caught:
        compiler.compile_str(SOURCE, extra_args=["--frobnicate"], **VMVX)
    assert "Error code: 2\nDiagnostics:\nireelite-compile: error: " in str(caught.value)
