"""Each program of our end-to-end tests, compiled for VMVX, prints under upstream's
`iree-run-module` what it prints under ours, and upstream's `iree-dump-module` reads it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import ireelite
from ireelite.tools.run_module import main

pytestmark = [pytest.mark.interop, pytest.mark.slow]

TOOLS = Path(sys.executable).parent
E2E = Path(__file__).parents[1] / "e2e"
LISTED = (
    *("test_hlo_programs", "test_odd_programs", "test_tensor_inputs", "test_linalg_named_ops"),
    *("test_control_flow", "test_open_shapes", "test_tensorflow_graphs", "test_winograd"),
    *("test_extremes", "test_open_orders"),
)
"""Modules with a table of what they compile, `EVERY_PROGRAM`."""
BY_CONFORMANCE = (
    *("test_check_programs", "test_composed_programs", "test_control_flow", "test_data_movement"),
    "test_doubles",
    *("test_fourier", "test_functions", "test_jax_programs", "test_linear_algebra"),
    *(
        "test_body_reads",
        "test_declared_sizes",
        "test_globals",
        "test_known_shapes",
        "test_scalar_ops",
    ),
    *("test_loops_in_kernels", "test_rows_of_every_length", "test_updates_in_place"),
    *(
        "test_lapack_calls",
        "test_narrow_types",
        "test_older_calls",
        "test_random_control_flow",
        "test_shaped_calls",
    ),
    *("test_random_bits", "test_random_scatters", "test_random_schedules", "test_reductions"),
    *("test_sort", "test_threads_and_bits"),
    *("test_loops_by_data", "test_turns_of_host_loops"),
    *("test_tensorflow_constants", "test_tensorflow_ops", "test_top_k_and_scans", "test_windows"),
)
"""Modules whose ops upstream's runtime runs in the suites of `tests/conformance`."""
RANDOM = "test_random_programs"
HOST = "test_host_programs"
"""A module with programs in files, and what to call them with in comments."""


def load(stem: str) -> ModuleType:
    spec = spec_from_file_location(f"e2e_{stem}", E2E / f"{stem}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PROGRAMS: dict[str, tuple[Any, str, Sequence[Any]]] = {
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


@cache
def compiled(source: Any, **options: Any) -> bytes:
    """Our module of a program."""
    return ireelite.compile(source, **options).data


def same_output(
    module: bytes, function: str, inputs: Sequence[Any], folder: Path, capsys: Any
) -> None:
    """Both tools print the same for a call, and upstream's other tool knows the function."""
    (folder / "module.vmfb").write_bytes(module)
    arguments = [f"--module={folder}/module.vmfb", "--device=local-sync", f"--function={function}"]
    for index, value in enumerate(inputs):
        if isinstance(value, np.ndarray | np.generic):
            np.save(folder / f"{index}.npy", value)
            arguments.append(f"--input=@{folder}/{index}.npy")
        else:
            arguments.append(f"--input={value}")
    capsys.readouterr()
    assert main(arguments) == 0
    ours, theirs = capsys.readouterr().out, upstream("iree-run-module", *arguments)
    # Which sign a NaN has is nobody's promise.
    assert ours.replace("-NAN", "NAN") == theirs.replace("-NAN", "NAN")
    assert f"vm.func @{function}(" in upstream("iree-dump-module", f"{folder}/module.vmfb")


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_output(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, function, inputs = PROGRAMS[name]
    same_output(compiled(source, targets=("vmvx",)), function, inputs, tmp_path, capsys)


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
        same_output(compiled(text, targets=("vmvx",)), "main", inputs, tmp_path, capsys)

    check()


HOST_PROGRAMS = {program.name: program for program in load(HOST).ALL}


@pytest.mark.parametrize("name", HOST_PROGRAMS)
def test_host_programs(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that call other modules are only read: upstream's tools have nobody to be called."""
    program = HOST_PROGRAMS[name]
    module = compiled(program.text, execution_model="host-only")
    (tmp_path / "module.vmfb").write_bytes(module)
    assert "vm.func @" in upstream("iree-dump-module", str(tmp_path / "module.vmfb"))
    if "@ext." in program.text:
        return
    calls = {(call.function, call.arguments) for call in program.calls if call.failure is None}
    calls = [(f, a) for f, a in calls if all(isinstance(v, int | float) for v in a)]
    assert calls
    for function, arguments in sorted(calls):
        same_output(module, function, arguments, tmp_path, capsys)


def test_none_is_forgotten() -> None:
    """A module of end-to-end tests has its programs walked here, is about ops that the conformance
    suites run, or runs upstream's runtime itself.
    """
    forgotten = [
        file.stem
        for file in E2E.glob("test_*.py")
        if file.stem not in (*LISTED, *BY_CONFORMANCE, RANDOM, HOST)
        and not any(name in file.read_text() for name in ("iree-run-module", "iree.runtime"))
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
