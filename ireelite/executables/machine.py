"""The native executable format of this machine, and whether the machine supports it."""

from __future__ import annotations

import platform
import sys

ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architecture names that `platform.machine()` returns on some systems -> the names used here."""


def native_format(machine: str | None = None) -> str:
    """Returns the name of the native executable format of an architecture, by default this
    machine's: `ireelite-native-x86_64`.
    """
    name = (machine or platform.machine()).lower()
    return f"ireelite-native-{ARCHITECTURES.get(name, name)}"


def is_supported() -> bool:
    """Returns whether this process can run ELF objects for x86-64 without LLVM."""
    return native_format().endswith("-x86_64") and sys.platform.startswith("linux")
