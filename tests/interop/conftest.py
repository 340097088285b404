"""Runs `upstream_suite.py` for tests."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
SUMMARY = re.compile(
    r"(\d+) files, (\d+) functions, (\d+) checks; (\d+) files failed with (\d+) failures; "
    r"(\d+) files not compiled"
)


class Counts(NamedTuple):
    """The last line that the suite prints, its exit code, and all that it printed."""

    files: int
    functions: int
    checks: int
    failed_files: int
    failures: int
    not_compiled: int
    code: int
    output: str


def written(files: list[Path]) -> tuple[int, int]:
    """How many functions and checks stand in files."""
    text = "\n".join(file.read_text() for file in files)
    return text.count("func.func @"), text.count("  check.expect_")


def suite(folder: Path, target: str, modules: Path, *flags: str) -> Counts:
    """Runs the suite on a folder of programs; compiled modules stay in `modules`."""
    command = [sys.executable, str(HERE / "upstream_suite.py"), str(folder), "--jobs=1"]
    command += ["--verbose", f"--target={target}", f"--modules={modules}", *flags]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=HERE.parents[1])
    found = SUMMARY.search(ran.stdout)
    assert found is not None, ran.stdout + ran.stderr
    return Counts(*map(int, found.groups()), ran.returncode, ran.stdout)


@pytest.fixture(scope="session")
def run_suite() -> Callable[..., Counts]:
    return suite


@pytest.fixture(scope="session")
def check_programs() -> Callable[..., None]:
    """Runs our programs for a target: all of them pass, but for files that upstream cannot compile;
    every function and every check that is written in them runs.
    """

    def check(target: str, modules: Path, not_compiled: tuple[str, ...] = ()) -> None:
        files = [file for file in PROGRAMS.glob("*.mlir") if file.stem not in not_compiled]
        counts = suite(PROGRAMS, target, modules)
        assert (counts.code, counts.failures) == (0, 0), counts.output
        assert (counts.files, counts.not_compiled) == (len(files), len(not_compiled))
        assert (counts.functions, counts.checks) == written(files)

    return check
