"""Finds what naga, the shader front end of WebGPU drivers, rejects or silently gets wrong.

SPIR-V can be valid and still not survive naga. A rejected shader at least says so; a miscompiled
one computes wrong numbers. Each rule here was measured on naga 29 (wgpu 0.32) with Mesa's software
driver.

    for finding in lint_for_naga(decode_spirv(words)):
        print(finding)   # word 163: OpFUnordEqual: miscompiled: compared as ordered; negate
        FOrdNotEqual
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import prod

from ireelite.executables.spirv_decode import SpirvModule
from ireelite.executables.spirv_facts import SpirvFacts
from ireelite.executables.spirv_grammar import ENUMS, VALUES, SpirvInstruction


class Effect(StrEnum):
    """What naga does to a construct."""

    REJECTED = "rejected"
    MISCOMPILED = "miscompiled"


@dataclass(frozen=True)
class NagaFinding:
    """One construct that does not survive naga."""

    word: int
    """Offset of the instruction in words."""
    instruction: str
    """The opcode's name, with that of the extended instruction."""
    effect: Effect
    why: str
    """What goes wrong and what to write instead."""

    def __str__(self) -> str:
        return f"word {self.word}: {self.instruction}: {self.effect}: {self.why}"


REJECTED_CAPABILITIES = frozenset(
    """Addresses Kernel Vector16 Int8 Int16 StorageBuffer16BitAccess UniformAndStorageBuffer16BitAccess
    StoragePushConstant16 StorageBuffer8BitAccess UniformAndStorageBuffer8BitAccess StoragePushConstant8
    VariablePointers VariablePointersStorageBuffer PhysicalStorageBufferAddresses DenormPreserve
    DenormFlushToZero SignedZeroInfNanPreserve RoundingModeRTE RoundingModeRTZ DotProduct DotProductInputAll
    DotProductInput4x8Bit
    DotProductInput4x8BitPacked CooperativeMatrixKHR""".split()
)

KNOWN_EXTENSIONS = frozenset(
    """SPV_KHR_storage_buffer_storage_class SPV_KHR_vulkan_memory_model SPV_KHR_non_semantic_info
    SPV_EXT_shader_atomic_float_add SPV_KHR_multiview SPV_EXT_descriptor_indexing""".split()
)

REJECTED = {
    "OpOrdered": "no such operation; negate the disjunction of two OpIsNan",
    "OpUnordered": "no such operation; use the disjunction of two OpIsNan",
    "OpIAddCarry": "no such operation; add, then compare for the carry",
    "OpISubBorrow": "no such operation; subtract, then compare for the borrow",
    "OpUMulExtended": "no such operation; multiply 16-bit halves, or 64-bit numbers",
    "OpSMulExtended": "no such operation; multiply 16-bit halves, or 64-bit numbers",
    "OpQuantizeToF16": "no such operation",
    "OpAtomicCompareExchange": "its result breaks the front end",
    "OpSpecConstantOp": "no such operation; compute the constant in the compiler",
    "OpSpecConstantComposite": "a specialised composite is no constant expression",
    "OpSDot": "no such operation",
    "OpUDot": "no such operation",
    "OpSUDot": "no such operation",
    "OpSDotAccSat": "no such operation",
}

MISCOMPILED = {
    f"OpFUnord{name}": f"compared as ordered, so false for NaN; negate OpFOrd{inverse}"
    for name, inverse in {
        "Equal": "NotEqual",
        "NotEqual": "Equal",
        "LessThan": "GreaterThanEqual",
        "LessThanEqual": "GreaterThan",
        "GreaterThan": "LessThanEqual",
        "GreaterThanEqual": "LessThan",
    }.items()
} | {"OpSMod": "computed in f32, so wrong for large numbers; use OpSRem and select"}

REJECTED_EXTENDED = {
    "FrexpStruct": "its result type is not registered; split the bits",
    "ModfStruct": "its result type is not registered; use Trunc and subtract",
}
MISCOMPILED_EXTENDED = {"Round": "rounds halves to even; add a half to the size and take Floor"}

READS_SIGNED = frozenset(
    """OpSDiv OpSRem OpShiftRightArithmetic OpBitFieldSExtract OpSConvert OpConvertSToF
    SMin SMax SAbs SSign SClamp FindSMsb""".split()
)
"""Operations that naga does as unsigned when their operand's type is unsigned."""

READS_UNSIGNED = frozenset(
    """OpUDiv OpUMod OpShiftRightLogical OpBitFieldUExtract OpUConvert OpConvertUToF
    UMin UMax UClamp FindUMsb""".split()
)
"""Operations that naga does as signed when their operand's type is signed."""

RESULT_IS_SIGNED = {
    "OpConvertFToS": True,
    "OpConvertFToU": False,
    **{
        f"Op{kind}{sign}{op}": sign == "S"
        for kind in ("Atomic", "GroupNonUniform")
        for sign in "SU"
        for op in ("Min", "Max")
    },
}
"""Operations whose result type decides -> the signedness that they are meant for."""

MAX_INVOCATIONS = 1024
MAX_WORKGROUP_BYTES = 32768


def lint_for_naga(module: SpirvModule) -> list[NagaFinding]:
    """Returns all findings of a module, in the order of its words."""
    facts = SpirvFacts(module)
    findings = [
        NagaFinding(offset, _name(instruction, facts), effect, why)
        for offset, instruction in module
        for rule in _RULES
        for effect, why in rule(instruction, facts)
    ]
    findings += _unstructured(module)
    return sorted(findings, key=lambda finding: finding.word)


def _name(instruction: SpirvInstruction, facts: SpirvFacts) -> str:
    extended = facts.extended(instruction)
    return instruction.opcode.name + (f" {extended}" if extended else "")


Verdicts = Iterator[tuple[Effect, str]]


def _opcodes(instruction: SpirvInstruction, facts: SpirvFacts) -> Verdicts:
    name = instruction.opcode.name
    if name in REJECTED:
        yield Effect.REJECTED, REJECTED[name]
    if name in MISCOMPILED:
        yield Effect.MISCOMPILED, MISCOMPILED[name]
    extended = facts.extended(instruction)
    if extended in REJECTED_EXTENDED:
        yield Effect.REJECTED, REJECTED_EXTENDED[extended]
    if extended in MISCOMPILED_EXTENDED:
        yield Effect.MISCOMPILED, MISCOMPILED_EXTENDED[extended]


def _signedness(instruction: SpirvInstruction, facts: SpirvFacts) -> Verdicts:
    name = facts.extended(instruction) or instruction.opcode.name
    first = 4 if instruction.opcode.name == "OpExtInst" else 2
    if (wanted := RESULT_IS_SIGNED.get(name)) is not None:
        signed = facts.is_signed(int(instruction.operands[0]))
    elif name in READS_SIGNED or name in READS_UNSIGNED or name == "OpSNegate":
        signed = facts.is_signed(facts.type_of(int(instruction.operands[first])))
        wanted = name not in READS_UNSIGNED
    else:
        return
    if signed is not None and signed != wanted:
        kinds = "unsigned", "signed"
        if name == "OpSNegate":
            yield (
                Effect.REJECTED,
                "there is no negation of an unsigned type; bitcast to a signed one",
            )
        else:
            yield (
                Effect.MISCOMPILED,
                f"done as {kinds[signed]} because the type is {kinds[signed]}; bitcast to "
                f"{kinds[wanted]}",
            )


def _declarations(instruction: SpirvInstruction, facts: SpirvFacts) -> Verdicts:
    words = instruction.operands
    match instruction.opcode.name:
        case "OpCapability":
            name = ENUMS["Capability"].get(int(words[0]), str(words[0]))
            if name in REJECTED_CAPABILITIES:
                yield Effect.REJECTED, f"unsupported capability {name}"
        case "OpExtension" if words[0] not in KNOWN_EXTENSIONS:
            yield Effect.REJECTED, f"unsupported extension {words[0]}"
        case "OpTypeInt" if words[1] in (8, 16):
            yield Effect.REJECTED, f"no integers of {words[1]} bits; pack them into 32-bit words"
        case "OpTypeVector" if int(words[2]) > 4:
            yield Effect.REJECTED, "vectors have 2 to 4 elements"
        case "OpConstant" if _is_not_finite(instruction, facts):
            yield (
                Effect.REJECTED,
                "no literals that are infinite or NaN; bitcast an integer in the function",
            )
        case "OpUndef" if instruction.result in facts.in_function:
            yield Effect.REJECTED, "OpUndef in a function; put it at the top of the module"
        case "OpExecutionMode" if words[1] == VALUES["ExecutionMode"]["LocalSize"]:
            if prod(int(word) for word in words[2:]) > MAX_INVOCATIONS:
                yield Effect.REJECTED, f"a workgroup has at most {MAX_INVOCATIONS} invocations"
        case _:
            return


def _is_not_finite(constant: SpirvInstruction, facts: SpirvFacts) -> bool:
    type = facts.defined.get(int(constant.operands[0]))
    if type is None or type.opcode.name != "OpTypeFloat":
        return False
    mask = {16: 0x7C00, 32: 0x7F800000, 64: 0x7FF00000}[int(type.operands[1])]
    return int(constant.operands[-1]) & mask == mask


def _variables(instruction: SpirvInstruction, facts: SpirvFacts) -> Verdicts:
    if instruction.opcode.name != "OpVariable":
        return
    pointer = facts.defined[int(instruction.operands[0])]
    storage, contents = (
        ENUMS["StorageClass"].get(int(instruction.operands[2]), ""),
        int(pointer.operands[2]),
    )
    parts = list(facts.parts(contents))
    if storage in ("StorageBuffer", "Uniform"):
        if any(part.opcode.name == "OpTypeBool" for part in parts):
            yield Effect.REJECTED, "no truth values in buffers; store words"
        place = facts.places.get(instruction.result or 0, {})
        first = facts.bound.get((place.get("DescriptorSet", 0), place.get("Binding", -1)))
        if first is not None and first != instruction.result:
            yield Effect.REJECTED, f"%{first} has the same binding; give each variable its own"
    if storage == "Uniform" and any(facts.strides.get(part.result or 0, 16) % 16 for part in parts):
        if not _has_buffer_block(parts, facts):
            yield Effect.REJECTED, "arrays in uniform buffers have a stride of 16 bytes"
    if storage == "Workgroup" and facts.size(contents) > MAX_WORKGROUP_BYTES:
        yield (
            Effect.MISCOMPILED,
            f"more than {MAX_WORKGROUP_BYTES} bytes of workgroup memory go unnoticed",
        )


def _has_buffer_block(parts: list[SpirvInstruction], facts: SpirvFacts) -> bool:
    """Returns whether a struct in `Uniform` is a storage buffer in the words of SPIR-V 1.0."""
    return any(
        (part.result or 0) in facts.places and "BufferBlock" in facts.places[part.result or 0]
        for part in parts
    )


_RULES: tuple[Callable[[SpirvInstruction, SpirvFacts], Verdicts], ...] = (
    _opcodes,
    _signedness,
    _declarations,
    _variables,
)


def _unstructured(module: SpirvModule) -> Iterator[NagaFinding]:
    """Branches whose merge instruction is missing: naga takes them and computes something else."""
    seen: set[int] = set()
    headers: set[int] = set()
    ways_out: set[int] = set()
    label = 0
    before = ""
    branches: list[tuple[int, SpirvInstruction, int, str]] = []
    for offset, instruction in module:
        name = instruction.opcode.name
        match name:
            case "OpLabel":
                label = instruction.result or 0
                seen.add(label)
            case "OpLoopMerge":
                headers.add(label)
                ways_out.update(int(word) for word in instruction.operands[:2])
            case "OpBranch" | "OpBranchConditional" | "OpSwitch":
                branches.append((offset, instruction, label, before))
                for target in _targets(instruction):
                    if target in seen and target not in headers:
                        why = "a branch backwards to a block without OpLoopMerge"
                        yield NagaFinding(offset, name, Effect.MISCOMPILED, why)
            case _:
                pass  # other instructions begin no block and branch to none
        before = name
    for offset, instruction, _, before in branches:
        if instruction.opcode.name == "OpBranch" or before in ("OpLoopMerge", "OpSelectionMerge"):
            continue
        if not any(target in ways_out or target in headers for target in _targets(instruction)):
            why = "a choice without OpSelectionMerge"
            yield NagaFinding(offset, instruction.opcode.name, Effect.MISCOMPILED, why)


def _targets(instruction: SpirvInstruction) -> list[int]:
    words = [int(word) for word in instruction.operands]
    match instruction.opcode.name:
        case "OpBranch":
            return words
        case "OpBranchConditional":
            return words[1:3]
        case _:
            return [words[1], *words[3::2]]
