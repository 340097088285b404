"""What reductions in parts have in common: where parts start from, and how they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    DenseIntOrFPElementsAttr,
    IntegerType,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.reduction import reduced_elements
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion

LONGEST = 1 << 15
"""Elements that one invocation may go through: less than the 65,535 turns after which Mesa's
software driver ends a loop."""


def slice_of(value: SSAValue, dim: int, begin: int, end: int, to: Conversion) -> SSAValue:
    """Returns the part of a tensor from `begin` to `end` in one dimension."""
    shape = shape_of(value)
    if (begin, end) == (0, shape[dim]):
        return value
    ranges = [(0, extent, 1) for extent in shape]
    ranges[dim] = (begin, end, 1)
    return to.insert(hlo.SliceOp(value, ranges)).result


def apply_elementwise(
    reducer: Block, arguments: Sequence[SSAValue], shape: Sequence[int], to: Conversion
) -> list[SSAValue]:
    """Returns a reducer's body, on whole tensors. What it reads from around it is spread over their
    shape.
    """
    values: dict[SSAValue, SSAValue] = dict(zip(reducer.args, arguments, strict=True))

    def value(v: SSAValue) -> SSAValue:
        if v not in values:
            type = TensorType(element_type_of(v), shape)
            values[v] = to.insert(hlo.BroadcastInDimOp(v, [], type)).result
        return values[v]

    for op in reducer.ops:
        if isinstance(op, hlo.ReturnOp):
            return [value(v) for v in op.operands]
        types = [TensorType(element_type_of(result), shape) for result in op.results]
        if isinstance(op, hlo.ConstantOp):
            made: Operation = hlo.ConstantOp(splat(op.value, types[0]))
        else:
            made = op.create(
                operands=[value(v) for v in op.operands],
                result_types=types,
                properties=dict(op.properties),
                attributes=dict(op.attributes),
            )
        to.insert(made)
        values.update(zip(op.results, made.results, strict=True))
    raise AssertionError("a reducer ends in 'stablehlo.return'")


def splat(value: DenseIntOrFPElementsAttr, type: TensorType) -> DenseIntOrFPElementsAttr:
    """Returns a constant of one value, in another shape."""
    return DenseIntOrFPElementsAttr.from_list(type, [next(iter(value.get_values()))])  # pyright: ignore


def promoted(values: Sequence[SSAValue], body: Region, to: Conversion) -> list[SSAValue]:
    """Inputs, or init values, of a reduction as elements of the types that its reducer takes."""
    return [
        value
        if element_type_of(value) == element
        else to.insert(hlo.ConvertOp(value, TensorType(element, shape_of(value)))).result
        for value, element in zip(values, reduced_elements(body), strict=True)
    ]


# -- where partial results start from --------------------------------------------------------------


def identity_of(body: Region, start: SSAValue, to: Conversion) -> SSAValue:
    """Returns what a partial result starts from: the reducer's identity, if it is one op that has
    one, so that the reduction's own init value counts once. Other reducers' init values are
    identities, as StableHLO demands.
    """
    first, *others = body.block.ops
    plain = len(others) == 1 and set(first.operands) == set(body.block.args)
    identity = IDENTITIES.get(type(first)) if plain else None
    if identity is None:
        return start
    element = element_type_of(start)
    return to.insert(hlo.ConstantOp(number(identity(element), element))).results[0]


def number(value: float, element: Attribute) -> DenseIntOrFPElementsAttr:
    """Returns a constant of rank 0."""
    one: Any = (value, 0.0) if isinstance(element, ComplexType) else value
    return DenseIntOrFPElementsAttr.from_list(TensorType(element, []), [one])  # pyright: ignore


def lowest(element: Attribute) -> float:
    """Returns the least value of a type."""
    if isinstance(element, AnyFloat):
        return -inf
    assert isinstance(element, IntegerType)
    signed = element.signedness.data is not Signedness.UNSIGNED and element.width.data > 1
    return -(1 << (element.width.data - 1)) if signed else 0


def highest(element: Attribute) -> float:
    """Returns the greatest value of a type."""
    if isinstance(element, AnyFloat):
        return inf
    assert isinstance(element, IntegerType)
    bits = element.width.data
    signed = element.signedness.data is not Signedness.UNSIGNED and bits > 1
    return (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1


def all_ones(element: Attribute) -> float:
    """Returns the value with every bit set."""
    assert isinstance(element, IntegerType)
    signed = element.signedness.data is not Signedness.UNSIGNED and element.width.data > 1
    return -1 if signed else (1 << element.width.data) - 1


IDENTITIES = {
    ew.AddOp: lambda _: 0,
    ew.AndOp: all_ones,
    ew.MaximumOp: lowest,
    ew.MinimumOp: highest,
    ew.MultiplyOp: lambda _: 1,
    ew.OrOp: lambda _: 0,
    ew.XorOp: lambda _: 0,
}
"""Elementwise op -> the value that it leaves any other as it is with, by element type."""
