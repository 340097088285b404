"""Devices with several queues: affinity, work that overtakes, and work at the same time."""

import threading

import pytest

from ireelite.hal.command_buffer import BufferRef, Copy, Dispatch, Fill
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import HostExecutable, LoaderSet
from ireelite.hal.recording import Recording
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.loaders import drivers
from ireelite.modules.hal import hal_module
from ireelite.status import StatusCode, StatusError


def fence():
    return Fence([(Semaphore(), 1)])


class Calls(HostExecutable):
    """An entry point that calls a function."""

    def __init__(self, call):
        super().__init__("test", ["f"])
        self.call = call

    def prepare(self, entry_point, workgroups, constants, pool=None):
        return lambda bindings: self.call()


def calling(call):
    return Dispatch(Calls(call), 0, (1, 1, 1), (), ())


@pytest.fixture
def two():
    return LocalTaskDevice(LoaderSet([]), queue_count=2)


def test_what_is_ready_overtakes_what_waits(device):
    start, parked, ready = fence(), fence(), fence()
    device.submit(start, parked, [])
    device.submit(None, ready, [])
    assert ready.wait(20) and parked.query() == StatusCode.DEFERRED
    start.signal()
    assert parked.wait(20)


def test_an_affinity_names_the_queues(two):
    ran_in: list[str] = []
    for affinity in (1, 2, 0b110):
        done = fence()
        work = [calling(lambda: ran_in.append(threading.current_thread().name))]
        two.on(affinity).submit(None, done, work)
        assert done.wait(20)
    assert ran_in == ["local-task/queue0", "local-task/queue1", "local-task/queue1"]
    assert two.on(-1) is two and two.on(3) is two and two.on(1).on(-1) is two
    assert two.on(2).allocator is two.allocator
    assert two.query_i64("hal.device", "concurrency") == 2


def test_a_mask_without_a_queue_of_the_device_is_refused(device, two):
    for each, affinity in ((device, 2), (device, 0), (two, 4)):
        with pytest.raises(StatusError, match="INVALID_ARGUMENT; no valid queue affinity bits"):
            each.on(affinity)
    assert device.on(1) is device and device.on(-1) is device and device.on(3) is device


def test_two_queues_work_at_the_same_time_and_any_takes_the_idle_one(two):
    """Each of two dispatches waits until the other has begun."""
    meeting = threading.Barrier(2, timeout=20)
    start = fence()
    done = [fence(), fence()]
    for end in done:
        two.submit(start, end, [calling(meeting.wait)])
    start.signal()
    for end in done:
        assert end.wait(30)
    two.wait_idle()


def test_fences_order_what_several_queues_do(two):
    buffer = two.allocator.allocate(48, 0xC03, 201)
    timeline = Semaphore()
    for step in reversed(range(200)):
        copy = [Copy(BufferRef(0, buffer, step, 1), BufferRef(0, buffer, step + 1, 1))]
        queue = two.on((1, 2, -1)[step % 3])
        queue.submit(Fence([(timeline, step + 1)]), Fence([(timeline, step + 2)]), copy)
    buffer.write(0, b"\x2a")
    timeline.signal(1)
    assert Fence([(timeline, 201)]).wait(30)
    assert bytes(buffer.read()) == b"\x2a" * 201


def test_the_module_hands_affinities_to_the_device(two):
    """Operations on one queue pass a dispatch that blocks the other."""
    hal = hal_module([two], None).state_factory()
    blocked, release = threading.Event(), threading.Event()

    def block():
        blocked.set()
        release.wait(30)

    two.on(1).submit(None, fence(), [calling(block)])
    assert blocked.wait(20)
    made, filled, freed = fence(), fence(), fence()
    buffer = hal.device_queue_alloca(two, 2, None, made, 0, 48, 0xC03, 16, 0)
    hal.device_queue_fill(two, 2, made, filled, buffer, 0, 16, 7, 1, 0)
    hal.device_queue_dealloca(two, 2, filled, freed, buffer, 0)
    assert freed.wait(20) and bytes(buffer.read()) == b"\x07" * 16
    refused = fence()
    with pytest.raises(StatusError, match="0x8 has none of the 2 queues of local-task"):
        hal.device_queue_barrier(two, 8, None, refused, 0)
    assert refused.query() == StatusCode.INVALID_ARGUMENT
    release.set()


def test_records_name_the_queue_that_ran(two):
    from ireelite.records import ExecutionRecorder

    recording = Recording(ExecutionRecorder())
    buffer = two.allocator.allocate(48, 0xC03, 4)
    done = fence()
    queue = two.on(2)
    fill = [Fill(BufferRef(0, buffer, 0, 4), b"\x01")]
    queue.submit(None, done, fill, recording.submission(queue.lane, "fill", None, done, fill))
    assert done.wait(20)
    two.wait_idle()
    lanes = {e.lane for e in recording.recorder.record.events if e.kind == "transfer"}
    assert lanes == {"local-task/queue1"}


def test_the_number_of_queues_is_part_of_the_address():
    assert drivers().create("local-task://?queues=3").queue_count == 3
    assert drivers().create("local-task://").queue_count == 1
    for address, message in (
        ("local-task://?queues=0", "0 queues: local-task has from 1 to 64"),
        ("local-task://?lanes=2", "its one parameter is the number of queues"),
        ("local-task://7", "no path to it"),
    ):
        with pytest.raises(StatusError, match=message):
            drivers().create(address)
