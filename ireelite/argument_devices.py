"""The devices on which a function's arguments and results live."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ireelite.hal.device import Device
from ireelite.signature import DEVICES, Argument
from ireelite.status import not_found

_AFFINITY = r'iree\.abi\.affinity = #hal\.device\.\w+<@"?(?P<name>[\w$.-]+)'


def chosen_device(state: Any, devices: Sequence[Device]) -> Device:
    """The first device that a loaded module's state refers to; the first of `devices` if it refers
    to none.
    """
    held = getattr(state, "refs", ())
    return next((value for value in held if isinstance(value, Device)), devices[0])


def devices_of(
    values: Sequence[Argument],
    reflection: Mapping[str, str],
    chosen: Device,
    devices: Sequence[Device],
) -> list[Device]:
    """Returns the device of each argument or result.

    The reflection names the kind of each device (`a=local,b=vulkan[1]`): a value with an affinity
    is on the device that the affinity names, other values on the first device listed. Without that
    entry in the reflection, all values are on the device `chosen`.

    Raises NOT_FOUND if a value is on a device that is not among `devices`.
    """
    known = reflection.get(DEVICES)
    if known is None:
        return [chosen] * len(values)
    kinds = dict(row.split("=") for row in known.split(","))
    return [_device_of(value, kinds, devices) for value in values]


def _device_of(value: Argument, kinds: Mapping[str, str], devices: Sequence[Device]) -> Device:
    named = re.search(_AFFINITY, value.attributes)
    name = "" if named is None else named["name"]
    name, kind = (name, kinds[name]) if name in kinds else next(iter(kinds.items()))
    family, _, ordinal = kind.rstrip("]").partition("[")
    found = [device for device in devices if device.query_i64("hal.device.id", f"{family}*")]
    number = int(ordinal or 0)
    if number >= len(found):
        given = ", ".join(f"'{device.id}'" for device in devices)
        raise not_found(
            f"the module's device '{name}' is {kind}, which needs {number + 1} of '{family}*'; "
            f"{len(found)} of the {len(devices)} devices given match ({given}); "
            "name the missing ones when loading the module"
        )
    return found[number]
