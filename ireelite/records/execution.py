"""What the runtime did: a list of events, each of which names the events it had to follow, and the
queue operations with what has become of them.

A fence timeline is a drawing of these: an arrow for each cause, from cause to effect. Questions
about a run as a whole (critical path, idle time, overlap, what blocks what) are in
`records.run_analysis`.
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
"""The time of what has not happened."""


@light_dataclass(frozen=True)
class Event:
    """Something that happened at run time."""

    id: int
    kind: str
    """call_begin call_end invoke_begin invoke_end submit wait signal fail dispatch_begin
    dispatch_end transfer alloc free release upload import.

    A call is one by the host, an invoke that of a VM function, by the host or by another module. An
    upload copies to a device; an import shares memory without a copy. A free is a queue operation,
    a release the end of a buffer that nothing refers to any more.
    """
    time_ns: int
    """On the clock of `time.perf_counter_ns`; device clocks are calibrated to it. `NOT_YET` in the
    `pending` events of a record."""
    lane: str
    """The queue it happened on, as `local-sync/queue0`; `host` for the main thread, `host/NAME` for
    another thread of that name."""
    causes: tuple[int, ...] = ()
    """Ids of the events that had to happen before."""
    where: dict[str, Any] = field(default_factory=dict)
    """Either module, rodata (ordinal of the executable) and entry_point, or module,
    function (ordinal) and pc.
    """
    details: dict[str, Any] = field(default_factory=dict)
    """What the kind needs: semaphore and value, buffer and bytes, workgroups, submission, phase (the
    number of barriers before it in its command buffer), bindings of a dispatch and which of them
    (`writes`, by position) it writes, `by` (the VM function that made it)."""
    began_ns: int = NOT_YET
    """When a wait or a transfer began; `time_ns` is its end."""


@light_dataclass(frozen=True)
class Submission:
    """One queue operation."""

    number: int
    """From 1, in the order of submission."""
    operation: str
    """`execute`, `alloca`, `dealloca`, `fill`, `copy`, `barrier` and so on."""
    lane: str
    """The queue."""
    state: str
    """`pending`, `running`, `ran` or `failed`."""
    submitted_ns: int
    started_ns: int
    """`NOT_YET` while its waits are not over, and where they failed."""
    ended_ns: int
    """When its signals were decided; `NOT_YET` before that."""
    waits: tuple[tuple[str, int], ...]
    """(semaphore, value) pairs that it waits for."""
    signals: tuple[tuple[str, int], ...]
    events: tuple[int, int]
    """The id of its submit event, and the number of ids that it has from there on."""
    failure: str = ""


@dataclass(repr=False)
class ExecutionRecord:
    """The events of one or more invocations, in the order they were recorded."""

    device: str = ""
    events: list[Event] = field(default_factory=list)
    """What has happened, by id."""
    pending: list[Event] = field(default_factory=list)
    """What queues are still to do: the waits, the work and the signals of operations that have not
    ended, and waits of the host that are not over."""
    submissions: list[Submission] = field(default_factory=list)
    semaphores: dict[str, int] = field(default_factory=dict)
    """The payload of each semaphore before its first event here."""
    promises: list[tuple[str, str, int]] = field(default_factory=list)
    """(who, semaphore, value) of each signal that a thread or other code has promised and not sent."""
    dropped: int = 0
    """How many events were recorded before the first one here, and dropped for want of room."""

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
        """Events sorted so that every cause stands before its effects, ties by id, with the pending
        ones: the same for two equal runs.
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
        """The events in dependency order, without times: two runs of one program print the same.

        Releases are left out: their moment is the garbage collector's.
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
        """(nanosecond, payload) of a semaphore after each of its signals here, oldest first."""
        return sorted(
            (event.time_ns, event.details["value"])
            for event in self.events
            if event.kind == "signal" and event.details.get("semaphore") == semaphore
        )

    def payload_at(self, semaphore: str, time_ns: int) -> int:
        """The payload at a time. Raises NOT_FOUND for a semaphore that is not in the record."""
        points = self.payloads(semaphore)
        if semaphore not in self.semaphores and not points:
            raise StatusError(StatusCode.NOT_FOUND, f"no semaphore '{semaphore}' in this record")
        before = [value for time, value in points if time <= time_ns]
        return max(before, default=self.semaphores.get(semaphore, 0))

    # -- the run as a whole ------------------------------------------------------------------------

    def critical_path(self) -> list[Step]:
        """The chain of causes that decided when the run ended (see `run_analysis.critical_path`)."""
        from ireelite.records import run_analysis

        return run_analysis.critical_path(self)

    def idle_ns(self) -> dict[str, int]:
        """Nanoseconds for which each lane had nothing to do, within the run: a queue while it runs
        no work, a thread of the host while it is outside of calls or waits."""
        from ireelite.records import run_analysis

        return run_analysis.idle_ns(self)

    def overlap_ns(self) -> int:
        """Nanoseconds for which at least two queues worked at once."""
        from ireelite.records import run_analysis

        return run_analysis.overlap_ns(self)

    def makespan_ns(self) -> int:
        """Nanoseconds from the first event to the last."""
        times = [event.time_ns for event in self.events if event.kind != "release"]
        return max(times, default=0) - min(times, default=0)

    def live_bytes(self) -> list[tuple[int, int, int]]:
        """(event id, nanosecond, live bytes) after each allocation, upload, free and release."""
        from ireelite.records import run_analysis

        return run_analysis.live_bytes(self)

    def peak_bytes(self) -> int:
        """The most bytes that were live at once, of what this record saw allocated."""
        return max((live for _, _, live in self.live_bytes()), default=0)

    def blocked(self) -> list[Blocked]:
        """What is pending, what each waits for, and who is to signal it (see `run_analysis`)."""
        from ireelite.records import run_analysis

        return run_analysis.blocked(self)

    def deadlock_report(self) -> str:
        """What is pending and why, a line each; cycles are named. Empty if nothing is pending."""
        from ireelite.records import run_analysis

        return run_analysis.deadlock_report(self)

    # -- files -------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """The record as versioned JSON text."""
        return json.dumps(
            {"format": EXECUTION_FORMAT, "version": VERSION, **asdict(self)}, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str) -> ExecutionRecord:
        """Reads what `to_json` wrote, of this version or the first, which has events alone. Raises
        INVALID_ARGUMENT for other formats and versions.
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
