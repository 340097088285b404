"""A run as lanes of slices and arrows: who worked when, and who waited for whom.

Two clocks. `order` places an event by the longest chain of causes that leads to it: two runs of one
program give the same picture. `time` places it by the nanosecond it happened at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from zlib import crc32

from ireelite.records import CompilationRecord, Event, ExecutionRecord
from workbench.model.dispatch_order import Barrier, barriers, needs
from workbench.model.event_ops import EventOps

KIND = "timeline"
ARROWS = {
    ("signal", "wait"): "signal",
    ("fail", "wait"): "signal",
    ("signal", "dispatch_begin"): "signal",
    ("submit", "wait"): "submit",
    ("submit", "dispatch_begin"): "submit",
    ("submit", "transfer"): "submit",
    ("submit", "signal"): "submit",
    ("signal", "transfer"): "signal",
    ("signal", "submit"): "signal",
    ("signal", "signal"): "signal",
}
"""What an arrow from a cause to an effect means:
a semaphore was signalled, or work was handed to a queue.
"""
STEP = 5
"""The distance of two positions of the `order` clock, in characters."""


@dataclass(frozen=True)
class Slice:
    """An interval on a lane: a call, or a dispatch."""

    id: int
    """Id of the event that began it."""
    end_id: int
    kind: str
    """`call` or `dispatch`."""
    label: str
    short: str
    """What a dispatch computes, where that is known; otherwise the label without what the labels of
    all dispatches begin with.
    """
    lane: str
    depth: int
    """0 for an outermost slice, 1 for one inside it."""
    order: tuple[int, int]
    time: tuple[int, int]
    """Nanoseconds since the first event of the record."""
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Instant:
    """A moment on a lane: a submit, wait, signal, transfer, alloc or free."""

    id: int
    kind: str
    label: str
    lane: str
    depth: int
    order: int
    time: int
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Arrow:
    """From cause to effect, by event ids; `kind` is `signal`, `submit`, or of two commands on
    queues `data` or `reuse` (see `dispatch_order.Need`)."""

    cause: int
    effect: int
    kind: str


class FenceTimeline:
    """View model of the lanes. With a compilation record, each slice knows the ops it ran."""

    def __init__(
        self,
        record: ExecutionRecord,
        compilation: CompilationRecord | None = None,
        memory: bool = False,
    ):
        """`memory` adds a counter of live bytes, from alloc and free events."""
        self.device = record.device
        self.run = f"{crc32(record.summary().encode()):08x}"
        """Tells this run from others of the same program."""
        self._known_families: dict[frozenset[int], set[int]] = {}
        self.events = {event.id: event for event in record.events}
        self.order = _longest_chains(record)
        self.start = min((event.time_ns for event in record.events), default=0)
        self.ops = EventOps(compilation) if compilation is not None else None
        self.lanes = _lanes(record.events)
        pairs = list(record.slices())
        self.slices = self._slices(pairs)
        paired = {event.id for pair in pairs for event in pair}
        self.instants = [self._instant(event) for event in record.events if event.id not in paired]
        self.arrows = self._arrows({end.id: begin.id for begin, end in pairs})
        self.arrows += [Arrow(*need) for need in needs(record.events)]
        self.barriers: list[Barrier] = barriers(
            record.events, {begin.id: end.id for begin, end in pairs}
        )
        self.memory = self._memory() if memory else []

    @property
    def label(self) -> str:
        """One line about the whole."""
        counts = (
            f"{len(self.lanes)} lanes with {len(self.slices)} slices and {len(self.arrows)} arrows"
        )
        return f"A run on {counts} from cause to effect"

    @property
    def marks(self) -> list[Slice | Instant]:
        """All that stands on a lane, in the order of recording."""
        return sorted([*self.slices, *self.instants], key=lambda mark: mark.id)

    # -- questions ---------------------------------------------------------------------------------

    def seeds(self, event_id: int) -> frozenset[int]:
        """Serials of the ops that the event with this id ran."""
        return self.ops.seeds(self.events[event_id]) if self.ops is not None else frozenset()

    def lit(self, serials: Iterable[int]) -> set[int]:
        """Ids of the slices and instants that light up when these ops are selected."""
        wanted = set(serials)
        return {mark.id for mark in self.marks if wanted & self._family(self.seeds(mark.id))}

    def at_stages(self, seeds: frozenset[int]) -> list[tuple[str, str, str, int]]:
        """For each stage, the op that carries most of what these ops are about: the stage's name,
        the op's identity, name and serial.
        """
        if self.ops is None or not seeds:
            return []
        record, lineage = self.ops.record, self.ops.lineage
        family = self._family(seeds)
        found: list[tuple[str, str, str, int]] = []
        for stage in record.stages:
            places = {serial: n for n, serial in enumerate(stage.nodes) if serial in family}
            if places:
                best = lineage.ranked(seeds, places)[0]
                name = lineage.name(best).rpartition("/")[2]
                found.append((stage.name, f"{stage.name}/{places[best]}", name, best))
        return found

    def span(self, clock: str = "order") -> tuple[int, int]:
        """First and last position on a clock, `order` or `time`."""
        if clock == "order":
            return 0, max(self.order.values(), default=0)
        return 0, max((event.time_ns - self.start for event in self.events.values()), default=0)

    def columns(self) -> list[int]:
        """Where each position of the `order` clock stands, in characters: far enough apart for
        every slice's label.
        """
        steps = [STEP] * (self.span()[1] + 1)
        for mark in sorted(self.slices, key=lambda s: s.order[1] - s.order[0]):
            begin, end = mark.order
            if (missing := len(mark.short) + 3 - sum(steps[begin:end])) > 0 and end > begin:
                steps[end - 1] += missing
        return [sum(steps[:position]) for position in range(len(steps))]

    def state(self) -> dict[str, Any]:
        """What a renderer in a browser gets."""
        families: dict[frozenset[int], int] = {}
        seeds = {str(mark.id): self.seeds(mark.id) for mark in self.marks}
        for serials in seeds.values():
            families.setdefault(serials, len(families))
        return {
            "kind": KIND,
            "run": self.run,
            "columns": self.columns(),
            "lanes": [{"name": lane, "rows": self.rows(lane)} for lane in self.lanes],
            "slices": [asdict(s) for s in self.slices],
            "instants": [asdict(i) for i in self.instants],
            "arrows": [asdict(a) for a in self.arrows],
            "barriers": [list(barrier) for barrier in self.barriers],
            "memory": [list(point) for point in self.memory],
            "familyOf": {event_id: families[serials] for event_id, serials in seeds.items()},
            "families": [
                {
                    "seeds": sorted(serials),
                    "members": sorted(self._family(serials)),
                    "stages": self.at_stages(serials),
                }
                for serials in families
            ],
        }

    def rows(self, lane: str) -> int:
        """How many rows a lane needs for its nested slices,
        and one for instants that stand in none.
        """
        depths = [s.depth for s in self.slices if s.lane == lane] + [
            i.depth for i in self.instants if i.lane == lane
        ]
        return max(depths, default=0) + 1

    # -- building ----------------------------------------------------------------------------------

    def _slices(self, pairs: list[tuple[Event, Event]]) -> list[Slice]:
        slices: list[Slice] = []
        open_until: dict[str, list[int]] = {}
        common = _common_words(
            {_label(begin) for begin, _ in pairs if begin.kind == "dispatch_begin"}
        )
        for begin, end in sorted(pairs, key=lambda pair: pair[0].id):
            stack = open_until.setdefault(begin.lane, [])
            while stack and stack[-1] < begin.id:
                stack.pop()
            kind, label = begin.kind.removesuffix("_begin"), _label(begin)
            slices.append(
                Slice(
                    begin.id,
                    end.id,
                    kind,
                    label,
                    (self._computes(label) or label[common:]) if kind == "dispatch" else label,
                    begin.lane,
                    len(stack),
                    (self.order[begin.id], self.order[end.id]),
                    (begin.time_ns - self.start, end.time_ns - self.start),
                    _facts(begin, end),
                )
            )
            stack.append(end.id)
        return slices

    def _computes(self, entry_point: str) -> str:
        """What a kernel computes: from the record of its compilation, or from a name that says it,
        as upstream's do.
        """
        if self.ops is not None and (words := self.ops.computes(entry_point)):
            return words
        named = re.search(r"_dispatch_\d+_([a-z]\w+)$", entry_point)
        return named[1] if named else ""

    def _instant(self, event: Event) -> Instant:
        depth = sum(s.lane == event.lane and s.id < event.id < s.end_id for s in self.slices)
        return Instant(
            event.id,
            event.kind,
            _label(event),
            event.lane,
            depth,
            self.order[event.id],
            event.time_ns - self.start,
            _facts(event),
        )

    def _arrows(self, begin_of: dict[int, int]) -> list[Arrow]:
        """Arrows that a reader needs: between lanes, and from a signal to the wait it ends."""
        arrows: list[Arrow] = []
        for event in self.events.values():
            for cause in (self.events[c] for c in event.causes if c in self.events):
                if begin_of.get(event.id) == cause.id:
                    continue
                kind = ARROWS.get((cause.kind, event.kind))
                if cause.lane == event.lane and (kind != "signal" or event.kind != "wait"):
                    continue
                arrows.append(Arrow(cause.id, event.id, kind or "submit"))
        return arrows

    def _memory(self) -> list[tuple[int, int, int]]:
        """(order, nanoseconds, live bytes) after each alloc and free; an alloc tells the size."""
        sizes: dict[Any, int] = {}
        live, points = 0, []
        for event in sorted(self.events.values(), key=lambda e: (self.order[e.id], e.id)):
            if event.kind == "alloc":
                sizes[event.details.get("buffer")] = size = int(event.details.get("bytes", 0))
                live += size
            elif event.kind == "free":
                live -= sizes.pop(event.details.get("buffer"), 0)
            else:
                continue
            points.append((self.order[event.id], event.time_ns - self.start, live))
        return points

    def _family(self, seeds: frozenset[int]) -> set[int]:
        """The relatives of an event's ops; many events are made by the same ones."""
        if self.ops is None or not seeds:
            return set()
        if (known := self._known_families.get(seeds)) is None:
            known = self._known_families[seeds] = self.ops.lineage.relatives(seeds)
        return known


def _common_words(labels: set[str]) -> int:
    """How many characters all labels begin with, in whole words;
    the last stays, as in `dispatch_0`.
    """
    shared: list[str] = []
    for words in zip(*(label.split("_") for label in labels)):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return sum(len(word) + 1 for word in shared[:-1]) if len(labels) > 1 else 0


def _lanes(events: list[Event]) -> list[str]:
    """The host first, then the queues by name."""
    names = {event.lane for event in events}
    return sorted(names, key=lambda lane: (lane != "host", lane))


def _longest_chains(record: ExecutionRecord) -> dict[int, int]:
    """A position for each event: after all its causes,
    and after what stands before it on its lane.
    """
    order: dict[int, int] = {}
    lanes: dict[str, int] = {}
    for event in record.in_dependency_order():
        before = [order[cause] for cause in event.causes if cause in order]
        order[event.id] = lanes[event.lane] = max([*before, lanes.get(event.lane, -1)]) + 1
    return order


def _label(event: Event) -> str:
    """What to write on a mark: the kernel, the function called, or the semaphore and its value."""
    if (name := event.where.get("entry_point")) is not None:
        return str(name)
    details = event.details
    if event.kind.startswith("call"):
        return str(
            details.get("name") or details.get("function") or event.where.get("name") or "call"
        )
    if event.kind in ("signal", "wait", "fail") and "semaphore" in details:
        points = zip(str(details["semaphore"]).split(), str(details.get("value", "")).split())
        return f"{event.kind} {', '.join(f'{name} ≥ {value}' for name, value in points)}".rstrip()
    if event.kind == "submit" and "operation" in details:
        return f"submit {details['operation']}"
    if "bytes" in details:
        return f"{event.kind} {details['bytes']} bytes"
    return event.kind


def _facts(*events: Event) -> tuple[tuple[str, str], ...]:
    facts: dict[str, str] = {}
    for event in events:
        for key, value in {**event.where, **event.details}.items():
            facts.setdefault(key, _plain(value))
    return tuple(facts.items())


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "×".join(_plain(item) for item in value)
    return str(value)
