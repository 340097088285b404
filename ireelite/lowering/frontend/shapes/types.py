"""The types that the results of `tensor`, `linalg`, `arith` and `math` ops get by their operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, ArrayAttr, IntegerAttr, TensorType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ireelite.dialects import util
from ireelite.dialects.extensions.linalg.packing import PackOp, SoftmaxOp, UnPackOp
from ireelite.dialects.extensions.linalg.winograd import WINOGRAD_OPS
from ireelite.dialects.extensions.tensor_extra import BitcastOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.shapes.numbers import known_numbers
from ireelite.lowering.frontend.shapes.parameters import is_open, numbers_of
from ireelite.lowering.rewriting.sequences import is_static

Shape = Sequence[int]
"""Sizes, of which those that are not known are `?`."""


def retype(values: Sequence[SSAValue], types: Sequence[Attribute]) -> None:
    """Gives values other types."""
    for value, type in zip(values, types, strict=True):
        if value.type != type:
            Rewriter.replace_value_with_new_type(value, type)


def opened(numbers: Sequence[int]) -> list[int]:
    """Returns a static list with `?` for the numbers that are operands."""
    return [DYNAMIC_INDEX if is_open(n) else n for n in numbers]


def groups_of(op: tensor.CollapseShapeOp | tensor.ExpandShapeOp) -> list[list[int]]:
    """Returns the dimensions of the larger rank that are one of the smaller."""
    rows = op.reassociation
    assert isinstance(rows, ArrayAttr)
    return [[int(n.value.data) for n in row if isinstance(n, IntegerAttr)] for row in rows]  # pyright: ignore


def size_of(sizes: Shape) -> int:
    """Returns the product of sizes, `?` if one is open and none is 0."""
    return DYNAMIC_INDEX if DYNAMIC_INDEX in sizes and 0 not in sizes else abs(prod(sizes))


# -- shapes of results ---------------------------------------------------------------------------------


def collapsed(op: tensor.CollapseShapeOp) -> Shape:
    sizes = shape_of(op.src)
    return [size_of([sizes[d] for d in group]) for group in groups_of(op)]


def expanded(op: tensor.ExpandShapeOp) -> Shape:
    """Returns the shape that the op states, with one open size of each group from the operand's."""
    shape = opened(numbers_of(op, "static_output_shape"))
    shape = [
        a if b == DYNAMIC_INDEX else b for a, b in zip(shape, shape_of(op.result), strict=True)
    ]
    for size, group in zip(shape_of(op.src), groups_of(op), strict=True):
        missing = [d for d in group if shape[d] == DYNAMIC_INDEX]
        others = prod(shape[d] for d in group if d not in missing)
        if len(missing) == 1 and size != DYNAMIC_INDEX and others:
            shape[missing[0]] = size // others
    return shape


def padded(op: tensor.PadOp) -> Shape:
    rows = (opened(numbers_of(op, name)) for name in ("static_low", "static_high"))
    sums = zip(shape_of(op.source), *rows, strict=True)
    return [DYNAMIC_INDEX if DYNAMIC_INDEX in row else sum(row) for row in sums]


def concatenated(op: tensor.ConcatOp) -> Shape:
    shapes, dim = [shape_of(value) for value in op.inputs], op.dim.value.data
    along = [shape[dim] for shape in shapes]
    columns = zip(*shapes, strict=True)
    shape = [next((n for n in sizes if n != DYNAMIC_INDEX), DYNAMIC_INDEX) for sizes in columns]
    shape[dim] = DYNAMIC_INDEX if DYNAMIC_INDEX in along else sum(along)
    return shape


def reshaped(op: tensor.ReshapeOp) -> Shape:
    numbers = known_numbers(op.shape)
    return shape_of(op.result) if numbers is None else numbers


SHAPES: Mapping[type[Operation], Callable[[Any], Shape]] = {
    BitcastOp: lambda op: shape_of(op.source),
    PackOp: lambda op: shape_of(op.dest),
    SoftmaxOp: lambda op: shape_of(op.output),
    UnPackOp: lambda op: shape_of(op.dest),
    tensor.CollapseShapeOp: collapsed,
    tensor.ConcatOp: concatenated,
    tensor.ExpandShapeOp: expanded,
    tensor.InsertOp: lambda op: shape_of(op.dest),
    tensor.InsertSliceOp: lambda op: shape_of(op.dest),
    tensor.PadOp: padded,
    tensor.ReshapeOp: reshaped,
    **dict.fromkeys(WINOGRAD_OPS, lambda op: shape_of(op.dest)),
}
"""Op -> the shape of its result."""


def result_types(op: Operation) -> Sequence[Attribute] | None:
    """Returns the types of an op's results that follow from its operands; None for an op of
    another dialect.
    """
    if (rule := SHAPES.get(type(op))) is not None:
        return [with_shape(op.results[0], rule(op))]
    if isinstance(op, LinalgStructuredOperation):
        return [value.type for value in op.outputs if isinstance(value.type, TensorType)]
    if isinstance(op, util.OptimizationBarrierOp):
        return [value.type for value in op.values]
    if op.name.startswith(("arith.", "math.")):
        return elementwise(op)
    return None


def with_shape(value: SSAValue, shape: Shape) -> TensorType:
    """Returns a tensor's type with another shape."""
    assert isinstance(value.type, TensorType)
    return TensorType(value.type.element_type, shape, value.type.encoding)


def elementwise(op: Operation) -> Sequence[Attribute] | None:
    """Returns the shape of an operand that is known."""
    operands = [v for v in op.operands if isinstance(v.type, TensorType)]
    found = next((v for v in operands if is_static(v)), None)
    if found is None or not all(isinstance(r.type, TensorType) for r in op.results):
        return None
    return [with_shape(result, shape_of(found)) for result in op.results]
