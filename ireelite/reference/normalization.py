"""Batch normalization of StableHLO and its gradients, in the specification's own steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from xdsl.dialects.builtin import FloatAttr
from xdsl.ir import Operation

from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, attribute, integer, rounded


class Features:
    """Shapes of features: a vector along one dimension, and the others, which are summed over."""

    def __init__(self, op: Operation, operand: Array):
        self.axis = integer(op, "feature_index")
        self.others = tuple(d for d in range(operand.ndim) if d != self.axis)
        self.shape = [1] * operand.ndim
        self.shape[self.axis] = operand.shape[self.axis]
        self.count = operand.size // max(operand.shape[self.axis], 1)
        epsilon = attribute(op, "epsilon")
        assert isinstance(epsilon, FloatAttr)
        self.epsilon = np.float64(np.float32(epsilon.value.data))

    def spread(self, vector: Array) -> Array:
        """Returns a vector of features along its dimension."""
        return vector.astype(np.float64).reshape(self.shape)

    def mean(self, array: Array) -> Array:
        """Returns the mean of each feature."""
        return array.sum(self.others) / self.count


def inference(
    op: Operation,
    frame: Frame,
    operand: Array,
    scale: Array,
    offset: Array,
    mean: Array,
    variance: Array,
) -> Array:
    return rounded(normalized(op, operand, scale, offset, mean, variance), operand.dtype)


def normalized(
    op: Operation, operand: Array, scale: Array, offset: Array, mean: Array, variance: Array
) -> Array:
    """Computes (operand - mean) / sqrt(variance + epsilon) * scale + offset."""
    f = Features(op, operand)
    deviation = np.sqrt(f.spread(variance) + f.epsilon)
    centered = operand.astype(np.float64) - f.spread(mean)
    return f.spread(scale) * (centered / deviation) + f.spread(offset)


def training(
    op: Operation, frame: Frame, operand: Array, scale: Array, offset: Array
) -> list[Array]:
    f, exact = Features(op, operand), operand.astype(np.float64)
    mean = f.mean(exact)
    variance = f.mean((exact - f.spread(mean)) ** 2)
    output = normalized(op, operand, scale, offset, mean, variance)
    return [rounded(array, operand.dtype) for array in (output, mean, variance)]


def gradients(
    op: Operation,
    frame: Frame,
    operand: Array,
    scale: Array,
    mean: Array,
    variance: Array,
    grad_output: Array,
) -> list[Array]:
    f, grad = Features(op, operand), grad_output.astype(np.float64)
    centered = operand.astype(np.float64) - f.spread(mean)
    spread_variance = f.spread(variance) + f.epsilon
    deviation = np.sqrt(spread_variance)
    i1 = grad * f.count
    i2 = f.spread(grad.sum(f.others))
    i3 = f.spread((grad * centered).sum(f.others))
    i4 = i3 * centered
    i5 = i4 / spread_variance
    i6 = i1 - i2 - i5
    grad_operand = f.spread(scale) / deviation / f.count * i6
    grad_scale = (grad * (centered / deviation)).sum(f.others)
    grad_offset = grad.sum(f.others)
    return [rounded(array, operand.dtype) for array in (grad_operand, grad_scale, grad_offset)]


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.batch_norm_grad": gradients,
    "stablehlo.batch_norm_inference": inference,
    "stablehlo.batch_norm_training": training,
}
