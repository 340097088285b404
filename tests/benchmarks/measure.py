"""Measuring two contestants side by side, and the table their ratios are printed in."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
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
    group: str = ""
    """Rows of one group have their geometric mean below the table."""

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


def process_seconds(command: Sequence[str], caches: Path | None = None) -> float:
    """Wall seconds of one fresh process; raises if it fails. See `process_output`."""
    start = time.perf_counter()
    process_output(command, caches)
    return time.perf_counter() - start


def process_output(command: Sequence[str], caches: Path | None = None) -> str:
    """What a fresh process prints, which finds Python's own modules compiled, as they are where they
    are installed, and the caches of the user in a folder; without one, they are empty. Raises if it
    fails.
    """
    with tempfile.TemporaryDirectory() as empty:
        place = str(caches or empty)
        environment = os.environ | {"XDG_CACHE_HOME": place, "HOME": place}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = _compiled().name
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{run.stderr}")
    return run.stdout


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    """Where processes keep compiled Python modules; the unmeasured first turn fills it."""
    return tempfile.TemporaryDirectory()


def call_seconds(function: Callable[[], object], calls: int) -> float:
    """Wall seconds of one call, averaged over a burst of them."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def readable(seconds: float) -> str:
    """`0.4321` -> `432.1 ms`."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def spread(seconds: Sequence[float]) -> str:
    """`9.4 µs (8.9 .. 12.1)`: the median, and the fastest and slowest run in its unit."""
    median = statistics.median(seconds)
    text = readable(median)
    scale, digits = (1.0, 2) if median >= 1 else (1e3, 1) if median >= 1e-3 else (1e6, 1)
    least, most = (f"{edge * scale:.{digits}f}" for edge in (min(seconds), max(seconds)))
    return f"{text} ({least} .. {most})"


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text: medians with their spread, and ours over the reference for medians
    and minima."""
    head = ("what", "ours", "reference", "reference", "ratio", "of minima", "runs")
    cells = [
        (
            row.what,
            spread(row.ours),
            row.reference,
            spread(row.theirs),
            f"{row.ratio_of_medians:.3g}x",
            f"{row.ratio_of_minima:.3g}x",
            str(len(row.ours)),
        )
        for row in rows
    ]
    return columns([head, *cells], {0, 2})


def summaries(rows: Sequence[Row]) -> list[str]:
    """Returns a line for each group of rows: the geometric mean of the ratios of medians, and the
    largest of them.
    """
    lines: list[str] = []
    for group in dict.fromkeys(row.group for row in rows if row.group):
        chosen = [row for row in rows if row.group == group]
        worst = max(chosen, key=lambda row: row.ratio_of_medians)
        mean = statistics.geometric_mean(row.ratio_of_medians for row in chosen)
        lines.append(
            f"{group}: geometric mean of {len(chosen)} ratios {mean:.3g}x; "
            f"largest {worst.ratio_of_medians:.3g}x, {worst.what}"
        )
    return lines


def columns(rows: Sequence[Sequence[str]], text_columns: set[int]) -> str:
    """Rows of cells under a head, the first of them; text to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

    def line(values: Sequence[str]) -> str:
        padded = (
            value.ljust(width) if index in text_columns else value.rjust(width)
            for index, (value, width) in enumerate(zip(values, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    head, *cells = rows
    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, cells)])


def tool(name: str, module: str, python: Path) -> list[str]:
    """The command of one of our tools: its script beside the interpreter, else its module."""
    script = python.parent / name
    return [str(script)] if script.exists() else [str(python), "-m", module]
