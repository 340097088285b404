"""The functions of the `hal` module that compiled programs call, that of `io_parameters`, and the
constants they pass.

Source: IREE's `hal` module, version 7, its `io_parameters` module, and its HAL headers.
"""

from __future__ import annotations

MODULE_VERSION = 7

IMPORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "hal.allocator.allocate": ("0rIiiI_r", ("hal.buffer",)),
    "hal.allocator.import": ("0riIiirII_r", ("hal.buffer",)),
    "hal.buffer.assert": ("0rrrIii_v", ()),
    "hal.buffer.length": ("0r_I", ("i64",)),
    "hal.buffer.load": ("0rIi_i", ("i32",)),
    "hal.buffer.store": ("0irIi_v", ()),
    "hal.buffer.subspan": ("0rII_r", ("hal.buffer",)),
    "hal.buffer_view.assert": ("0rriiCID_v", ()),
    "hal.buffer_view.buffer": ("0r_r", ("hal.buffer",)),
    "hal.buffer_view.create": ("0rIIiiCID_r", ("hal.buffer_view",)),
    "hal.buffer_view.dim": ("0ri_I", ("i64",)),
    "hal.command_buffer.copy_buffer": ("0riirIrIII_v", ()),
    "hal.command_buffer.create": ("0riiIi_r", ("hal.command_buffer",)),
    "hal.command_buffer.dispatch": ("0rrIiiiICiDCiirIID_v", ()),
    "hal.command_buffer.execution_barrier": ("0riiI_v", ()),
    "hal.command_buffer.fill_buffer": ("0rrIIiIiI_v", ()),
    "hal.command_buffer.finalize": ("0r_v", ()),
    "hal.device.allocator": ("0r_r", ("hal.allocator",)),
    "hal.device.query.i64": ("0rrr_iI", ("i32", "i64")),
    "hal.device.queue.alloca": ("0rIrrIiiII_r", ("hal.buffer",)),
    "hal.device.queue.barrier": ("0rIrrI_v", ()),
    "hal.device.queue.copy": ("0rIrrrIrIII_v", ()),
    "hal.device.queue.dealloca": ("0rIrrrI_v", ()),
    "hal.device.queue.execute.indirect": ("0rIrrrICrIID_v", ()),
    "hal.device.queue.fill": ("0rIrrrIIIiI_v", ()),
    "hal.device.queue.read": ("0rIrrrIrIII_v", ()),
    "hal.devices.count": ("0v_i", ("i32",)),
    "hal.devices.get": ("0i_r", ("hal.device",)),
    "hal.ex.file.from_memory": ("0rIirIIi_r", ("hal.file",)),
    "hal.executable.create": ("0rIrrr_r", ("hal.executable",)),
    "hal.executable.lookup.function": ("0rr_I", ("i64",)),
    "hal.fence.await": ("0iICrD_i", ("i32",)),
    "hal.fence.create": ("0rI_r", ("hal.fence",)),
    "hal.fence.join": ("0ICrD_r", ("hal.fence",)),
    "hal.fence.signal": ("0r_v", ()),
    "io_parameters.load": ("0rIrrrIiirrr_r", ("vm.list",)),
}
"""Name -> (calling convention, types of the results)."""

VERSIONS = {"hal": MODULE_VERSION, "io_parameters": 0}
"""Module -> the least version that has these functions."""

ANY_AFFINITY = -1
INFINITE_TIMEOUT = -1
DENSE_ROW_MAJOR = 1

HOST_VISIBLE_OR_DEVICE = 16
"""Memory type of a buffer that came from a caller: device visible."""
DEVICE_LOCAL = 48
"""Memory type: device visible, device local."""
TRANSFER_AND_STORAGE = 3075
"""Buffer usage: transfer source and target, storage read and write."""
IMMUTABLE_STORAGE = 527363
"""The same, for contents that do not change."""
TRANSIENT = DEVICE_LOCAL, TRANSFER_AND_STORAGE
"""Memory type and usage of what stays on the device."""
HOST_VISIBLE = 86, 150998019
"""Memory type and usage of what the host reads: host local, host coherent, device visible; the
same usage, and mapping.
"""

ANY_CATEGORY = 3
DISPATCH_STAGES = 28
"""Dispatch, transfer and retire: what a barrier waits for."""
FOLLOWING_STAGES = 13
"""Issue, dispatch and transfer: what a barrier holds back."""

UNAVAILABLE = 14
INCOMPATIBLE = 18
