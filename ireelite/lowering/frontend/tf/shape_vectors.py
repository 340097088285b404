"""Rules for TensorFlow ops on vectors that describe shapes, orders of dimensions and places.

A graph mostly computes them from constants, and then they are constants, too. Otherwise ops compute
them, as far as the shape of the result does not depend on their elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    fill,
    indices,
    join,
    operand,
    operands,
    stack,
)
from ireelite.lowering.frontend.tf.constants import lower_evaluated
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.evaluation import layouts, permutation_of
from ireelite.lowering.frontend.tf.indexing import scatter
from ireelite.lowering.frontend.tf.nodes import Rule, fail

MAX_RANK = 254
"""Dimensions that a tensor of TensorFlow can have."""


def constants_or(rule: Callable[[tf.NodeOp, TfConversion], Any]) -> Callable[..., Any]:
    """Returns a rule that makes constants if all operands are known, and else what another makes."""

    def lower(node: tf.NodeOp, to: TfConversion) -> Any:
        known = lower_evaluated(node, to)
        return rule(node, to) if known is None else known

    return lower


def lower_dimension_map(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns the numbers that dimensions have in another layout; they are counted in a circle."""
    source, target = layouts(node)
    x = operand(node, 0, to).combine(ew.RemainderOp, len(source))
    result = fill(0, x, x.shape)
    for place, name in enumerate(source):
        is_it = x.equals(place) | x.equals(place - len(source))
        result = choose(is_it, target.index(name), result)
    return result.value


def lower_layout_permutation(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns what a vector, or a matrix of pairs, has for each dimension, in the order of another
    layout.
    """
    x = operand(node, 0, to)
    order = permutation_of(node, x.shape[0] if x.shape else 0)
    if not 1 <= len(x.shape) <= 2 or len(order) != x.shape[0]:
        raise fail(node, f"takes a row for each dimension of a layout, not {x.value.type}")
    return stack([x.item(0, place) for place in order], 0).value


def lower_invert(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns the place of each number in a permutation."""
    x = operand(node, 0, to)
    if len(x.shape) != 1:
        raise fail(node, f"takes a vector, not {x.value.type}")
    places = indices(0, x.shape, x.element, to)
    zeros = fill(0, x, x.shape)
    return scatter(node, zeros.value, x.reshape(*x.shape, 1).value, places.value, None, to)


def lower_broadcast_shape(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns the shape to which tensors of two shapes are broadcast."""
    shapes = vectors(node, operands(node, to))
    rank = max(shape.shape[0] for shape in shapes)
    one, other = (
        join([fill(1, shape, (rank - shape.shape[0],)), shape], 0)
        if rank > shape.shape[0]
        else shape
        for shape in shapes
    )
    return choose(one.equals(1), other, one).value


def lower_concat_offset(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns where each of the tensors that are joined along a dimension begins."""
    axis, *shapes = operands(node, to)
    shapes = vectors(node, shapes)
    places = indices(0, shapes[0].shape, axis.element, to)
    begin = fill(0, shapes[0], shapes[0].shape)
    results: list[Any] = []
    for shape in shapes:
        results.append(begin.value)
        begin = begin + choose(places.equals(axis), shape, 0)
    return results


def lower_unravel(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns the place along each dimension of a shape of elements that are counted in order."""
    index, shape = operands(node, to)
    (shape,) = vectors(node, [shape])
    results: list[Tensor] = []
    for dim in reversed(range(shape.shape[0])):
        size = shape.item(0, dim)
        results.append(index.combine(ew.RemainderOp, size))
        index = index / size
    return stack(results[::-1], 0).value


def vectors(node: tf.NodeOp, shapes: Sequence[Tensor]) -> list[Tensor]:
    """Returns vectors as they are. Raises INVALID_ARGUMENT for what is not the shape of a tensor."""
    for shape in shapes:
        if len(shape.shape) != 1 or shape.shape[0] > MAX_RANK:
            raise fail(
                node, f"takes shapes, vectors of at most {MAX_RANK} sizes, not {shape.value.type}"
            )
    return list(shapes)


RULES: dict[str, Rule] = {
    "BroadcastArgs": Rule(constants_or(lower_broadcast_shape), 2),
    "ConcatOffset": Rule(constants_or(lower_concat_offset), least=2),
    "DataFormatDimMap": Rule(constants_or(lower_dimension_map), 1),
    "DataFormatVecPermute": Rule(constants_or(lower_layout_permutation), 1),
    "InvertPermutation": Rule(constants_or(lower_invert), 1),
    "UnravelIndex": Rule(constants_or(lower_unravel), 2),
}
"""TensorFlow op -> the rule of an op on shapes or places."""
