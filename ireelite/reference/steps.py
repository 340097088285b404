"""Loops that Python runs turn by turn, and how many turns an op may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from ireelite.status import StatusCode, StatusError

MAX_STEPS = 1 << 22
"""Steps that one op takes at most: some microseconds each."""

CALL = 16
"""Steps that a region takes on one element."""


def check_steps(turns: int, cost: int = 1) -> None:
    """Raises RESOURCE_EXHAUSTED for a loop of too many turns of so many steps each."""
    if turns * cost > MAX_STEPS:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"takes {turns} turns of a loop of the reference, which are {MAX_STEPS // cost} at most; "
            "interpret it for smaller shapes",
        )


def places(shape: Sequence[int], cost: int = 1) -> Iterator[tuple[int, ...]]:
    """Yields every index of a shape in order, each of which takes so many steps. Raises
    RESOURCE_EXHAUSTED.
    """
    check_steps(prod(shape), cost)
    return np.ndindex(*shape)
