"""Prints tables of this project against its peers, all measured now, in turn, on this machine.

`python tests/benchmarks/bench.py` prints the table of whole calls, against XLA and upstream IREE;
other tables are named as arguments, or `all`. `--quick` makes the fewest runs that fill a table,
`--programs=mul_4,softmax` chooses programs, `--json=FILE` keeps every time. XLA needs JAX:
`--jax=DIR` or `IREELITE_BENCH_JAX` names a directory that has it. A cell is a median; ratios are
ours over the reference: below one, ours is faster. Seconds are never asserted anywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from machine_rates import machine_rates
from measure import Row, summaries, table
from peers import JAX_VARIABLE
from tables.calls import calls, matmul
from tables.compiles import cold_compiles, imports, warm_compile
from tables.effort import FULL, QUICK, Effort
from tables.first_results import first_results
from tables.large_constants import large_constants
from tables.predictions import predictions
from tables.targets import dispatches, target_compiles, vmvx, webgpu
from tables.threads import threads
from tables.whole_calls import PROGRAMS, whole_call_table, whole_calls

MEASUREMENTS: dict[str, Callable[[Effort, Path], Iterator[Row]]] = {
    "cold_compiles": cold_compiles,
    "warm_compile": warm_compile,
    "imports": imports,
    "calls": calls,
    "matmul": matmul,
    "first_results": first_results,
    "large_constants": large_constants,
    "vmvx": vmvx,
    "webgpu": webgpu,
    "target_compiles": target_compiles,
    "dispatches": dispatches,
    "threads": threads,
    "predictions": predictions,
}
"""What can be measured beside whole calls, in the order of the table."""
WHOLE_CALLS = "whole_calls"


def main() -> None:
    """Prints what was compared, then the tables."""
    flags = _parser().parse_args()
    effort = replace(QUICK if flags.quick else FULL, programs=tuple(flags.programs))
    chosen = flags.names or [WHOLE_CALLS]
    if "all" in chosen:
        chosen = [WHOLE_CALLS, *MEASUREMENTS]
    record: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if WHOLE_CALLS in chosen:
            print(
                _whole_calls(
                    flags.programs or list(PROGRAMS), effort, Path(folder), flags.jax, record
                )
            )
        rows = [
            row
            for name in chosen
            if name != WHOLE_CALLS
            for row in MEASUREMENTS[name](effort, Path(folder))
        ]
    if rows:
        print(
            f"upstream IREE {version('iree-base-compiler')}, Python {platform.python_version()}, "
            f"{os.cpu_count()} cores; median (fastest .. slowest); ratio = ours / reference"
        )
        print("\n".join([table(rows), *summaries(rows)]))
        record["rows"] = [
            {"what": row.what, "reference": row.reference, "ours": row.ours, "theirs": row.theirs}
            for row in rows
        ]
    if flags.json:
        flags.json.write_text(json.dumps(record, indent=1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the fewest runs that fill the table")
    parser.add_argument(
        "--programs", type=_programs, default=[], help="NAME,NAME of the tables that have programs"
    )
    parser.add_argument("--json", type=Path, help="a file for every time that was measured")
    parser.add_argument(
        "--jax", default=os.environ.get(JAX_VARIABLE), help="a directory that has JAX"
    )
    names = [WHOLE_CALLS, *MEASUREMENTS, "all"]
    parser.add_argument("names", nargs="*", choices=[[], *names], help="whole_calls by default")
    return parser


def _programs(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in PROGRAMS:
            raise argparse.ArgumentTypeError(f"no program '{name}'; there are {' '.join(PROGRAMS)}")
    return names


def _whole_calls(
    names: Sequence[str], effort: Effort, folder: Path, jax: str | None, record: dict[str, Any]
) -> str:
    rates = machine_rates(effort.loads)
    programs = [PROGRAMS[name] for name in names]
    load_before = os.getloadavg()[0]
    rows = list(whole_calls(programs, effort, folder, jax))
    load = f"load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    record["machine"] = {
        "cores": os.cpu_count(),
        "copied_bytes_per_second": rates.copied_bytes,
        "multiplications_per_second": rates.multiplications,
        "load": load,
    }
    record["whole_calls"] = [row.record(rates) for row in rows]
    return (
        f"whole calls: ours from NumPy to NumPy, local-task with two threads; peers on their own "
        f"device arrays; medians; ratio = ours / fastest peer\n"
        f"upstream IREE {version('iree-base-compiler')}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, copies {rates.copied_bytes / 1e9:.1f} GB/s, multiplies "
        f"{rates.multiplications / 1e9:.1f} G/s; {load}\n{whole_call_table(rows, rates)}"
    )


if __name__ == "__main__":
    main()
