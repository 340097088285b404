"""Relocatable ELF objects: their sections and symbols, and the object without its debug sections.

Source: the System V ABI's object file format (gABI, chapter 4), 64-bit little-endian.
"""

from __future__ import annotations

import struct
from functools import cached_property

from ireelite.light_named_tuple import NamedTuple

MAGIC = b"\x7fELF\x02\x01"
HEADER = struct.Struct("<40xQ10x3H")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
RELOCATION = struct.Struct("<QQq")
SYMBOL_TABLE, RELOCATIONS_WITH_ADDENDS, WITHOUT_CONTENTS = 2, 4, 8
FUNCTION, SECTION_SYMBOL = 2, 3
RESERVED_INDEXES = 0xFF00


class Section(NamedTuple):
    """A section's header, with its name and its contents."""

    name: str
    kind: int
    flags: int
    address: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int
    data: bytes


class Symbol(NamedTuple):
    """An entry of the symbol table."""

    name: str
    info: int
    other: int
    section: int
    value: int
    size: int

    @property
    def kind(self) -> int:
        return self.info & 0xF


class Relocation(NamedTuple):
    """A place in a section that is filled in when the object is linked."""

    offset: int
    symbol: int
    kind: int
    addend: int


class ElfObject:
    """A relocatable object, decoded."""

    def __init__(self, data: bytes):
        """Takes an object file that begins with `MAGIC`."""
        self.data = data
        start, entry_size, count, names = HEADER.unpack_from(data)
        rows = [SECTION.unpack_from(data, start + n * entry_size) for n in range(count)]
        strings = rows[names][4]
        self.sections = [
            Section(
                _string(data, strings + name), kind, flags, address, size, link, info, alignment,
                entry, b"" if kind in (0, WITHOUT_CONTENTS) else data[offset : offset + size],
            )
            for name, kind, flags, address, offset, size, link, info, alignment, entry in rows
        ]  # fmt: skip
        self._offsets = [row[4] for row in rows]

    @cached_property
    def symbols(self) -> list[Symbol]:
        """The symbol table."""
        for section in self.sections:
            if section.kind == SYMBOL_TABLE:
                strings = self.sections[section.link].data
                return [
                    Symbol(_string(strings, row[0]), *row[1:])
                    for row in SYMBOL.iter_unpack(section.data)
                ]
        return []

    def section(self, name: str) -> int | None:
        """Returns the number of the section of that name."""
        return next((n for n, own in enumerate(self.sections) if own.name == name), None)

    def relocations(self, section: int) -> list[Relocation]:
        """Returns the relocations of a section."""
        return [
            Relocation(offset, info >> 32, info & 0xFFFFFFFF, addend)
            for own in self.sections
            if own.kind == RELOCATIONS_WITH_ADDENDS and own.info == section
            for offset, info, addend in RELOCATION.iter_unpack(own.data)
        ]

    def functions(self) -> list[Symbol]:
        """Returns the functions, in the order in which they stand in the code."""
        found = [symbol for symbol in self.symbols if symbol.kind == FUNCTION]
        return sorted(found, key=lambda symbol: (symbol.section, symbol.value))


def undefined_symbols(data: bytes) -> list[str]:
    """Names of the symbols that an ELF object expects from elsewhere; none are listed for other
    kinds of objects.
    """
    if not data.startswith(MAGIC):
        return []
    return [symbol.name for symbol in ElfObject(data).symbols[1:] if symbol.section == 0]


def without_debug_sections(data: bytes) -> bytes:
    """Returns the object as it would be without debug information: the same code, data and symbols."""
    elf = ElfObject(data)
    kept = [n for n, section in enumerate(elf.sections) if not _is_debug(section.name)]
    number = {old: new for new, old in enumerate(kept)}
    used = {
        relocation.symbol
        for target in kept
        if elf.sections[target].kind != RELOCATIONS_WITH_ADDENDS
        for relocation in elf.relocations(target)
    }
    symbols = [
        n
        for n, symbol in enumerate(elf.symbols)
        if symbol.kind != SECTION_SYMBOL or n in used
    ]  # fmt: skip
    symbol_number = {old: new for new, old in enumerate(symbols)}
    names = [elf.sections[n].name for n in kept] + [elf.symbols[n].name for n in symbols]
    strings, offsets = string_table(names)
    string_section = HEADER.unpack_from(data)[3]

    def rebuilt(old: int) -> Section:
        section = elf.sections[old]
        if old == string_section:
            contents = strings
        elif section.kind == SYMBOL_TABLE:
            rows = [elf.symbols[n] for n in symbols]
            contents = b"".join(
                SYMBOL.pack(
                    offsets[row.name], row.info, row.other,
                    row.section if row.section >= RESERVED_INDEXES else number[row.section],
                    row.value, row.size,
                )
                for row in rows
            )  # fmt: skip
            section = section._replace(info=sum(n < section.info for n in symbols))
        elif section.kind == RELOCATIONS_WITH_ADDENDS:
            contents = b"".join(
                RELOCATION.pack(one.offset, symbol_number[one.symbol] << 32 | one.kind, one.addend)
                for one in elf.relocations(section.info)
            )
            section = section._replace(info=number[section.info])
        else:
            return section._replace(link=number.get(section.link, 0))
        return section._replace(data=contents, size=len(contents), link=number.get(section.link, 0))

    order = sorted(kept, key=lambda old: elf._offsets[old])
    return _written(data, [rebuilt(old) for old in kept], [number[n] for n in order], offsets)


def string_table(names: list[str]) -> tuple[bytes, dict[str, int]]:
    """Returns a string table in which a name that ends another shares its bytes, and the names'
    places.
    """
    table, places, before = bytearray(b"\0"), {"": 0}, ""
    for name in sorted(set(names) - {""}, key=lambda name: name[::-1], reverse=True):
        if before.endswith(name):
            places[name] = places[before] + len(before.encode()) - len(name.encode())
            continue
        places[name] = len(table)
        table += name.encode() + b"\0"
        before = name
    return bytes(table), places


def _written(
    data: bytes, sections: list[Section], order: list[int], names: dict[str, int]
) -> bytes:
    """Returns the object's bytes: header, contents in the given order, section headers."""
    body, offsets = bytearray(data[:64]), {}
    for n in order:
        section = sections[n]
        if section.kind:
            body += bytes(-len(body) % max(section.alignment, 1))
            offsets[n] = len(body)
            body += section.data
    body += bytes(-len(body) % 8)
    start = len(body)
    for n, section in enumerate(sections):
        body += SECTION.pack(
            names[section.name], section.kind, section.flags, section.address,
            offsets.get(n, 0), section.size, section.link, section.info, section.alignment,
            section.entry_size,
        )  # fmt: skip
    struct.pack_into("<Q", body, 40, start)
    string_section = next(n for n, own in enumerate(sections) if own.name == ".strtab")
    struct.pack_into("<HH", body, 60, len(sections), string_section)
    return bytes(body)


def _is_debug(name: str) -> bool:
    return name.startswith((".debug_", ".rela.debug_"))


def _string(table: bytes, start: int) -> str:
    return table[start : table.index(b"\0", start)].decode()
