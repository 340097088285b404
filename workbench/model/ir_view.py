"""One program, told at every stage, with the relatives of one op lit in all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ireelite.records import CompilationRecord, InstructionTable, Stage
from ireelite.status import near_names, not_found
from workbench.model.ir_tokens import SpanIndex, Token, TokenKind, tokens
from workbench.model.lineage import LOUDNESS_OF_QUIET, QUIET, Lineage
from workbench.model.stage_names import stage_title

KIND = "ir"
LONGEST_WORD = 64
LONGEST_LINE = 400
SEARCH_KINDS = {
    "op": TokenKind.OP,
    "value": TokenKind.VALUE,
    "type": TokenKind.TYPE,
    "symbol": TokenKind.SYMBOL,
}
"""A query may begin with one of these and a colon, to look at words of one kind only:
`type:tensor<4x`.
"""


@dataclass(frozen=True)
class Piece:
    """Some characters of a line that belong to one op and are one word or the blanks between
    words.
    """

    text: str
    kind: TokenKind
    serial: int
    """The op's serial number, or -1."""
    value: int
    """The value's number in its pane, or -1."""


@dataclass(frozen=True)
class Line:
    """One line of a pane."""

    pieces: tuple[Piece, ...]
    serial: int
    """The op that begins on this line, or -1: closing braces and comments begin nothing."""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Pane:
    """A stage, or an instruction table: its lines, and the nodes in it by position."""

    name: str
    """The stage's name, or `vm:module`, `vm:kernels`, `spirv:kernels` for instructions."""
    title: str
    meaning: str
    kind: str
    """`stage`, `vm` or `spirv`."""
    nodes: tuple[int, ...]
    lines: tuple[Line, ...]

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
    ):
        """Raises NOT_FOUND for a focus (`tf/2`) or a stage that is not in the record.

        Without a focus, the op with the longest story is taken. `stages` chooses and orders the
        panes by name.
        """
        self.record = record
        self.lineage = Lineage(record)
        self.panes = _panes(record)
        if stages is not None:
            known = {pane.name: pane for pane in self.panes}
            self.panes = [_chosen(known, name) for name in stages]
        if isinstance(focus, str):
            focus = record.serial(focus)
        self.focus = focus if focus is not None else self.lineage.telling_op()

    def identity(self, serial: int) -> str:
        """`stage/n: name`, or `instruction: name`: how a node is announced."""
        name = self.lineage.names.get(serial, "?")
        identity = self.record.identity(serial)
        return f"{identity}: {name}" if identity != "-" else f"instruction: {name}"

    def lit(self, seeds: Iterable[int] | None = None) -> dict[str, set[int]]:
        """For each pane, the serials that light up:
        exactly the relatives of the seeds that stand in it.
        """
        relatives = self.lineage.relatives(self._seeds(seeds))
        return {pane.name: relatives.intersection(pane.nodes) for pane in self.panes}

    def lit_lines(self, pane: Pane, seeds: Iterable[int] | None = None) -> list[int]:
        """The lines of a pane on which a lit op begins."""
        lit = self.lineage.relatives(self._seeds(seeds))
        return [n for n, line in enumerate(pane.lines) if line.serial in lit]

    def telling_lines(
        self, pane: Pane, count: int, seeds: Iterable[int] | None = None
    ) -> list[int]:
        """The lit lines that carry most of the story, at most `count` of them,
        from top to bottom.
        """
        lines = {pane.lines[n].serial: n for n in self.lit_lines(pane, seeds)}
        return sorted(
            lines[serial] for serial in self.lineage.ranked(self._seeds(seeds), lines)[:count]
        )

    def uses(self, pane_name: str, value: int) -> list[tuple[int, int]]:
        """Where a value is written in a pane, as (line, piece):
        its definition first, then its uses.
        """
        pane = next(pane for pane in self.panes if pane.name == pane_name)
        return [
            (n, m)
            for n, line in enumerate(pane.lines)
            for m, piece in enumerate(line.pieces)
            if piece.value == value
        ]

    def search(self, query: str) -> list[Hit]:
        """All words that contain the query, in any case;
        `op:`, `value:`, `type:`, `symbol:` narrow it.
        """
        kind, needle = _query(query)
        if not needle:
            return []
        return [
            Hit(pane.name, n, piece.serial, piece.text)
            for pane in self.panes
            for n, line in enumerate(pane.lines)
            for piece in line.pieces
            if (kind is None or piece.kind == kind) and needle in piece.text.lower()
        ]

    def state(self) -> dict[str, Any]:
        """What a renderer in a browser gets: every pane, and the derivation graph, so that it needs
        no kernel.
        """
        return {
            "kind": KIND,
            "source": self.record.source,
            "focus": self.focus if self.focus is not None else -1,
            "parents": self.lineage.columns(),
            "quiet": QUIET,
            "loudnessOfQuiet": LOUDNESS_OF_QUIET,
            "panes": [
                {
                    "name": pane.name,
                    "short": pane.short,
                    "title": pane.title,
                    "meaning": pane.meaning,
                    "kind": pane.kind,
                    "nodes": list(pane.nodes),
                    "names": [self.lineage.names[serial] for serial in pane.nodes],
                    "lines": [[line.serial, *_flat(line)] for line in pane.lines],
                }
                for pane in self.panes
            ],
        }

    def _seeds(self, seeds: Iterable[int] | None) -> list[int]:
        if seeds is not None:
            return list(seeds)
        return [self.focus] if self.focus is not None else []


def _flat(line: Line) -> list[str | int]:
    return [
        part
        for piece in line.pieces
        for part in (piece.text, int(piece.kind), piece.serial, piece.value)
    ]


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
    names = {node.serial: node.name for node in record.nodes}
    stages = [
        _stage_pane(stage, [names[serial] for serial in stage.nodes]) for stage in record.stages
    ]
    groups: dict[str, list[InstructionTable]] = {}
    for table in record.instructions:
        place = "module" if table.where == "module" else "kernels"
        groups.setdefault(f"{table.kind}:{place}", []).append(table)
    return stages + [_table_pane(name, tables, names) for name, tables in groups.items()]


def _stage_pane(stage: Stage, names: list[str]) -> Pane:
    owners = SpanIndex(stage.op_spans)
    words = tokens(stage, names)
    starts = {span.index: span.start for span in reversed(stage.op_spans)}
    lines: list[Line] = []
    begin, word = 0, 0
    for text in stage.text.split("\n"):
        end = begin + len(text)
        first = word
        while word < len(words) and words[word].start < end:
            word += 1
        pieces = list(_pieces(stage, text, begin, words[first:word], owners))
        indent = len(text) - len(text.lstrip())
        owner = owners.at(begin + indent) if text.strip() else -1
        begins = owner >= 0 and begin <= starts.get(owner, -1) <= end
        lines.append(Line(tuple(pieces), stage.nodes[owner] if begins else -1))
        begin = end + 1
    while lines and not lines[-1].text.strip():
        lines.pop()
    told = stage_title(stage.name)
    return Pane(stage.name, told.title, told.meaning, "stage", tuple(stage.nodes), tuple(lines))


def _pieces(
    stage: Stage, text: str, begin: int, words: list[Token], owners: SpanIndex
) -> Iterable[Piece]:
    """Cuts a line into words and what stands between them, and that again where the owning op
    changes.

    The blanks before a line and a closing brace belong to no op: when an op is lit, its words are,
    not its surroundings.
    """
    end = min(begin + len(text), begin + LONGEST_LINE)
    quiet = len(text) - len(text.lstrip(" "))
    if text.strip().startswith("}"):
        quiet += 1
    if quiet:
        yield Piece(text[:quiet], TokenKind.PLAIN, -1, -1)
    cursor = begin + quiet
    for word in words:
        if word.start >= end:
            break
        yield from _between(stage, cursor, word.start, owners)
        serial = stage.nodes[word.op] if word.op >= 0 else -1
        yield Piece(_shortened(stage.text[word.start : word.end]), word.kind, serial, word.value)
        cursor = word.end
    yield from _between(stage, cursor, min(end, begin + len(text)), owners)
    if (hidden := begin + len(text) - max(cursor, end)) > 0:
        yield Piece(f" … {hidden} more characters", TokenKind.COMMENT, -1, -1)


def _between(stage: Stage, start: int, end: int, owners: SpanIndex) -> Iterable[Piece]:
    cursor = start
    while cursor < end:
        owner = owners.at(cursor)
        stop = cursor + 1
        while stop < end and owners.at(stop) == owner:
            stop += 1
        yield Piece(
            stage.text[cursor:stop], TokenKind.PLAIN, stage.nodes[owner] if owner >= 0 else -1, -1
        )
        cursor = stop


def _shortened(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return f"{word[: LONGEST_WORD - 16]}…{word[-8:]}"


def _table_pane(name: str, tables: list[InstructionTable], names: dict[int, str]) -> Pane:
    """The instructions of one module, or of all kernels one after the other with a heading each."""
    lines: list[Line] = []
    for table in tables:
        if table.where != "module":
            lines.append(Line((Piece(f"// {table.where}", TokenKind.COMMENT, -1, -1),), -1))
        for address, serial in zip(table.addresses, table.nodes, strict=True):
            place = "f{}+{:04x}".format(*address) if table.kind == "vm" else f"{address[0]:5d}"
            pieces = (
                Piece(f"{place}  ", TokenKind.NUMBER, serial, -1),
                Piece(names[serial], TokenKind.OP, serial, -1),
            )
            lines.append(Line(pieces, serial))
    kind = tables[0].kind
    meaning = "function + byte offset, instruction" if kind == "vm" else "word offset, instruction"
    nodes = tuple(serial for table in tables for serial in table.nodes)
    return Pane(name, meaning, f"the bytes: {meaning}", kind, nodes, tuple(lines))


_TABLE_NAMES = {"vm:module": "bytecode", "vm:kernels": "VM kernels", "spirv:kernels": "SPIR-V"}
