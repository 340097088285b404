"""How the tools end: Ctrl-C, faults, full outputs, and paths that are no files."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

import ireelite
from ireelite.status import StatusError
from ireelite.tools import endings

ROOT = Path(__file__).resolve().parents[3]
TOOLS = {
    "ireelite-check-module": ["--module={}"],
    "ireelite-compile": ["--iree-hal-target-backends=vmvx", "{}"],
    "ireelite-dump-module": ["{}"],
    "ireelite-opt": ["{}"],
    "ireelite-run-module": ["--module={}"],
}
"""Tool -> its command line for a file."""
SOURCE = """
func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %a, %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @host(%n: i32) -> i32 {
  return %n : i32
}
"""


def main(tool: str):
    return import_module(f"ireelite.tools.{tool[9:].replace('-', '_')}").main


def run(tool: str, path: object, capsys) -> tuple[int, str]:
    """The exit code and standard error."""
    code = main(tool)([text.format(path) for text in TOOLS[tool]])
    return code, capsys.readouterr().err


@pytest.fixture(scope="module")
def module() -> bytes:
    return ireelite.compile(SOURCE, targets=["vmvx", "vulkan-spirv"]).data


# -- paths ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", TOOLS)
def test_paths_that_are_no_files(tool, capsys, tmp_path):
    for path in (tmp_path, tmp_path / ("n" * 300), "m" * 5000, "nul\0byte", tmp_path / "none"):
        code, error = run(tool, path, capsys)
        assert code == 1 and error.count("\n") == 1, error
        assert "INTERNAL" not in error and "Traceback" not in error
        shown = str(path) if len(str(path)) < 100 else str(path)[:50]
        assert shown in error


@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_that_may_not_be_read(tool, capsys, tmp_path, monkeypatch):
    path = tmp_path / "file.mlir"
    path.write_bytes(b"")

    def denied(*arguments, **keywords):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)
    monkeypatch.setattr("ireelite.files.open", denied, raising=False)
    code, error = run(tool, path, capsys)
    assert code == 1 and "Permission denied" in error and "INTERNAL" not in error


# -- faults and interruptions -----------------------------------------------------------------------


def fail_with(error: BaseException, capsys) -> tuple[int, str]:
    def work() -> int:
        raise error

    code = endings.exit_code("tool", work, lambda status: print(status, file=sys.stderr))
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (KeyError("x"), "INTERNAL; KeyError: 'x'; this is a fault of tool, please report it with"),
        (RecursionError("too\ndeep"), "INTERNAL; RecursionError: too; this is a fault of tool"),
        (AssertionError(), "INTERNAL; AssertionError: ; this is a fault of tool"),
        (MemoryError(), "RESOURCE_EXHAUSTED; there is not enough memory"),
        (OSError(28, "No space left on device"), "UNAVAILABLE; can't use a stream: No space left"),
        (PermissionError(13, "Permission denied", "f"), "PERMISSION_DENIED; can't use 'f': Perm"),
    ],
)
def test_every_error_is_one_line(error, line, capsys, monkeypatch):
    monkeypatch.delenv(endings.TRACEBACK, raising=False)
    code, printed = fail_with(error, capsys)
    assert code == 1 and printed.startswith(line) and printed.count("\n") == 1


def test_a_variable_asks_for_the_traceback(capsys, monkeypatch):
    monkeypatch.setenv(endings.TRACEBACK, "1")
    code, printed = fail_with(KeyError("x"), capsys)
    assert code == 1 and "Traceback (most recent call last)" in printed
    assert "in work" in printed


@pytest.mark.parametrize("tool", TOOLS)
def test_a_fault_of_a_tool_asks_for_a_report(tool, capsys, monkeypatch, tmp_path, module):
    path = tmp_path / ("file.mlir" if tool in ("ireelite-compile", "ireelite-opt") else "m.vmfb")
    path.write_bytes(SOURCE.encode() if path.suffix == ".mlir" else module)

    def broken(*arguments, **keywords):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("ireelite.syntax.parser.parse_module", broken)
    monkeypatch.setattr("ireelite.importers.mlir.parse_module", broken)
    monkeypatch.setattr("ireelite.tools.dump_module.describe_module", broken)
    monkeypatch.setattr("ireelite.vm.bytecode_module.BytecodeModule.from_bytes", broken)
    code, error = run(tool, path, capsys)
    assert code == 1 and "INTERNAL; ZeroDivisionError: oh; " in error
    assert f"this is a fault of {tool}, please report it" in error and error.count("\n") == 1


def test_an_interruption_is_one_line(capsys):
    code, printed = fail_with(KeyboardInterrupt(), capsys)
    assert (code, printed) == (130, "tool: interrupted\n")


INTERRUPTED_IMPORT = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.argv[0] = {tool!r}
sys.modules.pop({name!r}, None)
sys.meta_path.insert(0, Interrupting())
from {module} import main
"""
"""Begins as a tool's script does, and is interrupted when it imports a module."""


@pytest.mark.parametrize("name", ["typing", "ireelite.status", "argparse"])
@pytest.mark.parametrize("tool", ["ireelite-compile", "ireelite-workbench"])
def test_an_interruption_of_imports_is_one_line(tool, name):
    module = "workbench.tool" if tool == "ireelite-workbench" else "ireelite.tools.compile"
    code = INTERRUPTED_IMPORT.format(name=name, tool=tool, module=module)
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (130, f"{tool}: interrupted\n")


def test_other_programs_keep_their_interruptions():
    code = INTERRUPTED_IMPORT.format(name="argparse", tool="mine", module="ireelite.tools.compile")
    code = (
        f"try:\n {code.replace(chr(10), chr(10) + ' ')}\nexcept KeyboardInterrupt:\n print('mine')"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (process.returncode, process.stdout, process.stderr) == (0, "mine\n", "")


MATMUL = """
func.func @long(%a: tensor<1500x1500xf32>) -> tensor<1500x1500xf32> {
  %0 = stablehlo.dot_general %a, %a, contracting_dims = [1] x [0]
    : (tensor<1500x1500xf32>, tensor<1500x1500xf32>) -> tensor<1500x1500xf32>
  return %0 : tensor<1500x1500xf32>
}
"""
"""Minutes of work in bytecode."""


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_ctrl_c_ends_a_tool_with_130(device, tmp_path):
    """Also while a thread of the device is in the middle of a dispatch."""
    path = tmp_path / "long.vmfb"
    path.write_bytes(ireelite.compile(MATMUL, targets=["vmvx"]).data)
    flags = [f"--module={path}", f"--device={device}", "--input=1500x1500xf32=1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ireelite.tools.run_module", *flags],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"EXEC @long\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == b"ireelite-run-module: interrupted\n"


@pytest.mark.parametrize("tool", ["ireelite-opt", "ireelite-dump-module"])
def test_a_full_standard_output_is_an_error(tool, tmp_path, module):
    path = tmp_path / ("f.mlir" if tool == "ireelite-opt" else "m.vmfb")
    path.write_bytes(SOURCE.encode() if path.suffix == ".mlir" else module)
    name = f"ireelite.tools.{tool[9:].replace('-', '_')}"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", name, str(path)],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"UNAVAILABLE; can't use a stream: No space left on device" in done.stderr
    assert done.stderr.count(b"\n") == 1


# -- damaged modules --------------------------------------------------------------------------------


def damaged(data: bytes, choose: random.Random) -> bytes:
    """The data with one to four places overwritten, inserted or cut."""
    result = bytearray(data)
    for _ in range(choose.choice([1, 1, 2, 4])):
        at = choose.randrange(choose.choice([len(result), min(4000, len(result))]))
        match choose.randrange(5):
            case 0:
                result[at] ^= 1 << choose.randrange(8)
            case 1:
                result[at] = choose.choice([0, 1, 127, 128, 255])
            case 2:
                word = choose.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data)])
                result[at & ~3 : (at & ~3) + 4] = word.to_bytes(4, "little")
            case 3:
                result[at:at] = result[at : at + choose.randrange(1, 64)]
            case _:
                del result[at : at + choose.randrange(1, 64)]
    return bytes(result)


@pytest.mark.parametrize("output", ["all", "flatbuffer-json"])
def test_a_damaged_module_is_dumped_or_refused(output, module, capsysbinary, tmp_path):
    from ireelite.tools.dump_module import main as dump

    choose, path = random.Random(7), tmp_path / "module.vmfb"
    codes: set[int] = set()
    for _ in range(250):
        path.write_bytes(damaged(module, choose))
        codes.add(dump([f"--output={output}", "--bytecode_offsets", str(path)]))
        printed = capsysbinary.readouterr().err
        assert b"INTERNAL" not in printed, printed
    assert codes == {0, 1}


def test_an_instruction_beyond_a_table_is_named(module):
    from dataclasses import replace

    from ireelite.bytecode.decode import decode_module
    from ireelite.bytecode.disassemble import disassemble_module

    definition = decode_module(module)
    for field, words in (("imports", "names import "), ("types", "names type ")):
        with pytest.raises(StatusError, match=f"DATA_LOSS; an instruction {words}"):
            disassemble_module(replace(definition, **{field: []}))
