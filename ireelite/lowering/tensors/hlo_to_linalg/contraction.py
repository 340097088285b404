"""Products of tensors: `linalg.matmul`, or a generic contraction."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    ComplexType,
    DenseIntOrFPElementsAttr,
    TensorType,
    f32,
    i1,
)
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.elements import is_small_float, signless
from ireelite.dialects.extensions.linalg import named_op
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.scalars import (
    ELEMENTWISE,
    build_convert,
    constant_like,
)
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    dims_map,
    filled,
    generic,
    pointwise,
)


def lower_dot_general(op: hlo.DotGeneralOp, to: Conversion) -> SSAValue:
    """Lowers to `linalg.matmul` for two plain matrices, else to a generic contraction. Sums of
    small floats are kept in f32, and rounded once.
    """
    result, element = tensor_type(op.result), element_type_of(op.result)
    if is_small_float(element):
        total = contract(op, f32, to)
        return pointwise([total], result, lambda v: build_convert(v[0], f32, element, to), to)
    return contract(op, element, to)


def contract(op: hlo.DotGeneralOp, element: Attribute, to: Conversion) -> SSAValue:
    """Returns the contraction, with sums of this HLO element type."""
    type = TensorType(signless(element), shape_of(op.result))
    init = filled(zero(type.element_type, to), type, to)
    plain = (
        not op.batching[0]
        and op.contracting == ([1], [0])
        and len(shape_of(op.lhs)) == len(shape_of(op.rhs)) == 2
        and element_type_of(op.lhs) == element_type_of(op.rhs) == element
        and element != i1
        and not isinstance(element, ComplexType)
    )
    if plain:
        return to.insert(named_op("matmul")(to.operands(op), [init])).results[0]
    return lower_contraction(op, element, init, to)


def zero(element: Attribute, to: Conversion) -> SSAValue:
    """Returns what sums start from: a scalar, or a complex number as a tensor of rank 0."""
    if not isinstance(element, ComplexType):
        return constant_like(0, element, to)
    numbers = DenseIntOrFPElementsAttr.from_list(TensorType(element, []), [(0.0, 0.0)])
    return to.insert(arith.ConstantOp(numbers)).result


def lower_contraction(
    op: hlo.DotGeneralOp, element: Attribute, init: SSAValue, to: Conversion
) -> SSAValue:
    """Lowers to a generic op whose loop dimensions are the result's, then the contracted ones."""
    lhs, rhs = to.operands(op)
    sources = element_type_of(op.lhs), element_type_of(op.rhs)
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

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        factors = [
            build_convert(a, source, element, to) for a, source in zip(v[:2], sources, strict=True)
        ]
        product = ELEMENTWISE[ew.MultiplyOp](factors, element, to)
        return [ELEMENTWISE[ew.AddOp]([v[2], product], element, to)]

    maps = [dims_map(rank, left), dims_map(rank, right), dims_map(rank, list(range(outer)))]
    return generic([lhs, rhs], [init], maps, body, to, range(outer, rank)).results[0]


RULES: Rules = {
    hlo.DotGeneralOp: lower_dot_general,
}
