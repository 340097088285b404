"""Rewrites SPIR-V that is valid but does not survive naga into SPIR-V that does and means the same.

    rewritten = rewrite_for_naga(decode_spirv(words))

What no rule is for stays as it is: `lint_for_naga` says whether anything is left.
"""

from __future__ import annotations

from dataclasses import replace

from ireelite.executables.spirv_decode import SpirvModule
from ireelite.executables.spirv_edit import SpirvEditor
from ireelite.executables.spirv_encode import HEADER_WORDS
from ireelite.executables.spirv_grammar import (
    OPCODES,
    Operand,
    SpirvInstruction,
    enumerant,
)
from ireelite.executables.spirv_rewrite_rules import RULES

EXPONENTS = {16: 0x7C00, 32: 0x7F800000, 64: 0x7FF00000}
"""width of a float -> the bits of its last word that are all set if it is not finite"""

STORAGE_16 = tuple(
    enumerant("Capability", name)
    for name in ("StorageBuffer16BitAccess", "UniformAndStorageBuffer16BitAccess")
)
FLOAT16 = (enumerant("Capability", "Float16"),)
STORAGE_16_EXTENSION = "SPV_KHR_16bit_storage"


def rewrite_for_naga(module: SpirvModule) -> SpirvModule:
    """Returns the module with each instruction that has a rule said in other words."""
    edit = SpirvEditor(module)
    start = next(
        (n for n, i in enumerate(module.instructions) if i.opcode.name == "OpFunction"),
        len(module.instructions),
    )
    runtime = _runtime_constants(edit, module.instructions[:start])
    nulls = _undefined_values(edit, module.instructions[start:])
    gone = runtime.keys() | nulls.keys()
    for function in _functions(module.instructions[start:]):
        _rewrite_function(edit, function, runtime, nulls)
    head = [i for i in module.instructions[:start] if not gone & {i.result, _target(i)}]
    head = _storage_of_halves(head)
    return _module(module, [*head, *edit.declared, *edit.code], edit.bound)


def _module(module: SpirvModule, instructions: list[SpirvInstruction], bound: int) -> SpirvModule:
    offsets: list[int] = []
    offset = HEADER_WORDS
    for instruction in instructions:
        offsets.append(offset)
        offset += 1 + sum(
            len(operand.encode()) // 4 + 1 if isinstance(operand, str) else 1
            for operand in instruction.operands
        )
    return replace(module, instructions=instructions, offsets=offsets, bound=bound)


def _storage_of_halves(head: list[SpirvInstruction]) -> list[SpirvInstruction]:
    """Drops the declarations of 16-bit storage, if that is for floats: naga knows f16 in buffers by
    the capability of computing with it alone. Integers of 16 bits it does not know at all.
    """
    declared = [i for i in head if i.opcode.name == "OpCapability" and i.operands[0] in STORAGE_16]
    integers = any(i.opcode.name == "OpTypeInt" and i.operands[1] == 16 for i in head)
    if not declared or integers:
        return head
    rest = [i for i in head if i not in declared and i.operands != (STORAGE_16_EXTENSION,)]
    if any(i.opcode.name == "OpCapability" and i.operands == FLOAT16 for i in rest):
        return rest
    return [SpirvInstruction(OPCODES["OpCapability"], FLOAT16), *rest]


def _target(instruction: SpirvInstruction) -> int | None:
    """Returns the id that a name or a decoration refers to."""
    names = ("OpName", "OpDecorate", "OpDecorateId")
    return int(instruction.operands[0]) if instruction.opcode.name in names else None


def _functions(instructions: list[SpirvInstruction]) -> list[list[SpirvInstruction]]:
    functions: list[list[SpirvInstruction]] = []
    for instruction in instructions:
        if instruction.opcode.name == "OpFunction":
            functions.append([])
        functions[-1].append(instruction)
    return functions


def _rewrite_function(
    edit: SpirvEditor,
    function: list[SpirvInstruction],
    runtime: dict[int, SpirvInstruction],
    nulls: dict[int, int],
) -> None:
    """Writes a function.

    Constants that must be computed are computed first, each under an id of this function.
    """
    used = {operand for i in function for operand in _ids(i)}
    names = dict(nulls)
    computed = False
    in_block = False
    for instruction in function:
        name = instruction.opcode.name
        if in_block and not computed and name not in ("OpVariable", "OpLine", "OpNoLine"):
            names |= _compute(edit, runtime, used)
            computed = True
        in_block |= name == "OpLabel"
        if instruction.result in nulls:
            continue
        edit.origin = instruction.origin
        renamed = _renamed(instruction, names)
        rule = RULES.get(edit.facts.extended(instruction) or name)
        if rule is None:
            edit.keep(renamed)
        else:
            rule(edit, renamed)


def _ids(instruction: SpirvInstruction) -> list[int]:
    """Returns the ids that an instruction refers to, but for its type."""
    kinds = instruction.opcode.kinds(len(instruction.operands))
    return [int(o) for kind, o in zip(kinds, instruction.operands) if kind in ("i", "p")]


def _renamed(instruction: SpirvInstruction, names: dict[int, int]) -> SpirvInstruction:
    kinds = instruction.opcode.kinds(len(instruction.operands))
    operands: tuple[Operand, ...] = tuple(
        names.get(int(operand), operand) if kind in ("i", "p") else operand
        for kind, operand in zip(kinds, instruction.operands)
    )
    if operands == instruction.operands:
        return instruction
    return replace(instruction, operands=operands)


# -- constants -------------------------------------------------------------------------------------


def _runtime_constants(
    edit: SpirvEditor, head: list[SpirvInstruction]
) -> dict[int, SpirvInstruction]:
    """Constants that naga does not take as such, because they are infinite or NaN, and those made
    of them; without those that a declaration needs.
    """
    found: dict[int, SpirvInstruction] = {}
    for instruction in head:
        match instruction.opcode.name:
            case "OpConstant" if _is_not_finite(edit, instruction):
                found[int(instruction.operands[1])] = instruction
            case "OpConstantComposite" if found.keys() & set(instruction.operands[2:]):
                found[int(instruction.operands[1])] = instruction
            case _:
                for operand in _ids(instruction) if _target(instruction) is None else ():
                    found.pop(operand, None)
    return found


def _is_not_finite(edit: SpirvEditor, constant: SpirvInstruction) -> bool:
    type = edit.facts.defined[int(constant.operands[0])]
    if type.opcode.name != "OpTypeFloat":
        return False
    mask = EXPONENTS[int(type.operands[1])]
    return int(constant.operands[-1]) & mask == mask


def _compute(
    edit: SpirvEditor, runtime: dict[int, SpirvInstruction], used: set[int]
) -> dict[int, int]:
    """Emits code for the runtime constants that a function uses; returns the new id of each
    constant's id.
    """
    needed = set(used)
    for constant, instruction in reversed(runtime.items()):
        if constant in needed and instruction.opcode.name == "OpConstantComposite":
            needed.update(int(operand) for operand in instruction.operands[2:])
    names: dict[int, int] = {}
    for constant, instruction in runtime.items():
        if constant not in needed:
            continue
        edit.origin = instruction.origin
        type = int(instruction.operands[0])
        if instruction.opcode.name == "OpConstantComposite":
            parts = [names.get(int(part), part) for part in instruction.operands[2:]]
            names[constant] = edit.op("OpCompositeConstruct", type, *parts)
        else:
            names[constant] = _not_finite(edit, type, instruction)
    return names


def _not_finite(edit: SpirvEditor, type: int, constant: SpirvInstruction) -> int:
    """Returns the bits of an f32 cast to one; other widths are converted from that, so that their
    NaNs lose what else is in their bits.
    """
    width = int(edit.facts.defined[type].operands[1])
    last = int(constant.operands[-1])
    bits = last
    if width != 32:
        sign = last >> (15 if width == 16 else 31) & 1
        fraction = any(constant.operands[2:-1]) or last & ~EXPONENTS[width] & (
            0x3FF if width == 16 else 0xFFFFF
        )
        bits = sign << 31 | EXPONENTS[32] | (0x400000 if fraction else 0)
    word = edit.constant(edit.declare("OpTypeInt", 32, 0), bits)
    value = edit.op("OpBitcast", edit.declare("OpTypeFloat", 32), word)
    return value if width == 32 else edit.op("OpFConvert", type, value)


def _undefined_values(edit: SpirvEditor, code: list[SpirvInstruction]) -> dict[int, int]:
    """Returns a null constant for each OpUndef in a function, which naga does not take: one value
    is as good as any.
    """
    return {
        int(i.operands[1]): edit.declare("OpConstantNull", int(i.operands[0]))
        for i in code
        if i.opcode.name == "OpUndef"
    }
