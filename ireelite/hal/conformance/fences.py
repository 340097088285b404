"""Level 5: work waits for fences."""

from __future__ import annotations

import threading
import time

from ireelite.hal.command_buffer import Copy, Fill
from ireelite.hal.conformance.checks import (
    SOON,
    Check,
    Deviation,
    Level,
    Subject,
    checks_of,
    equal,
    fence,
    holds,
    pending,
    reached,
    ref,
)
from ireelite.hal.semaphore import Fence, Semaphore

CHECKS: list[Check] = []
LEVEL = Level("fences and queues", "work waits for fences", CHECKS)
check = checks_of(CHECKS)


@check(
    "wait.when_reached(waiter) calls `waiter` later, or returns False if there is nothing to wait for."
)
def parked(subject: Subject) -> None:
    """A submission returns at once, and runs when its wait is reached: wait before signal."""
    buffer, gate, done = subject.buffer(16), fence(), fence()
    began = time.monotonic()
    subject.device.submit(gate, done, [Fill(ref(buffer), b"\1")])
    if time.monotonic() - began > SOON / 2:
        raise Deviation("submit to return at once", "a submit that waits itself")
    pending(done, "the signal fence before the wait is reached")
    holds(buffer, bytes(16), "the buffer before the wait is reached")
    gate.signal()
    reached(done, "the signal fence after the wait")
    holds(buffer, b"\1" * 16, "the buffer after the wait")


@check("A wait that is reached already is no reason to park.")
def passed(subject: Subject) -> None:
    """A wait that has been reached holds nothing up."""
    gate, done = fence(), fence()
    gate.signal()
    subject.device.submit(gate, done, [])
    reached(done, "the signal fence")


@check("Without a signal fence the work is done all the same: the next fence shows it.")
def unsignalled(subject: Subject) -> None:
    """Work without a signal fence is done."""
    buffer = subject.buffer(16)
    subject.device.submit(None, None, [Fill(ref(buffer), b"\1")])
    subject.device.wait_idle()
    holds(buffer, b"\1" * 16, "the buffer once the device is idle")


@check(
    "Run what was parked when its wait is reached, whoever signals, and in whatever order it came."
)
def chained(subject: Subject) -> None:
    """A chain that is submitted from its end runs from its beginning."""
    buffers = [subject.buffer(b"\7" * 16), *(subject.buffer(16) for _ in range(4))]
    timeline = Semaphore()
    for step in reversed(range(4)):
        wait, signal = Fence([(timeline, step + 1)]), Fence([(timeline, step + 2)])
        subject.device.submit(wait, signal, [Copy(ref(buffers[step]), ref(buffers[step + 1]))])
    timeline.signal(1)
    reached(Fence([(timeline, 5)]), "the last value of the timeline")
    holds(buffers[-1], b"\7" * 16, "the last buffer")


@check("Park only what waits; a queue that stops at its first submission stops at all.")
def passing(subject: Subject) -> None:
    """What waits holds up nothing that does not wait for it."""
    gate, late, done = fence(), fence(), fence()
    subject.device.submit(gate, late, [])
    subject.device.submit(None, done, [])
    reached(done, "the fence of the second submission")
    pending(late, "the fence of the first submission")
    gate.signal()
    reached(late, "the fence of the first submission")


@check("A fence is a set of timepoints; let Fence.when_reached wait for all.")
def joined(subject: Subject) -> None:
    """A wait for several fences ends with the last."""
    for order in ((0, 1, 2), (2, 1, 0)):
        gates = [fence() for _ in range(3)]
        done = fence()
        subject.device.submit(Fence.joined(gates), done, [])
        for number in order:
            subject.run()
            pending(done, "the signal fence before all waits are reached")
            gates[number].signal()
        reached(done, "the signal fence")


@check("A timeline that is past the value has reached it: leave the comparison to the fence.")
def passed_by(subject: Subject) -> None:
    """A timeline may jump over the value that is waited for, before the wait and after it."""
    timeline, early, late = Semaphore(), fence(), fence()
    subject.device.submit(Fence([(timeline, 3)]), early, [])
    timeline.signal(7)
    reached(early, "the fence of a submission that waited for 3 of a timeline at 7")
    subject.device.submit(Fence([(timeline, 5)]), late, [])
    reached(late, "the fence of a submission that waits for 5 of a timeline at 7")


@check("signal.signal() signals each semaphore of the fence: give Submission the whole fence.")
def signals(subject: Subject) -> None:
    """A submission signals all semaphores of its fence, to the value of each."""
    first, second = Semaphore(), Semaphore()
    subject.device.submit(None, Fence([(first, 2), (second, 5)]), [])
    for name, semaphore, value in (("first", first, 2), ("second", second, 5)):
        reached(Fence([(semaphore, value)]), f"the {name} semaphore")
        equal(semaphore.value, value, f"the value of the {name} semaphore")


@check("Any thread may signal, and any number of submissions may wait for one value.")
def woken(subject: Subject) -> None:
    """A signal from another thread wakes all who wait for it."""
    gate, buffers, dones = fence(), [], []
    for _ in range(8):
        buffers.append(buffer := subject.buffer(16))
        dones.append(done := fence())
        subject.device.submit(gate, done, [Fill(ref(buffer), b"\3")])
    thread = threading.Thread(target=gate.signal, daemon=True)
    thread.start()
    for done, buffer in zip(dones, buffers, strict=True):
        reached(done, "the signal fence")
        holds(buffer, b"\3" * 16, "the buffer")
    thread.join(SOON)


@check("Signal when the commands are done, not when they begin.")
def done_means_done(subject: Subject) -> None:
    """A reached fence means that the bytes are there."""
    one, two = subject.buffer(1 << 20), subject.buffer(1 << 20)
    for turn in range(1, 6):
        subject.device.submit(
            None, done := fence(), [Fill(ref(one), bytes([turn])), Copy(ref(one), ref(two))]
        )
        reached(done, "the fence")
        holds(two, bytes([turn]) * (1 << 20), f"the copy of 1 MiB in turn {turn}")
