"""`chlo.ragged_dot`: products of tensors cut into groups."""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    IntegerType,
    TensorType,
)
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import SpacedOpaqueSyntaxAttribute
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
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    DIMENSIONS,
    Precision,
    StructureAttribute,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible_shapes
from ireelite.dialects.stablehlo.shapes import same_size
from ireelite.dialects.tensor_types import shape_of


@irdl_attr_definition
class PrecisionAttr(EnumAttribute[Precision], SpacedOpaqueSyntaxAttribute):
    """`#chlo<precision HIGHEST>`"""

    name = "chlo.precision"


@irdl_attr_definition
class RaggedDotDimensionNumbersAttr(StructureAttribute):
    """Which dimensions `chlo.ragged_dot` pairs, and which one has groups."""

    name = "chlo.ragged_dot"

    lhs_batching_dimensions: DenseArrayBase[IntegerType]
    rhs_batching_dimensions: DenseArrayBase[IntegerType]
    lhs_contracting_dimensions: DenseArrayBase[IntegerType]
    rhs_contracting_dimensions: DenseArrayBase[IntegerType]
    lhs_ragged_dimensions: DenseArrayBase[IntegerType]
    rhs_group_dimensions: DenseArrayBase[IntegerType]

    FIELDS: ClassVar = {
        "lhs_batching_dimensions": DIMENSIONS,
        "rhs_batching_dimensions": DIMENSIONS,
        "lhs_contracting_dimensions": DIMENSIONS,
        "rhs_contracting_dimensions": DIMENSIONS,
        "lhs_ragged_dimensions": DIMENSIONS,
        "rhs_group_dimensions": DIMENSIONS,
    }


def numbers(array: DenseArrayBase[IntegerType]) -> list[int]:
    return [int(n) for n in array.get_values()]


@irdl_op_definition
class RaggedDotOp(IRDLOperation):
    """A product of tensors, one dimension of which is cut into groups of the sizes of a third tensor.

    - A free dimension of the left operand: each group is multiplied with its own part of the right
      one, `[b, m, k], [g, b, k, n], [b, g] -> [b, m, n]`.
    - A contracting dimension: each group has its own sum,
      `[b, m, k], [b, k, n], [b, g] -> [g, b, m, n]`.
    - A batching dimension: groups change nothing, `[b, m, k], [b, k, n], [g] -> [b, m, n]`.
    """

    name = "chlo.ragged_dot"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    group_sizes = operand_def(TensorType)
    ragged_dot_dimension_numbers = prop_def(RaggedDotDimensionNumbersAttr)
    precision_config = opt_prop_def(ArrayAttr[PrecisionAttr])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    @property
    def batching(self) -> tuple[list[int], list[int]]:
        """Batching dimensions of the left and of the right operand."""
        dims = self.ragged_dot_dimension_numbers
        return numbers(dims.lhs_batching_dimensions), numbers(dims.rhs_batching_dimensions)

    @property
    def contracting(self) -> tuple[list[int], list[int]]:
        """Contracting dimensions of the left and of the right operand."""
        dims = self.ragged_dot_dimension_numbers
        return numbers(dims.lhs_contracting_dimensions), numbers(dims.rhs_contracting_dimensions)

    @property
    def ragged(self) -> int:
        """The left operand's dimension that has groups."""
        return numbers(self.ragged_dot_dimension_numbers.lhs_ragged_dimensions)[0]

    @property
    def groups(self) -> list[int]:
        """The right operand's dimension with a part for each group; none, or one."""
        return numbers(self.ragged_dot_dimension_numbers.rhs_group_dimensions)

    @property
    def outer(self) -> list[int]:
        """The left operand's dimensions for whose indices `group_sizes` has sizes of their own."""
        (batch, _), (contracting, _) = self.batching, self.contracting
        if self.ragged in batch:
            return batch[: batch.index(self.ragged)]
        if self.ragged in contracting:
            return [*batch, *contracting[: contracting.index(self.ragged)]]
        return [*batch, *(d for d in range(self.ragged) if d not in (*batch, *contracting))]

    def verify_(self) -> None:
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        dims = self.ragged_dot_dimension_numbers
        if len(numbers(dims.lhs_ragged_dimensions)) != 1:
            raise VerifyException("needs one dimension with groups in the left operand")
        for shape, named in zip((left, right), self._named(), strict=True):
            if len(set(named)) != len(named) or any(not 0 <= d < len(shape) for d in named):
                raise VerifyException(f"dimensions {named} do not name some of {shape} once each")
        for a, b in (self.batching, self.contracting):
            if not compatible_shapes([left[d] for d in a], [right[d] for d in b]):
                raise VerifyException(
                    f"dimensions {a} of {self.lhs.type} and {b} of {self.rhs.type} do not match"
                )
        if not 0 <= self.ragged < len(left):
            raise VerifyException(f"{self.lhs.type} has no dimension {self.ragged}")
        self._verify_groups()
        if not compatible_shapes(shape_of(self.result), self.shape):
            raise VerifyException(f"yields a tensor of shape {self.shape}, not {self.result.type}")

    def _named(self) -> tuple[list[int], list[int]]:
        return (
            [*self.batching[0], *self.contracting[0]],
            [*self.batching[1], *self.contracting[1], *self.groups],
        )

    def _verify_groups(self) -> None:
        sizes = shape_of(self.group_sizes)
        expected = [shape_of(self.lhs)[d] for d in self.outer]
        if not sizes or (len(sizes) != 1 and not compatible_shapes(sizes[:-1], expected)):
            whole = ", ".join(map(str, [*expected, "g"]))
            raise VerifyException(
                f"needs group sizes of shape [g] or [{whole}] for g groups, not {list(sizes)}"
            )
        free = self.ragged not in (*self.batching[0], *self.contracting[0])
        if len(self.groups) != free:
            raise VerifyException(
                f"needs {int(free)} dimension of groups in the right operand, not {self.groups}"
            )
        if free and not same_size(shape_of(self.rhs)[self.groups[0]], sizes[-1]):
            raise VerifyException(
                f"has {sizes[-1]} groups, and {shape_of(self.rhs)[self.groups[0]]} parts for them"
            )

    @property
    def shape(self) -> list[int]:
        """The shape of the result."""
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        named = self._named()
        groups = [shape_of(self.group_sizes)[-1]] if self.ragged in self.contracting[0] else []
        return [
            *groups,
            *(left[d] for d in self.batching[0]),
            *(size for d, size in enumerate(left) if d not in named[0]),
            *(size for d, size in enumerate(right) if d not in named[1]),
        ]
