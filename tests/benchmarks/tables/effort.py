"""How often each thing is measured, and which programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How often each thing is measured, and which programs."""

    processes: int
    imports: int
    compiles: int
    bursts: int
    calls_in_burst: int
    loads: int
    constants: int
    """Bytes of constants in the large module."""
    turns: int
    """Bursts of calls of each subject of the table of whole calls."""
    burst_seconds: float
    program_seconds: float
    """After which a program is given no further turn, if it has had three."""
    programs: tuple[str, ...] = ()
    """The only programs of the tables of targets; all of those for none."""

    def chosen(self, names: Sequence[str]) -> list[str]:
        """Those of a table's programs that are measured."""
        return [name for name in names if not self.programs or name in self.programs]


FULL = Effort(
    9,
    15,
    15,
    bursts=200,
    calls_in_burst=100,
    loads=25,
    constants=1 << 30,
    turns=15,
    burst_seconds=5e-3,
    program_seconds=4.0,
)
QUICK = Effort(
    1,
    1,
    1,
    bursts=1,
    calls_in_burst=20,
    loads=1,
    constants=1 << 24,
    turns=1,
    burst_seconds=0.0,
    program_seconds=0.0,
)
