"""Stage 6 for the virtual machine: a kernel becomes a `vm.func` of scalar loops.

The function has the signature of a VMVX dispatch: workgroup memory, push constants, a list of
bindings, and workgroup id, size and count, x y z each. One call does the whole workload, so one
workgroup covers it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, func, memref
from xdsl.dialects.builtin import (
    FloatAttr,
    FunctionType,
    IntegerAttr,
    MemRefType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite import element_types
from ireelite.dialects import vm
from ireelite.dialects.elements import row_of
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size, byte_size
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.rewriting.scf_to_blocks import SCF_RULES
from ireelite.lowering.vm.building import emit, number
from ireelite.lowering.vm.floats import suffix, to_vm_type
from ireelite.status import StatusCode, StatusError

BUFFER = vm.RefType.to("vm.buffer")
SCRATCH_ALIGNMENT = 16
"""Bytes."""

CONSTANT_COUNT = "iree.executable.constant_count"
"""Attribute of a dispatch function: how many push constants it takes, if any."""

SIGNATURE: list[Attribute] = [BUFFER, BUFFER, vm.RefType.to("vm.list"), *[i32] * 9]
"""Workgroup memory, push constants, bindings; workgroup id, size and count."""


def lower_return(op: func.ReturnOp, to: Conversion) -> Operation:
    return to.insert(vm.op("return").make())


# -- memory ----------------------------------------------------------------------------------------


def element_access(op: memref.LoadOp | memref.StoreOp) -> tuple[str, str]:
    """Returns the instructions that load and store elements of an access's type. Raises
    UNIMPLEMENTED.
    """
    type = op.memref.type
    assert isinstance(type, MemRefType)
    if (access := row_of(type.element_type).vm_access) is None:
        known = ", ".join(row.mlir for row in element_types.TABLE if row.vm_access is not None)
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"the vmvx target has no '{op.name}' of {type.element_type} elements; it has those of "
            f"{known}",
        )
    return access


def offset(buffer: SSAValue, indices: Sequence[SSAValue], to: Conversion) -> SSAValue:
    """Returns the row-major offset of an index, in elements."""
    assert isinstance(buffer.type, MemRefType)
    if not indices:
        return number(to, 0, i64)
    position = to.value(indices[0])
    for index, size in zip(indices[1:], buffer.type.get_shape()[1:], strict=True):
        position = emit(to, "fma.i64", position, number(to, size, i64), to.value(index))
    return position


def lower_alloca(op: memref.AllocaOp, to: Conversion) -> SSAValue:
    """Allocates scratch: a buffer that lives until the call returns. One of an open size is flat."""
    type = op.memref.type
    assert isinstance(type, MemRefType)
    if op.dynamic_sizes:
        width = byte_size(MemRefType(type.element_type, [1]))
        size = emit(to, "mul.i64", to.value(op.dynamic_sizes[0]), number(to, width, i64))
    else:
        size = number(to, allocated_size(type), i64)
    return emit(to, "buffer.alloc", size, number(to, SCRATCH_ALIGNMENT, i32), type=BUFFER)


def lower_load(op: memref.LoadOp, to: Conversion) -> SSAValue:
    mnemonic = element_access(op)[0]
    at = offset(op.memref, op.indices, to)
    return emit(to, mnemonic, to.value(op.memref), at, type=to_vm_type(op.res.type))


def lower_store(op: memref.StoreOp, to: Conversion) -> Operation:
    mnemonic = element_access(op)[1]
    at = offset(op.memref, op.indices, to)
    return to.insert(vm.op(mnemonic).make([to.value(op.memref), at, to.value(op.value)]))


# -- arithmetic ------------------------------------------------------------------------------------


def lower_constant(op: arith.ConstantOp, to: Conversion) -> SSAValue:
    assert isinstance(op.value, IntegerAttr | FloatAttr)
    value = op.value.value.data
    if op.result.type == i1:
        value = int(value) & 1
    return number(to, value, to_vm_type(op.result.type))


def lower_select(op: arith.SelectOp, to: Conversion) -> SSAValue:
    values = to.operands(op)
    return emit(to, f"select.{suffix(op.result.type)}", *values, type=values[1].type)


RULES: Rules = {
    **SCF_RULES,
    arith.ConstantOp: lower_constant,
    arith.SelectOp: lower_select,
    func.ReturnOp: lower_return,
    memref.AllocaOp: lower_alloca,
    memref.LoadOp: lower_load,
    memref.StoreOp: lower_store,
}
"""What kernels have and host code has not, or has in another way. Scalars are those of
`host/scalars.py`."""


def kernel_to_vm(kernel: func.FuncOp, to: Conversion) -> vm.FuncOp:
    """Returns the kernel as a dispatch function of the virtual machine, with the kernel's
    attributes.
    """
    entry = Block(arg_types=SIGNATURE)
    region = Region(entry)
    with to.at(entry):
        buffers = [a for a in kernel.args if isinstance(a.type, MemRefType)]
        sizes = [a for a in kernel.args if not isinstance(a.type, MemRefType)]
        for position, argument in enumerate(buffers):
            index = number(to, position, i32)
            binding = emit(to, "list.get.ref", entry.args[2], index, type=BUFFER)
            to.map(argument, binding)
        for position, argument in enumerate(sizes):
            word = emit(to, "buffer.load.i32", entry.args[1], number(to, position, i64), type=i32)
            to.map(argument, emit(to, "ext.i32.i64.u", word, type=i64))
        to.convert_block(kernel.body.block)
    function = vm.FuncOp(kernel.sym_name.data, FunctionType.from_lists(SIGNATURE, []), region)
    function.attributes |= kernel.attributes
    if sizes:
        function.attributes[CONSTANT_COUNT] = IntegerAttr(len(sizes), i64)
    return function
