"""Level 2: commands move bytes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ireelite.hal.buffer import BufferUsage
from ireelite.hal.command_buffer import Copy, DebugGroup, Fill, ReadBack, Update
from ireelite.hal.conformance.checks import (
    SOON,
    USAGE,
    Check,
    Level,
    Subject,
    checks_of,
    code_of,
    denied,
    equal,
    fence,
    holds,
    reached,
    ref,
)
from ireelite.hal.files import HostFile
from ireelite.status import StatusCode

CHECKS: list[Check] = []
LEVEL = Level("transfers", "commands move bytes", CHECKS)
check = checks_of(CHECKS)


@check("Device.submit signals `signal` when all is done, which is at once for no commands at all.")
def barrier(subject: Subject) -> None:
    """A submission of nothing signals its fence."""
    subject.device.submit(None, done := fence(), [])
    reached(done, "the fence")


@check("A Fill repeats its pattern over the range that command.target.resolve(()) gives.")
def fills(subject: Subject) -> None:
    """Fill repeats a pattern over a range, and over no other bytes."""
    for pattern in (b"\0", b"\7", b"\1\2", b"\1\2\3\4"):
        for offset, length in ((0, 64), (4, 8), (8, 4), (60, 4), (4, 0)):
            buffer = subject.buffer(b"\xee" * 64)
            subject.run(Fill(ref(buffer, offset, length), pattern))
            expected = bytearray(b"\xee" * 64)
            expected[offset : offset + length] = pattern * (length // len(pattern))
            holds(buffer, bytes(expected), f"a fill of {length} bytes at {offset} with {pattern!r}")


@check("Ranges start at any byte. If your hardware wants words, read, change and write back.")
def odd_fills(subject: Subject) -> None:
    """Fill takes ranges at odd bytes."""
    buffer = subject.buffer(b"\xee" * 16)
    subject.run(Fill(ref(buffer, 3, 5), b"\5"))
    holds(buffer, b"\xee" * 3 + b"\5" * 5 + b"\xee" * 8, "a fill of 5 bytes at 3")


@check("Raise INVALID_ARGUMENT if the length is no multiple of the pattern's.")
def broken_fills(subject: Subject) -> None:
    """Fill refuses a range that its pattern does not divide."""
    subject.fails(StatusCode.INVALID_ARGUMENT, Fill(ref(subject.buffer(6)), b"\1\2\3\4"))


@check("check_uses(commands) refuses them: call it first in submit.")
def misaligned_fills(subject: Subject) -> None:
    """Fill refuses patterns that are not of 1, 2 or 4 bytes, and offsets that are no multiple of
    their pattern's length."""
    buffer = subject.buffer(64)
    wrong = StatusCode.INVALID_ARGUMENT
    for offset, length, pattern in (
        (2, 8, b"\1\2\3\4"),
        (1, 4, b"\1\2"),
        (0, 6, b"\1\2\3"),
        (0, 8, b""),
    ):
        subject.fails(wrong, Fill(ref(buffer, offset, length), pattern))
    holds(buffer, bytes(64), "the buffer")
    subject.run(Fill(ref(buffer.subspan(2, 32), 4, 8), b"\1\2\3\4"))
    holds(buffer, bytes(6) + b"\1\2\3\4" * 2 + bytes(50), "the buffer after a fill of a subspan")


@check("command.store(view) writes an Update's bytes to memory, from wherever they are.")
def updates(subject: Subject) -> None:
    """Update writes bytes of the host."""
    buffer = subject.buffer(b"\xee" * 32)
    subject.run(Update(ref(buffer, 4, 8), b"12345678"), Update(ref(buffer, 13, 3), b"odd"))
    holds(buffer, b"\xee" * 4 + b"12345678\xeeodd" + b"\xee" * 16, "the buffer")


@check("No command has a longest range: where your hardware has one, divide the range.")
def long_ranges(subject: Subject) -> None:
    """Fill, Update and Copy take ranges of any length."""
    size = (1 << 21) + 12
    one, two, data = subject.buffer(size), subject.buffer(size), bytes(range(251)) * (size // 251)
    subject.run(
        Fill(ref(one), b"\1\2\3\4"),
        Copy(ref(one), ref(two)),
        Update(ref(one, 3, len(data)), data),
    )
    holds(two, b"\1\2\3\4" * (size // 4), "a copy of a fill of 2 MiB and 12 bytes")
    tail = (b"\1\2\3\4" * 256)[(3 + len(data)) % 4 :][: size - 3 - len(data)]
    holds(one, b"\1\2\3" + data + tail, "the buffer after an update of 2 MiB")


@check("A Copy resolves source and target, each with its own offset.")
def copies(subject: Subject) -> None:
    """Copy moves bytes from one buffer to another."""
    for source, target, length in ((0, 0, 64), (4, 8, 12), (1, 2, 7), (0, 63, 1), (5, 5, 0)):
        one, two = subject.buffer(bytes(range(64))), subject.buffer(64)
        subject.run(Copy(ref(one, source, length), ref(two, target, length)))
        expected = bytearray(64)
        expected[target : target + length] = bytes(range(source, source + length))
        holds(two, bytes(expected), f"a copy of {length} bytes from {source} to {target}")


@check("Read all of the source before you write the target, or move from the right end.")
def moves(subject: Subject) -> None:
    """Copy within one buffer is right where the ranges overlap."""
    for source, target in ((0, 8), (8, 0), (4, 4)):
        buffer = subject.buffer(bytes(range(32)))
        subject.run(Copy(ref(buffer, source, 16), ref(buffer, target, 16)))
        expected = bytearray(range(32))
        expected[target : target + 16] = bytes(range(source, source + 16))
        holds(buffer, bytes(expected), f"16 bytes moved from {source} to {target}")


@check("Compare the lengths of both ranges; raise INVALID_ARGUMENT.")
def lengths(subject: Subject) -> None:
    """Copy and Update refuse ranges of different lengths."""
    one, two = subject.buffer(32), subject.buffer(32)
    subject.fails(StatusCode.INVALID_ARGUMENT, Copy(ref(one, 0, 16), ref(two, 0, 8)))
    subject.fails(StatusCode.INVALID_ARGUMENT, Update(ref(one, 0, 16), b"12345678"))
    holds(two, bytes(32), "the target")


@check("command.take(view) has a ReadBack copy the bytes to where they are wanted.")
def read_backs(subject: Subject) -> None:
    """ReadBack fills memory of the host."""
    buffer, host = subject.buffer(bytes(range(32))), bytearray(8)
    subject.run(ReadBack(ref(buffer, 5, 8), memoryview(host)))
    equal(bytes(host), bytes(range(5, 13)), "the bytes of the host")


@check("command.store and command.take read and write files: call them when the command runs.")
def files(subject: Subject) -> None:
    """Files are read and written in the order of the queue."""
    with TemporaryDirectory() as folder:
        file = HostFile(Path(folder) / "bytes", "w", 64)
        one, two = subject.buffer(bytes(range(32))), subject.buffer(32)
        gate, middle, last = fence(), fence(), fence()
        subject.device.write(gate, middle, one, 0, file, 16)
        subject.device.read(middle, last, file, 8, two)
        gate.signal()
        reached(last, "the fence of the read")
        holds(two, bytes(8) + bytes(range(24)), "bytes 8 to 40 of the file")


@check(
    "Device.read and Device.write check for you; if yours are your own, fail `signal` and raise."
)
def wrong_files(subject: Subject) -> None:
    """Ranges beyond a file, and writes to a read-only file, are refused, and nothing is moved."""
    device, buffer = subject.device, subject.buffer(32)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bytes"
        path.write_bytes(bytes(range(1, 17)))
        with HostFile(path) as file:
            for code, move in (
                (StatusCode.OUT_OF_RANGE, lambda done: device.read(None, done, file, 8, buffer)),
                (StatusCode.OUT_OF_RANGE, lambda done: device.read(None, done, file, 0, buffer, 24, 16)),
                (StatusCode.PERMISSION_DENIED, lambda done: device.write(None, done, buffer, 0, file, 0, 4)),
            ):  # fmt: skip
                done = fence()
                denied(code, lambda move=move, done=done: (move(done), done.wait(SOON)))
                equal(code_of(done), code.name, "the status of the signal fence")
        equal(path.read_bytes(), bytes(range(1, 17)), "the file")
    holds(buffer, bytes(32), "the buffer")


@check("A subspan has an offset of its own: buffer.byte_offset, besides the command's.")
def subspans(subject: Subject) -> None:
    """Commands find their place in a subspan."""
    buffer = subject.buffer(64)
    part = buffer.subspan(16, 32).subspan(8, 16)
    subject.run(Fill(ref(part, 4, 4), b"\1"), Copy(ref(part, 4, 4), ref(part, 12, 4)))
    expected = bytes(28) + b"\1" * 4 + bytes(4) + b"\1" * 4 + bytes(24)
    holds(buffer, expected, "the whole buffer")


@check(
    "Run the commands one after another, in the order of the list; what you do not know does nothing."
)
def order(subject: Subject) -> None:
    """Commands of one submission run in their order."""
    one, two = subject.buffer(16), subject.buffer(16)
    subject.run(
        DebugGroup("group"),
        Fill(ref(one), b"\1"),
        Copy(ref(one), ref(two)),
        Fill(ref(one, 0, 8), b"\2"),
        Copy(ref(one, 0, 4), ref(two, 12, 4)),
        DebugGroup(None),
    )
    holds(one, b"\2" * 8 + b"\1" * 8, "the first buffer")
    holds(two, b"\1" * 12 + b"\2" * 4, "the second buffer")


@check("Nothing is to be copied before the work runs: the host's write comes first.")
def host_writes(subject: Subject) -> None:
    """A submission sees what the host has written before."""
    one, two = subject.buffer(256), subject.buffer(256)
    for turn in range(1, 6):
        one.write(0, bytes([turn]) * 256)
        subject.run(Copy(ref(one), ref(two)))
        holds(two, bytes([turn]) * 256, f"the copy in turn {turn}")


@check("Call check_uses(commands) of ireelite.hal.command_buffer first in submit.")
def usages(subject: Subject) -> None:
    """A buffer is used only as its allocation asked for."""
    source = subject.buffer(16, int(BufferUsage.TRANSFER_SOURCE))
    target = subject.buffer(16, int(BufferUsage.TRANSFER_TARGET))
    subject.run(Copy(ref(source), ref(target)))
    refused = StatusCode.PERMISSION_DENIED
    subject.fails(refused, Fill(ref(source), b"\1"))
    subject.fails(refused, Copy(ref(target), ref(subject.buffer(16, USAGE))))


@check("BufferRef.resolve raises for you; let it, and fail the fence.")
def ranges(subject: Subject) -> None:
    """A range that leaves its buffer is OUT_OF_RANGE, and nothing is written."""
    buffer = subject.buffer(16)
    subject.fails(StatusCode.OUT_OF_RANGE, Fill(ref(buffer, 8, 12), b"\1"))
    holds(buffer, bytes(16), "the buffer")
