"""Long reductions become short ones of partial results.

One invocation computes one element of a result, in a loop. A loop of millions of turns leaves all
other invocations idle, and some drivers end it early without a word. A `stablehlo.reduce` over more
than `LONGEST` elements for one result is therefore divided: each run of `TILE` elements is reduced
on its own, then the partial results. The tiles depend on the shapes alone, so results do not depend
on how many invocations run at once. A long `stablehlo.dot_general` becomes a batch of short ones,
whose results are added; so does one whose operands' columns would not stay in a cache. Long windows
are halved (`split_windows.py`).

The order in which StableHLO's reductions go through their elements is the implementation's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ModuleOp,
    TensorType,
)
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import replace_in_place
from ireelite.lowering.rewriting.sequences import blocks_within, is_sequence, is_static
from ireelite.lowering.tensors.partial_results import (
    LONGEST,
    apply_elementwise,
    identity_of,
    number,
    promoted,
    slice_of,
)
from ireelite.lowering.tensors.split_windows import (
    is_long,
    is_long_sum,
    split_convolution,
    split_reduce_window,
)

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

TILE = 1 << 12
"""Elements of one partial result."""

MIN_SPLIT_DEPTH = 1 << 13
"""Products of one element of a matrix product from which on a strip of columns leaves the cache."""
PARTIAL_DEPTH = 1 << 11
"""Products of one partial element: a strip of a register's columns is a part of a core's cache."""
MIN_LINES = 16
"""Rows and columns of a matrix product from which on its operands are read several times."""
MAX_PARTIAL = 1 << 24
"""Elements of all partial results of a matrix product that is split for the cache's sake."""


def split_reductions(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Splits the long reductions and contractions of every sequence, in place."""
    to = Conversion({}, "shorter reductions", tracker)
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and is_sequence(function):
            for op in [o for b in blocks_within(function.body.block) for o in b.ops]:
                if not all(map(is_static, (*op.operands, *op.results))):
                    continue
                if isinstance(op, hlo.ReduceOp) and turns(op) > LONGEST:
                    replace_in_place(op, split_reduce, to)
                elif isinstance(op, hlo.DotGeneralOp) and contracted(op) > LONGEST:
                    replace_in_place(op, split_contraction, to)
                elif isinstance(op, hlo.DotGeneralOp) and is_deep(op):
                    replace_in_place(op, split_for_cache, to)
                elif isinstance(op, ConvolutionOp) and is_long_sum(op):
                    replace_in_place(op, split_convolution, to)
                elif isinstance(op, ReduceWindowOp) and is_long(op):
                    replace_in_place(op, split_reduce_window, to)
    return module


# -- reductions ------------------------------------------------------------------------------------


def turns(op: hlo.ReduceOp) -> int:
    """Returns how many elements are reduced to one."""
    shape = shape_of(op.inputs[0])
    return prod(shape[d] for d in op.dims)


def split_reduce(op: hlo.ReduceOp, to: Conversion) -> Sequence[SSAValue]:
    """Splits into partial reductions, the innermost dimension first, until what is left is short."""
    inputs, starts = (promoted(v, op.body, to) for v in (op.inputs, op.init_values))
    identities = [identity_of(op.body, value, to) for value in starts]
    return reduce_long(op, inputs, identities, starts, sorted(op.dims), to)


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
    """Returns the same reduction of other values, over other dimensions."""
    return list(to.insert(hlo.ReduceOp(values, starts, dims, op.body.clone())).outputs)


# -- contractions ----------------------------------------------------------------------------------


def contracted(op: hlo.DotGeneralOp) -> int:
    """Returns how many products are added to one element."""
    shape = shape_of(op.lhs)
    return prod(shape[d] for d in op.contracting[0])


def is_deep(op: hlo.DotGeneralOp) -> bool:
    """Returns whether the operands of a product of matrices are read more often than a cache keeps
    them, and partial results are few. Those of narrow elements would be rounded.
    """
    extent = shape_of(op.lhs)[op.contracting[0][-1]] if op.contracting[0] else 0
    batch = prod(shape_of(op.lhs)[d] for d in op.batching[0])
    lines = [prod(shape_of(v)) // max(contracted(op) * batch, 1) for v in (op.lhs, op.rhs)]
    partial = prod(shape_of(op.result)) * -(-extent // PARTIAL_DEPTH)
    wide = getattr(element_type_of(op.result), "bitwidth", 0) >= 32
    return extent >= MIN_SPLIT_DEPTH and wide and min(lines) >= MIN_LINES and partial <= MAX_PARTIAL


def split_for_cache(op: hlo.DotGeneralOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a batch of contractions whose operands stay in a cache, and the sum of their results."""
    return split_in_parts(op, PARTIAL_DEPTH, to)


def split_contraction(op: hlo.DotGeneralOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a batch of contractions of `TILE` products each, and the sum of their results."""
    extent = shape_of(op.lhs)[op.contracting[0][-1]]
    return split_in_parts(op, TILE if extent > LONGEST else extent, to)


def split_in_parts(op: hlo.DotGeneralOp, size: int, to: Conversion) -> Sequence[SSAValue]:
    """Returns a batch of contractions of `size` elements of the last contracted dimension, and the
    sum of their results.
    """
    (*_, left), (*_, right) = op.contracting
    extent = shape_of(op.lhs)[left]
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
    """Returns the sum over one dimension."""
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


def tiled(value: SSAValue, dim: int, to: Conversion, tile: int = TILE) -> SSAValue:
    """Returns a tensor with one dimension divided into tiles and places within them."""
    shape = list(shape_of(value))
    shape[dim : dim + 1] = [shape[dim] // tile, tile]
    return to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).result
