"""The arithmetic and the loops of tiles, inserted where a loop over points was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ArrayAttr, IndexType, IntegerAttr, StringAttr
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.lowering.schedules.schedule import MAPPING


class TileBuilder:
    """Inserts the arithmetic of tiles, at the place of the loop that they replace."""

    def __init__(self, loop: scf.ParallelOp):
        self.replaced = loop
        self.location = loop.location
        self.made: list[Operation] = []
        self._block = Block()

    @contextmanager
    def at(self, block: Block) -> Iterator[None]:
        """Inserts at a block's end for the length of a `with`."""
        saved, self._block = self._block, block
        yield
        self._block = saved

    def replace(self, build: Callable[[], object]) -> None:
        """Puts what a function inserts in the place of the loop."""
        holder = Block()
        with self.at(holder):
            build()
        for op in list(holder.ops):
            op.detach()
            Rewriter.insert_op(op, InsertPoint.before(self.replaced))
        self.replaced.detach()
        self.replaced.erase(safe_erase=False)

    def insert(self, op: Operation) -> Operation:
        """Inserts an op with the loop's location."""
        op.location = self.location
        self._block.add_op(op)
        self.made.append(op)
        return op

    def index(self, value: int) -> SSAValue:
        """Returns a constant."""
        return self.insert(arith.ConstantOp(IntegerAttr(value, IndexType()))).results[0]

    def add(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Returns a sum."""
        return self.insert(arith.AddiOp(a, b)).results[0]

    def multiply(self, number: SSAValue, factor: int) -> SSAValue:
        """Returns a product with a constant."""
        return self.insert(arith.MuliOp(number, self.index(factor))).results[0]

    def remainder(self, number: SSAValue, count: int) -> SSAValue:
        """Returns `number mod count`."""
        return self.insert(arith.RemUIOp(number, self.index(count))).results[0]

    def quotient(self, number: SSAValue, count: int) -> SSAValue:
        """Returns `number div count`."""
        return self.insert(arith.DivUIOp(number, self.index(count))).results[0]

    def place_in_strips(self, tile: SSAValue, counts: Sequence[int], width: int) -> list[SSAValue]:
        """Returns the row and the column of a tile: strips are `width` tiles wide, and tiles are
        counted along a strip's rows.
        """
        if width == 1:
            return [self.remainder(tile, counts[0]), self.quotient(tile, counts[0])]
        in_strip, strip = (
            self.remainder(tile, counts[0] * width),
            self.quotient(tile, counts[0] * width),
        )
        first = self.multiply(strip, width)
        return [self.quotient(in_strip, width), self.add(first, self.remainder(in_strip, width))]

    def start(self, number: SSAValue, size: int, extent: int) -> SSAValue:
        """Returns where a tile begins; the last one early enough to end with the points."""
        start = self.multiply(number, size)
        if extent % size == 0:
            return start
        return self.insert(arith.MinSIOp(start, self.index(extent - size))).results[0]

    def parallel(self, body: Block, extents: Sequence[int], words: Sequence[str]) -> None:
        """Inserts a loop by ones from 0, marked with what runs along each dimension."""
        zero, one = self.index(0), self.index(1)
        ends = [self.index(extent) for extent in extents]
        rank = len(extents)
        loop = scf.ParallelOp([zero] * rank, ends, [one] * rank, Region(body))
        loop.attributes[MAPPING] = ArrayAttr([StringAttr(word) for word in words])
        self.insert(loop)

    def loop(self, body: Block, end: int, step: int = 1) -> None:
        """Inserts a loop from 0 to `end` with a body of its counter."""
        with self.at(body):
            self.insert(scf.YieldOp())
        zero, last, by = (self.index(value) for value in (0, end, step))
        self.insert(scf.ForOp(zero, last, by, [], Region(body)))

    def loops(
        self,
        ends: Sequence[int],
        steps: Sequence[int],
        body: Callable[[Sequence[SSAValue]], None],
        at: Sequence[SSAValue] = (),
    ) -> None:
        """Inserts nested loops from 0, outermost first, with a body of their counters."""
        if not ends:
            body(at)
            return
        block = Block(arg_types=[IndexType()])
        with self.at(block):
            self.loops(ends[1:], steps[1:], body, [*at, block.args[0]])
        self.loop(block, ends[0], steps[0])

    def tile(
        self,
        extents: Sequence[int],
        words: Sequence[str],
        body: Callable[[SSAValue, SSAValue], None],
    ) -> None:
        """Rows and columns of points that run at once."""
        block = Block(arg_types=[IndexType()] * len(extents))
        with self.at(block):
            body(*block.args)
            self.insert(scf.ReduceOp())
        self.parallel(block, extents, words)
