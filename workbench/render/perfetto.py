"""A run as Trace Event JSON, which Perfetto and Chrome's tracing read.

Each lane is a thread with nested slices. Its signals and waits are slices on separate threads,
because flows connect slices, and because waits of a queue overlap its other work. Times are
microseconds from the first event.
"""

from __future__ import annotations

import json
from typing import Any

from workbench.model.fence_timeline import FenceTimeline
from workbench.model.timeline_marks import Instant, Slice

_NANOSECOND = 0.001
_FENCES = ("signal", "fail", "wait")
FLOW = "fence"
"""The category of the flows from signals to waits."""


def perfetto_trace(model: FenceTimeline) -> str:
    """Returns the JSON text, without pending events."""
    return json.dumps(
        {"displayTimeUnit": "ns", "traceEvents": _Trace(model).events}, separators=(",", ":")
    )


class _Trace:
    """Collects the trace events of a timeline."""

    def __init__(self, model: FenceTimeline):
        self.model = model
        self.events: list[dict[str, Any]] = []
        self.threads: dict[tuple[str, str], int] = {}
        self.processes: dict[str, int] = {}
        self.placed: dict[int, dict[str, Any]] = {}
        """Event id of a signal or wait -> its slice."""
        self.ends: dict[str, list[float]] = {}
        """Lane -> when each of its threads for fences becomes free, in microseconds."""
        for lane in model.lanes:
            self._thread(lane)
        for mark in sorted(model.slices, key=lambda each: (each.time[0], -each.time[1])):
            self._slice(mark)
        spans = {wait.id: wait for wait in model.waits}
        for mark in sorted(model.instants, key=lambda each: (self._since(each, spans), each.id)):
            if not mark.pending and mark.kind in _FENCES:
                self._fence(mark, self._since(mark, spans))
            elif not mark.pending:
                self._instant(mark)
        self._flows()
        self._counters()

    def _since(self, mark: Instant, spans: dict[int, Any]) -> int:
        return spans[mark.id].time[0] if mark.id in spans else mark.time

    def _thread(self, lane: str, part: str = "") -> dict[str, int]:
        """Returns the ids of process and thread of a lane, or of a part of it; names them at first
        use.
        """
        name, below = self.model.lane_title(lane)
        group = name if name != "host" or not below else f"host {below}"
        if group not in self.processes:
            self.processes[group] = len(self.processes) + 1
            self._name("process_name", self.processes[group], 0, group)
        pid = self.processes[group]
        if (lane, part) not in self.threads:
            self.threads[lane, part] = len(self.threads) + 1
            title = " ".join(word for word in (below or name, part) if word)
            self._name("thread_name", pid, self.threads[lane, part], title)
        return {"pid": pid, "tid": self.threads[lane, part]}

    def _name(self, kind: str, pid: int, tid: int, name: str) -> None:
        self.events.append(
            {"name": kind, "ph": "M", "pid": pid, "tid": tid, "args": {"name": name}}
        )

    def _slice(self, mark: Slice) -> None:
        if mark.pending:
            return
        begin, end = mark.time
        self.events.append(
            {
                "name": mark.short,
                "cat": mark.kind,
                "ph": "X",
                "ts": begin / 1000,
                "dur": (end - begin) / 1000,
                **self._thread(mark.lane),
                "args": {"event": mark.id, "label": mark.label, **dict(mark.details)},
            }
        )

    def _fence(self, mark: Instant, since: int) -> None:
        """Adds a slice for a signal or wait on the first of the lane's threads for fences that is
        free. A signal lasts a nanosecond, a wait as long as it waited and one more, for the end of
        the flow from the signal.
        """
        begin, end = since / 1000, (mark.time + 1) / 1000
        ends = self.ends.setdefault(mark.lane, [])
        row = next((n for n, free in enumerate(ends) if free <= begin), len(ends))
        ends[row:] = [end, *ends[row + 1 :]]
        event = {
            "name": mark.label,
            "cat": mark.kind,
            "ph": "X",
            "ts": begin,
            "dur": max(round(end - begin, 3), _NANOSECOND),
            **self._thread(mark.lane, f"fences {row + 1}" if row else "fences"),
            "args": {"event": mark.id, **dict(mark.details)},
        }
        self.placed[mark.id] = event
        self.events.append(event)

    def _instant(self, mark: Instant) -> None:
        self.events.append(
            {
                "name": mark.label,
                "cat": mark.kind,
                "ph": "i",
                "s": "t",
                "ts": mark.time / 1000,
                **self._thread(mark.lane),
                "args": {"event": mark.id, **dict(mark.details)},
            }
        )

    def _flows(self) -> None:
        """Adds a flow from each signal to each wait that it ended. It ends in a slice of its own, the
        last nanosecond of the wait: Perfetto directs a flow by where its slices begin, and drops one
        that ends before it begins.
        """
        number = 0
        for arrow in self.model.arrows:
            cause, effect = self.placed.get(arrow.cause), self.placed.get(arrow.effect)
            if arrow.kind != "signal" or cause is None or effect is None:
                continue
            number += 1
            common = {"name": "signal", "cat": FLOW, "id": number}
            last = max(round(effect["ts"] + effect["dur"] - _NANOSECOND, 3), effect["ts"])
            place = {"ts": last, "pid": effect["pid"], "tid": effect["tid"]}
            end = {"name": "reached", "cat": "wait", "ph": "X", "dur": _NANOSECOND, **place}
            self.events += [
                {**end, "args": {"wait": arrow.effect}},
                {**common, "ph": "s", "ts": cause["ts"], "pid": cause["pid"], "tid": cause["tid"]},
                {**common, "ph": "f", "bp": "e", **place},
            ]

    def _counters(self) -> None:
        counter = {"ph": "C", "pid": next(iter(self.processes.values()), 1), "tid": 0}
        for timeline in self.model.timelines:
            points = [(0, timeline.base)] + [
                (each.time, each.value) for each in timeline.payloads if each.value is not None
            ]
            name = f"semaphore {timeline.name}"
            self.events += [
                {**counter, "name": name, "ts": time / 1000, "args": {"payload": value}}
                for time, value in points
            ]
        self.events += [
            {**counter, "name": "live bytes", "ts": time / 1000, "args": {"bytes": live}}
            for _, time, live in self.model.memory
        ]
