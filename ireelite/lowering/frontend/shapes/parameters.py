"""Sizes, offsets and tiles that ops of `tensor` and `linalg` have as operands: those that constants
decide become attributes, or part of the result's type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation
from xdsl.rewriter import Rewriter

from ireelite.dialects.extensions.linalg.packing import PackOp, UnPackOp
from ireelite.dialects.extensions.tensor_extra import GenerateOp
from ireelite.lowering.frontend.shapes.numbers import known

SLICE_LISTS = (
    ("offsets", "static_offsets"),
    ("sizes", "static_sizes"),
    ("strides", "static_strides"),
)
TILE_LISTS = (("inner_tiles", "static_inner_tiles"),)

LISTS: Mapping[type[Operation], Sequence[tuple[str, str]]] = {
    PackOp: TILE_LISTS,
    UnPackOp: TILE_LISTS,
    tensor.ExpandShapeOp: (("dynamic_output_shape", "static_output_shape"),),
    tensor.InsertSliceOp: SLICE_LISTS,
    tensor.PadOp: (("low", "static_low"), ("high", "static_high")),
}
"""Op -> its lists of numbers: the operands that are numbers of one, and the property that has the
other numbers, and a mark in place of those.
"""

SIZED: Mapping[type[Operation], str] = {
    GenerateOp: "dynamic_extents",
    tensor.EmptyOp: "dynamic_sizes",
    tensor.SplatOp: "dynamicSizes",
}
"""Op -> the operands that are the `?` sizes of its result."""


def numbers_of(op: Operation, name: str) -> list[int]:
    """Returns the elements of a property that is a list of numbers."""
    return [int(n) for n in cast("DenseArrayBase[IntegerType]", op.properties[name]).get_values()]


def settle_parameters(op: Operation) -> None:
    """Makes the parameters of an op static that are known, in place."""
    if isinstance(op, tensor.ExtractSliceOp):
        settle_slice(op)
    elif (lists := LISTS.get(type(op))) is not None:
        assert isinstance(op, IRDLOperation)
        for operands, static in lists:
            settle_list(op, operands, static)
    elif (name := SIZED.get(type(op))) is not None:
        assert isinstance(op, IRDLOperation)
        settle_sizes(op, name)


def settle_list(op: IRDLOperation, name: str, static: str) -> None:
    """Moves the known operands of a list to the property beside it."""
    operands = list(getattr(op, name))
    if not any(known(value) is not None for value in operands):
        return
    rest, kept, merged = iter(operands), [], []
    for number in numbers_of(op, static):
        value = next(rest) if is_open(number) else None
        if value is None or (found := known(value)) is None:
            kept += [] if value is None else [value]
            merged.append(number)
        else:
            merged.append(found)
    op.properties[static] = DenseArrayBase.from_list(i64, merged)
    set_operands(op, name, kept)


def is_open(number: int) -> bool:
    """Returns whether a number of a static list is the mark for an operand."""
    return number in (DYNAMIC_INDEX, -(2**63))


def set_operands(op: IRDLOperation, name: str, values: Sequence[SSAValue]) -> None:
    """Replaces a group of an op's operands by another of any length."""
    groups: list[list[SSAValue]] = []
    for other, _ in op.get_irdl_definition().operands:
        group = values if other == name else getattr(op, other)
        if isinstance(group, SSAValue):
            groups.append([group])
        else:
            groups.append([] if group is None else list(group))
    op.operands = [value for group in groups for value in group]
    if "operandSegmentSizes" in op.properties:
        sizes = [len(group) for group in groups]
        op.properties["operandSegmentSizes"] = DenseArrayBase.from_list(IntegerType(32), sizes)


def settle_slice(op: tensor.ExtractSliceOp) -> None:
    """Makes the known numbers of a slice static, and its result's sizes with them."""
    kept = kept_dimensions(numbers_of(op, "static_sizes"), op.result.type)
    for operands, static in SLICE_LISTS:
        settle_list(op, operands, static)
    sizes = numbers_of(op, "static_sizes")
    shape = [DYNAMIC_INDEX if is_open(sizes[d]) else sizes[d] for d in kept]
    assert isinstance(op.result.type, TensorType)
    if tuple(shape) != op.result.type.get_shape() and len(shape) == op.result.type.get_num_dims():
        retyped(op.result, shape)


def kept_dimensions(sizes: Sequence[int], result: Attribute) -> list[int]:
    """Returns the dimensions of a slice that its result has; others have a size of 1."""
    assert isinstance(result, TensorType)
    shape, kept = result.get_shape(), list[int]()
    for dimension, size in enumerate(sizes):
        said = shape[len(kept)] if len(kept) < len(shape) else None
        if said is not None and (said == size or (is_open(said) and is_open(size))):
            kept.append(dimension)
    return kept


def retyped(value: SSAValue, shape: Sequence[int]) -> None:
    """Gives a tensor another shape."""
    type = value.type
    assert isinstance(type, TensorType)
    Rewriter.replace_value_with_new_type(value, TensorType(type.element_type, shape, type.encoding))


def settle_sizes(op: IRDLOperation, name: str) -> None:
    """Moves the known sizes of a result to its type."""
    operands = list(getattr(op, name))
    if not any(known(value) is not None for value in operands):
        return
    type = op.results[0].type
    assert isinstance(type, TensorType)
    rest, kept, shape = iter(operands), [], []
    for size in type.get_shape():
        value = next(rest) if size == DYNAMIC_INDEX else None
        if value is None or (found := known(value)) is None:
            kept += [] if value is None else [value]
            shape.append(size)
        else:
            shape.append(found)
    set_operands(op, name, kept)
    retyped(op.results[0], shape)
