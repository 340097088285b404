"""What a program keeps does not follow the caller's arrays, and results are the caller's alone."""

import numpy as np
import pytest

import ireelite
from ireelite import runtime
from ireelite.hal.host_memory import LentBuffer

COUNT = 300_000
SOURCE = f"""
util.global private mutable @state = dense<0.0> : tensor<{COUNT}xf32>
func.func @set(%a: tensor<{COUNT}xf32>) {{
  util.global.store %a, @state : tensor<{COUNT}xf32>
  return
}}
func.func @get() -> tensor<{COUNT}xf32> {{
  %0 = util.global.load @state : tensor<{COUNT}xf32>
  return %0 : tensor<{COUNT}xf32>
}}
func.func @both(%a: tensor<{COUNT}xf32>) -> (tensor<{COUNT}xf32>, tensor<{COUNT}xf32>) {{
  %0 = stablehlo.add %a, %a : tensor<{COUNT}xf32>
  return %0, %a : tensor<{COUNT}xf32>, tensor<{COUNT}xf32>
}}
func.func @add(%a: tensor<{COUNT}xf32>) -> tensor<{COUNT}xf32> {{
  %0 = stablehlo.add %a, %a : tensor<{COUNT}xf32>
  return %0 : tensor<{COUNT}xf32>
}}
"""
DEVICES = ["local-sync", "local-task"]


@pytest.fixture(scope="module")
def large():
    return ireelite.compile(SOURCE, targets=["vmvx"])


@pytest.fixture(scope="module")
def small():
    return ireelite.compile(SOURCE.replace(str(COUNT), "4"), targets=["vmvx"])


@pytest.fixture(params=["large", "small"])
def program(request):
    return request.getfixturevalue(request.param)


def new(program) -> np.ndarray:
    count = COUNT if str(COUNT) in program.functions["get"] else 4
    return np.arange(count, dtype=np.float32)


def facades(program, device):
    """Functions by name, with results as arrays, of the session and of the runtime package."""
    loaded = ireelite.load(program, device=device)
    module = runtime.load_vm_flatbuffer(program.data, driver=device)
    yield lambda name, *arguments: loaded[name](*arguments)
    yield lambda name, *arguments: host(getattr(module, name)(*arguments))


def aligned(array: np.ndarray) -> np.ndarray:
    """The same elements where a device can use them in place: NumPy's own memory is aligned to 16
    bytes, sometimes to more.
    """
    memory = np.empty(array.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def host(result):
    if isinstance(result, tuple):
        return tuple(map(host, result))
    return None if result is None else result.to_host()


@pytest.mark.parametrize("device", DEVICES)
def test_state_does_not_follow_the_callers_array(program, device):
    for call in facades(program, device):
        array = new(program)
        call("set", array)
        array[:] = -7
        np.testing.assert_array_equal(call("get"), new(program))


@pytest.mark.parametrize("device", DEVICES)
def test_state_does_not_follow_a_result_that_is_written(program, device):
    for call in facades(program, device):
        call("set", new(program))
        result = call("get")
        result[:] = 5
        np.testing.assert_array_equal(call("get"), new(program))


def test_a_part_of_an_array_that_is_kept_does_not_follow_it(large):
    device = ireelite.load(large).device
    array = aligned(np.arange(COUNT, dtype=np.float32))
    buffer = device.allocator.lend(48, 0xC03, array.view(np.uint8).data)
    assert isinstance(buffer, LentBuffer)
    part = buffer.subspan(400, 800).subspan(400, 80)
    buffer.keep()
    array[:] = -7
    assert np.frombuffer(part.read(), np.float32).tolist() == list(range(200, 220))
    assert np.frombuffer(buffer.read(), np.float32)[-1] == COUNT - 1
    part.write(0, np.float32(3).tobytes())
    assert np.frombuffer(buffer.read(800, 4), np.float32) == 3


def test_a_result_that_is_an_argument_is_a_copy(program):
    for call in facades(program, "local-sync"):
        array = new(program)
        total, same = call("both", array)
        same[:] = 9
        total[:] = 8
        np.testing.assert_array_equal(array, new(program))


def test_a_device_array_that_a_program_keeps_is_separate(large):
    module = runtime.load_vm_flatbuffer(large.data, driver="local-sync")
    for mapped_first in (False, True):
        result = module.add(new(large))
        before = result.to_host() if mapped_first else None
        module.set(result)
        after = result.to_host()
        assert before is None or before is after
        after[:] = 5
        np.testing.assert_array_equal(module.get().to_host(), 2 * new(large))
        same = module.both(result)[1].to_host()
        same[:] = 1
        assert (result.to_host() == 5).all()


@pytest.mark.parametrize("device", DEVICES)
def test_an_array_that_is_not_kept_is_not_copied(large, device, monkeypatch):
    kept = []
    monkeypatch.setattr(LentBuffer, "keep", lambda self: kept.append(self))
    module = ireelite.load(large, device=device)
    array = aligned(new(large))
    for _ in range(5):
        module.add(array)
        module.both(array)
    assert not kept
    module.set(array)
    assert len(kept) == 1


def test_a_call_that_fails_ends_the_loan_too(large):
    module = ireelite.load(large)
    array = new(large)
    with pytest.raises(ireelite.StatusError, match="input0"):
        module.set(array[:-1].copy())
    module.set(array)
    array[:] = 0
    np.testing.assert_array_equal(module.get(), new(large))


def test_a_debugger_holds_no_array_of_the_caller(large):
    module = ireelite.load(large)
    array = new(large)
    debugger = module.set.debug(array)
    array[:] = -7
    debugger.resume()
    np.testing.assert_array_equal(module.get(), new(large))


def test_a_recorded_call_copies_what_is_kept_alone(large, monkeypatch):
    kept = []
    original = LentBuffer.keep
    monkeypatch.setattr(LentBuffer, "keep", lambda self: (kept.append(self), original(self)))
    module = ireelite.load(large, record=True)
    array = aligned(new(large))
    module.add(array)
    assert not kept
    module.set(array)
    array[:] = -7
    assert len(kept) == 1
    np.testing.assert_array_equal(module.get(), new(large))
