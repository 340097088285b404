"""The lines of a pane, cut into pieces when they are looked at."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import overload

from ireelite.records import InstructionTable, Nodes, Stage
from ireelite.records.columns import NONE, ints
from workbench.model.ir_columns import PaneText
from workbench.model.ir_tokens import StageWords, Token, TokenKind

LONGEST_WORD = 64
LONGEST_LINE = 400


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


class Lines(Sequence[Line]):
    """The lines of one pane."""

    begins: array[int]
    """For each line, the serial of the op that begins on it, or -1."""

    def line(self, number: int) -> Line:
        """Returns the pieces of a line."""
        raise AssertionError(f"{type(self).__name__} has no lines")

    def containing(self, needle: str) -> list[int]:
        """Returns the lines whose text contains `needle` (in small letters), in any case."""
        raise AssertionError(f"{type(self).__name__} has no text")

    def whole(self) -> PaneText:
        """Returns all of it, for a script."""
        raise AssertionError(f"{type(self).__name__} has no text")

    def uses(self, value: int) -> list[int]:
        """Returns the lines that mention a value."""
        return []

    def __len__(self) -> int:
        return len(self.begins)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [self.line(n) for n in range(*index.indices(len(self)))]
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"there is no line {index}: the pane has {len(self)}")
        return self.line(number)

    def __iter__(self) -> Iterator[Line]:
        return map(self.line, range(len(self)))


class StageLines(Lines):
    """The text of a stage. Its words are found when a line is first looked at."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self._known: dict[int, Line] = {}

    @cached_property
    def texts(self) -> list[str]:
        """The lines' text."""
        return self.stage.text.rstrip().split("\n")

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins in the stage's text."""
        return [0, *accumulate(len(text) + 1 for text in self.texts[:-1])]

    @cached_property
    def words(self) -> StageWords:
        return StageWords(self.stage)

    @cached_property
    def begins(self) -> array[int]:  # pyright: ignore[reportIncompatibleVariableOverride]
        found = ints([NONE]) * len(self.texts)
        for op, start in enumerate(self.stage.op_spans.starts):
            number = bisect_right(self.starts, start) - 1
            text = self.texts[number]
            first = self.starts[number] + len(text) - len(text.lstrip())
            if start == first and found[number] == NONE:
                found[number] = self.stage.nodes[self.stage.op_spans.indexes[op]]
        return found

    def line(self, number: int) -> Line:
        if (known := self._known.get(number)) is None:
            begin, text = self.starts[number], self.texts[number]
            words = self.words.between(begin, begin + len(text))
            pieces = tuple(self._pieces(text, begin, words))
            known = self._known[number] = Line(pieces, self.begins[number])
        return known

    def whole(self) -> PaneText:
        stage = self.stage
        # Positions are in the order of the text unless the record was made by hand.
        rows = sorted(zip(stage.op_spans.starts, stage.op_spans.ends, stage.op_spans.indexes))
        heads = stage.name_starts.values
        return PaneText(
            "\n".join(self.texts),
            [start for start, _, _ in rows],
            [end for _, end, _ in rows],
            [heads[op] for _, _, op in rows] if heads else (),
            [stage.nodes[op] for _, _, op in rows],
            stage.value_spans,
            stage.value_types.values,
        )

    def containing(self, needle: str) -> list[int]:
        return [n for n, text in enumerate(self.texts) if needle in text.lower()]

    def uses(self, value: int) -> list[int]:
        spans = self.stage.value_spans
        starts = (start for start, own in zip(spans.starts, spans.indexes) if own == value)
        return sorted({bisect_right(self.starts, start) - 1 for start in starts})

    def _pieces(self, text: str, begin: int, words: list[Token]) -> Iterable[Piece]:
        """Cuts a line into words and what stands between them, and that again where the owning op
        changes.

        The blanks before a line and a closing brace belong to no op: when an op is lit, its words
        are, not its surroundings.
        """
        end = min(begin + len(text), begin + LONGEST_LINE)
        quiet = len(text) - len(text.lstrip(" "))
        if text.strip().startswith("}"):
            quiet += 1
        if quiet:
            yield Piece(text[:quiet], TokenKind.PLAIN, NONE, NONE)
        cursor = begin + quiet
        for word in words:
            if word.start >= end:
                break
            yield from self._between(cursor, word.start)
            serial = self.stage.nodes[word.op] if word.op >= 0 else NONE
            shown = _shortened(self.words.text[word.start : word.end])
            yield Piece(shown, word.kind, serial, word.value)
            cursor = word.end
        yield from self._between(cursor, end)
        if (hidden := begin + len(text) - max(cursor, end)) > 0:
            yield Piece(f" … {hidden} more characters", TokenKind.COMMENT, NONE, NONE)

    def _between(self, start: int, end: int) -> Iterable[Piece]:
        cursor, owners = start, self.words.owners
        while cursor < end:
            owner = owners.at(cursor)
            stop = cursor + 1
            while stop < end and owners.at(stop) == owner:
                stop += 1
            serial = self.stage.nodes[owner] if owner >= 0 else NONE
            yield Piece(self.words.text[cursor:stop], TokenKind.PLAIN, serial, NONE)
            cursor = stop


class TableLines(Lines):
    """The instructions of one module, or of all kernels one after the other with a heading each."""

    def __init__(self, tables: list[InstructionTable], nodes: Nodes):
        self.nodes = nodes
        self._tables = tables
        self._firsts: list[int] = []
        """The first line of each table, which is its heading if it is a kernel's."""
        self.begins = ints()
        for table in tables:
            self._firsts.append(len(self.begins))
            if table.where != "module":
                self.begins.append(NONE)
            self.begins.extend(table.nodes)

    def line(self, number: int) -> Line:
        table, row = self._row(number)
        if row < 0:
            heading = Piece(f"// {table.where}", TokenKind.COMMENT, NONE, NONE)
            return Line((heading,), NONE)
        serial = table.nodes[row]
        pieces = (
            Piece(f"{_place(table, row)}  ", TokenKind.NUMBER, serial, NONE),
            Piece(self.nodes.name(serial), TokenKind.OP, serial, NONE),
        )
        return Line(pieces, serial)

    def whole(self) -> PaneText:
        texts: list[str] = []
        starts, heads = ints(), ints()
        at = 0
        for table in self._tables:
            if table.where != "module":
                texts.append(f"// {table.where}")
                at += len(texts[-1]) + 1
            for row, serial in enumerate(table.nodes):
                place = f"{_place(table, row)}  "
                texts.append(place + self.nodes.name(serial))
                starts.append(at)
                heads.append(at + len(place))
                at += len(texts[-1]) + 1
        nodes = ints(serial for serial in self.begins if serial != NONE)
        ends = ints(at + size for at, size in zip(starts, map(len, filter(_is_row, texts))))
        return PaneText("\n".join(texts), starts, ends, heads, nodes)

    def containing(self, needle: str) -> list[int]:
        return [n for n in range(len(self)) if needle in self.line(n).text.lower()]

    def _row(self, number: int) -> tuple[InstructionTable, int]:
        """Returns the table of a line and the row in it, -1 for a heading."""
        n = bisect_right(self._firsts, number) - 1
        table = self._tables[n]
        return table, number - self._firsts[n] - (table.where != "module")


def _place(table: InstructionTable, row: int) -> str:
    address = table.addresses[row]
    return f"{address[0]:5d}" if len(address) == 1 else "f{}+{:04x}".format(*address)


def _is_row(text: str) -> bool:
    return not text.startswith("//")


def _shortened(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return f"{word[: LONGEST_WORD - 16]}…{word[-8:]}"
