"""The rewriter: what a rule writes, that the result is valid and clean, and that it computes what
the instruction means.
"""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from ireelite.executables.naga_lint import lint_for_naga
from ireelite.executables.spirv_decode import SpirvModule, decode_spirv
from ireelite.executables.spirv_disassemble import disassemble_spirv
from ireelite.executables.spirv_encode import encode_spirv
from ireelite.executables.spirv_rewrite import rewrite_for_naga

MODULE = """
OpCapability Shader
OpExtension "SPV_KHR_storage_buffer_storage_class"
%glsl = OpExtInstImport "GLSL.std.450"
OpMemoryModel Logical GLSL450
OpEntryPoint GLCompute %main "main" %id
OpExecutionMode %main LocalSize 1 1 1
OpName %named "named"
OpDecorate %id BuiltIn GlobalInvocationId
OpDecorate %array ArrayStride 4
OpMemberDecorate %struct 0 Offset 0
OpDecorate %struct Block
OpDecorate %a DescriptorSet 0
OpDecorate %a Binding 0
OpDecorate %b DescriptorSet 0
OpDecorate %b Binding 1
OpDecorate %r DescriptorSet 0
OpDecorate %r Binding 2
%void = OpTypeVoid
%bool = OpTypeBool
%uint = OpTypeInt 32 0
%int = OpTypeInt 32 1
%float = OpTypeFloat 32
%v2float = OpTypeVector %float 2
%v3uint = OpTypeVector %uint 3
%pair = OpTypeStruct %uint %uint
%zero = OpConstant %uint 0
%one = OpConstant %uint 1
%eight = OpConstant %uint 8
%named = OpConstant %float 0x1p+128
%nan = OpConstant %float 0x1.8p+128
%fzero = OpConstant %float 0
%infinities = OpConstantComposite %v2float %named %fzero
%array = OpTypeRuntimeArray %uint
%struct = OpTypeStruct %array
%buffer = OpTypePointer StorageBuffer %struct
%element = OpTypePointer StorageBuffer %uint
%input = OpTypePointer Input %v3uint
%id = OpVariable %input Input
%a = OpVariable %buffer StorageBuffer
%b = OpVariable %buffer StorageBuffer
%r = OpVariable %buffer StorageBuffer
%function = OpTypeFunction %void
%main = OpFunction %void None %function
%entry = OpLabel
%ids = OpLoad %v3uint %id
%i = OpCompositeExtract %uint %ids 0
%pa = OpAccessChain %element %a %zero %i
%pb = OpAccessChain %element %b %zero %i
%pr = OpAccessChain %element %r %zero %i
%x = OpLoad %uint %pa
%y = OpLoad %uint %pb
%fx = OpBitcast %float %x
%fy = OpBitcast %float %y
%sx = OpBitcast %int %x
%sy = OpBitcast %int %y
BODY
OpStore %pr %result
OpReturn
OpFunctionEnd
"""
"""Reads two words, computes %result of them in BODY, writes it."""


def assemble(body: str, module: str = MODULE) -> SpirvModule:
    command = ["spirv-as", "--target-env", "spv1.3", "-o", "-", "-"]
    text = module.replace("BODY", body)
    words = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    return decode_spirv(words)


def encode(module: SpirvModule) -> bytes:
    return encode_spirv(module.instructions, module.bound, module.version, module.generator).data


def rewritten(body: str) -> SpirvModule:
    """Valid, clean, and the same when decoded again."""
    module = rewrite_for_naga(assemble(body))
    assert lint_for_naga(module) == []
    command = ["spirv-val", "--target-env", "spv1.3", "-"]
    checked = subprocess.run(command, input=encode(module), capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode() + disassemble_spirv(module)
    again = decode_spirv(encode(module))
    assert again.offsets == module.offsets
    assert disassemble_spirv(again, names=False) == disassemble_spirv(module, names=False)
    return module


def truth(name: str, left: str = "%fx", right: str = "%fy") -> str:
    return f"%t = {name} %bool {left} {right}\n%result = OpSelect %uint %t %one %zero"


def as_bits(line: str) -> str:
    """Computes a float, and stores its bits."""
    return f"%f = {line}\n%result = OpBitcast %uint %f"


BEFORE_AND_AFTER = {
    "a cast before and one after": (
        "%result = OpSDiv %uint %x %y",
        """
        %34 = OpBitcast %int %x
        %35 = OpBitcast %int %y
        %36 = OpSDiv %int %34 %35
        %result = OpBitcast %uint %36
        """,
    ),
    "a cast after": (
        "%result = OpConvertFToS %uint %fx",
        """
        %34 = OpConvertFToS %int %fx
        %result = OpBitcast %uint %34
        """,
    ),
    "a cast before": (
        as_bits("OpConvertSToF %float %x"),
        """
        %34 = OpBitcast %int %x
        %f = OpConvertSToF %float %34
        %result = OpBitcast %uint %f
        """,
    ),
    "the type is right already": (
        "%s = OpSDiv %int %sx %sy\n%result = OpBitcast %uint %s",
        """
        %s = OpSDiv %int %sx %sy
        %result = OpBitcast %uint %s
        """,
    ),
    "a comparison turned round": (
        truth("OpFUnordLessThan"),
        """
        %34 = OpFOrdGreaterThanEqual %bool %fx %fy
        %t = OpLogicalNot %bool %34
        %result = OpSelect %uint %t %one %zero
        """,
    ),
    "a carry": (
        "%p = OpIAddCarry %pair %x %y\n%result = OpCompositeExtract %uint %p 1",
        """
        %34 = OpIAdd %uint %x %y
        %35 = OpULessThan %bool %34 %x
        %36 = OpSelect %uint %35 %one %zero
        %p = OpCompositeConstruct %pair %34 %36
        %result = OpCompositeExtract %uint %p 1
        """,
    ),
}


@pytest.mark.parametrize("case", BEFORE_AND_AFTER)
def test_words(case: str) -> None:
    body, expected = BEFORE_AND_AFTER[case]
    module = rewritten(body)
    names = {name: int(id) for name, id in _names(assemble(body), body).items()}
    text = disassemble_spirv(module, names=False)
    lines = text[text.index("OpLoad %") :].splitlines()
    store = next(n for n, line in enumerate(lines) if line.startswith("OpStore"))
    wanted = [line.strip() for line in expected.strip().splitlines()]
    found = lines[store - len(wanted) : store]
    assert _canonical(found, {id: name for name, id in names.items()}) == _canonical(wanted, {})


def _names(module: SpirvModule, body: str) -> dict[str, int]:
    """What the text calls each id: definitions stand in the same order there."""
    lines = MODULE.replace("BODY", body).splitlines()
    text = [line.split(" = ")[0].strip("% ") for line in lines if " = Op" in line]
    results = [i.result for i in module.instructions if i.result is not None]
    return dict(zip(text, results, strict=True))


def _canonical(lines: list[str], names: dict[int, str]) -> list[str]:
    """Ids by their names; those without one numbered in order of appearance."""
    fresh: dict[str, str] = {}

    def rename(word: str) -> str:
        if not word.startswith("%") or not word[1:].isdigit():
            return word
        if int(word[1:]) in names:
            return f"%{names[int(word[1:])]}"
        return fresh.setdefault(word, f"%new{len(fresh)}")

    return [" ".join(rename(word) for word in line.split()) for line in lines]


# -- numbers ---------------------------------------------------------------------------------------

INF, NAN = np.inf, np.nan
INTEGERS = np.array([7, -7, 2147483647, -2147483648, 100, -1, 65537, 0], np.int32)
DIVISORS = np.array([3, 2, 5, 3, -7, 2, 131071, 9], np.int32)
FLOATS = np.array([1, NAN, 2.5, -2.5, INF, -INF, 0.5, -0.49999997], np.float32)
OTHERS = np.array([2, 1, NAN, -2.5, INF, 3, -0.5, 0], np.float32)
U, V = INTEGERS.view(np.uint32).astype(np.uint64), DIVISORS.view(np.uint32).astype(np.uint64)
S, D = INTEGERS.astype(np.int64), DIVISORS.astype(np.int64)
LARGE = np.array([2**31 + 5, 2**32 - 1, 12345, 2**31, 7, 2**32 - 7, 2**16, 3], np.uint32)


def quotient(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))


def member(name: str, index: int) -> str:
    return f"%p = {name} %pair %x %y\n%result = OpCompositeExtract %uint %p {index}"


def signed_line(name: str) -> str:
    return f"%s = {name} %int %sx %sy\n%result = OpBitcast %uint %s"


COMPARISONS = {
    "OpFUnordEqual": lambda a, b: ~((a < b) | (a > b)),
    "OpFUnordNotEqual": lambda a, b: a != b,
    "OpFUnordLessThan": lambda a, b: ~(a >= b),
    "OpFUnordLessThanEqual": lambda a, b: ~(a > b),
    "OpFUnordGreaterThan": lambda a, b: ~(a <= b),
    "OpFUnordGreaterThanEqual": lambda a, b: ~(a < b),
    "OpUnordered": lambda a, b: np.isnan(a) | np.isnan(b),
    "OpOrdered": lambda a, b: ~(np.isnan(a) | np.isnan(b)),
}

NUMBERS = {
    **{name: (truth(name), FLOATS, OTHERS, f) for name, f in COMPARISONS.items()},
    "OpSDiv": ("%result = OpSDiv %uint %x %y", INTEGERS, DIVISORS, lambda a, b: quotient(S, D)),
    "OpSRem": ("%result = OpSRem %uint %x %y", INTEGERS, DIVISORS, lambda a, b: np.fmod(S, D)),
    "OpSMod": ("%result = OpSMod %uint %x %y", INTEGERS, DIVISORS, lambda a, b: np.mod(S, D)),
    "OpSMod signed": (signed_line("OpSMod"), INTEGERS, DIVISORS, lambda a, b: np.mod(S, D)),
    "OpSNegate": ("%result = OpSNegate %uint %x", INTEGERS, DIVISORS, lambda a, b: -S),
    "OpShiftRightArithmetic": (
        "%result = OpShiftRightArithmetic %uint %x %eight",
        INTEGERS,
        DIVISORS,
        lambda a, b: S >> 8,
    ),
    "OpShiftRightLogical": (
        "%s = OpShiftRightLogical %int %sx %eight\n%result = OpBitcast %uint %s",
        INTEGERS,
        DIVISORS,
        lambda a, b: U >> 8,
    ),
    "OpBitFieldSExtract": (
        "%result = OpBitFieldSExtract %uint %x %zero %eight",
        INTEGERS,
        DIVISORS,
        lambda a, b: INTEGERS.astype(np.int8),
    ),
    "OpConvertSToF": (
        as_bits("OpConvertSToF %float %x"),
        INTEGERS,
        DIVISORS,
        lambda a, b: INTEGERS.astype(np.float32).view(np.uint32),
    ),
    "OpConvertUToF": (
        as_bits("OpConvertUToF %float %sx"),
        INTEGERS,
        DIVISORS,
        lambda a, b: U.astype(np.float32).view(np.uint32),
    ),
    "OpConvertFToS": (
        "%result = OpConvertFToS %uint %fx",
        np.array([1.5, -1.5, 100, -100.75, 0, -0.5, 3e4, -7], np.float32),
        OTHERS,
        lambda a, b: a.astype(np.int32),
    ),
    **{
        name: (f"%result = OpExtInst %uint %glsl {name} %x %y", INTEGERS, DIVISORS, f)
        for name, f in {
            "SMin": lambda a, b: np.minimum(S, D),
            "SMax": lambda a, b: np.maximum(S, D),
        }.items()
    },
    **{
        f"{name} signed": (
            f"%s = OpExtInst %int %glsl {name} %sx %sy\n%result = OpBitcast %uint %s",
            INTEGERS,
            DIVISORS,
            f,
        )
        for name, f in {
            "UMin": lambda a, b: np.minimum(U, V),
            "UMax": lambda a, b: np.maximum(U, V),
        }.items()
    },
    "SAbs": ("%result = OpExtInst %uint %glsl SAbs %x", INTEGERS, DIVISORS, lambda a, b: np.abs(S)),
    "SSign": (
        "%result = OpExtInst %uint %glsl SSign %x",
        INTEGERS,
        DIVISORS,
        lambda a, b: np.sign(S),
    ),
    "SClamp": (
        "%result = OpExtInst %uint %glsl SClamp %x %y %eight",
        INTEGERS,
        -np.abs(DIVISORS),
        lambda a, b: np.clip(S, b.astype(np.int64), 8),
    ),
    "FindSMsb": (
        "%result = OpExtInst %uint %glsl FindSMsb %x",
        INTEGERS,
        DIVISORS,
        lambda a, b: np.array([int(v if v >= 0 else ~v).bit_length() - 1 for v in S]),
    ),
    "FindUMsb signed": (
        "%s = OpExtInst %int %glsl FindUMsb %sx\n%result = OpBitcast %uint %s",
        INTEGERS,
        DIVISORS,
        lambda a, b: np.array([int(v).bit_length() - 1 for v in U]),
    ),
    "OpIAddCarry, the sum": (member("OpIAddCarry", 0), INTEGERS, LARGE, lambda a, b: U + b),
    "OpIAddCarry, the carry": (
        member("OpIAddCarry", 1),
        INTEGERS,
        LARGE,
        lambda a, b: U + b.astype(np.uint64) >> 32,
    ),
    "OpISubBorrow": (member("OpISubBorrow", 1), INTEGERS, LARGE, lambda a, b: b > U),
    "OpUMulExtended, low": (
        member("OpUMulExtended", 0),
        INTEGERS,
        LARGE,
        lambda a, b: U * b.astype(np.uint64),
    ),
    "OpUMulExtended, high": (
        member("OpUMulExtended", 1),
        INTEGERS,
        LARGE,
        lambda a, b: U * b.astype(np.uint64) >> np.uint64(32),
    ),
    "OpSMulExtended, high": (
        member("OpSMulExtended", 1),
        INTEGERS,
        LARGE,
        lambda a, b: S * b.view(np.int32).astype(np.int64) >> 32,
    ),
    "Round": (
        as_bits("OpExtInst %float %glsl Round %fx"),
        FLOATS,
        OTHERS,
        lambda a, b: (
            np.where(
                np.isfinite(a), np.copysign(np.floor(np.abs(a.astype(np.float64)) + 0.5), a), a
            )
            .astype(np.float32)
            .view(np.uint32)
        ),
    ),
    "infinity": (
        as_bits("OpFAdd %float %named %fzero"),
        FLOATS,
        OTHERS,
        lambda a, b: np.full(8, 0x7F800000),
    ),
    "NaN": (
        truth("OpFOrdEqual", "%nan", "%nan"),
        FLOATS,
        OTHERS,
        lambda a, b: np.zeros(8),
    ),
    "infinity in a vector": (
        as_bits("OpCompositeExtract %float %infinities 0"),
        FLOATS,
        OTHERS,
        lambda a, b: np.full(8, 0x7F800000),
    ),
    "OpUndef": (
        "%u = OpUndef %uint\n%m = OpBitwiseAnd %uint %u %zero\n%result = OpIAdd %uint %m %x",
        INTEGERS,
        DIVISORS,
        lambda a, b: S,
    ),
}
"""What is computed: body, the first and the second words, and what the words should become."""


@pytest.mark.parametrize("case", NUMBERS)
def test_the_result_is_valid_and_clean(case: str) -> None:
    rewritten(NUMBERS[case][0])


@pytest.fixture(scope="module")
def gpu():
    from ireelite.hal.drivers.webgpu_gpu import Gpu

    return Gpu.open()


def run(gpu, words: bytes, *inputs: np.ndarray) -> np.ndarray:
    """The words that a shader writes for eight invocations."""
    from ireelite.hal.command_buffer import BufferRef, Dispatch
    from ireelite.hal.drivers.webgpu_encoder import Encoder, GpuExecutable, GpuPipeline
    from ireelite.session import open_device

    allocator = open_device("webgpu").allocator
    made, layouts = gpu.create_pipeline(gpu.create_shader(words), "main", [[0, 1, 2]], 0)
    executable = GpuExecutable("test", {"main": GpuPipeline(made, layouts, [[0, 1, 2]], 0)})
    buffers = []
    for array in (*inputs, np.zeros(8, np.uint32)):
        buffers.append(allocator.allocate(48, 3075, array.nbytes))
        buffers[-1].write(0, np.ascontiguousarray(array).view(np.uint8).data)
    encoder = Encoder(gpu)
    refs = tuple(BufferRef(0, buffer, 0, 32) for buffer in buffers)
    encoder.encode(Dispatch(executable, 0, (8, 1, 1), (), refs), ())
    encoder.flush()
    return np.frombuffer(buffers[-1].read(), np.uint32)


@pytest.mark.webgpu
@pytest.mark.parametrize("case", NUMBERS)
def test_the_result_is_right(case: str) -> None:
    from ireelite.session import open_device

    body, first, second, meaning = NUMBERS[case]
    device = open_device("webgpu")
    with np.errstate(invalid="ignore", over="ignore"):
        expected = np.asarray(meaning(first, second))
        expected = (expected.astype(np.int64) & 0xFFFFFFFF).astype(np.uint32)
    found = run(device.gpu, encode(rewritten(body)), first, second)
    if case == "Round":
        found, expected = found.view(np.float32), expected.view(np.float32)
    np.testing.assert_array_equal(found, expected)


# -- the module as a whole -------------------------------------------------------------------------


SUM = "%result = OpIAdd %uint %x %y"


def test_a_clean_module_stays_as_it_is() -> None:
    module = assemble(SUM)
    gone = {"%named", "%nan", "%infinities"}
    before = disassemble_spirv(module, names=False).splitlines()[5:]
    after = disassemble_spirv(rewrite_for_naga(module), names=False).splitlines()[5:]
    assert set(after) <= set(before)
    assert len(before) - len(after) == len(gone) + 1  # and the name of one of them


def test_origins_are_handed_on() -> None:
    from dataclasses import replace

    module = assemble("%result = OpSDiv %uint %x %y")
    instructions = [replace(i, origin=n) for n, i in enumerate(module.instructions)]
    division = next(n for n, i in enumerate(instructions) if i.opcode.name == "OpSDiv")
    made = rewrite_for_naga(replace(module, instructions=instructions)).instructions
    assert [i.opcode.name for i in made if i.origin == division] == [
        "OpBitcast", "OpBitcast", "OpSDiv", "OpBitcast",
    ]  # fmt: skip


def test_constants_that_a_declaration_needs_stay() -> None:
    text = MODULE.replace(
        "%function =",
        "%private = OpTypePointer Private %float\n"
        "%v = OpVariable %private Private %named\n%function =",
    )
    findings = lint_for_naga(rewrite_for_naga(assemble(SUM, text)))
    assert [finding.instruction for finding in findings] == ["OpConstant"]


HALVES = """
OpCapability StorageBuffer16BitAccess
OpExtension "SPV_KHR_16bit_storage"
"""


@pytest.mark.parametrize("extra", ["", "OpCapability Float16"])
def test_halves_in_buffers_are_declared_as_naga_knows_them(extra: str) -> None:
    text = MODULE.replace("OpCapability Shader", f"OpCapability Shader\n{extra}\n{HALVES}")
    text = text.replace("%function =", "%half = OpTypeFloat 16\n%function =")
    module = rewrite_for_naga(assemble(SUM, text))
    assert lint_for_naga(module) == []
    lines = disassemble_spirv(module).splitlines()
    assert sum(line == "OpCapability Float16" for line in lines) == 1
    assert not [line for line in lines if "16Bit" in line or "16bit" in line]


def test_shorts_are_not_passed_off_as_halves() -> None:
    text = MODULE.replace("OpCapability Shader", f"OpCapability Shader\n{HALVES}")
    text = text.replace("%function =", "%short = OpTypeInt 16 0\n%function =")
    findings = [str(f) for f in lint_for_naga(rewrite_for_naga(assemble(SUM, text)))]
    assert any("StorageBuffer16BitAccess" in finding for finding in findings)
    assert any("no integers of 16 bits" in finding for finding in findings)
