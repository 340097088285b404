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
runs from top to bottom. A wrong answer never raises and never gives the right one away: it says what
the answer is or does, and how to get a hint. With WB_STRICT=1 in the environment, everything but a
right answer raises FAILED_PRECONDITION.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from ireelite.interrupts import interruptible
from ireelite.status import StatusCode, StatusError
from workbench.answer_pictures import Mark, Picture, ruler, strip
from workbench.kinds_of_answers import are_whole, count_of, kind_of, numbers, shown
from workbench.model.tensor_peek import TensorPeek
from workbench.render.svg import data_image
from workbench.render.svg_tensor import draw_tensor
from workbench.render.text import tensor_text

TOLERANCE = 1e-5
WHOLE_WORDS = (
    "margin:0;padding:5px 0 0 .6em;font-size:var(--jp-code-font-size,13px);"
    "line-height:var(--jp-code-line-height,1.3);"
    "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
)
"""The looks of a verdict: those of other text outputs of JupyterLab, which breaks plain text inside of
words.
"""


class Mistake(Exception):
    """What is wrong with an answer: a sentence for whoever gave it, and pictures of it."""

    def __init__(self, sentence: str, *pictures: Picture):
        super().__init__(sentence)
        self.pictures = pictures


@dataclass(frozen=True)
class Verdict:
    """What a check found: `right`, `wrong` or `not yet`, in words and in pictures."""

    exercise: str
    outcome: str
    message: str
    pictures: tuple[TensorPeek | Picture, ...] = ()

    def __bool__(self) -> bool:
        return self.outcome == "right"

    @property
    def words(self) -> str:
        """The verdict without its pictures."""
        mark = {"right": "✓", "wrong": "✗"}.get(self.outcome, "…")
        return f"{mark} {self.exercise}: {self.outcome}. {self.message}".rstrip()

    def to_text(self) -> str:
        """Returns the verdict, with each picture as text."""
        return "\n".join([self.words, *(_text(picture) for picture in self.pictures)])

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Returns text, and for a notebook the same in whole words with the difference drawn."""
        images = "".join(f"<div>{data_image(_document(p), p.title)}</div>" for p in self.pictures)
        words = f'<pre style="{WHOLE_WORDS}">{escape(self.words)}</pre>'
        return {"text/plain": self.to_text(), "text/html": f"{words}{images}"}


def _text(picture: TensorPeek | Picture) -> str:
    return picture.text if isinstance(picture, Picture) else tensor_text(picture)


def _document(picture: TensorPeek | Picture) -> str:
    if isinstance(picture, Picture):
        return picture.document
    return draw_tensor(picture).document(picture.title)


@dataclass
class Exercise:
    """One exercise: `task` says what to do, `hints` help one after the other, and `starter` is what
    stands where the answer goes.

    `spec` says what is right: a function of the inputs. An answer is either a function too, and is
    then called with each of `inputs`, or a value, and is then compared with `spec()`. With `apply`,
    `apply(answer, *inputs)` is compared: so an answer can be a program's text. `score` turns a right
    answer into a sentence about how good it is, and `explain` a wrong one of the right kind into a
    sentence about what it would mean, a picture of that, or both. `prefix` is what a notebook writes
    before the exercise's name.
    """

    name: str
    task: str
    spec: Callable[..., Any]
    inputs: Sequence[tuple[Any, ...]] = ((),)
    hints: Sequence[str] = ()
    score: Callable[[Any], str] | None = None
    apply: Callable[..., Any] | None = None
    explain: Callable[[Any], str | Picture | tuple[str, Picture]] | None = None
    starter: Any = ...
    prefix: str = "lesson."
    _told: int = field(default=0, repr=False)

    def __repr__(self) -> str:
        first = self.task.split("\n")[0]
        return f"{self.name}: {first} {self.prefix}{self.name}.check(answer) judges an answer."

    def show(self) -> None:
        """Prints the task, and for a function the inputs that it is called with first."""
        print(f"{self.name}: {self.task}")
        if self.inputs and self.inputs[0]:
            print(f"it will be called with ({', '.join(map(shown, self.inputs[0]))}) first")

    def expected(self, case: int = 0) -> Any:
        """Returns what is right for the inputs of that number: the answer, for who asks for it."""
        return self.spec(*self.inputs[case])

    def hint(self) -> str:
        """Returns the next hint; after the last, the last again."""
        if not self.hints:
            return "There is no hint for this one."
        text = self.hints[min(self._told, len(self.hints) - 1)]
        self._told += 1
        return text

    def check(self, answer: Any) -> Verdict:
        """Compares an answer with the spec. Raises FAILED_PRECONDITION under WB_STRICT=1 unless it
        is right.
        """
        with interruptible(f"the check of {self.name}"):
            verdict = self._judge(answer)
        if verdict.outcome == "wrong":
            verdict = replace(verdict, message=f"{verdict.message}{self._help(verdict.message)}")
        if not verdict and os.environ.get("WB_STRICT") == "1":
            raise StatusError(StatusCode.FAILED_PRECONDITION, verdict.to_text())
        return verdict

    def _help(self, message: str) -> str:
        """Says how to go on: behind a sentence, and under anything else."""
        name = f"{self.prefix}{self.name}"
        between = " " if message.endswith((".", "?")) and "\n" not in message else "\n"
        return f"{between}{name}.hint() helps, {name}.expected() shows what is right."

    def _judge(self, answer: Any) -> Verdict:
        if _is_starter(answer, self.starter):
            return Verdict(
                self.name, "not yet", "Replace the dots by your answer, then run this cell again."
            )
        for given in self.inputs:
            expected = self.spec(*given)
            where = f"For ({', '.join(map(shown, given))}): " if given else ""
            try:
                got = self._result(answer, given)
                if _is_starter(got, self.starter):
                    return Verdict(self.name, "not yet", "Your function still returns the dots.")
                difference = self._difference(answer, expected, got)
                if difference is not None and not difference[1]:
                    difference = difference[0], _of_call(given, got, expected)
            except Mistake as mistake:
                return self._wrong(str(mistake), *mistake.pictures)
            except StatusError as error:
                return self._wrong(f"{where}{error}")
            except Exception as error:
                return self._wrong(f"{where}{_raised(answer, error)}")
            if difference is not None:
                message, pictures = difference
                return self._wrong(f"{where}{message}", *pictures)
        praise = self.score(answer) if self.score is not None else ""
        return Verdict(self.name, "right", praise)

    def _wrong(self, message: str, *pictures: TensorPeek | Picture) -> Verdict:
        return Verdict(self.name, "wrong", message, pictures)

    def _result(self, answer: Any, given: tuple[Any, ...]) -> Any:
        if self.apply is not None:
            return self.apply(answer, *given)
        if given and not callable(answer):
            raise Mistake(
                f"expected a function, got {kind_of(answer)}. Give its name, without (...)."
            )
        return answer(*given) if callable(answer) else answer

    def _difference(self, answer: Any, expected: Any, got: Any) -> _Difference | None:
        """Returns what tells `got` from `expected`, in a sentence and in pictures; None if nothing
        does. Raises Mistake if they are not of one kind.
        """
        if got is None:
            missing = " Does your function lack a return?" if callable(answer) else ""
            raise Mistake(f"expected {kind_of(expected)}, got None.{missing}")
        if (right := numbers(expected)) is not None:
            difference = _between_numbers(right, got, 0.0 if are_whole(expected) else TOLERANCE)
        elif isinstance(expected, set | frozenset):
            difference = _between_sets(expected, got)
        elif isinstance(expected, list | tuple):
            difference = _between_lists(expected, got)
        else:
            difference = _between_values(expected, got)
        if difference is None or self.explain is None or _of_other_shape(right, got):
            return difference
        explained = self.explain(got if self.apply is None else answer)
        if isinstance(explained, str):
            return explained or difference[0], difference[1]
        if isinstance(explained, Picture):
            explained = ("", explained)
        return explained[0] or difference[0], (*difference[1], explained[1])


_Difference = tuple[str, tuple[TensorPeek | Picture, ...]]


def _of_other_shape(right: Any, got: Any) -> bool:
    return right is not None and right.shape != numbers(got).shape


def _between_numbers(right: Any, got: Any, tolerance: float) -> _Difference | None:
    import numpy as np

    given = numbers(got)
    if given is None:
        raise Mistake(f"expected {count_of(right.shape)}, got {kind_of(got)}.")
    if right.shape != given.shape:
        message = f"expected {count_of(right.shape)}, got {count_of(given.shape)}."
        return message, (TensorPeek(given, "yours"),) if given.ndim else ()
    near = np.isclose(right, given, rtol=tolerance, atol=tolerance, equal_nan=True)
    if near.all():
        return None
    if right.ndim == 0:
        return f"yours is {shown(got)}.", ()
    pictures = (
        TensorPeek(given, "yours", picture=False),
        TensorPeek(given - right, "yours less the expected", picture=False, is_difference=True),
    )
    return f"{int((~near).sum())} of {right.size} elements differ.", pictures


def _between_sets(expected: set[Any] | frozenset[Any], got: Any) -> _Difference | None:
    if not isinstance(got, set | frozenset | list | tuple):
        raise Mistake(f"expected {kind_of(expected)}, got {kind_of(got)}.")
    given = [each for each in got if not any(_equal(each, other) for other in expected)]
    missing = [each for each in expected if not any(_equal(each, other) for other in got)]
    if not given and not missing:
        return None
    parts = [f"{', '.join(map(shown, given))} should not be in it"] if given else []
    parts += [f"{len(missing)} {'is' if len(missing) == 1 else 'are'} missing"] if missing else []
    marks = [Mark(shown(each), each not in given) for each in got]
    marks += [Mark("missing", False)] * len(missing)
    return f"{'; '.join(parts)}.", (strip("yours", marks),)


def _between_lists(expected: Sequence[Any], got: Any) -> _Difference | None:
    if not isinstance(got, list | tuple) or len(got) != len(expected):
        size = f" of {len(got)}" if isinstance(got, list | tuple) else ""
        raise Mistake(f"expected {kind_of(expected)} of {len(expected)}, got {kind_of(got)}{size}.")
    marks = [Mark(shown(g), _equal(e, g)) for e, g in zip(expected, got, strict=True)]
    wrong = [f"number {n} is {mark.text}" for n, mark in enumerate(marks, 1) if not mark.is_right]
    if not wrong:
        return None
    message = f"{len(wrong)} of {len(expected)} differ: {', '.join(wrong)}."
    return message, (strip("yours", marks),)


def _of_call(given: tuple[Any, ...], got: Any, expected: Any) -> tuple[Picture, ...]:
    """Returns the picture of one number that a function returned beside the expected one, if both
    are real and finite.
    """
    import numpy as np

    pair = [numbers(each) for each in (got, expected)]
    if not given or any(each is None or each.ndim or each.dtype.kind == "c" for each in pair):
        return ()
    yours, right = (float(each) for each in pair)
    if not np.isfinite([yours, right]).all():
        return ()
    call = f"({', '.join(map(shown, given))})"
    return (ruler("yours, and the expected", [(call, yours, right)]),)


def _between_values(expected: Any, got: Any) -> _Difference | None:
    if _equal(expected, got):
        return None
    if isinstance(expected, str) != isinstance(got, str):
        raise Mistake(f"expected {kind_of(expected)}, got {kind_of(got)}.")
    return f"yours is {shown(got)}.", ()


def _equal(one: Any, other: Any) -> bool:
    """Returns whether two values are equal; False if they cannot be compared."""
    try:
        return bool(one == other)
    except Exception:
        return False


def _raised(answer: Any, error: Exception) -> str:
    """Describes what a learner's function raised, and at which of its lines; what a value raised
    when used.
    """
    import linecache
    from traceback import walk_tb

    own = getattr(getattr(answer, "__code__", None), "co_filename", None)
    lines = [
        line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == own
    ]
    text = linecache.getline(own, lines[-1]).strip() if own and lines else ""
    place = f" at line {lines[-1]}: {text}" if text else ""
    detail = f": {error}" if str(error) else ""
    whose = "your function" if callable(answer) else "your answer"
    return f"{whose} raised {type(error).__name__}{detail}{place}."


def _is_starter(value: Any, starter: Any) -> bool:
    """Returns whether dots, or a sequence or set with dots in it, still stand where the answer
    goes.
    """
    if value is ... or value is starter:
        return True
    return isinstance(value, list | tuple | set) and any(item is ... for item in value)
