"""The `tensor` dialect of the project: xDSL's, and `tensor.bitcast` and `tensor.generate`, which
xDSL lacks.
"""

from __future__ import annotations

from xdsl.dialects.builtin import FixedBitwidthType, IndexType, TensorType
from xdsl.dialects.tensor import Tensor as XDSL_TENSOR
from xdsl.dialects.tensor import YieldOp
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure, SingleBlockImplicitTerminator
from xdsl.utils.exceptions import VerifyException


@irdl_op_definition
class BitcastOp(IRDLOperation):
    """The same bits as elements of another type of the same width, at no cost.

    ```mlir
    %1 = tensor.bitcast %0 : tensor<4xui8> to tensor<4xi8>
    ```
    """

    name = "tensor.bitcast"

    source = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    assembly_format = "$source attr-dict `:` type($source) `to` type($result)"

    def __init__(self, source: SSAValue, type: Attribute):
        super().__init__(operands=[source], result_types=[type])

    def verify_(self) -> None:
        source, result = self.source.type, self.result.type
        assert isinstance(source, TensorType) and isinstance(result, TensorType)
        if source.get_shape() != result.get_shape():
            raise VerifyException(f"changes the shape: {source} to {result}")
        widths = [
            t.element_type.bitwidth if isinstance(t.element_type, FixedBitwidthType) else 0
            for t in (source, result)
        ]
        if widths[0] != widths[1]:
            raise VerifyException(f"changes the width of the elements: {source} to {result}")


@irdl_op_definition
class GenerateOp(IRDLOperation):
    """A tensor whose elements a region computes of their indices.

    ```mlir
    %1 = tensor.generate {
    ^bb0(%i: index):
      %2 = arith.index_cast %i : index to i32
      tensor.yield %2 : i32
    } : tensor<8xi32>
    ```
    """

    name = "tensor.generate"

    dynamic_extents = var_operand_def(IndexType)
    body = region_def("single_block")
    result = result_def(TensorType)

    traits = traits_def(Pure(), SingleBlockImplicitTerminator(YieldOp))

    assembly_format = "$dynamic_extents $body attr-dict `:` type($result)"

    def verify_(self) -> None:
        type = self.result.type
        assert isinstance(type, TensorType)
        if list(self.body.block.arg_types) != [IndexType()] * len(type.get_shape()):
            raise VerifyException(f"needs a region that takes the indices of a {type}")
        end = self.body.block.last_op
        if not isinstance(end, YieldOp) or list(end.operand_types) != [type.element_type]:
            raise VerifyException(f"needs a region that yields a {type.element_type}")


Tensor = Dialect(
    "tensor", [*XDSL_TENSOR.operations, BitcastOp, GenerateOp], [*XDSL_TENSOR.attributes]
)
