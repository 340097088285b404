"""Executable blobs made callable, and the drivers with the loaders they need:
`drivers().create("local-sync")`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ireelite.hal.drivers.webgpu_gpu import Gpu
    from ireelite.hal.executable import ExecutableLoader
    from ireelite.hal.registry import DriverRegistry


def host_loaders() -> Sequence[ExecutableLoader]:
    """Loaders of CPU devices, in order of preference."""
    from ireelite.loaders.embedded_elf import EmbeddedElfLoader, is_supported
    from ireelite.loaders.native import NativeLoader
    from ireelite.loaders.vmvx import VmvxLoader

    shared_objects = (EmbeddedElfLoader(),) if is_supported() else ()
    return NativeLoader(), *shared_objects, VmvxLoader()


def gpu_loaders(gpu: Gpu) -> Sequence[ExecutableLoader]:
    """Loaders of one WebGPU device."""
    from ireelite.loaders.spirv import SpirvLoader

    return (SpirvLoader(gpu),)


@cache
def drivers() -> DriverRegistry:
    """The drivers of this process."""
    from ireelite.hal.registry import DriverRegistry

    return DriverRegistry(host_loaders, gpu_loaders)
