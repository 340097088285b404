"""Which registers an instruction reads and writes, and as what.

The fields of an instruction say it for all but the lists: those of calls and `return` follow a
calling convention, those of a `switch` the result, and moves between registers copy 32 bits or a
reference whatever they mean.
"""

from __future__ import annotations

from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import IMPORT_BIT, REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import FunctionDef, Instruction, ModuleDef, Signature
from ireelite.light_named_tuple import NamedTuple

CELL = "c"
"""The kind of a number register that is copied without regard to its type."""

Access = tuple[str, int]
"""Kind (`i q f d r` or `CELL`) and raw register."""


class Accesses(NamedTuple):
    """The registers of an instruction in the order in which they are read, then written."""

    reads: list[Access]
    writes: list[Access]


def callee_signature(module: ModuleDef, ordinal: int) -> Signature:
    """Returns the signature that a `fn32` names."""
    if ordinal & IMPORT_BIT:
        return module.imports[ordinal & ~IMPORT_BIT].signature
    return module.functions[ordinal].signature


def accesses(module: ModuleDef, function: FunctionDef, row: Instruction) -> Accesses:
    """Reads and writes of one instruction.

    The moves on a branch read all their sources, one by one, as they write.
    """
    fields, operands = row.op.fields, row.operands
    if fields not in _PLAIN:
        _PLAIN[fields] = _plain(fields)
    if (plain := _PLAIN[fields]) is not None:
        inputs, outputs = plain
        return Accesses(
            [(kind, operands[index]) for kind, index in inputs],
            [(kind, operands[index]) for kind, index in outputs],
        )
    reads: list[Access] = []
    writes: list[Access] = []
    mnemonic = row.op.mnemonic
    for kind, operand in zip(fields, operands):
        if kind in _REGISTERS:
            reads.append((kind[0], operand))
        elif kind in _RESULTS:
            writes.append((kind[1], operand))
        elif kind == ">L":
            results = parse_cconv(callee_signature(module, row.operands[0]).cconv).result_kinds()
            writes += zip(results, operand)
        elif kind == "L":
            reads += zip(_list_kinds(module, function, row), operand)
        elif kind == "M":
            _moves(operand, reads, writes)
        elif kind == "T":
            for _, moves in operand:
                _moves(moves, reads, writes)
    if mnemonic == "discard.refs":
        writes += reads
    return Accesses(reads, writes)


def register_counts(module: ModuleDef, function: FunctionDef) -> tuple[int, int]:
    """Returns how many 32-bit number registers and how many reference registers a function
    declares, or uses if it declares none.
    """
    if function.i32_registers is not None and function.ref_registers is not None:
        return function.i32_registers, function.ref_registers
    kinds = parse_cconv(function.signature.cconv).argument_kinds()
    used: list[Access] = list(zip(kinds, argument_registers(kinds)))
    for block in function.blocks:
        for row in block.instructions:
            reads, writes = accesses(module, function, row)
            used += reads
            used += writes
    ints = max(
        (raw + (2 if kind in "qd" else 1) for kind, raw in used if not raw & REF_BIT), default=0
    )
    refs = max(((raw & REF_ORDINAL) + 1 for _, raw in used if raw & REF_BIT), default=0)
    return (
        ints if function.i32_registers is None else function.i32_registers,
        refs if function.ref_registers is None else function.ref_registers,
    )


_REGISTERS = frozenset(("i", "q", "f", "d", "r", "r'"))
_RESULTS = frozenset((">i", ">q", ">f", ">d", ">r'"))
_LISTS = frozenset(("L", ">L", "M", "T"))


_Positions = list[tuple[str, int]]
"""Kinds of registers, and which operands they are."""
_PLAIN: dict[tuple[str, ...], tuple[_Positions, _Positions] | None] = {}
"""Fields of an instruction -> what it reads and writes; None if lists say so."""


def _plain(fields: tuple[str, ...]) -> tuple[_Positions, _Positions] | None:
    if not _LISTS.isdisjoint(fields):
        return None
    return (
        [(kind[0], index) for index, kind in enumerate(fields) if kind in _REGISTERS],
        [(kind[1], index) for index, kind in enumerate(fields) if kind in _RESULTS],
    )


def _list_kinds(module: ModuleDef, function: FunctionDef, row: Instruction) -> list[str]:
    """Kinds of the registers in an instruction's list of operands."""
    match row.op.mnemonic:
        case "call" | "call.yieldable":
            return parse_cconv(callee_signature(module, row.operands[0]).cconv).argument_kinds()
        case "call.variadic" | "call.variadic.yieldable":
            signature = callee_signature(module, row.operands[0])
            return parse_cconv(signature.cconv).argument_kinds(row.operands[1])
        case "return":
            return parse_cconv(function.signature.cconv).result_kinds()
        case "discard.refs":
            return ["r"] * len(row.operands[0])
        case "trace" | "print":
            return ["r" if raw & REF_BIT else CELL for raw in row.operands[1]]
        case _:  # a switch: its cases are of the kind of its result
            kind = row.op.fields[-1][1]
            return [kind] * len(row.operands[-2])


def _moves(moves: tuple[tuple[int, int], ...], reads: list[Access], writes: list[Access]) -> None:
    for source, target in moves:
        reads.append(("r" if source & REF_BIT else CELL, source))
        writes.append(("r" if target & REF_BIT else CELL, target))
