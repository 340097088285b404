"""A dynamic module under a program that upstream's compiler has compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ireelite
from ireelite.modules.dynamic.build import build_dynamic_module
from ireelite.tools import run_module

pytestmark = pytest.mark.interop

COMPILER = Path(sys.executable).parent / "iree-compile"
RUNNER = COMPILER.with_name("iree-run-module")
SAMPLE = Path(__file__).resolve().parents[2] / "notebooks" / "samples" / "custom_module"
LINES = "CREATE 5xi8=0 1 2 3 4\nPRINT 5xi8=0 1 2 3 4\n"


@pytest.fixture(scope="module")
def custom_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample in C++, built."""
    output = tmp_path_factory.mktemp("sample") / "custom_module.so"
    return build_dynamic_module(SAMPLE / "custom_module.cc", output)


@pytest.mark.parametrize("target", ["vmvx", "llvm-cpu"])
def test_the_sample(
    custom_module: Path, tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
):
    program = tmp_path / "example.vmfb"
    command = [COMPILER, f"--iree-hal-target-backends={target}", SAMPLE / "example.mlir"]
    subprocess.run([*command, "-o", program], check=True, capture_output=True)
    modules = [f"--module={custom_module}@create_custom_module", f"--module={program}"]
    assert run_module.main([*modules, "--function=main"]) == 0
    assert capsys.readouterr() == (f"EXEC @main\n{LINES}", "")
    assert run_module.main([*modules, "--function=error"]) == 1
    assert capsys.readouterr().err.startswith(
        "UNKNOWN; Forced failure; while invoking native function custom.error; while calling import"
    )
    loaded = ireelite.load(f"{custom_module}@create_custom_module", program)
    string = loaded.make([1, 2, 3])
    loaded.print(string)
    assert capsys.readouterr().out == "CREATE 3xi8=1 2 3\nPRINT 3xi8=1 2 3\n"


def test_a_program_in_front_of_its_module(
    custom_module: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    program = tmp_path / "example.vmfb"
    command = [COMPILER, "--iree-hal-target-backends=vmvx", SAMPLE / "example.mlir"]
    subprocess.run([*command, "-o", program], check=True, capture_output=True)
    modules = [f"--module={program}", f"--module={custom_module}@create_custom_module"]
    assert run_module.main([*modules, "--function=string.print"]) == 1
    assert "NOT_FOUND; required module 'custom' not available" in capsys.readouterr().err


def test_upstream_refuses_our_libraries(custom_module: Path):
    """It calls what it is told to call, with arguments of its own: no reason to crash."""
    modules = [f"--module={custom_module}@create_custom_module", "--function=custom.error"]
    ran = subprocess.run([RUNNER, *modules], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert ran.stderr.startswith("UNIMPLEMENTED; ") and str(custom_module) in ran.stderr
