"""A SPIR-V module that is being changed: types and constants are found or declared, instructions
are written one after the other."""

from __future__ import annotations

import struct

from ireelite.executables.spirv_decode import SpirvModule
from ireelite.executables.spirv_facts import SpirvFacts
from ireelite.executables.spirv_grammar import (
    OPCODES,
    VALUES,
    Operand,
    SpirvInstruction,
)

DECLARATIONS = frozenset(
    """OpTypeBool OpTypeInt OpTypeFloat OpTypeVector OpConstant OpConstantNull
    OpConstantComposite""".split()
)
"""What may be declared once for all who need it."""

FLOATS = {16: "<e", 32: "<f", 64: "<d"}


class SpirvEditor:
    """Writes the code of functions, and declares what it needs at the end of the module's head.

    Methods that return an id return that of a value or type of the new module.
    """

    def __init__(self, module: SpirvModule):
        self.facts = SpirvFacts(module)
        self.bound = module.bound
        """More than any id."""
        self.declared: list[SpirvInstruction] = []
        """What the module did not declare itself."""
        self.code: list[SpirvInstruction] = []
        """The functions so far."""
        self.origin: object = None
        """What instructions that are written now come from."""
        self._known: dict[tuple[str, tuple[Operand, ...]], int] = {}
        for instruction in module.instructions:
            if instruction.opcode.name in DECLARATIONS and instruction.result is not None:
                self._known.setdefault(_key(instruction), instruction.result)

    def new_id(self) -> int:
        """Returns an id that nothing has."""
        self.bound += 1
        return self.bound - 1

    # -- code --------------------------------------------------------------------------------------

    def keep(self, instruction: SpirvInstruction) -> None:
        """Writes an instruction as it is."""
        self.code.append(instruction)
        if instruction.result is not None:
            self.facts.defined[instruction.result] = instruction

    def op(self, name: str, type: int, *operands: Operand, result: int | None = None) -> int:
        """Writes an instruction and returns its result."""
        made = self.new_id() if result is None else result
        self.keep(SpirvInstruction(OPCODES[name], (type, made, *operands), self.origin))
        return made

    def extended(
        self, like: SpirvInstruction, name: str, *operands: int, result: int | None = None
    ) -> int:
        """Writes an instruction of `GLSL.std.450`, of the type that another one has."""
        type, _, instructions, *_ = map(int, like.operands)
        number = VALUES["GLSL.std.450"][name]
        return self.op("OpExtInst", type, instructions, number, *operands, result=result)

    def cast(self, type: int, value: int, result: int | None = None) -> int:
        """Returns the bits of a value as another type; the value itself if it has that type and no
        `result` is asked for.
        """
        if result is None and self.type_of(value) == type:
            return value
        return self.op("OpBitcast", type, value, result=result)

    def type_of(self, value: int) -> int:
        """Returns the type of a value that has one."""
        type = self.facts.type_of(value)
        assert type is not None, f"%{value} has no type"
        return type

    # -- declarations ------------------------------------------------------------------------------

    def declare(self, name: str, *operands: Operand) -> int:
        """Returns a type or constant, given by its operands less the result."""
        if (known := self._known.get((name, operands))) is not None:
            return known
        result = self.new_id()
        place = 1 if OPCODES[name].has_type else 0
        made = (*operands[:place], result, *operands[place:])
        instruction = SpirvInstruction(OPCODES[name], made, self.origin)
        self.declared.append(instruction)
        self.facts.defined[result] = instruction
        self._known[name, operands] = result
        return result

    def component(self, type: int) -> SpirvInstruction:
        """Returns the declaration of a scalar type, or of what a vector's elements are."""
        declaration = self.facts.defined[type]
        if declaration.opcode.name == "OpTypeVector":
            return self.facts.defined[int(declaration.operands[1])]
        return declaration

    def shaped(self, type: int, component: int) -> int:
        """Returns a scalar type, or a vector of it if `type` is a vector."""
        declaration = self.facts.defined[type]
        if declaration.opcode.name == "OpTypeVector":
            return self.declare("OpTypeVector", component, declaration.operands[2])
        return component

    def with_sign(self, type: int, signed: bool) -> int:
        """Returns the integer type of that signedness; a type that is no integer as it is."""
        component = self.component(type)
        if component.opcode.name != "OpTypeInt":
            return type
        width = component.operands[1]
        return self.shaped(type, self.declare("OpTypeInt", width, int(signed)))

    def truth(self, type: int) -> int:
        """Returns the type of a comparison of two values of a type."""
        return self.shaped(type, self.declare("OpTypeBool"))

    def constant(self, type: int, value: float) -> int:
        """Returns a number of a type, in all elements if it is a vector."""
        component = self.component(type)
        scalar, width = (int(word) for word in component.operands[:2])
        if component.opcode.name == "OpTypeFloat":
            bits = int.from_bytes(struct.pack(FLOATS[width], value), "little")
        else:
            bits = int(value) & (1 << width) - 1
        words = [bits >> 32 * place & 0xFFFFFFFF for place in range(max(width // 32, 1))]
        number = self.declare("OpConstant", scalar, *words)
        if scalar == type:
            return number
        count = int(self.facts.defined[type].operands[2])
        return self.declare("OpConstantComposite", type, *[number] * count)


def _key(instruction: SpirvInstruction) -> tuple[str, tuple[Operand, ...]]:
    place = 1 if instruction.opcode.has_type else 0
    operands = instruction.operands
    return instruction.opcode.name, (*operands[:place], *operands[place + 1 :])
