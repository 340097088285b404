"""What an op looked like at a moment of a compilation: in a program that was printed, or between
two of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from ireelite.records import CompilationRecord, Stage

LONGEST_LINE = 400


class OpTexts:
    """One line of text for an op before and after each rewrite of a record.

    The rewrites of all passes are numbered in order. An op stands in several programs with the same
    text but for the numbers of its values: before a rewrite the last of them is taken, after one
    the first.
    """

    def __init__(self, record: CompilationRecord):
        self.record = record
        self._first: dict[int, tuple[int, int]] = {}
        self._last: dict[int, tuple[int, int]] = {}
        self._programs: list[Stage] = []
        self._texts: dict[int, str] = {}
        for program in printed_in_order(record):
            number = len(self._programs)
            self._programs.append(program)
            places = {serial: (number, at) for at, serial in enumerate(program.nodes)}
            self._last.update(places)
            self._first = places | self._first
        kept = record.op_texts
        self._kept: dict[int, tuple[list[int], list[int]]] = {}
        for serial, moment, text in zip(kept.serials, kept.moments, kept.texts, strict=True):
            moments, texts = self._kept.setdefault(serial, ([], []))
            moments.append(moment)
            texts.append(text)

    def before(self, serial: int, rewrite: int) -> str:
        """Returns the op as a rewrite found it."""
        moments, texts = self._kept.get(serial, ([], []))
        if n := bisect_right(moments, 2 * rewrite):
            return self.record.strings[texts[n - 1]]
        return self._printed(self._last.get(serial)) or self._name(serial)

    def after(self, serial: int, rewrite: int) -> str:
        """Returns the op as a rewrite left it."""
        moments, texts = self._kept.get(serial, ([], []))
        if (n := bisect_left(moments, 2 * rewrite + 1)) < len(moments):
            return self.record.strings[texts[n]]
        return self._printed(self._first.get(serial)) or self._name(serial)

    def _name(self, serial: int) -> str:
        return self.record.nodes.name(serial)

    def _printed(self, place: tuple[int, int] | None) -> str:
        if place is None:
            return ""
        number, at = place
        program = self._programs[number]
        if (text := self._texts.get(number)) is None:
            text = self._texts[number] = program.text
        return first_line(text, program.op_spans.starts[at], program.op_spans.ends[at])


def first_line(text: str, start: int, end: int) -> str:
    """Returns the line that an op begins with, cut after `LONGEST_LINE` characters."""
    stop = text.find("\n", start, min(end, start + LONGEST_LINE))
    if stop >= 0:
        return text[start:stop]
    return text[start:end] if end - start <= LONGEST_LINE else f"{text[start : start + 399]}…"


def printed_in_order(record: CompilationRecord) -> Iterator[Stage]:
    """Yields all programs that were printed, in the order of the compilation: what each pass left,
    then the stage that it worked towards.
    """
    for stage in record.stages:
        for run in record.passes:
            if run.stage == stage.name and run.after is not None:
                yield run.after
        yield stage
    known = {stage.name for stage in record.stages}
    for run in record.passes:
        if run.stage not in known and run.after is not None:
            yield run.after
