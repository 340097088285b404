"""Queue operations, on every device: transfers, order, parking, failure."""

import threading

import pytest

from ireelite.hal.command_buffer import (
    Barrier,
    BufferRef,
    CommandBuffer,
    Copy,
    DebugGroup,
    Fill,
    ReadBack,
    Update,
)
from ireelite.hal.device import fits
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode, StatusError


def fence():
    return Fence([(Semaphore(), 1)])


def allocate(device, size):
    return device.allocator.allocate(48, 0xC03, size)


def whole(buffer, offset=0, length=-1):
    return BufferRef(0, buffer, offset, length)


def run(device, *commands):
    done = fence()
    device.submit(None, done, commands)
    assert done.wait(30)


@pytest.mark.parametrize(("offset", "length"), [(0, 64), (4, 8), (1, 6), (62, 2), (3, 0)])
@pytest.mark.parametrize("pattern", [b"\0", b"\x07", b"\x01\x02", b"\x01\x02\x03\x04"])
def test_fill(device, offset, length, pattern):
    if offset % len(pattern) or length % len(pattern):
        with pytest.raises(StatusError, match="INVALID_ARGUMENT; fill of"):
            run(device, Fill(whole(allocate(device, 64), offset, length), pattern))
        return
    buffer = allocate(device, 64)
    buffer.write(0, b"\xff" * 64)
    run(device, Fill(whole(buffer, offset, length), pattern))
    expected = bytearray(b"\xff" * 64)
    expected[offset : offset + length] = pattern * (length // len(pattern))
    assert bytes(buffer.read()) == expected


@pytest.mark.parametrize(
    ("source", "target", "length"), [(0, 0, 16), (4, 8, 12), (1, 2, 7), (0, 63, 1), (5, 5, 0)]
)
def test_copy_between_buffers(device, source, target, length):
    one, two = allocate(device, 64), allocate(device, 64)
    one.write(0, bytes(range(64)))
    run(device, Copy(whole(one, source, length), whole(two, target, length)))
    expected = bytearray(64)
    expected[target : target + length] = bytes(range(source, source + length))
    assert bytes(two.read()) == expected


@pytest.mark.parametrize(("source", "target"), [(0, 32), (0, 4), (8, 0), (1, 3)])
def test_copy_within_one_buffer_even_overlapping(device, source, target):
    buffer = allocate(device, 64)
    buffer.write(0, bytes(range(64)))
    run(device, Copy(whole(buffer, source, 16), whole(buffer, target, 16)))
    expected = bytearray(range(64))
    expected[target : target + 16] = bytes(range(source, source + 16))
    assert bytes(buffer.read()) == expected


def test_update_and_read_back_in_order(device):
    buffer, host = allocate(device, 10), bytearray(5)
    run(
        device,
        Update(whole(buffer, 0, 4), b"abcd"),
        DebugGroup("group"),
        Barrier(28, 13),
        Update(whole(buffer, 3, 3), b"xyz"),
        DebugGroup(None),
        ReadBack(whole(buffer, 2, 5), memoryview(host)),
        Fill(whole(buffer), b"\0"),
    )
    assert bytes(host) == b"cxyz\0"
    assert bytes(buffer.read()) == bytes(10)


def test_waiting_before_signalling(device):
    buffer = allocate(device, 4)
    start, middle, end = fence(), fence(), fence()
    device.submit(middle, end, [Copy(whole(buffer, 0, 1), whole(buffer, 1, 1))])
    device.submit(start, middle, [Fill(whole(buffer, 0, 1), b"\x05")])
    assert end.query() == StatusCode.DEFERRED
    start.signal()
    assert end.wait(30)
    assert bytes(buffer.read()) == b"\x05\x05\0\0"


def test_a_long_chain_of_parked_submissions(device):
    buffer = allocate(device, 4)
    semaphore = Semaphore()
    for step in reversed(range(300)):
        commands = [Fill(whole(buffer), bytes([step % 256]))] if step % 100 == 99 else []
        device.submit(Fence([(semaphore, step + 1)]), Fence([(semaphore, step + 2)]), commands)
    semaphore.signal(1)
    assert Fence([(semaphore, 301)]).wait(60)
    assert bytes(buffer.read()) == bytes([299 % 256]) * 4


def test_signals_may_come_from_another_thread(device):
    buffer = allocate(device, 4)
    start, end = fence(), fence()
    device.submit(start, end, [Fill(whole(buffer), b"\x01")])
    threading.Timer(0.02, start.signal).start()
    assert end.wait(30)
    assert bytes(buffer.read()) == b"\x01" * 4


def test_failure_travels_along_fences(device):
    buffer = allocate(device, 4)
    start, middle, end = fence(), fence(), fence()
    device.submit(middle, end, [])
    device.submit(start, middle, [Fill(whole(buffer), b"\x01")])
    start.fail(StatusError(StatusCode.ABORTED, "stopped by a test"))
    with pytest.raises(StatusError, match="ABORTED; stopped by a test"):
        end.wait(30)
    assert bytes(buffer.read()) == bytes(4)
    late = fence()
    device.submit(end, late, [])
    with pytest.raises(StatusError, match="ABORTED; stopped by a test"):
        late.wait(30)


def test_work_that_fails_fails_its_fence(device):
    buffer = allocate(device, 3)
    done = fence()
    device.submit(None, done, [Fill(whole(buffer), b"\x01\x02")])
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; fill of 3 bytes"):
        done.wait(30)


def test_alloca_waits_with_its_signal(device):
    start, done = fence(), fence()
    buffer = device.alloca(start, done, 48, 0xC03, 16)
    assert buffer.byte_length == 16
    assert done.query() == StatusCode.DEFERRED
    start.signal()
    assert done.wait(30)
    freed = fence()
    device.dealloca(done, freed, buffer)
    assert freed.wait(30)


def test_a_reusable_command_buffer_takes_a_table_each_time(device):
    commands = CommandBuffer(device, 0, 3, 2)
    commands.record(Copy(BufferRef(0, None, 4, 4), BufferRef(1, None, 0, 4)))
    commands.finalize()
    one, two, three = (allocate(device, 16) for _ in range(3))
    one.write(0, bytes(range(16)))
    two.write(0, bytes(range(16, 32)))
    for source in (one, two):
        done = fence()
        device.execute(None, done, commands, [(source, 4, 8), (three, 8, -1)])
        assert done.wait(30)
        assert bytes(three.read(8, 4)) == bytes(source.read(8, 4))


def test_command_buffer_rules(device):
    buffer = allocate(device, 4)
    commands = CommandBuffer(device, 1, 3, 1)
    with pytest.raises(StatusError, match="slot 1 out of range"):
        commands.record(Fill(BufferRef(1, None, 0, 4), b"\0"))
    with pytest.raises(StatusError, match="has not been finalized"):
        device.execute(None, None, commands, [(buffer, 0, 4)])
    commands.record(Fill(BufferRef(0, None, 0, 4), b"\x09"))
    commands.finalize()
    with pytest.raises(StatusError, match="not in a recording state"):
        commands.record(Barrier(0, 0))
    with pytest.raises(StatusError, match="requires 1 bindings but 0"):
        device.execute(None, None, commands)
    done = fence()
    device.execute(None, done, commands, [(buffer, 0, 4)])
    assert done.wait(30)
    with pytest.raises(StatusError, match="one-shot"):
        device.execute(None, None, commands, [(buffer, 0, 4)])


def test_a_table_entry_bounds_what_a_command_may_touch(device):
    commands = CommandBuffer(device, 0, 3, 1)
    commands.record(Fill(BufferRef(0, None, 0, 8), b"\x01"))
    commands.finalize()
    done = fence()
    device.execute(None, done, commands, [(allocate(device, 16), 8, 4)])
    with pytest.raises(StatusError, match="OUT_OF_RANGE"):
        done.wait(30)


def test_queries(device):
    assert device.query_i64("hal.device.id", f"{device.id[:4]}*") == 1
    assert device.query_i64("hal.device.id", "cuda") == 0
    assert [fits("local-task", p) for p in ("*", "l*l-*k", "l?cal*", "local-task*")] == [True] * 4
    assert not any(fits("local", p) for p in ("", "?", "l*x", "local?", "[l]ocal", "lo*a"))
    assert fits("", "*") and fits("a[b]", "a[b]") and fits("a*c", "*[") is False
    assert device.query_i64("hal.executable.format", "nope") == 0
    assert device.query_i64("hal.device", "concurrency") == 1
    assert device.query_i64("hal.cpu", "avx2") is None
