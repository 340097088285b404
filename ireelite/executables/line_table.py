"""The line table of an ELF object: which bytes of its code come from which line of its source.

Source: the DWARF standard, version 4, section 6.2 (line number information).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ireelite.executables.elf_object import MAGIC, ElfObject, Relocation

ADDRESS = struct.Struct("<Q")
ADVANCE_PC, ADVANCE_LINE, FIXED_ADVANCE_PC, CONST_ADD_PC, COPY = 2, 3, 9, 8, 1
END_SEQUENCE, SET_ADDRESS = 1, 2


def function_lines(object_code: bytes) -> list[tuple[int, int, int]]:
    """Returns (function ordinal, byte offset in the function, line) of each run of machine
    instructions that come from one line, in order; line 0 is code that the compiler made from no
    line.

    Functions are numbered in the order in which they stand in the code. An object of another kind
    than ELF, or without a line table, has no rows.
    """
    if not object_code.startswith(MAGIC):
        return []
    elf = ElfObject(object_code)
    functions = elf.functions()
    rows: list[tuple[int, int, int]] = []
    for section, address, line in _section_lines(elf):
        for ordinal, function in enumerate(functions):
            inside = function.value <= address < function.value + function.size
            if function.section == section and inside:
                row = (ordinal, address - function.value, line)
                if rows and rows[-1][:2] == row[:2]:
                    rows[-1] = row
                elif not rows or rows[-1][0] != ordinal or rows[-1][2] != line:
                    rows.append(row)
    return rows


def _section_lines(elf: ElfObject) -> Iterator[tuple[int, int, int]]:
    """Yields (section, address in it, line) of all rows, by section and address."""
    number = elf.section(".debug_line")
    if number is None:
        return
    data = elf.sections[number].data
    targets = {one.offset: one for one in elf.relocations(number)}
    rows: list[tuple[int, int, int]] = []
    at = 0
    while at < len(data):
        length, version, header = struct.unpack_from("<IHI", data, at)
        end = at + 4 + length
        if version == 4:
            rows += _program(elf, data, at, at + 10 + header, end, targets)
        at = end
    yield from sorted(rows, key=lambda row: row[:2])


def _program(
    elf: ElfObject,
    data: bytes,
    at: int,
    begin: int,
    end: int,
    targets: dict[int, Relocation],
) -> Iterator[tuple[int, int, int]]:
    """Yields the rows of one line number program: its unit begins at `at`, its opcodes at `begin`."""
    unit, _, _, base, extent, first = struct.unpack_from("<BBBbBB", data, at + 10)
    operands = data[at + 16 : at + 15 + first]
    section, address, line = 0, 0, 1
    cursor = begin
    while cursor < end:
        opcode = data[cursor]
        cursor += 1
        if opcode >= first:
            address += (opcode - first) // extent * unit
            line += base + (opcode - first) % extent
            yield section, address, line
        elif opcode == 0:
            size, cursor = _unsigned(data, cursor)
            kind = data[cursor]
            if kind == SET_ADDRESS:
                (address,) = ADDRESS.unpack_from(data, cursor + 1)
                if (target := targets.get(cursor + 1)) is not None:
                    symbol = elf.symbols[target.symbol]
                    section, address = symbol.section, symbol.value + target.addend
            elif kind == END_SEQUENCE:
                section, address, line = 0, 0, 1
            cursor += size
        elif opcode == COPY:
            yield section, address, line
        elif opcode == ADVANCE_PC:
            advance, cursor = _unsigned(data, cursor)
            address += advance * unit
        elif opcode == ADVANCE_LINE:
            advance, cursor = _signed(data, cursor)
            line += advance
        elif opcode == CONST_ADD_PC:
            address += (255 - first) // extent * unit
        elif opcode == FIXED_ADVANCE_PC:
            address += struct.unpack_from("<H", data, cursor)[0]
            cursor += 2
        else:
            for _ in range(operands[opcode - 1]):
                _, cursor = _unsigned(data, cursor)


def _unsigned(data: bytes, cursor: int) -> tuple[int, int]:
    """Returns an unsigned LEB128 number, and what follows it."""
    value = shift = 0
    while True:
        byte = data[cursor]
        cursor += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, cursor


def _signed(data: bytes, cursor: int) -> tuple[int, int]:
    """Returns a signed LEB128 number, and what follows it."""
    begin = cursor
    value, cursor = _unsigned(data, cursor)
    bits = 7 * (cursor - begin)
    return (value - (1 << bits) if value >> (bits - 1) & 1 else value), cursor
