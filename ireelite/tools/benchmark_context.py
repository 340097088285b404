"""What a benchmark's report says of the machine, from what Linux offers; less elsewhere."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from pathlib import Path
from typing import Any

from ireelite import __version__

_CPU = Path("/sys/devices/system/cpu/cpu0")
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def benchmark_context(extra: dict[str, str]) -> dict[str, Any]:
    """Returns the keys and values of the JSON report's `context`, `extra` behind them."""
    return {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "host_name": platform.node(),
        "executable": sys.argv[0],
        "num_cpus": os.cpu_count() or 1,
        "mhz_per_cpu": round(_megahertz()),
        "cpu_scaling_enabled": _text(_CPU / "cpufreq/scaling_governor") not in ("", "performance"),
        "aslr_enabled": _text(Path("/proc/sys/kernel/randomize_va_space")) not in ("", "0"),
        "caches": _caches(),
        "load_avg": [round(value, 6) for value in _load()],
        "library_version": __version__,
        "library_build_type": "release",
        "json_schema_version": 1,
        **extra,
    }


def context_text(context: dict[str, Any], extra: dict[str, str]) -> str:
    """Returns the lines that are printed before a table."""
    lines = [
        context["date"],
        f"Running {context['executable']}",
        f"Run on ({context['num_cpus']} X {context['mhz_per_cpu']} MHz CPU s)",
    ]
    if context["caches"]:
        lines.append("CPU Caches:")
    for cache in context["caches"]:
        count = context["num_cpus"] // max(1, cache["num_sharing"])
        size = cache["size"] >> 10
        lines.append(f"  L{cache['level']} {cache['type']} {size} KiB (x{count})")
    lines.append(f"Load Average: {', '.join(f'{value:.2f}' for value in context['load_avg'])}")
    if context["cpu_scaling_enabled"]:
        lines.append("***WARNING*** CPU scaling is enabled, the times have more noise.")
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in extra.items())])


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _megahertz() -> float:
    for line in _text(Path("/proc/cpuinfo")).splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "cpu MHz":
            return float(value)
    return 0.0


def _load() -> tuple[float, ...]:
    try:
        return os.getloadavg()
    except (OSError, AttributeError):  # Windows has none
        return ()


def _caches() -> list[dict[str, Any]]:
    caches = []
    for index in sorted(_CPU.glob("cache/index*")):
        size = _text(index / "size")
        level, shared = _text(index / "level"), _text(index / "shared_cpu_map")
        if not (size[:-1].isdecimal() and size[-1] in _UNITS and level.isdecimal()):
            continue
        caches.append(
            {
                "type": _text(index / "type"),
                "level": int(level),
                "size": int(size[:-1]) * _UNITS[size[-1]],
                "num_sharing": bin(int(shared.replace(",", "") or "0", 16)).count("1"),
            }
        )
    return caches
