"""The forms of a benchmark's report: a table for people, JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ireelite.tools.benchmark_rows import BenchmarkRow

UNITS = {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1.0}
"""How many of a unit a second has."""
CSV_HEAD = (
    "name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,"
    "error_occurred,error_message"
)
_LARGE, _SMALL = "kMGTPEZY", "munpfazy"
_NAME, _TIME, _COUNT = "\033[0;32m", "\033[0;33m", "\033[0;36m"
_END = "\033[m"


class ConsoleReport:
    """A table whose name column fits all names; rows are printed as they come."""

    def __init__(
        self, names: Sequence[str], unit: str, repetitions: int, color: bool, tabular: bool
    ):
        longest = max(map(len, names), default=0) + (len("_median") if repetitions > 1 else 0)
        self._width = max(longest, 10)
        self._unit, self._color, self._tabular = unit, color, tabular
        self._headed = False

    def rows(self, rows: Sequence[BenchmarkRow]) -> str:
        """Lines for rows, under the head if they are the first."""
        ending = f"{_END}\n{_END}" if self._color else "\n"
        lines = [self._row(row) + ending for row in rows]
        if rows and not self._headed:
            self._headed = True
            head = f"{'Benchmark':<{self._width}} {'Time':>13} {'CPU':>15} {'Iterations':>12}"
            if not rows[0].error:
                head += " items_per_second" if self._tabular else " UserCounters..."
            rule = "-" * len(head)
            lines = [f"{rule}\n{head}\n{rule}\n", *lines]
        return "".join(lines)

    def _row(self, row: BenchmarkRow) -> str:
        name = self._colored(_NAME, f"{row.name:<{self._width}} ")
        if row.error:
            return f"{name}ERROR OCCURRED: '{row.error}'"
        if row.is_ratio:
            times = f"{row.real_time * 100:10.2f} {'%':<4} {row.cpu_time * 100:10.2f} {'%':<4} "
            rate = f"{row.items_per_second * 100:.2f}%"
        else:
            scale = UNITS[self._unit]
            real, cpu = _time(row.real_time * scale), _time(row.cpu_time * scale)
            times = f"{real} {self._unit:<4} {cpu} {self._unit:<4} "
            rate = f"{human_readable(row.items_per_second)}/s"
        counted = self._colored(_COUNT, f"{row.iterations:10d}")
        counter = f" {rate:>16}" if self._tabular else f" items_per_second={rate}"
        return f"{name}{self._colored(_TIME, times)}{counted}{counter}"

    def _colored(self, color: str, text: str) -> str:
        return f"{color}{text}{_END}" if self._color else text


def _time(value: float) -> str:
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:1.4e}" if value > 9999999999 else f"{value:10.{digits}f}"


def human_readable(value: float) -> str:
    """Formats `226809` as `226.809k`, `0.002` as `2m`."""
    size = abs(value)
    if size > 999:
        for letter in _LARGE:
            value, size = value / 1000, size / 1000
            if size <= 999 or letter == _LARGE[-1]:
                return f"{value:g}{letter}"
    if 0 < size < 1:
        for letter in _SMALL:
            value, size = value * 1000, size * 1000
            if size >= 1 or letter == _SMALL[-1]:
                return f"{value:g}{letter}"
    return f"{value:g}"


def json_report(context: dict[str, Any], rows: Sequence[BenchmarkRow], unit: str) -> str:
    """Returns an object with `context` and `benchmarks`."""
    report = {"context": context, "benchmarks": [_json_row(row, unit) for row in rows]}
    return json.dumps(report, indent=2) + "\n"


def _json_row(row: BenchmarkRow, unit: str) -> dict[str, Any]:
    scale = 1.0 if row.is_ratio else UNITS[unit]
    kind: dict[str, Any] = {"run_type": "aggregate" if row.aggregate else "iteration"}
    kind["repetitions"] = row.repetitions
    if row.aggregate:
        kind |= {"threads": 1, "aggregate_name": row.aggregate}
        kind["aggregate_unit"] = "percentage" if row.is_ratio else "time"
    else:
        kind |= {"repetition_index": row.repetition, "threads": 1}
    if row.error:
        kind |= {"error_occurred": True, "error_message": row.error}
    counters = {} if row.error else {"items_per_second": row.items_per_second}
    return {
        "name": row.name,
        "family_index": row.family,
        "per_family_instance_index": 0,
        "run_name": row.run_name,
        **kind,
        "iterations": row.iterations,
        "real_time": row.real_time * scale,
        "cpu_time": row.cpu_time * scale,
        "time_unit": unit,
        **counters,
    }


def csv_report(rows: Sequence[BenchmarkRow], unit: str) -> str:
    """Returns a head and a line for each row."""
    return "".join(f"{line}\n" for line in [CSV_HEAD, *(_csv_row(row, unit) for row in rows)])


def _csv_row(row: BenchmarkRow, unit: str) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    if row.error:
        return f"{quoted(row.name)},,,,,,,,true,{quoted(row.error)}"
    scale = 1.0 if row.is_ratio else UNITS[unit]
    times = f"{row.real_time * scale:g},{row.cpu_time * scale:g},{'' if row.is_ratio else unit}"
    return f"{quoted(row.name)},{row.iterations},{times},,{row.items_per_second:g},,,"


FILE_REPORTS: dict[str, Callable[[dict[str, Any], Sequence[BenchmarkRow], str], str]] = {
    "json": json_report,
    "csv": lambda _, rows, unit: csv_report(rows, unit),
    "console": lambda _, rows, unit: _console_report(rows, unit),
}
"""The text of a whole report, by its format."""


def _console_report(rows: Sequence[BenchmarkRow], unit: str) -> str:
    names = [row.run_name for row in rows]
    repetitions = max((row.repetitions for row in rows), default=1)
    return ConsoleReport(names, unit, repetitions, color=False, tabular=False).rows(rows)
