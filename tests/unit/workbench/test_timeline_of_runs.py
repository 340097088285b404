"""The timeline of recorded runs: waits, payloads, pending work, one call of many, runs side by side,
and the trace for Perfetto.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest

import ireelite
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.recording import Recording
from ireelite.modules.hal import hal_module
from ireelite.records import ExecutionRecord, ExecutionRecorder
from ireelite.status import StatusCode, StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from workbench.model.fence_timeline import FenceTimeline
from workbench.model.run_parts import beside, calls_of, newest, of_call
from workbench.render.perfetto import perfetto_trace
from workbench.render.svg_timeline import draw_timeline
from workbench.render.text import timeline_text
from workbench.widgets.views import FenceTimeline as TimelineView

SOURCE = """func.func @f(%a: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = stablehlo.dot_general %a, %a, contracting_dims = [1] x [0]
    : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = stablehlo.dot_general %0, %a, contracting_dims = [1] x [0]
    : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32> }"""


@pytest.fixture(scope="module")
def program() -> ireelite.Program:
    return ireelite.compile(SOURCE, targets=["vmvx"])


@pytest.fixture(scope="module")
def calls(program: ireelite.Program) -> ExecutionRecord:
    """Three calls on a device with a thread of its own."""
    module = ireelite.load(program, device="local-task", record=True)
    for _ in range(3):
        module.f(np.eye(8, dtype=np.float32))
    return module.record


@pytest.fixture(scope="module")
def parked() -> ExecutionRecord:
    """Two fills wait for each other, one waits for a value that is never signalled, and a host
    thread signals the semaphore of the fourth.
    """
    recorder = ExecutionRecorder("local-task")
    device = LocalTaskDevice(LoaderSet([]))
    context = Context(Instance(), [hal_module([device], Recording(recorder))])

    def hal(name: str, *arguments: Any) -> Any:
        results = context.lookup_function(f"hal.{name}")(*arguments)
        return results[0] if results else None

    buffer = device.allocator.allocate(48, 3075, 16)
    one, two, never, go, done = (hal("fence.create", device, 0) for _ in range(5))
    for wait, signal in ((one, two), (two, one), (never, None), (go, done)):
        hal("device.queue.fill", device, -1, wait, signal, buffer, 0, -1, 7, 1, 0)
    time.sleep(0.002)
    loader = threading.Thread(target=go.signal, name="loader")
    loader.start()
    hal("fence.await", -1, 0, [done])
    record = recorder.record
    for fence in (one, two, never):
        fence.fail(StatusError(StatusCode.CANCELLED, "the record is made"))
    return record


def test_waits_are_spans_with_their_causes(parked: ExecutionRecord):
    model = FenceTimeline(parked)
    labels = {wait.id: model.mark(wait.id).label for wait in model.waits}
    told = {labels[wait.id]: (wait.lane, wait.cause, wait.pending) for wait in model.waits}
    assert told["wait s4 ≥ 1"] == ("local-task/queue0", "ended by host/loader", False)
    assert told["wait s5 ≥ 1"] == ("host", "ended by local-task/queue0", False)
    queue = "local-task/queue0"
    assert told["wait s1 ≥ 1"] == (queue, f"to be ended by submission 2 on {queue}", True)
    assert told["wait s3 ≥ 1"] == (queue, "nothing recorded will end it", True)
    waited = next(w for w in model.waits if labels[w.id] == "wait s4 ≥ 1")
    assert waited.time[1] - waited.time[0] >= 2_000_000
    on_queue = [w for w in model.waits if w.lane == queue]
    assert sorted(w.level for w in on_queue) == [0, 1, 2, 3]


def test_what_is_pending_stands_behind_what_has_happened(parked: ExecutionRecord):
    model = FenceTimeline(parked)
    pending = [mark for mark in model.instants if mark.pending]
    assert Counter(mark.kind for mark in pending) == {"wait": 3, "transfer": 3, "signal": 2}
    done = [mark for mark in model.instants if not mark.pending]
    assert min(m.order for m in pending) > max(m.order for m in done)
    assert min(m.time for m in pending) > model.now == max(m.time for m in done)
    text = timeline_text(model)
    assert "pending transfer 16 bytes" in text and "in a cycle of waits" in text
    for clock in ("order", "time"):
        picture = draw_timeline(model, clock).document("x")
        assert ">now</text>" in picture and "nothing recorded will end it" in picture
    assert "3 queue operations have not ended" in model.label


def test_a_pending_dispatch_is_a_slice():
    recorder = ExecutionRecorder("d")
    record = recorder.record
    event = {"lane": "q", "where": {"entry_point": "k"}, "time_ns": -1}
    from ireelite.records import Event

    record.events = [Event(0, "submit", 5, "host")]
    record.pending = [
        Event(1, "dispatch_begin", causes=(0,), **event),
        Event(2, "dispatch_end", causes=(1,), **event),
    ]
    (only,) = FenceTimeline(record).slices
    assert only.pending and only.order == (1, 2) and only.time[0] < only.time[1]
    assert 'aria-label="pending dispatch k on q"' in draw_timeline(FenceTimeline(record)).fragment(
        ""
    )


def test_payloads_at_the_cursor(parked: ExecutionRecord):
    model = FenceTimeline(parked)
    signals = [m for m in model.instants if m.kind == "signal" and not m.pending]
    first, second = sorted(signals, key=lambda m: m.time)
    assert first.lane == "host/loader"
    for clock in ("order", "time"):
        before = model.payloads(getattr(first, clock) - 1, clock)
        between = model.payloads(getattr(first, clock), clock)
        after = model.payloads(getattr(second, clock), clock)
        assert [before["s4"], between["s4"], between["s5"], after["s5"]] == [0, 1, 0, 1]
    assert "semaphore s4: 0 -> 1 by host/loader" in timeline_text(model)
    assert "s4 = 1" in draw_timeline(model).document("x")


def test_a_semaphore_that_failed_has_no_payload():
    recorder = ExecutionRecorder("d")
    recorder.event("fail", "q", semaphore="s1", status="CANCELLED")
    model = FenceTimeline(recorder.record)
    assert model.payloads(0) == {"s1": None}
    assert "semaphore s1: 0 -> failed by q" in timeline_text(model)
    assert "s1 = failed" in draw_timeline(model).document("x")


def test_one_call_is_chosen_of_many(calls: ExecutionRecord):
    assert len(calls_of(calls)) == 3 and len(FenceTimeline(calls).calls) == 3
    one = of_call(calls, 1)
    model = FenceTimeline(one)
    assert [s.kind for s in model.slices].count("dispatch") == 2
    (call,) = model.calls
    assert call.id == calls_of(calls)[1][0].id
    assert of_call(calls, -1) == of_call(calls, 2) != one
    assert {wait.cause.partition(" by ")[0] for wait in model.waits} == {"ended"}
    with pytest.raises(StatusError, match="no call 3: the record has 3 calls"):
        of_call(calls, 3)


def test_a_long_record_shows_its_newest_calls(calls: ExecutionRecord):
    part, left_out = newest(calls, len(calls.events) // 2)
    assert left_out == 2 and len(calls_of(part)) == 1
    assert newest(calls, len(calls.events)) == (calls, 0)
    assert part.dropped > 0


def test_runs_stand_beside_each_other(program: ireelite.Program, calls: ExecutionRecord):
    waits = ireelite.load(program, record=True)
    waits.f(np.eye(8, dtype=np.float32))
    both = {"at once": waits.record, "on a thread": of_call(calls, 0)}
    model = FenceTimeline(beside(both))
    assert [model.lane_title(lane) for lane in model.lanes] == [
        ("host", "at once"),
        ("local-sync", "queue0 · at once"),
        ("host", "on a thread"),
        ("local-task", "queue0 · on a thread"),
    ]
    begins = [min(m.time[0] for m in model.slices if m.lane.startswith(run)) for run in both]
    assert begins == [0, 0]
    names = {timeline.name for timeline in model.timelines}
    assert {name.partition(".")[0] for name in names} == {"at_once", "on_a_thread"}
    # no arrow goes from one run to the other, and none is lost
    run_of = {m.id: m.lane.partition(":")[0] for m in model.marks}
    ends = {s.end_id: s.id for s in model.slices}
    assert all(
        run_of[ends.get(a.cause, a.cause)] == run_of[ends.get(a.effect, a.effect)]
        for a in model.arrows
    )
    alone = sum(len(FenceTimeline(record).arrows) for record in both.values())
    assert len(model.arrows) == alone
    with pytest.raises(StatusError, match="two or more"):
        beside({"one": calls})


def test_a_long_title_of_a_lane_is_on_several_lines(calls: ExecutionRecord):
    model = FenceTimeline(calls)
    assert model.lane_lines("local-task/queue0") == ["local-task", "queue0"]
    assert model.lane_lines("host") == ["host"]
    long = model.lane_lines("late: host/asynchronous calls")
    assert long == ["host", "asynchronous calls", "late"]


def test_columns_have_room_for_labels(calls: ExecutionRecord):
    model = FenceTimeline(calls)
    columns = model.columns()
    assert len(columns) == model.span()[1] + 1 and columns == sorted(columns)
    for mark in model.slices:
        begin, end = mark.order
        assert columns[end] - columns[begin] >= len(mark.short) + 3


def test_the_view_takes_a_call_and_several_runs(program: ireelite.Program, calls: ExecutionRecord):
    view = TimelineView({"first": calls, "second": calls}, call=0)
    assert len(view.model.calls) == 2
    assert len(TimelineView(calls, call=-1).model.calls) == 1
    assert json.loads(view.to_perfetto())["traceEvents"]


def test_written_bindings_come_from_the_executable(calls: ExecutionRecord):
    begins = [e for e in calls.events if e.kind == "dispatch_begin"]
    for begin in begins:
        bound = begin.details["bindings"].split()
        assert begin.details["writes"] == (len(bound) - 1,)


# -- Perfetto --------------------------------------------------------------------------------------


def spans(trace: list[dict[str, Any]]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """By thread, the slices in nanoseconds, as a trace processor takes them: begins before ends."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for event in trace:
        if event["ph"] == "X":
            begin = round(event["ts"] * 1000)
            thread = found.setdefault((event["pid"], event["tid"]), [])
            thread.append((begin, begin + round(event["dur"] * 1000)))
    return found


@pytest.mark.parametrize("which", ["calls", "parked"])
def test_a_trace_has_the_same_slices_and_flows(which: str, request: pytest.FixtureRequest):
    record: ExecutionRecord = request.getfixturevalue(which)
    model = FenceTimeline(record, memory=True)
    document = json.loads(perfetto_trace(model))
    trace = document["traceEvents"]
    for event in trace:
        assert event["ph"] in set("MXisfC") and event["name"] and event["pid"] > 0
        assert event["ph"] == "M" or event["ts"] >= 0
    slices = Counter(e["args"]["event"] for e in trace if e["ph"] == "X" and "event" in e["args"])
    fences = {i.id for i in model.instants if i.kind in ("signal", "wait") and not i.pending}
    assert set(slices) == {s.id for s in model.slices if not s.pending} | fences
    assert set(slices.values()) == {1}
    for thread in spans(trace).values():
        open_until: list[int] = []
        for begin, end in sorted(thread, key=lambda span: (span[0], -span[1])):
            while open_until and open_until[-1] <= begin:
                open_until.pop()
            assert not open_until or end <= open_until[-1], "slices of a thread nest"
            open_until.append(end)
    _flows_are_signals(model, trace)
    counters = {e["name"] for e in trace if e["ph"] == "C"}
    assert {f"semaphore {timeline.name}" for timeline in model.timelines} <= counters
    named = {(e["pid"], e["tid"]) for e in trace if e["name"] == "thread_name"}
    assert {(e["pid"], e["tid"]) for e in trace if e["ph"] in "Xisf"} <= named


def _flows_are_signals(model: FenceTimeline, trace: list[dict[str, Any]]) -> None:
    """Each flow begins in the slice of a signal and ends in that of the wait it ended, as Perfetto's
    importer reads a trace: by time, in the order of the file at one time. It drops flows that end
    before they begin, and swaps the ends of a flow if the second slice begins before the first.
    """
    open_slices: dict[tuple[int, int], list[dict[str, Any]]] = {}
    starts: dict[int, Any] = {}
    found: set[tuple[int, int]] = set()
    for event in sorted((e for e in trace if e["ph"] in "Xsf"), key=lambda event: event["ts"]):
        stack = open_slices.setdefault((event["pid"], event["tid"]), [])
        while stack and round(stack[-1]["ts"] + stack[-1]["dur"], 3) <= event["ts"]:
            stack.pop()
        if event["ph"] == "X":
            stack.append(event)
        elif event["ph"] == "s":
            starts[event["id"]] = stack[-1]
        else:
            start = starts.pop(event["id"])
            assert start["ts"] <= stack[-1]["ts"]
            assert stack[-2]["args"]["event"] == stack[-1]["args"]["wait"]
            found.add((start["args"]["event"], stack[-1]["args"]["wait"]))
    assert not starts
    pending = {mark.id for mark in model.marks if mark.pending}
    expected = {
        (a.cause, a.effect) for a in model.arrows if a.kind == "signal" and a.effect not in pending
    }
    assert found == expected != set()
