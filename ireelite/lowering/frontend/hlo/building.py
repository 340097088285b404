"""Builds HLO inside of expansions: constants, broadcasts, sums."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.syntax.elements import splat


def constant(
    value: float, element: Attribute, to: Conversion, shape: Sequence[int] = ()
) -> SSAValue:
    """Returns a tensor of one real number."""
    return to.insert(hlo.ConstantOp(splat(TensorType(element, shape), value))).results[0]


def broadcast(
    value: SSAValue, dims: Sequence[int], shape: Sequence[int], to: Conversion
) -> SSAValue:
    """Inserts a `broadcast_in_dim` to a shape: dimension i becomes dimension dims[i]."""
    if shape_of(value) == tuple(shape):
        return value
    type = TensorType(element_type_of(value), shape)
    return to.insert(hlo.BroadcastInDimOp(value, dims, type)).result


def convert(value: SSAValue, element: Attribute, to: Conversion) -> SSAValue:
    """Returns the same numbers as elements of another type."""
    if element_type_of(value) == element:
        return value
    return to.insert(hlo.ConvertOp(value, TensorType(element, shape_of(value)))).result


def add(a: SSAValue, b: SSAValue, to: Conversion) -> SSAValue:
    return to.insert(ew.AddOp(a, b)).result


def subtract(a: SSAValue, b: SSAValue, to: Conversion) -> SSAValue:
    return to.insert(ew.SubtractOp(a, b)).result


def multiply(a: SSAValue, b: SSAValue, to: Conversion) -> SSAValue:
    return to.insert(ew.MultiplyOp(a, b)).result


def divide(a: SSAValue, b: SSAValue, to: Conversion) -> SSAValue:
    return to.insert(ew.DivideOp(a, b)).result


def sum_over(value: SSAValue, dims: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the sum over some dimensions."""
    if not dims:
        return value
    element = element_type_of(value)
    body = hlo.ReduceOp.simple_body(ew.AddOp, element)
    return to.insert(hlo.ReduceOp([value], [constant(0, element, to)], dims, body)).outputs[0]
