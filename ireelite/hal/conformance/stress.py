"""Level 8: much at once."""

from __future__ import annotations

import threading
import weakref
from random import Random

from ireelite.hal.command_buffer import Copy, Fill
from ireelite.hal.conformance.checks import (
    SOON,
    Check,
    Level,
    Subject,
    checks_of,
    equal,
    fence,
    forgotten,
    holds,
    numbers,
    reached,
    ref,
)
from ireelite.hal.conformance.dispatches import axpy
from ireelite.hal.semaphore import Fence, Semaphore

CHECKS: list[Check] = []
LEVEL = Level("stress", "much at once", CHECKS)
check = checks_of(CHECKS)
TURNS = 100


@check("Each step sees the result of the one before: order by fences, not by luck.")
def long_chain(subject: Subject) -> None:
    """A hundred dispatches in a chain count to a hundred."""
    one, sum, timeline = subject.buffer([1]), subject.buffer([0]), Semaphore()
    for turn in range(TURNS):
        wait = Fence([(timeline, turn)]) if turn else None
        command = axpy(subject, one, sum, 1, 1)
        subject.device.submit(wait, Fence([(timeline, turn + 1)]), [command])
    reached(Fence([(timeline, TURNS)]), "the end of the chain")
    equal(numbers(sum), [TURNS], "the sum")


@check("State that threads share needs a lock, or a queue that one thread empties.")
def threads(subject: Subject) -> None:
    """Four threads use the device at a time, each right."""
    wrong: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(TURNS // 4):
                one, two = subject.buffer(256), subject.buffer(256)
                byte = bytes([number * 50 + turn])
                subject.run(Fill(ref(one), byte), Copy(ref(one), ref(two)))
                holds(two, byte * 256, f"the buffer of thread {number} in turn {turn}")
        except BaseException as error:
            wrong.append(error)

    _ = subject.axpy
    workers = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(2 * SOON)
    if wrong:
        raise wrong[0]
    equal([w.is_alive() for w in workers], [False] * 4, "which threads are still at work")


@check("Waiters are called one after another; do not recurse from one signal into the next.")
def cascade(subject: Subject) -> None:
    """One signal sets off a thousand submissions, one behind the other."""
    timeline = Semaphore()
    for step in range(1000):
        wait, signal = Fence([(timeline, step + 1)]), Fence([(timeline, step + 2)])
        subject.device.submit(wait, signal, [])
    timeline.signal(1)
    reached(Fence([(timeline, 1001)]), "the last of the submissions")


@check("Compare with the same commands one at a time: level 2.")
def at_random(subject: Subject) -> None:
    """Random fills and copies over many submissions end as a model of them does."""
    random = Random(8)
    buffers = [subject.buffer(64) for _ in range(4)]
    model = [bytearray(64) for _ in range(4)]
    timeline = Semaphore()
    for turn in range(TURNS):
        a, b = random.randrange(4), random.randrange(4)
        length = random.randrange(1, 33)
        at, to = random.randrange(65 - length), random.randrange(65 - length)
        byte = bytes([random.randrange(256)])
        wait = Fence([(timeline, turn)]) if turn else None
        commands = [
            Fill(ref(buffers[a], at, length), byte),
            Copy(ref(buffers[a], at, length), ref(buffers[b], to, length)),
        ]
        subject.device.submit(wait, Fence([(timeline, turn + 1)]), commands)
        model[a][at : at + length] = byte * length
        model[b][to : to + length] = bytes(model[a][at : at + length])
    reached(Fence([(timeline, TURNS)]), "the end")
    for number, (buffer, expected) in enumerate(zip(buffers, model, strict=True)):
        holds(buffer, bytes(expected), f"buffer {number}")


@check("A submission keeps what it uses until it has run, and no longer.")
def held(subject: Subject) -> None:
    """Buffers that only a parked submission refers to are still there when it runs."""
    gate, done, target = fence(), fence(), subject.buffer(1 << 12)
    source = subject.buffer(b"\5" * (1 << 12))
    subject.device.submit(gate, done, [Copy(ref(source), ref(target))])
    del source
    others = [subject.buffer(b"\6" * (1 << 12)) for _ in range(16)]
    gate.signal()
    reached(done, "the fence")
    holds(target, b"\5" * (1 << 12), "the target")
    equal(len(others), 16, "the number of other buffers")
    gone = weakref.ref(target)
    del target
    forgotten(gone, "the target, which the submission has written")
