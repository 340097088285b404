"""`ireelite-benchmark-module`: its rows, in each form, and how it ends."""

import csv
import json
import re

import pytest

from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusError
from ireelite.tools.benchmark_module import main
from ireelite.tools.benchmark_report import human_readable
from ireelite.tools.benchmark_rows import BenchmarkRow, aggregates
from ireelite.tools.benchmark_runs import MinimumTime, minimum_time

NOTHING = function("0v_v", [[row("return", ())]])
IDENTITY = function("0i_i", [[row("return", (0,))]])
FAILURE = function("0i_i", [[row("const.i32", 3, 0), row("fail", 0, "no such luck")]])


@pytest.fixture
def run(capsys, tmp_path):
    """Runs the tool over a module: (exit code, stdout, stderr)."""
    path = tmp_path / "m.vmfb"
    functions = {"f": NOTHING, "g": NOTHING, "same": IDENTITY, "fails": FAILURE}
    path.write_bytes(encode_module(module("m", functions)).data)

    def call(*flags):
        code = main([f"--module={path}", *flags])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_functions_without_arguments_have_a_row_each(run):
    code, out, err = run("--benchmark_min_time=3x")
    assert code == 0
    rule, head, _, *rows = out.splitlines()
    assert set(rule) == {"-"} and len(rule) == len(head)
    assert head.split() == ["Benchmark", "Time", "CPU", "Iterations", "UserCounters..."]
    for name, line in zip("fg", rows, strict=True):
        pattern = (
            rf"BM_{name}/process_time/real_time +[\d.]+ ms +[\d.]+ ms +3 items_per_second=\S+/s"
        )
        assert re.fullmatch(pattern, line), line
    assert "Load Average: " in err and "Run on (" in err


def test_repetitions_have_aggregates(run):
    flags = ("--function=same", "--input=7", "--benchmark_min_time=2x", "--time_unit=us")
    code, out, _ = run(*flags, "--benchmark_repetitions=3", "--benchmark_format=csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert code == 0
    names = [each["name"].removeprefix("BM_same/process_time/real_time") for each in rows]
    assert names == ["", "", "", "_mean", "_median", "_stddev", "_cv"]
    assert [each["iterations"] for each in rows] == ["2", "2", "2", "3", "3", "3", "3"]
    assert [each["time_unit"] for each in rows] == ["us"] * 6 + [""]
    times = [float(each["real_time"]) for each in rows]
    assert times[4] == sorted(times[:3])[1]
    assert times[3] == pytest.approx(sum(times[:3]) / 3, rel=1e-4)
    assert times[6] == pytest.approx(times[5] / times[3], rel=1e-4)


def test_only_aggregates_are_shown_and_all_is_written(run, tmp_path):
    file = tmp_path / "rows.json"
    code, out, _ = run(
        "--function=f",
        "--benchmark_min_time=2x",
        "--benchmark_repetitions=2",
        "--benchmark_display_aggregates_only",
        f"--benchmark_out={file}",
        "--benchmark_context=a=b",
    )
    assert (code, len(out.splitlines())) == (0, 3 + 4)
    report = json.loads(file.read_text())
    assert report["context"]["a"] == "b"
    kinds = [each["run_type"] for each in report["benchmarks"]]
    assert kinds == ["iteration"] * 2 + ["aggregate"] * 4


def test_a_failure_is_a_row_and_an_exit_code(run):
    code, out, err = run("--function=fails", "--input=1", "--benchmark_min_time=1x")
    assert code == 1
    assert "BM_fails/process_time/real_time ERROR OCCURRED: 'INVALID_ARGUMENT; no such luck" in out
    assert err.splitlines()[-1].startswith("INVALID_ARGUMENT; no such luck")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--batch_size=0"], "batch size and concurrency must be positive"),
        (["--function=nope"], "no function `nope` exported by module"),
        (["--function=same", "--input=1", "--input=2"], "function expected fewer input values"),
        (["--benchmark_filter=["], "Could not compile benchmark re: "),
        (["--benchmark_context=a"], "expected key=value"),
        (["--benchmark_min_time=never"], "is neither a number of calls, `100x`, nor a time"),
        (["--benchmark_out=/nowhere/at/all"], "invalid file name: '/nowhere/at/all'"),
        (["--dispatch_statistics"], "use ireelite-run-module --record=FILE"),
    ],
)
def test_errors_say_what_is_wrong(run, flags, message):
    code, _, err = run(*flags)
    assert code == 1 and message in err


def test_a_filter_chooses_rows(run):
    assert run("--benchmark_list_tests", "--benchmark_filter=BM_g")[1] == (
        "BM_g/process_time/real_time\n"
    )
    assert run("--benchmark_list_tests", "--benchmark_filter=-BM_g")[1] == (
        "BM_f/process_time/real_time\n"
    )
    code, out, err = run("--benchmark_filter=none")
    assert (code, out) == (0, "")
    assert err == "Failed to match any benchmarks against regex: none\n"


def test_calls_come_in_batches(run):
    _, out, _ = run("--function=f", "--batch_size=4", "--benchmark_min_time=6x")
    assert out.splitlines()[-1].split()[5] == "8"


def test_results_of_the_last_call_are_checked(run):
    flags = ("--function=same", "--input=7", "--benchmark_min_time=1x")
    flags += ("--enable_output_processing",)
    code, out, _ = run(*flags, "--expected_output=7")
    assert code == 0 and out.endswith(
        "[SUCCESS] all function outputs matched their expected values.\n"
    )
    assert run(*flags, "--expected_output=8")[0] == 1


def test_numbers_are_readable():
    texts = [human_readable(value) for value in (226809.0, 999.0, 1.5e6, 0.25, 0.0)]
    assert texts == ["226.809k", "999", "1.5M", "250m", "0"]


def test_minimum_times():
    assert minimum_time("20x") == MinimumTime(iterations=20)
    assert minimum_time("2s") == minimum_time("2") == MinimumTime(2.0)
    for text in ("0x", "-1s", "nans", "x", "infs"):
        with pytest.raises(StatusError, match="neither a number of calls"):
            minimum_time(text)


def test_failed_runs_have_no_aggregates():
    good = BenchmarkRow("BM_f", 0, 1, 1.0, 1.0, 1.0)
    bad = BenchmarkRow("BM_f", 0, 1, 0.0, 0.0, 0.0, error="it failed")
    assert aggregates([good]) == aggregates([good, bad]) == []
    assert [each.real_time for each in aggregates([good, good])] == [1.0, 1.0, 0.0, 0.0]
