"""`stablehlo.scatter` and `stablehlo.sort`, whose regions are functions of scalars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BoolAttr,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    TensorType,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    SameVariadicOperandSize,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import DIMENSIONS, StructureAttribute, parse_i64
from ireelite.dialects.stablehlo.elements import TypedElements, compatible_shapes, expect_results
from ireelite.dialects.stablehlo.reduction import promotable
from ireelite.dialects.tensor_types import element_type_of, shape_of

ZERO = IntegerAttr(0, i64)


@irdl_attr_definition
class ScatterDimensionNumbersAttr(StructureAttribute):
    """How updates map to places in the inputs of `stablehlo.scatter`:

    `#stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0],
    scatter_dims_to_operand_dims = [0], index_vector_dim = 1>`
    """

    name = "stablehlo.scatter"

    update_window_dims: DenseArrayBase[IntegerType]
    inserted_window_dims: DenseArrayBase[IntegerType]
    input_batching_dims: DenseArrayBase[IntegerType]
    scatter_indices_batching_dims: DenseArrayBase[IntegerType]
    scatter_dims_to_operand_dims: DenseArrayBase[IntegerType]
    index_vector_dim: IntegerAttr

    FIELDS: ClassVar = {
        "update_window_dims": DIMENSIONS,
        "inserted_window_dims": DIMENSIONS,
        "input_batching_dims": DIMENSIONS,
        "scatter_indices_batching_dims": DIMENSIONS,
        "scatter_dims_to_operand_dims": DIMENSIONS,
        "index_vector_dim": (parse_i64, ZERO),
    }


def numbers(array: DenseArrayBase[IntegerType]) -> list[int]:
    """Returns the elements of a dense array."""
    return [int(value) for value in array.get_values()]


def returned(region: Region) -> Sequence[SSAValue]:
    """Returns the operands of the terminator of a region of one block."""
    last = region.block.last_op
    return last.operands if last is not None else ()


def same_shapes(values: Sequence[SSAValue]) -> bool:
    """Returns whether tensors can have one shape."""
    return all(compatible_shapes(shape_of(values[0]), shape_of(value)) for value in values)


def verify_dimensions(what: str, dims: Sequence[int], rank: int, is_sorted: bool = False) -> None:
    """Raises VerifyException for dimensions that a tensor of this rank does not have, that are
    named twice, or that are out of order although they must be in it.
    """
    if any(not 0 <= d < rank for d in dims) or len(set(dims)) != len(dims):
        raise VerifyException(
            f"{what} {list(dims)} do not name dimensions of rank {rank} once each"
        )
    if is_sorted and any(a > b for a, b in pairwise(dims)):
        raise VerifyException(f"{what} {list(dims)} are not in ascending order")


def fits(size: int, limit: int) -> bool:
    """Returns whether an extent is at most a limit, as far as both are static."""
    return DYNAMIC_INDEX in (size, limit) or size <= limit


@irdl_op_definition
class ScatterOp(IRDLOperation):
    """Updates slices of the inputs, at places that indices name, by a function of scalars.

    ```mlir
    %1 = "stablehlo.scatter"(%0, %indices, %updates) <{
      scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0],
        scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%old: tensor<f32>, %update: tensor<f32>):
      %2 = stablehlo.add %old, %update : tensor<f32>
      stablehlo.return %2 : tensor<f32>
    }) : (tensor<8xf32>, tensor<3x1xi32>, tensor<3xf32>) -> tensor<8xf32>
    ```

    An update at a place outside of the inputs has no effect. Updates of one place apply in the
    row-major order of the updates. The region takes the old values first, then the updates.
    """

    name = "stablehlo.scatter"

    inputs = var_operand_def(TensorType)
    scatter_indices = operand_def(TensorType)
    updates = var_operand_def(TensorType)
    scatter_dimension_numbers = prop_def(ScatterDimensionNumbersAttr)
    indices_are_sorted = opt_prop_def(BoolAttr)
    unique_indices = opt_prop_def(BoolAttr)
    outputs = var_result_def(TensorType)
    update_computation = region_def("single_block")

    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        scatter_indices: SSAValue,
        updates: Sequence[SSAValue],
        dimension_numbers: ScatterDimensionNumbersAttr,
        update_computation: Region,
        result_types: Sequence[Attribute] | None = None,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
    ):
        """Takes the results' types from the inputs unless `result_types` gives others."""
        super().__init__(
            operands=[inputs, scatter_indices, updates],
            properties={
                "scatter_dimension_numbers": dimension_numbers,
                "indices_are_sorted": BoolAttr.from_bool(indices_are_sorted),
                "unique_indices": BoolAttr.from_bool(unique_indices),
            },
            result_types=[result_types or [value.type for value in inputs]],
            regions=[update_computation],
        )

    @property
    def update_window_dims(self) -> list[int]:
        """Dimensions of the updates that run through a window of the inputs."""
        return numbers(self.scatter_dimension_numbers.update_window_dims)

    @property
    def inserted_window_dims(self) -> list[int]:
        """Dimensions of the inputs in which a window has one element."""
        return numbers(self.scatter_dimension_numbers.inserted_window_dims)

    @property
    def input_batching_dims(self) -> list[int]:
        """Dimensions of the inputs that correspond to those of `scatter_indices_batching_dims`."""
        return numbers(self.scatter_dimension_numbers.input_batching_dims)

    @property
    def scatter_indices_batching_dims(self) -> list[int]:
        """Dimensions of the indices whose position is the position in the inputs."""
        return numbers(self.scatter_dimension_numbers.scatter_indices_batching_dims)

    @property
    def scatter_dims_to_operand_dims(self) -> list[int]:
        """Of each number of an index vector: the dimension of the inputs that it is an index of."""
        return numbers(self.scatter_dimension_numbers.scatter_dims_to_operand_dims)

    @property
    def index_vector_dim(self) -> int:
        """The dimension of the indices that holds the index vectors; their rank for scalars."""
        return self.scatter_dimension_numbers.index_vector_dim.value.data

    def verify_(self) -> None:
        if not self.inputs or len(self.inputs) != len(self.updates):
            raise VerifyException("needs updates for each input, and at least one input")
        if not all(same_shapes(values) for values in (self.inputs, self.updates)):
            raise VerifyException("inputs must have one shape, and updates must have one shape")
        if [element_type_of(v) for v in self.inputs] != [element_type_of(v) for v in self.updates]:
            raise VerifyException("updates must have the element types of the inputs")
        if not isinstance(element_type_of(self.scatter_indices), IntegerType):
            raise VerifyException(f"indices must be integers, not {self.scatter_indices.type}")
        self._verify_dimensions()
        self._verify_update_shape()
        scalars = [a.type for a in self.update_computation.block.args]
        count = len(self.inputs)
        types = [TensorType(element_type_of(v), []) for v in self.outputs]
        if scalars != types * 2 or [v.type for v in returned(self.update_computation)] != types:
            raise VerifyException(
                f"its region must take {count} old values and {count} updates, scalars of the "
                "results' element types, and return new values of these types"
            )
        for value, scalar in zip(self.inputs, types, strict=True):
            if not promotable(element_type_of(value), scalar.element_type):
                raise VerifyException(f"can't promote elements of {value.type} to {scalar}")
        if not all(
            compatible_shapes(shape_of(a), shape_of(b))
            for a, b in zip(self.inputs, self.outputs, strict=True)
        ):
            raise VerifyException("results must have the shape of the inputs")

    def _verify_dimensions(self) -> None:
        rank, indices = len(shape_of(self.inputs[0])), shape_of(self.scatter_indices)
        updates = len(shape_of(self.updates[0]))
        inserted, batching = self.inserted_window_dims, self.input_batching_dims
        verify_dimensions("update_window_dims", self.update_window_dims, updates, True)
        verify_dimensions("inserted_window_dims", inserted, rank, True)
        verify_dimensions("input_batching_dims", batching, rank, True)
        verify_dimensions("inserted_window_dims and input_batching_dims", inserted + batching, rank)
        starts, vector = self.scatter_dims_to_operand_dims, self.index_vector_dim
        verify_dimensions(
            "scatter_dims_to_operand_dims and input_batching_dims", starts + batching, rank
        )
        batched = self.scatter_indices_batching_dims
        verify_dimensions("scatter_indices_batching_dims", batched, len(indices))
        if not 0 <= vector <= len(indices) or vector in batched:
            raise VerifyException(
                f"index_vector_dim {vector} is no dimension of {self.scatter_indices.type} that "
                "is free to hold index vectors"
            )
        length = indices[vector] if vector < len(indices) else 1
        if length not in (len(starts), DYNAMIC_INDEX):
            raise VerifyException(
                f"index vectors have {length} numbers, and scatter_dims_to_operand_dims names "
                f"{len(starts)} dimensions"
            )
        pairs = zip(batching, batched, strict=False)
        own = shape_of(self.inputs[0])
        if len(batching) != len(batched) or any(
            not (fits(own[a], indices[b]) and fits(indices[b], own[a])) for a, b in pairs
        ):
            raise VerifyException(
                f"input_batching_dims {batching} and scatter_indices_batching_dims {batched} do "
                "not match"
            )

    def _verify_update_shape(self) -> None:
        """Checks that the updates have the shape of the indices without the index vectors, and
        windows of the inputs.
        """
        indices, updates = list(shape_of(self.scatter_indices)), shape_of(self.updates[0])
        if self.index_vector_dim < len(indices):
            del indices[self.index_vector_dim]
        hidden = {*self.inserted_window_dims, *self.input_batching_dims}
        limits = [s for d, s in enumerate(shape_of(self.inputs[0])) if d not in hidden]
        window = self.update_window_dims
        if len(window) != len(limits) or len(updates) != len(indices) + len(window):
            raise VerifyException(
                f"updates of {self.updates[0].type} are no {len(limits)}-dimensional windows for "
                f"each of {indices} indices"
            )
        sizes = [updates[d] for d in window]
        places = [s for d, s in enumerate(updates) if d not in window]
        if any(not fits(s, limit) for s, limit in zip(sizes, limits, strict=True)):
            raise VerifyException(f"windows of {sizes} do not fit into {limits}")
        if any(not (fits(a, b) and fits(b, a)) for a, b in zip(places, indices, strict=True)):
            raise VerifyException(f"updates are for {places} indices, and there are {indices}")


@irdl_op_definition
class SortOp(IRDLOperation):
    """Sorts slices of tensors together along one dimension, by a comparison of scalars.

    ```mlir
    %1 = "stablehlo.sort"(%0) <{dimension = 0 : i64, is_stable = true}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %2 = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %2 : tensor<i1>
    }) : (tensor<8xf32>) -> tensor<8xf32>
    ```

    The region takes a left and a right element of each input, in the order of the inputs, and
    returns whether the left ones come first. A negative dimension counts from behind.
    """

    name = "stablehlo.sort"

    inputs = var_operand_def(TensorType)
    dimension = opt_prop_def(IntegerAttr)
    is_stable = opt_prop_def(BoolAttr)
    outputs = var_result_def(TensorType)
    comparator = region_def("single_block")

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        comparator: Region,
        dimension: int = -1,
        is_stable: bool = True,
    ):
        super().__init__(
            operands=[inputs],
            properties={
                "dimension": IntegerAttr(dimension, i64),
                "is_stable": BoolAttr.from_bool(is_stable),
            },
            result_types=[[value.type for value in inputs]],
            regions=[comparator],
        )

    @property
    def dim(self) -> int:
        """The dimension that is sorted along, from 0."""
        given = -1 if self.dimension is None else self.dimension.value.data
        return given + len(shape_of(self.inputs[0])) if given < 0 else given

    def verify_(self) -> None:
        if not self.inputs or not same_shapes(self.inputs):
            raise VerifyException("needs inputs of one shape, and at least one")
        if not 0 <= self.dim < len(shape_of(self.inputs[0])):
            raise VerifyException(f"its dimension is outside of {self.inputs[0].type}")
        scalars = [TensorType(element_type_of(v), []) for v in self.inputs for _ in range(2)]
        if [a.type for a in self.comparator.block.args] != scalars:
            raise VerifyException(
                "its region must take a left and a right element of each input, as scalars"
            )
        if [v.type for v in returned(self.comparator)] != [TensorType(i1, [])]:
            raise VerifyException("its region must return a tensor<i1>")
        expect_results(self, [value.type for value in self.inputs])


SCATTER_SORT_OPS: list[type[Operation]] = [ScatterOp, SortOp]
"""Every op of this file."""
