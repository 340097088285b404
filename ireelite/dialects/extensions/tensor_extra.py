"""The `tensor` dialect of the project: xDSL's, and `tensor.bitcast`, which MLIR has and xDSL has
not.
"""

from __future__ import annotations

from xdsl.dialects.builtin import FixedBitwidthType, TensorType
from xdsl.dialects.tensor import Tensor as XDSL_TENSOR
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
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


Tensor = Dialect("tensor", [*XDSL_TENSOR.operations, BitcastOp], [*XDSL_TENSOR.attributes])
