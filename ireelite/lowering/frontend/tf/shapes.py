"""Rules for TensorFlow ops that hold tensors, or move their elements without a look at them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod

from xdsl.dialects.builtin import ComplexType, DenseIntOrFPElementsAttr
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.chlo.functions import ConjOp
from ireelite.dialects.stablehlo.indexing import ConcatenateOp, PadOp, ReverseOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.constants import (
    LISTS,
    axes,
    constant_int,
    constant_ints,
    evaluate,
    lower_constant_only,
)
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.evaluation import IDENTITIES
from ireelite.lowering.frontend.tf.nodes import (
    DROPPED,
    Rule,
    attribute,
    fail,
    integer,
    integers_of,
    text,
)
from ireelite.lowering.frontend.tf.values import (
    broadcast,
    broadcast_last,
    common_shape,
    filled,
    part,
    reshape,
    splat,
    transpose,
)


def lower_const(node: tf.NodeOp, to: TfConversion) -> Operation:
    value = attribute(node, "value")
    if not isinstance(value, DenseIntOrFPElementsAttr):
        raise fail(node, "its value is not a tensor")
    return to.insert(hlo.ConstantOp(value))


def lower_identity(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return to.value(node.data[0])


def lower_identities(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    return [to.value(value) for value in node.data]


def lower_nothing(node: tf.NodeOp, to: TfConversion) -> None:
    return None


def axis_of(node: tf.NodeOp, dim: int, rank: int) -> int:
    """Returns a dimension that may count from the end. Raises INVALID_ARGUMENT."""
    if not -rank <= dim < rank:
        raise fail(node, f"dimension {dim} is outside a tensor of rank {rank}")
    return dim % rank


# -- shapes ----------------------------------------------------------------------------------------


def lower_reshape(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    shape, count = constant_ints(node, 1, to), prod(shape_of(value))
    known = prod(size for size in shape if size >= 0)
    if shape.count(-1) > 1 or (-1 in shape and (not known or count % known)):
        raise fail(node, f"can't reshape {list(shape_of(value))} to {shape}")
    return reshape(value, [count // known if size == -1 else size for size in shape], to)


def lower_squeeze(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    shape = shape_of(value)
    dims = integers_of(node, "squeeze_dims") or integers_of(node, "axis") or []
    named = {axis_of(node, dim, len(shape)) for dim in dims}
    if wrong := [dim for dim in named if shape[dim] != 1]:
        raise fail(node, f"can't squeeze dimension {wrong[0]} of {value.type}")
    gone = named or {dim for dim, size in enumerate(shape) if size == 1}
    return reshape(value, [size for dim, size in enumerate(shape) if dim not in gone], to)


def lower_expand_dims(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    shape = list(shape_of(value))
    shape.insert(axis_of(node, constant_int(node, 1, to), len(shape) + 1), 1)
    return reshape(value, shape, to)


def lower_ensure_shape(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value, stated = to.value(node.data[0]), node.attributes.get("shape")
    if isinstance(stated, tf.ShapeAttr):
        dims, shape = stated.as_tuple(), shape_of(value)
        if len(dims) != len(shape) or any(d not in (-1, s) for d, s in zip(dims, shape)):
            raise fail(node, f"{value.type} does not have the shape {list(dims)}")
    return value


def lower_transpose(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value, order = to.value(node.data[0]), constant_ints(node, 1, to)
    rank = len(shape_of(value))
    if any(not -rank <= d < rank for d in order) or sorted(d % rank for d in order) != list(
        range(rank)
    ):
        raise fail(node, f"{order} is not a permutation of the dimensions of {value.type}")
    moved = transpose(value, [d % rank for d in order], to)
    if node.op_name == "ConjugateTranspose" and isinstance(element_type_of(value), ComplexType):
        return to.insert(ConjOp(moved)).result
    return moved


def lower_broadcast_to(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value, shape = to.value(node.data[0]), constant_ints(node, 1, to)
    if common_shape(node, [shape_of(value), shape]) != shape:
        raise fail(node, f"can't broadcast {value.type} to {shape}")
    return broadcast_last(value, shape, to)


def lower_empty(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Empty`, whose elements may be any, to zeros."""
    shape = constant_ints(node, 0, to)
    return broadcast(filled(0, attribute(node, "dtype"), (), to), shape, [], to)


def lower_fill(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    shape, value = constant_ints(node, 0, to), to.value(node.data[1])
    if shape_of(value) != ():
        raise fail(node, f"can't fill {shape} with a {value.type}")
    return broadcast(value, shape, [], to)


# -- joining and splitting -------------------------------------------------------------------------


def concatenate(values: Sequence[SSAValue], dim: int, to: TfConversion) -> SSAValue:
    """Tensors one after the other along a dimension."""
    return values[0] if len(values) == 1 else to.insert(ConcatenateOp(values, dim)).result


def join(node: tf.NodeOp, values: Sequence[SSAValue], dim: int, to: TfConversion) -> SSAValue:
    """Concatenates, once the shapes are known to fit. Raises INVALID_ARGUMENT."""
    if not values:
        raise fail(node, "has nothing to join")
    axis = axis_of(node, dim, len(shape_of(values[0])))
    others = {(*shape_of(v)[:axis], *shape_of(v)[axis + 1 :]) for v in values}
    if len(others) > 1 or len({len(shape_of(v)) for v in values}) > 1:
        types = ", ".join(str(v.type) for v in values)
        raise fail(node, f"can't join {types} along dimension {axis}")
    return concatenate(values, axis, to)


def lower_concat(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `ConcatV2`, whose last operand is the dimension, and the older `Concat`, whose first
    one is.
    """
    place = 0 if node.op_name == "Concat" else len(node.data) - 1
    if len(node.data) < 2:
        raise fail(node, "has nothing to join")
    values = [to.value(v) for n, v in enumerate(node.data) if n != place]
    return join(node, values, constant_int(node, place, to), to)


def lower_parallel(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return join(node, [to.value(value) for value in node.data], 0, to)


def lower_pack(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    values = [to.value(value) for value in node.data]
    if not values:
        raise fail(node, "has nothing to join")
    if len({value.type for value in values}) > 1:
        raise fail(
            node,
            "its operands have different types: " + ", ".join(str(value.type) for value in values),
        )
    shape = list(shape_of(values[0]))
    axis = axis_of(node, integer(node, "axis"), len(shape) + 1)
    shape.insert(axis, 1)
    return concatenate([reshape(value, shape, to) for value in values], axis, to)


def lower_unpack(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    value = to.value(node.data[0])
    shape = shape_of(value)
    axis = axis_of(node, integer(node, "axis"), len(shape))
    if shape[axis] != len(node.outputs):
        raise fail(node, f"can't make {len(node.outputs)} parts of {value.type} along {axis}")
    rest = [size for dim, size in enumerate(shape) if dim != axis]
    return [reshape(part(value, axis, n, n + 1, to), rest, to) for n in range(shape[axis])]


def parts(value: SSAValue, axis: int, sizes: Sequence[int], to: TfConversion) -> list[SSAValue]:
    """Splits a dimension into consecutive parts of these sizes."""
    starts = accumulate(sizes, initial=0)
    return [part(value, axis, s, s + n, to) for s, n in zip(starts, sizes)]


def lower_split(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    value = to.value(node.data[1])
    axis = axis_of(node, constant_int(node, 0, to), len(shape_of(value)))
    count, extent = len(node.outputs), shape_of(value)[axis]
    if not count or extent % count:
        raise fail(node, f"can't split {value.type} into {count} equal parts along {axis}")
    return parts(value, axis, [extent // count] * count, to)


def lower_split_v(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    value, sizes = to.value(node.data[0]), constant_ints(node, 1, to)
    axis = axis_of(node, constant_int(node, 2, to), len(shape_of(value)))
    extent = shape_of(value)[axis]
    known = sum(size for size in sizes if size >= 0)
    sizes = [extent - known if size == -1 else size for size in sizes]
    if any(size < 0 for size in sizes) or sum(sizes) != extent:
        raise fail(node, f"can't split {value.type} into {sizes} along {axis}")
    return parts(value, axis, sizes, to)


def lower_tile(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Repeats a tensor: each dimension gets one for the copies before it, which is merged."""
    value, multiples = to.value(node.data[0]), constant_ints(node, 1, to)
    shape = shape_of(value)
    if len(multiples) != len(shape) or any(count < 0 for count in multiples):
        raise fail(node, f"can't repeat {value.type} {multiples} times")
    spread = [n for pair in zip(multiples, shape, strict=True) for n in pair]
    copies = broadcast(value, spread, range(1, 2 * len(shape), 2), to)
    return reshape(copies, [m * n for m, n in zip(multiples, shape, strict=True)], to)


# -- padding, reversing ----------------------------------------------------------------------------


def paddings_of(node: tf.NodeOp, index: int, to: TfConversion) -> list[tuple[int, int]]:
    """Returns the (before, after) paddings of each dimension. Raises INVALID_ARGUMENT."""
    flat = constant_ints(node, index, to)
    pairs = list(zip(flat[::2], flat[1::2]))
    rank = len(shape_of(to.value(node.data[0])))
    if len(flat) != 2 * rank or any(n < 0 for n in flat):
        raise fail(node, f"takes two paddings, 0 or more, for each of {rank} dimensions")
    return pairs


def pad(
    value: SSAValue, fill: SSAValue, pairs: Sequence[tuple[int, int]], to: TfConversion
) -> SSAValue:
    """Pads with a scalar."""
    if not any(map(any, pairs)):
        return value
    low, high = ([pair[k] for pair in pairs] for k in (0, 1))
    return to.insert(PadOp(value, fill, low, high, [0] * len(pairs))).result


def lower_pad(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Pad` with zeros, and `PadV2` with its third operand."""
    value = to.value(node.data[0])
    fill = to.value(node.data[2]) if len(node.data) > 2 else splat(0, value, to, ())
    return pad(value, fill, paddings_of(node, 1, to), to)


def lower_mirror_pad(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return mirrored(node, to.value(node.data[0]), paddings_of(node, 1, to), to)


def mirrored(
    node: tf.NodeOp, value: SSAValue, pairs: Sequence[tuple[int, int]], to: TfConversion
) -> SSAValue:
    """Continues a tensor by its mirror image, with its edge (SYMMETRIC) or without (REFLECT)."""
    edge = 0 if text(node, "mode") == "SYMMETRIC" else 1
    for dim, (before, after) in enumerate(pairs):
        extent = shape_of(value)[dim]
        if max(before, after) > extent - edge:
            raise fail(node, f"can't pad {value.type} by {[before, after]} in dimension {dim}")
        pieces = [value]
        if before:
            pieces.insert(0, reverse(part(value, dim, edge, edge + before, to), [dim], to))
        if after:
            end = extent - edge
            pieces.append(reverse(part(value, dim, end - after, end, to), [dim], to))
        value = concatenate(pieces, dim, to)
    return value


def reverse(value: SSAValue, dims: Sequence[int], to: TfConversion) -> SSAValue:
    """Reverses the order along dimensions."""
    return to.insert(ReverseOp(value, dims)).result if dims else value


def lower_reverse(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    return reverse(value, axes(node, 1, len(shape_of(value)), to), to)


def lower_old_reverse(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers the older `Reverse`, which has a boolean for each dimension."""
    value, flags = to.value(node.data[0]), evaluate(node.data[1], to, needed=True)
    if flags is None or flags.shape != (len(shape_of(value)),):
        raise fail(node, "operand 1 must be a constant with a boolean for each dimension")
    return reverse(value, [dim for dim, chosen in enumerate(flags.tolist()) if chosen], to)


def lower_roll(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    shifts, dims = constant_ints(node, 1, to), constant_ints(node, 2, to)
    if len(shifts) != len(dims):
        raise fail(node, f"has {len(shifts)} shifts for {len(dims)} dimensions")
    for shift, dim in zip(shifts, dims, strict=True):
        axis = axis_of(node, dim, len(shape_of(value)))
        if (extent := shape_of(value)[axis]) and (turn := shift % extent):
            pieces = parts(value, axis, [extent - turn, turn], to)
            value = concatenate(pieces[::-1], axis, to)
    return value


CONSTANT_ONLY = (
    *("BroadcastGradientArgs", "ListDiff", "Unique", "UniqueV2", "UniqueWithCounts"),
    *("UniqueWithCountsV2", "Where"),
)
"""Ops whose results have a static shape, or are needed, for constant operands only."""

RULES: dict[str, Rule] = {
    **dict.fromkeys(IDENTITIES, Rule(lower_identity, least=1)),
    **dict.fromkeys(DROPPED, Rule(lower_nothing)),
    **dict.fromkeys(CONSTANT_ONLY, Rule(lower_constant_only)),
    **dict.fromkeys(("Rank", "Shape", "Size"), Rule(lower_constant_only, 1)),
    **dict.fromkeys(("ShapeN", *LISTS), Rule(lower_constant_only)),
    "BroadcastTo": Rule(lower_broadcast_to, 2),
    "Concat": Rule(lower_concat),
    "ConcatV2": Rule(lower_concat),
    "Const": Rule(lower_const, 0),
    "Empty": Rule(lower_empty, 1),
    "EnsureShape": Rule(lower_ensure_shape, 1),
    "ExpandDims": Rule(lower_expand_dims, 2),
    "Fill": Rule(lower_fill, 2),
    "IdentityN": Rule(lower_identities),
    "MirrorPad": Rule(lower_mirror_pad, 2),
    "Pack": Rule(lower_pack),
    "Pad": Rule(lower_pad, 2),
    "PadV2": Rule(lower_pad, 3),
    "ParallelConcat": Rule(lower_parallel),
    "Reshape": Rule(lower_reshape, 2),
    "Reverse": Rule(lower_old_reverse, 2),
    "ReverseV2": Rule(lower_reverse, 2),
    "Roll": Rule(lower_roll, 3),
    "Split": Rule(lower_split, 2),
    "SplitV": Rule(lower_split_v, 3),
    "Squeeze": Rule(lower_squeeze, 1),
    "Tile": Rule(lower_tile, 2),
    **dict.fromkeys(("ConjugateTranspose", "Transpose"), Rule(lower_transpose, 2)),
    "Unpack": Rule(lower_unpack, 1),
}
"""TensorFlow op -> the rule of an op that moves elements."""
