"""Devices and modules from what users write, and contexts of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ireelite.files import is_file, not_a_file
from ireelite.forking import short_lock
from ireelite.hal.device import Device
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    from ireelite.hal.drivers.host_device import HostDevice
    from ireelite.hal.recording import Recording
    from ireelite.parameters import Parameters
    from ireelite.vm.context import Context
    from ireelite.vm.instance import Instance
    from ireelite.vm.limits import Limits
    from ireelite.vm.module import Module

DEFAULT_DEVICE = "local-sync"


_devices: dict[str, Device] = {}
_opening = short_lock()


def open_device(uri: str) -> Device:
    """Returns the process's device of that name, which is created on first use and again after it
    was lost.

    Raises NOT_FOUND for an unknown name and UNAVAILABLE if there is no such device.
    """
    from ireelite.loaders import drivers

    device = _devices.get(uri)
    if device is None or device.lost is not None:
        with _opening:
            device = _devices.get(uri)
            if device is None or device.lost is not None:
                device = _devices[uri] = drivers().create(uri)
    return device


def read_module(program: Any, instance: Instance | None = None, trusted: bool = True) -> Module:
    """Returns a module from bytes, from a path, from an object whose `data` is one, or from one
    that is or stands for a module.

    Paths may be those of Python files and shared libraries, with an export and parameters (see
    `modules.sources`); their types are registered with `instance`. Unless `trusted`, only bytecode
    is taken. Raises NOT_FOUND, PERMISSION_DENIED and what keeps a module from being made.
    """
    from ireelite.vm.bytecode_module import BytecodeModule

    if isinstance(program, (bytes, bytearray, memoryview)):
        return BytecodeModule.from_bytes(program)
    if isinstance(program, (str, Path)):
        return _from_path(str(program), instance, trusted)
    from ireelite.modules.sources import as_module

    module = as_module(program)
    if module is not None:
        if not trusted and not isinstance(module, BytecodeModule):
            raise StatusError(
                StatusCode.PERMISSION_DENIED,
                f"module '{module.name}' is code of this process, "
                "which is not run unless it is trusted",
            )
        return module
    data = getattr(program, "data", None)
    if data is None:
        raise invalid_argument(
            f"a module's bytes or the path of its file are expected, not {type(program).__name__}"
        )
    return BytecodeModule.from_bytes(data)


def _from_path(path: str, instance: Instance | None, trusted: bool) -> Module:
    from ireelite.modules.sources import load_code, parse_source
    from ireelite.vm.bytecode_module import BytecodeModule
    from ireelite.vm.instance import Instance

    if "\n" in path:
        raise invalid_argument(
            "this is a program's text, not a module; compile it with ireelite.compile first"
        )
    source = parse_source(path)
    if source.kind != "bytecode":
        return load_code(source, instance or Instance(), trusted)
    if not is_file(path):
        hint = f"; a device is named by device='{path}'" if _is_device(path) else ""
        raise not_a_file(path, hint)
    return BytecodeModule.from_file(path)


def _is_device(text: str) -> bool:
    from ireelite.loaders import drivers

    name = text.partition("://")[0]
    return any(name in (driver.name, *driver.aliases) for driver in drivers().drivers)


def inline_device(devices: Sequence[Device]) -> HostDevice:
    """Returns the device whose memory and loaders programs without queues use: the first, or
    without devices the default one. Raises INVALID_ARGUMENT if it is no CPU device.
    """
    from ireelite.hal.drivers.host_device import HostDevice

    device = devices[0] if devices else open_device(DEFAULT_DEVICE)
    if not isinstance(device, HostDevice):
        raise invalid_argument(
            "a module of the execution model inline-static or inline-dynamic runs in host memory, "
            f"and the first device is '{device.id}'; leave the device out, or begin with local-sync"
        )
    return device


_NO_CODE = (StatusCode.INCOMPATIBLE, StatusCode.UNAVAILABLE)
"""What initializers fail with if no format of their executables is supported."""


def link(
    modules: Sequence[Module],
    devices: Sequence[Device],
    recording: Recording | None = None,
    instance: Instance | None = None,
    natives: Sequence[Module] = (),
    limits: Limits | None = None,
    trace: Callable[[str], Any] | None = None,
    trusted: bool = True,
    parameters: Parameters | None = None,
) -> Context:
    """Returns a context with the modules in order, and before them those of `hal`, `hal_inline`,
    `hal_loader`, `vmvx` and `io_parameters` that one of them depends on, and `natives`.
    `parameters` are those that programs read, by scope.

    Unless `trusted`, native code is refused: a module that has other code too runs that, another
    fails.
    """
    from ireelite.modules.hal import hal_module
    from ireelite.vm.context import Context
    from ireelite.vm.instance import Instance

    refused: set[str] | None = None if trusted else set()
    context = Context(
        instance or Instance(),
        (),
        None if recording is None else recording.recorder,
        engine="mixed",
        limits=limits,
        trace=trace,
    )
    needed = {dependency.name for module in modules for dependency in module.dependencies}
    if "hal" in needed:
        context.register(hal_module(devices, recording, refused))
    given = {module.name for module in (*natives, *modules)}
    if inline := {"hal_inline", "hal_loader"} & needed - given:
        from ireelite.modules.hal_inline import hal_inline_module
        from ireelite.modules.hal_loader import hal_loader_module

        device = inline_device(devices)
        if "hal_inline" in inline:
            context.register(hal_inline_module(device, recording))
        if "hal_loader" in inline:
            context.register(hal_loader_module(device, recording, refused))
    if "vmvx" in needed:
        from ireelite.modules.vmvx import vmvx_module

        context.register(vmvx_module())
    if "io_parameters" in needed:
        from ireelite.modules.io_parameters import io_parameters_module

        context.register(io_parameters_module(parameters or {}, recording))
    for module in natives:
        context.register(module)
    for module in modules:
        try:
            context.register(module)
        except StatusError as error:
            if not refused or error.code not in _NO_CODE:
                raise
            raise StatusError(
                StatusCode.PERMISSION_DENIED,
                f"module '{module.name}' has native code only ({', '.join(sorted(refused))}), "
                "which is not run unless it is trusted",
            ) from error
    return context
