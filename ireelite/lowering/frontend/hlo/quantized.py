"""Within HLO: quantized tensors become tensors of their storage.

Ops that only move elements work on the storage. Every other one is expanded as in the specification:
its operands are dequantized, it computes in the type that they express, and its result is quantized.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FunctionType,
    IntegerType,
    ModuleOp,
    TensorType,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.quant import UniformType, expressed_of, storage_of
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo import mixed
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.hlo.building import (
    add,
    broadcast,
    constant,
    convert,
    divide,
    multiply,
    subtract,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.rewriting.replacing import replace_in_place
from ireelite.lowering.rewriting.sequences import is_static

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MOVES = frozenset(
    f"stablehlo.{name}"
    for name in (
        "broadcast broadcast_in_dim concatenate dynamic_broadcast_in_dim dynamic_gather dynamic_pad "
        "dynamic_reshape dynamic_slice dynamic_update_slice gather pad real_dynamic_slice reshape "
        "reverse select slice transpose"
    ).split()
)
"""Ops that copy elements, if all of those have one type."""

CONVERSIONS = (mixed.UniformQuantizeOp, mixed.UniformDequantizeOp)
"""Ops that are nothing but a change between stored and expressed numbers."""

HOLDERS = frozenset(
    f"stablehlo.{name}"
    for name in (
        "bitcast_convert case composite constant custom_call get_dimension_size get_tuple_element "
        "if map optimization_barrier reduce reduce_window return scatter select_and_scatter sort "
        "tuple while"
    ).split()
)
"""Ops that hold values, or call functions on them, whatever their type is."""


def quantized(type: Attribute) -> UniformType | None:
    """Returns a quantized type, or that of the elements of a tensor type; None for any other type."""
    if isinstance(type, UniformType):
        return type
    if isinstance(type, TensorType) and isinstance(type.element_type, UniformType):
        return type.element_type
    return None


def expand_quantized(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Replaces quantized types by their storage, in place. Raises UNIMPLEMENTED for an op that
    computes on tensors whose types leave sizes open.
    """
    ops = list(module.walk())
    touched = [op for op in ops if any(quantized(v.type) for v in (*op.operands, *op.results))]
    signatures = [op for op in ops if isinstance(op, func.FuncOp) and has_quantized(op)]
    if not touched and not signatures:
        return module
    to = Conversion({}, "tensors of storage", tracker)
    for op in reversed(touched):  # what an op reads has its quantized type until it is replaced
        if not works_on_storage(op):
            if not all(map(is_static, (*op.operands, *op.results))):
                raise refused(op)
            replace_in_place(op, compute_expressed, to)
    for op in list(module.walk()):
        retype(op)
    return module


def has_quantized(op: func.FuncOp) -> bool:
    """Returns whether a function takes or returns quantized tensors."""
    type = op.function_type
    return any(quantized(t) for t in (*type.inputs, *type.outputs))


def works_on_storage(op: Operation) -> bool:
    """Returns whether an op is the same on the storage of its quantized tensors."""
    if not op.name.startswith("stablehlo.") or op.name in HOLDERS:
        return True
    kinds = {quantized(v.type) for v in (*op.operands, *op.results)} - {None}
    one_scale = len(kinds) == 1 or all(k is not None and k.axis is not None for k in kinds)
    return op.name in MOVES and one_scale


def retype(op: Operation) -> None:
    """Gives the values of an op, and the type of a function, their storage."""
    arguments = [a for region in op.regions for block in region.blocks for a in block.args]
    for value in (*op.results, *arguments):
        if quantized(value.type):
            Rewriter.replace_value_with_new_type(value, storage_of(value.type))
    if isinstance(op, func.FuncOp):
        type = op.function_type
        op.properties["function_type"] = FunctionType.from_lists(
            [storage_of(t) for t in type.inputs], [storage_of(t) for t in type.outputs]
        )


# -- expansions --------------------------------------------------------------------------------------


def compute_expressed(op: Operation, to: Conversion) -> Sequence[SSAValue]:
    """Dequantizes an op's operands, computes, and quantizes the results."""
    operands = [dequantize(v, to) if quantized(v.type) else v for v in op.operands]
    if isinstance(op, CONVERSIONS):
        results: Iterable[SSAValue] = operands
    elif isinstance(op, CompareOp):
        left, right = operands
        results = to.insert(CompareOp(op.direction, left, right, "FLOAT")).results
    else:
        results = to.insert(
            type(op).create(
                operands=operands,
                result_types=[expressed_of(v.type) for v in op.results],
                properties=dict(op.properties),
                attributes=dict(op.attributes),
                regions=[op.detach_region(region) for region in list(op.regions)],
            )
        ).results
    return [
        quantize(value, kind, to) if (kind := quantized(old.type)) else value
        for value, old in zip(results, op.results, strict=True)
    ]


def dequantize(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns the floats that a quantized tensor expresses. Zero points are subtracted in integers
    that hold every difference.
    """
    kind = quantized(value.type)
    assert kind is not None
    wide = i64 if kind.storage_type.width.data > 16 else i32
    shape = shape_of(value)
    storage = convert(value, wide, to)
    if any(kind.offsets):
        storage = subtract(storage, spread(kind, kind.offsets, wide, shape, to), to)
    floats = convert(storage, kind.expressed_type, to)
    return multiply(floats, spread(kind, kind.steps, kind.expressed_type, shape, to), to)


def quantize(value: SSAValue, kind: UniformType, to: Conversion) -> SSAValue:
    """Returns the storage of floats: scaled, moved, clamped to the storage's range, and rounded to
    even.
    """
    shape, expressed = shape_of(value), kind.expressed_type
    moved = divide(value, spread(kind, kind.steps, expressed, shape, to), to)
    if any(kind.offsets):
        moved = add(moved, spread(kind, kind.offsets, expressed, shape, to), to)
    low, high = (constant(bound, expressed, to) for bound in kind.range)
    clamped = to.insert(mixed.ClampOp(low, moved, high)).result
    rounded = to.insert(ew.RoundNearestEvenOp(clamped)).result
    return convert(rounded, kind.storage_type, to)


def spread(
    kind: UniformType,
    numbers: Sequence[float],
    element: Attribute,
    shape: Sequence[int],
    to: Conversion,
) -> SSAValue:
    """Returns the scales, or zero points, of each element of a tensor of a shape."""
    if kind.axis is None:
        return constant(numbers[0], element, to, shape)
    whole = isinstance(element, IntegerType)
    type = TensorType(element, [len(numbers)])
    values = DenseIntOrFPElementsAttr.from_list(  # pyright: ignore[reportCallIssue]
        type,  # pyright: ignore[reportArgumentType]
        [int(n) if whole else n for n in numbers],  # pyright: ignore[reportArgumentType]
    )
    column = to.insert(hlo.ConstantOp(values)).result
    return broadcast(column, [kind.axis], shape, to)
