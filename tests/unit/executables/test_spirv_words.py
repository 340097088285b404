"""SPIR-V words: encoding, decoding, text, against the SPIR-V tools."""

import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ireelite.executables.spirv_decode import decode_spirv
from ireelite.executables.spirv_disassemble import disassemble_instructions, disassemble_spirv
from ireelite.executables.spirv_encode import encode_spirv
from ireelite.executables.spirv_grammar import BY_CODE, ENUMS, OPCODES, enumerant, instruction
from ireelite.status import StatusCode, StatusError

# A bit of everything that the table has: each line goes through the tools and through this code.
ASSEMBLY = """
OpCapability Shader
OpCapability Int64
OpCapability Float64
OpCapability GroupNonUniform
OpExtension "SPV_KHR_storage_buffer_storage_class"
%1 = OpExtInstImport "GLSL.std.450"
OpMemoryModel Logical GLSL450
OpEntryPoint GLCompute %2 "a \\"main\\" \\\\ function" %3
OpExecutionMode %2 LocalSize 64 2 1
%4 = OpString "file.mlir"
OpSource GLSL 450 %4
OpName %2 "main"
OpMemberName %5 0 "data"
OpDecorate %3 BuiltIn GlobalInvocationId
OpDecorate %6 ArrayStride 4
OpDecorate %5 Block
OpMemberDecorate %5 0 Offset 0
OpDecorate %7 DescriptorSet 0
OpDecorate %7 Binding 3
OpDecorate %7 Aliased
%8 = OpTypeVoid
%9 = OpTypeFunction %8
%10 = OpTypeInt 32 1
%11 = OpTypeInt 64 0
%12 = OpTypeFloat 32
%13 = OpTypeFloat 64
%14 = OpTypeBool
%15 = OpTypeVector %10 3
%16 = OpTypePointer Input %15
%3 = OpVariable %16 Input
%17 = OpConstant %10 -7
%18 = OpConstant %11 5000000000
%19 = OpConstant %12 0.100000001
%20 = OpConstant %12 0x1p+128
%21 = OpConstant %12 -0x1p+128
%22 = OpConstant %12 0x1.8p+128
%23 = OpConstant %13 0.10000000000000001
%24 = OpConstant %12 1e+10
%25 = OpConstant %10 4
%26 = OpConstantTrue %14
%27 = OpConstantNull %12
%6 = OpTypeArray %12 %25
%5 = OpTypeStruct %6
%28 = OpTypePointer StorageBuffer %5
%7 = OpVariable %28 StorageBuffer
%29 = OpTypePointer StorageBuffer %12
%30 = OpUndef %10
%2 = OpFunction %8 DontInline|Const %9
%31 = OpLabel
OpLine %4 3 9
%32 = OpLoad %15 %3 Volatile|Aligned 16
%33 = OpCompositeExtract %10 %32 0
%34 = OpAccessChain %29 %7 %30 %33
%35 = OpLoad %12 %34
%36 = OpExtInst %12 %1 Exp %35
%37 = OpVectorShuffle %15 %32 %32 2 1 0
OpStore %34 %36 Aligned 4
OpNoLine
OpBranch %38
%38 = OpLabel
%39 = OpPhi %10 %17 %31 %40 %41
%42 = OpSLessThan %14 %39 %25
OpLoopMerge %43 %41 Unroll
OpBranchConditional %42 %44 %43 1 2
%44 = OpLabel
OpSelectionMerge %45 Flatten
OpSwitch %39 %45 0 %46 1 %46
%46 = OpLabel
OpBranch %45
%45 = OpLabel
OpBranch %41
%41 = OpLabel
%40 = OpIAdd %10 %39 %25
OpBranch %38
%43 = OpLabel
OpReturn
OpFunctionEnd
"""


def assemble(text: str, environment: str = "spv1.3") -> bytes:
    command = ["spirv-as", "--preserve-numeric-ids", "--target-env", environment, "-o", "-", "-"]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


def tools_text(words: bytes) -> list[str]:
    command = ["spirv-dis", "--raw-id", "--no-indent", "--no-header", "--no-color", "-"]
    return (
        subprocess.run(command, input=words, capture_output=True, check=True)
        .stdout.decode()
        .splitlines()
    )


def test_text_is_that_of_the_tools():
    words = assemble(ASSEMBLY)
    lines = [line for _, line in disassemble_instructions(decode_spirv(words), names=False)]
    assert lines == tools_text(words)
    assert lines == ASSEMBLY.strip().splitlines()


def test_decoded_words_encode_to_themselves():
    words = assemble(ASSEMBLY)
    module = decode_spirv(words)
    encoded = encode_spirv(module.instructions, module.bound, module.version, module.generator)
    assert encoded.data == words
    assert [offset for offset, _, _ in encoded.origins] == module.offsets


def test_names_and_header():
    text = disassemble_spirv(decode_spirv(assemble(ASSEMBLY)))
    assert text.startswith("; SPIR-V\n; Version: 1.3\n")
    assert "\n%main = OpFunction %8 DontInline|Const %9\n" in text


def test_other_byte_order():
    words = assemble(ASSEMBLY)
    swapped = struct.pack(f">{len(words) // 4}I", *struct.unpack(f"<{len(words) // 4}I", words))
    assert decode_spirv(swapped) == decode_spirv(words)


def test_origins_are_handed_through():
    origin = object()
    encoded = encode_spirv(
        [instruction("OpCapability", 1), instruction("OpReturn", origin=origin)], bound=1
    )
    assert encoded.origins == [(5, "OpCapability", None), (7, "OpReturn", origin)]
    assert encoded.data == struct.pack(
        "<8I", 0x07230203, 0x10000, 0, 1, 0, 2 << 16 | 17, 1, 1 << 16 | 253
    )


def test_the_table_has_each_number_once():
    assert len(BY_CODE) == len(OPCODES)


def test_every_plain_opcode_is_what_the_tools_call_it():
    plain = {"T": "%1", "i": "%1", "n": "32"}
    lines: list[str] = []
    for number, opcode in enumerate(OPCODES.values(), start=2):
        kinds = [kind for kind in opcode.operands if kind[-1] not in "?*"]
        if "Constant" in opcode.name or not all(kind == "R" or kind in plain for kind in kinds):
            continue
        operands = [opcode.name, *(plain[kind] for kind in kinds if kind != "R")]
        lines.append((f"%{number} = " if "R" in kinds else "") + " ".join(operands))
    assert len(lines) > 110
    words = assemble("\n".join(lines), "spv1.6")
    assert [line for _, line in disassemble_instructions(decode_spirv(words), names=False)] == lines


def header(*words: int) -> bytes:
    return struct.pack(f"<{5 + len(words)}I", 0x07230203, 0x10000, 0, 1, 0, *words)


@pytest.mark.parametrize(
    "data, code, message",
    [
        (b"", StatusCode.DATA_LOSS, "0 bytes are not a SPIR-V module"),
        (b"abc" * 8 + b"x", StatusCode.DATA_LOSS, "25 bytes are not"),
        (bytes(24), StatusCode.DATA_LOSS, "begins with 0x00000000"),
        (header(0), StatusCode.DATA_LOSS, "at word 5 says it has 0 words, of 1 left"),
        (header(3 << 16 | 253), StatusCode.DATA_LOSS, "at word 5 says it has 3 words, of 1 left"),
        (header(1 << 16 | 9999), StatusCode.UNIMPLEMENTED, "unknown SPIR-V opcode 9999 at word 5"),
        (
            header(1 << 16 | 17),
            StatusCode.DATA_LOSS,
            "OpCapability at word 5 ends before its operands do",
        ),
        (
            header(3 << 16 | 17, 1, 1),
            StatusCode.DATA_LOSS,
            "OpCapability at word 5 has 1 words too many",
        ),
        (
            header(2 << 16 | 10, 0x41414141),
            StatusCode.DATA_LOSS,
            "a string of OpExtension at word 5 has no end",
        ),
        (header(2 << 16 | 10, 0xFF), StatusCode.DATA_LOSS, "is not UTF-8"),
    ],
)
def test_broken_words(data, code, message):
    with pytest.raises(StatusError, match=message) as caught:
        decode_spirv(data)
    assert caught.value.code == code


@given(st.lists(st.integers(0, 0xFFFFFFFF), max_size=40))
def test_any_words_decode_or_are_refused(words):
    data = header(*words)
    try:
        module = decode_spirv(data)
    except StatusError:
        return
    assert encode_spirv(module.instructions, 1).data == data
    disassemble_spirv(module)


def test_an_instruction_that_is_too_long():
    with pytest.raises(StatusError, match="at most 65535"):
        encode_spirv([instruction("OpTypeStruct", *range(1, 70000))], bound=70000)


def test_enumerants_by_name():
    assert enumerant("StorageClass", "StorageBuffer") == 12
    assert ENUMS["GLSL.std.450"][27] == "Exp"
    with pytest.raises(StatusError, match="NOT_FOUND; 'Nothing' is not a known SPIR-V Capability"):
        enumerant("Capability", "Nothing")
