"""Devices whose work is done by a thread of their own: order under load, failures that no fence
carries, forks, and the end of the process."""

import gc
import itertools
import multiprocessing
import random
import re
import subprocess
import sys
import threading
import time

import pytest

from ireelite.hal.command_buffer import BufferRef, Copy, Fill
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.drivers.work_queue import WorkQueue
from ireelite.hal.executable import HostExecutable, LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.statistics import Statistics
from ireelite.status import StatusCode, StatusError


def fence():
    return Fence([(Semaphore(), 1)])


def allocate(device, size):
    return device.allocator.allocate(48, 0xC03, size)


def ref(buffer, offset=0, length=-1):
    return BufferRef(0, buffer, offset, length)


@pytest.fixture
def task() -> LocalTaskDevice:
    return LocalTaskDevice(LoaderSet([]))


def test_submitting_does_not_run_anything_in_the_thread_that_submits(task):
    gate, release = fence(), threading.Event()
    ran_in: list[threading.Thread] = []

    def block():
        ran_in.append(threading.current_thread())
        release.wait(30)

    task._queue.call(block)
    buffer, done = allocate(task, 4), fence()
    task.submit(None, done, [Fill(ref(buffer), b"\x07")])
    transient = task.alloca(gate, fence(), 48, 0xC03, 16)
    assert transient.byte_length == 16
    assert done.query() == StatusCode.DEFERRED
    release.set()
    assert done.wait(30)
    gate.signal()
    assert bytes(buffer.read()) == b"\x07" * 4
    assert ran_in[0] is not threading.current_thread()
    assert ran_in[0].name == "local-task/queue0"


def test_submissions_of_many_threads_run_in_the_order_of_their_fences(device):
    """Each step copies its neighbour's byte; the right sum needs every edge kept."""
    steps, lanes = 60, 4
    buffers = [allocate(device, 4 * (steps + 1)) for _ in range(lanes)]
    lines = [[fence() for _ in range(steps + 1)] for _ in range(lanes)]
    work = [(lane, step) for lane in range(lanes) for step in range(steps)]
    random.Random(5).shuffle(work)

    def submit(part):
        for lane, step in part:
            before = [lines[lane][step], lines[(lane + 1) % lanes][max(step - 1, 0)]]
            device.submit(
                Fence.joined(before),
                lines[lane][step + 1],
                [Copy(ref(buffers[lane], 4 * step, 4), ref(buffers[lane], 4 * step + 4, 4))],
            )

    threads = [threading.Thread(target=submit, args=(work[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for lane in range(lanes):
        buffers[lane].write(0, bytes([lane, 1, 2, 3]))
    starters = [threading.Thread(target=lines[lane][0].signal) for lane in range(lanes)]
    for thread in starters:
        thread.start()
    for thread in [*threads, *starters]:
        thread.join(30)
    for lane in range(lanes):
        assert lines[lane][steps].wait(60)
        assert bytes(buffers[lane].read()) == bytes([lane, 1, 2, 3]) * (steps + 1)


def test_one_timeline_drives_two_devices(task):
    """What one device signals another waits for, back and forth."""
    other = LocalTaskDevice(LoaderSet([]))
    timeline = Semaphore()
    buffer = allocate(task, 201)
    for step in reversed(range(200)):
        device = (task, other)[step % 2]
        commands = [Copy(ref(buffer, step, 1), ref(buffer, step + 1, 1))]
        device.submit(Fence([(timeline, step + 1)]), Fence([(timeline, step + 2)]), commands)
    buffer.write(0, b"\x2a")
    timeline.signal(1)
    assert Fence([(timeline, 201)]).wait(30)
    assert bytes(buffer.read()) == b"\x2a" * 201


class _Breaks(HostExecutable):
    """Code with a defect: it raises what is no status."""

    def prepare(self, entry_point, workgroups, constants, pool=None):
        def run(bindings):
            raise ZeroDivisionError("a defect")

        return run


def test_a_defect_reaches_those_who_wait(task):
    from ireelite.hal.command_buffer import Dispatch

    done = fence()
    task.submit(None, done, [Dispatch(_Breaks("test", ["f"]), 0, (1, 1, 1), (), ())])
    with pytest.raises(StatusError, match="INTERNAL; ZeroDivisionError: a defect"):
        done.wait(30)


def test_a_failure_that_no_fence_carries_is_told_and_the_queue_goes_on(task, monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    buffer, done = allocate(task, 3), fence()
    task.submit(None, None, [Fill(ref(buffer), b"\x01\x02")])
    task.submit(None, done, [Fill(ref(buffer), b"\x01")])
    assert done.wait(30)
    assert [str(row.exc_value)[:32] for row in told] == ["INVALID_ARGUMENT; fill of 3 byte"]


def test_idle_means_that_chains_of_work_have_ended(task):
    buffer = allocate(task, 1)
    fences = [fence() for _ in range(50)]
    for before, after in reversed(list(itertools.pairwise(fences))):
        task.submit(before, after, [Fill(ref(buffer), b"\x01")])
    fences[0].signal()
    task.wait_idle()
    assert fences[-1].query() == StatusCode.OK


def test_the_thread_goes_with_the_device():
    device = LocalTaskDevice(LoaderSet([]))
    start, done = fence(), fence()
    device.submit(start, done, [])
    thread_count = threading.active_count()
    del device
    gc.collect()
    start.signal()
    assert done.wait(30), "work that waits keeps its device"
    deadline = time.monotonic() + 30
    while threading.active_count() > thread_count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= thread_count


def test_a_stopped_queue_has_done_what_was_ready():
    done: list[int] = []
    work = WorkQueue("test")
    for number in range(100):
        work.call(lambda number=number: done.append(number))
    work.stop()
    assert done == list(range(100))


def test_the_interpreter_ends_with_work_under_way_and_work_that_waits():
    program = """
import threading, time
from ireelite.hal.command_buffer import BufferRef, Fill
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.statistics import Statistics
device = LocalTaskDevice(LoaderSet([]))
buffer = device.allocator.allocate(48, 0xC03, 4)
device._queue.call(lambda: time.sleep(0.2))
for _ in range(100):
    device.submit(None, None, [Fill(BufferRef(0, buffer, 0, 4), b"\\x01")])
device._queue.call(lambda: print("last", flush=True))
never = Fence([(Semaphore(), 1)])
device.submit(never, None, [])
print("end of the program", flush=True)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0
    assert re.fullmatch(
        r".*WaitWarning: the interpreter exits before 1 that waited.*\n", run.stderr
    )
    assert run.stdout == "end of the program\nlast\n"


@pytest.mark.parametrize("carried", [True, False])
def test_a_submission_by_a_late_exit_handler_fails(carried):
    program = """
import atexit
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusError
def late():
    done = Fence([(Semaphore(), 1)]) if CARRIED else None
    try:
        device.submit(None, done, [])
    except StatusError as error:
        print(error)
    print(done is None or done.query().name)
atexit.register(late)
device = LocalTaskDevice(LoaderSet([]))
first = Fence([(Semaphore(), 1)])
device.submit(None, first, [])
print(first.wait())
""".replace("CARRIED", str(carried))
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    first, error, code = run.stdout.splitlines()
    assert error.startswith("UNAVAILABLE; local-task/queue0 has been stopped, as its device has")
    assert (first, code) == ("True", "UNAVAILABLE" if carried else "True")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_works_on(task):
    buffer, before = allocate(task, 4), fence()
    task.submit(None, before, [Fill(ref(buffer), b"\x01")])
    assert before.wait(30)
    started, release = threading.Event(), threading.Event()

    def slow():
        started.set()
        release.wait(0.2)

    task._queue.call(slow)
    ready, gate, parked = fence(), fence(), fence()
    task.submit(None, ready, [Fill(ref(buffer), b"\x02")])
    task.submit(gate, parked, [Fill(ref(buffer), b"\x03")])
    assert started.wait(30)

    def child():
        assert ready.wait(20), "what was ready is done here as well"
        assert bytes(buffer.read()) == b"\x02" * 4
        gate.signal()
        assert parked.wait(20)
        assert bytes(buffer.read()) == b"\x03" * 4
        last = fence()
        task.submit(None, last, [Fill(ref(buffer), b"\x04")])
        assert last.wait(20)
        assert bytes(buffer.read()) == b"\x04" * 4

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert ready.wait(30)
    assert parked.query() == StatusCode.DEFERRED, "the other process has semaphores of its own"
    assert bytes(buffer.read()) == b"\x02" * 4
    gate.signal()
    assert parked.wait(30)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forking_under_load(task):
    """No lock is left held in the new process, whatever the threads were at."""
    stop = threading.Event()

    def load():
        while not stop.is_set():
            done = fence()
            task.submit(None, done, [Fill(ref(allocate(task, 16)), b"\x01")])
            done.wait(30)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()

    def child():
        done = fence()
        task.submit(None, done, [Fill(ref(allocate(task, 16)), b"\x01")])
        assert done.wait(20)

    try:
        for _ in range(10):
            process = multiprocessing.get_context("fork").Process(target=child)
            process.start()
            process.join(60)
            assert process.exitcode == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def test_statistics_count_in_every_thread(task):
    task.allocator.statistics = statistics = Statistics()

    def allocate_and_drop():
        for _ in range(200):
            allocate(task, 64)

    threads = [threading.Thread(target=allocate_and_drop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    heap = statistics.device_local
    assert (heap.allocated, heap.freed) == (4 * 200 * 64, 4 * 200 * 64)
    assert 64 <= heap.peak <= 4 * 64
