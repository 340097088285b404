"""Lowerings of ops on tensors of open sizes, where those for static shapes are of no use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.chlo.dynamic_reshape import DynamicReshapeOp
from ireelite.dialects.extensions.iree_tensor import GatherOp as GatheredOp
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.stablehlo.gather import GatherDimensionNumbersAttr, GatherOp
from ireelite.dialects.stablehlo.indexing import (
    ConcatenateOp,
    DynamicSliceOp,
    DynamicUpdateSliceOp,
    PadOp,
    ReverseOp,
)
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.tensors.hlo_to_linalg import creation, indexing
from ireelite.lowering.tensors.hlo_to_linalg.movement import reshaped_to_sizes
from ireelite.lowering.tensors.hlo_to_linalg.shape_rules import (
    as_numbers,
    edges_of,
    expanding,
    op_dims,
    part_at_data,
)
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.size_numbers import numbers_of
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty, filled, moved, with_sizes
from ireelite.lowering.tensors.indices import Extent
from ireelite.lowering.tensors.sizes import constant_size
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.checks import check_slice


def lower_dim(op: tensor.DimOp, to: SizedConversion) -> SSAValue:
    """Returns the size that is known already."""
    (dimension,) = numbers_of(op.index, to) if not constant_index(op) else (constant_index(op)[0],)
    if not isinstance(dimension, int):
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"'{op.name}' needs a constant as its dimension"
        )
    return to.value_of(to.shape(op.source)[dimension])


def constant_index(op: tensor.DimOp) -> list[int]:
    size = constant_size(op.index)
    return [size] if isinstance(size, int) else []


def lower_dimension_size(op: dynamic.GetDimensionSizeOp, to: SizedConversion) -> SSAValue:
    """Returns a tensor of rank 0, for what computes with the size as with data."""
    type = tensor_type(op.result)
    assert isinstance(type.element_type, IntegerType)
    size = to.value_of(to.shape(op.operand)[op.dim])
    number = to.insert(arith.IndexCastOp(size, type.element_type)).result
    return to.insert(linalg.FillOp([number], [empty(type, to)])).results[0]


def lower_assertion(op: CustomCallOp, to: SizedConversion) -> None:
    """Lowers a comparison of sizes, which is made when the program runs, and fails with the call's
    message, in which numbers in braces stand for the call's other operands. Drops other predicates,
    which do not assert sizes.
    """
    compared = op.operands[0].owner
    if not isinstance(compared, CompareOp):
        return
    try:
        (a,), (b,) = (numbers_of(v, to) for v in (compared.lhs, compared.rhs))
    except StatusError:
        return
    kind = compared.comparison_direction.data
    if kind in ("GT", "LT"):
        a, b = (
            (a, to.combine(arith.AddiOp, b, 1))
            if kind == "GT"
            else (to.combine(arith.AddiOp, a, 1), b)
        )
    if kind in ("GE", "GT"):
        b = to.combine(arith.MaxSIOp, a, b)
    elif kind in ("LE", "LT"):
        b = to.combine(arith.MinSIOp, a, b)
    elif kind != "EQ":
        return
    message = op.attributes.get("error_message", op.backend_config)
    text = str(getattr(message, "data", "a shape is not as the program assumes"))
    try:
        values = [numbers_of(v, to)[0] for v in op.operands[1:]]
    except StatusError:
        values = []
    to.check(a, b, text, values)


def lower_broadcast(op: dynamic.DynamicBroadcastInDimOp, to: SizedConversion) -> SSAValue:
    sources: list[int | None] = [
        None if size == 1 or d in expanding(op) else target
        for d, (size, target) in enumerate(zip(to.shape(op.operand), op_dims(op), strict=True))
    ]
    return moved(to.value(op.operand), tensor_type(op.result), sources, to)


def lower_reshape(op: dynamic.ShapedReshapeOp, to: SizedConversion) -> SSAValue:
    """Reshapes through the flat shape, as where shapes are static."""
    sizes = to.shape(op.operand)
    return reshaped_to_sizes(to.value(op.operand), tensor_type(op.result), sizes, to)


def lower_concatenate(op: ConcatenateOp, to: SizedConversion) -> SSAValue:
    joined = to.insert(tensor.ConcatOp(to.operands(op), op.dim, tensor_type(op.result))).result
    return with_sizes(joined, to)


def lower_part(
    op: GatherOp | DynamicSliceOp | DynamicUpdateSliceOp, to: SizedConversion
) -> SSAValue:
    """Returns the op for static shapes, whose result says its sizes."""
    value = indexing.RULES[type(op)](op, to)
    assert isinstance(value, SSAValue)
    return as_result(value, op.result, to)


def lower_gather(op: dynamic.DynamicGatherOp, to: SizedConversion) -> SSAValue:
    """Returns the op for static shapes. A slice of an open size has that of the result."""
    sizes = [
        size if isinstance(size, int) else DYNAMIC_INDEX for size in numbers_of(op.slice_sizes, to)
    ]
    unsigned = indexing.counts_unsigned([op.start_indices])
    operands = to.value(op.operand), to.value(op.start_indices)
    made = GatheredOp(*operands, op.dimension_numbers, sizes, unsigned)
    require_valid(made.verify_, op)
    return as_result(to.insert(made).result, op.result, to)


def require_valid(verify: Callable[[], None], op: Operation) -> None:
    """Raises INVALID_ARGUMENT if what constants of a program make of its op is no valid op."""
    try:
        verify()
    except VerifyException as error:
        raise invalid_argument(f"'{op.name}': {error}") from error


def as_result(value: SSAValue, old: SSAValue, to: SizedConversion) -> SSAValue:
    """Returns a tensor under the type of a result of the program, and with its sizes."""
    result = tensor_type(old)
    if value.type != result:
        value = to.insert(tensor.CastOp(value, result)).dest
    return with_sizes(value, to)


def lower_pad(op: PadOp | dynamic.DynamicPadOp, to: SizedConversion) -> SSAValue:
    whole = filled(to.value(op.padding_value), tensor_type(op.result), to)
    return padded_by(to.value(op.operand), to.shape(op.operand), whole, edges_of(op, to), to)


Edges = tuple[Sequence[Extent], Sequence[Extent], Sequence[int]]
"""What is added before, behind and between the elements of each dimension."""


def padded_by(
    value: SSAValue, shape: Sequence[Extent], whole: SSAValue, edges: Edges, to: SizedConversion
) -> SSAValue:
    """Returns a padded tensor: negative edges first cut off a part of it, and the rest is inserted
    into a tensor filled with the padding value.
    """
    assert isinstance(whole.type, TensorType)
    low, high, interior = edges
    places, starts, sizes = [], [], []
    for size, before, behind, between in zip(shape, low, high, interior, strict=True):
        first, last = (removed(edge, between, to) for edge in (before, behind))
        distance = to.combine(arith.MuliOp, first, 1 + between)
        places.append(to.combine(arith.AddiOp, before, distance))
        if first == 0 and last == 0:
            starts.append(0)
            sizes.append(size)
        else:
            starts.append(to.combine(arith.MinSIOp, first, size))
            behind_first = to.combine(arith.SubiOp, size, first)
            left = to.combine(arith.SubiOp, behind_first, last)
            sizes.append(to.combine(arith.MaxSIOp, left, 0))
    if sizes != list(shape):
        known = [size if isinstance(size, int) else DYNAMIC_INDEX for size in sizes]
        part = TensorType(whole.type.element_type, known)
        value = sliced(value, starts, sizes, [1] * len(sizes), part, to)
    strides = [1 + between for between in interior]
    return to.insert(
        tensor.InsertSliceOp.build(
            operands=[value, whole, *slice_operands(places, sizes), []],
            result_types=[whole.type],
            properties=slice_properties(places, sizes, strides),
        )
    ).result


def removed(edge: Extent, between: int, to: SizedConversion) -> Extent:
    """Returns the number of elements that a negative edge removes; 0 if the edge is not negative."""
    positions = to.combine(arith.MaxSIOp, to.combine(arith.SubiOp, 0, edge), 0)
    return to.combine(arith.DivSIOp, to.combine(arith.AddiOp, positions, between), 1 + between)


def slice_operands(offsets: Sequence[Extent], sizes: Sequence[Extent]) -> list[list[SSAValue]]:
    """Returns the offsets and the sizes of a slice that are not constants."""
    return [[n for n in numbers if isinstance(n, SSAValue)] for numbers in (offsets, sizes)]


def slice_properties(
    offsets: Sequence[Extent], sizes: Sequence[Extent], strides: Sequence[int]
) -> dict[str, Attribute]:
    """Returns the offsets, sizes and strides of a slice that are numbers."""
    names = ("static_offsets", "static_sizes", "static_strides")
    rows = (
        [n if isinstance(n, int) else DYNAMIC_INDEX for n in numbers]
        for numbers in (offsets, sizes, strides)
    )
    return {name: DenseArrayBase.from_list(i64, row) for name, row in zip(names, rows, strict=True)}


def sliced(
    value: SSAValue,
    offsets: Sequence[Extent],
    sizes: Sequence[Extent],
    strides: Sequence[int],
    type: TensorType,
    to: SizedConversion,
) -> SSAValue:
    """Returns a part of a tensor."""
    return to.insert(slice_op(value, offsets, sizes, strides, type)).result


def slice_op(
    value: SSAValue,
    offsets: Sequence[Extent],
    sizes: Sequence[Extent],
    strides: Sequence[int],
    type: TensorType,
) -> tensor.ExtractSliceOp:
    """Returns the op that takes a part of a tensor."""
    return tensor.ExtractSliceOp.build(
        operands=[value, *slice_operands(offsets, sizes), []],
        result_types=[type],
        properties=slice_properties(offsets, sizes, strides),
    )


def lower_cut(op: dynamic.RealDynamicSliceOp, to: SizedConversion) -> SSAValue:
    steps = as_numbers(op, numbers_of(op.strides, to), 1)
    if part_at_data(op, steps, to) is not None:
        return lower_part_at_data(op, to)
    starts = numbers_of(op.start_indices, to)
    shape = shape_for(op.result, to)
    made = slice_op(to.value(op.operand), starts, shape, steps, tensor_type(op.result))
    require_valid(lambda: check_slice(made), op)
    return to.insert(made).result


def lower_part_at_data(op: dynamic.RealDynamicSliceOp, to: SizedConversion) -> SSAValue:
    """Gathers one part, as a dynamic slice takes it: its start is clamped to where the part fits."""
    every = DenseArrayBase.from_list(i64, range(len(shape_of(op.operand))))
    none = DenseArrayBase.from_list(i64, [])
    numbering = GatherDimensionNumbersAttr(every, none, none, none, every, IntegerAttr(0, i64))
    operands = to.value(op.operand), to.value(op.start_indices)
    unsigned = indexing.counts_unsigned([op.start_indices])
    made = GatheredOp(*operands, numbering, shape_of(op.result), unsigned)
    return as_result(to.insert(made).result, op.result, to)


def shape_for(result: SSAValue, to: SizedConversion) -> list[Extent]:
    """Returns the sizes of a result, of which those that its type has are numbers."""
    known = shape_of(result)
    return [
        size if given == DYNAMIC_INDEX else given
        for size, given in zip(to.shape(result), known, strict=True)
    ]


def lower_reverse(op: ReverseOp, to: SizedConversion) -> SSAValue:
    """Returns a slice with a stride of -1 from the last element."""
    shape = to.shape(op.operand)
    starts = [
        to.combine(arith.SubiOp, size, 1) if d in op.dims and size != 0 else 0
        for d, size in enumerate(shape)
    ]
    steps = [-1 if d in op.dims and size != 0 else 1 for d, size in enumerate(shape)]
    sizes = shape_for(op.result, to)
    return sliced(to.value(op.operand), starts, sizes, steps, tensor_type(op.result), to)


def lower_empty(op: tensor.EmptyOp, to: SizedConversion) -> SSAValue:
    return empty(tensor_type(op.tensor), to)


LOWERINGS: Mapping[type[Operation], Callable[[Any, SizedConversion], SSAValue]] = {
    ConcatenateOp: lower_concatenate,
    DynamicSliceOp: lower_part,
    DynamicUpdateSliceOp: lower_part,
    GatherOp: lower_part,
    PadOp: lower_pad,
    ReverseOp: lower_reverse,
    dynamic.DynamicBroadcastInDimOp: lower_broadcast,
    dynamic.DynamicGatherOp: lower_gather,
    dynamic.DynamicIotaOp: creation.lower_iota,
    dynamic.DynamicPadOp: lower_pad,
    dynamic.DynamicReshapeOp: lower_reshape,
    DynamicReshapeOp: lower_reshape,
    dynamic.RealDynamicSliceOp: lower_cut,
    dynamic.GetDimensionSizeOp: lower_dimension_size,
    tensor.EmptyOp: lower_empty,
}
"""Op -> its lowering, where that for static shapes is of no use."""
