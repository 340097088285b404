"""The buffers that a block of a sequence owns: which hold values that are alive, and which are free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func, scf
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects.sequencer import iree_hl_seq, iree_interp
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.syntax.printer import splat_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Take = Callable[[Attribute, Operation], SSAValue]
"""A buffer of a type that may be overwritten from an op on."""
Enter = Callable[[Operation, "Scope"], None]
"""Reuses the buffers of a loop or a choice of a scope."""


class Scope:
    """One block of a sequence: the buffers that it owns, and which of them are free."""

    def __init__(
        self,
        block: Block,
        owned: Sequence[SSAValue],
        request: Take,
        enter: Enter,
        tracker: Tracker | None,
    ):
        """Takes buffers from outside as `owned`; `request` returns one more from there. `enter`
        reuses the buffers of a loop or a choice in the block.
        """
        self.block, self.request, self.enter, self.tracker = block, request, enter, tracker
        self.top = isinstance(block.parent_op(), func.FuncOp)
        self.index = {op: number for number, op in enumerate(block.ops)}
        self.owned = dict.fromkeys(owned)
        """Buffers whose values are alive."""
        self.free: list[SSAValue] = []
        """Buffers whose values are dead, the last one to die last."""
        self.leaving: set[SSAValue] = set() if self.top else self._find_leaving()
        """What the block allocates for values that outlive it, or that loops in it carry."""
        self.local: set[SSAValue] = set()
        """All else that it allocates."""

    def run(self) -> None:
        """Reuses the buffers of the block and of those within it."""
        for value in list(self.owned):
            if not self._uses_here(value):
                self._release(value)
        for op in list(self.block.ops):
            if isinstance(op, iree_hl_seq.AllocHeapOp):
                self._allocated(op)
                continue
            if isinstance(op, iree_hl_seq.CopyOp) and self._is_move(op):
                self._move(op)
                continue
            for value in op.operands:
                if value in self.leaving:
                    self._materialize(value, op)
            if op is self.block.last_op:
                break
            read = outer_operands(op)
            if isinstance(op, CONTROL_OPS):
                self.enter(op, self)
            for value in read:
                if value in self.owned and self.dies_at(value, op):
                    self._release(value)

    # -- values ------------------------------------------------------------------------------------

    def _find_leaving(self) -> set[SSAValue]:
        found: set[SSAValue] = set()
        for op in reversed(list(self.block.ops)):
            if isinstance(op, iree_hl_seq.AllocHeapOp) and any(
                isinstance(use.operation, scf.YieldOp | scf.ForOp | scf.WhileOp)
                or (isinstance(use.operation, iree_hl_seq.CopyOp) and use.operation.target in found)
                for use in op.result.uses
            ):
                found.add(op.result)
        return found

    def _allocated(self, op: iree_hl_seq.AllocHeapOp) -> None:
        if self.top:
            self.owned[op.result] = None
        elif op.result not in self.leaving:
            self.local.add(op.result)

    def _materialize(self, value: SSAValue, before: Operation) -> None:
        """Gives a value that outlives its block a buffer, when the first op writes it."""
        self._replace_alloc(value, self.take(value.type, before))

    def _replace_alloc(self, value: SSAValue, buffer: SSAValue) -> None:
        alloc = value.owner
        assert isinstance(alloc, Operation)
        self.leaving.discard(value)
        if buffer.name_hint is None:
            buffer.name_hint = value.name_hint
        value.replace_all_uses_with(buffer)
        if self.tracker is not None:
            self.tracker.rewrite(Scope._replace_alloc, [alloc], [])
        alloc.detach()
        alloc.erase()

    def take(self, type: Attribute, before: Operation) -> SSAValue:
        """Returns a buffer to write: a free one of this type, or else a new one from outside."""
        for number in reversed(range(len(self.free))):
            if self.free[number].type == type:
                value = self.free.pop(number)
                break
        else:
            value = self.request(type, before)
        self.owned[value] = None
        return value

    def _release(self, value: SSAValue) -> None:
        del self.owned[value]
        if not self.top:
            self.free.append(value)

    def gain(self, value: SSAValue, op: Operation) -> None:
        """Takes over a buffer that an op of the block returns; it is free if nothing behind the op
        needs its value.
        """
        self.owned[value] = None
        if self.dies_at(value, op):
            self._release(value)

    def ancestor(self, op: Operation) -> Operation | None:
        """Returns the op of the block that is, or contains, another op."""
        while op.parent is not self.block:
            around = op.parent_op()
            if around is None:
                return None
            op = around
        return op

    def _uses_here(self, value: SSAValue) -> list[Operation]:
        """Returns the ops of the block in which a value is used."""
        ops = (self.ancestor(use.operation) for use in value.uses)
        return [op for op in ops if op is not None]

    def dies_at(self, value: SSAValue, op: Operation) -> bool:
        """Returns whether no op of the block behind this one needs a value."""
        last = self.index[op]
        return all(self.index[user] <= last for user in self._uses_here(value))

    # -- copies ------------------------------------------------------------------------------------

    def _is_move(self, op: iree_hl_seq.CopyOp) -> bool:
        """Returns whether a copy is the last use of a buffer of this block, and the first of its
        target.
        """
        source, target = op.source, op.target
        if source.type != target.type or source is target or not self.dies_at(source, op):
            return False
        if source not in self.owned and source not in self.local:
            return False
        new = target in self.leaving or isinstance(target.owner, iree_hl_seq.AllocHeapOp)
        first = min((self.index[user] for user in self._uses_here(target)), default=-1)
        return new and first == self.index[op] and (self.top or self._may_hold(source, target))

    def _may_hold(self, source: SSAValue, target: SSAValue) -> bool:
        """Returns whether the buffer of one value may be that of another, which may outlive the
        block.
        """
        return source in self.owned or target in self.local

    def _move(self, op: iree_hl_seq.CopyOp) -> None:
        source, target = op.source, op.target
        if self.tracker is not None:
            self.tracker.rewrite(Scope._move, [op], [])
        op.detach()
        op.erase()
        self.owned.pop(target, None)
        self.local.discard(target)
        self._replace_alloc(target, source)

    def write(self, value: SSAValue, before: Operation) -> SSAValue:
        """Returns a buffer of the block with the contents of a value."""
        target = self.take(value.type, before)
        constant, made = value.owner, list[Operation]()
        pattern = None
        if isinstance(constant, iree_interp.ConstantOp) and len(constant.value):
            pattern = splat_of(constant.value)
        if pattern is not None:
            made.append(iree_hl_seq.FillOp(pattern, target))
        else:
            made.append(iree_hl_seq.CopyOp(value, target))
        self.insert(made, before)
        return target

    def insert(self, ops: Sequence[Operation], before: Operation) -> None:
        """Inserts ops that belong to the one behind them."""
        for op in ops:
            op.location = before.location
            self.index[op] = self.index[before]
        Rewriter.insert_op(ops, InsertPoint.before(before))
        if self.tracker is not None:
            self.tracker.rewrite(Scope.write, [before], [before, *ops])

    # -- the end -----------------------------------------------------------------------------------

    def yielded(self) -> list[SSAValue]:
        """Returns a buffer of the block for each value that it yields, each another one."""
        end = self.block.last_op
        assert end is not None
        buffers: list[SSAValue] = []
        for value in end.operands:
            mine = value in self.owned and value not in buffers
            buffers.append(value if mine else self.write(value, end))
        return buffers

    def rest(self, buffers: Sequence[SSAValue]) -> list[SSAValue]:
        """Returns what the block owns besides these."""
        everything = dict.fromkeys([*self.owned, *self.free])
        return [value for value in everything if value not in buffers]
