"""Batch normalization, made of sums over all dimensions but one and of elementwise ops.

Small floats are normalized in f32, and rounded once: sums of many of them would lose their last
bits otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from xdsl.dialects.builtin import f32
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.normalization import (
    BatchNormGradOp,
    BatchNormInferenceOp,
    BatchNormOp,
    BatchNormTrainingOp,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import (
    add,
    broadcast,
    constant,
    convert,
    divide,
    multiply,
    subtract,
    sum_over,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule


class Features:
    """Arithmetic on a tensor and on tensors with one value for each of its features."""

    def __init__(self, op: BatchNormOp, to: Conversion):
        operand = op.operands[0]
        self.to = to
        self.shape = shape_of(operand)
        self.feature = op.feature
        self.element = element_type_of(operand)
        self.wide = f32 if is_small_float(self.element) else self.element
        self.operands = [convert(value, self.wide, to) for value in op.operands]
        self.epsilon = op.epsilon.value.data

    @property
    def others(self) -> list[int]:
        """All dimensions but that of the features."""
        return [d for d in range(len(self.shape)) if d != self.feature]

    @property
    def count(self) -> int:
        """How many elements a feature has."""
        return prod(self.shape[d] for d in self.others)

    def spread(self, value: SSAValue) -> SSAValue:
        """Returns a value for each feature, at all of its elements."""
        return broadcast(value, [self.feature], self.shape, self.to)

    def total(self, value: SSAValue) -> SSAValue:
        """Returns the sum of each feature's elements."""
        return sum_over(value, self.others, self.to)

    def number(self, value: float, like: SSAValue) -> SSAValue:
        """Returns a number as a tensor of the shape of another."""
        return constant(value, self.wide, self.to, shape_of(like))

    def mean(self, value: SSAValue) -> SSAValue:
        """Returns the mean of each feature's elements."""
        total = self.total(value)
        return divide(total, self.number(self.count, total), self.to)

    def deviation(self, variance: SSAValue) -> SSAValue:
        """Returns the square root of the variance and epsilon, for each feature."""
        shifted = add(variance, self.number(self.epsilon, variance), self.to)
        return self.to.insert(ew.SqrtOp(shifted)).result

    def normalized(self, operand: SSAValue, mean: SSAValue, variance: SSAValue) -> SSAValue:
        """Returns the elements less their mean, in units of their deviation."""
        centered = subtract(operand, self.spread(mean), self.to)
        return divide(centered, self.spread(self.deviation(variance)), self.to)

    def scaled(self, normalized: SSAValue, scale: SSAValue, offset: SSAValue) -> SSAValue:
        """Returns the elements with the scale and the offset of their feature."""
        return add(multiply(self.spread(scale), normalized, self.to), self.spread(offset), self.to)

    def rounded(self, *values: SSAValue) -> list[SSAValue]:
        """Returns the values in the op's own element type."""
        return [convert(value, self.element, self.to) for value in values]


def expand_inference(op: BatchNormInferenceOp, to: Conversion) -> Sequence[SSAValue]:
    on = Features(op, to)
    operand, scale, offset, mean, variance = on.operands
    return on.rounded(on.scaled(on.normalized(operand, mean, variance), scale, offset))


def expand_training(op: BatchNormTrainingOp, to: Conversion) -> Sequence[SSAValue]:
    on = Features(op, to)
    operand, scale, offset = on.operands
    mean = on.mean(operand)
    centered = subtract(operand, on.spread(mean), to)
    variance = on.mean(multiply(centered, centered, to))
    output = on.scaled(on.normalized(operand, mean, variance), scale, offset)
    return on.rounded(output, mean, variance)


def expand_grad(op: BatchNormGradOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the formulas of the specification, with sums and factors kept for each feature:

        grad_operand = scale / deviation / n * (n * g - sum(g) - x * sum(g * x) / deviation^2)

    where g is the gradient of the output, x the operand less its mean and n a feature's elements.
    """
    on = Features(op, to)
    operand, scale, mean, variance, gradient = on.operands
    deviation = on.deviation(variance)
    centered = subtract(operand, on.spread(mean), to)
    offset_sum = on.total(gradient)
    product_sum = on.total(multiply(gradient, centered, to))
    count = on.number(on.count, scale)
    factor = divide(divide(scale, deviation, to), count, to)
    slope = divide(product_sum, add(variance, on.number(on.epsilon, variance), to), to)
    scaled = multiply(gradient, on.number(on.count, gradient), to)
    less_sum = subtract(scaled, on.spread(offset_sum), to)
    inner = subtract(less_sum, multiply(on.spread(slope), centered, to), to)
    grad_operand = multiply(on.spread(factor), inner, to)
    normalized = divide(centered, on.spread(deviation), to)
    grad_scale = on.total(multiply(gradient, normalized, to))
    return on.rounded(grad_operand, grad_scale, offset_sum)


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    BatchNormGradOp: expand_grad,
    BatchNormInferenceOp: expand_inference,
    BatchNormTrainingOp: expand_training,
}
