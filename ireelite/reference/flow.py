"""Ops of `flow` on tensors, from IREE's definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import flow
from ireelite.dialects.tensor_types import shape_of
from ireelite.reference.conversions import bits_of, from_bits
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, bit_width, constant, dtype_of
from ireelite.status import invalid_argument


def sizes(frame: Frame, value: SSAValue, dims: Sequence[SSAValue]) -> list[int]:
    """Returns the shape of a tensor whose open sizes are operands."""
    rest = iter(dims)
    return [
        int(frame.environment[next(rest)]) if n == DYNAMIC_INDEX else n for n in shape_of(value)
    ]


def make_constant(op: flow.TensorConstantOp, frame: Frame) -> Array:
    return constant(op.value, op.value.type)  # pyright: ignore[reportAttributeAccessIssue]


def same(op: Operation, frame: Frame, operand: Array, *dims: Array) -> Array:
    return operand


def tied(op: flow.TensorTieShapeOp, frame: Frame, operand: Array, *dims: Array) -> Array:
    if list(operand.shape) != sizes(frame, op.result, op.dynamic_dims):
        raise invalid_argument(f"is tied to {list(map(int, dims))} and has shape {operand.shape}")
    return operand


def reshape(op: flow.TensorReshapeOp, frame: Frame, operand: Array, *dims: Array) -> Array:
    shape = sizes(frame, op.result, op.result_dims)
    if prod(shape) != operand.size:
        raise invalid_argument(f"can't give shape {shape} to {operand.size} elements")
    return operand.reshape(shape)


def bitcast(op: flow.TensorBitCastOp, frame: Frame, operand: Array, *dims: Array) -> Array:
    """Cuts all bits in a row into elements of the new width."""
    dtype, shape = dtype_of(op.result.type), sizes(frame, op.result, op.result_dims)
    row = bits_of(operand).reshape(-1)
    if row.size != prod(shape) * bit_width(dtype):
        raise invalid_argument(f"can't take {row.size} bits for shape {shape} of {dtype}")
    return from_bits(row.reshape(*shape, bit_width(dtype)), dtype)


def load(op: flow.TensorLoadOp, frame: Frame, operand: Array, *rest: Array) -> Array:
    return operand[tuple(int(frame.environment[index]) for index in op.indices)]


def store(
    op: flow.TensorStoreOp, frame: Frame, value: Array, operand: Array, *rest: Array
) -> Array:
    result = operand.copy()
    result[tuple(int(frame.environment[index]) for index in op.indices)] = value
    return result


def empty(op: Any, frame: Frame, *dims: Array) -> Array:
    """Zeros: what an empty tensor holds is open."""
    return np.zeros(sizes(frame, op.result, op.result_dims), dtype_of(op.result.type))


def splat(op: flow.TensorSplatOp, frame: Frame, value: Array, *dims: Array) -> Array:
    return np.full(sizes(frame, op.result, op.result_dims), value)


def slice_(op: flow.TensorSliceOp, frame: Frame, operand: Array, *rest: Array) -> Array:
    starts, lengths = (
        [int(frame.environment[value]) for value in group]
        for group in (op.start_indices, op.lengths)
    )
    return operand[tuple(slice(s, s + n) for s, n in zip(starts, lengths))].copy()


def update(op: flow.TensorUpdateOp, frame: Frame, *rest: Array) -> Array:
    result, part = frame.environment[op.target].copy(), frame.environment[op.update]
    starts = [int(frame.environment[value]) for value in op.start_indices]
    result[tuple(slice(s, s + n) for s, n in zip(starts, part.shape))] = part
    return result


REFERENCES: Mapping[str, Reference] = {
    "flow.tensor.alloca": empty,
    "flow.tensor.bitcast": bitcast,
    "flow.tensor.clone": same,
    "flow.tensor.constant": make_constant,
    "flow.tensor.dynamic_constant": make_constant,
    "flow.tensor.empty": empty,
    "flow.tensor.load": load,
    "flow.tensor.reshape": reshape,
    "flow.tensor.slice": slice_,
    "flow.tensor.splat": splat,
    "flow.tensor.store": store,
    "flow.tensor.tie_shape": tied,
    "flow.tensor.transfer": same,
    "flow.tensor.update": update,
}
