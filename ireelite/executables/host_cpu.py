"""What the CPU of this process has, as Linux says it: known without LLVM, whose import takes longer
than all the rest of loading a module."""

from __future__ import annotations

import sys
from functools import cache

TRIPLE = "x86_64-unknown-linux-gnu"

_NAMES = {
    "64bit": "lm",
    "avx512bf16": "avx512_bf16",
    "avx512bitalg": "avx512_bitalg",
    "avx512fp16": "avx512_fp16",
    "avx512vbmi2": "avx512_vbmi2",
    "avx512vnni": "avx512_vnni",
    "avx512vp2intersect": "avx512_vp2intersect",
    "avx512vpopcntdq": "avx512_vpopcntdq",
    "avxvnni": "avx_vnni",
    "bmi": "bmi1",
    "crc32": "sse4_2",
    "lzcnt": "abm",
    "pclmul": "pclmulqdq",
    "prfchw": "3dnowprefetch",
    "rdrnd": "rdrand",
    "sahf": "lahf_lm",
    "sha": "sha_ni",
    "sse3": "pni",
    "sse4.1": "sse4_1",
    "sse4.2": "sse4_2",
}
"""LLVM's names of features where Linux has others."""
_NOT_USED = frozenset({"shstk"})
"""Features that Linux does not list, and that code uses only if it is compiled to."""


def certainly_runs(triple: str, features: str) -> bool:
    """Returns whether code for a target runs on this CPU; False where only LLVM can say. `features`
    is LLVM's list, as `+avx2,-amx-tile`.
    """
    flags = _flags()
    needed = {name[1:] for name in features.split(",") if name.startswith("+")} - _NOT_USED
    return triple == TRIPLE and bool(flags) and {_NAMES.get(n, n) for n in needed} <= flags


def feature_key() -> str | None:
    """Returns text that is the same on all CPUs with the features of this one; None where only LLVM
    can say what a CPU has.
    """
    return " ".join(sorted(_flags())) or None


@cache
def _flags() -> frozenset[str]:
    """Returns the features that all processors have; none on another system or architecture."""
    if not sys.platform.startswith("linux"):
        return frozenset()
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return frozenset()
    # Arm has "Features" instead.
    rows = [frozenset(line.partition(":")[2].split()) for line in lines if line[:5] == "flags"]
    return frozenset.intersection(*rows) if rows else frozenset()
