"""What a record keeps: operations from submission to signal, senders, payloads, releases, a bound."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import deque
from typing import Any

import numpy as np
import pytest

import ireelite
from ireelite.hal.command_buffer import BufferRef, Fill
from ireelite.hal.deadlock import Promise
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.recording import Recording
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.submission_log import SubmissionLog
from ireelite.modules.hal import hal_module
from ireelite.records import NOT_YET, ExecutionRecord, ExecutionRecorder
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance


class Bench:
    """A device whose queue operations are recorded, called as a program calls them."""

    def __init__(self, device=None, bound=1000):
        self.device = device or LocalSyncDevice(LoaderSet([]))
        self.recorder = ExecutionRecorder("bench", bound)
        self.context = Context(
            Instance(), [hal_module([self.device], Recording(self.recorder))], self.recorder
        )
        self.buffer = self.device.allocator.allocate(48, 3075, 16)

    def __call__(self, name, *arguments) -> Any:
        results = self.context.lookup_function(f"hal.{name}")(*arguments)
        return results[0] if results else None

    def fence(self):
        return self("fence.create", self.device, 0)

    def fill(self, wait, signal):
        self("device.queue.fill", self.device, -1, wait, signal, self.buffer, 0, -1, 7, 1, 0)

    @property
    def record(self):
        return self.recorder.record

    def cancel(self, *fences):
        """Has what waits for fences fail, so that nothing is left parked."""
        for fence in fences:
            fence.fail(StatusError(StatusCode.CANCELLED, "the test is over"))


def test_an_operation_is_pending_until_it_runs():
    bench = Bench()
    start, end = bench.fence(), bench.fence()
    bench.fill(start, end)
    before = bench.record
    (parked,) = before.submissions
    assert (parked.state, parked.started_ns, parked.ended_ns) == ("pending", NOT_YET, NOT_YET)
    assert (parked.waits, parked.signals) == ((("s1", 1),), (("s2", 1),))
    assert [event.kind for event in before.pending] == ["wait", "transfer", "signal"]
    kinds = {event.kind for event in before.events}
    assert kinds == {"invoke_begin", "invoke_end", "submit"}
    assert "pending transfer" in before.summary()

    bench("fence.signal", start)
    after = bench.record
    (ran,) = after.submissions
    assert ran.state == "ran" and not after.pending
    assert ran.submitted_ns < ran.started_ns <= ran.ended_ns
    wait = next(e for e in after.events if e.kind == "wait")
    signal = next(e for e in after.events if e.kind == "signal" and e.lane == "host")
    assert signal.id in wait.causes and wait.time_ns == signal.time_ns
    assert wait.began_ns == ran.submitted_ns


def test_an_operation_is_running_while_it_runs():
    bench = Bench()
    states = []
    end = bench.fence()
    commands = bench("command_buffer.create", bench.device, 0, 3, -1, 0)
    bench("command_buffer.finalize", commands)
    commands.prepared = [lambda table: states.append(bench.record.submissions[0].state)]
    bench("device.queue.execute", bench.device, -1, None, end, commands, 0)
    assert states == ["running"]
    assert bench.record.submissions[0].state == "ran"


def test_a_failure_is_carried_from_the_wait_to_the_signal():
    bench = Bench()
    start, end = bench.fence(), bench.fence()
    bench.fill(start, end)
    bench("fence.fail", start, int(StatusCode.CANCELLED))
    record = bench.record
    (failed,) = record.submissions
    assert failed.state == "failed" and "CANCELLED" in failed.failure
    assert failed.started_ns == NOT_YET and not record.pending
    by_queue, by_host = (e for e in record.events if e.kind == "fail")
    assert (by_host.lane, by_queue.lane) == ("host", "local-sync/queue0")
    assert by_queue.details["semaphore"] == "s2" and by_queue.details["status"] == "CANCELLED"
    wait = next(e for e in record.events if e.kind == "wait")
    assert wait.causes == (failed.events[0], by_host.id)
    assert "transfer" not in {event.kind for event in record.events}


def test_work_that_fails_is_where_it_failed():
    bench = Bench()
    end = bench.fence()

    def refuse(table):
        raise invalid_argument("no")

    commands = bench("command_buffer.create", bench.device, 0, 3, -1, 0)
    commands.record(Fill(BufferRef(0, bench.buffer, 0, 4), b"\1"))
    commands.record(Fill(BufferRef(0, bench.buffer, 4, 4), b"\2"))
    commands.record(Fill(BufferRef(0, bench.buffer, 8, 4), b"\3"))
    bench("command_buffer.finalize", commands)
    commands.prepared = [lambda table: None, refuse, lambda table: None]
    bench("device.queue.execute", bench.device, -1, None, end, commands, 0)
    record = bench.record
    work = [e for e in record.events if e.lane == bench.device.lane]
    assert [e.kind for e in work] == ["transfer", "fail", "fail"]
    assert work[1].details["target"] == "b1[4:8]" and work[1].causes == (work[0].id,)
    assert record.submissions[0].state == "failed"


def test_an_operation_that_is_refused_is_not_pending():
    bench = Bench()
    end = bench.fence()
    commands = bench("command_buffer.create", bench.device, 0, 3, -1, 0)
    with pytest.raises(StatusError, match="has not been finalized"):
        bench("device.queue.execute", bench.device, -1, None, end, commands, 0)
    (refused,) = bench.record.submissions
    assert refused.state == "failed" and not bench.record.pending
    assert [e.details["semaphore"] for e in bench.record.events if e.kind == "fail"] == ["s1"]


def test_every_signal_has_its_sender():
    bench = Bench(LocalTaskDevice(LoaderSet([])))
    fences = [bench.fence() for _ in range(4)]
    bench("fence.signal", fences[0])
    bench.fill(fences[0], fences[1])
    bench("fence.await", -1, 0, [fences[1]])
    thread = threading.Thread(target=fences[2].signal, name="loader")
    thread.start()
    thread.join()
    fences[3].signal()
    bench("fence.await", -1, 0, fences)
    record = bench.record
    senders = {
        e.details["semaphore"]: (e.lane, e.details.get("by"))
        for e in record.events
        if e.kind == "signal"
    }
    assert senders == {
        "s1": ("host", "hal.fence.signal"),
        "s2": ("local-task/queue0", None),
        "s3": ("host/loader", None),
        "s4": ("host", None),
    }
    waits = [e for e in record.events if e.kind == "wait"]
    by_id = {e.id: e for e in record.events}
    for wait in waits:
        signals = [by_id[c] for c in wait.causes if by_id[c].kind == "signal"]
        assert len(signals) == len(wait.details["semaphore"].split()) if wait.lane == "host" else 1
        assert all(s.time_ns <= wait.time_ns for s in signals)


def test_a_wait_of_the_host_is_pending_while_it_waits():
    bench = Bench()
    fence = bench.fence()
    thread = threading.Thread(
        target=lambda: bench("fence.await", -1, 0, [fence]), name="waiter", daemon=True
    )
    thread.start()
    deadline = time.monotonic() + 5
    while not bench.record.pending and time.monotonic() < deadline:
        time.sleep(0.001)
    (wait,) = bench.record.pending
    assert (wait.kind, wait.lane, wait.details["semaphore"]) == ("wait", "host/waiter", "s1")
    (blocked,) = bench.record.blocked()
    assert blocked.waiter == "host/waiter" and blocked.signallers == () and not blocked.cycle
    fence.signal()
    thread.join()
    assert not bench.record.pending and bench.record.deadlock_report() == ""


def test_threads_that_meet_a_fence_at_once_share_its_log():
    bench = Bench()
    for _ in range(20):
        fence, start = Fence([(Semaphore(), 1)]), threading.Barrier(4)

        def wait(fence=fence, start=start):
            start.wait()
            bench("fence.await", -1, 0, [fence])

        threads = [threading.Thread(target=wait) for _ in range(4)]
        for thread in threads:
            thread.start()
        bench("fence.signal", fence)
        for thread in threads:
            thread.join()
    record = bench.record
    waits = [event for event in record.events if event.kind == "wait"]
    assert len(waits) == 80 and len(record.semaphores) == 20
    for each in waits:
        signals = [e for e in record.events if e.kind == "signal" and e.id in each.causes]
        assert [e.details["semaphore"] for e in signals] == [each.details["semaphore"]]


def test_devices_of_a_driver_have_lanes_of_their_own():
    devices = [LocalTaskDevice(LoaderSet([]), queue_count=n) for n in (1, 2)]
    alone = LocalSyncDevice(LoaderSet([]))
    Recording(ExecutionRecorder()).name_lanes([*devices, alone, devices[0]])
    lanes = [device.lane for device in (*devices, devices[1].on(2), alone)]
    assert lanes == [
        "local-task:0/queue0",
        "local-task:1/queue0",
        "local-task:1/queue1",
        "local-sync/queue0",
    ]


def test_a_forked_process_records_on():
    bench = Bench()
    bench("fence.signal", bench.fence())
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        bench.fill(None, bench.fence())
        os.write(writer, b"%d" % sum(e.kind == "signal" for e in bench.record.events))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"2"
    os.close(reader)
    os.close(writer)


def test_payloads_over_time():
    bench = Bench()
    semaphore = Semaphore(3)
    for value in (5, 9):
        bench("fence.signal", Fence([(semaphore, value)]))
    record = bench.record
    assert record.semaphores == {"s1": 3}
    (first, _), (second, _) = points = record.payloads("s1")
    assert [value for _, value in points] == [5, 9]
    assert record.payload_at("s1", first - 1) == 3
    assert record.payload_at("s1", first) == 5
    assert record.payload_at("s1", second) == 9
    with pytest.raises(StatusError, match="no semaphore 's2'"):
        record.payload_at("s2", 0)


def test_a_cycle_of_waits_is_named():
    bench = Bench()
    one, two, never = bench.fence(), bench.fence(), bench.fence()
    bench.fill(one, two)
    bench.fill(two, one)
    bench.fill(never, None)
    first, second, third = bench.record.deadlock_report().splitlines()
    assert first == (
        "submission 1 (fill) on local-sync/queue0 waits for s1 to reach 1 (it is at 0), which "
        "submission 2 (fill) on local-sync/queue0 would signal, in a cycle of waits"
    )
    assert "in a cycle" in second
    assert third.endswith(
        "waits for s3 to reach 1 (it is at 0), which nothing that is recorded will signal"
    )
    bench.cancel(one, two, never)


def test_a_promise_is_who_will_signal():
    bench = Bench()
    fence = bench.fence()
    bench.fill(fence, None)
    promise = Promise(fence, by="the sensor")
    record = bench.record
    assert record.promises == [("the sensor", "s1", 1)]
    assert record.deadlock_report().endswith("(it is at 0), which the sensor will signal")
    assert ExecutionRecord.from_json(record.to_json()) == record
    fence.signal()
    assert bench.record.promises == []
    del promise


def test_two_records_know_one_semaphore():
    first, second = Bench(), Bench()
    fence = first.fence()
    first.fill(None, fence)
    second.fill(fence, None)
    late = second.fence()
    second.fill(late, None)
    first.fill(None, late)
    record = second.record
    signal = next(e for e in record.events if e.kind == "signal")
    waits = [e for e in record.events if e.kind == "wait"]
    assert signal.lane == first.device.lane
    # what was signalled before the record met it has no event there
    assert len(waits[0].causes) == 1 and signal.id in waits[1].causes


def test_what_is_released_is_counted():
    program = ireelite.compile(
        "func.func @f(%a: tensor<64xf32>) -> tensor<64xf32> {\n"
        "  %0 = stablehlo.add %a, %a : tensor<64xf32>\n  return %0 : tensor<64xf32>\n}\n",
        targets=["vmvx"],
    )
    module = ireelite.load(program, record=True)
    peaks = []
    for _ in range(3):
        module.f(np.ones(64, np.float32))
        gc.collect()
        assert module.record.live_bytes()[-1][2] == 0
        peaks.append(module.record.peak_bytes())
    assert peaks == [512, 512, 512]


def test_the_record_is_bounded_and_says_what_it_dropped():
    bench = Bench(bound=60)
    parked = bench.fence()
    bench.fill(parked, None)
    for _ in range(200):
        fence = bench.fence()
        bench.fill(None, fence)
        bench("fence.await", -1, 0, [fence])
    record = bench.record
    assert 40 < len(record.events) <= 60 + 1 and record.dropped > 1000
    assert f"{record.dropped} older ones dropped" in repr(record)
    assert min(e.id for e in record.events if e.kind != "submit") >= record.dropped
    # what is open stays
    assert [s.state for s in record.submissions if s.number == 1] == ["pending"]
    assert len(record.semaphores) <= 64
    waits = [e for e in record.events if e.kind == "wait" and e.lane == "host"]
    assert waits and all(e.causes for e in waits[1:])
    again = ExecutionRecord.from_json(record.to_json())
    assert again == record
    bench.cancel(parked)


@pytest.mark.parametrize("is_early", [True, False])
def test_a_record_that_is_read_while_events_are_dropped(is_early):
    """Events are recorded, and older ones dropped, before or after the step that copies them."""
    bench = Bench(bound=30)
    parked = bench.fence()
    recorder = bench.recorder

    class Entries(deque):
        def copy(self):
            if is_early:
                record_many()
            entries = deque(self)
            if not is_early:
                record_many()
            return entries

    def record_many():
        for _ in range(50):
            recorder.event("wait")

    bench.fill(parked, None)
    recorder._entries = Entries(recorder._entries)
    first_free = recorder.event("wait") + 1
    record = recorder.record
    (operation,) = record.submissions
    assert operation.state == "pending"
    first, count = operation.events
    ids = [event.id for event in record.events]
    assert (record.dropped > first) == is_early and len(set(ids)) == len(ids)
    end = first_free + 50 if is_early else first_free
    of_operation = range(first, first + count)
    assert {*ids} - {*of_operation} == {*range(record.dropped, end)} - {*of_operation}
    bench.cancel(parked)


def test_a_bound_of_a_loaded_module():
    program = ireelite.compile(
        "func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {\n"
        "  %0 = stablehlo.add %a, %a : tensor<4xf32>\n  return %0 : tensor<4xf32>\n}\n",
        targets=["vmvx"],
    )
    module = ireelite.load(program, record=50)
    for _ in range(20):
        module.f(np.ones(4, np.float32))
    assert len(module.record.events) <= 50 < module.record.dropped
    with pytest.raises(StatusError, match="how many events to keep, at least 1"):
        ireelite.load(program, record=-1)


def test_the_first_version_is_read():
    text = (
        '{"format":"ireelite.execution-record","version":1,"device":"d","events":[{"id":0,'
        '"kind":"signal","time_ns":5,"lane":"host","causes":[],"where":{},"details":{}}]}'
    )
    record = ExecutionRecord.from_json(text)
    assert record.events[0].kind == "signal" and record.pending == record.submissions == []


class InterruptedIds:
    """Ids of a recorder; another thread records right after the first id is taken."""

    def __init__(self, ids, other):
        self.ids, self.other = ids, other

    def __iter__(self):
        return self

    def __next__(self):
        id = next(self.ids)
        other, self.other = self.other, lambda: None
        other()
        return id


def test_events_are_in_the_order_of_their_ids():
    recorder = ExecutionRecorder()
    ids: Any = InterruptedIds(recorder._ids, lambda: recorder.event("second"))
    recorder._ids = ids
    recorder.event("first")
    assert [(event.id, event.kind) for event in recorder.record.events] == [
        (0, "first"),
        (1, "second"),
    ]


def test_the_ids_of_an_operation_are_consecutive():
    bench = Bench()
    recorder = bench.recorder
    parked, end = bench.fence(), bench.fence()
    ids: Any = InterruptedIds(recorder._ids, lambda: recorder.event("other"))
    recorder._ids = ids
    log = Recording(recorder).submission("q", "barrier", parked, end)
    assert log.first > 0 and log.size == 3
    (operation,) = recorder.record.submissions
    others = {event.id for event in recorder.record.events if event.kind == "other"}
    assert others and not others & set(range(log.first, log.first + log.size))
    assert operation.events == (log.first, 3)


def test_events_do_not_share_what_a_reader_may_change():
    recorder = ExecutionRecorder()
    details = {"function": "f"}
    recorder.note("call_end", details, (recorder.note("call_begin", details),))
    first, second = recorder.record.events
    first.details["function"] = "g"
    assert second.details == details == {"function": "f"}


def test_many_that_wait_cost_each_of_them_little(monkeypatch):
    """Operations that are open when their entries are dropped are kept, and looked at rarely."""
    recording = Recording(ExecutionRecorder("", 1000))
    gate, looks = Fence([(Semaphore(), 1)]), 0

    def is_open(log):
        nonlocal looks
        looks += 1
        return log._ended == NOT_YET

    monkeypatch.setattr(SubmissionLog, "open", property(is_open))
    logs = [recording.submission("queue", "execute", gate, None) for _ in range(4000)]
    assert looks < 20 * len(logs)
    assert len(recording.recorder.record.submissions) == len(logs)
    for log in logs:
        log.ran()
    for _ in range(4000):
        recording.submission("queue", "execute", None, None).ran()
    assert len(recording.recorder._left_open) < 200
