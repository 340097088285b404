"""Parts of a run, and several runs side by side, as records of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ireelite.records import NOT_YET, Event, ExecutionRecord, Submission
from ireelite.status import StatusCode, StatusError, invalid_argument

RUN_SEPARATOR = ": "
"""Separates the name of a run from the name of a lane where runs are side by side."""


def calls_of(record: ExecutionRecord) -> list[tuple[Event, Event]]:
    """Returns the (begin, end) events of the host's outermost calls, in order."""
    pairs = sorted(
        (pair for pair in record.slices() if pair[0].kind == "call_begin"),
        key=lambda pair: pair[0].id,
    )
    found: list[tuple[Event, Event]] = []
    last: dict[str, int] = {}
    for begin, end in pairs:
        if begin.time_ns >= last.get(begin.lane, 0):
            found.append((begin, end))
            last[begin.lane] = end.time_ns
    return found


def of_call(record: ExecutionRecord, number: int) -> ExecutionRecord:
    """Returns the part of a run that belongs to one call: the events of its thread during the call,
    what it submitted, and the signals that were waited for. The first call is 0, the last is -1.
    Raises OUT_OF_RANGE if there is no such call.
    """
    calls = calls_of(record)
    if not -len(calls) <= number < len(calls):
        raise StatusError(
            StatusCode.OUT_OF_RANGE, f"no call {number}: the record has {len(calls)} calls"
        )
    begin, end = calls[number]
    events = [
        event
        for event in record.events
        if event.lane == begin.lane and begin.time_ns <= event.time_ns <= end.time_ns
    ]
    first = {event.id for event in events if event.kind == "submit"}
    submissions = [each for each in record.submissions if each.events[0] in first]
    return _part(record, {event.id for event in events}, submissions)


def newest(record: ExecutionRecord, most: int) -> tuple[ExecutionRecord, int]:
    """Returns the newest calls of a run, at least one, with at most `most` events in all, and how
    many calls were left out. A run with fewer than two calls is returned whole.
    """
    calls = calls_of(record)
    if len(record.events) + len(record.pending) <= most or len(calls) < 2:
        return record, 0
    first = len(calls) - 1
    while first > 0 and _since(record, calls[first - 1][0].id) <= most:
        first -= 1
    start = calls[first][0].id
    kept = [each for each in record.submissions if each.events[0] >= start or _is_open(each)]
    return _part(record, {event.id for event in record.events if event.id >= start}, kept), first


def beside(records: Mapping[str, ExecutionRecord]) -> ExecutionRecord:
    """Returns several runs as one record, all with the same beginning and each on its own lanes.
    Raises INVALID_ARGUMENT for fewer than two runs.
    """
    if len(records) < 2:
        raise invalid_argument("runs beside each other are two or more, each with a name")
    whole = ExecutionRecord(" ".join(dict.fromkeys(each.device for each in records.values())))
    for label, record in records.items():
        first = max((event.id for event in [*whole.events, *whole.pending]), default=-1) + 1
        times = [event.time_ns for event in record.events]
        start = min(times, default=0)
        shifted = _Shift(label, first, start)
        whole.events += [shifted.event(event) for event in record.events]
        whole.pending += [shifted.event(event) for event in record.pending]
        whole.submissions += [shifted.submission(each) for each in record.submissions]
        whole.semaphores.update(
            {f"{shifted.word}.{name}": payload for name, payload in record.semaphores.items()}
        )
        whole.promises += [
            (by, f"{shifted.word}.{name}", value) for by, name, value in record.promises
        ]
        whole.dropped += record.dropped
    return whole


class _Shift:
    """Gives a run other ids, times and names."""

    def __init__(self, label: str, first: int, start: int):
        self.label, self.first, self.start = label, first, start
        self.word = re.sub(r"\W", "_", label)

    def event(self, event: Event) -> Event:
        details = dict(event.details)
        for key in ("semaphore", "buffer", "bindings", "source", "target"):
            if isinstance(named := details.get(key), str):
                details[key] = " ".join(f"{self.word}.{word}" for word in named.split())
        return replace(
            event,
            id=event.id + self.first,
            time_ns=self._time(event.time_ns),
            began_ns=self._time(event.began_ns),
            lane=self.lane(event.lane),
            causes=tuple(cause + self.first for cause in event.causes),
            details=details,
        )

    def submission(self, each: Submission) -> Submission:
        def named(points: Any) -> tuple[tuple[str, int], ...]:
            return tuple((f"{self.word}.{name}", value) for name, value in points)

        return replace(
            each,
            lane=self.lane(each.lane),
            submitted_ns=self._time(each.submitted_ns),
            started_ns=self._time(each.started_ns),
            ended_ns=self._time(each.ended_ns),
            waits=named(each.waits),
            signals=named(each.signals),
            events=(each.events[0] + self.first, each.events[1]),
        )

    def lane(self, lane: str) -> str:
        return f"{self.label}{RUN_SEPARATOR}{lane}"

    def _time(self, time_ns: int) -> int:
        return time_ns if time_ns == NOT_YET else time_ns - self.start


def _since(record: ExecutionRecord, start: int) -> int:
    return sum(event.id >= start for event in record.events) + len(record.pending)


def _is_open(each: Submission) -> bool:
    return each.state in ("pending", "running")


def _part(record: ExecutionRecord, ids: set[int], submissions: list[Submission]) -> ExecutionRecord:
    """Returns a record of the events with these ids, the events of the submissions, and the signals
    that these waited for. Semaphores begin with the payloads that they had before.
    """
    for each in submissions:
        ids.update(range(each.events[0], each.events[0] + each.events[1]))
    by_id = {event.id: event for event in record.events}
    for id in list(ids):
        if id in by_id and by_id[id].kind == "wait":
            ids.update(cause for cause in by_id[id].causes if cause in by_id)
    events = [event for event in record.events if event.id in ids]
    pending = [event for event in record.pending if event.id in ids]
    named = {
        name
        for event in [*events, *pending]
        for name in str(event.details.get("semaphore", "")).split()
    }
    bases = dict(record.semaphores)
    met: set[str] = set()
    for event in record.events:
        if event.kind == "signal" and (name := str(event.details["semaphore"])) not in met:
            if event.id in ids:
                met.add(name)
            else:
                bases[name] = max(bases.get(name, 0), event.details["value"])
    return ExecutionRecord(
        record.device,
        events,
        pending,
        submissions,
        {name: bases.get(name, 0) for name in sorted(named)},
        record.promises,
        record.dropped + len(record.events) - len(events),
    )
