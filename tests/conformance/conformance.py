"""Runs upstream's and StableHLO's own tests, and ours, on every target, and prints a table.

    python tests/conformance/conformance.py --upstream=DIR --stablehlo=DIR

Without the checkouts our own programs run, and what is left out is listed. The exit code is 1 if a
file fails that `expected.txt` says passes.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from threading import local

from pool import Worker
from suites import COLUMNS, HERE, ProgramFile, suites

EXPECTED = HERE / "expected.txt"
MISSING = {
    "upstream": "IREE's tests (UPSTREAM=DIR names a checkout of IREE)",
    "stablehlo": "StableHLO's interpreter tests (STABLEHLO=DIR names a checkout of StableHLO)",
}

Result = dict[str, object]
"""`file`, `suite`, `column`, `cases` and `seconds` of one file in one column."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns the exit code."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    generated = options.results.with_suffix(".generated")
    number, seed = options.random, options.seed
    files = suites(options.upstream, options.stablehlo, generated, number, seed, options.filter)
    wanted = [f for f in files if options.filter in f.name]
    columns = options.targets.split(",") if options.targets else list(COLUMNS)
    for column in columns:
        if column not in COLUMNS:
            raise SystemExit(f"no column '{column}'; there are: {', '.join(COLUMNS)}")
    known = read_results(options.results) if options.resume else {}
    jobs = [
        (file, column)
        for file in wanted
        if not file.left_out
        for column in columns
        if (file.name, column) not in known
    ]
    results = {**known, **run_all(jobs, options)}
    missing = sum((file.name, column) not in results for file, column in jobs)
    shown = [
        r for r in results.values() if options.filter in str(r["file"]) and r["column"] in columns
    ]
    text = report(shown, wanted, columns)
    if missing:
        text += f"\ninterrupted: {missing} of {len(jobs)} did not run (--resume runs them)"
    for name, what in MISSING.items():
        if getattr(options, name) is None:
            text += f"\nleft out: {what}"
    print(text)
    if options.table:
        options.table.write_text(text + "\n")
    if options.update_expected:
        update_expected(results.values())
    broken = unexpected(results.values())
    for name, column in broken:
        print(f"FAILED, and is expected to pass: {name} on {column}")
    return int(bool(broken or missing))


def parser() -> argparse.ArgumentParser:
    """The flags."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    flags.add_argument("--upstream", type=folder, help="a checkout of IREE")
    flags.add_argument("--stablehlo", type=folder, help="a checkout of StableHLO")
    flags.add_argument("--filter", default="", help="only files whose suite/name has this in it")
    flags.add_argument("--targets", help=f"columns, separated by commas: {','.join(COLUMNS)}")
    flags.add_argument("--jobs", type=int, default=2, help="processes at one time")
    flags.add_argument("--timeout", type=float, default=120, help="seconds for one function")
    flags.add_argument(
        "--results",
        type=Path,
        default=Path("build/conformance.jsonl"),
        help="results as JSON lines",
    )
    flags.add_argument("--random", type=int, default=8, help="files of random programs")
    flags.add_argument("--seed", type=int, default=1, help="the first random program")
    flags.add_argument("--resume", action="store_true", help="keep the results that are there")
    flags.add_argument("--table", type=Path, help="also write the table to this file")
    flags.add_argument(
        "--update-expected", action="store_true", help=f"let {EXPECTED.name} list what passes now"
    )
    return flags


def folder(text: str) -> Path | None:
    """A directory; nothing for an empty text."""
    if not text:
        return None
    path = Path(text).resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"'{text}' is no directory")
    return path


# -- running -------------------------------------------------------------------------------------------


def run_all(
    jobs: Sequence[tuple[ProgramFile, str]], options: argparse.Namespace
) -> dict[tuple[str, str], Result]:
    """Runs jobs in worker processes, and appends each result to the file of results. An interrupt,
    or a signal to terminate, ends the run; what has run is returned.
    """
    results: dict[tuple[str, str], Result] = {}
    own = local()
    workers: list[Worker] = []

    def run(file: ProgramFile, column: str) -> Result:
        if not hasattr(own, "worker"):
            own.worker = Worker(options.timeout)
            workers.append(own.worker)
        begin = time.perf_counter()
        job = {
            "path": str(file.path),
            "column": column,
            "flags": file.flags.get(column, ()),
            "commands": [asdict(command) for command in file.commands],
        }
        try:
            cases = own.worker.run(job)
        except (OSError, ValueError) as error:  # what it printed is no result, or it is gone
            own.worker.close()
            reason = f"the harness lost its process: {error}"
            cases = [{"name": "?", "status": "failed", "reason": reason, "checks": 0}]
        seconds = round(time.perf_counter() - begin, 2)
        names = {"file": file.name, "suite": file.suite, "column": column}
        return {**names, "cases": cases, "seconds": seconds}

    options.results.parent.mkdir(parents=True, exist_ok=True)
    with (
        options.results.open("a" if options.resume else "w") as log,
        ThreadPoolExecutor(options.jobs) as pool,
    ):
        futures = [pool.submit(run, *job) for job in jobs]
        try:
            for number, future in enumerate(as_completed(futures), 1):
                result = future.result()
                results[str(result["file"]), str(result["column"])] = result
                print(json.dumps(result), file=log, flush=True)
                progress = f"[{number}/{len(jobs)}] {result['file']} {result['column']}: "
                print(f"{progress}{verdict(result)}", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.close()
    return results


def read_results(path: Path) -> dict[tuple[str, str], Result]:
    """The results of an earlier run; the last one counts."""
    if not path.exists():
        return {}
    results = [json.loads(line) for line in path.read_text().splitlines() if line]
    return {(r["file"], r["column"]): r for r in results}


def statuses(result: Result) -> list[str]:
    """The status of each case."""
    cases = result["cases"]
    assert isinstance(cases, list)
    return [case["status"] for case in cases]


def verdict(result: Result) -> str:
    """The status of a file: that of its cases, the worst one."""
    found = statuses(result)
    if not found:
        return "empty"
    return next((s for s in ("failed", "refused") if s in found), "passed")


# -- the report ----------------------------------------------------------------------------------------


def report(results: Iterable[Result], files: Sequence[ProgramFile], columns: Sequence[str]) -> str:
    """The table, and a line for each case that did not pass."""
    results = sorted(results, key=lambda r: (str(r["file"]), columns.index(str(r["column"]))))
    lines = [
        f"{'suite':<22}{'column':<17}{'files passed':>14}{'cases passed':>15}{'failed':>8}{'refused':>9}"
    ]
    for suite in dict.fromkeys(file.suite for file in files):
        for column in columns:
            rows = [r for r in results if (r["suite"], r["column"]) == (suite, column)]
            rows = [r for r in rows if r["cases"]]
            if not rows:
                continue
            count = Counter(status for row in rows for status in statuses(row))
            passed = sum(verdict(row) == "passed" for row in rows)
            shares = f"{passed}/{len(rows)}", f"{count['passed']}/{count.total()}"
            lines.append(
                f"{suite:<22}{column:<17}{shares[0]:>14}{shares[1]:>15}"
                f"{count['failed']:>8}{count['refused']:>9}"
            )
    out = Counter(f"{file.suite}: {file.left_out}" for file in files if file.left_out)
    lines += [f"left out: {count} files of {why}" for why, count in out.items()]
    lines.append("")
    for row in results:
        cases = row["cases"]
        assert isinstance(cases, list)
        lines += [
            f"{case['status'].upper()} {row['file']}:{case['name']} {row['column']}: {case['reason']}"
            for case in cases
            if case["status"] != "passed"
        ]
    return "\n".join(lines)


# -- what must pass ------------------------------------------------------------------------------------


def unexpected(results: Iterable[Result]) -> list[tuple[str, str]]:
    """The files and columns that ran, did not pass, and are expected to."""
    expected = read_expected()
    keys = [(str(r["file"]), str(r["column"])) for r in results if verdict(r) != "passed"]
    return [key for key in keys if key in expected]


def read_expected() -> set[tuple[str, str]]:
    """The files and columns that pass."""
    if not EXPECTED.exists():
        return set()
    lines = [line.split() for line in EXPECTED.read_text().splitlines()]
    return {(name, column) for name, *columns in lines for column in columns}


def update_expected(results: Iterable[Result]) -> None:
    """Adds what passes, and removes what ran and does not."""
    expected = read_expected()
    for result in results:
        key = str(result["file"]), str(result["column"])
        (expected.add if verdict(result) == "passed" else expected.discard)(key)
    names = sorted({name for name, _ in expected})
    lines = [
        " ".join([name, *(column for column in COLUMNS if (name, column) in expected)])
        for name in names
    ]
    EXPECTED.write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
