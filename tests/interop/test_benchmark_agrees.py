"""`ireelite-benchmark-module` prints what upstream's tool prints, but for the times."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ireelite
from ireelite.tools.benchmark_module import main

pytestmark = pytest.mark.interop

TEXT = """
func.func @f() -> tensor<4xf32> {
  %0 = stablehlo.constant dense<1.0> : tensor<4xf32>
  %1 = stablehlo.sine %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func @mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %1 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %1 : tensor<4xf32>
}
"""
MUL = ["--function=mul", "--input=4xf32=1", "--input=4xf32=2"]
COMMANDS = {
    "all functions": [],
    "repetitions": [*MUL, "--benchmark_repetitions=2"],
    "aggregates": [*MUL, "--benchmark_repetitions=2", "--benchmark_report_aggregates_only"],
    "table of counters": [*MUL, "--benchmark_counters_tabular", "--time_unit=ns"],
    "csv": [*MUL, "--benchmark_format=csv", "--benchmark_repetitions=2"],
    "batches": [*MUL, "--batch_size=3"],
    "results": [*MUL, "--enable_output_processing", "--output=-"],
    "colors": [*MUL, "--benchmark_color=true"],
    "names": ["--benchmark_list_tests"],
    "no row": ["--benchmark_filter=nothing"],
}


def without_numbers(text: str) -> list[str]:
    """The lines with each time and rate as `N`, and blanks as one."""
    lines = [
        re.sub(r"\d+(\.\d+)?(e[-+]\d+)?[kMGmun]?(?![\w;])", "N", line) for line in text.splitlines()
    ]
    return [re.sub(" +", " ", line) for line in lines]


def structure(value: Any) -> Any:
    """Keys, texts and the types of numbers."""
    if isinstance(value, dict):
        return {key: structure(each) for key, each in value.items()}
    return value if isinstance(value, str) else type(value).__name__


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Runs both tools over one module: a pair of exit code and stdout."""
    file = tmp_path_factory.mktemp("module") / "m.vmfb"
    ireelite.compile(TEXT, targets=["vmvx"]).save(file)
    upstream = Path(sys.executable).parent / "iree-benchmark-module"

    def run(flags, capsys):
        flags = [f"--module={file}", "--device=local-sync", "--benchmark_min_time=2x", *flags]
        theirs = subprocess.run(
            [str(upstream), *flags], capture_output=True, text=True, check=False
        )
        capsys.readouterr()
        code = main(flags)
        return (code, capsys.readouterr().out), (theirs.returncode, theirs.stdout)

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_forms_agree(both, capsys, command):
    (code, ours), (their_code, theirs) = both(COMMANDS[command], capsys)
    assert code == their_code == 0
    assert without_numbers(ours) == without_numbers(theirs)


def test_json_agrees(both, capsys):
    flags = [*MUL, "--benchmark_format=json", "--benchmark_repetitions=2"]
    (_, ours), (_, theirs) = both(flags, capsys)
    ours, theirs = json.loads(ours), json.loads(theirs)
    assert list(ours["context"]) == list(theirs["context"])
    assert [structure(row) for row in ours["benchmarks"]] == [
        structure(row) for row in theirs["benchmarks"]
    ]


def test_a_failing_call_agrees(both, capsys):
    (code, ours), (their_code, theirs) = both(MUL[:2], capsys)
    assert code == their_code == 1
    assert ours.splitlines()[:3] == theirs.splitlines()[:3]
    message = "input list and function mismatch; expected 2 arguments but passed 1"
    for out in (ours, theirs):
        assert re.search(
            rf"BM_mul/process_time/real_time ERROR OCCURRED: '.*INVALID_ARGUMENT; {message}'", out
        )
