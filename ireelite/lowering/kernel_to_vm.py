"""Stage 6 for the virtual machine: a kernel becomes a `vm.func` of scalar loops.

The function has the signature of a VMVX dispatch: workgroup memory, push constants, a list of
bindings, and workgroup id, size and count, x y z each. One call does the whole workload, so one
workgroup covers it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, func, math, memref, scf
from xdsl.dialects.builtin import (
    FloatAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    f32,
    f64,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects import arith_extra, vm
from ireelite.lowering.conversion import Conversion, Rules
from ireelite.lowering.vm_building import emit, jump, number
from ireelite.status import StatusCode, StatusError

BUFFER = vm.RefType.to("vm.buffer")
SIGNATURE: list[Attribute] = [BUFFER, BUFFER, vm.RefType.to("vm.list"), *[i32] * 9]
"""Workgroup memory, push constants, bindings; workgroup id, size and count."""

ELEMENT_ACCESS: dict[str, tuple[str, str]] = {
    "f32": ("buffer.load.f32", "buffer.store.f32"),
    "i1": ("buffer.load.i8.u", "buffer.store.i8"),
    "i8": ("buffer.load.i8.s", "buffer.store.i8"),
    "i16": ("buffer.load.i16.s", "buffer.store.i16"),
    "i32": ("buffer.load.i32", "buffer.store.i32"),
    "i64": ("buffer.load.i64", "buffer.store.i64"),
}
"""Element type -> instructions that read and write one, at an offset counted in elements."""


def to_vm_type(type: Attribute) -> Attribute:
    """The register type of a scalar: indices are i64, narrow integers i32."""
    if isinstance(type, IndexType) or type == i64:
        return i64
    if isinstance(type, IntegerType) and type.width.data <= 32:
        return i32
    if type in (f32, f64):
        return type
    raise StatusError(StatusCode.UNIMPLEMENTED, f"a vmvx kernel can't hold a scalar of type {type}")


def suffix(type: Attribute) -> str:
    """The part of a mnemonic that names a type: `f32`, `i32`, `i64`."""
    return str(to_vm_type(type))


# -- control flow ----------------------------------------------------------------------------------


def current_region(to: Conversion) -> Region:
    """The region of the function being built."""
    region = to.block.parent_region()
    assert region is not None
    return region


def loop(
    to: Conversion,
    bounds: tuple[SSAValue, SSAValue, SSAValue],
    starts: Sequence[SSAValue],
    make_body,
) -> Sequence[SSAValue]:
    """`for i = lower; i < upper; i += step` with accumulators, as blocks; the accumulators' last
    values.

    `make_body(i, accumulators)` emits the body at the current point and returns the next
    accumulators.
    """
    lower, upper, step = bounds
    region = current_region(to)
    header, body, after = Block(arg_types=[i64, *(s.type for s in starts)]), Block(), Block()
    jump(to, header, [lower, *starts])
    region.add_block(header)
    region.add_block(body)
    index, *accumulators = header.args
    to.continue_at(header)
    more = emit(to, "cmp.lt.i64.s", index, upper, type=i32)
    to.insert(vm.op("cond_br").make([more], successors=[body, after]))
    to.continue_at(body)
    results = make_body(index, accumulators)
    jump(to, header, [emit(to, "add.i64", index, step), *results])
    region.add_block(after)
    to.continue_at(after)
    return accumulators


def lower_for(op: scf.ForOp, to: Conversion) -> Sequence[SSAValue]:
    def body(index: SSAValue, accumulators: Sequence[SSAValue]) -> list[SSAValue]:
        for old, new in zip(op.body.block.args, [index, *accumulators], strict=True):
            to.map(old, new)
        for inner in op.body.block.ops:
            if isinstance(inner, scf.YieldOp):
                return to.operands(inner)
            to.convert(inner)
        return []

    bounds = to.value(op.lb), to.value(op.ub), to.value(op.step)
    return loop(to, bounds, [to.value(v) for v in op.iter_args], body)


def lower_parallel(op: scf.ParallelOp, to: Conversion) -> None:
    """Nested loops, slowest dimension outermost."""
    bounds = list(zip(op.lowerBound, op.upperBound, op.step, strict=True))

    def nest(dim: int) -> None:
        if dim == len(bounds):
            for inner in op.body.block.ops:
                if not isinstance(inner, scf.ReduceOp):
                    to.convert(inner)
            return

        def body(index: SSAValue, _: Sequence[SSAValue]) -> list[SSAValue]:
            to.map(op.body.block.args[dim], index)
            nest(dim + 1)
            return []

        lower, upper, step = (to.value(v) for v in bounds[dim])
        loop(to, (lower, upper, step), [], body)

    nest(0)


def lower_return(op: func.ReturnOp, to: Conversion) -> Operation:
    return to.insert(vm.op("return").make())


# -- memory ----------------------------------------------------------------------------------------


def element_access(type: Attribute) -> tuple[str, str]:
    """The instructions for a buffer's element type. Raises UNIMPLEMENTED."""
    assert isinstance(type, MemRefType)
    if (access := ELEMENT_ACCESS.get(str(type.element_type))) is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"a vmvx kernel can't access elements of type {type.element_type}; it can: "
            f"{', '.join(ELEMENT_ACCESS)}",
        )
    return access


def offset(buffer: SSAValue, indices: Sequence[SSAValue], to: Conversion) -> SSAValue:
    """The row-major offset of an index, in elements."""
    assert isinstance(buffer.type, MemRefType)
    if not indices:
        return number(to, 0, i64)
    position = to.value(indices[0])
    for index, size in zip(indices[1:], buffer.type.get_shape()[1:], strict=True):
        position = emit(to, "fma.i64", position, number(to, size, i64), to.value(index))
    return position


def lower_load(op: memref.LoadOp, to: Conversion) -> SSAValue:
    mnemonic = element_access(op.memref.type)[0]
    at = offset(op.memref, op.indices, to)
    return emit(to, mnemonic, to.value(op.memref), at, type=to_vm_type(op.res.type))


def lower_store(op: memref.StoreOp, to: Conversion) -> Operation:
    mnemonic = element_access(op.memref.type)[1]
    at = offset(op.memref, op.indices, to)
    return to.insert(vm.op(mnemonic).make([to.value(op.memref), at, to.value(op.value)]))


# -- arithmetic ------------------------------------------------------------------------------------

BINARY: dict[type[Operation], str] = {
    arith.AddfOp: "add.{}",
    arith.DivfOp: "div.{}",
    arith.MulfOp: "mul.{}",
    arith.NegfOp: "neg.{}",
    arith.SubfOp: "sub.{}",
    math.AbsFOp: "abs.{}",
    math.Atan2Op: "atan2.{}",
    math.AtanOp: "atan.{}",
    math.CeilOp: "ceil.{}",
    math.CosOp: "cos.{}",
    math.ErfOp: "erf.{}",
    math.Exp2Op: "exp2.{}",
    math.ExpM1Op: "expm1.{}",
    math.ExpOp: "exp.{}",
    math.FloorOp: "floor.{}",
    math.FmaOp: "fma.{}",
    math.Log10Op: "log10.{}",
    math.Log1pOp: "log1p.{}",
    math.Log2Op: "log2.{}",
    math.LogOp: "log.{}",
    math.PowFOp: "pow.{}",
    math.RoundEvenOp: "round.{}.even",
    math.RoundOp: "round.{}",
    math.RsqrtOp: "rsqrt.{}",
    math.SinOp: "sin.{}",
    math.SqrtOp: "sqrt.{}",
    math.TanhOp: "tanh.{}",
}
"""Ops on floats that are one instruction."""

FLOAT_COMPARES: dict[str, tuple[str, bool, bool]] = {
    "oeq": ("cmp.eq.{}.o", False, False),
    "ogt": ("cmp.lt.{}.o", True, False),
    "oge": ("cmp.lte.{}.o", True, False),
    "olt": ("cmp.lt.{}.o", False, False),
    "ole": ("cmp.lte.{}.o", False, False),
    "one": ("cmp.eq.{}.u", False, True),  # `cmp.ne.f32.o` is true for NaN
    "ueq": ("cmp.eq.{}.u", False, False),
    "ugt": ("cmp.lt.{}.u", True, False),
    "uge": ("cmp.lte.{}.u", True, False),
    "ult": ("cmp.lt.{}.u", False, False),
    "ule": ("cmp.lte.{}.u", False, False),
    "une": ("cmp.ne.{}.u", False, False),
}
INT_COMPARES: dict[str, tuple[str, bool, bool]] = {
    "eq": ("cmp.eq.{}", False, False),
    "ne": ("cmp.ne.{}", False, False),
    "slt": ("cmp.lt.{}.s", False, False),
    "sle": ("cmp.lt.{}.s", True, True),
    "sgt": ("cmp.lt.{}.s", True, False),
    "sge": ("cmp.lt.{}.s", False, True),
    "ult": ("cmp.lt.{}.u", False, False),
    "ule": ("cmp.lt.{}.u", True, True),
    "ugt": ("cmp.lt.{}.u", True, False),
    "uge": ("cmp.lt.{}.u", False, True),
}
"""Predicate -> (instruction, whether the operands are swapped, whether the result is negated)."""


def lower_one_to_one(op: Operation, to: Conversion) -> SSAValue:
    operands = to.operands(op)
    return emit(to, BINARY[type(op)].format(suffix(op.operands[0].type)), *operands)


def lower_constant(op: arith.ConstantOp, to: Conversion) -> SSAValue:
    assert isinstance(op.value, IntegerAttr | FloatAttr)
    value = op.value.value.data
    if op.result.type == i1:
        value = int(value) & 1
    return number(to, value, to_vm_type(op.result.type))


def lower_extreme(op: arith.MaximumfOp | arith.MinimumfOp, to: Conversion) -> SSAValue:
    """The larger or smaller operand; a NaN wins, which no single instruction does."""
    lhs, rhs = to.value(op.lhs), to.value(op.rhs)
    kind = suffix(op.lhs.type)
    first, second = (lhs, rhs) if isinstance(op, arith.MaximumfOp) else (rhs, lhs)
    take_right = emit(to, f"cmp.lt.{kind}.o", first, second, type=i32)
    picked = emit(to, f"select.{kind}", take_right, rhs, lhs, type=lhs.type)
    return emit(
        to, f"select.{kind}", emit(to, f"cmp.nan.{kind}", rhs, type=i32), rhs, picked, type=lhs.type
    )


def lower_float_remainder(op: arith_extra.RemFOp, to: Conversion) -> SSAValue:
    """The remainder of a truncating division, with the dividend's sign.

    `rem.f32` rounds the quotient to nearest, so its remainder may be negative; adding the divisor
    to that is exact.
    """
    x, y = to.operands(op)
    kind, bits = x.type, i32 if x.type == f32 else i64
    divisor = emit(to, f"abs.{kind}", y)
    nearest = emit(to, f"rem.{kind}", emit(to, f"abs.{kind}", x), divisor)
    below = emit(to, f"cmp.lt.{kind}.o", nearest, number(to, 0.0, kind), type=i32)
    above = emit(to, f"add.{kind}", nearest, divisor)
    size = emit(to, f"select.{kind}", below, above, nearest, type=kind)
    pattern = emit(to, f"bitcast.{kind}.{bits}", x, type=bits)
    negative = emit(to, f"cmp.lt.{bits}.s", pattern, number(to, 0, bits), type=i32)
    return emit(to, f"select.{kind}", negative, emit(to, f"neg.{kind}", size), size, type=kind)


def lower_cmpf(op: arith.CmpfOp, to: Conversion) -> SSAValue:
    """A comparison instruction, its operands perhaps swapped and its result perhaps negated."""
    predicate = arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data]
    if predicate not in FLOAT_COMPARES:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"float comparison '{predicate}' is not supported by vmvx"
        )
    mnemonic, swapped, negated = FLOAT_COMPARES[predicate]
    operands = to.operands(op)[:: -1 if swapped else 1]
    result = emit(to, mnemonic.format(suffix(op.lhs.type)), *operands, type=i32)
    return emit(to, "xor.i32", result, number(to, 1, i32)) if negated else result


def lower_select(op: arith.SelectOp, to: Conversion) -> SSAValue:
    values = to.operands(op)
    return emit(to, f"select.{suffix(op.result.type)}", *values, type=values[1].type)


def lower_float_to_int(op: arith.FPToSIOp | arith.FPToUIOp, to: Conversion) -> SSAValue:
    """Rounds towards zero first: the cast instructions round to nearest."""
    value, target, kind = to.value(op.input), to_vm_type(op.result.type), suffix(op.input.type)
    sign = "s" if isinstance(op, arith.FPToSIOp) else "u"
    below = emit(to, f"cmp.lt.{kind}.o", value, number(to, 0.0, value.type), type=i32)
    up, down = emit(to, f"ceil.{kind}", value), emit(to, f"floor.{kind}", value)
    whole = emit(to, f"select.{kind}", below, up, down, type=value.type)
    return emit(to, f"cast.{kind}.{sign}{target}", whole, type=target)


def lower_bitcast(op: arith.BitcastOp, to: Conversion) -> SSAValue:
    value, target = to.value(op.input), to_vm_type(op.result.type)
    if value.type == target:
        return value
    return emit(to, f"bitcast.{value.type}.{target}", value, type=target)


RULES: Rules = {
    arith.ConstantOp: lower_constant,
    arith.SelectOp: lower_select,
    func.ReturnOp: lower_return,
    memref.LoadOp: lower_load,
    memref.StoreOp: lower_store,
    scf.ForOp: lower_for,
    scf.ParallelOp: lower_parallel,
}
"""What kernels have and host code has not, or has in another way. Scalars are `host_scalars`'."""


def kernel_to_vm(kernel: func.FuncOp, to: Conversion) -> vm.FuncOp:
    """The kernel as a dispatch function of the virtual machine, with the kernel's attributes."""
    entry = Block(arg_types=SIGNATURE)
    region = Region(entry)
    with to.at(entry):
        for position, argument in enumerate(kernel.args):
            index = number(to, position, i32)
            binding = emit(to, "list.get.ref", entry.args[2], index, type=BUFFER)
            to.map(argument, binding)
        to.convert_block(kernel.body.block)
    function = vm.FuncOp(kernel.sym_name.data, FunctionType.from_lists(SIGNATURE, []), region)
    function.attributes |= kernel.attributes
    return function
