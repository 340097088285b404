"""The parts of a compilation record that are sequences: spans of text, rewrites, decisions, and
addresses of instructions. Each is a table of columns that reads like a list of rows.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, overload

from ireelite.light_dataclass import light_dataclass
from ireelite.records.columns import Columnar, Stored, Strings

RowT = TypeVar("RowT")
LONGEST = 2**31 - 1
"""Nanoseconds at which the recorded time of a rewrite is clamped: about two seconds."""


class Rows(Columnar, Sequence[RowT]):
    """A table as a sequence of rows, equal to a list of equal rows."""

    def row(self, index: int) -> RowT:
        """Returns the row at a place that is there."""
        raise AssertionError(f"{type(self).__name__} has no rows")

    def __len__(self) -> int:
        return self.rows_stored(self.COLUMNS[0])

    @overload
    def __getitem__(self, index: int) -> RowT: ...
    @overload
    def __getitem__(self, index: slice) -> list[RowT]: ...
    def __getitem__(self, index: int | slice) -> RowT | list[RowT]:
        if isinstance(index, slice):
            return [self.row(n) for n in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"there is no row {index}: {self!r}")
        return self.row(place)

    def __iter__(self) -> Iterator[RowT]:
        return map(self.row, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(map(lambda a, b: a == b, self, other))

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)}>"


@light_dataclass(frozen=True)
class TextSpan:
    """Characters [start, end) of a stage's text that belong to a node or to a value."""

    start: int
    end: int
    index: int
    """For an op: its position in `Stage.nodes`.

    For a value: a number that its definition and uses share.
    """


class TextSpans(Rows[TextSpan]):
    """Spans in a stage's text."""

    COLUMNS = ("starts", "ends", "indexes")
    starts: array[int]
    ends: array[int]
    indexes: array[int]

    def add(self, start: int, end: int, index: int) -> None:
        """Adds a span."""
        self.starts.append(start)
        self.ends.append(end)
        self.indexes.append(index)

    def row(self, index: int) -> TextSpan:
        return TextSpan(self.starts[index], self.ends[index], self.indexes[index])


@dataclass(frozen=True)
class Rewrite:
    """One application of one rule or pattern."""

    pattern: str
    file: str
    """Path of the source file, relative to the directory that holds the `ireelite` package."""
    line: int
    ops_in: list[int]
    ops_out: list[int]
    nanoseconds: int = field(default=0, compare=False)
    """From the end of the rewrite before it, or from the beginning of the pass, to its own end; 0
    where that was not measured.
    """

    def __repr__(self) -> str:
        ops = f"nodes {self.ops_in} became {self.ops_out}"
        return f"<Rewrite by {self.pattern}, {self.file}:{self.line}: {ops}>"


class Patterns(Columnar):
    """The rules and patterns that a record mentions: name, file, line, and the source text of those
    that do not belong to `ireelite`.
    """

    COLUMNS = ("names", "files", "lines")
    LATER = ("sources",)
    names: array[int]
    files: array[int]
    lines: array[int]
    sources: array[int]

    def __init__(self, strings: Strings, stored: Stored | None = None):
        super().__init__(stored, "pattern/")
        self.strings = strings
        self._numbers: dict[tuple[str, str, int], int] = {}

    def number(self, name: str, file: str, line: int, source: str | None = None) -> int:
        """Returns the number of a pattern, a new one if it is met for the first time."""
        if (known := self._numbers.get((name, file, line))) is None:
            known = self._numbers[name, file, line] = len(self.names)
            self.names.append(self.strings.number(name))
            self.files.append(self.strings.number(file))
            self.lines.append(line)
            self.sources.append(self.strings.number(source))
        return known

    def name(self, number: int) -> str:
        """Returns a pattern's name."""
        return self.strings[self.names[number]]

    def source(self, number: int) -> str | None:
        """Returns a pattern's source text, where the record has it."""
        return self.strings.text(self.sources[number]) if number < len(self.sources) else None

    def __repr__(self) -> str:
        return f"<Patterns: {len(self.names)}>"


class Rewrites(Rows[Rewrite]):
    """The rewrites of one pass. Row n has its ops in `ops[ends[2n - 1]:ends[2n + 1]]`, first those
    that it matched, up to `ends[2n]`.
    """

    COLUMNS = ("patterns", "ends", "ops")
    LATER = ("nanoseconds",)
    patterns: array[int]
    ends: array[int]
    ops: array[int]
    nanoseconds: array[int]

    def __init__(self, table: Patterns, stored: Stored | None = None, prefix: str = ""):
        super().__init__(stored, prefix)
        self.table = table

    def add(
        self, pattern: int, ops_in: Iterable[int], ops_out: Iterable[int], nanoseconds: int = 0
    ) -> None:
        """Adds an application of a pattern, by its number."""
        self.patterns.append(pattern)
        self.ops.extend(ops_in)
        self.ends.append(len(self.ops))
        self.ops.extend(ops_out)
        self.ends.append(len(self.ops))
        self.nanoseconds.append(min(nanoseconds, LONGEST))

    def append(self, rewrite: Rewrite) -> None:
        """Adds a rewrite."""
        number = self.table.number(rewrite.pattern, rewrite.file, rewrite.line)
        self.add(number, rewrite.ops_in, rewrite.ops_out, rewrite.nanoseconds)

    def counts(self) -> Counter[str]:
        """Counts how often each pattern was applied, by name."""
        counts: Counter[str] = Counter()
        for number, times in Counter(self.patterns).items():
            counts[self.table.name(number)] += times
        return counts

    def row(self, index: int) -> Rewrite:
        number, table = self.patterns[index], self.table
        begin = self.ends[2 * index - 1] if index else 0
        middle, end = self.ends[2 * index], self.ends[2 * index + 1]
        file = table.strings[table.files[number]]
        ops_in, ops_out = self.ops[begin:middle].tolist(), self.ops[middle:end].tolist()
        time = self.nanoseconds[index] if index < len(self.nanoseconds) else 0
        return Rewrite(table.name(number), file, table.lines[number], ops_in, ops_out, time)


class OpTexts(Columnar):
    """The text of ops at moments between two stages: of those that a rewrite removed before a stage
    was printed, and of those that one changed in place.

    Moments ascend: `2n` is before the n-th rewrite of the record, `2n + 1` after it.
    """

    COLUMNS = ()
    LATER = ("serials", "moments", "texts")
    serials: array[int]
    moments: array[int]
    texts: array[int]

    def __init__(self, strings: Strings, stored: Stored | None = None):
        super().__init__(stored, "op_text/")
        self.strings = strings

    def add(self, serial: int, moment: int, text: str) -> None:
        """Adds the text of an op at a moment that is not before the last one."""
        self.serials.append(serial)
        self.moments.append(moment)
        self.texts.append(self.strings.number(text))

    def __len__(self) -> int:
        return len(self.serials)


@light_dataclass(frozen=True)
class Decision:
    """Why a pass did something to some ops, or did not."""

    kind: str
    """What was decided: `fusion`."""
    ops: tuple[int, ...]
    """Serials of the nodes it is about."""
    verdict: str
    """`fused`, `not fused`."""
    reason: str
    facts: dict[str, int | float | str] = field(default_factory=dict)
    """The figures the decision rests on, by name."""
    pass_name: str = ""
    """The pass that decided."""

    def words(self) -> str:
        """Formats `not fused: the intermediate has a second user (users 2)`."""
        figures = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.verdict}: {self.reason}" + (f" ({figures})" if figures else "")


class Decisions(Rows[Decision]):
    """Decisions in the order in which they were taken."""

    COLUMNS = ("kinds", "verdicts", "reasons", "facts", "passes", "ends", "ops")
    kinds: array[int]
    verdicts: array[int]
    reasons: array[int]
    facts: array[int]
    """Numbers of strings that hold a JSON object."""
    passes: array[int]
    ends: array[int]
    ops: array[int]

    def __init__(self, strings: Strings, stored: Stored | None = None):
        super().__init__(stored, "decision/")
        self.strings = strings

    def append(self, decision: Decision) -> None:
        """Adds a decision."""
        number = self.strings.number
        self.kinds.append(number(decision.kind))
        self.verdicts.append(number(decision.verdict))
        self.reasons.append(number(decision.reason))
        self.facts.append(number(json.dumps(decision.facts)))
        self.passes.append(number(decision.pass_name))
        self.ops.extend(decision.ops)
        self.ends.append(len(self.ops))

    def about(self, index: int) -> array[int]:
        """Returns the serials of the ops that a decision is about."""
        return self.ops[self.ends[index - 1] if index else 0 : self.ends[index]]

    def row(self, index: int) -> Decision:
        strings = self.strings
        return Decision(
            strings[self.kinds[index]],
            tuple(self.about(index)),
            strings[self.verdicts[index]],
            strings[self.reasons[index]],
            json.loads(strings[self.facts[index]]),
            strings[self.passes[index]],
        )


class Addresses(Rows[tuple[int, ...]]):
    """Addresses of instructions: tuples of one length."""

    COLUMNS = ("flat",)
    flat: array[int]

    def __init__(self, width: int, stored: Stored | None = None, prefix: str = ""):
        super().__init__(stored, prefix)
        self.width = width

    def append(self, address: Sequence[int]) -> None:
        """Adds an address."""
        self.flat.extend(address)

    def row(self, index: int) -> tuple[int, ...]:
        return tuple(self.flat[index * self.width : (index + 1) * self.width])

    def __len__(self) -> int:
        return self.rows_stored("flat") // self.width
