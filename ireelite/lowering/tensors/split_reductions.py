"""Long reductions become short ones of partial results.

One invocation computes one element of a result, in a loop. A loop of millions of turns leaves all
other invocations idle, and some drivers end it early without a word. A `stablehlo.reduce` over more
than `LONGEST` elements for one result is therefore divided: each run of `TILE` elements is reduced
on its own, then the partial results. The tiles depend on the shapes alone, so results do not depend
on how many invocations run at once. A long `stablehlo.dot_general` becomes a batch of short ones,
whose results are added.

The order in which StableHLO's reductions go through their elements is the implementation's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, prod
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    IntegerType,
    ModuleOp,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import replace_in_place
from ireelite.lowering.rewriting.sequences import is_sequence

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

LONGEST = 1 << 15
"""Elements that one invocation may go through: less than the 65,535 turns after which Mesa's
software driver ends a loop."""

TILE = 1 << 12
"""Elements of one partial result."""


def split_reductions(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Splits the long reductions and contractions of every sequence, in place."""
    to = Conversion({}, "shorter reductions", tracker)
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and is_sequence(function):
            for op in list(function.body.block.ops):
                if isinstance(op, hlo.ReduceOp) and turns(op) > LONGEST:
                    replace_in_place(op, split_reduce, to)
                elif isinstance(op, hlo.DotGeneralOp) and contracted(op) > LONGEST:
                    replace_in_place(op, split_contraction, to)
    return module


# -- reductions ------------------------------------------------------------------------------------


def turns(op: hlo.ReduceOp) -> int:
    """How many elements are reduced to one."""
    shape = shape_of(op.inputs[0])
    return prod(shape[d] for d in op.dims)


def split_reduce(op: hlo.ReduceOp, to: Conversion) -> Sequence[SSAValue]:
    """Partial reductions, the innermost dimension first, until what is left is short."""
    identities = [identity_of(op, value, to) for value in op.init_values]
    return reduce_long(op, op.inputs, identities, op.init_values, sorted(op.dims), to)


def reduce_long(
    op: hlo.ReduceOp,
    values: Sequence[SSAValue],
    identities: Sequence[SSAValue],
    starts: Sequence[SSAValue],
    dims: Sequence[int],
    to: Conversion,
) -> list[SSAValue]:
    """Reduces `values` over `dims` by partial results, of which the last begins with `starts`."""
    shape = shape_of(values[0])
    if prod(shape[d] for d in dims) <= LONGEST:
        return reduce(op, values, starts, dims, to)
    *outer, inner = dims
    extent = shape[inner]
    if extent <= LONGEST:
        partials = reduce(op, values, identities, [inner], to)
        return reduce_long(op, partials, identities, starts, outer, to)
    whole = extent - extent % TILE
    tiles = [tiled(slice_of(v, inner, 0, whole, to), inner, to) for v in values]
    partials = reduce(op, tiles, identities, [inner + 1], to)
    results = reduce_long(op, partials, identities, starts, dims, to)
    if whole == extent:
        return results
    rest = [slice_of(v, inner, whole, extent, to) for v in values]
    tails = reduce_long(op, rest, identities, identities, dims, to)
    return apply_elementwise(op.body.block, [*results, *tails], shape_of(results[0]), to)


def reduce(
    op: hlo.ReduceOp,
    values: Sequence[SSAValue],
    starts: Sequence[SSAValue],
    dims: Sequence[int],
    to: Conversion,
) -> list[SSAValue]:
    """The same reduction of other values, over other dimensions."""
    return list(to.insert(hlo.ReduceOp(values, starts, dims, op.body.clone())).outputs)


def apply_elementwise(
    reducer: Block, arguments: Sequence[SSAValue], shape: Sequence[int], to: Conversion
) -> list[SSAValue]:
    """A reducer's body, on whole tensors."""
    values: dict[SSAValue, SSAValue] = dict(zip(reducer.args, arguments, strict=True))
    for op in reducer.ops:
        if isinstance(op, hlo.ReturnOp):
            return [values[v] for v in op.operands]
        types = [TensorType(element_type_of(result), shape) for result in op.results]
        if isinstance(op, hlo.ConstantOp):
            made: Operation = hlo.ConstantOp(splat(op.value, types[0]))
        else:
            made = op.create(
                operands=[values.get(v, v) for v in op.operands],
                result_types=types,
                properties=dict(op.properties),
                attributes=dict(op.attributes),
            )
        to.insert(made)
        values.update(zip(op.results, made.results, strict=True))
    raise AssertionError("a reducer ends in 'stablehlo.return'")


def splat(value: DenseIntOrFPElementsAttr, type: TensorType) -> DenseIntOrFPElementsAttr:
    """A constant of one value, in another shape."""
    return DenseIntOrFPElementsAttr.from_list(type, [next(iter(value.get_values()))])  # pyright: ignore


# -- contractions ----------------------------------------------------------------------------------


def contracted(op: hlo.DotGeneralOp) -> int:
    """How many products are added to one element."""
    shape = shape_of(op.lhs)
    return prod(shape[d] for d in op.contracting[0])


def split_contraction(op: hlo.DotGeneralOp, to: Conversion) -> Sequence[SSAValue]:
    """A batch of contractions of `TILE` products each, and the sum of their results."""
    (*_, left), (*_, right) = op.contracting
    extent = shape_of(op.lhs)[left]
    size = TILE if extent > LONGEST else extent
    whole = extent - extent % size
    parts: list[SSAValue] = []
    for begin, end, tile in ((0, whole, size), (whole, extent, extent - whole)):
        if begin == end:
            continue
        a = tiled(slice_of(op.lhs, left, begin, end, to), left, to, tile)
        b = tiled(slice_of(op.rhs, right, begin, end, to), right, to, tile)
        contracting = [
            [d + (d >= split) for d in dims]
            for dims, split in zip(op.contracting, (left, right), strict=True)
        ]
        batching = [
            [*(d + (d > split) for d in dims), split]
            for dims, split in zip(op.batching, (left, right), strict=True)
        ]
        element = element_type_of(op.result)
        product = hlo.DotGeneralOp(
            a,
            b,
            (contracting[0], contracting[1]),
            (batching[0], batching[1]),
            op.precision_config,
            element,
        )
        partial = to.insert(product).result
        parts.append(sum_over(partial, len(op.batching[0]), to))
    if len(parts) == 1:
        return parts
    return [to.insert(ew.AddOp(*parts)).result]


def sum_over(value: SSAValue, dim: int, to: Conversion) -> SSAValue:
    """The sum over one dimension."""
    element = element_type_of(value)
    scalar = TensorType(element, [])
    reducer = Block(arg_types=[scalar, scalar])
    total = ew.AddOp(*reducer.args)
    reducer.add_ops([total, hlo.ReturnOp(total.result)])
    zero = to.insert(hlo.ConstantOp(number(0, element))).results[0]
    reduced = hlo.ReduceOp([value], [zero], [dim], Region(reducer))
    if turns(reduced) > LONGEST:
        results = split_reduce(reduced, to)
        reduced.erase()
        return results[0]
    return to.insert(reduced).outputs[0]


# -- pieces ----------------------------------------------------------------------------------------


def slice_of(value: SSAValue, dim: int, begin: int, end: int, to: Conversion) -> SSAValue:
    """The part of a tensor from `begin` to `end` in one dimension."""
    shape = shape_of(value)
    if (begin, end) == (0, shape[dim]):
        return value
    ranges = [(0, extent, 1) for extent in shape]
    ranges[dim] = (begin, end, 1)
    return to.insert(hlo.SliceOp(value, ranges)).result


def tiled(value: SSAValue, dim: int, to: Conversion, tile: int = TILE) -> SSAValue:
    """A tensor with one dimension divided into tiles and places within them."""
    shape = list(shape_of(value))
    shape[dim : dim + 1] = [shape[dim] // tile, tile]
    return to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).result


# -- where partial results start from --------------------------------------------------------------


def identity_of(op: hlo.ReduceOp, start: SSAValue, to: Conversion) -> SSAValue:
    """What a partial result starts from: the reducer's identity, if it is one op that has one, so
    that the reduction's own init value counts once. Other reducers' init values are identities, as
    StableHLO demands.
    """
    first, *others = op.body.block.ops
    identity = IDENTITIES.get(type(first)) if len(others) == 1 else None
    if identity is None:
        return start
    element = element_type_of(start)
    return to.insert(hlo.ConstantOp(number(identity(element), element))).results[0]


def number(value: float, element: Attribute) -> DenseIntOrFPElementsAttr:
    """A constant of rank 0."""
    return DenseIntOrFPElementsAttr.from_list(TensorType(element, []), [value])  # pyright: ignore


def lowest(element: Attribute) -> float:
    """The least value of a type."""
    if isinstance(element, AnyFloat):
        return -inf
    assert isinstance(element, IntegerType)
    signed = element.signedness.data is not Signedness.UNSIGNED and element.width.data > 1
    return -(1 << (element.width.data - 1)) if signed else 0


def highest(element: Attribute) -> float:
    """The greatest value of a type."""
    if isinstance(element, AnyFloat):
        return inf
    assert isinstance(element, IntegerType)
    bits = element.width.data
    signed = element.signedness.data is not Signedness.UNSIGNED and bits > 1
    return (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1


def all_ones(element: Attribute) -> float:
    """The value with every bit set."""
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
