"""Exercises that check themselves and draw the difference.

    exercise = Exercise(
        name="product",
        task="What is [1, 2, 3, 4] * [10, 10, 10, 10]?",
        spec=lambda: [10, 20, 30, 40],
        hints=("elementwise", "the first element is 10"),
    )
    answer = ...                 # the starter: not yet
    exercise.check(answer)

A starter is `...`; checking it says "not yet" and is no failure, so that an unsolved notebook still
runs from top to bottom. With WB_STRICT=1 in the environment, everything but a right answer raises
FAILED_PRECONDITION.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ireelite.status import StatusCode, StatusError
from workbench.model.tensor_peek import TensorPeek
from workbench.render.svg import data_image
from workbench.render.svg_tensor import draw_tensor
from workbench.render.text import tensor_text

TOLERANCE = 1e-5
LONGEST_PRINTED = 16
"""Elements of the longest array that is printed as an input."""


@dataclass(frozen=True)
class Picture:
    """A picture with a title and a text that says the same."""

    title: str
    text: str
    document: str
    """The SVG document."""


@dataclass(frozen=True)
class Verdict:
    """What a check found: `right`, `wrong` or `not yet`, in words and in pictures."""

    exercise: str
    outcome: str
    message: str
    pictures: tuple[TensorPeek | Picture, ...] = ()

    def __bool__(self) -> bool:
        return self.outcome == "right"

    def to_text(self) -> str:
        """The verdict, with each picture as text."""
        mark = {"right": "✓", "wrong": "✗"}.get(self.outcome, "…")
        lines = [f"{mark} {self.exercise}: {self.outcome}. {self.message}".rstrip()]
        return "\n".join(lines + [_text(picture) for picture in self.pictures])

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Text, and in a notebook the same with the difference drawn."""
        bundle = {"text/plain": self.to_text()}
        if self.pictures:
            head = escape(self.to_text().split("\n")[0])
            images = "".join(
                f"<div>{data_image(_document(p), p.title)}</div>" for p in self.pictures
            )
            bundle["text/html"] = f"<div>{head}</div>{images}"
        return bundle


def _text(picture: TensorPeek | Picture) -> str:
    return picture.text if isinstance(picture, Picture) else tensor_text(picture)


def _document(picture: TensorPeek | Picture) -> str:
    if isinstance(picture, Picture):
        return picture.document
    return draw_tensor(picture).document(picture.title)


@dataclass
class Exercise:
    """One exercise.

    `spec` says what is right: a function of the inputs. An answer is either a function too, and is
    then called with each of `inputs`, or a value, and is then compared with `spec()`. With `apply`,
    `apply(answer, *inputs)` is compared: so an answer can be a program's text. `score` turns a right
    answer into a sentence about how good it is.
    """

    name: str
    task: str
    spec: Callable[..., Any]
    inputs: Sequence[tuple[Any, ...]] = ((),)
    hints: Sequence[str] = ()
    score: Callable[[Any], str] | None = None
    apply: Callable[..., Any] | None = None
    starter: Any = ...
    _told: int = field(default=0, repr=False)

    def show(self) -> None:
        """Prints the task, and for a function the inputs that it is called with first."""
        print(f"{self.name}: {self.task}")
        if self.inputs and self.inputs[0]:
            print(f"it will be called with ({', '.join(map(_short, self.inputs[0]))}) first")

    def expected(self, case: int = 0) -> Any:
        """What is right for the inputs of that number: the answer, for who asks for it."""
        return self.spec(*self.inputs[case])

    def hint(self) -> str:
        """The next hint; after the last, the last again."""
        if not self.hints:
            return "There is no hint for this one."
        text = self.hints[min(self._told, len(self.hints) - 1)]
        self._told += 1
        return text

    def check(self, answer: Any) -> Verdict:
        """Compares an answer with the spec. Raises FAILED_PRECONDITION under WB_STRICT=1 unless it
        is right.
        """
        verdict = self._judge(answer)
        if not verdict and os.environ.get("WB_STRICT") == "1":
            raise StatusError(StatusCode.FAILED_PRECONDITION, verdict.to_text())
        return verdict

    def _judge(self, answer: Any) -> Verdict:
        if _is_starter(answer, self.starter):
            return Verdict(
                self.name, "not yet", "Replace the dots by your answer, then run this cell again."
            )
        for given in self.inputs:
            expected = self.spec(*given)
            try:
                got = self._result(answer, given)
            except StatusError as error:
                return Verdict(self.name, "wrong", f"{_given(given)}{error}")
            except Exception as error:
                return Verdict(self.name, "wrong", f"{_given(given)}{_raised(answer, error)}")
            if _is_starter(got, self.starter):
                return Verdict(self.name, "not yet", "Your function still returns the dots.")
            if (verdict := self._compare(given, expected, got)) is not None:
                return verdict
        praise = self.score(answer) if self.score is not None else ""
        return Verdict(self.name, "right", praise)

    def _result(self, answer: Any, given: tuple[Any, ...]) -> Any:
        if self.apply is not None:
            return self.apply(answer, *given)
        return answer(*given) if callable(answer) else answer

    def _compare(self, given: tuple[Any, ...], expected: Any, got: Any) -> Verdict | None:
        where = _given(given)
        if _is_numeric(expected):
            return self._compare_numbers(where, expected, got)
        if isinstance(expected, set | frozenset):
            return self._compare_sets(where, expected, got)
        if expected == got:
            return None
        return self._wrong(where, got)

    def _wrong(self, where: str, got: Any, *pictures: TensorPeek) -> Verdict:
        message = f"{where}yours is {_short(got)}. {self._answer()}"
        return Verdict(self.name, "wrong", message, pictures)

    def _answer(self) -> str:
        return f"{self.name}.expected() shows what is right."

    def _compare_numbers(self, where: str, expected: Any, got: Any) -> Verdict | None:
        import numpy as np

        if not _is_numeric(got):
            return Verdict(
                self.name, "wrong", f"{where}expected numbers, got {type(got).__name__}."
            )
        right, given = np.asarray(expected, np.float64), np.asarray(got, np.float64)
        if right.shape != given.shape:
            return Verdict(
                self.name,
                "wrong",
                f"{where}expected shape {right.shape}, got {given.shape}.",
                (TensorPeek(given, "yours"),),
            )
        if np.allclose(right, given, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
            return None
        if right.ndim == 0:
            return self._wrong(where, got)
        apart = int(
            (~np.isclose(right, given, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)).sum()
        )
        pictures = (
            TensorPeek(given, "yours", picture=False),
            TensorPeek(given - right, "yours less the expected", picture=False),
        )
        message = f"{where}{apart} of {right.size} elements differ. {self._answer()}"
        return Verdict(self.name, "wrong", message, pictures)

    def _compare_sets(self, where: str, expected: Any, got: Any) -> Verdict | None:
        given = set(got) if isinstance(got, set | frozenset | list | tuple) else {got}
        if given == expected:
            return None
        parts = []
        if missing := expected - given:
            parts.append(f"missing {', '.join(sorted(map(str, missing)))}")
        if extra := given - expected:
            parts.append(f"too many {', '.join(sorted(map(str, extra)))}")
        return Verdict(self.name, "wrong", f"{where}{'; '.join(parts)}.")


def _given(given: tuple[Any, ...]) -> str:
    return f"For ({', '.join(map(_short, given))}): " if given else ""


def _raised(answer: Callable[..., Any], error: Exception) -> str:
    """What a learner's function raised, and at which of its lines."""
    import linecache
    from traceback import walk_tb

    own = getattr(getattr(answer, "__code__", None), "co_filename", None)
    lines = [
        line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == own
    ]
    text = linecache.getline(own, lines[-1]).strip() if own and lines else ""
    place = f" at line {lines[-1]}: {text}" if text else ""
    detail = f": {error}" if str(error) else ""
    return f"your function raised {type(error).__name__}{detail}{place}"


def _is_starter(value: Any, starter: Any) -> bool:
    """Whether dots, or a sequence with dots in it, still stand where the answer goes."""
    if value is ... or value is starter:
        return True
    return isinstance(value, list | tuple) and any(item is ... for item in value)


def _is_numeric(value: Any) -> bool:
    """Whether NumPy takes it for numbers: a number, an array, nested lists of numbers."""
    import numpy as np

    if isinstance(value, str | bytes | set | frozenset | dict) or value is None:
        return False
    try:
        return np.asarray(value).dtype.kind in "biufc"
    except ValueError:
        # Lists of lists of unequal lengths.
        return False


def _short(value: Any) -> str:
    if getattr(value, "size", 0) > LONGEST_PRINTED:
        return f"an array of shape {value.shape}"
    text = repr(value.tolist() if hasattr(value, "tolist") else value)
    return text if len(text) <= 60 else text[:57] + "..."
