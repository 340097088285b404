"""Structured control flow as blocks: the same rules for host code, bytecode and native kernels."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

import ireelite
from ireelite.lowering.host.scalars import SCALAR_RULES
from ireelite.lowering.rewriting.scf_to_blocks import BlockConversion
from ireelite.lowering.vm.branches import vm_branch_ops
from ireelite.lowering.vm.floats import to_vm_type
from ireelite.syntax.parser import parse_module, verify
from ireelite.targets.native.kernel_to_llvm import lower_kernels
from ireelite.targets.vmvx.kernel_to_vm import RULES, kernel_to_vm

KERNEL = """
func.func @kernel(%x: memref<8xi32>, %y: memref<8xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0 : i32
  %ten = arith.constant 10 : i32
  %0 = scf.while (%a = %zero) : (i32) -> i32 {
    %less = arith.cmpi slt, %a, %ten : i32
    scf.condition(%less) %a : i32
  } do {
  ^bb0(%b: i32):
    %next = arith.addi %b, %ten : i32
    scf.yield %next : i32
  }
  %1 = scf.for %i = %c0 to %c8 step %c1 iter_args(%s = %0) -> (i32) {
    %e = memref.load %x[%i] : memref<8xi32>
    %odd = arith.cmpi slt, %e, %s : i32
    %m = scf.if %odd -> (i32) {
      scf.yield %s : i32
    } else {
      scf.yield %e : i32
    }
    scf.yield %m : i32
  }
  "scf.parallel"(%c0, %c8, %c1) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%i: index):
    %r = scf.index_switch %i -> i32
    case 3 {
      scf.yield %ten : i32
    }
    default {
      scf.yield %1 : i32
    }
    memref.store %r, %y[%i] : memref<8xi32>
    scf.reduce
  }) : (index, index, index) -> ()
  return
}
"""


def test_a_kernel_with_every_structured_op_becomes_blocks_of_both_targets():
    module = parse_module(KERNEL)
    (kernel,) = module.body.block.ops
    assert isinstance(kernel, func.FuncOp)
    ops = vm_branch_ops(to_vm_type)
    to, bytecode = BlockConversion({**SCALAR_RULES, **RULES}, "vm", ops, None), ModuleOp([])
    with to.at(bytecode.body.block):
        to.insert(kernel_to_vm(kernel, to))
    native = lower_kernels(module)
    for lowered in (bytecode, native):
        verify(lowered)
        assert not any(op.name.startswith("scf.") for op in lowered.walk())
    count = [len(next(iter(m.body.block.ops)).regions[0].blocks) for m in (bytecode, native)]
    assert count[0] == count[1]


HOST = """
func.func @run(%x: tensor<4xf32>, %n: i32) -> tensor<4xf32> {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> (tensor<4xf32>) : i32 {
    %1 = arith.addf %a, %a : tensor<4xf32>
    scf.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
"""


@pytest.mark.parametrize("model", ["async-internal", "async-external"])
@pytest.mark.parametrize("count", [0, 3])
def test_tensors_that_a_host_loop_carries_are_awaited_behind_it(model, count):
    program = ireelite.compile(HOST, targets=["vmvx"], execution_model=model)
    result = ireelite.load(program).run(np.ones(4, np.float32), count)
    np.testing.assert_array_equal(result, np.full(4, 2.0**count, np.float32))
