"""Rows of a benchmark: the runs of one function, and the mean, median, standard deviation and
coefficient of variation of several.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BenchmarkRow:
    """One run, or an aggregate of runs."""

    run_name: str
    family: int
    """The position of the function among those that are measured."""
    iterations: int
    """Calls; of an aggregate, runs."""
    real_time: float
    """Wall seconds of a call, or their ratio in a row of `cv`."""
    cpu_time: float
    """Processor seconds of a call, of all threads."""
    items_per_second: float
    repetitions: int = 1
    repetition: int = 0
    aggregate: str = ""
    """`mean`, `median`, `stddev` or `cv`; empty for a run."""
    error: str = ""
    """Why a run failed."""

    @property
    def name(self) -> str:
        """The run's name with the aggregate's."""
        return f"{self.run_name}_{self.aggregate}" if self.aggregate else self.run_name

    @property
    def is_ratio(self) -> bool:
        """Whether the numbers are ratios and no times."""
        return self.aggregate == "cv"


def _deviation(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def _variation(values: Sequence[float]) -> float:
    mean = statistics.fmean(values)
    return _deviation(values) / mean if mean else 0.0


AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "stddev": _deviation,
    "cv": _variation,
}


def aggregates(runs: Sequence[BenchmarkRow]) -> list[BenchmarkRow]:
    """Returns the rows behind the runs of one function; none for a single run or where one failed."""
    if len(runs) < 2 or any(run.error for run in runs):
        return []
    return [
        BenchmarkRow(
            runs[0].run_name,
            runs[0].family,
            len(runs),
            of([run.real_time for run in runs]),
            of([run.cpu_time for run in runs]),
            of([run.items_per_second for run in runs]),
            repetitions=len(runs),
            aggregate=name,
        )
        for name, of in AGGREGATES.items()
    ]
