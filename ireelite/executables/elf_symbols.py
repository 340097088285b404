"""The symbols that an ELF object expects from elsewhere.

Source: the System V ABI's object file format (gABI, chapter 4), 64-bit little-endian.
"""

from __future__ import annotations

import struct

MAGIC = b"\x7fELF\x02\x01"
SECTION_TABLE = struct.Struct("<40xQ10x3H")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
SYMBOL_TABLE = 2


def undefined_symbols(object_code: bytes) -> list[str]:
    """Names of the undefined symbols of a 64-bit ELF object;
    none are listed for other kinds of objects.
    """
    if not object_code.startswith(MAGIC):
        return []
    offset, entry_size, count, _ = SECTION_TABLE.unpack_from(object_code)
    sections = [SECTION.unpack_from(object_code, offset + n * entry_size) for n in range(count)]
    names: list[str] = []
    for _, kind, _, _, start, size, link, *_ in sections:
        if kind == SYMBOL_TABLE:
            strings = sections[link][4]
            for at in range(start + SYMBOL.size, start + size, SYMBOL.size):
                name, _, _, section, _, _ = SYMBOL.unpack_from(object_code, at)
                if section == 0:
                    names.append(
                        object_code[
                            strings + name : object_code.index(b"\0", strings + name)
                        ].decode()
                    )
    return names
