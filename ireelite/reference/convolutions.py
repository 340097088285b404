"""Convolutions of StableHLO: sums of products over windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.contractions import accumulator, finished
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import (
    Array,
    attribute,
    dtype_of,
    integer,
    integer_list,
    integers,
    number,
)
from ireelite.reference.shapes import padded
from ireelite.reference.windows import pairs, windows_of


def convolution(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    spatial = lhs.ndim - 2
    return convolved(op, lhs, rhs, integers(op, "padding", [0] * 2 * spatial))


def dynamic_conv(op: Operation, frame: Frame, lhs: Array, rhs: Array, padding: Array) -> Array:
    return convolved(op, lhs, rhs, [int(p) for p in padding.ravel()])


def convolved(op: Operation, lhs: Array, rhs: Array, padding: Sequence[int]) -> Array:
    """Inputs and kernels in the order batch, feature, spatial and out, in, spatial; group by
    group; and the result in the order that the op asks for.
    """
    n: Any = attribute(op, "dimension_numbers")
    dtype = dtype_of(op.results[0].type)
    spatial = lhs.ndim - 2
    inputs = lhs.transpose(
        number(n.input_batch_dimension),
        number(n.input_feature_dimension),
        *integer_list(n.input_spatial_dimensions),
    )
    kernels = rhs.transpose(
        number(n.kernel_output_feature_dimension),
        number(n.kernel_input_feature_dimension),
        *integer_list(n.kernel_spatial_dimensions),
    )
    reversed_axes = tuple(
        2 + d for d, turned in enumerate(integers(op, "window_reversal", [0] * spatial)) if turned
    )
    kernels = np.flip(kernels, reversed_axes)
    groups, batches = integer(op, "feature_group_count", 1), integer(op, "batch_group_count", 1)
    ones = [1] * spatial
    low, high = pairs(padding)
    inner = [d - 1 for d in integers(op, "lhs_dilation", ones)]
    zero = np.zeros((), lhs.dtype)
    inputs = padded(inputs, zero, [0, 0, *low], [0, 0, *high], [0, 0, *inner])
    strides = integers(op, "window_strides", ones)
    dilations = integers(op, "rhs_dilation", ones)
    inputs, kernels = accumulator(inputs, dtype), accumulator(kernels, dtype)
    axis = 1 if groups > 1 else 0
    parts = zip(
        np.split(inputs, max(groups, batches), axis), np.split(kernels, max(groups, batches), 0)
    )
    outputs = [one_group(i, k, strides, dilations) for i, k in parts]
    result = finished(np.concatenate(outputs, 1), dtype)
    order = [
        number(n.output_batch_dimension),
        number(n.output_feature_dimension),
        *integer_list(n.output_spatial_dimensions),
    ]
    return result.transpose(np.argsort(order)).copy()


def one_group(
    inputs: Array, kernels: Array, strides: Sequence[int], dilations: Sequence[int]
) -> Array:
    """Returns a convolution of padded inputs."""
    size = kernels.shape[2:]
    stacked = windows_of(inputs, [1, 1, *size], [1, 1, *strides], [1, 1, *dilations])
    flat = kernels.reshape(*kernels.shape[:2], int(np.prod(size, dtype=np.int64)))
    return np.einsum("wbi...,oiw->bo...", stacked, flat)


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.convolution": convolution,
    "stablehlo.dynamic_conv": dynamic_conv,
}
