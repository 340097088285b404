"""Ops of `flow` as the ops of `tensor`, `util` and HLO on static shapes that they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    FixedBitwidthType,
    IntegerType,
    Signedness,
    TensorType,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import flow, util
from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.indexing import BitcastConvertOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import broadcast, constant, convert, multiply, sum_over
from ireelite.lowering.frontend.hlo.static_forms import require_static
from ireelite.lowering.frontend.shapes.numbers import known
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.status import StatusCode, StatusError, invalid_argument


def sizes_of(op: Operation, value: SSAValue, dims: Sequence[SSAValue]) -> list[int]:
    """Returns the shape of a tensor whose `?` sizes are operands. Raises UNIMPLEMENTED for one that
    is not known.
    """
    rest = iter(dims)
    sizes = [known(next(rest)) if n == DYNAMIC_INDEX else n for n in shape_of(value)]
    if None in sizes:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"'{op.name}' needs constants as sizes of its {value.type}, since shapes are static",
        )
    return [size for size in sizes if size is not None]


def result_type(op: Operation, dims: Sequence[SSAValue]) -> TensorType:
    """Returns the type of an op's result."""
    (result,) = op.results
    return TensorType(element_type_of(result), sizes_of(op, result, dims))


# -- constants ---------------------------------------------------------------------------------------


def static_constant(op: flow.TensorConstantOp, to: Conversion) -> Sequence[SSAValue]:
    return to.insert(hlo.ConstantOp(op.value)).results  # pyright: ignore[reportArgumentType]


def opaque_constant(op: flow.TensorDynamicConstantOp, to: Conversion) -> Sequence[SSAValue]:
    return [to.insert(util.UnfoldableConstantOp(op.value)).result]


# -- types and shapes --------------------------------------------------------------------------------


def tied(op: flow.TensorTieShapeOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the tensor itself; one whose shape is not known gets the sizes that it is tied to."""
    if is_static(op.operand) or None in map(known, op.dynamic_dims):
        return [op.operand]
    return [to.insert(tensor.CastOp(op.operand, result_type(op, op.dynamic_dims))).dest]


def reshaped(op: flow.TensorReshapeOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.source)
    type = result_type(op, op.result_dims)
    if prod(type.get_shape()) != prod(shape_of(op.source)):
        raise invalid_argument(f"can't make a {type} of a {op.source.type}: they differ in size")
    return to.insert(hlo.ReshapeOp(op.source, type)).results


def bitcast(op: flow.TensorBitCastOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the bits in order. Between widths of which neither is a multiple of the other, one by
    one.
    """
    require_static(op, op.source)
    type = result_type(op, op.result_dims)
    source, target = element_type_of(op.source), type.element_type
    count = prod(shape_of(op.source))
    if count * width_of(source) != prod(type.get_shape()) * width_of(target):
        raise invalid_argument(f"can't take the bits of a {op.source.type} for a {type}")
    value = reshape(op.source, [count], to)
    wide, narrow = sorted((width_of(source), width_of(target)), reverse=True)
    if wide % narrow:
        value, source = to_bits(value, to), i1
    if source == target:
        pass  # the bits are the value
    elif source == i1:
        value = from_bits(value, target, to)
    elif target == i1:
        value = to_bits(value, to)
    else:
        value = recast(value, target, to)
    return [reshape(value, type.get_shape(), to)]


def width_of(element: Attribute) -> int:
    """Returns the bits of an element. Raises UNIMPLEMENTED for a type of another kind."""
    if not isinstance(element, FixedBitwidthType):
        raise StatusError(StatusCode.UNIMPLEMENTED, f"elements of type {element} have no bits")
    return element.bitwidth


def reshape(value: SSAValue, shape: Sequence[int], to: Conversion) -> SSAValue:
    if shape_of(value) == tuple(shape):
        return value
    return to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).results[0]


def recast(value: SSAValue, target: Attribute, to: Conversion) -> SSAValue:
    """Returns the bits of elements in a row as elements of another width, of which one is a
    multiple of the other.
    """
    (count,), ratio = shape_of(value), width_of(target) // width_of(element_type_of(value))
    if ratio > 1:
        value = reshape(value, [count // ratio, ratio], to)
    cast = to.insert(BitcastConvertOp(value, target)).result
    return reshape(cast, [prod(shape_of(cast))], to)


def unsigned(width: int) -> IntegerType:
    return IntegerType(width, Signedness.UNSIGNED)


def places(width: int, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the numbers of the bits of an element, along the last of two dimensions."""
    return to.insert(hlo.IotaOp(1, TensorType(unsigned(width), shape))).result


def to_bits(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns a row of elements as one of truth values, lowest bits first."""
    (count,), element = shape_of(value), element_type_of(value)
    if element == i1:
        return value
    width = width_of(element)
    shape = (count, width)
    whole = broadcast(recast(value, unsigned(width), to), [0], shape, to)
    moved = to.insert(ew.ShiftRightLogicalOp(whole, places(width, shape, to))).result
    one = to.insert(ew.AndOp(moved, constant(1, unsigned(width), to, shape))).result
    return reshape(convert(one, i1, to), [count * width], to)


def from_bits(value: SSAValue, target: Attribute, to: Conversion) -> SSAValue:
    """Returns a row of truth values as one of elements, lowest bits first."""
    if target == i1:
        return value
    (count,), width = shape_of(value), width_of(target)
    shape = (count // width, width)
    bits = convert(reshape(value, shape, to), unsigned(width), to)
    one = constant(1, unsigned(width), to, shape)
    masks = to.insert(ew.ShiftLeftOp(one, places(width, shape, to))).result
    return recast(sum_over(multiply(bits, masks, to), [1], to), target, to)


# -- elements and parts ------------------------------------------------------------------------------


def loaded(op: flow.TensorLoadOp, to: Conversion) -> Sequence[SSAValue]:
    return [to.insert(tensor.ExtractOp(op.source, op.indices, op.result.type)).result]


def stored(op: flow.TensorStoreOp, to: Conversion) -> Sequence[SSAValue]:
    return [to.insert(tensor.InsertOp(op.value, op.target, op.indices)).result]


def empty(op: flow.TensorEmptyOp | flow.TensorAllocaOp, to: Conversion) -> Sequence[SSAValue]:
    return [to.insert(tensor.EmptyOp([], result_type(op, op.result_dims))).tensor]


def splat(op: flow.TensorSplatOp, to: Conversion) -> Sequence[SSAValue]:
    return [to.insert(tensor.SplatOp(op.value, [], result_type(op, op.result_dims))).result]


def clone(op: flow.TensorCloneOp, to: Conversion) -> Sequence[SSAValue]:
    return [op.operand]


def part_lists(
    starts: Sequence[SSAValue], sizes: Sequence[int]
) -> tuple[list[SSAValue], dict[str, Attribute]]:
    """Returns the operands and properties that say where a part is."""
    numbers = [known(start) for start in starts]
    rows = {
        "static_offsets": [DYNAMIC_INDEX if n is None else n for n in numbers],
        "static_sizes": list(sizes),
        "static_strides": [1] * len(sizes),
    }
    computed = [start for start, n in zip(starts, numbers, strict=True) if n is None]
    return computed, {name: DenseArrayBase.from_list(i64, row) for name, row in rows.items()}


def sliced(op: flow.TensorSliceOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.source)
    type = result_type(op, op.result_dims)
    offsets, properties = part_lists(op.start_indices, type.get_shape())
    part = tensor.ExtractSliceOp.build(
        operands=[op.source, offsets, [], []], result_types=[type], properties=properties
    )
    return [to.insert(part).result]


def updated(op: flow.TensorUpdateOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.target)
    require_static(op, op.update)
    offsets, properties = part_lists(op.start_indices, shape_of(op.update))
    part = tensor.InsertSliceOp.build(
        operands=[op.update, op.target, offsets, [], []],
        result_types=[op.target.type],
        properties=properties,
    )
    return [to.insert(part).result]


FLOW_FORMS: Mapping[type[Operation], InPlaceRule] = {
    flow.TensorAllocaOp: empty,
    flow.TensorBitCastOp: bitcast,
    flow.TensorCloneOp: clone,
    flow.TensorConstantOp: static_constant,
    flow.TensorDynamicConstantOp: opaque_constant,
    flow.TensorEmptyOp: empty,
    flow.TensorLoadOp: loaded,
    flow.TensorReshapeOp: reshaped,
    flow.TensorSliceOp: sliced,
    flow.TensorSplatOp: splat,
    flow.TensorStoreOp: stored,
    flow.TensorTieShapeOp: tied,
    flow.TensorUpdateOp: updated,
}
"""Op of `flow` -> the function that makes it of other ops."""
