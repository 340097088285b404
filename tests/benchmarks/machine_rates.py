"""What the machine can do: the rates that bound programs."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ireelite.executables.native_link import link
from ireelite.executables.native_object import (
    compile_ir,
    features_of,
    has_fused_multiply_add,
    host_machine,
)

COPIED = 1 << 26
TURNS = 1_000_000
SUMS = 12
"""Registers that a loop adds to in turn: more than a unit of multiplication has stages."""
THREADS = 2


@dataclass(frozen=True)
class MachineRates:
    """The most of several runs."""

    copied_bytes: float
    """Bytes a second that two threads read and write when they copy."""
    multiplications: float
    """Multiplications of f32, each with an addition, that two threads do a second on registers
    alone: no program does more."""


def machine_rates(runs: int) -> MachineRates:
    """Measures both rates."""
    source, target = np.ones(COPIED, np.uint8), np.zeros(COPIED, np.uint8)
    halves = slice(0, COPIED // 2), slice(COPIED // 2, COPIED)
    text, lanes = multiplying_loop()
    keeps, (address,) = link(compile_ir(text), ["multiply"])
    multiply = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_float)(address)
    sums = np.zeros((THREADS, 64, lanes), np.float32)
    with ThreadPoolExecutor(THREADS) as pool:

        def copy() -> None:
            list(pool.map(lambda half: np.copyto(target[half], source[half]), halves))

        def multiply_in_threads() -> None:
            list(pool.map(lambda row: multiply(row.ctypes.data, TURNS, 0.5), sums))

        copying = _fastest(copy, runs)
        multiplying = _fastest(multiply_in_threads, 4 * runs)
    del keeps
    return MachineRates(2 * COPIED / copying, THREADS * TURNS * SUMS * lanes / multiplying)


def multiplying_loop() -> tuple[str, int]:
    """Returns LLVM IR of a loop of this machine's widest multiplications and additions, and how many
    numbers each has.
    """
    machine = host_machine()
    features = features_of(machine)
    lanes = 16 if "avx512f" in features else 8 if "avx" in features else 4
    vector = f"<{lanes} x float>"
    zeros, mask = f"{vector} zeroinitializer", f"<{lanes} x i32> zeroinitializer"
    carried = [
        f"  %a{n} = phi {vector} [ zeroinitializer, %entry ], [ %b{n}, %loop ]" for n in range(SUMS)
    ]
    if has_fused_multiply_add(machine):
        name = f"@llvm.fma.v{lanes}f32"
        declared = f"declare {vector} {name}({vector}, {vector}, {vector})\n"
        done = [
            f"  %b{n} = call {vector} {name}({vector} %a{n}, {vector} %x, {vector} %x)"
            for n in range(SUMS)
        ]
    else:
        declared = ""
        done = [
            f"  %p{n} = fmul {vector} %a{n}, %x\n  %b{n} = fadd {vector} %p{n}, %x"
            for n in range(SUMS)
        ]
    stored = [
        f"  %to{n} = getelementptr {vector}, ptr %out, i64 {n}\n  store {vector} %b{n}, ptr %to{n}, align 4"
        for n in range(SUMS)
    ]
    lines = [
        "define void @multiply(ptr %out, i64 %turns, float %factor) {",
        "entry:",
        f"  %one = insertelement {zeros}, float %factor, i32 0",
        f"  %x = shufflevector {vector} %one, {zeros}, {mask}",
        "  br label %loop",
        "loop:",
        "  %turn = phi i64 [ 0, %entry ], [ %next, %loop ]",
        *carried,
        *done,
        "  %next = add i64 %turn, 1",
        "  %more = icmp ult i64 %next, %turns",
        "  br i1 %more, label %loop, label %out.of.it",
        "out.of.it:",
        *stored,
        "  ret void",
        "}",
    ]
    return declared + "\n".join(lines), lanes


def _fastest(action: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest run; one unmeasured run comes first."""
    action()
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return min(taken)
