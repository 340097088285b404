"""Scatter, sort and transforms over open sizes: the ops of the `iree_tensor` dialect that static
shapes have, with their operands in the same order of dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseIntOrFPElementsAttr, TensorType, i32
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.elements import is_unsigned, signless
from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.extensions.iree_tensor.kernel_op import integer
from ireelite.dialects.stablehlo.fourier import FftOp
from ireelite.dialects.stablehlo.scatter_sort import ScatterOp, SortOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.tensors.hlo_to_linalg.fourier import lower_open_fft
from ireelite.lowering.tensors.hlo_to_linalg.scatter_sort import (
    RUN,
    lower_sort,
    promoted,
    row_length,
    scalar_region,
)
from ireelite.lowering.tensors.hlo_to_linalg.shape_rules import joined_sizes, required
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import moved
from ireelite.lowering.tensors.indices import Extent
from ireelite.lowering.tensors.sizes import Shape

OPEN_CHUNK = 128
"""Elements that one point merges at most."""

LARGEST = 1 << 28
"""Elements of the longest dimension of an open size that is sorted."""

TILES = 16
"""Parts of the places of a scatter where a size is open: each goes through all updates."""


# -- sort ------------------------------------------------------------------------------------------


def sorted_shape(op: SortOp, to: SizedConversion) -> Shape:
    return joined_sizes(op, op.inputs, to)


def lower_open_sort(op: SortOp, to: SizedConversion) -> Sequence[SSAValue]:
    """Lowers a dimension of an open size to runs, and to as many merges as the longest one takes:
    those of longer runs than it has copy it.
    """
    if shape_of(op.inputs[0])[op.dim] != DYNAMIC_INDEX:
        return lower_sort(op, to)
    extent = to.shape(op.inputs[0])[op.dim]
    message = f"'{op.name}': dimension {op.dim} is longer than {LARGEST}; give it a static size"
    to.check(to.combine(arith.MaxSIOp, extent, LARGEST), LARGEST, message)
    region = scalar_region(op.comparator.block, to)
    runs, chunks = (to.value_of(parts_of(extent, part, to)) for part in (RUN, OPEN_CHUNK))
    made = iree_tensor.SortPartsOp([to.value(v) for v in op.inputs], runs, op.dim, RUN, region)
    results = to.insert(made).results
    for run in (RUN << k for k in range(LARGEST.bit_length() - RUN.bit_length())):
        value = DenseIntOrFPElementsAttr.from_list(TensorType(i32, []), [run])
        length = to.insert(arith.ConstantOp(value)).result
        length.name_hint = f"run{run}"
        made = iree_tensor.MergePartsOp(results, length, chunks, op.dim, OPEN_CHUNK, region.clone())
        results = to.insert(made).results
    return results


def parts_of(extent: Extent, part: int, to: SizedConversion) -> Extent:
    """Returns into how many parts of several elements a size is divided."""
    return to.combine(arith.DivSIOp, to.combine(arith.AddiOp, extent, part - 1), part)


# -- scatter ---------------------------------------------------------------------------------------


def scattered_shape(op: ScatterOp, to: SizedConversion) -> Shape:
    """Returns the sizes of the inputs. Updates have those of the indices, and windows that fit."""
    shape, indices = joined_sizes(op, op.inputs, to), to.shape(op.scatter_indices)
    places = without(indices, op.index_vector_dim)
    for number, update in enumerate(op.updates):
        sizes, what = to.shape(update), f"updates {number}"
        window, hidden = op.update_window_dims, hidden_dims(op)
        outer = [d for d in range(len(sizes)) if d not in window]
        for d, place in zip(outer, places, strict=True):
            required(op, [("the indices", place), (f"dimension {d} of {what}", sizes[d])], to)
        inner = [size for d, size in enumerate(shape) if d not in hidden]
        for d, whole in zip(window, inner, strict=True):
            if sizes[d] is not whole and sizes[d] != whole:
                message = f"'{op.name}': dimension {d} of {what} is larger than the input's"
                to.check(to.combine(arith.MaxSIOp, sizes[d], whole), whole, message)
    for own, d in zip(op.input_batching_dims, op.scatter_indices_batching_dims, strict=True):
        required(op, [(f"dimension {own}", shape[own]), ("the indices", indices[d])], to)
    return tuple(map(to.find, shape))


def without(sizes: Sequence[Extent], dimension: int) -> list[Extent]:
    """Returns sizes without that of one dimension, if they have it."""
    return [size for d, size in enumerate(sizes) if d != dimension]


def hidden_dims(op: ScatterOp) -> set[int]:
    """Returns the dimensions of the inputs that windows do not have."""
    return {*op.inserted_window_dims, *op.input_batching_dims}


def lower_open_scatter(op: ScatterOp, to: SizedConversion) -> Sequence[SSAValue]:
    """Returns the scatter with the index vectors in the last dimension of the indices, and windows
    of the inputs' rank in the last dimensions of the updates.
    """
    pairs = list(zip(op.inputs, op.updates, op.outputs, strict=True))
    inputs = [of_element(old, new, to) for old, _, new in pairs]
    updates = [
        in_order(op, of_element(update, new, to), to.shape(update), to) for _, update, new in pairs
    ]
    vector = op.index_vector_dim
    batching = [
        (own, d - (d > vector))
        for own, d in zip(op.input_batching_dims, op.scatter_indices_batching_dims, strict=True)
    ]
    made = iree_tensor.ScatterOp(
        inputs,
        vectors_last(op, to),
        updates,
        op.scatter_dims_to_operand_dims,
        batching,
        is_unsigned(element_type_of(op.scatter_indices)),
        1,
        1,
        scalar_region(op.update_computation.block, to),
    )
    shape = shape_of(op.inputs[0])
    if made.row_dim is not None and shape[-1] != DYNAMIC_INDEX:
        made.properties["row"] = integer(row_length(shape[-1]))
    if DYNAMIC_INDEX in [shape[d] for d in made.start_dims]:
        made.properties["tiles"] = integer(TILES)
    elif (places := prod(shape[d] for d in made.start_dims)) > 1:
        made.properties["tiles"] = integer(min(places, TILES))
    return to.insert(made).results


def of_element(old: SSAValue, result: SSAValue, to: SizedConversion) -> SSAValue:
    """Returns an operand with the elements of a result, which may be wider."""
    if element_type_of(old) != element_type_of(result):
        to.making(TensorType(signless(element_type_of(result)), shape_of(old)), to.shape(old))
    return promoted(old, result, to)


def vectors_last(op: ScatterOp, to: SizedConversion) -> SSAValue:
    """Returns the indices with their vectors in the last dimension."""
    value, sizes, vector = (
        to.value(op.scatter_indices),
        to.shape(op.scatter_indices),
        op.index_vector_dim,
    )
    known, rank = shape_of(value), len(sizes)
    last = (1, 1) if vector == rank else (known[vector], sizes[vector])
    places = [d for d in range(rank) if d != vector]
    type = TensorType(element_type_of(value), [*(known[d] for d in places), last[0]])
    to.making(type, [*(sizes[d] for d in places), last[1]])
    if vector == rank - 1:
        return value
    return moved(
        value, type, [len(places) if d == vector else places.index(d) for d in range(rank)], to
    )


def in_order(op: ScatterOp, value: SSAValue, sizes: Shape, to: SizedConversion) -> SSAValue:
    """Returns updates whose dimensions are those of the indices, then one for each of the inputs."""
    window, known, hidden = list(op.update_window_dims), shape_of(value), hidden_dims(op)
    places = [d for d in range(len(known)) if d not in window]
    visible = [d for d in range(len(shape_of(op.inputs[0]))) if d not in hidden]
    sources: list[int] = places + [
        window[visible.index(d)] if d in visible else -1 for d in range(len(shape_of(op.inputs[0])))
    ]
    type = TensorType(element_type_of(value), [1 if d < 0 else known[d] for d in sources])
    to.making(type, [1 if d < 0 else sizes[d] for d in sources])
    if sources == list(range(len(known))):
        return value
    return moved(value, type, [sources.index(d) for d in range(len(known))], to)


LOWERINGS: Mapping[type[Operation], Callable[[Any, SizedConversion], Any]] = {
    FftOp: lower_open_fft,
    ScatterOp: lower_open_scatter,
    SortOp: lower_open_sort,
}
"""Op -> its lowering."""
