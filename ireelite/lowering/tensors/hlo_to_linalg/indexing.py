"""Ops that move elements to and from places: slices, gathers, padding, concatenation, reversal."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import SSAValue

from ireelite.dialects.elements import is_unsigned
from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.stablehlo import gather, indexing
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import filled, sliced, static_slice


def counts_unsigned(starts: Sequence[SSAValue]) -> bool:
    """Returns whether start indices of HLO have no sign."""
    return any(is_unsigned(element_type_of(start)) for start in starts)


def lower_dynamic_slice(op: indexing.DynamicSliceOp, to: Conversion) -> SSAValue:
    starts = [to.value(start) for start in op.start_indices]
    unsigned = counts_unsigned(op.start_indices)
    return to.insert(iree_tensor.SliceOp(to.value(op.operand), starts, op.sizes, unsigned)).result


def lower_dynamic_update_slice(op: indexing.DynamicUpdateSliceOp, to: Conversion) -> SSAValue:
    starts = [to.value(start) for start in op.start_indices]
    unsigned = counts_unsigned(op.start_indices)
    return to.insert(
        iree_tensor.UpdateOp(to.value(op.operand), to.value(op.update), starts, unsigned)
    ).result


def lower_gather(op: gather.GatherOp, to: Conversion) -> SSAValue:
    return to.insert(
        iree_tensor.GatherOp(
            to.value(op.operand),
            to.value(op.start_indices),
            op.dimension_numbers,
            op.sizes,
            counts_unsigned([op.start_indices]),
        )
    ).result


def lower_concatenate(op: indexing.ConcatenateOp, to: Conversion) -> SSAValue:
    if len(op.inputs) == 1:
        return to.value(op.inputs[0])
    return to.insert(tensor.ConcatOp(to.operands(op), op.dim, tensor_type(op.result))).result


def lower_reverse(op: indexing.ReverseOp, to: Conversion) -> SSAValue:
    """Returns a slice with a stride of -1 from the last element."""
    ranges = [
        (size - 1, size, -1) if d in op.dims and size else (0, size, 1)
        for d, size in enumerate(shape_of(op.operand))
    ]
    return sliced(to.value(op.operand), ranges, tensor_type(op.result), to)


def lower_pad(op: indexing.PadOp, to: Conversion) -> SSAValue:
    fill = to.value(op.padding_value)
    return padded(to.value(op.operand), fill, op.low, op.high, op.interior, to)


def padded(
    value: SSAValue,
    fill: SSAValue,
    low: Sequence[int],
    high: Sequence[int],
    interior: Sequence[int],
    to: Conversion,
) -> SSAValue:
    """Pads what negative edges leave of a tensor, with a scalar or with the element of a tensor of
    rank 0. Dimensions of open sizes stay as they are.
    """
    ranges, places, lengths = [], [], []
    for size, before, behind, holes in zip(shape_of(value), low, high, interior, strict=True):
        step = holes + 1
        if size == DYNAMIC_INDEX:
            ranges.append((0, size, 1))
            places.append((0, size, 1))
            lengths.append(size)
            continue
        first = max(0, -(before // step)) if before < 0 else 0
        length = before + max(size + (size - 1) * holes, 0) + behind
        last = min(size, -(-(length - before) // step))
        ranges.append((min(first, size), max(last - first, 0), 1))
        places.append((before + first * step, max(last - first, 0), step))
        lengths.append(length)
    result = TensorType(element_type_of(value), lengths)
    whole = filled(fill, result, to)
    shape = [size for _, size, _ in ranges]
    if 0 in shape:
        return whole
    open_sizes = to.open_sizes(result) if isinstance(to, SizedConversion) else []
    if shape != list(shape_of(value)):
        value = sliced(value, ranges, TensorType(result.element_type, shape), to, open_sizes)
    if value.type == result:
        return value
    offsets, sizes, strides = ([p[k] for p in places] for k in range(3))
    return to.insert(
        tensor.InsertSliceOp.build(
            operands=[value, whole, [], open_sizes, []],
            result_types=[result],
            properties=static_slice(offsets, sizes, strides),
        )
    ).result


RULES: Rules = {
    gather.GatherOp: lower_gather,
    indexing.ConcatenateOp: lower_concatenate,
    indexing.DynamicSliceOp: lower_dynamic_slice,
    indexing.DynamicUpdateSliceOp: lower_dynamic_update_slice,
    indexing.PadOp: lower_pad,
    indexing.ReverseOp: lower_reverse,
}
