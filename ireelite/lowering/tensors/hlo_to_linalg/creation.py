"""Ops that make tensors: constants, splats and counts."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import util
from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.linalg.mapped import IndexOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.scalars import (
    build_convert,
)
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type, with_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty, generic


def lower_constant(
    op: hlo.ConstantOp | util.UnfoldableConstantOp | arith.ConstantOp, to: Conversion
) -> Operation:
    value = op.value
    if isinstance(value, DenseIntOrFPElementsAttr):
        value = with_type(value, tensor_type(op.result))
    return to.insert(arith.ConstantOp(value))  # pyright: ignore[reportArgumentType]


def lower_splat(op: tensor.SplatOp, to: Conversion) -> SSAValue:
    result = tensor_type(op.result)
    return to.insert(linalg.FillOp([to.value(op.input)], [empty(result, to)])).results[0]


def lower_iota(op: hlo.IotaOp, to: Conversion) -> SSAValue:
    result = tensor_type(op.result)
    rank, element = len(result.get_shape()), element_type_of(op.result)

    def body(_: Sequence[SSAValue]) -> list[SSAValue]:
        index = to.insert(IndexOp(op.iota_dimension.value.data)).result
        integer = signless(element) if isinstance(element, IntegerType) else i64
        position = to.insert(arith.IndexCastOp(index, integer)).result
        return [build_convert(position, integer, element, to)]

    return generic([], [empty(result, to)], [AffineMap.identity(rank)], body, to).results[0]


RULES: Rules = {
    arith.ConstantOp: lower_constant,
    hlo.ConstantOp: lower_constant,
    hlo.IotaOp: lower_iota,
    tensor.SplatOp: lower_splat,
    util.UnfoldableConstantOp: lower_constant,
}
