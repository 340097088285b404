"""The native loader: links, calls, checks sizes, and compiles again for a CPU with less."""

import struct

import pytest

pytest.importorskip("llvmlite")

from ireelite.executables.machine import native_format
from ireelite.executables.native import NativeEntryPoint, NativeExecutable
from ireelite.executables.native_object import compile_ir, host_machine
from ireelite.hal.command_buffer import BufferRef, Dispatch
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.loaders.native import NativeLoader, runs_on
from ireelite.status import StatusCode, StatusError

DOUBLE = """
define void @double(ptr %bindings, ptr %constants, i64 %begin, i64 %end) {
entry:
  %in = load ptr, ptr %bindings
  %slot = getelementptr ptr, ptr %bindings, i64 1
  %out = load ptr, ptr %slot
  %k = load i32, ptr %constants
  br label %head
head:
  %i = phi i64 [ %begin, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %end
  br i1 %more, label %body, label %exit
body:
  %p = getelementptr i32, ptr %in, i64 %i
  %x = load i32, ptr %p
  %y = mul i32 %x, %k
  %q = getelementptr i32, ptr %out, i64 %i
  store i32 %y, ptr %q
  %next = add i64 %i, 1
  br label %head
exit:
  ret void
}
"""


def executable(features=None):
    machine = host_machine()
    return NativeExecutable(
        (NativeEntryPoint("double", (16, 16)),),
        compile_ir(DOUBLE) if features is None else b"not for this CPU",
        machine.cpu,
        machine.features if features is None else features,
        DOUBLE,
        machine.triple,
    )


@pytest.fixture
def device():
    return LocalSyncDevice(LoaderSet([NativeLoader()]))


@pytest.mark.parametrize("features", [None, "+a-feature-nobody-has"])
def test_runs_all_workgroups_in_one_call(device, features):
    loaded = device.create_executable(native_format(), memoryview(executable(features).encode()))
    source = device.allocator.allocate(48, 3075, 16)
    target = device.allocator.allocate(48, 3075, 32)
    source.write(0, struct.pack("4i", 1, 2, 3, 4))
    refs = BufferRef(0, source, 0, 16), BufferRef(0, target, 16, 16)
    device.submit(None, None, [Dispatch(loaded, loaded.lookup("double"), (2, 2, 1), (-3,), refs)])
    assert struct.unpack("8i", target.read()) == (0, 0, 0, 0, -3, -6, -9, -12)


def test_a_buffer_that_is_too_small_fails_the_fence_and_not_the_process(device):
    loaded = device.create_executable(native_format(), memoryview(executable().encode()))
    buffer = device.allocator.allocate(48, 3075, 12)
    ref = BufferRef(0, buffer, 0, -1)
    fence = Fence([(Semaphore(), 1)])
    device.submit(None, fence, [Dispatch(loaded, 0, (4, 1, 1), (2,), (ref, ref))])
    assert fence.query() == StatusCode.OUT_OF_RANGE
    with pytest.raises(
        StatusError, match="binding 0 of 'double' is 12 bytes long; the code uses 16"
    ):
        fence.wait()


def test_damaged_data_is_data_loss(device):
    with pytest.raises(StatusError) as error:
        device.create_executable(native_format(), memoryview(b"nonsense"))
    assert error.value.code == StatusCode.DATA_LOSS


def test_runs_on():
    assert runs_on("+avx2,-avx512f", "+avx2,+fma,+sse")
    assert not runs_on("+avx512f", "+avx2,-avx512f")
