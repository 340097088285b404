"""One program, told at every stage, with the relatives of one op lit in all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from ireelite.records import CompilationRecord, InstructionTable
from ireelite.status import near_names, not_found
from workbench.model.ir_columns import Numbering, columns_of
from workbench.model.ir_lines import Lines, StageLines, TableLines
from workbench.model.ir_tokens import TokenKind
from workbench.model.lineage import COMMON_OP_WEIGHT, COMMON_OPS, Lineage
from workbench.model.ran_values import RanValues
from workbench.model.stage_names import stage_title
from workbench.model.subtree import TERMINATORS, subtree, whole_constants
from workbench.progress import at, part

KIND = "ir"
MAX_LINES = 20_000
"""How many lines of all panes a view takes into a notebook."""
CONSTANTS = r"[Cc]onst(ant)?$|vm\.const\.|^const\.|^OpConstant|rodata$|OpTypeInt|tensor\.empty$"
"""Pattern of the names of ops that make a constant: runs of them can be folded to a line."""
SEARCH_KINDS = {
    "op": TokenKind.OP,
    "value": TokenKind.VALUE,
    "type": TokenKind.TYPE,
    "symbol": TokenKind.SYMBOL,
    "attribute": TokenKind.ATTRIBUTE,
}
"""A query may begin with one of these and a colon, to look at words of one kind only:
`type:tensor<4x`.
"""


@dataclass(frozen=True)
class Pane:
    """A stage, or an instruction table: its lines, and the nodes in it by position."""

    name: str
    """The stage's name, or `vm:module`, `vm:kernels`, `spirv:kernels` for instructions."""
    title: str
    meaning: str
    kind: str
    """`stage`, `vm`, `spirv` or `native`."""
    nodes: Sequence[int] = field(repr=False)
    lines: Lines = field(repr=False)

    @property
    def short(self) -> str:
        """The name where there is little room."""
        return _TABLE_NAMES.get(self.name, self.name)

    def shown(self) -> set[int]:
        """Serials that have characters of their own in this pane."""
        return {piece.serial for line in self.lines for piece in line.pieces if piece.serial >= 0}


@dataclass(frozen=True)
class Hit:
    """A word that a search found: pane, line (from 0), the op it belongs to (or -1),
    and the word.
    """

    pane: str
    line: int
    serial: int
    word: str


class IRView:
    """View model of the panes. `focus` is the op that a reader is pointing at,
    as a serial number.
    """

    def __init__(
        self,
        record: CompilationRecord,
        focus: str | int | None = None,
        stages: Iterable[str] | None = None,
        ran: RanValues | None = None,
        formats: Iterable[str] = (),
    ):
        """Raises NOT_FOUND for a focus (`tf/2`) or a stage that is not in the record.

        Without a focus, the op with the longest story is taken. `stages` chooses and orders the
        panes by name. `ran` has values of a run to stand beside results, `formats` the executable
        formats that a run chose.
        """
        self.record = record
        self.ran = ran
        self.badges = {
            VARIANTS[f.split("-")[0]]: f"ran: {f}" for f in formats if f.split("-")[0] in VARIANTS
        }
        """For each pane whose instructions ran, by name, the format they ran in."""
        self.lineage = Lineage(record)
        self._lit_ops: dict[tuple[str, frozenset[int]], dict[int, int]] = {}
        self.panes = _panes(record)
        if stages is not None:
            known = {pane.name: pane for pane in self.panes}
            self.panes = [_chosen(known, name) for name in stages]
        if isinstance(focus, str):
            focus = record.serial(focus)
        self.focus = focus if focus is not None else self.lineage.telling_op()

    @property
    def label(self) -> str:
        """One line about the whole."""
        name = self.identity(self.focus) if self.focus is not None else "nothing"
        return f"{self.record.source or 'A program'} at every stage, following {name}"

    def identity(self, serial: int) -> str:
        """Returns `stage/n: name`, or `instruction: name`: how a node is announced."""
        name = self.lineage.name(serial)
        identity = self.record.identity(serial)
        return f"{identity}: {name}" if identity != "-" else f"instruction: {name}"

    def lit(self, seeds: Iterable[int] | None = None) -> dict[str, set[int]]:
        """Returns, for each pane, the serials that light up: exactly the relatives of the seeds
        that stand in it.
        """
        relatives = self.lineage.relatives(self._seeds(seeds))
        return {pane.name: relatives.intersection(pane.nodes) for pane in self.panes}

    def lit_lines(self, pane: Pane, seeds: Iterable[int] | None = None) -> list[int]:
        """Returns the lines of a pane on which a lit op begins."""
        return list(self._lit(pane, seeds).values())

    def telling_lines(
        self, pane: Pane, count: int, seeds: Iterable[int] | None = None
    ) -> list[int]:
        """Returns the lit lines that carry most of the story, at most `count` of them, from top to
        bottom.
        """
        lines = self._lit(pane, seeds)
        return sorted(
            lines[serial] for serial in self.lineage.ranked(self._seeds(seeds), lines)[:count]
        )

    def _lit(self, pane: Pane, seeds: Iterable[int] | None = None) -> dict[int, int]:
        """Returns the lit ops that begin on a line of a pane, and the line, ascending."""
        key = pane.name, frozenset(self._seeds(seeds))
        if (known := self._lit_ops.get(key)) is None:
            known = pane.lines.begun_by(self.lineage.relatives(key[1]))
            self._lit_ops[key] = known
        return known

    def uses(self, pane_name: str, value: int) -> list[tuple[int, int]]:
        """Returns where a value is written in a pane, as (line, piece): its definition first, then
        its uses.
        """
        pane = next(pane for pane in self.panes if pane.name == pane_name)
        return [
            (n, m)
            for n in pane.lines.uses(value)
            for m, piece in enumerate(pane.lines[n].pieces)
            if piece.value == value
        ]

    def subtree(self, identity: str, whole: Callable[[str], str] | None = None) -> str:
        """Returns an op with its regions as MLIR text that parses by itself, by its `stage/n`;
        values from outside become arguments. `whole` returns the text of a stage with whole
        constants. Raises NOT_FOUND.
        """
        serial = self.record.serial(identity)
        name = identity.rpartition("/")[0]
        stage = self.record.stage(name)
        constants = whole_constants(stage.text, whole(name)) if whole is not None else ()
        return subtree(self.record, stage, stage.nodes.index(serial), constants)

    def search(self, query: str) -> list[Hit]:
        """Searches for all words that contain the query, in any case; `op:`, `value:`, `type:`,
        `symbol:`, `attribute:` narrow it.
        """
        kind, needle = _query(query)
        if not needle:
            return []
        return [
            Hit(pane.name, n, piece.serial, piece.text)
            for pane in self.panes
            for n in pane.lines.containing(needle)
            for piece in pane.lines[n].pieces
            if (kind is None or piece.kind == kind) and needle in piece.text.lower()
        ]

    def state(
        self, most_lines: int | None = MAX_LINES, pane_name: str | None = None
    ) -> dict[str, Any]:
        """Returns what a renderer in a browser gets: the panes, and the derivation graph between
        the ops that they show, so that it needs no kernel.

        Of panes with more than `most_lines` lines in all, the lines around the relatives of the
        focus are shown; None shows all. With `pane_name`, the state has this pane alone.
        """
        names, types = Numbering(), Numbering()
        panes: list[dict[str, Any]] = []
        all_lines, done = sum(len(pane.lines) for pane in self.panes), 0
        with part("panes", 0, 0.8):
            for pane, most in self._shares(most_lines):
                if pane_name in (None, pane.name):
                    rows = shown_lines(pane, most, self._near(pane, most))
                    panes.append(self._pane_state(pane, rows, names, types))
                done += len(pane.lines)
                at(done / max(all_lines, 1))
        serials = {serial for pane in panes for serial in accumulate(pane["nodes"])}
        return {
            "kind": KIND,
            "source": self.record.source,
            "focus": self.focus if self.focus is not None else -1,
            "graph": self.lineage.graph(serials),
            "names": names.strings,
            "common": _matching(COMMON_OPS, names.strings),
            "constants": _matching(CONSTANTS, names.strings),
            "terminators": _matching(TERMINATORS, names.strings),
            "commonOpWeight": COMMON_OP_WEIGHT,
            "types": types.strings,
            "panes": panes,
            "ran": self.ran.texts() if self.ran is not None else {},
        }

    def _shares(self, most_lines: int | None) -> list[tuple[Pane, int]]:
        """Returns how many lines of each pane are shown: short panes leave their room to long ones."""
        room = most_lines if most_lines is not None else sum(len(p.lines) for p in self.panes)
        shares: dict[str, int] = {}
        waiting = sorted(self.panes, key=lambda pane: len(pane.lines))
        for n, pane in enumerate(waiting):
            shares[pane.name] = min(len(pane.lines), room // (len(waiting) - n))
            room -= shares[pane.name]
        return [(pane, shares[pane.name]) for pane in self.panes]

    def _near(self, pane: Pane, most: int) -> list[int]:
        """Returns the lines of a pane that matter most for the focus, the best first; none of a
        pane that is shown whole.
        """
        if most >= len(pane.lines):
            return []
        lines = self._lit(pane)
        return [lines[serial] for serial in self.lineage.ranked(self._seeds(None), lines)]

    def _pane_state(
        self, pane: Pane, rows: list[tuple[int, int]], names: Numbering, types: Numbering
    ) -> dict[str, Any]:
        return {
            "name": pane.name,
            "short": pane.short,
            "title": pane.title,
            "meaning": pane.meaning,
            "kind": pane.kind,
            "badge": self.badges.get(pane.name, ""),
            "ops": len(pane.nodes),
            **columns_of(pane.lines.cut(rows), self.record.nodes, names, types),
        }

    def _seeds(self, seeds: Iterable[int] | None) -> list[int]:
        if seeds is not None:
            return list(seeds)
        return [self.focus] if self.focus is not None else []


def shown_lines(pane: Pane, most: int, near: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges of lines, `most` in all: around the lines in `near`, the first of which get their
    surroundings first, and the pane's beginning.
    """
    if most >= len(pane.lines):
        return [(0, len(pane.lines))]
    around = max(most // (2 * min(len(near) + 1, 16)), 1)
    chosen: set[int] = set()
    for line in [*near[:15], 0, *near[15:]]:
        for n in range(max(line - around, 0), min(line + around, len(pane.lines))):
            if len(chosen) < most:
                chosen.add(n)
    ranges: list[tuple[int, int]] = []
    for n in sorted(chosen):
        if ranges and ranges[-1][1] == n:
            ranges[-1] = ranges[-1][0], n + 1
        else:
            ranges.append((n, n + 1))
    return ranges


def _matching(pattern: str, names: Sequence[str]) -> list[int]:
    """Returns the numbers of the names that match a pattern."""
    search = re.compile(pattern).search
    return [n for n, name in enumerate(names) if search(name)]


def _query(query: str) -> tuple[TokenKind | None, str]:
    prefix, colon, rest = query.strip().lower().partition(":")
    if colon and prefix in SEARCH_KINDS:
        return SEARCH_KINDS[prefix], rest.strip()
    return None, query.strip().lower()


def _chosen(known: dict[str, Pane], name: str) -> Pane:
    if name not in known:
        raise not_found(f"no stage '{name}' in this record{near_names(name, list(known))}")
    return known[name]


def _panes(record: CompilationRecord) -> list[Pane]:
    panes = []
    for stage in record.stages:
        title = stage_title(stage.name)
        lines = StageLines(stage)
        panes.append(Pane(stage.name, title.title, title.meaning, "stage", stage.nodes, lines))
    groups: dict[str, list[InstructionTable]] = {}
    for table in record.instructions:
        place = "module" if table.where == "module" else "kernels"
        groups.setdefault(f"{table.kind}:{place}", []).append(table)
    for name, tables in groups.items():
        meaning = ADDRESSES[tables[0].kind]
        nodes = tuple(serial for table in tables for serial in table.nodes)
        lines = TableLines(tables, record.nodes)
        about = f"the bytes: {meaning}"
        panes.append(Pane(name, meaning, about, tables[0].kind, nodes, lines))
    return panes


ADDRESSES = {
    "vm": "function + byte offset, instruction",
    "spirv": "word offset, instruction",
    "native": "function + byte offset, instruction",
}
"""What stands before an instruction, by the kind of table."""

_TABLE_NAMES = {
    "vm:module": "bytecode",
    "vm:kernels": "VM kernels",
    "spirv:kernels": "SPIR-V",
    "native:kernels": "CPU code",
}

VARIANTS = {
    "vmvx": "vm:kernels",
    "vulkan": "spirv:kernels",
    "webgpu": "spirv:kernels",
    "ireelite": "native:kernels",
}
"""The pane with the instructions of an executable format, by the format's first word."""
