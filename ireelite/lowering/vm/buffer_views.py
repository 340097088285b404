"""Calls of the HAL that fill device buffers from the host and make views of them."""

from __future__ import annotations

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType
from xdsl.ir import Region, SSAValue

from ireelite import element_types
from ireelite.dialects.sequencer.iree_ll_seq import contents
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.building import VmBuilder


def upload(
    b: VmBuilder,
    device: SSAValue,
    allocator: SSAValue,
    data: SSAValue,
    usage: SSAValue,
    size: SSAValue,
    region: Region,
) -> SSAValue:
    """A new buffer of the device with the bytes of a host buffer; waits until they are there."""
    zero, affinity, kind = b.i64(0), b.i64(hal.ANY_AFFINITY), b.i32(hal.DEVICE_LOCAL)
    (buffer,) = b.call("hal.allocator.allocate", allocator, affinity, kind, usage, size)
    (file,) = b.call(
        "hal.ex.file.from_memory", device, affinity, b.i32(1), data, zero, size, b.i32(0)
    )
    (uploaded,) = b.call("hal.fence.create", device, zero)
    now = b.null("hal.fence")
    read = [device, affinity, now, uploaded, file, zero, buffer, zero, size, zero]
    b.call("hal.device.queue.read", *read)
    b.await_fence(uploaded, region)
    return buffer


def upload_view(b: VmBuilder, value: DenseIntOrFPElementsAttr, region: Region) -> SSAValue:
    """A view of a new buffer with the elements of a constant."""
    elements = contents(value)
    data, device = b.contents(elements), b.device()
    (allocator,) = b.call("hal.device.allocator", device)
    usage = b.i32(hal.TRANSFER_AND_STORAGE)
    buffer = upload(b, device, allocator, data, usage, b.i64(len(elements)), region)
    assert isinstance(value.type, TensorType)
    return whole_view(b, buffer, value.type, len(elements))


def whole_view(b: VmBuilder, buffer: SSAValue, type: TensorType, size: int) -> SSAValue:
    """A view of all bytes of a buffer, with a static shape and an element type."""
    code = element_types.from_mlir(str(type.element_type)).code
    dims = [b.i64(extent) for extent in type.get_shape()]
    fixed = [buffer, b.i64(0), b.i64(size), b.i32(code), b.i32(hal.DENSE_ROW_MAJOR)]
    return b.call_variadic("hal.buffer_view.create", [*fixed, dims])[0]
