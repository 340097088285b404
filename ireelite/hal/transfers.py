"""Copies between buffers of two devices, as operations of their queues.

The host waits for nothing: semaphores are those of all devices, so the queue of one device waits
for what the queue of another one signals. Memory of CPU devices is copied by one queue. Between
devices with memory of their own, the source's queue reads to host memory and the target's queue
writes from there.
"""

from __future__ import annotations

from ireelite.hal.buffer import WHOLE_BUFFER, Buffer
from ireelite.hal.buffer_usage import SOURCE, TARGET, check_use
from ireelite.hal.command_buffer import BufferRef, Command, Copy, ReadBack, Update, check_lengths
from ireelite.hal.device import Device, deciding
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.host_transient import HostTransient
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.light_named_tuple import NamedTuple


class Step(NamedTuple):
    """A queue operation of a transfer. Each waits for the one before."""

    device: Device
    command: Command


def transfer_steps(
    source_device: Device, source: BufferRef, target_device: Device, target: BufferRef
) -> list[Step]:
    """Returns the operations that copy a range of a buffer to a range of another device's buffer.
    Both ranges are of known buffers.

    Raises INVALID_ARGUMENT unless they have the same length, and PERMISSION_DENIED for a buffer
    that may not be copied from or to.
    """
    check_lengths("transfer", source.length, target.length)
    assert source.buffer is not None and target.buffer is not None
    check_use(source.buffer, SOURCE)
    check_use(target.buffer, TARGET)
    is_on_host = isinstance(source.buffer, HostBuffer), isinstance(target.buffer, HostBuffer)
    if source_device.allocator is target_device.allocator or all(is_on_host):
        return [Step(target_device, Copy(source, target))]
    if (memory := _memory(source)) is not None:
        return [Step(target_device, Update(target, memory))]
    if (memory := _memory(target)) is not None and not memory.readonly:
        return [Step(source_device, ReadBack(source, memory))]
    staging = memoryview(bytearray(source.length))
    return [
        Step(source_device, ReadBack(source, staging)),
        Step(target_device, Update(target, staging)),
    ]


def transfer(
    source_device: Device,
    target_device: Device,
    wait: Fence | None,
    signal: Fence | None,
    source: Buffer,
    source_offset: int,
    target: Buffer,
    target_offset: int,
    length: int = WHOLE_BUFFER,
) -> None:
    """Copies bytes from a buffer of one device to a buffer of another one once `wait` is reached,
    then signals `signal`; returns at once. A length of -1 means up to the end of the source.

    Raises OUT_OF_RANGE if a range exceeds its buffer, and PERMISSION_DENIED for buffers that may
    not be copied from or to. A failure of the work or of `wait` fails `signal`.
    """
    with deciding(signal):
        from_ref = BufferRef(0, source, *source.resolve(source_offset, length))
        to_ref = BufferRef(0, target, *target.resolve(target_offset, from_ref.length))
        *first, last = transfer_steps(source_device, from_ref, target_device, to_ref)
        for device, command in first:
            done = Fence([(Semaphore(), 1)])
            device.submit(wait, done, [command])
            wait = done
    last.device.submit(wait, signal, [last.command])


def _memory(ref: BufferRef) -> memoryview | None:
    """Returns the bytes of a range in host memory; None for other memory, and for a transient
    buffer, whose memory is allocated later.
    """
    buffer = ref.buffer
    if not isinstance(buffer, HostBuffer) or isinstance(buffer, HostTransient):
        return None
    return buffer.data[ref.offset : ref.offset + ref.length]
