"""The questions at the end of a lesson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.exercises import Exercise


def quiz(statements: Mapping[str, bool], hints: Sequence[str]) -> Exercise:
    """An exercise whose answer is a list of truth values, one for each statement."""
    lines = [f"  {number}. {text}" for number, text in enumerate(statements, 1)]
    return Exercise(
        name="quiz",
        task="\n".join(["true or false?", *lines]),
        spec=lambda: list(statements.values()),
        hints=hints,
    )
