"""Gathers of the `stablehlo` dialect: slices and elements at indices that a tensor holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from xdsl.dialects.builtin import (
    BoolAttr,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure

from ireelite.dialects.stablehlo.attributes import DIMENSIONS, StructureAttribute, parse_i64
from ireelite.dialects.stablehlo.elements import Elements, TypedElements, verify_kind
from ireelite.dialects.stablehlo.fields import number, numbers
from ireelite.dialects.stablehlo.indexing import dense, verify_slice_sizes
from ireelite.dialects.stablehlo.shapes import (
    compatible,
    require,
    require_count,
    require_dimensions,
    require_sorted,
    require_yields,
    same_size,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of, tensor_type_of


@irdl_attr_definition
class GatherDimensionNumbersAttr(StructureAttribute):
    """Which dimensions `stablehlo.gather` takes slices of, and where they are in its result."""

    name = "stablehlo.gather"

    offset_dims: DenseArrayBase[IntegerType]
    collapsed_slice_dims: DenseArrayBase[IntegerType]
    operand_batching_dims: DenseArrayBase[IntegerType]
    start_indices_batching_dims: DenseArrayBase[IntegerType]
    start_index_map: DenseArrayBase[IntegerType]
    index_vector_dim: IntegerAttr

    FIELDS: ClassVar = {
        "offset_dims": DIMENSIONS,
        "collapsed_slice_dims": DIMENSIONS,
        "operand_batching_dims": DIMENSIONS,
        "start_indices_batching_dims": DIMENSIONS,
        "start_index_map": DIMENSIONS,
        "index_vector_dim": (parse_i64, IntegerAttr(0, i64)),
    }


Size = TypeVar("Size")


def gathered_shape(
    numbering: GatherDimensionNumbersAttr, indices: Sequence[Size], sizes: Sequence[Size]
) -> list[Size]:
    """Returns the shape of a gather's result: `indices` without the index vector, with the slice's
    dimensions inserted at `offset_dims`. A size is a number, or whatever the caller has for one.
    """
    dropped = {*numbers(numbering.collapsed_slice_dims), *numbers(numbering.operand_batching_dims)}
    vector = number(numbering.index_vector_dim)
    batch = iter([s for d, s in enumerate(indices) if d != vector])
    offsets = dict(
        zip(
            numbers(numbering.offset_dims),
            [s for d, s in enumerate(sizes) if d not in dropped],
            strict=True,
        )
    )
    rank = len(offsets) + len(indices) - (vector < len(indices))
    return [offsets[d] if d in offsets else next(batch) for d in range(rank)]


def verify_gather(
    numbering: GatherDimensionNumbersAttr,
    operand: Sequence[int],
    indices: Sequence[int],
    sizes: Sequence[int],
) -> None:
    """Verifies the dimension numbers of a gather of slices of `sizes`, with the shapes of its
    operand and its start indices.
    """
    n, rank = numbering, len(operand)
    offsets, collapsed = numbers(n.offset_dims), numbers(n.collapsed_slice_dims)
    batching, starts_batching = (
        numbers(n.operand_batching_dims),
        numbers(n.start_indices_batching_dims),
    )
    mapped, vector = numbers(n.start_index_map), number(n.index_vector_dim)
    require_count(
        "dimensions in offset_dims, collapsed_slice_dims and operand_batching_dims together",
        [*offsets, *collapsed, *batching],
        rank,
    )
    require(
        0 <= vector <= len(indices), f"index_vector_dim {vector} is no dimension of {list(indices)}"
    )
    length = indices[vector] if vector < len(indices) else 1
    require(
        same_size(len(mapped), length),
        f"start_index_map {mapped} must have {length} dimensions, as an index vector has",
    )
    for what, dims in (
        ("offset_dims", offsets),
        ("collapsed_slice_dims", collapsed),
        ("operand_batching_dims", batching),
    ):
        require_sorted(what, dims)
    result_rank = len(offsets) + len(indices) - (vector < len(indices))
    require_dimensions("offset_dims", offsets, result_rank)
    require_dimensions(
        "collapsed_slice_dims and operand_batching_dims", [*collapsed, *batching], rank
    )
    require_dimensions("start_index_map and operand_batching_dims", [*mapped, *batching], rank)
    require_dimensions("start_indices_batching_dims", starts_batching, len(indices))
    require(
        vector not in starts_batching,
        f"start_indices_batching_dims {starts_batching} must not have index_vector_dim {vector}",
    )
    batched = [indices[d] for d in starts_batching]
    require(
        compatible([operand[d] for d in batching], batched),
        f"operand_batching_dims {batching} and start_indices_batching_dims {starts_batching} "
        "must name dimensions of the same sizes",
    )
    verify_slice_sizes(sizes, operand)
    require(
        all(sizes[d] <= 1 for d in (*collapsed, *batching)),
        f"slice sizes {list(sizes)} must be 0 or 1 in dimensions that are collapsed or batching",
    )


@irdl_op_definition
class GatherOp(IRDLOperation):
    """Slices of an operand from indices that a tensor holds; starts are clamped, as in
    `dynamic_slice`. It has no custom form.

    ```mlir
    %2 = "stablehlo.gather"(%0, %1) <{dimension_numbers = #stablehlo.gather<offset_dims = [1],
        collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
        slice_sizes = array<i64: 1, 8>, indices_are_sorted = false}>
        : (tensor<16x8xf32>, tensor<3x1xi32>) -> tensor<3x8xf32>
    ```
    """

    name = "stablehlo.gather"

    operand = operand_def(TensorType)
    start_indices = operand_def(TensorType)
    dimension_numbers = prop_def(GatherDimensionNumbersAttr)
    slice_sizes = prop_def(DenseArrayBase[IntegerType])
    indices_are_sorted = opt_prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        operand: SSAValue,
        start_indices: SSAValue,
        dimension_numbers: GatherDimensionNumbersAttr,
        sizes: Sequence[int],
        indices_are_sorted: bool = False,
    ):
        shape = gathered_shape(dimension_numbers, shape_of(start_indices), sizes)
        super().__init__(
            operands=[operand, start_indices],
            properties={
                "dimension_numbers": dimension_numbers,
                "slice_sizes": dense(sizes),
                "indices_are_sorted": BoolAttr.from_bool(indices_are_sorted),
            },
            result_types=[TensorType(element_type_of(operand), shape)],
        )

    @property
    def sizes(self) -> list[int]:
        """The shape of each slice."""
        return numbers(self.slice_sizes)

    def verify_(self) -> None:
        indices = shape_of(self.start_indices)
        verify_kind(tensor_type_of(self.start_indices), Elements.INTEGER)
        verify_gather(self.dimension_numbers, shape_of(self.operand), indices, self.sizes)
        shape = gathered_shape(self.dimension_numbers, indices, self.sizes)
        require_yields(self.result, element_type_of(self.operand), shape)


@irdl_op_definition
class TorchIndexSelectOp(IRDLOperation):
    """Picks parts of an operand along a dimension by indices. The leading `batch_dims` dimensions
    are common to the operand and the indices. It has no custom form.

    ```mlir
    %2 = "stablehlo.torch_index_select"(%0, %1) <{dim = 0 : i64, batch_dims = 0 : i64}>
        : (tensor<5x1x5xi32>, tensor<2xi32>) -> tensor<2x1x5xi32>
    ```
    """

    name = "stablehlo.torch_index_select"

    operand = operand_def(TensorType)
    index = operand_def(TensorType)
    dim = prop_def(IntegerAttr)
    batch_dims = prop_def(IntegerAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    @property
    def dimension(self) -> int:
        """The dimension of the operand that is indexed; a negative number counts from the end."""
        return number(self.dim) % max(len(shape_of(self.operand)), 1)

    @property
    def batch(self) -> int:
        """How many leading dimensions operand and indices have in common; a negative number counts
        from the rank of the indices.
        """
        given = number(self.batch_dims)
        return given + len(shape_of(self.index)) if given < 0 else given

    def verify_(self) -> None:
        operand, index = shape_of(self.operand), shape_of(self.index)
        verify_kind(tensor_type_of(self.index), Elements.INTEGER)
        require(
            -len(operand) <= number(self.dim) < len(operand),
            f"dim {number(self.dim)} is no dimension of {self.operand.type}",
        )
        require(
            -len(index) <= number(self.batch_dims) <= len(index) and self.batch <= self.dimension,
            f"batch_dims {number(self.batch_dims)} must be at most the rank of the indices, and dim",
        )
        require(
            compatible(operand[: self.batch], index[: self.batch]),
            f"the first {self.batch} dimensions of {self.operand.type} and {self.index.type} must "
            "have the same sizes",
        )
        shape = selected_shape(operand, index, self.dimension, self.batch)
        require_yields(self.result, element_type_of(self.operand), shape)


def selected_shape(
    operand: Sequence[int], index: Sequence[int], dimension: int, batch: int
) -> list[int]:
    """Returns the operand's shape with one dimension replaced by those of the indices."""
    return [*operand[:dimension], *index[batch:], *operand[dimension + 1 :]]


GATHER_OPS: list[type[Operation]] = [GatherOp, TorchIndexSelectOp]
"""Every op of this file."""

GATHER_ATTRIBUTES: list[type[Attribute]] = [GatherDimensionNumbersAttr]
"""Every attribute of this file."""
