"""The formulas of all ops on complex numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.ir import Operation

from ireelite.lowering.scalars import (
    complex_arcs,
    complex_numbers,
    complex_power,
    complex_tangents,
)
from ireelite.lowering.scalars.complex_numbers import Pair
from ireelite.lowering.scalars.scalar import Scalar

FORMULAS: Mapping[type[Operation], Callable[..., Pair | Scalar]] = {
    **complex_numbers.FORMULAS,
    **complex_arcs.FORMULAS,
    **complex_power.FORMULAS,
    **complex_tangents.FORMULAS,
}
"""Op on complex numbers -> its result, of the operands as pairs."""
