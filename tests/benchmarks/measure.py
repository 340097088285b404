"""Measuring two contestants side by side, and the table their ratios are printed in."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured,
    and the seconds of each run of ours and of the reference.
    """

    what: str
    reference: str
    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio_of_medians(self) -> float:
        """Ours over the reference; below one, ours is faster."""
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def ratio_of_minima(self) -> float:
        """The same of the fastest runs, which other load on the machine disturbs least."""
        return min(self.ours) / min(self.theirs)


def interleaved(
    ours: Callable[[], float], theirs: Callable[[], float], runs: int
) -> tuple[list[float], list[float]]:
    """Calls both in turn, so that a slow moment meets both; one unmeasured turn comes first."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(runs)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def process_seconds(command: Sequence[str]) -> float:
    """Wall seconds of one fresh process that finds every cache of the user empty;
    raises if it fails.
    """
    with tempfile.TemporaryDirectory() as empty:
        environment: Mapping[str, str] = os.environ | {"XDG_CACHE_HOME": empty, "HOME": empty}
        start = time.perf_counter()
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{run.stderr}")
    return seconds


def call_seconds(function: Callable[[], object], calls: int) -> float:
    """Wall seconds of one call, averaged over a burst of them."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def readable(seconds: float) -> str:
    """`0.4321` -> `432.1 ms`."""
    if seconds >= 1:
        return f"{seconds:.2f} s "
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text: medians, minima, and ours over the reference for both."""
    head = ("what", "median", "min", "reference", "median", "min", "ratio", "of minima", "runs")
    cells = [
        (
            row.what,
            readable(statistics.median(row.ours)),
            readable(min(row.ours)),
            row.reference,
            readable(statistics.median(row.theirs)),
            readable(min(row.theirs)),
            f"{row.ratio_of_medians:.3g}x",
            f"{row.ratio_of_minima:.3g}x",
            str(len(row.ours)),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    text_columns = (0, 3)

    def line(values: Sequence[str]) -> str:
        padded = (
            value.ljust(width) if index in text_columns else value.rjust(width)
            for index, (value, width) in enumerate(zip(values, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, cells)])


def tool(name: str, module: str, python: Path) -> list[str]:
    """The command of one of our tools: its script beside the interpreter, else its module."""
    script = python.parent / name
    return [str(script)] if script.exists() else [str(python), "-m", module]
