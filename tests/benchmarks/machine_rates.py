"""What the machine can do: the rates that bound programs, measured with NumPy."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

EXTENT = 512
COPIED = 1 << 26


@dataclass(frozen=True)
class MachineRates:
    """The most of several runs."""

    copied_bytes: float
    """Bytes a second that two threads read and write when they copy."""
    multiplications: float
    """Multiplications of f32, each with an addition, a second in a matrix product."""


def machine_rates(runs: int) -> MachineRates:
    """Measures both rates."""
    source, target = np.ones(COPIED, np.uint8), np.zeros(COPIED, np.uint8)
    halves = slice(0, COPIED // 2), slice(COPIED // 2, COPIED)
    matrix = np.ones((EXTENT, EXTENT), np.float32)
    product = np.empty_like(matrix)
    with ThreadPoolExecutor(2) as pool:

        def copy() -> None:
            list(pool.map(lambda half: np.copyto(target[half], source[half]), halves))

        copying = _fastest(copy, runs)
    multiplying = _fastest(lambda: np.matmul(matrix, matrix, out=product), 4 * runs)
    return MachineRates(2 * COPIED / copying, EXTENT**3 / multiplying)


def _fastest(action: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest run; one unmeasured run comes first."""
    action()
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return min(taken)
