"""Rules for TensorFlow ops that move blocks of images between space, channels and batch."""

from __future__ import annotations

from math import prod

from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.tf.constants import (
    constant_ints,
)
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import (
    Rule,
    fail,
    integer,
    text,
)
from ireelite.lowering.frontend.tf.shapes import pad
from ireelite.lowering.frontend.tf.values import (
    reshape,
    slices,
    splat,
    transpose,
)


def lower_space_to_depth(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Blocks of the image become channels."""
    value, block, is_first = blocks_of(node, to)
    batch, height, width, channels = shape_of(value)
    if height % block or width % block:
        raise fail(node, f"can't divide {value.type} into blocks of {block}")
    split = [batch, height // block, block, width // block, block, channels]
    moved = transpose(reshape(value, split, to), [0, 1, 3, 2, 4, 5], to)
    shape = [batch, height // block, width // block, block * block * channels]
    return channels_first(reshape(moved, shape, to), is_first, to)


def lower_depth_to_space(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Channels become blocks of the image."""
    value, block, is_first = blocks_of(node, to)
    batch, height, width, channels = shape_of(value)
    if channels % (block * block):
        raise fail(node, f"can't make blocks of {block} of the channels of {value.type}")
    depth = channels // (block * block)
    split = [batch, height, width, block, block, depth]
    moved = transpose(reshape(value, split, to), [0, 1, 3, 2, 4, 5], to)
    return channels_first(
        reshape(moved, [batch, height * block, width * block, depth], to), is_first, to
    )


def blocks_of(node: tf.NodeOp, to: TfConversion) -> tuple[SSAValue, int, bool]:
    """Returns the image with its channels last, the size of blocks, and whether channels came
    first.
    """
    value, block = to.value(node.data[0]), integer(node, "block_size")
    layout = text(node, "data_format", "NHWC")
    if len(shape_of(value)) != 4 or block < 1 or layout not in ("NHWC", "NCHW"):
        raise fail(
            node,
            f"takes images, blocks of 1 or more, NHWC or NCHW; not {value.type}, {block}, {layout}",
        )
    is_first = layout == "NCHW"
    return (transpose(value, [0, 2, 3, 1], to) if is_first else value), block, is_first


def channels_first(value: SSAValue, is_first: bool, to: TfConversion) -> SSAValue:
    return transpose(value, [0, 3, 1, 2], to) if is_first else value


def block_of(node: tf.NodeOp, to: TfConversion) -> list[int]:
    """Returns the size of a block; the older ops have one number for height and width."""
    return constant_ints(node, 1, to) if len(node.data) > 2 else [integer(node, "block_size")] * 2


def lower_space_to_batch(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `SpaceToBatch`: each place in a block becomes an element of the batch."""
    value, block = to.value(node.data[0]), block_of(node, to)
    flat = constant_ints(node, len(node.data) - 1, to)
    rank, count = len(shape_of(value)), len(block)
    pairs = [(0, 0), *zip(flat[::2], flat[1::2]), *[(0, 0)] * (rank - count - 1)]
    if len(pairs) != rank or min([*block, 1]) < 1 or min([*flat, 0]) < 0:
        raise fail(node, f"can't divide {value.type} into blocks of {block} with {flat} around")
    value = pad(value, splat(0, value, to, ()), pairs, to)
    batch, *sizes = shape_of(value)
    if any(size % b for size, b in zip(sizes, block)):
        raise fail(node, f"can't divide {value.type} into blocks of {block}")
    inner, rest = sizes[:count], sizes[count:]
    split = [batch, *(n for size, b in zip(inner, block) for n in (size // b, b)), *rest]
    order = [*range(2, 2 * count + 1, 2), 0, *range(1, 2 * count, 2)]
    moved = transpose(reshape(value, split, to), [*order, *range(2 * count + 1, len(split))], to)
    small = [size // b for size, b in zip(inner, block)]
    return reshape(moved, [batch * prod(block), *small, *rest], to)


def lower_batch_to_space(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Elements of the batch become the places of a block."""
    value, block = to.value(node.data[0]), block_of(node, to)
    flat, count = constant_ints(node, len(node.data) - 1, to), len(block)
    batch, *sizes = shape_of(value)
    if len(sizes) < count or min([*block, 1]) < 1 or batch % prod(block) or len(flat) != 2 * count:
        raise fail(node, f"can't make blocks of {block} of {value.type}, less {flat}")
    inner, rest = sizes[:count], sizes[count:]
    few = batch // prod(block)
    order = [count, *(n for k in range(count) for n in (count + 1 + k, k))]
    split = reshape(value, [*block, few, *sizes], to)
    moved = transpose(split, [*order, *range(2 * count + 1, 2 * count + 1 + len(rest))], to)
    large = [size * b for size, b in zip(inner, block)]
    whole = reshape(moved, [few, *large, *rest], to)
    cut = [(a, size - b, 1) for size, a, b in zip(large, flat[::2], flat[1::2])]
    if any(not 0 <= start <= limit <= size for (start, limit, _), size in zip(cut, large)):
        raise fail(node, f"can't cut {flat} off {whole.type}")
    return slices(whole, [(0, few, 1), *cut, *((0, size, 1) for size in rest)], to)


RULES: dict[str, Rule] = {
    "BatchToSpace": Rule(lower_batch_to_space, 2),
    "BatchToSpaceND": Rule(lower_batch_to_space, 3),
    "DepthToSpace": Rule(lower_depth_to_space, 1),
    "SpaceToBatch": Rule(lower_space_to_batch, 2),
    "SpaceToBatchND": Rule(lower_space_to_batch, 3),
    "SpaceToDepth": Rule(lower_space_to_depth, 1),
}
"""TensorFlow op -> the rule of an op that moves blocks."""
