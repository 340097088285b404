"""Values that shaders compute again: which loops lose their store, and which keep it."""

import numpy as np
import pytest
from xdsl.dialects import func, memref

import ireelite
from ireelite.lowering.schedules.recompute import recompute
from ireelite.syntax.parser import parse_module

KERNEL = """
func.func @softmax(%a: memref<4x8xf32>, %b: memref<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  "scf.parallel"(%c0, %c4, %c1) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%i: index):
    scf.for %j = %c0 to %c8 step %c1 {
      %x = memref.load %a[%i, %j] : memref<4x8xf32>
      FUNCTION
      memref.store %e, %b[%i, %j] : memref<4x8xf32>
    }
    %sum = scf.for %k = %c0 to SUMMED step %c1 iter_args(%acc = %zero) -> (f32) {
      %y = memref.load %b[%i, %k] : memref<4x8xf32>
      %next = arith.addf %acc, %y : f32
      scf.yield %next : f32
    }
    scf.for %l = %c0 to OVERWRITTEN step %c1 {
      %z = memref.load %b[%i, PLACE] : memref<4x8xf32>
      %q = arith.divf %z, %sum : f32
      memref.store %q, %b[%i, %l] : memref<4x8xf32>
    }
    scf.reduce
  }) : (index, index, index) -> ()
  func.return
}
"""
EXP = "%e = math.exp %x : f32"
CASES = {
    "again": {},
    "shorter sum": {"SUMMED": "%c4"},
    "not all overwritten": {"OVERWRITTEN": "%c4"},
    "another place": {"PLACE": "%c0"},
    "two functions": {"FUNCTION": f"%g = math.sqrt %x : f32\n{EXP.replace('%x', '%g')}"},
    "a long function": {"FUNCTION": EXP.replace("exp", "erf")},
    "of what is stored": {"FUNCTION": f"memref.store %x, %a[%i, %c0] : memref<4x8xf32>\n{EXP}"},
}


def scheduled(changes: dict[str, str]) -> func.FuncOp:
    words = {"FUNCTION": EXP, "SUMMED": "%c8", "OVERWRITTEN": "%c8", "PLACE": "%l"} | changes
    text = KERNEL
    for word, replacement in words.items():
        text = text.replace(word, replacement)
    module = parse_module(text)
    kernel = next(op for op in module.walk() if isinstance(op, func.FuncOp))
    recompute(kernel, None)
    module.verify()
    return kernel


@pytest.mark.parametrize("name", CASES)
def test_loops_that_lose_their_store(name):
    kernel = scheduled(CASES[name])
    stores = sum(isinstance(op, memref.StoreOp) for op in kernel.walk())
    functions = sum(op.name in ("math.exp", "math.erf") for op in kernel.walk())
    loads_of_result = sum(
        isinstance(op, memref.LoadOp) and op.memref is kernel.args[1] for op in kernel.walk()
    )
    if name == "again":
        assert (stores, functions, loads_of_result) == (1, 2, 0)
    else:
        assert stores >= 2 and functions == 1 and loads_of_result == 2


ROWS = """
func.func @main(%x: tensor<37x24xf32>) -> (tensor<37x24xf32>, tensor<37x24xf32>) {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %m = stablehlo.reduce(%x init: %low) applies stablehlo.maximum across dimensions = [1]
    : (tensor<37x24xf32>, tensor<f32>) -> tensor<37xf32>
  %mb = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<37xf32>) -> tensor<37x24xf32>
  %d = stablehlo.subtract %x, %mb : tensor<37x24xf32>
  %e = stablehlo.exponential %d : tensor<37x24xf32>
  %s = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [1]
    : (tensor<37x24xf32>, tensor<f32>) -> tensor<37xf32>
  %sb = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<37xf32>) -> tensor<37x24xf32>
  %q = stablehlo.divide %e, %sb : tensor<37x24xf32>
  %t = stablehlo.tanh %x : tensor<37x24xf32>
  %u = stablehlo.maximum %t, %x : tensor<37x24xf32>
  return %q, %u : tensor<37x24xf32>, tensor<37x24xf32>
}
"""


@pytest.mark.webgpu
def test_schedules_on_and_off_compute_the_same():
    x = np.random.default_rng(4).normal(size=(37, 24)).astype(np.float32)
    x[3, 5], x[9, 0], x[9, 1] = np.nan, -0.0, 0.0
    results = [
        ireelite.load(
            ireelite.compile(
                ROWS, targets=["vulkan-spirv"], schedule=schedule, vulkan_target=row, progress=False
            ),
            device="webgpu",
        ).main(x)
        for schedule, row in (("plain", None), (None, "lavapipe"), (None, "gpu"))
    ]
    for others in results[1:]:
        for one, other in zip(results[0], others, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)
