"""Transients: memory that comes and goes when the queue gets there, and the pool that it is from."""

import pytest

from ireelite.hal.buffer import BufferUsage
from ireelite.hal.command_buffer import BufferRef, Fill
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.statistics import Statistics
from ireelite.status import StatusCode, StatusError

USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)
SIZE = 1 << 20


def fence():
    return Fence([(Semaphore(), 1)])


@pytest.fixture
def counted(device):
    device.allocator.statistics = Statistics()
    return device, device.allocator.statistics.device_local


def live(heap):
    return heap.allocated - heap.freed


def test_memory_is_taken_when_the_queue_gets_there(counted):
    device, heap = counted
    gate, here, done, end, gone = (fence() for _ in range(5))
    transient = device.alloca(gate, here, 48, USAGE, SIZE)
    part = transient.subspan(16, 32)
    device.submit(here, done, [Fill(BufferRef(0, part, 4, 8), b"\7")])
    device.dealloca(end, gone, transient)
    assert (transient.byte_length, live(heap)) == (SIZE, 0)
    for early in (transient, part):
        with pytest.raises(StatusError, match=r"FAILED_PRECONDITION; .* wait for the signal fence"):
            early.read(0, 4)
    gate.signal()
    assert done.wait(30)
    assert live(heap) == SIZE
    assert bytes(part.read(0, 16)) == bytes(part.read(0, 4)) + b"\7" * 8 + bytes(part.read(12, 4))
    end.signal()
    assert gone.wait(30)
    assert (live(heap), heap.peak) == (0, SIZE)
    with pytest.raises(StatusError, match=r"given back by queue\.dealloca"):
        part.read()


def test_what_uses_a_transient_too_early_or_too_late_fails(device):
    gate, here, early, gone = (fence() for _ in range(4))
    transient = device.alloca(gate, here, 48, USAGE, 64)
    fill = Fill(BufferRef(0, transient, 0, 64), b"\1")

    def failed(done):
        with pytest.raises(StatusError):
            device.submit(None, done, [fill])
            done.wait(30)
        assert done.failure is not None
        assert done.failure.code == StatusCode.FAILED_PRECONDITION

    failed(early)
    gate.signal()
    device.dealloca(here, gone, transient)
    assert gone.wait(30)
    failed(fence())


def test_what_cannot_be_allocated_fails_when_the_queue_gets_there(device):
    gate, here = fence(), fence()
    device.alloca(gate, here, 48, USAGE, 1 << 60)
    gate.signal()
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED"):
        here.wait(30)
    with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
        device.alloca(fence(), refused := fence(), 48, USAGE, -1)
    assert refused.failure is not None


def test_the_pool_knows_its_high_water_mark(device):
    device.trim()
    before = device.allocator.pool()
    buffers = [device.alloca(None, None, 48, USAGE, SIZE) for _ in range(3)]
    pool = device.allocator.pool()
    assert pool.in_use - before.in_use >= 3 * SIZE
    assert pool.high_water >= pool.reserved >= pool.in_use
    del buffers
    kept = device.allocator.pool()
    assert (kept.reserved, kept.high_water) == (pool.reserved, pool.high_water)
    assert kept.in_use <= pool.in_use - 3 * SIZE
    again = device.alloca(None, None, 48, USAGE, SIZE)
    assert device.allocator.pool().reserved == pool.reserved
    del again
    device.trim()
    trimmed = device.allocator.pool()
    assert trimmed.reserved <= pool.reserved - 3 * SIZE
    assert trimmed.high_water == trimmed.reserved
    assert "reserved" in repr(trimmed)
