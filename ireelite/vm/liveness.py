"""Which number registers are still read after each instruction.

Sets of registers are ints with a bit for each.
"""

from __future__ import annotations

from ireelite.bytecode.isa import REF_BIT
from ireelite.bytecode.module_def import Instruction
from ireelite.bytecode.registers import Accesses
from ireelite.vm.dataflow import Edge, Flow


class Liveness:
    """The registers that are live in a function that `dataflow` has gone through."""

    def __init__(self, flow: Flow):
        self.flow = flow
        self.live_in: dict[int, int] = dict.fromkeys(flow.order, 0)
        self._masks = {
            block: [
                _masks(row, touched)
                for row, touched in zip(flow.blocks[block].instructions, flow.touched[block])
            ]
            for block in flow.order
        }
        changed = True
        while changed:
            changed = False
            for block in reversed(flow.order):
                live = self._live_out(block)
                for reads, writes in reversed(self._masks[block]):
                    live = live & ~writes | reads
                if live != self.live_in[block]:
                    self.live_in[block] = live
                    changed = True

    def after(self, block: int) -> list[int]:
        """Returns, for each instruction of a block, the registers that are read later."""
        live = self._live_out(block)
        masks = self._masks[block]
        lives = [0] * len(masks)
        for position in range(len(masks) - 1, -1, -1):
            lives[position] = live
            reads, writes = masks[position]
            live = live & ~writes | reads
        return lives

    def reads(self, block: int, position: int) -> int:
        """Returns the registers that an instruction reads."""
        return self._masks[block][position][0]

    def writes(self, block: int, position: int) -> int:
        """Returns the registers that an instruction writes."""
        return self._masks[block][position][1]

    def needed_moves(self, edge: Edge) -> set[int]:
        """Positions of the number moves of an edge whose targets are read."""
        needed: set[int] = set()
        live = self.live_in.get(edge.target, 0)
        for position in range(len(edge.moves) - 1, -1, -1):
            source, target = edge.moves[position]
            if not source & REF_BIT and live >> target & 1:
                needed.add(position)
                live = live & ~(1 << target) | 1 << source
        return needed

    def along(self, edge: Edge) -> int:
        """Returns the registers that are read after the block that an edge leaves, if it is taken."""
        live = self.live_in.get(edge.target, 0)
        for source, target in reversed(edge.moves):
            if not source & REF_BIT and live >> target & 1:
                live = live & ~(1 << target) | 1 << source
        return live

    def _live_out(self, block: int) -> int:
        live = 0
        for edge in self.flow.edges[block]:
            live |= self.along(edge)
        return live


def _masks(row: Instruction, touched: Accesses) -> tuple[int, int]:
    """Registers that an instruction reads and writes; moves on its edges are not its own."""
    fields = row.op.fields
    if "M" in fields:
        return (1 << row.operands[0] if fields[0] == "i" else 0), 0
    reads = writes = 0
    for kind, raw in touched.reads:
        if kind != "r":
            reads |= 1 << raw
    for kind, raw in touched.writes:
        if kind != "r":
            writes |= (3 if kind in "qd" else 1) << raw
    return reads, writes
