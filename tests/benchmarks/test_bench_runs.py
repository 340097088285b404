"""The benchmarks run and fill their table; what they measure is for people to read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.interop
def test_quick_mode_fills_the_table():
    script = Path(__file__).with_name("bench.py")
    run = subprocess.run(
        [sys.executable, str(script), "--quick"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    rows = run.stdout.splitlines()[3:]
    assert len(rows) == 14
    for row in rows:
        assert re.search(r" [\d.e-]+x +[\d.e-]+x +1$", row), row
