"""How far a thread may submit ahead of a device: it waits when that is too far, and never for ever."""

import _thread
import threading
import time
import tracemalloc

import pytest

from ireelite.hal.drivers import backlog
from ireelite.hal.drivers.host_device import HostSubmission
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    """A short backlog, and threads that are patient for longer than a test takes."""
    monkeypatch.setattr(backlog, "MOST", 32)
    monkeypatch.setattr(backlog, "FEW", 8)
    monkeypatch.setattr(backlog, "PATIENCE", 100.0)


@pytest.fixture(params=[1, 3])
def task(request) -> LocalTaskDevice:
    return LocalTaskDevice(LoaderSet([]), queue_count=request.param)


def blocked(device: LocalTaskDevice) -> threading.Event:
    """Blocks the threads of all queues; returns the event that lets them go on."""
    gate = threading.Event()
    for queue in device._queues:
        queue.call(lambda: gate.wait(60))
    return gate


def chain(device: LocalTaskDevice, count: int, first: Fence | None = None) -> Fence:
    """Submits barriers, each of which waits for the one before; returns the last one's fence."""
    timeline, wait = Semaphore(), first
    for value in range(1, count + 1):
        signal = Fence([(timeline, value)])
        device.submit(wait, signal, [])
        wait = signal
    assert wait is not None
    return wait


def until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def unfinished(device: LocalTaskDevice) -> backlog.Backlog:
    return device._queues[0].backlog


def test_a_thread_waits_when_it_is_too_far_ahead(task):
    gate, fences = blocked(task), []
    thread = threading.Thread(target=lambda: fences.append(chain(task, 200)))
    thread.start()
    until(lambda: unfinished(task)._bells)
    assert len(unfinished(task)) == backlog.MOST and not fences
    gate.set()
    thread.join(60)
    assert fences[0].wait(60)
    until(lambda: not len(unfinished(task)))


def test_what_waits_for_the_thread_that_submits_does_not_block_it(task):
    gate = Fence([(Semaphore(), 1)])
    last = chain(task, 200, gate)
    assert last.query() == StatusCode.DEFERRED
    gate.signal()
    assert last.wait(60)


def test_a_thread_goes_on_when_nothing_ends(task, monkeypatch):
    """The queues' threads wait in a program's code for the thread that submits."""
    monkeypatch.setattr(backlog, "PATIENCE", 0.01)
    gate = blocked(task)
    last = chain(task, backlog.MOST + 5)
    assert len(unfinished(task)) == backlog.MOST + 5
    monkeypatch.setattr(backlog, "PATIENCE", 100.0)  # it does not wait again until something ends
    last = chain(task, 5, last)
    assert len(unfinished(task)) == backlog.MOST + 10
    gate.set()
    assert last.wait(60)


def test_a_thread_waits_for_work_that_takes_longer_than_its_patience(task, monkeypatch):
    monkeypatch.setattr(backlog, "PATIENCE", 0.0)
    gate, begun = threading.Event(), threading.Semaphore(0)

    def work(self: HostSubmission) -> None:
        begun.release()
        gate.wait(60)

    monkeypatch.setattr(HostSubmission, "work", work)
    for _ in task._queues:
        task.submit(None, None, [])
    for _ in task._queues:
        begun.acquire()
    thread = threading.Thread(target=lambda: chain(task, 200).wait(60))
    thread.start()
    until(lambda: unfinished(task)._bells)
    time.sleep(5 * backlog.LOOKS)
    assert len(unfinished(task)) == backlog.MOST
    gate.set()
    thread.join(60)
    assert not thread.is_alive()


def test_a_callback_in_a_queue_s_thread_submits_without_a_wait(task):
    done: list[Fence] = []
    first = Fence([(Semaphore(), 1)])
    first.when_reached(lambda failure: done.append(chain(task, 200)))
    task.submit(None, first, [])
    until(lambda: done)
    assert done[0].wait(60)


def test_an_interrupt_ends_the_wait_and_fails_what_was_to_be_submitted(task):
    gate = blocked(task)
    last = chain(task, backlog.MOST)
    refused = Fence([(Semaphore(), 1)])

    def interrupt() -> None:
        until(lambda: unfinished(task)._bells)
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        task.submit(None, refused, [])
        pytest.fail("the submission did not wait")
    thread.join(60)
    assert refused.query() not in (StatusCode.OK, StatusCode.DEFERRED)
    assert not unfinished(task)._bells
    gate.set()
    assert last.wait(60)
    assert chain(task, 200).wait(60)


def test_a_loop_takes_the_memory_of_some_of_its_turns():
    """The end of each turn takes a millisecond of the queue's thread, so the loop is ahead of it."""
    task = LocalTaskDevice(LoaderSet([]))
    peaks: list[int] = []
    for turns in (50, 500):
        tracemalloc.start()
        timeline, wait = Semaphore(), None
        for value in range(1, turns + 1):
            signal = Fence([(timeline, value)])
            signal.when_reached(lambda failure: time.sleep(0.001))
            task.submit(wait, signal, [])
            wait = signal
        assert wait is not None and wait.wait(60)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0], peaks
