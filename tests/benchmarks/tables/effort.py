"""How often each thing is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How often each thing is measured."""

    processes: int
    imports: int
    compiles: int
    bursts: int
    calls_in_burst: int
    loads: int
    constants: int
    """Bytes of constants in the large module."""


FULL = Effort(9, 15, 15, bursts=200, calls_in_burst=100, loads=25, constants=1 << 30)
QUICK = Effort(1, 1, 1, bursts=1, calls_in_burst=20, loads=1, constants=1 << 24)
