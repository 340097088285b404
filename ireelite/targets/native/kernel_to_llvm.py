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
    FixedBitwidthType,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    TensorType,
    i1,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ireelite.lowering.rewriting.conversion import Conversion, Lowered, Rules
from ireelite.status import invalid_argument
from ireelite.targets.native.scalars_to_llvm import SCALAR_RULES, integer, scalar_type

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

WORKGROUP_COUNT = "iree.executable.workgroup_count"
"""Attribute of an entry point: how many workgroups `begin` to `end` counts through, as `dense<[n,
1, 1]>`.
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
NOT_EQUAL = IntegerAttr(llvm.ICmpPredicateFlag.NE.to_int(), i64)


class KernelConversion(Conversion):
    """A conversion whose insertion point moves from block to block of one function."""

    def __init__(self, tracker: Tracker | None):
        super().__init__(RULES, "the llvm dialect", tracker)
        self.body = Region()

    def enter(self, block: Block) -> None:
        """Appends a block to the function; what is inserted next goes there."""
        self.body.add_block(block)
        self._point = InsertPoint.at_end(block)


def lower_kernels(kernels: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """A new module with one `llvm.func` for each kernel; the kernels are left as they are."""
    module = ModuleOp([])
    if tracker is not None:
        tracker.derive(module, [kernels])
    for op in kernels.body.block.ops:
        conversion = KernelConversion(tracker)
        with conversion.at(module.body.block):
            conversion.convert(op)
        conversion.finish()
    return module


# -- types -----------------------------------------------------------------------------------------


def memory_type(type: Attribute) -> Attribute:
    """The LLVM type of an element in memory: an i1 is a byte."""
    return i8 if type == i1 else scalar_type(type)


def buffer_size(type: Attribute) -> int:
    """How many bytes a kernel's buffer has."""
    assert isinstance(type, MemRefType)
    element = memory_type(type.element_type)
    assert isinstance(element, FixedBitwidthType)
    return prod(type.get_shape()) * element.size


def static_int(value: SSAValue) -> int:
    """The value of an integer constant. Raises INVALID_ARGUMENT if it is not one."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    raise invalid_argument("the bounds of a kernel's scf.parallel must be constants")


# -- functions -------------------------------------------------------------------------------------


def lower_kernel(op: func.FuncOp, to: KernelConversion) -> Lowered:
    """One kernel to one entry point; each argument's pointer is loaded from the binding table."""
    entry = Block(arg_types=list(ENTRY_TYPE.inputs))
    for arg, name in zip(entry.args, ("bindings", "constants", "begin", "end")):
        arg.name_hint = name
    attributes = {
        **op.attributes,
        WORKGROUP_COUNT: workgroup_count(op),
        BINDING_SIZES: DenseArrayBase.from_list(
            i64, [buffer_size(arg.type) for arg in op.body.block.args]
        ),
    }
    to.insert(llvm.FuncOp(op.sym_name, ENTRY_TYPE, EXTERNAL, body=to.body, extra_attrs=attributes))
    to.enter(entry)
    for ordinal, arg in enumerate(op.body.block.args):
        slot = to.insert(llvm.GEPOp(entry.args[0], [ordinal], POINTER, inbounds=True)).result
        to.map(arg, to.insert(llvm.LoadOp(slot, POINTER)).dereferenced_value)
    to.convert_block(op.body.block)
    return None


def lower_return(op: func.ReturnOp, to: KernelConversion) -> Lowered:
    return to.insert(llvm.ReturnOp())


def workgroup_count(kernel: func.FuncOp) -> DenseIntOrFPElementsAttr:
    """`dense<[n, 1, 1]>`: the extent of the grid dimension,
    1 for a kernel without `scf.parallel`.
    """
    count = 1
    for op in kernel.body.block.ops:
        if isinstance(op, scf.ParallelOp):
            count = static_int(op.upperBound[grid_dimension(op)])
    return DenseIntOrFPElementsAttr.from_list(TensorType(i32, [3]), [count, 1, 1])


def grid_dimension(op: scf.ParallelOp) -> int:
    """The slowest dimension with more than one point; the first if all have one."""
    extents = [static_int(bound) for bound in op.upperBound]
    return next((n for n, extent in enumerate(extents) if extent > 1), 0)


# -- control flow ----------------------------------------------------------------------------------


def build_loop(
    to: KernelConversion,
    begin: SSAValue,
    end: SSAValue,
    step: SSAValue,
    inits: Sequence[SSAValue],
    body: Callable[[SSAValue, Sequence[SSAValue]], Sequence[SSAValue]],
) -> Sequence[SSAValue]:
    """A counted loop of three blocks; `body` maps the index and the carried values to their next
    values.
    """
    types = [init.type for init in inits]
    head, inside, after = Block(arg_types=[i64, *types]), Block(), Block()
    to.insert(llvm.BrOp(head, begin, *inits))
    to.enter(head)
    index, *carried = head.args
    more = to.insert(llvm.ICmpOp(index, end, LESS))
    to.insert(llvm.CondBrOp(more, inside, [], after, []))
    to.enter(inside)
    yielded = body(index, carried)
    following = to.insert(llvm.AddOp(index, step, overflow=NO_WRAP)).res
    to.insert(llvm.BrOp(head, following, *yielded))
    to.enter(after)
    return carried


def lower_parallel(op: scf.ParallelOp, to: KernelConversion) -> Lowered:
    """Nested loops, slowest dimension outside; the grid dimension runs from `begin` to `end`."""
    grid = grid_dimension(op)
    entry = to.body.blocks[0]
    extents = [static_int(bound) for bound in op.upperBound]

    def nest(dimension: int) -> Sequence[SSAValue]:
        if dimension == len(extents):
            to.convert_block(op.body.block)
            return ()
        index = op.body.block.args[dimension]
        if dimension != grid and extents[dimension] == 1:
            to.map(index, to.value(op.lowerBound[dimension]))
            return nest(dimension + 1)
        bounds = op.lowerBound[dimension], op.upperBound[dimension]
        begin, end = entry.args[2:] if dimension == grid else map(to.value, bounds)

        def body(i: SSAValue, _: Sequence[SSAValue]) -> Sequence[SSAValue]:
            to.map(index, i)
            return nest(dimension + 1)

        return build_loop(to, begin, end, to.value(op.step[dimension]), (), body)

    nest(0)
    return None


def lower_reduce(op: scf.ReduceOp, to: KernelConversion) -> Lowered:
    """The terminator of `scf.parallel`: the loops branch back by themselves."""
    return None


def lower_for(op: scf.ForOp, to: KernelConversion) -> Lowered:
    """A loop whose carried values are arguments of its first block."""
    block = op.body.block
    terminator = block.last_op
    assert isinstance(terminator, scf.YieldOp)

    def body(index: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        for old, new in zip(block.args, (index, *carried)):
            to.map(old, new)
        to.convert_block(block)
        return to.operands(terminator)

    bounds = (to.value(op.lb), to.value(op.ub), to.value(op.step))
    return build_loop(to, *bounds, [to.value(init) for init in op.iter_args], body)


def lower_if(op: scf.IfOp, to: KernelConversion) -> Lowered:
    """Two blocks that meet in a third, whose arguments are the results."""
    then, otherwise = Block(), Block()
    after = Block(arg_types=[scalar_type(result.type) for result in op.results])
    to.insert(llvm.CondBrOp(to.value(op.cond), then, [], otherwise, []))
    for block, region in ((then, op.true_region), (otherwise, op.false_region)):
        to.enter(block)
        yielded: Sequence[SSAValue] = ()
        if region.blocks:
            to.convert_block(region.block)
            if (terminator := region.block.last_op) is not None:
                yielded = to.operands(terminator)
        to.insert(llvm.BrOp(after, *yielded))
    to.enter(after)
    return after.args


def lower_yield(op: scf.YieldOp, to: KernelConversion) -> Lowered:
    """Its operands are handed on by the loop or branch around it."""
    return None


# -- memory ----------------------------------------------------------------------------------------


def element_pointer(
    to: KernelConversion, buffer: SSAValue, indices: Sequence[SSAValue]
) -> SSAValue:
    """The address of one element of a row-major buffer."""
    type = buffer.type
    assert isinstance(type, MemRefType)
    if not indices:
        return to.value(buffer)
    row = memory_type(type.element_type)
    for extent in reversed(type.get_shape()[1:]):
        row = llvm.LLVMArrayType(extent, row)
    positions = [to.value(index) for index in indices]
    return to.insert(
        llvm.GEPOp.from_mixed_indices(to.value(buffer), positions, row, inbounds=True)
    ).result


def lower_load(op: memref.LoadOp, to: KernelConversion) -> Lowered:
    """An element's value; a byte is an i1 if it is not zero."""
    pointer = element_pointer(to, op.memref, op.indices)
    loaded = to.insert(llvm.LoadOp(pointer, memory_type(op.res.type))).dereferenced_value
    if op.res.type != i1:
        return loaded
    return to.insert(llvm.ICmpOp(loaded, integer(0, 8, to), NOT_EQUAL))


def lower_store(op: memref.StoreOp, to: KernelConversion) -> Lowered:
    """Stores an element; an i1 as a byte."""
    value = to.value(op.value)
    if value.type == i1:
        value = to.insert(llvm.ZExtOp(value, i8)).res
    return to.insert(llvm.StoreOp(value, element_pointer(to, op.memref, op.indices)))


CONTROL_RULES: dict[type[Operation], Callable[..., Lowered]] = {
    func.FuncOp: lower_kernel,
    func.ReturnOp: lower_return,
    scf.ParallelOp: lower_parallel,
    scf.ReduceOp: lower_reduce,
    scf.ForOp: lower_for,
    scf.IfOp: lower_if,
    scf.YieldOp: lower_yield,
    memref.LoadOp: lower_load,
    memref.StoreOp: lower_store,
}
RULES: Rules = {**SCALAR_RULES, **CONTROL_RULES}
