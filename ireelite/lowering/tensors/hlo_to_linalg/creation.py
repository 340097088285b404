"""Ops that make tensors: constants, splats and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import util
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.scalars import (
    build_convert,
)
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty, generic

if TYPE_CHECKING:
    pass


def lower_constant(op: hlo.ConstantOp | util.UnfoldableConstantOp, to: Conversion) -> Operation:
    assert isinstance(op.value, DenseIntOrFPElementsAttr)
    return to.insert(arith.ConstantOp(op.value))


def lower_splat(op: tensor.SplatOp, to: Conversion) -> SSAValue:
    result = op.result.type
    assert isinstance(result, TensorType)
    return to.insert(linalg.FillOp([to.value(op.input)], [empty(result, to)])).results[0]


def lower_iota(op: hlo.IotaOp, to: Conversion) -> SSAValue:
    result = op.result.type
    assert isinstance(result, TensorType)
    rank, element = len(result.get_shape()), result.element_type

    def body(_: Sequence[SSAValue]) -> list[SSAValue]:
        index = to.insert(linalg.IndexOp(op.iota_dimension.value.data)).result
        integer = element if isinstance(element, IntegerType) else i64
        position = to.insert(arith.IndexCastOp(index, integer)).result
        return [build_convert(position, element, to)]

    return generic([], [empty(result, to)], [AffineMap.identity(rank)], body, to).results[0]


RULES: Rules = {
    hlo.ConstantOp: lower_constant,
    hlo.IotaOp: lower_iota,
    tensor.SplatOp: lower_splat,
    util.UnfoldableConstantOp: lower_constant,
}
