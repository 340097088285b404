"""`load(..., trusted=False)`: whatever a module brings, no native code of it is run."""

import numpy as np
import pytest

import ireelite
from ireelite.executables.machine import native_format
from ireelite.linking import open_device
from ireelite.loaders.native import NativeLoader
from ireelite.loaders.vmvx import VmvxLoader
from ireelite.modules.hal import HalState
from ireelite.modules.python_module import PyModuleInterface
from ireelite.status import StatusError
from ireelite.vm.native import NativeState
from ireelite.vm.refs import Buffer

SOURCE = """
func.func @simple_mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
A, B = np.array([1, 2, 3, 4], np.float32), np.array([2, 2, 2, 3], np.float32)


@pytest.fixture(scope="module")
def all_variants():
    return ireelite.compile(SOURCE)


@pytest.fixture
def loaded(monkeypatch) -> list[str]:
    """The formats that were given to loaders of CPU code, in order."""
    formats: list[str] = []
    for loader in (NativeLoader, VmvxLoader):

        def spying(self, format, data, constants, load=loader.load):
            formats.append(format)
            return load(self, format, data, constants)

        monkeypatch.setattr(loader, "load", spying)
    return formats


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_a_module_of_three_variants_runs_its_bytecode(all_variants, loaded, device):
    untrusted = ireelite.load(all_variants, device=device, trusted=False)
    assert untrusted.simple_mul(A, B).tolist() == [2, 4, 6, 12]
    assert loaded == ["vmvx-bytecode-fb"]
    # The device is the same one; who trusts a module has its native code as before.
    assert ireelite.load(all_variants, device=device).simple_mul(A, B).tolist() == [2, 4, 6, 12]
    assert loaded == ["vmvx-bytecode-fb", native_format()]


def test_a_fork_is_trusted_no_more(all_variants, loaded):
    fork = ireelite.load(all_variants, trusted=False).fork()
    assert fork.simple_mul(A, B).tolist() == [2, 4, 6, 12]
    hal = fork._context.states["hal"]
    assert isinstance(hal, NativeState) and hal.state.refused is not None
    with pytest.raises(StatusError, match="PERMISSION_DENIED"):
        hal.state.executable_create(
            fork.device, -1, Buffer(native_format().encode()), Buffer(b""), None
        )
    assert loaded == ["vmvx-bytecode-fb"]


@pytest.mark.webgpu
def test_shaders_are_run(all_variants):
    untrusted = ireelite.load(all_variants, device="webgpu", trusted=False)
    assert untrusted.simple_mul(A, B).tolist() == [2, 4, 6, 12]


def test_a_module_of_native_code_alone_is_refused_in_words(loaded):
    program = ireelite.compile(SOURCE, targets=["llvm-cpu"])
    with pytest.raises(StatusError) as error:
        ireelite.load(program, trusted=False)
    assert str(error.value) == (
        f"PERMISSION_DENIED; module 'module' has native code only ({native_format()}), "
        "which is not run unless it is trusted"
    )
    assert loaded == []


def test_native_code_is_refused_to_a_program_that_does_not_ask_first(loaded):
    device = open_device("local-sync")
    state = HalState([device], None, set())
    assert native_format() in device.loaders.native_formats
    for format in sorted(device.loaders.native_formats):
        with pytest.raises(StatusError, match=f"PERMISSION_DENIED; .*'{format}' is native code"):
            state.executable_create(device, -1, Buffer(format.encode()), Buffer(b"\x7fELF"), None)
    assert loaded == []


def test_what_an_untrusted_program_is_told_of_formats():
    device = open_device("local-sync")
    state = HalState([device], None, set())
    trusting = HalState([device])

    def accepts(of: HalState, format: str) -> int:
        category = Buffer(b"hal.executable.format")
        return of.device_query_i64(device, category, Buffer(format.encode()))[1]

    for format in (native_format(), "ireelite-native-*", "embedded-elf-*"):
        assert accepts(state, format) == 0
    assert accepts(state, "vmvx-bytecode-fb") == accepts(state, "*") == 1
    assert accepts(trusting, native_format()) == 1


def test_modules_of_python_are_refused(all_variants):
    module = PyModuleInterface("mine", lambda interface: None).create()
    with pytest.raises(
        StatusError, match="PERMISSION_DENIED; module 'mine' is code of this process"
    ):
        ireelite.load(module, all_variants, trusted=False)
