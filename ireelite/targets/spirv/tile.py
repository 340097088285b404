"""A tile's points in one invocation of a shader.

Each op is converted once for each point that its result depends on, all points of one op before the
next op, and a loop inside runs once and carries the values of all points. The numbers of neighbours
are apart in registers, and together in memory (`neighbours.py`): a device's registers hold one
number of each of its invocations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from xdsl.dialects import scf
from xdsl.ir import Operation, SSAValue

from ireelite.lowering.lockstep.dependence import UNIFORM, Dependence, Dims, Point, inputs_of
from ireelite.lowering.lockstep.tile import constant
from ireelite.lowering.lockstep.tile_points import TilePoints
from ireelite.targets.spirv.control import build_for
from ireelite.targets.spirv.conversion import KernelConversion


def lower_tile(op: scf.ParallelOp, to: KernelConversion) -> None:
    """Converts the body of a tile's loop for all of its points."""
    Tile(op, to).convert_block(op.body.block)


class Tile(TilePoints):
    """One tile under conversion."""

    def __init__(self, op: scf.ParallelOp, to: KernelConversion):
        extents = [constant(bound) for bound in op.upperBound]
        super().__init__(lower_tile, to, Dependence(op.body.block, extents, UNIFORM))
        self.to = to
        self.indices = op.body.block.args
        for index, extent in zip(self.indices, extents, strict=True):
            self.registers[index] = {(number,): to.constant(number) for number in range(extent)}

    @contextmanager
    def at(self, values: Sequence[SSAValue], dims: Dims, point: Point) -> Iterator[None]:
        """Has the conversion find the values of a point."""
        to = self.to
        for value in values:
            if (registers := self.registers.get(value)) is not None:
                to.values[value] = registers[self.dependence.point_of(value, dims, point)]
        numbers = {self.indices[d]: n for d, n in zip(sorted(dims), point, strict=True)}
        to.numbers |= numbers
        yield
        for index in numbers:
            del to.numbers[index]

    def wide(self, value: SSAValue, dims: Dims, point: Point) -> SSAValue:
        """Returns the value of a point, with all the bits of its type."""
        with self.at([value], dims, point):
            return self.to.wide(value)

    def convert(self, op: Operation) -> None:
        """Converts an op once for each point that it depends on."""
        inputs = inputs_of(op)
        dims = self.dependence.of(inputs)
        found: list[dict[Point, SSAValue]] = [{} for _ in op.results]
        for point in self.dependence.points(dims):
            with self.at(inputs, dims, point):
                self.to.convert(op)
            for own, result in zip(found, op.results, strict=True):
                own[point] = self.to.value(result)
        self.registers.update(zip(op.results, found, strict=True))

    def convert_loop(self, loop: scf.ForOp) -> None:
        """Converts a loop to one that carries the values of all points."""
        body = loop.body.block
        carried = self.carried(loop)

        def set_registers(olds: Sequence[SSAValue], news: Sequence[SSAValue]) -> None:
            self.registers.update((old, {}) for old in olds)
            for (position, _, point), new in zip(carried, news, strict=True):
                self.registers[olds[position]][point] = new

        def turn(index: SSAValue, values: Sequence[SSAValue]) -> Sequence[SSAValue]:
            self.to.map(body.args[0], index)
            set_registers(body.args[1:], values)
            self.convert_block(body)
            last = body.last_op
            assert last is not None
            return [self.wide(last.operands[n], dims, point) for n, dims, point in carried]

        inits = [self.wide(loop.iter_args[n], dims, point) for n, dims, point in carried]
        set_registers(loop.res, build_for(loop, inits, turn, self.to))
