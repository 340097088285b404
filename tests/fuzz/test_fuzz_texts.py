"""The fuzzer of texts: where cases end, some edits of fixed programs, and that it finds what is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the fuzzer is a program of its own, not a package

from node_graphs import Nodes  # noqa: E402
from text_cases import run_text  # noqa: E402
from text_corpus import Program  # noqa: E402
from text_mutations import Editor  # noqa: E402
from text_parts import Parts  # noqa: E402

TOOL = HERE / "fuzz_texts.py"

TENSORS = """func.func @f(%x: tensor<2x3xf32>, %y: tensor<3xf32>) -> tensor<2xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %b = stablehlo.broadcast_in_dim %y, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
  %m = stablehlo.multiply %x, %b : tensor<2x3xf32>
  %r = stablehlo.reduce(%m init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}
"""
HOST = """func.func @f(%a: i32, %c: i1) -> i32 {
  %b = arith.constant 3 : i32
  %s = arith.addi %a, %b : i32
  %r = scf.if %c -> (i32) {
    scf.yield %s : i32
  } else {
    scf.yield %b : i32
  }
  return %r : i32
}
"""
PROGRAMS = (Program("tensors", TENSORS.encode()), Program("host", HOST.encode()))

BROKEN = f"""
import os, sys
sys.path[:0] = [{str(HERE)!r}]
import fuzz_texts, text_workers
run = text_workers.Cases.run
from text_cases import Case
def run_case(self, case, *rest):
    Case.run = (lambda self: None, raises, dies, grows, hangs, lambda self: None)[case]
    return run(self, case, *rest)
def raises(self):
    raise KeyError("an exception of another type")
def dies(self):
    os.abort()
def grows(self):
    bytes(4 << 30)
def hangs(self):
    while True:
        pass
text_workers.Cases.run = run_case
text_workers.Cases.warm_up = lambda self: None
sys.exit(fuzz_texts.main())
"""


@pytest.mark.parametrize(
    ("text", "stage", "refusal"),
    [
        (TENSORS, "results", ""),
        (HOST, "results", ""),
        (
            HOST.replace("%c: i1", "%c: i1, %d: vector<4xf32>"),
            "program",
            "fuzz.mlir:1:1: host code",
        ),
        (TENSORS.replace("%m init", "%none init"), "text", "fuzz.mlir:5:25: '%none' is used"),
        (TENSORS.removesuffix("}\n"), "text", "fuzz.mlir:6:"),
        (HOST + "\0", "text", "fuzz.mlir:11:1: unexpected character"),
    ],
    ids=["tensors", "host", "no host type", "no value", "no end", "no character"],
)
def test_where_a_program_ends(text: str, stage: str, refusal: str):
    outcome = run_text(Program("given", text.encode()), "vmvx", True, 20)
    assert not outcome.signature, outcome.detail
    assert outcome.stage == stage
    assert outcome.refusal.startswith(refusal) and bool(outcome.refusal) == bool(refusal)


def test_a_program_that_is_only_compiled_ends_as_a_module():
    assert run_text(PROGRAMS[1], "vmvx", False, 20).stage == "module"


@pytest.mark.parametrize(
    "make",
    [Parts(PROGRAMS, seed=1).make, lambda case: Editor(PROGRAMS).make(Random(case))],
    ids=["parts", "tokens"],
)
def test_edits_of_fixed_programs_are_refused_or_run(make):
    """The cases depend on the two programs alone, and most of them are no programs any more."""
    ends: Counter[str] = Counter()
    for case in range(100):
        edit, program = make(case)
        outcome = run_text(program, "vmvx", True, 20)
        assert not outcome.signature, f"{edit}: {outcome.detail}\n{program.text}"
        ends[outcome.stage] += 1
    assert ends["text"] >= 70 and ends["results"] >= 5, ends


def test_graphs_of_one_node_are_refused_by_name_or_run():
    nodes, ends = Nodes(seed=1), Counter[str]()
    for case in range(0, len(nodes.ops), 5):
        _, program = nodes.make(case)
        outcome = run_text(program, "vmvx", False, 20)
        assert not outcome.signature, f"{outcome.detail}\n{program.text}"
        ends[outcome.stage] += 1
    assert ends["module"] >= 5, ends


def fuzz(tool: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tool), "--no-tests", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_what_is_broken_is_found(tmp_path):
    """An exception, a process that dies, memory and time are findings, and the run goes on."""
    tool, programs = tmp_path / "broken.py", tmp_path / "programs"
    tool.write_text(BROKEN)
    programs.mkdir()
    for program in PROGRAMS:
        (programs / f"{program.name}.mlir").write_bytes(program.data)
    flags = ("--cases=6", "--patience=0.5", "--reduction=0", "--targets=vmvx")
    flags = (*flags, f"--corpus={programs}", f"--results={tmp_path / 'results.json'}")
    ran = fuzz(tool, *flags)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    kinds = (
        "KeyError in ",
        "the process died: SIGABRT",
        "MemoryError in ",
        "(TooLong in|no answer)",
    )
    for kind in kinds:
        assert re.search(rf"^finding: {kind}", ran.stdout, re.MULTILINE), ran.stdout
    again = fuzz(tool, *flags)
    assert again.returncode == 1
    assert again.stdout.count("finding: ") == 0
    assert "6 cases of 2 programs" in again.stdout
