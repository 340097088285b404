"""Bounds that are constants, and by how much indices grow from one point of a loop to the next."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Block, Operation, SSAValue


def extents_of(loop: scf.ParallelOp) -> list[int] | None:
    """The number of points of each dimension; None unless the loop counts by ones from 0 to
    constants."""
    bounds = [
        [constant_of(value) for value in values]
        for values in (loop.lowerBound, loop.step, loop.upperBound)
    ]
    lower, step, upper = bounds
    if any(lower) or any(value != 1 for value in step) or None in lower:
        return None
    return None if None in upper else [value for value in upper if value is not None]


def constant_of(value: SSAValue) -> int | None:
    """An index that is a constant."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


class Strides:
    """By how much indices grow from one lane to the next."""

    def __init__(self, lane: SSAValue):
        self._known: dict[SSAValue, int | None] = {lane: 1}

    def of(self, index: SSAValue) -> int | None:
        """0, or 1; None for anything else."""
        if index not in self._known:
            self._known[index] = self._compute(index.owner)
        return self._known[index]

    def of_access(self, indices: Sequence[SSAValue]) -> int | None:
        """How far apart neighbouring lanes are in memory: 0, 1, or None for anything else."""
        strides = [self.of(index) for index in indices]
        return None if None in strides or any(strides[:-1]) else (strides or [0])[-1]

    def _compute(self, owner: Operation | Block) -> int | None:
        if not isinstance(owner, Operation):
            return 0
        strides = [self.of(operand) for operand in owner.operands]
        if not any(strides):
            return None if None in strides else 0
        return (
            1 if isinstance(owner, arith.AddiOp) and sorted(map(bool, strides)) == [0, 1] else None
        )
