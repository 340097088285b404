"""Quantized tensors: arrays of the storage type; other ops compute on the floats that they denote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, Operation

from ireelite.dialects.quant import UniformType
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, rounded


def quantized_type(type: Attribute) -> UniformType | None:
    """Returns the element type of a quantized tensor; None for other values."""
    if isinstance(type, TensorType) and isinstance(type.element_type, UniformType):
        return type.element_type
    return None


def parameters(type: UniformType, rank: int) -> tuple[Array, Array]:
    """Scales and zero points, spread along the dimension that they belong to."""
    shape = [1] * rank
    if type.axis is not None:
        shape[type.axis] = len(type.steps)
    scales = np.array(type.steps, np.float32).astype(np.float64)
    return scales.reshape(shape), np.array(type.offsets, np.int64).reshape(shape)


def dequantized(array: Array, type: UniformType) -> Array:
    """Returns the floats that integers denote: (array - zero point) * scale."""
    scales, points = parameters(type, array.ndim)
    expressed = dtype_of(type.expressed_type)
    return rounded((array.astype(np.int64) - points) * scales, expressed)


def quantized(array: Array, type: UniformType) -> Array:
    """Returns the nearest integers on the grid, halves to the even one, within the storage's range."""
    scales, points = parameters(type, array.ndim)
    least, largest = type.range
    places = np.rint(rounded(array.astype(np.float64) / scales, np.dtype(np.float32)))
    places = np.nan_to_num(places.astype(np.float64), nan=0.0) + points
    return np.clip(places, least, largest).astype(np.int64).astype(dtype_of(type.storage_type))


def uniform_quantize(op: Operation, frame: Frame, operand: Array) -> Array:
    source, target = (quantized_type(v.type) for v in (op.operands[0], op.results[0]))
    assert target is not None
    return quantized(operand if source is None else dequantized(operand, source), target)


def uniform_dequantize(op: Operation, frame: Frame, operand: Array) -> Array:
    source = quantized_type(op.operands[0].type)
    assert source is not None
    return dequantized(operand, source)


MOVES = frozenset(
    f"stablehlo.{name}"
    for name in (
        "bitcast_convert broadcast_in_dim concatenate constant dynamic_slice dynamic_update_slice "
        "gather pad reshape reverse select slice transpose all_gather dynamic_broadcast_in_dim "
        "dynamic_reshape real_dynamic_slice return optimization_barrier get_dimension_size "
        "uniform_quantize uniform_dequantize tuple get_tuple_element while if case sort "
        "map reduce reduce_window scatter select_and_scatter"
    ).split()
)
"""Ops that move quantized elements as they are, or call functions on them that compute."""


def is_quantized(op: Operation) -> bool:
    """Returns whether an op computes on quantized elements."""
    if op.name in MOVES or not op.name.startswith(("stablehlo.", "chlo.")):
        return False
    return any(quantized_type(v.type) is not None for v in (*op.operands, *op.results))


def on_floats(reference: Reference, op: Operation, frame: Frame, operands: list[Any]) -> list[Any]:
    """Computes on the floats that operands denote, and quantizes the results."""
    floats = [
        value if (type := quantized_type(v.type)) is None else dequantized(value, type)
        for v, value in zip(op.operands, operands)
    ]
    results = reference(with_float_types(op), frame, *floats)
    results = results if isinstance(results, list) else [results]
    return [
        value if (type := quantized_type(v.type)) is None else quantized(value, type)
        for v, value in zip(op.results, results)
    ]


def with_float_types(op: Operation) -> Operation:
    """Returns the op with the expressed types in place of the quantized ones."""
    types = [
        TensorType(q.expressed_type, v.type.get_shape())  # pyright: ignore
        if (q := quantized_type(v.type)) is not None
        else v.type
        for v in op.results
    ]
    return type(op).create(
        operands=op.operands,
        result_types=types,
        properties=op.properties,
        attributes=op.attributes,
        regions=[region.clone() for region in op.regions],
    )


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.uniform_dequantize": uniform_dequantize,
    "stablehlo.uniform_quantize": uniform_quantize,
}
