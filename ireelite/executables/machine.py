"""Which executables this machine has a processor for."""

from __future__ import annotations

import platform
import sys

ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Names that some systems' `platform.machine()` has for the architectures."""


def native_format(machine: str | None = None) -> str:
    """The name of the native format for an architecture, this machine's by default:
    `ireelite-native-x86_64`.
    """
    name = (machine or platform.machine()).lower()
    return f"ireelite-native-{ARCHITECTURES.get(name, name)}"


def is_supported() -> bool:
    """Whether this process runs ELF objects for x86-64 without LLVM."""
    return native_format().endswith("-x86_64") and sys.platform.startswith("linux")
