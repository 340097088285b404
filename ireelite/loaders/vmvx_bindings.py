"""Which bindings a VMVX dispatch function writes to, read off its code.

Upstream's compiler lets a dispatch sort a constant where it lies. Who binds read-only memory must
therefore know whether that is going to be written, and give a copy if it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ireelite.bytecode.isa import IMPORT_BIT, REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import Block, FunctionDef, Instruction

WRITES = {
    **{f"buffer.store.{kind}": 0 for kind in ("i8", "i16", "i32", "i64", "f32", "f64")},
    **{f"buffer.fill.{kind}": 0 for kind in ("i8", "i16", "i32", "i64", "f32", "f64")},
    "buffer.copy": 2,
}
"""mnemonic -> position of the operand that is written"""

WIDTHS = {">i": 1, ">f": 1, ">q": 2, ">d": 2}
"""kind of a result -> how many registers of numbers it takes"""


def written_bindings(function: FunctionDef, imports: Sequence[str]) -> frozenset[int] | None:
    """Ordinals of the bindings that a function may write to; None if it may be any. `imports` are
    the names of what its module imports: functions of `vmvx` write to the last buffer they take.

    A register is taken to be every binding it ever holds: the answer may be too large but is never
    too small.
    """
    held: dict[int, frozenset[int]] = {}
    moves: list[tuple[int, int]] = []
    outputs: list[int] = []
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
                case "call" if (output := _output(instruction, imports)) is not None:
                    outputs.append(output)
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
    written += [held.get(register, frozenset()) for register in outputs]
    return frozenset().union(*written)


def _output(call: Instruction, imports: Sequence[str]) -> int | None:
    """Returns the register of the buffer that a call of a function of `vmvx` writes to; None for a
    call of another function.
    """
    callee, arguments, _ = call.operands
    name = imports[int(callee) & ~IMPORT_BIT] if callee & IMPORT_BIT else ""
    if not name.startswith("vmvx."):
        return None
    return next((each & REF_ORDINAL for each in reversed(arguments) if each & REF_BIT), None)


def _with_index(block: Block) -> Iterator[tuple[Instruction, int | None]]:
    """Yields each instruction of a block, those that read a list with the index if that is a
    constant of the same block.
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
    """Yields the (source, target) registers of what a branch moves in the bank of references."""
    for kind, operand in zip(instruction.op.fields, instruction.operands):
        moves = operand if kind == "M" else ()
        if kind == "T":
            moves = [move for _, case in operand for move in case]
        for source, target in moves:
            if target & REF_BIT:
                yield source & REF_ORDINAL, target & REF_ORDINAL
