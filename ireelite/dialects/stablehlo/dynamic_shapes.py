"""Ops of the `stablehlo` dialect whose result's shape is decided by operands, and those that ask for
a shape.
"""

from __future__ import annotations

from math import prod
from typing import ClassVar

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    BoolAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    i32,
    i64,
)
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure

from ireelite.dialects.stablehlo.elements import Elements, TypedElements, verify_kind
from ireelite.dialects.stablehlo.fields import (
    FieldsOp,
    dimensions_field,
    number,
    number_field,
    numbers,
)
from ireelite.dialects.stablehlo.gather import (
    GatherDimensionNumbersAttr,
    gathered_shape,
    verify_gather,
)
from ireelite.dialects.stablehlo.movement import ConstantOp
from ireelite.dialects.stablehlo.shapes import (
    compatible,
    is_static,
    require,
    require_count,
    require_dimensions,
    require_yields,
    same_size,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of, tensor_type_of


def verify_numbers(value: SSAValue, count: int) -> None:
    """Verifies an operand that is one integer, or one of type `index`, for each of `count` things;
    -1 for any number of them.
    """
    type = tensor_type_of(value)
    require(
        compatible(type.get_shape(), [count]),
        f"takes a list of {'numbers' if count < 0 else f'{count} numbers'} as shape operand, not {type}",
    )
    if not isinstance(type.element_type, IndexType):
        verify_kind(type, Elements.INTEGER)


def constant_numbers(value: SSAValue) -> list[int] | None:
    """Returns the elements of a tensor of integers, if a constant holds them."""
    owner = value.owner
    if not isinstance(owner, ConstantOp | arith.ConstantOp):
        return None
    dense = owner.value
    if not isinstance(dense, DenseIntOrFPElementsAttr) or isinstance(
        dense.get_element_type(), AnyFloat
    ):
        return None
    return [int(number) for number in dense.get_values()]  # pyright: ignore[reportArgumentType]


def verify_shape(value: SSAValue, result: SSAValue) -> list[int] | None:
    """Verifies an operand that is the shape of a result, and returns the shape if it is constant."""
    shape = shape_of(result)
    verify_numbers(value, len(shape))
    require(is_static(shape_of(value)), f"needs a shape of a known rank, not a {value.type}")
    sizes = constant_numbers(value)
    if sizes is not None:
        fits = min(sizes, default=0) >= 0 and compatible(sizes, shape)
        require(fits, f"can't yield {result.type} in the shape {sizes}")
    return sizes


class ShapedOp(FieldsOp):
    """An op whose result's shape is decided by operands."""

    result = result_def(TensorType)

    traits = traits_def(Pure())

    def verify_elements(self, *values: SSAValue) -> None:
        """Verifies that the result and these values are tensors of elements of one type."""
        element = element_type_of(self.result)
        for value in (self.result, *values):
            verify_kind(tensor_type_of(value), Elements.ANY)
            same = element_type_of(value) == element
            require(same, f"can't make elements of {element} of {value.type}")


# -- asking ------------------------------------------------------------------------------------------


@irdl_op_definition
class GetDimensionSizeOp(FieldsOp):
    """The size of a dimension:
    `%1 = stablehlo.get_dimension_size %0, dim = 0 : (tensor<?xf32>) -> tensor<i32>`.
    """

    name = "stablehlo.get_dimension_size"
    FIELDS: ClassVar = (number_field("dim", "dimension"),)

    operand = operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, dim: int):
        super().__init__(
            operands=[operand],
            properties={"dimension": IntegerAttr(dim, i64)},
            result_types=[TensorType(i32, [])],
        )

    @property
    def dim(self) -> int:
        """The dimension."""
        return number(self.dimension)

    def verify_(self) -> None:
        verify_dimension(self.dim, self.operand)
        require_yields(self.result, i32, ())


def verify_dimension(dim: int, value: SSAValue) -> None:
    """Verifies that a tensor has a dimension."""
    require(0 <= dim < len(shape_of(value)), f"dim {dim} is no dimension of {value.type}")


@irdl_op_definition
class SetDimensionSizeOp(FieldsOp):
    """The leading elements along a dimension; a scalar holds their number.

    ```mlir
    %2 = stablehlo.set_dimension_size %0, %1, dim = 0
        : (tensor<4xf32>, tensor<i32>) -> tensor<?xf32, #stablehlo.bounds<4>>
    ```
    """

    name = "stablehlo.set_dimension_size"
    FIELDS: ClassVar = (number_field("dim", "dimension"),)

    operand = operand_def(TensorType)
    size = operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    @property
    def dim(self) -> int:
        """The dimension."""
        return number(self.dimension)

    def verify_(self) -> None:
        verify_dimension(self.dim, self.operand)
        require(
            self.size.type == TensorType(i32, []), f"takes a tensor<i32>, not a {self.size.type}"
        )
        shape = list(shape_of(self.operand))
        shape[self.dim] = DYNAMIC_INDEX
        require_yields(self.result, element_type_of(self.operand), shape)


# -- making ------------------------------------------------------------------------------------------


@irdl_op_definition
class DynamicIotaOp(ShapedOp):
    """`iota` of a shape that an operand holds:
    `%1 = stablehlo.dynamic_iota %0, dim = 0 : (tensor<1xi32>) -> tensor<?xf32>`.
    """

    name = "stablehlo.dynamic_iota"
    FIELDS: ClassVar = (number_field("dim", "iota_dimension"),)

    output_shape = operand_def(TensorType)
    iota_dimension = prop_def(IntegerAttr)

    def verify_(self) -> None:
        self.verify_elements()
        verify_shape(self.output_shape, self.result)
        verify_dimension(number(self.iota_dimension), self.result)


class ShapedReshapeOp(ShapedOp):
    """A `reshape` to a shape that an operand holds."""

    operand = operand_def(TensorType)
    output_shape = operand_def(TensorType)

    def verify_(self) -> None:
        self.verify_elements(self.operand)
        verify_numbers(self.output_shape, len(shape_of(self.result)))


@irdl_op_definition
class DynamicReshapeOp(ShapedReshapeOp):
    """`reshape` to a shape that an operand holds:
    `%2 = stablehlo.dynamic_reshape %0, %1 : (tensor<?xf32>, tensor<2xi32>) -> tensor<?x4xf32>`.
    """

    name = "stablehlo.dynamic_reshape"

    def verify_(self) -> None:
        super().verify_()
        sizes = verify_shape(self.output_shape, self.result)
        source = shape_of(self.operand)
        for shape in (shape_of(self.result), sizes or (DYNAMIC_INDEX,)):
            fits = not is_static(source, shape) or prod(source) == prod(shape)
            require(fits, f"can't reshape {self.operand.type} to {list(shape)}")


@irdl_op_definition
class DynamicBroadcastInDimOp(ShapedOp):
    """`broadcast_in_dim` to a shape that an operand holds.

    ```mlir
    %2 = stablehlo.dynamic_broadcast_in_dim %0, %1, dims = [1]
        : (tensor<4xf32>, tensor<2xi32>) -> tensor<?x4xf32>
    ```
    """

    name = "stablehlo.dynamic_broadcast_in_dim"
    FIELDS: ClassVar = (dimensions_field("dims", "broadcast_dimensions"),)

    operand = operand_def(TensorType)
    output_dimensions = operand_def(TensorType)
    broadcast_dimensions = prop_def(DenseArrayBase[IntegerType])
    known_expanding_dimensions = opt_prop_def(DenseArrayBase[IntegerType])
    known_nonexpanding_dimensions = opt_prop_def(DenseArrayBase[IntegerType])

    def verify_(self) -> None:
        self.verify_elements(self.operand)
        shape, source = shape_of(self.result), shape_of(self.operand)
        dims = numbers(self.broadcast_dimensions)
        sizes = verify_shape(self.output_dimensions, self.result) or shape
        require_count("dims", dims, len(source))
        require_dimensions("dims", dims, len(shape))
        for size, dim in zip(source, dims, strict=True):
            fits = size == 1 or (same_size(size, shape[dim]) and same_size(size, sizes[dim]))
            require(fits, f"can't broadcast {self.operand.type} to {list(sizes)}")
        known = [
            d
            for a in (self.known_expanding_dimensions, self.known_nonexpanding_dimensions)
            if a is not None
            for d in numbers(a)
        ]
        require_dimensions("known dimensions", known, len(source))


@irdl_op_definition
class RealDynamicSliceOp(ShapedOp):
    """`slice` with starts, limits and strides that operands hold.

    ```mlir
    %4 = stablehlo.real_dynamic_slice %0, %1, %2, %3
        : (tensor<8xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
    ```
    """

    name = "stablehlo.real_dynamic_slice"

    operand = operand_def(TensorType)
    start_indices = operand_def(TensorType)
    limit_indices = operand_def(TensorType)
    strides = operand_def(TensorType)

    def verify_(self) -> None:
        self.verify_elements(self.operand)
        rank = len(shape_of(self.operand))
        require_count("dimensions in the result", shape_of(self.result), rank)
        for value in (self.start_indices, self.limit_indices, self.strides):
            verify_numbers(value, rank)


@irdl_op_definition
class DynamicPadOp(ShapedOp):
    """`pad` with paddings that operands hold.

    ```mlir
    %5 = stablehlo.dynamic_pad %0, %1, %2, %3, %4
        : (tensor<4xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
    ```
    """

    name = "stablehlo.dynamic_pad"

    operand = operand_def(TensorType)
    padding_value = operand_def(TensorType)
    edge_padding_low = operand_def(TensorType)
    edge_padding_high = operand_def(TensorType)
    interior_padding = operand_def(TensorType)

    def verify_(self) -> None:
        self.verify_elements(self.operand, self.padding_value)
        rank = len(shape_of(self.operand))
        require_count("dimensions in the result", shape_of(self.result), rank)
        require(shape_of(self.padding_value) == (), "takes a scalar as padding value")
        values = (self.edge_padding_low, self.edge_padding_high, self.interior_padding)
        for value in values:
            verify_numbers(value, rank)
        low, high, interior = map(constant_numbers, values)
        least = min(interior or (), default=0)
        require(least >= 0, f"needs an interior padding of 0 or more, not {least}")
        source = shape_of(self.operand)
        if low is None or high is None or interior is None or not is_static(source):
            return
        padded = [
            before + size + max(size - 1, 0) * between + after
            for size, before, after, between in zip(source, low, high, interior, strict=True)
        ]
        require_yields(self.result, element_type_of(self.operand), padded)


@irdl_op_definition
class DynamicGatherOp(IRDLOperation):
    """`gather` of slices whose sizes an operand holds. It has no custom form.

    ```mlir
    %3 = "stablehlo.dynamic_gather"(%0, %1, %2) <{dimension_numbers = #stablehlo.gather<
        offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>}>
        : (tensor<16x8xf32>, tensor<3x1xi32>, tensor<2xi32>) -> tensor<3x?xf32>
    ```
    """

    name = "stablehlo.dynamic_gather"

    operand = operand_def(TensorType)
    start_indices = operand_def(TensorType)
    slice_sizes = operand_def(TensorType)
    dimension_numbers = prop_def(GatherDimensionNumbersAttr)
    indices_are_sorted = opt_prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def verify_(self) -> None:
        operand, indices = shape_of(self.operand), shape_of(self.start_indices)
        verify_kind(tensor_type_of(self.operand), Elements.ANY)
        verify_kind(tensor_type_of(self.start_indices), Elements.INTEGER)
        rank = len(operand)
        verify_numbers(self.slice_sizes, rank)
        sizes = constant_numbers(self.slice_sizes)
        verify_gather(self.dimension_numbers, operand, indices, sizes or [0] * rank)
        sizes = sizes or [DYNAMIC_INDEX] * rank
        shape = gathered_shape(self.dimension_numbers, indices, sizes)
        require_yields(self.result, element_type_of(self.operand), shape)


DYNAMIC_SHAPE_OPS: list[type[Operation]] = [
    DynamicBroadcastInDimOp,
    DynamicGatherOp,
    DynamicIotaOp,
    DynamicPadOp,
    DynamicReshapeOp,
    GetDimensionSizeOp,
    RealDynamicSliceOp,
    SetDimensionSizeOp,
]
"""Every op of this file."""
