"""How loops are unrolled so that no invocation begins them too often."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp

from ireelite.syntax.parser import parse_module
from ireelite.targets.spirv.unroll import MAX_ITERATIONS, plan_unrolling

TEXT = """
func.func @kernel(%a: memref<700x3xf32>, %n: i32) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %three = arith.constant 3 : index
  %many = arith.constant 700 : index
  %first = arith.constant 0 : i32
  %x = arith.constant 1.0 : f32
  scf.for %i = %zero to %many step %one {
    scf.for %j = %zero to %three step %one {
      memref.store %x, %a[%i, %j] : memref<700x3xf32>
    }
  }
  scf.for %i = %zero to %zero step %one {
    memref.store %x, %a[%i, %i] : memref<700x3xf32>
  }
  %end = scf.while (%k = %first) : (i32) -> i32 {
    %more = arith.cmpi slt, %k, %n : i32
    scf.condition(%more) %k : i32
  } do {
  ^bb0(%k: i32):
    scf.for %j = %zero to %three step %one {
      memref.store %x, %a[%j, %j] : memref<700x3xf32>
    }
    scf.yield %k : i32
  } attributes {iree_tensor.most_turns = 16000 : i64}
  func.return
}
"""


def loops_of(module: ModuleOp) -> list[scf.ForOp]:
    return [op for op in module.walk() if isinstance(op, scf.ForOp)]


def test_the_loop_in_a_loop_of_limited_turns_is_unrolled_first():
    module = parse_module(TEXT)
    _, store, empty, inner = loops_of(module)
    body = module.body.block.first_op
    assert body is not None
    copies = plan_unrolling(body.regions[0].block, "kernel")
    assert MAX_ITERATIONS < 16_000 * 4
    assert copies == {empty: 0, inner: 3}
    assert store not in copies
