"""Elementwise ops: `arith` and `math` ops on tensors where xDSL allows those, else a
`linalg.generic`.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    TensorType,
)
from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.arith_tensors import SCALARS, TensorOp
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo import mixed
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.lowering.tensors.hlo_to_linalg.scalars import (
    ELEMENTWISE,
    build_compare,
    build_convert,
    takes_tensors,
)
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty, generic, pointwise


def lower_elementwise(op: ew.ElementwiseOp | chlo.FunctionOp, to: Conversion) -> SSAValue:
    element, build = element_type_of(op.operands[0]), ELEMENTWISE[type(op)]
    if takes_tensors(type(op), element) and is_static(op.result):
        return build(to.operands(op), element, to)
    return pointwise(to.operands(op), tensor_type(op.result), lambda v: build(v, element, to), to)


def lower_clamp(op: mixed.ClampOp, to: Conversion) -> SSAValue:
    """Returns a generic that reads a bound of rank 0 at every index."""
    result, element = tensor_type(op.result), element_type_of(op.operand)
    same = AffineMap.identity(len(result.get_shape()))
    once = AffineMap(len(result.get_shape()), 0, ())
    maps = [same if shape_of(v) else once for v in op.operands]
    return generic(
        to.operands(op),
        [empty(result, to)],
        [*maps, same],
        lambda v: [ELEMENTWISE[mixed.ClampOp](v[:3], element, to)],
        to,
    ).results[0]


def lower_compare(op: CompareOp, to: Conversion) -> SSAValue:
    """Returns a generic: xDSL reads the text of a comparison of tensors as one that yields a
    scalar.
    """
    return pointwise(
        to.operands(op), tensor_type(op.result), lambda v: build_compare(op, v[0], v[1], to), to
    )


def lower_select(op: SelectOp, to: Conversion) -> SSAValue:
    result = tensor_type(op.result)
    rank = len(result.get_shape())
    same = AffineMap.identity(rank)
    pred = same if shape_of(op.pred) else AffineMap(rank, 0, ())

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        return [to.insert(arith.SelectOp(v[0], v[1], v[2])).result]

    return generic(
        to.operands(op), [empty(result, to)], [pred, same, same, same], body, to
    ).results[0]


def lower_convert(op: hlo.ConvertOp, to: Conversion) -> SSAValue:
    source, target = element_type_of(op.operand), element_type_of(op.result)
    value = to.value(op.operand)
    if signless(source) == signless(target):
        return value
    return pointwise(
        [value], tensor_type(op.result), lambda v: build_convert(v[0], source, target, to), to
    )


def lower_tensor_op(op: TensorOp, to: Conversion) -> SSAValue:
    """Returns an `arith` op that xDSL has on scalars only: that, in a generic."""
    result = op.results[0].type
    assert isinstance(result, TensorType)
    same = AffineMap.identity(len(result.get_shape()))
    once = AffineMap(len(result.get_shape()), 0, ())
    maps = [same if isinstance(v.type, TensorType) else once for v in op.operands]

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        scalar = SCALARS[type(op)].create(
            operands=v[: len(op.operands)],
            result_types=[result.element_type],
            properties=op.properties,
        )
        return [to.insert(scalar).results[0]]

    return generic(to.operands(op), [empty(result, to)], [*maps, same], body, to).results[0]


RULES: Rules = {
    **dict.fromkeys(ELEMENTWISE, lower_elementwise),
    **dict.fromkeys(SCALARS, lower_tensor_op),
    CompareOp: lower_compare,
    mixed.ClampOp: lower_clamp,
    SelectOp: lower_select,
    hlo.ConvertOp: lower_convert,
}
