"""What a SPIR-V module says about its ids: definitions, types, decorations."""

from __future__ import annotations

from collections.abc import Iterator

from ireelite.executables.spirv_decode import SpirvModule
from ireelite.executables.spirv_grammar import ENUMS, SpirvInstruction


class SpirvFacts:
    """What must be known of the rest of a module to judge, or to change, one instruction."""

    def __init__(self, module: SpirvModule):
        self.defined: dict[int, SpirvInstruction] = {}
        """id -> the instruction that defines it"""
        self.in_function: set[int] = set()
        """ids that are defined in a function"""
        self.strides: dict[int, int] = {}
        """id of an array type -> bytes from element to element"""
        self.places: dict[int, dict[str, int]] = {}
        """id -> its decorations and their first value, or 0"""
        self.glsl: set[int] = set()
        """ids of the instruction set `GLSL.std.450`"""
        inside = False
        for instruction in module.instructions:
            inside = (
                inside or instruction.opcode.name == "OpFunction"
            ) and instruction.opcode.name != "OpFunctionEnd"
            if instruction.opcode.name == "OpExtInstImport":
                if instruction.operands[1] == "GLSL.std.450":
                    self.glsl.add(int(instruction.operands[0]))
            if instruction.result is not None:
                self.defined[instruction.result] = instruction
                if inside:
                    self.in_function.add(instruction.result)
            if instruction.opcode.name == "OpDecorate":
                target, decoration, *values = (int(operand) for operand in instruction.operands)
                value = values[0] if values else 0
                name = ENUMS["Decoration"].get(decoration, "")
                self.places.setdefault(target, {})[name] = value
                if name == "ArrayStride":
                    self.strides[target] = value
        self.bound: dict[tuple[int, int], int] = {}
        """(descriptor set, binding) -> the first variable that is there"""
        for target, place in self.places.items():
            if "Binding" in place:
                self.bound.setdefault((place.get("DescriptorSet", 0), place["Binding"]), target)

    def extended(self, instruction: SpirvInstruction) -> str | None:
        """Returns the name of an instruction of `GLSL.std.450`, if it is one."""
        if instruction.opcode.name != "OpExtInst" or instruction.operands[2] not in self.glsl:
            return None
        return ENUMS["GLSL.std.450"].get(int(instruction.operands[3]))

    def type_of(self, value: int) -> int | None:
        """Returns the id of a value's type."""
        instruction = self.defined.get(value)
        return (
            int(instruction.operands[0])
            if instruction is not None and instruction.opcode.has_type
            else None
        )

    def is_signed(self, type: int | None) -> bool | None:
        """Returns whether a type is signed; None if it is no integer or vector of them."""
        instruction = self.defined.get(type) if type is not None else None
        if instruction is None:
            return None
        if instruction.opcode.name == "OpTypeVector":
            return self.is_signed(int(instruction.operands[1]))
        return bool(instruction.operands[2]) if instruction.opcode.name == "OpTypeInt" else None

    def parts(self, type: int) -> Iterator[SpirvInstruction]:
        """Yields a type and everything it is made of, pointers not followed."""
        if (instruction := self.defined.get(type)) is None:
            return
        yield instruction
        match instruction.opcode.name:
            case "OpTypeArray" | "OpTypeRuntimeArray" | "OpTypeVector" | "OpTypeMatrix":
                yield from self.parts(int(instruction.operands[1]))
            case "OpTypeStruct":
                for member in instruction.operands[1:]:
                    yield from self.parts(int(member))

    def constant(self, value: int) -> int:
        """Returns the value of a 32-bit constant, 0 for anything else."""
        instruction = self.defined.get(value)
        return (
            int(instruction.operands[2])
            if instruction and instruction.opcode.name == "OpConstant"
            else 0
        )

    def size(self, type: int) -> int:
        """Bytes of a type in workgroup memory."""
        if (instruction := self.defined.get(type)) is None:
            return 0
        words = instruction.operands
        match instruction.opcode.name:
            case "OpTypeInt" | "OpTypeFloat":
                return int(words[1]) // 8
            case "OpTypeBool":
                return 4
            case "OpTypeVector":
                return int(words[2]) * self.size(int(words[1]))
            case "OpTypeArray":
                return self.constant(int(words[2])) * self.size(int(words[1]))
            case "OpTypeStruct":
                return sum(self.size(int(member)) for member in words[1:])
            case _:
                return 0
