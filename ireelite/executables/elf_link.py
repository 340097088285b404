"""Relocatable ELF objects for x86-64 brought into this process without LLVM, whose import takes
longer than all the rest of loading a module.

Objects of this project call nothing outside themselves; what is to be filled in are distances
between their own sections, and addresses. Source: the System V ABI's AMD64 supplement, section 4.4.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Sequence

from ireelite.executables.elf_object import MAGIC, WITHOUT_CONTENTS, ElfObject, Relocation
from ireelite.executables.machine import is_supported

ALLOCATED, EXECUTABLE = 2, 4
ADDRESS, DISTANCE, CALL = 1, 2, 4
"""Relocations: a 64-bit address, and 32-bit distances from the place itself."""
_PROTECTIONS = {"read": 1, "read and execute": 5}
_TRAPS = 0xCC
"""What is between functions: an instruction that traps."""


class LinkedCode:
    """Code and data of one object, which stay as long as this does."""

    def __init__(self, data: bytes, names: Sequence[str]):
        """Raises ValueError for an object that LLVM has to link: one with other relocations, with
        symbols from elsewhere, or that is damaged.
        """
        if not is_supported() or not data.startswith(MAGIC):
            raise ValueError("not an ELF object for this machine")
        try:
            self._link(ElfObject(data), names)
        except (struct.error, IndexError, KeyError, OverflowError, OSError) as error:
            raise ValueError(f"damaged object: {error}") from error

    def _link(self, elf: ElfObject, names: Sequence[str]) -> None:
        # Unwind tables are for exceptions, which this code neither throws nor lets through.
        kept = [
            n
            for n, section in enumerate(elf.sections)
            if section.flags & ALLOCATED and section.size and section.name != ".eh_frame"
        ]
        starts: dict[int, int] = {}
        size = code_size = 0
        for is_code in (True, False):
            for n in kept:
                section = elf.sections[n]
                if bool(section.flags & EXECUTABLE) is is_code:
                    size = _up(size, max(section.alignment, 1))
                    starts[n] = size
                    size += section.size
            size = _up(size, mmap.PAGESIZE)
            if is_code:
                code_size = size
        memory = mmap.mmap(-1, max(size, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory[:code_size] = bytes([_TRAPS]) * code_size
        base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        for n, start in starts.items():
            section = elf.sections[n]
            if section.kind != WITHOUT_CONTENTS:
                memory[start : start + section.size] = section.data
        addresses = {
            n: base + starts[symbol.section] + symbol.value
            for n, symbol in enumerate(elf.symbols)
            if symbol.section in starts
        }
        for n, start in starts.items():
            for relocation in elf.relocations(n):
                _relocate(memory, base, start, relocation, addresses)
        exported = {elf.symbols[n].name: address for n, address in addresses.items()}
        self.addresses = [exported[name] for name in names]
        """Of the functions that were asked for, in their order."""
        _protect(base, code_size, "read and execute")
        if not any(elf.sections[n].flags & 1 for n in starts):
            _protect(base + code_size, size - code_size, "read")
        self._memory = memory


def _relocate(
    memory: mmap.mmap, base: int, start: int, relocation: Relocation, addresses: dict[int, int]
) -> None:
    place = start + relocation.offset
    value = addresses[relocation.symbol] + relocation.addend
    if relocation.kind == ADDRESS:
        struct.pack_into("<Q", memory, place, value & (1 << 64) - 1)
    elif relocation.kind in (DISTANCE, CALL):
        struct.pack_into("<i", memory, place, value - base - place)
    else:
        raise ValueError(f"relocation of kind {relocation.kind}")


def _protect(address: int, size: int, what: str) -> None:
    if size and ctypes.CDLL(None).mprotect(
        ctypes.c_void_p(address), ctypes.c_size_t(size), _PROTECTIONS[what]
    ):
        raise ValueError(f"memory cannot be made {what}")


def _up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
