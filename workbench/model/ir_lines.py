"""The lines of a pane, cut into pieces when they are looked at."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, compress, count
from operator import sub
from typing import overload

from ireelite.records import InstructionTable, Nodes, Stage
from ireelite.records.columns import NONE, ints
from workbench.model.ir_columns import Cut, PaneText, Ranges
from workbench.model.ir_tokens import SortedSpans, SpanIndex, StageWords, Token, TokenKind

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

    def line(self, number: int) -> Line:
        """Returns the pieces of a line."""
        raise AssertionError(f"{type(self).__name__} has no lines")

    def containing(self, needle: str) -> list[int]:
        """Returns the lines whose text contains `needle` (in small letters), in any case."""
        raise AssertionError(f"{type(self).__name__} has no text")

    def begun_by(self, serials: Set[int]) -> dict[int, int]:
        """Returns, for those of the ops that begin on a line as its first word, the line, ascending."""
        raise AssertionError(f"{type(self).__name__} has no ops")

    def cut(self, ranges: Ranges) -> PaneText:
        """Returns the lines in some ranges, for a script."""
        raise AssertionError(f"{type(self).__name__} has no text")

    def uses(self, value: int) -> list[int]:
        """Returns the lines that mention a value."""
        return []

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
        return [0, *accumulate(map((1).__add__, map(len, self.texts[:-1])))]

    @cached_property
    def ops(self) -> SpanIndex:
        """Where the ops stand."""
        return SpanIndex(self.stage.op_spans)

    @cached_property
    def values(self) -> SortedSpans:
        """Where values stand."""
        return SortedSpans(self.stage.value_spans)

    @cached_property
    def words(self) -> StageWords:
        heads = self.stage.name_starts.values
        return StageWords("\n".join(self.texts), self.ops, heads, self.values)

    def __len__(self) -> int:
        return len(self.texts)

    def begun_by(self, serials: Set[int]) -> dict[int, int]:
        nodes, ops = self.stage.nodes, self.ops
        found: dict[int, int] = {}
        in_order = map(nodes.__getitem__, ops.indexes)
        for place in compress(count(), map(serials.__contains__, in_order)):
            number = bisect_right(self.starts, ops.starts[place]) - 1
            if self._begin(number) == place:
                found[nodes[ops.indexes[place]]] = number
        return found

    def _begin(self, number: int) -> int:
        """Returns the place among `ops` of the op that is the first word of a line, or -1."""
        text = self.texts[number]
        first = self.starts[number] + len(text) - len(text.lstrip())
        place = bisect_left(self.ops.starts, first)
        begins = place < len(self.ops.starts) and self.ops.starts[place] == first
        return place if begins else NONE

    def line(self, number: int) -> Line:
        if (known := self._known.get(number)) is None:
            begin, text = self.starts[number], self.texts[number]
            words = self.words.between(begin, begin + len(text))
            pieces = tuple(self._pieces(text, begin, words))
            place = self._begin(number)
            serial = self.stage.nodes[self.ops.indexes[place]] if place >= 0 else NONE
            known = self._known[number] = Line(pieces, serial)
        return known

    def cut(self, ranges: Ranges) -> PaneText:
        stage, ops, values = self.stage, self.ops, self.values
        cut = Cut(self.texts, self.starts, ranges)
        heads_of = stage.name_starts.values
        starts, ends, heads, nodes = ints(), ints(), ints(), ints()
        value_starts, sizes, numbers = ints(), ints(), ints()
        for begin, end, new in cut.parts:
            moved = new - begin
            for n in ops.within(begin, end):
                op, stop = ops.indexes[n], ops.ends[n]
                starts.append(ops.starts[n] + moved)
                ends.append(stop + moved if stop <= end else cut.place(stop))
                heads.append(heads_of[op] + moved if heads_of else starts[-1])
                nodes.append(stage.nodes[op])
            kept = values.within(begin, end)
            value_starts.extend(start + moved for start in values.starts[kept.start : kept.stop])
            own = slice(kept.start, kept.stop)
            sizes.extend(map(sub, values.ends[own], values.starts[own]))
            numbers.extend(values.indexes[own])
        types = stage.value_types.values
        return PaneText(
            cut.text, cut.gaps, starts, ends, heads, nodes, value_starts, sizes, numbers, types
        )

    def containing(self, needle: str) -> list[int]:
        return [n for n, text in enumerate(self.texts) if needle in text.lower()]

    def uses(self, value: int) -> list[int]:
        spans = self.values
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
        for begin, stop, owner in self.ops.runs(start, end):
            serial = self.stage.nodes[owner] if owner >= 0 else NONE
            yield Piece(self.words.text[begin:stop], TokenKind.PLAIN, serial, NONE)


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

    def __len__(self) -> int:
        return len(self.begins)

    def begun_by(self, serials: Set[int]) -> dict[int, int]:
        lines = compress(count(), map(serials.__contains__, self.begins))
        return {self.begins[n]: n for n in lines}

    def line(self, number: int) -> Line:
        place, name = self._words(number)
        serial = self.begins[number]
        if serial == NONE:
            return Line((Piece(name, TokenKind.COMMENT, NONE, NONE),), NONE)
        pieces = (
            Piece(place, TokenKind.NUMBER, serial, NONE),
            Piece(name, TokenKind.OP, serial, NONE),
        )
        return Line(pieces, serial)

    def cut(self, ranges: Ranges) -> PaneText:
        texts: list[str] = []
        gaps: list[int] = []
        starts, ends, heads, nodes = ints(), ints(), ints(), ints()
        at = last = 0
        for begin, stop in [*ranges, (len(self), len(self))]:
            if begin > last:
                gaps.append(len(texts))
                texts.append(f"⋯ {begin - last} more lines")
                at += len(texts[-1]) + 1
            for number in range(begin, stop):
                place, name = self._words(number)
                texts.append(place + name)
                if (serial := self.begins[number]) != NONE:
                    starts.append(at)
                    heads.append(at + len(place))
                    ends.append(at + len(texts[-1]))
                    nodes.append(serial)
                at += len(texts[-1]) + 1
            last = stop
        return PaneText("\n".join(texts), gaps, starts, ends, heads, nodes)

    def containing(self, needle: str) -> list[int]:
        return [n for n in range(len(self)) if needle in self.line(n).text.lower()]

    def _words(self, number: int) -> tuple[str, str]:
        """Returns the address and the name of an instruction, or of a heading nothing and itself."""
        n = bisect_right(self._firsts, number) - 1
        table = self._tables[n]
        row = number - self._firsts[n] - (table.where != "module")
        if row < 0:
            return "", f"// {table.where}"
        address = table.addresses[row]
        place = f"{address[0]:5d}" if len(address) == 1 else "f{}+{:04x}".format(*address)
        return f"{place}  ", self.nodes.name(table.nodes[row])


def _shortened(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return f"{word[: LONGEST_WORD - 16]}…{word[-8:]}"
