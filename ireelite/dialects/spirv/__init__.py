"""The `spirv` dialect: SPIR-V compute shaders as IR, in MLIR's syntax.

    spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader],
    [SPV_KHR_storage_buffer_storage_class]> {
      spirv.GlobalVariable @a bind(0, 0) : !spirv.ptr<!spirv.struct<(…)>, StorageBuffer>
      spirv.func @f() "None" {
        ...
        spirv.Return
      }
      spirv.EntryPoint "GLCompute" @f
      spirv.ExecutionMode @f "LocalSize", 1, 1, 1
    }

Its types are in `types`, the ops at the top of a module in `module`, memory in
`memory`, constants and parts of vectors in `composites`, control flow in
`control`, and the many ops that compute, as tables, in `values`. Integers are signless,
as in MLIR: an op says by its name how it reads its operands. Left out is what a compute shader of
this project never has: images, functions that are called, arithmetic on pointers.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ireelite.dialects.spirv.composites import (
    CompositeConstructOp,
    CompositeExtractOp,
    ConstantOp,
    SelectOp,
)
from ireelite.dialects.spirv.control import (
    BranchConditionalOp,
    BranchOp,
    LoopOp,
    MergeOp,
    ReturnOp,
    SelectionOp,
    StructuredOp,
)
from ireelite.dialects.spirv.memory import (
    AccessChainOp,
    AddressOfOp,
    AtomicAndOp,
    AtomicOp,
    AtomicOrOp,
    LoadOp,
    StoreOp,
    VariableOp,
)
from ireelite.dialects.spirv.module import (
    BUILT_INS,
    EntryPointOp,
    ExecutionModeOp,
    FuncOp,
    GlobalVariableOp,
    ModuleOp,
)
from ireelite.dialects.spirv.types import (
    SpirvArrayType,
    SpirvPointerType,
    SpirvRuntimeArrayType,
    SpirvStructType,
    StorageClass,
    VceAttr,
    byte_size,
)
from ireelite.dialects.spirv.values import (
    BINARY,
    BIT_FIELD,
    CAST,
    COMPARE,
    FAMILIES,
    PREDICATE,
    SHIFT,
    TERNARY,
    UNARY,
    ValueOp,
    value_class,
)

__all__ = [
    "BINARY",
    "BIT_FIELD",
    "BUILT_INS",
    "CAST",
    "COMPARE",
    "FAMILIES",
    "PREDICATE",
    "SHIFT",
    "TERNARY",
    "UNARY",
    "AccessChainOp",
    "AddressOfOp",
    "AtomicAndOp",
    "AtomicOp",
    "AtomicOrOp",
    "BranchConditionalOp",
    "BranchOp",
    "CompositeConstructOp",
    "CompositeExtractOp",
    "ConstantOp",
    "EntryPointOp",
    "ExecutionModeOp",
    "FuncOp",
    "GlobalVariableOp",
    "LoadOp",
    "LoopOp",
    "MergeOp",
    "ModuleOp",
    "ReturnOp",
    "SelectOp",
    "SelectionOp",
    "Spirv",
    "SpirvArrayType",
    "SpirvPointerType",
    "SpirvRuntimeArrayType",
    "SpirvStructType",
    "StorageClass",
    "StoreOp",
    "StructuredOp",
    "ValueOp",
    "VariableOp",
    "VceAttr",
    "byte_size",
    "value_class",
]

Spirv = Dialect(
    "spirv",
    [
        ModuleOp,
        GlobalVariableOp,
        FuncOp,
        EntryPointOp,
        ExecutionModeOp,
        AddressOfOp,
        ConstantOp,
        AccessChainOp,
        LoadOp,
        StoreOp,
        VariableOp,
        AtomicAndOp,
        AtomicOrOp,
        CompositeConstructOp,
        CompositeExtractOp,
        SelectOp,
        ReturnOp,
        BranchOp,
        BranchConditionalOp,
        SelectionOp,
        LoopOp,
        MergeOp,
    ],
    [SpirvPointerType, SpirvArrayType, SpirvRuntimeArrayType, SpirvStructType, VceAttr],
)
