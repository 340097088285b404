"""A module of a GiB of constants, loaded by both runtimes."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path

from measure import Row, interleaved, process_output

from tables.effort import Effort
from tables.toolchains import PYTHON


def large_constants(effort: Effort, folder: Path) -> Iterator[Row]:
    """A module of a GiB of constants loaded and called once, by both runtimes from one file."""
    script = str(Path(__file__).parents[1] / "large_module.py")
    file = str(folder / "large.vmfb")
    process_output([str(PYTHON), script, "write", file, str(effort.constants), "vmvx"])
    resident: dict[str, list[int]] = {"ours": [], "upstream": []}

    def load(runtime: str) -> float:
        measured = json.loads(process_output([str(PYTHON), script, "load", file, runtime]))
        resident[runtime].append(measured["resident"])
        return measured["seconds"]

    runs = interleaved(lambda: load("ours"), lambda: load("upstream"), min(effort.processes, 5))
    ours, theirs = (
        f"+{statistics.median(taken) / (1 << 20):.1f} MiB" for taken in resident.values()
    )
    size = effort.constants >> 20
    yield Row(
        f"{size} MiB of constants, load and first call, vmvx; {ours}",
        f"iree.runtime, the same file; {theirs}",
        *runs,
    )
