"""Upstream IREE reads the shader's text and runs the module that is made of it."""

import subprocess

import numpy as np
import pytest

from ireelite.executables.spirv_decode import decode_spirv
from ireelite.executables.vke1 import decode_vke1
from ireelite.tools.compile import main as compile_main

pytestmark = pytest.mark.interop

SOFTMAX = """
func.func @softmax(%x: tensor<8x100xf32>) -> tensor<8x100xf32> {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %max = stablehlo.reduce(%x init: %low) applies stablehlo.maximum across dimensions = [1]
      : (tensor<8x100xf32>, tensor<f32>) -> tensor<8xf32>
  %maxes = stablehlo.broadcast_in_dim %max, dims = [0] : (tensor<8xf32>) -> tensor<8x100xf32>
  %shifted = stablehlo.subtract %x, %maxes : tensor<8x100xf32>
  %e = stablehlo.exponential %shifted : tensor<8x100xf32>
  %sum = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [1]
      : (tensor<8x100xf32>, tensor<f32>) -> tensor<8xf32>
  %sums = stablehlo.broadcast_in_dim %sum, dims = [0] : (tensor<8xf32>) -> tensor<8x100xf32>
  %r = stablehlo.divide %e, %sums : tensor<8x100xf32>
  return %r : tensor<8x100xf32>
}"""


@pytest.mark.webgpu
def test_upstreams_vulkan_runs_our_module(tmp_path):
    source, module, x = tmp_path / "softmax.mlir", tmp_path / "softmax.vmfb", tmp_path / "x.npy"
    source.write_text(SOFTMAX)
    values = np.random.default_rng(0).normal(size=(8, 100)).astype(np.float32)
    np.save(x, values)
    compile_main(["--iree-hal-target-device=vulkan", str(source), "-o", str(module)])
    command = ["iree-run-module", "--device=vulkan", f"--module={module}", "--function=softmax"]
    command += [f"--input=@{x}", f"--output=@{tmp_path / 'y.npy'}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    e = np.exp(values - values.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        np.load(tmp_path / "y.npy"), e / e.sum(axis=1, keepdims=True), rtol=1e-5
    )


def test_upstreams_mlir_reads_our_text(shaders):
    body = """
        %zero = arith.constant 0.0 : f32
        %sum = scf.for %k = %c0 to %c33 step %c1 iter_args(%acc = %zero) -> (f32) {
          %x = memref.load %a0[%i0, %k] : T0
          %y = math.log %x : f32
          %positive = arith.cmpf ugt, %y, %zero : f32
          %z = scf.if %positive -> (f32) { scf.yield %x : f32 } else { scf.yield %y : f32 }
          %next = arith.maximumf %acc, %z : f32
          memref.store %positive, %a2[%i0, %k] : T2
          scf.yield %next : f32
        }
        memref.store %sum, %a1[%i0] : T1"""
    buffers = np.zeros((70, 33), np.float32), np.zeros(70, np.float32), np.zeros((70, 33), bool)
    text = str(shaders.lower(shaders.kernel_text(buffers, (70,), body)))
    read = subprocess.run(
        ["iree-opt", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr
    assert "spirv.mlir.loop -> f32" in read.stdout


def test_an_executable_of_upstream_is_read(tmp_path):
    source, module = tmp_path / "softmax.mlir", tmp_path / "softmax.vmfb"
    source.write_text(SOFTMAX)
    flags = ["--iree-hal-target-device=vulkan", "--iree-input-type=stablehlo"]
    subprocess.run(
        ["iree-compile", *flags, str(source), "-o", str(module)], check=True, capture_output=True
    )
    data = module.read_bytes()
    executable = decode_vke1(data[data.index(b"VKE1\0\0\0\0") :])
    assert executable.pipelines
    for pipeline in executable.pipelines:
        assert [binding.binding for binding in pipeline.sets[0]] == list(
            range(len(pipeline.sets[0]))
        )
        names = [
            i.operands[2]
            for i in decode_spirv(executable.shaders[pipeline.shader]).instructions
            if i.opcode.name == "OpEntryPoint"
        ]
        assert names == [pipeline.entry_point]
