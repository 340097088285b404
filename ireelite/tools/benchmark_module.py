"""`ireelite-benchmark-module`: how long calls of a module's functions take."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.hal.statistics import Statistics
from ireelite.status import StatusError, invalid_argument
from ireelite.tools.benchmark_context import benchmark_context, context_text
from ireelite.tools.benchmark_report import FILE_REPORTS, UNITS, ConsoleReport
from ireelite.tools.benchmark_rows import BenchmarkRow, aggregates
from ireelite.tools.benchmark_runs import Calls, MinimumTime, failed_row, measured, minimum_time
from ireelite.tools.run_context import RunContext, argument_kinds, parse_inputs
from ireelite.tools.run_module import RESULT_FLAGS, process_results
from ireelite.tools.runtime_flags import CONTEXT_FLAGS, Flag, Flags, boolean, count, number, one_of
from ireelite.tools.runtime_tool import run_tool

if TYPE_CHECKING:
    from ireelite.vm.function import Function

FORMATS = one_of("console", "json", "csv")
TABLE = (
    *CONTEXT_FLAGS,
    Flag(
        "function",
        str,
        "",
        "The function to call; all that are exported and take no arguments by default.",
    ),
    Flag("input", str, [], "An argument, written as for ireelite-run-module.", True),
    Flag("batch_size", count, 1, "Calls that one iteration makes."),
    Flag(
        "batch_concurrency",
        count,
        1,
        "Calls of one iteration that run at once, if the function takes fences.",
    ),
    Flag("time_unit", one_of(*UNITS), "ms", "The unit of times: ns, us, ms or s."),
    Flag("print_statistics", boolean, False, "Prints memory statistics to stderr."),
    Flag(
        "enable_output_processing",
        boolean,
        False,
        "Keeps the results of the last call for --output= and --expected_output=.",
    ),
    *RESULT_FLAGS,
    Flag("benchmark_list_tests", boolean, False, "Prints the names of the rows and no times."),
    Flag(
        "benchmark_filter",
        str,
        "",
        "A regular expression of rows to measure; behind a -, of rows to leave out.",
    ),
    Flag("benchmark_min_time", minimum_time, MinimumTime(), "How long a run is: 100x or 0.5s."),
    Flag(
        "benchmark_min_warmup_time",
        number,
        0.0,
        "Seconds of calls that are not measured, before the first run.",
    ),
    Flag("benchmark_repetitions", count, 1, "Runs of each function."),
    Flag("benchmark_dry_run", boolean, False, "Calls each function once."),
    Flag(
        "benchmark_enable_random_interleaving",
        boolean,
        False,
        "Runs repetitions of all functions in random order.",
    ),
    Flag(
        "benchmark_report_aggregates_only",
        boolean,
        False,
        "Reports mean, median and deviation of repetitions, and no single runs.",
    ),
    Flag(
        "benchmark_display_aggregates_only",
        boolean,
        False,
        "The same, except that --benchmark_out= has the single runs.",
    ),
    Flag("benchmark_format", FORMATS, "console", "The report's form: console, json or csv."),
    Flag("benchmark_out", str, "", "A file for the report."),
    Flag("benchmark_out_format", FORMATS, "json", "The form of that file: console, json or csv."),
    Flag("benchmark_color", one_of("auto", "true", "false"), "auto", "Whether tables are colored."),
    Flag(
        "benchmark_counters_tabular", boolean, False, "Prints each counter in a column of its own."
    ),
    Flag(
        "benchmark_context", str, [], "key=value,...: lines to add to the report's context.", True
    ),
    Flag("benchmark_time_unit", one_of(*UNITS), None, "Has no effect beside --time_unit."),
    Flag("v", count, 0, "From 2 on, prints a line on stderr for each run."),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; returns 0, or 1 for errors and for results that are not as expected."""
    return run_tool(Flags("ireelite-benchmark-module", TABLE), arguments, _run)


def _run(flags: Flags) -> int:
    if not flags.batch_size or not flags.batch_concurrency:
        raise invalid_argument("batch size and concurrency must be positive")
    context = RunContext(flags)
    statistics = [Statistics() for _ in context.devices]
    if flags.print_statistics:
        for device, counted in zip(context.devices, statistics):
            device.allocator.statistics = counted
    chosen = _chosen(flags, [_calls(flags, context, each) for each in _functions(flags, context)])
    if flags.benchmark_list_tests:
        print("".join(f"{_row_name(calls)}\n" for calls in chosen), end="")
        return 0
    if not chosen:
        if flags.benchmark_filter:
            pattern = flags.benchmark_filter
            print(f"Failed to match any benchmarks against regex: {pattern}", file=sys.stderr)
        return 0
    _Session(flags, chosen).run()
    code = 0
    if flags.enable_output_processing:
        code = process_results(flags, chosen[-1].function, list(chosen[-1].results))
    if flags.print_statistics:
        devices = context.devices
        chosen.clear()
        context.context.close()
        del context
        gc.collect()
        for device, counted in zip(devices, statistics):
            device.allocator.statistics = None
            print(f"Device: {device.id}\n{counted.report()}\n", file=sys.stderr)
    return code


def _functions(flags: Flags, context: RunContext) -> list[Function]:
    if flags.function:
        return [context.function(flags.function)]
    return [each for each in context.functions().values() if not argument_kinds(each)]


def _calls(flags: Flags, context: RunContext, function: Function) -> Calls:
    inputs = parse_inputs(flags.input, function, context) if flags.function else []
    return Calls(
        function,
        context,
        inputs,
        flags.batch_size,
        flags.batch_concurrency,
        keeps_results=flags.enable_output_processing,
    )


def _row_name(calls: Calls) -> str:
    return f"BM_{calls.function.name}/process_time/real_time"


def _chosen(flags: Flags, candidates: list[Calls]) -> list[Calls]:
    pattern = flags.benchmark_filter
    if pattern in ("", "all"):
        return candidates
    excludes = pattern.startswith("-")
    try:
        expression = re.compile(pattern[excludes:])
    except re.error as error:
        raise invalid_argument(f"Could not compile benchmark re: {error}") from error
    return [calls for calls in candidates if bool(expression.search(_row_name(calls))) != excludes]


class _Session:
    """The runs of all functions, and their reports."""

    def __init__(self, flags: Flags, chosen: list[Calls]):
        self._flags, self._chosen = flags, chosen
        self._repetitions = 1 if flags.benchmark_dry_run else max(1, flags.benchmark_repetitions)
        self._minimum = flags.benchmark_min_time
        self._warmup = flags.benchmark_min_warmup_time
        if flags.benchmark_dry_run:
            self._minimum, self._warmup = MinimumTime(iterations=1), 0.0
        self._unit: str = flags.time_unit
        self._rows: list[BenchmarkRow] = []
        self._shown: list[BenchmarkRow] = []
        self._failure: StatusError | None = None
        color = flags.benchmark_color == "true" or (
            flags.benchmark_color == "auto" and sys.stdout.isatty()
        )
        names = [_row_name(calls) for calls in chosen]
        self._console = ConsoleReport(
            names, self._unit, self._repetitions, color, flags.benchmark_counters_tabular
        )

    def run(self) -> None:
        """Measures and reports. Raises what the first call that failed raised."""
        flags = self._flags
        extra = _extra_context(flags)
        context = benchmark_context(extra)
        print(context_text(context, extra), file=sys.stderr, flush=True)
        out = _opened(flags.benchmark_out) if flags.benchmark_out else None
        self._measure()
        if flags.benchmark_format != "console":
            report = FILE_REPORTS[flags.benchmark_format]
            print(report(context, self._shown, self._unit), end="", flush=True)
        if out is not None:
            with out:
                out.write(FILE_REPORTS[flags.benchmark_out_format](context, self._rows, self._unit))
        if self._failure is not None:
            raise self._failure

    def _measure(self) -> None:
        steps = {
            calls.function.name: _Runs(calls, family) for family, calls in enumerate(self._chosen)
        }
        if self._flags.benchmark_enable_random_interleaving:
            order = [runs for _ in range(self._repetitions) for runs in steps.values()]
        else:
            order = [runs for runs in steps.values() for _ in range(self._repetitions)]
        for runs in order:
            runs.rows.append(self._one(runs))
            if len(runs.rows) == self._repetitions:
                self._report(runs.rows)

    def _one(self, runs: _Runs) -> BenchmarkRow:
        calls, repetition = runs.calls, len(runs.rows)
        try:
            if self._failure is not None:
                raise invalid_argument("an earlier benchmark failed")
            minimum = runs.minimum or self._minimum
            warmup = 0.0 if repetition else self._warmup
            iterations, wall, cpu = measured(calls, minimum, warmup, self._log)
        except StatusError as error:
            self._failure = self._failure or error
            return failed_row(calls.function, runs.family, self._repetitions, repetition, error)
        runs.minimum = MinimumTime(iterations=iterations)
        return BenchmarkRow(
            _row_name(calls),
            runs.family,
            iterations,
            wall / iterations,
            cpu / iterations,
            iterations / wall,
            self._repetitions,
            repetition,
        )

    def _report(self, runs: list[BenchmarkRow]) -> None:
        flags, summary = self._flags, aggregates(runs)
        everything = [*runs, *summary]
        self._rows += summary if summary and flags.benchmark_report_aggregates_only else everything
        only = flags.benchmark_report_aggregates_only or flags.benchmark_display_aggregates_only
        shown = summary if summary and only else everything
        self._shown += shown
        if flags.benchmark_format == "console":
            print(self._console.rows(shown), end="", flush=True)

    def _log(self, text: str) -> None:
        if self._flags.v >= 2:
            print(f"-- LOG(2): {text}", file=sys.stderr)


class _Runs:
    """The runs of one function; those after the first have as many calls as it had."""

    def __init__(self, calls: Calls, family: int):
        self.calls, self.family = calls, family
        self.rows: list[BenchmarkRow] = []
        self.minimum: MinimumTime | None = None


def _extra_context(flags: Flags) -> dict[str, str]:
    pairs = [pair for text in flags.benchmark_context for pair in text.split(",") if pair]
    extra: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise invalid_argument(f"--benchmark_context={pair}: expected key=value")
        extra[key] = value
    return extra | ({"dry_run": "true"} if flags.benchmark_dry_run else {})


def _opened(path: str) -> Any:
    try:
        return open(path, "w", encoding="utf-8")
    except OSError as error:
        raise invalid_argument(f"invalid file name: '{path}': {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
