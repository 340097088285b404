"""Kernels (`func`, `scf`, `memref`, `arith`, `math`) to the `llvm` dialect.

A kernel becomes one function of the native executable's calling convention:

    llvm.func @kernel(%bindings: !llvm.ptr, %constants: !llvm.ptr, %begin: i64, %end: i64)

`bindings` is an array of pointers to the buffers, inputs first; `begin` and `end` are a range of workgroups. One
workgroup is one point of the grid dimension: the slowest dimension of the kernel's `scf.parallel` with more than one
point. Buffers of one dispatch do not overlap, unless they are the same buffer read and written at the same places.

Loops become blocks with arguments, `index` becomes i64, an i1 in memory is a byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from xdsl.dialects import arith, func, llvm, math, memref, scf
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FixedBitwidthType,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    ModuleOp,
    TensorType,
    i1,
    i8,
    i32,
    i64,
)
from xdsl.dialects.utils import FastMathFlag
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ireelite.dialects import llvm_extra
from ireelite.lowering.conversion import Conversion, Lowered, Rules
from ireelite.provenance import Tracker
from ireelite.status import invalid_argument

WORKGROUP_COUNT = "iree.executable.workgroup_count"
"""Attribute of an entry point: how many workgroups `begin` to `end` counts through, as `dense<[n, 1, 1]>`."""
BINDING_SIZES = "iree.executable.binding_sizes"
"""Attribute of an entry point: the least number of bytes behind each binding, as `array<i64: 16, 16>`."""

POINTER = llvm.LLVMPointerType()
ENTRY_TYPE = llvm.LLVMFunctionType([POINTER, POINTER, i64, i64])
EXTERNAL = llvm.LinkageAttr("external")
NO_SIGNED_WRAP = llvm.OverflowAttr((llvm.OverflowFlag.NO_SIGNED_WRAP,))
ACCUMULATION = (FastMathFlag.REASSOC, FastMathFlag.ALLOW_CONTRACT)
"""What an accumulation in a loop allows: the order of its sums is open, and a product may be fused into it."""


class KernelConversion(Conversion):
    """A conversion whose insertion point moves from block to block of one function."""

    def __init__(self, tracker: Tracker | None):
        super().__init__(RULES, "the llvm dialect", tracker)
        self.body = Region()
        self.accumulations: set[Operation] = set()

    def enter(self, block: Block) -> None:
        """Appends a block to the function; what is inserted next goes there."""
        self.body.add_block(block)
        self._point = InsertPoint.at_end(block)

    def constant(self, value: int, width: int = 64) -> SSAValue:
        """An integer constant at the current point."""
        type = IntegerType(width)
        return self.insert(llvm.ConstantOp(IntegerAttr(value, type), type)).result


def lower_kernels(kernels: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """A new module with one `llvm.func` for each kernel; the kernels are left as they are."""
    module = ModuleOp([])
    for op in kernels.body.block.ops:
        conversion = KernelConversion(tracker)
        with conversion.at(module.body.block):
            conversion.convert(op)
        conversion.finish()
    return module


# -- types -------------------------------------------------------------------------------------------------------


def scalar_type(type: Attribute) -> Attribute:
    """The LLVM type of a scalar: `index` is i64."""
    return i64 if isinstance(type, IndexType) else type


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


# -- functions ---------------------------------------------------------------------------------------------------


def lower_kernel(op: func.FuncOp, to: KernelConversion) -> Lowered:
    """One kernel to one entry point; each argument's pointer is loaded from the binding table."""
    entry = Block(arg_types=list(ENTRY_TYPE.inputs))
    for arg, name in zip(entry.args, ("bindings", "constants", "begin", "end")):
        arg.name_hint = name
    attributes = {
        **op.attributes,
        WORKGROUP_COUNT: workgroup_count(op),
        BINDING_SIZES: DenseArrayBase.from_list(i64, [buffer_size(arg.type) for arg in op.body.block.args]),
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
    """`dense<[n, 1, 1]>`: the extent of the kernel's grid dimension, 1 for a kernel without `scf.parallel`."""
    count = 1
    for op in kernel.body.block.ops:
        if isinstance(op, scf.ParallelOp):
            count = static_int(op.upperBound[grid_dimension(op)])
    return DenseIntOrFPElementsAttr.from_list(TensorType(i32, [3]), [count, 1, 1])


def grid_dimension(op: scf.ParallelOp) -> int:
    """The slowest dimension with more than one point; the first if all have one."""
    extents = [static_int(bound) for bound in op.upperBound]
    return next((n for n, extent in enumerate(extents) if extent > 1), 0)


# -- control flow ------------------------------------------------------------------------------------------------


def build_loop(
    to: KernelConversion,
    begin: SSAValue,
    end: SSAValue,
    step: SSAValue,
    inits: Sequence[SSAValue],
    body: Callable[[SSAValue, Sequence[SSAValue]], Sequence[SSAValue]],
) -> Sequence[SSAValue]:
    """A counted loop of three blocks; `body` gets the index and the carried values and returns their next values."""
    types = [init.type for init in inits]
    head, inside, after = Block(arg_types=[i64, *types]), Block(), Block()
    to.insert(llvm.BrOp(head, begin, *inits))
    to.enter(head)
    index, *carried = head.args
    more = to.insert(llvm.ICmpOp(index, end, IntegerAttr(llvm.ICmpPredicateFlag.SLT.to_int(), i64)))
    to.insert(llvm.CondBrOp(more, inside, [], after, []))
    to.enter(inside)
    yielded = body(index, carried)
    following = to.insert(llvm.AddOp(index, step, overflow=NO_SIGNED_WRAP)).res
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
    note_accumulations(block.args[1:], terminator, to)

    def body(index: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        for old, new in zip(block.args, (index, *carried)):
            to.map(old, new)
        to.convert_block(block)
        return to.operands(terminator)

    bounds = (to.value(op.lb), to.value(op.ub), to.value(op.step))
    return build_loop(to, *bounds, [to.value(init) for init in op.iter_args], body)


def note_accumulations(carried: Sequence[BlockArgument], terminator: scf.YieldOp, to: KernelConversion) -> None:
    """Finds `yield acc + x` and the product that x may be: ops that may be reassociated and fused."""
    for acc, following in zip(carried, terminator.operands):
        add = following.owner
        if isinstance(add, arith.AddfOp) and acc in add.operands and acc.has_one_use():
            to.accumulations.add(add)
            term = add.rhs if add.lhs is acc else add.lhs
            if isinstance(term.owner, arith.MulfOp):
                to.accumulations.add(term.owner)


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


# -- memory ------------------------------------------------------------------------------------------------------


def element_pointer(to: KernelConversion, buffer: SSAValue, indices: Sequence[SSAValue]) -> SSAValue:
    """The address of one element of a row-major buffer."""
    type = buffer.type
    assert isinstance(type, MemRefType)
    if not indices:
        return to.value(buffer)
    row = memory_type(type.element_type)
    for extent in reversed(type.get_shape()[1:]):
        row = llvm.LLVMArrayType(extent, row)
    positions = [to.value(index) for index in indices]
    return to.insert(llvm.GEPOp.from_mixed_indices(to.value(buffer), positions, row, inbounds=True)).result


def lower_load(op: memref.LoadOp, to: KernelConversion) -> Lowered:
    """An element's value; a byte is an i1 if it is not zero."""
    pointer = element_pointer(to, op.memref, op.indices)
    loaded = to.insert(llvm.LoadOp(pointer, memory_type(op.res.type))).dereferenced_value
    if op.res.type != i1:
        return loaded
    return to.insert(llvm.ICmpOp(loaded, to.constant(0, 8), IntegerAttr(llvm.ICmpPredicateFlag.NE.to_int(), i64)))


def lower_store(op: memref.StoreOp, to: KernelConversion) -> Lowered:
    """Stores an element; an i1 as a byte."""
    value = to.value(op.value)
    if value.type == i1:
        value = to.insert(llvm.ZExtOp(value, i8)).res
    return to.insert(llvm.StoreOp(value, element_pointer(to, op.memref, op.indices)))


# -- scalars -----------------------------------------------------------------------------------------------------


def lower_constant(op: arith.ConstantOp, to: KernelConversion) -> Lowered:
    value = op.value
    type = scalar_type(op.result.type)
    if isinstance(value, IntegerAttr):
        value = IntegerAttr(value.value, type)
    elif not isinstance(value, FloatAttr):
        raise invalid_argument(f"a kernel's constants are scalars, not {op.result.type}")
    return to.insert(llvm.ConstantOp(value, type))


FLOAT_BINARY: dict[type[Operation], type[Operation]] = {
    arith.AddfOp: llvm.FAddOp,
    arith.SubfOp: llvm.FSubOp,
    arith.MulfOp: llvm.FMulOp,
    arith.DivfOp: llvm.FDivOp,
    arith.MaximumfOp: llvm_extra.FMaximumOp,
    arith.MinimumfOp: llvm_extra.FMinimumOp,
}


def lower_float_binary(op: Operation, to: KernelConversion) -> Lowered:
    """Keeps the op's fast-math flags, and adds those of an accumulation."""
    flags = {FastMathFlag(flag.value) for flag in op.properties["fastmath"].data}  # pyright: ignore
    if op in to.accumulations:
        flags.update(ACCUMULATION)
    return to.insert(FLOAT_BINARY[type(op)](*to.operands(op), llvm.FastMathAttr(sorted(flags))))


INTEGER_BINARY: dict[type[Operation], type[Operation]] = {
    arith.AddiOp: llvm.AddOp,
    arith.SubiOp: llvm.SubOp,
    arith.MuliOp: llvm.MulOp,
    arith.AndIOp: llvm.AndOp,
    arith.OrIOp: llvm.OrOp,
    arith.XOrIOp: llvm.XOrOp,
    arith.ShLIOp: llvm.ShlOp,
    arith.ShRSIOp: llvm.AShrOp,
    arith.ShRUIOp: llvm.LShrOp,
    arith.MaxSIOp: llvm_extra.SMaxOp,
    arith.MinSIOp: llvm_extra.SMinOp,
    arith.MaxUIOp: llvm_extra.UMaxOp,
    arith.MinUIOp: llvm_extra.UMinOp,
}
NEVER_WRAPS_ON_INDEX = (arith.AddiOp, arith.SubiOp, arith.MuliOp)


def lower_integer_binary(op: Operation, to: KernelConversion) -> Lowered:
    """Index arithmetic stays within a buffer, so it does not wrap."""
    target = INTEGER_BINARY[type(op)]
    if isinstance(op, NEVER_WRAPS_ON_INDEX) and isinstance(op.result.type, IndexType):
        return to.insert(target(*to.operands(op), overflow=NO_SIGNED_WRAP))
    return to.insert(target(*to.operands(op)))


DIVISIONS: dict[type[Operation], type[Operation]] = {
    arith.DivSIOp: llvm.SDivOp,
    arith.DivUIOp: llvm.UDivOp,
    arith.RemSIOp: llvm.SRemOp,
    arith.RemUIOp: llvm.URemOp,
}


def lower_division(op: Operation, to: KernelConversion) -> Lowered:
    """Division that cannot trap: by zero the quotient is all ones and the remainder the dividend, as in XLA; the
    smallest integer by minus one is itself, remainder zero."""
    target, (dividend, divisor) = DIVISIONS[type(op)], to.operands(op)
    constant = op.operands[1].owner
    if isinstance(constant, arith.ConstantOp) and isinstance(constant.value, IntegerAttr):
        if constant.value.value.data not in (0, -1):
            return to.insert(target(dividend, divisor))
    signed, quotient = type(op) in (arith.DivSIOp, arith.RemSIOp), type(op) in (arith.DivSIOp, arith.DivUIOp)
    assert isinstance(dividend.type, IntegerType)
    width = dividend.type.width.data
    zero, one = to.constant(0, width), to.constant(1, width)
    equal = IntegerAttr(llvm.ICmpPredicateFlag.EQ.to_int(), i64)
    by_zero = unsafe = to.insert(llvm.ICmpOp(divisor, zero, equal)).res
    if signed:
        minus_one = to.insert(llvm.ICmpOp(divisor, to.constant(-1, width), equal)).res
        unsafe = to.insert(llvm.OrOp(by_zero, minus_one)).res
    safe = to.insert(target(dividend, to.insert(llvm.SelectOp(unsafe, one, divisor)).res)).results[0]
    if quotient:
        if signed:
            negated = to.insert(llvm.SubOp(zero, dividend)).res
            safe = to.insert(llvm.SelectOp(minus_one, negated, safe)).res
        return to.insert(llvm.SelectOp(by_zero, to.constant(-1, width), safe))
    return to.insert(llvm.SelectOp(by_zero, dividend, safe))


FLOAT_UNARY: dict[type[Operation], type[Operation]] = {
    arith.NegfOp: llvm.FNegOp,
    math.CeilOp: llvm.FCeilOp,
    math.FloorOp: llvm.FFloorOp,
    math.SqrtOp: llvm.FSqrtOp,
    math.RoundEvenOp: llvm_extra.FRoundEvenOp,
    math.TruncOp: llvm_extra.FTruncOp,
}


def lower_float_unary(op: Operation, to: KernelConversion) -> Lowered:
    return to.insert(FLOAT_UNARY[type(op)](to.value(op.operands[0])))


def lower_absf(op: math.AbsFOp, to: KernelConversion) -> Lowered:
    value = to.value(op.operand)
    return to.insert(llvm.FAbsOp(value, value.type))


def lower_fma(op: math.FmaOp, to: KernelConversion) -> Lowered:
    return to.insert(llvm.FMAOp(*to.operands(op)))


def lower_cmpi(op: arith.CmpiOp, to: KernelConversion) -> Lowered:
    return to.insert(llvm.ICmpOp(*to.operands(op), op.predicate))


def lower_cmpf(op: arith.CmpfOp, to: KernelConversion) -> Lowered:
    return to.insert(llvm.FCmpOp(*to.operands(op), op.predicate))


def lower_select(op: arith.SelectOp, to: KernelConversion) -> Lowered:
    return to.insert(llvm.SelectOp(*to.operands(op)))


CASTS: dict[type[Operation], type[Operation]] = {
    arith.SIToFPOp: llvm.SIToFPOp,
    arith.UIToFPOp: llvm_extra.UIToFPOp,
    arith.FPToSIOp: llvm_extra.FPToSISatOp,
    arith.FPToUIOp: llvm_extra.FPToUISatOp,
    arith.ExtSIOp: llvm.SExtOp,
    arith.ExtUIOp: llvm.ZExtOp,
    arith.TruncIOp: llvm.TruncOp,
    arith.BitcastOp: llvm.BitcastOp,
}


def lower_cast(op: Operation, to: KernelConversion) -> Lowered:
    return to.insert(CASTS[type(op)](to.value(op.operands[0]), op.results[0].type))


def lower_index_cast(op: arith.IndexCastOp, to: KernelConversion) -> Lowered:
    """An index is an i64: widening keeps the sign, narrowing drops the high bits."""
    value, target = to.value(op.input), scalar_type(op.result.type)
    assert isinstance(value.type, IntegerType) and isinstance(target, IntegerType)
    difference = target.width.data - value.type.width.data
    if difference == 0:
        return value
    return to.insert(llvm.SExtOp(value, target) if difference > 0 else llvm.TruncOp(value, target))


RULES: Rules = {
    func.FuncOp: lower_kernel,
    func.ReturnOp: lower_return,
    scf.ParallelOp: lower_parallel,
    scf.ReduceOp: lower_reduce,
    scf.ForOp: lower_for,
    scf.IfOp: lower_if,
    scf.YieldOp: lower_yield,
    memref.LoadOp: lower_load,
    memref.StoreOp: lower_store,
    arith.ConstantOp: lower_constant,
    **dict.fromkeys(FLOAT_BINARY, lower_float_binary),
    **dict.fromkeys(INTEGER_BINARY, lower_integer_binary),
    **dict.fromkeys(DIVISIONS, lower_division),
    **dict.fromkeys(FLOAT_UNARY, lower_float_unary),
    **dict.fromkeys(CASTS, lower_cast),
    arith.CmpiOp: lower_cmpi,
    arith.CmpfOp: lower_cmpf,
    arith.SelectOp: lower_select,
    arith.IndexCastOp: lower_index_cast,
    math.AbsFOp: lower_absf,
    math.FmaOp: lower_fma,
}
