"""`chlo.top_k`: a sort, and the beginning of what it yields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import AnyFloat, TensorType, i32
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.top_k import TopKOp
from ireelite.dialects.stablehlo.attributes import ComparisonType
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.scatter_sort import SortOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import convert
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule

TILE = 64
"""Elements of a part of which the k largest are found first, if k is at most half of them: parts of
that size are sorted by one dispatch."""


def expand_top_k(op: TopKOp, to: Conversion) -> Sequence[SSAValue]:
    values, indices = top_k(op.operand, op.k.value.data, to)
    return [values, convert(indices, element_type_of(op.indices), to)]


def top_k(
    operand: SSAValue, k: int, to: Conversion, largest: bool = True
) -> tuple[SSAValue, SSAValue]:
    """Returns the k largest, or smallest, elements along the last dimension in order, and their
    indices as i32. Floats are in total order; equal elements stay in order.
    """
    shape = shape_of(operand)
    type = TensorType(i32, shape)
    indices = to.insert(hlo.IotaOp(len(shape) - 1, type)).result
    values = operand
    while (extent := shape_of(values)[-1]) % TILE == 0 and extent > TILE and 2 * k <= TILE:
        tiled = [*shape[:-1], extent // TILE, TILE]
        values, indices = first_of_sorted(reshape([values, indices], tiled, to), k, largest, to)
        values, indices = reshape([values, indices], [*shape[:-1], extent // TILE * k], to)
    values, indices = first_of_sorted([values, indices], k, largest, to)
    return values, indices


def first_of_sorted(
    values: Sequence[SSAValue], k: int, largest: bool, to: Conversion
) -> list[SSAValue]:
    """Returns the first k elements along the last dimension, when that is sorted by the first
    tensor.
    """
    shape = shape_of(values[0])
    scalars = [TensorType(element_type_of(v), []) for v in values for _ in range(2)]
    block = Block(arg_types=scalars)
    is_float = isinstance(element_type_of(values[0]), AnyFloat)
    kind = ComparisonType.TOTALORDER if is_float else None
    with to.at(block):
        left, right = block.args[:2]
        compare = CompareOp("GT" if largest else "LT", left, right, kind)
        to.insert(hlo.ReturnOp(to.insert(compare).results[0]))
    ranges = [*((0, size, 1) for size in shape[:-1]), (0, k, 1)]
    results = to.insert(SortOp(values, Region(block), len(shape) - 1)).results
    return [to.insert(hlo.SliceOp(result, ranges)).result for result in results]


def reshape(values: Sequence[SSAValue], shape: Sequence[int], to: Conversion) -> list[SSAValue]:
    return [
        to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).result
        for value in values
    ]


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {TopKOp: expand_top_k}
"""Op -> the function that makes it of others."""
