"""The names of IREE's Python runtime over the VM, the HAL and their modules.

    from ireelite import runtime

    config = runtime.Config("local-sync")
    module = runtime.VmModule.mmap(config.vm_instance, "simple_mul.vmfb")
    simple_mul = runtime.load_vm_module(module, config).simple_mul

Failures are built-in exceptions (ValueError, IndexError, NotImplementedError, RuntimeError) whose
text is the status. All is imported when it is first used.
"""

from __future__ import annotations

from typing import Any

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
    "system_api": (
        "BoundModule BoundModules Config SystemContext TARGET_BACKEND_TO_DRIVER load_vm_flatbuffer "
        "load_vm_flatbuffer_file load_vm_module load_vm_modules normalize_value"
    ),
    "system_setup": "get_device get_driver get_first_device query_available_drivers",
    "vm": "Linkage PyModuleInterface VmContext VmFunction VmInstance VmModule",
    "vm_buffer": "VmBuffer",
    "vm_list": "VmVariantList",
}
_FILES = {name: file for file, names in _WHERE.items() for name in names.split()}

__all__ = ["VmRef", *_FILES]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "VmRef":
        from ireelite.modules.python_module import VmRef

        return VmRef
    if name in _FILES:
        return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    try:  # `runtime.dtypes` works without an import of its own
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'") from None


def __dir__() -> list[str]:
    return sorted(__all__)
