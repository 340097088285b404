"""Modules as text, in the form of upstream's `iree-dump-module --output=disassembly`.

`%i6:7` is a 64-bit value in two registers, `%R1` a reference that is moved from, `%i1->%i2` a move
on a branch. Unlike upstream, strings are escaped, and the F64 extension is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any, TypeVar

from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import IMPORT_BIT, MOVE_BIT, REF_BIT, REF_ORDINAL
from ireelite.bytecode.locations import FileLineCol, format_location, places
from ireelite.bytecode.module_def import FunctionDef, Instruction, ModuleDef
from ireelite.status import StatusCode, StatusError

T = TypeVar("T")

_TYPES = {"i": "i32", "q": "i64", "f": "f32", "d": "f64", "r": "!vm.ref<?>"}


SourceText = Callable[[FileLineCol], str]
"""Gives the line of a source text, or nothing if it is not at hand."""


def disassemble_module(
    module: ModuleDef,
    offsets: bool = False,
    functions: list[int] | None = None,
    sources: SourceText | None = None,
) -> str:
    """Returns the whole module, or only the functions of these ordinals.

    With `offsets` each line has its byte offset. With `sources`, instructions stand under comments
    with the places in the source that they come from.
    """
    lines: list[str] = []
    if functions is None:
        lines.append(f"vm.module @{module.name} version {module.version}")
        lines += [f"vm.type {name}" for name in module.types]
        lines += [
            f"vm.import {'optional ' if row.optional else ''}@{row.full_name} "
            f'cconv "{row.signature.cconv}"'
            for row in module.imports
        ]
        lines += [
            f"vm.rodata[{n}] = {bytes(row.data).hex().upper()}"
            for n, row in enumerate(module.rodata)
        ]
        lines.append("")
        functions = list(range(len(module.functions)))
    for ordinal in functions:
        lines.append(disassemble_function(module, ordinal, offsets, sources))
        lines.append("")
    return "\n".join(lines)


def disassemble_function(
    module: ModuleDef, ordinal: int, offsets: bool = False, sources: SourceText | None = None
) -> str:
    """Disassembles one function, with the names it is exported under."""
    function = module.functions[ordinal]
    name = module.function_name(ordinal)
    lines = [
        f"vm.export @{row.name}{'' if row.name == name else f' = @{name}'}"
        for row in module.exports
        if row.ordinal == ordinal
    ]
    lines.append(f"vm.func @{name}{_signature(function)} {{")
    shown: int | None = None
    for index, block in enumerate(function.blocks):
        lines.append(f"[{block.pc:08X}]^bb{index}:" if offsets else f"^bb{index}:")
        for row in block.instructions:
            if sources is not None and row.location is not None and row.location != shown:
                lines += _source_comments(module, row.location, sources)
                shown = row.location
            text = disassemble_instruction(module, row)
            lines.append(f"[{row.pc:08X}]  {text}" if offsets else f"  {text}")
    lines.append("}")
    return "\n".join(lines)


def _source_comments(module: ModuleDef, row: int, sources: SourceText) -> list[str]:
    """Returns a comment for each place of a location; what has no place is written in one line."""
    found = places(module.locations, row)
    if not found:
        return [f"  // {' '.join(format_location(module.locations, row).split())}"]
    return [f"  // {p.filename}:{p.line}:{p.column}  {sources(p)}".rstrip() for p in found]


def disassemble_instruction(
    module: ModuleDef, row: Instruction, values: Sequence[str] | None = None
) -> str:
    """Disassembles one instruction: `%i17 = vm.cmp.lt.i64.s %i10:11, %i12:13`.

    `values` are written behind the registers that it reads, in the order of
    `registers.accesses`: `%i10:11(5)`.
    """
    mnemonic = row.op.mnemonic
    form = next((form for pattern, form in _FORMS if pattern.fullmatch(mnemonic)), None)
    suffixes = repeat("") if values is None else iter([f"({value})" for value in values])
    shown = [
        _field(module, kind, value, repeat("") if kind[0] == ">" else suffixes)
        for kind, value in zip(row.op.fields, row.operands)
    ]
    if form is not None:
        return form.format(*shown, op=f"vm.{mnemonic}").removeprefix(" = ")
    operands = [text for kind, text in zip(row.op.fields, shown) if kind[0] != ">"]
    results = [text for kind, text in zip(row.op.fields, shown) if kind[0] == ">" and text]
    text = f"vm.{mnemonic} {', '.join(operands)}".rstrip()
    return f"{', '.join(results)} = {text}{_comment(module, row)}" if results else text


def register(raw: int, kind: str = "i") -> str:
    """Returns a raw register as text; a 64-bit `kind` (`q d`) shows both halves."""
    if raw & REF_BIT:
        return f"%{'R' if raw & MOVE_BIT else 'r'}{raw & REF_ORDINAL}"
    return f"%i{raw}:{raw + 1}" if kind in "qd" else f"%i{raw}"


_FORMS = [
    (re.compile(pattern), form)
    for pattern, form in (
        (r"global\.load\.(indirect\.)?ref", "{2} = {op} .refs[{0}] : {1}"),
        (r"global\.store\.(indirect\.)?ref", "{op} {2}, .refs[{0}] : {1}"),
        (r"global\.load\..*", "{1} = {op} .rwdata[{0}]"),
        (r"global\.store\..*", "{op} {1}, .rwdata[{0}]"),
        (r"list\.alloc", "{2} = {op} {1} : !vm.list<{0}>"),
        (r"list\.get\.ref", "{3} = {op} {0}, {1} : {2}"),
        (r"select\.ref", "{4} = {op} {0} ? {2} : {3} -> {1}"),
        (r"select\..*", "{3} = {op} {0} ? {1} : {2}"),
        (r"switch\.ref", "{4} = {op} {0}[{3}] else {2} -> {1}"),
        (r"switch\..*", "{3} = {op} {0}[{2}] else {1}"),
        (r"cast\.any\.ref", "{2} = {op} {0} : !vm.ref<?> -> {1}"),
        (r"buffer\.store\..*", "{op} {2}, {0}, {1}"),
        (r"br|yield|break", "{op} {0}{1}"),
        (r"cond_br", "{op} {0}, {1}{2}, {3}{4}"),
        (r"cond_break", "{op} {0}, {1}{2}"),
        (r"br_table", "{op} {0} {{ default: {1}{2}{3} }}"),
        (r"trace|print", "{op} {0}({1})"),
        (r"call", "{2} = {op} {0}({1})"),
        (r"call\.yieldable", "{op} {0}({1}) -> {2}({3})"),
        (r"call\.variadic", "{3} = {op} {0} {1}({2})"),
        (r"call\.variadic\.yieldable", "{op} {0} {1}({2}) -> {3}({4})"),
    )
]


def _field(module: ModuleDef, kind: str, value: Any, suffixes: Iterator[str]) -> str:
    match kind:
        case "L" | ">L":
            return ", ".join([register(raw) + next(suffixes) for raw in value])
        case "S":
            return f"segments[{', '.join(str(size) for size in value)}]"
        case "M":
            moves = [
                f"{register(source)}{next(suffixes)}->{register(target)}"
                for source, target in value
            ]
            return f"({', '.join(moves)})"
        case "T":
            cases = [
                f"{n}: ^bb{block}{_field(module, 'M', moves, suffixes)}"
                for n, (block, moves) in enumerate(value)
            ]
            return "".join(f", {case}" for case in cases)
        case "pc":
            return f"^bb{value}"
        case "ty32":
            return _entry(module.types, value, "type")
        case "fn32":
            if value & IMPORT_BIT:
                return f"@{_entry(module.imports, value & ~IMPORT_BIT, 'import').full_name}"
            name = _entry(module.functions, value, "function").name
            return f"@{module.name}.{name}" if name else f"@{module.name}:{value}"
        case "s16":
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case "immf32" | "immf64":
            return f"{value:.9g}" if kind == "immf32" else repr(value)
        case "g32" | "ro32" | "imm32" | "imm64":
            return str(value)
        case _:
            return register(value, kind.strip(">'")) + next(suffixes)


def _entry(table: Sequence[T], ordinal: int, what: str) -> T:
    """Returns an entry of one of a module's tables. Raises DATA_LOSS beyond its end."""
    if not 0 <= ordinal < len(table):
        raise StatusError(
            StatusCode.DATA_LOSS,
            f"an instruction names {what} {ordinal}, but the module has {len(table)}",
        )
    return table[ordinal]


def _comment(module: ModuleDef, row: Instruction) -> str:
    match row.op.mnemonic:
        case "const.i32":
            return f"  // 0x{row.operands[0] & 0xFFFFFFFF:08X}"
        case "const.i64":
            return f"  // 0x{row.operands[0] & 0xFFFFFFFFFFFFFFFF:016X}"
        case "const.ref.rodata":
            return f"  // {len(_entry(module.rodata, row.operands[0], 'rodata').data)}b"
        case _:
            return ""


def _signature(function: FunctionDef) -> str:
    convention = parse_cconv(function.signature.cconv)
    kinds = convention.argument_kinds()
    arguments = [
        f"{register(raw, kind)}: {_TYPES[kind]}"
        for raw, kind in zip(argument_registers(kinds), kinds)
    ]
    results = [_TYPES[kind] for kind in convention.result_kinds()]
    return f"({', '.join(arguments)}) -> ({', '.join(results)})"
