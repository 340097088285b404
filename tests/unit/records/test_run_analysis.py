"""Critical path, idle time, overlap: of runs whose times are written down."""

from __future__ import annotations

from ireelite.records import ExecutionRecord, ExecutionRecorder


def run() -> ExecutionRecord:
    """Two queues. `a` runs 10 to 30 on q0, `b` 15 to 25 on q1, `c` after both 32 to 50 on q1; the host
    waits from 5 to 52."""
    recorder = ExecutionRecorder("d")
    event = recorder.event

    def dispatch(name, lane, begin, end, *causes):
        first = event("dispatch_begin", lane, causes, {"entry_point": name}, begin)
        return event("dispatch_end", lane, (first,), {"entry_point": name}, end)

    call = event("call_begin", "host", (), {}, 0, function="f")
    submit = event("submit", "host", (call,), {}, 2, queue="q0")
    a = dispatch("a", "q0", 10, 30, submit)
    b = dispatch("b", "q1", 15, 25, submit)
    one = event("signal", "q0", (a,), {}, 31, semaphore="s1", value=1)
    wait = event("wait", "q1", (submit, one), {}, 31, 3, semaphore="s1", value=1)
    c = dispatch("c", "q1", 32, 50, wait, b)
    two = event("signal", "q1", (c,), {}, 51, semaphore="s2", value=1)
    over = event("wait", "host", (two,), {}, 52, 5, semaphore="s2", value=1)
    event("call_end", "host", (call, over), {}, 60, function="f")
    event("release", "host", (), {}, 99, buffer="b1", bytes=4)
    return recorder.record


def test_the_critical_path_has_no_gaps():
    path = run().critical_path()
    assert [(step.kind, step.lane, step.begin_ns, step.end_ns) for step in path] == [
        ("host", "host", 0, 2),
        ("latency", "q0", 2, 10),
        ("work", "q0", 10, 30),
        ("latency", "q0", 30, 31),
        ("latency", "q1", 31, 32),
        ("work", "q1", 32, 50),
        ("latency", "q1", 50, 51),
        ("latency", "host", 51, 52),
        ("host", "host", 52, 60),
    ]
    assert [step.label for step in path if step.kind == "work"] == ["a", "c"]
    assert sum(step.duration_ns for step in path) == run().makespan_ns() == 60
    assert ExecutionRecord().critical_path() == []


def test_idle_time_and_overlap():
    record = run()
    assert record.idle_ns() == {"host": 60 - 5 - 8, "q0": 40, "q1": 60 - 10 - 18}
    assert record.overlap_ns() == 10


def test_a_second_allocation_of_a_name_replaces_the_first():
    recorder = ExecutionRecorder()
    for time_ns, (kind, bytes) in enumerate([("alloc", 8), ("upload", 20), ("free", 20)]):
        recorder.event(kind, "q0", (), {}, time_ns, buffer="b1", bytes=bytes)
    assert [live for _, _, live in recorder.record.live_bytes()] == [8, 20, 0]


def queues() -> ExecutionRecord:
    """Device `a` has two queues, device `b` has one. The host submits at 0, 1 and 2 and waits from 3.
    `x` runs 10 to 40 on a/0, `y` 20 to 60 on a/1, `z` 30 to 50 on b; `sum` on b after all three, 70 to
    90, and a copy 90 to 100. Each queue allocates 8 bytes as it begins; a/0 and a/1 free theirs at 62
    and 64.
    """
    recorder = ExecutionRecorder("a b")
    event = recorder.event
    call = event("call_begin", "host", (), {}, 0, function="f")
    ends = []
    for number, (name, lane, begin, end) in enumerate(
        [("x", "a/queue0", 10, 40), ("y", "a/queue1", 20, 60), ("z", "b/queue0", 30, 50)]
    ):
        submit = event("submit", "host", (call,), {}, number, queue=lane)
        event("alloc", lane, (submit,), {}, begin, buffer=name, bytes=8)
        first = event("dispatch_begin", lane, (submit,), {"entry_point": name}, begin)
        last = event("dispatch_end", lane, (first,), {"entry_point": name}, end)
        signal = event("signal", lane, (last,), {}, end + 1, semaphore=name, value=1)
        ends.append((submit, signal, end + 1))
    waits = [
        event("wait", "b/queue0", (submit, signal), {}, over, 3, semaphore="", value=1)
        for submit, signal, over in ends
    ]
    event("free", "a/queue0", (), {}, 62, buffer="x", bytes=8)
    event("free", "a/queue1", (), {}, 64, buffer="y", bytes=8)
    first = event("dispatch_begin", "b/queue0", tuple(waits), {"entry_point": "sum"}, 70)
    last = event("dispatch_end", "b/queue0", (first,), {"entry_point": "sum"}, 90)
    copy = event("transfer", "b/queue0", (last,), {}, 100, 90, operation="copy")
    done = event("signal", "b/queue0", (copy,), {}, 101, semaphore="done", value=1)
    over = event("wait", "host", (done,), {}, 104, 3, semaphore="done", value=1)
    event("call_end", "host", (call, over), {}, 110, function="f")
    return recorder.record


def test_two_devices_with_several_queues():
    record = queues()
    # Two or three of them work from 20 to 50 (x and y from 20, y and z until 50); `sum` works alone.
    assert record.overlap_ns() == 30
    assert record.makespan_ns() == 110
    assert record.idle_ns() == {
        "host": 110 - 3 - 6,
        "a/queue0": 110 - 30,
        "a/queue1": 110 - 40,
        "b/queue0": 110 - 20 - 20 - 10,
    }
    assert record.peak_bytes() == 24 and record.live_bytes()[-1][2] == 8
    path = [(step.kind, step.lane, step.begin_ns, step.end_ns) for step in record.critical_path()]
    assert path == [
        ("host", "host", 0, 1),
        ("latency", "a/queue1", 1, 20),
        ("work", "a/queue1", 20, 60),
        ("latency", "a/queue1", 60, 61),
        ("latency", "b/queue0", 61, 70),
        ("work", "b/queue0", 70, 90),
        ("work", "b/queue0", 90, 100),
        ("latency", "b/queue0", 100, 101),
        ("latency", "host", 101, 104),
        ("host", "host", 104, 110),
    ]
