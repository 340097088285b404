"""`benchmark_module`: how long a call of a function takes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from ireelite.light_named_tuple import NamedTuple
from ireelite.runtime.errors import as_exception
from ireelite.runtime.vm import VmModule
from ireelite.session import LoadedFunction, load
from ireelite.status import StatusError

MINIMUM_TIME = 0.1
"""Seconds of calls that are measured at least."""


class BenchmarkResult(NamedTuple):
    """A row as benchmark tools print it; times are of one call, with their unit."""

    benchmark_name: str
    time: str
    cpu_time: str
    iterations: str
    user_counters: str


class BenchmarkToolError(Exception):
    """The function failed."""


class BenchmarkTimeoutError(Exception):
    """The measurement took too long."""


def benchmark_module(
    module: VmModule | str | os.PathLike[str],
    entry_function: str | None = None,
    inputs: Sequence[Any] | None = None,
    timeout: float | None = None,
    *,
    device: str = "local-sync",
) -> list[BenchmarkResult]:
    """Calls a function again and again, and returns one row.

    `inputs` are arrays, numbers, or texts as `4xf32=1`. A module in memory may leave the function's
    name out if it has only one. With a `timeout` in seconds, it is measured in another process,
    which is ended then: a BenchmarkTimeoutError. Raises ValueError for a function that is not there
    and for inputs that do not fit, BenchmarkToolError for what fails.
    """
    name = _function_name(module, entry_function)
    if timeout is None:
        return _benchmark(module, name, inputs or (), device)
    source = str(module)
    if isinstance(module, VmModule):
        if module.stashed_flatbuffer_blob is None:
            raise ValueError(f"{module!r} cannot be measured with a timeout: it has no bytes")
        source = bytes(module.stashed_flatbuffer_blob)
    return _in_another_process((source, name, list(inputs or ()), device), timeout)


def _in_another_process(task: tuple[Any, ...], timeout: float) -> list[BenchmarkResult]:
    """Returns or raises what `_benchmark` does in another process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
    try:
        ran = subprocess.run(
            command, input=pickle.dumps(task), capture_output=True, timeout=timeout, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkTimeoutError(f"Benchmark timed out after {timeout} seconds") from error
    if ran.returncode:
        raise BenchmarkToolError(ran.stderr.decode(errors="replace"))
    answer = pickle.loads(ran.stdout)
    if isinstance(answer, Exception):
        raise answer
    return answer


def serve() -> None:
    """Does one task from standard input, in a process made for it."""
    output, sys.stdout = sys.stdout.buffer, sys.stderr
    try:
        answer = _benchmark(*pickle.load(sys.stdin.buffer))
    except (ValueError, RuntimeError, BenchmarkToolError) as error:
        answer = error
    output.write(pickle.dumps(answer))


def _benchmark(module: Any, name: str, inputs: Sequence[Any], device: str) -> list[BenchmarkResult]:
    try:
        function = load(module, device=device)[name]
    except StatusError as error:
        raise as_exception(error, "Error loading module") from error
    arguments = [_value(value) for value in inputs]

    def run(count: int) -> tuple[float, float]:
        return _run(function, arguments, count)

    try:
        iterations, (wall, cpu) = _measure(run)
    except StatusError as error:
        if error.code.name == "INVALID_ARGUMENT":
            raise ValueError(f"Invalid inputs specified for benchmarking: {error}") from error
        raise BenchmarkToolError(str(error)) from error
    each, each_cpu = wall / iterations, cpu / iterations
    return [
        BenchmarkResult(
            f"BM_{name}/process_time/real_time",
            f"{each * 1e3:.3g} ms",
            f"{each_cpu * 1e3:.3g} ms",
            str(iterations),
            f"items_per_second={1 / each:.6g}/s",
        )
    ]


def _function_name(module: Any, name: str | None) -> str:
    if not isinstance(module, VmModule):
        if name is None:
            raise ValueError("a module's file needs entry_function=")
        return name
    known = [function for function in module.function_names if not function.startswith("__")]
    if name is None and len(known) != 1:
        raise ValueError(f"No function specified with multiple options {known}")
    if name is not None and name not in known:
        raise ValueError(f"Attempted to benchmark unknown function {name} of options {known}")
    return name or known[0]


def _measure(
    run: Callable[[int], tuple[float, float]],
) -> tuple[int, tuple[float, float]]:
    """Returns how many calls took how long, after two that are not counted: there, code and plans
    are made.
    """
    run(2)
    count = 1
    while True:
        times = run(count)
        if times[0] >= MINIMUM_TIME:
            return count, times
        count = int(count * min(10.0, max(1.5, 1.2 * MINIMUM_TIME / max(times[0], 1e-9)))) + 1


def _run(function: LoadedFunction, arguments: list[Any], count: int) -> tuple[float, float]:
    begin, begin_cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        function(*arguments)
    return time.perf_counter() - begin, time.process_time() - begin_cpu


def _value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if "=" not in value and "x" not in value:
        return float(value) if any(letter in value for letter in ".en") else int(value)
    import numpy

    from ireelite.runtime.hal_enums import HalElementType
    from ireelite.values import parse_tensor

    try:
        tensor = parse_tensor(value)
    except StatusError as error:
        raise ValueError(f"Error parsing input `{value}`: {error}") from error
    dtype = HalElementType.map_to_dtype(tensor.type.code)
    return numpy.frombuffer(tensor.data, dtype).reshape(tensor.shape)
