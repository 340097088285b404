"""Shaders on their way to WebGPU: left alone, rewritten, refused in words; and damaged ones."""

from __future__ import annotations

import random
import struct
import subprocess

import pytest

from ireelite.loaders.spirv import prepare_shader
from ireelite.status import StatusCode, StatusError

MODULE = """
OpCapability Shader
OpExtension "SPV_KHR_storage_buffer_storage_class"
%glsl = OpExtInstImport "GLSL.std.450"
OpMemoryModel Logical GLSL450
OpEntryPoint GLCompute %main "main"
OpExecutionMode %main LocalSize 1 1 1
OpDecorate %array ArrayStride 4
OpMemberDecorate %struct 0 Offset 0
OpDecorate %struct Block
OpDecorate %buffer DescriptorSet 0
OpDecorate %buffer Binding 0
%void = OpTypeVoid
%bool = OpTypeBool
%uint = OpTypeInt 32 0
%float = OpTypeFloat 32
%v2float = OpTypeVector %float 2
%pair = OpTypeStruct %uint %uint
%zero = OpConstant %uint 0
%one = OpConstant %uint 1
%infinity = OpConstant %float 0x1p+128
%both = OpConstantComposite %v2float %infinity %infinity
%array = OpTypeRuntimeArray %uint
%struct = OpTypeStruct %array
%pointer = OpTypePointer StorageBuffer %struct
%element = OpTypePointer StorageBuffer %uint
%buffer = OpVariable %pointer StorageBuffer
%function = OpTypeFunction %void
%main = OpFunction %void None %function
%entry = OpLabel
%p = OpAccessChain %element %buffer %zero %one
%x = OpLoad %uint %p
%f = OpBitcast %float %x
BODY
OpStore %p %result
OpReturn
OpFunctionEnd
"""

REWRITTEN = """
%pr = OpUMulExtended %pair %x %one
%high = OpCompositeExtract %uint %pr 1
%m = OpSMod %uint %high %one
%r = OpExtInst %float %glsl Round %f
%i = OpCompositeExtract %float %both 1
%t = OpFUnordLessThan %bool %r %i
%result = OpSelect %uint %t %m %one
"""
CLEAN = "%result = OpIAdd %uint %x %one"
HOPELESS = "%h = OpQuantizeToF16 %float %f\n%result = OpBitcast %uint %h"


def assemble(body: str, capability: str = "Shader") -> bytes:
    command = ["spirv-as", "--target-env", "spv1.3", "-o", "-", "-"]
    text = f"OpCapability {capability}{MODULE}".replace("BODY", body)
    if body == CLEAN:
        text = "\n".join(line for line in text.splitlines() if "infinity" not in line)
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


@pytest.mark.parametrize("body", [CLEAN, REWRITTEN], ids=["clean", "rewritten"])
@pytest.mark.parametrize(
    ("capability", "feature", "type"),
    [
        ("Float16", "shader-f16", "f16"),
        ("Float64", "shader-f64", "f64"),
        ("Int64", "shader-int64", "i64"),
    ],
)
def test_a_shader_needs_the_features_of_its_capabilities(body, capability, feature, type) -> None:
    words = assemble(body, capability)
    prepare_shader(words, [feature])
    with pytest.raises(StatusError) as caught:
        prepare_shader(words, ["shader-f32"])
    assert str(caught.value) == (
        f"INCOMPATIBLE; the shader computes in {type} (SPIR-V capability {capability}), for which "
        f"the device lacks the feature {feature}"
    )


def test_a_clean_shader_is_left_alone() -> None:
    words = assemble(CLEAN)
    assert prepare_shader(words, ()) is words


def test_what_can_be_said_otherwise_is() -> None:
    words = prepare_shader(assemble(REWRITTEN), ())
    assert prepare_shader(words, ()) is words
    command = ["spirv-val", "--target-env", "spv1.3", "-"]
    assert subprocess.run(command, input=words, check=False).returncode == 0


def test_what_cannot_is_refused() -> None:
    with pytest.raises(StatusError, match="OpQuantizeToF16: rejected: no such operation") as error:
        prepare_shader(assemble(HOPELESS), ())
    assert error.value.code == StatusCode.UNIMPLEMENTED
    assert "OpConstant" not in error.value.message


def patched(words: bytes, opcode: int, operand: int, value: int) -> bytes:
    """A shader with a word of the first instruction of an opcode overwritten."""
    numbers = list(struct.unpack(f"<{len(words) // 4}I", words))
    at = 5
    while numbers[at] & 0xFFFF != opcode:
        at += numbers[at] >> 16
    numbers[at + 1 + operand] = value
    return struct.pack(f"<{len(numbers)}I", *numbers)


@pytest.mark.parametrize(
    ("opcode", "operand", "value", "message"),
    [
        (21, 1, 31, "OpTypeInt at word .* is 31 bits wide"),
        (128, 0, 9999, "%9999 in OpIAdd at word .* is no type declared before"),
        (128, 2, 9999, "%9999 in OpIAdd at word .* is undefined"),
        (128, 1, 9999, "OpIAdd at word .* defines %9999, which it cannot"),
        (128, 1, 1, "OpIAdd at word .* defines %1, which it cannot"),
        (128, 1, 0, "OpIAdd at word .* defines %0, which it cannot"),
    ],
)
def test_ids_that_are_not_what_they_should_be(
    opcode: int, operand: int, value: int, message: str
) -> None:
    with pytest.raises(StatusError, match=f"DATA_LOSS; SPIR-V is malformed: {message}"):
        prepare_shader(patched(assemble(CLEAN), opcode, operand, value), ())


def test_an_absurd_bound() -> None:
    words = bytearray(assemble(CLEAN))
    words[12:16] = b"\xff" * 4
    with pytest.raises(StatusError, match="its bound is 4294967295; the most is 4194303"):
        prepare_shader(words, ())


def test_damaged_shaders_are_refused_with_a_status() -> None:
    source = assemble(REWRITTEN)
    whole = struct.unpack(f"<{len(source) // 4}I", source)
    choose = random.Random(7)
    survived = 0
    for _ in range(3000):
        words = list(whole)
        for _ in range(choose.randint(1, 3)):
            at = choose.randrange(5, len(words))
            match choose.randrange(4):
                case 0:
                    words[at] = choose.getrandbits(32)
                case 1:
                    words[at] ^= 1 << choose.randrange(32)
                case 2:
                    words[at] = choose.randrange(60)
                case _:
                    words[at] = words[choose.randrange(len(words))]
        try:
            prepare_shader(struct.pack(f"<{len(words)}I", *words), ())
            survived += 1
        except StatusError as error:
            assert error.code in (StatusCode.DATA_LOSS, StatusCode.UNIMPLEMENTED)
    assert survived
