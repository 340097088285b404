"""Short forms for modules written by hand.

count = function("0i_i", [
    [row("br", 1, ((0, 1),))],
    [row("const.i32", 1, 2), row("sub.i32", 1, 2, 1), row("cond_br", 1, 1, (), 2, ())],
    [row("return", (1,))],
])
data = encode_module(module("demo", {"count": count})).data
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ireelite.bytecode.isa import IMPORT_BIT, MOVE_BIT, OPCODES, REF_BIT
from ireelite.bytecode.module_def import (
    Block,
    ExportFunction,
    FunctionDef,
    ImportFunction,
    Instruction,
    ModuleDef,
    Rodata,
    Signature,
)


def row(mnemonic: str, *operands: Any, origin: object = None) -> Instruction:
    """Returns an instruction by name, operands in encoded order. Raises KeyError for an unknown
    name.
    """
    return Instruction(OPCODES[mnemonic], operands, origin)


def ref(ordinal: int, move: bool = False) -> int:
    """Returns the raw form of a reference register."""
    return REF_BIT | ordinal | (MOVE_BIT if move else 0)


def imported(ordinal: int) -> int:
    """Returns the `fn32` of an import."""
    return IMPORT_BIT | ordinal


def function(cconv: str, blocks: Sequence[Sequence[Instruction]], **attrs: str) -> FunctionDef:
    """Returns a function whose counts and requirements are computed."""
    return FunctionDef(Signature(cconv, dict(attrs)), [Block(list(rows)) for rows in blocks])


def module(
    name: str,
    functions: Mapping[str, FunctionDef],
    imports: Mapping[str, str] | None = None,
    rodata: Sequence[bytes] = (),
    types: Sequence[str] = (),
    **fields: Any,
) -> ModuleDef:
    """Returns a module of functions in order, exported unless their name begins with `.`.

    `imports` maps full names to calling conventions.
    """
    return ModuleDef(
        name,
        types=list(types),
        imports=[ImportFunction(full, Signature(cconv)) for full, cconv in (imports or {}).items()],
        exports=[
            ExportFunction(key, n) for n, key in enumerate(functions) if not key.startswith(".")
        ],
        functions=list(functions.values()),
        rodata=[Rodata(data) for data in rodata],
        **fields,
    )
