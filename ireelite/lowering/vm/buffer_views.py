"""Calls of the HAL that fill device buffers from the host and make views of them."""

from __future__ import annotations

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, MemRefType, TensorType
from xdsl.ir import Region, SSAValue

from ireelite import element_types
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size, contents, fill_bytes
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.building import VmBuilder
from ireelite.syntax.printer import splat_of


def upload(
    b: VmBuilder,
    device: SSAValue,
    allocator: SSAValue,
    data: SSAValue,
    usage: SSAValue,
    size: SSAValue,
    region: Region,
) -> SSAValue:
    """Returns a new buffer of the device with the bytes of a host buffer; waits until they are
    there.
    """
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


def fill(
    b: VmBuilder, device: SSAValue, pattern: bytes, size: SSAValue, region: Region
) -> SSAValue:
    """Returns a new buffer of the device in which a pattern of 1, 2 or 4 bytes is repeated; waits
    until it is there.
    """
    zero, affinity, now = b.i64(0), b.i64(hal.ANY_AFFINITY), b.null("hal.fence")
    (allocator,) = b.call("hal.device.allocator", device)
    kind, usage = b.i32(hal.DEVICE_LOCAL), b.i32(hal.TRANSFER_AND_STORAGE)
    (buffer,) = b.call("hal.allocator.allocate", allocator, affinity, kind, usage, size)
    (filled,) = b.call("hal.fence.create", device, zero)
    bits, width = b.i64(int.from_bytes(pattern, "little")), b.i32(len(pattern))
    where = [buffer, zero, size]
    b.call("hal.device.queue.fill", device, affinity, now, filled, *where, bits, width, zero)
    b.await_fence(filled, region)
    return buffer


def hal_pattern(element: bytes) -> bytes | None:
    """Returns the 1, 2 or 4 bytes of which an element consists, repeated. None if they are more:
    the HAL fills with no other patterns.
    """
    for width in (1, 2, 4):
        if len(element) % width == 0 and element == element[:width] * (len(element) // width):
            return element[:width]
    return None


def upload_view(b: VmBuilder, value: DenseIntOrFPElementsAttr, region: Region) -> SSAValue:
    """Returns a view of a new buffer with the elements of a constant."""
    assert isinstance(value.type, TensorType)
    device = b.device()
    size = viewed_size(value.type)
    one = splat_of(value) if size else None
    pattern = None if one is None else hal_pattern(fill_bytes(one))
    if pattern is not None:
        buffer = fill(b, device, pattern, b.i64(size), region)
    else:
        data = contents(value)
        data += bytes(size - len(data))
        (allocator,) = b.call("hal.device.allocator", device)
        usage = b.i32(hal.TRANSFER_AND_STORAGE)
        buffer = upload(b, device, allocator, b.contents(data), usage, b.i64(size), region)
    return whole_view(b, buffer, value.type)


def viewed_size(type: TensorType) -> int:
    """Bytes of the views of tensors with such a type, of static shape: whole words, since shaders
    access those; a driver may hide the last word of a view that ends within it.
    """
    return allocated_size(MemRefType(type.element_type, type.get_shape()))


def whole_view(b: VmBuilder, buffer: SSAValue, type: TensorType) -> SSAValue:
    """Returns a view of all bytes of a buffer, with a static shape and an element type."""
    dims = [b.i64(extent) for extent in type.get_shape()]
    return buffer_view(b, buffer, b.i64(viewed_size(type)), type, dims)


def buffer_view(
    b: VmBuilder, buffer: SSAValue, size: SSAValue, type: TensorType, dims: list[SSAValue]
) -> SSAValue:
    """Returns a view of the first bytes of a buffer, with a shape and an element type."""
    code = element_types.from_mlir(str(type.element_type)).hal_code
    fixed = [buffer, b.i64(0), size, b.i32(code), b.i32(hal.DENSE_ROW_MAJOR)]
    return b.call_variadic("hal.buffer_view.create", [*fixed, dims])[0]
