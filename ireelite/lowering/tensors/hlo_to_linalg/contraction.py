"""Products of tensors: `linalg.matmul`, or a generic contraction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import (
    TensorType,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.scalars import (
    ELEMENTWISE,
    build_convert,
    constant_like,
)
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import dims_map, empty, generic

if TYPE_CHECKING:
    pass


def lower_dot_general(op: hlo.DotGeneralOp, to: Conversion) -> SSAValue:
    """`linalg.matmul` for two plain matrices, else a generic contraction."""
    lhs, rhs, result = to.value(op.lhs), to.value(op.rhs), op.result.type
    assert isinstance(result, TensorType)
    zero = constant_like(0, result.element_type, to)
    init = to.insert(linalg.FillOp([zero], [empty(result, to)])).results[0]
    plain = not op.batching[0] and op.contracting == ([1], [0])
    if (
        plain
        and len(shape_of(lhs)) == len(shape_of(rhs)) == 2
        and element_type_of(lhs) == result.element_type
    ):
        return to.insert(linalg.MatmulOp([lhs, rhs], [init])).results[0]
    return lower_contraction(op, lhs, rhs, init, to)


def lower_contraction(
    op: hlo.DotGeneralOp, lhs: SSAValue, rhs: SSAValue, init: SSAValue, to: Conversion
) -> SSAValue:
    """Loop dimensions are the result's, then the contracted ones."""
    outer, inner = len(shape_of(init)), len(op.contracting[0])
    rank = outer + inner
    left: list[int | None] = [None] * len(shape_of(lhs))
    right: list[int | None] = [None] * len(shape_of(rhs))
    for loop, (a, b) in enumerate(zip(*op.batching, strict=True)):
        left[a] = right[b] = loop
    for loop, (a, b) in enumerate(zip(*op.contracting, strict=True)):
        left[a] = right[b] = outer + loop
    free = len(op.batching[0])
    for dims in (left, right):
        for position, loop in enumerate(dims):
            if loop is None:
                dims[position] = free
                free += 1
    element = element_type_of(init)

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        a, b = build_convert(v[0], element, to), build_convert(v[1], element, to)
        product = ELEMENTWISE[ew.MultiplyOp]([a, b], element, to)
        return [ELEMENTWISE[ew.AddOp]([v[2], product], element, to)]

    maps = [dims_map(rank, left), dims_map(rank, right), dims_map(rank, list(range(outer)))]
    return generic([lhs, rhs], [init], maps, body, to, range(outer, rank)).results[0]


RULES: Rules = {
    hlo.DotGeneralOp: lower_dot_general,
}
