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
