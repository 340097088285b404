"""Places in memory as sums of products: what an index is, in terms of the loops around it.

A place is a polynomial: each term is a number times a product of values. Values are counters of
loops, sizes that are computed before the loops, and whatever else an index is computed from.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.lowering.schedules.strides import constant_of

Terms = dict[tuple[SSAValue, ...], int]
"""Values that are multiplied, in a fixed order -> the number of such products."""
MAX_TERMS = 64
"""Terms of a polynomial; one with more is a value of its own."""


class Places:
    """Places within one loop, as polynomials of its counters and of what is computed outside."""

    def __init__(self, holder: Operation, counters: Collection[SSAValue]):
        self.holder = holder
        self.counters = set(counters)
        self._terms: dict[SSAValue, Terms] = {}
        self._numbers: dict[SSAValue, int] = {}
        self._needed: dict[SSAValue, frozenset[SSAValue]] = {}

    def of(self, value: SSAValue) -> Terms:
        """Returns an index as a polynomial."""
        if value not in self._terms:
            self._terms[value] = self._compute(value)
        return self._terms[value]

    def flat(self, buffer: SSAValue, indices: Sequence[SSAValue]) -> Terms:
        """Returns the number of an element in a buffer, row-major."""
        assert isinstance(buffer.type, MemRefType)
        found: Terms = {}
        for index, size in zip(indices, buffer.type.get_shape(), strict=True):
            found = self._sum(self._product(found, {(): size}), self.of(index))
        return found

    def factor(self, terms: Terms, counter: SSAValue) -> Terms | None:
        """Returns by how much a place grows when a counter does; None if that is not the same
        everywhere, or may be negative.
        """
        grown: Terms = {}
        for values, number in terms.items():
            rest = list(values)
            if counter in rest:
                rest.remove(counter)
                if number < 0 or any(self.needs(value) for value in rest):
                    return None
                grown[tuple(rest)] = number
            elif any(value not in self.counters and counter in self.needs(value) for value in rest):
                return None
        return grown

    def needs(self, value: SSAValue) -> frozenset[SSAValue]:
        """Returns the counters that a value is computed from."""
        if value not in self._needed:
            self._needed[value] = frozenset()
            self._needed[value] = self._find_needs(value)
        return self._needed[value]

    def is_outside(self, value: SSAValue) -> bool:
        """Returns whether a value is computed before the loop."""
        owner = value.owner
        holder = owner.parent_op() if isinstance(owner, Block) else owner
        while holder is not None and holder is not self.holder:
            holder = holder.parent_op()
        return holder is None

    def _find_needs(self, value: SSAValue) -> frozenset[SSAValue]:
        if value in self.counters:
            return frozenset([value])
        if isinstance(value.owner, Block) or self.is_outside(value):
            return frozenset()
        used = (operand for op in value.owner.walk() for operand in op.operands)
        return frozenset().union(*map(self.needs, used))

    def _compute(self, value: SSAValue) -> Terms:
        if (number := constant_of(value)) is not None:
            return {(): number} if number else {}
        owner = value.owner
        made: Terms | None = None
        if isinstance(owner, Operation) and not self.is_outside(value):
            match owner:
                case arith.AddiOp():
                    made = self._sum(self.of(owner.lhs), self.of(owner.rhs))
                case arith.SubiOp():
                    negative = self._product(self.of(owner.rhs), {(): -1})
                    made = self._sum(self.of(owner.lhs), negative)
                case arith.MuliOp():
                    made = self._product(self.of(owner.lhs), self.of(owner.rhs))
        if made is not None and len(made) <= MAX_TERMS:
            return made
        self._numbers.setdefault(value, len(self._numbers))
        return {(value,): 1}

    def _sum(self, left: Terms, right: Terms) -> Terms:
        found = dict(left)
        for values, number in right.items():
            found[values] = found.get(values, 0) + number
        return {values: number for values, number in found.items() if number}

    def _product(self, left: Terms, right: Terms) -> Terms:
        found: Terms = {}
        for first, number in left.items():
            for second, other in right.items():
                values = tuple(sorted((*first, *second), key=self._numbers.__getitem__))
                found[values] = found.get(values, 0) + number * other
        return {values: number for values, number in found.items() if number}
