"""Programs side by side, followed op by op: what stayed, moved, was renamed, split, merged or came new,
whatever its text says.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.records import CompilationRecord, PassRun, Stage
from ireelite.status import invalid_argument, near_names, not_found
from workbench.model.lineage import Lineage
from workbench.model.op_texts import first_line
from workbench.model.packed import packed_text

KIND = "diff"
CONTEXT = 2
"""Unchanged rows that are kept around a changed one."""
SHORTEST_FOLD = 3
STATUSES = {
    "same": " ",
    "moved": "↕",
    "renamed": "≈",
    "changed": "~",
    "became": "→",
    "split": "<",
    "merged": ">",
    "added": "+",
    "removed": "−",
}
"""What happened to an op on the way to its column, with a sign for each."""
_VALUES = re.compile(r"%[\w$.\-]+(?:[:#]\d+)?|\^\w+")
_RESULT = re.compile(r"(%[\w$.\-]+)")
_SHAPED = re.compile(r"(?:tensor|memref)<((?:\d+x)*)(complex<)?[a-z]+(\d+)")


@dataclass(frozen=True)
class Cell:
    """An op in one column."""

    serial: int
    text: str
    depth: int
    status: str
    """What happened to it since the column before; in the first column, on the way to the next.
    `removed` is what has nothing in the next column.
    """


@dataclass(frozen=True)
class Column:
    """One program."""

    name: str
    ops: int
    size: int
    """Bytes of the tensors and buffers of static shape that its ops define."""
    counts: Counter[str]
    """How many ops came there in which way; of the first column, how many are gone in the next."""
    busy: tuple[str, ...]
    """The passes since the column before that rewrote something."""
    idle: int
    """How many passes since the column before changed nothing."""


def require_stages(record: CompilationRecord) -> None:
    """Raises INVALID_ARGUMENT for a record without stages."""
    if not record.stages:
        raise invalid_argument("this record has no stages to compare; compile with record=True")


class StageDiff:
    """View model of programs side by side."""

    def __init__(self, record: CompilationRecord, programs: Sequence[str] = ()):
        """Takes names of stages and of passes as `programs`, in the order of the columns; without
        any, the first two stages that differ.

        Raises NOT_FOUND for a name that the record has not, INVALID_ARGUMENT for a pass whose
        program was not kept and for a record without stages.
        """
        self.record = record
        if not programs:
            require_stages(record)
        self.names = list(programs) or [stage.name for stage in record.stages[:2]]
        self.programs = [self._program(name) for name in self.names]
        self._lines = [_lines(program) for program in self.programs]
        self._depths = [_depths(program) for program in self.programs]
        self._sources = [
            _sources(record, before, after)
            for before, after in zip(self.programs, self.programs[1:])
        ]
        self._statuses = self._all_statuses()
        self.rows = self._rows()

    @property
    def label(self) -> str:
        """One line about the whole."""
        return f"{self.record.source or 'a program'}: {' → '.join(self.names)}"

    @property
    def choices(self) -> list[str]:
        """All programs that can be compared."""
        return [name for name, _ in _programs(self.record)]

    @property
    def columns(self) -> list[Column]:
        """The programs with their figures."""
        columns: list[Column] = []
        for n, program in enumerate(self.programs):
            busy, idle = self._passes(n) if n else ((), 0)
            columns.append(
                Column(
                    self.names[n],
                    len(program.nodes),
                    sum(map(bytes_of, self._lines[n])),
                    Counter(self._statuses[n]),
                    busy,
                    idle,
                )
            )
        return columns

    def cell(self, column: int, op: int) -> Cell:
        """Returns an op of a program."""
        return Cell(
            self.programs[column].nodes[op],
            self._lines[column][op],
            self._depths[column][op],
            self._statuses[column][op],
        )

    def folds(self) -> list[tuple[int, int]]:
        """Ranges of rows in which nothing changed, short of `CONTEXT` rows around what did."""
        quiet = [
            all(op is not None and self._statuses[n][op] == "same" for n, op in enumerate(row))
            for row in self.rows
        ]
        found: list[tuple[int, int]] = []
        begin = 0
        while begin < len(quiet):
            end = begin
            while end < len(quiet) and quiet[end] == quiet[begin]:
                end += 1
            if quiet[begin]:
                first = begin + CONTEXT if begin else 0
                last = end - CONTEXT if end < len(quiet) else end
                if last - first >= SHORTEST_FOLD:
                    found.append((first, last))
            begin = end
        return found

    def state(self) -> dict[str, Any]:
        """Returns what a renderer in a browser gets."""
        lines: dict[str, int] = {}
        status_number = {name: n for n, name in enumerate(STATUSES)}
        rows: list[list[list[int] | None]] = []
        for row in self.rows:
            cells: list[list[int] | None] = []
            for column, op in enumerate(row):
                if op is None:
                    cells.append(None)
                    continue
                cell = self.cell(column, op)
                line = lines.setdefault(cell.text, len(lines))
                cells.append([cell.serial, line, cell.depth, status_number[cell.status]])
            rows.append(cells)
        serials = set().union(*(program.nodes for program in self.programs))
        return {
            "kind": KIND,
            "columns": [
                {
                    "name": column.name,
                    "ops": column.ops,
                    "bytes": column.size,
                    "counts": dict(column.counts),
                    "busy": column.busy,
                    "idle": column.idle,
                }
                for column in self.columns
            ],
            "choices": self.choices,
            "statuses": list(STATUSES.items()),
            "rows": rows,
            "folds": self.folds(),
            "lines": packed_text("\n".join(lines)),
            "graph": Lineage(self.record).graph(serials),
        }

    # -- comparing ---------------------------------------------------------------------------------

    def _program(self, name: str) -> Stage:
        known = dict(_programs(self.record))
        if name in known:
            return known[name]
        if any(run.name == name for run in self.record.passes):
            raise invalid_argument(
                f"pass '{name}' left no program of its own in this record: it changed nothing, or "
                'only stages were kept; compile(..., record="passes") keeps the program after '
                "each pass, as record_passes and read_dump do"
            )
        raise not_found(f"no stage or pass '{name}' in this record{near_names(name, list(known))}")

    def _all_statuses(self) -> list[list[str]]:
        found: list[list[str]] = []
        for n, program in enumerate(self.programs):
            if n:
                found.append(self._status_since(n))
            else:
                found.append(["same"] * len(program.nodes))
        if len(self.programs) > 1:
            # The first column says what will come of it, so that both sides of a change have a sign.
            kept = {
                source
                for own, status in zip(self._sources[0], found[1], strict=True)
                for source in own
                if status in ("same", "moved", "renamed", "changed")
            }
            found[0] = ["same" if n in kept else "became" for n in self.programs[0].nodes]
        for n, sources in enumerate(self._sources):
            still = set().union(*sources)
            for k, serial in enumerate(self.programs[n].nodes):
                if serial not in still and (n == 0 or found[n][k] == "same"):
                    found[n][k] = "removed"
        return found

    def _status_since(self, n: int) -> list[str]:
        before, after, sources = self.programs[n - 1], self.programs[n], self._sources[n - 1]
        old_line = dict(zip(before.nodes, self._lines[n - 1], strict=True))
        order = {serial: place for place, serial in enumerate(before.nodes)}
        children = Counter(source for own in sources for source in own)
        kept = [(order[s], k) for k, s in enumerate(after.nodes) if s in order]
        in_order = {k for _, k in _ascending(sorted(kept, key=lambda pair: pair[1]))}
        statuses: list[str] = []
        for k, (serial, own) in enumerate(zip(after.nodes, sources, strict=True)):
            if serial in order:
                if k not in in_order:
                    statuses.append("moved")
                else:
                    statuses.append(_text_status(old_line[serial], self._lines[n][k]))
            elif not own:
                statuses.append("added")
            elif len(own) > 1:
                statuses.append("merged")
            elif children[source := next(iter(own))] > 1:
                statuses.append("split")
            else:
                # A pass that builds the program anew copies what it leaves alone.
                status = _text_status(old_line[source], self._lines[n][k])
                statuses.append("became" if status == "changed" else status)
        return statuses

    def _passes(self, n: int) -> tuple[tuple[str, ...], int]:
        """Returns the passes that ran between two columns: those that rewrote something, and how
        many did not.
        """
        between = self._runs_between(self.names[n - 1], self.names[n])
        busy = tuple(f"{run.name} ({len(run.rewrites)})" for run in between if len(run.rewrites))
        return busy, len(between) - len(busy)

    def _runs_between(self, first: str, last: str) -> list[PassRun]:
        runs = self.record.passes
        ends: dict[str, int] = {}
        for place, run in enumerate(runs, 1):
            ends[run.stage] = place
        for name, place in _pass_places(self.record):
            ends.setdefault(name, place)
        begin, end = ends.get(first, 0), ends.get(last, 0)
        return runs[min(begin, end) : max(begin, end)]

    def _partners(self, column: int, place: dict[int, int]) -> list[tuple[int, int]]:
        """Returns (row, op): which op of a column stands beside each op of the one before, of all
        that were made from it. An op of the same value's name is taken, else the one made from the
        fewest ops, else the last: what an op needs is made before it.
        """
        old = dict(zip(self.programs[column - 1].nodes, self._lines[column - 1], strict=True))
        best: dict[int, tuple[tuple[bool, int, int], int]] = {}
        for k, own in enumerate(self._sources[column - 1]):
            name = _result(self._lines[column][k])
            for source in own:
                rank = (bool(name) and name == _result(old[source]), -len(own), k)
                if source in place and (source not in best or rank > best[source][0]):
                    best[source] = rank, k
        pairs = {k: place[source] for source, (_, k) in sorted(best.items(), reverse=True)}
        return sorted(((row, k) for k, row in pairs.items()), key=lambda pair: pair[1])

    def _rows(self) -> list[list[int | None]]:
        """Rows with an op, or none, in each column: an op stands beside the one that it is, or that it
        was made from.
        """
        rows: list[list[int | None]] = [[n] for n in range(len(self.programs[0].nodes))]
        for column in range(1, len(self.programs)):
            before = self.programs[column - 1].nodes
            place = {before[op]: k for k, row in enumerate(rows) if (op := row[-1]) is not None}
            sources = self._sources[column - 1]
            beside = dict(_ascending(self._partners(column, place)))
            joined: list[list[int | None]] = []
            waiting = 0
            for k, row in enumerate(rows):
                op = beside.get(k)
                if op is not None:
                    joined += [[None] * column + [n] for n in range(waiting, op)]
                    waiting = op + 1
                joined.append([*row, op])
            joined += [[None] * column + [n] for n in range(waiting, len(sources))]
            rows = joined
        return rows


def _result(line: str) -> str:
    """Returns the name of an op's first value, without the number that tells it from others."""
    found = _RESULT.match(line)
    return re.sub(r"_\d+$", "", found[1]) if found else ""


def bytes_of(line: str) -> int:
    """Returns the bytes of the tensors and buffers of static shape that an op's results are."""
    head, defines, rest = line.partition(" = ")
    if not defines or not head.startswith("%"):
        return 0
    type = rest.rpartition("->")[2] if "->" in rest else rest.rpartition(" : ")[2]
    total = 0
    for shape, is_complex, bits in _SHAPED.findall(type):
        elements = 2 if is_complex else 1
        for size in shape.split("x")[:-1]:
            elements *= int(size)
        total += elements * max(int(bits) // 8, 1)
    return total


def _text_status(old: str, new: str) -> str:
    if old == new:
        return "same"
    if _VALUES.sub("%", old) != _VALUES.sub("%", new):
        return "changed"
    first, second = _RESULT.match(old), _RESULT.match(new)
    names = (first[1], second[1]) if first and second else ("", "")
    # Values without names are numbered again after each change above them.
    renumbered = all(re.fullmatch(r"%(?:\d+|c\w*|cst\w*)?", name) for name in names)
    return "same" if names[0] == names[1] or renumbered else "renamed"


def _sources(record: CompilationRecord, before: Stage, after: Stage) -> list[frozenset[int]]:
    """Returns, for each op of a program, itself or the nearest of the earlier program's ops that it
    was derived from.
    """
    goal = set(before.nodes)
    parents, known = record.nodes.parents, {}

    def nearest(serial: int) -> frozenset[int]:
        waiting = [serial]
        while waiting:
            top = waiting[-1]
            if top in known:
                waiting.pop()
            elif top in goal:
                known[waiting.pop()] = frozenset((top,))
            elif missing := [p for p in parents(top) if p not in known]:
                waiting += missing
            else:
                known[waiting.pop()] = frozenset().union(*(known[p] for p in parents(top)))
        return known[serial]

    return [nearest(serial) for serial in after.nodes]


def _lines(program: Stage) -> list[str]:
    text, spans = program.text, program.op_spans
    return [first_line(text, start, end) for start, end in zip(spans.starts, spans.ends)]


def _depths(program: Stage) -> list[int]:
    """Returns how many ops are around each op."""
    depths: list[int] = []
    open_ops: list[int] = []
    for start, end in zip(program.op_spans.starts, program.op_spans.ends, strict=True):
        while open_ops and open_ops[-1] <= start:
            open_ops.pop()
        depths.append(len(open_ops))
        open_ops.append(end)
    return depths


def _programs(record: CompilationRecord) -> Iterable[tuple[str, Stage]]:
    """Returns all programs by name: the stages, then what passes left; a name that is met again is
    numbered.
    """
    found: dict[str, Stage] = {stage.name: stage for stage in record.stages}
    for name, place in _pass_places(record):
        if (after := record.passes[place - 1].after) is not None:
            found.setdefault(name, after)
    return found.items()


def _pass_places(record: CompilationRecord) -> Iterable[tuple[str, int]]:
    """Yields (name, number from 1) of the passes that left a program: `cse`, `cse#2`, `cse#3`."""
    counts: Counter[str] = Counter()
    for place, run in enumerate(record.passes, 1):
        if run.after is not None:
            counts[run.name] += 1
            yield run.name if counts[run.name] == 1 else f"{run.name}#{counts[run.name]}", place


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the longest subsequence of pairs, ascending in the second, whose firsts ascend too."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (first, _) in enumerate(pairs):
        place = bisect_left(tails, first)
        before.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(first)
            ends.append(n)
        else:
            tails[place], ends[place] = first, n
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]
