"""Record of what the runtime did: events, each with the events that had to precede it, and queue
operations with their outcome.

A fence timeline draws such a record, with an arrow from each cause to its effect. Analyses of a run
as a whole (critical path, idle time, overlap, what blocks what) are in `records.run_analysis`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ireelite.files import write_whole
from ireelite.light_dataclass import light_dataclass
from ireelite.records.json_text import checked_json
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.records.run_analysis import Blocked, Step

EXECUTION_FORMAT = "ireelite.execution-record"
VERSION = 2
NOT_YET = -1
"""Time of an event that has not happened."""


@light_dataclass(frozen=True)
class Event:
    """Something that happened at run time."""

    id: int
    kind: str
    """call_begin call_end invoke_begin invoke_end submit wait signal fail dispatch_begin
    dispatch_end transfer alloc free release upload import.

    The host makes calls; an invocation is a call of a VM function by the host or by another module.
    An upload copies to a device; an import shares memory without a copy. A free is a queue
    operation; a release is the destruction of a buffer that nothing refers to any more."""
    time_ns: int
    """Nanoseconds on the clock of `time.perf_counter_ns`; device clocks are calibrated to it.
    `NOT_YET` for the `pending` events of a record."""
    lane: str
    """The queue of the event, as in `local-sync/queue0`; `host` for the main thread, `host/NAME`
    for another thread of that name."""
    causes: tuple[int, ...] = ()
    """Ids of the events that had to happen before."""
    where: dict[str, Any] = field(default_factory=dict)
    """Either module, rodata (ordinal of the executable) and entry_point, or module,
    function (ordinal) and pc.
    """
    details: dict[str, Any] = field(default_factory=dict)
    """Facts specific to the kind: semaphore and value (the host's wait for several has a text each,
    with spaces between them), buffer and bytes, workgroups, submission,
    phase (the number of barriers before it in its command buffer), bindings of a dispatch and the
    positions of those that it writes (`writes`), and `by` (the VM function that caused the event).
    """
    began_ns: int = NOT_YET
    """When a wait or a transfer began; `time_ns` is its end."""

    def __repr__(self) -> str:
        names = (self.where.get("entry_point"), *map(self.details.get, ("function", "semaphore")))
        about = next((f" of {name}" for name in names if name), "")
        after = f", after {list(self.causes)}" if self.causes else ""
        return f"<Event {self.id}: {self.kind}{about} on {self.lane}{after}>"


@light_dataclass(frozen=True)
class Submission:
    """One queue operation."""

    number: int
    """Number in the order of submission, from 1."""
    operation: str
    """`execute`, `alloca`, `dealloca`, `fill`, `copy`, `barrier` and so on."""
    lane: str
    """The queue, as in `Event.lane`."""
    state: str
    """`pending`, `running`, `ran` or `failed`."""
    submitted_ns: int
    started_ns: int
    """Start of the work; `NOT_YET` until the waits are over, and if they failed."""
    ended_ns: int
    """Time at which the signals were sent or failed; `NOT_YET` before that."""
    waits: tuple[tuple[str, int], ...]
    """(semaphore, value) pairs that the operation waits for."""
    signals: tuple[tuple[str, int], ...]
    events: tuple[int, int]
    """(id of the submit event, number of events of the operation); the events have consecutive ids.
    """
    failure: str = ""


@dataclass(repr=False)
class ExecutionRecord:
    """The events of one or more invocations, in the order they were recorded."""

    device: str = ""
    events: list[Event] = field(default_factory=list)
    """Events that have happened, in order of id."""
    pending: list[Event] = field(default_factory=list)
    """Events that are still to happen: the waits, work and signals of operations that have not
    ended, and waits of the host that are not over."""
    submissions: list[Submission] = field(default_factory=list)
    semaphores: dict[str, int] = field(default_factory=dict)
    """The payload of each semaphore before its first event in the record."""
    promises: list[tuple[str, str, int]] = field(default_factory=list)
    """(who, semaphore, value) of each signal that a thread or other code has promised but not yet
    sent."""
    dropped: int = 0
    """Number of earlier events that were dropped because the recorder keeps a bounded number."""

    def __repr__(self) -> str:
        text = f"<ExecutionRecord on {self.device or 'no device'}: {len(self.events)} events"
        counts = [f"{len(self.pending)} pending"] * bool(self.pending)
        counts += [f"{self.dropped} older ones dropped"] * bool(self.dropped)
        return ", ".join([text, *counts]) + ">"

    def slices(self) -> Iterator[tuple[Event, Event]]:
        """Pairs of begin and end events: dispatches, calls and invocations."""
        open_slices: dict[int, Event] = {}
        for event in self.events:
            if event.kind.endswith("_begin"):
                open_slices[event.id] = event
            elif event.kind.endswith("_end"):
                begin = next((open_slices[c] for c in event.causes if c in open_slices), None)
                if begin is not None:
                    yield begin, event

    def in_dependency_order(self) -> list[Event]:
        """Returns all events, including pending ones, in an order in which causes precede effects
        and otherwise ids ascend: equal runs have equal orders.
        """
        events = sorted([*self.events, *self.pending], key=lambda event: event.id)
        known = {event.id for event in events}
        waiting = {event.id: sum(c in known for c in event.causes) for event in events}
        effects: dict[int, list[Event]] = {}
        for event in events:
            for cause in event.causes:
                effects.setdefault(cause, []).append(event)
        import heapq

        ready = [(event.id, event) for event in events if not waiting[event.id]]
        heapq.heapify(ready)
        ordered: list[Event] = []
        while ready:
            _, event = heapq.heappop(ready)
            ordered.append(event)
            for effect in effects.get(event.id, ()):
                waiting[effect.id] -= 1
                if not waiting[effect.id]:
                    heapq.heappush(ready, (effect.id, effect))
        if len(ordered) != len(events):
            raise StatusError(
                StatusCode.INTERNAL, "the causes of this execution record form a cycle"
            )
        return ordered

    def summary(self) -> str:
        """Returns the events in dependency order as text without times, which is the same for two
        runs of a program.

        Releases are left out, since their time depends on the garbage collector.
        """
        ordered = [event for event in self.in_dependency_order() if event.kind != "release"]
        number = {event.id: position for position, event in enumerate(ordered)}
        lines: list[str] = []
        for event in ordered:
            facts = [
                f"{key}={_plain(value)}" for key, value in {**event.where, **event.details}.items()
            ]
            after = [f"#{number[c]}" for c in event.causes if c in number]
            tail = f" after {' '.join(after)}" if after else ""
            state = "pending " if event.time_ns == NOT_YET else ""
            lines.append(
                f"#{number[event.id]} {event.lane}: {state}{event.kind} {' '.join(facts)}{tail}"
            )
        return "\n".join(lines)

    # -- semaphores --------------------------------------------------------------------------------

    def payloads(self, semaphore: str) -> list[tuple[int, int]]:
        """Returns (nanosecond, payload) of a semaphore after each of its signals in the record,
        oldest first.
        """
        return sorted(
            (event.time_ns, event.details["value"])
            for event in self.events
            if event.kind == "signal" and event.details.get("semaphore") == semaphore
        )

    def payload_at(self, semaphore: str, time_ns: int) -> int:
        """Returns the payload of a semaphore at a time. Raises NOT_FOUND for a semaphore that is
        not in the record.
        """
        points = self.payloads(semaphore)
        if semaphore not in self.semaphores and not points:
            raise StatusError(StatusCode.NOT_FOUND, f"no semaphore '{semaphore}' in this record")
        before = [value for time, value in points if time <= time_ns]
        return max(before, default=self.semaphores.get(semaphore, 0))

    # -- the run as a whole ------------------------------------------------------------------------

    def critical_path(self) -> list[Step]:
        """Returns the chain of causes that decided when the run ended (see
        `run_analysis.critical_path`).
        """
        from ireelite.records import run_analysis

        return run_analysis.critical_path(self)

    def idle_ns(self) -> dict[str, int]:
        """Nanoseconds of the run during which each lane was idle: a queue that runs no work, or a
        host thread that is outside of calls or is waiting.
        """
        from ireelite.records import run_analysis

        return run_analysis.idle_ns(self)

    def overlap_ns(self) -> int:
        """Nanoseconds during which at least two queues worked at the same time."""
        from ireelite.records import run_analysis

        return run_analysis.overlap_ns(self)

    def makespan_ns(self) -> int:
        """Nanoseconds from the first event to the last."""
        times = [event.time_ns for event in self.events if event.kind != "release"]
        return max(times, default=0) - min(times, default=0)

    def live_bytes(self) -> list[tuple[int, int, int]]:
        """Returns (event id, nanosecond, live bytes) after each allocation, upload, free and
        release.
        """
        from ireelite.records import run_analysis

        return run_analysis.live_bytes(self)

    def peak_bytes(self) -> int:
        """Returns the largest number of bytes that were live at the same time, of allocations in
        this record.
        """
        return max((live for _, _, live in self.live_bytes()), default=0)

    def blocked(self) -> list[Blocked]:
        """Returns pending operations and host waits: what each waits for and which party will
        signal it (see `run_analysis`).
        """
        from ireelite.records import run_analysis

        return run_analysis.blocked(self)

    def deadlock_report(self) -> str:
        """Returns a line of text for each blocked operation or host wait, with the reason; cycles
        are named. Empty if nothing is blocked.
        """
        from ireelite.records import run_analysis

        return run_analysis.deadlock_report(self)

    # -- files -------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """Returns the record as versioned JSON text."""
        return json.dumps(
            {"format": EXECUTION_FORMAT, "version": VERSION, **asdict(self)}, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str) -> ExecutionRecord:
        """Parses the output of `to_json`, of this version or of version 1, which has events only.
        Raises INVALID_ARGUMENT for other formats and versions.
        """
        body = checked_json(text, EXECUTION_FORMAT, VERSION, older=(1,))
        submissions = [
            Submission(
                **{
                    **each,
                    "waits": tuple((name, value) for name, value in each["waits"]),
                    "signals": tuple((name, value) for name, value in each["signals"]),
                    "events": tuple(each["events"]),
                }
            )
            for each in body.get("submissions", ())
        ]
        return cls(
            body["device"],
            [_event(each) for each in body["events"]],
            [_event(each) for each in body.get("pending", ())],
            submissions,
            body.get("semaphores", {}),
            [(by, name, value) for by, name, value in body.get("promises", ())],
            body.get("dropped", 0),
        )

    def save(self, path: str | Path) -> None:
        """Writes the JSON form."""
        write_whole(path, self.to_json().encode())


def _event(fields: dict[str, Any]) -> Event:
    return Event(**{**fields, "causes": tuple(fields["causes"])})


def _plain(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "x".join(str(v) for v in value)
    return str(value)
