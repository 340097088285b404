"""How much work a dispatch does, as three numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ireelite.lowering.tensors.indices import Extent


def workload_of(shape: Sequence[int]) -> list[int]:
    """Returns (x, y, z) of an index space: its last dimension, the one before, and all others
    together.
    """
    x = shape[-1] if shape else 1
    y = shape[-2] if len(shape) > 1 else 1
    return [x, y, prod(shape[:-2])]


def workload_of_sizes(shape: Sequence[Extent]) -> list[Extent]:
    """Returns (x, y, z) of an index space of three dimensions at most, whose sizes may be open."""
    return [*reversed(shape), *[1] * (3 - len(shape))]
