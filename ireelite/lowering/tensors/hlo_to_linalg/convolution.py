"""Convolutions: generic contractions of a kernel with the windows of a padded input."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import TensorType, f32, i1
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap

from ireelite.dialects.elements import is_small_float, signless
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.convolution import AnyConvolutionOp, ConvolutionOp
from ireelite.dialects.stablehlo.windows import WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.contraction import zero
from ireelite.lowering.tensors.hlo_to_linalg.scalars import ELEMENTWISE, build_convert
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    empty,
    filled,
    generic,
    pointwise,
)
from ireelite.lowering.tensors.hlo_to_linalg.windows import known_elements, spread, windowed


def lower_convolution(op: ConvolutionOp, to: Conversion) -> SSAValue:
    """Returns a contraction of the kernel with the windows of the padded input."""
    (_, _, *spatial), (inner, *_), _ = op.dimension_numbers.groups
    padding = [WindowDim(1)] * len(shape_of(op.lhs))
    for d, window in zip(spatial, op.windows, strict=True):
        padding[d] = window
    reads = shape_of(op.rhs)[inner] * prod(w.size for w in op.windows)
    points = known_elements(shape_of(op.result)) * reads
    fill = zero(signless(element_type_of(op.lhs)), to)
    operand = spread(to.value(op.lhs), fill, padding, points, to)
    return convolved(op, operand, op.windows, to)


def convolved(
    op: AnyConvolutionOp, operand: SSAValue, windows: Sequence[WindowDim], to: Conversion
) -> SSAValue:
    """Returns a contraction of the kernel with the windows of a padded input. Sums of small floats
    are kept in f32, and rounded once.
    """
    result, element = tensor_type(op.result), element_type_of(op.result)
    if is_small_float(element):
        total = contract(op, operand, windows, f32, to)
        return pointwise([total], result, lambda v: build_convert(v[0], f32, element, to), to)
    return contract(op, operand, windows, element, to)


def contract(
    op: AnyConvolutionOp,
    operand: SSAValue,
    windows: Sequence[WindowDim],
    element: Attribute,
    to: Conversion,
) -> SSAValue:
    """Sums of this HLO element type. The loops are those of the result, then the kernel's spatial
    dimensions and its input features.
    """
    source = element_type_of(op.lhs)
    (batch, feature, *spatial), (inner, outer, *kernel), (b, f, *at) = op.dimension_numbers.groups
    left, right, shape = shape_of(op.lhs), shape_of(op.rhs), shape_of(op.result)
    rank = len(shape)
    loops = [AffineDimExpr(d) for d in range(2 * rank - 1)]
    own, inside, features = loops[:rank], loops[rank:-1], loops[-1]

    def grouped(index: AffineExpr, extent: int, count: int) -> AffineExpr:
        """Returns an index in a dimension of the input of which each group of output features has a
        part.
        """
        if count == 1 or not right[outer]:
            return index
        return index + own[f] // (right[outer] // count) * (extent // count)

    lhs: list[AffineExpr] = [own[0]] * rank
    lhs[batch] = grouped(own[b], left[batch], op.batch_groups)
    lhs[feature] = grouped(features, left[feature], op.feature_groups)
    rhs: list[AffineExpr] = [own[0]] * rank
    rhs[inner], rhs[outer] = features, own[f]
    for d, k, o, place, window in zip(spatial, kernel, at, inside, windows, strict=True):
        lhs[d] = windowed(own[o], place, window)
        rhs[k] = place * -1 + (window.size - 1) if window.reverse else place

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        a, b = (build_convert(factor, source, element, to) for factor in v[:2])
        product = ELEMENTWISE[ew.MultiplyOp]([a, b], element, to)
        return [ELEMENTWISE[ew.AddOp]([v[-1], product], element, to)]

    inputs, exprs = [operand, to.value(op.rhs)], [lhs, rhs]
    if any(w.reverse for w in windows):
        # the loops get their lengths from an operand that is not read
        inputs.append(empty(TensorType(i1, [w.size for w in windows]), to))
        exprs.append([*inside])
    type = TensorType(signless(element), shape)
    init = filled(zero(type.element_type, to), type, to)
    maps = [AffineMap(len(loops), 0, tuple(e)) for e in (*exprs, own)]
    return generic(inputs, [init], maps, body, to, range(rank, len(loops))).results[0]


RULES: Rules = {
    ConvolutionOp: lower_convolution,
}
