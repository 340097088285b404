"""In which order a turn of a serial loop overwrites the tensors that the loop carries.

A tensor that a turn carries on goes to the memory of the one that it replaces. What is stored is
computed where it is stored, from tensors some of which are overwritten, too. So:

- tensors of one shape whose elements depend on carried elements of the same index only are one
  store: each index is computed for all of them, and then stored;
- updates of a carried tensor store their parts;
- a store that reads what another one overwrites comes before it;
- a value that depends on elements which its own store overwrites, or that would have to come before
  itself, is kept in memory first: its store is a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor import KeepOp, KernelOp, UpdateOp
from ireelite.light_dataclass import field, light_dataclass
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.lowering.tensors.access import access
from ireelite.lowering.tensors.indices import IndexSpace
from ireelite.lowering.tensors.moves import Read, elements_of, shape_of

LOOPS = (scf.ForOp, scf.WhileOp)
IN_MEMORY = (KeepOp, KernelOp, *CONTROL_OPS)
"""Ops whose results of higher rank are in memory."""


@light_dataclass()
class Store:
    """What overwrites carried tensors at once."""

    numbers: list[int]
    """The carried tensors that it overwrites."""
    updates: list[UpdateOp] = field(default_factory=list)
    """The updates of one tensor of which it stores the parts, in order; none for whole tensors,
    which have one shape."""
    reads: set[int] = field(default_factory=set)
    """The other carried tensors that it reads."""
    hazards: list[SSAValue] = field(default_factory=list)
    """Values that depend on elements which it overwrites."""


@light_dataclass()
class Turn:
    """The block of a loop's turn."""

    block: Block
    arguments: Sequence[SSAValue]
    """The carried values in the block."""
    values: Sequence[SSAValue]
    """What the turn carries on."""

    def wide(self) -> list[int]:
        """Returns the numbers of the tensors that change and have indices."""
        return [
            number
            for number, (argument, value) in enumerate(
                zip(self.arguments, self.values, strict=True)
            )
            if shape_of(value) and value is not argument
        ]


def turn_of(op: scf.ForOp | scf.WhileOp) -> Turn:
    """Returns the turn of a loop."""
    block = op.body.block if isinstance(op, scf.ForOp) else op.after_region.block
    end = block.last_op
    assert end is not None
    return Turn(block, block.args[len(block.args) - len(end.operands) :], end.operands)


def keep_before_stores(block: Block) -> None:
    """Keeps what the turns of the loops of a block overwrite too early."""
    for op in list(block.walk()):
        if isinstance(op, LOOPS):
            while found := first_to_keep(turn := turn_of(op)):
                keep_for(*found, turn)


def keep_for(store: Store, values: Sequence[SSAValue], turn: Turn) -> None:
    """Keeps values that a store reads, before the first store, for this store only."""
    end = turn.block.last_op
    assert end is not None
    for value in dict.fromkeys(values):
        made = KeepOp(value)
        if isinstance(value.owner, Operation):
            made.location = value.owner.location
        turn.block.insert_op_before(made, end)
        for update in store.updates:
            if update.update is value:
                operand, _, *starts = update.operands
                update.operands = [operand, made.result, *starts]
        if not store.updates:
            end.operands = [
                made.result if v is value and n in store.numbers else v
                for n, v in enumerate(end.operands)
            ]


def first_to_keep(turn: Turn) -> tuple[Store, list[SSAValue]] | None:
    """Returns a store that can't be done as it is, and the values to keep for it."""
    stores, _ = stores_of(turn)
    for store in stores:
        if store.hazards:
            return store, store.hazards
    ordered, rest = in_order(stores)
    for store in rest:
        if store.reads:
            return store, read_values(store, turn)
    assert not rest and len(ordered) == len(stores)
    return None


def read_values(store: Store, turn: Turn) -> list[SSAValue]:
    """Returns the values of a store that depend on carried tensors."""
    if store.updates:
        parts = [update.update for update in store.updates]
        return [part for part in parts if not is_in_memory(part)]
    return [turn.values[n] for n in store.numbers if not is_in_memory(turn.values[n])]


def is_in_memory(value: SSAValue) -> bool:
    return isinstance(value.owner, IN_MEMORY)


def in_order(stores: Sequence[Store]) -> tuple[list[Store], list[Store]]:
    """Returns the stores, each behind those that read what it overwrites; and those for which there
    is no such order.
    """
    ordered: list[Store] = []
    rest = list(stores)
    while True:
        free = next(
            (
                store
                for store in rest
                if not any(
                    other is not store and other.reads.intersection(store.numbers) for other in rest
                )
            ),
            None,
        )
        if free is None:
            return ordered, rest
        rest.remove(free)
        ordered.append(free)


def stores_of(turn: Turn) -> tuple[list[Store], list[Read]]:
    """Returns the stores of a turn, in no order, and the scalars that they depend on, which must be
    computed before all of them.
    """
    stores: list[Store] = []
    whole: dict[tuple[int, ...], Store] = {}
    for number in turn.wide():
        value = turn.values[number]
        if updates := updates_of(value, turn.arguments[number]):
            stores.append(Store([number], updates))
        elif shape_of(value) in whole:
            whole[shape_of(value)].numbers.append(number)
        else:
            stores.append(whole.setdefault(shape_of(value), Store([number])))
    scalars: dict[SSAValue, Read] = {}
    for store in stores:
        Dependences(turn, store, scalars).find()
    return stores, list(scalars.values())


def updates_of(value: SSAValue, carried: SSAValue) -> list[UpdateOp]:
    """Returns the updates that make a value of a carried one, in order; none if others make it,
    too.
    """
    updates: list[UpdateOp] = []
    while isinstance(update := value.owner, UpdateOp):
        updates.append(update)
        value = update.operand
    return updates[::-1] if value is carried else []


class Dependences:
    """What one store depends on."""

    def __init__(self, turn: Turn, store: Store, scalars: dict[SSAValue, Read]):
        self.turn, self.store, self.scalars = turn, store, scalars
        self.numbers = {argument: n for n, argument in enumerate(turn.arguments)}
        self.space = IndexSpace()

    def find(self) -> None:
        """Completes the store."""
        for update in self.store.updates:
            for value in (update.update, *update.starts):
                self._follow(value)
        for number in () if self.store.updates else self.store.numbers:
            self._follow(self.turn.values[number])

    def _follow(self, value: SSAValue) -> None:
        own = tuple(map(self.space.of, self.space.dims(shape_of(value))))
        waiting, seen = [Read(value, own)], set[Read]()
        while waiting:
            read = waiting.pop()
            if read in seen:
                continue
            seen.add(read)
            waiting += elements_of(read.at)
            if not isinstance(read.value.type, TensorType) or not read.at:
                self._note_scalar(read)
            elif (number := self.numbers.get(read.value)) is not None:
                self._note_carried(number, read, own, value)
            elif not self._is_in_memory(read.value):
                assert isinstance(read.value.owner, Operation)
                made = access(read.value.owner, read.at, self.space)
                waiting += [*made.inits, *made.reads, *elements_of(made.dims)]
                if made.choice is not None:
                    waiting += elements_of(made.choice.indices())

    def _note_scalar(self, read: Read) -> None:
        if self._is_made_here(read.value):
            self.scalars[read.value] = Read(read.value, ())

    def _note_carried(self, number: int, read: Read, own: object, value: SSAValue) -> None:
        if number not in self.store.numbers:
            self.store.reads.add(number)
        elif self.store.updates:
            if prod(shape_of(value)) > 1:  # a single element is computed before the first store
                self.store.hazards.append(value)
        elif read.at != own:
            self.store.hazards.append(value)

    def _is_made_here(self, value: SSAValue) -> bool:
        owner = value.owner
        return isinstance(owner, Operation) and owner.parent_block() is self.turn.block

    def _is_in_memory(self, value: SSAValue) -> bool:
        """Returns whether a tensor is not computed from carried ones where it is read."""
        owner = value.owner
        if not self._is_made_here(value):
            return True
        assert isinstance(owner, Operation)
        return isinstance(owner, (*IN_MEMORY, arith.ConstantOp, tensor.EmptyOp))
