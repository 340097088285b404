"""`ireelite.load` with several modules, of any kind, and with modules that are not trusted."""

from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite import runtime
from ireelite.loaders.native import NativeLoader
from ireelite.modules.python_module import PyModuleInterface
from ireelite.status import StatusCode, StatusError

GREETER = Path(__file__).parents[3] / "notebooks" / "samples" / "python_module" / "greeter.py"
PARTS = """
module @parts {
  func.func @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.add %x, %x : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
"""
WHOLE = """
module @whole {
  func.func private @parts.twice(tensor<4xf32>) -> tensor<4xf32>
  func.func private @numbers.next() -> i32
  func.func @run(%x: tensor<4xf32>) -> (tensor<4xf32>, i32) {
    %0 = call @parts.twice(%x) : (tensor<4xf32>) -> tensor<4xf32>
    %1 = call @numbers.next() : () -> i32
    return %0, %1 : tensor<4xf32>, i32
  }
}
"""
A = np.float32([1, 2, 3, 4])


class Numbers:
    def __init__(self, interface):
        self.last = 0

    def next(self):
        self.last += 1
        return self.last


def numbers():
    interface = PyModuleInterface("numbers", Numbers)
    interface.export("next", "0v_i", Numbers.next)
    return interface.create()


@pytest.fixture(scope="module")
def parts():
    return ireelite.compile(PARTS, targets=["vmvx"])


@pytest.fixture(scope="module")
def whole():
    return ireelite.compile(WHOLE, targets=["vmvx"])


def test_modules_in_order(parts, whole, tmp_path):
    """The last one's functions are the attributes; the others are found by name."""
    path = parts.save(tmp_path / "parts.vmfb")
    loaded = ireelite.load(numbers(), path, whole.data)
    doubled, count = loaded.run(A)
    assert (doubled.tolist(), count) == ([2, 4, 6, 8], 1)
    assert list(loaded.modules) == ["numbers", "parts", "whole"]
    assert loaded.modules["whole"] is loaded
    assert loaded.modules["parts"].twice(A).tolist() == [2, 4, 6, 8]
    assert loaded.modules["parts"].modules is loaded.modules
    assert loaded.modules["numbers"].next() == 2 and loaded.run(A)[1] == 3
    assert "next() -> (i32)" in repr(loaded.modules["numbers"])
    assert loaded.modules["numbers"].digest == ""


def test_each_call_of_load_is_a_context_of_its_own(parts, whole):
    shared = numbers()
    first, second = (ireelite.load(shared, parts, whole) for _ in range(2))
    assert [first.run(A)[1], first.run(A)[1], second.run(A)[1]] == [1, 2, 1]


def test_several_modules_leave_one_record(parts, whole):
    loaded = ireelite.load(numbers(), parts, whole, record=True)
    loaded.run(A)
    assert loaded.record == loaded.modules["parts"].record
    assert any(event.kind == "call_begin" for event in loaded.record.events)


def test_python_files_and_modules_of_the_runtime(capsys):
    loaded = ireelite.load(f"{GREETER}@create?greeting=hey")
    assert loaded.greet() == 1 and capsys.readouterr().out == "hey, visitor 1\n"
    interface = runtime.PyModuleInterface("numbers", Numbers)
    interface.export("next", "0v_i", Numbers.next)
    assert ireelite.load(interface.create()).next() == 1


def test_references_of_the_runtime_are_arguments():
    interface = runtime.PyModuleInterface("echo", lambda interface: None)
    interface.export("size", "0r_i", lambda state, ref: len(ref.deref(runtime.VmBuffer)))
    assert ireelite.load(interface.create()).size(runtime.VmBuffer(5)) == 5


def test_functions_with_spans_are_shown():
    interface = PyModuleInterface("spans", lambda interface: None)
    interface.export("count", "0CiD_i", lambda state, items: len(items))
    assert "count(input0: CiD)" in repr(ireelite.load(interface.create()))


def test_a_module_that_is_given_takes_the_place_of_one_of_the_runtime():
    source = """
    func.func private @hal_inline.count() -> i32
    func.func @main() -> i32 {
      %0 = call @hal_inline.count() : () -> i32
      return %0 : i32
    }"""
    program = ireelite.compile(source, execution_model="host-only")
    with pytest.raises(
        StatusError, match="NOT_FOUND; no function `count` exported by module 'hal_inline'"
    ):
        ireelite.load(program)
    interface = PyModuleInterface("hal_inline", lambda interface: None)
    interface.export("count", "0v_i", lambda state: 7)
    assert ireelite.load(interface.create(), program).main() == 7


def test_wrong_order_and_wrong_arguments(parts, whole):
    with pytest.raises(StatusError, match="NOT_FOUND; required module 'parts' not available"):
        ireelite.load(numbers(), whole, parts)
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; no module is given"):
        ireelite.load()
    with pytest.raises(StatusError, match="a device is named by device='webgpu'"):
        ireelite.load(parts, "webgpu")
    with pytest.raises(StatusError, match="are expected, not int"):
        ireelite.load(7)


def refused(*programs):
    with pytest.raises(StatusError) as caught:
        ireelite.load(*programs, trusted=False)
    assert caught.value.code == StatusCode.PERMISSION_DENIED
    return str(caught.value)


def test_untrusted_code_of_this_process_is_refused(tmp_path):
    assert "module 'numbers' is code of this process" in refused(numbers())
    assert "a Python module is code of this process" in refused(str(GREETER))
    library = tmp_path / "library.so"
    library.write_bytes(b"\x7fELF")
    assert "a dynamic module is native code" in refused(library)
    assert "a dynamic module is native code" in refused("nofile.so@create?a=b")


def test_untrusted_native_code_is_refused():
    program = ireelite.compile(PARTS, targets=["llvm-cpu"])
    assert ireelite.load(program).twice(A).tolist() == [2, 4, 6, 8]
    text = refused(program)
    assert "module 'parts' has native code only (ireelite-native-" in text
    assert "which is not run unless it is trusted" in text


def test_an_untrusted_module_runs_its_other_code(monkeypatch, parts):
    program = ireelite.compile(PARTS, targets=["llvm-cpu", "vmvx"])

    def load(*arguments):
        raise AssertionError("native code is loaded")

    monkeypatch.setattr(NativeLoader, "load", load)
    assert ireelite.load(program, trusted=False).twice(A).tolist() == [2, 4, 6, 8]
    assert ireelite.load(parts, trusted=False).twice(A).tolist() == [2, 4, 6, 8]


def test_an_untrusted_module_cannot_get_around_it():
    """A module that does not ask which formats there are, but creates an executable at once."""
    from ireelite.hal.device import Device
    from ireelite.linking import link, open_device
    from ireelite.vm.refs import Buffer

    device: Device = open_device("local-sync")
    native = next(iter(device.loaders.native_formats))
    context = link([_needs_hal()], [device], trusted=False)
    create = context.lookup_function("hal.executable.create")
    with pytest.raises(
        StatusError, match=r"PERMISSION_DENIED; executable format .* is native code"
    ):
        create(device, -1, Buffer(native.encode()), Buffer(b""), None)


def _needs_hal():
    from ireelite.bytecode.module_def import Dependency

    interface = PyModuleInterface("py", lambda interface: None, dependencies=[Dependency("hal")])
    return interface.create()
