"""Measuring: how many calls a run has, and how long they take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.invocation import awaited, is_async
from ireelite.status import StatusError, invalid_argument
from ireelite.tools.benchmark_rows import BenchmarkRow

if TYPE_CHECKING:
    from ireelite.tools.run_context import RunContext
    from ireelite.vm.function import Function

MAX_ITERATIONS = 1_000_000_000
_SIGNIFICANT = 0.1
"""The share of the minimum time from which a run predicts how many calls fill that time."""


@dataclass(frozen=True)
class MinimumTime:
    """What ends a run: seconds, or a number of calls."""

    seconds: float = 0.5
    iterations: int | None = None

    def __str__(self) -> str:
        return f"{self.seconds:g}s" if self.iterations is None else f"{self.iterations}x"


def minimum_time(text: str) -> MinimumTime:
    """Parses `100x` or `0.5s`; a number alone is seconds. Raises INVALID_ARGUMENT."""
    try:
        if text.endswith("x"):
            minimum = MinimumTime(iterations=int(text[:-1]))
        else:
            minimum = MinimumTime(float(text.removesuffix("s")))
    except ValueError:
        minimum = MinimumTime(-1.0)
    if not 0 <= minimum.seconds < 1e9 or (
        minimum.iterations is not None and not 0 < minimum.iterations <= MAX_ITERATIONS
    ):
        raise invalid_argument(f"'{text}' is neither a number of calls, `100x`, nor a time, `0.5s`")
    return minimum


@dataclass
class Calls:
    """Calls of a function with the same arguments, `batch` in a group of which `concurrency` run
    at a time. Functions that take no fences run one at a time.
    """

    function: Function
    context: RunContext
    arguments: list[Any]
    batch: int
    concurrency: int
    results: tuple[Any, ...] = ()
    """Of the last call, if they are kept."""
    keeps_results: bool = False

    def run(self, iterations: int) -> tuple[float, float]:
        """Runs that many calls, which the batch divides; returns wall and processor seconds."""
        group = self._group()
        turns = range(iterations // self.batch)
        begin, begin_cpu = time.perf_counter(), time.process_time()
        for _ in turns:
            group()
        return time.perf_counter() - begin, time.process_time() - begin_cpu

    def _group(self) -> Callable[[], None]:
        if self.concurrency > 1 and is_async(self.function):
            return self._concurrent_group
        call = awaited(self.function, self.context.context)
        arguments = self.arguments

        def one() -> None:
            results = call(*arguments)
            if self.keeps_results:
                self.results = results

        def several() -> None:
            for _ in range(self.batch):
                one()

        return one if self.batch == 1 else several

    def _concurrent_group(self) -> None:
        for begin in range(0, self.batch, self.concurrency):
            semaphore = Semaphore()
            count = min(self.concurrency, self.batch - begin)
            fences = [Fence([(semaphore, 1)])]
            fences += [Fence([(Semaphore(), 1)]) for _ in range(count - 1)]
            started = [self.function(*self.arguments, None, fence) for fence in fences]
            for fence in fences:
                fence.wait(None)
            if self.keeps_results:
                self.results = started[-1]


def measured(
    calls: Calls, minimum: MinimumTime, warmup: float, log: Callable[[str], None]
) -> tuple[int, float, float]:
    """Returns a run of enough calls: their number, and the wall and processor seconds of all.

    Raises what a call fails with.
    """
    if warmup > 0:
        _enough(calls, MinimumTime(warmup), log)
    return _enough(calls, minimum, log)


def _enough(
    calls: Calls, minimum: MinimumTime, log: Callable[[str], None]
) -> tuple[int, float, float]:
    iterations = minimum.iterations or 1
    while True:
        iterations = -(-iterations // calls.batch) * calls.batch
        log(f"Running BM_{calls.function.name}/process_time/real_time for {iterations}")
        wall, cpu = calls.run(iterations)
        log(f"Ran in {wall:g}/{cpu:g}")
        enough = wall >= minimum.seconds or cpu >= 5 * minimum.seconds
        if minimum.iterations is not None or enough or iterations >= MAX_ITERATIONS:
            return iterations, wall, cpu
        factor = minimum.seconds * 1.4 / max(wall, 1e-9)
        if wall / minimum.seconds <= _SIGNIFICANT:
            factor = 10.0
        iterations = min(MAX_ITERATIONS, max(iterations + 1, round(factor * iterations)))


def failed_row(
    function: Function, family: int, repetitions: int, repetition: int, error: StatusError
) -> BenchmarkRow:
    """Returns the row of a run that failed."""
    name = f"BM_{function.name}/process_time/real_time"
    text = " ".join(str(error).split())
    return BenchmarkRow(name, family, 0, 0.0, 0.0, 0.0, repetitions, repetition, error=text)
