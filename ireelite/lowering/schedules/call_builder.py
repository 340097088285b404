"""Index arithmetic around calls: constants are folded, and loops run up to sizes that may be open."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import DYNAMIC_INDEX, IndexType
from xdsl.ir import Attribute, Block, SSAValue

from ireelite.lowering.schedules.strides import constant_of
from ireelite.lowering.schedules.tile_builder import TileBuilder


class CallBuilder(TileBuilder):
    """Inserts index arithmetic that folds constants, and loops up to sizes that may be open."""

    def __init__(self, loop: scf.ParallelOp, outside: Block):
        super().__init__(loop)
        self.outside = outside
        before = () if loop.parent is None else loop.parent.ops
        found = (
            (constant_of(op.results[0]), op) for op in before if isinstance(op, arith.ConstantOp)
        )
        self._constants: dict[int, SSAValue] = {
            number: op.result
            for number, op in found
            if number is not None and isinstance(op.result.type, IndexType)
        }

    def index(self, value: int) -> SSAValue:
        """Returns a constant, outside of all loops."""
        if value not in self._constants:
            with self.at(self.outside):
                self._constants[value] = super().index(value)
        return self._constants[value]

    def plus(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Returns a sum, folded."""
        known, other = constant_of(a), constant_of(b)
        if known is not None and other is not None:
            return self.index(known + other)
        if 0 in (known, other):
            return b if known == 0 else a
        return self.add(a, b)

    def times(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Returns a product, folded."""
        known, other = constant_of(a), constant_of(b)
        if known is not None and other is not None:
            return self.index(known * other)
        if 0 in (known, other):
            return self.index(0)
        if 1 in (known, other):
            return b if known == 1 else a
        return self.insert(arith.MuliOp(a, b)).results[0]

    def sum_of(self, values: list[SSAValue]) -> SSAValue:
        """Returns a sum of any number of values."""
        return reduce(self.plus, values, self.index(0))

    def product_of(self, values: list[SSAValue]) -> SSAValue:
        """Returns a product of any number of values."""
        return reduce(self.times, values, self.index(1))

    def repeat(
        self, end: SSAValue, body: Callable[[SSAValue], None], step: int = 1, name: str = ""
    ) -> None:
        """Inserts a loop from 0 whose body is given its counter."""
        block = Block(arg_types=[IndexType()])
        block.args[0].name_hint = name or None
        with self.at(block):
            body(block.args[0])
            self.insert(scf.YieldOp())
        self.insert(scf.ForOp(self.index(0), end, self.index(step), [], block))

    def scratch(self, element: Attribute, size: SSAValue, name: str) -> SSAValue:
        """Returns a row of so many elements."""
        count = constant_of(size)
        shape, sizes = ([DYNAMIC_INDEX], [size]) if count is None else ([count], [])
        made = self.insert(memref.AllocaOp.get(element, shape=shape, dynamic_sizes=sizes))
        made.results[0].name_hint = name
        return made.results[0]
