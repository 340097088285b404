"""What a kernel becomes: the walkthrough op for op, workgroups, what is refused,
where words come from.
"""

import re

import numpy as np
import pytest

from ireelite.dialects import spirv
from ireelite.executables.naga_lint import lint_for_naga
from ireelite.executables.spirv_decode import decode_spirv
from ireelite.executables.vke1 import Vke1Binding, decode_vke1
from ireelite.provenance import Tracker
from ireelite.status import StatusCode, StatusError
from ireelite.targets.registry import TargetOptions, find_target, target_of_tag

SIMPLE_MUL = """
func.func @simple_mul_rgn_dispatch_0(%a0: memref<4xf32>, %a1: memref<4xf32>, %a2: memref<4xf32>) attributes {
    iree.executable.export, iree.ordinal = 0 : i32,
    iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c1 = arith.constant 1 : index
  "scf.parallel"(%c0, %c4, %c1) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%i: index):
    %x = memref.load %a0[%i] : memref<4xf32>
    %y = memref.load %a1[%i] : memref<4xf32>
    %z = arith.mulf %x, %y : f32
    memref.store %z, %a2[%i] : memref<4xf32>
    scf.reduce
  }) : (index, index, index) -> ()
  func.return
}"""

# The listing of the walkthrough, in MLIR's spelling of today; capitals stand for long types.
WALKTHROUGH = (
    """\
spirv.module Logical GLSL450 requires VCE {
  spirv.GlobalVariable @globalInvocationID built_in("GlobalInvocationId") : IDS
  spirv.GlobalVariable @simple_mul_rgn_dispatch_0_arg_0 bind(0, 0) : BUFFER
  spirv.GlobalVariable @simple_mul_rgn_dispatch_0_arg_1 bind(0, 1) : BUFFER
  spirv.GlobalVariable @simple_mul_rgn_dispatch_0_arg_2 bind(0, 2) : BUFFER
  spirv.func @simple_mul_rgn_dispatch_0() "None" {
    %0 = spirv.mlir.addressof @globalInvocationID : !spirv.ptr<vector<3xi32>, Input>
    %1 = spirv.Load "Input" %0 : vector<3xi32>
    %2 = spirv.CompositeExtract %1[0 : i32] : vector<3xi32>
    %3 = spirv.CompositeExtract %1[1 : i32] : vector<3xi32>
    %4 = spirv.CompositeExtract %1[2 : i32] : vector<3xi32>
    %5 = spirv.mlir.addressof @simple_mul_rgn_dispatch_0_arg_0 : BUFFER
    %6 = spirv.Constant 0 : i32
    %7 = spirv.AccessChain %5[%6, %2] : BUFFER, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
    %8 = spirv.Load "StorageBuffer" %7 : f32
    %9 = spirv.mlir.addressof @simple_mul_rgn_dispatch_0_arg_1 : BUFFER
    %10 = spirv.Constant 0 : i32
    %11 = spirv.AccessChain %9[%10, %2] : BUFFER, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
    %12 = spirv.Load "StorageBuffer" %11 : f32
    %13 = spirv.FMul %8, %12 : f32
    %14 = spirv.mlir.addressof @simple_mul_rgn_dispatch_0_arg_2 : BUFFER
    %15 = spirv.Constant 0 : i32
    %16 = spirv.AccessChain %14[%15, %2] : BUFFER, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
    spirv.Store "StorageBuffer" %16, %13 : f32
    spirv.Return
  }
  spirv.EntryPoint "GLCompute" @simple_mul_rgn_dispatch_0, @globalInvocationID
  spirv.ExecutionMode @simple_mul_rgn_dispatch_0 "LocalSize", 1, 1, 1
}""".replace("VCE", "#spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]>")
    .replace("IDS", "!spirv.ptr<vector<3xi32>, Input>")
    .replace(
        "BUFFER", "!spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>"
    )
)


def without_names(text: str) -> str:
    """A program with its values numbered in the order they appear."""
    numbers: dict[str, int] = {}
    return re.sub(r"%\w+", lambda name: f"%{numbers.setdefault(name.group(), len(numbers))}", text)


def test_the_walkthrough_op_for_op(shaders):
    assert without_names(str(shaders.lower(SIMPLE_MUL))) == WALKTHROUGH


def test_the_text_gives_the_same_bytes(shaders):
    shader = shaders.lower(SIMPLE_MUL)
    again = shaders.parse(str(shader)).body.block.first_op
    assert shaders.words(again) == shaders.words(shader)


@pytest.mark.parametrize(
    "environment", ["vulkan1.0", "vulkan1.1", "vulkan1.2", "vulkan1.3", "spv1.0"]
)
def test_the_words_are_valid(shaders, environment):
    shaders.validate(shaders.words(shaders.lower(SIMPLE_MUL)), environment)


def test_the_target_is_registered():
    assert find_target("vulkan-spirv") is target_of_tag("SPIRV")
    target = find_target("vulkan-spirv")
    assert (target.device, target.format) == ("vulkan", "vulkan-spirv-fb")


def test_the_executable_says_what_to_bind(shaders):
    blob = shaders.target.serialize(shaders.lower(SIMPLE_MUL), TargetOptions())
    executable = decode_vke1(blob.data)
    pipeline = executable.pipeline("simple_mul_rgn_dispatch_0")
    assert pipeline is not None
    assert pipeline.sets == ((Vke1Binding(0), Vke1Binding(1), Vke1Binding(2)),)
    assert pipeline.push_constant_bytes == 0


def test_every_instruction_comes_from_an_op_of_the_kernel(shaders):
    kernels = shaders.parse(SIMPLE_MUL)
    tracker = Tracker()
    for op in kernels.walk():
        tracker.serial(op)
    sources = len(tracker.record.nodes)
    shader = shaders.target.lower(kernels, tracker, TargetOptions())
    blob = shaders.target.serialize(shader, TargetOptions())
    tracker.instructions("spirv", "simple_mul/SPIRV", blob.origins, "serialize")
    record = tracker.record
    (table,) = record.instructions
    assert [record.nodes[serial].name for serial in table.nodes].count("OpFMul") == 1
    for serial in table.nodes:
        assert any(ancestor < sources for ancestor in record.ancestors(serial)), record.nodes[
            serial
        ].name
    product = next(serial for serial in table.nodes if record.nodes[serial].name == "OpFMul")
    assert "arith.mulf" in {record.nodes[serial].name for serial in record.ancestors(product)}
    words = decode_spirv(decode_vke1(blob.data).shaders[0])
    assert [(at,) for at in words.offsets] == table.addresses


def test_the_kernel_is_left_as_it_was(shaders):
    kernels = shaders.parse(SIMPLE_MUL)
    before = str(kernels)
    shaders.target.lower(kernels, None, TargetOptions())
    assert str(kernels) == before


# -- workgroups ------------------------------------------------------------------------------------

COPY = "%x = memref.load %a0[PLACE] : T0\nmemref.store %x, %a1[PLACE] : T1"


def copy_kernel(shaders, shape):
    place = ", ".join(f"%i{n}" for n in range(len(shape)))
    buffer = np.broadcast_to(np.float32(0), shape)
    return shaders.kernel_text([buffer, buffer], shape, COPY.replace("PLACE", place))


@pytest.mark.parametrize(
    "shape, wanted, local_size, counts, guarded",
    [
        ((4,), None, (1, 1, 1), (4, 1, 1), False),
        ((31,), None, (1, 1, 1), (31, 1, 1), False),
        ((6, 6), None, (6, 6, 1), (1, 1, 1), False),
        ((64,), None, (64, 1, 1), (1, 1, 1), False),
        ((65,), None, (64, 1, 1), (2, 1, 1), True),
        ((128,), None, (64, 1, 1), (2, 1, 1), False),
        ((100, 128), None, (64, 1, 1), (2, 100, 1), False),
        ((100, 10), None, (10, 6, 1), (1, 17, 1), True),
        ((100, 8), None, (8, 8, 1), (1, 13, 1), True),
        ((16, 8, 4), None, (4, 8, 2), (1, 1, 8), False),
        ((3, 5, 16, 8), None, (8, 8, 1), (1, 2, 15), False),
        ((128,), (32, 1, 1), (32, 1, 1), (4, 1, 1), False),
        ((10, 10), (8, 8, 1), (8, 8, 1), (2, 2, 1), True),
        ((65535 * 64,), None, (64, 1, 1), (65535, 1, 1), False),
        ((65536 * 64,), None, (64, 1, 1), (65535, 2, 1), True),
        ((65535 * 128,), None, (64, 1, 1), (65535, 2, 1), False),
        ((70000, 2), (1, 1, 1), (1, 1, 1), (65535, 3, 1), True),
        ((70000, 2), (2, 4, 1), (2, 4, 1), (1, 17500, 1), False),
    ],
)
def test_workgroups(shaders, shape, wanted, local_size, counts, guarded):
    shader = shaders.lower(copy_kernel(shaders, shape), wanted)
    modes = [op for op in shader.body.block.ops if isinstance(op, spirv.ExecutionModeOp)]
    assert [mode.local_size for mode in modes] == [local_size]
    space = list(shape)
    workload = space[-1], space[-2] if len(space) > 1 else 1, int(np.prod(space[:-2]))
    assert shaders.target.workgroup_counts(shader, workload) == counts
    assert any(isinstance(op, spirv.SelectionOp) for op in shader.walk()) == guarded


@pytest.mark.parametrize("size", [(0, 1, 1), (64, 64, 1), (2048, 1, 1)])
def test_workgroup_sizes_that_no_device_takes(shaders, size):
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; workgroup size"):
        shaders.lower(SIMPLE_MUL, size)


def test_a_workload_beyond_32_bits(shaders):
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED; a workload of"):
        shaders.lower(copy_kernel(shaders, (1 << 16, 1 << 16)))


# -- what is refused -------------------------------------------------------------------------------


def refusal(shaders, text: str) -> StatusError:
    with pytest.raises(StatusError) as caught:
        shaders.lower(text)
    return caught.value


@pytest.mark.parametrize("type", ["f128", "i24"])
def test_buffers_of_types_that_shaders_have_not(shaders, type):
    multiply = "muli" if type[0] == "i" else "mulf"
    error = refusal(shaders, SIMPLE_MUL.replace("mulf", multiply).replace("f32", type))
    assert error.code == StatusCode.UNIMPLEMENTED
    assert type in str(error) and "simple_mul_rgn_dispatch_0" in str(error)


def test_values_of_types_that_shaders_have_not(shaders):
    text = SIMPLE_MUL.replace("%z =", "%wide = arith.extf %x : f32 to f128\n%z =")
    error = refusal(shaders, text)
    assert str(error) == (
        "UNIMPLEMENTED; <unknown>:12:13: 'arith.extf' on f128 (in 'simple_mul_rgn_dispatch_0') "
        "is not implemented: the widest float of vulkan-spirv is f64"
    )


@pytest.mark.parametrize(
    ("type", "capabilities", "features"),
    [
        ("f32", ["Shader"], []),
        ("i64", ["Shader", "Int64"], ["shader_int64"]),
        ("f64", ["Shader", "Float64"], ["shader_float64"]),
    ],
)
def test_a_shader_names_what_a_device_must_have(shaders, type, capabilities, features):
    multiply = "muli" if type[0] == "i" else "mulf"
    shader = shaders.lower(SIMPLE_MUL.replace("mulf", multiply).replace("f32", type))
    shaders.words(shader)
    assert [name.data for name in shader.vce_triple.capabilities] == capabilities
    needed = shaders.target.features(shader)
    assert [(feature.category, feature.key) for feature in needed] == [
        ("vulkan.feature", key) for key in features
    ]
    if type == "f64":
        assert needed[0].reason == (
            "'arith.mulf' on f64 (in 'simple_mul_rgn_dispatch_0'); "
            "llvm-cpu and vmvx have f64 on every device"
        )


def test_formulas_of_f64_take_integers_of_their_width(shaders):
    text = SIMPLE_MUL.replace("%z =", "%w = math.exp %x : f32\n%z =").replace("f32", "f64")
    shader = shaders.lower(text)
    shaders.words(shader)
    names = [name.data for name in shader.vce_triple.capabilities]
    assert names == ["Shader", "Int64", "Float64"]
    assert "{Float64 = \"'math.exp' on f64 (in 'simple_mul_rgn_dispatch_0')\"}" in str(shader)


def test_ops_without_a_rule_are_named(shaders):
    text = SIMPLE_MUL.replace("%z =", "%w = math.copysign %x, %y : f32\n%z =")
    error = refusal(shaders, text)
    assert error.code == StatusCode.UNIMPLEMENTED and "'math.copysign'" in str(error)


def test_too_many_buffers(shaders):
    buffers = [np.zeros(4, np.float32)] * 33
    error = refusal(shaders, shaders.kernel_text(buffers, (4,), ""))
    expected = "RESOURCE_EXHAUSTED; <unknown>:2:9: 'kernel' has 33 buffers; a shader can have 32"
    assert str(error) == expected


def test_a_kernel_without_a_workload(shaders):
    text = SIMPLE_MUL.replace(
        ",\n    iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>", ""
    )
    assert refusal(shaders, text).code == StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "old, new",
    [
        ("%c1 = arith.constant 1", "%c1 = arith.constant 2"),
        ("%c0 = arith.constant 0", "%c0 = arith.constant 1"),
    ],
)
def test_index_spaces_that_are_not_whole(shaders, old, new):
    assert "goes from 0 to constant bounds in steps of 1" in str(
        refusal(shaders, SIMPLE_MUL.replace(old, new))
    )


def test_a_loop_that_is_not_the_workload(shaders):
    error = refusal(shaders, SIMPLE_MUL.replace("dense<[4, 1, 1]>", "dense<[5, 1, 1]>"))
    assert "has the workload (5, 1, 1) and a loop over (4,)" in str(error)


def test_work_outside_of_the_loop(shaders):
    error = refusal(
        shaders, SIMPLE_MUL.replace("%c4 =", "%sum = arith.addi %c0, %c0 : index\n%c4 =")
    )
    assert error.code == StatusCode.UNIMPLEMENTED and "'arith.addi' outside of" in str(error)


def test_a_body_that_is_no_shader(shaders):
    with pytest.raises(StatusError, match=r"has a 'spirv\.module', not 'builtin\.module'"):
        shaders.target.serialize(shaders.parse(SIMPLE_MUL), TargetOptions())


# -- details ---------------------------------------------------------------------------------------


def body_of(shaders, body: str, *buffers: np.ndarray) -> str:
    return str(shaders.lower(shaders.kernel_text(buffers, buffers[-1].shape, body)))


def test_an_index_through_i64_stays_in_32_bits(shaders):
    body = """
        %wide = arith.index_cast %i0 : index to i64
        %five = arith.constant 5 : i64
        %small = arith.cmpi slt, %wide, %five : i64
        %place = arith.index_cast %wide : i64 to index
        %short = arith.trunci %wide : i64 to i32
        memref.store %short, %a0[%place] : T0"""
    text = body_of(shaders, body, np.zeros(8, np.int32))
    assert "i64" not in text and "Int64" not in text


def test_64_bits_are_declared_when_they_are_needed(shaders):
    body = """
        %wide = arith.index_cast %i0 : index to i64
        %sum = arith.addi %wide, %wide : i64
        memref.store %sum, %a0[%i0] : T0"""
    text = body_of(shaders, body, np.zeros(8, np.int64))
    assert "[Shader, Int64]" in text and "stride=8" in text
    assert "spirv.SConvert %i0 : i32 to i64" in text


def test_signless_numbers_get_the_sign_that_an_op_reads(shaders):
    body = """
        %x = memref.load %a0[%i0] : T0
        %u = arith.divui %x, %x : i32
        %s = arith.divsi %u, %x : i32
        %m = arith.maxui %s, %x : i32
        memref.store %m, %a0[%i0] : T0"""
    text = shaders.kernel_text([np.zeros(8, np.int32)], (8,), body)
    module = decode_spirv(shaders.words(shaders.lower(text)))
    names = [instruction.opcode.name for instruction in module.instructions]
    assert names.count("OpBitcast") == 6, (
        "two operands and a result each for the two ops that read unsigned"
    )
    assert names.count("OpTypeInt") == 2
    assert lint_for_naga(module) == []


def test_types_and_constants_are_declared_once(shaders):
    module = decode_spirv(shaders.words(shaders.lower(SIMPLE_MUL)))
    names = [instruction.opcode.name for instruction in module.instructions]
    assert names.count("OpTypeStruct") == 1
    assert names.count("OpConstant") == 2, "0 for the member and 4 for the array"


def test_variables_stand_at_a_functions_beginning(shaders):
    lowered = str(shaders.lower(SIMPLE_MUL)).replace(
        "    spirv.Return",
        "    %v = spirv.Variable init(%z) : !spirv.ptr<f32, Function>\n    spirv.Return",
    )
    module = shaders.parse(lowered).body.block.first_op
    words = decode_spirv(shaders.words(module))
    names = [instruction.opcode.name for instruction in words.instructions]
    assert names[names.index("OpLabel") + 1] == "OpVariable"
    assert names[-3] == "OpStore"


def test_newer_versions_list_all_variables_of_an_entry_point(shaders):
    lowered = str(shaders.lower(SIMPLE_MUL)).replace("v1.0", "v1.4")
    words = shaders.target.serialize(
        shaders.parse(lowered).body.block.first_op, TargetOptions()
    ).data
    code = decode_vke1(words).shaders[0]
    shaders.validate(code, "vulkan1.2")
    entry = next(i for i in decode_spirv(code).instructions if i.opcode.name == "OpEntryPoint")
    assert len(entry.operands) == 3 + 4
