"""What each value of a tile depends on, and how many registers it therefore has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue

Dims = frozenset[int]
"""Dimensions of a tile."""
Point = tuple[int, ...]
"""A register of a value: its number along each dimension of registers that the value depends on."""
UNIFORM: Dims = frozenset()


class Dependence:
    """The dimensions that each value of a tile's body depends on.

    `lanes` are the dimensions whose points share one register.
    """

    def __init__(self, body: Block, extents: Sequence[int], lanes: Dims):
        self.extents = extents
        self.lanes = lanes
        self.dims: dict[SSAValue, Dims] = {
            argument: frozenset({dim}) for dim, argument in enumerate(body.args)
        }
        self._analyse(body)

    def of(self, values: Sequence[SSAValue]) -> Dims:
        """Returns the dimensions that any of these depends on; values from outside depend on none."""
        return UNIFORM.union(*(self.dims.get(value, UNIFORM) for value in values))

    def points(self, dims: Dims) -> Iterator[Point]:
        """Returns the registers of a value that depends on these dimensions."""
        return product(*(range(self.extents[dim]) for dim in sorted(dims - self.lanes)))

    def point_of(self, value: SSAValue, dims: Dims, point: Point) -> Point:
        """Returns the register of a value at a point of more dimensions than it may depend on."""
        needed = self.of([value])
        return tuple(
            number
            for dim, number in zip(sorted(dims - self.lanes), point, strict=True)
            if dim in needed
        )

    def _analyse(self, block: Block) -> None:
        for op in block.ops:
            if isinstance(op, scf.ForOp):
                self._analyse_loop(op)
            else:
                self.dims.update(dict.fromkeys(op.results, self.of(inputs_of(op))))

    def _analyse_loop(self, op: scf.ForOp) -> None:
        """Finds what loops carry by going round until nothing changes."""
        body = op.body.block
        carried = body.args[1:]
        found = [self.of([init]) for init in op.iter_args]
        while True:
            self.dims.update(zip(carried, found, strict=True))
            self._analyse(body)
            last = body.last_op
            assert last is not None
            grown = [
                dims | self.of([value]) for dims, value in zip(found, last.operands, strict=True)
            ]
            if grown == found:
                break
            found = grown
        self.dims.update(zip(op.res, found, strict=True))


def inputs_of(op: Operation) -> list[SSAValue]:
    """Returns what an op reads, itself or in its regions, from outside of it."""
    if not op.regions:
        return list(op.operands)
    inside = {value for inner in op.walk() for value in inner.results}
    inside |= {
        argument
        for inner in op.walk()
        for r in inner.regions
        for b in r.blocks
        for argument in b.args
    }
    read = dict.fromkeys(operand for inner in op.walk() for operand in inner.operands)
    return [value for value in read if value not in inside]
