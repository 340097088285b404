"""A run as lanes of slices and arrows: who worked when, who waited for whom, and what is pending.

There are two clocks. `order` places an event by the longest chain of causes that leads to it, so
two runs of one program give the same picture. `time` places an event by its time in nanoseconds. On
both, pending events are placed after all others.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Any
from zlib import crc32

from ireelite.records import NOT_YET, CompilationRecord, Event, ExecutionRecord
from workbench.model.dispatch_order import ASSUMED, Barrier, barriers, is_assumed, needs
from workbench.model.event_ops import EventOps
from workbench.model.numbers import quantity
from workbench.model.run_parts import RUN_SEPARATOR, calls_of, newest
from workbench.model.timeline_marks import (
    Arrow,
    Instant,
    Payload,
    Slice,
    Timeline,
    WaitSpan,
    common_words,
    facts_of,
    label_of,
)
from workbench.model.timeline_places import (
    earliest,
    events_before,
    lanes_of,
    longest_chains,
    pending_slices,
    sender_of,
)

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
MAX_EVENTS = 4000
"""The largest number of events that are shown: whole calls, the newest first."""
MAX_BLOCKED = 8
"""The largest number of lines about blocked work."""
TITLE_LENGTH = 22
"""The most characters of a lane's subtitle that fit on one line."""
PENDING_SHARE = 24
"""Pending events are spaced by the length of the run divided by this, on the `time` clock."""


class FenceTimeline:
    """View model of the lanes. With a compilation record, each slice knows the ops it ran."""

    def __init__(
        self,
        record: ExecutionRecord,
        compilation: CompilationRecord | None = None,
        memory: bool = False,
        clock: str = "order",
    ):
        """Adds a counter of live bytes with `memory`, from allocations, uploads, frees and
        releases. `clock` is the one that a script shows first.
        """
        self.clock = clock
        record, self.calls_left_out = newest(record, MAX_EVENTS)
        self.record = record
        self.device = record.device
        self.run = f"{crc32(record.summary().encode()):08x}"
        """Tells this run from others of the same program."""
        self._known_families: dict[frozenset[int], set[int]] = {}
        happened = [event for event in record.events if event.kind != "release"]
        events = sorted([*happened, *record.pending], key=lambda event: event.id)
        self.events = {event.id: event for event in events}
        self.order = longest_chains(record)
        self.start = min((earliest(event) for event in happened), default=0)
        self.times = self._times(happened, record.pending)
        """Event id -> nanoseconds since the first event; for a pending event, where it is drawn."""
        self.now = max((self.times[event.id] for event in happened), default=0)
        """Time of the last event that has happened, in nanoseconds since the first."""
        self.ops = EventOps.of(compilation) if compilation is not None else None
        self.lanes = lanes_of(events)
        pairs = [*record.slices(), *pending_slices(record.pending)]
        self.slices = self._slices(pairs)
        paired = {event.id for pair in pairs for event in pair}
        self._slice_of = {id: s for s in self.slices for id in (s.id, s.end_id)}
        self._rows: dict[str, int] = {}
        self.instants = self._instants([event for event in events if event.id not in paired])
        self._instant_of = {instant.id: instant for instant in self.instants}
        self.arrows = self._arrows({end.id: begin.id for begin, end in pairs})
        self.arrows += [Arrow(*need) for need in needs(happened)]
        note = ASSUMED if is_assumed(happened) else ""
        self.notes = {"data": note, "reuse": note}
        """What a legend adds to the meaning of a kind of arrows."""
        self.barriers: list[Barrier] = barriers(
            happened, {begin.id: end.id for begin, end in pairs}
        )
        self.waits = self._waits()
        self.timelines = self._timelines()
        """The semaphores, in the order of their first events."""
        self.calls = [self._slice_of[begin.id] for begin, _ in calls_of(record)]
        self.memory = self._memory() if memory else []
        self.blocked = record.deadlock_report().splitlines()[:MAX_BLOCKED]
        """Lines of text: what blocks pending work, and why."""

    @property
    def label(self) -> str:
        """One line about the whole."""
        counts = (
            f"{quantity(len(self.lanes), 'lane')} with {quantity(len(self.slices), 'slice')} and "
            f"{quantity(len(self.arrows), 'arrow')}"
        )
        text = f"A run on {counts} from cause to effect"
        if self.record.pending:
            states = [each.state for each in self.record.submissions]
            open_ones = states.count("pending") + states.count("running")
            have = "has" if open_ones == 1 else "have"
            text += f"; {quantity(open_ones, 'queue operation')} {have} not ended"
        if self.calls_left_out:
            text += (
                f"; the newest {len(self.calls)} calls, without {self.calls_left_out} older ones"
            )
        return text

    @property
    def marks(self) -> list[Slice | Instant]:
        """All that stands on a lane, in the order of recording."""
        return sorted([*self.slices, *self.instants], key=lambda mark: mark.id)

    # -- questions ---------------------------------------------------------------------------------

    def mark(self, event_id: int) -> Slice | Instant:
        """Returns the slice or instant that shows an event."""
        return self._slice_of.get(event_id) or self._instant_of[event_id]

    def seeds(self, event_id: int) -> frozenset[int]:
        """Serials of the ops that the event with this id ran."""
        return self.ops.seeds(self.events[event_id]) if self.ops is not None else frozenset()

    def lit(self, serials: Iterable[int]) -> set[int]:
        """Ids of the slices and instants that light up when these ops are selected."""
        wanted = set(serials)
        return {mark.id for mark in self.marks if wanted & self._family(self.seeds(mark.id))}

    def at_stages(self, seeds: frozenset[int]) -> list[tuple[str, str, str, int]]:
        """Returns, for each stage, the op that carries most of what these ops are about: the
        stage's name, the op's identity, name and serial.
        """
        if self.ops is None or not seeds:
            return []
        record, lineage = self.ops.record, self.ops.lineage
        family = self._family(seeds)
        found: list[tuple[str, str, str, int]] = []
        for stage in record.stages:
            if lit := list(filter(family.__contains__, stage.nodes)):
                best = lineage.best(seeds, lit)
                name = lineage.name(best).rpartition("/")[2]
                place = stage.nodes.index(best)
                found.append((stage.name, f"{stage.name}/{place}", name, best))
        return found

    def span(self, clock: str = "order") -> tuple[int, int]:
        """Returns the first and last position on a clock, `order` or `time`."""
        places = self.order if clock == "order" else self.times
        return 0, max((places[id] for id in self.events), default=0)

    def columns(self) -> list[int]:
        """Returns where each position of the `order` clock stands, in characters: far enough apart
        for every slice's label.
        """
        steps = [STEP] * (self.span()[1] + 1)
        for mark in sorted(self.slices, key=lambda s: s.order[1] - s.order[0]):
            begin, end = mark.order
            if (missing := len(mark.short) + 3 - sum(steps[begin:end])) > 0 and end > begin:
                steps[end - 1] += missing
        return list(accumulate(steps[:-1], initial=0))

    def payloads(self, position: int, clock: str = "order") -> dict[str, int | None]:
        """Returns each semaphore's payload at a position of a clock; None if it has failed."""
        return {timeline.name: timeline.at(position, clock) for timeline in self.timelines}

    def lane_title(self, lane: str) -> tuple[str, str]:
        """Returns (title, subtitle) of a lane: device or host; its queue or thread, and the run."""
        run, _, own = lane.rpartition(RUN_SEPARATOR)
        name, _, queue = own.partition("/")
        return name, " · ".join(part for part in (queue, run) if part)

    def lane_lines(self, lane: str) -> list[str]:
        """Returns the title of a lane and its subtitle, on two lines if it is long."""
        title, subtitle = self.lane_title(lane)
        if len(subtitle) > TITLE_LENGTH:
            return [title, *subtitle.split(" · ")]
        return [title, *([subtitle] if subtitle else [])]

    def state(self) -> dict[str, Any]:
        """Returns what a renderer in a browser gets."""
        families: dict[frozenset[int], int] = {}
        seeds = {str(mark.id): self.seeds(mark.id) for mark in self.marks}
        for serials in seeds.values():
            families.setdefault(serials, len(families))
        return {
            "kind": KIND,
            "run": self.run,
            "clock": self.clock,
            "columns": self.columns(),
            "lanes": [
                {"name": lane, "title": self.lane_lines(lane), "rows": self.rows(lane)}
                for lane in self.lanes
            ],
            "slices": [dict(vars(s)) for s in self.slices],
            "instants": [dict(vars(i)) for i in self.instants],
            "arrows": [dict(vars(a)) for a in self.arrows],
            "barriers": [list(barrier) for barrier in self.barriers],
            "waits": [dict(vars(wait)) for wait in self.waits],
            "timelines": [timeline.state() for timeline in self.timelines],
            "calls": [call.id for call in self.calls],
            "now": self.now if self.record.pending else None,
            "blocked": self.blocked,
            "notes": self.notes,
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
        """Returns how many rows a lane needs for its nested slices, and one for instants that stand
        in none.
        """
        if not self._rows:
            for mark in [*self.slices, *self.instants]:
                self._rows[mark.lane] = max(self._rows.get(mark.lane, 1), mark.depth + 1)
        return self._rows.get(lane, 1)

    # -- building ----------------------------------------------------------------------------------

    def _times(self, happened: list[Event], pending: list[Event]) -> dict[int, int]:
        times = {event.id: event.time_ns - self.start for event in happened}
        last = max(times.values(), default=0)
        ranks = sorted({self.order[event.id] for event in pending})
        unit = max(last // PENDING_SHARE, 1)
        places = {rank: last + unit * (number + 1) for number, rank in enumerate(ranks)}
        return {**times, **{event.id: places[self.order[event.id]] for event in pending}}

    def _slices(self, pairs: list[tuple[Event, Event]]) -> list[Slice]:
        slices: list[Slice] = []
        open_until: dict[str, list[int]] = {}
        common = common_words(
            {label_of(begin) for begin, _ in pairs if begin.kind == "dispatch_begin"}
        )
        for begin, end in sorted(pairs, key=lambda pair: pair[0].id):
            stack = open_until.setdefault(begin.lane, [])
            while stack and stack[-1] < begin.id:
                stack.pop()
            kind, label = begin.kind.removesuffix("_begin"), label_of(begin)
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
                    (self.times[begin.id], self.times[end.id]),
                    facts_of(begin, end),
                    begin.time_ns == NOT_YET,
                )
            )
            stack.append(end.id)
        return slices

    def _computes(self, entry_point: str) -> str:
        """Returns what a kernel computes: from the record of its compilation, or from a name that
        says it, as upstream's do.
        """
        if self.ops is not None and (words := self.ops.computes(entry_point)):
            return words
        named = re.search(r"_dispatch_\d+_([a-z]\w+)$", entry_point)
        return named[1] if named else ""

    def _instants(self, events: list[Event]) -> list[Instant]:
        """Returns the instants, each as deep as the slices that are open on its lane."""
        begins = {s.id: s for s in self.slices}
        stacks: dict[str, list[int]] = {}
        found: list[Instant] = []
        for event in sorted([*events, *(self.events[id] for id in begins)], key=lambda e: e.id):
            stack = stacks.setdefault(event.lane, [])
            while stack and stack[-1] < event.id:
                stack.pop()
            if event.id in begins:
                stack.append(begins[event.id].end_id)
                continue
            found.append(
                Instant(
                    event.id,
                    event.kind,
                    label_of(event),
                    event.lane,
                    len(stack),
                    self.order[event.id],
                    self.times[event.id],
                    facts_of(event),
                    event.time_ns == NOT_YET,
                )
            )
        return found

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

    def _waits(self) -> list[WaitSpan]:
        """Returns the waits that took time or are pending; waits that overlap on a lane get
        different levels.
        """
        busy: dict[str, list[int]] = {}
        spans: list[WaitSpan] = []
        before = events_before(self.events.values())
        for event in self.events.values():
            is_pending = event.time_ns == NOT_YET
            if event.kind != "wait" or event.began_ns == NOT_YET:
                continue
            since = event.began_ns - self.start
            until = self.times[event.id]
            if until <= since:
                continue
            levels = busy.setdefault(event.lane, [])
            level = next((n for n, end in enumerate(levels) if end <= since), len(levels))
            levels[level:] = [until, *levels[level + 1 :]]
            submits = [c for c in event.causes if c in self.events and self._is_submit(c)]
            first = submits[0] if submits else before.get(event.id, event.id)
            order = (self.order[first], self.order[event.id])
            cause = self._keeps(event) if is_pending else self._ended(event)
            spans.append(
                WaitSpan(event.id, event.lane, level, order, (since, until), cause, is_pending)
            )
        return spans

    def _is_submit(self, event: int) -> bool:
        return self.events[event].kind == "submit"

    def _ended(self, event: Event) -> str:
        senders = [sender_of(self.events[c]) for c in event.causes if self._decides(c)]
        if senders:
            return f"ended by {' and '.join(dict.fromkeys(senders))}"
        return "ended without a signal in this record"

    def _decides(self, event: int) -> bool:
        return event in self.events and self.events[event].kind in ("signal", "fail")

    def _keeps(self, event: Event) -> str:
        names = str(event.details.get("semaphore", "")).split()
        values = [int(value) for value in str(event.details.get("value", "")).split()]
        by = [
            f"submission {each.number} on {each.lane}"
            for each in self.record.submissions
            if each.state in ("pending", "running")
            and any(
                name == other and value <= to
                for name, value in zip(names, values)
                for other, to in each.signals
            )
        ]
        by += [
            who
            for who, other, to in self.record.promises
            if any(name == other and value <= to for name, value in zip(names, values))
        ]
        return f"to be ended by {' and '.join(by)}" if by else "nothing recorded will end it"

    def _timelines(self) -> list[Timeline]:
        points: dict[str, list[Payload]] = {}
        for event in self.events.values():
            names = str(event.details.get("semaphore", "")).split()
            for name in names if event.kind in ("signal", "fail", "wait") else ():
                points.setdefault(name, [])
            if event.kind in ("signal", "fail") and names and event.time_ns != NOT_YET:
                value = event.details.get("value") if event.kind == "signal" else None
                place = self.order[event.id], self.times[event.id]
                points[names[0]].append(Payload(*place, value, event.id, sender_of(event)))
        return [
            Timeline(name, self.record.semaphores.get(name, 0), tuple(payloads))
            for name, payloads in points.items()
        ]

    def _memory(self) -> list[tuple[int, int, int]]:
        """Returns (order, nanoseconds, live bytes) after each event that changes the live bytes. A
        release, which has no place in the order of causes, gets the place of the event before it.
        """
        host = sorted(id for id, event in self.events.items() if event.lane == "host")
        points: list[tuple[int, int, int]] = []
        last = 0
        for event, time_ns, live in self.record.live_bytes():
            if event in self.events:
                last = self.order[event]
            else:
                before = bisect_left(host, event)
                last = max(last, self.order[host[before - 1]] if before else 0)
            points.append((last, time_ns - self.start, live))
        return points

    def _family(self, seeds: frozenset[int]) -> set[int]:
        """Returns the relatives of an event's ops; many events are made by the same ones."""
        if self.ops is None or not seeds:
            return set()
        if (known := self._known_families.get(seeds)) is None:
            known = self._known_families[seeds] = self.ops.lineage.relatives(seeds)
        return known
