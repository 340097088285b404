"""A buffer is used only as its allocation asked for, on every device."""

import pytest

from ireelite.hal.buffer import BufferUsage, MemoryType
from ireelite.hal.command_buffer import (
    BufferRef,
    CommandBuffer,
    Copy,
    Dispatch,
    Fill,
    ReadBack,
    Update,
)
from ireelite.hal.executable import Executable
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.hal_buffers import BufferFunctions
from ireelite.status import StatusCode, StatusError

LOCAL = int(MemoryType.DEVICE_LOCAL)
ALL = int(BufferUsage.DEFAULT | BufferUsage.DISPATCH_INDIRECT_PARAMETERS)
CODE = Executable("test", ["entry"])
USES = {
    "fill": (lambda used, other: Fill(used, b"\1"), "TRANSFER_TARGET"),
    "update": (lambda used, other: Update(used, bytes(16)), "TRANSFER_TARGET"),
    "copy to": (lambda used, other: Copy(other, used), "TRANSFER_TARGET"),
    "copy from": (lambda used, other: Copy(used, other), "TRANSFER_SOURCE"),
    "read": (lambda used, other: ReadBack(used, memoryview(bytearray(16))), "TRANSFER_SOURCE"),
    "binding": (
        lambda used, other: Dispatch(CODE, 0, (1, 1, 1), (), (other, used)),
        "DISPATCH_STORAGE_READ",
    ),
    "counts": (
        lambda used, other: Dispatch(CODE, 0, (1, 1, 1), (), (other,), used),
        "DISPATCH_INDIRECT_PARAMETERS",
    ),
}


def ref(buffer):
    return BufferRef(0, buffer, 0, 12 if buffer is None else buffer.byte_length)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("way", ["submitted", "recorded", "bound"])
def test_a_use_that_was_not_asked_for_is_denied(device, use, way):
    make, usage = USES[use]
    lacking = device.allocator.allocate(LOCAL, ALL & ~int(BufferUsage[usage]), 16)
    unseen = device.allocator.allocate(int(MemoryType.HOST_LOCAL), ALL, 16)
    other = ref(device.allocator.allocate(LOCAL, ALL, 16))
    for buffer, reason in ((lacking, "usage was not specified"), (unseen, "DEVICE_VISIBLE")):
        done = Fence([(Semaphore(), 1)])
        with pytest.raises(StatusError, match=f"PERMISSION_DENIED; .*{reason}"):
            if way == "submitted":
                device.submit(None, done, [make(ref(buffer), other)])
            elif way == "recorded":
                CommandBuffer(device).record(make(ref(buffer), other))
            else:
                commands = CommandBuffer(device, 0, 3, 1)
                commands.record(make(BufferRef(0, None, 0, 12), other))
                commands.finalize()
                device.execute(None, done, commands, [(buffer.subspan(0, 12), 0, -1)])
        if way != "recorded":
            assert done.failure is not None
            assert done.failure.code == StatusCode.PERMISSION_DENIED


def test_an_allocation_without_a_usage_has_the_default_one(device):
    buffer = device.allocator.allocate(LOCAL, 0, 16)
    device.submit(None, done := Fence([(Semaphore(), 1)]), [Fill(ref(buffer), b"\7")])
    assert done.wait(30)
    assert bytes(buffer.read()) == b"\7" * 16


def test_programs_access_mapped_memory_alone(device):
    functions = BufferFunctions([device])
    mapped = device.allocator.allocate(0x32, int(BufferUsage.DEFAULT | BufferUsage.MAPPING), 16)
    functions.buffer_store(-2, mapped, 4, 4)
    assert functions.buffer_load(mapped, 4, 4) == -2
    unmapped = device.allocator.allocate(LOCAL, ALL, 16)
    if device.id == "webgpu":
        for access in (
            lambda: functions.buffer_load(unmapped, 0, 4),
            lambda: functions.buffer_store(1, unmapped, 0, 4),
        ):
            with pytest.raises(StatusError, match=r"PERMISSION_DENIED; .*MAPPING_SCOPED"):
                access()
    else:
        assert functions.buffer_load(unmapped, 0, 4) == 0
