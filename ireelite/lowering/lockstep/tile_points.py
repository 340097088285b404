"""The registers of a tile under conversion, and the walk over its body.

What a register holds is the target's: one number of one point (`targets/spirv/tile.py`), or the
numbers of all lanes (`tile.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue

from ireelite.lowering.lockstep.dependence import Dependence, Dims, Point
from ireelite.lowering.rewriting.conversion import Conversion


class TilePoints(ABC):
    """The registers of each value in a tile's body, by the points that it depends on.

    `rule` is the conversion's rule for the tile's loop: ops of inner loops are recorded under it.
    """

    def __init__(self, rule: Callable[..., object], to: Conversion, dependence: Dependence):
        self._rule = rule
        self._conversion = to
        self.dependence = dependence
        self.registers: dict[SSAValue, dict[Point, SSAValue]] = {}

    @abstractmethod
    def convert(self, op: Operation) -> None:
        """Converts an op for all points that it depends on."""

    @abstractmethod
    def convert_loop(self, loop: scf.ForOp) -> None:
        """Converts a loop to one that carries the registers of all points."""

    def convert_block(self, block: Block) -> None:
        """Converts all ops of a block but its terminator."""
        for op in block.ops:
            if isinstance(op, scf.ForOp):
                with self._conversion.rewriting(self._rule, op):
                    self.convert_loop(op)
            elif op is not block.last_op:
                self.convert(op)

    def carried(self, loop: scf.ForOp) -> list[tuple[int, Dims, Point]]:
        """Returns the registers that a loop carries: the number of the value, its dimensions, the
        point.
        """
        return [
            (position, dims, point)
            for position, argument in enumerate(loop.body.block.args[1:])
            for dims in [self.dependence.of([argument])]
            for point in self.dependence.points(dims)
        ]
