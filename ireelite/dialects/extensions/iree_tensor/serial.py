"""`iree_tensor.serial`: tensor work with loops and choices that one invocation runs in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, Region, SSAValue
from xdsl.irdl import (
    BaseAttr,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import UNBOUNDED_READS, KernelOp

MAX_TURNS = "iree_tensor.most_turns"
"""Attribute of a loop within an `iree_tensor.serial` whose number of turns is no constant: one that
it never exceeds."""


@irdl_op_definition
class SerialOp(KernelOp):
    """Runs its region, a function of tensors that may have loops and choices of `scf`, in one kernel.
    The region may read tensors from around it, too.

        %1, %scratch = iree_tensor.serial %0 : (tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
        ^bb0(%x: tensor<64xf32>):
          %2 = scf.for %i = %zero to %ten step %one iter_args(%a = %x) -> (tensor<64xf32>) {
            %3 = iree_tensor.keep %... : tensor<64xf32>
            scf.yield %3 : tensor<64xf32>
          }
          iree_tensor.yield %2 : tensor<64xf32>
        }

    The first results are what the region yields. The others are memory for values within it, in
    the order in which the region makes them; their contents are not specified. The op is one point
    of a workload: a single invocation computes all elements, one by one.
    """

    name = "iree_tensor.serial"

    inputs = var_operand_def(TensorType)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    traits = traits_def(Pure())

    def __init__(self, inputs: Sequence[SSAValue], types: Sequence[Attribute], body: Region):
        super().__init__(operands=[inputs], result_types=[types], regions=[body])

    @property
    def workload(self) -> tuple[int, ...]:
        return ()

    @property
    def reads(self) -> Sequence[int]:
        """A value with which one loop of the region begins is read once."""
        block = self.body.block
        users = [[use.operation.parent for use in argument.uses] for argument in block.args]
        return [1 if blocks in ([], [block]) else UNBOUNDED_READS for blocks in users]

    def verify_(self) -> None:
        block = self.body.block
        end = block.last_op
        yields = [] if end is None else [value.type for value in end.operands]
        self.verify_region([value.type for value in self.inputs], yields)
        if not yields or list(self.result_types[: len(yields)]) != yields:
            raise VerifyException("has results of what its region yields first, and one at least")


@irdl_op_definition
class KeepOp(IRDLOperation):
    """A tensor within an `iree_tensor.serial` that is computed where the op stands, and kept in
    memory until the block runs again. Other values are computed where they are read.

        %1 = iree_tensor.keep %0 : tensor<64xf32>
    """

    name = "iree_tensor.keep"

    T: ClassVar = VarConstraint("T", BaseAttr(TensorType))

    value = operand_def(T)
    result = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "$value attr-dict `:` type($value)"

    def __init__(self, value: SSAValue):
        super().__init__(operands=[value], result_types=[value.type])
