"""Which bindings a dispatch writes, read off each format's code."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.executables.written_bindings import of_llvm_ir, of_spirv

SOURCE = """func.func @f(%a: tensor<16x16xf32>, %b: tensor<16xf32>, %i: tensor<4x1xi32>)
    -> (tensor<16x16xf32>, tensor<16xf32>, tensor<16xf32>) {
  %0 = stablehlo.dot_general %a, %a, contracting_dims = [1] x [0]
    : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %1 = stablehlo.tanh %0 : tensor<16x16xf32>
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %r = stablehlo.reduce(%1 init: %z) applies stablehlo.add across dimensions = [1]
    : (tensor<16x16xf32>, tensor<f32>) -> tensor<16xf32>
  %s = "stablehlo.sort"(%r) ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %c = stablehlo.compare LT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  }) {dimension = 0 : i64} : (tensor<16xf32>) -> tensor<16xf32>
  %t = stablehlo.add %s, %b : tensor<16xf32>
  %u = stablehlo.constant dense<1.0> : tensor<4xf32>
  %v = "stablehlo.scatter"(%b, %i, %u) ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %c = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %c : tensor<f32>
  }) {scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0],
      scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}
    : (tensor<16xf32>, tensor<4x1xi32>, tensor<4xf32>) -> tensor<16xf32>
  return %1, %t, %v : tensor<16x16xf32>, tensor<16xf32>, tensor<16xf32>
}"""
INPUTS = (np.ones((16, 16), np.float32), np.ones(16, np.float32), np.zeros((4, 1), np.int32))


@pytest.fixture(scope="module")
def program() -> ireelite.Program:
    return ireelite.compile(SOURCE)


@pytest.mark.parametrize(
    ("device", "format"),
    [
        ("local-sync", "ireelite-native"),
        pytest.param("webgpu", "vulkan-spirv", marks=pytest.mark.webgpu),
    ],
)
def test_every_dispatch_writes_what_follows_read(
    device: str, format: str, program: ireelite.Program
):
    """Each range that a dispatch reads and no argument holds was written by one before it."""
    module = ireelite.load(program, device=device, record=True)
    module.f(*INPUTS)
    record = module.record
    held = {e.details["buffer"] for e in record.events if e.kind in ("upload", "import")}
    written: set[str] = set()
    dispatches = [e for e in record.events if e.kind == "dispatch_begin"]
    assert len(dispatches) >= 4
    for dispatch in dispatches:
        assert dispatch.where["format"].startswith(format)
        bound = dispatch.details["bindings"].split()
        writes = dispatch.details["writes"]
        assert writes and len(writes) < len(bound), dispatch
        names = [range.partition("[")[0] for range in bound]
        for position, name in enumerate(names):
            if position in writes:
                assert name not in held, "an argument was written"
                written.add(name)
        reads = {name for position, name in enumerate(names) if position not in writes}
        assert reads <= held | written


IR = """define void @k(ptr %v0, ptr %v1, i64 range(i64 0, 3) %v2, i64 %v3) #0 {{
b0:
  %v4 = getelementptr inbounds ptr, ptr %v0, i64 0
  %v5 = load ptr, ptr %v4
  %v6 = getelementptr inbounds ptr, ptr %v0, i64 1
  %v7 = load ptr, ptr %v6
  %v8 = alloca [4 x float]
  br label %b1
b1:
  %v9 = phi ptr [ %v5, %b0 ], [ %v10, %b1 ]
  %v10 = getelementptr inbounds float, ptr %v9, i64 1
  %v11 = load float, ptr %v7
  store float %v11, ptr %v8
  {line}
  br label %b1
}}
define void @other(ptr %v0, ptr %v1, i64 %v2, i64 %v3) {{
  ret void
}}
"""


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("", set()),
        ("store float %v11, ptr %v10, align 4", {0}),
        ("store float %v11, ptr %v7, !alias.scope !3", {1}),
        ("%v12 = atomicrmw fadd ptr %v7, float %v11 monotonic", {1}),
        ("call void @llvm.memcpy.p0.p0.i64(ptr %v7, ptr %v9, i64 4, i1 false)", {1}),
        (
            "call void @llvm.masked.store.v4f32.p0(<4 x float> %v13, ptr %v9, i32 4, <4 x i1> %m)",
            {0},
        ),
        ("%v12 = call float @llvm.sqrt.f32(float %v11)", set()),
        ("%v12 = call float @helper(ptr %v9)", None),
        ("%v12 = call float @sinf(float %v11)", set()),
        ("%v12 = call float @helper(ptr %v8, ptr @table)", None),
        ("%v12 = call float @helper(ptr %v0)", None),
        ("%v12 = call float @helper(ptr byval({{ float }}) align 4 %v1)", None),
        ("%v12 = call float %v13(float %v11)", None),
        ("tail call void %v13()", None),
        ('call void asm sideeffect "nop", ""()', None),
        ("store float %v11, ptr %v1", None),
        ("store atomic float %v11, ptr %v7 release, align 4", {1}),
        ("%v12 = inttoptr i64 %v3 to ptr\n  store float %v11, ptr %v12", None),
        ("%v12 = load ptr, ptr %v8\n  store float %v11, ptr %v12", None),
        ("%v12 = load ptr, ptr %v0\n  store float %v11, ptr %v12", {0}),
        ("%v12 = select i1 %c, ptr %v1, ptr %v7\n  store float %v11, ptr %v12", None),
        ("%v12 = phi ptr [ %v7, %b0 ], [ %v1, %b1 ]\n  store float %v11, ptr %v12", None),
        ("%v12 = getelementptr float, ptr %v8, i64 2\n  store ptr %v5, ptr %v12", set()),
        ("store ptr %v5, ptr @table", set()),
        ("%v12 = select i1 %c, ptr %v5, ptr %v7\n  store float %v11, ptr %v12", {0, 1}),
    ],
)
def test_pointers_are_followed_through_llvm_ir(line: str, written: set[int] | None):
    assert of_llvm_ir(IR.format(line=line), "k") == written
    assert of_llvm_ir(IR.format(line=line), "other") == set()
    assert of_llvm_ir(IR.format(line=line), "missing") is None


def spirv(*body: tuple[int, ...]) -> bytes:
    """A module whose entry point `main` has these instructions; ids 20 to 22 are buffers at binding
    0, 1 and 1 again, 23 is a variable of the function.
    """
    main = int.from_bytes(b"main", "little")
    rows = [
        (11, 1, *np.frombuffer(b"GLSL.std.450\0\0\0\0", "<u4").tolist()),  # OpExtInstImport
        (15, 5, 9, main, 0),  # OpEntryPoint
        *[(71, id, 34, 0) for id in (20, 21, 22)],  # OpDecorate DescriptorSet
        *[(71, id, 33, binding) for id, binding in ((20, 0), (21, 1), (22, 1))],  # Binding
        *[(59, 3, id, 12) for id in (20, 21, 22)],  # OpVariable
        (54, 2, 9, 0, 4),  # OpFunction
        (59, 3, 23, 7),
        *body,
        (56,),  # OpFunctionEnd
    ]
    words = [0x07230203, 0x10300, 0, 99, 0]
    words += [word for code, *rest in rows for word in ((len(rest) + 1) << 16 | code, *rest)]
    return np.array(words, "<u4").tobytes()


@pytest.mark.parametrize(
    ("instruction", "written"),
    [
        ((62, 20, 5), {0}),  # OpStore
        ((62, 22, 5), {1}),
        ((62, 23, 5), set()),
        ((62, 40, 5), None),
        ((63, 21, 20), {1}),  # OpCopyMemory
        ((64, 20, 21, 5), None),  # OpCopyMemorySized, an opcode that the decoder does not know
        ((12, 3, 30, 1, 35, 5, 21), {1}),  # OpExtInst Modf
        ((12, 3, 30, 1, 31, 5), set()),  # OpExtInst Sqrt
    ],
)
def test_pointers_are_followed_through_spirv(
    instruction: tuple[int, ...], written: set[int] | None
):
    assert of_spirv(spirv(instruction), "main", [[0, 1]]) == written
    assert of_spirv(spirv(instruction), "missing", [[0, 1]]) is None
