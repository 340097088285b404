"""The benchmarks run and fill their tables; what they measure is for people to read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("bench.py")


def ran(*flags: str) -> list[str]:
    """The lines of a run with the fewest runs."""
    run = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick", *flags],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


@pytest.mark.interop
def test_whole_calls_have_their_columns(tmp_path):
    file = tmp_path / "times.json"
    lines = ran("--programs=mul_4", f"--json={file}")
    head, row = lines[2], lines[4]
    for column in ("ours", "ratio", "goal", "met", "XLA", "IREE local-sync", "NumPy", "share"):
        assert column in head
    assert re.match(r"mul_4 +\S+ µs +[\d.]+ +0.25 +(yes|NO) ", row), row
    assert lines[5].startswith("geometric mean of 1 of the 24 named programs: ")
    (program,) = json.loads(file.read_text())["whole_calls"]
    assert len(program["ours"]) == len(program["on_device"]["IREE local-task"]) == 1


@pytest.mark.interop
def test_quick_mode_fills_the_table():
    names = "cold_compiles warm_compile imports calls matmul first_results large_constants".split()
    rows = ran(*names)[3:]
    assert len(rows) == 16
    for row in rows:
        assert re.search(r" [\d.e-]+x +[\d.e-]+x +1$", row), row


@pytest.mark.interop
def test_tables_of_targets_take_the_programs_that_are_named():
    lines = ran("vmvx", "webgpu", "target_compiles", "--programs=mul_4")[3:]
    rows, means = lines[:8], lines[8:]
    calls = ["vmvx"] * 3 + ["webgpu"]
    compilations = ["vmvx", "llvm-cpu", "vulkan-spirv", "three"]
    assert [re.split("[, ]+", row)[1] for row in rows] == calls + compilations
    for row in rows:
        assert re.search(r" [\d.e-]+x +[\d.e-]+x +1$", row), row
    assert len(means) == 3 + 1 + 3  # ours and upstream's modules, shaders, compiles of each target
    for line in means:
        assert re.search(r": geometric mean of 1 ratios ([\d.e-]+x); largest \1, mul_4, ", line)


def test_the_table_of_threads_has_the_tail_of_a_run_and_two_callers():
    rows = ran("threads", "--programs=mul_1M")[3:]
    assert re.match(r"mul_1M, a core busy, 9 in 10 calls \(\d+ waits, \d+ alone\) ", rows[0])
    assert rows[1].startswith("mul_1M, two forks in two threads ") and len(rows) == 2


def test_the_table_of_predictions_has_a_row_for_each_program():
    *rows, mean = ran("predictions", "--programs=mul_4096,scatter_add_64k")[3:]
    assert mean.startswith("predictions: geometric mean of 2 ratios ")
    assert [row.split(",")[0] for row in rows] == ["mul_4096", "scatter_add_64k"]
    for row in rows:
        assert re.search(r" [\d.e-]+x +[\d.e-]+x +1$", row), row
