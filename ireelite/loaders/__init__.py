"""Executable blobs made callable, and the drivers with the loaders they need:
`drivers().create("local-sync")`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ireelite.hal.drivers.webgpu_gpu import Gpu
    from ireelite.hal.executable import Executable, ExecutableLoader
    from ireelite.hal.registry import DriverRegistry


class _LoaderWhenUsed:
    """A loader that is imported when it loads something: most programs have code of one kind."""

    def __init__(self, format: str, native: bool, make: Callable[[], ExecutableLoader]):
        self.formats = (format,)
        self.native = native
        self._make = make

    def load(self, format: str, data: memoryview, constants: memoryview | None) -> Executable:
        """Loads code as the loader itself does."""
        return self._make().load(format, data, constants)


def host_loaders() -> Sequence[ExecutableLoader]:
    """Loaders of CPU devices, in order of preference."""
    from ireelite.executables.machine import is_supported, native_format

    formats = ("embedded-elf-x86_64", "system-elf-x86_64") if is_supported() else ()
    shared_objects = [_LoaderWhenUsed(format, True, _shared_objects) for format in formats]
    return (
        _LoaderWhenUsed(native_format(), True, _native),
        *shared_objects,
        _LoaderWhenUsed("vmvx-bytecode-fb", False, _bytecode),
    )


def _native() -> ExecutableLoader:
    from ireelite.loaders.native import NativeLoader

    return NativeLoader()


def _shared_objects() -> ExecutableLoader:
    from ireelite.loaders.embedded_elf import EmbeddedElfLoader

    return EmbeddedElfLoader()


def _bytecode() -> ExecutableLoader:
    from ireelite.loaders.vmvx import VmvxLoader

    return VmvxLoader()


def gpu_loaders(gpu: Gpu) -> Sequence[ExecutableLoader]:
    """Loaders of one WebGPU device."""
    from ireelite.loaders.spirv import SpirvLoader

    return (SpirvLoader(gpu),)


@cache
def drivers() -> DriverRegistry:
    """Returns the drivers of this process."""
    from ireelite.hal.registry import DriverRegistry

    return DriverRegistry(host_loaders, gpu_loaders)
