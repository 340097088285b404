"""Copies between devices, which queues run and fences order."""

import pytest

from ireelite.hal.buffer_usage import SOURCE
from ireelite.hal.command_buffer import BufferRef, Fill
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.transfers import transfer
from ireelite.status import StatusCode, StatusError


def fence():
    return Fence([(Semaphore(), 1)])


@pytest.fixture(
    params=["local-sync", "local-task", pytest.param("webgpu", marks=pytest.mark.webgpu)]
)
def other(request):
    """A second device."""
    if request.param == "webgpu":
        from ireelite.hal.drivers.webgpu import WebGpuDevice

        return WebGpuDevice(request.getfixturevalue("gpu"), LoaderSet([]))
    return {"local-sync": LocalSyncDevice, "local-task": LocalTaskDevice}[request.param](
        LoaderSet([])
    )


@pytest.mark.parametrize("is_transient", [False, True])
def test_a_transfer_waits_on_the_queues_alone(device, other, is_transient):
    """Nothing has run when `transfer` returns; then the fences of both devices order all of it."""
    start, allocated, filled, copied = fence(), fence(), fence(), fence()
    if is_transient:
        source = device.alloca(start, allocated, 48, 3075, 10)
        target = other.alloca(start, allocated_there := fence(), 48, 3075, 12)
        ready = Fence.joined([allocated, allocated_there])
    else:
        source, target = (
            device.allocator.allocate(48, 3075, 10),
            other.allocator.allocate(48, 3075, 12),
        )
        ready = start
    device.submit(ready, filled, [Fill(BufferRef(0, source, 0, 10), b"\1\2")])
    transfer(device, other, filled, copied, source, 3, target, 5, 6)
    assert copied.query() == StatusCode.DEFERRED
    seen = fence()
    device.submit(copied, seen, [Fill(BufferRef(0, source, 0, 10), b"\7")])
    start.signal()
    assert seen.wait(60)
    assert bytes(target.read(5, 6)) == bytes([2, 1, 2, 1, 2, 1])
    assert set(source.read()) == {7}


def test_failures_reach_the_signal_fence(device, other):
    source, target = device.allocator.allocate(48, 3075, 8), other.allocator.allocate(48, 3075, 8)
    wait, signal = fence(), fence()
    transfer(device, other, wait, signal, source, 0, target, 0)
    wait.fail(StatusError(StatusCode.DATA_LOSS, "gone"))
    with pytest.raises(StatusError, match="DATA_LOSS; gone"):
        signal.wait(60)
    refused = fence()
    with pytest.raises(StatusError, match="OUT_OF_RANGE"):
        transfer(device, other, None, refused, source, 0, target, 4, 8)
    assert refused.query() == StatusCode.OUT_OF_RANGE
    bare, refused = other.allocator.allocate(48, SOURCE, 8), fence()
    with pytest.raises(StatusError, match="PERMISSION_DENIED"):
        transfer(device, other, None, refused, source, 0, bare, 0)
    assert refused.query() == StatusCode.PERMISSION_DENIED
