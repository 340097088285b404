"""The `hal` module as a `VmModule`, and the sink of its traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ireelite.hal.buffer import BufferView
from ireelite.hal.device import Device
from ireelite.modules.hal import VERSION, HalState, hal_module
from ireelite.modules.hal_arguments import text
from ireelite.runtime.hal_device import HalDevice
from ireelite.runtime.hal_memory import HalBufferView
from ireelite.runtime.vm import VmFunction, VmInstance, VmModule
from ireelite.status import StatusCode, StatusError
from ireelite.vm.native import NativeModule, exports_of, vm_export
from ireelite.vm.refs import Buffer

INLINE = ("hal_inline", "hal_loader")
"""The modules that programs without queues depend on instead of `hal`."""

TraceCallback = Callable[[str, list[HalBufferView]], None]


class HalModuleDebugSink:
    """Where `flow.tensor.trace` goes: a callback that gets the key and the tensors."""

    def __init__(self, buffer_view_trace_callback: TraceCallback | None):
        self.buffer_view_trace_callback = buffer_view_trace_callback


class _TracedHalState(HalState):
    """A HAL whose traces are handed to a callback."""

    def __init__(self, devices: Sequence[Device], callback: TraceCallback):
        super().__init__(devices)
        self._callback = callback

    def fork(self) -> _TracedHalState:
        """Returns the view of a forked context: the same devices, the same callback."""
        return _TracedHalState(self.devices, self._callback)

    @vm_export("buffer_view.trace", "0rCrD_v")
    def buffer_view_trace(self, key: Buffer, views: list[BufferView]) -> None:
        """Calls back. Raises UNKNOWN with what the callback raises."""
        try:
            self._callback(text(key), [HalBufferView._of(view) for view in views])
        except Exception as error:
            raise StatusError(
                StatusCode.UNKNOWN, f"{type(error).__name__} in the trace callback: {error}"
            ) from error


def create_hal_module(
    instance: VmInstance,
    device: HalDevice | None = None,
    devices: Sequence[HalDevice] | None = None,
    debug_sink: HalModuleDebugSink | None = None,
) -> VmModule:
    """Returns the module over a device, or over several. Raises ValueError unless one of the two is
    given.
    """
    if (device is None) == (devices is None):
        raise ValueError("either 'device' or 'devices' must be given, and not both")
    opened = [each.device for each in ([device] if device is not None else devices or ())]
    callback = None if debug_sink is None else debug_sink.buffer_view_trace_callback
    if callback is None:
        module = hal_module(opened)
    else:
        module = NativeModule(
            "hal", version=VERSION, state_factory=lambda: _TracedHalState(opened, callback)
        )
    return VmModule(module, _functions(HalState, "hal"))


def module_of_runtime(name: str, device: HalDevice) -> VmModule | None:
    """Returns the module of that name over a device: `hal`, or `hal_inline` or `hal_loader` of the
    inline execution models. None for other names. Raises INVALID_ARGUMENT for the latter over a
    device that is no CPU.
    """
    if name == "hal":
        return create_hal_module(VmInstance(), device)
    if name not in INLINE:
        return None
    from ireelite.linking import inline_device
    from ireelite.modules.hal_inline import InlineFunctions, hal_inline_module
    from ireelite.modules.hal_loader import LoaderFunctions, hal_loader_module

    host = inline_device([device.device])
    if name == "hal_inline":
        return VmModule(hal_inline_module(host), _functions(InlineFunctions, name))
    return VmModule(hal_loader_module(host), _functions(LoaderFunctions, name))


def _functions(state: type, module: str) -> list[VmFunction]:
    rows = sorted(exports_of(state))
    return [VmFunction(name, module, cconv, n) for n, (name, cconv) in enumerate(rows)]
