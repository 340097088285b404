"""Prints one table of this project against upstream IREE, both measured now, in turn, on this
machine.

`python tests/benchmarks/bench.py` takes a few minutes; `--quick` makes the fewest runs that fill
the table, and names as arguments choose some of the measurements. A cell is a median with the
fastest and the slowest run; ratios are ours over the reference: below one, ours is faster. Seconds
are never asserted anywhere.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from measure import Row, table
from tables.calls import calls, matmul
from tables.compiles import cold_compiles, imports, warm_compile
from tables.effort import FULL, QUICK, Effort
from tables.first_results import first_results
from tables.large_constants import large_constants

MEASUREMENTS: dict[str, Callable[[Effort, Path], Iterator[Row]]] = {
    "cold_compiles": cold_compiles,
    "warm_compile": warm_compile,
    "imports": imports,
    "calls": calls,
    "matmul": matmul,
    "first_results": first_results,
    "large_constants": large_constants,
}
"""What can be measured, in the order of the table."""


def main() -> None:
    """Prints what was compared, then the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the fewest runs that fill the table")
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS], help="all by default")
    flags = parser.parse_args()
    effort = QUICK if flags.quick else FULL
    print(
        f"upstream IREE {version('iree-base-compiler')}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores; median (fastest .. slowest); ratio = ours / reference"
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            row
            for name in flags.names or MEASUREMENTS
            for row in MEASUREMENTS[name](effort, Path(folder))
        ]
    print(table(rows))


if __name__ == "__main__":
    main()
