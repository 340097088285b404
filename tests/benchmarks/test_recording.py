"""The benchmark of recording runs and prints its figures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_the_figures_are_printed():
    script = Path(__file__).with_name("recording.py")
    run = subprocess.run(
        [sys.executable, str(script), "20"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    cost, size, *queries = run.stdout.splitlines()[:-4]
    calls = run.stdout.splitlines()[-4:]
    assert re.search(r"with a record [\d.]+ s: [+-]\d+%$", cost)
    assert re.search(r"^\d+ nodes, [\d.]+ bytes a node", size)
    assert len(queries) == 6 and all(line.endswith(" ms") for line in queries)
    assert all(re.search(r"recording adds -?[\d.]+ us$", line) for line in calls)
