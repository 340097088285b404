"""Drivers by name, and devices by URI: `local-sync`, `local-sync://`, `local-task`, `webgpu`,
`webgpu://0`, `vulkan`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ireelite.hal.device import Device
from ireelite.hal.executable import ExecutableLoader, LoaderSet
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, near_names, not_found

if TYPE_CHECKING:
    from ireelite.hal.drivers.webgpu_gpu import Gpu


@light_dataclass(frozen=True)
class DeviceInfo:
    """A device that could be created."""

    uri: str
    name: str
    details: tuple[tuple[str, str], ...] = ()
    """What `--dump_devices` prints, in order."""


@light_dataclass(frozen=True)
class Driver:
    """One way to reach devices."""

    name: str
    description: str
    enumerate: Callable[[], list[DeviceInfo]]
    create: Callable[[str], Device]
    """Takes the path of the URI, empty for the default device."""
    aliases: tuple[str, ...] = ()


class DriverRegistry:
    """The drivers of this process. Loaders come from outside,
    as they may stand on rooms above this one.
    """

    def __init__(
        self,
        host_loaders: Callable[[], Sequence[ExecutableLoader]],
        gpu_loaders: Callable[[Gpu], Sequence[ExecutableLoader]],
    ):
        self._host_loaders = host_loaders
        self._gpu_loaders = gpu_loaders
        self._drivers: dict[str, Driver] = {}
        self.register(
            Driver(
                "local-sync",
                "Local execution using a lightweight inline synchronous queue",
                lambda: [DeviceInfo("local-sync://", "default")],
                self._create_local_sync,
            )
        )
        self.register(
            Driver(
                "local-task",
                "Local execution using a queue with a worker thread",
                lambda: [DeviceInfo("local-task://", "default")],
                self._create_local_task,
            )
        )
        self.register(
            Driver(
                "webgpu",
                "Vulkan GPUs through WebGPU (wgpu); also answers to 'vulkan'",
                _enumerate_webgpu,
                self._create_webgpu,
                aliases=("vulkan",),
            )
        )

    def register(self, driver: Driver) -> None:
        """Adds a driver. Raises ALREADY_EXISTS for a name that is taken."""
        for name in (driver.name, *driver.aliases):
            if name in self._drivers:
                raise StatusError(
                    StatusCode.ALREADY_EXISTS, f"driver '{name}' is already registered"
                )
            self._drivers[name] = driver

    @property
    def drivers(self) -> list[Driver]:
        """All drivers by name."""
        return sorted({id(d): d for d in self._drivers.values()}.values(), key=lambda d: d.name)

    def driver(self, name: str) -> Driver:
        """Returns a driver by name or alias. Raises NOT_FOUND with the near names."""
        if (driver := self._drivers.get(name)) is None:
            raise not_found(f"no driver '{name}' registered{near_names(name, list(self._drivers))}")
        return driver

    def create(self, uri: str) -> Device:
        """Returns a new device. Raises NOT_FOUND for unknown drivers and paths, UNAVAILABLE if
        there is no such hardware.
        """
        name, _, path = uri.partition("://")
        try:
            return self.driver(name).create(path)
        except StatusError as error:
            doing = (
                f"creating device '{uri}'"
                if name in self._drivers
                else f"creating driver for device '{uri}'"
            )
            error.annotate(doing)
            raise

    def _create_local_sync(self, path: str) -> Device:
        from ireelite.hal.drivers.local_sync import LocalSyncDevice

        if path:
            raise not_found(f"local-sync has one device and no path to it; given '{path}'")
        return LocalSyncDevice(LoaderSet(self._host_loaders()))

    def _create_local_task(self, path: str) -> Device:
        from ireelite.hal.drivers.local_task import LocalTaskDevice

        path, _, parameters = path.partition("?")
        key, _, value = parameters.partition("=")
        if path or (parameters and (key != "queues" or not value.isdecimal())):
            raise not_found(
                "local-task has one device and no path to it; its one parameter is the number of "
                f"queues, as in local-task://?queues=2; given '{path or parameters}'"
            )
        return LocalTaskDevice(LoaderSet(self._host_loaders()), queue_count=int(value or 1))

    def _create_webgpu(self, path: str) -> Device:
        from ireelite.hal.drivers.webgpu import WebGpuDevice
        from ireelite.hal.drivers.webgpu_gpu import Gpu

        if path and not path.isdecimal():
            raise not_found(f"webgpu devices are numbered, as webgpu://0; given '{path}'")
        gpu = Gpu.open(int(path or 0))
        return WebGpuDevice(gpu, LoaderSet(self._gpu_loaders(gpu)))


_SHOWN_LIMITS = (
    "max-buffer-size",
    "max-compute-invocations-per-workgroup",
    "max-compute-workgroup-storage-size",
    "max-compute-workgroups-per-dimension",
    "max-immediate-size",
    "max-storage-buffer-binding-size",
    "max-storage-buffers-per-shader-stage",
    "min-storage-buffer-offset-alignment",
)


def _enumerate_webgpu() -> list[DeviceInfo]:
    from ireelite.hal.drivers.webgpu_gpu import adapters

    try:
        found = adapters()
    except StatusError as error:
        if error.code != StatusCode.UNAVAILABLE:
            raise
        return []
    return [
        DeviceInfo(
            f"webgpu://{index}",
            adapter.info["device"],
            (
                ("backend", adapter.info["backend_type"]),
                ("type", adapter.info["adapter_type"].lower()),
                ("vendor_id", f"0x{adapter.info['vendor_id']:04X}"),
                ("device_id", f"0x{adapter.info['device_id']:04X}"),
                ("driver", adapter.info["description"]),
                ("features", " ".join(sorted(adapter.features))),
                *((limit, str(adapter.limits[limit])) for limit in _SHOWN_LIMITS),
            ),
        )
        for index, adapter in enumerate(found)
    ]
