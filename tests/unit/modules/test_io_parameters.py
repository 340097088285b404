"""The `io_parameters` module: values gathered into ranges of a buffer, and scattered from them."""

import struct

import numpy as np
import pytest

from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.lowering.vm.hal_imports import ANY_AFFINITY, DEVICE_LOCAL, TRANSFER_AND_STORAGE
from ireelite.modules.io_parameters import io_parameters_module
from ireelite.parameters import ParameterIndex, read_index, save_archive
from ireelite.parameters.sources import as_parameter
from ireelite.status import StatusCode, StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.refs import Buffer as VmBuffer

A, B = np.arange(8, dtype=np.uint8), np.arange(100, 104, dtype=np.uint8)


@pytest.fixture
def device():
    return LocalSyncDevice(LoaderSet([]))


@pytest.fixture
def buffer(device):
    return device.allocator.allocate(DEVICE_LOCAL, TRANSFER_AND_STORAGE, 16)


def moved(device, index, name, buffer, spans, done=None):
    """Calls `gather` or `scatter` for (key, offset in it, offset in the buffer, length), and waits
    for its signal fence `done`.
    """
    functions = Context(Instance(), [io_parameters_module({"model": index})])
    keys = [key.encode() for key, *_ in spans]
    starts = [sum(map(len, keys[:n])) for n in range(len(keys))]
    tables = [
        b"".join(struct.pack("<II", at, len(key)) for at, key in zip(starts, keys, strict=True)),
        b"".join(keys),
        b"".join(struct.pack("<QQQ", *span[1:]) for span in spans),
    ]
    scope, parts = VmBuffer(b"model"), [VmBuffer(table) for table in tables]
    done = done or Fence([(Semaphore(), 1)])
    between = (scope, buffer) if name == "gather" else (buffer, scope)
    call = functions.lookup_function(f"io_parameters.{name}")
    call(device, ANY_AFFINITY, None, done, *between, *parts)
    done.wait()


def index_of(**values):
    index = ParameterIndex()
    for key, value in values.items():
        index.add(as_parameter(key, value))
    return index


def test_ranges_are_gathered(device, buffer):
    moved(device, index_of(a=A, b=B), "gather", buffer, [("a", 2, 4, 3), ("b", 0, 0, 4)])
    assert bytes(buffer.read(0, 8)) == bytes([100, 101, 102, 103, 2, 3, 4, 0])


def test_ranges_are_scattered_to_arrays_and_files(device, buffer, tmp_path):
    moved(device, index_of(a=A), "gather", buffer, [("a", 0, 0, 8)])
    target = np.zeros(4, np.uint8)
    moved(device, index_of(b=target), "scatter", buffer, [("b", 1, 5, 2)])
    assert target.tolist() == [0, 5, 6, 0]
    save_archive(tmp_path / "b.irpa", {"b": B})
    index = read_index(tmp_path / "b.irpa", mode="r+")
    moved(device, index, "scatter", buffer, [("b", 0, 6, 2)])
    assert read_index(tmp_path / "b.irpa")["b"].read() == bytes([6, 7, 102, 103])


def test_refusals_fail_the_fence_and_write_nothing(device, buffer, tmp_path):
    save_archive(tmp_path / "b.irpa", {"b": B})
    for index, name, span, code, words in [
        (index_of(a=A), "gather", ("a", 6, 0, 4), StatusCode.OUT_OF_RANGE, "has 8 bytes"),
        (index_of(a=A), "gather", ("c", 0, 0, 4), StatusCode.NOT_FOUND, "no parameter 'c'"),
        (index_of(a=A), "gather", ("a", 0, 12, 8), StatusCode.OUT_OF_RANGE, ""),
        (
            read_index(tmp_path / "b.irpa"),
            "scatter",
            ("b", 0, 0, 4),
            StatusCode.PERMISSION_DENIED,
            "r+",
        ),
    ]:
        done = Fence([(Semaphore(), 1)])
        with pytest.raises(StatusError) as caught:
            moved(device, index, name, buffer, [span], done)
        assert caught.value.code is done.query() is code and words in str(caught.value)
    assert bytes(buffer.read()) == bytes(16)
