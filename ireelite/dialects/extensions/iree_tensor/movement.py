"""Moves of elements to and from places that data decides. Such a place is clamped, as in StableHLO:
whatever the numbers are, no element outside of a tensor is read or written.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import BoolAttr, DenseArrayBase, IntegerType, TensorType
from xdsl.ir import SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure

from ireelite.dialects.stablehlo.fields import FieldsOp, numbers
from ireelite.dialects.stablehlo.gather import (
    GatherDimensionNumbersAttr,
    gathered_shape,
    verify_gather,
)
from ireelite.dialects.stablehlo.indexing import dense, verify_slice_sizes, verify_starts
from ireelite.dialects.stablehlo.shapes import require_yields
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class SliceOp(FieldsOp):
    """A part of a tensor from a start in integer tensors of rank 0, which may be `unsigned`.

    ```mlir
    %1 = iree_tensor.slice %0, %i, %j {unsigned = false}
        : (tensor<3x4xf32>, tensor<i32>, tensor<i32>) -> tensor<1x4xf32>
    ```
    """

    name = "iree_tensor.slice"

    operand = operand_def(TensorType)
    starts = var_operand_def(TensorType)
    unsigned = prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(
        self, operand: SSAValue, starts: Sequence[SSAValue], sizes: Sequence[int], unsigned: bool
    ):
        super().__init__(
            operands=[operand, starts],
            properties={"unsigned": BoolAttr.from_bool(unsigned)},
            result_types=[TensorType(element_type_of(operand), sizes)],
        )

    def verify_(self) -> None:
        verify_starts(self.starts, len(shape_of(self.operand)))
        verify_slice_sizes(shape_of(self.result), shape_of(self.operand))
        require_yields(self.result, element_type_of(self.operand), shape_of(self.result))


@irdl_op_definition
class UpdateOp(FieldsOp):
    """A tensor with a part replaced, from a start in integer tensors of rank 0.

    ```mlir
    %2 = iree_tensor.update %0, %1, %i {unsigned = false}
        : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> tensor<8xf32>
    ```
    """

    name = "iree_tensor.update"

    operand = operand_def(TensorType)
    update = operand_def(TensorType)
    starts = var_operand_def(TensorType)
    unsigned = prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(
        self, operand: SSAValue, update: SSAValue, starts: Sequence[SSAValue], unsigned: bool
    ):
        super().__init__(
            operands=[operand, update, starts],
            properties={"unsigned": BoolAttr.from_bool(unsigned)},
            result_types=[operand.type],
        )

    def verify_(self) -> None:
        verify_starts(self.starts, len(shape_of(self.operand)))
        verify_slice_sizes([max(s, 0) for s in shape_of(self.update)], shape_of(self.operand))
        require_yields(self.result, element_type_of(self.update), shape_of(self.operand))


@irdl_op_definition
class GatherOp(FieldsOp):
    """Parts of a tensor from starts in another, numbered as those of `stablehlo.gather`. A part of
    an open size has that of the result.

    ```mlir
    %2 = iree_tensor.gather %0, %1 {dimension_numbers = #stablehlo.gather<offset_dims = [1],
        collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
        slice_sizes = array<i64: 1, 8>, unsigned = false}
        : (tensor<16x8xf32>, tensor<3x1xi32>) -> tensor<3x8xf32>
    ```
    """

    name = "iree_tensor.gather"

    operand = operand_def(TensorType)
    indices = operand_def(TensorType)
    dimension_numbers = prop_def(GatherDimensionNumbersAttr)
    slice_sizes = prop_def(DenseArrayBase[IntegerType])
    unsigned = prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(
        self,
        operand: SSAValue,
        indices: SSAValue,
        dimension_numbers: GatherDimensionNumbersAttr,
        sizes: Sequence[int],
        unsigned: bool,
    ):
        shape = gathered_shape(dimension_numbers, shape_of(indices), sizes)
        super().__init__(
            operands=[operand, indices],
            properties={
                "dimension_numbers": dimension_numbers,
                "slice_sizes": dense(sizes),
                "unsigned": BoolAttr.from_bool(unsigned),
            },
            result_types=[TensorType(element_type_of(operand), shape)],
        )

    @property
    def sizes(self) -> list[int]:
        """The shape of each part."""
        return numbers(self.slice_sizes)

    def verify_(self) -> None:
        numbering, indices = self.dimension_numbers, shape_of(self.indices)
        verify_gather(numbering, shape_of(self.operand), indices, self.sizes)
        shape = gathered_shape(numbering, indices, self.sizes)
        require_yields(self.result, element_type_of(self.operand), shape)


MOVEMENT_OPS = [GatherOp, SliceOp, UpdateOp]
"""Every op of this file."""
