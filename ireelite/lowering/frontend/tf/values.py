"""The HLO values that the rules for TensorFlow nodes are made of: constants, broadcasts, folds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from math import prod
from typing import Any

from xdsl.dialects.builtin import (
    AnyFloat,
    BytesAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    IntegerType,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.nodes import fail
from ireelite.lowering.rewriting.conversion import Conversion

LARGEST_SPLAT = 1 << 16
"""Elements of the largest constant that is made of one value."""


def splat(
    value: float, like: SSAValue, to: Conversion, shape: Sequence[int] | None = None
) -> SSAValue:
    """Returns a constant of one value, with the element type of `like` and its shape unless one is
    given.
    """
    element = element_type_of(like)
    dims = shape_of(like) if shape is None else shape
    if prod(dims) > LARGEST_SPLAT:  # a constant holds each of its elements
        return broadcast(splat(value, like, to, ()), dims, [], to)
    return filled(value, element, dims, to)


def filled(value: float, element: Attribute, dims: Sequence[int], to: Conversion) -> SSAValue:
    """Returns a constant of one value, of any size."""
    type: Any = TensorType(element, dims)
    if isinstance(element, IntegerType):
        constant = DenseIntOrFPElementsAttr.from_list(type, [whole(value, element)])
    elif isinstance(element, ComplexType):
        constant = DenseIntOrFPElementsAttr.from_list(type, [(value, 0.0)])
    else:
        assert isinstance(element, AnyFloat)
        constant = DenseIntOrFPElementsAttr.from_list(type, [value])
    return to.insert(hlo.ConstantOp(constant)).result


LOWEST = {
    "f16": -65504.0,
    "bf16": -3.3895313892515355e38,
    "f32": -3.4028234663852886e38,
    "f64": -1.7976931348623157e308,
}


def lowest(element: Attribute) -> float:
    """Returns the lowest finite value of a float type; for others -inf, which is an integer's
    lowest value in constants.
    """
    return LOWEST.get(str(element), float("-inf"))


def integers(values: Any, element: IntegerType, to: Conversion) -> SSAValue:
    """Returns a constant of integers or booleans: a nested list, or an array."""
    import numpy

    if element.width.data == 1:
        array = numpy.asarray(values, bool)
        data = BytesAttr(array.tobytes())
        return to.insert(
            hlo.ConstantOp(DenseIntOrFPElementsAttr(TensorType(element, array.shape), data))
        ).result
    prefix = "u" if element.signedness.data is Signedness.UNSIGNED else ""
    array = numpy.asarray(values, f"{prefix}int{element.width.data}")
    type: Any = TensorType(element, array.shape)
    data = BytesAttr(array.tobytes())
    return to.insert(hlo.ConstantOp(DenseIntOrFPElementsAttr(type, data))).result


def whole(value: float, element: IntegerType) -> int:
    """Returns a value as an integer of this type; an infinity is the type's own extreme."""
    if value not in (float("inf"), float("-inf")):
        return int(value)
    bits = element.width.data - (0 if is_unsigned(element) else 1)
    if value > 0:
        return (1 << bits) - 1
    return 0 if is_unsigned(element) else -(1 << bits)


def is_unsigned(element: IntegerType) -> bool:
    """Returns whether an element type has no negative numbers: booleans have none."""
    return element.signedness.data is Signedness.UNSIGNED or element.width.data == 1


def broadcast(
    value: SSAValue, shape: Sequence[int], dims: Sequence[int], to: Conversion
) -> SSAValue:
    """Broadcasts unless the shape is right already."""
    if shape_of(value) == tuple(shape):
        return value
    type = TensorType(element_type_of(value), shape)
    return to.insert(hlo.BroadcastInDimOp(value, dims, type)).result


def reshape(value: SSAValue, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the same elements under another shape."""
    if shape_of(value) == tuple(shape):
        return value
    return to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).result


def transpose(value: SSAValue, order: Sequence[int], to: Conversion) -> SSAValue:
    """Permutes dimensions unless their order is right already."""
    if list(order) == list(range(len(order))):
        return value
    type = TensorType(element_type_of(value), [shape_of(value)[d] for d in order])
    return to.insert(hlo.TransposeOp(value, order, type)).result


def convert(value: SSAValue, element: Attribute, to: Conversion) -> SSAValue:
    """Returns the same elements in another type."""
    if element_type_of(value) == element:
        return value
    return to.insert(hlo.ConvertOp(value, TensorType(element, shape_of(value)))).result


def slices(value: SSAValue, ranges: Sequence[tuple[int, int, int]], to: Conversion) -> SSAValue:
    """Returns the part of a tensor at (start, limit, stride) ranges; strides are positive."""
    if all(r == (0, size, 1) for r, size in zip(ranges, shape_of(value), strict=True)):
        return value
    return to.insert(hlo.SliceOp(value, ranges)).result


def part(value: SSAValue, dim: int, start: int, limit: int, to: Conversion) -> SSAValue:
    """Returns the elements from `start` up to `limit` along one dimension."""
    ranges = [(0, size, 1) for size in shape_of(value)]
    ranges[dim] = (start, limit, 1)
    return slices(value, ranges, to)


def iota(dim: int, element: Attribute, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Returns each element's place along one dimension."""
    return to.insert(hlo.IotaOp(dim, TensorType(element, shape))).result


def reduce(
    op: type[ew.BinaryOp], value: SSAValue, init: float, dims: Sequence[int], to: Conversion
) -> SSAValue:
    """Folds `value` along `dims`."""
    start = splat(init, value, to, shape=())
    body = hlo.ReduceOp.simple_body(op, element_type_of(value))
    return to.insert(hlo.ReduceOp([value], [start], dims, body)).outputs[0]


def common_shape(node: tf.NodeOp, shapes: Sequence[Sequence[int]]) -> list[int]:
    """Returns the shape that shapes broadcast to, by NumPy's rules. Raises INVALID_ARGUMENT."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(s)) + tuple(s) for s in shapes]
    result: list[int] = []
    for sizes in zip(*padded, strict=True):
        others = {size for size in sizes if size != 1}
        if len(others) > 1:
            texts = " and ".join(str(list(shape)) for shape in shapes)
            raise fail(node, f"shapes {texts} do not broadcast")
        result.append(others.pop() if others else 1)
    return result


def are_broadcast(shapes: Sequence[Sequence[int]]) -> bool:
    """Returns whether shapes broadcast to a common one, by NumPy's rules."""
    ends = zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
    return all(len({size for size in sizes if size != 1}) <= 1 for sizes in ends)


def numpy_broadcast(node: tf.NodeOp, values: Sequence[SSAValue], to: Conversion) -> list[SSAValue]:
    """Returns all operands in their common shape, by NumPy's broadcasting rules.

    Raises INVALID_ARGUMENT.
    """
    shape = common_shape(node, [shape_of(value) for value in values])
    return [broadcast_last(value, shape, to) for value in values]


def broadcast_last(value: SSAValue, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Broadcasts a value whose dimensions are the last ones of `shape`."""
    rank = len(shape_of(value))
    return broadcast(value, shape, range(len(shape) - rank, len(shape)), to)


def compare_kind(element: Attribute) -> str:
    """Returns how StableHLO compares elements of this type."""
    if not isinstance(element, IntegerType):
        return "FLOAT"
    return "UNSIGNED" if is_unsigned(element) else "SIGNED"


def compare(direction: str, lhs: SSAValue, rhs: SSAValue, to: Conversion) -> SSAValue:
    """Compares two tensors of one type."""
    kind = compare_kind(element_type_of(lhs))
    return to.insert(CompareOp(direction, lhs, rhs, kind)).result


def select(pred: SSAValue, on_true: SSAValue, on_false: SSAValue, to: Conversion) -> SSAValue:
    """Chooses elements by a predicate of their shape, or of rank 0."""
    return to.insert(SelectOp(pred, on_true, on_false)).result
