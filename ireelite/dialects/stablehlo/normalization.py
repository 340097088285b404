"""Batch normalization in the `stablehlo` dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import FloatAttr, IntegerAttr, TensorType, f32, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.elements import TypedElements, compatible, expect_results
from ireelite.dialects.tensor_types import element_type_of, shape_of


class BatchNormOp(IRDLOperation):
    """What batch normalizations have in common: the first operand's values are normalized for each
    index of its feature dimension.
    """

    FEATURES: ClassVar[int]
    """How many operands behind the first have one value for each feature."""

    epsilon = prop_def(FloatAttr)
    feature_index = prop_def(IntegerAttr)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operands: Sequence[SSAValue], epsilon: float, feature_index: int):
        super().__init__(
            operands=list(operands),
            properties={
                "epsilon": FloatAttr(epsilon, f32),
                "feature_index": IntegerAttr(feature_index, i64),
            },
            result_types=self.expected(operands[0], feature_index),
        )

    @classmethod
    def expected(cls, operand: SSAValue, feature: int) -> list[Attribute]:
        """Returns the types of the results."""
        return [operand.type]

    @property
    def feature(self) -> int:
        """The feature dimension."""
        return self.feature_index.value.data

    def verify_(self) -> None:
        operand, *others = self.operands
        if not 0 <= self.feature < len(shape_of(operand)):
            raise VerifyException(f"{operand.type} has no feature dimension {self.feature}")
        features = feature_type(operand, self.feature)
        for value in others[: self.FEATURES]:
            if not compatible(value.type, features):
                raise VerifyException(f"takes operands of type {features}, not {value.type}")
        expect_results(self, self.expected(operand, self.feature))


def feature_type(operand: SSAValue, feature: int) -> TensorType:
    """Returns a tensor with one value for each index of the feature dimension."""
    return TensorType(element_type_of(operand), [shape_of(operand)[feature]])


@irdl_op_definition
class BatchNormInferenceOp(BatchNormOp):
    """`scale * (operand - mean) / sqrt(variance + epsilon) + offset` for each feature.

    ```mlir
    %5 = "stablehlo.batch_norm_inference"(%0, %scale, %offset, %mean, %variance)
        <{epsilon = 1.0e-3 : f32, feature_index = 1 : i64}>
        : (tensor<4x256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<256xf32>)
        -> tensor<4x256xf32>
    ```
    """

    name = "stablehlo.batch_norm_inference"
    FEATURES: ClassVar = 4

    operand = operand_def(TensorType)
    scale = operand_def(TensorType)
    offset = operand_def(TensorType)
    mean = operand_def(TensorType)
    variance = operand_def(TensorType)
    result = result_def(TensorType)


@irdl_op_definition
class BatchNormTrainingOp(BatchNormOp):
    """Normalizes with the mean and the variance of the operand, and yields those too."""

    name = "stablehlo.batch_norm_training"
    FEATURES: ClassVar = 2

    operand = operand_def(TensorType)
    scale = operand_def(TensorType)
    offset = operand_def(TensorType)
    output = result_def(TensorType)
    batch_mean = result_def(TensorType)
    batch_var = result_def(TensorType)

    @classmethod
    def expected(cls, operand: SSAValue, feature: int) -> list[Attribute]:
        return [operand.type, *[feature_type(operand, feature)] * 2]


@irdl_op_definition
class BatchNormGradOp(BatchNormOp):
    """The gradients of `batch_norm_training` in its operand, its scale and its offset."""

    name = "stablehlo.batch_norm_grad"
    FEATURES: ClassVar = 3

    operand = operand_def(TensorType)
    scale = operand_def(TensorType)
    mean = operand_def(TensorType)
    variance = operand_def(TensorType)
    grad_output = operand_def(TensorType)
    grad_operand = result_def(TensorType)
    grad_scale = result_def(TensorType)
    grad_offset = result_def(TensorType)

    @classmethod
    def expected(cls, operand: SSAValue, feature: int) -> list[Attribute]:
        return [operand.type, *[feature_type(operand, feature)] * 2]

    def verify_(self) -> None:
        super().verify_()
        if not compatible(self.grad_output.type, self.operand.type):
            raise VerifyException(
                f"takes a gradient of type {self.operand.type}, not {self.grad_output.type}"
            )


NORMALIZATION_OPS: list[type[IRDLOperation]] = [
    BatchNormGradOp,
    BatchNormInferenceOp,
    BatchNormTrainingOp,
]
"""Every op of this file."""
