"""Checks that a module means something before anything runs it or writes it.

Stronger than upstream's loader, which does not look at register operands: there an ordinal out of
range reads whatever lies on the stack. Here every register must exist, stand in the bank and at the
alignment that its field asks for, and be emptied (`MOVE_BIT`) only where the instruction allows it;
calls must fit their callees, and what is known of references must fit what is done with them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ireelite.bytecode.calling_convention import (
    CallingConvention,
    argument_registers,
    parse_cconv,
)
from ireelite.bytecode.isa import (
    IMPORT_BIT,
    MOVE_BIT,
    NOT_A_SPAN,
    REF_BIT,
    REF_ORDINAL,
)
from ireelite.bytecode.module_def import Instruction, ModuleDef
from ireelite.bytecode.ref_types import KnownTypes, follow_types, is_reference
from ireelite.bytecode.registers import callee_signature, register_counts
from ireelite.status import StatusCode, StatusError

BUILTIN_TYPES = ("i8", "i16", "i32", "i64", "f32", "f64", "!vm.opaque")
"""Types that a module may name without their being reference types."""

MAX_BLOCKS = 0x7FFF
"""Blocks of a function: their number is stored in 16 bits with a sign."""
MAX_REGISTERS = 0x7FFF
"""Number registers of a function: the ordinals that a raw register has room for."""
MAX_GLOBAL_BYTES = 1 << 24
"""Bytes of number globals: millions of scalars. A file of no size at all may claim 2 GiB, and every
context would have to hold them."""
MAX_GLOBAL_REFS = 1 << 20
"""Reference globals, for the same reason."""
MAX_REFS = 0x3FFF
"""Reference registers: their ordinals share a raw register with two flags."""
_GLOBAL_BYTES = {"i32": 4, "f32": 4, "i64": 8, "f64": 8}
_INTS = {"imm32": 31, "imm64": 63}


def verify_module(module: ModuleDef) -> None:
    """Raises INVALID_ARGUMENT, naming function, block and instruction, if anything is wrong."""
    if not module.name:
        raise _invalid("the module has no name")
    if not 0 <= module.global_bytes <= MAX_GLOBAL_BYTES:
        raise _invalid(
            f"it has {module.global_bytes} bytes of globals; {MAX_GLOBAL_BYTES} are the most"
        )
    if not 0 <= module.global_refs <= MAX_GLOBAL_REFS:
        raise _invalid(
            f"it has {module.global_refs} reference globals; {MAX_GLOBAL_REFS} are the most"
        )
    for name in module.types:
        if not (name in BUILTIN_TYPES or is_reference(name)):
            raise _invalid(f"'{name}' is not the name of a type")
    for row in module.imports:
        if "." not in row.full_name:
            raise _invalid(f"import '{row.full_name}' does not name a module")
        if row.signature.cconv:
            parse_cconv(row.signature.cconv)
    names: set[str] = set()
    for export in module.exports:
        if not 0 <= export.ordinal < len(module.functions):
            raise _invalid(
                f"export '{export.name}' is function {export.ordinal} of {len(module.functions)}"
            )
        if export.name in names:
            raise _invalid(f"two exports are called '{export.name}'")
        names.add(export.name)
    for ordinal, function in enumerate(module.functions):
        try:
            convention = parse_cconv(function.signature.cconv)
            if convention.variadic:
                raise _invalid("only imports may have variadic arguments")
        except StatusError as error:
            raise error.annotate(f"function {ordinal} of module '{module.name}'") from None
    for ordinal in range(len(module.functions)):
        _FunctionVerifier(module, ordinal).run()


class _FunctionVerifier:
    """Checks one function. Where it is stands in attributes, for the text of an error."""

    def __init__(self, module: ModuleDef, ordinal: int):
        self.module = module
        self.ordinal = ordinal
        self.function = module.functions[ordinal]
        self.ints = self.refs = 0
        self.block = self.position = self.operand = -1

    def run(self) -> None:
        try:
            self._structure()
            self.block = self.position = -1
            self._registers_fit()
            for index, block in enumerate(self.function.blocks):
                self.block = index
                known: KnownTypes = {}
                for position, row in enumerate(block.instructions):
                    self.position = position
                    self._instruction(row)
                    follow_types(self.module, row, known)
        except StatusError as error:
            raise error.annotate(self._where()) from None
        except (TypeError, ValueError, IndexError, AttributeError, struct.error) as error:
            wrong = _invalid(f"an operand has the wrong type: {error}")
            raise wrong.annotate(self._where()) from None

    def _where(self) -> str:
        """Describes the place that is being verified: `operand 2 (>i) of instruction 0 (add.i32,
        byte 1) of ^bb0 of function 3 (abs) of ...`.
        """
        name = self.module.function_name(self.ordinal)
        text = f"function {self.ordinal} ({name}) of module '{self.module.name}'"
        if self.block >= 0:
            text = f"^bb{self.block} of {text}"
        if self.block >= 0 and self.position >= 0:
            row = self.function.blocks[self.block].instructions[self.position]
            place = f", byte {row.pc}" if row.pc >= 0 else ""
            text = f"instruction {self.position} ({row.op.mnemonic}{place}) of {text}"
            if 0 <= self.operand < len(row.op.fields):
                text = f"operand {self.operand} ({row.op.fields[self.operand]}) of {text}"
        return text

    def _structure(self) -> None:
        """Blocks that end with their only terminator, operands for all fields, and ordinals of what
        there is: what all later checks stand on.
        """
        blocks = self.function.blocks
        if not 0 < len(blocks) <= MAX_BLOCKS:
            raise _invalid(f"it has {len(blocks)} blocks")
        for index, block in enumerate(blocks):
            rows = block.instructions
            self.block, self.position = index, -1
            if not (bool(rows) and rows[-1].op.terminator):
                raise _invalid("the block does not end with a terminator")
            for position, row in enumerate(rows):
                self.position = position
                if not (position == len(rows) - 1 or not row.op.terminator):
                    raise _invalid("a terminator within a block")
                if row.op.mnemonic == "block":
                    raise _invalid("block markers are not written as instructions")
                if len(row.operands) != len(row.op.fields):
                    raise _invalid(
                        f"it has {len(row.operands)} operands for {len(row.op.fields)} fields"
                    )
                if not (_NAMING.isdisjoint(row.op.fields)):
                    self._ordinals(row)
                if not (row.location is None or 0 <= row.location < len(self.module.locations)):
                    raise _invalid(f"there is no location {row.location}")

    def _registers_fit(self) -> None:
        """Fixes the sizes of the register banks, which must hold the arguments."""
        self.ints, self.refs = register_counts(self.module, self.function)
        if not 0 <= self.ints <= MAX_REGISTERS:
            raise _invalid(f"{self.ints} number registers")
        if not 0 <= self.refs <= MAX_REFS:
            raise _invalid(f"{self.refs} reference registers")
        kinds = parse_cconv(self.function.signature.cconv).argument_kinds()
        for kind, raw in zip(kinds, argument_registers(kinds)):
            self._register(kind, raw)

    def _ordinals(self, row: Instruction) -> None:
        """Checks the fields that name things of the module, on which all later checks stand."""
        module = self.module
        for index, (kind, operand) in enumerate(zip(row.op.fields, row.operands)):
            self.operand = index
            if kind == "fn32":
                count = len(module.imports) if operand & IMPORT_BIT else len(module.functions)
                if not 0 <= operand & ~IMPORT_BIT < count:
                    raise _invalid(f"there is no function {operand:#x}")
            elif kind == "ro32":
                if not 0 <= operand < len(module.rodata):
                    raise _invalid(f"there is no rodata {operand}")
            elif kind == "ty32":
                if not 0 <= operand < len(module.types):
                    raise _invalid(f"there is no type {operand}")
                if not (row.op.mnemonic == "list.alloc" or is_reference(module.types[operand])):
                    raise _invalid(f"'{module.types[operand]}' is not a reference type")
            elif kind == "g32":
                name = row.op.mnemonic.rpartition(".")[2]
                if name == "ref":
                    if not 0 <= operand < module.global_refs:
                        raise _invalid(f"there is no reference global {operand}")
                else:
                    end = operand + _GLOBAL_BYTES[name]
                    if not (operand >= 0 and end <= module.global_bytes):
                        raise _invalid(f"there is no global at {operand}")
        self.operand = 0
        if row.op.mnemonic == "import.resolved":
            if not (row.operands[0] & IMPORT_BIT):
                raise _invalid("it asks about a function that is not imported")
        if row.op.mnemonic in _CALLS:
            cconv = callee_signature(module, row.operands[0]).cconv
            if not cconv:
                raise _invalid("the import that it calls declares no calling convention")
            convention = parse_cconv(cconv)
            if "variadic" in row.op.mnemonic:
                _segments_fit(convention, *row.operands[1:3])
        self.operand = -1

    def _instruction(self, row: Instruction) -> None:
        declared = self.function.requirements
        if declared is not None and (row.op.prefix is not None or row.op.terminator):
            needs = row.op.requirement
            if needs not in declared:
                raise _invalid(f"the function does not declare that it needs {needs.name}")
        fields, operands = row.op.fields, row.operands
        if fields not in _CHECKS:
            _CHECKS[fields] = _checks(fields)
        for index, kind, movable, check in _CHECKS[fields]:
            self.operand = index
            if check is None:
                self._register(kind, operands[index], movable)
            else:
                check(self, kind, operands[index])
        self.operand = -1
        if (special := _SPECIAL.get(row.op.mnemonic)) is not None:
            special(self, row)

    def _register(self, kind: str, raw: int, movable: bool = False) -> None:
        if not 0 <= raw <= 0xFFFF:
            raise _invalid(f"{raw} is no register")
        if kind == "r":
            if raw & REF_BIT != REF_BIT:
                raise _invalid(f"register {raw} is a number; a reference is expected")
            if raw & REF_ORDINAL >= self.refs:
                raise _invalid(f"there is no register r{raw & REF_ORDINAL}")
            if not (movable or not raw & MOVE_BIT):
                raise _invalid(f"register r{raw & REF_ORDINAL} may not be moved from here")
            return
        if raw & REF_BIT:
            raise _invalid(f"register r{raw & REF_ORDINAL} is a reference; a number is expected")
        wide = kind in "qd"
        if raw + wide >= self.ints:
            raise _invalid(f"there is no register i{raw}")
        if wide and raw % 2:
            raise _invalid(f"64-bit values stand at even registers, not at i{raw}")

    def _block(self, kind: str, index: int) -> None:
        if not 0 <= index < len(self.function.blocks):
            raise _invalid(f"there is no block ^bb{index}")

    def _moves(self, kind: str, moves: tuple[tuple[int, int], ...]) -> None:
        for source, target in moves:
            if (source ^ target) & REF_BIT:
                raise _invalid("a move from one register bank to the other")
            bank = "r" if source & REF_BIT else "c"
            self._register(bank, source, movable=True)
            self._register(bank, target, movable=True)
        if len(moves) > 0xFFFF:
            raise _invalid(f"{len(moves)} moves")

    def _cases(self, kind: str, cases: tuple[tuple[int, Any], ...]) -> None:
        for index, moves in cases:
            self._block("pc", index)
            self._moves("M", moves)
        if len(cases) > 0xFFFF:
            raise _invalid(f"{len(cases)} cases")

    def _int(self, kind: str, value: int) -> None:
        limit = 1 << _INTS[kind]
        if not (isinstance(value, int) and -limit <= value < limit):
            raise _invalid(f"{value} does not fit into {kind}")

    def _float(self, kind: str, value: float) -> None:
        try:
            struct.pack("<f" if kind == "immf32" else "<d", value)
        except OverflowError:
            raise _invalid(f"{value} does not fit into {kind}") from None

    def _text(self, kind: str, text: str) -> None:
        if len(text.encode()) > 0xFFFF:
            raise _invalid("its text is longer than 65535 bytes")

    def _list(self, kinds: list[str], raws: tuple[int, ...], what: str, movable: bool) -> None:
        if len(kinds) != len(raws):
            raise _invalid(f"it has {len(raws)} {what} where {len(kinds)} are expected")
        if len(raws) > 0xFFFF:
            raise _invalid(f"it has {len(raws)} {what}")
        for kind, raw in zip(kinds, raws):
            self._register(kind, raw, movable)

    def _call(self, row: Instruction) -> None:
        convention = parse_cconv(callee_signature(self.module, row.operands[0]).cconv)
        segments = None
        if "variadic" in row.op.mnemonic:
            segments, arguments = row.operands[1], row.operands[2]
        else:
            arguments = row.operands[1]
            if convention.variadic:
                raise _invalid("a callee with variadic arguments takes a variadic call")
        self._list(convention.argument_kinds(segments), arguments, "arguments", movable=True)
        self._list(convention.result_kinds(), row.operands[-1], "results", movable=True)

    def _return(self, row: Instruction) -> None:
        kinds = parse_cconv(self.function.signature.cconv).result_kinds()
        self._list(kinds, row.operands[0], "results", movable=True)

    def _switch(self, row: Instruction) -> None:
        kind = row.op.fields[-1][1]
        self._list([kind] * len(row.operands[-2]), row.operands[-2], "cases", movable=True)

    def _any_list(self, row: Instruction) -> None:
        raws = row.operands[-1]
        kinds = ["r" if raw & REF_BIT else "c" for raw in raws]
        self._list(kinds, raws, "registers", movable=True)

    def _refs(self, row: Instruction) -> None:
        self._list(["r"] * len(row.operands[0]), row.operands[0], "registers", movable=True)


def _segments_fit(
    convention: CallingConvention, segments: tuple[int, ...], arguments: tuple[int, ...]
) -> None:
    """Checks the sizes of spans against the arguments there are, before anything is repeated as
    often as they say.
    """
    if len(segments) != len(convention.arguments):
        raise _invalid(f"it has {len(segments)} segments for {len(convention.arguments)} arguments")
    for size, item in zip(segments, convention.arguments):
        if item[0] == "C":
            if not 0 <= size < NOT_A_SPAN:
                raise _invalid(f"{size} is no segment size")
        else:
            if size != NOT_A_SPAN:
                raise _invalid(f"segment size {size} for an argument that is not variadic")
    widths = [
        1 if item[0] != "C" else (len(item) - 2) * n
        for n, item in zip(segments, convention.arguments)
    ]
    if sum(widths) != len(arguments):
        raise _invalid(f"it has {len(arguments)} arguments where {sum(widths)} are expected")


_Check = Callable[[_FunctionVerifier, str, Any], None]
_FIELDS: dict[str, _Check] = {
    "pc": _FunctionVerifier._block,
    "M": _FunctionVerifier._moves,
    "T": _FunctionVerifier._cases,
    "imm32": _FunctionVerifier._int,
    "imm64": _FunctionVerifier._int,
    "immf32": _FunctionVerifier._float,
    "immf64": _FunctionVerifier._float,
    "s16": _FunctionVerifier._text,
}
_NAMING = frozenset(("fn32", "ro32", "ty32", "g32"))
"""Fields that name things of the module."""
_CHECKS: dict[tuple[str, ...], list[tuple[int, str, bool, _Check | None]]] = {}
"""Fields of an instruction -> what `_checks` returns for them."""


def _checks(fields: tuple[str, ...]) -> list[tuple[int, str, bool, _Check | None]]:
    """Returns which operands are checked: of a register its bank, whether it may be moved from, and
    None; of others their kind, and the check.
    """
    rows: list[tuple[int, str, bool, _Check | None]] = []
    for index, kind in enumerate(fields):
        bare = kind.strip(">'")
        if bare in ("i", "q", "f", "d", "r"):
            rows.append((index, bare, kind[-1] == "'", None))
        elif kind in _FIELDS:
            rows.append((index, kind, False, _FIELDS[kind]))
    return rows


_CALLS = ("call", "call.variadic", "call.yieldable", "call.variadic.yieldable")
_SPECIAL: dict[str, Callable[[_FunctionVerifier, Instruction], None]] = {
    **dict.fromkeys(_CALLS, _FunctionVerifier._call),
    **{f"switch.{kind}": _FunctionVerifier._switch for kind in ("i32", "i64", "f32", "f64", "ref")},
    "return": _FunctionVerifier._return,
    "trace": _FunctionVerifier._any_list,
    "print": _FunctionVerifier._any_list,
    "discard.refs": _FunctionVerifier._refs,
}


def _invalid(message: str) -> StatusError:
    return StatusError(StatusCode.INVALID_ARGUMENT, message)
