"""State and objects of host code: globals, lists, buffers, and the tensors it passes on."""

from __future__ import annotations

from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    StringAttr,
    TensorType,
    f32,
    f64,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import util
from ireelite.dialects.util import buffers as util_buffers
from ireelite.dialects.util import types as util_types
from ireelite.dialects.util.globals import global_at
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.types import (
    BUFFER,
    LIST,
    canonical,
    element_name,
    is_narrow,
    resize,
    vm_type,
)
from ireelite.lowering.host.views import view_size
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.buffer_views import viewed_size, whole_view
from ireelite.lowering.vm.building import emit, number
from ireelite.lowering.vm.readback import read_back
from ireelite.status import StatusCode, StatusError

ALIGNMENT = 16
"""Of buffers that don't ask for another."""


def is_number(type: Attribute) -> bool:
    """Returns whether values of a register type are numbers, not references."""
    return type in (i32, i64, f32, f64)


def narrow(to: HostConversion, index: SSAValue) -> SSAValue:
    """Returns an index as the i32 that lists and dimensions are counted with."""
    known = util_buffers.constant_of(index)
    return resize(to, to.value(index), i32) if known is None else number(to, known, i32)


# -- globals -----------------------------------------------------------------------------------------


def lower_global_load(op: util.GlobalLoadOp, to: HostConversion) -> SSAValue:
    return load_global(to, op.global_name.root_reference.data, vm_type(op.result.type))


def load_global(to: HostConversion, name: str, type: Attribute) -> SSAValue:
    """Returns the number or reference in a global."""
    kind = str(type) if is_number(type) else "ref"
    return to.b.emit(f"global.load.{kind}", [], [type], global_=StringAttr(name))[0]


def lower_global_store(op: util.GlobalStoreOp, to: HostConversion) -> None:
    """Stores a tensor when it is ready: whoever loads it knows of no fence."""
    to.await_values([op.value])
    store_global(to, op.global_name.root_reference.data, to.value(op.value))


def lower_address(op: util.GlobalAddressOp, to: HostConversion) -> SSAValue:
    """Returns 0, which no op reads: those that take an address name its global themselves."""
    return number(to, 0, i32)


def lower_load_indirect(op: util.GlobalLoadIndirectOp, to: HostConversion) -> SSAValue:
    name = global_at(op.pointer).global_name.root_reference.data
    return load_global(to, name, vm_type(op.result.type))


def lower_store_indirect(op: util.GlobalStoreIndirectOp, to: HostConversion) -> None:
    to.await_values([op.value])
    name = global_at(op.pointer).global_name.root_reference.data
    store_global(to, name, to.value(op.value))


def store_global(to: HostConversion, name: str, value: SSAValue) -> None:
    """Sets a global to a number or a reference."""
    kind = str(value.type) if is_number(value.type) else "ref"
    to.b.emit(f"global.store.{kind}", [value], global_=StringAttr(name))


# -- values ------------------------------------------------------------------------------------------


def lower_null(op: util.NullOp, to: HostConversion) -> SSAValue:
    return zero(to, vm_type(op.result.type))


def zero(to: HostConversion, type: Attribute) -> SSAValue:
    """Returns the number zero, or a reference to nothing."""
    if is_number(type):
        return number(to, 0, type)
    return to.b.value("const.ref.zero", [], type)


def lower_cast(op: util.CastOp, to: HostConversion) -> SSAValue:
    value, target = to.value(op.operand), vm_type(op.result.type)
    if is_number(value.type) or value.type == target:
        return value
    return to.b.value("cast.any.ref", [value], target)


def lower_equality(op: util.CmpEqOp | util.CmpNeOp, to: HostConversion) -> SSAValue:
    lhs, rhs = to.operands(op)
    relation = "eq" if isinstance(op, util.CmpEqOp) else "ne"
    kind = str(lhs.type) if is_number(lhs.type) else "ref"
    order = ".o" if relation == "eq" else ".u"
    mnemonic = f"cmp.{relation}.{kind}" + (order if kind in ("f32", "f64") else "")
    return emit(to, mnemonic, lhs, rhs, type=i32)


def lower_barrier(op: util.OptimizationBarrierOp, to: HostConversion) -> list[SSAValue]:
    return [same(to, old, new) for old, new in zip(op.values, op.outputs, strict=True)]


def same(to: HostConversion, old: SSAValue, new: SSAValue) -> SSAValue:
    """Returns the new value of the source of an op that changes nothing at run time."""
    if old in to.ready:
        to.ready[new] = to.ready[old]
    return to.value(old)


def lower_switch(op: util.SwitchOp, to: HostConversion) -> SSAValue:
    """Selects a case by the index, clamped to the number of cases, which selects the default."""
    index, default, *cases = to.operands(op)
    at = emit(to, "min.i64.u", index, number(to, len(cases), i64))
    at = resize(to, at, i32)
    if is_number(default.type):
        return emit(to, f"switch.{default.type}", at, default, *cases, type=default.type)
    return emit(to, "switch.ref", at, default, *cases, type=default.type)


# -- lists -------------------------------------------------------------------------------------------


def lower_list_create(op: util.ListCreateOp, to: HostConversion) -> SSAValue:
    wanted = op.initial_capacity
    capacity = number(to, 0, i32) if wanted is None else narrow(to, wanted)
    return new_list(to, capacity, op.result.type)


def new_list(to: HostConversion, capacity: SSAValue, type: Attribute) -> SSAValue:
    """Returns an empty list of elements of the type that a list type says."""
    assert isinstance(type, util_types.ListType)
    element = StringAttr(element_name(type.element))
    return to.b.emit("list.alloc", [capacity], [LIST], element=element)[0]


def lower_list_construct(op: util.ListConstructOp, to: HostConversion) -> SSAValue:
    to.await_values(op.values)
    size = number(to, len(op.values), i32)
    items = new_list(to, size, op.result.type)
    to.b.emit("list.resize", [items, size])
    for index, value in enumerate(op.values):
        set_element(to, items, number(to, index, i32), to.value(value))
    return items


def lower_list_size(op: util.ListSizeOp, to: HostConversion) -> SSAValue:
    return resize(to, emit(to, "list.size", to.value(op.list), type=i32), i64)


def lower_list_resize(op: util.ListResizeOp, to: HostConversion) -> None:
    to.b.emit("list.resize", [to.value(op.list), narrow(to, op.new_size)])


def lower_list_get(op: util.ListGetOp, to: HostConversion) -> SSAValue:
    items, index = to.value(op.list), narrow(to, op.index)
    type = vm_type(op.result.type)
    kind = str(type) if is_number(type) else "ref"
    return canonical(to, emit(to, f"list.get.{kind}", items, index, type=type), op.result.type)


def lower_list_set(op: util.ListSetOp, to: HostConversion) -> None:
    to.await_values([op.value])
    set_element(to, to.value(op.list), narrow(to, op.index), to.value(op.value))


def set_element(to: HostConversion, items: SSAValue, index: SSAValue, value: SSAValue) -> None:
    """Sets an element to a number or a reference."""
    kind = str(value.type) if is_number(value.type) else "ref"
    to.b.emit(f"list.set.{kind}", [items, index, value])


# -- buffers -----------------------------------------------------------------------------------------


def lower_buffer_constant(op: util_buffers.BufferConstantOp, to: HostConversion) -> SSAValue:
    mime = op.mime_type.data if op.mime_type is not None else None
    return to.b.contents(op.contents, mime)


def lower_buffer_alloc(op: util_buffers.BufferAllocOp, to: HostConversion) -> SSAValue:
    alignment = ALIGNMENT if op.alignment is None else op.alignment.value.data
    size = to.value(op.storage_size)
    return to.b.value("buffer.alloc", [size, number(to, alignment, i32)], BUFFER)


def lower_buffer_dealloc(op: util_buffers.BufferDeallocOp, to: HostConversion) -> None:
    """Drops the op, which is a hint: the last reference frees the buffer."""


def lower_buffer_slice(op: util_buffers.BufferSliceOp, to: HostConversion) -> SSAValue:
    alignment = ALIGNMENT if op.alignment is None else op.alignment.value.data
    operands = [to.value(v) for v in (op.source, op.source_offset, op.result_size)]
    return to.b.value("buffer.clone", [*operands, number(to, alignment, i32)], BUFFER)


def lower_buffer_size(op: util_buffers.BufferSizeOp, to: HostConversion) -> SSAValue:
    return emit(to, "buffer.length", to.value(op.operand), type=i64)


def lower_buffer_copy(op: util_buffers.BufferCopyOp, to: HostConversion) -> None:
    operands = (op.source, op.source_offset, op.target, op.target_offset, op.length)
    to.b.emit("buffer.copy", [to.value(v) for v in operands])


def lower_buffer_compare(op: util_buffers.BufferCompareOp, to: HostConversion) -> SSAValue:
    operands = (op.lhs, op.lhs_offset, op.rhs, op.rhs_offset, op.length)
    return emit(to, "buffer.compare", *(to.value(v) for v in operands), type=i32)


def lower_buffer_hash(op: util_buffers.BufferHashOp, to: HostConversion) -> SSAValue:
    operands = (op.source, op.source_offset, op.length)
    return emit(to, "buffer.hash", *(to.value(v) for v in operands), type=i64)


def in_elements(to: HostConversion, count: SSAValue, width: int) -> SSAValue:
    """Returns a number of bytes in elements of so many bytes, as the instructions count."""
    known = util_buffers.constant_of(count)
    if known is not None:
        return number(to, known // width, i64)
    shift = width.bit_length() - 1
    value = to.value(count)
    return emit(to, "shr.i64.u", value, number(to, shift, i32)) if shift else value


def access(type: Attribute) -> tuple[str, int]:
    """Returns the part of a mnemonic that names a number in a buffer, and its bytes."""
    width = util_buffers.element_width(type)
    return (f"i{8 * width}" if is_narrow(type) else str(vm_type(type))), width


def lower_buffer_fill(op: util_buffers.BufferFillOp, to: HostConversion) -> None:
    kind, width = access(op.pattern.type)
    offset, length = (in_elements(to, v, width) for v in (op.target_offset, op.length))
    operands = [to.value(op.target), offset, length, to.value(op.pattern)]
    to.b.emit(f"buffer.fill.{kind}", operands)


def lower_buffer_load(op: util_buffers.BufferLoadOp, to: HostConversion) -> SSAValue:
    kind, width = access(op.result.type)
    sign = ".s" if is_narrow(op.result.type) else ""
    at = in_elements(to, op.source_offset, width)
    type = vm_type(op.result.type)
    value = emit(to, f"buffer.load.{kind}{sign}", to.value(op.source), at, type=type)
    return canonical(to, value, op.result.type) if op.result.type == i1 else value


def lower_buffer_store(op: util_buffers.BufferStoreOp, to: HostConversion) -> None:
    kind, width = access(op.source.type)
    at = in_elements(to, op.target_offset, width)
    to.b.emit(f"buffer.store.{kind}", [to.value(op.target), at, to.value(op.source)])


# -- tensors -----------------------------------------------------------------------------------------


def lower_tensor_cast(op: tensor.CastOp, to: HostConversion) -> SSAValue:
    """Returns the view unchanged: it has a shape of its own."""
    return same(to, op.source, op.dest)


def lower_dimension(op: tensor.DimOp, to: HostConversion) -> SSAValue:
    """Returns a size that the type says, or else the view."""
    known = util_buffers.constant_of(op.index)
    assert isinstance(op.source.type, TensorType)
    if known is not None and op.source.type.get_shape()[known] != DYNAMIC_INDEX:
        return number(to, op.source.type.get_shape()[known], i64)
    axis = narrow(to, op.index)
    return to.b.call("hal.buffer_view.dim", to.value(op.source), axis)[0]


def lower_extract(op: tensor.ExtractOp, to: HostConversion) -> SSAValue:
    """Reads one element back, once it is ready."""
    kind = op.result.type
    if not is_number(vm_type(kind)):
        raise StatusError(StatusCode.UNIMPLEMENTED, f"host code can't read a {kind} of a tensor")
    wait, view = to.joined(to.fences_of([op.tensor])), to.value(op.tensor)
    width = util_buffers.element_width(kind)
    place = number(to, 0, i64)
    assert isinstance(op.tensor.type, TensorType)
    for axis, index in enumerate(op.indices):
        if axis:
            size = view_size(to, view, op.tensor.type, axis)
            place = emit(to, "fma.i64", place, size, to.value(index))
        else:
            place = to.value(index)
    (buffer,) = to.b.call("hal.buffer_view.buffer", view)
    at = emit(to, "mul.i64", place, number(to, width, i64))
    return read_element(to, buffer, at, kind, wait)


def read_element(
    to: HostConversion, buffer: SSAValue, at: SSAValue, kind: Attribute, wait: SSAValue
) -> SSAValue:
    """Reads an element of any buffer back, from an offset in bytes, when a fence is reached."""
    width = util_buffers.element_width(kind)
    staging = read_back(to.b, to.region, buffer, at, width, wait)
    return load_element(to, staging, number(to, 0, i64), kind)


def load_element(to: HostConversion, buffer: SSAValue, at: SSAValue, kind: Attribute) -> SSAValue:
    """Loads an element of a buffer that the host may read, from an offset in bytes."""
    width = util_buffers.element_width(kind)
    if width < 8:
        (bits,) = to.b.call("hal.buffer.load", buffer, at, number(to, width, i32))
        return (
            emit(to, "bitcast.i32.f32", bits, type=f32)
            if kind == f32
            else canonical(to, bits, kind)
        )
    four = number(to, 4, i32)
    (low,) = to.b.call("hal.buffer.load", buffer, at, four)
    above = emit(to, "add.i64", at, number(to, 4, i64))
    (high,) = to.b.call("hal.buffer.load", buffer, above, four)
    upper = emit(to, "shl.i64", resize(to, high, i64), number(to, 32, i32))
    bits = emit(to, "or.i64", upper, resize(to, low, i64, signed=False))
    return emit(to, "bitcast.i64.f64", bits, type=f64) if kind == f64 else bits


def lower_from_elements(op: tensor.FromElementsOp, to: HostConversion) -> SSAValue:
    """Returns a new buffer that the queue fills, number by number."""
    b, type = to.b, op.result.type
    assert isinstance(type, TensorType)
    bits = [bit_halves(to, to.value(value)) for value in op.elements]
    width = util_buffers.element_width(type.element_type)
    part = min(width, 4)
    zero, affinity = b.i64(0), b.i64(hal.ANY_AFFINITY)
    size = viewed_size(type)
    (allocator,) = b.call("hal.device.allocator", b.device())
    kind, usage = b.i32(hal.DEVICE_LOCAL), b.i32(hal.TRANSFER_AND_STORAGE)
    (buffer,) = b.call("hal.allocator.allocate", allocator, affinity, kind, usage, b.i64(size))
    done = b.null("hal.fence")
    for index, pattern in enumerate(half for halves in bits for half in halves):
        before, done = done, to.new_fence()
        place = [b.i64(part * index), b.i64(part)]
        fill = [b.device(), affinity, before, done, buffer, *place, pattern, b.i32(part), zero]
        b.call("hal.device.queue.fill", *fill)
    if to.fenced:
        to.ready[op.result] = done
    else:
        b.await_fence(done, to.region)
    return whole_view(b, buffer, type)


def bit_halves(to: HostConversion, value: SSAValue) -> list[SSAValue]:
    """Returns the bits of a number as i64 patterns of at most 32 bits each, low first."""
    if value.type in (f32, f64):
        bits = i32 if value.type == f32 else i64
        value = emit(to, f"bitcast.{value.type}.{bits}", value, type=bits)
    if value.type == i32:
        return [resize(to, value, i64, signed=False)]
    low = emit(to, "and.i64", value, number(to, 0xFFFFFFFF, i64))
    return [low, emit(to, "shr.i64.u", value, number(to, 32, i32))]


VALUE_RULES: Rules = {
    tensor.CastOp: lower_tensor_cast,
    tensor.DimOp: lower_dimension,
    tensor.ExtractOp: lower_extract,
    tensor.FromElementsOp: lower_from_elements,
    util.CastOp: lower_cast,
    util.CmpEqOp: lower_equality,
    util.CmpNeOp: lower_equality,
    util.GlobalAddressOp: lower_address,
    util.GlobalLoadIndirectOp: lower_load_indirect,
    util.GlobalLoadOp: lower_global_load,
    util.GlobalStoreIndirectOp: lower_store_indirect,
    util.GlobalStoreOp: lower_global_store,
    util.ListConstructOp: lower_list_construct,
    util.ListCreateOp: lower_list_create,
    util.ListGetOp: lower_list_get,
    util.ListResizeOp: lower_list_resize,
    util.ListSetOp: lower_list_set,
    util.ListSizeOp: lower_list_size,
    util.NullOp: lower_null,
    util.OptimizationBarrierOp: lower_barrier,
    util.SwitchOp: lower_switch,
    util_buffers.BufferAllocOp: lower_buffer_alloc,
    util_buffers.BufferCompareOp: lower_buffer_compare,
    util_buffers.BufferConstantOp: lower_buffer_constant,
    util_buffers.BufferCopyOp: lower_buffer_copy,
    util_buffers.BufferDeallocOp: lower_buffer_dealloc,
    util_buffers.BufferFillOp: lower_buffer_fill,
    util_buffers.BufferHashOp: lower_buffer_hash,
    util_buffers.BufferLoadOp: lower_buffer_load,
    util_buffers.BufferSizeOp: lower_buffer_size,
    util_buffers.BufferSliceOp: lower_buffer_slice,
    util_buffers.BufferStoreOp: lower_buffer_store,
}
