"""What is known of the types of references within a block, and whether instructions fit it.

Most references have a type only at run time. But a block that makes a buffer and then takes an
element of it as if it were a list can never be right. Nothing is assumed at a block's beginning,
and null passes everywhere here: it fails when it is used.
"""

from __future__ import annotations

from ireelite.bytecode.isa import MOVE_BIT, REF_BIT, REF_ORDINAL, ROWS
from ireelite.bytecode.module_def import Instruction, ModuleDef
from ireelite.status import StatusCode, StatusError

BUFFER = "vm.buffer"
LIST = "vm.list"
ANY = "vm.opaque"

KnownTypes = dict[int, str]
"""Types of references by register ordinal, without `!`; a register that is not here holds anything."""


def is_reference(type: str) -> bool:
    """Returns whether a name of a type table is that of a reference type."""
    return type.startswith("!") and len(type) > 1


def object_type(type: str) -> str:
    """Returns the type that an object of a reference type reports: `vm.list` for every list."""
    name = type.removeprefix("!")
    return LIST if name.startswith(f"{LIST}<") else name


def follow_types(module: ModuleDef, row: Instruction, known: KnownTypes) -> None:
    """Takes in one verified instruction. Raises INVALID_ARGUMENT for a reference that cannot be of
    the type that is asked for.
    """
    mnemonic = row.op.mnemonic
    if mnemonic not in _TOUCHING or (not known and mnemonic not in _RESULTS):
        return
    for ordinal, wanted in _wanted(module, row):
        found = known.get(ordinal, wanted)
        if found != wanted and wanted != ANY:
            raise _invalid(f"register r{ordinal} holds a {found}; a {wanted} is expected")
    source = known.get(row.operands[0] & REF_ORDINAL) if mnemonic == "assign.ref" else None
    for kind, operand in zip(row.op.fields, row.operands):
        emptied = mnemonic == "discard.refs" or kind[0] == ">"
        for raw in operand if kind[-1] == "L" else (operand,) if kind[-1] == "'" else ():
            if raw & REF_BIT and (emptied or raw & MOVE_BIT):
                known.pop(raw & REF_ORDINAL, None)
    made = _made(module, row) or source
    if made is not None and made != ANY:
        known[row.operands[-1] & REF_ORDINAL] = made


def _wanted(module: ModuleDef, row: Instruction) -> list[tuple[int, str]]:
    """Registers that an instruction takes as objects of a type."""
    mnemonic = row.op.mnemonic
    room = mnemonic.partition(".")[0]
    if room in ("buffer", "list"):
        wanted = BUFFER if room == "buffer" else LIST
        pairs = zip(row.op.fields, row.operands)
        return [(raw & REF_ORDINAL, wanted) for kind, raw in pairs if kind == "r"]
    if mnemonic in ("global.store.ref", "global.store.indirect.ref"):
        return [(row.operands[2] & REF_ORDINAL, _named(module, row))]
    return []


def _made(module: ModuleDef, row: Instruction) -> str | None:
    """Returns the type of an instruction's result, if it always has one."""
    made = _RESULTS.get(row.op.mnemonic)
    return _named(module, row) if made == "" else made


def _named(module: ModuleDef, row: Instruction) -> str:
    """Returns the type that an instruction names."""
    return object_type(module.types[row.operands[row.op.fields.index("ty32")]])


_RESULTS = {
    "const.ref.rodata": BUFFER,
    "buffer.alloc": BUFFER,
    "buffer.clone": BUFFER,
    "list.alloc": LIST,
    "global.load.ref": "",
    "global.load.indirect.ref": "",
    "list.get.ref": "",
    "cast.any.ref": "",
    "select.ref": "",
    "switch.ref": "",
}
"""Instructions whose result is of one type, or (an empty text) of the type that they name."""
_TOUCHING = frozenset(
    row.mnemonic
    for row in ROWS
    if not row.terminator and {"r", "r'", ">r'", "L", ">L"}.intersection(row.fields)
)
"""Instructions that read or write references, and after which the block goes on."""


def _invalid(message: str) -> StatusError:
    return StatusError(StatusCode.INVALID_ARGUMENT, message)
