"""The times that `program.cost()` predicts, against those that are measured on one thread."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from measure import Row, call_seconds

import ireelite
from tables.effort import Effort
from tables.whole_calls import PROGRAMS

CALLS_BEFORE = 3
"""Calls after which host code runs by its plan."""


def predictions(effort: Effort, folder: Path) -> Iterator[Row]:
    """Each program's predicted seconds, the sum over its dispatches and what a call takes beside
    them, against whole calls on `local-sync`.
    """
    beside = min(_calls("mul_4", effort)[1])
    for name in effort.chosen(list(PROGRAMS)):
        predicted, measured = _calls(name, effort)
        seconds = [beside + predicted]
        yield Row(f"{name}, predicted", "measured, one thread", seconds, measured, "predictions")


def _calls(name: str, effort: Effort) -> tuple[float, list[float]]:
    """Returns a program's predicted seconds without those beside dispatches, and the seconds of
    bursts of its calls.
    """
    program = PROGRAMS[name]
    compiled = ireelite.compile(program.text(), targets=["llvm-cpu"], progress=False)
    predicted = sum(cost.seconds() for cost in compiled.cost())
    with ireelite.load(compiled, device="local-sync") as module:
        call = partial(module.main, *program.inputs())
        for _ in range(CALLS_BEFORE):
            call()
        burst = max(1, min(200, int(effort.burst_seconds / call_seconds(call, 1))))
        return predicted, [call_seconds(call, burst) for _ in range(effort.turns)]
