"""Tiles of shaders on a GPU against NumPy: every kind, sizes that do not come out even, narrow types,
every schedule."""

import re

import numpy as np
import pytest

import ireelite
from ireelite.lowering.schedules.shader_schedules import SHADER_SCHEDULES
from ireelite.status import StatusError

pytestmark = pytest.mark.webgpu

PROGRAMS = """
func.func @sum(%a: tensor<33x64xf32>, %b: tensor<33x64xf32>) -> tensor<33x64xf32> {
  %r = stablehlo.add %a, %b : tensor<33x64xf32>
  return %r : tensor<33x64xf32>
}
func.func @odd(%a: tensor<1037xf32>) -> tensor<1037xf32> {
  %r = stablehlo.negate %a : tensor<1037xf32>
  return %r : tensor<1037xf32>
}
func.func @bytes(%a: tensor<32x36xi8>, %b: tensor<32x36xi8>) -> tensor<32x36xi8> {
  %r = stablehlo.add %a, %b : tensor<32x36xi8>
  return %r : tensor<32x36xi8>
}
func.func @odd_bytes(%a: tensor<32x37xi8>) -> tensor<32x37xi8> {
  %r = stablehlo.not %a : tensor<32x37xi8>
  return %r : tensor<32x37xi8>
}
func.func @halves(%a: tensor<1500xf16>) -> tensor<1500xf16> {
  %r = stablehlo.multiply %a, %a : tensor<1500xf16>
  return %r : tensor<1500xf16>
}
func.func @truths(%a: tensor<1024xf32>, %b: tensor<1024xf32>) -> tensor<1024xi1> {
  %r = stablehlo.compare LT, %a, %b : (tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xi1>
  return %r : tensor<1024xi1>
}
func.func @chosen(%c: tensor<1024xi1>, %a: tensor<1024xf32>) -> tensor<1024xf32> {
  %n = stablehlo.negate %a : tensor<1024xf32>
  %r = stablehlo.select %c, %a, %n : tensor<1024xi1>, tensor<1024xf32>
  return %r : tensor<1024xf32>
}
func.func @transposed(%a: tensor<3x36x44xf32>) -> tensor<3x44x36xf32> {
  %r = stablehlo.transpose %a, dims = [0, 2, 1] : (tensor<3x36x44xf32>) -> tensor<3x44x36xf32>
  return %r : tensor<3x44x36xf32>
}
func.func @product(%a: tensor<40x24xf32>, %b: tensor<24x56xf32>) -> tensor<40x56xf32> {
  %r = stablehlo.dot %a, %b : (tensor<40x24xf32>, tensor<24x56xf32>) -> tensor<40x56xf32>
  return %r : tensor<40x56xf32>
}
func.func @odd_product(%a: tensor<41x23xf32>, %b: tensor<23x57xf32>) -> tensor<41x57xf32> {
  %r = stablehlo.dot %a, %b : (tensor<41x23xf32>, tensor<23x57xf32>) -> tensor<41x57xf32>
  return %r : tensor<41x57xf32>
}
func.func @doubles(%a: tensor<40x24xf64>, %b: tensor<24x56xf64>) -> tensor<40x56xf64> {
  %r = stablehlo.dot %a, %b : (tensor<40x24xf64>, tensor<24x56xf64>) -> tensor<40x56xf64>
  return %r : tensor<40x56xf64>
}
func.func @softmax(%a: tensor<40x28xf32>) -> tensor<40x28xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %e = stablehlo.exponential %a : tensor<40x28xf32>
  %s = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [1]
    : (tensor<40x28xf32>, tensor<f32>) -> tensor<40xf32>
  %b = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<40xf32>) -> tensor<40x28xf32>
  %r = stablehlo.divide %e, %b : tensor<40x28xf32>
  return %r : tensor<40x28xf32>
}
"""
CASES = {
    "sum": lambda a, b: a + b,
    "odd": np.negative,
    "bytes": lambda a, b: a + b,
    "odd_bytes": np.invert,
    "halves": lambda a: a * a,
    "truths": np.less,
    "chosen": lambda c, a: np.where(c, a, -a),
    "transposed": lambda a: a.transpose(0, 2, 1),
    "product": np.matmul,
    "odd_product": np.matmul,
    "doubles": np.matmul,
    "softmax": lambda a: np.exp(a) / np.exp(a).sum(1, keepdims=True),
}


NUMPY = {"f32": "f4", "f64": "f8", "f16": "f2", "i8": "i1", "i1": "?"}


def operands(name: str) -> list[np.ndarray]:
    head = re.search(rf"@{name}\((.*?)\) ->", PROGRAMS)
    assert head is not None
    generator = np.random.default_rng(0)
    found = re.findall(r"tensor<([\dx]+)x(\w+)>", head[1])
    shapes = [([int(extent) for extent in dims.split("x")], NUMPY[kind]) for dims, kind in found]
    return [(generator.normal(size=shape) * 20).astype(kind) for shape, kind in shapes]


@pytest.fixture(scope="module", params=sorted(SHADER_SCHEDULES))
def tiled(request):
    program = ireelite.compile(PROGRAMS, targets=["vulkan-spirv"], vulkan_target=request.param)
    return ireelite.load(program, device="webgpu")


@pytest.mark.parametrize("name", sorted(CASES))
def test_tiles_compute_what_plain_loops_do(tiled, name):
    function = getattr(tiled, name)
    inputs = operands(name)
    expected = CASES[name](*inputs)
    np.testing.assert_allclose(np.asarray(function(*inputs)), expected, rtol=1e-5, atol=1e-3)


def test_a_stage_shows_the_tiles():
    program = ireelite.compile(PROGRAMS, targets=["vulkan-spirv"], vulkan_target="lavapipe")
    text = program.ir("schedules", elide=False)
    assert 'mapping = ["unroll", "lanes"]' in text
    plain = ireelite.compile(PROGRAMS, targets=["vulkan-spirv"], schedule="plain")
    assert "mapping" not in plain.ir("schedules", elide=False)


def test_an_unknown_device_is_refused():
    with pytest.raises(StatusError, match="Vulkan target"):
        ireelite.compile(PROGRAMS, targets=["vulkan-spirv"], vulkan_target="toaster")


def test_points_with_functions_are_fewer():
    text = """func.func @main(%a: tensor<4096xf32>) -> tensor<4096xf32> {{
      %b = stablehlo.{} %a : tensor<4096xf32>
      %c = stablehlo.{} %b : tensor<4096xf32>
      return %c : tensor<4096xf32>
    }}"""
    for names, points in ((("negate", "tanh"), 16), (("tanh", "exponential"), 8)):
        program = ireelite.compile(
            text.format(*names), targets=["vulkan-spirv"], vulkan_target="lavapipe", record=True
        )
        assert f"arith.constant {points} : index" in program.ir("schedules"), names
