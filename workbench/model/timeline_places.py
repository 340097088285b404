"""Places the events of a run: on lanes, in an order, and after other events."""

from __future__ import annotations

from collections.abc import Iterable

from ireelite.records import NOT_YET, Event, ExecutionRecord
from workbench.model.run_parts import RUN_SEPARATOR


def earliest(event: Event) -> int:
    return event.time_ns if event.began_ns == NOT_YET else min(event.began_ns, event.time_ns)


def pending_slices(pending: list[Event]) -> list[tuple[Event, Event]]:
    begins = {event.id: event for event in pending if event.kind == "dispatch_begin"}
    ends = [event for event in pending if event.kind == "dispatch_end"]
    return [(begins[e.causes[0]], e) for e in ends if e.causes and e.causes[0] in begins]


def events_before(events: Iterable[Event]) -> dict[int, int]:
    """Returns, by event id, the id of the event before it on its lane."""
    last: dict[str, int] = {}
    found: dict[int, int] = {}
    for event in events:
        if event.lane in last:
            found[event.id] = last[event.lane]
        last[event.lane] = event.id
    return found


def sender_of(event: Event) -> str:
    """Returns who signals: a queue, or a thread of the host with the function that it runs."""
    by = event.details.get("by")
    lane = event.lane.rpartition(RUN_SEPARATOR)[2]
    return f"{by} on {lane}" if by else lane


def lanes_of(events: list[Event]) -> list[str]:
    """Returns the lanes, run by run: the host, then its other threads, then the queues by name."""
    names = dict.fromkeys(event.lane for event in events)
    runs = list(dict.fromkeys(lane.rpartition(RUN_SEPARATOR)[0] for lane in names))

    def place(lane: str) -> tuple[int, bool, bool, str]:
        run, _, own = lane.rpartition(RUN_SEPARATOR)
        return runs.index(run), own != "host", not own.startswith("host/"), own

    return sorted(names, key=place)


def longest_chains(record: ExecutionRecord) -> dict[int, int]:
    """Returns the position of each event: after all its causes, and after the event before it on
    its lane. Pending events come after all that have happened.
    """
    order: dict[int, int] = {}
    lanes: dict[str, int] = {}
    ordered = record.in_dependency_order()
    happened = [e for e in ordered if e.time_ns != NOT_YET and e.kind != "release"]
    pending = [event for event in ordered if event.time_ns == NOT_YET]
    last = -1
    for events in (happened, pending):
        for event in events:
            before = [order[cause] for cause in event.causes if cause in order]
            place = max([last, *before, lanes.get(event.lane, -1)]) + 1
            order[event.id] = lanes[event.lane] = place
        last = max(order.values(), default=-1)
    return order
