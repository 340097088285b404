"""`iree_tensor.repeat`: a function of tensors that is applied a number of times, in one kernel."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerAttr, TensorType
from xdsl.ir import Region, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp, integer


@irdl_op_definition
class RepeatOp(KernelOp):
    """Applies its region, a function of tensors, `turns` times: first to the operands, then to what
    it yielded. The results are what it yields last, or the operands for no turn.

        %1 = iree_tensor.repeat %0 {turns = 1000 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
        ^bb0(%x: tensor<4xf32>):
          %2 = arith.mulf %x, %x : tensor<4xf32>
          iree_tensor.yield %2 : tensor<4xf32>
        }

    It is one point of a workload: the turns, and the elements of each, are computed one by one.
    """

    name = "iree_tensor.repeat"

    inits = var_operand_def(TensorType)
    turns = prop_def(IntegerAttr)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    traits = traits_def(Pure())

    def __init__(self, inits: Sequence[SSAValue], turns: int, body: Region):
        super().__init__(
            operands=[inits],
            properties={"turns": integer(turns)},
            result_types=[[value.type for value in inits]],
            regions=[body],
        )

    @property
    def workload(self) -> tuple[int, ...]:
        return ()

    @property
    def reads(self) -> Sequence[int]:
        return [1] * len(self.inits)

    def verify_(self) -> None:
        types = [value.type for value in self.inits]
        if not types or list(self.result_types) != types:
            raise VerifyException("yields tensors of its operands' types, and one at least")
        if self.turns.value.data < 0:
            raise VerifyException(f"can't be applied {self.turns.value.data} times")
        self.verify_region(types, types)
