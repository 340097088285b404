"""Analyses of a run as a whole: what determined its duration, idle time, overlap, live memory, and
what blocks pending work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ireelite.records.execution import NOT_YET, Event

if TYPE_CHECKING:
    from ireelite.records.execution import ExecutionRecord

Span = tuple[int, int]
"""Begin and end of a span of time in nanoseconds; the end is exclusive."""


@dataclass(frozen=True)
class Step:
    """One step of the critical path."""

    kind: str
    """`work` (a queue ran a command), `host` (the host ran), or `latency` (the time between a cause
    and its effect on another lane, as from a signal to the end of a wait, or from a submit to its
    start)."""
    lane: str
    label: str
    begin_ns: int
    end_ns: int
    event: int
    """The id of the event at the step's end."""

    @property
    def duration_ns(self) -> int:
        """The length of the step in nanoseconds."""
        return self.end_ns - self.begin_ns


def critical_path(record: ExecutionRecord) -> list[Step]:
    """Returns the chain of causes that determined when the run ended, first step first. The
    predecessor of an event on the path is the latest among its causes and the preceding event of
    its lane. Steps follow each other without gaps. Empty for a record without events.
    """
    events = [event for event in record.events if event.kind != "release"]
    if not events:
        return []
    by_id = {event.id: event for event in events}
    before = _predecessors(events)
    event = max(events, key=lambda each: (each.time_ns, each.id))
    steps: list[Step] = []
    visited: set[int] = set()
    while event.id not in visited:
        visited.add(event.id)
        causes = [by_id[cause] for cause in event.causes if cause in by_id]
        if (previous := before.get(event.id)) is not None:
            causes.append(previous)
        causes = [each for each in causes if each.time_ns <= event.time_ns]
        if not causes:
            break
        cause = max(causes, key=lambda each: (each.time_ns, each.id))
        if event.time_ns > cause.time_ns:
            kind = _kind_of_step(cause, event)
            steps.append(
                Step(kind, event.lane, _label(cause, event), cause.time_ns, event.time_ns, event.id)
            )
        event = cause
    return _joined(steps[::-1])


def _predecessors(events: list[Event]) -> dict[int, Event]:
    """Returns, for each event id, the preceding event on the same lane, by time."""
    last: dict[str, Event] = {}
    found: dict[int, Event] = {}
    for event in sorted(events, key=lambda each: (each.time_ns, each.id)):
        if event.lane in last:
            found[event.id] = last[event.lane]
        last[event.lane] = event
    return found


def _kind_of_step(cause: Event, event: Event) -> str:
    if event.kind in ("dispatch_end", "transfer") and not event.lane.startswith("host"):
        return "work"
    if cause.lane != event.lane or event.kind == "wait":
        return "latency"
    return "host" if event.lane.startswith("host") else "latency"


def _label(cause: Event, event: Event) -> str:
    if (entry_point := event.where.get("entry_point")) and event.kind == "dispatch_end":
        return str(entry_point)
    if event.kind == "transfer":
        return str(event.details.get("operation", "transfer"))
    return f"{cause.kind} to {event.kind}"


def _joined(steps: list[Step]) -> list[Step]:
    """Merges successive steps of the host on the same lane."""
    found: list[Step] = []
    for step in steps:
        if found and found[-1].kind == step.kind == "host" and found[-1].lane == step.lane:
            first = found.pop()
            step = Step("host", step.lane, "host", first.begin_ns, step.end_ns, step.event)
        found.append(step)
    return found


# -- who works when ----------------------------------------------------------------------------


def busy_spans(record: ExecutionRecord) -> dict[str, list[Span]]:
    """Returns the times at which each lane works, as spans that neither overlap nor touch: a queue
    works while it runs commands, a host thread while it is in a call and not waiting.
    """
    work: dict[str, list[Span]] = {event.lane: [] for event in record.events}
    waits: dict[str, list[Span]] = {}
    for begin, end in record.slices():
        work[begin.lane].append((begin.time_ns, end.time_ns))
    for event in record.events:
        if event.began_ns == NOT_YET:
            continue
        spans = waits.setdefault(event.lane, []) if event.kind == "wait" else work[event.lane]
        spans.append((event.began_ns, event.time_ns))
    busy: dict[str, list[Span]] = {}
    for lane, spans in work.items():
        busy[lane] = union(spans)
        if lane.startswith("host"):
            busy[lane] = _without(busy[lane], union(waits.get(lane, ())))
    return busy


def union(spans: Iterable[Span]) -> list[Span]:
    """Merges spans; returns them in order, neither overlapping nor touching."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > begin:
            found.append((begin, end))
    return found


def _without(spans: list[Span], holes: list[Span]) -> list[Span]:
    found: list[Span] = []
    for begin, end in spans:
        for hole_begin, hole_end in holes:
            if hole_end <= begin or hole_begin >= end:
                continue
            if hole_begin > begin:
                found.append((begin, hole_begin))
            begin = max(begin, min(hole_end, end))
        if end > begin:
            found.append((begin, end))
    return found


def idle_ns(record: ExecutionRecord) -> dict[str, int]:
    """Nanoseconds of the run during which each lane does not work."""
    whole = record.makespan_ns()
    return {
        lane: whole - sum(end - begin for begin, end in spans)
        for lane, spans in busy_spans(record).items()
    }


def overlap_ns(record: ExecutionRecord) -> int:
    """Nanoseconds during which at least two queues work at the same time."""
    busy = busy_spans(record)
    edges: list[tuple[int, int]] = []
    for lane, spans in busy.items():
        if not lane.startswith("host"):
            edges += [(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans]
    total, working, since = 0, 0, 0
    for time_ns, change in sorted(edges):
        if working >= 2:
            total += time_ns - since
        working += change
        since = time_ns
    return total


# -- memory ------------------------------------------------------------------------------------


def live_bytes(record: ExecutionRecord) -> list[tuple[int, int, int]]:
    """Returns (event id, nanosecond, live bytes) after each event that changes the number of live
    bytes, by time. Memory allocated before the record begins is not counted. A second allocation
    of a buffer that was not freed replaces the first.
    """
    sizes: dict[str, int] = {}
    live = 0
    points: list[tuple[int, int, int]] = []
    for event in sorted(record.events, key=lambda each: (each.time_ns, each.id)):
        name = str(event.details.get("buffer", ""))
        if event.kind in ("alloc", "upload") and "bytes" in event.details:
            size = int(event.details["bytes"])
            live += size - sizes.get(name, 0)
            sizes[name] = size
        elif event.kind in ("free", "release"):
            live -= sizes.pop(name, 0)
        else:
            continue
        points.append((event.id, event.time_ns, live))
    return points


# -- what is pending ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Blocked:
    """One timepoint that a pending operation or a host thread waits for."""

    waiter: str
    """`submission 3 (NAME) on local-task/queue0`, where NAME is the entry point that is to run, or
    the operation if there is none; or the lane of a host thread."""
    semaphore: str
    value: int
    payload: int
    """The current payload of the semaphore."""
    signallers: tuple[str, ...]
    """Pending operations and promising parties that will signal the timepoint; empty if none is
    known."""
    cycle: bool
    """Whether the waiter waits for itself by way of the signallers."""


def blocked(record: ExecutionRecord) -> list[Blocked]:
    """Returns an entry for each timepoint that is not reached and that a pending operation or a
    host thread waits for.
    """
    if not record.pending:
        return []
    now = _payloads(record)
    waits: list[tuple[str, str, int]] = []
    signals: list[tuple[str, str, int]] = []
    works = _pending_work(record)
    for each in record.submissions:
        if each.state in ("pending", "running"):
            work = works.get(each.events[0]) or each.operation
            name = f"submission {each.number} ({work}) on {each.lane}"
            if each.state == "pending":
                waits += [(name, *timepoint) for timepoint in each.waits]
            signals += [(name, *timepoint) for timepoint in each.signals]
    signals += record.promises
    for event in record.pending:
        if event.kind == "wait" and event.lane.startswith("host"):
            names = str(event.details.get("semaphore", "")).split()
            values = map(int, str(event.details.get("value", "")).split())
            waits += [(event.lane, name, value) for name, value in zip(names, values)]
    waits = [each for each in waits if now.get(each[1], 0) < each[2]]
    after: dict[str, set[str]] = {}
    for waiter, semaphore, value in waits:
        after.setdefault(waiter, set()).update(_signallers(signals, semaphore, value))
    return [
        Blocked(
            waiter,
            semaphore,
            value,
            now.get(semaphore, 0),
            tuple(by := _signallers(signals, semaphore, value)),
            any(waiter in _reached(after, each) for each in by),
        )
        for waiter, semaphore, value in waits
    ]


def _pending_work(record: ExecutionRecord) -> dict[int, str]:
    """Returns, for the id of each submit event, the entry point that the operation is still to run,
    with `, ...` appended if there are several; an empty string if there is none.
    """
    found: dict[int, str] = {}
    begins = [event for event in record.pending if event.kind == "dispatch_begin"]
    for each in record.submissions:
        first, count = each.events
        names = [
            str(event.where["entry_point"])
            for event in begins
            if first <= event.id < first + count and "entry_point" in event.where
        ]
        found[first] = names[0] if len(names) == 1 else f"{names[0]}, ..." if names else ""
    return found


def deadlock_report(record: ExecutionRecord) -> str:
    """Returns a line of text for each unreached timepoint that blocks something, with the parties
    that will signal it. Empty if nothing is blocked.
    """
    lines: list[str] = []
    for each in blocked(record):
        if each.cycle:
            ending = f"which {' and '.join(each.signallers)} would signal, in a cycle of waits"
        elif each.signallers:
            ending = f"which {' and '.join(each.signallers)} will signal"
        else:
            ending = "which nothing that is recorded will signal"
        lines.append(
            f"{each.waiter} waits for {each.semaphore} to reach {each.value} "
            f"(it is at {each.payload}), {ending}"
        )
    return "\n".join(lines)


def _signallers(signals: list[tuple[str, str, int]], semaphore: str, value: int) -> list[str]:
    return [by for by, name, to in signals if name == semaphore and to >= value]


def _reached(after: dict[str, set[str]], start: str) -> set[str]:
    found = {start}
    waiting = [start]
    while waiting:
        for each in after.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def _payloads(record: ExecutionRecord) -> dict[str, int]:
    """Returns the payload of each semaphore at the end of the record."""
    found = dict(record.semaphores)
    for event in record.events:
        if event.kind == "signal":
            name, value = str(event.details["semaphore"]), int(event.details["value"])
            found[name] = max(value, found.get(name, 0))
    return found
