"""The lint finds each construct that naga rejects or gets wrong, and nothing in what naga takes."""

import subprocess

import pytest

from ireelite.executables.naga_lint import lint_for_naga
from ireelite.executables.spirv_decode import decode_spirv

MODULE = """
OpCapability Shader
CAPABILITIES
OpExtension "SPV_KHR_storage_buffer_storage_class"
%glsl = OpExtInstImport "GLSL.std.450"
OpMemoryModel Logical GLSL450
OpEntryPoint GLCompute %main "main"
OpExecutionMode %main LocalSize 64 1 1
OpDecorate %array ArrayStride 4
OpMemberDecorate %struct 0 Offset 0
OpDecorate %struct Block
OpDecorate %buffer DescriptorSet 0
OpDecorate %buffer Binding 0
DECORATIONS
%void = OpTypeVoid
%bool = OpTypeBool
%int = OpTypeInt 32 1
%uint = OpTypeInt 32 0
%float = OpTypeFloat 32
%v2int = OpTypeVector %int 2
%function = OpTypeFunction %void
%four = OpConstant %int 4
%i = OpConstant %int -7
%u = OpConstant %uint 7
%f = OpConstant %float 1.5
%true = OpConstantTrue %bool
%vi = OpConstantComposite %v2int %i %i
%array = OpTypeArray %float %four
%struct = OpTypeStruct %array
%pointer = OpTypePointer StorageBuffer %struct
%buffer = OpVariable %pointer StorageBuffer
%undef = OpUndef %float
GLOBALS
%main = OpFunction %void None %function
%entry = OpLabel
BODY
OpReturn
OpFunctionEnd
"""


def lint(body: str = "", **parts: str) -> list[str]:
    text = MODULE.replace("BODY", body)
    for part in ("CAPABILITIES", "DECORATIONS", "GLOBALS"):
        text = text.replace(part, parts.get(part.lower(), ""))
    command = ["spirv-as", "--target-env", "spv1.3", "-o", "-", "-"]
    words = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    return [str(finding) for finding in lint_for_naga(decode_spirv(words))]


CLEAN = """
%a = OpSDiv %int %i %four
%b = OpUDiv %uint %u %u
%c = OpShiftRightLogical %uint %u %i
%d = OpShiftRightArithmetic %int %i %u
%e = OpExtInst %uint %glsl UMin %u %u
%g = OpExtInst %int %glsl SMin %i %i
%h = OpConvertSToF %float %i
%k = OpConvertFToU %uint %f
%l = OpFOrdEqual %bool %f %f
%m = OpLogicalNot %bool %l
%n = OpExtInst %float %glsl RoundEven %f
%o = OpULessThan %bool %i %i
OpSelectionMerge %merge None
OpBranchConditional %true %then %merge
%then = OpLabel
OpBranch %loop
%loop = OpLabel
OpLoopMerge %out %continue None
OpBranchConditional %true %inside %out
%inside = OpLabel
OpBranchConditional %m %continue %out
%continue = OpLabel
OpBranch %loop
%out = OpLabel
OpBranch %merge
%merge = OpLabel
"""


def test_what_naga_takes():
    assert lint(CLEAN) == []


@pytest.mark.parametrize(
    "line, finding",
    [
        (
            "OpFUnordEqual %bool %f %f",
            "OpFUnordEqual: miscompiled: compared as ordered, so false for NaN",
        ),
        ("OpFUnordLessThan %bool %f %f", "negate OpFOrdGreaterThanEqual"),
        ("OpSMod %int %i %i", "OpSMod: miscompiled: computed in f32"),
        ("OpExtInst %float %glsl Round %f", "OpExtInst Round: miscompiled: rounds halves to even"),
        ("OpShiftRightLogical %int %i %i", "OpShiftRightLogical: miscompiled: done as signed"),
        (
            "OpShiftRightArithmetic %uint %u %u",
            "OpShiftRightArithmetic: miscompiled: done as unsigned",
        ),
        ("OpSDiv %uint %u %u", "OpSDiv: miscompiled: done as unsigned"),
        ("OpSRem %uint %u %u", "OpSRem: miscompiled: done as unsigned"),
        ("OpConvertSToF %float %u", "OpConvertSToF: miscompiled: done as unsigned"),
        ("OpConvertFToS %uint %f", "OpConvertFToS: miscompiled: done as unsigned"),
        ("OpConvertUToF %float %i", "OpConvertUToF: miscompiled: done as signed"),
        ("OpExtInst %uint %glsl SMax %u %u", "OpExtInst SMax: miscompiled: done as unsigned"),
        ("OpExtInst %int %glsl UMax %i %i", "OpExtInst UMax: miscompiled: done as signed"),
        ("OpExtInst %v2int %glsl UMax %vi %vi", "OpExtInst UMax: miscompiled: done as signed"),
        ("OpExtInst %uint %glsl FindSMsb %u", "OpExtInst FindSMsb: miscompiled: done as unsigned"),
        ("OpExtInst %int %glsl FindUMsb %i", "OpExtInst FindUMsb: miscompiled: done as signed"),
        ("OpAtomicSMin %uint %buffer %u %u %u", "OpAtomicSMin: miscompiled: done as unsigned"),
        ("OpAtomicUMax %int %buffer %u %u %i", "OpAtomicUMax: miscompiled: done as signed"),
        (
            "OpGroupNonUniformSMax %uint %u Reduce %u",
            "OpGroupNonUniformSMax: miscompiled: done as unsigned",
        ),
        ("OpSNegate %uint %u", "OpSNegate: rejected: there is no negation of an unsigned type"),
        ("OpUnordered %bool %f %f", "OpUnordered: rejected: no such operation"),
        ("OpUndef %float", "OpUndef: rejected: OpUndef in a function"),
        (
            "OpBitFieldSExtract %uint %u %four %four",
            "OpBitFieldSExtract: miscompiled: done as unsigned",
        ),
    ],
)
def test_instructions(line, finding):
    (found,) = lint(f"%r = {line}")
    assert finding in found


@pytest.mark.parametrize(
    "part, text, finding",
    [
        (
            "capabilities",
            "OpCapability Kernel",
            "OpCapability: rejected: unsupported capability Kernel",
        ),
        (
            "capabilities",
            'OpExtension "SPV_FOO_bar"',
            "OpExtension: rejected: unsupported extension SPV_FOO_bar",
        ),
        (
            "globals",
            "%bad = OpConstant %float 0x1p+128",
            "OpConstant: rejected: no literals that are infinite",
        ),
        (
            "globals",
            "%bad = OpConstant %float 0x1.8p+128",
            "OpConstant: rejected: no literals that are infinite",
        ),
        ("globals", "%bad = OpTypeInt 16 0", "OpTypeInt: rejected: no integers of 16 bits"),
        (
            "globals",
            "%bad = OpTypeVector %float 8",
            "OpTypeVector: rejected: vectors have 2 to 4 elements",
        ),
        ("globals", "%bad = OpSpecConstantOp %int IAdd %i %i", "OpSpecConstantOp: rejected"),
        (
            "globals",
            "%bools = OpTypeStruct %bool\n%bp = OpTypePointer StorageBuffer %bools\n"
            "%bad = OpVariable %bp StorageBuffer",
            "OpVariable: rejected: no truth values in buffers",
        ),
        (
            "globals",
            "%big = OpConstant %int 10000\n%lots = OpTypeArray %float %big\n"
            "%lp = OpTypePointer Workgroup %lots\n%bad = OpVariable %lp Workgroup",
            "more than 32768 bytes of workgroup memory",
        ),
    ],
)
def test_declarations(part, text, finding):
    (found,) = lint(**{part: text})
    assert finding in found


def test_two_variables_of_one_binding():
    (found,) = lint(
        decorations="OpDecorate %second DescriptorSet 0\nOpDecorate %second Binding 0",
        globals="%second = OpVariable %pointer StorageBuffer",
    )
    assert "has the same binding" in found


def test_uniform_arrays_with_a_small_stride():
    decorations = (
        "OpDecorate %ua ArrayStride 4\nOpMemberDecorate %us 0 Offset 0\nOpDecorate %us DECORATION"
    )
    variable = (
        "%ua = OpTypeArray %float %four\n%us = OpTypeStruct %ua\n"
        "%up = OpTypePointer Uniform %us\n%uv = OpVariable %up Uniform"
    )
    (found,) = lint(decorations=decorations.replace("DECORATION", "Block"), globals=variable)
    assert "a stride of 16 bytes" in found
    assert (
        lint(decorations=decorations.replace("DECORATION", "BufferBlock"), globals=variable) == []
    )


def test_large_workgroups():
    text = MODULE.replace("LocalSize 64", "LocalSize 2048")
    for part in ("CAPABILITIES", "DECORATIONS", "GLOBALS", "BODY"):
        text = text.replace(part, "")
    words = subprocess.run(
        ["spirv-as", "-o", "-", "-"], input=text.encode(), capture_output=True, check=True
    ).stdout
    (found,) = lint_for_naga(decode_spirv(words))
    assert "OpExecutionMode: rejected: a workgroup has at most 1024 invocations" in str(found)


def test_a_choice_without_a_merge():
    body = "OpBranchConditional %true %a %b\n%a = OpLabel\nOpBranch %b\n%b = OpLabel"
    (found,) = lint(body)
    assert "OpBranchConditional: miscompiled: a choice without OpSelectionMerge" in found


def test_a_loop_without_a_merge():
    body = "OpBranch %a\n%a = OpLabel\nOpBranchConditional %true %a %b\n%b = OpLabel"
    assert any("a branch backwards to a block without OpLoopMerge" in found for found in lint(body))


def test_a_finding_names_its_word():
    findings = lint("%r = OpSMod %int %i %i")
    assert findings[0].startswith("word ")
