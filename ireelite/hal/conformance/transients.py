"""Level 7: memory comes and goes in the order of the queue."""

from __future__ import annotations

from ireelite.hal.command_buffer import Copy, Fill
from ireelite.hal.conformance.checks import (
    ALIGNMENT,
    MEMORY,
    USAGE,
    Check,
    Level,
    Subject,
    aligned,
    checks_of,
    equal,
    fence,
    holds,
    pending,
    reached,
    ref,
)
from ireelite.hal.conformance.failures import ABORTED, settled
from ireelite.hal.semaphore import Fence

CHECKS: list[Check] = []
LEVEL = Level("transients", "memory comes and goes in the order of the queue", CHECKS)
check = checks_of(CHECKS)


@check("Device.alloca works with your allocator and your submit: you need no code for it.")
def used(subject: Subject) -> None:
    """A transient can be used once its fence is reached, and is given back by another."""
    device, target = subject.device, subject.buffer(16)
    here, done, gone = fence(), fence(), fence()
    transient = device.alloca(None, here, MEMORY, USAGE, 16)
    equal(transient.byte_length, 16, "byte_length")
    commands = [Fill(ref(transient), b"\4"), Copy(ref(transient), ref(target))]
    device.submit(here, done, commands)
    device.dealloca(done, gone, transient)
    reached(gone, "the fence of the deallocation")
    holds(target, b"\4" * 16, "the target")


@check("Pass memory_type and usage of Device.alloca on to the buffer.")
def described(subject: Subject) -> None:
    """A transient is a buffer like others: of its allocator, with its bits, aligned."""
    device = subject.device
    for gate in (None, fence()):
        here, gone = fence(), fence()
        transient = device.alloca(gate, here, MEMORY, USAGE, 100)
        equal(transient.byte_length, 100, "byte_length")
        equal(transient.allocator is device.allocator, True, "buffer.allocator is the device's")
        equal(transient.usage & USAGE, USAGE, "the usage that was asked for")
        equal(transient.memory_type & MEMORY, MEMORY, "the memory type that was asked for")
        if gate is not None:
            gate.signal()
        reached(here, "the fence of the allocation")
        aligned(transient, ALIGNMENT, "a transient")
        device.dealloca(here, gone, transient)
        reached(gone, "the fence of the deallocation")


@check("Neither free the memory nor signal before `wait` is reached.")
def freed(subject: Subject) -> None:
    """A deallocation waits: until then the transient has its bytes."""
    device, target = subject.device, subject.buffer(64)
    here, used, gate, gone = fence(), fence(), fence(), fence()
    transient = device.alloca(None, here, MEMORY, USAGE, 64)
    device.submit(here, used, [Fill(ref(transient), b"\7")])
    reached(used, "the fence of a use")
    device.dealloca(gate, gone, transient)
    others = [device.alloca(None, None, MEMORY, USAGE, 64) for _ in range(4)]
    subject.run(*(Fill(ref(other), b"\1") for other in others), Copy(ref(transient), ref(target)))
    pending(gone, "the fence of the deallocation")
    holds(target, b"\7" * 64, "the transient, which waits to be given back")
    gate.signal()
    reached(gone, "the fence of the deallocation")


@check("The buffer is returned at once, the fence signalled when the wait is over.")
def waits(subject: Subject) -> None:
    """An allocation may wait, and what uses it may be submitted meanwhile."""
    device, target = subject.device, subject.buffer(16)
    gate, here, done, gone = fence(), fence(), fence(), fence()
    transient = device.alloca(gate, here, MEMORY, USAGE, 32)
    part = transient.subspan(8, 16)
    device.submit(here, done, [Fill(ref(part), b"\6"), Copy(ref(part), ref(target))])
    device.dealloca(done, gone, transient)
    pending(here, "the fence of the allocation")
    pending(gone, "the fence of the deallocation")
    gate.signal()
    reached(gone, "the fence of the deallocation")
    holds(target, b"\6" * 16, "the target")


@check("Two transients that live at a time have different memory.")
def apart(subject: Subject) -> None:
    """Transients that live at a time do not share memory."""
    here = [fence() for _ in range(8)]
    made = [subject.device.alloca(None, each, MEMORY, USAGE, 64) for each in here]
    for each in here:
        reached(each, "the fence of an allocation")
    subject.run(*(Fill(ref(buffer), bytes([n + 1])) for n, buffer in enumerate(made)))
    for n, buffer in enumerate(made):
        holds(buffer, bytes([n + 1]) * 64, f"transient {n}")


@check("An allocation whose wait fails fails its own fence, and gives nothing back.")
def failed(subject: Subject) -> None:
    """The failure of a wait fails the allocation and what uses it."""
    device, gate, here, done = subject.device, fence(), fence(), fence()
    transient = device.alloca(gate, here, MEMORY, USAGE, 16)
    device.submit(here, done, [Fill(ref(transient), b"\1")])
    gate.fail(ABORTED)
    equal(settled(here), "ABORTED", "the status of the allocation's fence")
    equal(settled(done), "ABORTED", "the status of its user's fence")
    device.dealloca(done, gone := fence(), transient)
    equal(settled(gone), "ABORTED", "the status of the fence of its deallocation")


@check("Device.trim waits until the device is idle and has the allocator release what it keeps.")
def trimmed(subject: Subject) -> None:
    """Memory may be trimmed at any time; buffers that live keep their bytes."""
    device, kept = subject.device, subject.buffer(b"\7" * 4096)
    for _ in range(4):
        here, gone = fence(), fence()
        transient = device.alloca(None, here, MEMORY, USAGE, 4096)
        device.submit(here, done := fence(), [Fill(ref(transient), b"\1")])
        device.dealloca(Fence.joined([done]), gone, transient)
        device.trim()
        reached(gone, "the fence of the deallocation")
    holds(kept, b"\7" * 4096, "a buffer that lives through it")
