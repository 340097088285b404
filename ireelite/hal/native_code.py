"""The native code of the HAL itself: the pool's threads and the replay of commands, LLVM IR beside
this file that is compiled when it is first needed."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusError

FILES = ("host_pool.ll", "replay.ll")
FUNCTIONS = (
    "work",
    "share",
    "replay",
    "call",
    "quick",
    "copy",
    "fill",
    "align",
    "bytecode",
    "library",
)

_PAUSE = {
    "x86_64": ("llvm.x86.sse2.pause()", "llvm.x86.sse2.pause()"),
    "aarch64": ("llvm.aarch64.hint(i32)", "llvm.aarch64.hint(i32 1)"),
}
"""By architecture: what is declared and what is called in a loop that waits."""


class NativeCode(NamedTuple):
    """Addresses by name, and what keeps the code."""

    addresses: dict[str, int]
    tracker: Any


@cache
def native_code() -> NativeCode | None:
    """Returns the functions; None where they cannot be: on a system other than Linux, on an
    architecture other than those above, and without llvmlite.
    """
    from ireelite.executables.machine import native_format
    from ireelite.executables.native_link import link
    from ireelite.executables.native_object import generate_code

    machine = native_format().rpartition("-")[2]
    if not sys.platform.startswith("linux") or machine not in _PAUSE:
        return None
    declared, called = _PAUSE[machine]
    pause = (
        f"define internal void @pause() alwaysinline {{\n  call void @{called}\n  ret void\n}}\n"
    )
    texts = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in FILES]
    try:
        code = generate_code("\n".join([*texts, f"declare void @{declared}", pause]))
    except StatusError:
        return None
    tracker, addresses = link(code, FUNCTIONS)
    return NativeCode(dict(zip(FUNCTIONS, addresses, strict=True)), tracker)
