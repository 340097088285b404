"""Finds what orders the commands of a run: barriers between them, and memory that they share.

A record names the ranges that are bound to a dispatch, and those of them that it writes if the
executable says so. Otherwise the convention of this compiler and of upstream's is assumed: results
are bound last, and a range of an allocated buffer is a result unless a single earlier command has
written all of it. All other ranges are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ireelite.records import Event

_RANGE = re.compile(r"([\w.]+)(?:\[(\d+):(\d+)\])?")
_WHOLE = (0, 1 << 62)


ASSUMED = " (assumed: results are bound last)"
"""Added to the meaning of arrows that follow from the convention."""


class Range(NamedTuple):
    """Bytes [start, stop) of a buffer; of a whole buffer, `stop` is beyond any size."""

    buffer: str
    start: int
    stop: int

    def overlaps(self, other: Range) -> bool:
        return self.buffer == other.buffer and self.start < other.stop and other.start < self.stop

    def within(self, other: Range) -> bool:
        return self.buffer == other.buffer and other.start <= self.start and self.stop <= other.stop


class Need(NamedTuple):
    """A command that had to follow another."""

    first: int
    """Id of the event that began the one before."""
    then: int
    kind: str
    """`data` if it reads what the other one wrote, `reuse` if it writes where the other one read or
    wrote."""


class Barrier(NamedTuple):
    """Between two commands of a command buffer that follow each other on a lane, by event ids: the
    event that ended the one before, and the one that began the next.
    """

    end: int
    begin: int


@dataclass
class _Written:
    """What is known of a written range: by whom, and who has read it since."""

    range: Range
    writer: int
    readers: list[int] = field(default_factory=list)


def barriers(events: Iterable[Event], end_of: dict[int, int]) -> list[Barrier]:
    """Returns the barriers between commands; `end_of` has for a begin's id that of its end."""
    found: list[Barrier] = []
    last: dict[str, Event] = {}
    for event in events:
        if event.kind == "submit":
            last.pop(str(event.details.get("queue")), None)
        if "phase" not in event.details or event.kind == "fail":
            continue
        before = last.get(event.lane)
        if before is not None and event.details["phase"] > before.details["phase"]:
            found.append(Barrier(end_of.get(before.id, before.id), event.id))
        last[event.lane] = event
    return found


def is_assumed(events: Iterable[Event]) -> bool:
    """Returns whether the executable of some dispatch does not say which bindings it writes, as
    upstream's native ones, so that `needs` follows the convention.
    """
    return any(
        event.kind == "dispatch_begin"
        and "bindings" in event.details
        and "writes" not in event.details
        for event in events
    )


def needs(events: Iterable[Event]) -> list[Need]:
    """Returns which command follows which because of memory, nearest first: no arrow that others
    imply by themselves.
    """
    written: dict[str, list[_Written]] = {}
    found: dict[tuple[int, int], str] = {}
    for event in events:
        if event.kind == "alloc":
            written.setdefault(str(event.details.get("buffer")), [])
        reads, writes = _accesses(event, written)
        for range in reads:
            for known in reversed(written.get(range.buffer, [])):
                if known.range.overlaps(range):
                    found.setdefault((known.writer, event.id), "data")
                    known.readers.append(event.id)
                if range.within(known.range):
                    break
        for range in writes:
            others: list[_Written] = []
            for known in written.get(range.buffer, ()):
                if not known.range.overlaps(range):
                    others.append(known)
                    continue
                for before in known.readers or [known.writer]:
                    if before != event.id:
                        found.setdefault((before, event.id), "reuse")
                if not known.range.within(range):
                    others.append(known)
            written[range.buffer] = [*others, _Written(range, event.id)]
    return [Need(first, then, kind) for (first, then), kind in found.items() if first != then]


def _accesses(event: Event, written: dict[str, list[_Written]]) -> tuple[list[Range], list[Range]]:
    """Returns the ranges that a command reads and writes."""
    details = event.details
    if event.kind == "transfer":
        reads = list(_ranges(details.get("source", "")))
        return reads, list(_ranges(details.get("target", "")))
    if event.kind != "dispatch_begin":
        return [], []
    bound = list(_ranges(str(details.get("bindings", ""))))
    if (known := details.get("writes")) is not None:
        writes = [range for position, range in enumerate(bound) if position in known]
        return [range for n, range in enumerate(bound) if n not in known], writes
    reads, writes = [], []
    for position, range in enumerate(bound):
        known = written.get(range.buffer)
        is_result = position == len(bound) - 1 or (
            known is not None and not any(range.within(one.range) for one in known)
        )
        (writes if is_result else reads).append(range)
    return reads, writes


def _ranges(text: str) -> Iterator[Range]:
    for name, start, stop in _RANGE.findall(text):
        first, last = (int(start), int(stop)) if stop else _WHOLE
        yield Range(name, first, last)
