"""A submission that takes too long ends with an error and costs its device alone."""

import pytest

from ireelite.hal.command_buffer import BufferRef, Fill
from ireelite.hal.drivers import webgpu_gpu
from ireelite.hal.drivers.webgpu import WebGpuDevice
from ireelite.hal.drivers.webgpu_gpu import Gpu
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode, StatusError

pytestmark = pytest.mark.webgpu


def fill(device, buffer):
    done = Fence([(Semaphore(), 1)])
    device.submit(None, done, [Fill(BufferRef(0, buffer, 0, 16), b"\3")])
    return done


class NeverDone:
    """wgpu's library, whose queue never gets empty."""

    def __init__(self, lib):
        self.lib = lib

    def __getattr__(self, name):
        return getattr(self.lib, name)

    def wgpuDevicePoll(self, *arguments):
        return self.lib.wgpuDevicePoll(*arguments) & ~1


def test_a_submission_that_never_ends(monkeypatch):
    monkeypatch.setenv(webgpu_gpu.SECONDS_VARIABLE, "30")
    gpu = Gpu.open()
    device = WebGpuDevice(gpu, LoaderSet([]))
    buffer = device.allocator.allocate(48, 3075, 16)
    assert fill(device, buffer).wait(60) and set(buffer.read()) == {3}
    gpu.most_seconds, gpu._lib = 0.01, NeverDone(gpu._lib)
    with pytest.raises(StatusError, match=r"DEADLINE_EXCEEDED; .* 0.01 s, the limit that IREELITE"):
        fill(device, buffer).wait(60)
    assert device.lost is not None and device.lost.code == StatusCode.UNAVAILABLE
    with pytest.raises(StatusError, match=r"UNAVAILABLE; the device is given up: .* new device"):
        fill(device, buffer).wait(60)
    fresh = WebGpuDevice(Gpu.open(), LoaderSet([]))
    assert fill(fresh, fresh.allocator.allocate(48, 3075, 16)).wait(60)


def test_the_limit_is_a_number(monkeypatch):
    monkeypatch.setenv(webgpu_gpu.SECONDS_VARIABLE, "soon")
    with pytest.raises(StatusError, match="IREELITE_GPU_SECONDS is 'soon'; seconds are expected"):
        webgpu_gpu.most_seconds()
