"""Some cases of the fuzzer of texts, in processes of its own; and that it finds what is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parent / "fuzz_texts.py"
TESTS = TOOL.parent.parent
FOLDERS = ("unit/dialects/texts", "e2e/host_programs", "e2e/tensor_programs", "lit/walkthrough")
"""Few programs, so that a new test elsewhere does not change the cases."""
CORPUS = ("--no-tests", *(f"--corpus={TESTS / folder}" for folder in FOLDERS))
BROKEN = f"""
import os, sys
sys.path[:0] = [{str(TOOL.parent)!r}]
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
sys.exit(fuzz_texts.main())
"""


def fuzz(*flags: str, tool: Path = TOOL) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tool), *CORPUS, *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_nothing_is_found():
    ran = fuzz("--cases=80", "--seed=7")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    rows = re.findall(r"^[a-z_ ]+?((?: +\d+){4})$", ran.stdout, re.MULTILINE)
    _, refused, compiled, interpreted = map(sum, zip(*(map(int, row.split()) for row in rows)))
    # How many texts are still programs depends on the programs that there are.
    assert refused + compiled + interpreted >= 4
    assert compiled >= 1


def test_what_is_broken_is_found(tmp_path):
    """An exception, a process that dies, memory and time are findings, and the run goes on."""
    tool = tmp_path / "broken.py"
    tool.write_text(BROKEN)
    results = tmp_path / "results.json"
    flags = ("--cases=6", "--patience=0.5", "--reduction=0", "--targets=vmvx")
    flags = (*flags, f"--results={results}")
    ran = fuzz(*flags, tool=tool)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    kinds = (
        "KeyError in ",
        "the process died: SIGABRT",
        "MemoryError in ",
        "(TooLong in|no answer)",
    )
    for kind in kinds:
        assert re.search(rf"^finding: {kind}", ran.stdout, re.MULTILINE), ran.stdout
    again = fuzz(*flags, tool=tool)
    assert again.returncode == 1
    assert again.stdout.count("finding: ") == 0
    assert "6 cases" in again.stdout
