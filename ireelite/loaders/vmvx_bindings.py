"""Which bindings a VMVX dispatch function writes to, read off its code.

Upstream's compiler lets a dispatch sort a constant where it lies. Who binds read-only memory must
therefore know whether that is going to be written, and give a copy if it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ireelite.bytecode.isa import REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import FunctionDef, Instruction

WRITES = {
    **{f"buffer.store.{kind}": 0 for kind in ("i8", "i16", "i32", "i64", "f32", "f64")},
    **{f"buffer.fill.{kind}": 0 for kind in ("i8", "i16", "i32", "i64", "f32", "f64")},
    "buffer.copy": 2,
}
"""mnemonic -> position of the operand that is written"""


def written_bindings(function: FunctionDef) -> frozenset[int] | None:
    """Ordinals of the bindings that a function may write to; None if it may be any.

    A register is taken to be every binding it ever holds: the answer may be too large but is never
    too small.
    """
    numbers = _constants(function)
    held: dict[int, frozenset[int]] = {}
    moves: list[tuple[int, int]] = []
    for instruction in _instructions(function):
        operands = instruction.operands
        match instruction.op.mnemonic:
            case "list.get.ref":
                if (number := numbers.get(operands[1])) is None:
                    return None
                register = operands[3] & REF_ORDINAL
                held[register] = held.get(register, frozenset()) | {number}
            case "select.ref" | "list.set.ref" | "global.store.ref":
                return None
            case mnemonic if mnemonic.startswith("call"):
                return None
            case _:
                moves += [(a & REF_ORDINAL, b & REF_ORDINAL) for a, b in _moves(instruction)]
    changed = True
    while changed:
        before = dict(held)
        for source, target in moves:
            held[target] = held.get(target, frozenset()) | held.get(source, frozenset())
        changed = held != before
    written = [
        held.get(instruction.operands[WRITES[instruction.op.mnemonic]] & REF_ORDINAL, frozenset())
        for instruction in _instructions(function)
        if instruction.op.mnemonic in WRITES
    ]
    return frozenset().union(*written)


def _instructions(function: FunctionDef) -> Iterator[Instruction]:
    for block in function.blocks:
        yield from block.instructions


def _moves(instruction: Instruction, references: bool = True) -> Iterator[tuple[int, int]]:
    """The moves of a branch between registers of one bank: (source, target), raw."""
    for kind, operand in zip(instruction.op.fields, instruction.operands):
        moves = operand if kind == "M" else ()
        if kind == "T":
            moves = [move for _, case in operand for move in case]
        yield from (move for move in moves if bool(move[1] & REF_BIT) == references)


def _constants(function: FunctionDef) -> dict[int, int]:
    """The i32 registers that only ever hold one constant."""
    values: dict[int, set[int | None]] = {}
    for instruction in _instructions(function):
        value = None
        if instruction.op.mnemonic in ("const.i32", "const.i32.zero"):
            value = int(instruction.operands[0]) if len(instruction.operands) == 2 else 0
        for register in _numbers_set(instruction):
            values.setdefault(register, set()).add(value)
    only = {register: next(iter(seen)) for register, seen in values.items() if len(seen) == 1}
    return {register: value for register, value in only.items() if value is not None}


def _numbers_set(instruction: Instruction) -> Iterator[int]:
    """The registers of numbers that an instruction changes; 64-bit ones are two."""
    for kind, operand in zip(instruction.op.fields, instruction.operands):
        if kind in (">i", ">f"):
            yield operand
        elif kind in (">q", ">d"):
            yield from (operand, operand + 1)
    for _, target in _moves(instruction, references=False):
        yield target
