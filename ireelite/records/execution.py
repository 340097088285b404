"""What the runtime did: a list of events, each of which names the events it had to follow.

A fence timeline is a drawing of this list: an arrow for each cause, from cause to effect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ireelite.files import write_whole
from ireelite.light_dataclass import light_dataclass
from ireelite.records.json_text import checked_json
from ireelite.status import StatusCode, StatusError

EXECUTION_FORMAT = "ireelite.execution-record"
VERSION = 1


@light_dataclass(frozen=True)
class Event:
    """Something that happened at run time."""

    id: int
    kind: str
    """call_begin call_end submit wait signal fail dispatch_begin dispatch_end transfer alloc free
    upload import.

    An upload copies constants to a device; an import shares them without a copy.
    """
    time_ns: int
    """On the clock of `time.perf_counter_ns`; device clocks are calibrated to it."""
    lane: str
    """`host`, or the queue it happened on, as `local-sync/queue0`."""
    causes: tuple[int, ...] = ()
    """Ids of the events that had to happen before."""
    where: dict[str, Any] = field(default_factory=dict)
    """Either module, rodata (ordinal of the executable) and entry_point, or module,
    function (ordinal) and pc.
    """
    details: dict[str, Any] = field(default_factory=dict)
    """What the kind needs: semaphore and value, buffer and bytes, workgroups, submission, phase (the
    number of barriers before it in its command buffer)."""


@dataclass(repr=False)
class ExecutionRecord:
    """The events of one or more invocations, in the order they were recorded."""

    device: str = ""
    events: list[Event] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<ExecutionRecord on {self.device or 'no device'}: {len(self.events)} events>"

    def slices(self) -> Iterator[tuple[Event, Event]]:
        """Pairs of begin and end events: dispatches and calls."""
        open_slices: dict[int, Event] = {}
        for event in self.events:
            if event.kind.endswith("_begin"):
                open_slices[event.id] = event
            elif event.kind.endswith("_end"):
                begin = next((open_slices[c] for c in event.causes if c in open_slices), None)
                if begin is not None:
                    yield begin, event

    def in_dependency_order(self) -> list[Event]:
        """Events sorted so that every cause stands before its effects, ties by id:
        the same for two equal runs.
        """
        known = {event.id for event in self.events}
        waiting = {event.id: sum(c in known for c in event.causes) for event in self.events}
        effects: dict[int, list[Event]] = {}
        for event in self.events:
            for cause in event.causes:
                effects.setdefault(cause, []).append(event)
        import heapq

        ready = [(event.id, event) for event in self.events if not waiting[event.id]]
        heapq.heapify(ready)
        ordered: list[Event] = []
        while ready:
            _, event = heapq.heappop(ready)
            ordered.append(event)
            for effect in effects.get(event.id, ()):
                waiting[effect.id] -= 1
                if not waiting[effect.id]:
                    heapq.heappush(ready, (effect.id, effect))
        if len(ordered) != len(self.events):
            raise StatusError(
                StatusCode.INTERNAL, "the causes of this execution record form a cycle"
            )
        return ordered

    def summary(self) -> str:
        """The events in dependency order, without times: two runs of one program print the same."""
        ordered = self.in_dependency_order()
        number = {event.id: position for position, event in enumerate(ordered)}
        lines: list[str] = []
        for event in ordered:
            facts = [
                f"{key}={_plain(value)}" for key, value in {**event.where, **event.details}.items()
            ]
            after = [f"#{number[c]}" for c in event.causes if c in number]
            tail = f" after {' '.join(after)}" if after else ""
            lines.append(f"#{number[event.id]} {event.lane}: {event.kind} {' '.join(facts)}{tail}")
        return "\n".join(lines)

    def to_json(self) -> str:
        """The record as versioned JSON text."""
        return json.dumps(
            {"format": EXECUTION_FORMAT, "version": VERSION, **asdict(self)}, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str) -> ExecutionRecord:
        """Reads what `to_json` wrote. Raises INVALID_ARGUMENT for other formats and versions."""
        body = checked_json(text, EXECUTION_FORMAT, VERSION)
        events = [Event(**{**event, "causes": tuple(event["causes"])}) for event in body["events"]]
        return cls(body["device"], events)

    def save(self, path: str | Path) -> None:
        """Writes the JSON form."""
        write_whole(path, self.to_json().encode())


class ExecutionRecorder:
    """Takes events while a program runs. A runtime without one pays a single `is None` test at an
    event.

    `position` is (module name, function ordinal, pc) of the VM instruction being executed; the VM
    keeps it.
    """

    def __init__(self, device: str = ""):
        import threading
        import time

        self.record = ExecutionRecord(device)
        self.position: tuple[str, int, int] | None = None
        self._clock = time.perf_counter_ns
        self._lock = threading.Lock()

    def event(
        self,
        kind: str,
        lane: str,
        causes: Iterable[int] = (),
        where: dict[str, Any] | None = None,
        time_ns: int | None = None,
        **details: Any,
    ) -> int:
        """Adds an event and returns its id. Without `where`,
        it is placed at the current VM position.
        """
        if where is None:
            where = {}
            if self.position is not None:
                where = dict(zip(("module", "function", "pc"), self.position, strict=True))
        now = self._clock() if time_ns is None else time_ns
        with self._lock:
            events = self.record.events
            events.append(Event(len(events), kind, now, lane, tuple(causes), where, details))
            return len(events) - 1


def _plain(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "x".join(str(v) for v in value)
    return str(value)
