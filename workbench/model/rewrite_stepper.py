"""Every rewrite of a compilation, one after the other: which pattern matched which op, what it took
away and what it put there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from ireelite.passes import pass_summary
from ireelite.records import CompilationRecord, PassRun
from ireelite.records.columns import ints
from ireelite.status import StatusCode, StatusError
from workbench.model.lineage import Lineage
from workbench.model.numbers import quantity
from workbench.model.op_texts import OpTexts
from workbench.model.packed import packed_ints, packed_text
from workbench.model.pattern_sources import pattern_source
from workbench.model.stage_names import stage_title
from workbench.progress import at

KIND = "steps"


@dataclass(frozen=True)
class OpLine:
    """An op before or after a rewrite."""

    serial: int
    name: str
    text: str
    """Its line, without the ops inside."""


@dataclass(frozen=True)
class Step:
    """One rewrite."""

    number: int
    """Among all rewrites of the record, from 0."""
    run: PassRun
    pattern: str
    file: str
    line: int
    source: str
    """The pattern's own text; empty where it is not known."""
    nanoseconds: int
    removed: tuple[OpLine, ...]
    """The ops that it matched, as they were; the first is the one that the pattern was tried on."""
    added: tuple[OpLine, ...]
    """The ops that it made or changed, as they are."""

    @property
    def changed(self) -> frozenset[int]:
        """Serials of the ops that it changed in place."""
        return frozenset(op.serial for op in self.removed) & {op.serial for op in self.added}


class RewriteStepper:
    """View model of the stepper. `at` is the rewrite shown at first; without one, it is the first
    that touches the op with the longest story.
    """

    def __init__(self, record: CompilationRecord, at: int | None = None):
        """Raises OUT_OF_RANGE for a rewrite that the record has not."""
        self.record = record
        self.runs = record.passes
        self.ends = list(accumulate(len(run.rewrites) for run in self.runs))
        """For each pass, how many rewrites there are up to its end."""
        self.total = self.ends[-1] if self.ends else 0
        if at is not None and not 0 <= at < max(self.total, 1):
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"there is no rewrite {at}: this record has "
                + (f"the rewrites 0 to {self.total - 1}" if self.total else "no rewrites"),
            )
        self.followed = self._followed(at)
        """Ops that are selected at first: the one with the longest story, or those of `at`."""
        self.at = next(iter(self.touching(self.followed)), 0) if at is None else at

    @property
    def label(self) -> str:
        """One line about the whole."""
        busy = sum(bool(len(run.rewrites)) for run in self.runs)
        return (
            f"The {quantity(self.total, 'rewrite')} of {self.record.source or 'a program'}, by {busy} of "
            f"{quantity(len(self.runs), 'pass', 'passes')}"
        )

    @cached_property
    def texts(self) -> OpTexts:
        return OpTexts(self.record)

    def place(self, number: int) -> tuple[int, int]:
        """Returns the pass that a rewrite belongs to, and its number in that pass."""
        run = bisect_right(self.ends, number)
        return run, number - (self.ends[run - 1] if run else 0)

    def step(self, number: int) -> Step:
        """Returns a rewrite, by its number among all."""
        place, row = self.place(number)
        run, texts, name = self.runs[place], self.texts, self.record.nodes.name
        rewrite = run.rewrites[row]
        return Step(
            number,
            run,
            rewrite.pattern,
            rewrite.file,
            rewrite.line,
            pattern_source(self.record.patterns, run.rewrites.patterns[row]),
            rewrite.nanoseconds,
            tuple(OpLine(n, name(n), texts.before(n, number)) for n in rewrite.ops_in),
            tuple(OpLine(n, name(n), texts.after(n, number)) for n in rewrite.ops_out),
        )

    def touching(self, serials: Iterable[int]) -> list[int]:
        """Returns the rewrites that matched or made one of the given ops, something that they were
        derived from, or something that was derived from them.
        """
        seeds = set(serials)
        family = seeds | self.record.nodes.ancestors(seeds) | self.record.nodes.descendants(seeds)
        found: list[int] = []
        number = 0
        for run in self.runs:
            begin = 0
            for end in run.rewrites.ends[1::2]:
                if not family.isdisjoint(run.rewrites.ops[begin:end]):
                    found.append(number)
                begin = end
                number += 1
        return found

    def following(self, serials: Iterable[int], number: int, forwards: bool = True) -> int | None:
        """Returns the next rewrite after (or before) one that touches the given ops' story."""
        touched = self.touching(serials)
        place = bisect_right(touched, number if forwards else number - 1)
        if forwards:
            return touched[place] if place < len(touched) else None
        return touched[place - 1] if place else None

    def state(self) -> dict[str, Any]:
        """Returns what a renderer in a browser gets: columns of numbers, and each different line
        once.
        """
        record, nodes = self.record, self.record.nodes
        names = [stage.name for stage in record.stages]
        names += [n for n in dict.fromkeys(run.stage for run in self.runs) if n not in names]
        titles = [stage_title(name) for name in names]
        patterns = record.patterns
        columns, lines = self._columns()
        return {
            "kind": KIND,
            "source": record.source,
            "at": self.at,
            "total": self.total,
            "stages": [
                {"name": name, "title": title.title, "meaning": title.meaning}
                for name, title in zip(names, titles, strict=True)
            ],
            "passes": [
                [
                    run.name,
                    names.index(run.stage),
                    run.nanoseconds,
                    len(run.rewrites),
                    pass_summary(run.name),
                ]
                for run in self.runs
            ],
            "patterns": [
                [
                    patterns.name(n),
                    record.strings[patterns.files[n]],
                    patterns.lines[n],
                    pattern_source(patterns, n),
                ]
                for n in range(len(patterns.names))
            ],
            "columns": {
                **columns,
                "parents": packed_ints(nodes.first_parents),
                "more_children": packed_ints(nodes.more_children),
                "more_parents": packed_ints(nodes.more_parents),
                "staged": packed_ints(self._staged()),
            },
            "lines": packed_text("\n".join(lines)),
        }

    def _columns(self) -> tuple[dict[str, list[int | str]], Sequence[str]]:
        """Returns the rewrites of all passes as columns, and the lines that `texts` numbers."""
        patterns, ends, ops, times, texts = ints(), ints(), ints(), ints(), ints()
        lines: dict[str, int] = {}
        before, after, number = self.texts.before, self.texts.after, 0
        for run in self.runs:
            rewrites, offset, begin = run.rewrites, len(ops), 0
            patterns.extend(rewrites.patterns)
            ops.extend(rewrites.ops)
            ends.extend(end + offset for end in rewrites.ends)
            missing = len(rewrites) - len(rewrites.nanoseconds)
            times.extend([*rewrites.nanoseconds, *([0] * missing)])
            at(number / max(self.total, 1))
            for row in range(len(rewrites)):
                middle, end = rewrites.ends[2 * row], rewrites.ends[2 * row + 1]
                for place in range(begin, end):
                    told = before if place < middle else after
                    line = told(rewrites.ops[place], number)
                    texts.append(lines.setdefault(line, len(lines)))
                begin, number = end, number + 1
        packed = {"patterns": patterns, "ends": ends, "ops": ops, "times": times, "texts": texts}
        return {name: packed_ints(column) for name, column in packed.items()}, list(lines)

    def _staged(self) -> array[int]:
        """Returns a number for each node: whether it stands in a stage, where other views show it."""
        staged = ints([0]) * len(self.record.nodes)
        for stage in self.record.stages:
            for serial in stage.nodes:
                staged[serial] = 1
        return staged

    def _followed(self, at: int | None) -> list[int]:
        if at is not None and self.total:
            run, row = self.place(at)
            rewrite = self.runs[run].rewrites[row]
            return list(dict.fromkeys([*rewrite.ops_in, *rewrite.ops_out]))
        op = Lineage(self.record).telling_op()
        return [] if op is None else [op]
