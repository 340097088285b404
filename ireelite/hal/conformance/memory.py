"""Level 1: buffers hold bytes."""

from __future__ import annotations

import gc
import weakref
from contextlib import suppress

from ireelite.hal.conformance.checks import (
    ALIGNMENT,
    MEMORY,
    USAGE,
    Check,
    Level,
    Subject,
    aligned,
    checks_of,
    denied,
    equal,
    holds,
)
from ireelite.memory_address import address_of
from ireelite.status import StatusCode, StatusError

CHECKS: list[Check] = []
LEVEL = Level("memory", "buffers hold bytes", CHECKS)
check = checks_of(CHECKS)


@check("Allocator.allocate clears the memory: another buffer may have had it before.")
def zeros(subject: Subject) -> None:
    """New memory holds zeros."""
    for size in (1, 4, 63, 4096, 1 << 16):
        buffer = subject.buffer(size)
        equal(buffer.byte_length, size, "byte_length")
        holds(buffer, bytes(size), f"a new buffer of {size} bytes")
        buffer.write(0, b"\xff" * size)
        del buffer
        holds(subject.buffer(size), bytes(size), f"a second buffer of {size} bytes")


@check(
    "Code in vectors loads from multiples of 64 bytes: allocate that much more, and begin at one; "
    "tell HostBuffer the address of its first byte."
)
def alignment(subject: Subject) -> None:
    """Host memory begins at a multiple of 64 bytes, also where bytes of the host are imported."""
    for size in (1, 4, 100, 4096, 1 << 16):
        aligned(subject.buffer(size), ALIGNMENT, f"a buffer of {size} bytes")
    part = subject.buffer(256).subspan(64, 128)
    aligned(part, ALIGNMENT, "a subspan at offset 64")
    allocator = subject.device.allocator
    data = bytearray(range(256))
    for offset in (0, 1, 4, 8):
        view = memoryview(data)[offset : offset + 128]
        buffer = allocator.import_data(MEMORY, USAGE, view)
        aligned(buffer, allocator.alignment, f"bytes imported from offset {offset}")
        holds(buffer, bytes(view), f"bytes imported from offset {offset}")


@check("A length of 0 is no error.")
def nothing(subject: Subject) -> None:
    """A buffer of no bytes is a buffer."""
    buffer = subject.buffer(0)
    equal(buffer.byte_length, 0, "byte_length")
    holds(buffer, b"", "its contents")


@check("Buffer.write(offset, data) changes the bytes from offset on, and no others.")
def written(subject: Subject) -> None:
    """What the host writes is read back."""
    buffer = subject.buffer(64)
    expected = bytearray(64)
    for offset, data in ((0, b"\1\2\3\4"), (61, b"abc"), (7, bytearray(b"odd")), (0, b"")):
        buffer.write(offset, data)
        expected[offset : offset + len(data)] = data
        holds(buffer, bytes(expected), f"the buffer after write({offset}, {bytes(data)!r})")


@check("Buffer.resolve gives offset and length with -1, the rest, filled in.")
def parts(subject: Subject) -> None:
    """A part of a buffer can be read."""
    buffer = subject.buffer(bytes(range(32)))
    for offset, length in ((0, 4), (5, 3), (30, 2), (8, -1), (32, 0)):
        end = 32 if length < 0 else offset + length
        got = bytes(buffer.read(offset, length))
        equal(got, bytes(range(offset, end)), f"read({offset}, {length})")


@check("Buffer._part returns a buffer of the same memory; Buffer.subspan sets its byte_offset.")
def subspans(subject: Subject) -> None:
    """A subspan and a nested subspan share the bytes of their buffer."""
    buffer = subject.buffer(32)
    inner = buffer.subspan(8, 16).subspan(4, 8)
    equal((inner.byte_length, inner.byte_offset), (8, 12), "length and offset of the inner one")
    inner.write(1, b"xyz")
    holds(buffer, bytes(13) + b"xyz" + bytes(16), "the whole buffer")
    buffer.write(12, b"!")
    holds(inner, b"!xyz" + bytes(4), "the inner subspan")
    equal(inner.root is buffer, True, "subspan.root is buffer")


@check("Buffer.resolve raises OUT_OF_RANGE for you: call it before you touch memory.")
def ranges(subject: Subject) -> None:
    """Ranges that leave a buffer are OUT_OF_RANGE."""
    buffer = subject.buffer(16)
    for action in (
        lambda: buffer.read(8, 9),
        lambda: buffer.read(-1, 1),
        lambda: buffer.read(17, -1),
        lambda: buffer.subspan(4, 16),
        lambda: buffer.write(15, b"ab"),
        lambda: buffer.write(-1, b"a"),
        lambda: buffer.subspan(8, 4).read(0, 5),
    ):
        denied(StatusCode.OUT_OF_RANGE, action)


@check(
    "Raise invalid_argument(...) below zero, a StatusError RESOURCE_EXHAUSTED beyond what there is."
)
def refusals(subject: Subject) -> None:
    """Sizes that cannot be are refused by status, not by Python's errors."""
    denied(StatusCode.INVALID_ARGUMENT, lambda: subject.buffer(-1))
    denied(StatusCode.RESOURCE_EXHAUSTED, lambda: subject.buffer(1 << 60))


@check("Allocator.import_data may share the memory or copy it; Allocator.upload copies.")
def imports(subject: Subject) -> None:
    """Bytes of the host become a buffer."""
    data = bytes(range(200))
    allocator = subject.device.allocator
    holds(allocator.import_data(MEMORY, USAGE, memoryview(data)), data, "an imported buffer")
    source = bytearray(data)
    buffer = allocator.upload(MEMORY, USAGE, memoryview(source))
    source[:] = bytes(200)
    holds(buffer, data, "an uploaded buffer after its source changed")


@check("HostBuffer.writable refuses read-only memory for you; or copy what you import.")
def constants(subject: Subject) -> None:
    """Read-only bytes of the host are not changed by writes to the buffer that imports them."""
    source = memoryview(bytes(range(256))).toreadonly()
    start = -address_of(source) % ALIGNMENT
    data = source[start : start + 128]
    buffer = subject.device.allocator.import_data(MEMORY, USAGE, data)
    with suppress(StatusError):
        buffer.write(0, b"\xff" * 16)
    equal(bytes(data), bytes(range(start, start + 128)), "the imported bytes")


@check("Pass memory_type and usage on to Buffer.__init__, also in _part.")
def bits(subject: Subject) -> None:
    """A buffer and its subspans report their allocator, memory type and usage."""
    buffer = subject.buffer(16)
    for each in (buffer, buffer.subspan(4, 4)):
        equal(each.allocator is subject.device.allocator, True, "buffer.allocator is the device's")
        equal(each.usage & USAGE, USAGE, "the usage that was asked for")
        equal(each.memory_type & MEMORY, MEMORY, "the memory type that was asked for")


@check("Something still refers to the buffer: a list of all buffers, or a cycle of references.")
def released(subject: Subject) -> None:
    """A buffer goes when nothing refers to it any more."""
    buffer = subject.buffer(1 << 12)
    gone = weakref.ref(buffer)
    gc.disable()
    try:
        del buffer
        equal(gone(), None, "a weak reference to the buffer")
    finally:
        gc.enable()


@check("Device.__init__ takes the ids; Device.query_i64 answers for you.")
def identity(subject: Subject) -> None:
    """A device answers to its id."""
    device = subject.device
    equal(device.query_i64("hal.device.id", device.id), 1, f"hal.device.id of {device.id}")
    equal(device.query_i64("hal.device.id", "no-such-*"), 0, "hal.device.id of no-such-*")
    equal(device.query_i64("no.such.category", "key"), None, "the answer to an unknown category")
    equal(device.lost, None, "device.lost, the error of a device that can't be used any more,")


@check("Device.on raises for you: call super().on(affinity) first if you have several queues.")
def queues(subject: Subject) -> None:
    """Masks choose among the queues of a device, and a mask without one of them is refused."""
    device = subject.device
    for affinity in (
        -1,
        (1 << device.queue_count) - 1,
        *(1 << n for n in range(device.queue_count)),
    ):
        equal(device.on(affinity).id, device.id, f"the id of the device on queues {affinity:#x}")
    denied(StatusCode.INVALID_ARGUMENT, lambda: device.on(1 << device.queue_count))
    denied(StatusCode.INVALID_ARGUMENT, lambda: device.on(0))
