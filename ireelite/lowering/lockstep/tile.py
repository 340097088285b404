"""A tile's points in lockstep: the body of its loop is converted once, for all of them.

A value that depends on no dimension of the tile is one value. One that depends on an unrolled
dimension has a register for each of that dimension's points, and one that depends on the lanes is a
vector as long as the tile is wide. Each op is converted by the target's own rule for it, once a
register, on operands that are vectors where its result is one. A loop inside runs once and carries
all registers.

An index along the lanes is kept as that of the first lane, as accesses are of neighbours. A load
may be of neighbours along an unrolled dimension instead, with as many points as there are lanes: it
is one load for each lane, and the registers are transposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import ArrayAttr, IndexType, IntegerAttr, MemRefType, StringAttr
from xdsl.ir import Block, Operation, SSAValue

from ireelite.lowering.lockstep.dependence import Dependence, Dims, Point
from ireelite.lowering.lockstep.tile_points import TilePoints
from ireelite.lowering.rewriting.scf_to_blocks import BlockConversion
from ireelite.lowering.schedules.schedule import LANES, MAPPING, UNROLL
from ireelite.lowering.schedules.strides import Strides, inner_indices
from ireelite.status import StatusCode, StatusError, invalid_argument


class VectorOps(Protocol):
    """How a target has several numbers in one register."""

    def index(self, value: int, to: BlockConversion) -> SSAValue:
        """Returns a constant index."""
        ...

    def splat(self, value: SSAValue, lanes: int, to: BlockConversion) -> SSAValue:
        """Returns a number in every lane."""
        ...

    def load(self, op: memref.LoadOp, lanes: int, to: BlockConversion) -> SSAValue:
        """Neighbours from the place on that the op names."""
        ...

    def store(self, op: memref.StoreOp, lanes: int, to: BlockConversion) -> None:
        """Stores a register's numbers as neighbours from the place on that the op names."""
        ...

    def transpose(self, rows: Sequence[SSAValue], to: BlockConversion) -> list[SSAValue]:
        """Transposes rows into as many registers as there are lanes: the numbers of each lane in
        one register.
        """
        ...


def tile_words(op: scf.ParallelOp) -> list[str]:
    """Returns what runs along each dimension, by the loop's mark; an empty list for a loop without
    one.
    """
    mark = op.attributes.get(MAPPING)
    if not isinstance(mark, ArrayAttr):
        return []
    return [word.data for word in mark if isinstance(word, StringAttr)]


def lower_tile(op: scf.ParallelOp, to: BlockConversion, vectors: VectorOps) -> None:
    """Runs all points of a loop at once whose dimensions are marked `unroll`, the last one `lanes`.

    Raises INVALID_ARGUMENT for other marks and for bounds that are not constants, UNIMPLEMENTED for
    an access that is not of neighbours.
    """
    Lockstep(op, to, vectors).convert_block(op.body.block)


class Lockstep(TilePoints):
    """One tile under conversion."""

    def __init__(self, op: scf.ParallelOp, to: BlockConversion, vectors: VectorOps):
        words = tile_words(op)
        if words != [UNROLL] * (len(words) - 1) + [LANES] or len(words) != len(op.upperBound):
            raise invalid_argument(
                f"a tile's dimensions are marked '{UNROLL}', its last one '{LANES}', not {words}"
            )
        self.lane = len(words) - 1
        self.extents = [constant(bound) for bound in op.upperBound]
        dependence = Dependence(op.body.block, self.extents, frozenset({self.lane}))
        super().__init__(lower_tile, to, dependence)
        self.to = to
        self.vectors = vectors
        self.dims_of, self.points = self.dependence.of, self.dependence.points
        self._splats: dict[tuple[SSAValue, Block], SSAValue] = {}
        for dim, argument in enumerate(op.body.block.args):
            numbers = [0] if dim == self.lane else range(self.extents[dim])
            self.registers[argument] = {
                point: vectors.index(number, to)
                for point, number in zip(
                    self.points(self.dims_of([argument])), numbers, strict=True
                )
            }
        self.strides = [Strides(argument) for argument in op.body.block.args]

    # -- registers ---------------------------------------------------------------------------------

    def register(self, value: SSAValue, dims: Dims, point: Point) -> SSAValue:
        """Returns the register of a value at a point of more dimensions than it may depend on."""
        if (own := self.registers.get(value)) is None:
            return self.to.value(value)
        return own[self.dependence.point_of(value, dims, point)]

    def vector(self, value: SSAValue, dims: Dims, point: Point) -> SSAValue:
        """Returns a register with a number for each lane, if `dims` has the lanes; an index is that
        of the first lane.
        """
        register = self.register(value, dims, point)
        scalar = self.lane not in self.dims_of([value])
        if self.lane not in dims or not scalar or isinstance(value.type, IndexType):
            return register
        key = register, self.to.block
        if key not in self._splats:
            self._splats[key] = self.vectors.splat(register, self.extents[self.lane], self.to)
        return self._splats[key]

    @contextmanager
    def operands_at(self, op: Operation, dims: Dims, point: Point, lane: int = 0) -> Iterator[None]:
        """Has the conversion find the registers of a point for an op's operands; indices are those
        of a lane."""
        outside = {value: self.to.values.get(value) for value in op.operands}
        for value in dict.fromkeys(op.operands):
            if not isinstance(value.type, MemRefType):
                register = self.vector(value, dims, point)
                if lane and isinstance(value.type, IndexType):
                    register = self.moved(register, lane * (self.strides[self.lane].of(value) or 0))
                self.to.values[value] = register
        yield
        for value, saved in outside.items():
            if saved is not None:
                self.to.values[value] = saved

    def moved(self, index: SSAValue, distance: int) -> SSAValue:
        """Returns an index that is larger by a constant."""
        if not distance:
            return index
        return self.to.ops.add(self.to, index, self.vectors.index(distance, self.to))

    # -- ops ---------------------------------------------------------------------------------------

    def convert(self, op: Operation) -> None:
        """Converts an op once for each register of its result, or place that it stores to."""
        dims = self.dims_of(op.operands)
        if isinstance(op, memref.LoadOp) and (row := self.column(op)) is not None:
            with self.to.rewriting(lower_tile, op):
                self.load_columns(op, row, dims)
            return
        if isinstance(op, memref.LoadOp | memref.StoreOp) and self.lane in dims:
            self.check_neighbours(op)
        registers: list[dict[Point, SSAValue]] = [{} for _ in op.results]
        for point in self.points(dims):
            with self.operands_at(op, dims, point):
                results = self.convert_at(op, dims)
            for own, result in zip(registers, results, strict=True):
                own[point] = result
        self.registers.update(zip(op.results, registers, strict=True))

    def convert_at(self, op: Operation, dims: Dims) -> list[SSAValue]:
        """Converts an op on the operands that the conversion has for it now."""
        to, lanes = self.to, self.extents[self.lane]
        if self.lane in dims and isinstance(op, memref.LoadOp):
            with to.rewriting(lower_tile, op):
                return [self.vectors.load(op, lanes, to)]
        if self.lane in dims and isinstance(op, memref.StoreOp):
            with to.rewriting(lower_tile, op):
                self.vectors.store(op, lanes, to)
            return []
        to.convert(op)
        return [to.value(result) for result in op.results]

    def column(self, op: memref.LoadOp) -> int | None:
        """Returns the unrolled dimension along which a load reads neighbours where its lanes are at
        constant distances from each other; None for another load.
        """
        lanes = [self.strides[self.lane].of(index) for index in op.indices]
        if None in lanes or not any(lanes[:-1]) or lanes[-1]:
            return None
        for dim in range(self.lane):
            square = self.extents[dim] == self.extents[self.lane]
            if square and self.strides[dim].of_access(op.indices) == 1:
                return dim
        return None

    def load_columns(self, op: memref.LoadOp, row: int, dims: Dims) -> None:
        """Loads along the rows' dimension for each lane, and transposes what is loaded."""
        own: dict[Point, SSAValue] = {}
        unrolled = sorted(dims - {self.lane})
        place = unrolled.index(row)
        lanes = self.extents[self.lane]
        for point in self.points(dims - {row}):
            loaded: list[SSAValue] = []
            first = (*point[:place], 0, *point[place:])
            for lane in range(lanes):
                with self.operands_at(op, dims, first, lane):
                    loaded.append(self.vectors.load(op, lanes, self.to))
            for number, register in enumerate(self.vectors.transpose(loaded, self.to)):
                own[(*point[:place], number, *point[place:])] = register
        self.registers[op.res] = own

    def check_neighbours(self, op: memref.LoadOp | memref.StoreOp) -> None:
        """Raises UNIMPLEMENTED for an access whose lanes are not neighbours."""
        along = [self.lane in self.dims_of([index]) for index in inner_indices(op)]
        if any(along[:-1]) or (isinstance(op, memref.StoreOp) and not along[-1]):
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"a tile's '{op.name}' accesses neighbours along its last dimension only",
            )

    def convert_loop(self, loop: scf.ForOp) -> None:
        """Converts a loop to one that carries all registers."""
        to, body = self.to, loop.body.block
        carried = self.carried(loop)
        inits = [self.vector(loop.iter_args[n], dims, point) for n, dims, point in carried]
        lower, upper, step = (to.value(bound) for bound in (loop.lb, loop.ub, loop.step))
        header = Block(arg_types=[lower.type, *(init.type for init in inits)])
        inside, after = Block(), Block()
        to.ops.branch(to, header, [lower, *inits])
        to.enter(header)
        to.map(body.args[0], header.args[0])
        for old in (*body.args[1:], *loop.res):
            self.registers[old] = {}
        for (position, _, point), new in zip(carried, header.args[1:], strict=True):
            self.registers[body.args[1 + position]][point] = new
            self.registers[loop.res[position]][point] = new
        to.branch(to.ops.is_less(to, header.args[0], upper), inside, after)
        to.enter(inside)
        self.convert_block(body)
        last = body.last_op
        assert last is not None
        yielded = [self.vector(last.operands[n], dims, point) for n, dims, point in carried]
        following = to.ops.add(to, header.args[0], step)
        to.ops.branch(to, header, [following, *yielded])
        to.enter(after)


def constant(value: SSAValue) -> int:
    """Returns a constant bound of a tile. Raises INVALID_ARGUMENT for another."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    raise invalid_argument("the bounds of a tile must be constants")
