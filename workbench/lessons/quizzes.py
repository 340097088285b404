"""The questions at the end of a lesson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.answer_pictures import Mark, Picture, strip
from workbench.exercises import Exercise, Mistake
from workbench.kinds_of_answers import kind_of, shown


@dataclass(repr=False)
class Quiz(Exercise):
    """Statements that are true or false; an answer is a list with a truth value for each."""

    statements: Sequence[str] = ()

    def _difference(
        self, answer: Any, expected: Any, got: Any
    ) -> tuple[str, tuple[Picture, ...]] | None:
        import numpy as np

        if not isinstance(got, list | tuple | np.ndarray) or len(got) != len(expected):
            size = (
                f", but of {len(got)}" if isinstance(got, list | tuple) else f", got {kind_of(got)}"
            )
            raise Mistake(f"expected a list of {len(expected)}, each True or False{size}.")
        for each in got:
            if not isinstance(each, bool | np.bool_) and not (type(each) is int and each in (0, 1)):
                raise Mistake(f"each answer is True or False, and one of yours is {shown(each)}.")
        marks = [bool(given) == right for given, right in zip(got, expected, strict=True)]
        if all(marks):
            return None
        parts = [
            Mark(f"{statement}: you said {str(bool(given)).lower()}", mark)
            for statement, given, mark in zip(self.statements, got, marks, strict=True)
        ]
        message = f"{marks.count(False)} of {len(marks)} not right."
        return message, (strip("yours", parts),)


def quiz(statements: Mapping[str, bool], hints: Sequence[str]) -> Quiz:
    """Returns an exercise whose answer is a list of truth values, one for each statement."""
    lines = [f"  {number}. {text}" for number, text in enumerate(statements, 1)]
    return Quiz(
        name="quiz",
        task="\n".join(["true or false?", *lines]),
        spec=lambda: list(statements.values()),
        hints=hints,
        statements=list(statements),
    )
