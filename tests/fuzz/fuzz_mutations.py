"""Changes modules at three levels: bytes, fields of the FlatBuffer, and operands of instructions."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from ireelite.bytecode import schema
from ireelite.bytecode.container import read_container
from ireelite.bytecode.flatbuffer import (
    Bytes,
    Nested,
    NestedVector,
    Scalar,
    Scalars,
    Structs,
    Table,
    Text,
    read,
)
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.bytecode.isa import IMPORT_BIT, MOVE_BIT, OPCODES, REF_BIT, ROWS
from ireelite.bytecode.module_def import Block, FunctionDef, Instruction, ModuleDef

INTERESTING = (0, 1, 2, 3, 4, 7, 8, 15, 16, 64, 127, 128, 255, 256, 0x3FFF, 0x4000, 0x7FFF, 0x8000)
INTERESTING += (0xFFFF, 0x10000, 0xFFFFFF, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
LETTERS = ("", "v", "i", "r", "I", "rr", "iI", "f", "F", "CiD", "CrID", "x", "i" * 40, "0_0")
NAMES = ("", "f", "__init", "__deinit", "m.f", "other.f", "hal.fence.create", "é\0", "x" * 300)
_RANGES = {"B": (0, 255), "i": (-(1 << 31), (1 << 31) - 1), "I": (0, (1 << 32) - 1)}
_RANGES |= {"Q": (0, (1 << 64) - 1), "h": (-(1 << 15), (1 << 15) - 1), "H": (0, (1 << 16) - 1)}


# -- bytes -----------------------------------------------------------------------------------------


def mutate_bytes(data: bytes, other: bytes, random: Random) -> bytes:
    """Some bytes overwritten, cut out, put in, or taken from another module."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        if not changed:
            break
        at = random.randrange(len(changed))
        match random.randrange(7):
            case 0:
                changed[at] ^= 1 << random.randrange(8)
            case 1:
                changed[at] = random.choice(INTERESTING) & 0xFF
            case 2:
                width = random.choice((2, 4, 8))
                value = random.choice(INTERESTING)
                changed[at : at + width] = (value & (256**width - 1)).to_bytes(width, "little")
            case 3:
                start = random.randrange(len(other)) if other else 0
                piece = other[start : start + random.randrange(1, 32)]
                changed[at : at + len(piece)] = piece
            case 4:
                changed[at : at + random.randrange(1, 9)] = b""
            case 5:
                changed[at:at] = random.randbytes(random.randrange(1, 9))
            case _:
                if not random.randrange(8):
                    del changed[at:]
                else:
                    changed[at] = random.randrange(256)
    return bytes(changed)


# -- fields ----------------------------------------------------------------------------------------


def mutate_fields(data: bytes, random: Random) -> bytes:
    """The module with some fields of its FlatBuffer changed, as a flat file.

    External rodata stays behind it, wherever it lies then.
    """
    contents = read_container(data)
    root = read(schema.MODULE, contents.flatbuffer, size_prefix=True)
    for _ in range(random.choice((1, 1, 2, 3))):
        _mutate_table(schema.MODULE, root, random)
    flatbuffer = write(schema.MODULE, root, identifier=schema.FILE_IDENTIFIER, size_prefix=True)
    return flatbuffer + bytes(-len(flatbuffer) % 64) + bytes(contents.file[contents.rodata_base :])


def _mutate_table(table: Table, value: dict[str, Any], random: Random) -> None:
    present = [name for name in table.fields if value[name] is not None]
    if not table.fields:
        return
    name = random.choice(present if present and random.randrange(20) else list(table.fields))
    kind = table.fields[name]
    item = value[name]
    if item is None or not random.randrange(15):
        value[name] = None if name not in table.required else item
        if isinstance(kind, Scalar):
            value[name] = number(kind.code, 0, random)
        return
    match kind:
        case Scalar(code):
            value[name] = number(code, item, random)
        case Text():
            value[name] = text(name, item, random)
        case Nested(nested):
            _mutate_table(nested, item, random)
        case NestedVector(nested):
            value[name] = rows = list(item)
            if rows and random.randrange(4):
                row = rows[at := random.randrange(len(rows))] = dict(
                    rows[random.randrange(len(rows))]
                )
                if random.randrange(6):
                    row = rows[at] = dict(item[at])
                    _mutate_table(nested, row, random)
            else:
                shuffle_rows(rows, random)
        case Bytes():
            value[name] = mutate_bytes(bytes(item), bytes(item), random)
        case Structs(form):
            value[name] = rows = list(item)
            if rows and random.randrange(5):
                at, column = random.randrange(len(rows)), random.randrange(len(rows[0]))
                row = list(rows[at])
                row[column] = number(form.strip("<")[column], row[column], random)
                rows[at] = tuple(row)
            else:
                shuffle_rows(rows, random)
        case Scalars(code):
            value[name] = tuple(number(code, one, random) for one in item)
        case _:
            value[name] = [pair for pair in item if random.randrange(4)]


def number(code: str, value: int, random: Random) -> int:
    """Another number that fits into a field."""
    least, most = _RANGES[code]
    changed = random.choice((value + 1, value - 1, value ^ 1, value * 2, *INTERESTING))
    return min(max(changed, least), most)


def text(name: str, value: str, random: Random) -> str:
    """Another name or calling convention."""
    if name == "calling_convention":
        if random.randrange(3):
            return f"0{random.choice(LETTERS)}_{random.choice(LETTERS)}"
        at = random.randrange(len(value) + 1)
        return value[:at] + random.choice("irIfFvCD_0") + value[at + random.randrange(2) :]
    return random.choice((*NAMES, value + "x", value[1:]))


def shuffle_rows(rows: list[Any], random: Random) -> None:
    """A row doubled, dropped, or at another place."""
    if not rows:
        return
    at = random.randrange(len(rows))
    match random.randrange(3):
        case 0:
            rows.insert(at, rows[random.randrange(len(rows))])
        case 1:
            del rows[at]
        case _:
            random.shuffle(rows)


# -- instructions ----------------------------------------------------------------------------------


def mutate_module(module: ModuleDef, random: Random) -> ModuleDef:
    """A copy with some operands, instructions, blocks or facts of the module changed."""
    changed = replace(
        module,
        types=list(module.types),
        exports=[replace(row) for row in module.exports],
        imports=[replace(row) for row in module.imports],
        functions=[
            replace(
                f,
                blocks=[replace(b, instructions=list(b.instructions)) for b in f.blocks],
                length=-1,
            )
            for f in module.functions
        ],
    )
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        if not changed.functions or not random.randrange(20):
            _mutate_facts(changed, random)
        else:
            _mutate_function(changed, random.choice(changed.functions), random)
    blocks = [block for each in changed.functions for block in each.blocks if block.instructions]
    if blocks and not random.randrange(30):
        rows = random.choice(blocks).instructions
        at = random.randrange(len(rows))
        rows[at] = spoiled(rows[at], random)
    return changed


def _mutate_facts(module: ModuleDef, random: Random) -> None:
    match random.randrange(7):
        case 0:
            module.global_bytes = max(0, module.global_bytes + random.choice((-8, -4, 4, 1 << 31)))
        case 1:
            module.global_refs += random.choice((-1, 1))
        case 2 if module.types:
            kinds = ("i32", "i64", "f32", "!vm.buffer", "!vm.list<i32>", "!vm.opaque", "!x.y", "z")
            module.types[random.randrange(len(module.types))] = random.choice(kinds)
        case 3 if module.exports:
            export = random.choice(module.exports)
            export.ordinal = random.randrange(-1, len(module.functions) + 1)
        case 4 if module.imports:
            row = random.choice(module.imports)
            cconv = text("calling_convention", "0i_i", random) if random.randrange(3) else ""
            row.signature = replace(row.signature, cconv=cconv)
        case 5:
            shuffle_rows(module.functions, random)
        case _:
            if module.functions:
                function = random.choice(module.functions)
                cconv = text("calling_convention", function.signature.cconv, random)
                function.signature = replace(function.signature, cconv=cconv)


def _mutate_function(module: ModuleDef, function: FunctionDef, random: Random) -> None:
    choice = random.randrange(24)
    if choice == 0:
        shuffle_rows(function.blocks, random)
    elif choice == 1:
        grow = random.choice((-1, 1, 2, -100, 40_000))
        if function.i32_registers is not None and random.randrange(2):
            function.i32_registers += grow
        elif function.ref_registers is not None:
            function.ref_registers += grow
    elif choice == 2:
        function.requirements = None
    elif function.blocks:
        block = random.choice(function.blocks)
        if choice == 3:
            shuffle_rows(block.instructions, random)
        elif block.instructions:
            _mutate_instruction(module, function, block, random)


def _mutate_instruction(
    module: ModuleDef, function: FunctionDef, block: Block, random: Random
) -> None:
    at = random.randrange(len(block.instructions))
    row = block.instructions[at]
    if not random.randrange(4):
        alike = _ALIKE[row.op.fields, row.op.terminator]
        block.instructions[at] = row._replace(op=random.choice(alike))
    elif row.operands:
        operands = list(row.operands)
        index = random.randrange(len(operands))
        operands[index] = operand(module, function, row, index, random)
        block.instructions[at] = row._replace(operands=tuple(operands))


def spoiled(row: Instruction, random: Random) -> Instruction:
    """What no decoder gives, but a program that makes modules may."""
    match random.randrange(6):
        case 0:
            return row._replace(location=random.choice((-1, 99)))
        case 1:
            return row._replace(operands=row.operands[:-1])
        case 2:
            return row._replace(op=OPCODES["block"], operands=())
        case 3:
            return row._replace(operands=tuple(str(one) for one in row.operands))
        case 4:
            return row._replace(op=OPCODES["import.resolved"], operands=(0, 0))
        case _:
            many = {"L": (0,) * 70_000, "M": ((0, 0),) * 70_000, "T": ((0, ()),) * 70_000}
            many |= {"S": (0xFFFE, 0xFFFE), "imm32": 1 << 40, "imm64": 1 << 80, "immf32": 1e300}
            pairs = zip(row.op.fields, row.operands, strict=True)
            return row._replace(operands=tuple(many.get(kind, old) for kind, old in pairs))


_ALIKE: dict[tuple[tuple[str, ...], bool], list[Any]] = {}
for _row in ROWS:
    _ALIKE.setdefault((_row.fields, _row.terminator), []).append(_row)


def operand(
    module: ModuleDef, function: FunctionDef, row: Instruction, index: int, random: Random
) -> Any:
    """Another operand for a field."""
    kind, old = row.op.fields[index], row.operands[index]
    ints, refs = function.i32_registers or 16, function.ref_registers or 8
    wild = not random.randrange(12)
    match kind.strip(">'"):
        case "i" | "f" | "q" | "d" | "r" as bank:
            return register(bank, ints, refs, wild, random)
        case "L":
            return _list(list(old), ints, refs, wild, random)
        case "S":
            return tuple(random.choice((size, 0, 1, 2, 0xFFFF)) for size in old)
        case "pc":
            return random.randrange(len(function.blocks) + wild)
        case "M":
            return tuple(_move(ints, refs, wild, random) for _ in range(random.randrange(4)))
        case "T":
            count = len(function.blocks) + wild
            return tuple((random.randrange(count), ()) for _ in range(random.randrange(4)))
        case "g32":
            refs_named = row.op.mnemonic.endswith("ref")
            most = module.global_refs if refs_named else module.global_bytes
            return random.randrange(most + 1 + 8 * wild)
        case "ro32":
            return random.randrange(len(module.rodata) + 1 + wild)
        case "ty32":
            return random.randrange(len(module.types) + 1 + wild)
        case "fn32":
            count = len(module.imports) + wild
            if count and random.randrange(2):
                return IMPORT_BIT | random.randrange(count)
            return random.randrange(len(module.functions) + wild)
        case "s16":
            return random.choice(("", "why", "é", "x" * 70_000 if wild else "\n"))
        case "imm32" | "imm64":
            width = 31 if kind == "imm32" else 63
            numbers = (0, 1, 2, -1, 16, 4096, (1 << width) - 1, -(1 << width), 1 << width)
            return random.choice(numbers[: len(numbers) - 1 + wild])
        case _:
            return random.choice((0.0, -0.0, 1.5, float("nan"), float("inf"), 1e-40, 3e38))


def register(bank: str, ints: int, refs: int, wild: bool, random: Random) -> int:
    """A raw register of a bank; a wild one may be any number."""
    if wild:
        return random.choice((*INTERESTING[:19], ints, ints - 1, REF_BIT | refs, -1, 1 << 16))
    if bank == "r":
        return REF_BIT | random.randrange(max(refs, 1)) | random.choice((0, 0, 0, MOVE_BIT))
    raw = random.randrange(max(ints, 1))
    return raw & ~1 if bank in "qd" else raw


def _list(old: list[int], ints: int, refs: int, wild: bool, random: Random) -> tuple[int, ...]:
    if old and random.randrange(4):
        at = random.randrange(len(old))
        old[at] = register("r" if old[at] & REF_BIT else "i", ints, refs, wild, random)
    else:
        shuffle_rows(old, random)
    return tuple(old)


def _move(ints: int, refs: int, wild: bool, random: Random) -> tuple[int, int]:
    bank = random.choice("ir")
    return register(bank, ints, refs, wild, random), register(bank, ints, refs, wild, random)
