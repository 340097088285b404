"""When the first call of a function is better interpreted than translated.

To translate an instruction takes as long as to interpret ten. A function without a loop runs each
of its own at most once; so its first call, which is the only one for most of what sets a program
up, is interpreted, and its second call translates it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ireelite.bytecode.isa import IMPORT_BIT
from ireelite.bytecode.module_def import Block, Instruction, ModuleDef

MAX_INTERPRETED = 10_000
"""Instructions of a call, those of the functions it calls included, that may be interpreted."""

_CALLS = frozenset({"call", "call.variadic", "call.yieldable", "call.variadic.yieldable"})


def is_brief(module: ModuleDef, ordinal: int) -> bool:
    """Returns whether a call of a function runs few instructions, whatever its arguments: there is
    no loop in it nor in what it calls.

    In an initializer, which runs once, a loop may be one that calls imports: such go over devices
    and the like, and it is the imports that take the time.
    """
    runs_once = any(row.ordinal == ordinal and row.name == "__init" for row in module.exports)
    return _most_instructions(module, ordinal, runs_once, ()) <= MAX_INTERPRETED


def _most_instructions(
    module: ModuleDef, ordinal: int, runs_once: bool, callers: tuple[int, ...]
) -> int:
    """Returns how many instructions a call may run; more than `MAX_INTERPRETED` if no bound is
    known.
    """
    if ordinal in callers:
        return MAX_INTERPRETED + 1
    blocks = module.functions[ordinal].blocks
    count = 0
    for index, block in enumerate(blocks):
        for target in _targets(block.instructions[-1]):
            if target <= index and not (runs_once and _calls_import(blocks[target : index + 1])):
                return MAX_INTERPRETED + 1
        count += len(block.instructions)
        for row in block.instructions:
            if (
                row.op.mnemonic in _CALLS
                and not row.operands[0] & IMPORT_BIT
                and count <= MAX_INTERPRETED
            ):
                count += _most_instructions(module, row.operands[0], False, (*callers, ordinal))
    return count


def _targets(row: Instruction) -> Iterator[int]:
    for kind, operand in zip(row.op.fields, row.operands):
        if kind == "pc":
            yield operand
        elif kind == "T":
            yield from (target for target, _ in operand)


def _calls_import(blocks: list[Block]) -> bool:
    return any(
        row.op.mnemonic in _CALLS and row.operands[0] & IMPORT_BIT
        for block in blocks
        for row in block.instructions
    )
