"""Bounds that are constants, and by how much indices grow from one point of a loop to the next."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import IntegerAttr, MemRefType
from xdsl.ir import Block, Operation, SSAValue


def extents_of(loop: scf.ParallelOp) -> list[int] | None:
    """Returns the number of points of each dimension; None unless the loop counts by ones from 0 to
    constants.
    """
    bounds = [
        [constant_of(value) for value in values]
        for values in (loop.lowerBound, loop.step, loop.upperBound)
    ]
    lower, step, upper = bounds
    if any(lower) or any(value != 1 for value in step) or None in lower:
        return None
    return None if None in upper else [value for value in upper if value is not None]


def constant_of(value: SSAValue) -> int | None:
    """Returns an index that is a constant."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


def divisors_of(dimension: SSAValue) -> dict[Operation, int]:
    """Returns the ops that divide a loop's dimension by a constant, and the constants."""
    users = [use.operation for use in dimension.uses]
    found = {
        op: constant_of(op.rhs)
        for op in users
        if isinstance(op, arith.DivUIOp | arith.RemUIOp) and op.lhs is dimension
    }
    return {op: divisor for op, divisor in found.items() if divisor}


def inner_indices(op: memref.LoadOp | memref.StoreOp) -> list[SSAValue]:
    """Returns the indices of an access without those of trailing dimensions of size one. Neighbours
    along the last remaining dimension are neighbours in memory.
    """
    type, indices = op.memref.type, list(op.indices)
    assert isinstance(type, MemRefType)
    while len(indices) > 1 and type.get_shape()[len(indices) - 1] == 1:
        indices.pop()
    return indices


class Strides:
    """By how much indices grow from one point of a loop's dimension to the next; with
    `between_multiples`, among points between two multiples of each number that divides it.
    """

    def __init__(self, dimension: SSAValue, between_multiples: bool = False):
        self._known: dict[SSAValue, int | None] = {dimension: 1}
        for op in divisors_of(dimension) if between_multiples else ():
            self._known[op.results[0]] = 0 if isinstance(op, arith.DivUIOp) else 1

    def of(self, index: SSAValue) -> int | None:
        """Returns the value of a constant; None for other values."""
        if index not in self._known:
            self._known[index] = self._compute(index.owner)
        return self._known[index]

    def of_access(self, indices: Sequence[SSAValue]) -> int | None:
        """Returns how far apart neighbouring points are in memory: 0, 1, or None for anything else."""
        strides = [self.of(index) for index in indices]
        if any(stride != 0 for stride in strides[:-1]):
            return None
        last = strides[-1] if strides else 0
        return last if last in (0, 1) else None

    def _compute(self, owner: Operation | Block) -> int | None:
        if not isinstance(owner, Operation):
            return 0
        strides = [self.of(operand) for operand in owner.operands]
        if not any(strides):
            return None if None in strides else 0
        left, right = (*strides, None)[:2]
        if left is None or right is None:
            return None
        match owner:
            case arith.AddiOp():
                return left + right
            case arith.SubiOp():
                return left - right
            case arith.MuliOp():
                return product_stride(left, owner.rhs) or product_stride(right, owner.lhs)
        return None


def product_stride(stride: int, factor: SSAValue) -> int | None:
    """Returns the stride of a product with a constant; None if the factor is not a constant, or
    nothing grows.
    """
    number = constant_of(factor)
    return None if number is None or not stride else stride * number
