"""Stage 4 to 5, first part: loops and choices own the buffers that they carry, and reuse them.

Before this pass a buffer is written once, and a loop carries what its turn has allocated. Behind it
nothing is allocated in a turn that outlives it: each loop carries as many buffers as it needs, and
a turn yields every one of them exactly once, in another order where values change places:

    %r, %s = scf.for ... iter_args(%x = %a, %spare = %b) {
      dispatch (%x, %spare)
      scf.yield %spare, %x
    }

A buffer may be overwritten by its *owner*: the block that holds it, once no op behind needs its
value. A loop and each branch of a choice take over the buffers whose values die there, and return
them. A value that is needed elsewhere, a constant, and what the caller owns, is copied first. A
copy of a value that dies with it is no copy: the new value is made in the old one's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects.sequencer import iree_hl_seq
from ireelite.lowering.rewriting.regions import is_within, outer_operands
from ireelite.lowering.rewriting.sequences import CONTROL_OPS, is_sequence
from ireelite.lowering.sequencer.buffer_scopes import Scope

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def reuse_buffers(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Lets the loops and choices of every sequence own what they carry, in place."""
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and is_sequence(function):
            block = function.body.block
            if any(type(op) in (*CONTROL_OPS, iree_hl_seq.CopyOp) for op in block.ops):
                Scope(block, [], partial(allocate, tracker), enter, tracker).run()
    return module


def allocate(tracker: Tracker | None, type: Attribute, before: Operation) -> SSAValue:
    """Returns a new buffer of the function."""
    assert isinstance(type, MemRefType)
    alloc = iree_hl_seq.AllocHeapOp(type)
    alloc.location = before.location
    Rewriter.insert_op(alloc, InsertPoint.before(before))
    if tracker is not None:
        tracker.derive(alloc, (before,))
    return alloc.result


def enter(op: Operation, scope: Scope) -> None:
    """Lets a loop or a choice of a scope own its buffers."""
    if isinstance(op, scf.ForOp | scf.WhileOp):
        Loop(op, scope).run()
    elif isinstance(op, scf.IfOp | scf.IndexSwitchOp):
        Choice(op, scope).run()


class Loop:
    """A loop in a scope, and the buffers that it carries besides its values."""

    def __init__(self, op: scf.ForOp | scf.WhileOp, scope: Scope):
        self.op, self.scope = op, scope
        self.body = op.body.block if isinstance(op, scf.ForOp) else op.after_region.block
        self.header = None if isinstance(op, scf.ForOp) else op.before_region.block
        self.first = 1 if isinstance(op, scf.ForOp) else 0
        self.inits = list(op.iter_args if isinstance(op, scf.ForOp) else op.arguments)
        self.spares: list[SSAValue] = []
        """Arguments of the body that are buffers to write."""
        self.borrowed: list[SSAValue] = []
        """Buffers from around the loop that its condition writes."""

    def request(self, type: Attribute, before: Operation) -> SSAValue:
        """Adds one more buffer that the loop carries."""
        spare = self.body.insert_arg(type, len(self.body.args))
        spare.name_hint = "spare"
        self.spares.append(spare)
        return spare

    def run(self) -> None:
        """Makes the loop own its buffers, and puts it in its place."""
        scope, count = self.scope, len(self.inits)
        if self.header is not None and any(isinstance(op, CONTROL_OPS) for op in self.header.ops):
            Scope(self.header, [], self.take_outside, enter, scope.tracker).run()
        carried = list(self.body.args[self.first :])
        inner = Scope(self.body, carried, self.request, enter, scope.tracker)
        inner.run()
        values = inner.yielded()
        yields = [*values, *self.matched(inner.rest(values))]
        inits = [self.own_init(number) for number in range(count)]
        inits += [scope.take(spare.type, self.op) for spare in self.spares]
        self.replace(inits, yields)

    def take_outside(self, type: Attribute, before: Operation) -> SSAValue:
        """Returns a buffer for a choice in the condition, whose value no turn needs after it."""
        buffer = self.scope.take(type, self.op)
        self.borrowed.append(buffer)
        return buffer

    def matched(self, rest: list[SSAValue]) -> list[SSAValue]:
        """Returns the free buffers in the order of the spare ones: each in its own place if it can
        be.
        """
        found: list[SSAValue | None] = [spare if spare in rest else None for spare in self.spares]
        others = [value for value in rest if value not in found]
        for number, spare in enumerate(self.spares):
            if found[number] is None:
                same = next(value for value in others if value.type == spare.type)
                others.remove(same)
                found[number] = same
        return [value for value in found if value is not None]

    def own_init(self, number: int) -> SSAValue:
        """Returns the buffer that the loop begins with: that of a value which nothing else needs,
        or a copy.
        """
        scope, value = self.scope, self.inits[number]
        captured = any(self.is_inside(use.operation) for use in value.uses)
        once = self.inits.count(value) == 1 and not captured
        if once and value in scope.owned and scope.dies_at(value, self.op):
            return value
        return scope.write(value, self.op)

    def is_inside(self, op: Operation) -> bool:
        return op is not self.op and self.scope.ancestor(op) is self.op

    def replace(self, inits: list[SSAValue], yields: list[SSAValue]) -> None:
        """Replaces the loop by one with these buffers; what each turn leaves in its place is not
        carried.
        """
        scope, body, header = self.scope, self.body, self.header
        arguments = list(body.args[self.first :])
        if header is not None:
            for spare in self.spares:
                header.insert_arg(spare.type, len(header.args)).name_hint = "spare"
        fixed = [a is b for a, b in zip(arguments, yields, strict=True)]
        kept = [number for number, stays in enumerate(fixed) if not stays]
        end = body.last_op
        assert end is not None
        end.operands = [yields[number] for number in kept]
        for number in reversed(range(len(arguments))):
            if fixed[number]:
                for block in (body, header):
                    if block is not None:
                        argument = block.args[self.first + number]
                        argument.replace_all_uses_with(inits[number])
                        block.erase_arg(argument)
        if header is not None:
            condition = header.last_op
            assert isinstance(condition, scf.ConditionOp)
            condition.operands = [condition.condition, *header.args]
        new = self.rebuilt([inits[number] for number in kept])
        results: list[SSAValue] = list(inits)
        for number, result in zip(kept, new.results, strict=True):
            results[number] = result
            scope.owned.pop(inits[number], None)
        for old, buffer in zip(self.op.results, results, strict=False):
            if buffer in new.results:
                buffer.name_hint = old.name_hint
            old.replace_all_uses_with(buffer)
        finish(self.op, new, scope)
        for buffer in (*results, *self.borrowed):
            scope.gain(buffer, new)

    def rebuilt(self, inits: list[SSAValue]) -> scf.ForOp | scf.WhileOp:
        op = self.op
        if isinstance(op, scf.ForOp):
            return scf.ForOp(op.lb, op.ub, op.step, inits, op.detach_region(op.body))
        before, after = (op.detach_region(region) for region in list(op.regions))
        return scf.WhileOp(inits, [v.type for v in inits], before, after)


def finish(old: Operation, new: Operation, scope: Scope) -> None:
    """Puts a loop or a choice in the place of another one, whose results nothing uses any more."""
    new.location, new.attributes = old.location, old.attributes
    scope.index[new] = scope.index[old]
    Rewriter.insert_op(new, InsertPoint.before(old))
    if scope.tracker is not None:
        scope.tracker.rewrite(finish, [old], [new])
    old.detach()
    old.erase()


Branch = tuple[Block, list[SSAValue], list[SSAValue]]
"""A block, the buffers that it yields, and what else it owns at its end."""


class Choice:
    """A choice in a scope, and the buffers whose values die in it."""

    def __init__(self, op: scf.IfOp | scf.IndexSwitchOp, scope: Scope):
        self.op, self.scope = op, scope
        self.taken_over = [
            value
            for value in outer_operands(op)
            if value in scope.owned and value not in op.operands and scope.dies_at(value, op)
        ]
        self.requests: list[list[SSAValue]] = []
        """For each branch, what it has requested so far."""

    def request(self, type: Attribute, before: Operation) -> SSAValue:
        """Returns a buffer in place of one that the scope will give to all branches."""
        assert isinstance(type, MemRefType)
        place = iree_hl_seq.AllocHeapOp(type).result
        self.requests[-1].append(place)
        return place

    def run(self) -> None:
        """Makes each branch own its buffers, and puts the choice in its place."""
        scope, branches = self.scope, list[Branch]()
        for region in self.op.regions:
            self.requests.append([])
            inner = Scope(region.block, self.taken_over, self.request, enter, scope.tracker)
            inner.run()
            values = inner.yielded()
            branches.append((region.block, values, inner.rest(values)))
        given = self.give(branches)
        self.replace(branches, given)

    def give(self, branches: Sequence[Branch]) -> list[SSAValue]:
        """Lets the scope give as many buffers of each type as a branch requests at most. A branch
        that requests fewer has the others to return.
        """
        given: list[SSAValue] = []
        wanted = [list(requests) for requests in self.requests]
        while any(wanted):
            type = next(requests for requests in wanted if requests)[0].type
            buffer = self.scope.take(type, self.op)
            given.append(buffer)
            for (_, values, rest), requests in zip(branches, wanted, strict=True):
                place = next((p for p in requests if p.type == type), None)
                if place is None:
                    rest.append(buffer)
                    continue
                requests.remove(place)
                place.replace_all_uses_with(buffer)
                for buffers in (values, rest):
                    buffers[:] = [buffer if b is place else b for b in buffers]
        return given

    def replace(
        self,
        branches: Sequence[Branch],
        given: Sequence[SSAValue],
    ) -> None:
        """Replaces the choice by one that yields only buffers that differ from branch to branch."""
        scope = self.scope
        everywhere = [
            b
            for b in branches[0][2]
            if self.is_outside(b) and all(b in rest for _, _, rest in branches)
        ]
        for _, _, rest in branches:
            rest[:] = sorted((b for b in rest if b not in everywhere), key=lambda b: str(b.type))
        columns = list(zip(*((*values, *rest) for _, values, rest in branches), strict=True))
        kept = [
            number
            for number, (first, *others) in enumerate(columns)
            if not self.is_outside(first) or any(other is not first for other in others)
        ]
        for (block, _, _), row in zip(branches, zip(*columns, strict=True), strict=True):
            end = block.last_op
            assert end is not None
            end.operands = [row[number] for number in kept]
        new = self.rebuilt([columns[number][0].type for number in kept])
        results = [column[0] for column in columns]
        for number, result in zip(kept, new.results, strict=True):
            results[number] = result
        for value in (*self.taken_over, *given):
            scope.owned.pop(value, None)
        for old, buffer in zip(self.op.results, results, strict=False):
            if buffer in new.results:
                buffer.name_hint = old.name_hint
            old.replace_all_uses_with(buffer)
        finish(self.op, new, scope)
        for buffer in (*results, *everywhere):
            scope.gain(buffer, new)

    def is_outside(self, value: SSAValue) -> bool:
        """Returns whether a buffer is not made in a branch."""
        owner = value.owner
        around = owner if isinstance(owner, Operation) else owner.parent_op()
        return around is None or not is_within(around, (self.op,))

    def rebuilt(self, types: Sequence[Attribute]) -> scf.IfOp | scf.IndexSwitchOp:
        op = self.op
        regions = [op.detach_region(region) for region in list(op.regions)]
        if isinstance(op, scf.IfOp):
            return scf.IfOp(op.cond, types, regions[0], regions[1])
        return scf.IndexSwitchOp(op.arg, op.cases, regions[0], regions[1:], types)
