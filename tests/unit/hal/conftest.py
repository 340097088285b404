"""Devices for the tests of the HAL: every test that asks for `device` runs on all of them."""

import pytest

from ireelite.hal.device import Device
from ireelite.hal.executable import LoaderSet


@pytest.fixture(scope="session")
def gpu():
    from ireelite.hal.drivers.webgpu_gpu import Gpu

    return Gpu.open()


@pytest.fixture(
    params=["local-sync", "local-task", pytest.param("webgpu", marks=pytest.mark.webgpu)]
)
def device(request) -> Device:
    if request.param == "local-sync":
        from ireelite.hal.drivers.local_sync import LocalSyncDevice

        return LocalSyncDevice(LoaderSet([]))
    if request.param == "local-task":
        from ireelite.hal.drivers.local_task import LocalTaskDevice

        return LocalTaskDevice(LoaderSet([]))
    from ireelite.hal.drivers.webgpu import WebGpuDevice

    return WebGpuDevice(request.getfixturevalue("gpu"), LoaderSet([]))
