"""Long chains of parked work that are failed at once: by an interrupted call, or by a stopped queue."""

import threading

from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.drivers.work_queue import WorkQueue
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.submission import Submission, cancel_since, next_number
from ireelite.status import StatusCode

LENGTH = 5_000
"""More submissions than Python has frames."""


class Nothing(Submission):
    """Work that does nothing."""

    def work(self):
        pass


def fence():
    return Fence([(Semaphore(), 1)])


def chain(submit, first):
    """Submits work behind a fence, each piece behind the one before; returns all signal fences."""
    fences = [fence() for _ in range(LENGTH)]
    for before, after in zip([first, *fences], fences):
        submit(before, after)
    return fences


def test_a_call_cancels_what_its_thread_has_submitted_since_it_began():
    device = LocalTaskDevice(LoaderSet([]))
    gate, earlier, other = fence(), fence(), fence()
    device.submit(gate, earlier, [])
    begun = next_number()
    others = threading.Thread(target=device.submit, args=(gate, other, []))
    others.start()
    others.join()
    fences = chain(lambda wait, signal: device.submit(wait, signal, []), gate)
    cancel_since(begun, "the call was interrupted")
    device.wait_idle()
    assert {each.query() for each in fences} == {StatusCode.CANCELLED}
    assert earlier.query() is other.query() is StatusCode.DEFERRED
    gate.signal()
    assert earlier.wait(30) and other.wait(30)


def test_a_stopped_queue_refuses_a_chain_of_any_length():
    work = WorkQueue("a queue")
    gate, done = fence(), fence()
    work.submit(None, Nothing(done, None))
    assert done.wait(30)
    fences = chain(lambda wait, signal: work.submit(wait, Nothing(signal, None)), gate)
    work.stop()
    gate.signal()
    assert {each.query() for each in fences} == {StatusCode.UNAVAILABLE}
