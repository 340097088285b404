"""Rules for `Slice` and `StridedSlice`, at places that are known or computed.

A result has a static shape only if its size follows from constants: a place that is computed picks
one index (`x[i]`), or a part whose end is its begin plus a constant (`x[i:i + 2]`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.indexing import DynamicSliceOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.arithmetic import fill, join, operand
from ireelite.lowering.frontend.tf.constants import constant_ints, evaluate
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.evaluation import evaluate_strided_slice
from ireelite.lowering.frontend.tf.indexing import rearranged
from ireelite.lowering.frontend.tf.nodes import Rule, check_table, fail, integer
from ireelite.lowering.frontend.tf.shapes import reverse
from ireelite.lowering.frontend.tf.slices import looks_through
from ireelite.lowering.frontend.tf.values import (
    compare,
    integers,
    part,
    reshape,
    select,
    slices,
    splat,
)


@dataclass(frozen=True)
class Cut:
    """What is taken of one dimension: `size` elements from `start`, `stride` apart."""

    start: int | SSAValue
    size: int
    stride: int = 1
    is_dropped: bool = False
    """Whether the dimension, of one element, disappears."""


MAX_INDICES = 256
"""Indices that a slice can have."""


def scalars(value: SSAValue, to: TfConversion) -> list[int | SSAValue | None] | None:
    """Returns the elements of a vector of the graph: an integer each, or the value it is packed
    from; None for one of which neither is known. None for a vector of too many.
    """
    known = evaluate(value, to, needed=True)
    if known is not None:
        return [int(v) for v in known.reshape(-1)]
    node = looks_through(value).owner
    if isinstance(node, tf.NodeOp) and node.op_name == "Pack" and integer(node, "axis") == 0:
        elements: list[int | SSAValue | None] = []
        for element in node.data:
            number = evaluate(element, to, needed=True)
            elements.append(element if number is None else int(number.item()))
        return elements
    if isinstance(node, tf.NodeOp) and node.op_name == "ConcatV2":
        lists = [scalars(operand, to) for operand in node.data[:-1]]
        if all(each is not None for each in lists):
            return [element for each in lists for element in each or ()]
    shape = shape_of(to.value(value))
    if len(shape) != 1 or shape[0] > MAX_INDICES:
        return None
    return [None for _ in range(shape[0])]


def element(vector: SSAValue, position: int, to: TfConversion) -> SSAValue:
    """Returns one element of an HLO vector, as a scalar."""
    return reshape(part(vector, 0, position, position + 1, to), (), to)


def from_end(start: SSAValue, extent: int, to: TfConversion) -> SSAValue:
    """Returns an index, where a negative one counts from the end."""
    is_negative = compare("LT", start, splat(0, start, to), to)
    moved = to.insert(ew.AddOp(start, splat(extent, start, to))).result
    return select(is_negative, moved, start, to)


def take(value: SSAValue, cuts: Sequence[Cut], to: TfConversion) -> SSAValue:
    """Returns the part of a tensor that cuts of each dimension leave, with all dimensions."""
    if any(isinstance(cut.start, SSAValue) for cut in cuts):
        starts = [cut.start if isinstance(cut.start, SSAValue) else None for cut in cuts]
        index_type = next(element_type_of(start) for start in starts if start is not None)
        assert isinstance(index_type, IntegerType)
        zero = integers(0, index_type, to)
        sizes = [
            cut.size if start is not None else size
            for cut, start, size in zip(cuts, starts, shape_of(value), strict=True)
        ]
        places = [zero if start is None else start for start in starts]
        value = to.insert(DynamicSliceOp(value, places, sizes)).result
        cuts = [
            cut if start is None else Cut(0, cut.size)
            for cut, start in zip(cuts, starts, strict=True)
        ]
    backwards = [dim for dim, cut in enumerate(cuts) if cut.stride < 0 and cut.size]
    value = reverse(value, backwards, to)
    ranges: list[tuple[int, int, int]] = []
    for cut, extent in zip(cuts, shape_of(value), strict=True):
        assert isinstance(cut.start, int)
        step = abs(cut.stride)
        start = extent - 1 - cut.start if cut.stride < 0 else cut.start
        ranges.append((start, start + (cut.size - 1) * step + 1, step) if cut.size else (0, 0, 1))
    return slices(value, ranges, to)


# -- Slice -----------------------------------------------------------------------------------------


def lower_slice(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Slice`: `sizes` elements from `begins`; a size of -1 takes the rest."""
    value, sizes = to.value(node.data[0]), constant_ints(node, 2, to)
    shape, begins = shape_of(value), scalars(node.data[1], to)
    if begins is None or not len(begins) == len(sizes) == len(shape):
        raise fail(node, f"takes a begin and a size for each dimension of {value.type}")
    vector = to.value(node.data[1])
    cuts: list[Cut] = []
    for dim, (begin, size, extent) in enumerate(zip(begins, sizes, shape, strict=True)):
        if isinstance(begin, int):
            count = extent - begin if size == -1 else size
            if not 0 <= begin <= begin + count <= extent:
                raise fail(
                    node, f"{begin}:{begin + count} is outside dimension {dim} of {value.type}"
                )
            cuts.append(Cut(begin, count))
        elif not 0 <= size <= extent:
            raise fail(node, f"its size {size} in dimension {dim} must be a number in {value.type}")
        else:
            cuts.append(Cut(element(vector, dim, to), size))
    return take(value, cuts, to)


# -- StridedSlice ----------------------------------------------------------------------------------

NEW = "new"
"""A dimension of size 1 that a result gets."""


def lower_strided_slice(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `StridedSlice`: NumPy's slices, with a bit in a mask for each index that has no begin
    or end, is `...`, is `newaxis` or is one number.
    """
    value = to.value(node.data[0])
    entries = expanded(node, value, to)
    cuts = [cut for cut in entries if isinstance(cut, Cut)]
    taken = take(value, cuts, to)
    sizes = iter(shape_of(taken))
    shape: list[int] = []
    for entry in entries:
        size = 1 if entry is NEW else next(sizes)
        if not (isinstance(entry, Cut) and entry.is_dropped):
            shape.append(size)
    return reshape(taken, shape, to)


def expanded(node: tf.NodeOp, value: SSAValue, to: TfConversion) -> list[Cut | str]:
    """Returns a cut for each dimension of the value, and `NEW` for each dimension before which one
    comes.

    Raises INVALID_ARGUMENT.
    """
    begins, ends = (scalars(node.data[n], to) for n in (1, 2))
    strides = constant_ints(node, 3, to)
    if begins is None or ends is None or not len(begins) == len(ends) == len(strides):
        raise fail(node, "takes a begin, an end and a stride for each index")
    masks = {name: integer(node, f"{name}_mask") for name in MASKS}
    set_at = [{name for name in MASKS if masks[name] >> n & 1} for n in range(len(strides))]
    if sum("ellipsis" in bits for bits in set_at) > 1:
        raise fail(node, "has more than one ellipsis")
    shape = shape_of(value)
    used = sum(not bits & {"ellipsis", "new_axis"} for bits in set_at)
    if used > len(shape):
        raise fail(node, f"has {used} indices for {value.type}")
    entries: list[Cut | str] = []
    dim = 0
    for n, bits in enumerate(set_at):
        if "ellipsis" in bits:
            rest = range(dim, dim + len(shape) - used)
            entries += [Cut(0, shape[d]) for d in rest]
            dim += len(rest)
        elif "new_axis" in bits:
            entries.append(NEW)
        else:
            ranged = Index(node, n, begins[n], ends[n], strides[n], frozenset(bits))
            entries.append(cut_of(ranged, shape[dim], to))
            dim += 1
    return [*entries, *(Cut(0, size) for size in shape[dim:])]


MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


@dataclass(frozen=True)
class Index:
    """One index of a `StridedSlice`: `begin:end:stride`."""

    node: tf.NodeOp
    position: int
    begin: int | SSAValue | None
    end: int | SSAValue | None
    stride: int
    masks: frozenset[str]


def cut_of(index: Index, extent: int, to: TfConversion) -> Cut:
    """Returns what an index takes of a dimension. Raises INVALID_ARGUMENT."""
    node, begin, end, stride = index.node, index.begin, index.end, index.stride
    if stride == 0:
        raise fail(node, "has a stride of 0")
    if "shrink_axis" in index.masks:
        if not isinstance(begin, int):
            start = element(to.value(node.data[1]), index.position, to)
            return Cut(from_end(start, extent, to), 1, is_dropped=True)
        if not -extent <= begin < extent:
            raise fail(node, f"index {begin} is outside a dimension of {extent}")
        return Cut(begin % extent, 1, is_dropped=True)
    first = None if "begin" in index.masks else begin
    last = None if "end" in index.masks else end
    is_known = all(
        isinstance(end, int) or name in index.masks
        for name, end in (("begin", begin), ("end", end))
    )
    if is_known:
        assert not isinstance(first, SSAValue) and not isinstance(last, SSAValue)
        chosen = range(extent)[slice(first, last, stride)]
        return Cut(chosen.start if chosen else 0, len(chosen), stride)
    size = distance(begin, end, to)
    if size is None or "begin" in index.masks or "end" in index.masks or stride != 1:
        raise fail(
            node,
            "the size of its result is not known: its begin and end must be constants, or "
            "lie a constant number apart",
        )
    start = element(to.value(node.data[1]), index.position, to)
    return Cut(from_end(start, extent, to), min(size, extent))


def distance(
    begin: int | SSAValue | None, end: int | SSAValue | None, to: TfConversion
) -> int | None:
    """Returns the constant c of `begin + c`, if the end is computed like that."""
    if not isinstance(begin, SSAValue) or not isinstance(end, SSAValue):
        return None
    node = looks_through(end).owner
    if not isinstance(node, tf.NodeOp) or node.op_name not in ("Add", "AddV2"):
        return None
    for value, other in (node.data, node.data[::-1]):
        number = evaluate(other, to, needed=True)
        if looks_through(value) is looks_through(begin) and number is not None:
            return int(number.item()) if number.item() >= 0 else None
    return None


def lower_slice_update(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `TensorStridedSliceUpdate`, which replaces the part of a tensor that constants name."""
    import numpy

    value, update = operand(node, 0, to), operand(node, 4, to)
    begins, ends, strides = (evaluate(node.data[n], to, needed=True) for n in (1, 2, 3))
    if begins is None or ends is None or strides is None:
        raise fail(node, "its begin, end and strides must be constants")
    check_table(node, prod(value.shape))
    places = numpy.arange(prod(value.shape)).reshape(value.shape)
    chosen = evaluate_strided_slice(node, [places, begins, ends, strides])
    if update.shape != chosen.shape:
        raise fail(node, f"replaces a part of {list(chosen.shape)} by {update.value.type}")
    places = places.copy()
    places.flat[chosen.reshape(-1)] = places.size + numpy.arange(chosen.size)
    both = [each.reshape(prod(each.shape)) for each in (value, update)]
    return rearranged(join(both, 0), 1, places, fill(0, value)).value


RULES: dict[str, Rule] = {
    "TensorStridedSliceUpdate": Rule(lower_slice_update, 5),
    "Slice": Rule(lower_slice, 3),
    "StridedSlice": Rule(lower_strided_slice, 4),
}
"""TensorFlow op -> the rule of an op that takes a part of a tensor."""
