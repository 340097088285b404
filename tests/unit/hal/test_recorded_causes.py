"""A recorded program of some 5,000 waits on two devices: each wait has the signals that ended it, each
signal its sender, and the live bytes are in the end what they were."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from typing import Any

from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.recording import Recording
from ireelite.hal.semaphore import Fence
from ireelite.modules.hal import hal_module
from ireelite.records import ExecutionRecorder
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.native import NativeModule, vm_export

ROUNDS = 420
LINKS = 4


class Later:
    """A custom module whose function waits and signals in a thread of its own."""

    threads: list[threading.Thread]

    def __init__(self):
        self.threads = []

    @vm_export("finish", "0rr_v")
    def finish(self, wait: Fence, signal: Fence) -> None:
        def run() -> None:
            wait.wait(60)
            signal.signal()

        self.threads.append(threading.Thread(target=run, name="custom"))
        self.threads[-1].start()


class Program:
    """Calls functions of the HAL and of the custom module, as a VM program does."""

    def __init__(self):
        self.recorder = ExecutionRecorder("bench", 1_000_000)
        self.first = LocalTaskDevice(LoaderSet([]), queue_count=2)
        self.second = LocalTaskDevice(LoaderSet([]))
        self.third = LocalSyncDevice(LoaderSet([]))
        self.later = Later()
        devices = [self.first, self.second, self.third]
        hal = hal_module(devices, Recording(self.recorder))
        custom = NativeModule("custom", state_factory=lambda: self.later)
        self.context = Context(Instance(), [hal, custom], self.recorder)
        self.buffer = self("hal.allocator.allocate", self.first.allocator, -1, 48, 3075, 16)

    def __call__(self, name: str, *arguments: Any) -> Any:
        results = self.context.lookup_function(name)(*arguments)
        return results[0] if results else None

    def fence(self) -> Fence:
        return self("hal.fence.create", self.first, 0)

    def fill(self, device: Any, wait: Fence | None, affinity: int = -1) -> Fence:
        """Fills the buffer when `wait` is reached; returns the fence that it signals."""
        on = device.on(affinity)
        done = self.fence()
        self("hal.device.queue.fill", on, -1, wait, done, self.buffer, 0, -1, 7, 1, 0)
        return done

    def round(self) -> None:
        """A loop, a fork and a join over queues and devices, signals of three kinds of threads."""
        start, loaded, finished = self.fence(), self.fence(), self.fence()
        link = start
        for _ in range(LINKS):
            link = self.fill(self.first, link)
        branches = [
            self.fill(self.first, link, 1),
            self.fill(self.first, link, 2),
            self.fill(self.second, link),
            self.fill(self.third, loaded),
        ]
        joined = self("hal.fence.join", 0, branches)
        self("custom.finish", joined, finished)
        reader = threading.Thread(target=loaded.signal, name="reader")
        self("hal.fence.signal", start)
        reader.start()
        allocated = self.fence()
        memory = self(
            "hal.device.queue.alloca", self.first, -1, finished, allocated, 0, 48, 3075, 64, 0
        )
        freed = self.fence()
        self("hal.device.queue.dealloca", self.first, -1, allocated, freed, memory, 0)
        self("hal.fence.await", -1, 0, [joined])
        self("hal.fence.await", -1, 0, [freed])
        reader.join()


def test_every_wait_has_its_cause_and_every_signal_its_sender():
    program = Program()
    before = program.recorder.record.live_bytes()[-1][2]
    for _ in range(ROUNDS):
        program.round()
    for thread in program.later.threads:
        thread.join()
    for device in (program.first, program.second):
        device.wait_idle()
    gc.collect()
    record = program.recorder.record
    by_id = {event.id: event for event in record.events}
    waits = [event for event in record.events if event.kind == "wait"]
    assert len(waits) == ROUNDS * (LINKS + 4 + 2 + 2) and not record.pending and not record.dropped
    for wait in waits:
        causes = [by_id[cause] for cause in wait.causes]
        signals = [each for each in causes if each.kind == "signal"]
        assert [each.details["semaphore"] for each in signals] == str(
            wait.details["semaphore"]
        ).split()
        assert all(each.time_ns <= wait.time_ns for each in causes)
    of_queues = {
        id: each.lane
        for each in record.submissions
        for id in range(each.events[0], each.events[0] + each.events[1])
    }
    senders = Counter[tuple[str, str]]()
    for event in record.events:
        if event.kind == "signal":
            assert of_queues.get(event.id, event.lane) == event.lane
            senders[event.lane, str(event.details.get("by", ""))] += 1
    queue_lanes = {lane for lane, _ in senders if not lane.startswith("host")}
    assert queue_lanes == {
        "local-task:0/queue0",
        "local-task:0/queue1",
        "local-task:1/queue0",
        "local-sync/queue0",
    }
    by_threads = {who: n for who, n in senders.items() if who[0].startswith("host")}
    assert by_threads == {
        ("host", "hal.fence.signal"): ROUNDS,
        ("host/reader", ""): ROUNDS,
        ("host/custom", ""): ROUNDS,
    }
    assert record.live_bytes()[-1][2] == before == 16
    assert record.peak_bytes() == 16 + 64
