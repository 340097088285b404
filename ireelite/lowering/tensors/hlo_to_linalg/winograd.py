"""Winograd's transforms: a product with a constant matrix along the height, then along the width."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType, f32
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap

from ireelite.dialects.elements import is_small_float
from ireelite.dialects.extensions.linalg.winograd import (
    Matrix,
    WinogradFilterTransformOp,
    WinogradInputTransformOp,
    WinogradOp,
    WinogradOutputTransformOp,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.contraction import zero
from ireelite.lowering.tensors.hlo_to_linalg.movement import reshaped
from ireelite.lowering.tensors.hlo_to_linalg.scalars import build_convert
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    filled,
    generic,
    pointwise,
)


def lower_filter(op: WinogradFilterTransformOp, to: Conversion) -> SSAValue:
    left, right = op.matrices
    filters, _, width, channels = shape_of(op.source)
    (i, w, c, f), k = dims(4)
    value = with_element(to.value(op.source), sum_type(op), to)
    shape = [len(left), width, channels, filters]
    value = product(left, value, zeros(shape, op, to), i, [f, k, w, c], to)
    (i, j, c, f), k = dims(4)
    shape = [len(left), len(right), channels, filters]
    value = product(right, value, zeros(shape, op, to), j, [i, k, c, f], to)
    return with_element(value, element_type_of(op.result), to)


def lower_input(op: WinogradInputTransformOp, to: Conversion) -> SSAValue:
    """Returns the rows of each tile row, whole; then the columns of each tile."""
    (left, right), (down, across) = op.matrices, op.steps
    batch, _, width, channels = shape_of(op.source)
    result = shape_of(op.result)
    (i, row, w, n, c), k = dims(5)
    value = with_element(to.value(op.source), sum_type(op), to)
    shape = [len(left), result[2], width, batch, channels]
    value = product(left, value, zeros(shape, op, to), i, [n, row * down + k, w, c], to)
    (i, j, row, column, n, c), k = dims(6)
    reads = [i, row, column * across + k, n, c]
    value = product(right, value, zeros(result, op, to), j, reads, to)
    return with_element(value, element_type_of(op.result), to)


def lower_output(op: WinogradOutputTransformOp, to: Conversion) -> SSAValue:
    """Tiles of results, which are added to those of the image."""
    left, right = op.matrices
    _, wide, rows, columns, batch, filters = shape_of(op.source)
    (n, row, p, column, j, f), k = dims(6)
    value = with_element(to.value(op.source), sum_type(op), to)
    shape = [batch, rows, len(left), columns, wide, filters]
    value = product(left, value, zeros(shape, op, to), p, [k, j, row, column, n, f], to)
    (n, row, p, column, q, f), k = dims(6)
    shape[4] = len(right)
    image = reshaped(with_element(to.value(op.dest), sum_type(op), to), shape, to)
    value = product(right, value, image, q, [n, row, p, column, k, f], to)
    value = reshaped(value, shape_of(op.result), to)
    return with_element(value, element_type_of(op.result), to)


# -- pieces ------------------------------------------------------------------------------------------


def dims(rank: int) -> tuple[list[AffineExpr], AffineExpr]:
    """Returns the loops over a result, and the one over the elements of a sum."""
    return [AffineDimExpr(d) for d in range(rank)], AffineDimExpr(rank)


def sum_type(op: WinogradOp) -> Attribute:
    """Returns the type of sums: those of small floats are kept in f32, and rounded once."""
    element = element_type_of(op.result)
    return f32 if is_small_float(element) else element


def with_element(value: SSAValue, element: Attribute, to: Conversion) -> SSAValue:
    source = element_type_of(value)
    if source == element:
        return value
    type = TensorType(element, shape_of(value))
    return pointwise([value], type, lambda v: build_convert(v[0], source, element, to), to)


def zeros(shape: Sequence[int], op: WinogradOp, to: Conversion) -> SSAValue:
    element = sum_type(op)
    return filled(zero(element, to), TensorType(element, shape), to)


def product(
    matrix: Matrix,
    value: SSAValue,
    init: SSAValue,
    row: AffineExpr,
    reads: Sequence[AffineExpr],
    to: Conversion,
) -> SSAValue:
    """Returns `init` plus the sums of a matrix's row times elements of `value`: the loops are those
    of `init`, then the one over the matrix's columns.
    """
    rank, element = len(shape_of(init)), element_type_of(init)
    loops, k = dims(rank)
    type = TensorType(element, [len(matrix), len(matrix[0])])
    numbers = [float(n) for line in matrix for n in line]
    constant = DenseIntOrFPElementsAttr.from_list(type, numbers)  # pyright: ignore
    factors = to.insert(arith.ConstantOp(constant)).result

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        term = to.insert(arith.MulfOp(v[0], v[1])).result
        return [to.insert(arith.AddfOp(v[2], term)).result]

    maps = [AffineMap(rank + 1, 0, tuple(at)) for at in ([row, k], reads, loops)]
    return generic([factors, value], [init], maps, body, to, [rank]).results[0]


RULES: Rules = {
    WinogradFilterTransformOp: lower_filter,
    WinogradInputTransformOp: lower_input,
    WinogradOutputTransformOp: lower_output,
}
