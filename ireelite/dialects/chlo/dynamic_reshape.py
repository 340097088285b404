"""`chlo.dynamic_reshape`, what TensorFlow's `Reshape` becomes in programs for any size."""

from __future__ import annotations

from xdsl.irdl import irdl_op_definition

from ireelite.dialects.stablehlo.dynamic_shapes import ShapedReshapeOp

INFERRED_SIZE = -1
"""In a shape: the size that follows from the number of elements and the other sizes."""


@irdl_op_definition
class DynamicReshapeOp(ShapedReshapeOp):
    """`stablehlo.dynamic_reshape` to a shape with at most one -1, a size that follows from the number
    of elements: `%2 = chlo.dynamic_reshape %0, %1 : (tensor<?x4xf32>, tensor<1xi32>) -> tensor<?xf32>`.
    """

    name = "chlo.dynamic_reshape"
