"""The schedules of shaders, by the devices that they are made for."""

from __future__ import annotations

from collections.abc import Mapping

from ireelite.light_dataclass import light_dataclass


@light_dataclass(frozen=True)
class ShaderSchedule:
    """What one invocation of a shader computes."""

    pointwise: int
    """Points of a kernel without sums."""
    rows: int
    """Rows of a tile of sums, at most."""
    columns: int
    """Columns of a tile of sums, at most."""
    invocations: int
    """Invocations below which a device has nothing to do: tiles are smaller then."""
    wide: int = 0
    """Columns of a tile of sums where there are many: a driver compiles wide ones for seconds."""
    many: int = 0
    """Invocations that are left at least where tiles are wide."""


SHADER_SCHEDULES: Mapping[str, ShaderSchedule] = {
    "lavapipe": ShaderSchedule(16, 8, 8, 128, wide=16, many=4096),
    "portable": ShaderSchedule(4, 4, 4, 4096),
    "gpu": ShaderSchedule(4, 8, 4, 16384),
}
"""Schedules by the device that shaders are made for. That of lavapipe, Mesa's software driver, is
measured: its invocations are lanes of a processor's registers, and an access costs it more than what
it moves."""
