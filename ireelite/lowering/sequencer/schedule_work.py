"""When the work of a sequence runs, and how long its buffers live.

Time is counted in levels: the groups of work between which a barrier stands. A loop, a choice, and
a read of a scalar end a run of work; what is inside of a loop or a choice has levels of its own,
between those of the work before and behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue

from ireelite.dialects.sequencer import iree_hl_seq
from ireelite.light_named_tuple import NamedTuple
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.lowering.sequencer.accesses import EntryPoints

LOOPS = (scf.ForOp, scf.WhileOp)
DISPATCHES = (iree_hl_seq.DispatchOp, iree_hl_seq.DynamicDispatchOp)
WORK_OPS = (iree_hl_seq.CopyOp, *DISPATCHES, iree_hl_seq.FillOp)
"""What runs on a queue."""
RUN_ENDS = (*CONTROL_OPS, memref.LoadOp)
"""What takes the work before it to be done."""


class Use(NamedTuple):
    """A use of a buffer, and its first and last level."""

    op: Operation
    first: int
    last: int


class Schedule:
    """The levels of the work of one function, and of what decides between it."""

    def __init__(self, block: Block, entry_points: EntryPoints):
        self.entry_points = entry_points
        self.levels: dict[Operation, int] = {}
        """Work -> its level."""
        self.spans: dict[Operation, tuple[int, int]] = {}
        """A loop, a choice or a read -> its first and last level."""
        self._schedule(block, 0)

    def _schedule(self, block: Block, start: int) -> int:
        """Gives levels from `start` on to the ops of a block. Returns the next level."""
        level, run = start, list[Operation]()
        for op in block.ops:
            kind = type(op)
            if kind in WORK_OPS:
                run.append(op)
            elif kind in RUN_ENDS:
                first = level = self._levels_of_run(run, level)
                run = []
                for region in op.regions:
                    for inner in region.blocks:
                        level = self._schedule(inner, level)
                level = max(level, first + 1)
                self.spans[op] = first, level - 1
        return self._levels_of_run(run, level)

    def _levels_of_run(self, run: Sequence[Operation], start: int) -> int:
        """Returns the group in which each piece of work can run: after everything it reads, writes
        or overwrites. Returns the level behind them.
        """
        last_write: dict[SSAValue, int] = {}
        last_use: dict[SSAValue, int] = {}
        for op in run:
            reads, writes = self._reads_and_writes(op)
            after = [last_write.get(v, start - 1) for v in reads]
            after += [last_use.get(v, start - 1) for v in writes]
            level = self.levels[op] = max(after, default=start - 1) + 1
            for value in writes:
                last_write[value] = level
            for value in (*reads, *writes):
                last_use[value] = max(level, last_use.get(value, start - 1))
        return max((self.levels[op] for op in run), default=start - 1) + 1

    def _reads_and_writes(self, op: Operation) -> tuple[list[SSAValue], list[SSAValue]]:
        """Returns the buffers that a dispatch or copy reads, and those that it writes: all of them
        both if its entry point does not tell.
        """
        accesses = self.entry_points.accesses(op)
        if accesses is None:
            assert isinstance(op, DISPATCHES)
            return list(op.bindings), list(op.bindings)
        return [a.buffer for a in accesses if a.reads], [a.buffer for a in accesses if a.writes]

    # -- buffers -----------------------------------------------------------------------------------

    def uses(self, value: SSAValue) -> Iterator[Use]:
        """Yields when a buffer is used, and by what: a choice that yields it uses it from its first
        level to its last, and so does a loop around the use that does not allocate the buffer in
        each turn.
        """
        home = value.owner if isinstance(value.owner, Block) else value.owner.parent
        for use in value.uses:
            op: Operation | None = use.operation
            if op in self.levels:
                yield Use(op, self.levels[op], self.levels[op])
            elif op in self.spans:
                yield Use(op, *self.spans[op])
            elif isinstance(op, scf.YieldOp) and (around := op.parent_op()) is not None:
                yield Use(around, *self.spans[around])
            while op is not None and op.parent is not home:
                op = op.parent_op()
                if isinstance(op, LOOPS):
                    yield Use(op, *self.spans[op])


def roots_of(value: SSAValue, stop: Sequence[SSAValue] = ()) -> set[SSAValue]:
    """Returns the allocations, or the values of `stop`, that a buffer may be: those that flow into
    the loop or the choice which returns it, and have its type.
    """
    found: set[SSAValue] = set()
    seen: set[SSAValue] = set()
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if value in seen:
            continue
        seen.add(value)
        sources = [] if value in stop else list(sources_of(value))
        waiting += sources
        if not sources:
            found.add(value)
    return found


def sources_of(value: SSAValue) -> Iterator[SSAValue]:
    """Yields what a loop or a choice may return as a buffer, or take as an argument; nothing for
    any other buffer.
    """
    if isinstance(value, BlockArgument):
        loop = value.block.parent_op()
        if isinstance(loop, LOOPS):
            yield from (v for v in loop.operands if v.type == value.type)
        return
    if not isinstance(value, OpResult) or not isinstance(value.type, MemRefType):
        return
    op = value.op
    if isinstance(op, LOOPS):
        yield from (v for v in op.operands if v.type == value.type)
    elif isinstance(op, CONTROL_OPS):
        for region in op.regions:
            end = region.block.last_op
            assert end is not None
            yield end.operands[value.index]
