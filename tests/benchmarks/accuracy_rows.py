"""The table of measured errors: its rows, their file, and the progress of a row."""

from __future__ import annotations

import fcntl
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from float_accuracy import Accuracy

DATA = Path(__file__).resolve().parents[2] / "notebooks" / "data" / "accuracy.json"
LOCK = Path(tempfile.gettempdir()) / "ireelite-accuracy.lock"
Key = tuple[str, str, str]
"""Type, function and target."""
PAUSE = 30
"""Seconds between two savings of a row."""
MINUTE = 60


def key(row: Mapping[str, object]) -> Key:
    return str(row["type"]), str(row["function"]), str(row["target"])


def saved() -> dict[Key, dict[str, object]]:
    """The rows of the file."""
    return {key(row): row for row in json.loads(DATA.read_text())} if DATA.exists() else {}


def save(rows: Sequence[dict[str, object]]) -> None:
    """Replaces the rows of these functions, types and targets in the file, which other runs may be
    changing too.
    """
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = saved() | {key(row): row for row in rows}
        lines = [json.dumps(known[k]) for k in sorted(known)]
        new = DATA.with_suffix(".new")
        new.write_text("[\n" + ",\n".join(lines) + "\n]\n")
        os.replace(new, DATA)


def operand(text: str) -> complex:
    """A number as the table has it; complex where it has parts."""
    return eval(text, {"inf": math.inf, "nan": math.nan})


@dataclass
class Row:
    """The largest error of a function of a type on a target so far."""

    key: Key
    every: bool
    """Whether the row is complete when all numbers of the type were visited."""
    found: Accuracy | None = None
    points: int = 0
    seconds: float = 0

    @classmethod
    def of(cls, key: Key, resume: bool, every: bool) -> Row:
        """The row of the file if it is to be resumed, else an empty one."""
        old = saved().get(key)
        if not resume or old is None:
            return cls(key, every)
        place = tuple(operand(str(x)) for x in old["operands"])  # pyright: ignore[reportGeneralTypeIssues]
        error = float(str(old["ulps"]))
        found = Accuracy(error, place, operand(str(old["got"])), operand(str(old["exact"])))
        return cls(key, every, found, int(str(old["points"])), float(str(old.get("seconds", 0))))

    def data(self, complete: int) -> dict[str, object]:
        """What the file has of the row; `complete` is the number of points that makes it so."""
        assert self.found is not None
        type, function, target = self.key
        return {
            "function": function,
            "type": type,
            "target": target,
            "ulps": round(self.found.error, 3),
            "operands": [repr(x) for x in self.found.place],
            "got": repr(self.found.got),
            "exact": repr(self.found.expected),
            "points": self.points,
            "all": self.every and self.points >= complete,
            "seconds": round(self.seconds, 1),
        }


class Watch:
    """The progress of some rows that are measured together: shown, timed and saved."""

    def __init__(self, title: str, wanted: int, limit: float):
        self.title, self.wanted, self.limit = title, wanted, limit
        self.start = self.saved_at = self.shown_at = time.monotonic()
        self.first: int | None = None
        self.rows: Sequence[Row] = []

    @property
    def is_over(self) -> bool:
        """Whether the rows took as long as they may."""
        return time.monotonic() - self.start > self.limit

    @contextmanager
    def saving(self, rows: Sequence[Row]) -> Iterator[None]:
        """Saves rows at the end, whatever ends them."""
        self.rows = rows
        self.first = min(row.points for row in rows)
        try:
            yield
        finally:
            self.save()
            for row in rows:
                seconds = time.monotonic() - self.start
                type, function, target = row.key
                line = f"{function:32} {type:12} {target:12} {row.found}"
                _print(f"{line}, {row.points:,} points, {seconds:.0f} s", whole=True)

    def save(self) -> None:
        """Saves what has been found."""
        now = time.monotonic()
        for row in self.rows:
            row.seconds += now - self.saved_at
        self.saved_at = now
        save([row.data(self.wanted) for row in self.rows if row.found is not None])

    def show(self, done: int, found: str) -> None:
        """Shows how far the rows are and how long they still take, and saves them now and then."""
        now = time.monotonic()
        share = done / self.wanted
        rate = (done - (self.first or 0)) / (now - self.start + 1e-9)
        rest = max(0, self.wanted - done) / (rate + 1e-9) / MINUTE
        text = f"{self.title}: {100 * share:.1f} %, {rest:.1f} minutes left, {found}"
        if sys.stdout.isatty():
            _print(text, whole=False)
        elif now - self.shown_at > MINUTE:
            self.shown_at = now
            _print(text, whole=True)
        if now - self.saved_at > PAUSE:
            self.save()


def _print(text: str, whole: bool) -> None:
    """A line; one that is not whole is replaced by the next."""
    head = "\r\033[K" if sys.stdout.isatty() else ""
    print(f"{head}{text}", end="\n" if whole else "", flush=True)
