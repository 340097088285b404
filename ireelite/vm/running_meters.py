"""The meters of the calls with limits that each thread is in."""

from __future__ import annotations

from _thread import _local
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ireelite.vm.limits import Meter

_LOCAL = _local()


def running_meter() -> Meter | None:
    """Returns the meter of the innermost call with limits that this thread is in, or None."""
    meters = running_meters()
    return meters[-1] if meters else None


def running_meters() -> list[Meter]:
    """Returns the meters of this thread's calls, the innermost last; calls with limits change the
    list.
    """
    try:
        return _LOCAL.meters
    except AttributeError:
        _LOCAL.meters = []
        return _LOCAL.meters
