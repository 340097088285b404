"""The names of IREE's Python runtime over the VM, the HAL and their modules.

    from ireelite import runtime

    config = runtime.Config("local-sync")
    module = runtime.VmModule.mmap(config.vm_instance, "simple_mul.vmfb")
    simple_mul = runtime.load_vm_module(module, config).simple_mul

Failures are built-in exceptions (ValueError, IndexError, NotImplementedError, RuntimeError) whose
text is the status. All is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ireelite.lazy_names import lazy_names

if TYPE_CHECKING:
    from ireelite.modules.python_module import VmRef
    from ireelite.runtime.array_interop import DeviceArray, asdevicearray
    from ireelite.runtime.benchmark import benchmark_module
    from ireelite.runtime.device_loop import HalDeviceLoopBridge
    from ireelite.runtime.function import FunctionInvoker
    from ireelite.runtime.hal_device import HalCommandBuffer, HalDevice, HalDriver
    from ireelite.runtime.hal_enums import (
        BufferCompatibility,
        BufferUsage,
        HalElementType,
        MemoryAccess,
        MemoryType,
    )
    from ireelite.runtime.hal_memory import (
        HalAllocator,
        HalBuffer,
        HalBufferView,
        MappedMemory,
        Shape,
    )
    from ireelite.runtime.hal_module import HalModuleDebugSink, create_hal_module
    from ireelite.runtime.hal_timeline import HalFence, HalSemaphore
    from ireelite.runtime.parameters import (
        ParameterIndex,
        ParameterIndexEntry,
        ParameterProvider,
        SplatValue,
        create_io_parameters_module,
        save_archive_file,
    )
    from ireelite.runtime.system_api import (
        TARGET_BACKEND_TO_DRIVER,
        BoundModule,
        BoundModules,
        Config,
        SystemContext,
        load_vm_flatbuffer,
        load_vm_flatbuffer_file,
        load_vm_module,
        load_vm_modules,
        normalize_value,
    )
    from ireelite.runtime.system_setup import (
        get_device,
        get_driver,
        get_first_device,
        query_available_drivers,
    )
    from ireelite.runtime.vm import (
        Linkage,
        PyModuleInterface,
        VmContext,
        VmFunction,
        VmInstance,
        VmModule,
    )
    from ireelite.runtime.vm_buffer import VmBuffer
    from ireelite.runtime.vm_list import VmVariantList

_WHERE = {
    "array_interop": "DeviceArray asdevicearray",
    "benchmark": "benchmark_module",
    "device_loop": "HalDeviceLoopBridge",
    "function": "FunctionInvoker",
    "hal_device": "HalCommandBuffer HalDevice HalDriver",
    "hal_enums": "BufferCompatibility BufferUsage HalElementType MemoryAccess MemoryType",
    "hal_memory": "HalAllocator HalBuffer HalBufferView MappedMemory Shape",
    "hal_module": "HalModuleDebugSink create_hal_module",
    "hal_timeline": "HalFence HalSemaphore",
    "parameters": (
        "ParameterIndex ParameterIndexEntry ParameterProvider SplatValue "
        "create_io_parameters_module save_archive_file"
    ),
    "system_api": (
        "BoundModule BoundModules Config SystemContext TARGET_BACKEND_TO_DRIVER load_vm_flatbuffer "
        "load_vm_flatbuffer_file load_vm_module load_vm_modules normalize_value"
    ),
    "system_setup": "get_device get_driver get_first_device query_available_drivers",
    "vm": "Linkage PyModuleInterface VmContext VmFunction VmInstance VmModule",
    "vm_buffer": "VmBuffer",
    "vm_list": "VmVariantList",
}
_NAMES = {
    "VmRef": ("ireelite.modules.python_module", "VmRef"),
    **{
        name: (f"{__name__}.{file}", name)
        for file, names in _WHERE.items()
        for name in names.split()
    },
}

__all__ = [
    "TARGET_BACKEND_TO_DRIVER",
    "BoundModule",
    "BoundModules",
    "BufferCompatibility",
    "BufferUsage",
    "Config",
    "DeviceArray",
    "FunctionInvoker",
    "HalAllocator",
    "HalBuffer",
    "HalBufferView",
    "HalCommandBuffer",
    "HalDevice",
    "HalDeviceLoopBridge",
    "HalDriver",
    "HalElementType",
    "HalFence",
    "HalModuleDebugSink",
    "HalSemaphore",
    "Linkage",
    "MappedMemory",
    "MemoryAccess",
    "MemoryType",
    "ParameterIndex",
    "ParameterIndexEntry",
    "ParameterProvider",
    "PyModuleInterface",
    "Shape",
    "SplatValue",
    "SystemContext",
    "VmBuffer",
    "VmContext",
    "VmFunction",
    "VmInstance",
    "VmModule",
    "VmRef",
    "VmVariantList",
    "asdevicearray",
    "benchmark_module",
    "create_hal_module",
    "create_io_parameters_module",
    "get_device",
    "get_driver",
    "get_first_device",
    "load_vm_flatbuffer",
    "load_vm_flatbuffer_file",
    "load_vm_module",
    "load_vm_modules",
    "normalize_value",
    "query_available_drivers",
    "save_archive_file",
]

__getattr__ = lazy_names(__name__, _NAMES)


def __dir__() -> list[str]:
    return sorted(__all__)
