"""Drivers and devices of the process, by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import RLock

from ireelite.runtime.errors import raising
from ireelite.runtime.hal_device import HalDevice, HalDriver

DEFAULT_DRIVER_NAMES = "local-sync,webgpu"
"""What is tried if nobody says anything, in order."""

_lock = RLock()
_drivers: dict[str, HalDriver] = {}
_devices: dict[str, HalDevice] = {}


def query_available_drivers() -> list[str]:
    """Names of all drivers."""
    return HalDriver.query()


def create_hal_driver(device_uri: str) -> HalDriver:
    """Returns a driver of its own, by name or by the URI of a device. Raises ValueError."""
    from ireelite.loaders import drivers

    with raising("Error creating driver"):
        return HalDriver(drivers().driver(device_uri.partition("://")[0]))


def get_driver(device_uri: str) -> HalDriver:
    """Returns the process's driver, by name or by the URI of a device. Raises ValueError."""
    name = device_uri.partition("://")[0]
    with _lock:
        if name not in _drivers:
            _drivers[name] = create_hal_driver(name)
        return _drivers[name]


def clear_hal_driver_cache() -> None:
    """Forgets the process's drivers; devices stay."""
    with _lock:
        _drivers.clear()


def get_device(device_uri: str, cache: bool = True) -> HalDevice:
    """Returns the process's device, or without `cache` a new one, by URI: `local-sync`,
    `webgpu://0`.

    Raises ValueError if there is none, RuntimeError if it cannot be opened.
    """
    with _lock:
        if cache and device_uri in _devices:
            return _devices[device_uri]
        device = get_driver(device_uri).create_device_by_uri(device_uri)
        if cache:
            _devices[device_uri] = device
        return device


def get_first_device(device_uris: Sequence[str] | None = None, cache: bool = True) -> HalDevice:
    """Returns the first of some devices that can be opened.

    By default they are those of the environment variable `IREE_DEFAULT_DEVICE`, separated by
    commas, or `DEFAULT_DRIVER_NAMES`. Raises ValueError if none exists, RuntimeError if those that
    do cannot be opened.
    """
    if device_uris is None:
        names = os.environ.get("IREE_DEFAULT_DEVICE", DEFAULT_DRIVER_NAMES)
        device_uris = [name.strip() for name in names.split(",")]
    failure: RuntimeError | None = None
    for uri in device_uris:
        try:
            return get_device(uri, cache)
        except ValueError:
            continue  # no such driver or device: the next may exist
        except RuntimeError as error:
            failure = error
    if failure is not None:
        raise RuntimeError(
            f"No device of {list(device_uris)} can be opened: {failure}"
        ) from failure
    raise ValueError(f"No device found from list {list(device_uris)}")
