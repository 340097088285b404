"""Ops of the `stablehlo` dialect that make random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import Attribute, Operation, SpacedOpaqueSyntaxAttribute, SSAValue
from xdsl.irdl import (
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.str_enum import StrEnum

from ireelite.dialects.stablehlo.dynamic_shapes import ShapedOp, verify_shape
from ireelite.dialects.stablehlo.elements import Elements, TypedElements, compatible, verify_kind
from ireelite.dialects.stablehlo.fields import FieldsOp, enum_field
from ireelite.dialects.stablehlo.shapes import bit_width, require
from ireelite.dialects.tensor_types import shape_of, tensor_type_of


class RngDistribution(StrEnum):
    """How the numbers of `stablehlo.rng` are distributed."""

    UNIFORM = "UNIFORM"
    NORMAL = "NORMAL"


@irdl_attr_definition
class RngDistributionAttr(EnumAttribute[RngDistribution], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<rng_distribution UNIFORM>`"""

    name = "stablehlo.rng_distribution"


class RngAlgorithm(StrEnum):
    """How `stablehlo.rng_bit_generator` makes bits."""

    DEFAULT = "DEFAULT"
    THREE_FRY = "THREE_FRY"
    PHILOX = "PHILOX"


@irdl_attr_definition
class RngAlgorithmAttr(EnumAttribute[RngAlgorithm], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<rng_algorithm THREE_FRY>`"""

    name = "stablehlo.rng_algorithm"


@irdl_op_definition
class RngOp(ShapedOp):
    """Random numbers in a shape: uniform in [a, b), or normal with mean a and deviation b.

    ```mlir
    %3 = stablehlo.rng %a, %b, %shape, distribution = UNIFORM
        : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<3x3xf32>
    ```
    """

    name = "stablehlo.rng"
    FIELDS: ClassVar = (
        enum_field("distribution", "rng_distribution", RngDistribution, RngDistributionAttr),
    )

    a = operand_def(TensorType)
    b = operand_def(TensorType)
    shape = operand_def(TensorType)
    rng_distribution = prop_def(RngDistributionAttr)

    # two ops with the same operands make different numbers
    traits = traits_def()

    @property
    def distribution(self) -> RngDistribution:
        """How the numbers are distributed."""
        return self.rng_distribution.data

    def verify_(self) -> None:
        self.verify_elements(self.a, self.b)
        verify_shape(self.shape, self.result)
        require(shape_of(self.a) == shape_of(self.b) == (), "takes scalars as parameters")
        normal = self.distribution is RngDistribution.NORMAL
        kinds = Elements.FLOAT if normal else Elements.LOGICAL | Elements.FLOAT
        verify_kind(tensor_type_of(self.a), kinds)


@irdl_op_definition
class RngBitGeneratorOp(FieldsOp):
    """Random bits from a state, and the state for the next ones.

    ```mlir
    %state, %bits = stablehlo.rng_bit_generator %0, algorithm = THREE_FRY
        : (tensor<2xui64>) -> (tensor<2xui64>, tensor<2x2xui64>)
    ```
    """

    name = "stablehlo.rng_bit_generator"
    FIELDS: ClassVar = (enum_field("algorithm", "rng_algorithm", RngAlgorithm, RngAlgorithmAttr),)

    initial_state = operand_def(TensorType)
    rng_algorithm = prop_def(RngAlgorithmAttr)
    output_state = result_def(TensorType)
    output = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, algorithm: RngAlgorithm, state: SSAValue, output: Attribute):
        super().__init__(
            operands=[state],
            properties={"rng_algorithm": RngAlgorithmAttr(algorithm)},
            result_types=[state.type, output],
        )

    @property
    def algorithm(self) -> RngAlgorithm:
        """How the bits are made."""
        return self.rng_algorithm.data

    def verify_(self) -> None:
        state = self.initial_state.type
        require(compatible(self.output_state.type, state), f"yields a state of type {state}")
        for value in (self.initial_state, self.output):
            verify_kind(tensor_type_of(value), Elements.INTEGER | Elements.FLOAT)
        allowed = STATE_WORDS[self.algorithm]
        type = tensor_type_of(self.initial_state)
        size, bits = type.get_shape(), bit_width(type.element_type)
        sizes = allowed if bits == 64 else (4,)
        require(
            len(size) == 1 and size[0] in (DYNAMIC_INDEX, *sizes) and bits in (32, 64),
            f"takes a state of {' or '.join(map(str, allowed))} elements of 64 bits for "
            f"{self.algorithm.value}, or of 4 elements of 32 bits, not {state}",
        )


STATE_WORDS: dict[RngAlgorithm, Sequence[int]] = {
    RngAlgorithm.DEFAULT: (2, 3),
    RngAlgorithm.THREE_FRY: (2,),
    RngAlgorithm.PHILOX: (2, 3),
}
"""Algorithm -> how many words of 64 bits its state may have."""

RANDOM_OPS: list[type[Operation]] = [RngBitGeneratorOp, RngOp]
"""Every op of this file."""

RANDOM_ATTRIBUTES: list[type[Attribute]] = [RngAlgorithmAttr, RngDistributionAttr]
"""Every attribute of this file."""
