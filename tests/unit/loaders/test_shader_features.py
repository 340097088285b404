"""Programs of f64 and i64 on WebGPU devices that have those types, and on some that have not."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.decode import decode_module
from ireelite.call_queue import CallQueue
from ireelite.executables.vke1 import MAGIC
from ireelite.hal.executable import LoaderSet
from ireelite.linking import link, open_device, read_module
from ireelite.session import LoadedModule
from ireelite.status import StatusError

pytestmark = pytest.mark.webgpu

F64 = """
func.func @main(%a: tensor<4xf64>) -> tensor<4xf64> {
  %0 = stablehlo.exponential %a : tensor<4xf64>
  return %0 : tensor<4xf64>
}
"""
I64 = """
func.func @main(%a: tensor<4xi64>) -> tensor<4xi64> {
  %0 = stablehlo.multiply %a, %a : tensor<4xi64>
  return %0 : tensor<4xi64>
}
"""
X = np.array([0.0, 1.0, -2.5, 709.0])


def device_without(*features: str):
    from ireelite.hal.drivers.webgpu import WebGpuDevice
    from ireelite.hal.drivers.webgpu_gpu import WANTED_FEATURES, Gpu, adapters
    from ireelite.loaders import gpu_loaders

    gpu = Gpu(adapters()[0], set(WANTED_FEATURES) - {*features})
    return WebGpuDevice(gpu, LoaderSet(gpu_loaders(gpu)))


@pytest.fixture(scope="module")
def plain():
    """A device that computes in 32 bits alone."""
    return device_without("shader-f64", "shader-int64", "shader-f16")


def test_a_device_answers_which_features_it_has(plain):
    keys = ("shader_float16", "shader_float64", "shader_int64")
    whole = open_device("webgpu")
    assert [plain.query_i64("vulkan.feature", key) for key in keys] == [0, 0, 0]
    assert [whole.query_i64("vulkan.feature", key) for key in keys] == [1, 1, 1]
    assert plain.query_i64("vulkan.feature", "shader_float128") is None
    assert plain.query_i64("hal.executable.format", "vulkan-spirv-fb") == 1


def test_f64_is_refused_before_anything_runs(plain):
    program = ireelite.compile(F64, targets=["vulkan-spirv"])
    with pytest.raises(StatusError) as caught:
        ireelite.load(program, device=plain)
    text = str(caught.value)
    assert text.startswith("INCOMPATIBLE; HAL device `__device_0` not found or unavailable: ")
    assert "vulkan-spirv here is for devices with " in text
    assert (
        "vulkan.feature/shader_int64, vulkan.feature/shader_float64; 'math.exp' on f64 (in " in text
    )
    assert "; llvm-cpu and vmvx have f64 on every device" in text


def test_i64_is_refused_before_anything_runs(plain):
    program = ireelite.compile(I64, targets=["vulkan-spirv"])
    with pytest.raises(StatusError, match=r"^INCOMPATIBLE; .* with vulkan.feature/shader_int64"):
        ireelite.load(program, device=plain)


def test_a_program_of_32_bits_needs_no_feature(plain):
    source = F64.replace("f64", "f32")
    program = ireelite.compile(source, targets=["vulkan-spirv"])
    module = ireelite.load(program, device=plain)
    x = X.astype(np.float32)[:3]
    got = module.main(np.append(x, np.float32(88)))
    np.testing.assert_allclose(got[:3], np.exp(x), rtol=1e-6)


@pytest.mark.parametrize(("targets", "at"), [(["vmvx", "vulkan-spirv"], 1), (["vulkan-spirv"], 2)])
def test_another_variant_or_device_runs_it(plain, targets, at):
    """The first device lacks f64; the second has another variant, the third has f64."""
    devices = [plain, open_device("local-sync"), open_device("webgpu")]
    module = read_module(ireelite.compile(F64, targets=targets))
    context = link([module], devices)
    loaded = LoadedModule(module, context, devices, None, {}, {}, CallQueue())
    assert loaded.device is devices[at]
    np.testing.assert_allclose(loaded.main(X), np.exp(X), rtol=1e-15)


def test_an_executable_by_itself_is_refused(plain):
    module = decode_module(ireelite.compile(F64, targets=["vulkan-spirv"]).data)
    blob = next(row.data for row in module.rodata if bytes(row.data[:4]) == MAGIC)
    with pytest.raises(StatusError, match=r"^INCOMPATIBLE; the shader computes in [fi]64 \(SPIR-V"):
        plain.create_executable("vulkan-spirv-fb", memoryview(bytes(blob)))
