"""Assigns registers to the values of a `vm.func`, and finds where references are released.

Values get registers in one walk over the blocks: at a definition, the lowest one that no live value
holds. 64-bit values take an even pair. The last use of a reference moves it out of its register
where the instruction allows, and otherwise a discard follows, since whoever runs the module counts
references.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects.builtin import f64, i64
from xdsl.ir import Block, Operation, SSAValue

from ireelite.bytecode.isa import REF_BIT, REF_ORDINAL
from ireelite.dialects.vm import FuncOp, RefType
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import at_place

WIDE = (i64, f64)


class Liveness:
    """The values that are needed at the start and at the end of each block of a function.

    Sets of values are the bits of integers, whose positions number the values: a function may have
    thousands of blocks with thousands of values each.
    """

    def __init__(self, function: FuncOp):
        self._number: dict[SSAValue, int] = {}
        self._values: list[SSAValue] = []
        blocks = list(function.body.blocks)
        used_first, defined = {}, {}
        for block in blocks:
            used_first[block], defined[block] = self._summary(block)
        self._at_start = dict.fromkeys(blocks, 0)
        self._at_end = dict.fromkeys(blocks, 0)
        changed = True
        while changed:
            changed = False
            for block in reversed(blocks):
                last, after = block.last_op, 0
                for successor in last.successors if last is not None else ():
                    after |= self._at_start[successor]
                before = used_first[block] | after & ~defined[block]
                changed |= before != self._at_start[block]
                self._at_start[block], self._at_end[block] = before, after

    def _summary(self, block: Block) -> tuple[int, int]:
        """Returns the values that a block uses and others define, and those that it defines."""
        here: set[int] = {self._bit(value) for value in block.args}
        used: set[int] = set()
        for op in block.ops:
            used.update({self._bit(value) for value in op.operands} - here)
            here.update(map(self._bit, op.results))
        return sum(1 << n for n in used), sum(1 << n for n in here)

    def _bit(self, value: SSAValue) -> int:
        number = self._number.get(value)
        if number is None:
            number = self._number[value] = len(self._values)
            self._values.append(value)
        return number

    def _values_of(self, bits: int) -> Iterator[SSAValue]:
        while bits:
            lowest = bits & -bits
            yield self._values[lowest.bit_length() - 1]
            bits ^= lowest

    def is_needed_at_start(self, block: Block, value: SSAValue) -> bool:
        """Returns whether a value of an earlier block is used in this one or in later ones."""
        return bool(self._at_start[block] >> self._number[value] & 1)

    def is_needed_after(self, block: Block, value: SSAValue) -> bool:
        """Returns whether a value is used in a later block than this one."""
        return bool(self._at_end[block] >> self._number[value] & 1)

    def needed_at_start(self, block: Block) -> Iterator[SSAValue]:
        """Returns the values that earlier blocks define, and this one or later ones use."""
        return self._values_of(self._at_start[block])

    def needed_at_end(self, block: Block) -> Iterator[SSAValue]:
        """Returns the values that later blocks use."""
        return self._values_of(self._at_end[block])

    def dropped(self, before: Block, block: Block) -> Iterator[SSAValue]:
        """Returns the values that are needed at the end of a block, for the sake of other
        successors than `block`.
        """
        return self._values_of(self._at_end[before] & ~self._at_start[block])


REF_REGISTERS, NUMBER_REGISTERS = REF_ORDINAL, REF_BIT - 1
"""How many registers a function has for references, and for the words of numbers. One more of each
breaks cycles of moves.
"""


def too_many_registers(function: Operation) -> StatusError:
    """Returns the error for a function that holds more values at once than the machine has
    registers.
    """
    return at_place(
        StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"this function holds more than {REF_REGISTERS} references or {NUMBER_REGISTERS} words "
            "of numbers at once; the virtual machine has no registers for more",
        ),
        [function],
    )


class Bank:
    """The registers of one kind: which are held, and how many were ever used."""

    def __init__(self) -> None:
        self.held = 0
        """Bit n is set while register n is held."""
        self.size = 0

    def take(self, width: int) -> int:
        """Returns the lowest free register, or even pair."""
        taken = self.held
        if width == 2:
            # a pair is taken if either half is; its odd bit is set too, so that none starts there
            taken |= taken >> 1 | self._odd()
        register = (~taken & (taken + 1)).bit_length() - 1
        self.hold(register, width)
        return register

    def _odd(self) -> int:
        """Returns a bit for each odd register up to the first that was never used."""
        return (4 ** (self.size // 2 + 1) - 1) // 3 * 2

    def append(self, width: int) -> int:
        """Returns the register, or even pair, behind all that were ever used."""
        register = self.size + self.size % width
        self.hold(register, width)
        return register

    def hold(self, register: int, width: int) -> None:
        """Marks a register as held."""
        self.held |= (1 << width) - 1 << register
        self.size = max(self.size, register + width)

    def release(self, register: int, width: int) -> None:
        """Makes a register free."""
        self.held &= ~((1 << width) - 1 << register)


def width_of(value: SSAValue) -> int:
    """Returns how many registers a value takes."""
    return 2 if type(value.type) is not RefType and value.type in WIDE else 1


def is_ref(value: SSAValue) -> bool:
    """Returns whether a value is a reference."""
    return type(value.type) is RefType


class Allocation:
    """The registers of one function."""

    def __init__(self, function: FuncOp):
        self.function = function
        self.live = Liveness(function)
        self.register: dict[SSAValue, int] = {}
        self._banks = {False: Bank(), True: Bank()}
        self._at_end: dict[Block, dict[bool, int]] = {}
        """The registers of each kind that are held at the end of a block."""
        self._before: dict[Block, Block] = {}
        """A predecessor of a block, whose registers are known."""
        for block in function.body.blocks:
            self._allocate_block(block)
            self._at_end[block] = {kind: bank.held for kind, bank in self._banks.items()}
            for successor in block.last_op.successors if block.last_op is not None else ():
                self._before.setdefault(successor, block)

    def _hold_what_is_needed(self, block: Block) -> None:
        """Marks the registers of values that a block gets from earlier ones."""
        before = self._before.get(block)
        for kind, bank in self._banks.items():
            bank.held = 0 if before is None else self._at_end[before][kind]
        if before is None:
            for value in self.live.needed_at_start(block):
                self._banks[is_ref(value)].hold(self.register[value], width_of(value))
        else:
            for value in self.live.dropped(before, block):
                self._banks[is_ref(value)].release(self.register[value], width_of(value))

    def _allocate_block(self, block: Block) -> None:
        self._hold_what_is_needed(block)
        entry = block is self.function.body.blocks.first
        for argument in block.args:
            self._define(argument, entry)
        remaining = self.uses_left(block)
        for argument in block.args:
            self._release_if_dead(argument, remaining)
        for op in block.ops:
            for operand in op.operands:
                remaining[operand] -= 1
            used = dict.fromkeys(op.operands)
            for operand in used:
                if not is_ref(operand):
                    self._release_if_dead(operand, remaining)
            for result in op.results:
                self._define(result)
            # a reference may be discarded after the op, so no result takes its register
            for value in (*(v for v in used if is_ref(v)), *op.results):
                self._release_if_dead(value, remaining)

    def uses_left(self, block: Block) -> dict[SSAValue, int]:
        """Returns how often each value is used in a block; once more if it is needed after it.
        Values that the block neither uses nor defines are left out.
        """
        uses: dict[SSAValue, int] = dict.fromkeys(block.args, 0)
        for op in block.ops:
            for operand in op.operands:
                uses[operand] = uses.get(operand, 0) + 1
            for result in op.results:
                uses.setdefault(result, 0)
        for value in uses:
            uses[value] += self.live.is_needed_after(block, value)
        return uses

    def _define(self, value: SSAValue, entry: bool = False) -> None:
        """Gives a value a register; a caller puts a function's arguments one behind the other."""
        ref, width = is_ref(value), width_of(value)
        bank = self._banks[ref]
        register = (bank.append if entry else bank.take)(width)
        if register + width > (REF_REGISTERS if ref else NUMBER_REGISTERS):
            raise too_many_registers(self.function)
        self.register[value] = register

    def _release_if_dead(self, value: SSAValue, remaining: dict[SSAValue, int]) -> None:
        if not remaining[value]:
            self._banks[is_ref(value)].release(self.register[value], width_of(value))

    def scratch(self, ref: bool) -> int:
        """Returns a register beyond all others, for breaking a cycle of moves; raw."""
        bank = self._banks[ref]
        if ref:
            return REF_BIT | bank.size
        return bank.size

    def raw(self, value: SSAValue) -> int:
        """Returns the register as it is encoded."""
        return self.register[value] | (REF_BIT if is_ref(value) else 0)
