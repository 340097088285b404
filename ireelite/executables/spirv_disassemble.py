"""SPIR-V as text, in the assembly language of the SPIR-V tools.

%16 = OpFMul %float %12 %15
"""

from __future__ import annotations

import math
import struct

from ireelite.executables.spirv_decode import SpirvModule
from ireelite.executables.spirv_grammar import ENUMS, MASKS, Operand, SpirvInstruction


def disassemble_spirv(module: SpirvModule, names: bool = True) -> str:
    """Returns the whole module with a comment for its header.

    With `names`, ids that have an OpName go by it.
    """
    header = [
        "; SPIR-V",
        f"; Version: {module.version[0]}.{module.version[1]}",
        f"; Generator: {module.generator >> 16}; {module.generator & 0xFFFF}",
        f"; Bound: {module.bound}",
        "; Schema: 0",
    ]
    return "\n".join(header + [line for _, line in disassemble_instructions(module, names)]) + "\n"


def disassemble_instructions(module: SpirvModule, names: bool = True) -> list[tuple[int, str]]:
    """Returns the (word offset, text) of each instruction."""
    writer = _Writer(module, names)
    return [(offset, writer.line(instruction)) for offset, instruction in module]


class _Writer:
    """Knows what a module's ids are called and which numbers are floats."""

    def __init__(self, module: SpirvModule, names: bool):
        self.names: dict[int, str] = {}
        self.types: dict[int, tuple[str, tuple[Operand, ...]]] = {}
        taken: set[str] = set()
        for instruction in module.instructions:
            name, operands = instruction.opcode.name, instruction.operands
            if name in ("OpTypeInt", "OpTypeFloat"):
                self.types[int(operands[0])] = (name, operands)
            elif names and name == "OpName":
                plain = "".join(c if c.isalnum() or c == "_" else "_" for c in str(operands[1]))
                if plain and plain not in taken and not plain.isdigit():
                    taken.add(plain)
                    self.names[int(operands[0])] = plain

    def id(self, operand: Operand) -> str:
        return f"%{self.names.get(int(operand), operand)}"

    def line(self, instruction: SpirvInstruction) -> str:
        words = instruction.operands
        if instruction.opcode.name in ("OpConstant", "OpSpecConstant"):
            parts = [self.id(words[0]), self._literal(words)]
        else:
            parts: list[str] = []
            before = ""
            for kind, word in zip(instruction.opcode.kinds(len(words)), words, strict=True):
                if kind != "R":
                    # The one literal that has names: what follows the decoration BuiltIn.
                    parts.append(self._operand("BuiltIn" if before == "BuiltIn" else kind, word))
                    before = parts[-1]
        text = " ".join([instruction.opcode.name, *parts])
        return text if instruction.result is None else f"{self.id(instruction.result)} = {text}"

    def _operand(self, kind: str, word: Operand) -> str:
        match kind:
            case "T" | "i" | "p":
                return self.id(word)
            case "s":
                return '"' + str(word).replace("\\", "\\\\").replace('"', '\\"') + '"'
            case "x":
                return ENUMS["GLSL.std.450"].get(int(word), str(word))
            case _:
                return self._enumerant(kind, int(word)) if kind in ENUMS else str(word)

    def _literal(self, words: tuple[Operand, ...]) -> str:
        """Returns a constant's value as its type reads it."""
        value = sum(int(word) << 32 * place for place, word in enumerate(words[2:]))
        name, operands = self.types.get(int(words[0]), ("", ()))
        if name == "OpTypeFloat":
            return _float_text(value, int(operands[1]))
        negative = name == "OpTypeInt" and operands[2] and value >> (int(operands[1]) - 1) & 1
        return str(value - (1 << int(operands[1])) if negative else value)

    @staticmethod
    def _enumerant(kind: str, value: int) -> str:
        names = ENUMS[kind]
        if kind not in MASKS or value in names:
            return names.get(value, str(value))
        bits = [names.get(1 << bit, str(1 << bit)) for bit in range(32) if value >> bit & 1]
        return "|".join(bits)


def _float_text(bits: int, width: int) -> str:
    """Returns a float of 16, 32 or 64 bits from its bit pattern."""
    code = {16: "<e", 32: "<f", 64: "<d"}[width]
    value: float = struct.unpack(code, bits.to_bytes(width // 8, "little"))[0]
    if math.isfinite(value):
        return f"{value:.{17 if width == 64 else 9}g}"
    exponent = {16: 16, 32: 128, 64: 1024}[width]
    if math.isnan(value):
        fraction = bits & ((1 << {16: 10, 32: 23, 64: 52}[width]) - 1)
        digits = {16: 3, 32: 6, 64: 13}[width]
        fraction <<= digits * 4 - {16: 10, 32: 23, 64: 52}[width]
        mantissa = f"1.{fraction:0{digits}x}".rstrip("0")
    else:
        mantissa = "1"
    return f"{'-' if bits >> (width - 1) else ''}0x{mantissa}p+{exponent}"
