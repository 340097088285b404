"""The SPIR-V loader: pipelines, push constants, refusal of what naga gets wrong."""

import struct
from dataclasses import replace

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.executables.vke1 import MAGIC, decode_vke1, encode_vke1
from ireelite.hal.command_buffer import BufferRef, Dispatch
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.session import open_device
from ireelite.status import StatusCode, StatusError

pytestmark = pytest.mark.webgpu

SOURCE = """
func.func @add(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.add %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
FORMAT = "vulkan-spirv-fb"


@pytest.fixture(scope="module")
def device():
    return open_device("webgpu")


@pytest.fixture(scope="module")
def blob():
    module = decode_module(ireelite.compile(SOURCE, targets=["vulkan-spirv"]).data)
    return next(bytes(row.data) for row in module.rodata if bytes(row.data[:4]) == MAGIC)


def buffers(device, *contents):
    made = []
    for content in contents:
        buffer = device.allocator.allocate(48, 3075, 4 * len(content))
        buffer.write(0, np.array(content, np.float32))
        made.append(buffer)
    return made


def run(device, dispatch):
    done = Fence([(Semaphore(), 1)])
    device.submit(None, done, [dispatch])
    done.wait(60)


def test_dispatch(device, blob):
    executable = device.create_executable(FORMAT, memoryview(blob))
    a, b, c = buffers(device, [1, 2, 3, 4], [10, 20, 30, 40], [0] * 4)
    refs = tuple(BufferRef(0, buffer, 0, 16) for buffer in (a, b, c))
    run(device, Dispatch(executable, 0, (4, 1, 1), (), refs))
    assert np.frombuffer(c.read(), np.float32).tolist() == [11, 22, 33, 44]


def test_bindings_at_any_multiple_of_four(device, blob):
    executable = device.create_executable(FORMAT, memoryview(blob))
    (slab,) = buffers(device, range(64))
    refs = BufferRef(0, slab, 4, 16), BufferRef(0, slab, 36, 16), BufferRef(0, slab, 212, 16)
    run(device, Dispatch(executable, 0, (4, 1, 1), (), refs))
    expected = np.arange(64, dtype=np.float32)
    expected[53:57] = [10, 12, 14, 16]
    assert np.frombuffer(slab.read(), np.float32).tolist() == expected.tolist()


def test_what_does_not_fit_fails_the_fence_and_not_the_process(device, blob):
    executable = device.create_executable(FORMAT, memoryview(blob))
    (buffer,) = buffers(device, [1, 2, 3, 4])
    ref = BufferRef(0, buffer, 0, 16)
    for dispatch, message in (
        (Dispatch(executable, 0, (4, 1, 1), (), (ref,)), "takes 3 bindings but 1"),
        (Dispatch(executable, 0, (4, 1, 1), (1, 2), (ref,) * 3), "takes 0 constants but 2"),
        (Dispatch(executable, 0, (70000, 1, 1), (), (ref,) * 3), "70000x1x1 workgroups"),
        (
            Dispatch(executable, 0, (4, 1, 1), (), (BufferRef(0, buffer, 2, 8),) * 3),
            "not a multiple of 4",
        ),
        (
            Dispatch(executable, 0, (4, 1, 1), (), (BufferRef(0, buffer, 0, 8),) * 3),
            "INVALID_ARGUMENT; .*bound with size 8 where the shader expects 16",
        ),
    ):
        with pytest.raises(StatusError, match=message):
            run(device, dispatch)


def test_damaged_and_refused_code(device, blob):
    with pytest.raises(StatusError, match="DATA_LOSS"):
        device.create_executable(FORMAT, memoryview(blob[:40]))
    executable = decode_vke1(blob)
    words = list(struct.unpack(f"<{len(executable.shaders[0]) // 4}I", executable.shaders[0]))
    add = next(n for n, word in enumerate(words) if word == 5 << 16 | 129)  # OpFAdd
    words[add + 3] = 60000  # no such operand
    bad = replace(executable, shaders=(struct.pack(f"<{len(words)}I", *words),))
    with pytest.raises(StatusError, match="creating pipeline"):
        device.create_executable(FORMAT, memoryview(encode_vke1(bad)))


def with_opcode(blob, before, after):
    """The executable with the only instruction of an opcode replaced by one of the same form."""
    executable = decode_vke1(blob)
    words = list(struct.unpack(f"<{len(executable.shaders[0]) // 4}I", executable.shaders[0]))
    places = [n for n, word in enumerate(words) if word == 5 << 16 | before]
    words[places[-1]] = 5 << 16 | after
    changed = replace(executable, shaders=(struct.pack(f"<{len(words)}I", *words),))
    return memoryview(encode_vke1(changed))


def test_what_cannot_be_rewritten_is_refused(device, blob):
    with pytest.raises(StatusError, match="OpSDot") as error:
        device.create_executable(FORMAT, with_opcode(blob, 129, 4450))
    assert error.value.code == StatusCode.UNIMPLEMENTED


def test_what_naga_miscompiles_is_rewritten(device):
    """OpSMod, which naga computes in floats, in the place of an addition."""
    text = SOURCE.replace("xf32", "xi32").replace("add", "subtract")
    module = decode_module(ireelite.compile(text, targets=["vulkan-spirv"]).data)
    shader = next(bytes(row.data) for row in module.rodata if bytes(row.data[:4]) == MAGIC)
    executable = device.create_executable(FORMAT, with_opcode(shader, 130, 139))
    made = buffers(device, [0] * 4, [0] * 4, [0] * 4)
    made[0].write(0, np.array([2147483647, -7, 7, -100], np.int32))
    made[1].write(0, np.array([5, 3, -3, 7], np.int32))
    refs = tuple(BufferRef(0, buffer, 0, 16) for buffer in made)
    run(device, Dispatch(executable, 0, (4, 1, 1), (), refs))
    assert np.frombuffer(made[2].read(), np.int32).tolist() == [2, 2, -2, 5]
