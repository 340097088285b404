"""The vmvx loader: entry points of a VM module, called once a workgroup."""

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module
from ireelite.hal.command_buffer import BufferRef, Dispatch
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.loaders.vmvx import VmvxLoader
from ireelite.status import StatusCode, StatusError

SOURCE = """
func.func @negate(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.negate %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
FORMAT = "vmvx-bytecode-fb"


@pytest.fixture(scope="module")
def blob():
    """The executable in a module made for vmvx alone: the one rodata that is a module itself."""
    module = decode_module(ireelite.compile(SOURCE, targets=["vmvx"]).data)
    return max((row.data for row in module.rodata), key=len)


@pytest.fixture
def device():
    return LocalSyncDevice(LoaderSet([VmvxLoader()]))


def test_runs_every_workgroup(device, blob):
    executable = device.create_executable(FORMAT, blob)
    assert len(executable.entry_points) == 1
    source, target = (device.allocator.allocate(48, 3075, 16) for _ in range(2))
    source.write(0, np.array([1, -2, 3, 4], np.float32))
    refs = BufferRef(0, source, 0, 16), BufferRef(0, target, 0, 16)
    device.submit(None, None, [Dispatch(executable, 0, (4, 1, 1), (), refs)])
    assert np.frombuffer(target.read(), np.float32).tolist() == [-1, 2, -3, -4]


def test_a_buffer_that_is_too_small_fails_the_fence(device, blob):
    executable = device.create_executable(FORMAT, blob)
    buffer = device.allocator.allocate(48, 3075, 8)
    ref = BufferRef(0, buffer, 0, -1)
    done = Fence([(Semaphore(), 1)])
    device.submit(None, done, [Dispatch(executable, 0, (4, 1, 1), (), (ref, ref))])
    assert done.query() == StatusCode.OUT_OF_RANGE
    with pytest.raises(StatusError, match=f"while dispatching '{executable.entry_points[0]}'"):
        done.wait()


def test_names_and_data_are_checked(device, blob):
    executable = device.create_executable(FORMAT, blob)
    with pytest.raises(StatusError, match="NOT_FOUND; no function `nope` in executable"):
        executable.lookup("nope")
    with pytest.raises(StatusError):
        device.create_executable(FORMAT, memoryview(b"not a module"))
    with pytest.raises(
        StatusError, match="NOT_FOUND; no executable loader registered for format 'vmvx-bytecode'"
    ):
        device.create_executable("vmvx-bytecode", blob)


def test_a_module_that_is_no_executable_is_refused(device):
    program = ireelite.compile(SOURCE, targets=["vmvx"])
    with pytest.raises(StatusError):
        device.create_executable(FORMAT, memoryview(program.data))


@pytest.mark.parametrize("key", ["binding_count", "local_memory"])
@pytest.mark.parametrize("number", ["", "-1", "two", "9" * 30])
def test_numbers_of_an_entry_point_are_checked(device, blob, key, number):
    module = decode_module(blob)
    for export in module.exports:
        signature = module.functions[export.ordinal].signature
        signature.attrs[key] = number
    with pytest.raises(StatusError, match=f"INVALID_ARGUMENT; .* has the {key} '{number}'; a num"):
        device.create_executable(FORMAT, memoryview(encode_module(module).data))
