"""SPIR-V words to instructions.

module = decode_spirv(data)
for offset, instruction in module:
    print(offset, instruction.opcode.name, instruction.operands)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ireelite.executables.spirv_encode import HEADER_WORDS
from ireelite.executables.spirv_grammar import BY_CODE, MAGIC, Opcode, Operand, SpirvInstruction
from ireelite.status import StatusCode, StatusError


@dataclass(frozen=True)
class SpirvModule:
    """A decoded module."""

    version: tuple[int, int]
    generator: int
    bound: int
    instructions: list[SpirvInstruction]
    offsets: list[int]
    """Word offset of each instruction."""

    def __iter__(self) -> Iterator[tuple[int, SpirvInstruction]]:
        return iter(zip(self.offsets, self.instructions, strict=True))


def decode_spirv(data: bytes | bytearray | memoryview) -> SpirvModule:
    """Decodes a module of either byte order.

    Raises DATA_LOSS if the words are not SPIR-V or end too early, UNIMPLEMENTED for an unknown
    opcode.
    """
    size = len(data)
    if size % 4 or size < 4 * HEADER_WORDS:
        raise _broken(
            f"{size} bytes are not a SPIR-V module: its header alone has 20, and words have 4"
        )
    order = "<" if bytes(data[:4]) == struct.pack("<I", MAGIC) else ">"
    words = struct.unpack(f"{order}{size // 4}I", data)
    if words[0] != MAGIC:
        raise _broken(f"not a SPIR-V module: it begins with {words[0]:#010x}, not {MAGIC:#010x}")
    instructions: list[SpirvInstruction] = []
    offsets: list[int] = []
    at = HEADER_WORDS
    while at < len(words):
        count, code = words[at] >> 16, words[at] & 0xFFFF
        if not 1 <= count <= len(words) - at:
            raise _broken(
                f"the instruction at word {at} says it has {count} words, of {len(words) - at} left"
            )
        if (opcode := BY_CODE.get(code)) is None:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"unknown SPIR-V opcode {code} at word {at}"
            )
        instructions.append(
            SpirvInstruction(opcode, _operands(opcode, words[at + 1 : at + count], at))
        )
        offsets.append(at)
        at += count
    version = words[1] >> 16 & 0xFF, words[1] >> 8 & 0xFF
    return SpirvModule(version, words[2], words[3], instructions, offsets)


def _operands(opcode: Opcode, words: tuple[int, ...], at: int) -> tuple[Operand, ...]:
    """Returns an instruction's operands; only strings are more than one word."""
    operands: list[Operand] = []
    rest = list(words)
    for kind in opcode.operands:
        many = kind.endswith("*")
        if not rest:
            if many or kind.endswith("?"):
                break
            raise _broken(f"{opcode.name} at word {at} ends before its operands do")
        if kind.startswith("s"):
            text, length = _string(rest, opcode, at)
            operands.append(text)
            del rest[:length]
        elif many:
            operands.extend(rest)
            rest = []
        else:
            operands.append(rest.pop(0))
    if rest:
        raise _broken(f"{opcode.name} at word {at} has {len(rest)} words too many")
    return tuple(operands)


def _string(words: list[int], opcode: Opcode, at: int) -> tuple[str, int]:
    """Returns a nul-terminated string, and the words that it takes."""
    text = struct.pack(f"<{len(words)}I", *words)
    if (end := text.find(b"\0")) < 0:
        raise _broken(f"a string of {opcode.name} at word {at} has no end")
    try:
        return text[:end].decode(), end // 4 + 1
    except UnicodeDecodeError as error:
        raise _broken(f"a string of {opcode.name} at word {at} is not UTF-8") from error


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.DATA_LOSS, why)
