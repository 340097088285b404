"""Matrices in the last two dimensions of tensors, built of HLO."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ComplexType, TensorType, i1, i32
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.indexing import ReverseOp
from ireelite.dialects.stablehlo.mixed import ComplexOp, ImagOp, IsFiniteOp, RealOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import constant, convert
from ireelite.lowering.rewriting.conversion import Conversion


def part_of(element: Attribute) -> Attribute:
    """Returns the type of a number's parts."""
    return element.element_type if isinstance(element, ComplexType) else element


def real_part(value: SSAValue, to: Conversion) -> SSAValue:
    if not isinstance(element_type_of(value), ComplexType):
        return value
    return to.insert(RealOp(value)).result


def imaginary_part(value: SSAValue, to: Conversion) -> SSAValue:
    return to.insert(ImagOp(value)).result


def conjugated(value: SSAValue, to: Conversion) -> SSAValue:
    if not isinstance(element_type_of(value), ComplexType):
        return value
    imaginary = to.insert(ew.NegateOp(imaginary_part(value, to))).result
    return to.insert(ComplexOp(real_part(value, to), imaginary)).result


def adjoint(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns the conjugate transposes."""
    *batch, rows, columns = shape_of(value)
    order = [*range(len(batch)), len(batch) + 1, len(batch)]
    type = TensorType(element_type_of(value), (*batch, columns, rows))
    return to.insert(hlo.TransposeOp(conjugated(value, to), order, type)).result


def flipped(value: SSAValue, dims: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the elements in reverse order in some dimensions, counted from the last."""
    rank = len(shape_of(value))
    return to.insert(ReverseOp(value, [dim % rank for dim in dims])).results[0]


def columns_of(value: SSAValue, count: int, to: Conversion) -> SSAValue:
    """Returns the first columns."""
    *outer, _ = shape_of(value)
    ranges = [*((0, extent, 1) for extent in outer), (0, count, 1)]
    return to.insert(hlo.SliceOp(value, ranges)).results[0]


def compare_places(
    direction: str, shape: Sequence[int], to: Conversion, below: int = 0
) -> SSAValue:
    """Returns where an element's row, less `below`, compares so to its column."""
    rank = len(shape)
    row, column = (
        to.insert(hlo.IotaOp(dim, TensorType(i32, shape))).results[0]
        for dim in (rank - 2, rank - 1)
    )
    if below:
        row = to.insert(ew.SubtractOp(row, constant(below, i32, to, shape))).result
    return to.insert(CompareOp(direction, row, column)).result


def identity(element: Attribute, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Matrices with ones in their diagonals."""
    return convert(compare_places("EQ", shape, to), element, to)


def keep(where: SSAValue, value: SSAValue, to: Conversion) -> SSAValue:
    """Returns a tensor with zeros elsewhere."""
    zero = constant(0, element_type_of(value), to, shape_of(value))
    return to.insert(SelectOp(where, value, zero)).result


def diagonal(value: SSAValue, to: Conversion, below: int = 0) -> SSAValue:
    """Returns the elements of a diagonal, or of one that begins `below` rows further down."""
    *batch, rows, columns = shape_of(value)
    count, element = max(min(rows - below, columns), 0), element_type_of(value)
    kept = keep(compare_places("EQ", shape_of(value), to, below), value, to)
    body = hlo.ReduceOp.simple_body(ew.AddOp, element)
    sums = hlo.ReduceOp([kept], [constant(0, element, to)], [len(batch)], body)
    return columns_of(to.insert(sums).outputs[0], count, to)


def not_finite(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns, for each matrix, 1 if a number is infinite or NaN, as i32, else 0."""
    rank = len(shape_of(value))
    finite = to.insert(IsFiniteOp(real_part(value, to))).result
    if isinstance(element_type_of(value), ComplexType):
        other = to.insert(IsFiniteOp(imaginary_part(value, to))).result
        finite = to.insert(ew.AndOp(finite, other)).result
    body = hlo.ReduceOp.simple_body(ew.AndOp, i1)
    all = hlo.ReduceOp([finite], [constant(1, i1, to)], [rank - 2, rank - 1], body)
    failed = to.insert(ew.NotOp(to.insert(all).outputs[0])).result
    return convert(failed, i32, to)
