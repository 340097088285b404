"""Buffers on a queue's timeline, and reading parts of them on the host."""

from __future__ import annotations

from xdsl.ir import Region, SSAValue

from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.building import VmBuilder


def queue_allocation(
    b: VmBuilder,
    device: SSAValue,
    wait: SSAValue,
    signal: SSAValue,
    size: SSAValue,
    kind: tuple[int, int] = hal.TRANSIENT,
) -> SSAValue:
    """Returns a buffer of `size` bytes that may be used when `signal` is reached, of a memory type
    and usage.
    """
    kinds = [b.i32(number) for number in kind]
    zero, affinity = b.i64(0), b.i64(hal.ANY_AFFINITY)
    arguments = [device, affinity, wait, signal, zero, *kinds, size, zero]
    return b.call("hal.device.queue.alloca", *arguments)[0]


def read_back(
    b: VmBuilder,
    region: Region,
    source: SSAValue,
    at: SSAValue,
    length: SSAValue | int,
    wait: SSAValue,
    size: SSAValue | None = None,
) -> SSAValue:
    """Copies `length` bytes of a buffer, beginning at an offset, to a new buffer that the host can
    read, and waits for the copy: device buffers need not be visible to the host. The copy sees the
    contents as of when `wait` is reached. The new buffer has `size` bytes, by default `length`.
    Continues in a new block.
    """
    device, zero = b.device(), b.i64(0)
    allocated, copied = (b.call("hal.fence.create", device, zero)[0] for _ in range(2))
    allocated.name_hint, copied.name_hint = "allocated", "copied"
    if isinstance(length, int):
        length = b.i64(length)
    staging = queue_allocation(b, device, wait, allocated, size or length, hal.HOST_VISIBLE)
    staging.name_hint = "staging"
    affinity = b.i64(hal.ANY_AFFINITY)
    fences = allocated, copied
    b.call(
        "hal.device.queue.copy", device, affinity, *fences, source, at, staging, zero, length, zero
    )
    b.await_fence(copied, region)
    return staging
