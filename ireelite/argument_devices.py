"""The devices on which a function's arguments and results live."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ireelite.hal.device import Device
from ireelite.signature import DEVICES, Argument
from ireelite.status import not_found

if TYPE_CHECKING:
    from ireelite.bytecode.module_def import ModuleDef

_AFFINITY = r'iree\.abi\.affinity = #hal\.device\.\w+<@"?(?P<name>[\w$.-]+)'


_MISSING = r"HAL device `(?P<name>[^`]+)` not found or unavailable"
"""Message with which a module's initializer fails if it finds none of its devices."""


def chosen_device(state: Any, devices: Sequence[Device]) -> Device:
    """Returns the first device that a loaded module's state refers to; the first of `devices` if it
    refers to none.
    """
    held = getattr(state, "refs", ())
    return next((value for value in held if isinstance(value, Device)), devices[0])


def named_devices(definition: ModuleDef | None, state: Any) -> dict[str, Device]:
    """Returns the devices that a loaded bytecode module has chosen, by the names that its affinities
    have; empty for other modules.

    A file has no names of globals. Its initializer looks for the devices one after another: it
    fails with a message that names the device, or stores the device in a global.
    """
    named: dict[str, Device] = {}
    if definition is None:
        return named
    held = getattr(state, "refs", ())
    for export in definition.exports:
        if export.name != "__init":
            continue
        name = ""
        for block in definition.functions[export.ordinal].blocks:
            for instruction in block.instructions:
                operands = instruction.operands
                if instruction.op.mnemonic == "fail" and (found := re.match(_MISSING, operands[1])):
                    name = found["name"]
                elif instruction.op.mnemonic == "global.store.ref" and name:
                    if isinstance(device := held[operands[0]], Device):
                        named.setdefault(name, device)
    return named


def devices_of(
    values: Sequence[Argument],
    reflection: Mapping[str, str],
    chosen: Device,
    devices: Sequence[Device],
    named: Mapping[str, Device] | None = None,
) -> list[Device]:
    """Returns the device of each argument or result.

    The reflection names the kind of each device (`a=local,b=vulkan[1]`): a value with an affinity
    is on the device that the affinity names, other values on the first device listed. Without that
    entry in the reflection, as in modules of other compilers, a value is on the device of `named`
    that its affinity names, otherwise on the device `chosen`.

    Raises NOT_FOUND if a value is on a device that is not among `devices`.
    """
    known = reflection.get(DEVICES)
    if known is None:
        if not named:
            return [chosen] * len(values)
        return [named.get(_affinity(value), chosen) for value in values]
    kinds = dict(row.split("=") for row in known.split(","))
    return [_device_of(value, kinds, devices) for value in values]


def _device_of(value: Argument, kinds: Mapping[str, str], devices: Sequence[Device]) -> Device:
    name = _affinity(value)
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


def _affinity(value: Argument) -> str:
    found = re.search(_AFFINITY, value.attributes)
    return "" if found is None else found["name"]
