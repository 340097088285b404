"""`--list_drivers`, `--list_devices` and `--dump_devices`."""

from __future__ import annotations

from ireelite.hal.registry import Driver
from ireelite.loaders import drivers
from ireelite.tools.runtime_flags import Flags

_BAR = "# " + "=" * 76
_RULE = "# ===" + "-" * 70 + "==="


def list_devices_if_asked(flags: Flags) -> bool:
    """Prints what the flags ask for; False if they ask for nothing.

    Raises NOT_FOUND for unknown drivers.
    """
    asked = False
    if flags.list_drivers is not None:
        print(_drivers_text())
        asked = True
    if flags.list_devices is not None:
        for driver in _chosen(flags.list_devices):
            for info in driver.enumerate():
                print(info.uri)
        asked = True
    if flags.dump_devices is not None:
        print("\n".join(_dump(driver) for driver in _chosen(flags.dump_devices)))
        asked = True
    return asked


def _chosen(name: str) -> list[Driver]:
    if name in ("", "true"):
        return drivers().drivers
    return [drivers().driver(name.partition("://")[0])]


def _drivers_text() -> str:
    lines = [_BAR, "# Available HAL drivers", _BAR]
    lines += ["# Use --list_devices={driver name} to enumerate available devices.", ""]
    lines += [f"{driver.name:>16}: {driver.description}" for driver in drivers().drivers]
    return "\n".join(lines)


def _dump(driver: Driver) -> str:
    lines = [_BAR, f"# Enumerated devices for driver '{driver.name}'", _BAR, ""]
    for info in driver.enumerate():
        lines += [_RULE, f"# --device={info.uri}", f"#   {info.name}", _RULE]
        lines += [f"{key}: {value}" for key, value in info.details]
    return "\n".join([*lines, ""])
