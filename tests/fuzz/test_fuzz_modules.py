"""A few thousand cases of the fuzzer, in a process of its own; and that it can find something."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parent / "fuzz_modules.py"
BROKEN = """
import sys
sys.argv[0] = {tool!r}
sys.path[:0] = [{folder!r}]
{change}
import fuzz_modules
sys.exit(fuzz_modules.main())
"""


def fuzz(*flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_nothing_is_found(tmp_path):
    ran = fuzz("--cases=2400", "--seed=20", f"--keep={tmp_path}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    past, runs = map(float, re.findall(r"([\d.]+)% (?:past|ran)", ran.stdout))
    assert past >= 50
    assert runs >= 5
    met, there = map(int, re.findall(r"verifier: (\d+) of (\d+) refusals met", ran.stdout)[0])
    assert met / there > 0.7


@pytest.mark.parametrize(
    "change",
    [
        "from ireelite.bytecode import decode; decode._broken = lambda why: 1 // 0",
        "from ireelite.vm import frame; frame.EFFECTS['const.i32'] = lambda frame, row: "
        "frame.write('i', row.operands[1], 5)",
    ],
    ids=["an exception of another type", "engines that disagree"],
)
def test_what_is_broken_is_found(tmp_path, change):
    """The fuzzer would notice."""
    script = BROKEN.format(tool=str(TOOL), folder=str(TOOL.parent), change=change)
    flags = ["--cases=90", "--no-upstream", f"--keep={tmp_path}"]
    command = [sys.executable, "-c", script, *flags]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "finding in case" in ran.stdout
