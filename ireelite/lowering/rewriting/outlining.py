"""Outlining: ops of one block move into a block of their own.

The caller makes an op around the new block (a dispatch region, a function) and puts what computes
the same values, that op or a call of it, where the old ops were:

    outlined = Outlining(ops, is_copied, tracker)
    end = ReturnOp(*outlined.outputs)
    outlined.block.add_op(end)
    region = RegionOp(outlined.inputs, outlined.result_types, Region(outlined.block))
    block.insert_op_before(region, terminator)
    outlined.replace(rule, region.results, [region, end])
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING

from xdsl.ir import Attribute, Block, Operation, OpResult, SSAValue, Use

from ireelite.lowering.rewriting.copying import copy_of
from ireelite.lowering.rewriting.locations import fused
from ireelite.lowering.rewriting.regions import is_within, outer_operands

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


class Outlining:
    """One group of ops, moved into a new block, and the uses of their results outside of it.

    A value that the ops read and do not make themselves is
    - *copied*, if `is_copied` holds for the op that makes it: the block gets a copy of that op in
      front of the first op that reads it, and the operands of the copy are treated alike;
    - an *input* otherwise: the block gets an argument, as a rule of the value's type.

    The time is linear in the number of ops, operands and uses.
    """

    def __init__(
        self,
        ops: Sequence[Operation],
        is_copied: Callable[[Operation], bool],
        tracker: Tracker | None,
        argument_type: Callable[[SSAValue], Attribute] = lambda value: value.type,
        yields_all: Callable[[Operation], bool] = lambda op: False,
    ):
        """Moves `ops`, which must belong to one block and be in its order. The new block has no
        terminator. Where `argument_type` is not the value's own, the caller must convert the
        argument for the ops that read it. All results of an op for which `yields_all` holds are
        outputs, used or not.
        """
        self.ops = ops
        self.tracker = tracker
        self._inside = set(ops)
        unread = self._read_by_copies_only(is_copied)
        self._uses = self._uses_outside(set(unread), yields_all)
        self.outputs: list[OpResult] = list(self._uses)
        """Results of the moved ops that are used outside, and those that are outputs anyway, in the
        order of the ops."""
        inputs: dict[SSAValue, None] = {}
        copied: dict[Operation, None] = {}
        copies = [self._resolve(op, is_copied, inputs, copied) for op in ops]
        self.inputs: list[SSAValue] = list(inputs)
        """What the block's arguments are inside, in the same order."""
        self.block = Block(arg_types=map(argument_type, inputs))
        local: dict[SSAValue, SSAValue] = dict(zip(inputs, self.block.args, strict=True))
        for op, originals in zip(ops, copies, strict=True):
            for original in originals:
                self._copy(original, local)
            op.detach()
            self.block.add_op(op)
            use_instead(op, local)
        for op in unread:
            op.detach()
        for op in unread:
            op.erase(safe_erase=False)

    @property
    def result_types(self) -> list[Attribute]:
        """The types of the outputs."""
        return [output.type for output in self.outputs]

    def replace(
        self,
        rule: Callable[..., object],
        results: Sequence[SSAValue],
        made: Sequence[Operation],
    ) -> None:
        """Replaces the uses outside by `results`, one for each output, which take their names.

        `made` are all ops that the caller built. They get the moved ops' location, and the record
        says that `rule` made them of the moved ops.
        """
        for old, new in zip(self.outputs, results, strict=True):
            new.name_hint = old.name_hint
            for use in self._uses[old]:
                use.operation.operands[use.index] = new
        location = fused(self.ops)
        for op in made:
            op.location = location
        if self.tracker is not None:
            self.tracker.rewrite(rule, self.ops, made)

    def _read_by_copies_only(self, is_copied: Callable[[Operation], bool]) -> list[Operation]:
        """Returns the ops to copy that read a result of the moved ops, and whose own results only
        the moved ops and such ops read: once these read copies, nothing is left that needs them.
        """
        reached: dict[Operation, None] = {}
        waiting = list(self.ops)
        while waiting:
            for user in users_of(waiting.pop()):
                if user not in reached and user not in self._inside and is_copied(user):
                    reached[user] = None
                    waiting.append(user)
        waiting = [
            op
            for op in reached
            if any(u not in reached and not is_within(u, self._inside) for u in users_of(op))
        ]
        while waiting:
            op = waiting.pop()
            if reached.pop(op, True) is None:
                waiting += [v.owner for v in op.operands if isinstance(v.owner, Operation)]
        return list(reached)

    def _uses_outside(
        self, unread: Container[Operation], yields_all: Callable[[Operation], bool]
    ) -> dict[OpResult, list[Use]]:
        """Returns, for each result that is an output, its uses outside."""
        found: dict[OpResult, list[Use]] = {}
        for op in self.ops:
            for result in op.results:
                uses = [
                    use
                    for use in result.uses
                    if not is_within(use.operation, self._inside) and use.operation not in unread
                ]
                if uses or yields_all(op):
                    found[result] = uses
        return found

    def _resolve(
        self,
        op: Operation,
        is_copied: Callable[[Operation], bool],
        inputs: dict[SSAValue, None],
        copied: dict[Operation, None],
    ) -> list[Operation]:
        """Adds the inputs of an op to `inputs`, and the ops to copy for it to `copied`. Returns
        those of them that are new, each behind the ops that it reads from.
        """
        order: list[Operation] = []
        opened: set[Operation] = set()
        waiting = list(reversed(outer_operands(op)))
        while waiting:
            owner = (value := waiting[-1]).owner
            if owner in self._inside or owner in copied or value in inputs:
                waiting.pop()
            elif not (isinstance(owner, Operation) and is_copied(owner)):
                inputs[value] = None
                waiting.pop()
            elif owner not in opened:
                opened.add(owner)
                waiting += reversed(outer_operands(owner))
            else:
                copied[owner] = None
                order.append(owner)
                waiting.pop()
        return order

    def _copy(self, original: Operation, local: dict[SSAValue, SSAValue]) -> None:
        """Adds a copy of an op on local values; its results become local values."""
        self.block.add_op(copy_of(original, local, self.tracker))


def users_of(op: Operation) -> list[Operation]:
    """Returns the ops that read a result of an op, once for each use."""
    return [use.operation for result in op.results for use in result.uses]


def use_instead(op: Operation, values: dict[SSAValue, SSAValue]) -> None:
    """Replaces operands of an op, and of those in its regions, that `values` maps to others."""
    for inner in op.walk():
        if any(operand in values for operand in inner.operands):
            inner.operands = [values.get(operand, operand) for operand in inner.operands]
