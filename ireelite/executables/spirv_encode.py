"""SPIR-V instructions to words.

encoded = encode_spirv(instructions, bound=31)
encoded.data      # little-endian words, ready for a driver
encoded.origins   # [(5, "OpCapability", None), ..., (163, "OpFMul", <what it was made from>)]
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ireelite.executables.spirv_grammar import MAGIC, Operand, SpirvInstruction
from ireelite.light_dataclass import light_dataclass
from ireelite.status import invalid_argument

HEADER_WORDS = 5


@light_dataclass(frozen=True)
class EncodedSpirv:
    """The words of a module, and where each came from."""

    data: bytes
    origins: list[tuple[int, str, object]]
    """(word offset, mnemonic, origin) of each instruction."""


def encode_spirv(
    instructions: Iterable[SpirvInstruction],
    bound: int,
    version: tuple[int, int] = (1, 0),
    generator: int = 0,
) -> EncodedSpirv:
    """Encodes a module whose ids are all less than `bound`.

    Raises INVALID_ARGUMENT for an instruction of more than 65535 words.
    """
    words = [MAGIC, version[0] << 16 | version[1] << 8, generator, bound, 0]
    origins: list[tuple[int, str, object]] = []
    for instruction in instructions:
        start = len(words)
        origins.append((start, instruction.opcode.name, instruction.origin))
        words.append(0)
        for operand in instruction.operands:
            _append(words, operand)
        if (count := len(words) - start) > 0xFFFF:
            raise invalid_argument(
                f"{instruction.opcode.name} takes {count} words; an instruction has at most 65535"
            )
        words[start] = count << 16 | instruction.opcode.code
    return EncodedSpirv(struct.pack(f"<{len(words)}I", *words), origins)


def _append(words: list[int], operand: Operand) -> None:
    if isinstance(operand, int):
        words.append(operand & 0xFFFFFFFF)
        return
    text = operand.encode() + b"\0"
    text += bytes(-len(text) % 4)
    words.extend(struct.unpack(f"<{len(text) // 4}I", text))
