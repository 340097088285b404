"""Kernels (`func`, `scf`, `memref`, `arith`, `math`) to the `llvm` dialect.

A kernel becomes one function of the native executable's calling convention:

    llvm.func @kernel(%bindings: !llvm.ptr, %constants: !llvm.ptr, %begin: i64, %end: i64)

`bindings` is an array of pointers to the buffers, inputs first; `begin` and `end` are a range of
workgroups. One workgroup is one point of the grid dimension: the slowest dimension of the kernel's
`scf.parallel` with more than one point. Buffers of one dispatch do not overlap, unless they are the
same buffer read and written at the same places.

Loops become blocks with arguments, `index` becomes i64, an i1 in memory is a byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, llvm, memref, scf
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    MemRefType,
    ModuleOp,
    TensorType,
    VectorType,
    i1,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects.extensions import llvm_extra, memref_extra
from ireelite.dialects.sequencer.iree_ll_seq import takes_open_sizes
from ireelite.lowering.lockstep.tile import lower_tile, tile_words
from ireelite.lowering.rewriting.conversion import Lowered, Rules
from ireelite.lowering.rewriting.scf_to_blocks import (
    SCF_RULES,
    BlockConversion,
    Bounds,
    BranchOps,
    build_nest,
)
from ireelite.lowering.schedules.schedule import LANES
from ireelite.status import invalid_argument
from ireelite.targets.native.memory import (
    buffer_size,
    element_pointer,
    element_size,
    memory_type,
)
from ireelite.targets.native.scalars_to_llvm import (
    EQUAL,
    FLOAT_BINARY,
    NOT_EQUAL,
    SCALAR_RULES,
    integer,
    lower_float_binary_in_order,
    scalar_type,
)
from ireelite.targets.native.vectors import LlvmVectors, is_nontemporal

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

WORKGROUP_COUNT = "iree.executable.workgroup_count"
"""Attribute of an entry point: how many workgroups `begin` to `end` counts through, as `dense<[n,
1, 1]>`.
"""
WORKGROUP_AXIS = "iree.executable.workgroup_axis"
"""Attribute of an entry point whose workload the host computes: the number of the workload's size that
`begin` to `end` counts through.
"""
BINDING_SIZES = "iree.executable.binding_sizes"
"""Attribute of an entry point: the least number of bytes behind each binding, as `array<i64:
16, 16>`.
"""

POINTER = llvm.LLVMPointerType()
ENTRY_TYPE = llvm.LLVMFunctionType([POINTER, POINTER, i64, i64])
EXTERNAL = llvm.LinkageAttr("external")
NO_WRAP = llvm.OverflowAttr((llvm.OverflowFlag.NO_SIGNED_WRAP,))
LESS = IntegerAttr(llvm.ICmpPredicateFlag.SLT.to_int(), i64)


def lower_kernels(
    kernels: ModuleOp, tracker: Tracker | None = None, reassociate: bool = True
) -> ModuleOp:
    """Returns a new module with one `llvm.func` for each kernel; the kernels are left as they are.
    The order of the sums in a loop is open if `reassociate`.
    """
    rules = RULES if reassociate else RULES_IN_ORDER
    module = ModuleOp([])
    if tracker is not None:
        tracker.derive(module, [kernels])
    for op in kernels.body.block.ops:
        conversion = BlockConversion(rules, "the llvm dialect", BRANCH_OPS, tracker)
        with conversion.at(module.body.block):
            conversion.convert(op)
        conversion.finish()
    return module


def static_int(value: SSAValue) -> int:
    """Returns the value of an integer constant. Raises INVALID_ARGUMENT if it is not one."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    raise invalid_argument("the bounds of a kernel's scf.parallel must be constants")


# -- functions -------------------------------------------------------------------------------------


def lower_kernel(op: func.FuncOp, to: BlockConversion) -> Lowered:
    """Lowers one kernel to one entry point; each argument's pointer is loaded from the binding
    table.
    """
    entry = Block(arg_types=list(ENTRY_TYPE.inputs))
    for arg, name in zip(entry.args, ("bindings", "constants", "begin", "end")):
        arg.name_hint = name
    buffers = [arg for arg in op.body.block.args if isinstance(arg.type, MemRefType)]
    sizes = [arg for arg in op.body.block.args if not isinstance(arg.type, MemRefType)]
    attributes = {
        **op.attributes,
        **(workgroup_axis(op) if takes_open_sizes(op) else {WORKGROUP_COUNT: workgroup_count(op)}),
        BINDING_SIZES: DenseArrayBase.from_list(i64, [buffer_size(arg.type) for arg in buffers]),
    }
    body = Region(entry)
    to.insert(llvm.FuncOp(op.sym_name, ENTRY_TYPE, EXTERNAL, body=body, extra_attrs=attributes))
    with to.at(entry):
        for ordinal, arg in enumerate(buffers):
            slot = to.insert(llvm.GEPOp(entry.args[0], [ordinal], POINTER, inbounds=True)).result
            to.map(arg, to.insert(llvm.LoadOp(slot, POINTER)).dereferenced_value)
        for ordinal, arg in enumerate(sizes):
            slot = to.insert(llvm.GEPOp(entry.args[1], [ordinal], i32, inbounds=True)).result
            word = to.insert(llvm.LoadOp(slot, i32)).dereferenced_value
            to.map(arg, to.insert(llvm.ZExtOp(word, i64)).res)
        to.convert_block(op.body.block)


def lower_return(op: func.ReturnOp, to: BlockConversion) -> Lowered:
    """Ends the kernel; what is stored past the caches is there before the end, for all threads."""
    kernel = op.parent_op()
    assert kernel is not None
    if any(isinstance(each, memref.StoreOp) and is_nontemporal(each) for each in kernel.walk()):
        to.insert(llvm_extra.FenceOp())
    return to.insert(llvm.ReturnOp())


def workgroup_count(kernel: func.FuncOp) -> DenseIntOrFPElementsAttr:
    """Returns `dense<[n, 1, 1]>`: the extent of the grid dimension, 1 for a kernel without
    `scf.parallel`.
    """
    count = 1
    for op in kernel.body.block.ops:
        if isinstance(op, scf.ParallelOp):
            count = static_int(op.upperBound[grid_dimension(op)])
    return DenseIntOrFPElementsAttr.from_list(TensorType(i32, [3]), [count, 1, 1])


def workgroup_axis(kernel: func.FuncOp) -> dict[str, Attribute]:
    """Returns the attribute that says which size of a workload is the extent of the grid dimension:
    0 x, 1 y, 2 z.
    """
    for op in kernel.body.block.ops:
        if isinstance(op, scf.ParallelOp):
            axis = len(op.upperBound) - 1 - grid_dimension(op)
            return {WORKGROUP_AXIS: IntegerAttr(axis, i64)}
    return {}


def grid_dimension(op: scf.ParallelOp) -> int:
    """Returns the slowest dimension with more than one point, or with a number of them that is
    open; the first if all have one.
    """
    return next((n for n, bound in enumerate(op.upperBound) if not is_one(bound)), 0)


def is_one(bound: SSAValue) -> bool:
    """Returns whether a bound is the constant 1."""
    return isinstance(bound.owner, arith.ConstantOp) and static_int(bound) <= 1


# -- control flow ----------------------------------------------------------------------------------


def branch(to: BlockConversion, target: Block, arguments: Sequence[SSAValue]) -> None:
    to.insert(llvm.BrOp(target, *arguments))


def branch_if(
    to: BlockConversion,
    condition: SSAValue,
    yes: Block,
    yes_arguments: Sequence[SSAValue],
    no: Block,
    no_arguments: Sequence[SSAValue],
) -> None:
    to.insert(llvm.CondBrOp(condition, yes, yes_arguments, no, no_arguments))


def is_less(to: BlockConversion, index: SSAValue, bound: SSAValue) -> SSAValue:
    return to.insert(llvm.ICmpOp(index, bound, LESS)).res


def is_equal(to: BlockConversion, index: SSAValue, value: int) -> SSAValue:
    return to.insert(llvm.ICmpOp(index, integer(value, 64, to), EQUAL)).res


def add(to: BlockConversion, index: SSAValue, step: SSAValue) -> SSAValue:
    return to.insert(llvm.AddOp(index, step, overflow=NO_WRAP)).res


BRANCH_OPS = BranchOps(scalar_type, branch, branch_if, is_less, is_equal, add)


def lower_parallel(op: scf.ParallelOp, to: BlockConversion) -> Lowered:
    """Lowers to nested loops, slowest dimension outside; the grid dimension runs from `begin` to
    `end`, and other dimensions of one point have no loop. A tile's points run at once.
    """
    if LANES in tile_words(op):
        lower_tile(op, to, LlvmVectors())
        return
    grid, bounds = grid_dimension(op), list[Bounds | None]()
    entry = to.region.blocks.first
    assert entry is not None
    for n, (lower, upper, step) in enumerate(
        zip(op.lowerBound, op.upperBound, op.step, strict=True)
    ):
        if n == grid:
            begin, end = entry.args[2:]
            bounds.append((begin, end, to.value(step)))
        elif isinstance(upper.owner, arith.ConstantOp) and static_int(upper) == 1:
            to.map(op.body.block.args[n], to.value(lower))
            bounds.append(None)
        else:
            bounds.append((to.value(lower), to.value(upper), to.value(step)))
    build_nest(op, to, bounds)


# -- memory ----------------------------------------------------------------------------------------


def lower_load(op: memref.LoadOp, to: BlockConversion) -> Lowered:
    """Returns an element's value; a byte is an i1 if it is not zero."""
    pointer = element_pointer(to, op.memref, op.indices)
    loaded = to.insert(llvm.LoadOp(pointer, memory_type(op.res.type))).dereferenced_value
    if op.res.type != i1:
        return loaded
    return to.insert(llvm.ICmpOp(loaded, integer(0, 8, to), NOT_EQUAL))


def lower_store(op: memref.StoreOp, to: BlockConversion) -> Lowered:
    """Stores an element; an i1 as a byte."""
    value = to.value(op.value)
    if value.type == i1:
        value = to.insert(llvm.ZExtOp(value, i8)).res
    return to.insert(llvm.StoreOp(value, element_pointer(to, op.memref, op.indices)))


def lower_append(op: memref_extra.AppendOp, to: BlockConversion) -> Lowered:
    """Stores at the end of the buffer and increases the count. A scalar is always stored, but
    counted only if the condition holds; of a vector, the chosen lanes are moved to the first lanes
    and counted.
    """
    value, flag, buffer, count = to.operands(op)
    found = to.insert(llvm.LoadOp(count, i64)).dereferenced_value
    element = op.value.type
    place = llvm.GEPOp.from_mixed_indices(buffer, [found], element, inbounds=True)
    pointer = to.insert(place).result
    if isinstance(value.type, VectorType):
        lanes = value.type.get_shape()[0]
        rest = to.insert(llvm.UndefOp(value.type)).res
        value = to.insert(llvm_extra.CompressOp(value, flag, rest)).res
        bits = to.insert(llvm.BitcastOp(flag, IntegerType(lanes))).result
        flag = to.insert(llvm_extra.CountBitsOp(bits)).res
    to.insert(llvm.StoreOp(value, pointer, element_size(element)))
    more = to.insert(llvm.ZExtOp(flag, i64)).res
    return to.insert(llvm.StoreOp(to.insert(llvm.AddOp(found, more)).res, count))


def lower_alloca(op: memref.AllocaOp, to: BlockConversion) -> Lowered:
    """Allocates scratch on the stack of the worker, in the entry block, once for all workgroups."""
    count = integer(prod(op.memref.type.get_shape()), 64, to)  # pyright: ignore[reportAttributeAccessIssue]
    element = memory_type(op.memref.type.element_type)  # pyright: ignore[reportAttributeAccessIssue]
    return to.insert(llvm.AllocaOp(count, element, alignment=64)).res


CONTROL_RULES: dict[type[Operation], Callable[..., Lowered]] = {
    func.FuncOp: lower_kernel,
    func.ReturnOp: lower_return,
    **SCF_RULES,
    scf.ParallelOp: lower_parallel,
    memref.AllocaOp: lower_alloca,
    memref.LoadOp: lower_load,
    memref.StoreOp: lower_store,
    memref_extra.AppendOp: lower_append,
}
RULES: Rules = {**SCALAR_RULES, **CONTROL_RULES}
RULES_IN_ORDER: Rules = {**RULES, **dict.fromkeys(FLOAT_BINARY, lower_float_binary_in_order)}
"""The same, with the sums of a loop in its order."""
