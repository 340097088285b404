"""Tensors to choose from: one, two with their difference, or all values of a run of the
interpreter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from ireelite.records import CompilationRecord
from ireelite.status import StatusError, invalid_argument, near_names, not_found
from workbench.model.numbers import number
from workbench.model.tensor_peek import (
    INFINITE,
    KIND,
    MAX_COLUMNS,
    MAX_ROWS,
    NAN,
    STEPS,
    TensorPeek,
)
from workbench.model.tensor_statistics import Comparison, compare

if TYPE_CHECKING:
    from ireelite.reference import Interpretation

MAX_CELLS = 100_000
"""Elements that are sent to a script for all tensors together."""
MIN_SIDE = 8


@dataclass(frozen=True)
class Choice:
    """A tensor that can be chosen."""

    name: str
    peek: TensorPeek
    serial: int = -1
    """Of the op whose result it is, in the record of the compilation."""


class TensorSet:
    """View model of several tensors, of which one is shown."""

    def __init__(
        self, choices: Sequence[Choice], current: int = 0, comparison: Comparison | None = None
    ):
        self.choices = list(choices)
        self.current = current
        self.comparison = comparison

    @property
    def peek(self) -> TensorPeek:
        """The tensor that is shown."""
        return self.choices[self.current].peek

    @property
    def label(self) -> str:
        """One line about the whole."""
        if self.comparison is not None:
            return f"{self.peek.label}, compared: {self.verdict}"
        return self.peek.label

    @property
    def verdict(self) -> str:
        """How the two tensors differ, in words; nothing if there is one only."""
        made = self.comparison
        if made is None:
            return ""
        if made.worst_at is None or made.pair is None:
            return f"all {made.count} elements are equal"
        ours, theirs = (number(value.item()) for value in made.pair)
        return (
            f"{made.differing} of {made.count} elements differ; the worst is {list(made.worst_at)}: "
            f"{ours} against {theirs}, by {number(made.worst)}"
        )

    def slice(self, choice: int, at: Sequence[int]) -> TensorPeek:
        """Returns another slice of a tensor. Raises INVALID_ARGUMENT for one that is not there."""
        peek = self.choices[choice].peek
        return TensorPeek(
            peek.array, peek.title, at=at, picture=peek.picture, known=peek.statistics
        )

    def state(self) -> dict[str, Any]:
        """Returns what a renderer in a browser gets: of each tensor as many slices as there is room
        for.
        """
        room = MAX_CELLS // max(len(self.choices), 1)
        return {
            "kind": KIND,
            "current": self.current,
            "verdict": self.verdict,
            "worst": list(self.comparison.worst_at)
            if self.comparison is not None and self.comparison.worst_at is not None
            else None,
            "steps": STEPS,
            "nan": NAN,
            "infinite": INFINITE,
            "choices": [self._choice_state(choice, room) for choice in self.choices],
        }

    def _choice_state(self, choice: Choice, room: int) -> dict[str, Any]:
        peek = choice.peek
        most = _sides(room)
        slow = peek.shape[:-2] if peek.slice else ()
        slices: dict[str, Any] = {}
        for at in [peek.at, *product(*(range(n) for n in slow))] if slow else [peek.at]:
            if _key(at) in slices:
                continue
            shown = TensorPeek(
                peek.array,
                at=at if slow else (),
                picture=peek.picture,
                most=most,
                known=peek.statistics,
            )
            room -= shown.grid.size
            if slices and room < 0:
                break
            slices[_key(at) if slow else ""] = shown.state()
        return {
            "name": choice.name,
            "serial": choice.serial,
            "title": peek.title,
            "type": peek.type,
            "shape": list(peek.shape),
            "slow": list(slow),
            "at": list(peek.at) if slow else [],
            "picture": peek.picture,
            "signed": peek.signed,
            "slices": slices,
            "facts": [[what, text, list(at)] for what, text, at in facts(peek)],
            "counts": list(peek.statistics.counts) if peek.statistics.count > MIN_COUNTED else [],
            "range": [number(peek.low), number(peek.high)],
            "scores": [asdict(score) for score in peek.scores],
        }


MIN_COUNTED = 16
"""Tensors of more elements than this have a histogram."""


def facts(peek: TensorPeek) -> list[tuple[str, str, tuple[int, ...]]]:
    """Returns what describes the tensor: words, a number, and the index of an element that has it."""
    stats = peek.statistics
    if not stats.count:
        return [("elements", "0", ())]
    rows: list[tuple[str, str, tuple[int, ...]]] = [("elements", str(stats.count), ())]
    if stats.low_at is not None and stats.high_at is not None:
        rows += [
            ("least", number(stats.low), stats.low_at),
            ("mean", number(stats.mean), ()),
            ("greatest", number(stats.high), stats.high_at),
            ("deviation", number(stats.deviation), ()),
            ("zeros", str(stats.zeros), ()),
        ]
    if stats.nan_at is not None:
        rows.append(("NaN", str(stats.nans), stats.nan_at))
    if stats.infinity_at is not None:
        rows.append(("infinite", str(stats.infinities), stats.infinity_at))
    return rows


def of_two(ours: TensorPeek, theirs: Any, names: tuple[str, str] = ("this", "other")) -> TensorSet:
    """Returns a tensor, another one, and their difference, which is shown. Raises INVALID_ARGUMENT
    for different shapes.
    """
    other = TensorPeek(theirs, names[1], at=ours.at if ours.slice else ())
    made = compare(ours.array, other.array)
    slow = len(ours.shape[:-2])
    at = made.worst_at[:slow] if made.worst_at is not None else ours.at
    title = f"|{ours.title or names[0]} - {names[1]}|"
    difference = TensorPeek(made.difference, title, at=at if slow else (), picture=False)
    choices = [Choice("difference", difference), Choice(names[0], ours), Choice(names[1], other)]
    return TensorSet(choices, 0, made)


def of_run(
    run: Interpretation, record: CompilationRecord | None = None, op: str | None = None
) -> TensorSet:
    """Returns all values that a run of the interpreter kept, of which that of `op` (`hlo/12`) is
    shown, by default the last. Raises NOT_FOUND for an op without a value, INVALID_ARGUMENT for a
    run that kept none.
    """
    choices: list[Choice] = []
    shown = -1
    for identity, rows in run.values.items():
        for turn, results in enumerate(rows):
            for position, value in enumerate(results):
                if not hasattr(value, "shape"):
                    continue
                name = identity + (f"#{position}" if len(results) > 1 else "")
                name += f" {_name(record, identity)}".rstrip()
                name += f", turn {turn - len(rows)}" if len(rows) > 1 else ""
                if identity == op:
                    shown = len(choices)
                choices.append(
                    Choice(name, TensorPeek(value, name, picture=False), _serial(record, identity))
                )
    if not choices:
        raise invalid_argument("this run kept no values: call program.interpret(..., values=True)")
    if op is not None and shown < 0:
        raise not_found(f"op '{op}' has no value in this run{near_names(op, list(run.values))}")
    return TensorSet(choices, shown if op is not None else len(choices) - 1)


def _serial(record: CompilationRecord | None, identity: str) -> int:
    try:
        return -1 if record is None else record.serial(identity)
    except StatusError:
        return -1


def _name(record: CompilationRecord | None, identity: str) -> str:
    serial = _serial(record, identity)
    return "" if record is None or serial < 0 else record.nodes.name(serial).rpartition("/")[2]


def _sides(room: int) -> tuple[int, int]:
    """Rows and columns of a grid that has no more cells than there is room for."""
    rows = max(min(MAX_ROWS, int((room / 2) ** 0.5)), MIN_SIDE)
    return rows, max(min(MAX_COLUMNS, room // rows), MIN_SIDE)


def _key(at: Sequence[int]) -> str:
    return ",".join(map(str, at))
