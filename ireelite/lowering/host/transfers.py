"""Lowering of tensor transfers between devices.

`hal.ex.device.queue.transfer` is a queue operation: the tensor is ready on the target device when
its fence is reached, and the host does not wait. A runtime without that function, whose devices
need not share memory nor wait for each other's semaphores, copies through the host: the source
device's queue copies the tensor to memory that the host can read, the host waits and reads it, and
the target device's queue copies it from host memory. `hal.ex.buffer.read` reads all bytes at once;
for a runtime without that function either, code that reads word by word is generated.
"""

from __future__ import annotations

from xdsl.dialects.builtin import FunctionType, StringAttr, TensorType, i32, i64
from xdsl.ir import Block, Region, SSAValue

from ireelite import element_types
from ireelite.dialects import flow, vm
from ireelite.dialects.affinity import device_name
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.types import BUFFER, FENCE
from ireelite.lowering.host.views import view_size
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.buffer_views import upload
from ireelite.lowering.vm.building import VmBuilder, emit, jump, number
from ireelite.lowering.vm.readback import queue_allocation, read_back

TRANSFER = "hal.ex.device.queue.transfer"
"""Optional import with the parameters `(source device, target device, affinity, wait, signal,
source, offset, target, offset, bytes, flags)`."""
HAL_BUFFER = vm.RefType.to("hal.buffer")
READ_ALL = "hal.ex.buffer.read"
"""Optional import with the parameters `(buffer, offset, memory, offset, bytes)`."""
READ_WORDS = "__read_words"
"""Function that reads a buffer word by word if the import is missing: `(buffer, memory, words)`."""
ALIGNMENT = 64
"""Alignment of host memory, in bytes."""


def lower_transfer(op: flow.TensorTransferOp, to: HostConversion) -> SSAValue:
    """Lowers a transfer; returns a view of a new buffer on the target device."""
    b, type = to.b, op.result.type
    assert isinstance(type, TensorType)
    wait, view = to.joined(to.fences_of([op.operand])), to.value(op.operand)
    (source,) = b.call("hal.buffer_view.buffer", view)
    (length,) = b.call("hal.buffer.length", source)
    rest = emit(to, "add.i64", length, number(to, 3, i64))
    words = emit(to, "shr.i64.u", rest, number(to, 2, i32))
    size = emit(to, "shl.i64", words, number(to, 2, i32))
    place = device_name(op.target)
    by_queues, by_host, after = Block(), Block(), Block(arg_types=[HAL_BUFFER, FENCE])
    b.declare_import(TRANSFER, "0rrIrrrIrIII_v", None, optional=True)
    (resolved,) = b.emit("import.resolved", [], [i32], callee=StringAttr(TRANSFER))
    to.branch(resolved, by_queues, by_host)
    to.enter(by_queues)
    jump(to, after, transfer_by_queues(to, place, source, length, size, wait))
    to.enter(by_host)
    memory = read_buffer(to, source, length, words, size, wait)
    with b.on(place):
        device = b.device()
        (allocator,) = b.call("hal.device.allocator", device)
        usage = b.i32(hal.TRANSFER_AND_STORAGE)
        target = upload(b, device, allocator, memory, usage, size, to.region)
    jump(to, after, [target, b.null("hal.fence")])
    to.enter(after)
    target, ready = after.args
    target.name_hint, ready.name_hint = "target", "ready"
    if to.fenced:
        to.ready[op.result] = ready
    code = element_types.from_mlir(str(type.element_type)).hal_code
    dims = [view_size(to, view, type, axis) for axis in range(type.get_num_dims())]
    fixed = [target, b.i64(0), size, b.i32(code), b.i32(hal.DENSE_ROW_MAJOR)]
    return b.call_variadic("hal.buffer_view.create", [*fixed, dims])[0]


def transfer_by_queues(
    to: HostConversion,
    place: str | None,
    source: SSAValue,
    length: SSAValue,
    size: SSAValue,
    wait: SSAValue,
) -> tuple[SSAValue, SSAValue]:
    """Copies `length` bytes of a buffer to a new buffer of `size` bytes on the device `place` when
    the fence `wait` is reached. Returns the new buffer and the fence at which it is ready. In an
    initializer, waits for that.
    """
    b, zero = to.b, to.b.i64(0)
    affinity = b.i64(hal.ANY_AFFINITY)
    source_device = b.device()
    with b.on(place):
        device = b.device()
        allocated, copied = (b.call("hal.fence.create", device, zero)[0] for _ in range(2))
        allocated.name_hint, copied.name_hint = "allocated", "copied"
        target = queue_allocation(b, device, wait, allocated, size)
    fences = allocated, copied
    ranges = source, zero, target, zero, length
    b.call(TRANSFER, source_device, device, affinity, *fences, *ranges, zero, types=[])
    if not to.fenced:
        b.await_fence(copied, to.region)
    return target, copied


def read_buffer(
    to: HostConversion,
    source: SSAValue,
    length: SSAValue,
    words: SSAValue,
    size: SSAValue,
    wait: SSAValue,
) -> SSAValue:
    """Reads the contents that a buffer has when the fence `wait` is reached. Returns host memory of
    `size` bytes, which are `words` whole words of four bytes because shaders access words.
    """
    b = to.b
    staging = read_back(b, to.region, source, b.i64(0), length, wait, size)
    memory = b.value("buffer.alloc", [size, b.i32(ALIGNMENT)], BUFFER)
    memory.name_hint = "memory"
    all_at_once, by_words, after = Block(), Block(), Block()
    b.declare_import(READ_ALL, "0rIrII_v", None, optional=True)
    (resolved,) = b.emit("import.resolved", [], [i32], callee=StringAttr(READ_ALL))
    to.branch(resolved, all_at_once, by_words)
    to.enter(all_at_once)
    zero = b.i64(0)
    b.call(READ_ALL, staging, zero, memory, zero, length, types=[])
    jump(to, after)
    to.enter(by_words)
    declare_read_words(b)
    b.call(READ_WORDS, staging, memory, words, types=[])
    jump(to, after)
    to.enter(after)
    return memory


def declare_read_words(b: VmBuilder) -> None:
    """Adds the function `READ_WORDS` to the module, unless it is already there."""
    if b.has(READ_WORDS):
        return
    types = [HAL_BUFFER, BUFFER, i64]
    entry, loop = Block(arg_types=types), Block(arg_types=[i64])
    body, end = Block(), Block()
    buffer, memory, words = entry.args
    (index,) = loop.args
    with b.to.at(entry):
        jump(b.to, loop, [b.i64(0)])
        b.to.continue_at(loop)
        more = b.value("cmp.lt.i64.s", [index, words], i32)
        b.emit("cond_br", [more], successors=[body, end])
        b.to.continue_at(body)
        place = b.value("shl.i64", [index, b.i32(2)], i64)
        (word,) = b.call("hal.buffer.load", buffer, place, b.i32(4))
        b.emit("buffer.store.i32", [memory, index, word])
        jump(b.to, loop, [b.value("add.i64", [index, b.i64(1)], i64)])
        b.to.continue_at(end)
        b.emit("return")
        region = Region([entry, loop, body, end])
        b.add_function(READ_WORDS, FunctionType.from_lists(types, []), region)


TRANSFER_RULES: Rules = {flow.TensorTransferOp: lower_transfer}
