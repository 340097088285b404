"""Each program of our end-to-end tests, compiled for VMVX, prints under upstream's
`iree-run-module` what it prints under ours, and upstream's `iree-dump-module` reads it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import ireelite
from ireelite.tools.run_module import main

pytestmark = pytest.mark.interop

TOOLS = Path(sys.executable).parent
E2E = Path(__file__).parents[1] / "e2e"
LISTED = ("test_hlo_programs", "test_tensorflow_graphs")
"""Modules with a table of what they compile, `EVERY_PROGRAM`."""
RANDOM = "test_random_programs"


def load(stem: str) -> ModuleType:
    spec = spec_from_file_location(f"e2e_{stem}", E2E / f"{stem}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PROGRAMS: dict[str, tuple[Any, str, Sequence[np.ndarray]]] = {
    f"{stem}: {name}": program
    for stem in LISTED
    for name, program in load(stem).EVERY_PROGRAM.items()
}


def upstream(tool: str, *arguments: str) -> str:
    """What a tool of upstream's prints."""
    environment = os.environ | {"XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp")}
    ran = subprocess.run(
        [TOOLS / tool, *arguments], capture_output=True, text=True, timeout=120, env=environment
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def same_output(
    source: Any, function: str, inputs: Sequence[np.ndarray], folder: Path, capsys: Any
) -> None:
    module = ireelite.compile(source, targets=["vmvx"]).save(folder / "module.vmfb")
    arguments = [f"--module={module}", "--device=local-sync", f"--function={function}"]
    for index, array in enumerate(inputs):
        np.save(folder / f"{index}.npy", array)
        arguments.append(f"--input=@{folder}/{index}.npy")
    capsys.readouterr()
    assert main(arguments) == 0
    assert capsys.readouterr().out == upstream("iree-run-module", *arguments)
    assert f"vm.func @{function}(" in upstream("iree-dump-module", str(module))


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_output(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same_output(*PROGRAMS[name], tmp_path, capsys)


def test_same_output_of_random_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    @settings(
        max_examples=10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(load(RANDOM).programs())
    def check(case: tuple[str, list[np.ndarray], list[np.ndarray]]) -> None:
        text, inputs, _ = case
        same_output(text, "main", inputs, tmp_path, capsys)

    check()


def test_none_is_forgotten() -> None:
    """A module of end-to-end tests has its table walked here, or asks upstream itself."""
    forgotten = [
        file.stem
        for file in E2E.glob("test_*.py")
        if file.stem not in (*LISTED, RANDOM) and "iree-run-module" not in file.read_text()
    ]
    assert forgotten == []


@pytest.mark.parametrize("stem", LISTED)
def test_what_is_compiled_is_in_the_table(stem: str) -> None:
    """Each call of `ireelite.compile` is given a name or an expression, never a text of its own."""
    tree = ast.parse((E2E / f"{stem}.py").read_text())
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ireelite.compile"
    ]
    assert calls
    assert not [
        ast.unparse(c) for c in calls if isinstance(c.args[0], ast.Constant | ast.JoinedStr)
    ]
