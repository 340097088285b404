"""Which bindings a VMVX dispatch function writes to, read off its code.

Upstream's compiler lets a dispatch sort a constant where it lies. Who binds read-only memory must
therefore know whether that is going to be written, and give a copy if it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ireelite.bytecode.isa import REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import Block, FunctionDef, Instruction

WRITES = {
    **{f"buffer.store.{kind}": 0 for kind in ("i8", "i16", "i32", "i64", "f32", "f64")},
    **{f"buffer.fill.{kind}": 0 for kind in ("i8", "i16", "i32", "i64", "f32", "f64")},
    "buffer.copy": 2,
}
"""mnemonic -> position of the operand that is written"""

WIDTHS = {">i": 1, ">f": 1, ">q": 2, ">d": 2}
"""kind of a result -> how many registers of numbers it takes"""


def written_bindings(function: FunctionDef) -> frozenset[int] | None:
    """Ordinals of the bindings that a function may write to; None if it may be any.

    A register is taken to be every binding it ever holds: the answer may be too large but is never
    too small.
    """
    held: dict[int, frozenset[int]] = {}
    moves: list[tuple[int, int]] = []
    for block in function.blocks:
        for instruction, index in _with_index(block):
            match instruction.op.mnemonic:
                case "list.get.ref":
                    if index is None:
                        return None
                    register = instruction.operands[3] & REF_ORDINAL
                    held[register] = held.get(register, frozenset()) | {index}
                case "select.ref" | "list.set.ref" | "global.store.ref":
                    return None
                case mnemonic if mnemonic.startswith("call"):
                    return None
                case _:
                    moves += _moves_of_references(instruction)
    changed = True
    while changed:
        before = dict(held)
        for source, target in moves:
            held[target] = held.get(target, frozenset()) | held.get(source, frozenset())
        changed = held != before
    written = [
        held.get(instruction.operands[WRITES[instruction.op.mnemonic]] & REF_ORDINAL, frozenset())
        for block in function.blocks
        for instruction in block.instructions
        if instruction.op.mnemonic in WRITES
    ]
    return frozenset().union(*written)


def _with_index(block: Block) -> Iterator[tuple[Instruction, int | None]]:
    """Each instruction of a block, those that read a list with the index if that is a constant of
    the same block.
    """
    constants: dict[int, int] = {}
    for instruction in block.instructions:
        operands = instruction.operands
        mnemonic = instruction.op.mnemonic
        yield instruction, constants.get(operands[1]) if mnemonic == "list.get.ref" else None
        for kind, operand in zip(instruction.op.fields, operands):
            for register in range(WIDTHS.get(kind, 0)):
                constants.pop(operand + register, None)
        if mnemonic == "const.i32":
            constants[operands[1]] = operands[0]
        elif mnemonic == "const.i32.zero":
            constants[operands[0]] = 0


def _moves_of_references(instruction: Instruction) -> Iterator[tuple[int, int]]:
    """(source, target) registers of what a branch moves in the bank of references."""
    for kind, operand in zip(instruction.op.fields, instruction.operands):
        moves = operand if kind == "M" else ()
        if kind == "T":
            moves = [move for _, case in operand for move in case]
        for source, target in moves:
            if target & REF_BIT:
                yield source & REF_ORDINAL, target & REF_ORDINAL
