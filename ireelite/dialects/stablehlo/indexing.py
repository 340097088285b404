"""Ops of the `stablehlo` dialect that move elements: slices at indices that data decides, gathers,
padding, concatenation, reversal, and reinterpretation of bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ComplexType,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure

from ireelite.dialects.quant import storage_of
from ireelite.dialects.stablehlo.elements import Elements, TypedElements, verify_kind
from ireelite.dialects.stablehlo.fields import (
    FieldsOp,
    dimensions_field,
    number,
    number_field,
    numbers,
)
from ireelite.dialects.stablehlo.shapes import (
    bit_width,
    compatible,
    require,
    require_count,
    require_dimensions,
    require_yields,
    same_size,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of, tensor_type_of


def dense(values: Sequence[int]) -> DenseArrayBase[IntegerType]:
    """Returns a list of numbers as an attribute."""
    return DenseArrayBase.from_list(i64, list(values))


def verify_starts(starts: Sequence[SSAValue], rank: int) -> None:
    """Verifies the start of a slice: an integer scalar for each dimension, all of one type."""
    require_count("start indices", starts, rank)
    require(len({v.type for v in starts}) <= 1, "takes start indices of one type")
    for start in starts:
        require(shape_of(start) == (), f"takes scalars as start indices, not {start.type}")
        verify_kind(tensor_type_of(start), Elements.INTEGER)


# -- slices ------------------------------------------------------------------------------------------


@irdl_op_definition
class DynamicSliceOp(FieldsOp):
    """A part of `sizes` from an index on that data decides. The start is clamped: the part is
    inside of the operand.

    ```mlir
    %1 = stablehlo.dynamic_slice %0, %i, %j, sizes = [1, 4]
        : (tensor<3x4xf32>, tensor<i32>, tensor<i32>) -> tensor<1x4xf32>
    ```
    """

    name = "stablehlo.dynamic_slice"
    FIELDS: ClassVar = (dimensions_field("sizes", "slice_sizes"),)

    operand = operand_def(TensorType)
    start_indices = var_operand_def(TensorType)
    slice_sizes = prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, starts: Sequence[SSAValue], sizes: Sequence[int]):
        super().__init__(
            operands=[operand, starts],
            properties={"slice_sizes": dense(sizes)},
            result_types=[TensorType(element_type_of(operand), sizes)],
        )

    @property
    def sizes(self) -> list[int]:
        """The shape of the result."""
        return numbers(self.slice_sizes)

    def verify_(self) -> None:
        shape = shape_of(self.operand)
        verify_starts(self.start_indices, len(shape))
        verify_slice_sizes(self.sizes, shape)
        require_yields(self.result, element_type_of(self.operand), self.sizes)


def verify_slice_sizes(sizes: Sequence[int], shape: Sequence[int]) -> None:
    """Verifies that a slice of these sizes fits into a shape. One of an open size is all of it."""
    require_count("slice sizes", sizes, len(shape))
    fits = all(
        s == d if s < 0 else d in (DYNAMIC_INDEX, max(s, d))
        for s, d in zip(sizes, shape, strict=True)
    )
    part, whole = (
        ", ".join("?" if n == DYNAMIC_INDEX else str(n) for n in row) for row in (sizes, shape)
    )
    require(fits, f"a slice of [{part}] does not fit into a shape of [{whole}]")


@irdl_op_definition
class DynamicUpdateSliceOp(FieldsOp):
    """The operand with a part replaced, from an index on that data decides. The start is clamped:
    the whole update is inside of the operand.

    ```mlir
    %2 = stablehlo.dynamic_update_slice %0, %1, %i
        : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> tensor<8xf32>
    ```
    """

    name = "stablehlo.dynamic_update_slice"

    operand = operand_def(TensorType)
    update = operand_def(TensorType)
    start_indices = var_operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, update: SSAValue, starts: Sequence[SSAValue]):
        super().__init__(operands=[operand, update, starts], result_types=[operand.type])

    def verify_(self) -> None:
        shape, element = shape_of(self.operand), element_type_of(self.operand)
        verify_starts(self.start_indices, len(shape))
        verify_slice_sizes([max(s, 0) for s in shape_of(self.update)], shape)
        require(
            element_type_of(self.update) == element, f"takes an update of {element}, as the operand"
        )
        require_yields(self.result, element, shape)


# -- padding, joining, reversing ---------------------------------------------------------------------


def padded_shape(
    shape: Sequence[int], low: Sequence[int], high: Sequence[int], interior: Sequence[int]
) -> list[int]:
    """Returns the shape with edges, which may be negative, and with elements between elements."""
    return [
        DYNAMIC_INDEX if s == DYNAMIC_INDEX else a + s + max(s - 1, 0) * i + b
        for s, a, b, i in zip(shape, low, high, interior, strict=True)
    ]


def verify_padding(
    shape: Sequence[int], low: Sequence[int], high: Sequence[int], interior: Sequence[int]
) -> None:
    """Verifies that padding has a number for each dimension and leaves no dimension negative."""
    for what, sizes in (("low", low), ("high", high), ("interior", interior)):
        require_count(f"{what} paddings", sizes, len(shape))
    require(
        all(i >= 0 for i in interior), f"interior padding {list(interior)} must not be negative"
    )
    padded = padded_shape(shape, low, high, interior)
    fits = all(p >= 0 or s == DYNAMIC_INDEX for p, s in zip(padded, shape, strict=True))
    require(fits, f"padding makes a shape of {padded}")


@irdl_op_definition
class PadOp(FieldsOp):
    """Adds elements of one value at the edges of each dimension and between elements; a negative
    edge removes elements.

    ```mlir
    %2 = stablehlo.pad %0, %1, low = [1], high = [-1], interior = [2]
        : (tensor<4xf32>, tensor<f32>) -> tensor<10xf32>
    ```
    """

    name = "stablehlo.pad"
    FIELDS: ClassVar = (
        dimensions_field("low", "edge_padding_low"),
        dimensions_field("high", "edge_padding_high"),
        dimensions_field("interior", "interior_padding"),
    )

    operand = operand_def(TensorType)
    padding_value = operand_def(TensorType)
    edge_padding_low = prop_def(DenseArrayBase[IntegerType])
    edge_padding_high = prop_def(DenseArrayBase[IntegerType])
    interior_padding = prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        operand: SSAValue,
        padding_value: SSAValue,
        low: Sequence[int],
        high: Sequence[int],
        interior: Sequence[int],
    ):
        super().__init__(
            operands=[operand, padding_value],
            properties={
                "edge_padding_low": dense(low),
                "edge_padding_high": dense(high),
                "interior_padding": dense(interior),
            },
            result_types=[
                TensorType(
                    element_type_of(operand), padded_shape(shape_of(operand), low, high, interior)
                )
            ],
        )

    @property
    def low(self) -> list[int]:
        """Elements before the first, by dimension; negative where some are removed."""
        return numbers(self.edge_padding_low)

    @property
    def high(self) -> list[int]:
        """Elements behind the last, by dimension; negative where some are removed."""
        return numbers(self.edge_padding_high)

    @property
    def interior(self) -> list[int]:
        """Elements between two elements, by dimension."""
        return numbers(self.interior_padding)

    def verify_(self) -> None:
        shape, element = shape_of(self.operand), element_type_of(self.operand)
        require(
            self.padding_value.type == TensorType(element, []),
            f"takes a {TensorType(element, [])} as padding value, not a {self.padding_value.type}",
        )
        padding = self.low, self.high, self.interior
        verify_padding(shape, *padding)
        require_yields(self.result, element, padded_shape(shape, *padding))


@irdl_op_definition
class ConcatenateOp(FieldsOp):
    """Tensors one behind the other along a dimension.

    ```mlir
    %2 = stablehlo.concatenate %0, %1, dim = 0
        : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<4x2xf32>
    ```
    """

    name = "stablehlo.concatenate"
    FIELDS: ClassVar = (number_field("dim", "dimension"),)

    inputs = var_operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, inputs: Sequence[SSAValue], dim: int):
        shape = concatenated_shape([shape_of(v) for v in inputs], dim)
        super().__init__(
            operands=[inputs],
            properties={"dimension": IntegerAttr(dim, i64)},
            result_types=[TensorType(element_type_of(inputs[0]), shape)],
        )

    @property
    def dim(self) -> int:
        """The dimension along which the inputs are joined."""
        return number(self.dimension)

    def verify_(self) -> None:
        require(bool(self.inputs), "needs at least one input")
        element, shapes = element_type_of(self.inputs[0]), [shape_of(v) for v in self.inputs]
        rank = len(shapes[0])
        require(0 <= self.dim < rank, f"dim {self.dim} is no dimension of {self.inputs[0].type}")
        for value, shape in zip(self.inputs, shapes, strict=True):
            others = [*shapes[0]]
            others[self.dim : self.dim + 1] = shape[self.dim : self.dim + 1]
            require(
                element_type_of(value) == element and compatible(shape, others),
                f"can't join {value.type} to {self.inputs[0].type} along dimension {self.dim}",
            )
        require_yields(self.result, element, concatenated_shape(shapes, self.dim))


def concatenated_shape(shapes: Sequence[Sequence[int]], dim: int) -> list[int]:
    """Returns the shape of the joined tensors. A dimension has the size that one of them knows."""
    shape = [max(sizes) for sizes in zip(*shapes, strict=True)]
    along = [s[dim] for s in shapes]
    shape[dim] = DYNAMIC_INDEX if DYNAMIC_INDEX in along else sum(along)
    return shape


@irdl_op_definition
class ReverseOp(FieldsOp):
    """The elements in the opposite order along dimensions:
    `%1 = stablehlo.reverse %0, dims = [0] : tensor<4xf32>`.
    """

    name = "stablehlo.reverse"
    FIELDS: ClassVar = (dimensions_field("dims", "dimensions"),)
    ONE_TYPE: ClassVar = True

    operand = operand_def(TensorType)
    dimensions = prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, dims: Sequence[int]):
        super().__init__(
            operands=[operand],
            properties={"dimensions": dense(dims)},
            result_types=[operand.type],
        )

    @property
    def dims(self) -> list[int]:
        """The dimensions that are reversed."""
        return numbers(self.dimensions)

    def verify_(self) -> None:
        shape = shape_of(self.operand)
        require_dimensions("dims", self.dims, len(shape))
        require_yields(self.result, element_type_of(self.operand), shape)


@irdl_op_definition
class BroadcastOp(FieldsOp):
    """Repeats a tensor along new leading dimensions; `broadcast_in_dim` has replaced it.

    ```mlir
    %1 = stablehlo.broadcast %0, sizes = [2] : (tensor<3xf32>) -> tensor<2x3xf32>
    ```
    """

    name = "stablehlo.broadcast"
    FIELDS: ClassVar = (dimensions_field("sizes", "broadcast_sizes"),)

    operand = operand_def(TensorType)
    broadcast_sizes = prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    @property
    def sizes(self) -> list[int]:
        """The new leading dimensions."""
        return numbers(self.broadcast_sizes)

    def verify_(self) -> None:
        require(all(s >= 0 for s in self.sizes), f"sizes {self.sizes} must not be negative")
        shape = [*self.sizes, *shape_of(self.operand)]
        require_yields(self.result, element_type_of(self.operand), shape)


# -- bits --------------------------------------------------------------------------------------------


@irdl_op_definition
class BitcastConvertOp(FieldsOp):
    """The bits of a tensor as elements of another type; the bits of quantized elements are their
    storage. Elements of another width have a trailing dimension more or less: the parts of an
    element, the least significant first.

    ```mlir
    %1 = stablehlo.bitcast_convert %0 : (tensor<2xf32>) -> tensor<2x4xui8>
    ```
    """

    name = "stablehlo.bitcast_convert"

    operand = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, element: Attribute):
        shape = bitcast_shape(shape_of(operand), element_type_of(operand), element)
        super().__init__(operands=[operand], result_types=[TensorType(element, shape)])

    def verify_(self) -> None:
        source, target = (storage_of(element_type_of(v)) for v in (self.operand, self.result))
        kinds = isinstance(source, ComplexType), isinstance(target, ComplexType)
        require(kinds[0] == kinds[1], f"can't take the bits of {source} for {target}")
        narrow, wide = sorted((bit_width(source), bit_width(target)))
        require(wide % narrow == 0, f"{wide} bits are no multiple of {narrow} bits")
        shape = shape_of(self.operand)
        if bit_width(source) < bit_width(target):
            parts = wide // narrow
            require(
                len(shape) > 0 and same_size(shape[-1], parts),
                f"needs {parts} elements of {source} in the last dimension for one {target}, "
                f"not {self.operand.type}",
            )
        expected = bitcast_shape(shape, source, target)
        require_yields(self.result, element_type_of(self.result), expected)


def bitcast_shape(shape: Sequence[int], source: Attribute, target: Attribute) -> list[int]:
    """Returns the shape of a tensor whose bits are taken for elements of another type."""
    before, after = bit_width(source), bit_width(target)
    if before == after:
        return list(shape)
    return [*shape, before // after] if after < before else list(shape[:-1])


INDEXING_OPS: list[type[Operation]] = [
    BitcastConvertOp,
    BroadcastOp,
    ConcatenateOp,
    DynamicSliceOp,
    DynamicUpdateSliceOp,
    PadOp,
    ReverseOp,
]
"""Every op of this file."""
