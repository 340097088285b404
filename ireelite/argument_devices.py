"""The devices on which a function takes its arguments and has its results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ireelite.hal.device import Device
from ireelite.signature import Argument

DEVICES = "ireelite.devices"
"""The reflection of a function that says which devices the affinities of its arguments name."""
_AFFINITY = re.compile(r'iree\.abi\.affinity = #hal\.device\.\w+<@"?(?P<name>[\w$.-]+)')


def chosen_device(state: Any, devices: Sequence[Device]) -> Device:
    """The first device that a module refers to since it was loaded; the first of all if it refers to
    none.
    """
    held = getattr(state, "refs", ())
    return next((value for value in held if isinstance(value, Device)), devices[0])


def devices_of(
    values: Sequence[Argument],
    reflection: Mapping[str, str],
    chosen: Device,
    devices: Sequence[Device],
) -> list[Device]:
    """The device of each argument or result: the one that its affinity names, as the function's
    reflection says which that is (`a=local,b=vulkan[1]`), else the first of those; the one that the
    module has chosen for a function whose reflection says nothing.
    """
    known = reflection.get(DEVICES)
    if known is None:
        return [chosen] * len(values)
    kinds = dict(row.split("=") for row in known.split(","))
    return [_device_of(value, kinds, devices) for value in values]


def _device_of(value: Argument, kinds: Mapping[str, str], devices: Sequence[Device]) -> Device:
    named = _AFFINITY.search(value.attributes)
    kind = kinds.get("" if named is None else named["name"]) or next(iter(kinds.values()))
    family, _, ordinal = kind.rstrip("]").partition("[")
    found = [device for device in devices if device.query_i64("hal.device.id", f"{family}*")]
    number = int(ordinal or 0)
    return found[number] if number < len(found) else devices[0]
