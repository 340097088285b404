"""The VM module `hal`, version 7: what programs call to get at devices.

Names and calling conventions are those of IREE's `hal.imports.mlir`. Every method is called with VM
values: Python ints and floats, and references that are the objects of `ireelite.hal` (strings and
constants are
`vm.buffer`s).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ireelite.hal.device import Device
from ireelite.modules.hal_buffers import BufferFunctions
from ireelite.modules.hal_commands import CommandFunctions
from ireelite.modules.hal_queues import QueueFunctions
from ireelite.vm.native import NativeModule

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording

VERSION = 7


class HalState(BufferFunctions, CommandFunctions, QueueFunctions):
    """One context's view of the HAL."""

    def fork(self) -> HalState:
        """Returns the view of a forked context: the same devices."""
        return HalState(self.devices, self.recording, self.refused)


def hal_module(
    devices: Sequence[Device],
    recording: Recording | None = None,
    refused: set[str] | None = None,
) -> NativeModule:
    """Returns the module over some devices, which `hal.devices.get` enumerates in this order.

    With `refused`, native code is not run; the set gets the formats that were asked for.
    """
    if recording is not None:
        recording.name_lanes(devices)
    return NativeModule(
        "hal", version=VERSION, state_factory=lambda: HalState(devices, recording, refused)
    )
